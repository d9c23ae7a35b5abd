#include "proto/codec_tables.h"

#include "proto/frame.h"

#include <string.h>

/* ---- Decoding ---- */

static void *allocate(void *arena, size_t size)
{
	return arena_alloc(arena, size);
}

/* The arena gives everything back at once. */
static void keep(void *arena, void *memory)
{
	(void)arena;
	(void)memory;
}

/* A message that the scan found to be well formed, into the plain struct. */
static int decode(const struct codec_table *table, struct span message, bool strict,
	struct arena *arena, void *out, struct codec_problem *problem)
{
	ProtobufCAllocator allocator = { allocate, keep, arena };
	ProtobufCMessage *unpacked =
		protobuf_c_message_unpack(table->descriptor, &allocator, message.len, message.data);

	if (unpacked == NULL)
		return PP_ERR_MALFORMED;
	int err = codec_copy_in(table, unpacked, strict, arena, out, problem);
	return err == PP_ERR_NO_MEMORY ? PP_ERR_MALFORMED : err;
}

static int refuse(const struct codec_problem *problem, struct pp_status *refusal)
{
	*refusal = (struct pp_status) {
		.code = pp_reason_code(problem->reason),
		.reason = problem->reason,
		.message = problem->message,
		.field = problem->field,
		.not_executed = true,
	};
	return PP_ERR_INVALID;
}

static int refuse_without_body(struct arena *arena, uint32_t unknown_tag, struct pp_status *refusal)
{
	struct codec_problem problem = { .reason = PP_REASON_UNKNOWN_REQUEST };

	if (unknown_tag == 0) {
		problem.message = "the request has no body: set one of the requests of the schema";
		return refuse(&problem, refusal);
	}
	problem.field = arena_printf(arena, "%u", unknown_tag);
	problem.message = arena_printf(arena,
		"request number %u is not known to this server (protocol minor %d): use a newer "
		"server",
		unknown_tag, PP_PROTOCOL_MINOR);
	if (problem.field == NULL || problem.message == NULL)
		return PP_ERR_MALFORMED;
	return refuse(&problem, refusal);
}

/*
 * In this order: not a message; an unknown request; in a write an unknown field; a field that does
 * not fit the schema, in the order of the wire; a value that this server does not take, in the
 * order of field numbers.
 */
int codec_decode_request(
	struct arena *arena, struct span message, struct pp_request *out, struct pp_status *refusal)
{
	struct codec_problem problem = { 0 };
	struct codec_scan scan;

	*out = (struct pp_request) { 0 };
	int err = codec_scan(&codec_request_table, message, arena, &scan);
	if (err != 0)
		return err;
	out->seq = scan.seq;
	if (scan.body == NULL)
		return refuse_without_body(arena, scan.unknown_body_tag, refusal);
	out->kind = (enum pp_kind)scan.body->tag;
	bool is_write = pp_kind_flags(out->kind) == PP_WRITE;
	if (is_write && scan.unknown.reason != PP_REASON_NONE)
		return refuse(&scan.unknown, refusal);
	if (scan.mismatch.reason != PP_REASON_NONE)
		return refuse(&scan.mismatch, refusal);
	err = decode(&codec_request_table, message, true, arena, out, &problem);
	if (err == PP_ERR_INVALID)
		return refuse(&problem, refusal);
	return err;
}

int codec_decode_response(struct arena *arena, struct span message, struct pp_response *out)
{
	struct codec_problem problem = { 0 };
	struct codec_scan scan;

	*out = (struct pp_response) { 0 };
	int err = codec_scan(&codec_response_table, message, arena, &scan);
	if (err != 0)
		return err;
	if (scan.mismatch.reason != PP_REASON_NONE)
		return PP_ERR_MALFORMED;
	err = decode(&codec_response_table, message, false, arena, out, &problem);
	return err == PP_ERR_INVALID ? PP_ERR_MALFORMED : err;
}

/* ---- Encoding ---- */

/* The frame of a message that lies where it belongs already, and of `rest` behind it. */
static int complete_frame(size_t own_len, struct span rest, struct byte_writer *out, size_t *needed)
{
	size_t len = own_len + rest.len;

	if (len > FRAME_BYTES_MAX)
		return PP_ERR_TOO_BIG;
	if (len == 0)
		return PP_ERR_INVALID;
	*needed = FRAME_HEADER_BYTES + len;
	if ((size_t)(out->end - out->at) < *needed)
		return PP_ERR_BUSY;
	frame_put_header(out->at, len);
	out->at += FRAME_HEADER_BYTES + own_len;
	write_bytes(out, rest.data, rest.len);
	return 0;
}

/* As encode, by way of protobuf-c, which tells how much room it takes. */
static int encode_measured(const struct codec_table *table, const void *plain, struct span rest,
	struct arena *arena, struct byte_writer *out, size_t *needed)
{
	uint8_t header[FRAME_HEADER_BYTES];
	ProtobufCMessage *message;

	int err = codec_copy_out(table, plain, arena, &message);
	if (err != 0)
		return err;
	size_t own_len = protobuf_c_message_get_packed_size(message);
	size_t len = own_len + rest.len;
	if (len > FRAME_BYTES_MAX)
		return PP_ERR_TOO_BIG;
	if (len == 0)
		return PP_ERR_INVALID;
	*needed = sizeof(header) + len;
	if (out->failed || (size_t)(out->end - out->at) < *needed)
		return PP_ERR_BUSY;
	frame_put_header(header, len);
	write_bytes(out, header, sizeof(header));
	size_t packed = protobuf_c_message_pack(message, out->at);
	ASSERT(packed == own_len);
	out->at += own_len;
	write_bytes(out, rest.data, rest.len);
	return 0;
}

/* A frame of the message, and of `rest` behind it. */
static int encode(const struct codec_table *table, const void *plain, struct span rest,
	struct arena *arena, struct byte_writer *out, size_t *needed)
{
	size_t room = out->failed ? 0 : (size_t)(out->end - out->at);
	size_t len;

	if (room > FRAME_HEADER_BYTES &&
		codec_encode_plain(table, plain, out->at + FRAME_HEADER_BYTES,
			room - FRAME_HEADER_BYTES, &len))
		return complete_frame(len, rest, out, needed);
	return encode_measured(table, plain, rest, arena, out, needed);
}

int codec_encode_request(const struct pp_request *request, struct arena *arena,
	struct byte_writer *out, size_t *needed)
{
	if (pp_kind_title(request->kind) == NULL)
		return PP_ERR_INVALID;
	return encode(&codec_request_table, request, (struct span) { NULL, 0 }, arena, out, needed);
}

int codec_encode_parts(const struct pp_request *envelope, struct span message, struct arena *arena,
	struct byte_writer *out, size_t *needed)
{
	ASSERT(envelope->kind == PP_KIND_NONE);
	return encode(&codec_request_table, envelope, message, arena, out, needed);
}

int codec_encode_response(const struct pp_response *response, struct arena *arena,
	struct byte_writer *out, size_t *needed)
{
	if (response->kind != PP_KIND_NONE && pp_kind_title(response->kind) == NULL)
		return PP_ERR_INVALID;
	return encode(
		&codec_response_table, response, (struct span) { NULL, 0 }, arena, out, needed);
}

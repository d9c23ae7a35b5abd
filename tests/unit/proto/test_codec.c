/* Every request and response there and back, and what is refused of a well-formed one. */
#include "proto/codec.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/frame.h"
#include "sample.h"

struct coder {
	struct arena arena;
	uint8_t buf[FRAME_HEADER_BYTES + FRAME_BYTES_MAX];
	struct byte_writer writer;
	size_t needed;
};

static void coder_init(struct coder *coder)
{
	arena_init(&coder->arena, 4 * OP_ARENA_BYTES_MAX, NULL);
	byte_writer_init(&coder->writer, coder->buf, sizeof(coder->buf));
	coder->needed = 0;
}

/* The message in the frame that was written. */
static struct span coder_message(struct coder *coder)
{
	struct span message = { 0 };
	size_t consumed = 0;

	cr_assert_eq(
		frame_next(byte_writer_span(&coder->writer), &message, &consumed), FRAME_READY);
	cr_assert_eq(consumed, coder->needed);
	return message;
}

static const enum pp_kind kinds[] = {
#define KIND_OF(name, number, member, title, flags) PP_KIND_##name,
	PP_REQUESTS(KIND_OF)
#undef KIND_OF
};

Test(codec, tables_agree_with_the_schema)
{
	const char *mismatch = codec_schema_mismatch();

	cr_assert_null(mismatch, "%s", mismatch);
}

/* What is written straight to the wire is what protobuf-c would pack, and never too long. */
static void check_wire(const struct codec_table *table, const void *plain, struct arena *arena)
{
	static uint8_t packed[FRAME_BYTES_MAX];
	static uint8_t written[FRAME_BYTES_MAX + 32];
	ProtobufCMessage *message;
	size_t len = 0;

	cr_assert_eq(codec_copy_out(table, plain, arena, &message), 0);
	size_t packed_len = protobuf_c_message_get_packed_size(message);
	cr_assert_leq(packed_len, sizeof(packed));
	protobuf_c_message_pack(message, packed);
	cr_assert(codec_encode_plain(table, plain, written, sizeof(written), &len));
	cr_assert_eq(len, packed_len, "%zu instead of %zu bytes", len, packed_len);
	cr_assert_eq(memcmp(packed, written, len), 0);
	for (size_t size = 0; size < packed_len + 20; size++) {
		written[size] = 0xee;
		if (codec_encode_plain(table, plain, written, size, &len)) {
			cr_assert_eq(len, packed_len);
			cr_assert_eq(memcmp(packed, written, len), 0);
		}
		cr_assert_eq(written[size], 0xee, "byte %zu is beyond the room", size);
	}
}

static void check_request(enum pp_kind kind, enum sample_values values)
{
	struct coder coder;
	struct pp_request request;
	struct pp_request decoded;
	struct pp_status refusal;

	coder_init(&coder);
	sample_fill(&codec_request_table, kind, values, 0, &coder.arena, &request);
	request.timeout_ms = TIMEOUT_MS_MAX;
	check_wire(&codec_request_table, &request, &coder.arena);
	cr_assert_eq(codec_encode_request(&request, &coder.arena, &coder.writer, &coder.needed), 0);
	int err = codec_decode_request(&coder.arena, coder_message(&coder), &decoded, &refusal);
	cr_assert_eq(err, 0, "%s: %s", pp_kind_title(kind), refusal.message);
	cr_assert_eq(decoded.kind, kind);
	const char *difference = sample_difference(&codec_request_table, &request, &decoded);
	cr_assert_null(difference, "%s: %s", pp_kind_title(kind), difference);
	arena_free(&coder.arena);
}

Test(codec, every_request_there_and_back)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		check_request(kinds[i], SAMPLE_FULL);
		check_request(kinds[i], SAMPLE_OTHER);
		check_request(kinds[i], SAMPLE_ZERO);
	}
}

static void check_response(enum pp_kind kind, enum sample_values values, size_t which)
{
	struct coder coder;
	struct pp_response response;
	struct pp_response decoded;

	coder_init(&coder);
	sample_fill(&codec_response_table, kind, values, which, &coder.arena, &response);
	check_wire(&codec_response_table, &response, &coder.arena);
	cr_assert_eq(
		codec_encode_response(&response, &coder.arena, &coder.writer, &coder.needed), 0);
	cr_assert_eq(codec_decode_response(&coder.arena, coder_message(&coder), &decoded), 0);
	cr_assert_eq(decoded.kind, kind);
	const char *difference = sample_difference(&codec_response_table, &response, &decoded);
	cr_assert_null(difference, "%s: %s", pp_kind_title(kind), difference);
	arena_free(&coder.arena);
}

Test(codec, every_response_there_and_back)
{
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		for (size_t which = 0; which < 3; which++) { /* details of a status */
			check_response(kinds[i], SAMPLE_FULL, which);
			check_response(kinds[i], SAMPLE_OTHER, which);
			check_response(kinds[i], SAMPLE_ZERO, which);
		}
	}
}

Test(codec, unknown_enum_values_of_a_newer_server_pass)
{
	struct pp_status status = { .code = (enum pp_code)77, .reason = (enum pp_reason) - 5 };
	struct pp_response response = { .seq = 1, .status = &status };
	struct pp_response decoded;
	struct coder coder;

	coder_init(&coder);
	cr_assert_eq(
		codec_encode_response(&response, &coder.arena, &coder.writer, &coder.needed), 0);
	cr_assert_eq(codec_decode_response(&coder.arena, coder_message(&coder), &decoded), 0);
	cr_assert_eq(decoded.kind, PP_KIND_NONE);
	cr_assert_eq((int)decoded.status->code, 77);
	cr_assert_eq((int)decoded.status->reason, -5);
	arena_free(&coder.arena);
}

Test(codec, unknown_fields_of_a_newer_server_pass)
{
	static const uint8_t bytes[] = { 0x08, 0x05, 0xc2, 0x0c, 0x03, 'n', 'e', 'w', 0xd2, 0x01,
		0x05, 0x08, 0x07, 0x98, 0x06, 0x01 };
	struct pp_response decoded;
	struct arena arena;

	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
	struct span message = { bytes, sizeof(bytes) };
	cr_assert_eq(codec_decode_response(&arena, message, &decoded), 0);
	cr_assert_eq(decoded.seq, 5);
	arena_free(&arena);
}

Test(codec, writer_without_room_is_not_touched)
{
	struct pp_request request = { .kind = PP_KIND_CREATE_USER,
		.u.create_user.name = "somebody" };
	struct coder coder;

	coder_init(&coder);
	cr_assert_eq(codec_encode_request(&request, &coder.arena, &coder.writer, &coder.needed), 0);
	size_t whole = coder.needed;
	cr_assert_eq(byte_writer_span(&coder.writer).len, whole);
	for (size_t size = 0; size < whole; size++) {
		memset(coder.buf, 0xee, sizeof(coder.buf));
		byte_writer_init(&coder.writer, coder.buf, size);
		coder.needed = 0;
		cr_assert_eq(
			codec_encode_request(&request, &coder.arena, &coder.writer, &coder.needed),
			PP_ERR_BUSY);
		cr_assert_eq(coder.needed, whole);
		cr_assert_eq(coder.writer.at, coder.buf);
		cr_assert_not(coder.writer.failed);
		cr_assert_eq(coder.buf[0], 0xee);
	}
	byte_writer_init(&coder.writer, coder.buf, whole);
	cr_assert_eq(codec_encode_request(&request, &coder.arena, &coder.writer, &coder.needed), 0);
	arena_free(&coder.arena);
}

Test(codec, frame_limit_is_exact)
{
	static char text[FRAME_BYTES_MAX + 1];
	struct pp_request request = { .kind = PP_KIND_CREATE_USER, .u.create_user.name = text };
	/* Two keys, the second of two bytes, and two lengths of three bytes. */
	const size_t around = 2 + 3 + 1 + 3;
	struct coder coder;

	coder_init(&coder);
	memset(text, 'x', FRAME_BYTES_MAX - around);
	cr_assert_eq(codec_encode_request(&request, &coder.arena, &coder.writer, &coder.needed), 0);
	cr_assert_eq(coder_message(&coder).len, FRAME_BYTES_MAX);
	text[FRAME_BYTES_MAX - around] = 'x';
	cr_assert_eq(codec_encode_request(&request, &coder.arena, &coder.writer, &coder.needed),
		PP_ERR_TOO_BIG);
	arena_free(&coder.arena);
}

Test(codec, messages_that_make_no_sense_are_not_encoded)
{
	struct pp_request unknown = { .kind = (enum pp_kind)3 };
	struct pp_request none = { .seq = 5 };
	struct pp_response unknown_response = { .seq = 5, .kind = (enum pp_kind)99 };
	struct pp_response empty = { 0 };
	struct coder coder;

	coder_init(&coder);
	cr_assert_eq(codec_encode_request(&unknown, &coder.arena, &coder.writer, &coder.needed),
		PP_ERR_INVALID);
	cr_assert_eq(codec_encode_request(&none, &coder.arena, &coder.writer, &coder.needed),
		PP_ERR_INVALID);
	cr_assert_eq(codec_encode_response(
			     &unknown_response, &coder.arena, &coder.writer, &coder.needed),
		PP_ERR_INVALID);
	cr_assert_eq(codec_encode_response(&empty, &coder.arena, &coder.writer, &coder.needed),
		PP_ERR_INVALID);
	arena_free(&coder.arena);
}

Test(codec, frames_are_appended)
{
	struct pp_response response = { .seq = 1, .kind = PP_KIND_ADD_OWNER };
	struct span message;
	struct coder coder;
	size_t consumed;

	coder_init(&coder);
	for (; response.seq <= 3; response.seq++)
		cr_assert_eq(codec_encode_response(
				     &response, &coder.arena, &coder.writer, &coder.needed),
			0);
	struct span rest = byte_writer_span(&coder.writer);
	for (uint64_t seq = 1; seq <= 3; seq++) {
		struct pp_response decoded;
		cr_assert_eq(frame_next(rest, &message, &consumed), FRAME_READY);
		cr_assert_eq(codec_decode_response(&coder.arena, message, &decoded), 0);
		cr_assert_eq(decoded.seq, seq);
		rest = (struct span) { rest.data + consumed, rest.len - consumed };
	}
	cr_assert_eq(rest.len, 0);
	arena_free(&coder.arena);
}

/* "" is a description, and no description is none. */
Test(codec, presence_of_text_survives)
{
	struct pp_terms terms[] = { { .description = "" }, { .description = NULL } };

	for (size_t i = 0; i < ARRAY_LEN(terms); i++) {
		struct pp_request request = { .kind = PP_KIND_CREATE_COUPON,
			.u.create_coupon.terms = &terms[i] };
		struct pp_request decoded;
		struct pp_status refusal;
		struct coder coder;
		coder_init(&coder);
		cr_assert_eq(
			codec_encode_request(&request, &coder.arena, &coder.writer, &coder.needed),
			0);
		cr_assert_eq(codec_decode_request(
				     &coder.arena, coder_message(&coder), &decoded, &refusal),
			0);
		const struct pp_terms *got = decoded.u.create_coupon.terms;
		cr_assert_not_null(got);
		cr_assert_null(got->name);
		cr_assert_eq(got->description == NULL, i == 1);
		cr_assert_not(got->has_price_coins);
		arena_free(&coder.arena);
	}
}

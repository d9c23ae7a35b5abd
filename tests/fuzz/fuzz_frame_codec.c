/* Any bytes as a connection's first: frames are cut, messages decoded, what is accepted survives a
 * second trip. A broken promise aborts. */
#include <stdlib.h>
#include <string.h>

#include "proto/codec.h"
#include "proto/frame.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

/* What an op has, on the server and on the client. */
struct bench {
	struct arena_budget budget;
	struct arena arena;
	struct arena second; /* of the second trip, which takes no more than the first */
	uint8_t *buf;        /* for one frame */
};

/* The bytes in memory of just their size, where a sanitizer sees every read past them. */
static struct span span_copy(struct span from)
{
	uint8_t *copy = malloc(from.len > 0 ? from.len : 1);

	ASSERT(copy != NULL);
	if (from.len > 0)
		memcpy(copy, from.data, from.len);
	return (struct span) { .data = copy, .len = from.len };
}

static void span_free(struct span span)
{
	free((void *)span.data);
}

/* The message of the one frame in the bench's buffer. */
static struct span encoded(struct bench *bench, const struct byte_writer *writer, size_t needed)
{
	struct span message = { 0 };
	size_t consumed = 0;

	ASSERT(byte_writer_span(writer).len == needed);
	ASSERT(frame_next(byte_writer_span(writer), &message, &consumed) == FRAME_READY);
	ASSERT(consumed == needed && message.data == bench->buf + FRAME_HEADER_BYTES);
	return message;
}

/* Reads every value there is, so that a sanitizer sees each. */
static void touch(void *context, const struct codec_value *value)
{
	uint64_t *sum = context;

	*sum += value->natural + (uint64_t)value->integer + (uint64_t)value->type;
	*sum += value->name != NULL ? strlen(value->name) : 0;
	*sum += value->text != NULL ? strlen(value->text) : 0;
	for (size_t i = 0; i < value->bytes.len; i++)
		*sum += value->bytes.data[i];
}

static void check_accepted(struct bench *bench, const struct pp_request *request)
{
	struct byte_writer writer;
	struct pp_request again;
	struct pp_status refusal;
	uint8_t hash[16];
	uint8_t hash_again[16];
	uint64_t sum = 0;
	uint64_t sum_again = 0;
	size_t needed;

	codec_request_hash(request, hash);
	codec_visit_request(request, touch, &sum);
	byte_writer_init(&writer, bench->buf, FRAME_HEADER_BYTES + FRAME_BYTES_MAX);
	int err = codec_encode_request(request, &bench->second, &writer, &needed);
	ASSERT(err == 0);
	struct span message = encoded(bench, &writer, needed);
	arena_reset(&bench->second);
	err = codec_decode_request(&bench->second, message, &again, &refusal);
	ASSERT(err == 0);
	ASSERT(again.seq == request->seq && again.kind == request->kind);
	ASSERT(again.acting_user == request->acting_user);
	ASSERT(again.timeout_ms == request->timeout_ms);
	ASSERT(again.validate_only == request->validate_only);
	ASSERT(again.min_revision == request->min_revision);
	ASSERT(again.has_request_id == request->has_request_id);
	ASSERT(memcmp(&again.request_id, &request->request_id, sizeof(again.request_id)) == 0);
	codec_request_hash(&again, hash_again);
	ASSERT(memcmp(hash, hash_again, sizeof(hash)) == 0);
	codec_visit_request(&again, touch, &sum_again);
	ASSERT(sum == sum_again);
}

static void check_refused(const struct pp_status *refusal)
{
	ASSERT(refusal->reason != PP_REASON_NONE);
	ASSERT(refusal->code == pp_reason_code(refusal->reason));
	ASSERT(refusal->message != NULL && refusal->message[0] != 0);
	ASSERT(refusal->not_executed);
}

static void check_request(struct bench *bench, struct span message)
{
	struct pp_request request;
	struct pp_status refusal;
	struct span copy = span_copy(message);

	int err = codec_decode_request(&bench->arena, copy, &request, &refusal);
	/* Nothing of the frame is kept. */
	span_free(copy);
	if (err == 0)
		check_accepted(bench, &request);
	else if (err == PP_ERR_INVALID)
		check_refused(&refusal);
	else
		ASSERT(err == PP_ERR_MALFORMED);
	arena_reset(&bench->arena);
	arena_reset(&bench->second);
}

static void check_response(struct bench *bench, struct span message)
{
	struct byte_writer writer;
	struct pp_response response;
	struct pp_response again;
	struct span copy = span_copy(message);
	uint64_t sum = 0;
	uint64_t sum_again = 0;
	size_t needed;

	int err = codec_decode_response(&bench->arena, copy, &response);
	span_free(copy);
	ASSERT(err == 0 || err == PP_ERR_MALFORMED);
	if (err != 0)
		goto err_after_decode;
	codec_visit_response(&response, touch, &sum);
	byte_writer_init(&writer, bench->buf, FRAME_HEADER_BYTES + FRAME_BYTES_MAX);
	err = codec_encode_response(&response, &bench->second, &writer, &needed);
	/* INVALID: there was nothing in it that we know. */
	ASSERT(err == 0 || err == PP_ERR_INVALID);
	if (err != 0)
		goto err_after_decode;
	arena_reset(&bench->second);
	err = codec_decode_response(&bench->second, encoded(bench, &writer, needed), &again);
	ASSERT(err == 0);
	codec_visit_response(&again, touch, &sum_again);
	ASSERT(sum == sum_again);
err_after_decode:
	arena_reset(&bench->arena);
	arena_reset(&bench->second);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct span rest = { .data = data, .len = size };
	struct bench bench = { .budget = { .limit = 2 * OP_ARENA_BYTES_MAX } };
	struct span message;
	size_t consumed;

	bench.buf = malloc(FRAME_HEADER_BYTES + FRAME_BYTES_MAX);
	ASSERT(bench.buf != NULL);
	arena_init(&bench.arena, OP_ARENA_BYTES_MAX, &bench.budget);
	arena_init(&bench.second, OP_ARENA_BYTES_MAX, &bench.budget);
	while (frame_next(rest, &message, &consumed) == FRAME_READY) {
		ASSERT(consumed == FRAME_HEADER_BYTES + message.len && consumed <= rest.len);
		check_request(&bench, message);
		check_response(&bench, message);
		rest = (struct span) { .data = rest.data + consumed, .len = rest.len - consumed };
	}
	/* The rest as a message without its header: a mutation need not get both right. */
	check_request(&bench, rest);
	check_response(&bench, rest);
	arena_free(&bench.arena);
	arena_free(&bench.second);
	ASSERT(bench.budget.used == 0);
	free(bench.buf);
	return 0;
}

/* Bytes that are no message, and messages made to hurt: an error each, within the arena. */
#include "proto/codec.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/frame.h"
#include "sample.h"
#include "wire.h"

static struct wire message;

/* The bytes in memory of their own, so that a sanitizer sees reads past them. */
static int decode_request(struct arena *arena, struct span bytes, struct pp_request *request)
{
	uint8_t *copy = malloc(bytes.len > 0 ? bytes.len : 1);
	struct pp_status refusal;

	if (bytes.len > 0)
		memcpy(copy, bytes.data, bytes.len);
	int err = codec_decode_request(
		arena, (struct span) { .data = copy, .len = bytes.len }, request, &refusal);
	free(copy);
	return err;
}

static int decode(struct span bytes)
{
	struct arena_budget budget = { .limit = OP_ARENA_BYTES_MAX };
	struct pp_response response;
	struct pp_request request;
	struct arena arena;

	arena_init(&arena, OP_ARENA_BYTES_MAX, &budget);
	int err = decode_request(&arena, bytes, &request);
	arena_reset(&arena);
	int response_err = codec_decode_response(&arena, bytes, &response);
	cr_assert(response_err == 0 || response_err == PP_ERR_MALFORMED);
	arena_free(&arena);
	cr_assert_eq(budget.used, 0);
	return err;
}

Test(hostile, bytes_that_are_no_message)
{
	static const struct {
		const char *bytes;
		size_t len;
	} rows[] = {
		{ "\x00", 1 },                                              /* field 0 */
		{ "\x02\x00", 2 },                                          /* field 0 */
		{ "\x81\x00", 2 },                                          /* field 0, over-long */
		{ "\x82\x80\x80\x80\x00\x00", 6 },                          /* field 0, over-long */
		{ "\x08", 1 },                                              /* no value */
		{ "\x08\x80", 2 },                                          /* half a varint */
		{ "\x08\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 11 },     /* 65 bits */
		{ "\x08\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 12 }, /* 11 bytes */
		{ "\x88\x80\x80\x80\x80\x00\x01", 7 },                      /* a key of 6 bytes */
		{ "\xf8\xff\xff\xff\x1f\x01", 6 },                          /* a key of 33 bits */
		{ "\x12", 1 },                                              /* no length */
		{ "\x12\x01", 2 },                                      /* less than its length */
		{ "\x12\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01", 11 }, /* 2^64 - 1 bytes */
		{ "\x12\xff\xff\xff\xff\x0f", 6 },                      /* 4 GiB */
		{ "\x0d\x01\x02\x03", 4 },                              /* 3 of 4 bytes */
		{ "\x09\x01\x02\x03\x04\x05\x06\x07", 8 },              /* 7 of 8 bytes */
		{ "\x0b\x0c", 2 },                                      /* a group */
		{ "\x0c", 1 },                                          /* the end of one */
		{ "\xbb\x06\xbc\x06", 4 },                              /* an unknown group */
		{ "\x0e", 1 },                                          /* no wire type */
		{ "\x0f", 1 }, { "\xa2\x01\x02\x0a\x05", 5 },           /* half a name in a body */
		{ "\xf2\x01\x03\x1a\x01\x80", 6 }, /* half a varint in a packed list */
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct span bytes = { (const uint8_t *)rows[i].bytes, rows[i].len };
		cr_assert_eq(decode(bytes), PP_ERR_MALFORMED, "row %zu", i);
		/* The same behind a good beginning. */
		message.len = 0;
		wire_number(&message, 1, 5);
		wire_text(&message, PP_KIND_GET_COUPON, "");
		wire_raw(&message, rows[i].bytes, rows[i].len);
		cr_assert_eq(decode(wire_span(&message)), PP_ERR_MALFORMED, "row %zu", i);
	}
	cr_assert_eq(decode((struct span) { 0 }), PP_ERR_INVALID); /* an empty request */
}

/* With nothing behind it: for the sanitizers, which see a read past the end. */
Test(hostile, character_cut_by_the_end_of_the_message)
{
	static const char *const texts[] = { "\xc3", "\xe2\x82", "\xe2", "\xf0\x9f\x8d", "\xf0" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		message.len = 0;
		wire_text(&message, 1, texts[i]);
		wire_wrap(&message, PP_KIND_CREATE_USER);
		cr_assert_eq(decode(wire_span(&message)), PP_ERR_INVALID);
	}
}

Test(hostile, over_long_but_legal_varints_are_read)
{
	static const uint8_t bytes[] = { 0x88, 0x00, 0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80,
		0x80, 0x00, 0x8a, 0x81, 0x80, 0x80, 0x00, 0x80, 0x00 };
	struct span span = { bytes, sizeof(bytes) };
	struct pp_request request;
	struct arena arena;

	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
	cr_assert_eq(decode_request(&arena, span, &request), 0);
	cr_assert_eq(request.seq, 0x7f);
	cr_assert_eq(request.kind, PP_KIND_SERVER_INFO);
	arena_free(&arena);
}

static void nest(uint32_t tag, unsigned open, unsigned close)
{
	message.len = 0;
	while (message.len < 58 * 1024 / (close == 0 ? 1 : 2))
		wire_key(&message, tag, open);
	for (size_t n = message.len; close != 0 && n > 0; n--)
		wire_key(&message, tag, close);
}

Test(hostile, nesting_is_not_followed)
{
	struct wire inner;

	nest(1, 3, 0);
	cr_assert_eq(decode(wire_span(&message)), PP_ERR_MALFORMED);
	nest(1, 3, 4);
	cr_assert_eq(decode(wire_span(&message)), PP_ERR_MALFORMED);
	/* Messages in messages, built from the inside: known fields first, then unknown ones. */
	static const uint32_t tags[] = { 2, 7, 15, 40 };
	for (size_t i = 0; i < ARRAY_LEN(tags); i++) {
		message.len = 0;
		while (message.len < 50 * 1024) {
			inner = message;
			message.len = 0;
			/* Padding, so that this takes hundreds of rounds and not thousands. */
			wire_text(&message, 100,
				"sixty-four bytes of padding, or nearly as many as that");
			wire_block(&message, tags[i], inner.bytes, inner.len);
		}
		wire_wrap(&message, PP_KIND_GET_COUPON);
		int err = decode(wire_span(&message));
		cr_assert(err == 0 || err == PP_ERR_INVALID, "%u: %d", tags[i], err);
	}
}

Test(hostile, many_small_things_stay_within_the_arena)
{
	/* Each takes far more memory than its two or three bytes. */
	message.len = 0;
	while (message.len < FRAME_BYTES_MAX - 3)
		wire_text(&message, PP_KIND_GET_COUPON, "");
	cr_assert_eq(decode(wire_span(&message)), PP_ERR_INVALID);
	message.len = 0;
	while (message.len < FRAME_BYTES_MAX - 3)
		wire_text(&message, 15, "");
	wire_text(&message, PP_KIND_GET_COUPON, "");
	cr_assert_eq(decode(wire_span(&message)), PP_ERR_MALFORMED);
	message.len = 0;
	for (size_t i = 0; i < 32768 - 2; i++)
		wire_text(&message, 1, "");
	wire_wrap(&message, PP_KIND_LIST_COUPONS);
	cr_assert_eq(decode(wire_span(&message)), PP_ERR_INVALID);
	message.len = 0;
	for (size_t i = 0; i < 32768 - 2; i++)
		wire_number(&message, 3, 1);
	wire_wrap(&message, PP_KIND_CREATE_BUSINESS);
	cr_assert_eq(decode(wire_span(&message)), PP_ERR_MALFORMED);
}

/* A client is asked to hold 32 767 coupons in one frame. */
Test(hostile, response_with_many_empty_messages)
{
	message.len = 0;
	for (size_t i = 0; i < 32768 - 2; i++)
		wire_text(&message, 1, "");
	wire_wrap(&message, PP_KIND_LIST_COUPONS);
	struct pp_response response;
	struct arena arena;
	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
	cr_assert_eq(
		codec_decode_response(&arena, wire_span(&message), &response), PP_ERR_MALFORMED);
	arena_free(&arena);
}

Test(hostile, truncated_at_every_offset)
{
	static uint8_t buf[FRAME_HEADER_BYTES + FRAME_BYTES_MAX];
	static const enum pp_kind kinds[] = { PP_KIND_EDIT_COUPON, PP_KIND_CREATE_BUSINESS };
	struct arena arena;

	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
	for (size_t i = 0; i < ARRAY_LEN(kinds); i++) {
		struct pp_request request;
		struct byte_writer writer;
		size_t needed;
		sample_fill(&codec_request_table, kinds[i], SAMPLE_FULL, 0, &arena, &request);
		request.timeout_ms = 0;
		byte_writer_init(&writer, buf, sizeof(buf));
		cr_assert_eq(codec_encode_request(&request, &arena, &writer, &needed), 0);
		size_t n_whole = 0;
		for (size_t len = 0; len <= needed - FRAME_HEADER_BYTES; len++) {
			struct span cut = { buf + FRAME_HEADER_BYTES, len };
			arena_reset(&arena);
			int err = decode_request(&arena, cut, &request);
			/* A cut between envelope fields leaves a message without a body. */
			cr_assert(err == PP_ERR_MALFORMED || err == PP_ERR_INVALID || err == 0);
			n_whole += err == 0;
		}
		cr_assert_eq(n_whole, 1);
	}
	arena_free(&arena);
}

Test(hostile, any_one_byte_changed)
{
	static uint8_t buf[FRAME_HEADER_BYTES + FRAME_BYTES_MAX];
	struct pp_request request;
	struct byte_writer writer;
	struct arena arena;
	size_t needed;

	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
	sample_fill(&codec_request_table, PP_KIND_EDIT_COUPON, SAMPLE_FULL, 0, &arena, &request);
	byte_writer_init(&writer, buf, sizeof(buf));
	cr_assert_eq(codec_encode_request(&request, &arena, &writer, &needed), 0);
	struct span whole = { buf + FRAME_HEADER_BYTES, needed - FRAME_HEADER_BYTES };
	for (size_t at = 0; at < whole.len; at++) {
		for (unsigned bit = 0; bit < 8; bit++) {
			buf[FRAME_HEADER_BYTES + at] ^= (uint8_t)(1U << bit);
			arena_reset(&arena);
			int err = decode_request(&arena, whole, &request);
			cr_assert(err == 0 || err == PP_ERR_MALFORMED || err == PP_ERR_INVALID);
			buf[FRAME_HEADER_BYTES + at] ^= (uint8_t)(1U << bit);
		}
	}
	arena_free(&arena);
}

Test(hostile, arena_that_gives_out_anywhere)
{
	static uint8_t buf[FRAME_HEADER_BYTES + FRAME_BYTES_MAX];
	static char text[PP_DESCRIPTION_BYTES_MAX + 1];
	struct pp_terms terms = { .name = "x", .description = text };
	struct pp_request request = {
		.seq = 9,
		.kind = PP_KIND_CREATE_COUPON,
		.u.create_coupon = { .business_id = 1, .terms = &terms },
	};
	struct pp_request decoded;
	struct byte_writer writer;
	struct arena arena;
	size_t needed;

	memset(text, 'x', sizeof(text) - 1);
	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
	byte_writer_init(&writer, buf, sizeof(buf));
	cr_assert_eq(codec_encode_request(&request, &arena, &writer, &needed), 0);
	arena_free(&arena);
	struct span whole = { buf + FRAME_HEADER_BYTES, needed - FRAME_HEADER_BYTES };
	for (size_t limit = 0; limit <= 5 * ARENA_CHUNK_BYTES; limit += ARENA_CHUNK_BYTES) {
		arena_init(&arena, limit, NULL);
		int err = decode_request(&arena, whole, &decoded);
		cr_assert_eq(
			err, limit < 3 * ARENA_CHUNK_BYTES ? PP_ERR_MALFORMED : 0, "%zu", limit);
		arena_free(&arena);
	}
	/* Only to tell how much room it takes when there is too little. */
	arena_init(&arena, 0, NULL);
	byte_writer_init(&writer, buf, sizeof(buf));
	cr_assert_eq(codec_encode_request(&request, &arena, &writer, &needed), 0);
	byte_writer_init(&writer, buf, 100);
	cr_assert_eq(codec_encode_request(&request, &arena, &writer, &needed), PP_ERR_NO_MEMORY);
}

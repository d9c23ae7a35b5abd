/* Frames cut at every offset, lengths at every edge, and peers that speak something else. */
#include "proto/frame.h"

#include <criterion/criterion.h>
#include <string.h>

static uint8_t big[FRAME_HEADER_BYTES + FRAME_BYTES_MAX + 1];

static struct span span_of(const void *data, size_t len)
{
	return (struct span) { .data = data, .len = len };
}

Test(frame, is_partial_at_every_cut)
{
	static const uint8_t bytes[] = { 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd' };
	struct span message;
	size_t consumed;

	for (size_t len = 0; len < sizeof(bytes); len++) {
		enum frame_result expected = len < 7 ? FRAME_PARTIAL : FRAME_READY;
		/* A copy of just so many bytes, so that a sanitizer sees reads past them. */
		uint8_t *copy = malloc(len + 1);
		memcpy(copy, bytes, len);
		copy = realloc(copy, len > 0 ? len : 1);
		cr_assert_eq(frame_next(span_of(copy, len), &message, &consumed), expected);
		if (expected == FRAME_READY) {
			cr_assert_eq(consumed, 7);
			cr_assert_eq(message.len, 3);
			cr_assert_eq(message.data, copy + 4);
		}
		free(copy);
	}
}

Test(frame, follows_frame)
{
	static const uint8_t bytes[] = { 0, 0, 0, 3, 'a', 'b', 'c', 0, 0, 0, 1, 'd' };
	struct span rest = span_of(bytes, sizeof(bytes));
	struct span message;
	size_t consumed;

	cr_assert_eq(frame_next(rest, &message, &consumed), FRAME_READY);
	rest = span_of(rest.data + consumed, rest.len - consumed);
	cr_assert_eq(frame_next(rest, &message, &consumed), FRAME_READY);
	cr_assert_eq(message.len, 1);
	cr_assert_eq(message.data[0], 'd');
	cr_assert_eq(consumed, rest.len);
}

Test(frame, knows_lengths_at_every_edge)
{
	static const struct {
		uint32_t len;
		size_t bytes;
		enum frame_result expected;
	} rows[] = {
		{ 0, 4, FRAME_EMPTY },
		{ 0, 100, FRAME_EMPTY },
		{ 1, 4, FRAME_PARTIAL },
		{ 1, 5, FRAME_READY },
		{ FRAME_BYTES_MAX, 4 + FRAME_BYTES_MAX - 1, FRAME_PARTIAL },
		{ FRAME_BYTES_MAX, 4 + FRAME_BYTES_MAX, FRAME_READY },
		{ FRAME_BYTES_MAX + 1, 4, FRAME_TOO_LARGE },
		{ FRAME_BYTES_MAX + 1, 4 + FRAME_BYTES_MAX + 1, FRAME_TOO_LARGE },
		{ 0x7fffffff, 4, FRAME_TOO_LARGE },
		{ 0x80000000, 4, FRAME_TOO_LARGE },
		{ 0xffffffff, 4, FRAME_TOO_LARGE },
		{ 0xffffffff, 3, FRAME_PARTIAL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct byte_writer writer;
		struct span message = { 0 };
		size_t consumed = 0;
		byte_writer_init(&writer, big, 4);
		write_u32(&writer, rows[i].len);
		cr_assert_eq(frame_next(span_of(big, rows[i].bytes), &message, &consumed),
			rows[i].expected, "row %zu", i);
		cr_assert_eq(consumed, rows[i].expected == FRAME_READY ? rows[i].bytes : 0);
	}
}

Test(frame, tells_http_and_tls_apart)
{
	static const struct {
		const char *bytes;
		enum frame_result expected;
	} rows[] = {
		{ "GET / HTTP/1.1\r\n", FRAME_HTTP },
		{ "POST /", FRAME_HTTP },
		{ "PUT /", FRAME_HTTP },
		{ "HEAD /", FRAME_HTTP },
		{ "DELETE /", FRAME_HTTP },
		{ "OPTIONS *", FRAME_HTTP },
		{ "PATCH /", FRAME_HTTP },
		{ "CONNECT x:1", FRAME_HTTP },
		{ "TRACE /", FRAME_HTTP },
		{ "PRI * HTTP/2.0", FRAME_HTTP },
		{ "GET ", FRAME_HTTP },
		{ "GET", FRAME_PARTIAL },
		{ "get /", FRAME_TOO_LARGE },
		{ "SSH-2.0-OpenSSH", FRAME_TOO_LARGE },
		{ "\x16\x03\x01\x02", FRAME_TLS },
		{ "\x16\x03\x03\x01", FRAME_TLS },
		{ "\x16\x02\x03\x01", FRAME_TOO_LARGE },
		{ "\x15\x03\x03\x01", FRAME_TOO_LARGE },
	};
	struct span message;
	size_t consumed;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct span bytes = span_of(rows[i].bytes, strlen(rows[i].bytes));
		cr_assert_eq(frame_next(bytes, &message, &consumed), rows[i].expected, "%s",
			rows[i].bytes);
	}
}

Test(frame, header_is_big_endian)
{
	uint8_t header[FRAME_HEADER_BYTES];

	frame_put_header(header, 0x10000);
	cr_assert_arr_eq(header, "\0\1\0\0", 4);
	frame_put_header(header, 1);
	cr_assert_arr_eq(header, "\0\0\0\1", 4);
}

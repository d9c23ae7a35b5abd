/* Byte cursors that fail once and for ever, and int64 that never wraps. */
#include "base/base.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>

Test(reader, reads_big_endian)
{
	static const uint8_t bytes[] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 0xff,
		0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xfe, 0, 2, 'h', 'i' };
	struct byte_reader reader;

	byte_reader_init(&reader, (struct span) { bytes, sizeof(bytes) });
	cr_assert_eq(read_u8(&reader), 0x01);
	cr_assert_eq(read_u16(&reader), 0x0203);
	cr_assert_eq(read_u32(&reader), 0x04050607);
	cr_assert_eq(read_u64(&reader), UINT64_C(0x08090a0b0c0d0e0f));
	cr_assert_eq(read_i64(&reader), -2);
	cr_assert_not(byte_reader_done(&reader));
	struct span block = read_block(&reader);
	cr_assert_eq(block.len, 2);
	cr_assert_arr_eq(block.data, "hi", 2);
	cr_assert(byte_reader_done(&reader));
}

Test(reader, failure_is_for_ever)
{
	static const uint8_t bytes[] = { 1, 2, 3 };
	struct byte_reader reader;

	byte_reader_init(&reader, (struct span) { bytes, sizeof(bytes) });
	cr_assert_eq(read_u32(&reader), 0);
	cr_assert(reader.failed);
	/* The three bytes are there, but nothing is read from a failed reader. */
	cr_assert_eq(read_u8(&reader), 0);
	cr_assert_eq(read_u16(&reader), 0);
	cr_assert_null(read_bytes(&reader, 1));
	cr_assert_null(read_bytes(&reader, 0));
	cr_assert_eq(read_block(&reader).len, 0);
	cr_assert_not(byte_reader_done(&reader));
}

Test(reader, does_not_read_past_the_end)
{
	static const uint8_t bytes[] = { 0, 3, 'a', 'b' };
	struct byte_reader reader;

	byte_reader_init(&reader, (struct span) { bytes, sizeof(bytes) });
	struct span block = read_block(&reader);
	cr_assert(reader.failed);
	cr_assert_null(block.data);
	cr_assert_eq(block.len, 0);
	byte_reader_init(&reader, (struct span) { bytes, sizeof(bytes) });
	cr_assert_null(read_bytes(&reader, SIZE_MAX));
	byte_reader_init(&reader, (struct span) { 0 });
	cr_assert(byte_reader_done(&reader));
	cr_assert_eq(read_u8(&reader), 0);
	cr_assert_not(byte_reader_done(&reader));
}

Test(writer, writes_what_the_reader_reads)
{
	uint8_t buf[64];
	struct byte_writer writer;

	byte_writer_init(&writer, buf, sizeof(buf));
	write_u8(&writer, 0xab);
	write_u16(&writer, 0xabcd);
	write_u32(&writer, 0xabcdef01);
	write_u64(&writer, UINT64_C(0xfedcba9876543210));
	write_i64(&writer, INT64_MIN);
	write_block(&writer, (struct span) { (const uint8_t *)"hello", 5 });
	write_bytes(&writer, NULL, 0);
	struct span written = byte_writer_span(&writer);
	cr_assert_eq(written.len, 1 + 2 + 4 + 8 + 8 + 2 + 5);
	struct byte_reader reader;
	byte_reader_init(&reader, written);
	cr_assert_eq(read_u8(&reader), 0xab);
	cr_assert_eq(read_u16(&reader), 0xabcd);
	cr_assert_eq(read_u32(&reader), 0xabcdef01);
	cr_assert_eq(read_u64(&reader), UINT64_C(0xfedcba9876543210));
	cr_assert_eq(read_i64(&reader), INT64_MIN);
	cr_assert_arr_eq(read_block(&reader).data, "hello", 5);
	cr_assert(byte_reader_done(&reader));
}

Test(writer, failure_is_for_ever_and_leaves_the_rest_alone)
{
	uint8_t buf[8];
	struct byte_writer writer;

	memset(buf, 0xee, sizeof(buf));
	byte_writer_init(&writer, buf, 5);
	write_u32(&writer, 1);
	write_u16(&writer, 2);
	cr_assert(writer.failed);
	cr_assert_eq(byte_writer_span(&writer).len, 0);
	/* A byte would fit, but nothing is written after a failure. */
	write_u8(&writer, 3);
	cr_assert_eq(byte_writer_span(&writer).len, 0);
	cr_assert_arr_eq(buf + 4, "\xee\xee\xee\xee", 4);
}

Test(writer, block_over_its_length_field_fails)
{
	static uint8_t from[UINT16_MAX + 1];
	static uint8_t to[UINT16_MAX + 8];
	struct byte_writer writer;

	byte_writer_init(&writer, to, sizeof(to));
	write_block(&writer, (struct span) { from, UINT16_MAX });
	cr_assert_eq(byte_writer_span(&writer).len, UINT16_MAX + 2);
	byte_writer_init(&writer, to, sizeof(to));
	write_block(&writer, (struct span) { from, UINT16_MAX + 1 });
	cr_assert(writer.failed);
}

Test(checked, sums_and_products_stay_within_int64)
{
	static const struct {
		int64_t a;
		int64_t b;
		bool sum;
		bool product;
	} rows[] = {
		{ 0, 0, true, true },
		{ INT64_MAX, 0, true, true },
		{ INT64_MAX, 1, false, true },
		{ INT64_MAX, -1, true, true },
		{ INT64_MIN, 0, true, true },
		{ INT64_MIN, 1, true, true },
		{ INT64_MIN, -1, false, false },
		{ INT64_MAX, INT64_MAX, false, false },
		{ INT64_MIN, INT64_MIN, false, false },
		{ INT64_MAX, INT64_MIN, true, false },
		{ INT64_MAX / 2, 2, true, true },
		{ INT64_MAX / 2 + 1, 2, true, false },
		{ INT64_MAX / 2 + 1, INT64_MAX / 2 + 1, false, false },
		{ INT64_MAX / 2, INT64_MAX / 2 + 1, true, false },
		{ INT64_C(3037000499), INT64_C(3037000499), true, true },
		{ INT64_C(3037000500), INT64_C(3037000500), true, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int swap = 0; swap < 2; swap++) {
			int64_t a = swap ? rows[i].b : rows[i].a;
			int64_t b = swap ? rows[i].a : rows[i].b;
			int64_t out = 77;
			cr_assert_eq(checked_add(a, b, &out), rows[i].sum, "row %zu", i);
			cr_assert_eq(out, rows[i].sum ? (int64_t)((uint64_t)a + (uint64_t)b) : 77);
			out = 77;
			cr_assert_eq(checked_mul(a, b, &out), rows[i].product, "row %zu", i);
			cr_assert_eq(
				out, rows[i].product ? (int64_t)((uint64_t)a * (uint64_t)b) : 77);
		}
	}
}

Test(assert, aborts_in_every_build, .signal = SIGABRT)
{
	ASSERT(1 + 1 == 3);
}

Test(strerror, has_words_for_every_error)
{
	for (int err = PP_ERR_PERMISSION; err <= PP_OK; err++) {
		cr_assert_str_neq(pp_strerror(err), "unknown error", "%d", err);
		for (int other = PP_ERR_PERMISSION; other < err; other++)
			cr_assert_str_neq(pp_strerror(err), pp_strerror(other));
	}
	cr_assert_str_eq(pp_strerror(1), "unknown error");
	cr_assert_str_eq(pp_strerror(PP_ERR_PERMISSION - 1), "unknown error");
}

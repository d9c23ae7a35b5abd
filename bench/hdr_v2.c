#include "bench/hdr_v2.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

/* The 1 in 0x10 says that counts are ZigZag LEB128 numbers. */
#define COOKIE UINT32_C(0x1c849313)
#define COOKIE_COMPRESSED UINT32_C(0x1c849314)
/* 1.0 as an IEEE double: the factor of histograms of doubles, which this is not. */
#define RATIO_OF_INTEGERS UINT64_C(0x3ff0000000000000)

enum { COMPRESSED_HEADER_BYTES = 8 };

static uint32_t n_relevant(const struct histogram *histogram)
{
	const struct histogram_layout *layout = &histogram->layout;
	int64_t max = histogram->max < layout->highest ? histogram->max : layout->highest;

	return histogram_index(layout, max) + 1;
}

/* Seven bits at a time, the lowest first; the ninth byte has eight. */
static uint8_t *put_number(uint8_t *at, int64_t number)
{
	uint64_t left = ((uint64_t)number << 1) ^ (number < 0 ? UINT64_MAX : 0);

	for (int i = 0; i < HDR_V2_COUNT_BYTES_MAX - 1 && left >= 0x80; i++) {
		*at++ = (uint8_t)(left | 0x80);
		left >>= 7;
	}
	*at++ = (uint8_t)left;
	return at;
}

static size_t put_counts(const struct histogram *histogram, uint8_t *start)
{
	const uint64_t *counts = histogram->counts;
	uint32_t n = n_relevant(histogram);
	uint8_t *at = start;

	for (uint32_t i = 0; i < n;) {
		uint32_t zeros = 0;
		while (i + zeros < n && counts[i + zeros] == 0)
			zeros++;
		if (zeros > 1) {
			at = put_number(at, -(int64_t)zeros);
			i += zeros;
		} else {
			at = put_number(at, (int64_t)counts[i++]);
		}
	}
	return (size_t)(at - start);
}

size_t hdr_v2_bound(const struct histogram *histogram)
{
	return HDR_V2_HEADER_BYTES + (size_t)n_relevant(histogram) * HDR_V2_COUNT_BYTES_MAX;
}

size_t hdr_v2_encode(const struct histogram *histogram, uint8_t *buf)
{
	struct byte_writer writer;
	size_t n_bytes = put_counts(histogram, buf + HDR_V2_HEADER_BYTES);

	byte_writer_init(&writer, buf, HDR_V2_HEADER_BYTES);
	write_u32(&writer, COOKIE);
	write_u32(&writer, (uint32_t)n_bytes);
	write_u32(&writer, 0); /* no rotation of the counts */
	write_u32(&writer, histogram->layout.digits);
	write_i64(&writer, histogram->layout.lowest);
	write_i64(&writer, histogram->layout.highest);
	write_u64(&writer, RATIO_OF_INTEGERS);
	ASSERT(!writer.failed);
	return HDR_V2_HEADER_BYTES + n_bytes;
}

/* Cookie, length and a zlib stream; *out is owned by the caller. */
static size_t compress_bytes(const uint8_t *plain, size_t len, uint8_t **out)
{
	struct byte_writer writer;
	uLongf n_bytes = compressBound(len);
	uint8_t *buf = malloc(COMPRESSED_HEADER_BYTES + n_bytes);

	if (buf == NULL)
		return 0;
	if (compress(buf + COMPRESSED_HEADER_BYTES, &n_bytes, plain, len) != Z_OK) {
		free(buf);
		return 0;
	}
	byte_writer_init(&writer, buf, COMPRESSED_HEADER_BYTES);
	write_u32(&writer, COOKIE_COMPRESSED);
	write_u32(&writer, (uint32_t)n_bytes);
	*out = buf;
	return COMPRESSED_HEADER_BYTES + n_bytes;
}

char *hdr_v2_text(const struct histogram *histogram)
{
	uint8_t *plain = malloc(hdr_v2_bound(histogram));
	uint8_t *packed = NULL;
	char *text = NULL;

	if (plain == NULL)
		return NULL;
	size_t len = compress_bytes(plain, hdr_v2_encode(histogram, plain), &packed);
	if (len > 0) {
		size_t size = sodium_base64_encoded_len(len, sodium_base64_VARIANT_ORIGINAL);
		text = malloc(size);
		if (text != NULL)
			sodium_bin2base64(text, size, packed, len, sodium_base64_VARIANT_ORIGINAL);
	}
	free(packed);
	free(plain);
	return text;
}

/* Reads what put_number wrote. */
static int64_t get_number(struct byte_reader *reader)
{
	uint64_t value = 0;
	uint64_t byte;

	for (unsigned i = 0; i < HDR_V2_COUNT_BYTES_MAX - 1; i++) {
		byte = read_u8(reader);
		value |= (byte & 0x7f) << (7 * i);
		if (byte < 0x80)
			return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
	}
	byte = read_u8(reader);
	value |= byte << 56;
	return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

static int get_counts(struct byte_reader *reader, struct histogram *into)
{
	const struct histogram_layout *layout = &into->layout;
	uint32_t n = 0;

	while (reader->at < reader->end && !reader->failed) {
		int64_t number = get_number(reader);
		if (reader->failed || n >= layout->n_counts)
			return PP_ERR_MALFORMED;
		if (number < 0) {
			if (number < -(int64_t)(layout->n_counts - n))
				return PP_ERR_MALFORMED;
			n += (uint32_t)-number;
			continue;
		}
		if (into->n > INT64_MAX - (uint64_t)number)
			return PP_ERR_TOO_BIG;
		if (number > 0) {
			if (into->n == 0)
				into->min = histogram_index_low(layout, n);
			into->max = histogram_index_high(layout, n);
		}
		into->counts[n++] = (uint64_t)number;
		into->n += (uint64_t)number;
	}
	return 0;
}

/* An empty histogram, of a layout that comes from outside. */
static int new_histogram(int64_t lowest, int64_t highest, uint32_t digits, struct histogram **out)
{
	struct histogram_layout layout;
	struct histogram *histogram;

	/* The units of a layout and its values have to fit into 61 bits. */
	if (lowest < 1 || lowest >= INT64_C(1) << 40 || highest / 2 < lowest || digits < 1 ||
		digits > 5)
		return PP_ERR_MALFORMED;
	histogram_layout_init(&layout, lowest, highest, digits);
	if (layout.n_counts > HDR_V2_COUNTS_MAX)
		return PP_ERR_TOO_BIG;
	histogram = malloc(sizeof(*histogram) + layout.n_counts * sizeof(uint64_t));
	if (histogram == NULL)
		return PP_ERR_NO_MEMORY;
	histogram_init(
		histogram, lowest, highest, digits, (uint64_t *)(histogram + 1), layout.n_counts);
	*out = histogram;
	return 0;
}

static int parse_plain(struct span plain, struct histogram **out)
{
	struct byte_reader reader;
	struct histogram *histogram = NULL;

	byte_reader_init(&reader, plain);
	uint32_t cookie = read_u32(&reader);
	uint32_t n_bytes = read_u32(&reader);
	uint32_t rotation = read_u32(&reader);
	uint32_t digits = read_u32(&reader);
	int64_t lowest = read_i64(&reader);
	int64_t highest = read_i64(&reader);
	read_u64(&reader);
	if (reader.failed || cookie != COOKIE || rotation != 0 ||
		n_bytes != (size_t)(reader.end - reader.at))
		return PP_ERR_MALFORMED;
	int err = new_histogram(lowest, highest, digits, &histogram);
	if (err != 0)
		return err;
	err = get_counts(&reader, histogram);
	if (err != 0) {
		free(histogram);
		return err;
	}
	*out = histogram;
	return 0;
}

static int parse_packed(const uint8_t *packed, size_t len, struct histogram **out)
{
	const size_t size = HDR_V2_HEADER_BYTES + (size_t)HDR_V2_COUNTS_MAX * 2;
	struct byte_reader reader;
	uLongf n_bytes = size;

	byte_reader_init(&reader, (struct span) { packed, len });
	uint32_t cookie = read_u32(&reader);
	uint32_t n_packed = read_u32(&reader);
	const uint8_t *stream = read_bytes(&reader, n_packed);
	if (!byte_reader_done(&reader) || cookie != COOKIE_COMPRESSED)
		return PP_ERR_MALFORMED;
	uint8_t *plain = malloc(size);
	if (plain == NULL)
		return PP_ERR_NO_MEMORY;
	int err = uncompress(plain, &n_bytes, stream, n_packed);
	if (err == Z_OK)
		err = parse_plain((struct span) { plain, n_bytes }, out);
	else
		err = err == Z_BUF_ERROR ? PP_ERR_TOO_BIG : PP_ERR_MALFORMED;
	free(plain);
	return err;
}

int hdr_v2_parse(const char *text, struct histogram **out)
{
	size_t len = strlen(text);
	size_t n_packed = 0;
	const char *end = NULL;
	uint8_t *packed = malloc(len + 1);

	if (packed == NULL)
		return PP_ERR_NO_MEMORY;
	int err = PP_ERR_MALFORMED;
	if (sodium_base642bin(packed, len + 1, text, len, NULL, &n_packed, &end,
		    sodium_base64_VARIANT_ORIGINAL) == 0 &&
		end == text + len)
		err = parse_packed(packed, n_packed, out);
	free(packed);
	return err;
}

/* What is encoded is read back by a decoder of its own, written from the format alone. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <zlib.h>

#include "bench/hdr_v2.h"

enum { DECODED_COUNTS_MAX = 1 << 20 };

struct decoded {
	uint32_t cookie;
	uint32_t digits;
	int64_t lowest;
	int64_t highest;
	double ratio;
	size_t n_counts; /* up to the last one that was told */
	int64_t *counts;
};

static uint64_t big_endian(const uint8_t *at, size_t n)
{
	uint64_t value = 0;

	for (size_t i = 0; i < n; i++)
		value = value << 8 | at[i];
	return value;
}

/* One number of 7 bits a byte, but 8 in the ninth; returns how many bytes it took. */
static size_t unzigzag(const uint8_t *at, size_t len, int64_t *out)
{
	uint64_t value = 0;
	size_t n = 0;
	bool more = true;

	while (more) {
		cr_assert_lt(n, len, "a number ends within the payload");
		uint64_t byte = at[n];
		bool last = n == 8;
		value |= (last ? byte : byte & 0x7f) << (7 * n);
		more = !last && (byte & 0x80) != 0;
		n++;
	}
	*out = (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
	return n;
}

static struct decoded decode(const uint8_t *bytes, size_t len)
{
	struct decoded out = { .counts = calloc(DECODED_COUNTS_MAX, sizeof(int64_t)) };

	cr_assert_geq(len, 40);
	out.cookie = (uint32_t)big_endian(bytes, 4);
	cr_assert_eq(big_endian(bytes + 4, 4), len - 40, "the length is that of the payload");
	cr_assert_eq(big_endian(bytes + 8, 4), 0);
	out.digits = (uint32_t)big_endian(bytes + 12, 4);
	out.lowest = (int64_t)big_endian(bytes + 16, 8);
	out.highest = (int64_t)big_endian(bytes + 24, 8);
	uint64_t bits = big_endian(bytes + 32, 8);
	memcpy(&out.ratio, &bits, sizeof(out.ratio));
	for (size_t at = 40; at < len;) {
		int64_t number = 0;
		at += unzigzag(bytes + at, len - at, &number);
		cr_assert_lt(out.n_counts, DECODED_COUNTS_MAX);
		if (number < 0)
			out.n_counts += (size_t)-number;
		else
			out.counts[out.n_counts++] = number;
		cr_assert_lt(out.n_counts, DECODED_COUNTS_MAX);
	}
	return out;
}

/* Base64 with padding. */
static size_t unbase64(const char *text, uint8_t *out)
{
	static const char letters[] =
		"ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
	size_t len = strlen(text);
	size_t n = 0;
	uint32_t bits = 0;

	cr_assert_eq(len % 4, 0);
	for (size_t i = 0; i < len && text[i] != '='; i++) {
		const char *found = strchr(letters, text[i]);
		cr_assert_not_null(found, "%c is not base64", text[i]);
		bits = bits << 6 | (uint32_t)(found - letters);
		if (i % 4 != 0)
			out[n++] = (uint8_t)(bits >> (6 - 2 * (i % 4)));
	}
	return n;
}

/* The bytes inside the text; freed by the caller. */
static uint8_t *unpack(const char *text, size_t *len)
{
	uint8_t *packed = malloc(strlen(text));
	uLongf size = 4 << 20;
	uint8_t *plain = malloc(size);

	size_t n = unbase64(text, packed);
	cr_assert_gt(n, 8);
	cr_assert_eq(big_endian(packed, 4), 0x1c849314);
	cr_assert_eq(big_endian(packed + 4, 4), n - 8);
	cr_assert_eq(uncompress(plain, &size, packed + 8, n - 8), Z_OK);
	free(packed);
	*len = size;
	return plain;
}

/* Whether our own reader tells the same. */
static void expect_parsed(const char *name, const char *text, const struct histogram *histogram)
{
	struct histogram *is = NULL;

	cr_assert_eq(hdr_v2_parse(text, &is), 0, "%s", name);
	cr_assert_eq(is->layout.n_counts, histogram->layout.n_counts, "%s", name);
	cr_expect_arr_eq(is->counts, histogram->counts,
		histogram->layout.n_counts * sizeof(histogram->counts[0]), "%s", name);
	cr_expect_eq(
		histogram_percentile(is, 0.5), histogram_percentile(histogram, 0.5), "%s", name);
	free(is);
}

/* Whether the text holds just what the histogram holds. */
static void expect_same(const char *name, const struct histogram *histogram)
{
	size_t len = 0;
	char *text = hdr_v2_text(histogram);

	cr_assert_not_null(text);
	cr_assert_eq(strncmp(text, "HISTFAAA", 8), 0, "%s: %.20s", name, text);
	uint8_t *plain = unpack(text, &len);
	cr_assert_leq(len, hdr_v2_bound(histogram));
	struct decoded is = decode(plain, len);
	cr_expect_eq(is.cookie, 0x1c849313, "%s", name);
	cr_expect_eq(is.digits, histogram->layout.digits, "%s", name);
	cr_expect_eq(is.lowest, histogram->layout.lowest, "%s", name);
	cr_expect_eq(is.highest, histogram->layout.highest, "%s", name);
	cr_expect_eq(is.ratio, 1.0, "%s", name);
	int64_t highest = histogram->layout.highest;
	int64_t max = histogram->max < highest ? histogram->max : highest;
	cr_expect_eq(is.n_counts, histogram_index(&histogram->layout, max) + 1,
		"%s: nothing after the largest value", name);
	for (size_t i = 0; i < histogram->layout.n_counts; i++)
		cr_assert_eq((uint64_t)is.counts[i], histogram->counts[i],
			"%s: count %zu is %" PRId64 ", not %" PRIu64, name, i, is.counts[i],
			histogram->counts[i]);
	expect_parsed(name, text, histogram);
	free(is.counts);
	free(plain);
	free(text);
}

static struct histogram_ns *new_ns(void)
{
	struct histogram_ns *histogram = malloc(sizeof(*histogram));

	histogram_ns_init(histogram);
	return histogram;
}

Test(hdr_v2, round_trips_every_shape)
{
	static const struct {
		const char *name;
		int64_t values[6];
		size_t n;
	} rows[] = {
		{ "empty", { 0 }, 0 },
		{ "zero", { 0 }, 1 },
		{ "one", { 1 }, 1 },
		{ "one empty count between", { 1, 3 }, 2 },
		{ "two empty counts between", { 1, 4 }, 2 },
		{ "last single and first double width", { 2047, 2048, 2049, 2050 }, 4 },
		{ "far apart", { 1, 1000, 1000000, 1000000000, INT64_C(3600000000000) }, 5 },
		{ "above the highest", { 5, INT64_MAX }, 2 },
		{ "many of one", { 77, 77, 77, 77, 77, 77 }, 6 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct histogram_ns *histogram = new_ns();
		for (size_t j = 0; j < rows[i].n; j++)
			histogram_add(&histogram->h, rows[i].values[j]);
		expect_same(rows[i].name, &histogram->h);
		free(histogram);
	}
}

/* Numbers of one to nine bytes. */
Test(hdr_v2, round_trips_large_counts)
{
	struct histogram_ns *histogram = new_ns();

	histogram_add(&histogram->h, 200);
	histogram->h.n = 0;
	for (int bits = 0; bits < 63; bits++) {
		histogram->h.counts[bits] = (UINT64_C(1) << bits) / 4 + (uint64_t)bits % 2;
		histogram->h.n += histogram->h.counts[bits];
	}
	histogram->h.counts[200] = 1;
	histogram->h.n++;
	expect_same("large", &histogram->h);
	/* The ninth byte has eight bits. */
	histogram_reset(&histogram->h);
	histogram_add(&histogram->h, 200);
	histogram->h.counts[200] = INT64_MAX;
	histogram->h.n = INT64_MAX;
	expect_same("largest", &histogram->h);
	free(histogram);
}

Test(hdr_v2, round_trips_other_layouts)
{
	static const struct {
		int64_t lowest, highest;
		unsigned digits;
	} rows[] = { { 1, 2, 1 }, { 1000, INT64_C(60000000000), 2 }, { 1, INT64_MAX / 2, 3 },
		{ 3, 100000, 5 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct histogram_layout layout;
		struct histogram histogram;
		histogram_layout_init(&layout, rows[i].lowest, rows[i].highest, rows[i].digits);
		uint64_t *counts = calloc(layout.n_counts, sizeof(*counts));
		histogram_init(&histogram, rows[i].lowest, rows[i].highest, rows[i].digits, counts,
			layout.n_counts);
		for (int64_t value = 1; value < rows[i].highest / 3; value = value * 3 + 1)
			histogram_add(&histogram, value);
		expect_same("layout", &histogram);
		free(counts);
	}
}

/* As the reference implementation does: nothing after the largest value, one zero as itself. */
Test(hdr_v2, writes_the_bytes_of_the_reference)
{
	static const uint8_t payload[] = { 0x02, 0x00, 0x02, 0x09, 0x04 };
	struct histogram_ns *histogram = new_ns();
	uint8_t buf[1024];

	histogram_add(&histogram->h, 0);
	histogram_add(&histogram->h, 2);
	histogram_add(&histogram->h, 8);
	histogram_add(&histogram->h, 8);
	cr_assert_leq(hdr_v2_bound(&histogram->h), sizeof(buf));
	size_t len = hdr_v2_encode(&histogram->h, buf);
	cr_assert_eq(len, 40 + sizeof(payload));
	cr_expect_arr_eq(buf + 40, payload, sizeof(payload));
	free(histogram);
}

/* A text around these bytes, as hdr_v2_text would write it. */
static char *wrap(const uint8_t *plain, size_t len)
{
	uint8_t packed[4096] = { 0x1c, 0x84, 0x93, 0x14 };
	uLongf n = sizeof(packed) - 8;
	char *text = malloc(8192);

	cr_assert_eq(compress(packed + 8, &n, plain, len), Z_OK);
	packed[6] = (uint8_t)(n >> 8);
	packed[7] = (uint8_t)n;
	sodium_bin2base64(text, 8192, packed, 8 + n, sodium_base64_VARIANT_ORIGINAL);
	return text;
}

static const uint8_t header[] = { 0x1c, 0x84, 0x93, 0x13, 0, 0, 0, 2, 0, 0, 0, 0, 0, 0, 0, 3, 0, 0,
	0, 0, 0, 0, 0, 1, 0, 0, 0, 0, 0, 1, 0, 0, 0x3f, 0xf0, 0, 0, 0, 0, 0, 0, 2, 4 };

Test(hdr_v2, refuses_what_is_no_histogram)
{
	static const char *const texts[] = { "", "HIST", "HISTFAAAA", "HISTFAAAAAA=", "not base64!",
		"HISTFAAAABB42pNpmSzMwMDAxQABzFCaEUoz2X+AMIoDAE4AAhU=" };
	static const struct {
		size_t at;
		uint8_t byte;
		int err;
	} rows[] = {
		{ 0, 0x1c, 0 },
		{ 0, 0x1d, PP_ERR_MALFORMED },  /* cookie */
		{ 7, 3, PP_ERR_MALFORMED },     /* length */
		{ 11, 1, PP_ERR_MALFORMED },    /* rotated */
		{ 15, 0, PP_ERR_MALFORMED },    /* digits */
		{ 15, 6, PP_ERR_MALFORMED },    /* digits */
		{ 16, 0x80, PP_ERR_MALFORMED }, /* lowest below 0 */
		{ 16, 0x10, PP_ERR_MALFORMED }, /* lowest above highest */
		{ 23, 0, PP_ERR_MALFORMED },    /* lowest 0 */
		{ 24, 0x80, PP_ERR_MALFORMED }, /* highest below 0 */
		{ 40, 0x81, 0 },                /* one number of two bytes */
		{ 41, 0x84, PP_ERR_MALFORMED }, /* a number without an end */
		{ 41, 0xff, PP_ERR_MALFORMED },
	};

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct histogram *out = NULL;
		cr_expect_lt(hdr_v2_parse(texts[i], &out), 0, "\"%s\"", texts[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct histogram *out = NULL;
		uint8_t bytes[sizeof(header)];
		memcpy(bytes, header, sizeof(header));
		bytes[rows[i].at] = rows[i].byte;
		char *text = wrap(bytes, sizeof(bytes));
		cr_expect_eq(hdr_v2_parse(text, &out), rows[i].err, "row %zu", i);
		free(out);
		free(text);
	}
}

/* A run of zeros, or more numbers, past the last count. */
Test(hdr_v2, refuses_counts_that_are_too_many)
{
	/* -2^40 as one number; then a histogram of 2 * 10^5 digits' counts in a wide range. */
	static const uint8_t run[] = { 0xff, 0xff, 0xff, 0xff, 0xff, 0x3f };
	uint8_t bytes[sizeof(header) + 4];
	struct histogram *out = NULL;

	memcpy(bytes, header, sizeof(header));
	bytes[7] = sizeof(run);
	memcpy(bytes + 40, run, sizeof(run));
	char *text = wrap(bytes, 40 + sizeof(run));
	cr_expect_eq(hdr_v2_parse(text, &out), PP_ERR_MALFORMED);
	free(text);
	memcpy(bytes, header, sizeof(header));
	bytes[15] = 5;
	bytes[24] = 0x7f;
	text = wrap(bytes, sizeof(header));
	cr_expect_eq(hdr_v2_parse(text, &out), PP_ERR_TOO_BIG);
	free(text);
}

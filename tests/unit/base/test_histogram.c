/* The layout of HdrHistogram, and percentiles as good as the digits promise. */
#include <criterion/criterion.h>

#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "base/histogram.h"

enum { N = 20000, ROOM = 1 << 20 };

static struct histogram_ns all, half; /* each test is a process of its own */
static uint64_t room[ROOM];
static int64_t values[N];

/* The reference draws the same numbers. */
static uint64_t next_random(uint64_t *state)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return *state >> 33;
}

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return left < right ? -1 : left > right;
}

/* The index as HdrHistogram_c computes it, step by step. */
static int64_t reference_index(unsigned unit_magnitude, unsigned half_magnitude, int64_t value)
{
	int64_t sub_bucket_count = INT64_C(2) << half_magnitude;
	int64_t mask = (sub_bucket_count - 1) << unit_magnitude;
	int pow2_ceiling = 64 - __builtin_clzll((uint64_t)(value | mask));
	int bucket = pow2_ceiling - (int)unit_magnitude - ((int)half_magnitude + 1);
	int64_t sub_bucket = value >> (bucket + (int)unit_magnitude);
	int64_t base = (bucket + INT64_C(1)) * (INT64_C(1) << half_magnitude);

	return base + sub_bucket - (INT64_C(1) << half_magnitude);
}

Test(histogram, lays_out_counts_as_hdrhistogram_does)
{
	/* What HdrHistogram makes of its three parameters. */
	static const struct {
		int64_t lowest, highest;
		unsigned digits, unit_magnitude, half_magnitude;
		uint32_t n_counts;
	} rows[] = {
		{ 1, 2, 1, 0, 4, 32 },
		{ 1, INT64_C(3600000000), 3, 0, 10, 23552 },
		{ 1, INT64_C(3600000000000), 3, 0, 10, 33792 },
		{ 1000, INT64_C(3600000000000), 3, 9, 10, 24576 },
		{ 1, UINT32_MAX, 2, 0, 7, 3328 },
		{ 1024, INT64_C(1) << 42, 2, 10, 7, 3456 },
		{ 1, 100000, 5, 0, 17, 262144 },
		{ 1, INT64_MAX, 1, 0, 4, 960 },
		{ 5, 1000000, 4, 2, 14, 81920 },
	};

	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		struct histogram_layout layout;
		histogram_layout_init(&layout, rows[r].lowest, rows[r].highest, rows[r].digits);
		cr_expect_eq(layout.n_counts, rows[r].n_counts, "row %zu: %u", r, layout.n_counts);
		cr_expect_eq(layout.unit_bits, rows[r].unit_magnitude, "row %zu", r);
		cr_expect_eq(layout.half_bits, rows[r].half_magnitude, "row %zu", r);
		uint64_t state = r;
		for (int i = 0; i < 2000; i++) {
			uint64_t drawn = next_random(&state) << 32 | next_random(&state);
			int64_t value = (int64_t)(drawn >> (1 + i % 62)) % rows[r].highest;
			if (i == 0)
				value = rows[r].highest;
			uint32_t index = histogram_index(&layout, value);
			cr_assert_eq(
				index, reference_index(layout.unit_bits, layout.half_bits, value));
			cr_assert_lt(index, layout.n_counts);
			cr_assert_leq(histogram_index_low(&layout, index), value);
			cr_assert_geq(histogram_index_high(&layout, index), value);
		}
		for (uint32_t i = 1; i < layout.n_counts; i++)
			cr_assert_eq(histogram_index_low(&layout, i),
				histogram_index_high(&layout, i - 1) + 1, "row %zu, %u", r, i);
	}
}

Test(histogram, tells_what_hdrhistogram_tells)
{
	/* Told by hdr-histogram-js 3.0.1 of 10 000 values, which are drawn as below. */
	static const struct {
		int64_t lowest, highest;
		unsigned digits;
		int64_t percentiles[9];
		double mean;
	} rows[] = {
		{ 1, INT64_C(3600000000000), 3,
			{ 0, 27, 4075, 249727, 215875583, 1524629503, 2065694719, 2120220671,
				2132803583 },
			83072588.4109 },
		{ 1, UINT32_MAX, 2,
			{ 0, 27, 4079, 249855, 216006655, 1526726655, 2071986175, 2122317823,
				2139095039 },
			83064695.5066 },
		{ 1000, INT64_C(3600000000000), 3,
			{ 0, 511, 4095, 249855, 215875583, 1524629503, 2065694719, 2120220671,
				2132803583 },
			83072594.2784 },
		{ 5, 1000000000, 4,
			{ 0, 27, 4075, 249711, 189325311, 849182719, 988381183, 998473727,
				999227391 },
			58671908.0306 },
		{ 1, 1000000000, 1,
			{ 0, 27, 4095, 253951, 192937983, 872415231, 1006632959, 1006632959,
				1006632959 },
			58683884.7833 },
	};
	static const double shares[] = { 0, 0.01, 0.25, 0.5, 0.9, 0.99, 0.999, 0.9999, 1 };

	for (size_t r = 0; r < ARRAY_LEN(rows); r++) {
		struct histogram_layout layout;
		struct histogram histogram;
		uint64_t state = 42;
		histogram_layout_init(&layout, rows[r].lowest, rows[r].highest, rows[r].digits);
		cr_assert_leq(layout.n_counts, ROOM);
		histogram_init(&histogram, rows[r].lowest, rows[r].highest, rows[r].digits, room,
			layout.n_counts);
		for (int i = 0; i < 10000; i++) {
			uint64_t value = next_random(&state);
			unsigned shift = (unsigned)(next_random(&state) % 24);
			histogram_add(&histogram, (int64_t)(value >> shift) % rows[r].highest);
		}
		for (size_t i = 0; i < ARRAY_LEN(shares); i++)
			cr_expect_eq(histogram_percentile(&histogram, shares[i]),
				rows[r].percentiles[i], "row %zu, %g: %lld", r, shares[i],
				(long long)histogram_percentile(&histogram, shares[i]));
		double off = histogram_mean(&histogram) - rows[r].mean;
		cr_expect(off < 0.001 && off > -0.001, "row %zu, mean: off by %g", r, off);
	}
}

Test(histogram, percentiles_keep_three_digits_of_the_sorted_values)
{
	static const double shares[] = { 0.01, 0.5, 0.9, 0.99, 0.999, 1 };

	for (unsigned bits = 1; bits <= 39; bits += 2) {
		uint64_t state = bits;
		histogram_ns_init(&all);
		for (size_t i = 0; i < N; i++) {
			/* Spread over all powers of two below `bits`. */
			uint64_t drawn = next_random(&state) << 33 | next_random(&state) << 2;
			values[i] = (int64_t)(drawn >> (64 - bits) >> next_random(&state) % bits);
			histogram_add(&all.h, values[i]);
		}
		qsort(values, N, sizeof(values[0]), compare);
		for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
			int64_t exact = values[(size_t)(shares[i] * N + 0.5) - 1];
			int64_t got = histogram_percentile(&all.h, shares[i]);
			cr_assert(got >= exact && got <= exact + exact / 1000,
				"%u bits, %g: %lld is not %lld", bits, shares[i], (long long)got,
				(long long)exact);
		}
		cr_assert_eq(all.h.min, values[0]);
		cr_assert_eq(all.h.max, values[N - 1]);
	}
}

Test(histogram, ranks_are_not_off_by_one_for_shares_that_are_not_exact)
{
	histogram_ns_init(&all);
	for (int64_t i = 1; i <= 100; i++)
		histogram_add(&all.h, i);
	for (int64_t i = 1; i <= 100; i++)
		cr_expect_eq(histogram_percentile(&all.h, (double)i / 100), i, "%lld %%: %lld",
			(long long)i, (long long)histogram_percentile(&all.h, (double)i / 100));
	cr_expect_eq(histogram_percentile(&all.h, 0.001), 1);
	cr_expect_eq(histogram_percentile(&all.h, 0.995), 100);
}

Test(histogram, takes_extremes)
{
	histogram_ns_init(&all);
	cr_expect_eq(histogram_percentile(&all.h, 0.5), 0, "empty");
	cr_expect_eq(histogram_mean(&all.h), 0, "empty");
	histogram_add(&all.h, -5);
	cr_expect_eq(histogram_percentile(&all.h, 1), 0);
	histogram_add(&all.h, INT64_MAX);
	histogram_add(&all.h, INT64_MAX);
	cr_expect_eq(all.h.n, 3);
	cr_expect_eq(all.h.min, 0);
	cr_expect_eq(all.h.max, INT64_MAX);
	cr_expect_geq(histogram_percentile(&all.h, 0.5), all.h.layout.highest);
	cr_expect_eq(all.counts[histogram_index(&all.h.layout, all.h.layout.highest)], 2);
	histogram_reset(&all.h);
	cr_expect_eq(histogram_percentile(&all.h, 1), 0, "empty again");
	cr_expect_eq(all.h.max, 0);
}

Test(histogram, merged_is_as_if_counted_together)
{
	static struct histogram_ns both;

	histogram_ns_init(&all);
	histogram_ns_init(&half);
	histogram_ns_init(&both);
	histogram_merge(&both.h, &half.h);
	cr_expect_eq(both.h.min, INT64_MAX, "of nothing");
	for (int64_t i = 1; i <= 1000; i++) {
		histogram_add(&all.h, i * 1000);
		histogram_add(i % 2 == 0 ? &both.h : &half.h, i * 1000);
	}
	histogram_merge(&both.h, &half.h);
	cr_expect_eq(memcmp(both.counts, all.counts, sizeof(all.counts)), 0);
	cr_expect_eq(both.h.n, all.h.n);
	cr_expect_eq(both.h.min, all.h.min);
	cr_expect_eq(both.h.max, all.h.max);
}

Test(histogram, shared_is_as_one_of_its_own)
{
	static struct histogram_shared shared[2];
	static uint64_t counts[HISTOGRAM_SHARED_COUNTS], merged_counts[HISTOGRAM_SHARED_COUNTS];
	struct histogram own, merged;
	uint64_t state = 7;

	histogram_shared_init(&own, counts);
	histogram_shared_init(&merged, merged_counts);
	for (int i = 0; i < 5000; i++) {
		uint64_t value = next_random(&state) >> next_random(&state) % 31;
		histogram_add(&own, (int64_t)value);
		histogram_shared_add(&shared[i % 2], value);
	}
	histogram_add(&own, INT64_C(1) << 40);
	histogram_shared_add(&shared[0], UINT64_C(1) << 40);
	histogram_shared_merge(&merged, &shared[0]);
	histogram_shared_merge(&merged, &shared[1]);
	cr_expect_eq(memcmp(counts, merged_counts, sizeof(counts)), 0);
	cr_expect_eq(merged.n, own.n);
	cr_expect_eq(merged.max, own.max);
	cr_expect_eq(merged.min, own.min, "below 256 it is exact");
}

enum { ADDED = 200000 };
static struct histogram_shared watched;

static void *add_all(void *argument)
{
	(void)argument;
	for (uint64_t i = 0; i < ADDED; i++)
		histogram_shared_add(&watched, i % 1000);
	return NULL;
}

Test(histogram, shared_may_be_read_while_it_is_added_to)
{
	static uint64_t counts[HISTOGRAM_SHARED_COUNTS];
	struct histogram seen;
	pthread_t thread;
	uint64_t n_before = 0;

	cr_assert_eq(pthread_create(&thread, NULL, add_all, NULL), 0);
	do {
		histogram_shared_init(&seen, counts);
		histogram_shared_merge(&seen, &watched);
		cr_assert_geq(seen.n, n_before);
		cr_assert_lt(histogram_percentile(&seen, 1), 1008);
		n_before = seen.n;
	} while (seen.n < ADDED);
	pthread_join(thread, NULL);
	cr_expect_eq(seen.max, 999);
}

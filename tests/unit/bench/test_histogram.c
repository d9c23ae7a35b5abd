/* Percentiles within 1 %, whatever the durations. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "bench/draw.h"
#include "bench/histogram.h"

enum { N = 20000 };

static struct histogram histogram; /* each test is a process of its own */
static int64_t values[N];

static int compare(const void *a, const void *b)
{
	int64_t left = *(const int64_t *)a, right = *(const int64_t *)b;

	return left < right ? -1 : left > right;
}

Test(histogram, percentiles_are_within_one_percent_of_the_sorted_values)
{
	static const double shares[] = { 0, 0.01, 0.5, 0.9, 0.99, 0.999, 1 };

	for (int bits = 1; bits <= 39; bits += 2) {
		struct draw draw;
		draw_init(&draw, (uint64_t)bits);
		histogram = (struct histogram) { 0 };
		for (size_t i = 0; i < N; i++) {
			/* Spread over all powers of two below `bits`. */
			values[i] = (int64_t)(draw_u64(&draw) >> (64 - bits)) >>
				    draw_below(&draw, (uint64_t)bits);
			histogram_add(&histogram, values[i]);
		}
		qsort(values, N, sizeof(values[0]), compare);
		for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
			size_t rank = (size_t)(shares[i] * N);
			int64_t exact = values[rank > 0 ? rank - 1 : 0];
			int64_t got = histogram_percentile(&histogram, shares[i]);
			cr_assert(got >= exact && got <= exact + exact / 100 + 1,
				"%d bits, %g: %lld is not %lld", bits, shares[i], (long long)got,
				(long long)exact);
		}
		cr_assert_eq(histogram_percentile(&histogram, 1), values[N - 1]);
	}
}

Test(histogram, takes_extremes)
{
	cr_expect_eq(histogram_percentile(&histogram, 0.5), 0, "empty");
	histogram_add(&histogram, -5);
	cr_expect_eq(histogram_percentile(&histogram, 0.5), 0);
	histogram_add(&histogram, INT64_MAX);
	histogram_add(&histogram, INT64_MAX);
	cr_expect_eq(histogram.n, 3);
	cr_expect_eq(histogram.max_ns, INT64_MAX);
	cr_expect_eq(histogram_percentile(&histogram, 0.5), (INT64_C(1) << 40) - 1);
}

Test(histogram, merged_is_as_if_counted_together)
{
	static struct histogram all, half;

	for (int64_t i = 1; i <= 1000; i++) {
		histogram_add(&all, i * 1000);
		histogram_add(i % 2 == 0 ? &histogram : &half, i * 1000);
	}
	histogram_merge(&histogram, &half);
	cr_expect_eq(memcmp(&histogram, &all, sizeof(all)), 0);
}

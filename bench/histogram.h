/* Counts of durations in log-linear buckets: any percentile within 1 %, in constant memory. */
#ifndef BENCH_HISTOGRAM_H
#define BENCH_HISTOGRAM_H

#include "base/base.h"

/*
 * The layout is that of Gil Tene's HdrHistogram (hdrhistogram.org): each power of two is cut into
 * equal buckets, here 128 of them, so that a bucket is at most 1/128 of its value wide. Values up
 * to 2^40 ns, 18 minutes; larger ones count as that.
 */
enum {
	HISTOGRAM_UNIT_BITS = 7,
	HISTOGRAM_VALUE_BITS = 40,
	HISTOGRAM_BUCKETS = (HISTOGRAM_VALUE_BITS - HISTOGRAM_UNIT_BITS + 1) << HISTOGRAM_UNIT_BITS,
};

/* One thread at a time. All zero is empty. */
struct histogram {
	uint64_t n;
	int64_t max_ns;
	uint64_t counts[HISTOGRAM_BUCKETS];
};

/* Negative durations count as 0. */
void histogram_add(struct histogram *histogram, int64_t ns);
void histogram_merge(struct histogram *into, const struct histogram *from);
/*
 * The smallest duration that `share` (0 to 1) of all do not exceed: the upper end of its bucket,
 * and never more than the longest. 0 when it is empty.
 */
int64_t histogram_percentile(const struct histogram *histogram, double share);

#endif

/* HdrHistogram: any percentile of many values, to chosen digits, in constant memory. */
#ifndef BASE_HISTOGRAM_H
#define BASE_HISTOGRAM_H

#include <stdatomic.h>

#include "base/base.h"

/*
 * The layout of counts is exactly that of Gil Tene's HdrHistogram (hdrhistogram.org), so that they
 * can be written in its formats and read by its tools. Values are cut to units (the largest power
 * of two not above `lowest`). Units below 2^(half_bits + 1) have a count each; of every further
 * power of two there are 2^half_bits counts, so that `digits` decimal digits of a value are kept.
 */
struct histogram_layout {
	int64_t lowest;  /* the lowest value told from 0 */
	int64_t highest; /* larger values count as this one */
	uint32_t n_counts;
	uint8_t digits; /* 1 to 5 */
	uint8_t unit_bits;
	uint8_t half_bits;
};

/* lowest >= 1, highest >= 2 * lowest, digits 1 to 5. */
void histogram_layout_init(
	struct histogram_layout *out, int64_t lowest, int64_t highest, unsigned digits);
/* Which count a value belongs to; 0 <= value <= layout->highest. */
uint32_t histogram_index(const struct histogram_layout *layout, int64_t value);
/* The smallest and the largest value of a count. */
int64_t histogram_index_low(const struct histogram_layout *layout, uint32_t index);
int64_t histogram_index_high(const struct histogram_layout *layout, uint32_t index);

/* For one thread at a time. The counts are the caller's, and stay where they are. */
struct histogram {
	struct histogram_layout layout;
	uint64_t n;
	int64_t min; /* exactly; INT64_MAX when empty */
	int64_t max; /* exactly, also above layout.highest; 0 when empty */
	uint64_t *counts;
};

/* `n_counts`: as many as the layout needs (histogram_layout_init tells), which are zeroed. */
void histogram_init(struct histogram *histogram, int64_t lowest, int64_t highest, unsigned digits,
	uint64_t *counts, uint32_t n_counts);
/* Makes it empty. */
void histogram_reset(struct histogram *histogram);
/* Negative values count as 0. */
void histogram_add(struct histogram *histogram, int64_t value);
/* Both of one layout. */
void histogram_merge(struct histogram *into, const struct histogram *from);
/*
 * The value that `share` (0 to 1) of all do not exceed, as HdrHistogram tells it: the largest value
 * of the count that it falls into, which may be above the exact max; for share 0 the smallest. 0
 * when it is empty.
 */
int64_t histogram_percentile(const struct histogram *histogram, double share);
/* Of the middles of the counts, as HdrHistogram tells it. 0 when it is empty. */
double histogram_mean(const struct histogram *histogram);

/* Nanoseconds up to an hour, 3 digits, with its counts: 264 KiB. Not to be copied. */
enum { HISTOGRAM_NS_COUNTS = 33 << 10 };

struct histogram_ns {
	struct histogram h;
	uint64_t counts[HISTOGRAM_NS_COUNTS];
};

void histogram_ns_init(struct histogram_ns *histogram);

/*
 * For one thread that adds, while any thread merges: without locked instructions. Units of 1 up to
 * 2^32 - 1 (as microseconds, 71 minutes), 2 digits, so exact up to 255: 26 KiB, of which only those
 * pages are touched that hold values. All zero is empty.
 */
enum { HISTOGRAM_SHARED_COUNTS = 26 << 7 };

struct histogram_shared {
	_Atomic uint64_t n;
	_Atomic uint64_t max;
	_Atomic uint64_t counts[HISTOGRAM_SHARED_COUNTS];
};

void histogram_shared_add(struct histogram_shared *histogram, uint64_t value);
/* An empty one, of HISTOGRAM_SHARED_COUNTS `counts`, to merge shared ones into. */
void histogram_shared_init(struct histogram *into, uint64_t *counts);
void histogram_shared_merge(struct histogram *into, const struct histogram_shared *from);

#endif

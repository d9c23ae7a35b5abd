#include "bench/histogram.h"

enum { UNIT = 1 << HISTOGRAM_UNIT_BITS };

/*
 * Values below 2 * UNIT have a bucket each. Above, a value's highest bits choose it: with its top
 * bit at `UNIT_BITS + shift`, the next UNIT_BITS bits say which of the UNIT buckets of that power.
 */
static size_t bucket_of(uint64_t value)
{
	if (value < UNIT)
		return (size_t)value;
	unsigned top = 63 - (unsigned)__builtin_clzll(value);
	unsigned shift = top - HISTOGRAM_UNIT_BITS;
	return ((size_t)shift << HISTOGRAM_UNIT_BITS) + (size_t)(value >> shift);
}

/* The largest value that falls into a bucket. */
static uint64_t bucket_end(size_t bucket)
{
	if (bucket < 2 * UNIT)
		return bucket;
	unsigned shift = (unsigned)(bucket >> HISTOGRAM_UNIT_BITS) - 1;
	uint64_t unit = bucket - ((size_t)shift << HISTOGRAM_UNIT_BITS);
	return ((unit + 1) << shift) - 1;
}

void histogram_add(struct histogram *histogram, int64_t ns)
{
	const int64_t largest = (INT64_C(1) << HISTOGRAM_VALUE_BITS) - 1;

	if (ns < 0)
		ns = 0;
	if (ns > histogram->max_ns)
		histogram->max_ns = ns;
	size_t bucket = bucket_of((uint64_t)(ns < largest ? ns : largest));
	ASSERT(bucket < HISTOGRAM_BUCKETS);
	histogram->counts[bucket]++;
	histogram->n++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++)
		into->counts[i] += from->counts[i];
	into->n += from->n;
	if (from->max_ns > into->max_ns)
		into->max_ns = from->max_ns;
}

int64_t histogram_percentile(const struct histogram *histogram, double share)
{
	uint64_t wanted = (uint64_t)(share * (double)histogram->n + 0.999999);
	uint64_t n = 0;

	if (histogram->n == 0)
		return 0;
	if (wanted < 1)
		wanted = 1;
	for (size_t i = 0; i < HISTOGRAM_BUCKETS; i++) {
		n += histogram->counts[i];
		if (n >= wanted) {
			int64_t end = (int64_t)bucket_end(i);
			return end < histogram->max_ns ? end : histogram->max_ns;
		}
	}
	return histogram->max_ns;
}

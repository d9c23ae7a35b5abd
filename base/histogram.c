#include "base/histogram.h"

#include <float.h>
#include <string.h>

enum { SHARED_HALF_BITS = 7 };

static const int64_t ns_highest = INT64_C(3600) * 1000 * 1000 * 1000;
static const int64_t shared_highest = UINT32_MAX;

/* The place of the highest bit of a value that is not 0. */
static unsigned top_bit(uint64_t value)
{
	return 63 - (unsigned)__builtin_clzll(value);
}

void histogram_layout_init(
	struct histogram_layout *out, int64_t lowest, int64_t highest, unsigned digits)
{
	uint64_t n_single = 2; /* values that must have a count each, for the digits of the next */

	ASSERT(lowest >= 1 && highest / 2 >= lowest);
	ASSERT(digits >= 1 && digits <= 5);
	for (unsigned i = 0; i < digits; i++)
		n_single *= 10;
	*out = (struct histogram_layout) {
		.lowest = lowest,
		.highest = highest,
		.digits = (uint8_t)digits,
		.unit_bits = (uint8_t)top_bit((uint64_t)lowest),
		.half_bits = (uint8_t)top_bit(n_single - 1),
	};
	unsigned n_bits = out->unit_bits + out->half_bits + 1u; /* of the first power's values */
	ASSERT(n_bits <= 61);
	unsigned n_highest = top_bit((uint64_t)highest) + 1;
	uint32_t n_powers = n_highest > n_bits ? n_highest - n_bits + 1 : 1;
	out->n_counts = (n_powers + 1) << out->half_bits;
}

/*
 * A value of `shift` bits more than the first power's is cut by as many, which leaves the highest
 * half_bits + 1 of them; each shift skips the half of the counts that the one before it had above.
 */
static uint32_t index_of(unsigned unit_bits, unsigned half_bits, uint64_t value)
{
	uint64_t units = value >> unit_bits;
	unsigned shift = top_bit(units | ((UINT64_C(2) << half_bits) - 1)) - half_bits;

	return (shift << half_bits) + (uint32_t)(units >> shift);
}

uint32_t histogram_index(const struct histogram_layout *layout, int64_t value)
{
	ASSERT(value >= 0 && value <= layout->highest);
	return index_of(layout->unit_bits, layout->half_bits, (uint64_t)value);
}

static unsigned shift_of(const struct histogram_layout *layout, uint32_t index)
{
	unsigned n_halves = index >> layout->half_bits;

	return n_halves > 1 ? n_halves - 1 : 0;
}

int64_t histogram_index_low(const struct histogram_layout *layout, uint32_t index)
{
	unsigned shift = shift_of(layout, index);
	uint64_t units = index - ((uint64_t)shift << layout->half_bits);

	ASSERT(index < layout->n_counts);
	return (int64_t)(units << (shift + layout->unit_bits));
}

int64_t histogram_index_high(const struct histogram_layout *layout, uint32_t index)
{
	unsigned bits = shift_of(layout, index) + layout->unit_bits;

	return histogram_index_low(layout, index) + (int64_t)((UINT64_C(1) << bits) - 1);
}

void histogram_init(struct histogram *histogram, int64_t lowest, int64_t highest, unsigned digits,
	uint64_t *counts, uint32_t n_counts)
{
	histogram_layout_init(&histogram->layout, lowest, highest, digits);
	ASSERT(histogram->layout.n_counts == n_counts);
	histogram->counts = counts;
	histogram_reset(histogram);
}

void histogram_reset(struct histogram *histogram)
{
	histogram->n = 0;
	histogram->min = INT64_MAX;
	histogram->max = 0;
	memset(histogram->counts, 0, histogram->layout.n_counts * sizeof(histogram->counts[0]));
}

void histogram_add(struct histogram *histogram, int64_t value)
{
	const struct histogram_layout *layout = &histogram->layout;

	if (value < 0)
		value = 0;
	if (value < histogram->min)
		histogram->min = value;
	if (value > histogram->max)
		histogram->max = value;
	if (value > layout->highest)
		value = layout->highest;
	histogram->counts[histogram_index(layout, value)]++;
	histogram->n++;
}

void histogram_merge(struct histogram *into, const struct histogram *from)
{
	ASSERT(into->layout.n_counts == from->layout.n_counts);
	ASSERT(into->layout.unit_bits == from->layout.unit_bits);
	ASSERT(into->layout.half_bits == from->layout.half_bits);
	for (uint32_t i = 0; i < from->layout.n_counts; i++)
		into->counts[i] += from->counts[i];
	into->n += from->n;
	if (from->min < into->min)
		into->min = from->min;
	if (from->max > into->max)
		into->max = from->max;
}

/* How many of n are in a share, rounded up; but 0.99 of 100 are 99, though 0.99 is not exact. */
static uint64_t rank_of(double share, uint64_t n)
{
	double exact = share * (1 - DBL_EPSILON) * (double)n;
	uint64_t rank = (uint64_t)exact;

	if ((double)rank < exact)
		rank++;
	if (rank < 1)
		rank = 1;
	return rank < n ? rank : n;
}

int64_t histogram_percentile(const struct histogram *histogram, double share)
{
	uint64_t n_below = 0;

	ASSERT(share >= 0 && share <= 1);
	if (histogram->n == 0)
		return 0;
	uint64_t rank = rank_of(share, histogram->n);
	uint32_t i = 0;
	for (; i < histogram->layout.n_counts - 1; i++) {
		n_below += histogram->counts[i];
		if (n_below >= rank)
			break;
	}
	return share > 0 ? histogram_index_high(&histogram->layout, i)
			 : histogram_index_low(&histogram->layout, i);
}

double histogram_mean(const struct histogram *histogram)
{
	const struct histogram_layout *layout = &histogram->layout;
	double sum = 0;

	if (histogram->n == 0)
		return 0;
	for (uint32_t i = 0; i < layout->n_counts; i++) {
		if (histogram->counts[i] == 0)
			continue;
		int64_t low = histogram_index_low(layout, i);
		int64_t half = (histogram_index_high(layout, i) - low + 1) / 2;
		sum += (double)(low + half) * (double)histogram->counts[i];
	}
	return sum / (double)histogram->n;
}

void histogram_ns_init(struct histogram_ns *histogram)
{
	histogram_init(&histogram->h, 1, ns_highest, 3, histogram->counts, HISTOGRAM_NS_COUNTS);
}

static uint64_t get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void set(_Atomic uint64_t *counter, uint64_t value)
{
	atomic_store_explicit(counter, value, memory_order_relaxed);
}

void histogram_shared_add(struct histogram_shared *histogram, uint64_t value)
{
	if (value > get(&histogram->max))
		set(&histogram->max, value);
	if (value > (uint64_t)shared_highest)
		value = (uint64_t)shared_highest;
	_Atomic uint64_t *count = &histogram->counts[index_of(0, SHARED_HALF_BITS, value)];
	set(count, get(count) + 1);
	set(&histogram->n, get(&histogram->n) + 1);
}

void histogram_shared_init(struct histogram *into, uint64_t *counts)
{
	histogram_init(into, 1, shared_highest, 2, counts, HISTOGRAM_SHARED_COUNTS);
	ASSERT(into->layout.half_bits == SHARED_HALF_BITS);
}

void histogram_shared_merge(struct histogram *into, const struct histogram_shared *from)
{
	int64_t max = (int64_t)get(&from->max);

	ASSERT(into->layout.n_counts == HISTOGRAM_SHARED_COUNTS);
	if (get(&from->n) == 0)
		return;
	for (uint32_t i = 0; i < HISTOGRAM_SHARED_COUNTS; i++) {
		uint64_t n = get(&from->counts[i]);
		if (n == 0)
			continue;
		into->counts[i] += n;
		into->n += n; /* of the counts seen, so that ranks always find one */
		int64_t low = histogram_index_low(&into->layout, i);
		if (low < into->min)
			into->min = low;
	}
	if (max > into->max)
		into->max = max;
}

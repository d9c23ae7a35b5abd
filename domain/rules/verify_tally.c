/*
 * Counting how often each coupon is met, in a fixed buffer. Items are appended as they come; when
 * the buffer is full it is sorted and equal coupons become one item. If it is still too full, the
 * upper part is dropped and the window ends below it: what is in the window is always counted
 * whole, and the next window, from its end, is counted by reading everything again.
 */
#include "domain/rules/verify_internal.h"

void verify_tally_init(struct verify_tally *tally, void *scratch, size_t scratch_bytes)
{
	ASSERT(scratch_bytes >= VERIFY_SCRATCH_BYTES_MIN);
	ASSERT((uintptr_t)scratch % _Alignof(struct verify_tally_item) == 0);
	tally->items = scratch;
	tally->capacity = scratch_bytes / sizeof(struct verify_tally_item);
	verify_tally_begin(tally, 0);
}

void verify_tally_begin(struct verify_tally *tally, uint64_t low)
{
	tally->n = 0;
	tally->at = 0;
	tally->low = low;
	tally->high = UINT64_MAX;
}

/* Lets the item at `root` sink to its place in a heap of n items. */
static void sift(struct verify_tally_item *items, size_t root, size_t n)
{
	struct verify_tally_item item = items[root];

	for (size_t child = 2 * root + 1; child < n; child = 2 * root + 1) {
		if (child + 1 < n && items[child].coupon_id < items[child + 1].coupon_id)
			child++;
		if (items[child].coupon_id <= item.coupon_id)
			break;
		items[root] = items[child];
		root = child;
	}
	items[root] = item;
}

/* Heapsort: in place, never quadratic; qsort may allocate. */
static void sort(struct verify_tally_item *items, size_t n)
{
	for (size_t root = n / 2; root-- > 0;)
		sift(items, root, n);
	for (size_t end = n; end-- > 1;) {
		struct verify_tally_item largest = items[0];

		items[0] = items[end];
		items[end] = largest;
		sift(items, 0, end);
	}
}

void verify_tally_finish(struct verify_tally *tally)
{
	size_t n = 0;

	sort(tally->items, tally->n);
	for (size_t i = 0; i < tally->n; i++) {
		if (n > 0 && tally->items[n - 1].coupon_id == tally->items[i].coupon_id)
			tally->items[n - 1].n += tally->items[i].n;
		else
			tally->items[n++] = tally->items[i];
	}
	tally->n = n;
	tally->at = 0;
}

void verify_tally_add(struct verify_tally *tally, uint64_t coupon_id)
{
	if (tally->n == tally->capacity) {
		verify_tally_finish(tally);
		if (tally->n > tally->capacity / 4 * 3) {
			tally->n = tally->capacity / 2;
			tally->high = tally->items[tally->n].coupon_id;
		}
	}
	if (coupon_id < tally->low || coupon_id >= tally->high)
		return;
	tally->items[tally->n++] = (struct verify_tally_item) { coupon_id, 1 };
}

const struct verify_tally_item *verify_tally_below(struct verify_tally *tally, uint64_t coupon_id)
{
	if (tally->at == tally->n || tally->items[tally->at].coupon_id >= coupon_id)
		return NULL;
	return &tally->items[tally->at++];
}

uint64_t verify_tally_take(struct verify_tally *tally, uint64_t coupon_id)
{
	if (tally->at == tally->n || tally->items[tally->at].coupon_id != coupon_id)
		return 0;
	return tally->items[tally->at++].n;
}

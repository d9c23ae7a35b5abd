/* The audit of stock: pieces sold against purchases, one window of coupons after the other. */
#include <inttypes.h>

#include "domain/rules/verify_internal.h"

/* The cursor stands before the first coupon of the window. */
static void begin_comparison(struct verify *verify)
{
	verify_tally_finish(&verify->tally);
	verify->sales_step = VERIFY_SALES_COMPARE;
	if (verify->tally.low == 0)
		verify->sales_at = (struct key) { .len = 1, .bytes = { TABLE_BUSINESS } };
	else
		key_of_coupon(verify->tally.low - 1, &verify->sales_at);
}

static void begin_next_window(struct verify *verify)
{
	if (verify->tally.high == UINT64_MAX) {
		verify->sales_step = VERIFY_SALES_NONE;
		return;
	}
	verify_tally_begin(&verify->tally, verify->tally.high);
	verify->sales_step = VERIFY_SALES_COUNT;
	verify->sales_at = (struct key) { .len = 1, .bytes = { TABLE_PURCHASE } };
}

void verify_end_purchase(struct verify *verify)
{
	uint64_t n = verify->counters.n_purchases;

	verify->n_purchases = verify->last_id;
	if (verify->has_counters && n != verify->last_id) {
		verify_report(verify, "chain", "counters",
			"say %" PRIu64 " purchases, the last one is %" PRIu64, n, verify->last_id);
		if (n > verify->last_id)
			verify->n_purchases_lost += n - verify->last_id;
	}
	verify_end_fate(verify);
	begin_comparison(verify);
}

static void compare_sold(struct verify *verify, const struct coupon_record *coupon)
{
	uint64_t sold = (uint64_t)coupon->sold;
	uint64_t counted;

	/* Purchases of coupons that are not there: their receipts have said so. */
	while (verify_tally_below(&verify->tally, coupon->coupon_id))
		;
	counted = verify_tally_take(&verify->tally, coupon->coupon_id);
	/* Purchases that are lost were reported, and may be what is missing here. */
	if (counted > sold || sold - counted > verify->n_purchases_lost)
		verify_report(verify, "stock", SUBJECT("coupon %" PRIu64, coupon->coupon_id),
			"says %" PRIu64 " sold, %" PRIu64 " purchases are there", sold, counted);
}

static void compare_step(struct verify *verify)
{
	struct coupon_record coupon;
	struct span value;
	struct key key;
	bool damaged;

	if (!verify_next(verify, &verify->sales_at, &key, &value, &damaged) ||
		key.bytes[0] != TABLE_BUSINESS) {
		begin_next_window(verify);
		return;
	}
	verify->sales_at = key;
	if (verify_key_number(&key, 9, 1) != PART_COUPON || damaged ||
		!record_coupon_decode(value, NULL, &coupon))
		return;
	if (coupon.coupon_id >= verify->tally.high)
		begin_next_window(verify);
	else
		compare_sold(verify, &coupon);
}

static void count_step(struct verify *verify)
{
	struct purchase_record purchase;
	struct span value;
	struct key key;
	bool damaged;

	if (!verify_next(verify, &verify->sales_at, &key, &value, &damaged) ||
		key.bytes[0] != TABLE_PURCHASE) {
		begin_comparison(verify);
		return;
	}
	verify->sales_at = key;
	if (!damaged && record_purchase_decode(value, NULL, &purchase) && !purchase.stock_returned)
		verify_tally_add(&verify->tally, purchase.coupon_id);
}

void verify_sales_step(struct verify *verify)
{
	if (verify->sales_step == VERIFY_SALES_COUNT)
		count_step(verify);
	else
		compare_step(verify);
}

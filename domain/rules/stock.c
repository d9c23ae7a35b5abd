/* AdjustStock: more pieces of a coupon, or fewer, as far as they are left. */
#include <inttypes.h>

#include "domain/rules/business.h"
#include "domain/rules/families.h"

struct adjustment {
	enum loaded coupon_loaded;
	struct coupon_record coupon;
	enum loaded business_loaded;
	struct business_record business;
	struct version_record current;
};

static void check_target(struct run *run, const struct adjustment *adjustment)
{
	if (adjustment->coupon_loaded == LOADED_ABSENT)
		run_refuse(run, PP_REASON_COUPON_NOT_FOUND, "coupon_id",
			"There is no coupon %" PRIu64 ".", run->request->u.adjust_stock.coupon_id);
	else if (adjustment->business_loaded == LOADED_ABSENT)
		run_corrupt(run);
	else
		business_check_owner(run, &adjustment->business);
}

static void check_range(struct run *run, const struct adjustment *adjustment)
{
	const struct coupon_record *coupon = &adjustment->coupon;
	int64_t delta = run->request->u.adjust_stock.delta;
	const char *name = adjustment->current.terms.name;

	/* Neither sum leaves int64: each part is PP_COINS_MAX in magnitude at most. */
	if (coupon->stock - coupon->sold + delta < 0)
		run_refuse(run, PP_REASON_STOCK_OUT_OF_RANGE, "delta",
			"Coupon %s has %" PRId64 " pieces left, fewer than the %" PRId64
			" to be taken away. Nothing was changed.",
			name, coupon->stock - coupon->sold, -delta);
	else if (coupon->stock + delta > PP_COINS_MAX)
		run_refuse(run, PP_REASON_STOCK_OUT_OF_RANGE, "delta",
			"Coupon %s has had %" PRId64 " pieces for sale; %" PRId64
			" more would be over %" PRId64 ". Nothing was changed.",
			name, coupon->stock, delta, PP_COINS_MAX);
}

static void adjust(struct run *run, struct adjustment *adjustment)
{
	const struct pp_adjust_stock_request *body = &run->request->u.adjust_stock;
	struct coupon_record *coupon = &adjustment->coupon;
	const struct pp_terms *terms = &adjustment->current.terms;

	check_target(run, adjustment);
	if (!run_answers(run))
		return;
	run_expect(run,
		run_load_version(run, coupon->coupon_id, coupon->version, &adjustment->current));
	if (run->waiting)
		return;
	if (terms->state == PP_COUPON_STATE_ENDED)
		run_refuse(run, PP_REASON_COUPON_ENDED, "coupon_id",
			"Coupon %s ended, and the end is final. Create a new coupon.", terms->name);
	if (!coupon->has_stock)
		run_refuse(run, PP_REASON_STOCK_UNLIMITED, "coupon_id",
			"Coupon %s has no number of pieces: it never sells out.", terms->name);
	check_range(run, adjustment);
	if (run_refused(run))
		return;
	run_accept(run, coupon->coupon_id);
	coupon->stock += body->delta;
	run->journal.delta = body->delta;
	run->journal.outcome.amount = coupon->stock - coupon->sold;
	run_put_coupon(run, coupon, false);
}

void rule_adjust_stock(struct run *run)
{
	uint64_t coupon_id = run->request->u.adjust_stock.coupon_id;
	struct adjustment adjustment;

	adjustment.coupon_loaded = run_load_coupon(run, coupon_id, &adjustment.coupon);
	adjustment.business_loaded =
		run_load_business(run, coupon_id / COUPON_ID_UNIT, &adjustment.business);
	if (!run_begin(run))
		return;
	if (!run->replayed)
		adjust(run, &adjustment);
	if (!run_answers(run))
		return;
	run->reply->u.adjust_stock = (struct pp_adjust_stock_response) {
		.coupon_id = coupon_id,
		.stock_left = run->journal.outcome.amount,
	};
}

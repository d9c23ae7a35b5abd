/* RefundPurchase: the whole price goes back to the buyer, and the piece if its terms say so. */
#include <inttypes.h>

#include "domain/rules/business.h"
#include "domain/rules/families.h"
#include "domain/rules/ledger.h"
#include "domain/rules/receipt.h"
#include "domain/rules/text.h"

struct refund {
	enum loaded purchase_loaded;
	struct purchase_record purchase;
	struct counters_record counters;
	/* Loaded then: */
	struct version_record version; /* of the purchase */
	struct business_record business;
	struct user_record buyer;
	struct coupon_record coupon;
	struct count_record count; /* of the buyer's purchases of the coupon */
};

/* What the business gives back; the rest of the price comes from the commission. */
static int64_t share_of_business(const struct refund *refund)
{
	return refund->purchase.price_coins - refund->purchase.commission_coins;
}

static bool returns_stock(const struct refund *refund)
{
	return refund->purchase.state == PP_PURCHASE_STATE_ISSUED &&
	       refund->purchase.refund_policy == PP_REFUND_POLICY_RETURN_STOCK;
}

static void load_parties(struct run *run, struct refund *refund)
{
	const struct purchase_record *purchase = &refund->purchase;
	uint64_t coupon_id = purchase->coupon_id;

	run_expect(run, run_load_version(run, coupon_id, purchase->version, &refund->version));
	run_expect(run, run_load_business(run, coupon_id / COUPON_ID_UNIT, &refund->business));
	run_expect(run, run_load_user(run, purchase->user_id, &refund->buyer));
	run_expect(run, run_load_coupon(run, coupon_id, &refund->coupon));
	run_load_count(run, purchase->user_id, coupon_id, &refund->count);
}

/* What the purchase took must still be there; nothing but damage can have removed it. */
static bool sound(const struct refund *refund)
{
	const struct purchase_record *purchase = &refund->purchase;

	return purchase->commission_coins <= purchase->price_coins &&
	       purchase->commission_coins <= refund->counters.commission.balance_coins &&
	       (!returns_stock(refund) ||
		       (refund->coupon.sold > 0 && refund->count.n_purchases > 0));
}

static void check(struct run *run, const struct refund *refund)
{
	const struct purchase_record *purchase = &refund->purchase;

	business_check_owner(run, &refund->business);
	if (purchase->state == PP_PURCHASE_STATE_REFUNDED)
		run_refuse(run, PP_REASON_ALREADY_REFUNDED, "purchase_id",
			"Purchase %" PRIu64 " was refunded at %s. Nothing was paid back again.",
			purchase->purchase_id, TIME_TEXT(purchase->refunded_at_ms));
	else if (refund->business.account.balance_coins < share_of_business(refund))
		run_refuse(run, PP_REASON_BUSINESS_INSUFFICIENT_COINS, "purchase_id",
			"Business %s would give back %" PRId64 " PeepCoins but has %" PRId64
			". Nothing was paid back.",
			refund->business.name, share_of_business(refund),
			refund->business.account.balance_coins);
	else if (!ledger_fits(&refund->buyer.account, purchase->price_coins))
		run_refuse(run, PP_REASON_BALANCE_OVERFLOW, "purchase_id",
			"User %" PRIu64 " would have more than %" PRId64
			" PeepCoins. Nothing was paid back.",
			purchase->user_id, PP_COINS_MAX);
	else if (!sound(refund))
		run_corrupt(run);
}

/* ---- Effects ---- */

static void move_coins(struct run *run, struct refund *refund)
{
	struct ledger_side buyer = { .name = { .kind = PP_ACCOUNT_KIND_USER,
					     .id = refund->buyer.user_id },
		.account = &refund->buyer.account };
	struct ledger_side business = { .name = { .kind = PP_ACCOUNT_KIND_BUSINESS,
						.id = refund->business.business_id },
		.account = &refund->business.account };
	struct ledger_side commission = { .name = { .kind = PP_ACCOUNT_KIND_COMMISSION },
		.account = &refund->counters.commission };

	ledger_post(run, POSTING_REFUND, business, buyer, share_of_business(refund));
	ledger_post(run, POSTING_REFUND, commission, buyer, refund->purchase.commission_coins);
	if (share_of_business(refund) > 0)
		run_put_business(run, &refund->business, false);
	if (refund->purchase.price_coins > 0)
		run_put_user(run, &refund->buyer, false);
}

static void return_stock(struct run *run, struct refund *refund)
{
	refund->purchase.stock_returned = true;
	refund->coupon.sold--;
	refund->count.n_purchases--;
	run_put_coupon(run, &refund->coupon, false);
	run_put_count(run, refund->buyer.user_id, refund->coupon.coupon_id, &refund->count);
}

static void apply(struct run *run, struct refund *refund)
{
	const char *reason = run->request->u.refund_purchase.reason;
	struct purchase_record *purchase = &refund->purchase;

	run_accept(run, purchase->purchase_id);
	move_coins(run, refund);
	if (returns_stock(refund))
		return_stock(run, refund);
	purchase->state = PP_PURCHASE_STATE_REFUNDED;
	purchase->refunded_at_ms = run->now_ms;
	purchase->refunded_by = run->request->acting_user;
	purchase->refund_reason = reason != NULL && reason[0] != '\0' ? reason : NULL;
	refund->counters.n_refunded++;
	run->journal.outcome.balance_coins = refund->buyer.account.balance_coins;
	run_put_purchase(run, purchase, false);
	run_put_counters(run, &refund->counters);
}

static void give_back(struct run *run, struct refund *refund)
{
	if (refund->purchase_loaded == LOADED_ABSENT) {
		run_refuse(run, PP_REASON_PURCHASE_NOT_FOUND, "purchase_id",
			"There is no purchase %" PRIu64 ".",
			run->request->u.refund_purchase.purchase_id);
		return;
	}
	load_parties(run, refund);
	if (run->waiting)
		return;
	check(run, refund);
	if (run_answers(run))
		apply(run, refund);
}

/* What was refunded under this request before: nothing of it ever changes. */
static void load_refunded(struct run *run, struct refund *refund)
{
	const struct purchase_record *purchase = &refund->purchase;

	if (refund->purchase_loaded == LOADED_ABSENT ||
		purchase->state != PP_PURCHASE_STATE_REFUNDED)
		run_corrupt(run);
	else
		run_expect(run, run_load_version(run, purchase->coupon_id, purchase->version,
					&refund->version));
}

void rule_refund_purchase(struct run *run)
{
	struct pp_refund_purchase_response *body = &run->reply->u.refund_purchase;
	struct refund refund;

	refund.purchase_loaded = run_load_purchase(
		run, run->request->u.refund_purchase.purchase_id, &refund.purchase);
	run_load_counters(run, &refund.counters);
	if (!run_begin(run))
		return;
	if (!run->replayed)
		give_back(run, &refund);
	else if (!run_refused(run))
		load_refunded(run, &refund);
	if (!run_answers(run))
		return;
	body->purchase = receipt_render(
		run, &refund.purchase, refund.version.terms.name, PP_PURCHASE_STATE_REFUNDED);
	body->balance_coins = run->journal.outcome.balance_coins;
}

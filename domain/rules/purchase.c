/* PurchaseCoupon: checked, charged, counted and issued in one step. */
#include <string.h>

#include "domain/rules/business.h"
#include "domain/rules/families.h"
#include "domain/rules/ledger.h"
#include "domain/rules/receipt.h"
#include "domain/rules/sale.h"

/* 60 bits of what was drawn for the request. */
static uint64_t draw_code(const struct run *run)
{
	uint64_t code = 0;

	for (int i = 0; i < 8; i++)
		code = code << 8 | run->input->random[i];
	return code >> 4;
}

static void move_coins(struct run *run, struct sale *sale)
{
	struct ledger_side user = { .name = { .kind = PP_ACCOUNT_KIND_USER,
					    .id = sale->user.user_id },
		.account = &sale->user.account };
	struct ledger_side business = { .name = { .kind = PP_ACCOUNT_KIND_BUSINESS,
						.id = sale->business.business_id },
		.account = &sale->business.account };
	struct ledger_side commission = { .name = { .kind = PP_ACCOUNT_KIND_COMMISSION },
		.account = &sale->counters.commission };
	int64_t price = sale->offered->terms.price_coins;

	ASSERT(sale->commission_coins >= 0 && sale->commission_coins <= price);
	ledger_post(run, POSTING_SPEND, user, business, price);
	ledger_post(run, POSTING_COMMISSION, business, commission, sale->commission_coins);
}

static struct purchase_record receipt(const struct run *run, const struct sale *sale)
{
	const struct pp_terms *terms = &sale->offered->terms;

	return (struct purchase_record) {
		.purchase_id = sale->counters.n_purchases + 1,
		.request_id = run->request->request_id,
		.user_id = sale->user.user_id,
		.coupon_id = sale->coupon.coupon_id,
		.version = sale->offered->version,
		.price_coins = terms->price_coins,
		.commission_bp = sale->business.commission_bp,
		.commission_coins = sale->commission_coins,
		.honoured = sale->honoured,
		.has_honoured_until_ms = sale->honoured,
		.honoured_until_ms = sale->honoured_until_ms,
		.bought_by_owner = business_is_owner(&sale->business, sale->user.user_id),
		.at_ms = run->now_ms,
		.redeem_until_ms =
			terms->redeem_within_ms != 0 ? run->now_ms + terms->redeem_within_ms : 0,
		.state = PP_PURCHASE_STATE_ISSUED,
		.refund_policy = terms->refund_policy,
		.code = draw_code(run),
		.revision = run_new_revision(run),
		.previous_purchase_id = sale->user.last_purchase_id,
	};
}

static void issue(struct run *run, struct sale *sale, struct purchase_record *purchase)
{
	*purchase = receipt(run, sale);
	run_accept(run, purchase->purchase_id);
	move_coins(run, sale);
	sale->counters.n_purchases++;
	sale->coupon.sold++;
	sale->count.n_purchases++;
	sale->user.n_purchases++;
	sale->user.last_purchase_id = purchase->purchase_id;
	run->journal.outcome.made_id = run_made_id(run, purchase->purchase_id);
	run->journal.outcome.version = purchase->version;
	run->journal.outcome.balance_coins = sale->user.account.balance_coins;
	run_put_purchase(run, purchase, true);
	run_put_purchase_of_request(run, purchase);
	run_put_user(run, &sale->user, false);
	run_put_count(run, sale->user.user_id, sale->coupon.coupon_id, &sale->count);
	run_put_coupon(run, &sale->coupon, false);
	run_put_counters(run, &sale->counters);
	if (run->journal.n_postings > 0)
		run_put_business(run, &sale->business, false);
}

static void buy(struct run *run, struct sale *sale, struct purchase_record *purchase)
{
	sale_load_versions(run, sale);
	if (!run_answers(run))
		return;
	sale_judge(run, sale);
	for (int i = 0; i < SALE_RULE_COUNT; i++) {
		enum sale_rule rule = (enum sale_rule)i;
		if (sale->passed[rule])
			continue;
		const char *message = sale_message(run, sale, rule);
		if (message == NULL)
			return;
		run_refuse(run, sale_reason(rule), sale_field(sale, rule), "%s", message);
		run->journal.outcome.has_offer = true;
		run->journal.outcome.offer = sale_offer(sale);
		return;
	}
	issue(run, sale, purchase);
}

/* What was sold under this request before. */
static void load_sold(
	struct run *run, struct purchase_record *purchase, struct version_record *version)
{
	enum loaded loaded = run_load_purchase(run, run->journal.outcome.made_id, purchase);

	run_expect(run, loaded);
	if (loaded == LOADED_PRESENT)
		run_expect(run,
			run_load_version(run, purchase->coupon_id, purchase->version, version));
}

void rule_purchase_coupon(struct run *run)
{
	struct pp_purchase_coupon_response *body = &run->reply->u.purchase_coupon;
	struct purchase_record purchase = { 0 };
	struct version_record sold = { 0 };
	struct sale sale;

	sale_load(run, &run->request->u.purchase_coupon, &sale);
	if (!run_begin(run))
		return;
	if (!run->replayed) {
		buy(run, &sale, &purchase);
		if (run_answers(run))
			sold = *sale.offered;
	} else if (!run_refused(run)) {
		load_sold(run, &purchase, &sold);
	}
	if (!run_answers(run))
		return;
	body->purchase = receipt_render(run, &purchase, sold.terms.name, PP_PURCHASE_STATE_ISSUED);
	body->balance_coins = run->journal.outcome.balance_coins;
}

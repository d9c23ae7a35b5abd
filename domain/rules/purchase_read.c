/* CheckPurchase and GetPurchase. */
#include <inttypes.h>

#include "domain/rules/families.h"
#include "domain/rules/receipt.h"
#include "domain/rules/sale.h"

/* ---- CheckPurchase ---- */

static const char *passed_text(enum sale_rule rule)
{
	switch (rule) {
	case SALE_VERSION_HONOURED: return "The version is current or honoured.";
	case SALE_ACTIVE: return "The coupon is active.";
	case SALE_STARTED: return "The coupon has started.";
	case SALE_NOT_OVER: return "The coupon has not expired.";
	case SALE_PRICE: return "The price is within what the buyer allows.";
	case SALE_STOCK: return "Pieces are left.";
	case SALE_LIMIT: return "The limit per user is not reached.";
	case SALE_BALANCE: return "The balance covers the price.";
	default: return "No account grows too large.";
	}
}

static void render_verdicts(struct run *run, const struct sale *sale)
{
	struct pp_check_purchase_response *body = &run->reply->u.check_purchase;
	struct pp_verdict *verdicts = run_alloc(run, SALE_RULE_COUNT * sizeof(*verdicts));

	body->verdicts = run_alloc(run, SALE_RULE_COUNT * sizeof(struct pp_verdict *));
	body->ok = true;
	for (int i = 0; i < SALE_RULE_COUNT && !run->waiting; i++) {
		enum sale_rule rule = (enum sale_rule)i;
		verdicts[i].rule = sale_reason(rule);
		verdicts[i].passed = sale->passed[i];
		verdicts[i].message =
			sale->passed[i] ? passed_text(rule) : sale_message(run, sale, rule);
		body->verdicts[i] = &verdicts[i];
		body->ok = body->ok && sale->passed[i];
	}
	body->n_verdicts = SALE_RULE_COUNT;
}

/* A version that is not honoured has no price any more: there is no quote for it. */
static void render_quote(struct run *run, const struct sale *sale)
{
	struct pp_quote *quote;

	if (!sale->passed[SALE_VERSION_HONOURED])
		return;
	quote = run_alloc(run, sizeof(*quote));
	if (quote == NULL)
		return;
	quote->coupon_id = sale->coupon.coupon_id;
	quote->version = sale->offered->version;
	quote->price_coins = sale->offered->terms.price_coins;
	quote->revision = run->revision;
	quote->at_ms = run->now_ms;
	quote->has_honoured_until_ms = sale->honoured;
	quote->honoured_until_ms = sale->honoured_until_ms;
	run->reply->u.check_purchase.quote = quote;
}

void rule_check_purchase(struct run *run)
{
	struct sale sale;

	sale_load(run, &run->request->u.check_purchase, &sale);
	if (run->waiting)
		return;
	sale_load_versions(run, &sale);
	if (!run_answers(run))
		return;
	sale_judge(run, &sale);
	render_verdicts(run, &sale);
	render_quote(run, &sale);
	run->reply->u.check_purchase.balance_coins = sale.user.account.balance_coins;
}

/* ---- GetPurchase ---- */

static void not_found(struct run *run)
{
	const struct pp_get_purchase_request *body = &run->request->u.get_purchase;

	if (body->has_request_id)
		run_refuse(run, PP_REASON_PURCHASE_NOT_FOUND, "request_id",
			"User %" PRIu64 " has bought nothing under this request id. That proves "
			"nothing about a request in flight: send it again, or abandon it.",
			run->request->acting_user);
	else
		run_refuse(run, PP_REASON_PURCHASE_NOT_FOUND, "purchase_id",
			"There is no purchase %" PRIu64 ".", body->purchase_id);
}

/* The id of the purchase that is asked for; 0: not there, or not yet. */
static uint64_t find(struct run *run)
{
	const struct pp_get_purchase_request *body = &run->request->u.get_purchase;
	struct purchase_of_request_record of_request;

	if (!body->has_request_id)
		return body->purchase_id;
	enum loaded loaded = run_load_purchase_of_request(
		run, &body->request_id, run->request->acting_user, &of_request);
	return loaded == LOADED_PRESENT ? of_request.purchase_id : 0;
}

void rule_get_purchase(struct run *run)
{
	bool by_request = run->request->u.get_purchase.has_request_id;
	struct purchase_record purchase;
	struct version_record version;
	enum loaded loaded = LOADED_ABSENT;

	uint64_t id = find(run);
	if (id != 0)
		loaded = run_load_purchase(run, id, &purchase);
	if (run->waiting)
		return;
	if (loaded == LOADED_ABSENT) {
		if (id != 0 && by_request)
			run_corrupt(run);
		else
			not_found(run);
		return;
	}
	run_expect(run, run_load_version(run, purchase.coupon_id, purchase.version, &version));
	if (run->waiting)
		return;
	run->reply->u.get_purchase.purchase = receipt_render(
		run, &purchase, version.terms.name, receipt_state(&purchase, run->now_ms));
}

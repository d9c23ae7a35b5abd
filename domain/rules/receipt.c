#include "domain/rules/receipt.h"

#include "domain/rules/text.h"

enum pp_purchase_state receipt_state(const struct purchase_record *purchase, int64_t now_ms)
{
	if (purchase->state == PP_PURCHASE_STATE_ISSUED && purchase->redeem_until_ms != 0 &&
		now_ms >= purchase->redeem_until_ms)
		return PP_PURCHASE_STATE_EXPIRED;
	return purchase->state;
}

static void render_fate(
	struct run *run, const struct purchase_record *purchase, struct pp_purchase *out)
{
	bool refunded = out->state == PP_PURCHASE_STATE_REFUNDED;

	if (out->state == PP_PURCHASE_STATE_REDEEMED ||
		(refunded && purchase->redeemed_at_ms != 0)) {
		out->has_redeemed_at_ms = true;
		out->redeemed_at_ms = purchase->redeemed_at_ms;
		out->redeemed_by = purchase->redeemed_by;
	}
	if (refunded) {
		out->has_refunded_at_ms = true;
		out->refunded_at_ms = purchase->refunded_at_ms;
		out->refunded_by = purchase->refunded_by;
		out->refund_reason = run_text(run, purchase->refund_reason);
		out->stock_returned = purchase->stock_returned;
	}
}

struct pp_purchase *receipt_render(struct run *run, const struct purchase_record *purchase,
	const char *coupon_name, enum pp_purchase_state state)
{
	struct pp_purchase *out = run_alloc(run, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->request_id = purchase->request_id;
	out->user_id = purchase->user_id;
	out->coupon_id = purchase->coupon_id;
	out->business_id = purchase->coupon_id / COUPON_ID_UNIT;
	out->coupon_name = run_text(run, coupon_name);
	out->version = purchase->version;
	out->price_coins = purchase->price_coins;
	out->commission_coins = purchase->commission_coins;
	out->honoured = purchase->honoured;
	out->has_honoured_until_ms = purchase->has_honoured_until_ms;
	out->honoured_until_ms = purchase->honoured_until_ms;
	out->bought_by_owner = purchase->bought_by_owner;
	out->at_ms = purchase->at_ms;
	out->state = state;
	out->has_redeem_until_ms = purchase->redeem_until_ms != 0;
	out->redeem_until_ms = purchase->redeem_until_ms;
	render_fate(run, purchase, out);
	/* A purchase that is only tried has no number and no code. */
	if (run->dry && purchase->revision > run->revision)
		return out;
	out->purchase_id = purchase->purchase_id;
	out->code = run_text(run, text_of_code(purchase->purchase_id, purchase->code).text);
	out->revision = purchase->revision;
	return out;
}

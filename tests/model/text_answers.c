/* The bodies of responses as canonical text. */
#include "base/base.h"
#include "tests/model/text.h"

static void text_coupon(struct text *text, const struct pp_coupon *coupon)
{
	if (coupon == NULL)
		return;
	text_begin(text, "coupon");
	text_number(text, "coupon_id", coupon->coupon_id);
	text_number(text, "business_id", coupon->business_id);
	text_string(text, "business_name", coupon->business_name);
	text_number(text, "version", coupon->version);
	text_number(text, "current_version", coupon->current_version);
	text_number(text, "honour_floor", coupon->honour_floor);
	text_terms(text, "terms", coupon->terms);
	text_signed(text, "valid_from_ms", coupon->valid_from_ms);
	text_number(text, "valid_from_revision", coupon->valid_from_revision);
	text_optional(
		text, "superseded_at_ms", coupon->has_superseded_at_ms, coupon->superseded_at_ms);
	text_number(text, "superseded_at_revision", coupon->superseded_at_revision);
	text_optional(text, "honoured_until_ms", coupon->has_honoured_until_ms,
		coupon->honoured_until_ms);
	text_number(text, "edited_by", coupon->edited_by);
	text_number(text, "changed_fields", coupon->changed_fields);
	text_number(text, "supersede", coupon->supersede);
	text_string(text, "reason", coupon->reason);
	text_optional(text, "stock_left", coupon->has_stock_left, coupon->stock_left);
	text_signed(text, "sold", coupon->sold);
	text_number(text, "valid", coupon->valid);
	text_number(text, "sold_out", coupon->sold_out);
	text_end(text);
}

static void text_purchase(struct text *text, const struct pp_purchase *purchase)
{
	if (purchase == NULL)
		return;
	text_begin(text, "purchase");
	text_number(text, "purchase_id", purchase->purchase_id);
	text_uuid(text, "request_id", &purchase->request_id);
	text_number(text, "user_id", purchase->user_id);
	text_number(text, "coupon_id", purchase->coupon_id);
	text_number(text, "business_id", purchase->business_id);
	text_string(text, "coupon_name", purchase->coupon_name);
	text_number(text, "version", purchase->version);
	text_signed(text, "price_coins", purchase->price_coins);
	text_signed(text, "commission_coins", purchase->commission_coins);
	text_number(text, "honoured", purchase->honoured);
	text_optional(text, "honoured_until_ms", purchase->has_honoured_until_ms,
		purchase->honoured_until_ms);
	text_number(text, "bought_by_owner", purchase->bought_by_owner);
	text_signed(text, "at_ms", purchase->at_ms);
	text_number(text, "state", purchase->state);
	text_optional(
		text, "redeem_until_ms", purchase->has_redeem_until_ms, purchase->redeem_until_ms);
	text_string(text, "code", purchase->code);
	text_number(text, "revision", purchase->revision);
	text_optional(
		text, "redeemed_at_ms", purchase->has_redeemed_at_ms, purchase->redeemed_at_ms);
	text_number(text, "redeemed_by", purchase->redeemed_by);
	text_optional(
		text, "refunded_at_ms", purchase->has_refunded_at_ms, purchase->refunded_at_ms);
	text_number(text, "refunded_by", purchase->refunded_by);
	text_string(text, "refund_reason", purchase->refund_reason);
	text_number(text, "stock_returned", purchase->stock_returned);
	text_end(text);
}

static void text_business(struct text *text, const struct pp_business *business)
{
	if (business == NULL)
		return;
	text_begin(text, "business");
	text_number(text, "business_id", business->business_id);
	text_number(text, "version", business->version);
	text_profile(text, "profile", business->profile);
	for (size_t i = 0; i < business->n_owner_ids; i++)
		text_number(text, "owner_id", business->owner_ids[i]);
	text_signed(text, "created_at_ms", business->created_at_ms);
	text_number(text, "edited_by", business->edited_by);
	text_signed(text, "edited_at_ms", business->edited_at_ms);
	text_number(text, "n_coupons", business->n_coupons);
	text_signed(text, "balance_coins", business->balance_coins);
	text_end(text);
}

static void text_entry(struct text *text, const struct pp_ledger_entry *entry)
{
	text_begin(text, "entry");
	text_number(text, "revision", entry->revision);
	text_number(text, "index", entry->index);
	text_number(text, "kind", entry->kind);
	text_account(text, "debit", entry->debit);
	text_account(text, "credit", entry->credit);
	text_signed(text, "amount_coins", entry->amount_coins);
	text_signed(text, "balance_after_coins", entry->balance_after_coins);
	text_signed(text, "at_ms", entry->at_ms);
	text_number(text, "purchase_id", entry->purchase_id);
	text_number(text, "credit_reason", entry->credit_reason);
	text_string(text, "reference", entry->reference);
	text_end(text);
}

static void text_check(struct text *text, const struct pp_check_purchase_response *body)
{
	text_number(text, "ok", body->ok);
	if (body->quote != NULL) {
		text_begin(text, "quote");
		text_number(text, "coupon_id", body->quote->coupon_id);
		text_number(text, "version", body->quote->version);
		text_signed(text, "price_coins", body->quote->price_coins);
		text_number(text, "revision", body->quote->revision);
		text_signed(text, "at_ms", body->quote->at_ms);
		text_optional(text, "honoured_until_ms", body->quote->has_honoured_until_ms,
			body->quote->honoured_until_ms);
		text_end(text);
	}
	for (size_t i = 0; i < body->n_verdicts; i++)
		text_optional(text, pp_reason_name(body->verdicts[i]->rule), true,
			body->verdicts[i]->passed);
	text_signed(text, "balance_coins", body->balance_coins);
}

static void text_lists(struct text *text, const struct pp_response *response)
{
	const struct pp_list_coupons_response *coupons = &response->u.list_coupons;

	switch (response->kind) {
	case PP_KIND_LIST_PURCHASES:
		for (size_t i = 0; i < response->u.list_purchases.n_purchases; i++)
			text_purchase(text, response->u.list_purchases.purchases[i]);
		break;
	case PP_KIND_LIST_LEDGER_ENTRIES:
		for (size_t i = 0; i < response->u.list_ledger_entries.n_entries; i++)
			text_entry(text, response->u.list_ledger_entries.entries[i]);
		break;
	case PP_KIND_LIST_BUSINESSES:
		for (size_t i = 0; i < response->u.list_businesses.n_businesses; i++)
			text_business(text, response->u.list_businesses.businesses[i]);
		break;
	case PP_KIND_LIST_COUPONS:
		for (size_t i = 0; i < coupons->n_coupons; i++)
			text_coupon(text, coupons->coupons[i]);
		text_number(text, "as_of_revision", coupons->as_of_revision);
		text_signed(text, "as_of_ms", coupons->as_of_ms);
		break;
	case PP_KIND_LIST_COUPON_VERSIONS:
		for (size_t i = 0; i < response->u.list_coupon_versions.n_versions; i++)
			text_coupon(text, response->u.list_coupon_versions.versions[i]);
		break;
	default: break;
	}
}

static void text_made(struct text *text, const struct pp_response *response)
{
	const struct pp_edit_coupon_response *edit = &response->u.edit_coupon;

	switch (response->kind) {
	case PP_KIND_CREATE_USER:
		text_number(text, "user_id", response->u.create_user.user_id);
		text_signed(text, "created_at_ms", response->u.create_user.created_at_ms);
		break;
	case PP_KIND_CREDIT_COINS:
		text_number(text, "user_id", response->u.credit_coins.user_id);
		text_signed(text, "amount_coins", response->u.credit_coins.amount_coins);
		text_signed(text, "balance_coins", response->u.credit_coins.balance_coins);
		break;
	case PP_KIND_CREATE_BUSINESS:
		text_number(text, "business_id", response->u.create_business.business_id);
		text_number(text, "version", response->u.create_business.version);
		text_signed(text, "created_at_ms", response->u.create_business.created_at_ms);
		break;
	case PP_KIND_EDIT_BUSINESS:
		text_number(text, "business_id", response->u.edit_business.business_id);
		text_number(text, "version", response->u.edit_business.version);
		text_number(text, "unchanged", response->u.edit_business.unchanged);
		text_number(text, "merged", response->u.edit_business.merged);
		break;
	case PP_KIND_ADD_OWNER:
		text_number(text, "business_id", response->u.add_owner.business_id);
		text_number(text, "n_owners", response->u.add_owner.n_owners);
		break;
	case PP_KIND_REMOVE_OWNER:
		text_number(text, "business_id", response->u.remove_owner.business_id);
		text_number(text, "n_owners", response->u.remove_owner.n_owners);
		break;
	case PP_KIND_CREATE_COUPON:
		text_number(text, "coupon_id", response->u.create_coupon.coupon_id);
		text_number(text, "version", response->u.create_coupon.version);
		text_signed(text, "valid_from_ms", response->u.create_coupon.valid_from_ms);
		break;
	case PP_KIND_EDIT_COUPON:
		text_number(text, "coupon_id", edit->coupon_id);
		text_number(text, "version", edit->version);
		text_number(text, "unchanged", edit->unchanged);
		text_number(text, "merged", edit->merged);
		text_optional(text, "honoured_until_ms", edit->has_honoured_until_ms,
			edit->honoured_until_ms);
		break;
	case PP_KIND_ADJUST_STOCK:
		text_number(text, "coupon_id", response->u.adjust_stock.coupon_id);
		text_signed(text, "stock_left", response->u.adjust_stock.stock_left);
		break;
	default: break;
	}
}

static void text_sold(struct text *text, const struct pp_response *response)
{
	const struct pp_abandon_request_response *abandon = &response->u.abandon_request;

	switch (response->kind) {
	case PP_KIND_CHECK_PURCHASE: text_check(text, &response->u.check_purchase); break;
	case PP_KIND_PURCHASE_COUPON:
		text_purchase(text, response->u.purchase_coupon.purchase);
		text_signed(text, "balance_coins", response->u.purchase_coupon.balance_coins);
		break;
	case PP_KIND_GET_PURCHASE: text_purchase(text, response->u.get_purchase.purchase); break;
	case PP_KIND_REDEEM_PURCHASE:
		text_purchase(text, response->u.redeem_purchase.purchase);
		break;
	case PP_KIND_REFUND_PURCHASE:
		text_purchase(text, response->u.refund_purchase.purchase);
		text_signed(text, "balance_coins", response->u.refund_purchase.balance_coins);
		break;
	case PP_KIND_ABANDON_REQUEST:
		text_number(text, "abandoned", abandon->abandoned);
		text_status(text, "outcome", abandon->outcome);
		text_number(text, "outcome_revision", abandon->outcome_revision);
		text_signed(text, "decided_at_ms", abandon->decided_at_ms);
		text_number(text, "made_id", abandon->made_id);
		break;
	default: break;
	}
}

static void text_got(struct text *text, const struct pp_response *response)
{
	const struct pp_user *user = response->u.get_user.user;

	switch (response->kind) {
	case PP_KIND_GET_USER:
		if (user == NULL)
			break;
		text_number(text, "user_id", user->user_id);
		text_string(text, "name", user->name);
		text_signed(text, "created_at_ms", user->created_at_ms);
		text_signed(text, "balance_coins", user->balance_coins);
		text_number(text, "n_purchases", user->n_purchases);
		break;
	case PP_KIND_GET_BALANCE:
		text_account(text, "account", response->u.get_balance.account);
		text_signed(text, "balance_coins", response->u.get_balance.balance_coins);
		text_number(text, "n_entries", response->u.get_balance.n_entries);
		break;
	case PP_KIND_GET_BUSINESS: text_business(text, response->u.get_business.business); break;
	case PP_KIND_GET_COUPON: text_coupon(text, response->u.get_coupon.coupon); break;
	default: break;
	}
}

/* A run of Verify, to be printed. */
const char *verify_text(struct arena *arena, const struct pp_verify_response *body)
{
	struct text text = { .arena = arena };

	text_number(&text, "verify_id", body->verify_id);
	text_number(&text, "state", body->state);
	text_number(&text, "snapshot_revision", body->snapshot_revision);
	text_string(&text, "message", body->message);
	for (size_t i = 0; i < body->n_findings_shown; i++) {
		text_begin(&text, body->findings[i]->check);
		text_string(&text, "subject", body->findings[i]->subject);
		text_string(&text, "message", body->findings[i]->message);
		text_end(&text);
	}
	return text.bytes != NULL ? text.bytes : "";
}

/* What the server tells of itself has a check of its own: see model_server.c. */
void text_response_body(struct text *text, const struct pp_response *response)
{
	text_made(text, response);
	text_sold(text, response);
	text_got(text, response);
	text_lists(text, response);
}

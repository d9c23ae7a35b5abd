/* The bodies of requests and responses as canonical text. */
#include <string.h>

#include "base/base.h"
#include "tests/model/text.h"

static void text_purchase_request(struct text *text, const struct pp_purchase_request *body)
{
	text_number(text, "coupon_id", body->coupon_id);
	text_number(text, "version", body->version);
	text_number(text, "as_of_revision", body->as_of_revision);
	text_number(text, "price_policy", body->price_policy);
	text_optional(text, "max_price_coins", body->has_max_price_coins, body->max_price_coins);
}

static void text_edit_coupon_request(struct text *text, const struct pp_edit_coupon_request *body)
{
	text_number(text, "coupon_id", body->coupon_id);
	text_number(text, "base_version", body->base_version);
	text_number(text, "fields", body->fields);
	text_terms(text, "terms", body->terms);
	text_number(text, "on_conflict", body->on_conflict);
	text_number(text, "supersede", body->supersede);
	text_string(text, "reason", body->reason);
	text_number(text, "restore_version", body->restore_version);
}

static void text_create_business_request(
	struct text *text, const struct pp_create_business_request *body)
{
	text_string(text, "name", body->name);
	text_string(text, "address", body->address);
	for (size_t i = 0; i < body->n_owner_ids; i++)
		text_optional(text, "owner_id", true, (int64_t)body->owner_ids[i]);
	text_optional(text, "commission_bp", body->has_commission_bp, body->commission_bp);
}

/* Of writes: what a request id is bound to. */
static void text_write_request(struct text *text, const struct pp_request *request)
{
	switch (request->kind) {
	case PP_KIND_CREATE_USER: text_string(text, "name", request->u.create_user.name); break;
	case PP_KIND_CREDIT_COINS:
		text_number(text, "user_id", request->u.credit_coins.user_id);
		text_number(text, "reason", request->u.credit_coins.reason);
		text_optional(text, "amount_coins", request->u.credit_coins.has_amount_coins,
			request->u.credit_coins.amount_coins);
		text_string(text, "reference", request->u.credit_coins.reference);
		break;
	case PP_KIND_CREATE_BUSINESS:
		text_create_business_request(text, &request->u.create_business);
		break;
	case PP_KIND_EDIT_BUSINESS:
		text_number(text, "business_id", request->u.edit_business.business_id);
		text_number(text, "base_version", request->u.edit_business.base_version);
		text_number(text, "fields", request->u.edit_business.fields);
		text_profile(text, "profile", request->u.edit_business.profile);
		text_number(text, "on_conflict", request->u.edit_business.on_conflict);
		break;
	case PP_KIND_ADD_OWNER:
		text_number(text, "business_id", request->u.add_owner.business_id);
		text_number(text, "user_id", request->u.add_owner.user_id);
		break;
	case PP_KIND_REMOVE_OWNER:
		text_number(text, "business_id", request->u.remove_owner.business_id);
		text_number(text, "user_id", request->u.remove_owner.user_id);
		break;
	case PP_KIND_CREATE_COUPON:
		text_number(text, "business_id", request->u.create_coupon.business_id);
		text_terms(text, "terms", request->u.create_coupon.terms);
		text_optional(text, "stock", request->u.create_coupon.has_stock,
			request->u.create_coupon.stock);
		break;
	case PP_KIND_EDIT_COUPON: text_edit_coupon_request(text, &request->u.edit_coupon); break;
	case PP_KIND_ADJUST_STOCK:
		text_number(text, "coupon_id", request->u.adjust_stock.coupon_id);
		text_signed(text, "delta", request->u.adjust_stock.delta);
		break;
	case PP_KIND_PURCHASE_COUPON:
		text_purchase_request(text, &request->u.purchase_coupon);
		break;
	case PP_KIND_REDEEM_PURCHASE:
		text_number(text, "business_id", request->u.redeem_purchase.business_id);
		text_string(text, "code", request->u.redeem_purchase.code);
		break;
	case PP_KIND_REFUND_PURCHASE:
		text_number(text, "purchase_id", request->u.refund_purchase.purchase_id);
		text_string(text, "reason", request->u.refund_purchase.reason);
		break;
	case PP_KIND_ABANDON_REQUEST:
		text_uuid(text, "request_id", &request->u.abandon_request.request_id);
		break;
	default: break;
	}
}

static void text_page(struct text *text, uint32_t page_size, struct pp_bytes token)
{
	text_number(text, "page_size", page_size);
	text_bytes(text, "page_token", token.data, token.len);
}

static void text_list_request(struct text *text, const struct pp_request *request)
{
	switch (request->kind) {
	case PP_KIND_LIST_PURCHASES:
		text_number(text, "user_id", request->u.list_purchases.user_id);
		text_page(text, request->u.list_purchases.page_size,
			request->u.list_purchases.page_token);
		break;
	case PP_KIND_LIST_LEDGER_ENTRIES:
		text_account(text, "account", request->u.list_ledger_entries.account);
		text_page(text, request->u.list_ledger_entries.page_size,
			request->u.list_ledger_entries.page_token);
		break;
	case PP_KIND_LIST_BUSINESSES:
		text_number(
			text, "with_valid_coupon", request->u.list_businesses.with_valid_coupon);
		text_page(text, request->u.list_businesses.page_size,
			request->u.list_businesses.page_token);
		break;
	case PP_KIND_LIST_COUPONS:
		text_number(text, "business_id", request->u.list_coupons.business_id);
		text_number(text, "valid_only", request->u.list_coupons.valid_only);
		text_page(text, request->u.list_coupons.page_size,
			request->u.list_coupons.page_token);
		break;
	case PP_KIND_LIST_COUPON_VERSIONS:
		text_number(text, "coupon_id", request->u.list_coupon_versions.coupon_id);
		text_page(text, request->u.list_coupon_versions.page_size,
			request->u.list_coupon_versions.page_token);
		break;
	default: break;
	}
}

/* Of the other reads: only to be printed. */
static void text_get_request(struct text *text, const struct pp_request *request)
{
	switch (request->kind) {
	case PP_KIND_GET_USER:
		text_number(text, "user_id", request->u.get_user.user_id);
		text_string(text, "name", request->u.get_user.name);
		break;
	case PP_KIND_GET_BALANCE:
		text_account(text, "account", request->u.get_balance.account);
		break;
	case PP_KIND_GET_BUSINESS:
		text_number(text, "business_id", request->u.get_business.business_id);
		text_string(text, "name", request->u.get_business.name);
		break;
	case PP_KIND_GET_COUPON:
		text_number(text, "coupon_id", request->u.get_coupon.coupon_id);
		text_number(text, "business_id", request->u.get_coupon.business_id);
		text_string(text, "name", request->u.get_coupon.name);
		text_number(text, "version", request->u.get_coupon.version);
		text_number(text, "at_revision", request->u.get_coupon.at_revision);
		break;
	case PP_KIND_CHECK_PURCHASE: text_purchase_request(text, &request->u.check_purchase); break;
	case PP_KIND_GET_PURCHASE:
		text_number(text, "purchase_id", request->u.get_purchase.purchase_id);
		if (request->u.get_purchase.has_request_id)
			text_uuid(text, "request_id", &request->u.get_purchase.request_id);
		break;
	case PP_KIND_VERIFY: text_number(text, "verify_id", request->u.verify.verify_id); break;
	default: break;
	}
}

void text_request_body(struct text *text, const struct pp_request *request)
{
	text_begin(text, pp_kind_title(request->kind) != NULL ? pp_kind_title(request->kind) : "?");
	text_write_request(text, request);
	text_list_request(text, request);
	text_get_request(text, request);
	text_end(text);
}

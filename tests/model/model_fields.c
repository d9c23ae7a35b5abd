/* The refusals of docs/protocol.md that come before an id is looked at: limits and fields. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

enum {
	TEXT_NAME_MAX = 120,
	TEXT_DESCRIPTION_MAX = 4096,
	TEXT_ADDRESS_MAX = 400,
	TEXT_REASON_MAX = 400,
	TEXT_REFERENCE_MAX = 120,
	TEXT_CODE_MAX = 64,
	OWNERS_MAX = 16,
	TOKEN_MAX = 256,
	PAGE_MAX = 256,
	HONOUR_MAX = 3600000,
	BP_MAX = 10000,
};

static const int64_t coins_max = INT64_C(9007199254740991);
static const int64_t redeem_within_max = INT64_C(3155760000000);

/* Both do nothing when there is a refusal already: the first that applies is answered. */
static void missing(struct exchange *x, bool is, const char *field)
{
	if (!refused(x) && is)
		refuse(x, PP_REASON_FIELD_MISSING, field);
}

static void invalid(struct exchange *x, bool is, const char *field)
{
	if (!refused(x) && is)
		refuse(x, PP_REASON_FIELD_INVALID, field);
}

static void unknown(struct exchange *x, bool is, const char *field)
{
	if (!refused(x) && is)
		refuse(x, PP_REASON_UNKNOWN_ENUM_VALUE, field);
}

static void bad_name(struct exchange *x, const char *name, const char *field)
{
	if (!refused(x) && name_stored(x->arena, name) == NULL)
		refuse(x, PP_REASON_NAME_INVALID, field);
}

static bool absent(const char *text)
{
	return text == NULL || text[0] == '\0';
}

static bool longer(const char *text, size_t max)
{
	return text != NULL && strlen(text) > max;
}

/* ---- What does not fit the schema, in the order of field numbers ---- */

static void schema_terms(struct exchange *x, const struct pp_terms *terms)
{
	if (terms == NULL)
		return;
	invalid(x, longer(terms->name, TEXT_NAME_MAX), "terms.name");
	invalid(x, longer(terms->description, TEXT_DESCRIPTION_MAX), "terms.description");
	unknown(x, terms->state > PP_COUPON_STATE_ENDED, "terms.state");
	unknown(x, terms->refund_policy > PP_REFUND_POLICY_RETURN_STOCK, "terms.refund_policy");
}

static void schema_edits(struct exchange *x)
{
	const struct pp_edit_business_request *business = &x->request->u.edit_business;
	const struct pp_edit_coupon_request *coupon = &x->request->u.edit_coupon;

	if (x->request->kind == PP_KIND_EDIT_BUSINESS) {
		unknown(x, business->fields >= PP_SET_OF(PP_BUSINESS_FIELD_COUNT), "fields");
		if (business->profile != NULL) {
			invalid(x, longer(business->profile->name, TEXT_NAME_MAX), "profile.name");
			invalid(x, longer(business->profile->address, TEXT_ADDRESS_MAX),
				"profile.address");
		}
		unknown(x, business->on_conflict > PP_ON_CONFLICT_MERGE_DISJOINT, "on_conflict");
	} else if (x->request->kind == PP_KIND_EDIT_COUPON) {
		unknown(x, coupon->fields >= PP_SET_OF(PP_TERM_FIELD_COUNT), "fields");
		schema_terms(x, coupon->terms);
		unknown(x, coupon->on_conflict > PP_ON_CONFLICT_MERGE_DISJOINT, "on_conflict");
		unknown(x, coupon->supersede > PP_SUPERSEDE_HARD, "supersede");
		invalid(x, longer(coupon->reason, TEXT_REASON_MAX), "reason");
	}
}

static void schema_lists(struct exchange *x)
{
	const struct pp_request *request = x->request;
	size_t token = 0;

	switch (request->kind) {
	case PP_KIND_LIST_PURCHASES: token = request->u.list_purchases.page_token.len; break;
	case PP_KIND_LIST_LEDGER_ENTRIES:
		if (request->u.list_ledger_entries.account != NULL)
			unknown(x,
				request->u.list_ledger_entries.account->kind >
					PP_ACCOUNT_KIND_COMMISSION,
				"account.kind");
		token = request->u.list_ledger_entries.page_token.len;
		break;
	case PP_KIND_LIST_BUSINESSES: token = request->u.list_businesses.page_token.len; break;
	case PP_KIND_LIST_COUPONS: token = request->u.list_coupons.page_token.len; break;
	case PP_KIND_LIST_COUPON_VERSIONS:
		token = request->u.list_coupon_versions.page_token.len;
		break;
	default: break;
	}
	invalid(x, token > TOKEN_MAX, "page_token");
}

void precheck_schema(struct exchange *x)
{
	const struct pp_request *request = x->request;

	switch (request->kind) {
	case PP_KIND_CREATE_USER:
		invalid(x, longer(request->u.create_user.name, TEXT_NAME_MAX), "name");
		break;
	case PP_KIND_GET_USER:
		invalid(x, longer(request->u.get_user.name, TEXT_NAME_MAX), "name");
		break;
	case PP_KIND_GET_BUSINESS:
		invalid(x, longer(request->u.get_business.name, TEXT_NAME_MAX), "name");
		break;
	case PP_KIND_GET_COUPON:
		invalid(x, longer(request->u.get_coupon.name, TEXT_NAME_MAX), "name");
		break;
	case PP_KIND_CREDIT_COINS:
		unknown(x, request->u.credit_coins.reason > PP_CREDIT_REASON_AMOUNT, "reason");
		invalid(x, longer(request->u.credit_coins.reference, TEXT_REFERENCE_MAX),
			"reference");
		break;
	case PP_KIND_GET_BALANCE:
		unknown(x,
			request->u.get_balance.account != NULL &&
				request->u.get_balance.account->kind > PP_ACCOUNT_KIND_COMMISSION,
			"account.kind");
		break;
	case PP_KIND_CREATE_BUSINESS:
		invalid(x, request->u.create_business.n_owner_ids > OWNERS_MAX, "owner_ids");
		invalid(x, longer(request->u.create_business.name, TEXT_NAME_MAX), "name");
		invalid(x, longer(request->u.create_business.address, TEXT_ADDRESS_MAX), "address");
		break;
	case PP_KIND_CREATE_COUPON: schema_terms(x, request->u.create_coupon.terms); break;
	case PP_KIND_CHECK_PURCHASE:
	case PP_KIND_PURCHASE_COUPON:
		unknown(x, request->u.purchase_coupon.price_policy > PP_PRICE_POLICY_AS_SEEN,
			"price_policy");
		break;
	case PP_KIND_REDEEM_PURCHASE:
		invalid(x, longer(request->u.redeem_purchase.code, TEXT_CODE_MAX), "code");
		break;
	case PP_KIND_REFUND_PURCHASE:
		invalid(x, longer(request->u.refund_purchase.reason, TEXT_REASON_MAX), "reason");
		break;
	default: break;
	}
	schema_edits(x);
	schema_lists(x);
}

/* ---- The fields of the body, as listed under each request ---- */

static void fields_account(struct exchange *x, const struct pp_account *account)
{
	missing(x, account == NULL, "account");
	if (refused(x))
		return;
	bool single = account->kind == PP_ACCOUNT_KIND_ISSUANCE ||
		      account->kind == PP_ACCOUNT_KIND_COMMISSION;
	missing(x, account->kind == PP_ACCOUNT_KIND_NONE, "account.kind");
	missing(x, !single && account->id == 0, "account.id");
	invalid(x, single && account->id != 0, "account.id");
}

/* An id or a name. */
static void fields_who(struct exchange *x, uint64_t id, const char *name, const char *id_field)
{
	invalid(x, id != 0 && !absent(name), id_field);
	missing(x, id == 0 && absent(name), id_field);
	if (!absent(name))
		bad_name(x, name, "name");
}

static void fields_terms_range(struct exchange *x, const struct pp_terms *terms)
{
	if (refused(x))
		return;
	if (terms->name != NULL)
		bad_name(x, terms->name, "terms.name");
	invalid(x, terms->price_coins < 0 || terms->price_coins > coins_max, "terms.price_coins");
	invalid(x, terms->starts_at_ms < 0 || terms->starts_at_ms > coins_max,
		"terms.starts_at_ms");
	invalid(x, terms->ends_at_ms < 0 || terms->ends_at_ms > coins_max, "terms.ends_at_ms");
	invalid(x, terms->redeem_within_ms < 0 || terms->redeem_within_ms > redeem_within_max,
		"terms.redeem_within_ms");
	invalid(x, terms->honour_ms < 0 || terms->honour_ms > HONOUR_MAX, "terms.honour_ms");
}

static void fields_credit(struct exchange *x)
{
	const struct pp_credit_coins_request *body = &x->request->u.credit_coins;
	bool amount = body->reason == PP_CREDIT_REASON_AMOUNT;

	missing(x, body->user_id == 0, "user_id");
	missing(x, body->reason == PP_CREDIT_REASON_NONE, "reason");
	missing(x, amount && !body->has_amount_coins, "amount_coins");
	invalid(x, !amount && body->has_amount_coins, "amount_coins");
	invalid(x, amount && (body->amount_coins < 1 || body->amount_coins > coins_max),
		"amount_coins");
}

static void fields_create_business(struct exchange *x)
{
	const struct pp_create_business_request *body = &x->request->u.create_business;

	missing(x, absent(body->name), "name");
	if (!refused(x))
		bad_name(x, body->name, "name");
	missing(x, body->n_owner_ids == 0 && x->request->acting_user == 0, "owner_ids");
	for (size_t i = 0; i < body->n_owner_ids; i++) {
		invalid(x, body->owner_ids[i] == 0, "owner_ids");
		for (size_t j = 0; j < i; j++)
			invalid(x, body->owner_ids[i] == body->owner_ids[j], "owner_ids");
	}
	invalid(x, body->has_commission_bp && body->commission_bp > BP_MAX, "commission_bp");
}

static void fields_edit_business(struct exchange *x)
{
	const struct pp_edit_business_request *body = &x->request->u.edit_business;
	static const char *const names[] = { "", "profile.name", "profile.address",
		"profile.commission_bp" };

	missing(x, body->business_id == 0, "business_id");
	missing(x, body->base_version == 0, "base_version");
	if (!refused(x) && body->fields == 0)
		refuse(x, PP_REASON_EMPTY_FIELD_MASK, "fields");
	missing(x, body->profile == NULL, "profile");
	if (refused(x))
		return;
	const struct pp_business_profile *profile = body->profile;
	const bool set[] = { false, profile->name != NULL, profile->address != NULL,
		profile->has_commission_bp };
	for (int i = 1; i < PP_BUSINESS_FIELD_COUNT; i++) {
		bool named = (body->fields & PP_SET_OF(i)) != 0;
		missing(x, named && !set[i], names[i]);
		invalid(x, !named && set[i], names[i]);
	}
	if (profile->name != NULL)
		bad_name(x, profile->name, "profile.name");
	invalid(x, profile->commission_bp > BP_MAX, "profile.commission_bp");
}

static void fields_create_coupon(struct exchange *x)
{
	const struct pp_create_coupon_request *body = &x->request->u.create_coupon;
	const struct pp_terms *terms = body->terms;

	missing(x, body->business_id == 0, "business_id");
	missing(x, terms == NULL, "terms");
	if (refused(x))
		return;
	missing(x, terms->name == NULL, "terms.name");
	missing(x, !terms->has_price_coins, "terms.price_coins");
	fields_terms_range(x, terms);
	invalid(x, terms->state == PP_COUPON_STATE_ENDED, "terms.state");
	invalid(x, body->has_stock && (body->stock < 0 || body->stock > coins_max), "stock");
}

static void fields_edit_coupon(struct exchange *x)
{
	const struct pp_edit_coupon_request *body = &x->request->u.edit_coupon;

	missing(x, body->coupon_id == 0, "coupon_id");
	missing(x, body->base_version == 0, "base_version");
	if (body->restore_version != 0) {
		invalid(x, body->fields != 0, "fields");
		invalid(x, body->terms != NULL, "terms");
	} else {
		if (!refused(x) && body->fields == 0)
			refuse(x, PP_REASON_EMPTY_FIELD_MASK, "fields");
		missing(x, body->terms == NULL, "terms");
		if (refused(x))
			return;
		pp_set set = terms_members(body->terms);
		for (int i = 1; i < PP_TERM_FIELD_COUNT; i++) {
			bool named = (body->fields & PP_SET_OF(i)) != 0;
			missing(x, named && (set & PP_SET_OF(i)) == 0, term_name(i));
			invalid(x, !named && (set & PP_SET_OF(i)) != 0, term_name(i));
		}
		fields_terms_range(x, body->terms);
	}
	missing(x, body->supersede == PP_SUPERSEDE_HARD && absent(body->reason), "reason");
}

static void fields_get_coupon(struct exchange *x)
{
	const struct pp_get_coupon_request *body = &x->request->u.get_coupon;

	invalid(x, body->coupon_id != 0 && (body->business_id != 0 || !absent(body->name)),
		"coupon_id");
	missing(x, body->coupon_id == 0 && body->business_id == 0,
		absent(body->name) ? "coupon_id" : "business_id");
	missing(x, body->coupon_id == 0 && absent(body->name), "name");
	if (!absent(body->name))
		bad_name(x, body->name, "name");
	invalid(x, body->version != 0 && body->at_revision != 0, "at_revision");
}

static void fields_purchase(struct exchange *x)
{
	const struct pp_purchase_request *body = &x->request->u.purchase_coupon;

	missing(x, x->request->acting_user == 0, "acting_user");
	missing(x, body->coupon_id == 0, "coupon_id");
	missing(x, body->version == 0 && body->as_of_revision == 0, "version");
	invalid(x, body->version != 0 && body->as_of_revision != 0, "as_of_revision");
	invalid(x,
		body->has_max_price_coins &&
			(body->max_price_coins < 0 || body->max_price_coins > coins_max),
		"max_price_coins");
}

/* Letters and digits of a code are Crockford's; hyphens and spaces do not count. */
static bool can_be_code(const char *code)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZabcdefghjkmnpqrstvwxyzOoIiLl";
	size_t n = 0;
	char first = '\0';

	for (; *code != '\0'; code++) {
		if (*code == '-' || *code == ' ')
			continue;
		if (strchr(digits, *code) == NULL)
			return false;
		first = n++ == 0 ? *code : first;
	}
	/* 64 bits are at most 13 digits, the first of them below 16. */
	return n > 12 && (n < 25 || (n == 25 && strchr("0123456789ABCDEFabcdefOoIiLl", first)));
}

static void fields_lists(struct exchange *x)
{
	const struct pp_request *request = x->request;
	uint32_t size = 0;

	switch (request->kind) {
	case PP_KIND_LIST_PURCHASES:
		missing(x, request->u.list_purchases.user_id == 0, "user_id");
		size = request->u.list_purchases.page_size;
		break;
	case PP_KIND_LIST_LEDGER_ENTRIES:
		fields_account(x, request->u.list_ledger_entries.account);
		size = request->u.list_ledger_entries.page_size;
		break;
	case PP_KIND_LIST_BUSINESSES: size = request->u.list_businesses.page_size; break;
	case PP_KIND_LIST_COUPONS:
		missing(x, request->u.list_coupons.business_id == 0, "business_id");
		size = request->u.list_coupons.page_size;
		break;
	case PP_KIND_LIST_COUPON_VERSIONS:
		missing(x, request->u.list_coupon_versions.coupon_id == 0, "coupon_id");
		size = request->u.list_coupon_versions.page_size;
		break;
	default: return;
	}
	invalid(x, size > PAGE_MAX, "page_size");
}

static void fields_after_sale(struct exchange *x)
{
	const struct pp_request *request = x->request;
	bool has_id;

	switch (request->kind) {
	case PP_KIND_GET_PURCHASE:
		has_id = request->u.get_purchase.has_request_id;
		missing(x, request->u.get_purchase.purchase_id == 0 && !has_id, "purchase_id");
		invalid(x, request->u.get_purchase.purchase_id != 0 && has_id, "request_id");
		missing(x, has_id && request->acting_user == 0, "acting_user");
		break;
	case PP_KIND_REDEEM_PURCHASE:
		missing(x, request->u.redeem_purchase.business_id == 0, "business_id");
		missing(x, absent(request->u.redeem_purchase.code), "code");
		if (!refused(x))
			invalid(x, !can_be_code(request->u.redeem_purchase.code), "code");
		break;
	case PP_KIND_REFUND_PURCHASE:
		missing(x, request->u.refund_purchase.purchase_id == 0, "purchase_id");
		break;
	case PP_KIND_ABANDON_REQUEST:
		invalid(x, !is_uuid_v7(&request->u.abandon_request.request_id), "request_id");
		break;
	default: break;
	}
}

void precheck_body(struct exchange *x)
{
	const struct pp_request *request = x->request;

	switch (request->kind) {
	case PP_KIND_CREATE_USER:
		missing(x, absent(request->u.create_user.name), "name");
		if (!refused(x))
			bad_name(x, request->u.create_user.name, "name");
		break;
	case PP_KIND_GET_USER:
		fields_who(x, request->u.get_user.user_id, request->u.get_user.name, "user_id");
		break;
	case PP_KIND_GET_BUSINESS:
		fields_who(x, request->u.get_business.business_id, request->u.get_business.name,
			"business_id");
		break;
	case PP_KIND_CREDIT_COINS: fields_credit(x); break;
	case PP_KIND_GET_BALANCE: fields_account(x, request->u.get_balance.account); break;
	case PP_KIND_CREATE_BUSINESS: fields_create_business(x); break;
	case PP_KIND_EDIT_BUSINESS: fields_edit_business(x); break;
	case PP_KIND_ADD_OWNER:
		missing(x, request->u.add_owner.business_id == 0, "business_id");
		missing(x, request->u.add_owner.user_id == 0, "user_id");
		break;
	case PP_KIND_REMOVE_OWNER:
		missing(x, request->u.remove_owner.business_id == 0, "business_id");
		missing(x, request->u.remove_owner.user_id == 0, "user_id");
		break;
	case PP_KIND_CREATE_COUPON: fields_create_coupon(x); break;
	case PP_KIND_EDIT_COUPON: fields_edit_coupon(x); break;
	case PP_KIND_ADJUST_STOCK:
		missing(x, request->u.adjust_stock.coupon_id == 0, "coupon_id");
		missing(x, request->u.adjust_stock.delta == 0, "delta");
		invalid(x,
			request->u.adjust_stock.delta > coins_max ||
				request->u.adjust_stock.delta < -coins_max,
			"delta");
		break;
	case PP_KIND_GET_COUPON: fields_get_coupon(x); break;
	case PP_KIND_CHECK_PURCHASE:
	case PP_KIND_PURCHASE_COUPON: fields_purchase(x); break;
	default: break;
	}
	fields_lists(x);
	fields_after_sale(x);
}

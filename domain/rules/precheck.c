#include "domain/rules/precheck.h"

#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "domain/rules/name.h"
#include "domain/rules/record_io.h"
#include "domain/rules/request.h"

static const struct pp_status fault_without_room = {
	.code = PP_CODE_INVALID_ARGUMENT,
	.reason = PP_REASON_FIELD_INVALID,
	.message = "The request needs more memory than one request may use; ask for less.",
	.not_executed = true,
};

void precheck_fault(
	struct precheck *check, enum pp_reason reason, const char *field, const char *format, ...)
{
	char message[TEXT_BYTES_MAX + 1];
	va_list args;

	if (check->fault != NULL)
		return;
	va_start(args, format);
	int len = vsnprintf(message, sizeof(message), format, args);
	va_end(args);
	ASSERT(len >= 0 && len <= TEXT_BYTES_MAX);
	struct pp_status *status = arena_zalloc(check->arena, sizeof(*status));
	const char *copy = arena_copy(check->arena, message, (size_t)len);
	if (status == NULL || copy == NULL) {
		check->fault = &fault_without_room;
		return;
	}
	status->code = pp_reason_code(reason);
	status->reason = reason;
	status->message = copy;
	status->field = field;
	status->not_executed = true;
	check->fault = status;
}

void precheck_id(struct precheck *check, uint64_t id, const char *field)
{
	if (id == 0)
		precheck_fault(check, PP_REASON_FIELD_MISSING, field,
			"%s is missing; ids count from 1.", field);
}

void precheck_range(
	struct precheck *check, int64_t value, int64_t min, int64_t max, const char *field)
{
	if (value < min || value > max)
		precheck_fault(check, PP_REASON_FIELD_INVALID, field,
			"%s is %" PRId64 "; it must be %" PRId64 " to %" PRId64 ".", field, value,
			min, max);
}

void precheck_enum(struct precheck *check, uint64_t value, uint64_t max, const char *field)
{
	if (value > max)
		precheck_fault(check, PP_REASON_UNKNOWN_ENUM_VALUE, field,
			"%s has the value %" PRIu64 ", which this server does not know.", field,
			value);
}

void precheck_length(struct precheck *check, const char *text, size_t max_len, const char *field)
{
	if (text == NULL)
		return;
	size_t len = strlen(text);
	if (len > max_len)
		precheck_fault(check, PP_REASON_FIELD_INVALID, field,
			"%s has %zu bytes; at most %zu are allowed.", field, len, max_len);
}

void precheck_name(struct precheck *check, const char *name, const char *field)
{
	struct name parsed;
	uint32_t code_point;

	if (name == NULL) {
		precheck_fault(check, PP_REASON_FIELD_MISSING, field, "%s is missing.", field);
		return;
	}
	enum name_fault fault = name_parse(name, &parsed, &code_point);
	if (fault == NAME_OK)
		return;
	if (code_point != 0)
		precheck_fault(check, PP_REASON_NAME_INVALID, field,
			"%s is not allowed: %s (U+%04" PRIX32 "). Leave it out.", field,
			name_fault_text(fault), code_point);
	else
		precheck_fault(check, PP_REASON_NAME_INVALID, field, "%s is not allowed: %s.",
			field, name_fault_text(fault));
}

void precheck_uuid(struct precheck *check, const struct pp_uuid *id, const char *field)
{
	if (!request_id_is_uuid7(id))
		precheck_fault(check, PP_REASON_FIELD_INVALID, field,
			"%s must be a UUID of version 7, made by the server's clock.", field);
}

/* ---- Requests ---- */

static void check_credit_coins(struct precheck *check)
{
	const struct pp_credit_coins_request *body = &check->request->u.credit_coins;
	bool amount = body->reason == PP_CREDIT_REASON_AMOUNT;

	precheck_id(check, body->user_id, "user_id");
	precheck_enum(check, (uint64_t)body->reason, PP_CREDIT_REASON_AMOUNT, "reason");
	if (body->reason == PP_CREDIT_REASON_NONE)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "reason",
			"reason is missing: say what the coins are for.");
	if (amount && !body->has_amount_coins)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "amount_coins",
			"amount_coins is missing: the reason AMOUNT needs it.");
	if (!amount && body->has_amount_coins)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "amount_coins",
			"amount_coins goes with the reason AMOUNT only: with any other the server "
			"knows the amount.");
	if (amount)
		precheck_range(check, body->amount_coins, 1, PP_COINS_MAX, "amount_coins");
	precheck_length(check, body->reference, PP_REFERENCE_BYTES_MAX, "reference");
}

static void check_get_coupon(struct precheck *check)
{
	const struct pp_get_coupon_request *body = &check->request->u.get_coupon;

	if (body->coupon_id != 0 && (body->business_id != 0 || body->name != NULL))
		precheck_fault(check, PP_REASON_FIELD_INVALID, "coupon_id",
			"Name the coupon by coupon_id, or by business_id and name, not by both.");
	if (body->coupon_id == 0 && body->business_id == 0)
		precheck_fault(check, PP_REASON_FIELD_MISSING,
			body->name == NULL ? "coupon_id" : "business_id",
			"Name the coupon by coupon_id, or by business_id and name.");
	if (body->coupon_id == 0)
		precheck_name(check, body->name, "name");
	if (body->version != 0 && body->at_revision != 0)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "at_revision",
			"Give version or at_revision, not both.");
}

static void check_list_coupons(struct precheck *check)
{
	const struct pp_list_coupons_request *body = &check->request->u.list_coupons;

	precheck_id(check, body->business_id, "business_id");
	precheck_page_size(check, body->page_size);
}

/* `body` is that of CheckPurchase or of PurchaseCoupon. */
static void check_purchase(struct precheck *check, const struct pp_purchase_request *body)
{
	if (check->request->acting_user == 0)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "acting_user",
			"acting_user is missing: it is the buyer.");
	precheck_id(check, body->coupon_id, "coupon_id");
	if (body->version == 0 && body->as_of_revision == 0)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "version",
			"Say what the buyer saw: version, or as_of_revision of a list.");
	if (body->version != 0 && body->as_of_revision != 0)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "as_of_revision",
			"Give version or as_of_revision, not both.");
	precheck_enum(check, (uint64_t)body->price_policy, PP_PRICE_POLICY_AS_SEEN, "price_policy");
	if (body->has_max_price_coins)
		precheck_range(check, body->max_price_coins, 0, PP_COINS_MAX, "max_price_coins");
}

static void check_abandon(struct precheck *check, const struct pp_uuid *id)
{
	static const struct pp_uuid absent = { { 0 } };

	if (memcmp(id, &absent, sizeof(absent)) == 0)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "request_id",
			"request_id is missing: say which request is given up.");
	else
		precheck_uuid(check, id, "request_id");
}

static void check_get_purchase(struct precheck *check)
{
	const struct pp_get_purchase_request *body = &check->request->u.get_purchase;

	if (body->purchase_id == 0 && !body->has_request_id)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "purchase_id",
			"Name the purchase by purchase_id, or by request_id.");
	if (body->purchase_id != 0 && body->has_request_id)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "request_id",
			"Name the purchase by purchase_id or by request_id, not by both.");
	if (body->has_request_id && check->request->acting_user == 0)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "acting_user",
			"acting_user is missing: a request id is looked up for its buyer.");
}

static void check_hello(struct precheck *check)
{
	const struct pp_hello_request *body = &check->request->u.hello;

	precheck_length(check, body->client_name, PP_CLIENT_NAME_BYTES_MAX, "client_name");
	if (body->access_key.len != 0)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "access_key",
			"access_key must be empty: this server knows no keys yet.");
}

static void check_body(struct precheck *check)
{
	const struct pp_request *request = check->request;

	switch (request->kind) {
	case PP_KIND_HELLO: check_hello(check); break;
	case PP_KIND_CREATE_USER: precheck_name(check, request->u.create_user.name, "name"); break;
	case PP_KIND_CREDIT_COINS: check_credit_coins(check); break;
	case PP_KIND_GET_USER: precheck_get_user(check); break;
	case PP_KIND_GET_BALANCE: precheck_account(check, request->u.get_balance.account); break;
	case PP_KIND_LIST_PURCHASES:
		precheck_id(check, request->u.list_purchases.user_id, "user_id");
		precheck_page_size(check, request->u.list_purchases.page_size);
		break;
	case PP_KIND_LIST_LEDGER_ENTRIES:
		precheck_account(check, request->u.list_ledger_entries.account);
		precheck_page_size(check, request->u.list_ledger_entries.page_size);
		break;
	case PP_KIND_CREATE_BUSINESS: precheck_create_business(check); break;
	case PP_KIND_EDIT_BUSINESS: precheck_edit_business(check); break;
	case PP_KIND_REMOVE_OWNER:
		precheck_id(check, request->u.remove_owner.business_id, "business_id");
		precheck_id(check, request->u.remove_owner.user_id, "user_id");
		break;
	case PP_KIND_GET_BUSINESS: precheck_get_business(check); break;
	case PP_KIND_LIST_BUSINESSES:
		precheck_page_size(check, request->u.list_businesses.page_size);
		break;
	case PP_KIND_ADD_OWNER:
		precheck_id(check, request->u.add_owner.business_id, "business_id");
		precheck_id(check, request->u.add_owner.user_id, "user_id");
		break;
	case PP_KIND_CREATE_COUPON: precheck_create_coupon(check); break;
	case PP_KIND_EDIT_COUPON: precheck_edit_coupon(check); break;
	case PP_KIND_ADJUST_STOCK: precheck_adjust_stock(check); break;
	case PP_KIND_GET_COUPON: check_get_coupon(check); break;
	case PP_KIND_LIST_COUPONS: check_list_coupons(check); break;
	case PP_KIND_LIST_COUPON_VERSIONS:
		precheck_id(check, request->u.list_coupon_versions.coupon_id, "coupon_id");
		precheck_page_size(check, request->u.list_coupon_versions.page_size);
		break;
	case PP_KIND_CHECK_PURCHASE: check_purchase(check, &request->u.check_purchase); break;
	case PP_KIND_PURCHASE_COUPON: check_purchase(check, &request->u.purchase_coupon); break;
	case PP_KIND_GET_PURCHASE: check_get_purchase(check); break;
	case PP_KIND_REDEEM_PURCHASE: precheck_redeem_purchase(check); break;
	case PP_KIND_REFUND_PURCHASE: precheck_refund_purchase(check); break;
	case PP_KIND_ABANDON_REQUEST:
		check_abandon(check, &request->u.abandon_request.request_id);
		break;
	default: break;
	}
}

static void check_envelope(struct precheck *check)
{
	const struct pp_request *request = check->request;
	bool write = pp_kind_flags(request->kind) == PP_WRITE;
	bool takes_id = write && request->kind != PP_KIND_ABANDON_REQUEST;

	if (takes_id && !request->has_request_id)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "request_id",
			"request_id is missing: every write needs a UUID of version 7 of its own.");
	if (!takes_id && request->has_request_id)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "request_id",
			"request_id must be absent from the envelope of %s.",
			pp_kind_title(request->kind));
	if (takes_id)
		precheck_uuid(check, &request->request_id, "request_id");
	if (!write && request->validate_only)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "validate_only",
			"validate_only goes with writes only; %s changes nothing.",
			pp_kind_title(request->kind));
	if (write && request->min_revision != 0)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "min_revision",
			"min_revision goes with reads only.");
}

const struct pp_status *decide_precheck(const struct pp_request *request, struct arena *arena)
{
	struct precheck check = { .request = request, .arena = arena };

	if (pp_kind_title(request->kind) == NULL) {
		precheck_fault(&check, PP_REASON_UNKNOWN_REQUEST, NULL,
			"This server does not know the request of number %d.", (int)request->kind);
		return check.fault;
	}
	check_envelope(&check);
	check_body(&check);
	return check.fault;
}

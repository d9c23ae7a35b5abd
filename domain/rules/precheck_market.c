/* Prechecks of stock, redemptions, refunds and lists. */
#include "domain/rules/precheck.h"
#include "domain/rules/text.h"

void precheck_page_size(struct precheck *check, uint32_t page_size)
{
	precheck_range(check, page_size, 0, PP_PAGE_SIZE_MAX, "page_size");
}

void precheck_account(struct precheck *check, const struct pp_account *account)
{
	if (account == NULL) {
		precheck_fault(check, PP_REASON_FIELD_MISSING, "account", "account is missing.");
		return;
	}
	precheck_enum(check, (uint64_t)account->kind, PP_ACCOUNT_KIND_COMMISSION, "account.kind");
	if (account->kind == PP_ACCOUNT_KIND_NONE)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "account.kind",
			"account.kind is missing: USER, BUSINESS, ISSUANCE or COMMISSION.");
	else if (account->kind == PP_ACCOUNT_KIND_USER || account->kind == PP_ACCOUNT_KIND_BUSINESS)
		precheck_id(check, account->id, "account.id");
	else if (account->id != 0)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "account.id",
			"account.id must be absent: there is only one account of this kind.");
}

void precheck_adjust_stock(struct precheck *check)
{
	const struct pp_adjust_stock_request *body = &check->request->u.adjust_stock;

	precheck_id(check, body->coupon_id, "coupon_id");
	if (body->delta == 0)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "delta",
			"delta is missing: say how many pieces more, or fewer.");
	precheck_range(check, body->delta, -PP_COINS_MAX, PP_COINS_MAX, "delta");
}

void precheck_redeem_purchase(struct precheck *check)
{
	const struct pp_redeem_purchase_request *body = &check->request->u.redeem_purchase;
	uint64_t purchase_id;
	uint64_t secret;

	precheck_id(check, body->business_id, "business_id");
	if (body->code == NULL || body->code[0] == '\0')
		precheck_fault(check, PP_REASON_FIELD_MISSING, "code",
			"code is missing: it stands on the receipt.");
	else if (!text_parse_code(body->code, &purchase_id, &secret))
		precheck_fault(check, PP_REASON_FIELD_INVALID, "code",
			"code is not a redeem code; one looks as in 1G4-8XKD-93QZ-M2WP.");
}

void precheck_refund_purchase(struct precheck *check)
{
	const struct pp_refund_purchase_request *body = &check->request->u.refund_purchase;

	precheck_id(check, body->purchase_id, "purchase_id");
	precheck_length(check, body->reason, PP_REASON_BYTES_MAX, "reason");
}

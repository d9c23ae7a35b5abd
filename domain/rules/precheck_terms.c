/* What may be wrong with the terms of a coupon, and with the requests that carry them. */
#include <inttypes.h>

#include "domain/rules/precheck.h"
#include "domain/rules/record_io.h"
#include "domain/rules/terms.h"

static void check_range_if(
	struct precheck *check, bool set, int64_t value, int64_t max, enum pp_term_field field)
{
	if (set)
		precheck_range(check, value, 0, max, terms_path(field));
}

void precheck_terms(struct precheck *check, const struct pp_terms *terms)
{
	if (terms->name != NULL)
		precheck_name(check, terms->name, terms_path(PP_TERM_FIELD_NAME));
	precheck_length(check, terms->description, PP_DESCRIPTION_BYTES_MAX,
		terms_path(PP_TERM_FIELD_DESCRIPTION));
	check_range_if(check, terms->has_price_coins, terms->price_coins, PP_COINS_MAX,
		PP_TERM_FIELD_PRICE);
	check_range_if(check, terms->has_starts_at_ms, terms->starts_at_ms, TIME_MS_MAX,
		PP_TERM_FIELD_STARTS_AT);
	check_range_if(check, terms->has_ends_at_ms, terms->ends_at_ms, TIME_MS_MAX,
		PP_TERM_FIELD_ENDS_AT);
	check_range_if(check, terms->has_redeem_within_ms, terms->redeem_within_ms, DURATION_MS_MAX,
		PP_TERM_FIELD_REDEEM_WITHIN);
	check_range_if(check, terms->has_honour_ms, terms->honour_ms, PP_HONOUR_MS_MAX,
		PP_TERM_FIELD_HONOUR);
	precheck_enum(check, (uint64_t)terms->state, PP_COUPON_STATE_ENDED,
		terms_path(PP_TERM_FIELD_STATE));
	precheck_enum(check, (uint64_t)terms->refund_policy, PP_REFUND_POLICY_RETURN_STOCK,
		terms_path(PP_TERM_FIELD_REFUND_POLICY));
}

void precheck_create_coupon(struct precheck *check)
{
	const struct pp_create_coupon_request *body = &check->request->u.create_coupon;

	precheck_id(check, body->business_id, "business_id");
	if (body->terms == NULL) {
		precheck_fault(check, PP_REASON_FIELD_MISSING, "terms",
			"terms is missing: a coupon needs at least a name and a price.");
		return;
	}
	if (body->terms->name == NULL)
		precheck_fault(check, PP_REASON_FIELD_MISSING, terms_path(PP_TERM_FIELD_NAME),
			"terms.name is missing.");
	if (!body->terms->has_price_coins)
		precheck_fault(check, PP_REASON_FIELD_MISSING, terms_path(PP_TERM_FIELD_PRICE),
			"terms.price_coins is missing; 0 is a price.");
	precheck_terms(check, body->terms);
	if (body->terms->state == PP_COUPON_STATE_ENDED)
		precheck_fault(check, PP_REASON_FIELD_INVALID, terms_path(PP_TERM_FIELD_STATE),
			"terms.state must be ACTIVE or PAUSED: a coupon is not created ended.");
	if (body->has_stock)
		precheck_range(check, body->stock, 0, PP_COINS_MAX, "stock");
}

/* The mask names exactly the members that are set. */
static void check_mask(struct precheck *check, const struct pp_edit_coupon_request *body)
{
	pp_set set = terms_fields_set(body->terms);

	for (int i = PP_TERM_FIELD_NAME; i < PP_TERM_FIELD_COUNT; i++) {
		const char *path = terms_path((enum pp_term_field)i);
		bool named = (body->fields & PP_SET_OF(i)) != 0;
		bool is_set = (set & PP_SET_OF(i)) != 0;
		if (named && !is_set)
			precheck_fault(check, PP_REASON_FIELD_MISSING, path,
				"%s is missing, but `fields` names it.", path);
		if (!named && is_set)
			precheck_fault(check, PP_REASON_FIELD_INVALID, path,
				"%s is set, but `fields` does not name it: name it or drop it.",
				path);
	}
}

static void check_changes(struct precheck *check, const struct pp_edit_coupon_request *body)
{
	if (body->fields == 0)
		precheck_fault(check, PP_REASON_EMPTY_FIELD_MASK, "fields",
			"fields is empty: name the terms to change.");
	if ((body->fields & ~TERMS_ALL) != 0)
		precheck_fault(check, PP_REASON_UNKNOWN_ENUM_VALUE, "fields",
			"fields names a term that this server does not know.");
	if (body->terms == NULL) {
		precheck_fault(check, PP_REASON_FIELD_MISSING, "terms",
			"terms is missing: it holds the new values.");
		return;
	}
	check_mask(check, body);
	precheck_terms(check, body->terms);
}

/* The old version says which terms and which values. */
static void check_restore(struct precheck *check, const struct pp_edit_coupon_request *body)
{
	if (body->fields != 0)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "fields",
			"fields must be absent: restore_version says what changes.");
	if (body->terms != NULL)
		precheck_fault(check, PP_REASON_FIELD_INVALID, "terms",
			"terms must be absent: restore_version says what changes.");
}

void precheck_edit_coupon(struct precheck *check)
{
	const struct pp_edit_coupon_request *body = &check->request->u.edit_coupon;

	precheck_id(check, body->coupon_id, "coupon_id");
	if (body->base_version == 0)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "base_version",
			"base_version is missing: there is no blind edit, say which was read.");
	if (body->restore_version != 0)
		check_restore(check, body);
	else
		check_changes(check, body);
	precheck_enum(
		check, (uint64_t)body->on_conflict, PP_ON_CONFLICT_MERGE_DISJOINT, "on_conflict");
	precheck_enum(check, (uint64_t)body->supersede, PP_SUPERSEDE_HARD, "supersede");
	precheck_length(check, body->reason, PP_REASON_BYTES_MAX, "reason");
	if (body->supersede == PP_SUPERSEDE_HARD &&
		(body->reason == NULL || body->reason[0] == '\0'))
		precheck_fault(check, PP_REASON_FIELD_MISSING, "reason",
			"reason is missing: an edit with supersede HARD must say why.");
}

#include "tests/model/text.h"

#include <stdarg.h>
#include <string.h>

#include "tests/integration/require.h"

static void append(struct text *text, const char *bytes, size_t len)
{
	if (text->len + len + 1 > text->size) {
		size_t size = (text->len + len + 1) * 2 + 256;
		char *larger = take(text->arena, size);
		if (text->len > 0)
			memcpy(larger, text->bytes, text->len);
		text->bytes = larger;
		text->size = size;
	}
	memcpy(text->bytes + text->len, bytes, len);
	text->len += len;
	text->bytes[text->len] = '\0';
}

static void start_line(struct text *text, const char *name)
{
	for (int i = 0; i < text->depth; i++)
		append(text, "  ", 2);
	append(text, name, strlen(name));
}

void text_begin(struct text *text, const char *name)
{
	start_line(text, name);
	append(text, " {\n", 3);
	text->depth++;
}

void text_end(struct text *text)
{
	text->depth--;
	start_line(text, "}\n");
}

void text_optional(struct text *text, const char *name, bool has, int64_t value)
{
	char line[32];

	if (!has)
		return;
	int len = snprintf(line, sizeof(line), " %lld\n", (long long)value);
	start_line(text, name);
	append(text, line, (size_t)len);
}

void text_signed(struct text *text, const char *name, int64_t value)
{
	text_optional(text, name, value != 0, value);
}

void text_number(struct text *text, const char *name, uint64_t value)
{
	char line[32];

	if (value == 0)
		return;
	int len = snprintf(line, sizeof(line), " %llu\n", (unsigned long long)value);
	start_line(text, name);
	append(text, line, (size_t)len);
}

void text_present(struct text *text, const char *name, const char *value)
{
	if (value == NULL)
		return;
	start_line(text, name);
	append(text, " \"", 2);
	append(text, value, strlen(value));
	append(text, "\"\n", 2);
}

void text_string(struct text *text, const char *name, const char *value)
{
	if (value != NULL && value[0] != '\0')
		text_present(text, name, value);
}

void text_bytes(struct text *text, const char *name, const uint8_t *data, size_t len)
{
	char digits[3];

	if (len == 0)
		return;
	start_line(text, name);
	append(text, " ", 1);
	for (size_t i = 0; i < len; i++) {
		snprintf(digits, sizeof(digits), "%02x", data[i]);
		append(text, digits, 2);
	}
	append(text, "\n", 1);
}

void text_uuid(struct text *text, const char *name, const struct pp_uuid *id)
{
	text_bytes(text, name, id->bytes, sizeof(id->bytes));
}

void text_terms(struct text *text, const char *name, const struct pp_terms *terms)
{
	if (terms == NULL)
		return;
	text_begin(text, name);
	text_present(text, "name", terms->name);
	text_present(text, "description", terms->description);
	text_optional(text, "price_coins", terms->has_price_coins, terms->price_coins);
	text_optional(text, "starts_at_ms", terms->has_starts_at_ms, terms->starts_at_ms);
	text_optional(text, "ends_at_ms", terms->has_ends_at_ms, terms->ends_at_ms);
	text_optional(
		text, "redeem_within_ms", terms->has_redeem_within_ms, terms->redeem_within_ms);
	text_optional(text, "honour_ms", terms->has_honour_ms, terms->honour_ms);
	text_optional(text, "per_user_limit", terms->has_per_user_limit, terms->per_user_limit);
	text_number(text, "state", terms->state);
	text_number(text, "refund_policy", terms->refund_policy);
	text_end(text);
}

void text_profile(struct text *text, const char *name, const struct pp_business_profile *profile)
{
	if (profile == NULL)
		return;
	text_begin(text, name);
	text_present(text, "name", profile->name);
	text_present(text, "address", profile->address);
	text_optional(text, "commission_bp", profile->has_commission_bp, profile->commission_bp);
	text_end(text);
}

void text_account(struct text *text, const char *name, const struct pp_account *account)
{
	if (account == NULL)
		return;
	text_begin(text, name);
	text_number(text, "kind", account->kind);
	text_number(text, "id", account->id);
	text_end(text);
}

static void text_conflict(struct text *text, const struct pp_version_conflict *conflict)
{
	if (conflict == NULL)
		return;
	text_begin(text, "version_conflict");
	text_number(text, "base_version", conflict->base_version);
	text_number(text, "current_version", conflict->current_version);
	text_number(text, "changed_by", conflict->changed_by);
	text_signed(text, "changed_at_ms", conflict->changed_at_ms);
	text_number(text, "fields", conflict->fields);
	text_number(text, "overlapping", conflict->overlapping);
	text_terms(text, "base", conflict->base);
	text_terms(text, "theirs", conflict->theirs);
	text_terms(text, "yours", conflict->yours);
	text_end(text);
}

static void text_business_conflict(struct text *text, const struct pp_business_conflict *conflict)
{
	if (conflict == NULL)
		return;
	text_begin(text, "business_conflict");
	text_number(text, "base_version", conflict->base_version);
	text_number(text, "current_version", conflict->current_version);
	text_number(text, "changed_by", conflict->changed_by);
	text_signed(text, "changed_at_ms", conflict->changed_at_ms);
	text_number(text, "fields", conflict->fields);
	text_number(text, "overlapping", conflict->overlapping);
	text_profile(text, "base", conflict->base);
	text_profile(text, "theirs", conflict->theirs);
	text_profile(text, "yours", conflict->yours);
	text_end(text);
}

void text_status(struct text *text, const char *name, const struct pp_status *status)
{
	if (status == NULL)
		return;
	text_begin(text, name);
	text_string(text, "reason", pp_reason_name(status->reason));
	text_number(text, "code", status->code);
	text_string(text, "field", status->field);
	text_number(text, "retry_after_ms", status->retry_after_ms);
	text_number(text, "not_executed", status->not_executed);
	text_conflict(text, status->version_conflict);
	text_business_conflict(text, status->business_conflict);
	if (status->current_offer != NULL) {
		text_begin(text, "current_offer");
		text_number(text, "coupon_id", status->current_offer->coupon_id);
		text_number(text, "current_version", status->current_offer->current_version);
		text_optional(text, "price_coins", true, status->current_offer->price_coins);
		text_number(text, "state", status->current_offer->state);
		text_end(text);
	}
	text_end(text);
}

static struct text new_text(struct arena *arena)
{
	struct text text = { .arena = arena };

	append(&text, "", 0);
	return text;
}

const char *request_content(struct arena *arena, const struct pp_request *request)
{
	struct text text = new_text(arena);

	text_number(&text, "kind", request->kind);
	text_request_body(&text, request);
	return text.bytes;
}

const char *request_query(struct arena *arena, const struct pp_request *request)
{
	struct pp_request query = *request;

	switch (query.kind) {
	case PP_KIND_LIST_PURCHASES:
		query.u.list_purchases.page_size = 0;
		query.u.list_purchases.page_token.len = 0;
		break;
	case PP_KIND_LIST_LEDGER_ENTRIES:
		query.u.list_ledger_entries.page_size = 0;
		query.u.list_ledger_entries.page_token.len = 0;
		break;
	case PP_KIND_LIST_BUSINESSES:
		query.u.list_businesses.page_size = 0;
		query.u.list_businesses.page_token.len = 0;
		break;
	case PP_KIND_LIST_COUPONS:
		query.u.list_coupons.page_size = 0;
		query.u.list_coupons.page_token.len = 0;
		break;
	case PP_KIND_LIST_COUPON_VERSIONS:
		query.u.list_coupon_versions.page_size = 0;
		query.u.list_coupon_versions.page_token.len = 0;
		break;
	default: REQUIRE(false, "not a list");
	}
	return request_content(arena, &query);
}

static void text_answer(struct text *text, const struct pp_response *response)
{
	text_status(text, "status", response->status);
	text_number(text, "kind", response->kind);
	text_response_body(text, response);
}

const char *answer_text(struct arena *arena, const struct pp_response *response)
{
	struct text text = new_text(arena);

	text_answer(&text, response);
	return text.bytes;
}

const char *response_text(struct arena *arena, const struct pp_response *response)
{
	struct text text = new_text(arena);

	text_number(&text, "revision", response->revision);
	text_number(&text, "replayed", response->replayed);
	text_signed(&text, "time_ms", response->time_ms);
	text_answer(&text, response);
	return text.bytes;
}

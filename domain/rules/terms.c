#include "domain/rules/terms.h"

#include <string.h>

static const struct {
	const char *path;
	const char *noun;
} fields_text[PP_TERM_FIELD_COUNT] = {
	[PP_TERM_FIELD_NONE] = { "terms", "terms" },
	[PP_TERM_FIELD_NAME] = { "terms.name", "name" },
	[PP_TERM_FIELD_DESCRIPTION] = { "terms.description", "description" },
	[PP_TERM_FIELD_PRICE] = { "terms.price_coins", "price" },
	[PP_TERM_FIELD_STARTS_AT] = { "terms.starts_at_ms", "start" },
	[PP_TERM_FIELD_ENDS_AT] = { "terms.ends_at_ms", "end" },
	[PP_TERM_FIELD_REDEEM_WITHIN] = { "terms.redeem_within_ms", "redeem window" },
	[PP_TERM_FIELD_HONOUR] = { "terms.honour_ms", "honour window" },
	[PP_TERM_FIELD_PER_USER_LIMIT] = { "terms.per_user_limit", "limit per user" },
	[PP_TERM_FIELD_STATE] = { "terms.state", "state" },
	[PP_TERM_FIELD_REFUND_POLICY] = { "terms.refund_policy", "refund policy" },
};

static pp_set set_if(bool condition, enum pp_term_field field)
{
	return condition ? PP_SET_OF(field) : 0;
}

static bool has(pp_set fields, enum pp_term_field field)
{
	return (fields & PP_SET_OF(field)) != 0;
}

pp_set terms_fields_set(const struct pp_terms *terms)
{
	return set_if(terms->name != NULL, PP_TERM_FIELD_NAME) |
	       set_if(terms->description != NULL, PP_TERM_FIELD_DESCRIPTION) |
	       set_if(terms->has_price_coins, PP_TERM_FIELD_PRICE) |
	       set_if(terms->has_starts_at_ms, PP_TERM_FIELD_STARTS_AT) |
	       set_if(terms->has_ends_at_ms, PP_TERM_FIELD_ENDS_AT) |
	       set_if(terms->has_redeem_within_ms, PP_TERM_FIELD_REDEEM_WITHIN) |
	       set_if(terms->has_honour_ms, PP_TERM_FIELD_HONOUR) |
	       set_if(terms->has_per_user_limit, PP_TERM_FIELD_PER_USER_LIMIT) |
	       set_if(terms->state != PP_COUPON_STATE_NONE, PP_TERM_FIELD_STATE) |
	       set_if(terms->refund_policy != PP_REFUND_POLICY_NONE, PP_TERM_FIELD_REFUND_POLICY);
}

pp_set terms_difference(const struct pp_terms *a, const struct pp_terms *b)
{
	return set_if(strcmp(a->name, b->name) != 0, PP_TERM_FIELD_NAME) |
	       set_if(strcmp(a->description, b->description) != 0, PP_TERM_FIELD_DESCRIPTION) |
	       set_if(a->price_coins != b->price_coins, PP_TERM_FIELD_PRICE) |
	       set_if(a->starts_at_ms != b->starts_at_ms, PP_TERM_FIELD_STARTS_AT) |
	       set_if(a->ends_at_ms != b->ends_at_ms, PP_TERM_FIELD_ENDS_AT) |
	       set_if(a->redeem_within_ms != b->redeem_within_ms, PP_TERM_FIELD_REDEEM_WITHIN) |
	       set_if(a->honour_ms != b->honour_ms, PP_TERM_FIELD_HONOUR) |
	       set_if(a->per_user_limit != b->per_user_limit, PP_TERM_FIELD_PER_USER_LIMIT) |
	       set_if(a->state != b->state, PP_TERM_FIELD_STATE) |
	       set_if(a->refund_policy != b->refund_policy, PP_TERM_FIELD_REFUND_POLICY);
}

void terms_apply(struct pp_terms *onto, const struct pp_terms *from, pp_set fields)
{
	ASSERT((fields & ~terms_fields_set(from)) == 0);
	if (has(fields, PP_TERM_FIELD_NAME))
		onto->name = from->name;
	if (has(fields, PP_TERM_FIELD_DESCRIPTION))
		onto->description = from->description;
	if (has(fields, PP_TERM_FIELD_PRICE))
		onto->price_coins = from->price_coins;
	if (has(fields, PP_TERM_FIELD_STARTS_AT))
		onto->starts_at_ms = from->starts_at_ms;
	if (has(fields, PP_TERM_FIELD_ENDS_AT))
		onto->ends_at_ms = from->ends_at_ms;
	if (has(fields, PP_TERM_FIELD_REDEEM_WITHIN))
		onto->redeem_within_ms = from->redeem_within_ms;
	if (has(fields, PP_TERM_FIELD_HONOUR))
		onto->honour_ms = from->honour_ms;
	if (has(fields, PP_TERM_FIELD_PER_USER_LIMIT))
		onto->per_user_limit = from->per_user_limit;
	if (has(fields, PP_TERM_FIELD_STATE))
		onto->state = from->state;
	if (has(fields, PP_TERM_FIELD_REFUND_POLICY))
		onto->refund_policy = from->refund_policy;
	onto->has_price_coins |= has(fields, PP_TERM_FIELD_PRICE);
	onto->has_starts_at_ms |= has(fields, PP_TERM_FIELD_STARTS_AT);
	onto->has_ends_at_ms |= has(fields, PP_TERM_FIELD_ENDS_AT);
	onto->has_redeem_within_ms |= has(fields, PP_TERM_FIELD_REDEEM_WITHIN);
	onto->has_honour_ms |= has(fields, PP_TERM_FIELD_HONOUR);
	onto->has_per_user_limit |= has(fields, PP_TERM_FIELD_PER_USER_LIMIT);
}

void terms_default(struct pp_terms *out)
{
	*out = (struct pp_terms) {
		.description = "",
		.has_starts_at_ms = true,
		.has_ends_at_ms = true,
		.has_redeem_within_ms = true,
		.has_honour_ms = true,
		.honour_ms = PP_HONOUR_MS_DEFAULT,
		.has_per_user_limit = true,
		.state = PP_COUPON_STATE_ACTIVE,
		.refund_policy = PP_REFUND_POLICY_KEEP_STOCK,
	};
}

const char *terms_fault(const struct pp_terms *terms, const char **field)
{
	if (terms->ends_at_ms != 0 && terms->ends_at_ms <= terms->starts_at_ms) {
		*field = terms_path(PP_TERM_FIELD_ENDS_AT);
		return "ends_at_ms must be 0 or after starts_at_ms";
	}
	return NULL;
}

bool terms_valid_at(const struct pp_terms *terms, int64_t now_ms)
{
	return terms->state == PP_COUPON_STATE_ACTIVE && now_ms >= terms->starts_at_ms &&
	       (terms->ends_at_ms == 0 || now_ms < terms->ends_at_ms);
}

struct pp_terms *terms_copy(struct arena *arena, const struct pp_terms *terms, pp_set fields)
{
	struct pp_terms *copy = arena_zalloc(arena, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	terms_apply(copy, terms, fields);
	if (copy->name != NULL) {
		copy->name = arena_copy(arena, copy->name, strlen(copy->name));
		if (copy->name == NULL)
			return NULL;
	}
	if (copy->description != NULL) {
		copy->description = arena_copy(arena, copy->description, strlen(copy->description));
		if (copy->description == NULL)
			return NULL;
	}
	return copy;
}

const char *terms_path(enum pp_term_field field)
{
	ASSERT((unsigned)field < PP_TERM_FIELD_COUNT);
	return fields_text[field].path;
}

const char *terms_field_noun(enum pp_term_field field)
{
	ASSERT((unsigned)field < PP_TERM_FIELD_COUNT);
	return fields_text[field].noun;
}

const char *terms_state_name(enum pp_coupon_state state)
{
	switch (state) {
	case PP_COUPON_STATE_ACTIVE: return "ACTIVE";
	case PP_COUPON_STATE_PAUSED: return "PAUSED";
	case PP_COUPON_STATE_ENDED: return "ENDED";
	default: return "unknown";
	}
}

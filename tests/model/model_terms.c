/* Terms of coupons, their versions, and the honour window. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

static const char *const names[] = { "", "terms.name", "terms.description", "terms.price_coins",
	"terms.starts_at_ms", "terms.ends_at_ms", "terms.redeem_within_ms", "terms.honour_ms",
	"terms.per_user_limit", "terms.state", "terms.refund_policy" };

const char *term_name(enum pp_term_field field)
{
	return names[field];
}

static pp_set if_so(bool is, enum pp_term_field field)
{
	return is ? PP_SET_OF(field) : 0;
}

pp_set terms_members(const struct pp_terms *terms)
{
	return if_so(terms->name != NULL, PP_TERM_FIELD_NAME) |
	       if_so(terms->description != NULL, PP_TERM_FIELD_DESCRIPTION) |
	       if_so(terms->has_price_coins, PP_TERM_FIELD_PRICE) |
	       if_so(terms->has_starts_at_ms, PP_TERM_FIELD_STARTS_AT) |
	       if_so(terms->has_ends_at_ms, PP_TERM_FIELD_ENDS_AT) |
	       if_so(terms->has_redeem_within_ms, PP_TERM_FIELD_REDEEM_WITHIN) |
	       if_so(terms->has_honour_ms, PP_TERM_FIELD_HONOUR) |
	       if_so(terms->has_per_user_limit, PP_TERM_FIELD_PER_USER_LIMIT) |
	       if_so(terms->state != 0, PP_TERM_FIELD_STATE) |
	       if_so(terms->refund_policy != 0, PP_TERM_FIELD_REFUND_POLICY);
}

pp_set terms_differ(const struct pp_terms *a, const struct pp_terms *b)
{
	return if_so(strcmp(a->name, b->name) != 0, PP_TERM_FIELD_NAME) |
	       if_so(strcmp(a->description, b->description) != 0, PP_TERM_FIELD_DESCRIPTION) |
	       if_so(a->price_coins != b->price_coins, PP_TERM_FIELD_PRICE) |
	       if_so(a->starts_at_ms != b->starts_at_ms, PP_TERM_FIELD_STARTS_AT) |
	       if_so(a->ends_at_ms != b->ends_at_ms, PP_TERM_FIELD_ENDS_AT) |
	       if_so(a->redeem_within_ms != b->redeem_within_ms, PP_TERM_FIELD_REDEEM_WITHIN) |
	       if_so(a->honour_ms != b->honour_ms, PP_TERM_FIELD_HONOUR) |
	       if_so(a->per_user_limit != b->per_user_limit, PP_TERM_FIELD_PER_USER_LIMIT) |
	       if_so(a->state != b->state, PP_TERM_FIELD_STATE) |
	       if_so(a->refund_policy != b->refund_policy, PP_TERM_FIELD_REFUND_POLICY);
}

void terms_set(struct pp_terms *terms, const struct pp_terms *from, pp_set fields)
{
	if (fields & PP_SET_OF(PP_TERM_FIELD_NAME))
		terms->name = from->name;
	if (fields & PP_SET_OF(PP_TERM_FIELD_DESCRIPTION))
		terms->description = from->description;
	if (fields & PP_SET_OF(PP_TERM_FIELD_PRICE))
		terms->price_coins = from->price_coins;
	if (fields & PP_SET_OF(PP_TERM_FIELD_STARTS_AT))
		terms->starts_at_ms = from->starts_at_ms;
	if (fields & PP_SET_OF(PP_TERM_FIELD_ENDS_AT))
		terms->ends_at_ms = from->ends_at_ms;
	if (fields & PP_SET_OF(PP_TERM_FIELD_REDEEM_WITHIN))
		terms->redeem_within_ms = from->redeem_within_ms;
	if (fields & PP_SET_OF(PP_TERM_FIELD_HONOUR))
		terms->honour_ms = from->honour_ms;
	if (fields & PP_SET_OF(PP_TERM_FIELD_PER_USER_LIMIT))
		terms->per_user_limit = from->per_user_limit;
	if (fields & PP_SET_OF(PP_TERM_FIELD_STATE))
		terms->state = from->state;
	if (fields & PP_SET_OF(PP_TERM_FIELD_REFUND_POLICY))
		terms->refund_policy = from->refund_policy;
	terms->has_price_coins |= (fields & PP_SET_OF(PP_TERM_FIELD_PRICE)) != 0;
	terms->has_starts_at_ms |= (fields & PP_SET_OF(PP_TERM_FIELD_STARTS_AT)) != 0;
	terms->has_ends_at_ms |= (fields & PP_SET_OF(PP_TERM_FIELD_ENDS_AT)) != 0;
	terms->has_redeem_within_ms |= (fields & PP_SET_OF(PP_TERM_FIELD_REDEEM_WITHIN)) != 0;
	terms->has_honour_ms |= (fields & PP_SET_OF(PP_TERM_FIELD_HONOUR)) != 0;
	terms->has_per_user_limit |= (fields & PP_SET_OF(PP_TERM_FIELD_PER_USER_LIMIT)) != 0;
}

struct pp_terms *terms_only(struct arena *arena, const struct pp_terms *terms, pp_set fields)
{
	struct pp_terms *only = take(arena, sizeof(*only));

	terms_set(only, terms, fields);
	return only;
}

bool in_force(const struct pp_terms *terms, int64_t now)
{
	return terms->state == PP_COUPON_STATE_ACTIVE && now >= terms->starts_at_ms &&
	       (terms->ends_at_ms == 0 || now < terms->ends_at_ms);
}

struct coupon_version *version_now(const struct coupon *coupon)
{
	return &coupon->versions[coupon->n_versions - 1];
}

uint64_t version_at(const struct coupon *coupon, uint64_t revision)
{
	uint64_t version = 0;

	while (version < coupon->n_versions && coupon->versions[version].revision <= revision)
		version++;
	return version;
}

int64_t honoured_until(const struct coupon *coupon, uint64_t version)
{
	if (version < coupon->floor)
		return 0;
	return coupon->versions[version].at_ms + coupon->versions[version - 1].terms.honour_ms;
}

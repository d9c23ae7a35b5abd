#include <inttypes.h>
#include <string.h>

#include "client/cli/terms.h"

/* By enum pp_term_field. */
static const char *const names[PP_TERM_FIELD_COUNT] = { NULL, "name", "description", "price",
	"starts", "ends", "redeem-within", "honour", "per-user", "state", "refund-policy" };

static const char *const states[] = { "", "active", "paused", "ended" };
static const char *const policies[] = { "", "keep-stock", "return-stock" };

const char *term_name(enum pp_term_field field)
{
	return field > 0 && field < PP_TERM_FIELD_COUNT ? names[field] : NULL;
}

static bool put(char out[TERM_TEXT_BYTES], const char *text)
{
	(void)snprintf(out, TERM_TEXT_BYTES, "%s", text == NULL ? "" : text);
	return text != NULL;
}

static bool put_number(char out[TERM_TEXT_BYTES], bool present, int64_t number)
{
	if (present)
		(void)snprintf(out, TERM_TEXT_BYTES, "%" PRId64, number);
	return present;
}

static bool put_place(
	char out[TERM_TEXT_BYTES], const char *const *words, size_t n_words, unsigned place)
{
	if (place < n_words)
		(void)put(out, words[place]);
	else
		(void)snprintf(out, TERM_TEXT_BYTES, "%u", place);
	return place != 0;
}

/* A time or a duration, or the word that stands for 0. */
static bool put_ms(char out[TERM_TEXT_BYTES], bool present, int64_t ms, const char *zero,
	void (*format)(int64_t, char[VALUE_TEXT_BYTES]))
{
	if (present && ms == 0)
		(void)put(out, zero);
	else if (present)
		format(ms, out);
	return present;
}

static bool put_limit(char out[TERM_TEXT_BYTES], bool present, uint32_t limit)
{
	if (present && limit == 0)
		return put(out, "unlimited");
	return put_number(out, present, limit);
}

bool term_format(const struct pp_terms *terms, enum pp_term_field field, char out[TERM_TEXT_BYTES])
{
	out[0] = '\0';
	if (terms == NULL)
		return false;
	switch (field) {
	case PP_TERM_FIELD_NAME: return put(out, terms->name);
	case PP_TERM_FIELD_DESCRIPTION: return put(out, terms->description);
	case PP_TERM_FIELD_PRICE:
		return put_number(out, terms->has_price_coins, terms->price_coins);
	case PP_TERM_FIELD_STARTS_AT:
		return put_ms(out, terms->has_starts_at_ms, terms->starts_at_ms, "always",
			value_format_time);
	case PP_TERM_FIELD_ENDS_AT:
		return put_ms(
			out, terms->has_ends_at_ms, terms->ends_at_ms, "never", value_format_time);
	case PP_TERM_FIELD_REDEEM_WITHIN:
		return put_ms(out, terms->has_redeem_within_ms, terms->redeem_within_ms, "forever",
			value_format_duration);
	case PP_TERM_FIELD_HONOUR:
		return put_ms(
			out, terms->has_honour_ms, terms->honour_ms, "0", value_format_duration);
	case PP_TERM_FIELD_PER_USER_LIMIT:
		return put_limit(out, terms->has_per_user_limit, terms->per_user_limit);
	case PP_TERM_FIELD_STATE: return put_place(out, states, ARRAY_LEN(states), terms->state);
	case PP_TERM_FIELD_REFUND_POLICY:
		return put_place(out, policies, ARRAY_LEN(policies), terms->refund_policy);
	case PP_TERM_FIELD_NONE:
	case PP_TERM_FIELD_COUNT: break;
	}
	return false;
}

void term_format_set(pp_set fields, char *out, size_t size)
{
	size_t len = 0;
	int field;

	out[0] = '\0';
	for (field = 1; field < PP_TERM_FIELD_COUNT; field++) {
		if ((fields & PP_SET_OF(field)) == 0 || len >= size)
			continue;
		len += (size_t)snprintf(
			out + len, size - len, "%s%s", len == 0 ? "" : ", ", names[field]);
	}
}

/* Stores a number where `to` is, remembering that it is there. */
static bool take_number(const struct cli *cli, const char *name, bool *has, int64_t *to)
{
	*has = cli_has(cli, name);
	if (*has)
		*to = (int64_t)cli_number(cli, name, 0);
	return *has;
}

pp_set terms_from_options(const struct cli *cli, struct pp_terms *terms)
{
	pp_set set = 0;
	int64_t limit = 0;

	memset(terms, 0, sizeof(*terms));
	terms->name = cli_text(cli, "name");
	terms->description = cli_text(cli, "description");
	terms->state = (enum pp_coupon_state)cli_number(cli, "state", 0);
	terms->refund_policy = (enum pp_refund_policy)cli_number(cli, "refund-policy", 0);
	if (terms->name != NULL)
		set |= PP_SET_OF(PP_TERM_FIELD_NAME);
	if (terms->description != NULL)
		set |= PP_SET_OF(PP_TERM_FIELD_DESCRIPTION);
	if (terms->state != PP_COUPON_STATE_NONE)
		set |= PP_SET_OF(PP_TERM_FIELD_STATE);
	if (terms->refund_policy != PP_REFUND_POLICY_NONE)
		set |= PP_SET_OF(PP_TERM_FIELD_REFUND_POLICY);
	if (take_number(cli, "price", &terms->has_price_coins, &terms->price_coins))
		set |= PP_SET_OF(PP_TERM_FIELD_PRICE);
	if (take_number(cli, "starts", &terms->has_starts_at_ms, &terms->starts_at_ms))
		set |= PP_SET_OF(PP_TERM_FIELD_STARTS_AT);
	if (take_number(cli, "ends", &terms->has_ends_at_ms, &terms->ends_at_ms))
		set |= PP_SET_OF(PP_TERM_FIELD_ENDS_AT);
	if (take_number(
		    cli, "redeem-within", &terms->has_redeem_within_ms, &terms->redeem_within_ms))
		set |= PP_SET_OF(PP_TERM_FIELD_REDEEM_WITHIN);
	if (take_number(cli, "honour", &terms->has_honour_ms, &terms->honour_ms))
		set |= PP_SET_OF(PP_TERM_FIELD_HONOUR);
	if (take_number(cli, "per-user", &terms->has_per_user_limit, &limit))
		set |= PP_SET_OF(PP_TERM_FIELD_PER_USER_LIMIT);
	terms->per_user_limit = (uint32_t)limit;
	return set;
}

#include "domain/rules/sale.h"

#include <inttypes.h>
#include <stdio.h>

#include "domain/rules/ledger.h"
#include "domain/rules/terms.h"
#include "domain/rules/text.h"

/* ---- Loads ---- */

void sale_load(struct run *run, const struct pp_purchase_request *body, struct sale *sale)
{
	uint64_t buyer = run->request->acting_user;

	*sale = (struct sale) { .request = body };
	sale->user_loaded = run_load_user(run, buyer, &sale->user);
	sale->coupon_loaded = run_load_coupon(run, body->coupon_id, &sale->coupon);
	sale->business_loaded =
		run_load_business(run, body->coupon_id / COUPON_ID_UNIT, &sale->business);
	run_load_counters(run, &sale->counters);
	run_load_count(run, buyer, body->coupon_id, &sale->count);
}

static void find_seen(struct run *run, struct sale *sale)
{
	const struct pp_purchase_request *body = sale->request;
	const struct coupon_record *coupon = &sale->coupon;

	if (body->as_of_revision > run->revision)
		run_refuse(run, PP_REASON_REVISION_IN_FUTURE, "as_of_revision",
			"as_of_revision is %" PRIu64 ", but the newest revision is %" PRIu64 ".",
			body->as_of_revision, run->revision);
	else if (body->version > coupon->version)
		run_refuse(run, PP_REASON_NO_SUCH_VERSION, "version",
			"There is no version %" PRIu64 " of coupon %" PRIu64
			" yet; the newest is %" PRIu32 ".",
			body->version, coupon->coupon_id, coupon->version);
	else if (body->version != 0 && body->version == coupon->version)
		sale->seen = (struct version_view) { .version = sale->current };
	else if (body->version != 0)
		version_by_number(run, coupon, body->version, &sale->seen);
	else if (!version_at_revision(run, coupon, body->as_of_revision, &sale->seen) &&
		 !run->waiting)
		run_refuse(run, PP_REASON_COUPON_NOT_FOUND, "as_of_revision",
			"There was no coupon %" PRIu64 " yet at revision %" PRIu64 ".",
			coupon->coupon_id, body->as_of_revision);
}

void sale_load_versions(struct run *run, struct sale *sale)
{
	uint64_t buyer = run->request->acting_user;
	uint64_t coupon_id = sale->request->coupon_id;

	if (sale->user_loaded == LOADED_ABSENT)
		run_refuse(run, PP_REASON_USER_NOT_FOUND, "acting_user",
			"There is no user %" PRIu64 ".", buyer);
	else if (sale->coupon_loaded == LOADED_ABSENT)
		run_refuse(run, PP_REASON_COUPON_NOT_FOUND, "coupon_id",
			"There is no coupon %" PRIu64 ".", coupon_id);
	else if (sale->business_loaded == LOADED_ABSENT)
		run_corrupt(run);
	if (!run_answers(run))
		return;
	/* Asked for in one round with the first load of find_seen. */
	run_expect(run, run_load_version(run, coupon_id, sale->coupon.version, &sale->current));
	find_seen(run, sale);
}

/* ---- Verdicts ---- */

static void judge_window(const struct run *run, struct sale *sale, pp_set difference)
{
	const struct version_view *seen = &sale->seen;
	const struct honour_case window = {
		.version = seen->version.version,
		.current_version = sale->current.version,
		.honour_floor = sale->coupon.honour_floor,
		.equals_current = difference == 0,
		.superseded_at_ms = seen->superseded_at_ms,
		.honour_ms = seen->version.terms.honour_ms,
		.now_ms = run->now_ms,
	};

	switch (honour_of(&window, &sale->honoured_until_ms)) {
	case HONOUR_NONE: sale->offered = &seen->version; break;
	case HONOUR_CURRENT:
		sale->passed[SALE_VERSION_HONOURED] = true;
		sale->offered = &sale->current;
		break;
	case HONOUR_WINDOW:
		sale->passed[SALE_VERSION_HONOURED] = true;
		sale->offered = &seen->version;
		sale->honoured = true;
		break;
	}
}

/* The current version replaces the one seen when it is the same, valid now, and cheaper. */
static void judge_best(const struct run *run, struct sale *sale, pp_set difference)
{
	const struct pp_terms *current = &sale->current.terms;

	if (sale->request->price_policy == PP_PRICE_POLICY_AS_SEEN || !sale->honoured)
		return;
	if (difference != PP_SET_OF(PP_TERM_FIELD_PRICE) ||
		current->price_coins >= sale->seen.version.terms.price_coins ||
		!terms_valid_at(current, run->now_ms))
		return;
	sale->offered = &sale->current;
	sale->honoured = false;
	sale->honoured_until_ms = 0;
}

void sale_judge(const struct run *run, struct sale *sale)
{
	pp_set difference = terms_difference(&sale->seen.version.terms, &sale->current.terms);
	const struct pp_purchase_request *body = sale->request;
	const struct coupon_record *coupon = &sale->coupon;
	uint32_t limit = sale->current.terms.per_user_limit;

	judge_window(run, sale, difference);
	judge_best(run, sale, difference);
	const struct pp_terms *terms = &sale->offered->terms;
	int64_t price = terms->price_coins;
	sale->commission_coins = ledger_commission(price, sale->business.commission_bp);
	sale->passed[SALE_ACTIVE] = terms->state == PP_COUPON_STATE_ACTIVE;
	sale->passed[SALE_STARTED] = run->now_ms >= terms->starts_at_ms;
	sale->passed[SALE_NOT_OVER] = terms->ends_at_ms == 0 || run->now_ms < terms->ends_at_ms;
	sale->passed[SALE_PRICE] = !body->has_max_price_coins || price <= body->max_price_coins;
	sale->passed[SALE_STOCK] = !coupon->has_stock || coupon->sold < coupon->stock;
	sale->passed[SALE_LIMIT] = limit == 0 || sale->count.n_purchases < limit;
	sale->passed[SALE_BALANCE] = sale->user.account.balance_coins >= price;
	sale->passed[SALE_OVERFLOW] =
		ledger_fits(&sale->business.account, price) &&
		ledger_fits(&sale->counters.commission, sale->commission_coins);
}

/* ---- Words ---- */

enum pp_reason sale_reason(enum sale_rule rule)
{
	static const enum pp_reason reasons[SALE_RULE_COUNT] = {
		[SALE_VERSION_HONOURED] = PP_REASON_COUPON_VERSION_EXPIRED,
		[SALE_ACTIVE] = PP_REASON_COUPON_NOT_ACTIVE,
		[SALE_STARTED] = PP_REASON_COUPON_NOT_STARTED,
		[SALE_NOT_OVER] = PP_REASON_COUPON_EXPIRED,
		[SALE_PRICE] = PP_REASON_PRICE_CHANGED,
		[SALE_STOCK] = PP_REASON_SOLD_OUT,
		[SALE_LIMIT] = PP_REASON_USER_LIMIT_REACHED,
		[SALE_BALANCE] = PP_REASON_INSUFFICIENT_COINS,
		[SALE_OVERFLOW] = PP_REASON_BALANCE_OVERFLOW,
	};

	ASSERT((unsigned)rule < SALE_RULE_COUNT);
	return reasons[rule];
}

const char *sale_field(const struct sale *sale, enum sale_rule rule)
{
	switch (rule) {
	case SALE_VERSION_HONOURED:
		return sale->request->version != 0 ? "version" : "as_of_revision";
	case SALE_ACTIVE:
	case SALE_STARTED:
	case SALE_NOT_OVER: return "coupon_id";
	case SALE_PRICE: return "max_price_coins";
	default: return NULL;
	}
}

static const char *window_message(struct run *run, const struct sale *sale)
{
	const struct version_record *seen = &sale->seen.version;
	const struct pp_terms *current = &sale->current.terms;

	if (seen->version < sale->coupon.honour_floor)
		return arena_printf(run->arena,
			"Version %" PRIu32 " of coupon %s was withdrawn and is not honoured. The "
			"current version is %" PRIu32 ", %s at %" PRId64
			" PeepCoins. Nothing was charged.",
			seen->version, current->name, sale->current.version,
			terms_state_name(current->state), current->price_coins);
	return arena_printf(run->arena,
		"Version %" PRIu32
		" of coupon %s was superseded at %s and was honoured for %" PRId64
		" ms. The current version is %" PRIu32 ", %s at %" PRId64
		" PeepCoins. Nothing was charged.",
		seen->version, current->name, TIME_TEXT(sale->seen.superseded_at_ms),
		seen->terms.honour_ms, sale->current.version, terms_state_name(current->state),
		current->price_coins);
}

static const char *message(struct run *run, const struct sale *sale, enum sale_rule rule)
{
	const struct pp_terms *terms = &sale->offered->terms;
	uint32_t version = sale->offered->version;

	switch (rule) {
	case SALE_VERSION_HONOURED: return window_message(run, sale);
	case SALE_ACTIVE:
		return arena_printf(run->arena, "Coupon %s is %s at version %" PRIu32 ".",
			terms->name, terms_state_name(terms->state), version);
	case SALE_STARTED:
		return arena_printf(run->arena, "Coupon %s starts at %s; server time is %s.",
			terms->name, TIME_TEXT(terms->starts_at_ms), TIME_TEXT(run->now_ms));
	case SALE_NOT_OVER:
		return arena_printf(run->arena, "Coupon %s expired at %s; server time is %s.",
			terms->name, TIME_TEXT(terms->ends_at_ms), TIME_TEXT(run->now_ms));
	case SALE_PRICE:
		return arena_printf(run->arena,
			"Coupon %s costs %" PRId64 " PeepCoins at version %" PRIu32
			", more than the %" PRId64 " you allow. Nothing was charged.",
			terms->name, terms->price_coins, version, sale->request->max_price_coins);
	case SALE_STOCK:
		return arena_printf(run->arena,
			"Coupon %s is sold out: all %" PRId64 " pieces are gone.", terms->name,
			sale->coupon.stock);
	case SALE_LIMIT:
		return arena_printf(run->arena,
			"User %" PRIu64 " bought coupon %s %" PRIu64
			" times; the limit per user is %" PRIu32 ".",
			sale->user.user_id, terms->name, sale->count.n_purchases,
			sale->current.terms.per_user_limit);
	case SALE_BALANCE:
		return arena_printf(run->arena,
			"Coupon %s costs %" PRId64 " PeepCoins; user %" PRIu64 " has %" PRId64
			". Earn the missing %" PRId64 ", then buy under a new request id.",
			terms->name, terms->price_coins, sale->user.user_id,
			sale->user.account.balance_coins,
			terms->price_coins - sale->user.account.balance_coins);
	default:
		return arena_printf(run->arena,
			"The price would lift an account over %" PRId64
			" PeepCoins. Nothing was charged.",
			PP_COINS_MAX);
	}
}

const char *sale_message(struct run *run, const struct sale *sale, enum sale_rule rule)
{
	const char *text = message(run, sale, rule);

	if (text == NULL)
		run_too_big(run);
	return text;
}

struct pp_current_offer sale_offer(const struct sale *sale)
{
	return (struct pp_current_offer) {
		.coupon_id = sale->coupon.coupon_id,
		.current_version = sale->current.version,
		.price_coins = sale->current.terms.price_coins,
		.state = sale->current.terms.state,
	};
}

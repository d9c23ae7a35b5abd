#include "base/base.h"
#include "tests/integration/require.h"
#include "tests/integration/rows.h"

enum { NOBODY = 999999 };

static uint64_t new_coupon(struct world *world, int64_t price, int64_t stock)
{
	return make_coupon(world->client, world->alex, world->business, price, stock);
}

/* A coupon of these terms but for name and price. */
static uint64_t coupon_with(struct world *world, struct pp_terms terms)
{
	struct pp_request request;

	terms.name = fresh_name("Half off");
	terms.has_price_coins = true;
	terms.price_coins = 1;
	request = ask_create_coupon(world->alex, world->business, &terms);
	return call_ok(world->client, &request)->u.create_coupon.coupon_id;
}

/* A refusal charges nothing, and what it offers is of this coupon. */
static const struct pp_response *buy(struct world *world, struct pp_request *request)
{
	int64_t before = balance_of(world->watcher, PP_ACCOUNT_KIND_USER, world->josh);
	const struct pp_response *response = ask(world, request);
	int64_t after = balance_of(world->watcher, PP_ACCOUNT_KIND_USER, world->josh);

	REQUIRE(before == after, "%lld coins are gone", (long long)(before - after));
	if (response->status != NULL && response->status->current_offer != NULL)
		REQUIRE(response->status->current_offer->coupon_id ==
				request->u.purchase_coupon.coupon_id,
			"the offer is of another coupon");
	return response;
}

static const struct pp_response *buyer_is_nobody(struct world *world)
{
	struct pp_request request = ask_purchase(NOBODY, new_coupon(world, 1, -1), 1);

	return buy(world, &request);
}

static const struct pp_response *buyer_is_the_operator(struct world *world)
{
	struct pp_request request = ask_purchase(0, new_coupon(world, 1, -1), 1);

	return buy(world, &request);
}

static const struct pp_response *no_coupon(struct world *world)
{
	struct pp_request request = ask_purchase(world->josh, NOBODY, 1);

	return buy(world, &request);
}

static const struct pp_response *no_version(struct world *world)
{
	struct pp_request request = ask_purchase(world->josh, new_coupon(world, 1, -1), 2);

	return buy(world, &request);
}

static const struct pp_response *future_revision(struct world *world)
{
	struct pp_request request = ask_purchase(world->josh, new_coupon(world, 1, -1), 0);

	request.u.purchase_coupon.as_of_revision = revision_of(world->client) + 1;
	return buy(world, &request);
}

static const struct pp_response *before_the_coupon_was(struct world *world)
{
	uint64_t revision = revision_of(world->client);
	struct pp_request request = ask_purchase(world->josh, new_coupon(world, 1, -1), 0);

	request.u.purchase_coupon.as_of_revision = revision;
	return buy(world, &request);
}

static const struct pp_response *window_is_over(struct world *world)
{
	uint64_t coupon = new_coupon(world, 1, -1);
	struct pp_request request = ask_purchase(world->josh, coupon, 1);
	const struct pp_response *response;

	(void)edit_price(world->client, world->alex, coupon, 1, 2);
	process_advance(&world->process, PP_HONOUR_MS_DEFAULT);
	response = buy(world, &request);
	REQUIRE(response->status != NULL && response->status->current_offer != NULL &&
			response->status->current_offer->current_version == 2 &&
			response->status->current_offer->price_coins == 2,
		"with the current version and its price");
	return response;
}

static const struct pp_response *paused(struct world *world)
{
	struct pp_terms terms = { .state = PP_COUPON_STATE_PAUSED };
	struct pp_request request = ask_purchase(world->josh, coupon_with(world, terms), 1);

	return buy(world, &request);
}

static const struct pp_response *not_started(struct world *world)
{
	struct pp_terms terms = {
		.has_starts_at_ms = true,
		.starts_at_ms = time_of(world->client) + 1,
	};
	struct pp_request request = ask_purchase(world->josh, coupon_with(world, terms), 1);

	return buy(world, &request);
}

static const struct pp_response *ended_by_its_date(struct world *world)
{
	struct pp_terms terms = {
		.has_ends_at_ms = true,
		.ends_at_ms = time_of(world->client) + 1000,
	};
	uint64_t coupon = coupon_with(world, terms);
	struct pp_request request = ask_purchase(world->josh, coupon, 1);

	process_advance(&world->process, 999);
	(void)call_ok(world->client, &request);
	request.has_request_id = false;
	process_advance(&world->process, 1);
	return buy(world, &request);
}

static const struct pp_response *dearer_than_allowed(struct world *world)
{
	struct pp_request request = ask_purchase(world->josh, new_coupon(world, 6, -1), 1);
	const struct pp_response *response;

	request.u.purchase_coupon.has_max_price_coins = true;
	request.u.purchase_coupon.max_price_coins = 5;
	response = buy(world, &request);
	REQUIRE(response->status != NULL && response->status->current_offer != NULL &&
			response->status->current_offer->price_coins == 6,
		"with the current price");
	return response;
}

static const struct pp_response *sold_out(struct world *world)
{
	struct pp_request request = ask_purchase(world->josh, new_coupon(world, 1, 1), 1);

	(void)call_ok(world->client, &request);
	request.has_request_id = false;
	return buy(world, &request);
}

static const struct pp_response *over_the_limit(struct world *world)
{
	struct pp_terms terms = { .has_per_user_limit = true, .per_user_limit = 1 };
	struct pp_request request = ask_purchase(world->josh, coupon_with(world, terms), 1);

	(void)call_ok(world->client, &request);
	request.has_request_id = false;
	return buy(world, &request);
}

static const struct pp_response *too_poor(struct world *world)
{
	uint64_t user = make_user(world->client, "pauper", 4);
	struct pp_request request = ask_purchase(user, new_coupon(world, 5, -1), 1);

	return buy(world, &request);
}

static const struct pp_response *check_by_nobody(struct world *world)
{
	struct pp_request request = ask_check(NOBODY, new_coupon(world, 1, -1), 1);

	return ask(world, &request);
}

static const struct pp_response *check_of_no_coupon(struct world *world)
{
	struct pp_request request = ask_check(world->josh, NOBODY, 1);

	return ask(world, &request);
}

static const struct row table[] = {
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_FIELD_MISSING, buyer_is_the_operator },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_USER_NOT_FOUND, buyer_is_nobody },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_COUPON_NOT_FOUND, no_coupon },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_NO_SUCH_VERSION, no_version },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_COUPON_NOT_FOUND, before_the_coupon_was },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_REVISION_IN_FUTURE, future_revision },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_COUPON_VERSION_EXPIRED, window_is_over },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_COUPON_NOT_ACTIVE, paused },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_COUPON_NOT_STARTED, not_started },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_COUPON_EXPIRED, ended_by_its_date },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_PRICE_CHANGED, dearer_than_allowed },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_SOLD_OUT, sold_out },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_USER_LIMIT_REACHED, over_the_limit },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_INSUFFICIENT_COINS, too_poor },
	{ PP_KIND_CHECK_PURCHASE, PP_REASON_USER_NOT_FOUND, check_by_nobody },
	{ PP_KIND_CHECK_PURCHASE, PP_REASON_COUPON_NOT_FOUND, check_of_no_coupon },
};

const struct rows rows_purchase = { table, ARRAY_LEN(table) };

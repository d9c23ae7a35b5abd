/* Rows of stock, restored versions, redemptions, refunds and their lists: accepted and refused. */
#include <string.h>

#include "base/base.h"
#include "tests/integration/plant.h"
#include "tests/integration/require.h"
#include "tests/integration/rows.h"

enum { NOBODY = 999999, DAY_MS = 24 * 3600 * 1000 };

/* A receipt, with its code copied. */
struct bought {
	uint64_t purchase;
	uint64_t buyer;
	uint64_t coupon;
	char code[64];
};

static struct bought buy(struct world *world, uint64_t coupon)
{
	struct bought bought = { .coupon = coupon,
		.buyer = make_user(world->client, "buyer", 100) };
	struct pp_request request = ask_purchase(bought.buyer, coupon, 1);
	const struct pp_purchase *purchase =
		call_ok(world->client, &request)->u.purchase_coupon.purchase;

	bought.purchase = purchase->purchase_id;
	snprintf(bought.code, sizeof(bought.code), "%s", purchase->code);
	return bought;
}

static struct bought buy_any(struct world *world)
{
	return buy(world, make_coupon(world->client, world->alex, world->business, 40, -1));
}

static struct pp_request ask_adjust(uint64_t actor, uint64_t coupon, int64_t delta)
{
	return (struct pp_request) {
		.kind = PP_KIND_ADJUST_STOCK,
		.acting_user = actor,
		.u.adjust_stock = { .coupon_id = coupon, .delta = delta },
	};
}

static struct pp_request ask_redeem(uint64_t actor, uint64_t business, const char *code)
{
	return (struct pp_request) {
		.kind = PP_KIND_REDEEM_PURCHASE,
		.acting_user = actor,
		.u.redeem_purchase = { .business_id = business, .code = code },
	};
}

static struct pp_request ask_refund(uint64_t actor, uint64_t purchase)
{
	return (struct pp_request) {
		.kind = PP_KIND_REFUND_PURCHASE,
		.acting_user = actor,
		.u.refund_purchase = { .purchase_id = purchase, .reason = "it was cold" },
	};
}

/* ---- Accepted ---- */

static const struct pp_response *adjust_stock(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 1, 3);
	struct pp_request request = ask_adjust(world->alex, coupon, -3);
	const struct pp_response *response = ask(world, &request);

	REQUIRE(response->u.adjust_stock.stock_left == 0, "all gone");
	request = ask_adjust(0, coupon, 7);
	response = ask(world, &request);
	REQUIRE(response->u.adjust_stock.stock_left == 7, "and back");
	return response;
}

static const struct pp_response *restore_version(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 20, -1);
	struct pp_request request = {
		.kind = PP_KIND_EDIT_COUPON,
		.acting_user = world->alex,
		.u.edit_coupon = { .coupon_id = coupon, .restore_version = 1 },
	};

	request.u.edit_coupon.base_version = edit_price(world->client, world->alex, coupon, 1, 30);
	const struct pp_response *response = ask(world, &request);
	REQUIRE(response->u.edit_coupon.version == 3, "a new version");
	return response;
}

static const struct pp_response *list_versions(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 20, -1);
	struct pp_request request = {
		.kind = PP_KIND_LIST_COUPON_VERSIONS,
		.u.list_coupon_versions = { .coupon_id = coupon },
	};

	(void)edit_price(world->client, world->alex, coupon, 1, 30);
	const struct pp_response *response = ask(world, &request);
	const struct pp_list_coupon_versions_response *page = &response->u.list_coupon_versions;
	REQUIRE(page->n_versions == 2, "%zu", page->n_versions);
	REQUIRE(page->versions[0]->terms->price_coins == 20, "from the first on");
	REQUIRE(page->versions[1]->version == 2, "to the current one");
	return response;
}

static const struct pp_response *redeem(struct world *world)
{
	struct bought bought = buy_any(world);
	struct pp_request request = ask_redeem(world->alex, world->business, bought.code);
	const struct pp_response *response = ask(world, &request);
	const struct pp_purchase *purchase = response->u.redeem_purchase.purchase;

	REQUIRE(purchase->purchase_id == bought.purchase, "found by its code");
	REQUIRE(purchase->state == PP_PURCHASE_STATE_REDEEMED, "state %d", (int)purchase->state);
	REQUIRE(purchase->redeemed_at_ms == response->time_ms, "when");
	return response;
}

static const struct pp_response *refund(struct world *world)
{
	struct bought bought = buy_any(world);
	struct pp_request request = ask_refund(world->alex, bought.purchase);
	const struct pp_response *response = ask(world, &request);

	REQUIRE(response->u.refund_purchase.balance_coins == 100, "the whole price");
	REQUIRE(response->u.refund_purchase.purchase->state == PP_PURCHASE_STATE_REFUNDED,
		"refunded");
	REQUIRE(!response->u.refund_purchase.purchase->stock_returned, "KEEP_STOCK");
	return response;
}

static const struct pp_response *list_purchases(struct world *world)
{
	struct bought bought = buy_any(world);
	struct pp_request request = {
		.kind = PP_KIND_LIST_PURCHASES,
		.u.list_purchases = { .user_id = bought.buyer },
	};
	const struct pp_response *response = ask(world, &request);
	const struct pp_list_purchases_response *page = &response->u.list_purchases;

	REQUIRE(page->n_purchases == 1, "%zu", page->n_purchases);
	REQUIRE(strcmp(page->purchases[0]->code, bought.code) == 0, "with its code");
	return response;
}

/* ---- Refused ---- */

static const struct pp_response *adjust_unlimited(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 1, -1);
	struct pp_request request = ask_adjust(world->alex, coupon, 1);

	return ask(world, &request);
}

static const struct pp_response *adjust_below_zero(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 1, 3);
	struct pp_request request = ask_adjust(world->alex, coupon, -4);

	return ask(world, &request);
}

static const struct pp_response *adjust_by_a_stranger(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 1, 3);
	struct pp_request request = ask_adjust(world->robin, coupon, 1);

	return ask(world, &request);
}

static const struct pp_response *versions_of_nothing(struct world *world)
{
	struct pp_request request = {
		.kind = PP_KIND_LIST_COUPON_VERSIONS,
		.u.list_coupon_versions = { .coupon_id = NOBODY },
	};

	return ask(world, &request);
}

static const struct pp_response *redeem_twice(struct world *world)
{
	struct bought bought = buy_any(world);
	struct pp_request request = ask_redeem(world->alex, world->business, bought.code);

	(void)call_ok(world->client, &request);
	request.has_request_id = false;
	return ask(world, &request);
}

static const struct pp_response *redeem_refunded(struct world *world)
{
	struct bought bought = buy_any(world);
	struct pp_request request = ask_refund(0, bought.purchase);

	(void)call_ok(world->client, &request);
	request = ask_redeem(world->alex, world->business, bought.code);
	return ask(world, &request);
}

static const struct pp_response *refund_twice(struct world *world)
{
	struct bought bought = buy_any(world);
	struct pp_request request = ask_refund(0, bought.purchase);

	(void)call_ok(world->client, &request);
	request.has_request_id = false;
	return ask(world, &request);
}

static const struct pp_response *redeem_too_late(struct world *world)
{
	struct pp_terms terms = terms_of(fresh_name("Today only"), 1);
	struct pp_request request = ask_create_coupon(world->alex, world->business, &terms);

	terms.has_redeem_within_ms = true;
	terms.redeem_within_ms = DAY_MS;
	struct bought bought =
		buy(world, call_ok(world->client, &request)->u.create_coupon.coupon_id);
	process_advance(&world->process, DAY_MS);
	request = ask_redeem(world->alex, world->business, bought.code);
	return ask(world, &request);
}

static const struct pp_response *redeem_elsewhere(struct world *world)
{
	uint64_t other = make_business(world->client, world->alex, 0);
	struct bought bought = buy_any(world);
	struct pp_request request = ask_redeem(world->alex, other, bought.code);

	return ask(world, &request);
}

static const struct pp_response *redeem_by_a_stranger(struct world *world)
{
	struct bought bought = buy_any(world);
	struct pp_request request = ask_redeem(world->robin, world->business, bought.code);

	return ask(world, &request);
}

static const struct pp_response *redeem_no_code(struct world *world)
{
	struct pp_request request = ask_redeem(world->alex, world->business, "HELLO");

	return ask(world, &request);
}

static const struct pp_response *refund_nothing(struct world *world)
{
	struct pp_request request = ask_refund(0, NOBODY);

	return ask(world, &request);
}

static const struct pp_response *refund_by_the_buyer(struct world *world)
{
	struct bought bought = buy_any(world);
	struct pp_request request = ask_refund(bought.buyer, bought.purchase);

	return ask(world, &request);
}

static void plant_poverty(struct world *world, void *context)
{
	plant_balance_of_business(world->other.store_path, *(const uint64_t *)context, 1);
}

/* Nothing takes coins from a business yet but a refund: it is planted that they are gone. */
static const struct pp_response *refund_by_a_poor_business(struct world *world)
{
	other_open(world, NULL);
	struct pp_client *client = world->other_client;
	uint64_t alex = make_user(client, "alex", 0);
	uint64_t business = make_business(client, alex, 0);
	uint64_t coupon = make_coupon(client, alex, business, 40, -1);
	uint64_t buyer = make_user(client, "buyer", 100);
	struct pp_request request = ask_purchase(buyer, coupon, 1);
	uint64_t purchase = call_ok(client, &request)->u.purchase_coupon.purchase->purchase_id;

	other_change(world, NULL, plant_poverty, &business);
	request = ask_refund(alex, purchase);
	return ask_other(world, &request);
}

static const struct pp_response *purchases_of_nobody(struct world *world)
{
	struct pp_request request = {
		.kind = PP_KIND_LIST_PURCHASES,
		.u.list_purchases = { .user_id = NOBODY },
	};

	return ask(world, &request);
}

static const struct row table[] = {
	{ PP_KIND_ADJUST_STOCK, PP_REASON_NONE, adjust_stock },
	{ PP_KIND_EDIT_COUPON, PP_REASON_NONE, restore_version },
	{ PP_KIND_LIST_COUPON_VERSIONS, PP_REASON_NONE, list_versions },
	{ PP_KIND_REDEEM_PURCHASE, PP_REASON_NONE, redeem },
	{ PP_KIND_REFUND_PURCHASE, PP_REASON_NONE, refund },
	{ PP_KIND_LIST_PURCHASES, PP_REASON_NONE, list_purchases },
	{ PP_KIND_ADJUST_STOCK, PP_REASON_STOCK_UNLIMITED, adjust_unlimited },
	{ PP_KIND_ADJUST_STOCK, PP_REASON_STOCK_OUT_OF_RANGE, adjust_below_zero },
	{ PP_KIND_ADJUST_STOCK, PP_REASON_NOT_AN_OWNER, adjust_by_a_stranger },
	{ PP_KIND_LIST_COUPON_VERSIONS, PP_REASON_COUPON_NOT_FOUND, versions_of_nothing },
	{ PP_KIND_REDEEM_PURCHASE, PP_REASON_ALREADY_REDEEMED, redeem_twice },
	{ PP_KIND_REDEEM_PURCHASE, PP_REASON_ALREADY_REFUNDED, redeem_refunded },
	{ PP_KIND_REDEEM_PURCHASE, PP_REASON_PURCHASE_EXPIRED, redeem_too_late },
	{ PP_KIND_REDEEM_PURCHASE, PP_REASON_PURCHASE_NOT_FOUND, redeem_elsewhere },
	{ PP_KIND_REDEEM_PURCHASE, PP_REASON_NOT_AN_OWNER, redeem_by_a_stranger },
	{ PP_KIND_REDEEM_PURCHASE, PP_REASON_FIELD_INVALID, redeem_no_code },
	{ PP_KIND_REFUND_PURCHASE, PP_REASON_PURCHASE_NOT_FOUND, refund_nothing },
	{ PP_KIND_REFUND_PURCHASE, PP_REASON_NOT_AN_OWNER, refund_by_the_buyer },
	{ PP_KIND_REFUND_PURCHASE, PP_REASON_ALREADY_REFUNDED, refund_twice },
	{ PP_KIND_REFUND_PURCHASE, PP_REASON_BUSINESS_INSUFFICIENT_COINS,
		refund_by_a_poor_business },
	{ PP_KIND_LIST_PURCHASES, PP_REASON_USER_NOT_FOUND, purchases_of_nobody },
};

const struct rows rows_fate = { table, ARRAY_LEN(table) };

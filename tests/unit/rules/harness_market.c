#include "harness_market.h"

#include <stdlib.h>
#include <string.h>

struct market market_new(struct pp_terms terms, int64_t stock, int64_t josh_coins)
{
	struct market market = { .harness = harness_new() };

	market.owner = make_user(market.harness, "Owner");
	market.josh = make_rich_user(market.harness, "Josh", josh_coins);
	market.stranger = make_user(market.harness, "Sam");
	market.business = make_business(market.harness, market.owner, "Fried and Loaded", 250);
	market.coupon =
		make_coupon_of(market.harness, market.owner, market.business, &terms, stock);
	return market;
}

struct pp_terms market_terms(int64_t price_coins)
{
	return (struct pp_terms) {
		.name = "Fries", .has_price_coins = true, .price_coins = price_coins
	};
}

const struct pp_purchase *market_buy(struct market *market)
{
	uint64_t version = coupon_of(market->harness, market->coupon).version;
	const struct pp_response *reply =
		ask_purchase(market->harness, market->josh, market->coupon, version);

	EXPECT_OK(reply);
	return reply->u.purchase_coupon.purchase;
}

const struct pp_purchase *purchase_of(struct harness *harness, uint64_t purchase_id)
{
	struct pp_request request = harness_request(PP_KIND_GET_PURCHASE, 0);

	request.u.get_purchase.purchase_id = purchase_id;
	const struct pp_response *reply = harness_look(harness, &request);
	EXPECT_OK(reply);
	return reply->u.get_purchase.purchase;
}

struct pp_request redeem_request(uint64_t actor, uint64_t business_id, const char *code)
{
	struct pp_request request = harness_request(PP_KIND_REDEEM_PURCHASE, actor);

	request.u.redeem_purchase =
		(struct pp_redeem_purchase_request) { .business_id = business_id, .code = code };
	return request;
}

const struct pp_response *ask_redeem(
	struct harness *harness, uint64_t actor, uint64_t business_id, const char *code)
{
	struct pp_request request = redeem_request(actor, business_id, code);

	return harness_ask(harness, &request);
}

struct pp_request refund_request(uint64_t actor, uint64_t purchase_id, const char *reason)
{
	struct pp_request request = harness_request(PP_KIND_REFUND_PURCHASE, actor);

	request.u.refund_purchase =
		(struct pp_refund_purchase_request) { .purchase_id = purchase_id,
			.reason = reason };
	return request;
}

const struct pp_response *ask_refund(struct harness *harness, uint64_t actor, uint64_t purchase_id)
{
	struct pp_request request = refund_request(actor, purchase_id, NULL);

	return harness_ask(harness, &request);
}

const struct pp_response *ask_adjust(
	struct harness *harness, uint64_t actor, uint64_t coupon_id, int64_t delta)
{
	struct pp_request request = harness_request(PP_KIND_ADJUST_STOCK, actor);

	request.u.adjust_stock =
		(struct pp_adjust_stock_request) { .coupon_id = coupon_id, .delta = delta };
	return harness_ask(harness, &request);
}

struct counters_record counters_of(struct harness *harness)
{
	struct counters_record counters;
	struct key key;

	key_of_counters(&key);
	const struct harness_record *record = harness_find(harness, &key);
	cr_assert(record != NULL);
	struct span bytes = { .data = record->bytes, .len = record->len };
	cr_assert(record_counters_decode(bytes, NULL, &counters));
	return counters;
}

void expect_replay(const struct pp_response *first, const struct pp_response *again)
{
	struct pp_response expected = *first;

	expected.replayed = true;
	char *text = strdup(harness_text(&expected));
	cr_expect_str_eq(harness_text(again), text);
	free(text);
}

void expect_conserved(const struct market *market)
{
	struct harness *harness = market->harness;

	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_USER, market->josh) +
			     balance_of(harness, PP_ACCOUNT_KIND_USER, market->owner) +
			     balance_of(harness, PP_ACCOUNT_KIND_USER, market->stranger) +
			     balance_of(harness, PP_ACCOUNT_KIND_BUSINESS, market->business) +
			     balance_of(harness, PP_ACCOUNT_KIND_COMMISSION, 0) +
			     balance_of(harness, PP_ACCOUNT_KIND_ISSUANCE, 0),
		0);
}

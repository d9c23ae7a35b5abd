#include <string.h>

#include "harness_market.h"
#include "harness_verify.h"

Test(stock, is_adjusted_by_what_comes_and_goes)
{
	struct market market = market_new(market_terms(1), 3, 100);
	static const struct {
		int64_t delta;
		int64_t left;
	} rows[] = { { 5, 7 }, { -7, 0 }, { 1, 1 }, { -1, 0 }, { 2, 2 } };

	market_buy(&market);
	uint32_t version = coupon_of(market.harness, market.coupon).version;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct pp_response *reply =
			ask_adjust(market.harness, market.owner, market.coupon, rows[i].delta);
		EXPECT_OK(reply);
		cr_expect_eq(reply->u.adjust_stock.coupon_id, market.coupon);
		cr_expect_eq(reply->u.adjust_stock.stock_left, rows[i].left, "row %zu", i);
		cr_expect_eq(reply->revision, market.harness->revision);
	}
	struct coupon_record coupon = coupon_of(market.harness, market.coupon);
	cr_expect(coupon.stock == 3 && coupon.sold == 1);
	cr_expect_eq(coupon.version, version, "it makes no version");
	market_buy(&market);
	market_buy(&market);
	EXPECT_REFUSED(
		ask_purchase(market.harness, market.josh, market.coupon, 1), PP_REASON_SOLD_OUT);
	EXPECT_OK(ask_adjust(market.harness, 0, market.coupon, 1));
	market_buy(&market);
	harness_verify(market.harness);
	harness_free(market.harness);
}

Test(stock, refuses_in_order_of_precedence)
{
	struct market market = market_new(market_terms(1), 3, 100);
	struct pp_terms unlimited = { .name = "Shake", .has_price_coins = true };
	uint64_t shake =
		make_coupon_of(market.harness, market.owner, market.business, &unlimited, -1);

	market_buy(&market);
	EXPECT_REFUSED(
		ask_adjust(market.harness, market.stranger, 999, -9), PP_REASON_COUPON_NOT_FOUND);
	EXPECT_REFUSED(ask_adjust(market.harness, market.stranger, shake + 1, -9),
		PP_REASON_COUPON_NOT_FOUND);
	EXPECT_REFUSED(
		ask_adjust(market.harness, market.stranger, shake, -9), PP_REASON_NOT_AN_OWNER);
	EXPECT_REFUSED(
		ask_adjust(market.harness, market.owner, shake, -9), PP_REASON_STOCK_UNLIMITED);
	edit_state(market.harness, market.owner, shake, PP_COUPON_STATE_ENDED, PP_SUPERSEDE_SOFT);
	EXPECT_REFUSED(ask_adjust(market.harness, market.owner, shake, -9), PP_REASON_COUPON_ENDED);
	EXPECT_REFUSED(
		ask_adjust(market.harness, market.stranger, shake, -9), PP_REASON_NOT_AN_OWNER);
	EXPECT_REFUSED(ask_adjust(market.harness, market.owner, market.coupon, -3),
		PP_REASON_STOCK_OUT_OF_RANGE);
	edit_state(market.harness, market.owner, market.coupon, PP_COUPON_STATE_PAUSED,
		PP_SUPERSEDE_SOFT);
	EXPECT_OK(ask_adjust(market.harness, market.owner, market.coupon, -2));
	edit_state(market.harness, market.owner, market.coupon, PP_COUPON_STATE_ENDED,
		PP_SUPERSEDE_SOFT);
	EXPECT_REFUSED(ask_adjust(market.harness, market.owner, market.coupon, -3),
		PP_REASON_COUPON_ENDED);
	harness_free(market.harness);
}

Test(stock, stays_within_what_can_be_counted)
{
	static const struct {
		int64_t delta;
		enum pp_reason reason;
	} rows[] = { { PP_COINS_MAX - 2, PP_REASON_STOCK_OUT_OF_RANGE },
		{ PP_COINS_MAX, PP_REASON_STOCK_OUT_OF_RANGE },
		{ -PP_COINS_MAX, PP_REASON_STOCK_OUT_OF_RANGE },
		{ PP_COINS_MAX - 3, PP_REASON_NONE }, { 1, PP_REASON_STOCK_OUT_OF_RANGE },
		{ -PP_COINS_MAX, PP_REASON_STOCK_OUT_OF_RANGE },
		{ -(PP_COINS_MAX - 1), PP_REASON_NONE }, { -1, PP_REASON_STOCK_OUT_OF_RANGE } };
	struct market market = market_new(market_terms(1), 3, 100);

	market_buy(&market);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct pp_response *reply =
			ask_adjust(market.harness, market.owner, market.coupon, rows[i].delta);
		cr_expect_eq(
			reason_of(reply), rows[i].reason, "row %zu: %s", i, harness_text(reply));
	}
	cr_expect_eq(coupon_of(market.harness, market.coupon).stock, 1);
	harness_free(market.harness);
}

Test(stock, answers_a_repeated_request_as_the_first_time)
{
	struct market market = market_new(market_terms(1), 3, 100);
	struct pp_request request = harness_request(PP_KIND_ADJUST_STOCK, market.owner);

	request.u.adjust_stock =
		(struct pp_adjust_stock_request) { .coupon_id = market.coupon, .delta = 4 };
	request.validate_only = true;
	const struct pp_response *reply = harness_ask(market.harness, &request);
	EXPECT_OK(reply);
	cr_expect_eq(reply->u.adjust_stock.stock_left, 7);
	cr_expect_eq(coupon_of(market.harness, market.coupon).stock, 3, "nothing was written");
	request.validate_only = false;
	const struct pp_response *first = harness_ask(market.harness, &request);
	EXPECT_OK(first);
	EXPECT_OK(ask_adjust(market.harness, market.owner, market.coupon, 10));
	market_buy(&market);
	market.harness->now_ms += 5;
	expect_replay(first, harness_ask(market.harness, &request));
	cr_expect_eq(coupon_of(market.harness, market.coupon).stock, 17);
	/* A refusal is repeated too, also once it would be accepted. */
	request = harness_request(PP_KIND_ADJUST_STOCK, market.owner);
	request.u.adjust_stock =
		(struct pp_adjust_stock_request) { .coupon_id = market.coupon, .delta = -17 };
	first = harness_ask(market.harness, &request);
	EXPECT_REFUSED(first, PP_REASON_STOCK_OUT_OF_RANGE);
	EXPECT_OK(ask_adjust(market.harness, market.owner, market.coupon, 1));
	expect_replay(first, harness_ask(market.harness, &request));
	harness_free(market.harness);
}

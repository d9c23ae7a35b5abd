#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "domain/rules/text.h"
#include "harness_market.h"
#include "harness_verify.h"

Test(redeem, hands_a_purchase_over_once)
{
	struct market market = market_new(market_terms(40), 3, 100);
	const struct pp_purchase *bought = market_buy(&market);

	market.harness->now_ms += 1000;
	int64_t at_ms = market.harness->now_ms;
	const struct pp_response *reply =
		ask_redeem(market.harness, market.owner, market.business, bought->code);
	EXPECT_OK(reply);
	const struct pp_purchase *redeemed = reply->u.redeem_purchase.purchase;
	cr_expect_eq(redeemed->purchase_id, bought->purchase_id);
	cr_expect_str_eq(redeemed->code, bought->code);
	cr_expect_str_eq(redeemed->coupon_name, "Fries");
	cr_expect_eq(redeemed->state, PP_PURCHASE_STATE_REDEEMED);
	cr_expect(redeemed->has_redeemed_at_ms && redeemed->redeemed_at_ms == at_ms);
	cr_expect_eq(redeemed->redeemed_by, market.owner);
	cr_expect(!redeemed->has_refunded_at_ms && !redeemed->stock_returned);
	cr_expect_eq(redeemed->revision, bought->revision, "that of the purchase");
	cr_expect_eq(reply->revision, bought->revision + 1);
	market.harness->now_ms += 1000;
	reply = ask_redeem(market.harness, market.owner, market.business, bought->code);
	EXPECT_REFUSED(reply, PP_REASON_ALREADY_REDEEMED);
	cr_expect(strstr(reply->status->message, TIME_TEXT(at_ms)) != NULL, "%s",
		reply->status->message);
	cr_expect_eq(counters_of(market.harness).n_redeemed, 1);
	cr_expect_eq(coupon_of(market.harness, market.coupon).sold, 1);
	expect_conserved(&market);
	harness_verify(market.harness);
	harness_free(market.harness);
}

Test(redeem, lets_the_operator_and_every_owner)
{
	struct market market = market_new(market_terms(0), -1, 100);
	const struct pp_purchase *first = market_buy(&market);
	const struct pp_purchase *second = market_buy(&market);
	struct pp_request request = harness_request(PP_KIND_ADD_OWNER, market.owner);

	request.u.add_owner.business_id = market.business;
	request.u.add_owner.user_id = market.stranger;
	EXPECT_OK(harness_ask(market.harness, &request));
	EXPECT_OK(ask_redeem(market.harness, 0, market.business, first->code));
	EXPECT_OK(ask_redeem(market.harness, market.stranger, market.business, second->code));
	const struct pp_purchase *by_operator = purchase_of(market.harness, first->purchase_id);
	cr_expect(by_operator->has_redeemed_at_ms && by_operator->redeemed_by == 0);
	cr_expect_eq(
		purchase_of(market.harness, second->purchase_id)->redeemed_by, market.stranger);
	harness_free(market.harness);
}

Test(redeem, refuses_in_order_of_precedence)
{
	struct pp_terms terms = market_terms(40);
	terms.has_redeem_within_ms = true;
	terms.redeem_within_ms = 1000;
	struct market market = market_new(terms, -1, 1000);
	struct harness *harness = market.harness;
	uint64_t other = make_business(harness, market.stranger, "Other", 0);
	const struct pp_purchase *refunded = market_buy(&market);
	const struct pp_purchase *redeemed = market_buy(&market);
	const struct pp_purchase *left = market_buy(&market);
	const char *unknown = text_of_code(4, 0).text;

	EXPECT_OK(ask_redeem(harness, market.owner, market.business, refunded->code));
	EXPECT_OK(ask_refund(harness, market.owner, refunded->purchase_id));
	EXPECT_OK(ask_redeem(harness, market.owner, market.business, redeemed->code));
	harness->now_ms += 1000; /* all of them have expired too */
	EXPECT_REFUSED(ask_redeem(harness, market.stranger, 9, "0-0000-0000-0000"),
		PP_REASON_BUSINESS_NOT_FOUND);
	EXPECT_REFUSED(ask_redeem(harness, market.stranger, market.business, unknown),
		PP_REASON_NOT_AN_OWNER);
	EXPECT_REFUSED(ask_redeem(harness, market.owner, market.business, unknown),
		PP_REASON_PURCHASE_NOT_FOUND);
	EXPECT_REFUSED(ask_redeem(harness, market.owner, market.business, "0-0000-0000-0000"),
		PP_REASON_PURCHASE_NOT_FOUND);
	EXPECT_REFUSED(ask_redeem(harness, market.stranger, other, refunded->code),
		PP_REASON_PURCHASE_NOT_FOUND);
	EXPECT_REFUSED(ask_redeem(harness, market.owner, market.business, refunded->code),
		PP_REASON_ALREADY_REFUNDED);
	EXPECT_REFUSED(ask_redeem(harness, market.owner, market.business, redeemed->code),
		PP_REASON_ALREADY_REDEEMED);
	EXPECT_REFUSED(ask_redeem(harness, market.owner, market.business, left->code),
		PP_REASON_PURCHASE_EXPIRED);
	cr_expect_eq(counters_of(harness).n_redeemed, 2);
	harness_verify(harness);
	harness_free(harness);
}

/* A code is nothing without every bit of its secret, and tells nothing when it is wrong. */
Test(redeem, needs_the_whole_secret)
{
	struct market market = market_new(market_terms(40), -1, 100);
	const struct pp_purchase *bought = market_buy(&market);
	char *message = NULL;
	uint64_t id;
	uint64_t secret;

	cr_assert(text_parse_code(bought->code, &id, &secret));
	cr_expect_eq(id, bought->purchase_id);
	for (int bit = 0; bit < 60; bit++) {
		struct text code = text_of_code(id, secret ^ UINT64_C(1) << bit);
		const struct pp_response *reply =
			ask_redeem(market.harness, market.owner, market.business, code.text);
		EXPECT_REFUSED(reply, PP_REASON_PURCHASE_NOT_FOUND);
		cr_expect_str_eq(reply->status->field, "code");
		if (message == NULL)
			message = strdup(reply->status->message);
		cr_expect_str_eq(reply->status->message, message);
	}
	free(message);
	EXPECT_OK(ask_redeem(market.harness, market.owner, market.business, bought->code));
	harness_free(market.harness);
}

Test(redeem, takes_a_code_as_people_type_it)
{
	struct market market = market_new(market_terms(0), -1, 1);
	static const char *const forms[] = { "plain", "lower", "no hyphens", "spaces" };

	for (size_t form = 0; form < ARRAY_LEN(forms); form++) {
		const struct pp_purchase *bought = market_buy(&market);
		char typed[64];
		size_t n = 0;
		for (const char *at = bought->code; *at != '\0'; at++) {
			char c = form == 1 ? (char)tolower(*at) : *at;
			if (form >= 2 && c == '0')
				c = form == 2 ? 'O' : 'o';
			if (form >= 2 && c == '1')
				c = form == 2 ? 'I' : 'l';
			if (form == 2 && c == '-')
				continue;
			typed[n++] = form == 3 && c == '-' ? ' ' : c;
		}
		typed[n] = '\0';
		const struct pp_response *reply =
			ask_redeem(market.harness, market.owner, market.business, typed);
		cr_expect(is_ok(reply), "%s: %s: %s", forms[form], typed, harness_text(reply));
	}
	harness_free(market.harness);
}

Test(redeem, closes_its_window_to_the_millisecond)
{
	static const struct {
		int64_t within_ms;
		int64_t after_ms;
		enum pp_reason reason;
		enum pp_purchase_state shown; /* before the attempt */
	} rows[] = {
		{ 1000, 0, PP_REASON_NONE, PP_PURCHASE_STATE_ISSUED },
		{ 1000, 999, PP_REASON_NONE, PP_PURCHASE_STATE_ISSUED },
		{ 1000, 1000, PP_REASON_PURCHASE_EXPIRED, PP_PURCHASE_STATE_EXPIRED },
		{ 1000, 1001, PP_REASON_PURCHASE_EXPIRED, PP_PURCHASE_STATE_EXPIRED },
		{ 1, 0, PP_REASON_NONE, PP_PURCHASE_STATE_ISSUED },
		{ 1, 1, PP_REASON_PURCHASE_EXPIRED, PP_PURCHASE_STATE_EXPIRED },
		{ 0, INT64_C(1) << 40, PP_REASON_NONE, PP_PURCHASE_STATE_ISSUED },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pp_terms terms = market_terms(40);
		terms.has_redeem_within_ms = true;
		terms.redeem_within_ms = rows[i].within_ms;
		struct market market = market_new(terms, -1, 100);
		const struct pp_purchase *bought = market_buy(&market);
		market.harness->now_ms += rows[i].after_ms;
		cr_expect_eq(purchase_of(market.harness, bought->purchase_id)->state, rows[i].shown,
			"row %zu", i);
		const struct pp_response *reply =
			ask_redeem(market.harness, market.owner, market.business, bought->code);
		cr_expect_eq(
			reason_of(reply), rows[i].reason, "row %zu: %s", i, harness_text(reply));
		harness_free(market.harness);
	}
}

/* Whatever the owner does to the coupon, what was bought stays bought. */
Test(redeem, does_not_mind_what_became_of_the_coupon)
{
	struct market market = market_new(market_terms(40), 1, 100);
	const struct pp_purchase *bought = market_buy(&market);
	struct pp_terms changes = { .name = "Salad",
		.has_price_coins = true,
		.price_coins = 90,
		.has_redeem_within_ms = true,
		.redeem_within_ms = 1,
		.has_ends_at_ms = true,
		.ends_at_ms = market.harness->now_ms + 1 };

	EXPECT_OK(ask_edit(market.harness, market.owner, market.coupon, 1, &changes));
	edit_state(market.harness, market.owner, market.coupon, PP_COUPON_STATE_ENDED,
		PP_SUPERSEDE_HARD);
	market.harness->now_ms += 100 * PP_HONOUR_MS_DEFAULT;
	const struct pp_response *reply =
		ask_redeem(market.harness, market.owner, market.business, bought->code);
	EXPECT_OK(reply);
	cr_expect_str_eq(reply->u.redeem_purchase.purchase->coupon_name, "Fries");
	cr_expect(!reply->u.redeem_purchase.purchase->has_redeem_until_ms);
	harness_free(market.harness);
}

Test(redeem, answers_a_repeated_request_as_the_first_time)
{
	struct market market = market_new(market_terms(40), -1, 100);
	struct harness *harness = market.harness;
	const struct pp_purchase *bought = market_buy(&market);
	struct pp_request request = redeem_request(market.owner, market.business, bought->code);
	struct pp_request second = redeem_request(market.owner, market.business, bought->code);

	request.validate_only = true;
	const struct pp_response *tried = harness_ask(harness, &request);
	EXPECT_OK(tried);
	cr_expect_eq(tried->u.redeem_purchase.purchase->state, PP_PURCHASE_STATE_REDEEMED);
	cr_expect_eq(tried->u.redeem_purchase.purchase->purchase_id, bought->purchase_id);
	cr_expect_eq(purchase_of(harness, bought->purchase_id)->state, PP_PURCHASE_STATE_ISSUED);
	request.validate_only = false;
	const struct pp_response *first = harness_ask(harness, &request);
	EXPECT_OK(first);
	const struct pp_response *refused = harness_ask(harness, &second);
	EXPECT_REFUSED(refused, PP_REASON_ALREADY_REDEEMED);
	harness->now_ms += 1000;
	expect_replay(first, harness_ask(harness, &request));
	/* Its answer stays what it was when the purchase is refunded later. */
	EXPECT_OK(ask_refund(harness, market.owner, bought->purchase_id));
	harness->now_ms += 1000;
	expect_replay(first, harness_ask(harness, &request));
	request.validate_only = true;
	expect_replay(first, harness_ask(harness, &request));
	expect_replay(refused, harness_ask(harness, &second));
	cr_expect_eq(counters_of(harness).n_redeemed, 1);
	harness_free(harness);
}

#include <stdlib.h>
#include <string.h>

#include "domain/rules/text.h"
#include "harness_market.h"
#include "harness_verify.h"

Test(refund, gives_the_whole_price_back)
{
	struct market market = market_new(market_terms(1000), -1, 1500);
	struct harness *harness = market.harness;
	const struct pp_purchase *bought = market_buy(&market);
	struct pp_request request = refund_request(market.owner, bought->purchase_id, "no fries");

	cr_assert_eq(bought->commission_coins, 25);
	harness->now_ms += 10;
	const struct pp_response *reply = harness_ask(harness, &request);
	EXPECT_OK(reply);
	const struct pp_purchase *refunded = reply->u.refund_purchase.purchase;
	cr_expect_eq(reply->u.refund_purchase.balance_coins, 1500);
	cr_expect_eq(refunded->purchase_id, bought->purchase_id);
	cr_expect_eq(refunded->state, PP_PURCHASE_STATE_REFUNDED);
	cr_expect(refunded->has_refunded_at_ms && refunded->refunded_at_ms == harness->now_ms);
	cr_expect_eq(refunded->refunded_by, market.owner);
	cr_expect_str_eq(refunded->refund_reason, "no fries");
	cr_expect(!refunded->has_redeemed_at_ms && !refunded->stock_returned);
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_USER, market.josh), 1500);
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_BUSINESS, market.business), 0);
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_COMMISSION, 0), 0);
	cr_expect_eq(counters_of(harness).n_refunded, 1);
	cr_expect_eq(counters_of(harness).n_redeemed, 0);
	EXPECT_REFUSED(
		ask_refund(harness, market.owner, bought->purchase_id), PP_REASON_ALREADY_REFUNDED);
	expect_conserved(&market);
	harness_verify(harness);
	harness_free(harness);
}

/* By price and rate: what goes back, and how many ledger entries that makes. */
Test(refund, moves_no_coins_where_there_are_none)
{
	static const struct {
		int64_t price;
		uint32_t commission_bp;
		uint64_t n_entries; /* of the buyer: earning, buying, refunds */
	} rows[] = { { 0, 250, 1 }, { 10, 0, 3 }, { 10, 10000, 3 }, { 10, 5000, 4 }, { 10, 250, 3 },
		{ PP_COINS_MAX, 9999, 4 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct harness *harness = harness_new();
		uint64_t josh = make_rich_user(harness, "Josh", PP_COINS_MAX);
		uint64_t business = make_business(harness, josh, "Own", rows[i].commission_bp);
		uint64_t coupon = make_coupon(harness, josh, business, "C", rows[i].price);
		struct pp_account account = { .kind = PP_ACCOUNT_KIND_USER, .id = josh };
		struct pp_request request = harness_request(PP_KIND_GET_BALANCE, 0);

		EXPECT_OK(ask_purchase(harness, josh, coupon, 1));
		EXPECT_OK(ask_refund(harness, 0, 1));
		request.u.get_balance.account = &account;
		const struct pp_response *reply = harness_look(harness, &request);
		cr_expect_eq(reply->u.get_balance.balance_coins, PP_COINS_MAX);
		cr_expect_eq(reply->u.get_balance.n_entries, rows[i].n_entries, "row %zu", i);
		cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_BUSINESS, business), 0);
		cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_COMMISSION, 0), 0);
		harness_verify(harness);
		harness_free(harness);
	}
}

/* The commission that was taken goes back, whatever the rate is now. */
Test(refund, knows_the_commission_of_its_time)
{
	struct market market = market_new(market_terms(1000), -1, 1000);
	struct harness *harness = market.harness;
	const struct pp_purchase *bought = market_buy(&market);
	struct pp_request request = harness_request(PP_KIND_EDIT_BUSINESS, 0);
	struct pp_business_profile profile = { .has_commission_bp = true, .commission_bp = 5000 };

	request.u.edit_business =
		(struct pp_edit_business_request) { .business_id = market.business,
			.base_version = 1,
			.fields = PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION),
			.profile = &profile };
	EXPECT_OK(harness_ask(harness, &request));
	EXPECT_OK(ask_refund(harness, market.owner, bought->purchase_id));
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_USER, market.josh), 1000);
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_COMMISSION, 0), 0);
	harness_free(harness);
}

static void expect_returned(
	bool policy, bool redeemed, bool expired, int64_t stock, bool later_policy)
{
	struct pp_terms terms = market_terms(10);
	struct pp_terms later = { .refund_policy = later_policy ? PP_REFUND_POLICY_RETURN_STOCK
								: PP_REFUND_POLICY_KEEP_STOCK };
	bool returned = policy && !redeemed;
	terms.refund_policy = policy ? PP_REFUND_POLICY_RETURN_STOCK : PP_REFUND_POLICY_NONE;
	terms.has_per_user_limit = true;
	terms.per_user_limit = 1;
	terms.has_redeem_within_ms = true;
	terms.redeem_within_ms = 100;
	struct market market = market_new(terms, stock, 1000);
	struct harness *harness = market.harness;

	const struct pp_purchase *bought = market_buy(&market);
	if (later_policy != policy)
		EXPECT_OK(ask_edit(harness, market.owner, market.coupon, 1, &later));
	if (redeemed)
		EXPECT_OK(ask_redeem(harness, market.owner, market.business, bought->code));
	harness->now_ms += expired ? 100 : 99;
	const struct pp_response *reply = ask_refund(harness, market.owner, bought->purchase_id);
	EXPECT_OK(reply);
	const struct pp_purchase *refunded = reply->u.refund_purchase.purchase;
	cr_expect_eq(refunded->stock_returned, returned);
	cr_expect_eq(refunded->has_redeemed_at_ms, redeemed);
	struct coupon_record coupon = coupon_of(harness, market.coupon);
	cr_expect_eq(coupon.sold, returned ? 0 : 1);
	cr_expect(coupon.has_stock == (stock >= 0) && (stock < 0 || coupon.stock == stock));
	enum pp_reason again = returned     ? PP_REASON_NONE
			       : stock == 1 ? PP_REASON_SOLD_OUT
					    : PP_REASON_USER_LIMIT_REACHED;
	reply = ask_purchase(harness, market.josh, market.coupon, coupon.version);
	cr_expect_eq(reason_of(reply), again, "%s", harness_text(reply));
	expect_conserved(&market);
	harness_verify(harness);
	harness_free(harness);
}

Test(refund, returns_the_piece_if_its_terms_say_so)
{
	static const int64_t stocks[] = { -1, 1, 5 };

	for (size_t i = 0; i < ARRAY_LEN(stocks); i++)
		for (unsigned bits = 0; bits < 16; bits++)
			expect_returned(bits & 1, bits & 2, bits & 4, stocks[i], bits & 8);
}

Test(refund, of_an_ended_coupon_returns_its_piece_too)
{
	struct pp_terms terms = market_terms(10);
	terms.refund_policy = PP_REFUND_POLICY_RETURN_STOCK;
	struct market market = market_new(terms, 1, 1000);
	const struct pp_purchase *bought = market_buy(&market);

	edit_state(market.harness, market.owner, market.coupon, PP_COUPON_STATE_ENDED,
		PP_SUPERSEDE_HARD);
	EXPECT_OK(ask_refund(market.harness, market.owner, bought->purchase_id));
	cr_expect_eq(coupon_of(market.harness, market.coupon).sold, 0);
	harness_verify(market.harness);
	harness_free(market.harness);
}

static void set_balance(struct market *market, int64_t of_josh, int64_t of_business)
{
	struct business_record business;
	struct user_record josh;
	struct key key;

	key_of_business(market->business, &key);
	const struct harness_record *record = harness_find(market->harness, &key);
	struct span bytes = { .data = record->bytes, .len = record->len };
	cr_assert(record_business_decode(bytes, NULL, &business));
	business.name = "Fried and Loaded";
	business.address = "";
	business.account.balance_coins = of_business;
	store_business(market->harness, &business);
	key_of_user(market->josh, &key);
	record = harness_find(market->harness, &key);
	bytes = (struct span) { .data = record->bytes, .len = record->len };
	cr_assert(record_user_decode(bytes, NULL, &josh));
	josh.name = "Josh";
	josh.account.balance_coins = of_josh;
	store_user(market->harness, &josh);
}

Test(refund, refuses_in_order_of_precedence)
{
	struct market market = market_new(market_terms(1000), -1, 2000);
	struct harness *harness = market.harness;
	uint64_t first = market_buy(&market)->purchase_id;
	uint64_t second = market_buy(&market)->purchase_id;

	EXPECT_OK(ask_refund(harness, market.owner, first));
	/* As if the business had spent its coins, and Josh earned all there are. */
	set_balance(&market, PP_COINS_MAX - 999, 974);
	EXPECT_REFUSED(ask_refund(harness, market.stranger, 3), PP_REASON_PURCHASE_NOT_FOUND);
	EXPECT_REFUSED(ask_refund(harness, market.stranger, first), PP_REASON_NOT_AN_OWNER);
	EXPECT_REFUSED(ask_refund(harness, market.josh, second), PP_REASON_NOT_AN_OWNER);
	EXPECT_REFUSED(ask_refund(harness, market.owner, first), PP_REASON_ALREADY_REFUNDED);
	EXPECT_REFUSED(
		ask_refund(harness, market.owner, second), PP_REASON_BUSINESS_INSUFFICIENT_COINS);
	set_balance(&market, PP_COINS_MAX - 999, 975);
	EXPECT_REFUSED(ask_refund(harness, market.owner, second), PP_REASON_BALANCE_OVERFLOW);
	set_balance(&market, PP_COINS_MAX - 1000, 975);
	cr_expect_eq(counters_of(harness).n_refunded, 1);
	EXPECT_OK(ask_refund(harness, 0, second));
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_USER, market.josh), PP_COINS_MAX);
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_BUSINESS, market.business), 0);
	harness_free(harness);
}

Test(refund, follows_a_redemption_and_ends_everything)
{
	struct market market = market_new(market_terms(10), -1, 100);
	struct harness *harness = market.harness;
	const struct pp_purchase *bought = market_buy(&market);

	EXPECT_OK(ask_redeem(harness, market.owner, market.business, bought->code));
	int64_t redeemed_at_ms = harness->now_ms;
	harness->now_ms += 7;
	EXPECT_OK(ask_refund(harness, 0, bought->purchase_id));
	const struct pp_purchase *shown = purchase_of(harness, bought->purchase_id);
	cr_expect_eq(shown->state, PP_PURCHASE_STATE_REFUNDED);
	cr_expect(shown->has_redeemed_at_ms && shown->redeemed_at_ms == redeemed_at_ms);
	cr_expect_eq(shown->redeemed_by, market.owner);
	cr_expect(shown->has_refunded_at_ms && shown->refunded_at_ms == redeemed_at_ms + 7);
	cr_expect(shown->refunded_by == 0 && shown->refund_reason == NULL);
	const struct pp_response *reply =
		ask_redeem(harness, market.owner, market.business, bought->code);
	EXPECT_REFUSED(reply, PP_REASON_ALREADY_REFUNDED);
	cr_expect(strstr(reply->status->message, TIME_TEXT(redeemed_at_ms + 7)) != NULL);
	cr_expect_eq(counters_of(harness).n_redeemed, 1);
	cr_expect_eq(counters_of(harness).n_refunded, 1);
	harness_verify(harness);
	harness_free(harness);
}

Test(refund, answers_repeated_requests_as_the_first_time)
{
	struct market market = market_new(market_terms(10), 5, 100);
	struct harness *harness = market.harness;
	struct pp_request buy = harness_request(PP_KIND_PURCHASE_COUPON, market.josh);

	buy.u.purchase_coupon =
		(struct pp_purchase_request) { .coupon_id = market.coupon, .version = 1 };
	const struct pp_response *bought = harness_ask(harness, &buy);
	EXPECT_OK(bought);
	uint64_t id = bought->u.purchase_coupon.purchase->purchase_id;
	struct pp_request request = refund_request(market.owner, id, "");
	struct pp_request second = refund_request(market.owner, id, NULL);
	request.validate_only = true;
	const struct pp_response *tried = harness_ask(harness, &request);
	EXPECT_OK(tried);
	cr_expect_eq(tried->u.refund_purchase.purchase->purchase_id, id);
	cr_expect_eq(tried->u.refund_purchase.balance_coins, 100);
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_USER, market.josh), 90);
	request.validate_only = false;
	const struct pp_response *first = harness_ask(harness, &request);
	EXPECT_OK(first);
	cr_expect_eq(first->u.refund_purchase.purchase->refund_reason, NULL, "none was given");
	const struct pp_response *refused = harness_ask(harness, &second);
	EXPECT_REFUSED(refused, PP_REASON_ALREADY_REFUNDED);
	market_buy(&market);
	harness->now_ms += 1000;
	expect_replay(first, harness_ask(harness, &request));
	expect_replay(refused, harness_ask(harness, &second));
	/* The answer to the purchase shows what was bought then, not what became of it. */
	expect_replay(bought, harness_ask(harness, &buy));
	cr_expect_eq(counters_of(harness).n_refunded, 1);
	harness_free(harness);
}

/* Damage that would take a balance or a count below 0 ends the decision, and writes nothing. */
Test(refund, stops_at_damage)
{
	struct pp_terms terms = market_terms(1000);
	terms.refund_policy = PP_REFUND_POLICY_RETURN_STOCK;

	for (int damage = 0; damage < 4; damage++) {
		struct market market = market_new(terms, -1, 1000);
		struct coupon_record coupon = coupon_of(market.harness, market.coupon);
		const struct pp_purchase *bought = market_buy(&market);
		struct key key;
		if (damage == 0)
			store_coupon(market.harness, &coupon);
		if (damage == 1)
			key_of_count(market.josh, market.coupon, &key);
		if (damage == 2)
			key_of_user(market.josh, &key);
		if (damage == 3)
			key_of_version(market.coupon, 1, &key);
		if (damage > 0)
			harness_remove(market.harness, &key);
		ask_refund(market.harness, market.owner, bought->purchase_id);
		cr_expect_eq(market.harness->step, STEP_CORRUPT, "damage %d", damage);
		cr_expect_eq(market.harness->n_writes, 0);
		harness_free(market.harness);
	}
}

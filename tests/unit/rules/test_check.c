#include <string.h>

#include "harness.h"

struct shop {
	struct harness *harness;
	uint64_t owner;
	uint64_t josh;
	uint64_t coupon;
};

static struct shop shop_new(void)
{
	struct shop shop = { .harness = harness_new() };
	struct pp_terms terms = { .name = "Fries", .has_price_coins = true, .price_coins = 10 };

	shop.owner = make_user(shop.harness, "Owner");
	shop.josh = make_rich_user(shop.harness, "Josh", 25);
	uint64_t business = make_business(shop.harness, shop.owner, "Fried", 100);
	shop.coupon = make_coupon_of(shop.harness, shop.owner, business, &terms, 2);
	return shop;
}

static const struct pp_response *check(
	struct shop *shop, uint64_t buyer, struct pp_purchase_request what)
{
	struct pp_request request = harness_request(PP_KIND_CHECK_PURCHASE, buyer);

	what.coupon_id = what.coupon_id == 0 ? shop->coupon : what.coupon_id;
	request.u.check_purchase = what;
	return harness_look(shop->harness, &request);
}

/* The rules that are not passed, as a string of 0 and 1 in order of precedence. */
static const char *verdicts(const struct pp_response *reply)
{
	static const enum pp_reason order[] = { PP_REASON_COUPON_VERSION_EXPIRED,
		PP_REASON_COUPON_NOT_ACTIVE, PP_REASON_COUPON_NOT_STARTED, PP_REASON_COUPON_EXPIRED,
		PP_REASON_PRICE_CHANGED, PP_REASON_SOLD_OUT, PP_REASON_USER_LIMIT_REACHED,
		PP_REASON_INSUFFICIENT_COINS, PP_REASON_BALANCE_OVERFLOW };
	static char text[16];
	const struct pp_check_purchase_response *body = &reply->u.check_purchase;
	bool ok = true;

	EXPECT_OK(reply);
	cr_assert_eq(body->n_verdicts, ARRAY_LEN(order));
	for (size_t i = 0; i < ARRAY_LEN(order); i++) {
		cr_assert_eq(body->verdicts[i]->rule, order[i]);
		cr_assert(body->verdicts[i]->message != NULL);
		text[i] = body->verdicts[i]->passed ? '1' : '0';
		ok = ok && body->verdicts[i]->passed;
	}
	text[ARRAY_LEN(order)] = '\0';
	cr_assert_eq(body->ok, ok);
	return text;
}

Test(check, gives_a_quote_that_a_purchase_can_name)
{
	struct shop shop = shop_new();

	const struct pp_response *reply =
		check(&shop, shop.josh, (struct pp_purchase_request) { .version = 1 });
	cr_expect_str_eq(verdicts(reply), "111111111");
	const struct pp_quote *quote = reply->u.check_purchase.quote;
	cr_expect(quote->coupon_id == shop.coupon && quote->version == 1);
	cr_expect(quote->price_coins == 10 && quote->revision == shop.harness->revision);
	cr_expect(quote->at_ms == shop.harness->now_ms && !quote->has_honoured_until_ms);
	cr_expect_eq(reply->u.check_purchase.balance_coins, 25);
	edit_price(shop.harness, shop.owner, shop.coupon, 24);
	struct pp_request buy = harness_request(PP_KIND_PURCHASE_COUPON, shop.josh);
	buy.u.purchase_coupon = (struct pp_purchase_request) { .coupon_id = shop.coupon,
		.version = quote->version,
		.has_max_price_coins = true,
		.max_price_coins = quote->price_coins };
	reply = harness_ask(shop.harness, &buy);
	EXPECT_OK(reply);
	cr_expect_eq(reply->u.purchase_coupon.purchase->price_coins, 10);
	harness_free(shop.harness);
}

Test(check, gives_every_verdict_and_changes_nothing)
{
	struct shop shop = shop_new();
	const struct pp_purchase_request seen = {
		.version = 1, .has_max_price_coins = true, .max_price_coins = 9
	};
	size_t n_records = shop.harness->n_records;

	cr_expect_str_eq(verdicts(check(&shop, shop.josh, seen)), "111101111");
	cr_expect_str_eq(verdicts(check(&shop, shop.owner, seen)), "111101101");
	cr_expect_eq(shop.harness->n_records, n_records);
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	struct pp_terms terms = { .state = PP_COUPON_STATE_PAUSED,
		.has_starts_at_ms = true,
		.starts_at_ms = HARNESS_START_MS + 10,
		.has_ends_at_ms = true,
		.ends_at_ms = HARNESS_START_MS + 20,
		.has_per_user_limit = true,
		.per_user_limit = 2 };
	EXPECT_OK(ask_edit(shop.harness, shop.owner, shop.coupon, 1, &terms));
	cr_expect_str_eq(verdicts(check(&shop, shop.josh, seen)), "111100001");
	struct pp_purchase_request now = { .version = 2 };
	cr_expect_str_eq(verdicts(check(&shop, shop.josh, now)), "100110001");
	shop.harness->now_ms = HARNESS_START_MS + 20;
	cr_expect_str_eq(verdicts(check(&shop, shop.josh, now)), "101010001");
	cr_expect_str_eq(verdicts(check(&shop, shop.josh, seen)), "111100001");
	shop.harness->now_ms += PP_HONOUR_MS_DEFAULT;
	const struct pp_response *reply = check(&shop, shop.josh, seen);
	cr_expect_str_eq(verdicts(reply), "011100001");
	cr_expect_eq(reply->u.check_purchase.quote, NULL);
	harness_free(shop.harness);
}

Test(check, quotes_what_a_purchase_would_cost)
{
	struct shop shop = shop_new();
	struct pp_purchase_request seen = { .version = 1 };

	edit_price(shop.harness, shop.owner, shop.coupon, 4);
	const struct pp_response *reply = check(&shop, shop.josh, seen);
	const struct pp_quote *quote = reply->u.check_purchase.quote;
	cr_expect(quote->version == 2 && quote->price_coins == 4);
	cr_expect(!quote->has_honoured_until_ms);
	seen.price_policy = PP_PRICE_POLICY_AS_SEEN;
	quote = check(&shop, shop.josh, seen)->u.check_purchase.quote;
	cr_expect(quote->version == 1 && quote->price_coins == 10);
	cr_expect(quote->has_honoured_until_ms);
	cr_expect_eq(quote->honoured_until_ms, HARNESS_START_MS + PP_HONOUR_MS_DEFAULT);
	harness_free(shop.harness);
}

Test(check, prefers_a_cheaper_version_only_when_it_is_valid_now)
{
	struct shop shop = shop_new();
	struct pp_terms later = { .has_starts_at_ms = true, .starts_at_ms = HARNESS_START_MS + 5 };
	const struct pp_purchase_request seen = { .version = 2 };

	EXPECT_OK(ask_edit(shop.harness, shop.owner, shop.coupon, 1, &later));
	edit_price(shop.harness, shop.owner, shop.coupon, 4);
	const struct pp_response *reply = check(&shop, shop.josh, seen);
	cr_expect_str_eq(verdicts(reply), "110111111");
	cr_expect_eq(reply->u.check_purchase.quote->version, 2);
	shop.harness->now_ms += 5;
	reply = check(&shop, shop.josh, seen);
	cr_expect_str_eq(verdicts(reply), "111111111");
	cr_expect_eq(reply->u.check_purchase.quote->version, 3);
	harness_free(shop.harness);
}

Test(check, is_refused_in_order_of_precedence)
{
	struct shop shop = shop_new();
	struct pp_purchase_request what = { .coupon_id = 9, .version = 9 };

	EXPECT_REFUSED(check(&shop, 99, what), PP_REASON_USER_NOT_FOUND);
	EXPECT_REFUSED(check(&shop, shop.josh, what), PP_REASON_COUPON_NOT_FOUND);
	what.coupon_id = 0;
	EXPECT_REFUSED(check(&shop, shop.josh, what), PP_REASON_NO_SUCH_VERSION);
	what = (struct pp_purchase_request) { .as_of_revision = 99 };
	EXPECT_REFUSED(check(&shop, shop.josh, what), PP_REASON_REVISION_IN_FUTURE);
	harness_free(shop.harness);
}

/* ---- GetPurchase ---- */

static const struct pp_response *get(
	struct shop *shop, uint64_t actor, uint64_t id, const struct pp_uuid *request_id)
{
	struct pp_request request = harness_request(PP_KIND_GET_PURCHASE, actor);

	request.u.get_purchase.purchase_id = id;
	if (request_id != NULL) {
		request.u.get_purchase.has_request_id = true;
		request.u.get_purchase.request_id = *request_id;
	}
	return harness_look(shop->harness, &request);
}

Test(check, finds_purchases_by_id_and_by_request)
{
	struct shop shop = shop_new();
	struct pp_request buy = harness_request(PP_KIND_PURCHASE_COUPON, shop.josh);

	buy.u.purchase_coupon =
		(struct pp_purchase_request) { .coupon_id = shop.coupon, .version = 1 };
	const struct pp_purchase *bought =
		harness_ask(shop.harness, &buy)->u.purchase_coupon.purchase;
	edit_price(shop.harness, shop.owner, shop.coupon, 99);
	const struct pp_response *reply = get(&shop, 0, bought->purchase_id, NULL);
	EXPECT_OK(reply);
	const struct pp_purchase *found = reply->u.get_purchase.purchase;
	cr_expect_str_eq(found->code, bought->code);
	cr_expect(found->revision == bought->revision && found->price_coins == 10);
	cr_expect_eq(memcmp(&found->request_id, &buy.request_id, sizeof(buy.request_id)), 0);
	cr_expect_str_eq(found->coupon_name, "Fries");
	reply = get(&shop, shop.josh, 0, &buy.request_id);
	EXPECT_OK(reply);
	cr_expect_eq(reply->u.get_purchase.purchase->purchase_id, bought->purchase_id);
	EXPECT_REFUSED(get(&shop, shop.owner, 0, &buy.request_id), PP_REASON_PURCHASE_NOT_FOUND);
	EXPECT_REFUSED(get(&shop, 0, bought->purchase_id + 1, NULL), PP_REASON_PURCHASE_NOT_FOUND);
	harness_free(shop.harness);
}

Test(check, derives_that_a_purchase_expired)
{
	struct shop shop = shop_new();
	struct pp_terms terms = { .has_redeem_within_ms = true, .redeem_within_ms = 100 };

	EXPECT_OK(ask_edit(shop.harness, shop.owner, shop.coupon, 1, &terms));
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 2));
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	shop.harness->now_ms += 99;
	cr_expect_eq(
		get(&shop, 0, 1, NULL)->u.get_purchase.purchase->state, PP_PURCHASE_STATE_ISSUED);
	shop.harness->now_ms += 1;
	cr_expect_eq(
		get(&shop, 0, 1, NULL)->u.get_purchase.purchase->state, PP_PURCHASE_STATE_EXPIRED);
	const struct pp_purchase *for_ever = get(&shop, 0, 2, NULL)->u.get_purchase.purchase;
	cr_expect(for_ever->state == PP_PURCHASE_STATE_ISSUED && !for_ever->has_redeem_until_ms);
	harness_free(shop.harness);
}

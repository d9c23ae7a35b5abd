#include <stdlib.h>
#include <string.h>

#include "harness.h"

/* Case 2 of the design: Josh reads a list and makes up his mind. */
struct shop {
	struct harness *harness;
	uint64_t owner;
	uint64_t josh;
	uint64_t business;
	uint64_t coupon;
};

static struct shop shop_new(int64_t coins, struct pp_terms *terms, int64_t stock)
{
	struct shop shop = { .harness = harness_new() };

	shop.owner = make_user(shop.harness, "Owner");
	shop.josh = coins > 0 ? make_rich_user(shop.harness, "Josh", coins)
			      : make_user(shop.harness, "Josh");
	shop.business = make_business(shop.harness, shop.owner, "Fried and Loaded", 250);
	shop.coupon = make_coupon_of(shop.harness, shop.owner, shop.business, terms, stock);
	return shop;
}

static struct pp_terms fries(int64_t price)
{
	return (struct pp_terms) { .name = "Fries", .has_price_coins = true, .price_coins = price };
}

static const struct pp_response *buy(struct shop *shop, struct pp_purchase_request what)
{
	struct pp_request request = harness_request(PP_KIND_PURCHASE_COUPON, shop->josh);

	what.coupon_id = what.coupon_id == 0 ? shop->coupon : what.coupon_id;
	request.u.purchase_coupon = what;
	return harness_ask(shop->harness, &request);
}

Test(purchase, moves_the_coins_and_issues_the_coupon)
{
	struct pp_terms terms = fries(1000);
	terms.has_redeem_within_ms = true;
	terms.redeem_within_ms = 5000;
	struct shop shop = shop_new(1500, &terms, 3);

	shop.harness->now_ms += 10;
	const struct pp_response *reply = ask_purchase(shop.harness, shop.josh, shop.coupon, 1);
	EXPECT_OK(reply);
	const struct pp_purchase *purchase = reply->u.purchase_coupon.purchase;
	cr_expect(purchase->purchase_id == 1 && purchase->user_id == shop.josh);
	cr_expect(purchase->coupon_id == shop.coupon && purchase->business_id == shop.business);
	cr_expect_str_eq(purchase->coupon_name, "Fries");
	cr_expect(purchase->version == 1 && purchase->price_coins == 1000);
	cr_expect_eq(purchase->commission_coins, 25);
	cr_expect(!purchase->honoured && !purchase->has_honoured_until_ms);
	cr_expect(!purchase->bought_by_owner && purchase->state == PP_PURCHASE_STATE_ISSUED);
	cr_expect_eq(purchase->at_ms, shop.harness->now_ms);
	cr_expect(purchase->has_redeem_until_ms &&
		  purchase->redeem_until_ms == shop.harness->now_ms + 5000);
	cr_expect_eq(purchase->revision, shop.harness->revision);
	cr_expect_eq(strlen(purchase->code), 16);
	cr_expect_eq(strncmp(purchase->code, "1-", 2), 0, "its id");
	cr_expect(purchase->code[6] == '-' && purchase->code[11] == '-');
	cr_expect_eq(strpbrk(purchase->code, "ILOUilou"), NULL);
	cr_expect_eq(reply->u.purchase_coupon.balance_coins, 500);
	cr_expect_eq(balance_of(shop.harness, PP_ACCOUNT_KIND_USER, shop.josh), 500);
	cr_expect_eq(balance_of(shop.harness, PP_ACCOUNT_KIND_BUSINESS, shop.business), 975);
	cr_expect_eq(balance_of(shop.harness, PP_ACCOUNT_KIND_COMMISSION, 0), 25);
	cr_expect_eq(balance_of(shop.harness, PP_ACCOUNT_KIND_ISSUANCE, 0), -1500);
	cr_expect_eq(coupon_of(shop.harness, shop.coupon).sold, 1);
	harness_free(shop.harness);
}

Test(purchase, writes_postings_in_chains)
{
	struct pp_terms terms = fries(100);
	struct shop shop = shop_new(1000, &terms, -1);
	struct journal_record journal;
	struct key key;

	uint64_t credited = shop.harness->revision - 2; /* then business and coupon */
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	uint64_t first = shop.harness->revision;
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	key_of_journal(shop.harness->revision, &key);
	const struct harness_record *record = harness_find(shop.harness, &key);
	struct span span = { .data = record->bytes, .len = record->len };
	cr_assert(record_journal_decode(span, NULL, &journal));
	cr_assert_eq(journal.n_postings, 2);
	const struct posting *spend = &journal.postings[0];
	const struct posting *commission = &journal.postings[1];
	cr_expect(spend->kind == POSTING_SPEND && spend->amount_coins == 100);
	cr_expect(spend->debit_previous.revision == first && spend->debit_previous.index == 0);
	cr_expect(spend->credit_previous.revision == first && spend->credit_previous.index == 1);
	cr_expect(commission->kind == POSTING_COMMISSION && commission->amount_coins == 2);
	cr_expect(commission->debit_previous.revision == journal.revision &&
		  commission->debit_previous.index == 0);
	cr_expect(commission->credit_previous.revision == first &&
		  commission->credit_previous.index == 1);
	key_of_journal(first, &key);
	record = harness_find(shop.harness, &key);
	span = (struct span) { .data = record->bytes, .len = record->len };
	cr_assert(record_journal_decode(span, NULL, &journal));
	cr_expect_eq(journal.postings[0].debit_previous.revision, credited);
	cr_expect_eq(journal.postings[0].credit_previous.revision, 0);
	harness_free(shop.harness);
}

Test(purchase, of_price_0_makes_no_posting)
{
	struct pp_terms terms = fries(0);
	struct shop shop = shop_new(0, &terms, -1);
	struct pp_request request = harness_request(PP_KIND_GET_BALANCE, 0);
	struct pp_account account = { .kind = PP_ACCOUNT_KIND_USER, .id = shop.josh };

	const struct pp_response *reply = ask_purchase(shop.harness, shop.josh, shop.coupon, 1);
	EXPECT_OK(reply);
	cr_expect_eq(reply->u.purchase_coupon.balance_coins, 0);
	request.u.get_balance.account = &account;
	cr_expect_eq(harness_look(shop.harness, &request)->u.get_balance.n_entries, 0);
	harness_free(shop.harness);
}

Test(purchase, takes_commission_rounded_down)
{
	static const struct {
		int64_t price;
		uint32_t bp;
		int64_t commission;
	} rows[] = { { 39, 250, 0 }, { 40, 250, 1 }, { 1, 10000, 1 }, { 9999, 1, 0 },
		{ 10000, 1, 1 }, { PP_COINS_MAX, 10000, PP_COINS_MAX },
		{ PP_COINS_MAX, 9999, INT64_C(9006298534815516) }, { 123456789, 0, 0 } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct harness *harness = harness_new();
		uint64_t josh = make_rich_user(harness, "Josh", PP_COINS_MAX);
		uint64_t business = make_business(harness, josh, "Own", rows[i].bp);
		uint64_t coupon = make_coupon(harness, josh, business, "C", rows[i].price);
		const struct pp_response *reply = ask_purchase(harness, josh, coupon, 1);
		EXPECT_OK(reply);
		cr_expect_eq(reply->u.purchase_coupon.purchase->commission_coins,
			rows[i].commission, "row %zu", i);
		cr_expect(reply->u.purchase_coupon.purchase->bought_by_owner);
		cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_BUSINESS, business),
			rows[i].price - rows[i].commission);
		harness_free(harness);
	}
}

Test(purchase, refuses_in_order_of_precedence)
{
	struct pp_terms terms = fries(50);
	terms.has_per_user_limit = true;
	terms.per_user_limit = 1;
	terms.has_honour_ms = true;
	terms.honour_ms = 100;
	struct shop shop = shop_new(60, &terms, 1);
	int64_t start_ms = shop.harness->now_ms;
	uint64_t created = shop.harness->revision;

	/* Josh buys the only piece: from now on stock, limit and balance all refuse. */
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	struct pp_terms later = { .has_starts_at_ms = true, .starts_at_ms = start_ms + 1000 };
	EXPECT_OK(ask_edit(shop.harness, shop.owner, shop.coupon, 1, &later));
	edit_state(
		shop.harness, shop.owner, shop.coupon, PP_COUPON_STATE_PAUSED, PP_SUPERSEDE_SOFT);
	const struct pp_purchase_request seen_1 = {
		.version = 1, .has_max_price_coins = true, .max_price_coins = 49
	};
	struct pp_purchase_request request = seen_1;

	EXPECT_REFUSED(ask_purchase(shop.harness, 999, 999, 99), PP_REASON_USER_NOT_FOUND);
	request.coupon_id = shop.coupon + 1;
	request.version = 99;
	EXPECT_REFUSED(buy(&shop, request), PP_REASON_COUPON_NOT_FOUND);
	request = (struct pp_purchase_request) { .as_of_revision = created - 1 };
	EXPECT_REFUSED(buy(&shop, request), PP_REASON_COUPON_NOT_FOUND);
	request.as_of_revision = shop.harness->revision + 1;
	EXPECT_REFUSED(buy(&shop, request), PP_REASON_REVISION_IN_FUTURE);
	request = seen_1;
	request.version = 4;
	EXPECT_REFUSED(buy(&shop, request), PP_REASON_NO_SUCH_VERSION);
	request.version = UINT64_MAX;
	EXPECT_REFUSED(buy(&shop, request), PP_REASON_NO_SUCH_VERSION);
	shop.harness->now_ms = start_ms + 100;
	EXPECT_REFUSED(buy(&shop, seen_1), PP_REASON_COUPON_VERSION_EXPIRED);
	request.version = 3;
	EXPECT_REFUSED(buy(&shop, request), PP_REASON_COUPON_NOT_ACTIVE);
	shop.harness->now_ms = start_ms + 99;
	request.version = 2;
	EXPECT_REFUSED(buy(&shop, request), PP_REASON_COUPON_NOT_STARTED);
	EXPECT_REFUSED(buy(&shop, seen_1), PP_REASON_PRICE_CHANGED);
	request = seen_1;
	request.max_price_coins = 50;
	EXPECT_REFUSED(buy(&shop, request), PP_REASON_SOLD_OUT);
	struct coupon_record coupon = coupon_of(shop.harness, shop.coupon);
	coupon.stock = 2;
	store_coupon(shop.harness, &coupon);
	EXPECT_REFUSED(buy(&shop, request), PP_REASON_USER_LIMIT_REACHED);
	uint64_t poor = make_user(shop.harness, "Poor");
	const struct pp_response *reply = ask_purchase(shop.harness, poor, shop.coupon, 1);
	EXPECT_REFUSED(reply, PP_REASON_INSUFFICIENT_COINS);
	cr_assert(reply->status->current_offer != NULL);
	cr_expect(reply->status->current_offer->current_version == 3 &&
		  reply->status->current_offer->state == PP_COUPON_STATE_PAUSED);
	cr_expect(!reply->status->not_executed);
	cr_expect_eq(balance_of(shop.harness, PP_ACCOUNT_KIND_USER, shop.josh), 10);
	harness_free(shop.harness);
}

Test(purchase, expires_by_its_own_dates_without_a_window)
{
	struct pp_terms terms = fries(1);
	terms.has_ends_at_ms = true;
	terms.ends_at_ms = HARNESS_START_MS + 100;
	terms.has_starts_at_ms = true;
	terms.starts_at_ms = HARNESS_START_MS + 50;
	struct shop shop = shop_new(10, &terms, -1);
	static const struct {
		int64_t after_ms;
		enum pp_reason reason;
	} rows[] = { { 0, PP_REASON_COUPON_NOT_STARTED }, { 49, PP_REASON_COUPON_NOT_STARTED },
		{ 50, PP_REASON_NONE }, { 99, PP_REASON_NONE }, { 100, PP_REASON_COUPON_EXPIRED },
		{ 101, PP_REASON_COUPON_EXPIRED } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		shop.harness->now_ms = HARNESS_START_MS + rows[i].after_ms;
		const struct pp_response *reply =
			ask_purchase(shop.harness, shop.josh, shop.coupon, 1);
		cr_expect_eq(reason_of(reply), rows[i].reason, "after %d", (int)rows[i].after_ms);
	}
	harness_free(shop.harness);
}

Test(purchase, honours_what_was_seen_to_the_millisecond)
{
	static const struct {
		int64_t after_ms;
		bool honoured;
	} rows[] = { { 0, true }, { 1, true }, { PP_HONOUR_MS_DEFAULT - 1, true },
		{ PP_HONOUR_MS_DEFAULT, false }, { PP_HONOUR_MS_DEFAULT + 1, false } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		for (int by_revision = 0; by_revision < 2; by_revision++) {
			struct pp_terms terms = fries(10);
			struct shop shop = shop_new(100, &terms, -1);
			uint64_t seen_at = shop.harness->revision;
			shop.harness->now_ms += 12345;
			int64_t changed_ms = shop.harness->now_ms;
			edit_price(shop.harness, shop.owner, shop.coupon, 30);
			shop.harness->now_ms += rows[i].after_ms / 2;
			edit_price(shop.harness, shop.owner, shop.coupon, 40);
			shop.harness->now_ms = changed_ms + rows[i].after_ms;
			struct pp_purchase_request request = { .version = by_revision ? 0 : 1,
				.as_of_revision = by_revision ? seen_at : 0 };
			const struct pp_response *reply = buy(&shop, request);
			if (!rows[i].honoured) {
				EXPECT_REFUSED(reply, PP_REASON_COUPON_VERSION_EXPIRED);
				cr_expect_eq(reply->status->current_offer->price_coins, 40);
				cr_expect_eq(reply->status->current_offer->current_version, 3);
			} else {
				EXPECT_OK(reply);
				const struct pp_purchase *p = reply->u.purchase_coupon.purchase;
				cr_expect(p->version == 1 && p->price_coins == 10 && p->honoured);
				cr_expect_eq(
					p->honoured_until_ms, changed_ms + PP_HONOUR_MS_DEFAULT);
			}
			harness_free(shop.harness);
		}
	}
}

Test(purchase, never_honours_below_the_floor)
{
	struct pp_terms terms = fries(10);
	struct shop shop = shop_new(100, &terms, -1);
	struct pp_purchase_request seen = { .as_of_revision = shop.harness->revision };

	edit_state(
		shop.harness, shop.owner, shop.coupon, PP_COUPON_STATE_PAUSED, PP_SUPERSEDE_HARD);
	EXPECT_REFUSED(buy(&shop, seen), PP_REASON_COUPON_VERSION_EXPIRED);
	edit_state(
		shop.harness, shop.owner, shop.coupon, PP_COUPON_STATE_ACTIVE, PP_SUPERSEDE_SOFT);
	/* Version 3 has the very terms of version 1, and still: */
	EXPECT_REFUSED(buy(&shop, seen), PP_REASON_COUPON_VERSION_EXPIRED);
	EXPECT_REFUSED(ask_purchase(shop.harness, shop.josh, shop.coupon, 1),
		PP_REASON_COUPON_VERSION_EXPIRED);
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 3));
	harness_free(shop.harness);
}

Test(purchase, sells_an_active_version_after_a_soft_pause)
{
	struct pp_terms terms = fries(10);
	struct shop shop = shop_new(100, &terms, -1);

	edit_state(
		shop.harness, shop.owner, shop.coupon, PP_COUPON_STATE_PAUSED, PP_SUPERSEDE_SOFT);
	const struct pp_response *reply = ask_purchase(shop.harness, shop.josh, shop.coupon, 1);
	EXPECT_OK(reply);
	cr_expect(reply->u.purchase_coupon.purchase->honoured);
	EXPECT_REFUSED(
		ask_purchase(shop.harness, shop.josh, shop.coupon, 2), PP_REASON_COUPON_NOT_ACTIVE);
	harness_free(shop.harness);
}

Test(purchase, counts_equal_terms_as_current)
{
	struct pp_terms terms = fries(10);
	struct shop shop = shop_new(100, &terms, -1);

	edit_price(shop.harness, shop.owner, shop.coupon, 20);
	edit_price(shop.harness, shop.owner, shop.coupon, 10);
	shop.harness->now_ms += 10 * PP_HONOUR_MS_DEFAULT;
	const struct pp_response *reply = ask_purchase(shop.harness, shop.josh, shop.coupon, 1);
	EXPECT_OK(reply);
	const struct pp_purchase *purchase = reply->u.purchase_coupon.purchase;
	cr_expect(!purchase->honoured && purchase->version == 3 && purchase->price_coins == 10);
	EXPECT_REFUSED(ask_purchase(shop.harness, shop.josh, shop.coupon, 2),
		PP_REASON_COUPON_VERSION_EXPIRED);
	harness_free(shop.harness);
}

/* What the owner changes after Josh looked, and which version then prices his purchase. */
static const struct {
	const char *what;
	struct pp_terms change;
	enum pp_price_policy policy;
	uint64_t version;
	int64_t price;
} best_rows[] = {
	{ "cheaper", { .has_price_coins = true, .price_coins = 5 }, PP_PRICE_POLICY_NONE, 2, 5 },
	{ "cheaper, said so", { .has_price_coins = true, .price_coins = 5 },
		PP_PRICE_POLICY_BEST_FOR_BUYER, 2, 5 },
	{ "cheaper, as seen", { .has_price_coins = true, .price_coins = 5 },
		PP_PRICE_POLICY_AS_SEEN, 1, 10 },
	{ "dearer", { .has_price_coins = true, .price_coins = 15 }, PP_PRICE_POLICY_NONE, 1, 10 },
	{ "cheaper, but other words",
		{ .description = "small", .has_price_coins = true, .price_coins = 5 },
		PP_PRICE_POLICY_NONE, 1, 10 },
	{ "cheaper, but another window",
		{ .has_honour_ms = true,
			.honour_ms = 1,
			.has_price_coins = true,
			.price_coins = 5 },
		PP_PRICE_POLICY_NONE, 1, 10 },
	{ "cheaper, but paused",
		{ .state = PP_COUPON_STATE_PAUSED, .has_price_coins = true, .price_coins = 5 },
		PP_PRICE_POLICY_NONE, 1, 10 },
	{ "cheaper, but over",
		{ .has_ends_at_ms = true,
			.ends_at_ms = 1,
			.has_price_coins = true,
			.price_coins = 5 },
		PP_PRICE_POLICY_NONE, 1, 10 },
	{ "same price, other words", { .description = "small" }, PP_PRICE_POLICY_NONE, 1, 10 },
};

Test(purchase, never_mixes_terms_and_prefers_the_buyer)
{
	for (size_t i = 0; i < ARRAY_LEN(best_rows); i++) {
		struct pp_terms terms = fries(10);
		struct shop shop = shop_new(100, &terms, -1);
		struct pp_terms change = best_rows[i].change;
		EXPECT_OK(ask_edit(shop.harness, shop.owner, shop.coupon, 1, &change));
		struct pp_purchase_request request = { .version = 1,
			.price_policy = best_rows[i].policy };
		const struct pp_response *reply = buy(&shop, request);
		EXPECT_OK(reply);
		const struct pp_purchase *purchase = reply->u.purchase_coupon.purchase;
		cr_expect_eq(purchase->version, best_rows[i].version, "%s", best_rows[i].what);
		cr_expect_eq(purchase->price_coins, best_rows[i].price, "%s", best_rows[i].what);
		cr_expect_eq(
			purchase->honoured, best_rows[i].version == 1, "%s", best_rows[i].what);
		cr_expect_eq(purchase->has_honoured_until_ms, purchase->honoured);
		harness_free(shop.harness);
	}
}

Test(purchase, does_not_charge_a_cheaper_version_past_the_window)
{
	struct pp_terms terms = fries(10);
	struct shop shop = shop_new(100, &terms, -1);

	edit_price(shop.harness, shop.owner, shop.coupon, 5);
	shop.harness->now_ms += PP_HONOUR_MS_DEFAULT;
	EXPECT_REFUSED(ask_purchase(shop.harness, shop.josh, shop.coupon, 1),
		PP_REASON_COUPON_VERSION_EXPIRED);
	harness_free(shop.harness);
}

Test(purchase, takes_scarcity_from_now)
{
	struct pp_terms terms = fries(1);
	struct shop shop = shop_new(100, &terms, -1);
	struct pp_terms limit = { .has_per_user_limit = true, .per_user_limit = 2 };

	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	EXPECT_OK(ask_edit(shop.harness, shop.owner, shop.coupon, 1, &limit));
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	EXPECT_REFUSED(ask_purchase(shop.harness, shop.josh, shop.coupon, 1),
		PP_REASON_USER_LIMIT_REACHED);
	harness_free(shop.harness);
}

Test(purchase, takes_no_more_than_the_buyer_allows)
{
	struct pp_terms terms = fries(10);
	struct shop shop = shop_new(100, &terms, -1);
	struct pp_purchase_request request = { .version = 1, .has_max_price_coins = true };

	request.max_price_coins = 0;
	EXPECT_REFUSED(buy(&shop, request), PP_REASON_PRICE_CHANGED);
	request.max_price_coins = 9;
	const struct pp_response *reply = buy(&shop, request);
	EXPECT_REFUSED(reply, PP_REASON_PRICE_CHANGED);
	cr_expect_eq(reply->status->current_offer->price_coins, 10);
	request.max_price_coins = 10;
	EXPECT_OK(buy(&shop, request));
	harness_free(shop.harness);
}

Test(purchase, spends_the_last_coin_and_no_more)
{
	struct pp_terms terms = fries(10);
	struct shop shop = shop_new(25, &terms, -1);

	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	const struct pp_response *reply = ask_purchase(shop.harness, shop.josh, shop.coupon, 1);
	EXPECT_REFUSED(reply, PP_REASON_INSUFFICIENT_COINS);
	cr_expect_eq(balance_of(shop.harness, PP_ACCOUNT_KIND_USER, shop.josh), 5);
	harness_free(shop.harness);
}

Test(purchase, sells_exactly_the_stock)
{
	struct pp_terms terms = fries(0);
	struct shop shop = shop_new(0, &terms, 3);

	for (int i = 0; i < 6; i++)
		cr_expect_eq(reason_of(ask_purchase(shop.harness, shop.josh, shop.coupon, 1)),
			i < 3 ? PP_REASON_NONE : PP_REASON_SOLD_OUT);
	cr_expect_eq(coupon_of(shop.harness, shop.coupon).sold, 3);
	harness_free(shop.harness);
}

Test(purchase, refuses_what_would_overflow_an_account)
{
	struct pp_terms terms = fries(10);
	struct shop shop = shop_new(100, &terms, -1);
	struct business_record business;
	struct key key;

	/* Not reachable by requests, since no more coins than that can be minted. */
	key_of_business(shop.business, &key);
	const struct harness_record *record = harness_find(shop.harness, &key);
	struct span span = { .data = record->bytes, .len = record->len };
	cr_assert(record_business_decode(span, NULL, &business));
	char name[] = "Fried and Loaded";
	business.name = name;
	business.address = "";
	business.account.balance_coins = PP_COINS_MAX - 9;
	store_business(shop.harness, &business);
	EXPECT_REFUSED(
		ask_purchase(shop.harness, shop.josh, shop.coupon, 1), PP_REASON_BALANCE_OVERFLOW);
	business.account.balance_coins = PP_COINS_MAX - 10;
	store_business(shop.harness, &business);
	EXPECT_OK(ask_purchase(shop.harness, shop.josh, shop.coupon, 1));
	harness_free(shop.harness);
}

Test(purchase, by_revision_finds_the_version_of_that_moment)
{
	struct pp_terms terms = fries(1);
	struct shop shop = shop_new(1000, &terms, -1);
	uint64_t revisions[60];

	for (int i = 0; i < 60; i++) {
		revisions[i] = shop.harness->revision;
		edit_price(shop.harness, shop.owner, shop.coupon, 2 + i);
	}
	for (int i = 0; i < 60; i++) {
		struct pp_purchase_request request = { .as_of_revision = revisions[i],
			.price_policy = PP_PRICE_POLICY_AS_SEEN };
		struct pp_request check = harness_request(PP_KIND_CHECK_PURCHASE, shop.josh);
		request.coupon_id = shop.coupon;
		check.u.check_purchase = request;
		const struct pp_response *reply = harness_look(shop.harness, &check);
		EXPECT_OK(reply);
		cr_expect_eq(reply->u.check_purchase.quote->version, (uint64_t)i + 1);
		cr_expect(shop.harness->n_rounds <= 10);
	}
	harness_free(shop.harness);
}

#include <stdlib.h>
#include <string.h>

#include "harness_market.h"

static const struct pp_response *page(struct market *market, uint64_t user_id, uint32_t size,
	const struct pp_list_purchases_response *after)
{
	struct pp_request request = harness_request(PP_KIND_LIST_PURCHASES, 0);

	request.u.list_purchases =
		(struct pp_list_purchases_request) { .user_id = user_id, .page_size = size };
	if (after != NULL)
		request.u.list_purchases.page_token = after->next_page_token;
	return harness_look(market->harness, &request);
}

Test(list_purchases, of_nothing_is_empty)
{
	struct market market = market_new(market_terms(1), -1, 1000);

	const struct pp_response *reply = page(&market, market.stranger, 0, NULL);
	EXPECT_OK(reply);
	cr_expect_eq(reply->u.list_purchases.n_purchases, 0);
	cr_expect_eq(reply->u.list_purchases.next_page_token.len, 0);
	harness_free(market.harness);
}

/* Purchases of two users take turns; between the pages more are made. */
Test(list_purchases, shows_each_once_newest_first_at_any_page_size)
{
	static const uint32_t sizes[] = { 1, 7, 256, 0 };
	enum { N = 300 };
	struct market market = market_new(market_terms(1), -1, 10000);
	uint64_t other = make_rich_user(market.harness, "Ann", 10000);
	uint64_t ids[N + 1024];
	size_t n_ids = 0;

	for (int i = 0; i < N; i++) {
		ids[n_ids++] = market_buy(&market)->purchase_id;
		if (i % 3 == 0)
			EXPECT_OK(ask_purchase(market.harness, other, market.coupon, 1));
		market.harness->now_ms++;
	}
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		const struct pp_list_purchases_response *list = NULL;
		uint32_t most = sizes[i] == 0 ? PP_PAGE_SIZE_DEFAULT : sizes[i];
		size_t left = n_ids;
		do {
			const struct pp_response *reply =
				page(&market, market.josh, sizes[i], list);
			EXPECT_OK(reply);
			cr_expect_eq(reply->revision, market.harness->revision);
			list = &reply->u.list_purchases;
			cr_assert(list->n_purchases == most || list->next_page_token.len == 0);
			for (size_t j = 0; j < list->n_purchases; j++) {
				cr_assert(left > 0);
				cr_assert_eq(list->purchases[j]->purchase_id, ids[--left]);
			}
			if (left % 5 == 0)
				ids[n_ids++] = market_buy(&market)->purchase_id;
		} while (list->next_page_token.len != 0);
		cr_expect_eq(left, 0, "page size %u", (unsigned)sizes[i]);
	}
	harness_free(market.harness);
}

Test(list_purchases, shows_each_as_get_purchase_does)
{
	struct pp_terms terms = market_terms(10);
	terms.has_redeem_within_ms = true;
	terms.redeem_within_ms = 100;
	struct market market = market_new(terms, -1, 1000);
	struct harness *harness = market.harness;
	static const enum pp_purchase_state states[] = { PP_PURCHASE_STATE_ISSUED,
		PP_PURCHASE_STATE_REFUNDED, PP_PURCHASE_STATE_REFUNDED, PP_PURCHASE_STATE_REDEEMED,
		PP_PURCHASE_STATE_EXPIRED };

	market_buy(&market); /* is left to expire */
	const struct pp_purchase *redeemed = market_buy(&market);
	const struct pp_purchase *both = market_buy(&market);
	const struct pp_purchase *refunded = market_buy(&market);
	EXPECT_OK(ask_redeem(harness, market.owner, market.business, redeemed->code));
	EXPECT_OK(ask_redeem(harness, market.owner, market.business, both->code));
	harness->now_ms += 50;
	EXPECT_OK(ask_refund(harness, market.owner, both->purchase_id));
	EXPECT_OK(ask_refund(harness, market.owner, refunded->purchase_id));
	struct pp_terms renamed = { .name = "Chips", .has_price_coins = true, .price_coins = 12 };
	EXPECT_OK(ask_edit(harness, market.owner, market.coupon, 1, &renamed));
	harness->now_ms += 50;
	market_buy(&market);
	const struct pp_response *reply = page(&market, market.josh, 0, NULL);
	EXPECT_OK(reply);
	cr_assert_eq(reply->u.list_purchases.n_purchases, ARRAY_LEN(states));
	for (size_t i = 0; i < ARRAY_LEN(states); i++) {
		struct pp_purchase *purchase = reply->u.list_purchases.purchases[i];
		cr_expect_eq(purchase->state, states[i], "%zu", i);
		cr_expect_str_eq(purchase->coupon_name, i == 0 ? "Chips" : "Fries");
		struct pp_request request = harness_request(PP_KIND_GET_PURCHASE, 0);
		request.u.get_purchase.purchase_id = purchase->purchase_id;
		const struct pp_response *got = harness_look(harness, &request);
		EXPECT_OK(got);
		struct pp_response listed = *got;
		listed.u.get_purchase.purchase = purchase;
		char *expected = strdup(harness_text(got));
		cr_expect_str_eq(harness_text(&listed), expected);
		free(expected);
	}
	harness_free(harness);
}

Test(list_purchases, shows_what_became_of_them_since_the_first_page)
{
	struct market market = market_new(market_terms(10), -1, 1000);
	const struct pp_purchase *first = market_buy(&market);
	market_buy(&market);

	const struct pp_response *reply = page(&market, market.josh, 1, NULL);
	EXPECT_OK(ask_redeem(market.harness, market.owner, market.business, first->code));
	reply = page(&market, market.josh, 1, &reply->u.list_purchases);
	EXPECT_OK(reply);
	cr_assert_eq(reply->u.list_purchases.n_purchases, 1);
	cr_expect_eq(reply->u.list_purchases.purchases[0]->state, PP_PURCHASE_STATE_REDEEMED);
	cr_expect_eq(reply->u.list_purchases.next_page_token.len, 0);
	harness_free(market.harness);
}

Test(list_purchases, ends_a_page_after_so_many_bytes)
{
	static char reason[PP_REASON_BYTES_MAX + 1];
	struct market market = market_new(market_terms(10), -1, 10000);
	const struct pp_list_purchases_response *list = NULL;
	size_t n = 0;
	size_t n_pages = 0;

	memset(reason, 'x', PP_REASON_BYTES_MAX);
	for (int i = 0; i < 200; i++) {
		struct pp_request request =
			refund_request(market.owner, market_buy(&market)->purchase_id, reason);
		EXPECT_OK(harness_ask(market.harness, &request));
	}
	do {
		const struct pp_response *reply = page(&market, market.josh, 256, list);
		EXPECT_OK(reply);
		list = &reply->u.list_purchases;
		cr_expect(list->n_purchases * PP_REASON_BYTES_MAX <= PP_PAGE_BYTES_MAX);
		n += list->n_purchases;
		n_pages++;
	} while (list->next_page_token.len != 0);
	cr_expect_eq(n, 200);
	cr_expect_eq(n_pages, 3);
	harness_free(market.harness);
}

Test(list_purchases, refuses_in_order_of_precedence)
{
	struct market market = market_new(market_terms(10), -1, 1000);

	market_buy(&market);
	market_buy(&market);
	const struct pp_list_purchases_response *list =
		&page(&market, market.josh, 1, NULL)->u.list_purchases;
	EXPECT_REFUSED(page(&market, 99, 1, list), PP_REASON_PAGE_TOKEN_INVALID);
	EXPECT_REFUSED(page(&market, market.owner, 1, list), PP_REASON_PAGE_TOKEN_INVALID);
	market.harness->revision--;
	EXPECT_REFUSED(page(&market, market.josh, 1, list), PP_REASON_REVISION_IN_FUTURE);
	market.harness->revision++;
	EXPECT_REFUSED(page(&market, 99, 1, NULL), PP_REASON_USER_NOT_FOUND);
	EXPECT_OK(page(&market, market.josh, 5, list));
	harness_free(market.harness);
}

/* A chain that does not lead down to its end is damage, never an endless list. */
Test(list_purchases, stops_at_damage)
{
	for (int damage = 0; damage < 3; damage++) {
		struct market market = market_new(market_terms(10), -1, 1000);
		struct purchase_record purchase;
		struct byte_writer writer;
		uint8_t bytes[512];
		struct key key;
		market_buy(&market);
		market_buy(&market);
		key_of_purchase(1, &key);
		const struct harness_record *record = harness_find(market.harness, &key);
		struct span span = { .data = record->bytes, .len = record->len };
		cr_assert(record_purchase_decode(span, NULL, &purchase));
		if (damage == 0)
			purchase.previous_purchase_id = 1;
		if (damage == 1)
			purchase.user_id = market.owner;
		byte_writer_init(&writer, bytes, sizeof(bytes));
		record_purchase_encode(&purchase, &writer);
		if (damage == 2)
			harness_remove(market.harness, &key);
		else
			harness_store(market.harness, &key, byte_writer_span(&writer));
		page(&market, market.josh, 9, NULL);
		cr_expect_eq(market.harness->step, STEP_CORRUPT, "damage %d", damage);
		harness_free(market.harness);
	}
}

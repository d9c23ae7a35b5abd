#include <stdlib.h>
#include <string.h>

#include "harness_market.h"

static const struct pp_response *page(struct market *market, uint64_t coupon_id, uint32_t size,
	const struct pp_list_coupon_versions_response *after)
{
	struct pp_request request = harness_request(PP_KIND_LIST_COUPON_VERSIONS, 0);

	request.u.list_coupon_versions =
		(struct pp_list_coupon_versions_request) { .coupon_id = coupon_id,
			.page_size = size };
	if (after != NULL)
		request.u.list_coupon_versions.page_token = after->next_page_token;
	return harness_look(market->harness, &request);
}

/* Version i costs i coins and was made i milliseconds after the first. */
static struct market market_of_versions(uint64_t n_versions)
{
	struct market market = market_new(market_terms(1), -1, 1000);

	for (uint64_t i = 2; i <= n_versions; i++) {
		market.harness->now_ms++;
		edit_price(market.harness, market.owner, market.coupon, (int64_t)i);
	}
	return market;
}

Test(list_versions, shows_every_version_once_at_any_page_size)
{
	static const uint32_t sizes[] = { 1, 2, 7, 15, 16, 17, 63, 64, 99, 100, 101, 256, 0 };
	struct market market = market_of_versions(100);

	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		const struct pp_list_coupon_versions_response *list = NULL;
		uint32_t most = sizes[i] == 0 ? PP_PAGE_SIZE_DEFAULT : sizes[i];
		uint64_t n = 0;
		do {
			const struct pp_response *reply =
				page(&market, market.coupon, sizes[i], list);
			EXPECT_OK(reply);
			cr_expect_eq(reply->revision, market.harness->revision);
			list = &reply->u.list_coupon_versions;
			cr_assert(list->n_versions == most || list->next_page_token.len == 0);
			for (size_t j = 0; j < list->n_versions; j++)
				cr_assert(list->versions[j]->version == ++n &&
					  list->versions[j]->terms->price_coins == (int64_t)n);
		} while (list->next_page_token.len != 0);
		cr_expect_eq(n, 100, "page size %u", (unsigned)sizes[i]);
	}
	harness_free(market.harness);
}

/* The same coupon, asked for in two ways, at one moment. */
Test(list_versions, shows_each_as_get_coupon_does)
{
	struct market market = market_of_versions(40);
	struct pp_response one = { .kind = PP_KIND_GET_COUPON };

	edit_state(market.harness, market.owner, market.coupon, PP_COUPON_STATE_PAUSED,
		PP_SUPERSEDE_HARD);
	edit_price(market.harness, market.owner, market.coupon, 1000);
	const struct pp_response *reply = page(&market, market.coupon, 256, NULL);
	EXPECT_OK(reply);
	cr_assert_eq(reply->u.list_coupon_versions.n_versions, 42);
	for (uint64_t version = 1; version <= 42; version++) {
		struct pp_request request = harness_request(PP_KIND_GET_COUPON, 0);
		request.u.get_coupon.coupon_id = market.coupon;
		request.u.get_coupon.version = version;
		const struct pp_response *got = harness_look(market.harness, &request);
		EXPECT_OK(got);
		one = *got;
		one.u.get_coupon.coupon = reply->u.list_coupon_versions.versions[version - 1];
		char *expected = strdup(harness_text(got));
		cr_expect_str_eq(harness_text(&one), expected);
		free(expected);
	}
	harness_free(market.harness);
}

Test(list_versions, shows_what_is_added_meanwhile)
{
	struct market market = market_of_versions(10);
	uint64_t n = 0;

	const struct pp_response *reply = page(&market, market.coupon, 4, NULL);
	for (;;) {
		EXPECT_OK(reply);
		const struct pp_list_coupon_versions_response *list =
			&reply->u.list_coupon_versions;
		for (size_t i = 0; i < list->n_versions; i++)
			cr_assert_eq(list->versions[i]->version, ++n);
		cr_expect_eq(list->versions[0]->current_version, n <= 4 ? 10 : 10 + n / 4 - 1);
		if (list->next_page_token.len == 0)
			break;
		edit_price(market.harness, market.owner, market.coupon, 100 + (int64_t)n);
		reply = page(&market, market.coupon, 4, list);
	}
	cr_expect_eq(n, coupon_of(market.harness, market.coupon).version);
	harness_free(market.harness);
}

Test(list_versions, ends_a_page_after_so_many_bytes)
{
	static char text[PP_DESCRIPTION_BYTES_MAX + 1];
	struct market market = market_of_versions(1);
	const struct pp_list_coupon_versions_response *list = NULL;
	size_t n = 0;
	size_t n_pages = 0;

	memset(text, 'x', PP_DESCRIPTION_BYTES_MAX);
	for (uint64_t version = 1; version <= 30; version++) {
		struct pp_terms terms = { .description = text };
		text[0] = (char)('a' + version % 20);
		EXPECT_OK(ask_edit(market.harness, market.owner, market.coupon, version, &terms));
	}
	do {
		const struct pp_response *reply = page(&market, market.coupon, 256, list);
		EXPECT_OK(reply);
		list = &reply->u.list_coupon_versions;
		cr_expect(list->n_versions >= 1 && list->n_versions <= 12);
		n += list->n_versions;
		n_pages++;
	} while (list->next_page_token.len != 0);
	cr_expect_eq(n, 31);
	cr_expect_eq(n_pages, 3);
	harness_free(market.harness);
}

Test(list_versions, refuses_in_order_of_precedence)
{
	struct market market = market_of_versions(9);
	struct pp_terms terms = { .name = "Shake", .has_price_coins = true };
	uint64_t other = make_coupon_of(market.harness, market.owner, market.business, &terms, -1);

	const struct pp_list_coupon_versions_response *list =
		&page(&market, market.coupon, 2, NULL)->u.list_coupon_versions;
	EXPECT_REFUSED(page(&market, 9, 2, list), PP_REASON_PAGE_TOKEN_INVALID);
	EXPECT_REFUSED(page(&market, other, 2, list), PP_REASON_PAGE_TOKEN_INVALID);
	market.harness->revision--;
	EXPECT_REFUSED(page(&market, market.coupon, 2, list), PP_REASON_REVISION_IN_FUTURE);
	market.harness->revision++;
	EXPECT_REFUSED(page(&market, other + 1, 2, NULL), PP_REASON_COUPON_NOT_FOUND);
	EXPECT_REFUSED(page(&market, 1, 2, NULL), PP_REASON_COUPON_NOT_FOUND);
	EXPECT_OK(page(&market, market.coupon, 5, list));
	harness_free(market.harness);
}

Test(list_versions, stops_at_damage)
{
	struct market market = market_of_versions(30);
	struct key key;

	key_of_version(market.coupon, 17, &key);
	harness_remove(market.harness, &key);
	page(&market, market.coupon, 256, NULL);
	cr_expect_eq(market.harness->step, STEP_CORRUPT);
	harness_free(market.harness);
}

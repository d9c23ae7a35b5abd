#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

struct shelf {
	struct harness *harness;
	uint64_t owner;
	uint64_t business;
};

static struct shelf shelf_new(void)
{
	struct shelf shelf = { .harness = harness_new() };

	shelf.owner = make_user(shelf.harness, "Owner");
	shelf.business = make_business(shelf.harness, shelf.owner, "Shelf", 0);
	return shelf;
}

static void fill(struct shelf *shelf, int first, int last, const char *description)
{
	char name[32];

	for (int i = first; i <= last; i++) {
		snprintf(name, sizeof(name), "Coupon %d", i);
		struct pp_terms terms = { .name = name,
			.description = description,
			.has_price_coins = true,
			.price_coins = i };
		make_coupon_of(shelf->harness, shelf->owner, shelf->business, &terms, -1);
	}
}

static const struct pp_response *page(struct shelf *shelf, uint32_t size, bool valid_only,
	const struct pp_list_coupons_response *after)
{
	struct pp_request request = harness_request(PP_KIND_LIST_COUPONS, 0);

	request.u.list_coupons = (struct pp_list_coupons_request) {
		.business_id = shelf->business, .valid_only = valid_only, .page_size = size
	};
	if (after != NULL)
		request.u.list_coupons.page_token = after->next_page_token;
	return harness_look(shelf->harness, &request);
}

Test(list, of_nothing_is_empty)
{
	struct shelf shelf = shelf_new();

	const struct pp_response *reply = page(&shelf, 0, false, NULL);
	EXPECT_OK(reply);
	const struct pp_list_coupons_response *list = &reply->u.list_coupons;
	cr_expect(list->n_coupons == 0 && list->next_page_token.len == 0);
	cr_expect_eq(list->as_of_revision, shelf.harness->revision);
	cr_expect_eq(list->as_of_ms, shelf.harness->now_ms);
	struct pp_request request = harness_request(PP_KIND_LIST_COUPONS, 0);
	request.u.list_coupons.business_id = 9;
	EXPECT_REFUSED(harness_look(shelf.harness, &request), PP_REASON_BUSINESS_NOT_FOUND);
	harness_free(shelf.harness);
}

Test(list, shows_every_coupon_once_at_any_page_size)
{
	struct shelf shelf = shelf_new();
	static const uint32_t sizes[] = { 1, 2, 7, 64, 100, 199, 200, 201, 256, 0 };

	fill(&shelf, 1, 200, NULL);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		const struct pp_list_coupons_response *list = NULL;
		uint64_t n = 0;
		do {
			const struct pp_response *reply = page(&shelf, sizes[i], false, list);
			EXPECT_OK(reply);
			list = &reply->u.list_coupons;
			uint32_t most = sizes[i] == 0 ? PP_PAGE_SIZE_DEFAULT : sizes[i];
			cr_assert(list->n_coupons >= 1 && list->n_coupons <= most);
			for (size_t j = 0; j < list->n_coupons; j++)
				cr_assert_eq(list->coupons[j]->coupon_id,
					shelf.business * COUPON_ID_UNIT + ++n);
		} while (list->next_page_token.len != 0);
		cr_expect_eq(n, 200, "page size %u", (unsigned)sizes[i]);
	}
	harness_free(shelf.harness);
}

/* Case 2 over pages: between two of them the owner edits, ends, renames and adds. */
Test(list, is_exact_at_the_revision_and_time_of_its_first_page)
{
	struct shelf shelf = shelf_new();
	struct pp_terms later = { .has_starts_at_ms = true,
		.starts_at_ms = HARNESS_START_MS + 500 };
	uint64_t id = shelf.business * COUPON_ID_UNIT;

	fill(&shelf, 1, 9, NULL);
	EXPECT_OK(ask_edit(shelf.harness, shelf.owner, id + 8, 1, &later));
	uint64_t revision = shelf.harness->revision;
	const struct pp_response *reply = page(&shelf, 4, false, NULL);
	EXPECT_OK(reply);
	edit_price(shelf.harness, shelf.owner, id + 2, 99);
	edit_price(shelf.harness, shelf.owner, id + 6, 99);
	edit_price(shelf.harness, shelf.owner, id + 6, 98);
	edit_state(shelf.harness, shelf.owner, id + 7, PP_COUPON_STATE_ENDED, PP_SUPERSEDE_HARD);
	fill(&shelf, 10, 12, NULL);
	shelf.harness->now_ms += 1000;
	uint64_t n = 4;
	while (reply->u.list_coupons.next_page_token.len != 0) {
		reply = page(&shelf, 4, false, &reply->u.list_coupons);
		EXPECT_OK(reply);
		const struct pp_list_coupons_response *list = &reply->u.list_coupons;
		cr_expect(list->as_of_revision == revision && list->as_of_ms == HARNESS_START_MS);
		cr_expect_eq(reply->revision, shelf.harness->revision);
		for (size_t i = 0; i < list->n_coupons; i++) {
			const struct pp_coupon *coupon = list->coupons[i];
			cr_assert_eq(coupon->coupon_id, id + ++n);
			cr_expect_eq(coupon->terms->price_coins, (int64_t)n);
			cr_expect_eq(coupon->terms->state, PP_COUPON_STATE_ACTIVE);
			cr_expect_eq(coupon->version, n == 8 ? 2 : 1);
			cr_expect_eq(coupon->valid, n != 8, "valid at the time of the first page");
			cr_expect_eq(coupon->has_superseded_at_ms, n == 6 || n == 7);
		}
	}
	cr_expect_eq(n, 9, "coupons made since are left out");
	/* What was listed can be bought as of that revision. */
	uint64_t josh = make_rich_user(shelf.harness, "Josh", 100);
	struct pp_request buy = harness_request(PP_KIND_PURCHASE_COUPON, josh);
	buy.u.purchase_coupon =
		(struct pp_purchase_request) { .coupon_id = id + 6, .as_of_revision = revision };
	reply = harness_ask(shelf.harness, &buy);
	EXPECT_OK(reply);
	cr_expect_eq(reply->u.purchase_coupon.purchase->price_coins, 6);
	harness_free(shelf.harness);
}

Test(list, filters_what_is_valid)
{
	struct shelf shelf = shelf_new();
	uint64_t id = shelf.business * COUPON_ID_UNIT;
	struct pp_terms over = { .has_ends_at_ms = true, .ends_at_ms = HARNESS_START_MS };
	struct pp_terms later = { .has_starts_at_ms = true, .starts_at_ms = HARNESS_START_MS + 1 };

	fill(&shelf, 1, 6, NULL);
	edit_state(shelf.harness, shelf.owner, id + 1, PP_COUPON_STATE_PAUSED, PP_SUPERSEDE_SOFT);
	edit_state(shelf.harness, shelf.owner, id + 2, PP_COUPON_STATE_ENDED, PP_SUPERSEDE_SOFT);
	EXPECT_OK(ask_edit(shelf.harness, shelf.owner, id + 3, 1, &over));
	EXPECT_OK(ask_edit(shelf.harness, shelf.owner, id + 5, 1, &later));
	const struct pp_response *reply = page(&shelf, 1, true, NULL);
	EXPECT_OK(reply);
	cr_assert_eq(reply->u.list_coupons.n_coupons, 1);
	cr_expect_eq(reply->u.list_coupons.coupons[0]->coupon_id, id + 4);
	cr_expect(reply->u.list_coupons.coupons[0]->valid);
	reply = page(&shelf, 5, true, &reply->u.list_coupons);
	EXPECT_OK(reply);
	cr_assert_eq(reply->u.list_coupons.n_coupons, 1);
	cr_expect_eq(reply->u.list_coupons.coupons[0]->coupon_id, id + 6);
	cr_expect_eq(reply->u.list_coupons.next_page_token.len, 0);
	cr_expect_eq(page(&shelf, 0, false, NULL)->u.list_coupons.n_coupons, 6);
	harness_free(shelf.harness);
}

Test(list, filters_by_the_time_of_its_first_page)
{
	struct shelf shelf = shelf_new();
	uint64_t id = shelf.business * COUPON_ID_UNIT;
	struct pp_terms over = { .has_ends_at_ms = true, .ends_at_ms = HARNESS_START_MS + 10 };
	struct pp_terms later = { .has_starts_at_ms = true, .starts_at_ms = HARNESS_START_MS + 10 };

	fill(&shelf, 1, 3, NULL);
	EXPECT_OK(ask_edit(shelf.harness, shelf.owner, id + 2, 1, &later));
	EXPECT_OK(ask_edit(shelf.harness, shelf.owner, id + 3, 1, &over));
	const struct pp_response *reply = page(&shelf, 1, true, NULL);
	EXPECT_OK(reply);
	shelf.harness->now_ms += 10;
	reply = page(&shelf, 9, true, &reply->u.list_coupons);
	EXPECT_OK(reply);
	cr_assert_eq(reply->u.list_coupons.n_coupons, 1);
	cr_expect_eq(reply->u.list_coupons.coupons[0]->coupon_id, id + 3);
	cr_expect(reply->u.list_coupons.coupons[0]->valid);
	harness_free(shelf.harness);
}

Test(list, ends_a_page_after_so_many_records_or_bytes)
{
	struct shelf shelf = shelf_new();
	static char description[PP_DESCRIPTION_BYTES_MAX + 1];

	memset(description, 'x', PP_DESCRIPTION_BYTES_MAX);
	fill(&shelf, 1, 30, description);
	const struct pp_response *reply = page(&shelf, 256, false, NULL);
	EXPECT_OK(reply);
	size_t n = reply->u.list_coupons.n_coupons;
	cr_expect(n >= 10 && n * PP_DESCRIPTION_BYTES_MAX <= PP_PAGE_BYTES_MAX, "%zu", n);
	cr_expect(reply->u.list_coupons.next_page_token.len != 0);
	harness_free(shelf.harness);

	shelf = shelf_new();
	for (int i = 1; i <= 1100; i++) {
		struct pp_terms terms = { .has_price_coins = true,
			.state = PP_COUPON_STATE_PAUSED };
		char name[32];
		snprintf(name, sizeof(name), "Paused %d", i);
		terms.name = name;
		make_coupon_of(shelf.harness, shelf.owner, shelf.business, &terms, -1);
	}
	fill(&shelf, 1, 1, NULL);
	const struct pp_list_coupons_response *list = NULL;
	int n_pages = 0;
	do {
		reply = page(&shelf, 256, true, list);
		EXPECT_OK(reply);
		list = &reply->u.list_coupons;
		n_pages++;
		cr_assert(list->n_coupons == (list->next_page_token.len == 0 ? 1 : 0));
	} while (list->next_page_token.len != 0);
	cr_expect_eq(n_pages, 3, "1 101 coupons and as many versions, 1 024 records a page");
	harness_free(shelf.harness);
}

/* The oldest of very many versions of very many coupons: as much as one page can ask for. */
Test(list, looks_far_back_within_its_bounds)
{
	struct shelf shelf = shelf_new();
	uint64_t id = shelf.business * COUPON_ID_UNIT;

	fill(&shelf, 1, 80, NULL);
	const struct pp_response *first = page(&shelf, 1, false, NULL);
	for (int round = 0; round < 17; round++)
		for (uint64_t i = 1; i <= 80; i++)
			edit_price(shelf.harness, shelf.owner, id + i, 1000 + round);
	uint64_t n = 1;
	const struct pp_response *reply = first;
	do {
		reply = page(&shelf, 256, false, &reply->u.list_coupons);
		EXPECT_OK(reply);
		for (size_t i = 0; i < reply->u.list_coupons.n_coupons; i++)
			cr_assert_eq(
				reply->u.list_coupons.coupons[i]->terms->price_coins, (int64_t)++n);
		cr_expect(shelf.harness->n_rounds < 40);
	} while (reply->u.list_coupons.next_page_token.len != 0);
	cr_expect_eq(n, 80);
	harness_free(shelf.harness);
}

/* As if the coupon had as many versions as there can be, of which the last is like the first. */
static void age(struct harness *harness, uint64_t coupon_id)
{
	struct coupon_record coupon = coupon_of(harness, coupon_id);
	struct version_record version;
	struct byte_writer writer;
	uint8_t bytes[1024];
	struct key key;

	key_of_version(coupon_id, 1, &key);
	const struct harness_record *first = harness_find(harness, &key);
	struct span span = { .data = first->bytes, .len = first->len };
	cr_assert(record_version_decode(span, NULL, &version));
	coupon.version = PP_VERSIONS_MAX;
	version.version = PP_VERSIONS_MAX;
	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_version_encode(&version, &writer);
	key_of_version(coupon_id, PP_VERSIONS_MAX, &key);
	harness_store(harness, &key, byte_writer_span(&writer));
	store_coupon(harness, &coupon);
}

/* It must be ready for a long search in each, though each is found at once. */
Test(list, skips_coupons_of_many_versions_within_its_bounds)
{
	struct shelf shelf = shelf_new();
	uint64_t id = shelf.business * COUPON_ID_UNIT;
	uint32_t n_pages = 1;

	for (int i = 1; i <= 600; i++) {
		struct pp_terms terms = { .has_price_coins = true,
			.state = PP_COUPON_STATE_PAUSED };
		char name[32];
		snprintf(name, sizeof(name), "Paused %d", i);
		terms.name = name;
		make_coupon_of(shelf.harness, shelf.owner, shelf.business, &terms, -1);
		age(shelf.harness, id + (uint64_t)i);
	}
	const struct pp_response *reply = page(&shelf, 256, true, NULL);
	EXPECT_OK(reply);
	for (; reply->u.list_coupons.next_page_token.len != 0; n_pages++) {
		reply = page(&shelf, 256, true, &reply->u.list_coupons);
		EXPECT_OK(reply);
		cr_expect_eq(reply->u.list_coupons.n_coupons, 0);
	}
	cr_expect_eq(n_pages, 2);
	harness_free(shelf.harness);
}

Test(list, that_needs_more_memory_than_there_is_ends_the_decision)
{
	struct shelf shelf = shelf_new();
	static char description[1001];
	uint32_t n_too_big = 0;
	uint32_t n_done = 0;

	memset(description, 'x', 1000);
	fill(&shelf, 1, 40, description);
	for (size_t n_chunks = 1; n_chunks <= 32; n_chunks++) {
		shelf.harness->arena_bytes = n_chunks * ARENA_CHUNK_BYTES;
		const struct pp_response *reply = page(&shelf, 40, false, NULL);
		cr_assert(shelf.harness->step == STEP_DONE || shelf.harness->step == STEP_TOO_BIG);
		if (shelf.harness->step == STEP_DONE)
			cr_assert_eq(reply->u.list_coupons.n_coupons, 40);
		n_done += shelf.harness->step == STEP_DONE ? 1 : 0;
		n_too_big += shelf.harness->step == STEP_TOO_BIG ? 1 : 0;
	}
	cr_expect(n_done > 0 && n_too_big > 10);
	harness_free(shelf.harness);
}

Test(list, takes_only_tokens_it_gave_out_for_this_query)
{
	struct shelf shelf = shelf_new();
	uint64_t other = make_business(shelf.harness, shelf.owner, "Other", 0);

	fill(&shelf, 1, 5, NULL);
	const struct pp_list_coupons_response *list = &page(&shelf, 2, false, NULL)->u.list_coupons;
	size_t len = list->next_page_token.len;
	uint8_t bytes[256];
	struct pp_list_coupons_response forged = { .next_page_token = { bytes, len } };

	cr_assert(len > 0 && len < sizeof(bytes));
	EXPECT_OK(page(&shelf, 3, false, list));
	EXPECT_REFUSED(page(&shelf, 2, true, list), PP_REASON_PAGE_TOKEN_INVALID);
	shelf.business = other;
	EXPECT_REFUSED(page(&shelf, 2, false, list), PP_REASON_PAGE_TOKEN_INVALID);
	shelf.business = 1;
	for (size_t bit = 0; bit < len * 8; bit++) {
		memcpy(bytes, list->next_page_token.data, len);
		bytes[bit / 8] ^= (uint8_t)(1 << bit % 8);
		EXPECT_REFUSED(page(&shelf, 2, false, &forged), PP_REASON_PAGE_TOKEN_INVALID);
	}
	memcpy(bytes, list->next_page_token.data, len);
	EXPECT_OK(page(&shelf, 2, false, &forged));
	forged.next_page_token.len = len - 1;
	EXPECT_REFUSED(page(&shelf, 2, false, &forged), PP_REASON_PAGE_TOKEN_INVALID);
	forged.next_page_token.len = len + 1;
	EXPECT_REFUSED(page(&shelf, 2, false, &forged), PP_REASON_PAGE_TOKEN_INVALID);
	/* Of a store that was ahead of this one. */
	shelf.harness->revision -= 1;
	EXPECT_REFUSED(page(&shelf, 2, false, list), PP_REASON_REVISION_IN_FUTURE);
	shelf.harness->revision += 1;
	shelf.harness->settings.token_key[0] ^= 1;
	EXPECT_REFUSED(page(&shelf, 2, false, list), PP_REASON_PAGE_TOKEN_INVALID);
	harness_free(shelf.harness);
}

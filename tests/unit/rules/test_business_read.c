#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

static const struct pp_response *get(struct harness *harness, uint64_t id, const char *name)
{
	struct pp_request request = harness_request(PP_KIND_GET_BUSINESS, 0);

	request.u.get_business.business_id = id;
	request.u.get_business.name = name;
	return harness_look(harness, &request);
}

Test(business_read, gets_one_by_id_or_by_name)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_rich_user(harness, "Alex", 100);
	uint64_t robin = make_user(harness, "Robin");
	struct pp_request add = harness_request(PP_KIND_ADD_OWNER, alex);

	harness->now_ms += 5;
	uint64_t business = make_business(harness, robin, " Smash & Shake", 250);
	add.u.add_owner = (struct pp_add_owner_request) { business, alex };
	add.acting_user = robin;
	EXPECT_OK(harness_ask(harness, &add));
	uint64_t coupon = make_coupon(harness, alex, business, "Fries", 40);
	make_coupon(harness, alex, business, "Shake", 1);
	EXPECT_OK(ask_purchase(harness, alex, coupon, 1));
	harness->now_ms += 5;
	for (int by_name = 0; by_name < 2; by_name++) {
		const struct pp_response *reply =
			by_name ? get(harness, 0, "SMASH & SHAKE ") : get(harness, business, NULL);
		EXPECT_OK(reply);
		cr_expect_eq(reply->revision, harness->revision);
		const struct pp_business *b = reply->u.get_business.business;
		cr_expect(b->business_id == business && b->version == 1);
		cr_expect_str_eq(b->profile->name, "Smash & Shake");
		cr_expect_str_eq(b->profile->address, "");
		cr_expect(b->profile->has_commission_bp && b->profile->commission_bp == 250);
		cr_expect(b->n_owner_ids == 2 && b->owner_ids[0] == robin);
		cr_expect_eq(b->owner_ids[1], alex);
		cr_expect_eq(b->created_at_ms, HARNESS_START_MS + 5);
		cr_expect(b->edited_by == 0 && b->edited_at_ms == HARNESS_START_MS + 5);
		cr_expect(b->n_coupons == 2 && b->balance_coins == 39);
	}
	struct {
		uint64_t id;
		const char *name;
		const char *field;
	} rows[] = { { 2, NULL, "business_id" }, { UINT64_MAX, NULL, "business_id" },
		{ 0, "Alex", "name" } };
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct pp_response *reply = get(harness, rows[i].id, rows[i].name);
		EXPECT_REFUSED(reply, PP_REASON_BUSINESS_NOT_FOUND);
		cr_expect_str_eq(reply->status->field, rows[i].field);
	}
	harness_free(harness);
}

Test(business_read, misses_what_a_name_speaks_of)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t business = make_business(harness, alex, "Truck", 0);
	struct key key;

	key_of_business(business, &key);
	harness_remove(harness, &key);
	get(harness, 0, "Truck");
	cr_expect_eq(harness->step, STEP_CORRUPT);
	EXPECT_REFUSED(get(harness, business, NULL), PP_REASON_BUSINESS_NOT_FOUND);
	harness_free(harness);
}

/* ---- ListBusinesses ---- */

static const struct pp_response *page(struct harness *harness, bool with_valid_coupon,
	uint32_t size, const struct pp_list_businesses_response *before)
{
	struct pp_request request = harness_request(PP_KIND_LIST_BUSINESSES, 0);

	request.u.list_businesses =
		(struct pp_list_businesses_request) { .with_valid_coupon = with_valid_coupon,
			.page_size = size };
	if (before != NULL)
		request.u.list_businesses.page_token = before->next_page_token;
	const struct pp_response *reply = harness_look(harness, &request);
	cr_assert_eq(harness->step, STEP_DONE);
	/* The counters beside what is examined. */
	cr_assert(harness->at_once->n_slots <= PP_PAGE_EXAMINED_MAX + 1);
	return reply;
}

/* Reads all pages; the ids found. */
static size_t list(struct harness *harness, bool with_valid_coupon, uint32_t size, uint64_t *ids,
	size_t n_max, uint32_t *n_pages)
{
	const struct pp_list_businesses_response *body = NULL;
	size_t n = 0;

	*n_pages = 0;
	do {
		const struct pp_response *reply = page(harness, with_valid_coupon, size, body);
		EXPECT_OK(reply);
		body = &reply->u.list_businesses;
		cr_assert(body->n_businesses <= (size == 0 ? PP_PAGE_SIZE_DEFAULT : size));
		for (size_t i = 0; i < body->n_businesses; i++) {
			cr_assert(n < n_max);
			ids[n++] = body->businesses[i]->business_id;
		}
		++*n_pages;
	} while (body->next_page_token.len != 0);
	return n;
}

static uint64_t make_numbered(struct harness *harness, uint64_t owner)
{
	static unsigned n;
	char name[32];

	snprintf(name, sizeof(name), "Truck %u", ++n);
	return make_business(harness, owner, name, 0);
}

Test(business_read, lists_them_in_the_order_of_their_ids)
{
	struct harness *harness = harness_new();
	uint64_t ids[16];
	uint32_t n_pages;

	cr_expect_eq(list(harness, false, 0, ids, 16, &n_pages), 0);
	cr_expect_eq(list(harness, true, 0, ids, 16, &n_pages), 0);
	uint64_t alex = make_user(harness, "Alex");
	for (int i = 0; i < 7; i++)
		make_numbered(harness, alex);
	for (uint32_t size = 0; size <= 8; size++) {
		cr_assert_eq(list(harness, false, size, ids, 16, &n_pages), 7);
		cr_expect_eq(n_pages, size == 0 ? 1 : (7 + size - 1) / size);
		for (uint64_t i = 0; i < 7; i++)
			cr_expect_eq(ids[i], i + 1);
	}
	/* Each is shown as GetBusiness shows it. */
	const struct pp_response *reply = page(harness, false, 7, NULL);
	for (uint64_t i = 0; i < 7; i++) {
		struct pp_response one = *get(harness, i + 1, NULL);
		char *expected = strdup(harness_text(&one));
		one.u.get_business.business = reply->u.list_businesses.businesses[i];
		cr_expect_str_eq(harness_text(&one), expected);
		free(expected);
	}
	harness_free(harness);
}

Test(business_read, a_list_runs_on_to_what_was_added_meanwhile)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");

	for (int i = 0; i < 4; i++)
		make_numbered(harness, alex);
	const struct pp_response *reply = page(harness, false, 3, NULL);
	make_numbered(harness, alex);
	reply = page(harness, false, 3, &reply->u.list_businesses);
	EXPECT_OK(reply);
	cr_expect_eq(reply->revision, harness->revision);
	const struct pp_list_businesses_response *body = &reply->u.list_businesses;
	cr_expect(body->n_businesses == 2 && body->next_page_token.len == 0);
	cr_expect(body->businesses[0]->business_id == 4 && body->businesses[1]->business_id == 5);
	harness_free(harness);
}

/* One coupon each, and whether its business is on the list at the start and 100 ms later. */
static const struct {
	const char *what;
	struct pp_terms terms;
	int64_t stock;
	bool now;
	bool later;
} shelves[] = {
	{ "active", { .name = "C", .has_price_coins = true }, -1, true, true },
	{ "sold out", { .name = "C", .has_price_coins = true }, 0, true, true },
	{ "paused", { .name = "C", .has_price_coins = true, .state = PP_COUPON_STATE_PAUSED }, -1,
		false, false },
	{ "begins",
		{ .name = "C",
			.has_price_coins = true,
			.has_starts_at_ms = true,
			.starts_at_ms = HARNESS_START_MS + 100 },
		-1, false, true },
	{ "ends",
		{ .name = "C",
			.has_price_coins = true,
			.has_ends_at_ms = true,
			.ends_at_ms = HARNESS_START_MS + 100 },
		-1, true, false },
};

Test(business_read, lists_those_with_a_coupon_that_is_valid_now)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t ids[16];
	uint32_t n_pages;

	make_numbered(harness, alex); /* none at all */
	for (size_t i = 0; i < ARRAY_LEN(shelves); i++) {
		struct pp_terms terms = shelves[i].terms;
		uint64_t business = make_numbered(harness, alex);
		make_coupon_of(harness, alex, business, &terms, shelves[i].stock);
	}
	/* The current version counts, though the one before it is still honoured. */
	uint64_t paused = make_numbered(harness, alex);
	edit_state(harness, alex, make_coupon(harness, alex, paused, "C", 1),
		PP_COUPON_STATE_PAUSED, PP_SUPERSEDE_SOFT);
	/* The second coupon will do. */
	uint64_t second = make_numbered(harness, alex);
	edit_state(harness, alex, make_coupon(harness, alex, second, "C", 1), PP_COUPON_STATE_ENDED,
		PP_SUPERSEDE_SOFT);
	make_coupon(harness, alex, second, "D", 1);
	const struct pp_response *first = page(harness, true, 2, NULL);
	for (int later = 0; later < 2; later++) {
		for (uint32_t size = 0; size < 4; size++) {
			size_t n = list(harness, true, size, ids, 16, &n_pages);
			size_t at = 0;
			for (size_t i = 0; i < ARRAY_LEN(shelves); i++)
				if (later ? shelves[i].later : shelves[i].now)
					cr_expect(at < n && ids[at++] == i + 2, "%s",
						shelves[i].what);
			cr_expect(at + 1 == n && ids[at] == second);
		}
		harness->now_ms += 100;
	}
	/* Each page goes by its own time. */
	const struct pp_response *reply = page(harness, true, 2, &first->u.list_businesses);
	const struct pp_list_businesses_response *body = &reply->u.list_businesses;
	cr_assert(body->n_businesses == 2 && shelves[3].later && !shelves[4].later);
	cr_expect(body->businesses[0]->business_id == 5);
	cr_expect(body->businesses[1]->business_id == second);
	harness_free(harness);
}

static void make_paused(struct harness *harness, uint64_t owner, uint64_t business, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct pp_terms terms = { .has_price_coins = true,
			.state = PP_COUPON_STATE_PAUSED };
		char name[32];
		snprintf(name, sizeof(name), "Paused %u", (unsigned)i);
		terms.name = name;
		make_coupon_of(harness, owner, business, &terms, -1);
	}
}

/* A page that may look at no more stops within a business, and the next goes on there. */
Test(business_read, a_filter_cannot_make_a_page_look_at_too_much)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t ids[16];
	uint32_t n_pages;

	uint64_t first = make_numbered(harness, alex);
	make_coupon(harness, alex, first, "Fries", 1);
	uint64_t vast = make_numbered(harness, alex);
	make_paused(harness, alex, vast, 1100);
	uint64_t last = make_numbered(harness, alex);
	make_coupon(harness, alex, last, "Fries", 1);
	for (uint32_t size = 1; size <= 256; size += 51) {
		cr_expect_eq(list(harness, true, size, ids, 16, &n_pages), 2);
		cr_expect(ids[0] == first && ids[1] == last);
		cr_expect(n_pages >= 3 && n_pages <= 5, "%u pages", (unsigned)n_pages);
	}
	edit_state(harness, alex, vast * COUPON_ID_UNIT + 1, PP_COUPON_STATE_ACTIVE,
		PP_SUPERSEDE_SOFT);
	cr_expect_eq(list(harness, true, 0, ids, 16, &n_pages), 3);
	cr_expect(ids[0] == first && ids[1] == vast && ids[2] == last);
	/* The first page took what came before, and the token leads into the vast one. */
	const struct pp_response *reply = page(harness, true, 0, NULL);
	cr_expect_eq(reply->u.list_businesses.n_businesses, 1);
	uint32_t n_rounds = harness->n_rounds;
	cr_expect(n_rounds < 40, "%u rounds", (unsigned)n_rounds);
	/* What became valid behind it is not looked at again; what lies ahead is. */
	edit_state(harness, alex, vast * COUPON_ID_UNIT + 1, PP_COUPON_STATE_PAUSED,
		PP_SUPERSEDE_SOFT);
	edit_state(harness, alex, vast * COUPON_ID_UNIT + 1100, PP_COUPON_STATE_ACTIVE,
		PP_SUPERSEDE_SOFT);
	make_coupon(harness, alex, vast, "Fries", 1);
	do {
		reply = page(harness, true, 0, &reply->u.list_businesses);
		for (size_t i = 0; i < reply->u.list_businesses.n_businesses; i++)
			cr_expect_eq(reply->u.list_businesses.businesses[i]->business_id, last);
	} while (reply->u.list_businesses.next_page_token.len != 0);
	harness_free(harness);
}

/* Coupons stay for ever, so that a business of some age has many that are over. */
Test(business_read, many_coupons_that_are_over_make_no_more_pages)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t ids[64];
	uint32_t n_pages;

	for (int i = 0; i < 32; i++)
		make_paused(harness, alex, make_numbered(harness, alex), 100);
	cr_expect_eq(list(harness, true, 0, ids, 64, &n_pages), 0);
	cr_expect(n_pages <= 32, "%u pages: 6 464 records", (unsigned)n_pages);
	for (uint64_t id = 1; id <= 32; id++)
		make_coupon(harness, alex, id, "Fries", 1);
	cr_expect_eq(list(harness, true, 0, ids, 64, &n_pages), 32);
	cr_expect_eq(n_pages, 1);
	harness_free(harness);
}

Test(business_read, many_without_a_valid_coupon_make_short_pages)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t ids[16];
	uint32_t n_pages;
	uint64_t id = 0;

	for (int i = 0; i < 700; i++) {
		id = make_numbered(harness, alex);
		if (i % 2 == 0)
			make_paused(harness, alex, id, 1);
	}
	make_coupon(harness, alex, id, "Fries", 1);
	cr_expect_eq(list(harness, true, 256, ids, 16, &n_pages), 1);
	cr_expect(ids[0] == id && n_pages == 3, "%u pages: 2 100 records", (unsigned)n_pages);
	harness_free(harness);
}

/* Against the list as one would make it by hand, over shelves drawn at random. */
Test(business_read, finds_each_once_whatever_the_pages)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t expected[120];
	uint64_t ids[120];
	size_t n_expected = 0;
	uint32_t state = 7;
	uint32_t n_pages;

	for (int i = 0; i < 120; i++) {
		uint64_t business = make_numbered(harness, alex);
		bool valid = false;
		state = state * 1664525 + 1013904223;
		uint32_t n_paused = (state >> 24) % 4 == 0 ? (state >> 16) % 80 : 0;
		make_paused(harness, alex, business, n_paused);
		if ((state >> 8) % 3 != 0) {
			make_coupon(harness, alex, business, "Fries", 1);
			valid = true;
		}
		make_paused(harness, alex, business, n_paused > 0 ? 0 : (state >> 12) % 3);
		if (valid)
			expected[n_expected++] = business;
	}
	for (uint32_t size = 1; size <= 200; size += size < 12 ? 1 : 47) {
		size_t n = list(harness, true, size, ids, 120, &n_pages);
		cr_assert_eq(n, n_expected, "pages of %u", (unsigned)size);
		cr_assert_eq(memcmp(ids, expected, n * sizeof(ids[0])), 0);
		cr_assert_eq(list(harness, false, size, ids, 120, &n_pages), 120);
		for (uint64_t i = 0; i < 120; i++)
			cr_assert_eq(ids[i], i + 1);
	}
	harness_free(harness);
}

Test(business_read, a_page_ends_at_its_bytes)
{
	struct harness *harness = harness_new();
	uint64_t owners[PP_OWNERS_MAX];
	static char address[PP_ADDRESS_BYTES_MAX + 1];
	uint64_t ids[256];
	uint32_t n_pages;

	memset(address, 'x', PP_ADDRESS_BYTES_MAX);
	for (uint32_t i = 0; i < PP_OWNERS_MAX; i++) {
		char name[16];
		snprintf(name, sizeof(name), "User %u", (unsigned)i);
		owners[i] = make_user(harness, name);
	}
	for (unsigned i = 0; i < 150; i++) {
		struct pp_request request = harness_request(PP_KIND_CREATE_BUSINESS, 0);
		char name[PP_NAME_BYTES_MAX + 1];
		snprintf(name, sizeof(name), "%0120u", i);
		request.u.create_business = (struct pp_create_business_request) { .name = name,
			.address = address,
			.owner_ids = owners,
			.n_owner_ids = PP_OWNERS_MAX };
		EXPECT_OK(harness_ask(harness, &request));
		make_coupon(harness, owners[0], i + 1, "Fries", 1);
	}
	for (int filtered = 0; filtered < 2; filtered++) {
		cr_assert_eq(list(harness, filtered, 256, ids, 256, &n_pages), 150);
		cr_expect_eq(n_pages, 3, "64 a page");
		for (uint64_t i = 0; i < 150; i++)
			cr_expect_eq(ids[i], i + 1);
	}
	harness_free(harness);
}

Test(business_read, a_list_takes_only_its_own_tokens)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	struct pp_list_businesses_response forged;
	uint8_t bytes[256];

	for (int i = 0; i < 4; i++)
		make_coupon(harness, alex, make_numbered(harness, alex), "Fries", 1);
	forged = page(harness, false, 2, NULL)->u.list_businesses;
	cr_assert(forged.next_page_token.len > 0 && forged.next_page_token.len < sizeof(bytes));
	EXPECT_OK(page(harness, false, 3, &forged));
	EXPECT_REFUSED(page(harness, true, 2, &forged), PP_REASON_PAGE_TOKEN_INVALID);
	harness->revision -= 1;
	EXPECT_REFUSED(page(harness, false, 2, &forged), PP_REASON_REVISION_IN_FUTURE);
	harness->revision += 1;
	memcpy(bytes, forged.next_page_token.data, forged.next_page_token.len);
	bytes[5] ^= 1;
	forged.next_page_token.data = bytes;
	const struct pp_response *reply = page(harness, false, 2, &forged);
	EXPECT_REFUSED(reply, PP_REASON_PAGE_TOKEN_INVALID);
	cr_expect_str_eq(reply->status->field, "page_token");
	harness_free(harness);
}

Test(business_read, a_list_that_misses_a_record_ends_the_decision)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	struct pp_request request = harness_request(PP_KIND_LIST_BUSINESSES, 0);
	struct key keys[4];

	uint64_t business = make_numbered(harness, alex);
	uint64_t coupon = make_coupon(harness, alex, business, "Fries", 1);
	key_of_version(coupon, 1, &keys[0]);
	key_of_coupon(coupon, &keys[1]);
	key_of_business_version(business, 1, &keys[2]);
	key_of_business(business, &keys[3]);
	for (int i = 0; i < 4; i++) {
		harness_remove(harness, &keys[i]);
		for (int filtered = 0; filtered < 2; filtered++) {
			request.u.list_businesses.with_valid_coupon = filtered;
			harness_look(harness, &request);
			/* Without the filter no coupon is looked at. */
			cr_expect_eq(harness->step, filtered || i >= 2 ? STEP_CORRUPT : STEP_DONE);
		}
	}
	harness_free(harness);
}

#include "harness.h"

struct stand {
	struct harness *harness;
	uint64_t owner;
	uint64_t business;
	uint64_t coupon;
	uint64_t before; /* the revision before the coupon */
};

static struct stand stand_new(void)
{
	struct stand stand = { .harness = harness_new() };

	stand.owner = make_rich_user(stand.harness, "Owner", 100);
	stand.business = make_business(stand.harness, stand.owner, "Stand", 0);
	stand.before = stand.harness->revision;
	stand.coupon = make_coupon(stand.harness, stand.owner, stand.business, "Fries", 1);
	return stand;
}

static const struct pp_response *get(struct stand *stand, struct pp_get_coupon_request body)
{
	struct pp_request request = harness_request(PP_KIND_GET_COUPON, 0);

	request.u.get_coupon = body;
	return harness_look(stand->harness, &request);
}

Test(coupon_read, finds_the_version_of_any_revision)
{
	struct stand stand = stand_new();
	uint64_t made_at[41] = { 0, stand.harness->revision };

	for (uint64_t v = 2; v <= 40; v++) {
		make_user(stand.harness,
			(char[]) { 'A', (char)('a' + v % 26), (char)('a' + v / 26), '\0' });
		edit_price(stand.harness, stand.owner, stand.coupon, (int64_t)v);
		made_at[v] = stand.harness->revision;
	}
	for (uint64_t v = 1; v <= 40; v++) {
		/* At its own revision, and at the one before the next was made. */
		for (int later = 0; later < 2; later++) {
			uint64_t revision = made_at[v] + (later && v > 1 && v < 40 ? 1 : 0);
			const struct pp_response *reply = get(
				&stand, (struct pp_get_coupon_request) { .coupon_id = stand.coupon,
						.at_revision = revision });
			EXPECT_OK(reply);
			const struct pp_coupon *coupon = reply->u.get_coupon.coupon;
			cr_expect_eq(coupon->version, v);
			cr_expect_eq(coupon->terms->price_coins, (int64_t)v);
			cr_expect_eq(coupon->valid_from_revision, made_at[v]);
			cr_expect_eq(coupon->current_version, 40);
			cr_expect_eq(coupon->has_superseded_at_ms, v < 40);
			if (v < 40)
				cr_expect_eq(coupon->superseded_at_revision, made_at[v + 1]);
			cr_expect(stand.harness->n_rounds <= 9);
		}
	}
	harness_free(stand.harness);
}

Test(coupon_read, is_refused_in_order_of_precedence)
{
	struct stand stand = stand_new();
	uint64_t newest = stand.harness->revision;
	const struct {
		struct pp_get_coupon_request body;
		enum pp_reason reason;
	} rows[] = {
		{ { .coupon_id = 7 }, PP_REASON_COUPON_NOT_FOUND },
		{ { .coupon_id = stand.business * COUPON_ID_UNIT }, PP_REASON_COUPON_NOT_FOUND },
		{ { .coupon_id = UINT64_MAX, .at_revision = newest + 1 },
			PP_REASON_COUPON_NOT_FOUND },
		{ { .business_id = 9, .name = "Fries" }, PP_REASON_BUSINESS_NOT_FOUND },
		{ { .business_id = stand.business, .name = "Shake" }, PP_REASON_COUPON_NOT_FOUND },
		{ { .coupon_id = stand.coupon, .at_revision = newest + 1 },
			PP_REASON_REVISION_IN_FUTURE },
		{ { .coupon_id = stand.coupon, .at_revision = UINT64_MAX },
			PP_REASON_REVISION_IN_FUTURE },
		{ { .coupon_id = stand.coupon, .at_revision = stand.before },
			PP_REASON_COUPON_NOT_FOUND },
		{ { .coupon_id = stand.coupon, .version = 2 }, PP_REASON_NO_SUCH_VERSION },
		{ { .coupon_id = stand.coupon, .version = UINT64_MAX }, PP_REASON_NO_SUCH_VERSION },
		{ { .coupon_id = stand.coupon, .version = 1 }, PP_REASON_NONE },
		{ { .coupon_id = stand.coupon, .at_revision = newest }, PP_REASON_NONE },
		{ { .business_id = stand.business, .name = " FRIES" }, PP_REASON_NONE },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(reason_of(get(&stand, rows[i].body)), rows[i].reason, "row %zu", i);
	harness_free(stand.harness);
}

Test(coupon_read, finds_by_the_name_it_bears)
{
	struct stand stand = stand_new();
	const struct pp_get_coupon_request fries = { .business_id = stand.business,
		.name = "fries" };
	const struct pp_get_coupon_request chips = { .business_id = stand.business,
		.name = "chips" };
	struct pp_terms terms = { .name = "Chips" };

	EXPECT_OK(ask_edit(stand.harness, stand.owner, stand.coupon, 1, &terms));
	EXPECT_REFUSED(get(&stand, fries), PP_REASON_COUPON_NOT_FOUND);
	EXPECT_OK(get(&stand, chips));
	/* Ended, it is found by its last name until another bears that. */
	edit_state(
		stand.harness, stand.owner, stand.coupon, PP_COUPON_STATE_ENDED, PP_SUPERSEDE_HARD);
	EXPECT_REFUSED(get(&stand, fries), PP_REASON_COUPON_NOT_FOUND);
	cr_expect_eq(get(&stand, chips)->u.get_coupon.coupon->coupon_id, stand.coupon);
	uint64_t next = make_coupon(stand.harness, stand.owner, stand.business, "CHIPS", 1);
	cr_expect_eq(get(&stand, chips)->u.get_coupon.coupon->coupon_id, next);
	harness_free(stand.harness);
}

Test(coupon_read, tells_validity_window_and_scarcity)
{
	struct stand stand = stand_new();
	struct pp_terms terms = { .name = "Shake",
		.has_price_coins = true,
		.price_coins = 1,
		.has_starts_at_ms = true,
		.starts_at_ms = HARNESS_START_MS + 10,
		.has_ends_at_ms = true,
		.ends_at_ms = HARNESS_START_MS + 20 };
	uint64_t id = make_coupon_of(stand.harness, stand.owner, stand.business, &terms, 1);
	static const struct {
		int64_t after_ms;
		bool valid;
	} rows[] = { { 9, false }, { 10, true }, { 19, true }, { 20, false } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		stand.harness->now_ms = HARNESS_START_MS + rows[i].after_ms;
		const struct pp_coupon *coupon =
			get(&stand, (struct pp_get_coupon_request) { .coupon_id = id })
				->u.get_coupon.coupon;
		cr_expect_eq(coupon->valid, rows[i].valid);
		cr_expect(coupon->has_stock_left && coupon->stock_left == 1 && !coupon->sold_out);
	}
	stand.harness->now_ms = HARNESS_START_MS + 15;
	EXPECT_OK(ask_purchase(stand.harness, stand.owner, id, 1));
	edit_price(stand.harness, stand.owner, id, 5);
	const struct pp_get_coupon_request first = { .coupon_id = id, .version = 1 };
	const struct pp_coupon *coupon = get(&stand, first)->u.get_coupon.coupon;
	cr_expect(coupon->valid && coupon->sold_out && coupon->sold == 1);
	cr_expect(coupon->has_honoured_until_ms &&
		  coupon->honoured_until_ms == HARNESS_START_MS + 15 + PP_HONOUR_MS_DEFAULT);
	stand.harness->now_ms = coupon->honoured_until_ms - 1;
	cr_expect(get(&stand, first)->u.get_coupon.coupon->has_honoured_until_ms);
	stand.harness->now_ms += 1;
	cr_expect(!get(&stand, first)->u.get_coupon.coupon->has_honoured_until_ms);
	harness_free(stand.harness);
}

#include <stdlib.h>
#include <string.h>

#include "domain/rules/terms.h"
#include "harness_market.h"
#include "harness_verify.h"

/* EditCoupon with restore_version: the terms of an old version, on top of the one that was read. */

struct wanted {
	uint64_t base;
	uint64_t version;
	enum pp_on_conflict on_conflict;
	enum pp_supersede supersede;
};

static struct pp_request restore_request(
	const struct market *market, uint64_t actor, struct wanted wanted)
{
	struct pp_request request = harness_request(PP_KIND_EDIT_COUPON, actor);

	request.u.edit_coupon = (struct pp_edit_coupon_request) { .coupon_id = market->coupon,
		.base_version = wanted.base,
		.restore_version = wanted.version,
		.on_conflict = wanted.on_conflict,
		.supersede = wanted.supersede,
		.reason = wanted.supersede == PP_SUPERSEDE_HARD ? "typo" : NULL };
	return request;
}

static const struct pp_response *restore(struct market *market, struct wanted wanted)
{
	struct pp_request request = restore_request(market, market->owner, wanted);

	return harness_ask(market->harness, &request);
}

static const struct pp_coupon *get(struct market *market, uint64_t version)
{
	struct pp_request request = harness_request(PP_KIND_GET_COUPON, 0);

	request.u.get_coupon.coupon_id = market->coupon;
	request.u.get_coupon.version = version;
	const struct pp_response *reply = harness_look(market->harness, &request);
	EXPECT_OK(reply);
	return reply->u.get_coupon.coupon;
}

static void edit(struct market *market, struct pp_terms terms)
{
	uint64_t version = coupon_of(market->harness, market->coupon).version;

	EXPECT_OK(ask_edit(market->harness, market->owner, market->coupon, version, &terms));
}

static struct market market_edited(void)
{
	struct market market = market_new(market_terms(20), 9, 1000);

	market.harness->now_ms += 1000;
	edit(&market, (struct pp_terms) { .name = "Chips",
			      .description = "hot",
			      .has_price_coins = true,
			      .price_coins = 30,
			      .has_starts_at_ms = true,
			      .starts_at_ms = 5,
			      .has_ends_at_ms = true,
			      .ends_at_ms = market.harness->now_ms * 2,
			      .has_redeem_within_ms = true,
			      .redeem_within_ms = 7,
			      .has_honour_ms = true,
			      .honour_ms = 8,
			      .has_per_user_limit = true,
			      .per_user_limit = 9,
			      .state = PP_COUPON_STATE_PAUSED,
			      .refund_policy = PP_REFUND_POLICY_RETURN_STOCK });
	market.harness->now_ms += 1000;
	return market;
}

Test(restore, brings_back_every_term)
{
	struct market market = market_edited();

	const struct pp_response *reply =
		restore(&market, (struct wanted) { .base = 2, .version = 1 });
	EXPECT_OK(reply);
	const struct pp_edit_coupon_response *body = &reply->u.edit_coupon;
	cr_expect(body->version == 3 && !body->unchanged && !body->merged);
	cr_expect_eq(body->honoured_until_ms, market.harness->now_ms + 8);
	const struct pp_coupon *now = get(&market, 0);
	cr_expect_eq(terms_difference(now->terms, get(&market, 1)->terms), 0);
	cr_expect_eq(terms_difference(now->terms, get(&market, 2)->terms), TERMS_ALL);
	cr_expect_eq(now->changed_fields, TERMS_ALL);
	cr_expect_str_eq(now->terms->name, "Fries");
	cr_expect_eq(now->edited_by, market.owner);
	harness_verify(market.harness);
	/* The name is borne again, and the one between is kept for its window only. */
	struct pp_terms terms = market_terms(1);
	struct pp_request create = harness_request(PP_KIND_CREATE_COUPON, market.owner);
	create.u.create_coupon.business_id = market.business;
	create.u.create_coupon.terms = &terms;
	EXPECT_REFUSED(harness_ask(market.harness, &create), PP_REASON_NAME_TAKEN);
	terms.name = "Chips";
	market.harness->now_ms += PP_HONOUR_MS_DEFAULT;
	create = harness_request(PP_KIND_CREATE_COUPON, market.owner);
	create.u.create_coupon.business_id = market.business;
	create.u.create_coupon.terms = &terms;
	EXPECT_OK(harness_ask(market.harness, &create));
	harness_free(market.harness);
}

Test(restore, leaves_the_old_version_as_it_was)
{
	struct market market = market_new(market_terms(20), -1, 1000);
	struct pp_terms thirty = { .has_price_coins = true, .price_coins = 30 };
	struct pp_request request = harness_request(PP_KIND_EDIT_COUPON, market.owner);

	request.u.edit_coupon = (struct pp_edit_coupon_request) { .coupon_id = market.coupon,
		.base_version = 1,
		.fields = PP_SET_OF(PP_TERM_FIELD_PRICE),
		.terms = &thirty,
		.supersede = PP_SUPERSEDE_HARD,
		.reason = "typo" };
	EXPECT_OK(harness_ask(market.harness, &request));
	EXPECT_OK(restore(&market, (struct wanted) { .base = 2, .version = 1 }));
	EXPECT_REFUSED(ask_purchase(market.harness, market.josh, market.coupon, 1),
		PP_REASON_COUPON_VERSION_EXPIRED);
	const struct pp_response *reply =
		ask_purchase(market.harness, market.josh, market.coupon, 3);
	EXPECT_OK(reply);
	cr_expect_eq(reply->u.purchase_coupon.purchase->price_coins, 20);
	harness_free(market.harness);
}

Test(restore, of_what_does_not_differ_is_unchanged)
{
	struct market market = market_new(market_terms(20), -1, 1000);
	uint64_t revision = market.harness->revision;

	const struct pp_response *reply =
		restore(&market, (struct wanted) { .base = 1, .version = 1 });
	EXPECT_OK(reply);
	cr_expect(reply->u.edit_coupon.unchanged && reply->u.edit_coupon.version == 1);
	cr_expect_eq(market.harness->revision, revision);
	edit_price(market.harness, market.owner, market.coupon, 30);
	edit_price(market.harness, market.owner, market.coupon, 20);
	reply = restore(&market, (struct wanted) { .base = 3, .version = 1 });
	EXPECT_OK(reply);
	cr_expect(reply->u.edit_coupon.unchanged && reply->u.edit_coupon.version == 3);
	/* HARD still withdraws what is older. */
	reply = restore(&market,
		(struct wanted) { .base = 3, .version = 1, .supersede = PP_SUPERSEDE_HARD });
	EXPECT_OK(reply);
	cr_expect(!reply->u.edit_coupon.unchanged && reply->u.edit_coupon.version == 4);
	cr_expect_eq(coupon_of(market.harness, market.coupon).honour_floor, 4);
	cr_expect_eq(get(&market, 0)->changed_fields, 0);
	cr_expect_eq(get(&market, 0)->supersede, PP_SUPERSEDE_HARD);
	harness_verify(market.harness);
	harness_free(market.harness);
}

Test(restore, conflicts_as_an_edit_that_names_what_differs)
{
	struct market market = market_new(market_terms(20), -1, 1000);

	edit(&market, (struct pp_terms) { .name = "Chips", .description = "hot" });
	edit(&market, (struct pp_terms) {
			      .description = "cold", .has_price_coins = true, .price_coins = 30 });
	struct pp_request request =
		restore_request(&market, market.owner, (struct wanted) { .base = 2, .version = 1 });
	const struct pp_response *first = harness_ask(market.harness, &request);
	EXPECT_REFUSED(first, PP_REASON_COUPON_VERSION_CONFLICT);
	const char *begins = "Could not find a coupon from business Fried and Loaded for coupon "
			     "Chips at version 2";
	cr_expect_eq(strncmp(first->status->message, begins, strlen(begins)), 0, "%s",
		first->status->message);
	const struct pp_version_conflict *conflict = first->status->version_conflict;
	const pp_set name = PP_SET_OF(PP_TERM_FIELD_NAME);
	const pp_set description = PP_SET_OF(PP_TERM_FIELD_DESCRIPTION);
	const pp_set price = PP_SET_OF(PP_TERM_FIELD_PRICE);
	cr_assert(conflict != NULL);
	cr_expect(conflict->base_version == 2 && conflict->current_version == 3);
	cr_expect_eq(conflict->fields, name | description | price);
	cr_expect_eq(conflict->overlapping, description);
	cr_expect_eq(terms_fields_set(conflict->yours), name | description);
	cr_expect_str_eq(conflict->yours->name, "Fries");
	cr_expect_str_eq(conflict->yours->description, "");
	cr_expect_str_eq(conflict->base->description, "hot");
	cr_expect_str_eq(conflict->theirs->description, "cold");
	/* The same again, also after more versions. */
	edit_price(market.harness, market.owner, market.coupon, 50);
	expect_replay(first, harness_ask(market.harness, &request));
	/* A restore that names nothing is not applied on top of another's edit either. */
	first = restore(&market, (struct wanted) { .base = 2, .version = 2 });
	EXPECT_REFUSED(first, PP_REASON_COUPON_VERSION_CONFLICT);
	cr_expect_eq(first->status->version_conflict->overlapping, 0);
	cr_expect_eq(terms_fields_set(first->status->version_conflict->yours), 0);
	harness_free(market.harness);
}

/* What was edited in version 2 (and is restored), then in version 3 by another; and the end. */
static const struct {
	const char *what;
	struct pp_terms second;
	struct pp_terms third;
	enum pp_reason reason;
	bool unchanged;
} merges[] = {
	{ "disjoint", { .has_price_coins = true, .price_coins = 9 }, { .description = "x" },
		PP_REASON_NONE, false },
	{ "the same term", { .description = "y" }, { .description = "x" },
		PP_REASON_COUPON_VERSION_CONFLICT, false },
	{ "they restored it", { .description = "y" }, { .description = "" },
		PP_REASON_COUPON_VERSION_CONFLICT, false },
	{ "they paused", { .description = "y" }, { .state = PP_COUPON_STATE_PAUSED },
		PP_REASON_COUPON_VERSION_CONFLICT, false },
	{ "you resume, they describe", { .state = PP_COUPON_STATE_PAUSED }, { .description = "x" },
		PP_REASON_NONE, false },
	{ "you the start, they the end", { .has_starts_at_ms = true, .starts_at_ms = 5 },
		{ .has_ends_at_ms = true, .ends_at_ms = 9 }, PP_REASON_COUPON_VERSION_CONFLICT,
		false },
};

Test(restore, merges_as_an_edit_that_names_what_differs)
{
	for (size_t i = 0; i < ARRAY_LEN(merges); i++) {
		struct market market = market_new(market_terms(20), -1, 1000);
		edit(&market, merges[i].second);
		edit(&market, merges[i].third);
		pp_set third = terms_fields_set(&merges[i].third);
		struct pp_request request = restore_request(&market, market.owner,
			(struct wanted) { .base = 2,
				.version = 1,
				.on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT });
		const struct pp_response *reply = harness_ask(market.harness, &request);
		cr_expect_eq(reason_of(reply), merges[i].reason, "%s: %s", merges[i].what,
			harness_text(reply));
		if (is_ok(reply)) {
			cr_expect(reply->u.edit_coupon.merged);
			cr_expect_eq(
				terms_difference(get(&market, 0)->terms, get(&market, 1)->terms),
				third, "%s", merges[i].what);
		}
		expect_replay(reply, harness_ask(market.harness, &request));
		harness_verify(market.harness);
		harness_free(market.harness);
	}
}

Test(restore, that_names_nothing_merges_into_nothing)
{
	struct market market = market_new(market_terms(20), -1, 1000);

	edit_price(market.harness, market.owner, market.coupon, 30);
	const struct pp_response *reply = restore(&market,
		(struct wanted) {
			.base = 1, .version = 1, .on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT });
	EXPECT_OK(reply);
	cr_expect(reply->u.edit_coupon.unchanged && reply->u.edit_coupon.version == 2);
	harness_free(market.harness);
}

Test(restore, refuses_in_order_of_precedence)
{
	struct market market = market_edited();
	struct harness *harness = market.harness;
	struct pp_terms fries = market_terms(1);
	struct pp_request request = restore_request(
		&market, market.stranger, (struct wanted) { .base = 9, .version = 99 });

	request.u.edit_coupon.coupon_id++;
	EXPECT_REFUSED(harness_ask(harness, &request), PP_REASON_COUPON_NOT_FOUND);
	request = restore_request(
		&market, market.stranger, (struct wanted) { .base = 9, .version = 99 });
	EXPECT_REFUSED(harness_ask(harness, &request), PP_REASON_NOT_AN_OWNER);
	const struct pp_response *reply =
		restore(&market, (struct wanted) { .base = 3, .version = UINT64_MAX });
	EXPECT_REFUSED(reply, PP_REASON_NO_SUCH_VERSION);
	cr_expect_str_eq(reply->status->field, "base_version");
	/* Another coupon takes the name; then nothing but the name stands in the way. */
	harness->now_ms += PP_HONOUR_MS_DEFAULT;
	make_coupon_of(harness, market.owner, market.business, &fries, -1);
	reply = restore(&market, (struct wanted) { .base = 2, .version = 1 });
	EXPECT_REFUSED(reply, PP_REASON_NAME_TAKEN);
	cr_expect_str_eq(reply->status->field, "restore_version");
	edit_price(harness, market.owner, market.coupon, 31);
	reply = restore(&market, (struct wanted) { .base = 2, .version = 1 });
	EXPECT_REFUSED(reply, PP_REASON_COUPON_VERSION_CONFLICT);
	edit_state(harness, market.owner, market.coupon, PP_COUPON_STATE_ENDED, PP_SUPERSEDE_SOFT);
	reply = restore(&market, (struct wanted) { .base = 2, .version = 5 });
	EXPECT_REFUSED(reply, PP_REASON_NO_SUCH_VERSION);
	cr_expect_str_eq(reply->status->field, "restore_version");
	EXPECT_REFUSED(restore(&market, (struct wanted) { .base = 2, .version = 4 }),
		PP_REASON_COUPON_ENDED);
	EXPECT_REFUSED(restore(&market, (struct wanted) { .base = 4, .version = 4 }),
		PP_REASON_COUPON_ENDED);
	harness_verify(harness);
	harness_free(harness);
}

Test(restore, is_repeated_and_tried_as_any_edit)
{
	struct market market = market_edited();
	struct pp_request request =
		restore_request(&market, market.owner, (struct wanted) { .base = 2, .version = 1 });

	request.validate_only = true;
	EXPECT_OK(harness_ask(market.harness, &request));
	cr_expect_eq(coupon_of(market.harness, market.coupon).version, 2);
	request.validate_only = false;
	const struct pp_response *first = harness_ask(market.harness, &request);
	EXPECT_OK(first);
	edit_price(market.harness, market.owner, market.coupon, 77);
	expect_replay(first, harness_ask(market.harness, &request));
	cr_expect_eq(coupon_of(market.harness, market.coupon).version, 4);
	harness_free(market.harness);
}

#include <stdlib.h>
#include <string.h>

#include "domain/rules/terms.h"
#include "harness.h"

/* Case 1 of the design: two owners of one truck. */
struct truck {
	struct harness *harness;
	uint64_t alex;
	uint64_t robin;
	uint64_t stranger;
	uint64_t business;
	uint64_t coupon;
};

static struct truck truck_new(void)
{
	struct truck truck = { .harness = harness_new() };
	struct pp_request request = harness_request(PP_KIND_ADD_OWNER, 0);

	truck.alex = make_user(truck.harness, "Alex");
	truck.robin = make_user(truck.harness, "Robin");
	truck.stranger = make_user(truck.harness, "Sam");
	truck.business = make_business(truck.harness, truck.alex, "Smash", 0);
	request.u.add_owner.business_id = truck.business;
	request.u.add_owner.user_id = truck.robin;
	EXPECT_OK(harness_ask(truck.harness, &request));
	truck.coupon = make_coupon(truck.harness, truck.alex, truck.business, "Half off", 20);
	return truck;
}

static struct pp_terms price(int64_t coins)
{
	return (struct pp_terms) { .has_price_coins = true, .price_coins = coins };
}

static const struct pp_coupon *get(struct truck *truck, uint64_t version)
{
	struct pp_request request = harness_request(PP_KIND_GET_COUPON, 0);

	request.u.get_coupon.coupon_id = truck->coupon;
	request.u.get_coupon.version = version;
	const struct pp_response *reply = harness_look(truck->harness, &request);
	EXPECT_OK(reply);
	return reply->u.get_coupon.coupon;
}

static const struct pp_response *edit_with(struct truck *truck, uint64_t actor, uint64_t base,
	struct pp_terms *terms, enum pp_on_conflict on_conflict, enum pp_supersede supersede)
{
	struct pp_request request = harness_request(PP_KIND_EDIT_COUPON, actor);

	request.u.edit_coupon = (struct pp_edit_coupon_request) { .coupon_id = truck->coupon,
		.base_version = base,
		.fields = terms_fields_set(terms),
		.terms = terms,
		.on_conflict = on_conflict,
		.supersede = supersede,
		.reason = supersede == PP_SUPERSEDE_HARD ? "typo" : NULL };
	return harness_ask(truck->harness, &request);
}

Test(edit, refuses_the_second_of_two_edits_of_one_version)
{
	struct truck truck = truck_new();
	struct pp_terms thirty = price(30);
	struct pp_terms forty = price(40);

	truck.harness->now_ms += 1000;
	const struct pp_response *reply =
		ask_edit(truck.harness, truck.alex, truck.coupon, 1, &thirty);
	EXPECT_OK(reply);
	cr_expect_eq(reply->u.edit_coupon.version, 2);
	cr_expect(reply->u.edit_coupon.has_honoured_until_ms);
	cr_expect_eq(reply->u.edit_coupon.honoured_until_ms,
		truck.harness->now_ms + PP_HONOUR_MS_DEFAULT);
	int64_t changed_at_ms = truck.harness->now_ms;
	truck.harness->now_ms += 5;
	uint64_t revision = truck.harness->revision;
	reply = ask_edit(truck.harness, truck.robin, truck.coupon, 1, &forty);
	EXPECT_REFUSED(reply, PP_REASON_COUPON_VERSION_CONFLICT);
	cr_expect_eq(reply->status->code, PP_CODE_ABORTED);
	cr_expect_eq(reply->revision, revision);
	const char *begins =
		"Could not find a coupon from business Smash for coupon Half off at version 1";
	cr_expect_eq(strncmp(reply->status->message, begins, strlen(begins)), 0, "%s",
		reply->status->message);
	const struct pp_version_conflict *conflict = reply->status->version_conflict;
	cr_assert(conflict != NULL);
	cr_expect(conflict->base_version == 1 && conflict->current_version == 2);
	cr_expect_eq(conflict->changed_by, truck.alex);
	cr_expect_eq(conflict->changed_at_ms, changed_at_ms);
	cr_expect_eq(conflict->fields, PP_SET_OF(PP_TERM_FIELD_PRICE));
	cr_expect_eq(conflict->overlapping, PP_SET_OF(PP_TERM_FIELD_PRICE));
	cr_expect(conflict->base->price_coins == 20 && conflict->theirs->price_coins == 30);
	cr_expect_eq(conflict->yours->price_coins, 40);
	cr_expect(conflict->base->name == NULL && !conflict->yours->has_honour_ms);
	cr_expect_eq(get(&truck, 0)->terms->price_coins, 30);
	cr_expect_eq(coupon_of(truck.harness, truck.coupon).version, 2);
	harness_free(truck.harness);
}

Test(edit, merges_edits_of_different_fields)
{
	struct truck truck = truck_new();
	struct pp_terms thirty = price(30);
	struct pp_terms description = { .description = "a burger and shake" };

	EXPECT_OK(ask_edit(truck.harness, truck.alex, truck.coupon, 1, &thirty));
	const struct pp_response *reply = edit_with(&truck, truck.robin, 1, &description,
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_SUPERSEDE_NONE);
	EXPECT_OK(reply);
	cr_expect(reply->u.edit_coupon.merged && reply->u.edit_coupon.version == 3);
	const struct pp_coupon *coupon = get(&truck, 0);
	cr_expect_eq(coupon->terms->price_coins, 30);
	cr_expect_str_eq(coupon->terms->description, "a burger and shake");
	cr_expect_eq(coupon->edited_by, truck.robin);
	cr_expect_eq(coupon->changed_fields, PP_SET_OF(PP_TERM_FIELD_DESCRIPTION));
	cr_expect_eq(coupon->supersede, PP_SUPERSEDE_SOFT);
	harness_free(truck.harness);
}

/* What happened since version 1, what is asked for on top of it, and how that ends. */
static const struct {
	const char *what;
	struct pp_terms theirs;
	struct pp_terms theirs_too; /* in a second edit, when set */
	struct pp_terms yours;
	enum pp_on_conflict on_conflict;
	enum pp_reason reason;
	pp_set overlapping;
} merges[] = {
	{ "not asked to merge", { .description = "x" }, { 0 },
		{ .has_price_coins = true, .price_coins = 9 }, PP_ON_CONFLICT_REFUSE,
		PP_REASON_COUPON_VERSION_CONFLICT, 0 },
	{ "disjoint", { .description = "x" }, { 0 }, { .has_price_coins = true, .price_coins = 9 },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_NONE, 0 },
	{ "same field", { .description = "x" }, { 0 }, { .description = "y" },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_COUPON_VERSION_CONFLICT,
		PP_SET_OF(PP_TERM_FIELD_DESCRIPTION) },
	{ "same field, same value", { .description = "x" }, { 0 }, { .description = "x" },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_COUPON_VERSION_CONFLICT,
		PP_SET_OF(PP_TERM_FIELD_DESCRIPTION) },
	{ "changed there and back", { .description = "x" }, { .description = "" },
		{ .description = "y" }, PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_NONE, 0 },
	{ "paused since", { .state = PP_COUPON_STATE_PAUSED }, { 0 }, { .description = "y" },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_COUPON_VERSION_CONFLICT, 0 },
	{ "paused and resumed since", { .state = PP_COUPON_STATE_PAUSED },
		{ .state = PP_COUPON_STATE_ACTIVE }, { .description = "y" },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_NONE, 0 },
	{ "they moved the start, you the end", { .has_starts_at_ms = true, .starts_at_ms = 5 },
		{ 0 }, { .has_ends_at_ms = true, .ends_at_ms = 50 }, PP_ON_CONFLICT_MERGE_DISJOINT,
		PP_REASON_COUPON_VERSION_CONFLICT, 0 },
	{ "they moved the end, you the start", { .has_ends_at_ms = true, .ends_at_ms = 50 }, { 0 },
		{ .has_starts_at_ms = true, .starts_at_ms = 5 }, PP_ON_CONFLICT_MERGE_DISJOINT,
		PP_REASON_COUPON_VERSION_CONFLICT, 0 },
	{ "they moved the start, you the price", { .has_starts_at_ms = true, .starts_at_ms = 5 },
		{ 0 }, { .has_price_coins = true, .price_coins = 9 }, PP_ON_CONFLICT_MERGE_DISJOINT,
		PP_REASON_NONE, 0 },
	{ "you pause what they described", { .description = "x" }, { 0 },
		{ .state = PP_COUPON_STATE_PAUSED }, PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_NONE,
		0 },
	{ "one of two fields overlaps", { .description = "x" }, { 0 },
		{ .description = "y", .has_price_coins = true, .price_coins = 9 },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_COUPON_VERSION_CONFLICT,
		PP_SET_OF(PP_TERM_FIELD_DESCRIPTION) },
};

Test(edit, merges_only_what_cannot_hurt)
{
	for (size_t i = 0; i < ARRAY_LEN(merges); i++) {
		struct truck truck = truck_new();
		struct pp_terms theirs = merges[i].theirs;
		struct pp_terms theirs_too = merges[i].theirs_too;
		struct pp_terms yours = merges[i].yours;
		EXPECT_OK(ask_edit(truck.harness, truck.alex, truck.coupon, 1, &theirs));
		if (terms_fields_set(&theirs_too) != 0)
			EXPECT_OK(
				ask_edit(truck.harness, truck.alex, truck.coupon, 2, &theirs_too));
		const struct pp_response *reply = edit_with(
			&truck, truck.robin, 1, &yours, merges[i].on_conflict, PP_SUPERSEDE_NONE);
		cr_expect_eq(reason_of(reply), merges[i].reason, "%s: %s", merges[i].what,
			harness_text(reply));
		if (reason_of(reply) == PP_REASON_COUPON_VERSION_CONFLICT)
			cr_expect_eq(reply->status->version_conflict->overlapping,
				merges[i].overlapping, "%s", merges[i].what);
		if (is_ok(reply))
			cr_expect(reply->u.edit_coupon.merged, "%s", merges[i].what);
		harness_free(truck.harness);
	}
}

Test(edit, validates_the_terms_it_makes)
{
	struct truck truck = truck_new();
	struct pp_terms dates = { .has_starts_at_ms = true,
		.starts_at_ms = 50,
		.has_ends_at_ms = true,
		.ends_at_ms = 50 };
	struct pp_terms start = { .has_starts_at_ms = true, .starts_at_ms = 100 };
	struct pp_terms end = { .has_ends_at_ms = true, .ends_at_ms = 60 };

	const struct pp_response *reply =
		ask_edit(truck.harness, truck.alex, truck.coupon, 1, &dates);
	EXPECT_REFUSED(reply, PP_REASON_TERMS_INVALID);
	cr_expect_str_eq(reply->status->field, "terms.ends_at_ms");
	EXPECT_OK(ask_edit(truck.harness, truck.alex, truck.coupon, 1, &end));
	EXPECT_REFUSED(ask_edit(truck.harness, truck.alex, truck.coupon, 2, &start),
		PP_REASON_TERMS_INVALID);
	start.starts_at_ms = 59;
	EXPECT_OK(ask_edit(truck.harness, truck.alex, truck.coupon, 2, &start));
	harness_free(truck.harness);
}

Test(edit, that_changes_nothing_makes_no_version)
{
	struct truck truck = truck_new();
	struct pp_terms same = price(20);
	uint64_t revision = truck.harness->revision;

	const struct pp_response *reply =
		edit_with(&truck, truck.alex, 1, &same, PP_ON_CONFLICT_NONE, PP_SUPERSEDE_HARD);
	EXPECT_OK(reply);
	cr_expect(reply->u.edit_coupon.unchanged && reply->u.edit_coupon.version == 1);
	cr_expect(!reply->u.edit_coupon.has_honoured_until_ms);
	cr_expect(reply->revision == revision && truck.harness->revision == revision);
	cr_expect_eq(truck.harness->n_writes, 1, "its request id");
	cr_expect_eq(coupon_of(truck.harness, truck.coupon).version, 1);
	harness_free(truck.harness);
}

Test(edit, that_only_withdraws_older_versions_makes_a_version)
{
	struct truck truck = truck_new();
	struct pp_terms thirty = price(30);

	EXPECT_OK(ask_edit(truck.harness, truck.alex, truck.coupon, 1, &thirty));
	const struct pp_response *reply =
		edit_with(&truck, truck.alex, 2, &thirty, PP_ON_CONFLICT_NONE, PP_SUPERSEDE_HARD);
	EXPECT_OK(reply);
	cr_expect(!reply->u.edit_coupon.unchanged && reply->u.edit_coupon.version == 3);
	cr_expect_eq(coupon_of(truck.harness, truck.coupon).honour_floor, 3);
	reply = edit_with(&truck, truck.alex, 3, &thirty, PP_ON_CONFLICT_NONE, PP_SUPERSEDE_HARD);
	EXPECT_OK(reply);
	cr_expect(reply->u.edit_coupon.unchanged, "nothing is left to withdraw");
	harness_free(truck.harness);
}

Test(edit, refuses_in_order_of_precedence)
{
	struct truck truck = truck_new();
	struct pp_terms terms = price(30);

	/* Each row would be refused by all below it too, where that can be. */
	EXPECT_REFUSED(ask_edit(truck.harness, truck.stranger, 999, 99, &terms),
		PP_REASON_COUPON_NOT_FOUND);
	EXPECT_REFUSED(ask_edit(truck.harness, truck.stranger, truck.coupon + 1, 99, &terms),
		PP_REASON_COUPON_NOT_FOUND);
	EXPECT_REFUSED(ask_edit(truck.harness, truck.stranger, truck.coupon, 99, &terms),
		PP_REASON_NOT_AN_OWNER);
	edit_state(
		truck.harness, truck.alex, truck.coupon, PP_COUPON_STATE_ENDED, PP_SUPERSEDE_SOFT);
	EXPECT_REFUSED(ask_edit(truck.harness, truck.alex, truck.coupon, 3, &terms),
		PP_REASON_NO_SUCH_VERSION);
	EXPECT_REFUSED(ask_edit(truck.harness, truck.alex, truck.coupon, UINT64_MAX, &terms),
		PP_REASON_NO_SUCH_VERSION);
	EXPECT_REFUSED(ask_edit(truck.harness, truck.alex, truck.coupon, 1, &terms),
		PP_REASON_COUPON_ENDED);
	EXPECT_REFUSED(ask_edit(truck.harness, truck.alex, truck.coupon, 2, &terms),
		PP_REASON_COUPON_ENDED);
	harness_free(truck.harness);
}

Test(edit, lets_the_operator_edit)
{
	struct truck truck = truck_new();
	struct pp_terms terms = price(30);

	EXPECT_OK(ask_edit(truck.harness, 0, truck.coupon, 1, &terms));
	EXPECT_REFUSED(ask_edit(truck.harness, truck.alex, truck.coupon, 1, &terms),
		PP_REASON_COUPON_VERSION_CONFLICT);
	harness_free(truck.harness);
}

Test(edit, stops_at_the_most_versions)
{
	struct truck truck = truck_new();
	struct coupon_record coupon = coupon_of(truck.harness, truck.coupon);
	struct version_record version;
	struct byte_writer writer;
	uint8_t bytes[512];
	struct pp_terms terms = price(30);
	struct key key;

	key_of_version(truck.coupon, 1, &key);
	const struct harness_record *first = harness_find(truck.harness, &key);
	struct span span = { .data = first->bytes, .len = first->len };
	cr_assert(record_version_decode(span, NULL, &version));
	coupon.version = version.version = PP_VERSIONS_MAX;
	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_version_encode(&version, &writer);
	key_of_version(truck.coupon, PP_VERSIONS_MAX, &key);
	harness_store(truck.harness, &key, byte_writer_span(&writer));
	store_coupon(truck.harness, &coupon);
	EXPECT_REFUSED(ask_edit(truck.harness, truck.alex, truck.coupon, PP_VERSIONS_MAX, &terms),
		PP_REASON_TOO_MANY_VERSIONS);
	harness_free(truck.harness);
}

Test(edit, hard_raises_the_floor_and_soft_opens_a_window)
{
	struct truck truck = truck_new();
	struct pp_terms thirty = price(30);
	struct pp_terms forty = price(40);
	struct pp_terms short_window = { .has_honour_ms = true, .honour_ms = 10 };

	int64_t at_ms = truck.harness->now_ms;
	EXPECT_OK(ask_edit(truck.harness, truck.alex, truck.coupon, 1, &short_window));
	struct coupon_record coupon = coupon_of(truck.harness, truck.coupon);
	cr_expect(
		coupon.honour_floor == 1 && coupon.window_until_ms == at_ms + PP_HONOUR_MS_DEFAULT);
	EXPECT_OK(ask_edit(truck.harness, truck.alex, truck.coupon, 2, &thirty));
	coupon = coupon_of(truck.harness, truck.coupon);
	cr_expect_eq(coupon.window_until_ms, at_ms + PP_HONOUR_MS_DEFAULT,
		"a later edit does not shorten it");
	const struct pp_response *reply =
		edit_with(&truck, truck.alex, 3, &forty, PP_ON_CONFLICT_NONE, PP_SUPERSEDE_HARD);
	EXPECT_OK(reply);
	cr_expect(!reply->u.edit_coupon.has_honoured_until_ms);
	coupon = coupon_of(truck.harness, truck.coupon);
	cr_expect(coupon.honour_floor == 4 && coupon.window_until_ms == 0);
	const struct pp_coupon *seen = get(&truck, 0);
	cr_expect_eq(seen->supersede, PP_SUPERSEDE_HARD);
	cr_expect_str_eq(seen->reason, "typo");
	harness_free(truck.harness);
}

Test(edit, a_version_without_window_is_not_honoured)
{
	struct truck truck = truck_new();
	struct pp_terms no_window = { .has_honour_ms = true, .honour_ms = 0 };
	struct pp_terms thirty = price(30);

	EXPECT_OK(ask_edit(truck.harness, truck.alex, truck.coupon, 1, &no_window));
	const struct pp_response *reply =
		ask_edit(truck.harness, truck.alex, truck.coupon, 2, &thirty);
	EXPECT_OK(reply);
	cr_expect(!reply->u.edit_coupon.has_honoured_until_ms);
	harness_free(truck.harness);
}

/* ---- Names ---- */

static enum pp_reason create(struct truck *truck, const char *name)
{
	struct pp_request request = harness_request(PP_KIND_CREATE_COUPON, truck->alex);
	struct pp_terms terms = { .name = name, .has_price_coins = true };

	request.u.create_coupon.business_id = truck->business;
	request.u.create_coupon.terms = &terms;
	return reason_of(harness_ask(truck->harness, &request));
}

static enum pp_reason rename_to(struct truck *truck, const char *name, enum pp_supersede supersede)
{
	struct pp_terms terms = { .name = name };

	return reason_of(
		edit_with(truck, truck->alex, coupon_of(truck->harness, truck->coupon).version,
			&terms, PP_ON_CONFLICT_NONE, supersede));
}

Test(edit, keeps_a_freed_name_until_its_window_ends)
{
	struct truck truck = truck_new();

	cr_expect_eq(create(&truck, "HALF OFF"), PP_REASON_NAME_TAKEN);
	cr_expect_eq(rename_to(&truck, "Whole", PP_SUPERSEDE_SOFT), PP_REASON_NONE);
	cr_expect_eq(create(&truck, "whole"), PP_REASON_NAME_TAKEN);
	truck.harness->now_ms += PP_HONOUR_MS_DEFAULT - 1;
	cr_expect_eq(create(&truck, "Half off"), PP_REASON_NAME_TAKEN);
	truck.harness->now_ms += 1;
	cr_expect_eq(create(&truck, "Half off"), PP_REASON_NONE);
	cr_expect_eq(rename_to(&truck, "half off", PP_SUPERSEDE_SOFT), PP_REASON_NAME_TAKEN);
	harness_free(truck.harness);
}

Test(edit, gives_a_name_back_to_who_bore_it)
{
	struct truck truck = truck_new();

	cr_expect_eq(rename_to(&truck, "Whole", PP_SUPERSEDE_SOFT), PP_REASON_NONE);
	cr_expect_eq(rename_to(&truck, "Half OFF", PP_SUPERSEDE_SOFT), PP_REASON_NONE);
	cr_expect_eq(rename_to(&truck, "half off", PP_SUPERSEDE_SOFT), PP_REASON_NONE, "case only");
	cr_expect_eq(create(&truck, "Half off"), PP_REASON_NAME_TAKEN);
	cr_expect_eq(create(&truck, "Whole"), PP_REASON_NAME_TAKEN, "kept for its window");
	truck.harness->now_ms += PP_HONOUR_MS_DEFAULT;
	cr_expect_eq(create(&truck, "Whole"), PP_REASON_NONE);
	harness_free(truck.harness);
}

Test(edit, hard_frees_a_name_at_once)
{
	struct truck truck = truck_new();

	cr_expect_eq(rename_to(&truck, "Whole", PP_SUPERSEDE_HARD), PP_REASON_NONE);
	cr_expect_eq(create(&truck, "Half off"), PP_REASON_NONE);
	harness_free(truck.harness);
}

Test(edit, the_end_frees_the_name_after_its_window)
{
	struct truck truck = truck_new();

	edit_state(
		truck.harness, truck.alex, truck.coupon, PP_COUPON_STATE_ENDED, PP_SUPERSEDE_SOFT);
	cr_expect_eq(create(&truck, "Half off"), PP_REASON_NAME_TAKEN);
	truck.harness->now_ms += PP_HONOUR_MS_DEFAULT;
	cr_expect_eq(create(&truck, "Half off"), PP_REASON_NONE);
	harness_free(truck.harness);
}

Test(edit, ended_and_renamed_at_once_frees_both_names)
{
	struct truck truck = truck_new();
	struct pp_terms terms = { .name = "Gone", .state = PP_COUPON_STATE_ENDED };

	EXPECT_OK(ask_edit(truck.harness, truck.alex, truck.coupon, 1, &terms));
	cr_expect_eq(create(&truck, "Half off"), PP_REASON_NAME_TAKEN);
	cr_expect_eq(create(&truck, "Gone"), PP_REASON_NAME_TAKEN);
	truck.harness->now_ms += PP_HONOUR_MS_DEFAULT;
	cr_expect_eq(create(&truck, "Half off"), PP_REASON_NONE);
	cr_expect_eq(create(&truck, "Gone"), PP_REASON_NONE);
	harness_free(truck.harness);
}

Test(edit, pauses_resumes_and_ends)
{
	struct truck truck = truck_new();

	cr_expect_eq(edit_state(truck.harness, truck.alex, truck.coupon, PP_COUPON_STATE_PAUSED,
			     PP_SUPERSEDE_SOFT),
		2);
	cr_expect(!get(&truck, 0)->valid);
	cr_expect(get(&truck, 1)->valid && get(&truck, 1)->has_honoured_until_ms);
	cr_expect_eq(edit_state(truck.harness, truck.robin, truck.coupon, PP_COUPON_STATE_ACTIVE,
			     PP_SUPERSEDE_SOFT),
		3);
	cr_expect(get(&truck, 0)->valid);
	cr_expect_eq(edit_state(truck.harness, truck.robin, truck.coupon, PP_COUPON_STATE_ENDED,
			     PP_SUPERSEDE_HARD),
		4);
	cr_expect(!get(&truck, 0)->valid && !get(&truck, 3)->has_honoured_until_ms);
	harness_free(truck.harness);
}

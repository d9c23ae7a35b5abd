#include <stdlib.h>
#include <string.h>

#include "domain/rules/profile.h"
#include "harness.h"

/* Two owners of one truck, whose address and name they share. */
struct truck {
	struct harness *harness;
	uint64_t alex;
	uint64_t robin;
	uint64_t stranger;
	uint64_t business;
};

static struct truck truck_new(void)
{
	struct truck truck = { .harness = harness_new() };
	struct pp_request request = harness_request(PP_KIND_ADD_OWNER, 0);

	truck.alex = make_user(truck.harness, "Alex");
	truck.robin = make_user(truck.harness, "Robin");
	truck.stranger = make_user(truck.harness, "Sam");
	truck.business = make_business(truck.harness, truck.alex, "Smash", 100);
	request.u.add_owner.business_id = truck.business;
	request.u.add_owner.user_id = truck.robin;
	EXPECT_OK(harness_ask(truck.harness, &request));
	return truck;
}

/* An edit that names what the profile sets. */
static struct pp_request edit_of(struct truck *truck, uint64_t actor, uint64_t base,
	struct pp_business_profile *profile, enum pp_on_conflict on_conflict)
{
	struct pp_request request = harness_request(PP_KIND_EDIT_BUSINESS, actor);

	request.u.edit_business =
		(struct pp_edit_business_request) { .business_id = truck->business,
			.base_version = base,
			.fields = profile_fields_set(profile),
			.profile = profile,
			.on_conflict = on_conflict };
	return request;
}

static const struct pp_response *edit(
	struct truck *truck, uint64_t actor, uint64_t base, struct pp_business_profile profile)
{
	struct pp_request request = edit_of(truck, actor, base, &profile, PP_ON_CONFLICT_NONE);

	return harness_ask(truck->harness, &request);
}

static const struct pp_response *merge(
	struct truck *truck, uint64_t actor, uint64_t base, struct pp_business_profile profile)
{
	struct pp_request request =
		edit_of(truck, actor, base, &profile, PP_ON_CONFLICT_MERGE_DISJOINT);

	return harness_ask(truck->harness, &request);
}

static const struct pp_business *get(struct truck *truck)
{
	struct pp_request request = harness_request(PP_KIND_GET_BUSINESS, 0);

	request.u.get_business.business_id = truck->business;
	const struct pp_response *reply = harness_look(truck->harness, &request);
	EXPECT_OK(reply);
	return reply->u.get_business.business;
}

static struct business_version_record version_of(const struct truck *truck, uint64_t version)
{
	struct business_version_record record;
	struct key key;

	key_of_business_version(truck->business, version, &key);
	const struct harness_record *found = harness_find(truck->harness, &key);
	cr_assert(found != NULL);
	struct span bytes = { .data = found->bytes, .len = found->len };
	cr_assert(record_business_version_decode(bytes, NULL, &record));
	return record;
}

static void store_version(struct truck *truck, const struct business_version_record *version)
{
	struct byte_writer writer;
	uint8_t bytes[1024];
	struct key key;

	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_business_version_encode(version, &writer);
	key_of_business_version(version->business_id, version->version, &key);
	harness_store(truck->harness, &key, byte_writer_span(&writer));
}

/* As if it had been edited very often. */
static void age(struct truck *truck, uint32_t version)
{
	struct business_version_record record = version_of(truck, 1);
	struct business_record business = { .business_id = truck->business,
		.version = version,
		.name = "Smash",
		.address = "",
		.n_owners = 2,
		.owners = { truck->alex, truck->robin },
		.commission_bp = 100 };

	record.version = version;
	store_version(truck, &record);
	store_business(truck->harness, &business);
}

Test(business_edit, makes_a_version)
{
	struct truck truck = truck_new();

	truck.harness->now_ms += 1000;
	const struct pp_response *reply = edit(&truck, truck.robin, 1,
		(struct pp_business_profile) { .name = " Smash & Shake ", .address = "Pier 4" });
	EXPECT_OK(reply);
	const struct pp_edit_business_response *body = &reply->u.edit_business;
	cr_expect(body->business_id == truck.business && body->version == 2);
	cr_expect(!body->unchanged && !body->merged);
	cr_expect_eq(reply->revision, truck.harness->revision);
	const struct pp_business *business = get(&truck);
	cr_expect_str_eq(business->profile->name, "Smash & Shake");
	cr_expect_str_eq(business->profile->address, "Pier 4");
	cr_expect_eq(business->profile->commission_bp, 100);
	cr_expect(business->version == 2 && business->edited_by == truck.robin);
	cr_expect_eq(business->edited_at_ms, truck.harness->now_ms);
	cr_expect_eq(business->created_at_ms, HARNESS_START_MS);
	struct business_version_record version = version_of(&truck, 2);
	cr_expect_str_eq(version.profile.name, "Smash & Shake");
	cr_expect_eq(version.valid_from_revision, reply->revision);
	cr_expect_eq(version.valid_from_ms, truck.harness->now_ms);
	cr_expect_eq(version.edited_by, truck.robin);
	cr_expect_eq(version.changed_fields,
		PP_SET_OF(PP_BUSINESS_FIELD_NAME) | PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS));
	cr_expect_str_eq(version_of(&truck, 1).profile.name, "Smash", "the first stays");
	cr_expect_eq(version_of(&truck, 1).changed_fields, 0);
	harness_free(truck.harness);
}

Test(business_edit, refuses_the_second_of_two_edits_of_one_version)
{
	struct truck truck = truck_new();

	truck.harness->now_ms += 1000;
	EXPECT_OK(edit(&truck, truck.alex, 1, (struct pp_business_profile) { .address = "A" }));
	int64_t changed_at_ms = truck.harness->now_ms;
	truck.harness->now_ms += 5;
	uint64_t revision = truck.harness->revision;
	const struct pp_response *reply = edit(&truck, truck.robin, 1,
		(struct pp_business_profile) { .name = " Robin's", .address = "B" });
	EXPECT_REFUSED(reply, PP_REASON_BUSINESS_VERSION_CONFLICT);
	cr_expect_eq(reply->status->code, PP_CODE_ABORTED);
	cr_expect_str_eq(reply->status->field, "base_version");
	cr_expect(reply->revision == revision && truck.harness->revision == revision);
	cr_expect_str_eq(reply->status->message,
		"Could not find business Smash at version 1: it is at version 2 since "
		"2026-11-24T07:00:01.000Z, by user 1 (changed since: address). Nothing was "
		"written. Read it again and decide anew.");
	const struct pp_business_conflict *conflict = reply->status->business_conflict;
	cr_assert(conflict != NULL && reply->status->version_conflict == NULL);
	cr_expect(conflict->base_version == 1 && conflict->current_version == 2);
	cr_expect(conflict->changed_by == truck.alex && conflict->changed_at_ms == changed_at_ms);
	cr_expect_eq(conflict->fields,
		PP_SET_OF(PP_BUSINESS_FIELD_NAME) | PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS));
	cr_expect_eq(conflict->overlapping, PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS));
	cr_expect_str_eq(conflict->base->name, "Smash");
	cr_expect_str_eq(conflict->base->address, "");
	cr_expect_str_eq(conflict->theirs->name, "Smash");
	cr_expect_str_eq(conflict->theirs->address, "A");
	cr_expect_str_eq(conflict->yours->name, "Robin's", "as it would be stored");
	cr_expect_str_eq(conflict->yours->address, "B");
	cr_expect(!conflict->base->has_commission_bp && !conflict->yours->has_commission_bp);
	cr_expect_str_eq(get(&truck)->profile->address, "A");
	harness_free(truck.harness);
}

/* What happened since version 1, what is asked for on top of it, and how that ends. */
static const struct {
	const char *what;
	struct pp_business_profile theirs;
	struct pp_business_profile theirs_too; /* in a second edit, when set */
	struct pp_business_profile yours;
	enum pp_on_conflict on_conflict;
	enum pp_reason reason;
	pp_set overlapping;
} merges[] = {
	{ "not asked to merge", { .address = "x" }, { 0 }, { .name = "y" }, PP_ON_CONFLICT_REFUSE,
		PP_REASON_BUSINESS_VERSION_CONFLICT, 0 },
	{ "disjoint", { .address = "x" }, { 0 }, { .name = "y" }, PP_ON_CONFLICT_MERGE_DISJOINT,
		PP_REASON_NONE, 0 },
	{ "commission and address", { .has_commission_bp = true, .commission_bp = 5 }, { 0 },
		{ .address = "y" }, PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_NONE, 0 },
	{ "commission twice", { .has_commission_bp = true, .commission_bp = 5 }, { 0 },
		{ .has_commission_bp = true, .commission_bp = 6 }, PP_ON_CONFLICT_MERGE_DISJOINT,
		PP_REASON_BUSINESS_VERSION_CONFLICT, PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION) },
	{ "same field", { .address = "x" }, { 0 }, { .address = "y" },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_BUSINESS_VERSION_CONFLICT,
		PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS) },
	{ "same field, same value", { .address = "x" }, { 0 }, { .address = "x" },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_BUSINESS_VERSION_CONFLICT,
		PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS) },
	{ "the name's case since", { .name = "SMASH" }, { 0 }, { .name = "y" },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_BUSINESS_VERSION_CONFLICT,
		PP_SET_OF(PP_BUSINESS_FIELD_NAME) },
	{ "changed there and back", { .address = "x" }, { .address = "" }, { .address = "y" },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_NONE, 0 },
	{ "one of two fields overlaps", { .address = "x" }, { 0 }, { .name = "y", .address = "y" },
		PP_ON_CONFLICT_MERGE_DISJOINT, PP_REASON_BUSINESS_VERSION_CONFLICT,
		PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS) },
};

Test(business_edit, merges_only_what_cannot_hurt)
{
	for (size_t i = 0; i < ARRAY_LEN(merges); i++) {
		struct truck truck = truck_new();
		struct pp_business_profile yours = merges[i].yours;
		struct pp_business_profile expected;
		uint64_t version = 2;
		EXPECT_OK(edit(&truck, 0, 1, merges[i].theirs));
		if (profile_fields_set(&merges[i].theirs_too) != 0)
			EXPECT_OK(edit(&truck, 0, version++, merges[i].theirs_too));
		expected = version_of(&truck, version).profile;
		struct pp_request request = edit_of(&truck, 0, 1, &yours, merges[i].on_conflict);
		const struct pp_response *reply = harness_ask(truck.harness, &request);
		cr_assert_eq(reason_of(reply), merges[i].reason, "%s: %s", merges[i].what,
			harness_text(reply));
		if (!is_ok(reply)) {
			const struct pp_business_conflict *c = reply->status->business_conflict;
			cr_expect_eq(c->overlapping, merges[i].overlapping, "%s", merges[i].what);
			cr_expect_eq(get(&truck)->version, version, "%s", merges[i].what);
		} else {
			cr_expect(reply->u.edit_business.merged);
			cr_expect_eq(reply->u.edit_business.version, version + 1);
			profile_apply(&expected, &yours, profile_fields_set(&yours));
			cr_expect_eq(profile_difference(get(&truck)->profile, &expected), 0, "%s",
				merges[i].what);
		}
		harness_free(truck.harness);
	}
}

Test(business_edit, that_changes_nothing_makes_no_version)
{
	struct truck truck = truck_new();
	struct pp_business_profile same = { .name = " Smash", .address = "" };

	uint64_t revision = truck.harness->revision;
	const struct pp_response *reply = edit(&truck, truck.alex, 1, same);
	EXPECT_OK(reply);
	cr_expect(reply->u.edit_business.unchanged && reply->u.edit_business.version == 1);
	cr_expect(!reply->u.edit_business.merged);
	cr_expect(reply->revision == revision && truck.harness->revision == revision);
	/* One that would be merged, but changes nothing on top either. */
	EXPECT_OK(edit(&truck, 0, 1,
		(struct pp_business_profile) { .has_commission_bp = true, .commission_bp = 7 }));
	reply = merge(&truck, truck.alex, 1, same);
	EXPECT_OK(reply);
	cr_expect(reply->u.edit_business.unchanged && reply->u.edit_business.version == 2);
	/* Also when there could be no other version. */
	age(&truck, PP_VERSIONS_MAX);
	reply = edit(&truck, truck.alex, PP_VERSIONS_MAX, same);
	EXPECT_OK(reply);
	cr_expect(reply->u.edit_business.unchanged);
	harness_free(truck.harness);
}

/* Each step mends what the step before it was refused for, and nothing else. */
Test(business_edit, is_refused_in_order_of_precedence)
{
	struct truck truck = truck_new();
	struct pp_business_profile profile = {
		.name = "TAKEN", .has_commission_bp = true, .commission_bp = 3
	};
	struct pp_request request =
		edit_of(&truck, truck.stranger, 9, &profile, PP_ON_CONFLICT_NONE);
	struct pp_edit_business_request *body = &request.u.edit_business;
	static const struct {
		enum pp_reason reason;
		const char *field;
	} steps[] = {
		{ PP_REASON_BUSINESS_NOT_FOUND, "business_id" },
		{ PP_REASON_NOT_AN_OWNER, "acting_user" },
		{ PP_REASON_OPERATOR_ONLY, "profile.commission_bp" },
		{ PP_REASON_NO_SUCH_VERSION, "base_version" },
		{ PP_REASON_BUSINESS_VERSION_CONFLICT, "base_version" },
		{ PP_REASON_TOO_MANY_VERSIONS, "business_id" },
		{ PP_REASON_NAME_TAKEN, "profile.name" },
	};

	make_business(truck.harness, truck.alex, "Taken", 0);
	EXPECT_OK(edit(&truck, truck.alex, 1, (struct pp_business_profile) { .address = "A" }));
	body->business_id = 99;
	for (size_t i = 0; i < ARRAY_LEN(steps); i++) {
		request.has_request_id = false;
		const struct pp_response *reply = harness_ask(truck.harness, &request);
		EXPECT_REFUSED(reply, steps[i].reason);
		cr_expect_str_eq(reply->status->field, steps[i].field);
		switch (i) {
		case 0: body->business_id = truck.business; break;
		case 1: request.acting_user = truck.robin; break;
		case 2:
			profile.has_commission_bp = false;
			body->fields = profile_fields_set(&profile);
			break;
		case 3: body->base_version = 1; break;
		case 4:
			age(&truck, PP_VERSIONS_MAX);
			body->base_version = PP_VERSIONS_MAX;
			break;
		case 5:
			age(&truck, PP_VERSIONS_MAX - 2);
			body->base_version = PP_VERSIONS_MAX - 2;
			break;
		default: profile.name = "Free"; break;
		}
	}
	request.has_request_id = false;
	EXPECT_OK(harness_ask(truck.harness, &request));
	harness_free(truck.harness);
}

Test(business_edit, takes_no_number_for_the_version_that_it_ends_in)
{
	static const uint64_t bases[] = { 2, PP_VERSIONS_MAX + 1, UINT32_MAX, UINT64_C(1) << 32 | 1,
		UINT64_C(7) << 32 | 1, UINT64_MAX };
	struct truck truck = truck_new();

	for (size_t i = 0; i < ARRAY_LEN(bases); i++)
		EXPECT_REFUSED(edit(&truck, truck.alex, bases[i],
				       (struct pp_business_profile) { .address = "A" }),
			PP_REASON_NO_SUCH_VERSION);
	harness_free(truck.harness);
}

Test(business_edit, of_the_commission_is_for_the_operator)
{
	struct truck truck = truck_new();
	struct pp_business_profile profile = { .has_commission_bp = true, .commission_bp = 5000 };
	struct pp_business_profile same = { .has_commission_bp = true, .commission_bp = 100 };
	uint64_t josh = make_rich_user(truck.harness, "Josh", 100);
	uint64_t coupon = make_coupon(truck.harness, truck.alex, truck.business, "Fries", 10);

	EXPECT_REFUSED(edit(&truck, truck.alex, 1, profile), PP_REASON_OPERATOR_ONLY);
	EXPECT_REFUSED(edit(&truck, truck.alex, 1, same), PP_REASON_OPERATOR_ONLY);
	EXPECT_OK(edit(&truck, 0, 1, profile));
	cr_expect_eq(get(&truck)->edited_by, 0);
	/* It counts from now on. */
	const struct pp_response *reply = ask_purchase(truck.harness, josh, coupon, 1);
	EXPECT_OK(reply);
	cr_expect_eq(reply->u.purchase_coupon.purchase->commission_coins, 5);
	reply = edit(&truck, truck.alex, 1, (struct pp_business_profile) { .address = "x" });
	EXPECT_REFUSED(reply, PP_REASON_BUSINESS_VERSION_CONFLICT);
	cr_expect(strstr(reply->status->message, "by the operator (changed since: commission)"));
	cr_expect_eq(reply->status->business_conflict->theirs->commission_bp, 5000);
	harness_free(truck.harness);
}

/* ---- Replays ---- */

static char *text_of(const struct pp_response *reply)
{
	struct pp_response copy = *reply;

	copy.replayed = false;
	return strdup(harness_text(&copy));
}

Test(business_edit, answers_the_same_however_much_changed_since)
{
	struct truck truck = truck_new();
	struct pp_business_profile name = { .name = " Grill" };
	struct pp_business_profile address = { .address = "Pier 4" };
	struct pp_request requests[] = {
		edit_of(&truck, truck.alex, 1, &name, PP_ON_CONFLICT_NONE),
		edit_of(&truck, truck.robin, 1, &name, PP_ON_CONFLICT_NONE),
		edit_of(&truck, truck.robin, 1, &address, PP_ON_CONFLICT_MERGE_DISJOINT),
		edit_of(&truck, truck.robin, 3, &address, PP_ON_CONFLICT_NONE),
		edit_of(&truck, 0, 4, &address, PP_ON_CONFLICT_NONE),
	};
	static const enum pp_reason reasons[] = { PP_REASON_NONE,
		PP_REASON_BUSINESS_VERSION_CONFLICT, PP_REASON_NONE, PP_REASON_NONE,
		PP_REASON_NO_SUCH_VERSION };
	char *first[ARRAY_LEN(requests)];

	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		const struct pp_response *reply = harness_ask(truck.harness, &requests[i]);
		EXPECT_REFUSED(reply, reasons[i]);
		first[i] = text_of(reply);
		truck.harness->now_ms += 3;
	}
	cr_expect(strstr(first[2], "merged=1") != NULL && strstr(first[3], "unchanged=1") != NULL);
	EXPECT_OK(edit(&truck, 0, 3,
		(struct pp_business_profile) { .name = "New",
			.address = "Far",
			.has_commission_bp = true,
			.commission_bp = 9 }));
	for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
		const struct pp_response *reply = harness_ask(truck.harness, &requests[i]);
		char *again = text_of(reply);
		cr_expect(reply->replayed && truck.harness->n_writes == 0, "request %zu", i);
		cr_expect_str_eq(again, first[i], "request %zu", i);
		free(again);
		free(first[i]);
	}
	harness_free(truck.harness);
}

Test(business_edit, tells_its_conflict_when_it_is_given_up)
{
	struct truck truck = truck_new();
	struct pp_business_profile address = { .address = "Pier 4" };
	struct pp_request request = edit_of(&truck, truck.robin, 1, &address, PP_ON_CONFLICT_NONE);
	struct pp_request abandon = harness_request(PP_KIND_ABANDON_REQUEST, truck.robin);

	EXPECT_OK(edit(&truck, truck.alex, 1, (struct pp_business_profile) { .name = "Grill" }));
	const struct pp_response *first = harness_ask(truck.harness, &request);
	EXPECT_REFUSED(first, PP_REASON_BUSINESS_VERSION_CONFLICT);
	EXPECT_OK(edit(&truck, truck.alex, 2, (struct pp_business_profile) { .name = "Later" }));
	abandon.u.abandon_request.request_id = request.request_id;
	const struct pp_response *reply = harness_ask(truck.harness, &abandon);
	EXPECT_OK(reply);
	const struct pp_status *outcome = reply->u.abandon_request.outcome;
	cr_assert(outcome != NULL && outcome->business_conflict != NULL);
	cr_expect_eq(outcome->reason, PP_REASON_BUSINESS_VERSION_CONFLICT);
	cr_expect_str_eq(outcome->message, first->status->message);
	cr_expect_eq(reply->u.abandon_request.made_id, 0);
	const struct pp_business_conflict *conflict = outcome->business_conflict;
	cr_expect(conflict->base_version == 1 && conflict->current_version == 2);
	cr_expect_eq(conflict->fields, PP_SET_OF(PP_BUSINESS_FIELD_NAME));
	cr_expect(conflict->overlapping == 0 && conflict->yours == NULL);
	cr_expect_str_eq(conflict->base->name, "Smash");
	cr_expect_str_eq(conflict->theirs->name, "Grill");
	harness_free(truck.harness);
}

Test(business_edit, only_validated_writes_nothing)
{
	struct truck truck = truck_new();
	struct pp_business_profile profile = { .name = "Grill" };
	struct pp_request request = edit_of(&truck, truck.alex, 1, &profile, PP_ON_CONFLICT_NONE);

	request.validate_only = true;
	for (int i = 0; i < 2; i++) {
		const struct pp_response *reply = harness_ask(truck.harness, &request);
		EXPECT_OK(reply);
		cr_expect(!reply->replayed && truck.harness->n_writes == 0);
		cr_expect(reply->u.edit_business.version == 2 && !reply->u.edit_business.unchanged);
	}
	request.validate_only = false;
	EXPECT_OK(harness_ask(truck.harness, &request));
	cr_expect_eq(truck.harness->n_writes, 6);
	harness_free(truck.harness);
}

/* ---- Damage ---- */

Test(business_edit, ends_on_damage)
{
	struct truck truck = truck_new();
	struct pp_business_profile profile = { .address = "A" };
	struct pp_request read = harness_request(PP_KIND_GET_BUSINESS, 0);
	struct business_version_record version;
	struct key key;
	static const char *const what[] = { "of another address", "from the future", "gone" };

	read.u.get_business.business_id = truck.business;
	for (size_t i = 0; i < ARRAY_LEN(what); i++) {
		version = version_of(&truck, 1);
		version.profile.name = "Smash";
		version.profile.address = i == 0 ? "elsewhere" : "";
		version.valid_from_revision = i == 1 ? truck.harness->revision + 1 : 1;
		store_version(&truck, &version);
		key_of_business_version(truck.business, 1, &key);
		if (i == 2)
			harness_remove(truck.harness, &key);
		harness_look(truck.harness, &read);
		cr_expect_eq(truck.harness->step, STEP_CORRUPT, "read one %s", what[i]);
		edit(&truck, truck.alex, 1, profile);
		cr_expect_eq(truck.harness->step, STEP_CORRUPT, "edit one %s", what[i]);
		cr_expect_eq(truck.harness->n_writes, 0);
	}
	harness_free(truck.harness);
}

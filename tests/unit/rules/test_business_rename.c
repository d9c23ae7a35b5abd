#include "harness.h"

static enum pp_reason create(struct harness *harness, const char *name)
{
	struct pp_request request = harness_request(PP_KIND_CREATE_BUSINESS, 1);

	request.u.create_business.name = name;
	return reason_of(harness_ask(harness, &request));
}

static const struct pp_response *get(struct harness *harness, uint64_t id, const char *name)
{
	struct pp_request request = harness_request(PP_KIND_GET_BUSINESS, 0);

	request.u.get_business.business_id = id;
	request.u.get_business.name = name;
	return harness_look(harness, &request);
}

/* The business that is found by a name; 0: none. */
static uint64_t named(struct harness *harness, const char *name)
{
	const struct pp_response *reply = get(harness, 0, name);

	if (is_ok(reply))
		return reply->u.get_business.business->business_id;
	EXPECT_REFUSED(reply, PP_REASON_BUSINESS_NOT_FOUND);
	cr_expect_str_eq(reply->status->field, "name");
	return 0;
}

static enum pp_reason rename_to(struct harness *harness, uint64_t id, const char *name)
{
	struct pp_request request = harness_request(PP_KIND_EDIT_BUSINESS, 1);
	struct pp_business_profile profile = { .name = name };

	request.u.edit_business = (struct pp_edit_business_request) { .business_id = id,
		.base_version = get(harness, id, NULL)->u.get_business.business->version,
		.fields = PP_SET_OF(PP_BUSINESS_FIELD_NAME),
		.profile = &profile };
	return reason_of(harness_ask(harness, &request));
}

Test(business_rename, frees_a_name_at_once)
{
	struct harness *harness = harness_new();
	uint64_t alex = make_user(harness, "Alex");
	uint64_t smash = make_business(harness, alex, "Smash", 0);
	uint64_t other = make_business(harness, alex, "Other", 0);

	cr_expect_eq(rename_to(harness, other, "SMASH"), PP_REASON_NAME_TAKEN);
	cr_expect_eq(rename_to(harness, smash, "Grill"), PP_REASON_NONE);
	cr_expect(named(harness, "grill") == smash && named(harness, "Smash") == 0);
	cr_expect_eq(create(harness, "GRILL"), PP_REASON_NAME_TAKEN);
	/* It may go back to it, and another may take it, at the same time of day. */
	cr_expect_eq(rename_to(harness, smash, "Smash"), PP_REASON_NONE);
	cr_expect(named(harness, "Smash") == smash && named(harness, "Grill") == 0);
	cr_expect_eq(rename_to(harness, smash, "Grill"), PP_REASON_NONE);
	cr_expect_eq(rename_to(harness, other, "SMASH"), PP_REASON_NONE);
	cr_expect_eq(rename_to(harness, smash, "smash"), PP_REASON_NAME_TAKEN);
	cr_expect(named(harness, "smash") == other && named(harness, "Other") == 0);
	cr_expect_eq(create(harness, "Other"), PP_REASON_NONE);
	harness_free(harness);
}

Test(business_rename, may_change_only_the_case)
{
	struct harness *harness = harness_new();
	uint64_t smash = make_business(harness, make_user(harness, "Alex"), "Smash", 0);

	cr_expect_eq(rename_to(harness, smash, "SMASH"), PP_REASON_NONE);
	cr_expect_eq(named(harness, "smash"), smash);
	const struct pp_business *business = get(harness, smash, NULL)->u.get_business.business;
	cr_expect_str_eq(business->profile->name, "SMASH");
	cr_expect_eq(business->version, 2);
	cr_expect_eq(create(harness, "smash"), PP_REASON_NAME_TAKEN);
	harness_free(harness);
}

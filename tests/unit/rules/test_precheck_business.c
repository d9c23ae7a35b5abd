#include "harness_precheck.h"

TestSuite(precheck_business, .init = precheck_init);

Test(precheck_business, of_who_is_asked_for)
{
	struct row rows[] = {
		{ "user by both", { READ(GET_USER), .u.get_user = { 1, "a\nb" } },
			PP_REASON_FIELD_INVALID, "user_id" },
		{ "user by neither", { READ(GET_USER) }, PP_REASON_FIELD_MISSING, "user_id" },
		{ "user of a bad name", { READ(GET_USER), .u.get_user = { 0, "a\nb" } },
			PP_REASON_NAME_INVALID, "name" },
		{ "user of no name", { READ(GET_USER), .u.get_user = { 0, "" } },
			PP_REASON_NAME_INVALID, "name" },
		{ "user by id", { READ(GET_USER), .u.get_user = { 1, NULL } }, PP_REASON_NONE,
			NULL },
		{ "user by name", { READ(GET_USER), .u.get_user = { 0, "a" } }, PP_REASON_NONE,
			NULL },
		{ "business by both", { READ(GET_BUSINESS), .u.get_business = { 1, "a\nb" } },
			PP_REASON_FIELD_INVALID, "business_id" },
		{ "business by neither", { READ(GET_BUSINESS) }, PP_REASON_FIELD_MISSING,
			"business_id" },
		{ "business of a bad name", { READ(GET_BUSINESS), .u.get_business = { 0, "a\nb" } },
			PP_REASON_NAME_INVALID, "name" },
		{ "business by id", { READ(GET_BUSINESS), .u.get_business = { 1, NULL } },
			PP_REASON_NONE, NULL },
		{ "business by name", { READ(GET_BUSINESS), .u.get_business = { 0, "a" } },
			PP_REASON_NONE, NULL },
		{ "businesses", { READ(LIST_BUSINESSES), .u.list_businesses.page_size = 256 },
			PP_REASON_NONE, NULL },
		{ "too many businesses",
			{ READ(LIST_BUSINESSES), .u.list_businesses.page_size = 257 },
			PP_REASON_FIELD_INVALID, "page_size" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i]);
}

enum {
	NAME = PP_SET_OF(PP_BUSINESS_FIELD_NAME),
	ADDRESS = PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS),
	COMMISSION = PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION),
	ALL = NAME | ADDRESS | COMMISSION,
};

/* In the order of precedence: each has the faults of the rows below it too, where it can. */
Test(precheck_business, of_edits)
{
	const char *long_address = of_bytes(PP_ADDRESS_BYTES_MAX + 1);
	struct pp_business_profile bad = { "a\nb", long_address, true, 10001 };
	struct pp_business_profile nameless = { NULL, long_address, true, 10001 };
	struct pp_business_profile rateless = { "a\nb", long_address, false, 0 };
	struct pp_business_profile greedy = { NULL, NULL, true, 10001 };
	struct pp_business_profile good = { "a", "", true, 10000 };
	const struct {
		const char *what;
		uint64_t base_version;
		pp_set fields;
		struct pp_business_profile *profile;
		enum pp_reason reason;
		const char *field;
	} edits[] = {
		{ "no base", 0, 0, NULL, PP_REASON_FIELD_MISSING, "base_version" },
		{ "empty mask", 1, 0, NULL, PP_REASON_EMPTY_FIELD_MASK, "fields" },
		{ "unknown field", 1, NAME | 16, NULL, PP_REASON_UNKNOWN_ENUM_VALUE, "fields" },
		{ "no profile", 1, NAME, NULL, PP_REASON_FIELD_MISSING, "profile" },
		{ "no name", 1, NAME, &nameless, PP_REASON_FIELD_MISSING, "profile.name" },
		{ "name not named", 1, COMMISSION, &bad, PP_REASON_FIELD_INVALID, "profile.name" },
		{ "no address", 1, ADDRESS, &greedy, PP_REASON_FIELD_MISSING, "profile.address" },
		{ "address not named", 1, NAME, &bad, PP_REASON_FIELD_INVALID, "profile.address" },
		{ "no rate", 1, ALL, &rateless, PP_REASON_FIELD_MISSING, "profile.commission_bp" },
		{ "rate not named", 1, NAME | ADDRESS, &bad, PP_REASON_FIELD_INVALID,
			"profile.commission_bp" },
		{ "bad name", 1, ALL, &bad, PP_REASON_NAME_INVALID, "profile.name" },
		{ "long address", 1, ADDRESS | COMMISSION, &nameless, PP_REASON_FIELD_INVALID,
			"profile.address" },
		{ "rate over all", 1, COMMISSION, &greedy, PP_REASON_FIELD_INVALID,
			"profile.commission_bp" },
		{ "on_conflict", 1, ALL, &good, PP_REASON_UNKNOWN_ENUM_VALUE, "on_conflict" },
	};
	struct row row = { "nothing", { WRITE(EDIT_BUSINESS) }, PP_REASON_FIELD_MISSING,
		"business_id" };

	expect(&row);
	for (size_t i = 0; i < ARRAY_LEN(edits); i++) {
		row = (struct row) { edits[i].what, { WRITE(EDIT_BUSINESS) }, edits[i].reason,
			edits[i].field };
		row.request.u.edit_business =
			(struct pp_edit_business_request) { 1, edits[i].base_version,
				edits[i].fields, edits[i].profile, (enum pp_on_conflict)3 };
		expect(&row);
	}
	row.what = "good";
	row.reason = PP_REASON_NONE;
	row.request.u.edit_business.on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT;
	expect(&row);
}

Test(precheck_business, of_removed_owners)
{
	struct row rows[] = {
		{ "from nothing", { WRITE(REMOVE_OWNER) }, PP_REASON_FIELD_MISSING, "business_id" },
		{ "nobody", { WRITE(REMOVE_OWNER), .u.remove_owner = { 1, 0 } },
			PP_REASON_FIELD_MISSING, "user_id" },
		{ "good", { WRITE(REMOVE_OWNER), .u.remove_owner = { 1, 1 } }, PP_REASON_NONE,
			NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i]);
}

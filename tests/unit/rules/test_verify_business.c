/* Verify names damage to the versions of businesses and to their owners. */
#include <criterion/criterion.h>

#include "tests/unit/rules/little_damage.h"

/* Business 3 is at version 5: it was renamed, moved, and its commission was set twice. */

/* Missing, or too many. */
REMOVE(first_gone, key_of_business_version(3, 1, &key))
REMOVE(middle_gone, key_of_business_version(3, 3, &key))
REMOVE(last_gone, key_of_business_version(3, 5, &key))
REMOVE(only_gone, key_of_business_version(1, 1, &key))
CHANGE(ahead, business, key_of_business(3, &key), record.version = 6)
CHANGE(beyond, business, key_of_business(3, &key), record.version = 4; record.commission_bp = 10000)
COPY(foreign_version, key_of_business_version(3, 2, &key), key_of_business_version(3, 6, &key))
COPY(stray, key_of_business_version(3, 2, &key), key_of_business_version(9, 2, &key))
COPY(stray_too, key_of_business_version(3, 3, &key), key_of_business_version(9, 3, &key))

static void strays(struct little_store *store)
{
	stray(store);
	stray_too(store);
}

static void all_gone(struct little_store *store)
{
	first_gone(store);
	middle_gone(store);
	last_gone(store);
}

/* Their profiles. */
CHANGE(name, business_version, key_of_business_version(3, 2, &key), record.profile.name = "Else")
CHANGE(address, business_version, key_of_business_version(3, 3, &key), record.profile.address = "")
CHANGE(rate, business_version, key_of_business_version(3, 4, &key),
	record.profile.commission_bp = 9999)
CHANGE(last_rate, business_version, key_of_business_version(3, 5, &key),
	record.profile.commission_bp = 1)
CHANGE(own_address, business, key_of_business(3, &key), record.address = "Elsewhere")
CHANGE(own_rate, business, key_of_business(3, &key), record.commission_bp = 1)
CHANGE(own_name, business, key_of_business(3, &key), record.name = "TACO CORNER")
CHANGE(unchanged, business_version, key_of_business_version(3, 3, &key), record.changed_fields = 0)
CHANGE(changed_more, business_version, key_of_business_version(3, 3, &key),
	record.changed_fields |= PP_SET_OF(PP_BUSINESS_FIELD_NAME))
CHANGE(changed_first, business_version, key_of_business_version(2, 1, &key),
	record.changed_fields = PP_SET_OF(PP_BUSINESS_FIELD_NAME))

/* Their order, and what made them. */
CHANGE(created, business, key_of_business(3, &key), record.created_at_ms += 1)
CHANGE(begins_before, business_version, key_of_business_version(3, 3, &key),
	record.valid_from_ms = 1)
CHANGE(begins_late, business_version, key_of_business_version(3, 5, &key),
	record.valid_from_ms += 1)
CHANGE(made_before, business_version, key_of_business_version(3, 3, &key),
	record.valid_from_revision = 47)
CHANGE(made_by_other, business_version, key_of_business_version(3, 5, &key),
	record.valid_from_revision = 57)
CHANGE(made_by_none, business_version, key_of_business_version(3, 5, &key),
	record.valid_from_revision = STORY_REVISION + 1)
CHANGE(editor, business_version, key_of_business_version(3, 3, &key), record.edited_by = 2)
CHANGE(kind, journal, key_of_journal(48, &key), record.kind = PP_KIND_ADD_OWNER; record.user_id = 1)
CHANGE(kind_of_first, journal, key_of_journal(25, &key), record.kind = PP_KIND_EDIT_BUSINESS)
CHANGE(subject, journal, key_of_journal(48, &key), record.subject_id = 1)
CHANGE(version, journal, key_of_journal(48, &key), record.outcome.version = 2)
REMOVE(edit_gone, key_of_journal(48, &key))

/* Owners. */
CHANGE(owner, business, key_of_business(3, &key), record.owners[1] = 77)
CHANGE(owner_twice, business, key_of_business(3, &key), record.owners[1] = 1)

static const struct damage_case cases[] = {
	CASE(first_gone, "version business 3"),
	CASE(middle_gone, "version business 3"),
	CASE(last_gone, "version business 3"),
	CASE(only_gone, "version business 1"),
	CASE(all_gone, "version business 3", "version business 3", "version business 3"),
	CASE(ahead, "version business 3"),
	/* The commission of what was sold at version 5 is judged by the one before. */
	CASE(beyond, "version business 3", "receipt purchase 15", "receipt purchase 16"),
	CASE(foreign_version, "checksum business 3 version 6"),
	CASE(strays, "version business 9"),

	CASE(name, "version business 3"),
	CASE(address, "version business 3", "version business 3"),
	CASE(rate, "receipt purchase 14"),
	CASE(last_rate, "version business 3", "receipt purchase 15", "receipt purchase 16"),
	CASE(own_address, "version business 3"),
	CASE(own_rate, "version business 3"),
	CASE(own_name, "version business 3"),
	CASE(unchanged, "version business 3"),
	CASE(changed_more, "version business 3"),
	CASE(changed_first, "version business 2"),

	CASE(created, "version business 3"),
	CASE(begins_before, "version business 3"),
	CASE(begins_late, "version business 3"),
	CASE(made_before, "version business 3"),
	/* What was sold between is judged by the commission before. */
	CASE(made_by_other, "version business 3", "receipt purchase 15", "receipt purchase 16"),
	CASE(made_by_none, "version business 3", "receipt purchase 15", "receipt purchase 16"),
	CASE(editor, "version business 3"),
	CASE(kind, "version business 3", "request request"),
	CASE(kind_of_first, "version business 3", "request request"),
	CASE(subject, "version business 3"),
	CASE(version, "version business 3"),
	CASE(edit_gone, "version business 3", "journal revision 48", "request request"),

	CASE(owner, "owner business 3"),
	CASE(owner_twice, "owner business 3"),
};

Test(verify_business, names_what_is_wrong)
{
	damage_expect(cases, ARRAY_LEN(cases));
}

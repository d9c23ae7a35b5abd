/* Prechecks of users and businesses. */
#include <inttypes.h>

#include "domain/rules/precheck.h"
#include "domain/rules/profile.h"

static void check_owners(struct precheck *check)
{
	const struct pp_create_business_request *body = &check->request->u.create_business;

	if (body->n_owner_ids == 0 && check->request->acting_user == 0)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "owner_ids",
			"owner_ids is missing: without an acting user a business needs 1 to 16.");
	if (body->n_owner_ids > PP_OWNERS_MAX) {
		precheck_fault(check, PP_REASON_FIELD_INVALID, "owner_ids",
			"owner_ids has %zu users; a business has 1 to %d owners.",
			body->n_owner_ids, PP_OWNERS_MAX);
		return;
	}
	for (size_t i = 0; i < body->n_owner_ids; i++) {
		if (body->owner_ids[i] == 0)
			precheck_fault(check, PP_REASON_FIELD_INVALID, "owner_ids",
				"owner_ids holds the id 0; ids count from 1.");
		for (size_t j = 0; j < i; j++)
			if (body->owner_ids[i] == body->owner_ids[j])
				precheck_fault(check, PP_REASON_FIELD_INVALID, "owner_ids",
					"owner_ids names user %" PRIu64 " twice.",
					body->owner_ids[i]);
	}
}

void precheck_create_business(struct precheck *check)
{
	const struct pp_create_business_request *body = &check->request->u.create_business;

	precheck_name(check, body->name, "name");
	precheck_length(check, body->address, PP_ADDRESS_BYTES_MAX, "address");
	check_owners(check);
	if (body->has_commission_bp)
		precheck_range(
			check, body->commission_bp, 0, PP_COMMISSION_BP_MAX, "commission_bp");
}

/* The mask names exactly the members that are set. */
static void check_mask(struct precheck *check, const struct pp_edit_business_request *body)
{
	pp_set set = profile_fields_set(body->profile);

	for (int i = PP_BUSINESS_FIELD_NAME; i < PP_BUSINESS_FIELD_COUNT; i++) {
		const char *path = profile_path((enum pp_business_field)i);
		bool named = (body->fields & PP_SET_OF(i)) != 0;
		bool is_set = (set & PP_SET_OF(i)) != 0;
		if (named && !is_set)
			precheck_fault(check, PP_REASON_FIELD_MISSING, path,
				"%s is missing, but `fields` names it.", path);
		if (!named && is_set)
			precheck_fault(check, PP_REASON_FIELD_INVALID, path,
				"%s is set, but `fields` does not name it: name it or drop it.",
				path);
	}
}

static void check_profile(struct precheck *check, const struct pp_business_profile *profile)
{
	if (profile->name != NULL)
		precheck_name(check, profile->name, profile_path(PP_BUSINESS_FIELD_NAME));
	precheck_length(check, profile->address, PP_ADDRESS_BYTES_MAX,
		profile_path(PP_BUSINESS_FIELD_ADDRESS));
	if (profile->has_commission_bp)
		precheck_range(check, profile->commission_bp, 0, PP_COMMISSION_BP_MAX,
			profile_path(PP_BUSINESS_FIELD_COMMISSION));
}

void precheck_edit_business(struct precheck *check)
{
	const struct pp_edit_business_request *body = &check->request->u.edit_business;

	precheck_id(check, body->business_id, "business_id");
	if (body->base_version == 0)
		precheck_fault(check, PP_REASON_FIELD_MISSING, "base_version",
			"base_version is missing: there is no blind edit, say which was read.");
	if (body->fields == 0)
		precheck_fault(check, PP_REASON_EMPTY_FIELD_MASK, "fields",
			"fields is empty: name what to change.");
	if ((body->fields & ~PROFILE_ALL) != 0)
		precheck_fault(check, PP_REASON_UNKNOWN_ENUM_VALUE, "fields",
			"fields names a field that this server does not know.");
	if (body->profile == NULL) {
		precheck_fault(check, PP_REASON_FIELD_MISSING, "profile",
			"profile is missing: it holds the new values.");
		return;
	}
	check_mask(check, body);
	check_profile(check, body->profile);
	precheck_enum(
		check, (uint64_t)body->on_conflict, PP_ON_CONFLICT_MERGE_DISJOINT, "on_conflict");
}

/* One of two ways to name it: by its id, or by its name. */
static void check_id_or_name(struct precheck *check, uint64_t id, const char *name,
	const char *id_field, const char *noun)
{
	if (id != 0 && name != NULL)
		precheck_fault(check, PP_REASON_FIELD_INVALID, id_field,
			"Say which %s by %s or by name, not by both.", noun, id_field);
	if (id == 0 && name == NULL)
		precheck_fault(check, PP_REASON_FIELD_MISSING, id_field,
			"Say which %s: by %s, or by name.", noun, id_field);
	if (name != NULL)
		precheck_name(check, name, "name");
}

void precheck_get_business(struct precheck *check)
{
	const struct pp_get_business_request *body = &check->request->u.get_business;

	check_id_or_name(check, body->business_id, body->name, "business_id", "business");
}

void precheck_get_user(struct precheck *check)
{
	const struct pp_get_user_request *body = &check->request->u.get_user;

	check_id_or_name(check, body->user_id, body->name, "user_id", "user");
}

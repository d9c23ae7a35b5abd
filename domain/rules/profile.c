#include "domain/rules/profile.h"

#include <string.h>

static pp_set set_if(bool condition, enum pp_business_field field)
{
	return condition ? PP_SET_OF(field) : 0;
}

static bool has(pp_set fields, enum pp_business_field field)
{
	return (fields & PP_SET_OF(field)) != 0;
}

pp_set profile_fields_set(const struct pp_business_profile *profile)
{
	return set_if(profile->name != NULL, PP_BUSINESS_FIELD_NAME) |
	       set_if(profile->address != NULL, PP_BUSINESS_FIELD_ADDRESS) |
	       set_if(profile->has_commission_bp, PP_BUSINESS_FIELD_COMMISSION);
}

pp_set profile_difference(const struct pp_business_profile *a, const struct pp_business_profile *b)
{
	ASSERT((profile_fields_set(a) & profile_fields_set(b)) == PROFILE_ALL);
	return set_if(strcmp(a->name, b->name) != 0, PP_BUSINESS_FIELD_NAME) |
	       set_if(strcmp(a->address, b->address) != 0, PP_BUSINESS_FIELD_ADDRESS) |
	       set_if(a->commission_bp != b->commission_bp, PP_BUSINESS_FIELD_COMMISSION);
}

void profile_apply(
	struct pp_business_profile *onto, const struct pp_business_profile *from, pp_set fields)
{
	ASSERT((fields & ~profile_fields_set(from)) == 0);
	if (has(fields, PP_BUSINESS_FIELD_NAME))
		onto->name = from->name;
	if (has(fields, PP_BUSINESS_FIELD_ADDRESS))
		onto->address = from->address;
	if (has(fields, PP_BUSINESS_FIELD_COMMISSION)) {
		onto->has_commission_bp = true;
		onto->commission_bp = from->commission_bp;
	}
}

struct pp_business_profile *profile_copy(
	struct arena *arena, const struct pp_business_profile *profile, pp_set fields)
{
	struct pp_business_profile *copy = arena_zalloc(arena, sizeof(*copy));

	if (copy == NULL)
		return NULL;
	profile_apply(copy, profile, fields);
	if (copy->name != NULL) {
		copy->name = arena_copy(arena, copy->name, strlen(copy->name));
		if (copy->name == NULL)
			return NULL;
	}
	if (copy->address != NULL) {
		copy->address = arena_copy(arena, copy->address, strlen(copy->address));
		if (copy->address == NULL)
			return NULL;
	}
	return copy;
}

const char *profile_path(enum pp_business_field field)
{
	switch (field) {
	case PP_BUSINESS_FIELD_NAME: return "profile.name";
	case PP_BUSINESS_FIELD_ADDRESS: return "profile.address";
	case PP_BUSINESS_FIELD_COMMISSION: return "profile.commission_bp";
	default: return "profile";
	}
}

const char *profile_nouns(pp_set fields)
{
	static const char *const nouns[] = { "nothing that still shows", "name", "address",
		"name, address", "commission", "name, commission", "address, commission",
		"name, address, commission" };

	ASSERT((fields & ~PROFILE_ALL) == 0);
	return nouns[fields >> PP_BUSINESS_FIELD_NAME];
}

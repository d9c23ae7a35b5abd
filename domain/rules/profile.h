/* The versioned fields of a business: which are set, which differ. */
#ifndef DOMAIN_RULES_PROFILE_H
#define DOMAIN_RULES_PROFILE_H

#include "base/arena.h"
#include "peakpeeps/types.h"

#define PROFILE_ALL (PP_SET_OF(PP_BUSINESS_FIELD_COUNT) - PP_SET_OF(PP_BUSINESS_FIELD_NAME))

/* Of enum pp_business_field. */
pp_set profile_fields_set(const struct pp_business_profile *profile);
/* The fields whose values differ; every field of both is set. */
pp_set profile_difference(const struct pp_business_profile *a, const struct pp_business_profile *b);
/* Copies some fields, which are set in `from`. Strings are borrowed. */
void profile_apply(
	struct pp_business_profile *onto, const struct pp_business_profile *from, pp_set fields);
/* A copy of some fields, all of it in the arena; NULL when it gives out. */
struct pp_business_profile *profile_copy(
	struct arena *arena, const struct pp_business_profile *profile, pp_set fields) MUST_CHECK;
/* As in "profile.commission_bp". Static storage. */
const char *profile_path(enum pp_business_field field);
/* As in "name, address", for people; some text for the empty set too. Static storage. */
const char *profile_nouns(pp_set fields);

#endif

/* The terms of a coupon: which are set, which differ, whether they fit together. */
#ifndef DOMAIN_RULES_TERMS_H
#define DOMAIN_RULES_TERMS_H

#include "base/arena.h"
#include "peakpeeps/types.h"

#define TERMS_ALL (PP_SET_OF(PP_TERM_FIELD_COUNT) - PP_SET_OF(PP_TERM_FIELD_NAME))

/* So that a time plus a duration stays far inside PP_COINS_MAX: a hundred years. */
#define DURATION_MS_MAX INT64_C(3155760000000)

/* Of enum pp_term_field. */
pp_set terms_fields_set(const struct pp_terms *terms);
/* The fields whose values differ; every field of both is set. */
pp_set terms_difference(const struct pp_terms *a, const struct pp_terms *b);
/* Copies some fields, which are set in `from`. Strings are borrowed. */
void terms_apply(struct pp_terms *onto, const struct pp_terms *from, pp_set fields);
/* Every field but name and price, as a coupon gets them that does not say otherwise. */
void terms_default(struct pp_terms *out);
/* NULL when the terms fit together; else what is wrong, for people, and *field. Static storage. */
const char *terms_fault(const struct pp_terms *terms, const char **field);
/* ACTIVE and within its dates. */
bool terms_valid_at(const struct pp_terms *terms, int64_t now_ms);
/* A copy of some fields, all of it in the arena; NULL when it gives out. */
struct pp_terms *terms_copy(
	struct arena *arena, const struct pp_terms *terms, pp_set fields) MUST_CHECK;
/* As in "terms.price_coins". Static storage. */
const char *terms_path(enum pp_term_field field);
/* As in "price". Static storage. */
const char *terms_field_noun(enum pp_term_field field);
/* As in "PAUSED". Static storage. */
const char *terms_state_name(enum pp_coupon_state state);

#endif

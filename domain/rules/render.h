/* What replies of several requests share: envelope, refusals, conflicts, businesses. */
#ifndef DOMAIN_RULES_RENDER_H
#define DOMAIN_RULES_RENDER_H

#include "domain/rules/run.h"

/* The reply's status, from run->journal.outcome and its conflict. */
void render_refusal(struct run *run);
/* Status, kind, revision, time and replayed, once the outcome is settled. */
void render_envelope(struct run *run);
/*
 * A refusal as a status, with run->conflict or run->business_conflict if it is one. NULL when the
 * arena gave out.
 */
struct pp_status *render_status(struct run *run, const struct outcome *outcome) MUST_CHECK;
/*
 * base / theirs / yours of a conflict. `edit` NULL: the request is not at hand, so "yours" and
 * what overlaps stay unset; `edit_terms` are its terms with the name as it would be stored.
 */
struct pp_version_conflict *render_conflict(struct run *run, const struct version_record *base,
	const struct version_record *current, pp_set edit_fields,
	const struct pp_terms *edit_terms) MUST_CHECK;
/* The same of a business. */
struct pp_business_conflict *render_business_conflict(struct run *run,
	const struct business_version_record *base, const struct business_version_record *current,
	pp_set edit_fields, const struct pp_business_profile *edit_profile) MUST_CHECK;
/* A business as it is; `version` is the one it is at. */
struct pp_business *render_business(struct run *run, const struct business_record *business,
	const struct business_version_record *version) MUST_CHECK;

#endif

/* What replies of several requests share: envelope, refusals, coupons, receipts. */
#ifndef DOMAIN_RULES_RENDER_H
#define DOMAIN_RULES_RENDER_H

#include "domain/rules/run.h"

/* The reply's status, from run->journal.outcome and run->conflict. */
void render_refusal(struct run *run);
/* Status, kind, revision, time and replayed, once the outcome is settled. */
void render_envelope(struct run *run);
/* A refusal as a status; `conflict` may be NULL. NULL when the arena gave out. */
struct pp_status *render_status(struct run *run, const struct outcome *outcome,
	struct pp_version_conflict *conflict) MUST_CHECK;
/*
 * base / theirs / yours of a conflict. `edit` NULL: the request is not at hand, so "yours" and
 * what overlaps stay unset; `edit_terms` are its terms with the name as it would be stored.
 */
struct pp_version_conflict *render_conflict(struct run *run, const struct version_record *base,
	const struct version_record *current, pp_set edit_fields,
	const struct pp_terms *edit_terms) MUST_CHECK;
/* A receipt as it was issued; the state is the caller's to change. */
struct pp_purchase *render_purchase(struct run *run, const struct purchase_record *purchase,
	const char *coupon_name) MUST_CHECK;

#endif

/* Versions of a coupon: one by its number, or the one that was current at a revision. */
#ifndef DOMAIN_RULES_VERSION_H
#define DOMAIN_RULES_VERSION_H

#include "domain/rules/run.h"

/* A version, and when the one after it was made. */
struct version_view {
	struct version_record version;
	bool superseded;
	int64_t superseded_at_ms;
	uint64_t superseded_at_revision;
};

/* A binary search for the newest version at or before a revision, one load at a time. */
struct version_search {
	uint64_t coupon_id;
	uint64_t revision;
	uint32_t current; /* version */
	uint32_t low;     /* at or before the revision; 0: none known */
	uint32_t high;    /* after the revision, or not made yet */
	struct span low_bytes;
	int64_t high_from_ms;
	uint64_t high_from_revision;
	uint32_t n_probes;
	bool done;
};

void version_search_init(
	struct version_search *search, const struct coupon_record *coupon, uint64_t revision);
/* One probe, unless it is done; run->waiting when its load is unanswered. */
void version_search_step(struct run *run, struct version_search *search);
/* Whether the coupon existed at the revision; it is done. */
bool version_search_found(const struct version_search *search);
/* The version found: decoded from its bytes, which the view of the store still holds. */
void version_search_view(const struct version_search *search, struct version_view *out);

/* The version current at a revision. False: run->waiting, or the coupon did not exist then. */
bool version_at_revision(struct run *run, const struct coupon_record *coupon, uint64_t revision,
	struct version_view *out) MUST_CHECK;
/* A version by its number, 1 to the current one. Nothing when run->waiting. */
void version_by_number(struct run *run, const struct coupon_record *coupon, uint64_t number,
	struct version_view *out);

/* As clients see it; `valid` is judged at valid_at_ms, the honour window now. */
struct pp_coupon *version_render(struct run *run, const char *business_name,
	const struct coupon_record *coupon, const struct version_view *view,
	int64_t valid_at_ms) MUST_CHECK;

#endif

/* Who may change a business and its coupons, and how it stands now. */
#ifndef DOMAIN_RULES_BUSINESS_H
#define DOMAIN_RULES_BUSINESS_H

#include "domain/rules/run.h"

bool business_is_owner(const struct business_record *business, uint64_t user_id);
/* Refuses unless the acting user is an owner; the operator may do what owners may. */
void business_check_owner(struct run *run, const struct business_record *business);
/* Ends the run unless the version is the one that the business is at, and like it. */
void business_expect_current(struct run *run, const struct business_record *business,
	const struct business_version_record *version);
/* Loads the version that the business is at. Nothing when run->waiting. */
void business_load_current(struct run *run, const struct business_record *business,
	struct business_version_record *out);

#endif

/* Who owns a business. */
#ifndef DOMAIN_RULES_BUSINESS_H
#define DOMAIN_RULES_BUSINESS_H

#include "domain/rules/run.h"

bool business_is_owner(const struct business_record *business, uint64_t user_id);
/* Refuses unless the acting user owns the business or is the operator. */
void business_check_owner(struct run *run, const struct business_record *business);

#endif

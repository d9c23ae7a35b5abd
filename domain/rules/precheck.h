/* The refusals that need no record: what is missing, out of range or contradictory in a request. */
#ifndef DOMAIN_RULES_PRECHECK_H
#define DOMAIN_RULES_PRECHECK_H

#include "domain/rules/decide.h"

/* Checks go on after the first fault but only that one is kept. */
struct precheck {
	const struct pp_request *request;
	struct arena *arena;
	const struct pp_status *fault;
};

/* `field` and what the format yields: see struct pp_status. `field` is static. */
void precheck_fault(struct precheck *check, enum pp_reason reason, const char *field,
	const char *format, ...) PRINTF_LIKE(4, 5);
void precheck_id(struct precheck *check, uint64_t id, const char *field);
void precheck_range(
	struct precheck *check, int64_t value, int64_t min, int64_t max, const char *field);
void precheck_enum(struct precheck *check, uint64_t value, uint64_t max, const char *field);
/* NULL passes. */
void precheck_length(struct precheck *check, const char *text, size_t max_len, const char *field);
/* NULL is missing. */
void precheck_name(struct precheck *check, const char *name, const char *field);
/* Neither more nor less than a UUIDv7. */
void precheck_uuid(struct precheck *check, const struct pp_uuid *id, const char *field);
/* Every member that is set has a value of its range. */
void precheck_terms(struct precheck *check, const struct pp_terms *terms);
void precheck_create_coupon(struct precheck *check);
void precheck_edit_coupon(struct precheck *check);
/* precheck_business.c */
void precheck_create_business(struct precheck *check);
void precheck_edit_business(struct precheck *check);
void precheck_get_business(struct precheck *check);
void precheck_get_user(struct precheck *check);
/* precheck_market.c */
void precheck_adjust_stock(struct precheck *check);
void precheck_redeem_purchase(struct precheck *check);
void precheck_refund_purchase(struct precheck *check);
/* Of any list: 0 to PP_PAGE_SIZE_MAX. */
void precheck_page_size(struct precheck *check, uint32_t page_size);
/* The account of GetBalance and ListLedgerEntries. */
void precheck_account(struct precheck *check, const struct pp_account *account);

#endif

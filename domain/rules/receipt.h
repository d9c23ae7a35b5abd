/* A purchase as clients see it, with what became of it. */
#ifndef DOMAIN_RULES_RECEIPT_H
#define DOMAIN_RULES_RECEIPT_H

#include "domain/rules/run.h"

/* The state at a time; one that was not redeemed in time is EXPIRED. */
enum pp_purchase_state receipt_state(const struct purchase_record *purchase, int64_t now_ms);
/*
 * The purchase in a state that it has or had: what happened to it later is left out, so that the
 * answer of a write is the same when it is repeated. `coupon_name` is that of its version.
 */
struct pp_purchase *receipt_render(struct run *run, const struct purchase_record *purchase,
	const char *coupon_name, enum pp_purchase_state state) MUST_CHECK;

#endif

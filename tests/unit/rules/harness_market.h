/* A business with one coupon and a buyer, and short ways to ask what becomes of purchases. */
#ifndef TESTS_UNIT_RULES_HARNESS_MARKET_H
#define TESTS_UNIT_RULES_HARNESS_MARKET_H

#include "harness.h"

struct market {
	struct harness *harness;
	uint64_t owner;
	uint64_t josh; /* has coins */
	uint64_t stranger;
	uint64_t business; /* takes a commission of 2.5 % */
	uint64_t coupon;
};

/* stock < 0: unlimited. */
struct market market_new(struct pp_terms terms, int64_t stock, int64_t josh_coins);
/* Of the name and price that every coupon needs. */
struct pp_terms market_terms(int64_t price_coins);
/* Josh buys a piece of the current version; it must be accepted. */
const struct pp_purchase *market_buy(struct market *market);
/* As GetPurchase shows it. */
const struct pp_purchase *purchase_of(struct harness *harness, uint64_t purchase_id);
struct pp_request redeem_request(uint64_t actor, uint64_t business_id, const char *code);
const struct pp_response *ask_redeem(
	struct harness *harness, uint64_t actor, uint64_t business_id, const char *code);
struct pp_request refund_request(uint64_t actor, uint64_t purchase_id, const char *reason);
const struct pp_response *ask_refund(struct harness *harness, uint64_t actor, uint64_t purchase_id);
const struct pp_response *ask_adjust(
	struct harness *harness, uint64_t actor, uint64_t coupon_id, int64_t delta);
struct counters_record counters_of(struct harness *harness);
/* Asserts that an answer is that of an earlier request, but for `replayed`. */
void expect_replay(const struct pp_response *first, const struct pp_response *again);
/* Asserts that all balances together are 0. */
void expect_conserved(const struct market *market);

#endif

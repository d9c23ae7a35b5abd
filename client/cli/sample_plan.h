/* What `peakpeeps sample` fills a server with: the same things for the same number, every time. */
#ifndef CLIENT_CLI_SAMPLE_PLAN_H
#define CLIENT_CLI_SAMPLE_PLAN_H

#include <peakpeeps/types.h>

/* Of one unit of scale: the proportions of the app that PeakPeeps came from. */
enum {
	SAMPLE_USERS = 33000,
	SAMPLE_BUSINESSES = 16500,
	SAMPLE_COUPONS_PER_BUSINESS = 2,
	SAMPLE_ROUTES_PER_USER = 5, /* completed, and as many reviewed */
	SAMPLE_PURCHASES_PER_USER = 1,
	SAMPLE_NEIGHBOURHOOD = 1000, /* coupons that a user buys among */
	SAMPLE_SCALE_MAX = 1000,
	SAMPLE_NAME_BYTES = 80,
	SAMPLE_OWNERS_MAX = 3,
};

enum sample_phase {
	SAMPLE_PHASE_USERS,
	SAMPLE_PHASE_BUSINESSES,
	SAMPLE_PHASE_COUPONS,
	SAMPLE_PHASE_CREDITS,
	SAMPLE_PHASE_PURCHASES,
	SAMPLE_PHASE_COUNT,
};

/* How many items a phase has; each is one thing to be made. */
uint64_t sample_phase_items(enum sample_phase phase, uint64_t scale);
/* As in "users". Static storage. */
const char *sample_phase_noun(enum sample_phase phase);

/* All that follows counts from 1, and depends on nothing else. */

/* "Alex", "Robin", "Josh", then readable ones, each different ignoring case. */
void sample_user_name(uint64_t user, char out[SAMPLE_NAME_BYTES]);
/* "Fried and Loaded", "SQL Tea", then readable ones. */
void sample_business_name(uint64_t business, char out[SAMPLE_NAME_BYTES]);
void sample_business_address(uint64_t business, char out[SAMPLE_NAME_BYTES]);
/* One to three users of so many; the first business is Alex's and Robin's. */
size_t sample_business_owners(uint64_t business, uint64_t n_users, uint64_t out[SAMPLE_OWNERS_MAX]);
/* Basis points. */
uint32_t sample_business_commission(uint64_t business);
/* "Half off Smashburger" and "BOGO Loaded Tots" of the first; different within a business. */
void sample_coupon_name(uint64_t coupon, char out[SAMPLE_NAME_BYTES]);
/* The terms but for the name, borrowed from nowhere; *stock 0: unlimited. */
void sample_coupon_terms(uint64_t coupon, struct pp_terms *out, int64_t *stock);
/* The business that offers the coupon. */
uint64_t sample_coupon_business(uint64_t coupon);
/* A credit is a route completed or a review of it, by turns. */
uint64_t sample_credit_user(uint64_t credit);
enum pp_credit_reason sample_credit_reason(uint64_t credit);
void sample_credit_reference(uint64_t credit, char out[SAMPLE_NAME_BYTES]);
/* Who buys in a purchase, and which of so many coupons. */
uint64_t sample_purchase_user(uint64_t purchase);
uint64_t sample_purchase_coupon(uint64_t purchase, uint64_t n_coupons);

#endif

/* The two loads with a course of their own: a flash sale, and a war of edits. */
#ifndef BENCH_SCENARIO_H
#define BENCH_SCENARIO_H

#include "bench/tally.h"
#include "peakpeeps/client.h"

/* Everybody buys one piece of a fresh coupon that has fewer. */
struct flash_sale {
	bool ran;
	uint64_t coupon_id;
	uint64_t version;
	uint64_t n_buyers;
	uint64_t n_pieces;
	uint64_t n_sold;
	uint64_t n_sold_out;  /* refused as SOLD_OUT */
	uint64_t n_otherwise; /* any other end */
	double seconds;       /* from the first request to the last answer */
	bool right; /* as many sold as there could be, the server agrees, the rest refused */
};

enum { WAR_COUPONS_MAX = 64 };

struct war_coupon {
	uint64_t coupon; /* its index in the data set */
	uint64_t coupon_id;
	uint64_t version_before;
	uint64_t version_after;
	uint64_t n_accepted;
	uint64_t n_conflicts;
};

/* Owners read the same few coupons and edit the version that they read. */
struct edit_war {
	bool ran;
	unsigned n;
	struct war_coupon coupons[WAR_COUPONS_MAX];
	bool right; /* each coupon has as many new versions as edits were accepted */
};

/* All as pp_call, and PP_ERR_INVALID when the server refuses. */

/* Makes the coupon, of the last business; n_buyers and n_pieces are set. */
int flash_sale_begin(struct pp_client *client, const struct dataset *dataset,
	struct flash_sale *sale) MUST_CHECK;
/* Compares what was answered with what the server holds. */
int flash_sale_settle(
	struct pp_client *client, const struct tally *tally, struct flash_sale *sale) MUST_CHECK;
/* Reads the versions of the first `n` coupons. */
int edit_war_begin(struct pp_client *client, const struct dataset *dataset, unsigned n,
	struct edit_war *war) MUST_CHECK;
/* After n_accepted and n_conflicts are set; up to n_unanswered edits may have been made as well. */
int edit_war_settle(
	struct pp_client *client, uint64_t n_unanswered, struct edit_war *war) MUST_CHECK;

#endif

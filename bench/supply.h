/* What one thread of a load asks next, drawn from the mix, and what it learns from answers. */
#ifndef BENCH_SUPPLY_H
#define BENCH_SUPPLY_H

#include "bench/run.h"

/* A version that was read, to be edited. */
struct war_read {
	unsigned number; /* of the coupon in the war */
	uint64_t version;
	int64_t price_coins;
};

/* The thread's own. */
struct supply {
	struct run *run;
	struct draw draw;
	uint64_t mix_sum;
	/* Of an edit war: a ring of what was read and not edited yet. */
	struct war_read *reads;
	size_t reads_size;
	size_t reads_at;
	size_t n_reads;
	uint64_t n_accepted[WAR_COUPONS_MAX];
	uint64_t n_conflicts[WAR_COUPONS_MAX];
};

/* `in_flight_max`: of this thread. PP_ERR_NO_MEMORY. */
int supply_init(
	struct supply *supply, struct run *run, unsigned thread, size_t in_flight_max) MUST_CHECK;
void supply_free(struct supply *supply);
/* False: as many as were asked for are drawn. */
bool supply_next(struct supply *supply, struct shot *out);
void supply_learn(
	struct supply *supply, const struct shot *shot, const struct pp_response *response);

#endif

/* What a load achieved: answers, refusals and durations, per kind of request. */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "bench/histogram.h"
#include "bench/shot.h"

enum { TALLY_REASONS = 128 };

struct tally_kind {
	uint64_t n_accepted;
	uint64_t n_refused;
	struct histogram durations; /* of accepted and refused */
};

/* One thread at a time. */
struct tally {
	struct tally_kind kinds[SHOT_LOAD_KINDS];    /* while it was measured */
	uint64_t refusals[TALLY_REASONS];            /* by reason, while it was measured */
	uint64_t n_accepted_in_all[SHOT_LOAD_KINDS]; /* warm-up and end included */
	uint64_t n_unanswered_in_all[SHOT_LOAD_KINDS];
};

void tally_add(struct tally *tally, enum shot_kind kind, const struct pp_status *status,
	int64_t duration_ns, bool measured);
void tally_merge(struct tally *into, const struct tally *from);

#endif

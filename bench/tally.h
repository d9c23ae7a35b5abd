/* What a load achieved: answers, refusals and times, per kind of request. */
#ifndef BENCH_TALLY_H
#define BENCH_TALLY_H

#include "base/histogram.h"
#include "bench/shot.h"

enum { TALLY_REASONS = 128 };

/* What counts is what was planned while it was measured; in a closed loop, what was answered. */
struct tally_kind {
	uint64_t n_accepted;
	uint64_t n_refused;
	/* Accepted and refused. Owned; NULL: the kind does not occur. */
	struct histogram_ns *response; /* from the planned start */
	struct histogram_ns
		*service;           /* from the send; NULL in a closed loop, where it is the same */
	uint64_t n_accepted_in_all; /* warm-up and end included */
	uint64_t n_in_time;         /* answers that came while it was measured */
	uint64_t n_unanswered_in_all;
};

/* One thread at a time. */
struct tally {
	struct tally_kind kinds[SHOT_LOAD_KINDS];
	uint64_t refusals[TALLY_REASONS]; /* by reason, while it was measured; 0: unknown ones */
	uint64_t n_retried;               /* sent again after OVERLOADED */
};

/* Of the kinds with a weight. PP_ERR_NO_MEMORY: it is to be freed all the same. */
int tally_init(struct tally *tally, const uint32_t weights[SHOT_LOAD_KINDS], bool open) MUST_CHECK;
void tally_free(struct tally *tally);
/* An answer. Times in nanoseconds; of a closed loop, service_ns is not looked at. */
void tally_add(struct tally *tally, enum shot_kind kind, const struct pp_status *status,
	int64_t response_ns, int64_t service_ns);
/* Both of the same kinds. */
void tally_merge(struct tally *into, const struct tally *from);
/* Answers that came while it was measured, of all kinds. */
uint64_t tally_n_in_time(const struct tally *tally);
/* All kinds together; an empty histogram_ns is added to. */
void tally_sum_response(const struct tally *tally, struct histogram_ns *into);
void tally_sum_service(const struct tally *tally, struct histogram_ns *into);
/* The histogram of service times: in a closed loop that of response times. NULL as there. */
const struct histogram *tally_service(const struct tally_kind *counts);

#endif

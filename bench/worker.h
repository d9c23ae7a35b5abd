/* The measured load: threads that draw requests from a mix and count what comes back. */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include <stdatomic.h>

#include "bench/load.h"
#include "bench/options.h"
#include "bench/sample.h"
#include "bench/tally.h"

/* What the threads of one run share. */
struct run {
	const struct bench_options *options; /* constant while they run */
	const struct address *address;
	struct zipf popularity;   /* constant */
	atomic_uint *versions;    /* of each coupon, the newest that anyone has heard of */
	int64_t measured_from_ns; /* constant */
	int64_t ends_at_ns;       /* constant; INT64_MAX: by the number of requests */
	atomic_uint_fast64_t n_drawn;
	atomic_uint_fast64_t n_answered;
	atomic_uint n_working; /* threads that are not done */
};

struct worker;

/* Opens the worker's connections. `why` is of LOAD_WHY_BYTES. As load_open. */
int worker_open(struct run *run, unsigned number, struct worker **out, char *why) MUST_CHECK;
void worker_close(struct worker *worker);
/* Starts its thread, or joins it. The result is that of load_run; `why` as there. */
int worker_start(struct worker *worker) MUST_CHECK;
int worker_join(struct worker *worker, char *why) MUST_CHECK;
/* After join. */
const struct tally *worker_tally(const struct worker *worker);
const struct sample *worker_sample(const struct worker *worker);
int64_t worker_last_answer_ns(const struct worker *worker);

#endif

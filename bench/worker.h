/* One thread of the measured load. */
#ifndef BENCH_WORKER_H
#define BENCH_WORKER_H

#include "bench/load.h"
#include "bench/run.h"
#include "bench/sample.h"
#include "bench/supply.h"
#include "bench/tally.h"
#include "bench/verdict.h"

struct worker;

/* Opens the worker's connections. `why` is of LOAD_WHY_BYTES. As load_open. */
int worker_open(struct run *run, unsigned number, struct worker **out, char *why) MUST_CHECK;
void worker_close(struct worker *worker);
/* Starts its thread, or joins it. The result is that of load_run; `why` as there. */
int worker_start(struct worker *worker) MUST_CHECK;
int worker_join(struct worker *worker, char *why) MUST_CHECK;

/* After join. */
struct worker_result {
	const struct tally *tally;
	const struct sample *sample;
	const struct supply *supply;
	struct generator_thread generator;
	const struct histogram *lag; /* NULL: a closed loop */
	uint64_t n_planned;          /* due while it was measured */
	uint64_t n_waiting;          /* due by its end, and not sent */
	int64_t last_answer_ns;
};
void worker_result(const struct worker *worker, struct worker_result *out);

#endif

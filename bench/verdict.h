/* Whether the numbers of a run are about the server, or about the generator. */
#ifndef BENCH_VERDICT_H
#define BENCH_VERDICT_H

#include "base/histogram.h"

enum verdict_kind { VERDICT_VALID, VERDICT_TARGET_MISSED, VERDICT_GENERATOR_SATURATED };

/* Of one thread, while it was measured. */
struct generator_thread {
	int64_t cpu_ns;
	int64_t wall_ns;
};

/* How the generator fared. */
struct generator {
	bool open;
	double requested_rate; /* of an open loop */
	double seconds;        /* that were measured */
	unsigned n_threads;
	const struct generator_thread *threads;
	uint64_t n_planned;          /* due while it was measured */
	uint64_t n_waiting;          /* due by its end, and not sent */
	uint64_t n_answered;         /* while it was measured */
	const struct histogram *lag; /* from due to sent, when there was room for it */
	int64_t response_p99_ns;
};

enum { VERDICT_REASONS = 6, VERDICT_REASON_BYTES = 200 };

struct verdict {
	enum verdict_kind kind;
	unsigned n_reasons;
	char reasons[VERDICT_REASONS][VERDICT_REASON_BYTES]; /* whole sentences */
};

/* "VALID", "TARGET_MISSED" or "GENERATOR_SATURATED". */
const char *verdict_name(enum verdict_kind kind);
/* The share of the measured time that a thread was busy, 0 to 1. */
double generator_busy(const struct generator_thread *thread);
/* CPU time of all threads for each answer, in microseconds; 0: none. */
double generator_cost_us(const struct generator *generator);
void verdict_judge(const struct generator *generator, struct verdict *out);

#endif

/* One run of the bench, from the command line to the exit status. */
#ifndef BENCH_BENCH_H
#define BENCH_BENCH_H

#include "bench/result.h"
#include "bench/worker.h"

/* As --help and docs/bench.md tell. */
enum {
	EXIT_FINE = 0,
	EXIT_BOOKS = 1,
	EXIT_USAGE = 2,
	EXIT_CONNECT = 3,
	EXIT_BROKEN = 4,
	EXIT_ASSERTION = 5,
	EXIT_MISSED = 6,
	EXIT_SATURATED = 7,
};

struct bench {
	struct bench_options options;
	struct address address;
	struct pp_client *client; /* for what is asked once: counts, replays, Verify */
	struct pp_client *stats;  /* asked each second; NULL: it could not connect */
	struct run run;
	struct worker **workers;
	struct worker_result *outcomes; /* of the workers, after they ended */
	struct generator_thread *threads;
	struct tally tally;
	struct histogram_ns response, service, lag;
	struct generator generator;
	struct result result;
	uint64_t n_purchases_before;
	int64_t last_answer_ns;
	bool broke_off;
};

/* What failed, the likely reason, and what to do next. Returns the status. */
int complain(int status, const char *what, const char *reason, const char *next);
/* The same of a call that failed or was refused. */
int complain_client(struct bench *bench, const char *what);

/*
 * After the load, which ended with this status: checks the books, judges, and tells the result.
 * Returns the exit status.
 */
int bench_settle(struct bench *bench, int load);

#endif

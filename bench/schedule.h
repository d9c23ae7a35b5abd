/* When the requests of an open loop are to be sent: planned before any of them is answered. */
#ifndef BENCH_SCHEDULE_H
#define BENCH_SCHEDULE_H

#include "bench/draw.h"

enum arrivals {
	ARRIVALS_POISSON, /* exponential gaps: users who know nothing of each other */
	ARRIVALS_EVEN,
};

/* The share of one thread in a total rate. Copies go on by themselves, and tell the same. */
struct schedule {
	enum arrivals arrivals;
	struct draw draw;
	int64_t begins_ns;
	double gap_ns;  /* the mean, of this thread */
	double next_in; /* nanoseconds from the beginning to the next one */
	uint64_t n;     /* those before the next one */
	int64_t next_ns;
};

/*
 * `rate`, per second, is that of all threads together. Even arrivals of the threads lie between
 * each other.
 */
void schedule_init(struct schedule *schedule, enum arrivals arrivals, double rate, unsigned thread,
	unsigned n_threads, uint64_t seed, int64_t begins_ns);
/* On to the one after. schedule->next_ns never decreases. */
void schedule_advance(struct schedule *schedule);
/* Advances past all that are due at a moment; how many there were from the beginning. */
uint64_t schedule_due(struct schedule *schedule, int64_t now_ns);

#endif

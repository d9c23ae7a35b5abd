/* Counters of the running server, and the answer to Stats made of them. */
#ifndef SERVER_STATS_H
#define SERVER_STATS_H

#include <stdatomic.h>

#include "base/arena.h"
#include "peakpeeps/types.h"

struct service;

enum { STATS_KINDS = 100 }; /* numbers of requests in the envelope are below */

/* Of one loop. Only its thread adds; any thread may read. Totals since the start. */
struct loop_counters {
	_Atomic uint64_t connections_total;
	_Atomic uint64_t requests_total; /* those that could not be read too */
	_Atomic uint64_t accepted_total[STATS_KINDS];
	_Atomic uint64_t refused_total[STATS_KINDS];
};

/* Of the writer, by its thread. */
struct writer_counters {
	_Atomic uint64_t batches_total;
	_Atomic uint64_t batched_requests_total;
	_Atomic uint64_t batch_largest;
};

/* On the loop's thread. */
void stats_count_connection(struct loop_counters *counters);
/* A reply on its way; `kind` NONE when the request could not be read. */
void stats_count_reply(struct loop_counters *counters, enum pp_kind kind, bool refused);
/* On the writer's thread. */
void stats_count_batch(struct writer_counters *counters, uint64_t n_requests);

/*
 * Adds what the server knows to an answer that the rules began. Lists lie in the arena: false when
 * it gave out. Any thread; the numbers are each exact, but not of one moment.
 */
bool stats_complete(
	struct service *service, struct arena *arena, struct pp_stats_response *out) MUST_CHECK;

#endif

/* Counters and times of the running server, and the answer to Stats made of them. */
#ifndef SERVER_STATS_H
#define SERVER_STATS_H

#include <stdatomic.h>

#include "base/arena.h"
#include "base/histogram.h"
#include "peakpeeps/types.h"
#include "storage/store.h"

struct service;

/* The requests there are, from 0 on. */
enum stats_row {
#define STATS_ROW(name, number, member, title, flags) STATS_ROW_##name,
	PP_REQUESTS(STATS_ROW)
#undef STATS_ROW
		STATS_ROWS
};

/*
 * Where requests of one kind spent their time, in microseconds; of those that were decided. A write
 * is decided and made durable with its batch, so it spends the whole of the batch's time in each.
 */
struct stats_times {
	struct histogram_shared queue;  /* since the loop woke to read it, until it was taken up */
	struct histogram_shared decide; /* of a read: decoded, decided and encoded */
	struct histogram_shared sync;
	struct histogram_shared total; /* since then, until its reply was encoded */
};

/* Of one loop. Only its thread adds; any thread may read. Since the start. 3 MiB of addresses, of
 * which only the pages of counts that are not 0 are used. */
struct loop_counters {
	_Atomic uint64_t connections_total;
	_Atomic uint64_t requests_total; /* those that could not be read too */
	_Atomic uint64_t accepted_total[STATS_ROWS];
	_Atomic uint64_t refused_total[STATS_ROWS];
	struct stats_times times[STATS_ROWS];
};

/* Of the writer, by its thread. As large. */
struct writer_counters {
	_Atomic uint64_t batches_total;
	_Atomic uint64_t batched_requests_total;
	struct histogram_shared batch_requests;
	struct histogram_shared batch_decide_us;
	struct histogram_shared batch_sync_us;
	struct stats_times times[STATS_ROWS];
};

/* On the loop's thread. */
void stats_count_connection(struct loop_counters *counters);
/* A reply on its way; `kind` NONE when the request could not be read. */
void stats_count_reply(struct loop_counters *counters, enum pp_kind kind, bool refused);
/* A request that the loop decided by itself. */
void stats_time_read(
	struct loop_counters *counters, enum pp_kind kind, uint64_t queue_ns, uint64_t decide_ns);
/* One that came back from the writer, all in all. */
void stats_time_reply(struct loop_counters *counters, enum pp_kind kind, uint64_t total_ns);
/* On the writer's thread: a batch that was made durable, and each request in it. */
void stats_count_batch(
	struct writer_counters *counters, uint64_t n_requests, const struct store_timing *timing);
void stats_time_write(struct writer_counters *counters, enum pp_kind kind, uint64_t queue_ns,
	const struct store_timing *timing);

/*
 * Adds what the server knows to an answer that the rules began. Lists lie in the arena: false when
 * it gave out. Any thread; the numbers are each exact, but not of one moment.
 */
bool stats_complete(
	struct service *service, struct arena *arena, struct pp_stats_response *out) MUST_CHECK;

#endif

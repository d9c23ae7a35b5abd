#include "server/stats.h"

#include <string.h>

#include "server/loop.h"
#include "server/service.h"
#include "server/writer.h"

static const enum pp_kind kinds[STATS_ROWS] = {
#define STATS_KIND(name, number, member, title, flags) PP_KIND_##name,
	PP_REQUESTS(STATS_KIND)
#undef STATS_KIND
};

/* -1: none. */
static int row_of(enum pp_kind kind)
{
	switch (kind) {
#define STATS_CASE(name, number, member, title, flags) \
	case PP_KIND_##name: return STATS_ROW_##name;
		PP_REQUESTS(STATS_CASE)
#undef STATS_CASE
	default: return -1;
	}
}

/* There is one thread that adds: no locked instruction is needed. */
static void add(_Atomic uint64_t *counter, uint64_t n)
{
	uint64_t value = atomic_load_explicit(counter, memory_order_relaxed);

	atomic_store_explicit(counter, value + n, memory_order_relaxed);
}

static uint64_t get(const _Atomic uint64_t *counter)
{
	return atomic_load_explicit(counter, memory_order_relaxed);
}

static void add_ns(struct histogram_shared *histogram, uint64_t ns)
{
	histogram_shared_add(histogram, ns / 1000);
}

/* ---- Counting ---- */

void stats_count_connection(struct loop_counters *counters)
{
	add(&counters->connections_total, 1);
}

void stats_count_reply(struct loop_counters *counters, enum pp_kind kind, bool refused)
{
	int row = row_of(kind);

	add(&counters->requests_total, 1);
	if (row >= 0)
		add(refused ? &counters->refused_total[row] : &counters->accepted_total[row], 1);
}

void stats_time_read(
	struct loop_counters *counters, enum pp_kind kind, uint64_t queue_ns, uint64_t decide_ns)
{
	int row = row_of(kind);

	ASSERT(row >= 0);
	add_ns(&counters->times[row].queue, queue_ns);
	add_ns(&counters->times[row].decide, decide_ns);
	add_ns(&counters->times[row].total, queue_ns + decide_ns);
}

void stats_time_reply(struct loop_counters *counters, enum pp_kind kind, uint64_t total_ns)
{
	int row = row_of(kind);

	ASSERT(row >= 0);
	add_ns(&counters->times[row].total, total_ns);
}

void stats_count_batch(
	struct writer_counters *counters, uint64_t n_requests, const struct store_timing *timing)
{
	add(&counters->batches_total, 1);
	add(&counters->batched_requests_total, n_requests);
	histogram_shared_add(&counters->batch_requests, n_requests);
	add_ns(&counters->batch_decide_us, timing->decide_ns);
	add_ns(&counters->batch_sync_us, timing->commit_ns);
}

void stats_time_write(struct writer_counters *counters, enum pp_kind kind, uint64_t queue_ns,
	const struct store_timing *timing)
{
	int row = row_of(kind);

	ASSERT(row >= 0);
	add_ns(&counters->times[row].queue, queue_ns);
	add_ns(&counters->times[row].decide, timing->decide_ns);
	add_ns(&counters->times[row].sync, timing->commit_ns);
}

/* ---- Telling ---- */

/* What an answer is made with. */
struct telling {
	struct service *service;
	struct arena *arena;
	struct histogram sum; /* of what the threads counted, one distribution at a time */
};

/* NULL: out of memory. */
static struct pp_distribution *tell(struct telling *telling)
{
	struct histogram *sum = &telling->sum;
	struct pp_distribution *out = arena_alloc(telling->arena, sizeof(*out));
	const double shares[] = { 0.5, 0.99, 0.999 };
	uint64_t told[ARRAY_LEN(shares)];

	if (out == NULL)
		return NULL;
	for (size_t i = 0; i < ARRAY_LEN(shares); i++) {
		int64_t value = histogram_percentile(sum, shares[i]);
		told[i] = (uint64_t)(value < sum->max ? value : sum->max);
	}
	*out = (struct pp_distribution) {
		.n = sum->n,
		.p50 = told[0],
		.p99 = told[1],
		.p999 = told[2],
		.max = (uint64_t)sum->max,
	};
	return out;
}

static struct pp_distribution *tell_one(
	struct telling *telling, const struct histogram_shared *histogram)
{
	histogram_reset(&telling->sum);
	histogram_shared_merge(&telling->sum, histogram);
	return tell(telling);
}

/* One of the times of a row, over all threads; `offset` says which. */
static struct pp_distribution *tell_times(struct telling *telling, int row, size_t offset)
{
	struct service *service = telling->service;
	const struct writer_counters *writer = writer_get_counters(service->writer);
	const char *times = (const char *)&writer->times[row];

	histogram_reset(&telling->sum);
	histogram_shared_merge(&telling->sum, (const void *)(times + offset));
	for (uint32_t i = 0; i < service->n_loops; i++) {
		times = (const char *)&service->loops[i].counters->times[row];
		histogram_shared_merge(&telling->sum, (const void *)(times + offset));
	}
	return tell(telling);
}

static bool tell_request(struct telling *telling, int row, struct pp_request_stats *out)
{
	out->number = kinds[row];
	out->name = pp_kind_title(kinds[row]);
	out->queue_us = tell_times(telling, row, offsetof(struct stats_times, queue));
	out->decide_us = tell_times(telling, row, offsetof(struct stats_times, decide));
	out->total_us = tell_times(telling, row, offsetof(struct stats_times, total));
	if (pp_kind_flags(kinds[row]) != PP_WRITE)
		return out->queue_us != NULL && out->decide_us != NULL && out->total_us != NULL;
	out->sync_us = tell_times(telling, row, offsetof(struct stats_times, sync));
	return out->queue_us != NULL && out->decide_us != NULL && out->total_us != NULL &&
	       out->sync_us != NULL;
}

static bool list_requests(struct telling *telling, struct pp_stats_response *out)
{
	const struct service *service = telling->service;

	out->requests =
		arena_zalloc(telling->arena, STATS_ROWS * sizeof(struct pp_request_stats *));
	if (out->requests == NULL)
		return false;
	for (int row = 0; row < STATS_ROWS; row++) {
		uint64_t n_accepted = 0;
		uint64_t n_refused = 0;
		for (uint32_t i = 0; i < service->n_loops; i++) {
			n_accepted += get(&service->loops[i].counters->accepted_total[row]);
			n_refused += get(&service->loops[i].counters->refused_total[row]);
		}
		if (n_accepted + n_refused == 0)
			continue;
		struct pp_request_stats *stats = arena_zalloc(telling->arena, sizeof(*stats));
		if (stats == NULL)
			return false;
		stats->accepted_total = n_accepted;
		stats->refused_total = n_refused;
		if (!tell_request(telling, row, stats))
			return false;
		out->requests[out->n_requests++] = stats;
	}
	return true;
}

static bool list_loops(
	const struct service *service, struct arena *arena, struct pp_stats_response *out)
{
	struct pp_loop_stats *stats = arena_zalloc(arena, service->n_loops * sizeof(*stats));

	out->loops = arena_zalloc(arena, service->n_loops * sizeof(struct pp_loop_stats *));
	if (stats == NULL || out->loops == NULL)
		return false;
	for (uint32_t i = 0; i < service->n_loops; i++) {
		const struct loop *loop = &service->loops[i];
		stats[i] = (struct pp_loop_stats) {
			.index = i,
			.connections_open = atomic_load(&loop->n_assigned),
			.connections_total = get(&loop->counters->connections_total),
			.requests_total = get(&loop->counters->requests_total),
		};
		out->loops[i] = &stats[i];
		out->connections_open += stats[i].connections_open;
		out->connections_total += stats[i].connections_total;
	}
	out->n_loops = service->n_loops;
	return true;
}

static bool tell_writer(struct telling *telling, struct pp_stats_response *out)
{
	struct writer *writer = telling->service->writer;
	const struct writer_counters *counters = writer_get_counters(writer);

	out->batches_total = get(&counters->batches_total);
	out->batched_requests_total = get(&counters->batched_requests_total);
	out->batch_largest = get(&counters->batch_requests.max);
	out->writer_queue_length = writer_queue_length(writer);
	out->batch_requests = tell_one(telling, &counters->batch_requests);
	out->batch_decide_us = tell_one(telling, &counters->batch_decide_us);
	out->batch_sync_us = tell_one(telling, &counters->batch_sync_us);
	return out->batch_requests != NULL && out->batch_decide_us != NULL &&
	       out->batch_sync_us != NULL;
}

static bool tell_log(
	const struct service *service, struct arena *arena, struct pp_stats_response *out)
{
	struct store_stats stats;

	if (strcmp(service->info.commit_mode, "log") != 0)
		return true;
	out->log = arena_alloc(arena, sizeof(*out->log));
	if (out->log == NULL)
		return false;
	store_stats(service->store, &stats);
	*out->log = (struct pp_log_stats) {
		.checkpoints_total = stats.checkpoints_total,
		.checkpoint_last_us = stats.checkpoint_last_us,
		.checkpoint_total_us = stats.checkpoint_total_us,
		.checkpoint_largest_us = stats.checkpoint_largest_us,
		.memtable_bytes = stats.memtable_bytes,
		.memtable_bytes_max = stats.memtable_bytes_max,
		.memtable_records = stats.memtable_records,
		.memtable_records_max = stats.memtable_records_max,
		.log_bytes = stats.log_bytes,
		.log_bytes_max = stats.log_bytes_max,
		.writer_waits_total = stats.writer_waits_total,
		.writer_waited_us_total = stats.writer_waited_us_total,
	};
	return true;
}

bool stats_complete(struct service *service, struct arena *arena, struct pp_stats_response *out)
{
	struct telling telling = { .service = service, .arena = arena };
	uint64_t *counts = arena_alloc(arena, HISTOGRAM_SHARED_COUNTS * sizeof(*counts));

	if (counts == NULL)
		return false;
	histogram_shared_init(&telling.sum, counts);
	out->started_at_ms = service->started_at_ms;
	out->uptime_ms = service_boottime_ms(service) - service->started_boottime_ms;
	out->op_bytes = atomic_load(&service->op_budget.used);
	out->op_bytes_max = service->op_budget.limit;
	out->buffer_bytes = atomic_load(&service->buffer_budget.used);
	out->buffer_bytes_max = service->buffer_budget.limit;
	store_usage(service->store, &out->store_bytes, &out->disk_free_bytes);
	return list_loops(service, arena, out) && list_requests(&telling, out) &&
	       tell_writer(&telling, out) && tell_log(service, arena, out);
}

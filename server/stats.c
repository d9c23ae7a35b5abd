#include "server/stats.h"

#include "server/loop.h"
#include "server/service.h"
#include "server/writer.h"

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

void stats_count_connection(struct loop_counters *counters)
{
	add(&counters->connections_total, 1);
}

void stats_count_reply(struct loop_counters *counters, enum pp_kind kind, bool refused)
{
	add(&counters->requests_total, 1);
	if (kind > PP_KIND_NONE && (int)kind < STATS_KINDS)
		add(refused ? &counters->refused_total[kind] : &counters->accepted_total[kind], 1);
}

void stats_count_batch(struct writer_counters *counters, uint64_t n_requests)
{
	add(&counters->batches_total, 1);
	add(&counters->batched_requests_total, n_requests);
	if (n_requests > get(&counters->batch_largest))
		atomic_store_explicit(&counters->batch_largest, n_requests, memory_order_relaxed);
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
			.connections_total = get(&loop->counters.connections_total),
			.requests_total = get(&loop->counters.requests_total),
		};
		out->loops[i] = &stats[i];
		out->connections_open += stats[i].connections_open;
		out->connections_total += stats[i].connections_total;
	}
	out->n_loops = service->n_loops;
	return true;
}

static bool list_requests(
	const struct service *service, struct arena *arena, struct pp_stats_response *out)
{
	out->requests = arena_zalloc(arena, STATS_KINDS * sizeof(struct pp_request_stats *));
	if (out->requests == NULL)
		return false;
	for (uint32_t kind = 1; kind < STATS_KINDS; kind++) {
		uint64_t n_accepted = 0;
		uint64_t n_refused = 0;
		for (uint32_t i = 0; i < service->n_loops; i++) {
			n_accepted += get(&service->loops[i].counters.accepted_total[kind]);
			n_refused += get(&service->loops[i].counters.refused_total[kind]);
		}
		if (n_accepted + n_refused == 0)
			continue;
		struct pp_request_stats *stats = arena_alloc(arena, sizeof(*stats));
		if (stats == NULL)
			return false;
		*stats = (struct pp_request_stats) {
			.number = kind,
			.name = pp_kind_title((enum pp_kind)kind),
			.accepted_total = n_accepted,
			.refused_total = n_refused,
		};
		out->requests[out->n_requests++] = stats;
	}
	return true;
}

bool stats_complete(struct service *service, struct arena *arena, struct pp_stats_response *out)
{
	const struct writer_counters *writer = writer_get_counters(service->writer);

	out->started_at_ms = service->started_at_ms;
	out->uptime_ms = service_boottime_ms(service) - service->started_boottime_ms;
	out->batches_total = get(&writer->batches_total);
	out->batched_requests_total = get(&writer->batched_requests_total);
	out->batch_largest = get(&writer->batch_largest);
	out->writer_queue_length = writer_queue_length(service->writer);
	out->op_bytes = atomic_load(&service->op_budget.used);
	out->op_bytes_max = service->op_budget.limit;
	out->buffer_bytes = atomic_load(&service->buffer_budget.used);
	out->buffer_bytes_max = service->buffer_budget.limit;
	store_usage(service->store, &out->store_bytes, &out->disk_free_bytes);
	return list_loops(service, arena, out) && list_requests(service, arena, out);
}

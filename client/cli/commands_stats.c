/* What the server does, and where requests spend their time. */
#include <inttypes.h>

#include "client/cli/commands.h"
#include "client/cli/report.h"

enum { TEXT_BYTES = 32 };

/* As in "12.3 MiB". */
static void format_bytes(uint64_t n_bytes, char out[TEXT_BYTES])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)n_bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(out, TEXT_BYTES, "%.*f %s", unit == 0 ? 0 : 1, value, units[unit]);
}

static void bytes_field(struct table *table, const char *name, uint64_t n_bytes, uint64_t n_max)
{
	char now[TEXT_BYTES];
	char most[TEXT_BYTES];

	format_bytes(n_bytes, now);
	format_bytes(n_max, most);
	if (n_max == 0)
		table_field(table, name, "%s", now);
	else
		table_field(table, name, "%s of at most %s", now, most);
}

/* As in "850us", "12.3ms", "4.50s". */
static void format_us(uint64_t us, char out[TEXT_BYTES])
{
	if (us < 1000)
		(void)snprintf(out, TEXT_BYTES, "%" PRIu64 "us", us);
	else if (us < 1000 * 1000)
		(void)snprintf(out, TEXT_BYTES, "%.1fms", (double)us / 1e3);
	else
		(void)snprintf(out, TEXT_BYTES, "%.2fs", (double)us / 1e6);
}

static void log_fields(struct table *table, const struct pp_log_stats *log)
{
	char last[TEXT_BYTES];
	char mean[TEXT_BYTES];
	char largest[TEXT_BYTES];

	bytes_field(table, "log", log->log_bytes, log->log_bytes_max);
	bytes_field(table, "not in a checkpoint", log->memtable_bytes, log->memtable_bytes_max);
	table_field(table, "records not in one", "%" PRIu64 " of at most %" PRIu64,
		log->memtable_records, log->memtable_records_max);
	format_us(log->checkpoint_last_us, last);
	format_us(
		log->checkpoints_total == 0 ? 0 : log->checkpoint_total_us / log->checkpoints_total,
		mean);
	format_us(log->checkpoint_largest_us, largest);
	table_field(table, "checkpoints", "%" PRIu64 ": the last %s, on average %s, at most %s",
		log->checkpoints_total, last, mean, largest);
	format_us(log->writer_waited_us_total, last);
	table_field(
		table, "waits for them", "%" PRIu64 ": %s in all", log->writer_waits_total, last);
}

static struct table *stats_totals(const struct pp_stats_response *stats, uint64_t revision)
{
	struct table *table = table_new_record();
	char uptime[VALUE_TEXT_BYTES];

	value_format_duration(stats->uptime_ms, uptime);
	table_field(table, "users", "%" PRIu64, stats->n_users);
	table_field(table, "businesses", "%" PRIu64, stats->n_businesses);
	table_field(table, "coupons", "%" PRIu64, stats->n_coupons);
	table_field(table, "purchases", "%" PRIu64 ", %" PRIu64 " redeemed, %" PRIu64 " refunded",
		stats->n_purchases, stats->n_redeemed, stats->n_refunded);
	table_field(table, "coins", "%" PRId64 " issued, %" PRId64 " of them commission",
		stats->coins_issued, stats->commission_coins);
	table_field(table, "up", "%s", uptime);
	table_field(table, "connections", "%" PRIu64 " open, %" PRIu64 " in all",
		stats->connections_open, stats->connections_total);
	table_field(table, "batches", "%" PRIu64 " of %.1f writes on average, %" PRIu64 " at most",
		stats->batches_total,
		stats->batches_total == 0
			? 0.0
			: (double)stats->batched_requests_total / (double)stats->batches_total,
		stats->batch_largest);
	if (stats->batch_requests != NULL)
		table_field(table, "batch sizes",
			"half up to %" PRIu64 ", 99%% up to %" PRIu64 ", 99.9%% up to %" PRIu64,
			stats->batch_requests->p50, stats->batch_requests->p99,
			stats->batch_requests->p999);
	table_field(table, "writes waiting", "%" PRIu64, stats->writer_queue_length);
	bytes_field(table, "requests", stats->op_bytes, stats->op_bytes_max);
	bytes_field(table, "buffers", stats->buffer_bytes, stats->buffer_bytes_max);
	if (stats->log != NULL)
		log_fields(table, stats->log);
	bytes_field(table, "store", stats->store_bytes, 0);
	bytes_field(table, "disk free", stats->disk_free_bytes, 0);
	table_field(table, "revision", "%" PRIu64, revision);
	return table;
}

static struct table *stats_loops(const struct pp_stats_response *stats)
{
	static const struct table_column columns[] = {
		{ "LOOP", TABLE_RIGHT },
		{ "CONNECTIONS", TABLE_RIGHT },
		{ "IN ALL", TABLE_RIGHT },
		{ "REQUESTS", TABLE_RIGHT },
	};
	struct table *table = table_new(columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < stats->n_loops; i++) {
		const struct pp_loop_stats *loop = stats->loops[i];
		table_row(table);
		table_cell(table, "%" PRIu32, loop->index);
		table_cell(table, "%" PRIu64, loop->connections_open);
		table_cell(table, "%" PRIu64, loop->connections_total);
		table_cell(table, "%" PRIu64, loop->requests_total);
	}
	return table;
}

static struct table *stats_requests(const struct pp_stats_response *stats)
{
	static const struct table_column columns[] = {
		{ "REQUEST", 0 },
		{ "ACCEPTED", TABLE_RIGHT },
		{ "REFUSED", TABLE_RIGHT },
	};
	struct table *table = table_new(columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < stats->n_requests; i++) {
		const struct pp_request_stats *request = stats->requests[i];
		table_row(table);
		table_cell(table, "%s", request->name == NULL ? "?" : request->name);
		table_cell(table, "%" PRIu64, request->accepted_total);
		table_cell(table, "%" PRIu64, request->refused_total);
	}
	return table;
}

static void times_row(struct table *table, const char *name, const char *part,
	const struct pp_distribution *times)
{
	if (times == NULL || times->n == 0)
		return;
	const uint64_t us[] = { times->p50, times->p99, times->p999, times->max };
	table_row(table);
	table_cell(table, "%s", name);
	table_cell(table, "%s", part);
	table_cell(table, "%" PRIu64, times->n);
	for (size_t i = 0; i < ARRAY_LEN(us); i++) {
		char text[TEXT_BYTES];
		format_us(us[i], text);
		table_cell(table, "%s", text);
	}
}

static struct table *stats_times(const struct pp_stats_response *stats)
{
	static const struct table_column columns[] = {
		{ "REQUEST", 0 },
		{ "TIME", 0 },
		{ "N", TABLE_RIGHT },
		{ "P50", TABLE_RIGHT },
		{ "P99", TABLE_RIGHT },
		{ "P99.9", TABLE_RIGHT },
		{ "MAX", TABLE_RIGHT },
	};
	struct table *table = table_new(columns, ARRAY_LEN(columns));

	for (size_t i = 0; i < stats->n_requests; i++) {
		const struct pp_request_stats *request = stats->requests[i];
		const char *name = request->name == NULL ? "?" : request->name;
		times_row(table, name, "in queue", request->queue_us);
		times_row(table, name, "deciding", request->decide_us);
		times_row(table, name, "in sync", request->sync_us);
		times_row(table, name, "in all", request->total_us);
	}
	times_row(table, "each batch", "deciding", stats->batch_decide_us);
	times_row(table, "each batch", "in sync", stats->batch_sync_us);
	return table;
}

int show_server_stats(struct cli *cli, const struct pp_response *response)
{
	const struct pp_stats_response *stats = &response->u.stats;
	struct table *(*const parts[])(const struct pp_stats_response *) = {
		stats_loops,
		stats_requests,
		stats_times,
	};

	if (!cli_wants_table(cli))
		return CLI_ACCEPTED;
	int code = cli_print_table(cli, stats_totals(stats, response->revision));
	for (size_t i = 0; i < ARRAY_LEN(parts) && code == CLI_ACCEPTED; i++) {
		(void)fputc('\n', stdout);
		code = cli_print_table(cli, parts[i](stats));
	}
	return code;
}

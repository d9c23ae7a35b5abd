/* The server itself: what it is, and whether its books balance. */
#include <inttypes.h>
#include <time.h>
#include <unistd.h>

#include "client/cli/commands.h"
#include "client/cli/report.h"

int show_server_info(struct cli *cli, const struct pp_response *response)
{
	const struct pp_server_info_response *info = &response->u.server_info;
	struct table *table = table_new_record();
	char store_id[37];
	char retention[VALUE_TEXT_BYTES];

	pp_uuid_format(&info->store_id, store_id);
	value_format_duration(info->request_id_retention_ms, retention);
	table_field(
		table, "version", "%s", info->server_version == NULL ? "" : info->server_version);
	table_field(table, "protocol", "1.%" PRIu32, info->protocol_minor);
	table_field(table, "store", "%s", store_id);
	table_field(table, "incarnation", "%" PRIu64, info->incarnation);
	table_field(table, "commit", "%s", info->commit_mode == NULL ? "" : info->commit_mode);
	table_field(
		table, "unicode", "%s", info->unicode_version == NULL ? "" : info->unicode_version);
	table_time_field(table, "started", true, info->started_at_ms, "");
	table_time_field(table, "server time", true, info->server_time_ms, "");
	table_field(table, "clock offset", "%" PRId64 "ms%s", info->clock_offset_ms,
		info->clock_jumped ? ": the clock jumped, and was not followed" : "");
	table_field(table, "request ids kept", "%s", retention);
	table_field(table, "users", "%" PRIu64, info->n_users);
	table_field(table, "businesses", "%" PRIu64, info->n_businesses);
	table_field(table, "coupons", "%" PRIu64, info->n_coupons);
	table_field(table, "purchases", "%" PRIu64, info->n_purchases);
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

/* ---- Stats ---- */

enum { BYTES_TEXT_BYTES = 32 };

/* As in "12.3 MiB". */
static void format_bytes(uint64_t n_bytes, char out[BYTES_TEXT_BYTES])
{
	static const char *const units[] = { "B", "KiB", "MiB", "GiB", "TiB" };
	double value = (double)n_bytes;
	size_t unit = 0;

	while (value >= 1024 && unit + 1 < ARRAY_LEN(units)) {
		value /= 1024;
		unit++;
	}
	(void)snprintf(out, BYTES_TEXT_BYTES, "%.*f %s", unit == 0 ? 0 : 1, value, units[unit]);
}

static void bytes_field(struct table *table, const char *name, uint64_t n_bytes, uint64_t n_max)
{
	char now[BYTES_TEXT_BYTES];
	char most[BYTES_TEXT_BYTES];

	format_bytes(n_bytes, now);
	format_bytes(n_max, most);
	if (n_max == 0)
		table_field(table, name, "%s", now);
	else
		table_field(table, name, "%s of at most %s", now, most);
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
	table_field(table, "writes waiting", "%" PRIu64, stats->writer_queue_length);
	bytes_field(table, "requests", stats->op_bytes, stats->op_bytes_max);
	bytes_field(table, "buffers", stats->buffer_bytes, stats->buffer_bytes_max);
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

int show_server_stats(struct cli *cli, const struct pp_response *response)
{
	const struct pp_stats_response *stats = &response->u.stats;
	struct table *(*const parts[])(
		const struct pp_stats_response *) = { stats_loops, stats_requests };

	if (!cli_wants_table(cli))
		return CLI_ACCEPTED;
	int code = cli_print_table(cli, stats_totals(stats, response->revision));
	for (size_t i = 0; i < ARRAY_LEN(parts) && code == CLI_ACCEPTED; i++) {
		(void)fputc('\n', stdout);
		code = cli_print_table(cli, parts[i](stats));
	}
	return code;
}

/* ---- Verify ---- */

enum { VERIFY_POLL_MS = 100 };

/* One line that is written over, on a terminal only. */
static void show_progress(const struct cli *cli, const struct pp_verify_response *verify)
{
	if (cli->quiet || !isatty(STDERR_FILENO))
		return;
	if (verify->state == PP_VERIFY_STATE_RUNNING)
		(void)fprintf(stderr, "\rverify %" PRIu64 ": %" PRIu64 " of %" PRIu64 " records",
			verify->verify_id, verify->n_checked, verify->n_records);
	else
		(void)fputs("\r\033[K", stderr);
	(void)fflush(stderr);
}

static const struct table_column finding_columns[] = {
	{ "CHECK", 0 },
	{ "SUBJECT", 0 },
	{ "FINDING", TABLE_WRAP },
};

static int show_findings(const struct cli *cli, const struct pp_verify_response *verify)
{
	struct table *table = table_new(finding_columns, ARRAY_LEN(finding_columns));
	size_t i;

	for (i = 0; i < verify->n_findings_shown; i++) {
		const struct pp_finding *finding = verify->findings[i];

		table_row(table);
		table_cell(table, "%s", finding->check == NULL ? "" : finding->check);
		table_cell(table, "%s", finding->subject == NULL ? "" : finding->subject);
		table_cell(table, "%s", finding->message == NULL ? "" : finding->message);
	}
	(void)fputc('\n', stdout);
	return cli_print_table(cli, table);
}

static const char *state_name(enum pp_verify_state state)
{
	switch (state) {
	case PP_VERIFY_STATE_RUNNING: return "running";
	case PP_VERIFY_STATE_CLEAN: return "clean";
	case PP_VERIFY_STATE_DAMAGED: return "damaged";
	case PP_VERIFY_STATE_ABORTED: return "ended early";
	case PP_VERIFY_STATE_NONE: break;
	}
	return "?";
}

int show_verify(const struct cli *cli, const struct pp_verify_response *verify)
{
	char address[CLI_ADDRESS_BYTES];
	struct table *table;
	int code;

	if (!cli_wants_table(cli))
		return CLI_ACCEPTED;
	table = table_new_record();
	table_field(table, "verify", "%" PRIu64, verify->verify_id);
	table_field(table, "state", "%s", state_name(verify->state));
	table_field(table, "at revision", "%" PRIu64, verify->snapshot_revision);
	table_field(table, "checked", "%" PRIu64 " of %" PRIu64 " records", verify->n_checked,
		verify->n_records);
	table_field(table, "took", "%" PRIu32 "ms", verify->elapsed_ms);
	table_field(table, "findings", "%" PRIu64, verify->n_findings);
	if (verify->message != NULL && verify->message[0] != '\0')
		table_field(table, "message", "%s", verify->message);
	code = cli_print_table(cli, table);
	if (code == CLI_ACCEPTED && verify->n_findings_shown > 0)
		code = show_findings(cli, verify);
	if (code == CLI_ACCEPTED && verify->state == PP_VERIFY_STATE_RUNNING)
		cli_note(cli, "ask again: peakpeeps%s verify --id %" PRIu64,
			cli_address_option(cli, address), verify->verify_id);
	return code;
}

static void pause_ms(long ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	(void)nanosleep(&pause, NULL);
}

int verify_poll(
	struct cli *cli, struct pp_request *request, bool wait, const struct pp_response **response)
{
	for (;;) {
		int code = cli_call(cli, request, response);
		if (code != CLI_ACCEPTED)
			return code;
		const struct pp_verify_response *verify = &(*response)->u.verify;
		if (wait)
			show_progress(cli, verify);
		if (!wait || verify->state != PP_VERIFY_STATE_RUNNING)
			return CLI_ACCEPTED;
		request->u.verify.verify_id = verify->verify_id;
		pause_ms(VERIFY_POLL_MS);
	}
}

int verify_exit(const struct pp_verify_response *verify)
{
	if (verify->state == PP_VERIFY_STATE_CLEAN || verify->state == PP_VERIFY_STATE_RUNNING)
		return CLI_ACCEPTED;
	return CLI_REFUSED;
}

int run_verify(struct cli *cli, struct pp_request *request)
{
	const struct pp_response *response;

	request->u.verify.verify_id = cli_number(cli, "id", 0);
	int code = verify_poll(cli, request, cli_has(cli, "wait"), &response);
	if (code == CLI_ACCEPTED)
		code = cli_show(cli, response);
	if (code == CLI_ACCEPTED)
		code = show_verify(cli, &response->u.verify);
	return code != CLI_ACCEPTED ? code : verify_exit(&response->u.verify);
}

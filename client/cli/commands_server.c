/* The server itself: what it is, and whether its books balance. */
#include <inttypes.h>
#include <string.h>
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
	if (info->durability != NULL && strncmp(info->durability, "unsafe", 6) == 0)
		table_field(table, "WARNING",
			"durability is %s: a power cut loses or damages what was answered",
			info->durability);
	table_field(
		table, "version", "%s", info->server_version == NULL ? "" : info->server_version);
	table_field(table, "protocol", "1.%" PRIu32, info->protocol_minor);
	table_field(table, "store", "%s", store_id);
	table_field(table, "incarnation", "%" PRIu64, info->incarnation);
	table_field(table, "commit", "%s", info->commit_mode == NULL ? "" : info->commit_mode);
	table_field(table, "durability", "%s", info->durability == NULL ? "" : info->durability);
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

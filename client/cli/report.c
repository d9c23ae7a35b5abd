#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/conflict.h"
#include "client/cli/fold.h"
#include "client/cli/hint.h"
#include "client/cli/report.h"

/* A label, and after it the text's lines, folded to `columns`. */
static void print_part(const char *label, const char *text, size_t columns)
{
	if (text[0] == '\0')
		return;
	(void)fputs(label, stderr);
	fold_print(text, strlen(label), columns, stderr);
}

static void print_reasons(const struct problem *problem)
{
	size_t columns = fold_columns(stderr);

	/* The answer first, when both go to one place. */
	(void)fflush(stdout);
	print_part("peakpeeps: ", problem->what, columns);
	print_part("  likely: ", problem->likely, columns);
}

/* Commands are never folded: they are there to be pasted. */
static void print_next(const struct problem *problem)
{
	print_part("  next:   ", problem->next, 0);
}

void report_problem(const struct problem *problem)
{
	print_reasons(problem);
	print_next(problem);
}

/* How a server would be started that listens where it was looked for. */
static void suggest_server(const struct cli *cli, struct problem *problem)
{
	static const char *const here[] = { "127.", "localhost:", "[::1]:" };
	const struct arg_value *address = args_find_global(&cli->args, "address");
	const char *text = address == NULL ? "" : address->text;
	bool local = false;
	size_t i;

	if (strncmp(text, "unix:", strlen("unix:")) == 0) {
		PROBLEM_NEXT(problem, "peakpeepsd --store DIR --unix %s", text + strlen("unix:"));
		return;
	}
	for (i = 0; i < ARRAY_LEN(here); i++)
		local |= strncmp(text, here[i], strlen(here[i])) == 0 && strchr(text, ':') != NULL;
	if (local)
		PROBLEM_NEXT(problem, "peakpeepsd --store DIR --listen %s", text);
	else
		PROBLEM_NEXT(problem,
			"peakpeepsd --store DIR --listen 127.0.0.1:%d\n"
			"or, where it was built: ./dev run",
			PP_PORT_DEFAULT);
}

int report_no_connection(const struct cli *cli, int err)
{
	struct problem problem = { 0 };
	const char *error = cli->client == NULL ? pp_strerror(err) : pp_client_error(cli->client);

	PROBLEM_WHAT(&problem, "%s", error);
	if (err == PP_ERR_INVALID) {
		PROBLEM_LIKELY(
			&problem, "--address is like 127.0.0.1:7337 or unix:/path/to/socket");
		PROBLEM_NEXT(&problem, "peakpeeps --help");
		report_problem(&problem);
		return CLI_USAGE;
	}
	PROBLEM_LIKELY(&problem, "%s, or --address (PEAKPEEPS_ADDRESS) names another place",
		err == PP_ERR_TIMEOUT ? "the server is stopped or too busy"
				      : "no server listens there");
	suggest_server(cli, &problem);
	report_problem(&problem);
	return CLI_NO_CONNECTION;
}

int report_no_answer(
	const struct cli *cli, const struct pp_request *request, int err, enum pp_outcome outcome)
{
	struct problem problem = { 0 };
	bool write = pp_kind_flags(request->kind) == PP_WRITE && !request->validate_only;
	const char *error = pp_client_error(cli->client);

	if (outcome == PP_UNKNOWN && write) {
		PROBLEM_WHAT(&problem, "%s: the outcome of this request is unknown",
			error[0] != '\0' ? error : "an earlier try was not answered");
		PROBLEM_LIKELY(&problem,
			"the link or the server failed after the request was sent; "
			"it may have been carried out");
		hint_next("{same}\nthe same id: it is carried out once at most, and its outcome is "
			  "told{or-abandon}",
			cli, request, NULL, &problem);
		report_problem(&problem);
		return CLI_OUTCOME_UNKNOWN;
	}
	PROBLEM_WHAT(&problem, "%s", error[0] != '\0' ? error : pp_strerror(err));
	if (err == PP_ERR_TOO_BIG || err == PP_ERR_INVALID) {
		PROBLEM_LIKELY(&problem, "the request does not fit into one frame");
		report_problem(&problem);
		return CLI_USAGE;
	}
	PROBLEM_LIKELY(&problem, "%s",
		!write ? "the server could not be reached in time"
		: args_find(&cli->args, "request-id") != NULL
			? "the server could not be reached, and this try executed nothing; an "
			  "earlier one under this id may have"
			: "the server could not be reached, and nothing was executed");
	hint_next("{same}", cli, request, NULL, &problem);
	report_problem(&problem);
	return CLI_NO_CONNECTION;
}

int report_refusal(
	const struct cli *cli, const struct pp_request *request, const struct pp_response *response)
{
	const struct pp_status *status = response->status;
	const char *reason = pp_reason_name(status->reason);
	struct problem problem = { 0 };
	struct conflict conflict;

	PROBLEM_WHAT(&problem, "refused: %s (%s%s%s)%s",
		status->message != NULL && status->message[0] != '\0' ? status->message
								      : "no reason given",
		reason != NULL ? reason : "a reason this build does not know",
		status->field != NULL && status->field[0] != '\0' ? ", in " : "",
		status->field != NULL ? status->field : "",
		response->replayed ? ", as it was told before" : "");
	bool conflicts = conflict_of_status(status, &conflict);
	if (conflicts)
		conflict_explain(cli, &conflict, &problem);
	else
		hint_explain(cli, request, response, &problem);
	print_reasons(&problem);
	if (conflicts && !conflict_print(&conflict, stderr))
		return report_not_printed("the conflict");
	print_next(&problem);
	if (status->code == PP_CODE_PERMISSION_DENIED || status->code == PP_CODE_UNAUTHENTICATED)
		return CLI_NOT_ALLOWED;
	return CLI_REFUSED;
}

int report_empty(void)
{
	struct problem problem = { 0 };

	PROBLEM_WHAT(&problem, "the server's answer does not hold what was asked for");
	PROBLEM_LIKELY(&problem, "something else than a PeakPeeps server answers there");
	PROBLEM_NEXT(&problem, "peakpeeps server info");
	report_problem(&problem);
	return CLI_NO_CONNECTION;
}

void report_what_was_done(const struct cli *cli, struct problem *problem)
{
	char id[37];
	const struct arg_change changes[] = { { "request-id", id }, { "get", NULL },
		{ "save", NULL }, { "json", "" } };

	if (cli->written == NULL)
		return;
	pp_uuid_format(&cli->written->request_id, id);
	problem_command(problem, &cli->args, changes, ARRAY_LEN(changes));
}

int report_not_printed(const char *what)
{
	struct problem problem = { 0 };

	PROBLEM_WHAT(&problem, "%s could not be printed or saved", what);
	PROBLEM_LIKELY(&problem, "the disk is full, the file cannot be written, or memory ran out; "
				 "what was asked for has been done");
	report_problem(&problem);
	return CLI_NOT_PRINTED;
}

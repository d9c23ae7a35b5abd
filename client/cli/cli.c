#include <langinfo.h>
#include <locale.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "client/cli/cli.h"
#include "client/cli/help.h"
#include "client/cli/json.h"
#include "client/cli/report.h"
#include "client/cli/resolve.h"

const struct arg_spec cli_globals[] = {
	ARG_OPTION("address", ARG_TEXT, "HOST:PORT",
		"the server, or unix:/path (PEAKPEEPS_ADDRESS; 127.0.0.1:7337)"),
	ARG_OPTION("as", ARG_USER_OR_0, "USER",
		"on whose behalf, by id or name (PEAKPEEPS_USER; 0: the operator)"),
	ARG_OPTION("timeout", ARG_DURATION, "DURATION", "how long to try, retries included (30s)"),
	ARG_OPTION("request-id", ARG_UUID, "UUID", "of a write: repeat it under the same id"),
	ARG_ON_OFF("validate-only", "of a write: say what would happen, change nothing"),
	ARG_OPTION("min-revision", ARG_ID, "REVISION",
		"of a read: refuse it from a store older than this"),
	{ .name = "output",
		.type = ARG_CHOICE,
		.value = "FORMAT",
		.help = "table, plain or json (PEAKPEEPS_OUTPUT; table on a terminal, else plain)",
		.words = "table|plain|json" },
	ARG_ON_OFF("json", "the whole answer as one JSON object; also a refusal"),
	ARG_OPTION("get", ARG_TEXT, "PATH",
		"one field of the answer, as in user_id or terms.price_coins"),
	ARG_OPTION("save", ARG_TEXT, "FILE", "the answer as JSON into a file too (PEAKPEEPS_SAVE)"),
	ARG_ON_OFF("quiet", "print errors only; the exit code tells the rest"),
	ARG_ON_OFF("help", "this help, or that of the command"),
	ARG_ON_OFF("version", "the version of this program"),
	{ 0 },
};

enum { OUTPUT_TABLE = 1, OUTPUT_PLAIN = 2, OUTPUT_JSON = 3 };

bool cli_has(const struct cli *cli, const char *name)
{
	return args_find(&cli->args, name) != NULL;
}

uint64_t cli_number(const struct cli *cli, const char *name, uint64_t absent)
{
	const struct arg_value *value = args_find(&cli->args, name);

	return value == NULL ? absent : (uint64_t)value->number;
}

const char *cli_text(const struct cli *cli, const char *name)
{
	const struct arg_value *value = args_find(&cli->args, name);

	return value == NULL ? NULL : value->text;
}

uint64_t cli_acting_user(const struct cli *cli)
{
	return cli_number(cli, "as", 0);
}

const char *cli_address_option(const struct cli *cli, char buf[CLI_ADDRESS_BYTES])
{
	const struct arg_value *address = args_find_global(&cli->args, "address");

	buf[0] = '\0';
	if (address == NULL || address->from_environment)
		return buf;
	FILE *out = fmemopen(buf, CLI_ADDRESS_BYTES, "w");
	if (out == NULL)
		return buf;
	(void)fputs(" --address ", out);
	args_print_word(address->text, out);
	bool failed = fflush(out) != 0 || ferror(out) != 0;
	(void)fclose(out);
	if (failed)
		buf[0] = '\0';
	return buf;
}

static void print_note(const char *format, va_list list)
{
	(void)fflush(stdout);
	(void)fputs("note: ", stderr);
	(void)vfprintf(stderr, format, list);
	(void)fputc('\n', stderr);
}

void cli_notice(const struct cli *cli, const char *format, ...)
{
	va_list list;

	if (cli->quiet)
		return;
	va_start(list, format);
	print_note(format, list);
	va_end(list);
}

void cli_note(const struct cli *cli, const char *format, ...)
{
	va_list list;

	if (cli->quiet || cli->json || cli->get != NULL || cli->format == TABLE_PLAIN)
		return;
	va_start(list, format);
	print_note(format, list);
	va_end(list);
}

int cli_print_table(const struct cli *cli, struct table *table)
{
	bool printed = !cli_wants_table(cli) ||
		       (table_print(table, cli->format, stdout) && fflush(stdout) == 0);

	table_free(table);
	return printed ? CLI_ACCEPTED : report_not_printed("the answer");
}

/* An option that was not given comes from its environment variable, checked like the option. */
static int take_environment(
	struct args *args, const char *option, const char *variable, struct problem *problem)
{
	const char *text = getenv(variable);
	const struct arg_spec *spec = cli_globals;
	struct arg_value *value = &args->values[args->n_values];

	if (text == NULL || text[0] == '\0' || args_find_global(args, option) != NULL ||
		args->n_values == ARGS_MAX)
		return 0;
	while (strcmp(spec->name, option) != 0)
		spec++;
	if (args_parse_value(spec, text, value, problem) != 0) {
		PROBLEM_NEXT(problem, "unset %s", variable);
		return PP_ERR_INVALID;
	}
	value->global = true;
	value->from_environment = true;
	args->n_values++;
	return 0;
}

/* What of the options of every command does not fit this one. */
static int check_envelope(const struct args *args, struct problem *problem)
{
	enum pp_kind kind = args->command->kind;
	bool write = pp_kind_flags(kind) == PP_WRITE && kind != PP_KIND_ABANDON_REQUEST;
	bool read = pp_kind_flags(kind) == PP_READ;
	const struct {
		const char *name;
		bool fits;
		const char *of;
	} options[] = {
		{ "request-id", write, "change" },
		{ "validate-only", write, "change" },
		{ "min-revision", read, "read" },
	};
	const struct arg_value *timeout = args_find(args, "timeout");
	size_t i;

	if (timeout != NULL && timeout->number == 0) {
		PROBLEM_WHAT(problem, "\"%s\" cannot be --timeout", timeout->text);
		PROBLEM_LIKELY(problem, "without any time nothing can be tried; it is like 5s");
		args_point_to_help(args, problem);
		return PP_ERR_INVALID;
	}
	for (i = 0; i < ARRAY_LEN(options); i++) {
		if (options[i].fits || args_find(args, options[i].name) == NULL)
			continue;
		PROBLEM_WHAT(problem, "--%s does not go with this command", options[i].name);
		PROBLEM_LIKELY(problem, "it is for commands that %s something", options[i].of);
		args_point_to_help(args, problem);
		return PP_ERR_INVALID;
	}
	return 0;
}

static int set_up(struct cli *cli, struct problem *problem)
{
	static const char *const variables[][2] = {
		{ "address", "PEAKPEEPS_ADDRESS" },
		{ "as", "PEAKPEEPS_USER" },
		{ "output", "PEAKPEEPS_OUTPUT" },
		{ "save", "PEAKPEEPS_SAVE" },
	};
	uint64_t output;
	size_t i;
	int err;

	for (i = 0; i < ARRAY_LEN(variables); i++) {
		err = take_environment(&cli->args, variables[i][0], variables[i][1], problem);
		if (err != 0)
			return err;
	}
	output = cli_number(cli, "output", isatty(STDOUT_FILENO) ? OUTPUT_TABLE : OUTPUT_PLAIN);
	cli->format = output == OUTPUT_TABLE ? TABLE_ALIGNED : TABLE_PLAIN;
	cli->json = output == OUTPUT_JSON || cli_has(cli, "json");
	cli->quiet = cli_has(cli, "quiet");
	cli->get = cli_text(cli, "get");
	cli->save = cli_text(cli, "save");
	err = args_check(&cli->args, problem);
	return err != 0 ? err : check_envelope(&cli->args, problem);
}

static uint32_t timeout_ms(const struct cli *cli)
{
	uint64_t timeout = cli_number(cli, "timeout", 0);

	return timeout > UINT32_MAX ? UINT32_MAX : (uint32_t)timeout;
}

static int open_client(struct cli *cli)
{
	const struct arg_value *address = args_find_global(&cli->args, "address");
	struct pp_client_options options = {
		.address = address == NULL ? NULL : address->text,
		.client_name = "peakpeeps " CLI_VERSION,
		.timeout_ms = timeout_ms(cli),
	};
	int err;

	if (options.timeout_ms != 0 && options.timeout_ms < 5000)
		options.connect_timeout_ms = options.timeout_ms;
	err = pp_client_open(&options, &cli->client);
	if (err != 0)
		return report_no_connection(cli, err);
	return CLI_ACCEPTED;
}

static int save_document(const char *path, const json_t *document)
{
	FILE *file = fopen(path, "we");
	bool saved = file != NULL && json_print(document, file);

	if (file != NULL && fclose(file) != 0)
		saved = false;
	return saved ? CLI_ACCEPTED : report_not_printed(path);
}

static int print_field(const struct cli *cli, json_t *document)
{
	const json_t *value = json_at(document, cli->get);
	struct problem problem = { 0 };
	char path[JSON_PATH_BYTES];

	if (value == NULL) {
		PROBLEM_WHAT(&problem, "the answer has no field \"%s\"", cli->get);
		if (json_find(document, cli->get, path, sizeof(path)))
			PROBLEM_LIKELY(&problem, "did you mean %s?", path);
		else
			PROBLEM_LIKELY(&problem,
				"fields that are not set are left out; --json shows those that "
				"are");
		report_what_was_done(cli, &problem);
		report_problem(&problem);
		return CLI_NOT_PRINTED;
	}
	return json_print_value(value, stdout) && fflush(stdout) == 0
		       ? CLI_ACCEPTED
		       : report_not_printed("the answer");
}

int cli_show_document(const struct cli *cli, json_t *document, bool accepted)
{
	int code = CLI_ACCEPTED;

	if (document == NULL)
		return report_not_printed("the answer");
	if (cli->save != NULL)
		code = save_document(cli->save, document);
	if (cli->quiet || code != CLI_ACCEPTED)
		return code;
	if (cli->get != NULL)
		return accepted ? print_field(cli, document) : code;
	if (cli->json && (!json_print(document, stdout) || fflush(stdout) != 0))
		code = report_not_printed("the answer");
	return code;
}

bool cli_wants_document(const struct cli *cli)
{
	return cli->json || cli->get != NULL || cli->save != NULL;
}

/* The answer, accepted or not, in the forms that are made from JSON. */
static int show_json(const struct cli *cli, const struct pp_response *response)
{
	json_t *document;
	int code;

	if (!cli_wants_document(cli))
		return CLI_ACCEPTED;
	document = json_of_response(response);
	code = cli_show_document(cli, document, response->status == NULL);
	json_decref(document);
	return code;
}

bool cli_wants_table(const struct cli *cli)
{
	return !cli->json && cli->get == NULL && !cli->quiet;
}

int cli_show(struct cli *cli, const struct pp_response *response)
{
	int code = show_json(cli, response);
	int shown = CLI_ACCEPTED;

	/* An answer can be a no of its own, as that of "coupon check": show knows. */
	if (cli->args.command->show != NULL)
		shown = cli->args.command->show(cli, response);
	return code != CLI_ACCEPTED ? code : shown;
}

bool cli_is_empty(const struct pp_response *response)
{
	switch (response->kind) {
	case PP_KIND_GET_USER: return response->u.get_user.user == NULL;
	case PP_KIND_GET_BUSINESS: return response->u.get_business.business == NULL;
	case PP_KIND_GET_COUPON: return response->u.get_coupon.coupon == NULL;
	case PP_KIND_GET_PURCHASE: return response->u.get_purchase.purchase == NULL;
	default: return false;
	}
}

/* What is no acceptance is reported, and printed in the forms that are made from JSON. */
static int take_answer(
	struct cli *cli, const struct pp_request *request, const struct pp_response *response)
{
	if (response->status != NULL) {
		(void)show_json(cli, response);
		return report_refusal(cli, request, response);
	}
	return cli_is_empty(response) ? report_empty() : CLI_ACCEPTED;
}

int cli_call(struct cli *cli, struct pp_request *request, const struct pp_response **response)
{
	const struct arg_value *id = args_find(&cli->args, "request-id");
	bool write = pp_kind_flags(request->kind) == PP_WRITE &&
		     request->kind != PP_KIND_ABANDON_REQUEST;
	enum pp_outcome outcome = PP_NOT_EXECUTED;
	int err;

	if (write && id != NULL) {
		request->has_request_id = true;
		request->request_id = id->uuid;
	}
	request->validate_only = write && cli_has(cli, "validate-only");
	if (pp_kind_flags(request->kind) == PP_READ)
		request->min_revision = cli_number(cli, "min-revision", 0);
	err = pp_call(cli->client, request, &outcome, response);
	if (err != 0 || outcome == PP_UNKNOWN)
		return report_no_answer(cli, request, err, outcome);
	if (write && !request->validate_only)
		cli->written = request;
	bool accepted = (*response)->status == NULL;
	if (accepted && (*response)->replayed)
		cli_notice(cli, "carried out before under this id; this is the same answer again");
	if (accepted && request->validate_only)
		cli_notice(cli, "only checked: nothing was changed, and no id was given out");
	return take_answer(cli, request, *response);
}

int cli_look_up(struct cli *cli, struct pp_request *request, const struct pp_response **response)
{
	enum pp_outcome outcome = PP_NOT_EXECUTED;

	int err = pp_call(cli->client, request, &outcome, response);
	if (err != 0)
		return report_no_answer(cli, request, err, outcome);
	return take_answer(cli, request, *response);
}

static int carry_out(struct cli *cli, struct pp_request *request)
{
	const struct command *command = cli->args.command;
	const struct pp_response *response;
	int code = open_client(cli);

	if (code != CLI_ACCEPTED)
		return code;
	if (args_settle(&cli->args, pp_client_server(cli->client)->server_time_ms) != 0)
		return report_not_printed("the time");
	code = resolve_names(cli);
	if (code != CLI_ACCEPTED)
		return code;
	pp_client_set_acting_user(cli->client, cli_acting_user(cli));
	if (command->fill != NULL)
		code = command->fill(cli, request);
	if (code != CLI_ACCEPTED)
		return code;
	if (command->run != NULL)
		return command->run(cli, request);
	code = cli_call(cli, request, &response);
	return code == CLI_ACCEPTED ? cli_show(cli, response) : code;
}

static int run_command(struct cli *cli)
{
	struct pp_request request = { .kind = cli->args.command->kind };

	int code = carry_out(cli, &request);
	cli->written = NULL; /* it was borrowed */
	return code;
}

/* People's names travel as UTF-8; a program started without a locale must not garble them. */
static void set_locale(void)
{
	if (setlocale(LC_CTYPE, "") == NULL || strcmp(nl_langinfo(CODESET), "UTF-8") != 0)
		(void)setlocale(LC_CTYPE, "C.UTF-8");
}

/* What takes no server; -1 when the command is to be run. */
static int run_without_server(const struct cli *cli)
{
	const struct args *args = &cli->args;

	if (cli_has(cli, "help"))
		return help_print(args, stdout);
	if (args_find_global(args, "version") != NULL)
		return help_print_version(stdout);
	if (args->command != NULL)
		return -1;
	(void)help_print(args, stderr);
	return CLI_USAGE;
}

int cli_main(int argc, char *const *argv)
{
	struct cli cli = { 0 };
	struct problem problem;
	int code = -1;
	int err;

	set_locale();
	err = args_parse(cli_commands, cli_globals, argc, argv, &cli.args, &problem);
	if (err == 0)
		code = run_without_server(&cli);
	if (err == 0 && code < 0)
		err = set_up(&cli, &problem);
	if (err == 0 && code < 0)
		code = run_command(&cli);
	if (err != 0) {
		report_problem(&problem);
		code = CLI_USAGE;
	}
	pp_client_close(cli.client);
	args_free(&cli.args);
	return code;
}

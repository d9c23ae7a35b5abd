#include "client/cli/sample.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <unistd.h>

#include "client/cli/commands.h"
#include "client/cli/json.h"
#include "client/cli/report.h"
#include "client/deadline.h"

enum {
	BAR_COLUMNS = 30,
	DRAW_MS = 100,
	CONNECTIONS_DEFAULT = 4,
	MEND_MS = 30000,
};

/* ---- Progress ---- */

static void draw(struct sample *sample, bool last)
{
	uint64_t n = sample_phase_items(sample->phase, sample->scale);
	int64_t took_ms = boottime_ms() - sample->began_ms;
	uint64_t rate = took_ms > 0 ? sample->n_ended * 1000 / (uint64_t)took_ms : 0;
	int filled = (int)(sample->n_ended * BAR_COLUMNS / n);
	static const char full[] = "##############################";
	static const char empty[] = "..............................";

	if (!sample->shows)
		return;
	(void)fprintf(stderr, "\r%-10s [%.*s%.*s] %" PRIu64 " of %" PRIu64 ", %" PRIu64 "/s",
		sample_phase_noun(sample->phase), filled, full, BAR_COLUMNS - filled, empty,
		sample->n_ended, n, rate);
	if (!last && rate > 0)
		(void)fprintf(stderr, ", %" PRIu64 "s left", (n - sample->n_ended) / rate + 1);
	(void)fprintf(stderr, "\033[K%s", last ? "\n" : "");
	(void)fflush(stderr);
}

static void tick(void *context)
{
	struct sample *sample = context;
	int64_t now_ms = boottime_ms();

	if (now_ms - sample->drawn_ms < DRAW_MS)
		return;
	sample->drawn_ms = now_ms;
	draw(sample, false);
}

/* ---- The run ---- */

/* Whether an earlier run may have left something: the first user is there. */
static int look_for_earlier(struct cli *cli, struct sample *sample)
{
	struct pp_request request = { .kind = PP_KIND_GET_USER };
	const struct pp_response *response;
	enum pp_outcome outcome;

	sample_user_name(1, sample->name);
	request.u.get_user.name = sample->name;
	int err = pp_call(cli->client, &request, &outcome, &response);
	if (err != 0)
		return report_no_answer(cli, &request, err, outcome);
	if (response->status != NULL && response->status->reason != PP_REASON_USER_NOT_FOUND)
		return report_refusal(cli, &request, response);
	sample->resumes = response->status == NULL;
	return CLI_ACCEPTED;
}

static int report_trouble(const char *what, const char *likely)
{
	struct problem problem = { 0 };

	PROBLEM_WHAT(&problem, "the sample is not complete: %s", what);
	PROBLEM_LIKELY(&problem, "%s", likely);
	PROBLEM_NEXT(&problem, "run the same command again: it goes on where it was");
	report_problem(&problem);
	return CLI_REFUSED;
}

static int run_phases(struct sample *sample, struct stream *stream)
{
	const struct stream_source source = { .context = sample,
		.next = sample_next,
		.fill = sample_fill,
		.take = sample_take,
		.tick = tick };
	char why[STREAM_WHY_BYTES];

	for (int i = 0; i < SAMPLE_PHASE_COUNT; i++) {
		sample->phase = (enum sample_phase)i;
		sample->n_begun = 0;
		sample->n_ended = 0;
		sample->began_ms = boottime_ms();
		int err = stream_run(stream, &source, why);
		sample->took_ms[i] = boottime_ms() - sample->began_ms;
		draw(sample, true);
		if (err != 0) {
			(void)report_trouble(why, "the server is gone, or cannot be reached");
			return CLI_NO_CONNECTION;
		}
		if (sample->reason != PP_REASON_NONE)
			return report_trouble(
				sample->trouble, "something else on this server stands in the way");
	}
	return CLI_ACCEPTED;
}

/* ---- The end ---- */

struct sample_end {
	int64_t took_ms;                  /* to fill, without Verify */
	long peak_kib;                    /* of this process */
	const struct pp_response *verify; /* NULL: it was not asked for */
};

static const struct table_column columns[] = {
	{ "WHAT", 0 },
	{ "MADE", TABLE_RIGHT },
	{ "FOUND", TABLE_RIGHT },
	{ "IN ALL", TABLE_RIGHT },
	{ "TOOK", TABLE_RIGHT },
};

static struct table *summary(const struct sample *sample)
{
	struct table *table = table_new(columns, ARRAY_LEN(columns));

	for (int i = 0; i < SAMPLE_PHASE_COUNT; i++) {
		table_row(table);
		table_cell(table, "%s", sample_phase_noun((enum sample_phase)i));
		table_cell(table, "%" PRIu64, sample->n_made[i]);
		table_cell(table, "%" PRIu64, sample->n_found[i]);
		table_cell(table, "%" PRIu64, sample->n_made[i] + sample->n_found[i]);
		table_cell(table, "%.1fs", (double)sample->took_ms[i] / 1000);
	}
	return table;
}

static json_t *document(const struct sample *sample, const struct sample_end *end)
{
	json_t *made = json_object();
	json_t *found = json_object();
	json_t *took = json_object();
	json_t *verify = end->verify == NULL ? NULL : json_of_response(end->verify);

	for (int i = 0; i < SAMPLE_PHASE_COUNT; i++) {
		const char *noun = sample_phase_noun((enum sample_phase)i);
		(void)json_object_set_new(made, noun, json_integer((json_int_t)sample->n_made[i]));
		(void)json_object_set_new(
			found, noun, json_integer((json_int_t)sample->n_found[i]));
		(void)json_object_set_new(took, noun, json_integer(sample->took_ms[i]));
	}
	json_t *answer = json_pack("{s:I,s:o,s:o,s:o,s:I,s:I,s:O*}", "scale",
		(json_int_t)sample->scale, "made", made, "found", found, "took_ms", took,
		"elapsed_ms", (json_int_t)end->took_ms, "client_peak_kib",
		(json_int_t)end->peak_kib, "verify", json_object_get(verify, "verify"));
	json_decref(verify);
	return answer;
}

static int show(struct cli *cli, const struct sample *sample, const struct sample_end *end)
{
	int code = CLI_ACCEPTED;
	uint64_t n_made = 0;

	if (cli_wants_document(cli)) {
		json_t *answer = document(sample, end);
		code = cli_show_document(cli, answer, true);
		json_decref(answer);
	}
	if (code != CLI_ACCEPTED || !cli_wants_table(cli))
		return code;
	for (int i = 0; i < SAMPLE_PHASE_COUNT; i++)
		n_made += sample->n_made[i];
	code = cli_print_table(cli, summary(sample));
	cli_note(cli,
		"%" PRIu64 " made in %.1fs, %" PRIu64
		" a second; this client used at most %.0f MiB",
		n_made, (double)end->took_ms / 1000,
		end->took_ms > 0 ? n_made * 1000 / (uint64_t)end->took_ms : 0,
		(double)end->peak_kib / 1024);
	if (code != CLI_ACCEPTED || end->verify == NULL)
		return code;
	(void)fputc('\n', stdout);
	return show_verify(cli, &end->verify->u.verify);
}

int check_sample(const struct args *args, struct problem *problem)
{
	const struct arg_value *user = args_find(args, "as");

	static const struct arg_change as_operator[] = { { "as", "0" } };

	if (user != NULL && (user->number != 0 || user->name != NULL)) {
		PROBLEM_WHAT(
			problem, "the sample is made by the operator, not by user %s", user->text);
		PROBLEM_LIKELY(problem, "%s says who acts",
			user->from_environment ? "PEAKPEEPS_USER" : "--as");
		problem_command(problem, args, as_operator, ARRAY_LEN(as_operator));
		return PP_ERR_INVALID;
	}
	return 0;
}

static int fill(struct cli *cli, struct sample *sample)
{
	const struct arg_value *typed = args_find_global(&cli->args, "address");
	uint32_t n = (uint32_t)cli_number(cli, "connections", CONNECTIONS_DEFAULT);
	struct stream *stream = NULL;
	struct address address;
	char why[STREAM_WHY_BYTES];
	const char *fault;

	if (address_parse(typed == NULL ? NULL : typed->text, &address, &fault) != 0)
		return report_no_connection(cli, PP_ERR_INVALID);
	int err = stream_open(&address, "peakpeeps sample", n, MEND_MS, &stream, why);
	if (err != 0) {
		(void)report_trouble(why, "the server takes no more connections");
		return CLI_NO_CONNECTION;
	}
	int code = run_phases(sample, stream);
	stream_close(stream);
	return code;
}

static int finish(struct cli *cli, const struct sample *sample, int64_t began_ms)
{
	struct pp_request request = { .kind = PP_KIND_VERIFY };
	struct sample_end end = { .took_ms = boottime_ms() - began_ms };
	struct rusage usage = { 0 };

	(void)getrusage(RUSAGE_SELF, &usage);
	end.peak_kib = usage.ru_maxrss;
	if (!cli_has(cli, "no-verify")) {
		int code = verify_poll(cli, &request, true, &end.verify);
		if (code != CLI_ACCEPTED)
			return code;
	}
	int code = show(cli, sample, &end);
	if (code == CLI_ACCEPTED && end.verify != NULL)
		code = verify_exit(&end.verify->u.verify);
	return code;
}

int run_sample(struct cli *cli, struct pp_request *request)
{
	struct sample sample;
	int64_t began_ms = boottime_ms();

	(void)request;
	if (sample_init(&sample, cli_number(cli, "scale", 1)) != 0)
		return report_not_printed("the sample's ids");
	sample.shows = !cli->quiet && isatty(STDERR_FILENO);
	int code = look_for_earlier(cli, &sample);
	if (code == CLI_ACCEPTED && sample.resumes)
		cli_note(cli, "%s is there: what an earlier run made is found, not made again",
			sample.name);
	if (code == CLI_ACCEPTED)
		code = fill(cli, &sample);
	if (code == CLI_ACCEPTED)
		code = finish(cli, &sample, began_ms);
	sample_free(&sample);
	return code;
}

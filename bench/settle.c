/* After a load: the books, the verdict, and the result. */
#include "bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "bench/report.h"
#include "bench/report_files.h"

static int settle_scenario(struct bench *bench)
{
	struct flash_sale *sale = &bench->result.flash_sale;
	struct edit_war *war = &bench->result.edit_war;
	int err = 0;

	sale->seconds = bench->result.seconds;
	if (sale->ran)
		err = flash_sale_settle(bench->client, &bench->tally, sale);
	if (err == 0 && war->ran)
		err = edit_war_settle(
			bench->client, bench->tally.kinds[SHOT_EDIT].n_unanswered_in_all, war);
	if (err != 0)
		return complain_client(bench, "the coupons could not be looked at afterwards");
	bool right = (!sale->ran || sale->right) && (!war->ran || war->right);
	return right ? EXIT_FINE
		     : complain(EXIT_BOOKS, "the coupons are not as they should be",
			       "what was answered is not what the server holds",
			       "see the result; keep the store and report it");
}

static int check_books(struct bench *bench)
{
	struct books *books = &bench->result.books;

	if (!bench->options.check)
		return EXIT_FINE;
	int err = check_purchases(bench->client, bench->n_purchases_before, &bench->tally, books);
	for (unsigned i = 0; i < bench->options.n_threads && err == 0; i++) {
		if (bench->outcomes[i].sample != NULL)
			err = check_replays(bench->client, bench->outcomes[i].sample, books);
	}
	if (err == 0)
		err = check_verify(bench->client, books);
	if (err != 0)
		return complain_client(bench, "the books could not be checked");
	books->checked = true;
	return books_right(books) ? EXIT_FINE : EXIT_BOOKS;
}

static void judge(struct bench *bench)
{
	struct generator *generator = &bench->generator;

	tally_sum_response(&bench->tally, &bench->response);
	tally_sum_service(&bench->tally, &bench->service);
	generator->open = bench->options.rate > 0;
	generator->requested_rate = bench->options.rate;
	generator->seconds = bench->result.seconds;
	generator->n_threads = bench->options.n_threads;
	generator->threads = bench->threads;
	generator->n_answered = tally_n_in_time(&bench->tally);
	generator->lag = &bench->lag.h;
	generator->response_p99_ns = histogram_percentile(&bench->response.h, 0.99);
	verdict_judge(generator, &bench->result.verdict);
}

/* False: one does not hold, and is named. */
static bool check_assertions(struct bench *bench)
{
	bool all = true;

	for (size_t i = 0; i < bench->options.n_assertions; i++) {
		struct assertion *assertion = &bench->options.assertions[i];
		if (assertion_check(assertion, &bench->tally, bench->result.seconds,
			    &bench->response.h, &bench->service.h))
			continue;
		all = false;
		fprintf(stderr, "peakpeeps-bench: the assertion %s does not hold: it is %s\n",
			assertion->text, assertion->measured);
	}
	return all;
}

static void fill_result(struct bench *bench)
{
	struct result *result = &bench->result;

	result->options = &bench->options;
	machine_look(&result->machine);
	result->tally = &bench->tally;
	result->response = &bench->response.h;
	result->service = &bench->service.h;
	result->rows = series_rows(bench->run.series, &result->n_rows);
	result->generator = &bench->generator;
	result->assertions = bench->options.assertions;
	result->n_assertions = bench->options.n_assertions;
}

static int complain_file(const char *path, int err)
{
	char what[300];

	snprintf(what, sizeof(what), "%.200s cannot be written", path);
	return complain(EXIT_BROKEN, what, err == PP_ERR_IO ? strerror(errno) : pp_strerror(err),
		"another file, or free space");
}

static int write_files(const struct bench_options *options, const json_t *root)
{
	static int (*const writers[])(const json_t *, const char *) = {
		report_write_html,
		report_write_csv,
		report_write_hdr,
	};
	const char *paths[] = { options->html_path, options->csv_path, options->hdr_path };
	int status = EXIT_FINE;

	for (size_t i = 0; i < ARRAY_LEN(paths); i++) {
		int err = paths[i] != NULL ? writers[i](root, paths[i]) : 0;
		if (err != 0)
			status = complain_file(paths[i], err);
	}
	return status;
}

static int tell(struct bench *bench)
{
	const struct bench_options *options = &bench->options;

	fill_result(bench);
	json_t *root = report_json(&bench->result);
	if (root == NULL)
		return complain(EXIT_BROKEN, "the result could not be told", "out of memory",
			"free memory");
	if (options->json) {
		json_dumpf(root, stdout,
			JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
		putchar('\n');
	} else if (!options->quiet) {
		report_table(&bench->result);
	}
	int status = write_files(options, root);
	if (fflush(stdout) != 0)
		status = complain_file("standard output", PP_ERR_IO);
	json_decref(root);
	return status;
}

static int exit_status(int load, int books, const struct verdict *verdict, bool assertions)
{
	if (load == EXIT_BROKEN || books == EXIT_BROKEN)
		return EXIT_BROKEN;
	if (books != EXIT_FINE)
		return books;
	if (verdict->kind == VERDICT_GENERATOR_SATURATED)
		return EXIT_SATURATED;
	if (!assertions)
		return EXIT_ASSERTION;
	return verdict->kind == VERDICT_TARGET_MISSED ? EXIT_MISSED : EXIT_FINE;
}

int bench_settle(struct bench *bench, int load)
{
	int scenario = settle_scenario(bench);
	int books = check_books(bench);
	books = scenario != EXIT_FINE ? scenario : books;
	judge(bench);
	bool assertions = check_assertions(bench);
	int told = tell(bench);
	load = load != EXIT_FINE ? load : told;
	return exit_status(load, books, &bench->result.verdict, assertions);
}

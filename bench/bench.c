/* peakpeeps-bench: loads a server, measures, judges, and checks the books afterwards. */
#include "bench/bench.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <time.h>

#include "bench/compare.h"
#include "bench/dataset.h"
#include "bench/render.h"
#include "bench/report.h"
#include "bench/report_files.h"
#include "bench/watch.h"
#include "bench/worker.h"
#include "client/deadline.h"

enum { STATS_TIMEOUT_MS = 900, FILES_SPARE = 64 };

int complain(int status, const char *what, const char *reason, const char *next)
{
	fprintf(stderr, "peakpeeps-bench: %s\n  reason: %s\n  next:   %s\n", what, reason, next);
	return status;
}

int complain_client(struct bench *bench, const char *what)
{
	const char *why = pp_client_error(bench->client);

	return complain(EXIT_BROKEN, what, why[0] != '\0' ? why : "the server refused it",
		"look at the server's log");
}

/* ---- Before ---- */

static int open_client(struct bench *bench)
{
	struct pp_client_options options = {
		.address = bench->options.address,
		.client_name = "peakpeeps-bench",
	};
	const char *why;

	if (address_parse(bench->options.address, &bench->address, &why) != 0)
		return complain(EXIT_USAGE, "the address cannot be used", why,
			"give --address host:port, [ipv6]:port or unix:/path");
	int err = pp_client_open(&options, &bench->client);
	if (err != 0)
		return complain(EXIT_CONNECT,
			bench->client != NULL ? pp_client_error(bench->client) : pp_strerror(err),
			"no server listens there, or it is busy or of another version",
			"start one: peakpeepsd --store var --listen 127.0.0.1:7337");
	options.timeout_ms = STATS_TIMEOUT_MS;
	err = pp_client_open(&options, &bench->stats);
	/* The series goes without the server's batches then. */
	if (err != 0) {
		pp_client_close(bench->stats);
		bench->stats = NULL;
	}
	return EXIT_FINE;
}

static void copy_text(char *out, size_t size, const char *text)
{
	snprintf(out, size, "%s", text != NULL ? text : "");
}

static int learn_server(struct bench *bench)
{
	struct pp_request request = { .kind = PP_KIND_SERVER_INFO };
	struct server_facts *facts = &bench->result.server;
	const struct pp_response *response;

	if (check_ask(bench->client, &request, &response) != 0)
		return complain_client(bench, "the server did not tell what it is");
	const struct pp_server_info_response *info = &response->u.server_info;
	copy_text(facts->address, sizeof(facts->address), bench->address.text);
	copy_text(facts->version, sizeof(facts->version), info->server_version);
	copy_text(facts->commit_mode, sizeof(facts->commit_mode), info->commit_mode);
	copy_text(facts->durability, sizeof(facts->durability), info->durability);
	pp_uuid_format(&info->store_id, facts->store_id);
	facts->started_at_ms = info->started_at_ms;
	facts->dataset = (struct dataset) { info->n_users, info->n_businesses, info->n_coupons };
	bench->n_purchases_before = info->n_purchases;
	return EXIT_FINE;
}

static int provide_dataset(struct bench *bench)
{
	char what[DATASET_TEXT_BYTES];
	char why[LOAD_WHY_BYTES];

	switch (dataset_provide(bench->client, &bench->options.dataset, bench->options.prepare,
		&bench->address, what, why)) {
	case DATASET_READY: return EXIT_FINE;
	case DATASET_OTHER:
		return complain(EXIT_USAGE, what, "it was prepared otherwise, or by somebody else",
			"give the same --users, --businesses and --coupons, or an empty store");
	case DATASET_ABSENT:
		return complain(EXIT_USAGE, what, "it was not prepared", "add --prepare");
	case DATASET_FAILED:
	default:
		return complain(EXIT_BROKEN, "the data set could not be made", why,
			"look at the server's log, and begin again on an empty store");
	}
}

static int begin_scenario(struct bench *bench)
{
	const struct bench_options *options = &bench->options;
	struct flash_sale *sale = &bench->result.flash_sale;
	struct edit_war *war = &bench->result.edit_war;
	int err = 0;

	if (options->mix.scenario == SCENARIO_FLASH_SALE) {
		sale->n_buyers = options->n_buyers;
		sale->n_pieces = options->n_pieces;
		err = flash_sale_begin(bench->client, &options->dataset, sale);
		bench->run.sale = sale;
	} else if (options->mix.scenario == SCENARIO_EDIT_WAR) {
		err = edit_war_begin(bench->client, &options->dataset, options->n_war_coupons, war);
		bench->run.war = war;
	}
	return err == 0 ? EXIT_FINE : complain_client(bench, "the coupons could not be set up");
}

/* The soft limit of open files is often 1024. */
static void allow_files(unsigned n_connections)
{
	struct rlimit limit;
	rlim_t wanted = n_connections + FILES_SPARE;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	limit.rlim_cur = limit.rlim_max < wanted ? limit.rlim_max : wanted;
	/* When it fails, so will the connections, and say so. */
	(void)setrlimit(RLIMIT_NOFILE, &limit);
}

static int open_workers(struct bench *bench)
{
	const struct bench_options *options = &bench->options;
	struct run *run = &bench->run;
	char why[LOAD_WHY_BYTES] = "out of memory";

	run->options = options;
	run->address = &bench->address;
	zipf_init(&run->coupons, options->dataset.n_coupons, options->theta);
	zipf_init(&run->users, options->dataset.n_users, options->theta_users);
	run->versions = malloc(options->dataset.n_coupons * sizeof(*run->versions));
	bench->workers = calloc(options->n_threads, sizeof(struct worker *));
	bench->outcomes = calloc(options->n_threads, sizeof(*bench->outcomes));
	bench->threads = calloc(options->n_threads, sizeof(*bench->threads));
	if (run->versions == NULL || bench->workers == NULL || bench->outcomes == NULL ||
		bench->threads == NULL ||
		tally_init(&bench->tally, options->mix.weights, options->rate > 0) != 0)
		return complain(EXIT_BROKEN, "the load could not be set up", why, "free memory");
	for (uint64_t i = 0; i < options->dataset.n_coupons; i++)
		atomic_init(&run->versions[i], 1);
	allow_files(options->n_connections);
	for (unsigned i = 0; i < options->n_threads; i++) {
		if (worker_open(run, i, &bench->workers[i], why) != 0)
			return complain(EXIT_CONNECT,
				"a connection of the load could not be opened", why,
				"fewer --connections, or higher limits, here (ulimit -n) and at "
				"the server");
	}
	return EXIT_FINE;
}

/* ---- The run ---- */

static int64_t wall_ms(void)
{
	struct timespec now;
	int err = clock_gettime(CLOCK_REALTIME, &now);

	ASSERT(err == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int begin_run(struct bench *bench)
{
	const struct bench_options *options = &bench->options;
	struct run *run = &bench->run;

	bench->result.started_at_ms = wall_ms();
	run->begins_ns = monotonic_ns();
	run->measured_from_ns = run->begins_ns + options->warmup_ms * 1000000;
	run->ends_at_ns = options->duration_ms > 0
				  ? run->measured_from_ns + options->duration_ms * 1000000
				  : INT64_MAX;
	bool histograms = options->histograms || options->hdr_path != NULL;
	if (series_open(run->begins_ns, run->measured_from_ns, options->n_threads, histograms,
		    &run->series) != 0)
		return complain(EXIT_BROKEN, "the load could not be set up", "out of memory",
			"free memory");
	atomic_store(&run->n_working, options->n_threads);
	return EXIT_FINE;
}

static int join_workers(struct bench *bench, unsigned n)
{
	char why[LOAD_WHY_BYTES];
	int status = EXIT_FINE;

	for (unsigned i = 0; i < n; i++) {
		struct worker_result *outcome = &bench->outcomes[i];
		if (worker_join(bench->workers[i], why) != 0)
			status = complain(
				EXIT_BROKEN, "the load broke off", why, "look at the server's log");
		worker_result(bench->workers[i], outcome);
		tally_merge(&bench->tally, outcome->tally);
		bench->threads[i] = outcome->generator;
		if (outcome->lag != NULL)
			histogram_merge(&bench->lag.h, outcome->lag);
		bench->generator.n_planned += outcome->n_planned;
		bench->generator.n_waiting += outcome->n_waiting;
		if (outcome->last_answer_ns > bench->last_answer_ns)
			bench->last_answer_ns = outcome->last_answer_ns;
		for (unsigned c = 0; c < bench->result.edit_war.n; c++) {
			struct war_coupon *coupon = &bench->result.edit_war.coupons[c];
			coupon->n_accepted += outcome->supply->n_accepted[c];
			coupon->n_conflicts += outcome->supply->n_conflicts[c];
		}
	}
	return status;
}

static int run_workers(struct bench *bench)
{
	struct run *run = &bench->run;
	unsigned n_threads = bench->options.n_threads;
	unsigned n_started = 0;

	int status = begin_run(bench);
	if (status != EXIT_FINE)
		return status;
	while (n_started < n_threads && worker_start(bench->workers[n_started]) == 0)
		n_started++;
	if (n_started < n_threads)
		status = complain(EXIT_BROKEN, "a thread could not be started", strerror(errno),
			"fewer --threads");
	else
		watch_run(run, bench->stats);
	int joined = join_workers(bench, n_started);
	status = status != EXIT_FINE ? status : joined;
	bench->broke_off = status != EXIT_FINE;
	bool whole = run->ends_at_ns != INT64_MAX && !bench->broke_off;
	int64_t end_ns = whole ? run->ends_at_ns : bench->last_answer_ns;
	if (end_ns > run->measured_from_ns)
		bench->result.seconds = (double)(end_ns - run->measured_from_ns) / 1e9;
	return status;
}

static int run_bench(struct bench *bench)
{
	int status = open_client(bench);

	if (status == EXIT_FINE)
		status = provide_dataset(bench);
	if (status == EXIT_FINE)
		status = begin_scenario(bench);
	if (status == EXIT_FINE)
		status = learn_server(bench);
	if (status == EXIT_FINE)
		status = open_workers(bench);
	if (status != EXIT_FINE)
		return status;
	int load = run_workers(bench);
	if (bench->run.series == NULL)
		return load;
	return bench_settle(bench, load);
}

static void free_bench(struct bench *bench)
{
	for (unsigned i = 0; bench->workers != NULL && i < bench->options.n_threads; i++)
		worker_close(bench->workers[i]);
	free(bench->workers);
	free(bench->outcomes);
	free(bench->threads);
	free(bench->run.versions);
	series_close(bench->run.series);
	tally_free(&bench->tally);
	pp_client_close(bench->client);
	pp_client_close(bench->stats);
	free(bench);
}

int main(int argc, char **argv)
{
	if (argc > 1 && strcmp(argv[1], "compare") == 0)
		return compare_main(argc - 1, argv + 1);
	if (argc > 1 && strcmp(argv[1], "render") == 0)
		return render_main(argc - 1, argv + 1);
	struct bench *bench = calloc(1, sizeof(*bench));
	if (bench == NULL)
		return complain(EXIT_BROKEN, "it cannot begin", "out of memory", "free memory");
	histogram_ns_init(&bench->response);
	histogram_ns_init(&bench->service);
	histogram_ns_init(&bench->lag);
	bench->result.argc = argc;
	bench->result.argv = argv;
	int status = EXIT_USAGE;
	switch (options_parse(argc, argv, &bench->options)) {
	case OPTIONS_DONE: status = EXIT_FINE; break;
	case OPTIONS_WRONG: break;
	case OPTIONS_RUN:
	default: status = run_bench(bench); break;
	}
	free_bench(bench);
	return status;
}

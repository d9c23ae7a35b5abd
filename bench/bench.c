/* peakpeeps-bench: loads a server in a closed loop, measures, and checks the books afterwards. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/check.h"
#include "bench/prepare.h"
#include "bench/report.h"
#include "bench/worker.h"
#include "client/deadline.h"

enum {
	EXIT_FINE = 0,
	EXIT_BOOKS = 1,
	EXIT_USAGE = 2,
	EXIT_CONNECT = 3,
	EXIT_BROKEN = 4,
};

enum { WATCH_MS = 50 };

struct bench {
	struct bench_options options;
	struct address address;
	struct pp_client *client; /* for what is asked once: counts, replays, Verify */
	struct run run;
	struct worker **workers;
	struct tally *tally;
	struct result result;
	int64_t last_answer_ns;
};

/* What failed, the likely reason, and what to do next. */
static int complain(int status, const char *what, const char *reason, const char *next)
{
	fprintf(stderr, "peakpeeps-bench: %s\n  reason: %s\n  next:   %s\n", what, reason, next);
	return status;
}

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
	if (err == 0)
		return EXIT_FINE;
	return complain(EXIT_CONNECT,
		bench->client != NULL ? pp_client_error(bench->client) : pp_strerror(err),
		"no server listens there, or it is busy or of another version",
		"start one: peakpeepsd --store var --listen 127.0.0.1:7337");
}

static int count(struct bench *bench, struct pp_server_info_response *out)
{
	if (check_counts(bench->client, out) == 0)
		return EXIT_FINE;
	return complain(EXIT_BROKEN, "the server did not tell its counts",
		pp_client_error(bench->client), "look at the server's log");
}

/* Sees to it that the data set is there. */
static int provide_dataset(struct bench *bench)
{
	const struct dataset *wanted = &bench->options.dataset;
	struct pp_server_info_response is;
	char what[200];
	char why[LOAD_WHY_BYTES];

	int status = count(bench, &is);
	if (status != EXIT_FINE)
		return status;
	if (is.n_users == wanted->n_users && is.n_businesses == wanted->n_businesses &&
		is.n_coupons == wanted->n_coupons)
		return EXIT_FINE;
	snprintf(what, sizeof(what),
		"the store holds %llu users, %llu businesses and %llu coupons, "
		"not %llu, %llu and %llu",
		(unsigned long long)is.n_users, (unsigned long long)is.n_businesses,
		(unsigned long long)is.n_coupons, (unsigned long long)wanted->n_users,
		(unsigned long long)wanted->n_businesses, (unsigned long long)wanted->n_coupons);
	bool empty = is.n_users == 0 && is.n_businesses == 0 && is.n_coupons == 0;
	if (!empty)
		return complain(EXIT_USAGE, what, "it was prepared otherwise, or by somebody else",
			"give the same --users, --businesses and --coupons, or an empty store");
	if (!bench->options.prepare)
		return complain(EXIT_USAGE, what, "it was not prepared", "add --prepare");
	if (prepare_dataset(wanted, &bench->address, why) != 0)
		return complain(EXIT_BROKEN, "the data set could not be made", why,
			"look at the server's log, and begin again on an empty store");
	return EXIT_FINE;
}

static int open_workers(struct bench *bench)
{
	const struct bench_options *options = &bench->options;
	struct run *run = &bench->run;
	char why[LOAD_WHY_BYTES] = "out of memory";

	run->options = options;
	run->address = &bench->address;
	zipf_init(&run->popularity, options->dataset.n_coupons, options->theta);
	run->versions = malloc(options->dataset.n_coupons * sizeof(*run->versions));
	bench->workers = calloc(options->n_threads, sizeof(struct worker *));
	bench->tally = calloc(1, sizeof(*bench->tally));
	if (run->versions == NULL || bench->workers == NULL || bench->tally == NULL)
		return complain(EXIT_BROKEN, "the load could not be set up", why, "free memory");
	for (uint64_t i = 0; i < options->dataset.n_coupons; i++)
		atomic_init(&run->versions[i], 1);
	for (unsigned i = 0; i < options->n_threads; i++) {
		if (worker_open(run, i, &bench->workers[i], why) != 0)
			return complain(EXIT_CONNECT,
				"a connection of the load could not be opened", why,
				"fewer --connections, or a higher limit: ulimit -n");
	}
	return EXIT_FINE;
}

/* A line each second, on a terminal, until every thread is done. */
static void watch_run(struct bench *bench)
{
	struct run *run = &bench->run;
	int64_t shown_ns = monotonic_ns();
	uint64_t shown = 0;
	bool terminal = isatty(STDERR_FILENO) != 0;

	while (atomic_load(&run->n_working) > 0) {
		deadline_sleep(deadline_in(WATCH_MS), WATCH_MS);
		int64_t now_ns = monotonic_ns();
		if (!terminal || now_ns - shown_ns < 1000000000)
			continue;
		uint64_t n = atomic_load(&run->n_answered);
		fprintf(stderr, "\r%10.0f per second, %llu in all%s",
			(double)(n - shown) * 1e9 / (double)(now_ns - shown_ns),
			(unsigned long long)n,
			now_ns < run->measured_from_ns ? " (warm-up)" : "          ");
		shown = n;
		shown_ns = now_ns;
	}
	if (terminal && shown > 0)
		fputc('\n', stderr);
}

static int run_workers(struct bench *bench)
{
	const struct bench_options *options = &bench->options;
	struct run *run = &bench->run;
	char why[LOAD_WHY_BYTES];
	unsigned n_started = 0;
	int status = EXIT_FINE;

	run->measured_from_ns = monotonic_ns() + options->warmup_ms * 1000000;
	run->ends_at_ns = options->duration_ms > 0
				  ? run->measured_from_ns + options->duration_ms * 1000000
				  : INT64_MAX;
	atomic_store(&run->n_working, options->n_threads);
	while (n_started < options->n_threads && worker_start(bench->workers[n_started]) == 0)
		n_started++;
	if (n_started < options->n_threads)
		status = complain(EXIT_BROKEN, "a thread could not be started", strerror(errno),
			"fewer --threads");
	else
		watch_run(bench);
	for (unsigned i = 0; i < n_started; i++) {
		if (worker_join(bench->workers[i], why) != 0)
			status = complain(
				EXIT_BROKEN, "the load broke off", why, "look at the server's log");
		tally_merge(bench->tally, worker_tally(bench->workers[i]));
		int64_t last_ns = worker_last_answer_ns(bench->workers[i]);
		if (last_ns > bench->last_answer_ns)
			bench->last_answer_ns = last_ns;
	}
	bool whole = options->duration_ms > 0 && status == EXIT_FINE;
	int64_t end_ns = whole ? run->ends_at_ns : bench->last_answer_ns;
	if (end_ns > run->measured_from_ns)
		bench->result.seconds = (double)(end_ns - run->measured_from_ns) / 1e9;
	return status;
}

static int check_books(struct bench *bench, uint64_t n_purchases_before)
{
	struct books *books = &bench->result.books;

	int err = check_purchases(bench->client, n_purchases_before, bench->tally, books);
	for (unsigned i = 0; i < bench->options.n_threads && err == 0; i++)
		err = check_replays(bench->client, worker_sample(bench->workers[i]), books);
	if (err == 0)
		err = check_verify(bench->client, books);
	if (err != 0)
		return complain(EXIT_BROKEN, "the books could not be checked",
			pp_client_error(bench->client), "look at the server's log");
	books->checked = true;
	return books_right(books) ? EXIT_FINE : EXIT_BOOKS;
}

static int run_bench(struct bench *bench)
{
	struct pp_server_info_response before;

	int status = open_client(bench);
	if (status == EXIT_FINE)
		status = provide_dataset(bench);
	if (status == EXIT_FINE)
		status = count(bench, &before);
	if (status == EXIT_FINE)
		status = open_workers(bench);
	if (status != EXIT_FINE)
		return status;
	status = run_workers(bench);
	int books = bench->options.check ? check_books(bench, before.n_purchases) : EXIT_FINE;
	bench->result.options = &bench->options;
	bench->result.address = bench->address.text;
	bench->result.server_version = pp_client_server(bench->client)->server_version;
	bench->result.tally = bench->tally;
	if (!bench->options.json)
		report_table(&bench->result);
	else if (report_json(&bench->result) != 0)
		status = complain(EXIT_BROKEN, "the result could not be printed", "out of memory",
			"free memory");
	return status != EXIT_FINE ? status : books;
}

int main(int argc, char **argv)
{
	struct bench bench = { .client = NULL };

	switch (options_parse(argc, argv, &bench.options)) {
	case OPTIONS_DONE: return EXIT_FINE;
	case OPTIONS_WRONG: return EXIT_USAGE;
	case OPTIONS_RUN:
	default: break;
	}
	int status = run_bench(&bench);
	for (unsigned i = 0; bench.workers != NULL && i < bench.options.n_threads; i++)
		worker_close(bench.workers[i]);
	free(bench.workers);
	free(bench.run.versions);
	free(bench.tally);
	pp_client_close(bench.client);
	return status;
}

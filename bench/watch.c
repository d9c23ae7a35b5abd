#include "bench/watch.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "bench/check.h"
#include "bench/load.h"
#include "client/deadline.h"

enum { WATCH_MS = 50, BAR_COLUMNS = 40, BAR_EVERY_MS = 200 };

struct watch {
	struct run *run;
	struct pp_client *stats;
	bool lines;
	bool terminal; /* and so a bar as well */
	bool has_bar;  /* on the line where the cursor is */
	size_t n_rows; /* that were shown */
	uint64_t n_completed;
	bool has_batches;
	uint64_t n_batches; /* of the server, when it was asked last */
	uint64_t n_batched;
	int64_t bar_ns;
};

void format_time(int64_t ns, char out[WATCH_TIME_BYTES])
{
	if (ns < 1000 * 1000)
		snprintf(out, WATCH_TIME_BYTES, "%.1f us", (double)ns / 1e3);
	else if (ns < INT64_C(1000) * 1000 * 1000)
		snprintf(out, WATCH_TIME_BYTES, "%.2f ms", (double)ns / 1e6);
	else
		snprintf(out, WATCH_TIME_BYTES, "%.2f s", (double)ns / 1e9);
}

/* Asks for the server's batches; the row, if there is one, gets those since it was asked last. */
static void ask_server(struct watch *watch, bool has_row, size_t row)
{
	struct pp_request request = { .kind = PP_KIND_STATS };
	const struct pp_response *response;

	if (watch->stats == NULL)
		return;
	/* It may be busy with the load; then this second stays without. */
	if (check_ask(watch->stats, &request, &response) != 0) {
		watch->has_batches = false;
		return;
	}
	const struct pp_stats_response *stats = &response->u.stats;
	uint64_t n_batches = stats->batches_total - watch->n_batches;
	uint64_t n_batched = stats->batched_requests_total - watch->n_batched;
	if (has_row && watch->has_batches)
		series_set_server(watch->run->series, row,
			n_batches > 0 ? (double)n_batched / (double)n_batches : 0,
			stats->writer_queue_length);
	watch->has_batches = true;
	watch->n_batches = stats->batches_total;
	watch->n_batched = stats->batched_requests_total;
}

static void wipe_bar(struct watch *watch)
{
	if (watch->has_bar)
		fputs("\r\033[K", stderr);
	watch->has_bar = false;
}

static void show_row(struct watch *watch, size_t i)
{
	struct series_row row;
	char p50[WATCH_TIME_BYTES], p99[WATCH_TIME_BYTES], max[WATCH_TIME_BYTES];
	char service[WATCH_TIME_BYTES], batch[16] = "-";

	series_get(watch->run->series, i, &row);
	watch->n_completed += row.n_completed;
	if (!watch->lines)
		return;
	if (i == 0)
		fprintf(stderr, "%8s %10s %9s %10s %10s %10s %11s %6s %9s %9s\n", "second",
			"per second", "refused", "response50", "response99", "max", "service99",
			"batch", "in flight", "waiting");
	format_time(row.response_p50_ns, p50);
	format_time(row.response_p99_ns, p99);
	format_time(row.response_max_ns, max);
	format_time(row.service_p99_ns, service);
	if (row.has_server)
		snprintf(batch, sizeof(batch), "%.1f", row.server_batch);
	wipe_bar(watch);
	fprintf(stderr, "%8.1f %10.0f %9llu %10s %10s %10s %11s %6s %9llu %9llu%s\n",
		row.from_s + row.seconds,
		row.seconds > 0 ? (double)row.n_completed / row.seconds : 0,
		(unsigned long long)row.n_refused, p50, p99, max, service, batch,
		(unsigned long long)row.n_in_flight, (unsigned long long)row.n_waiting,
		row.warmup ? "  warm-up" : "");
}

static void show_bar(struct watch *watch, int64_t now_ns)
{
	const struct run *run = watch->run;
	char bar[BAR_COLUMNS + 1];
	double share = 0;

	if (!watch->terminal || now_ns - watch->bar_ns < BAR_EVERY_MS * 1000000)
		return;
	watch->bar_ns = now_ns;
	if (run->options->n_requests > 0)
		share = (double)watch->n_completed / (double)run->options->n_requests;
	else
		share = (double)(now_ns - run->begins_ns) /
			(double)(run->ends_at_ns - run->begins_ns);
	share = share < 1 ? share : 1;
	int n_full = (int)(share * BAR_COLUMNS);
	memset(bar, '.', BAR_COLUMNS);
	memset(bar, '#', (size_t)n_full);
	bar[BAR_COLUMNS] = '\0';
	fprintf(stderr, "\r[%s] %3.0f %%%s", bar, 100 * share,
		now_ns < run->measured_from_ns ? ", warming up \033[K" : "\033[K");
	watch->has_bar = true;
}

/* Shows the rows that are complete by now. */
static void take_rows(struct watch *watch)
{
	size_t n = series_n(watch->run->series);

	if (n == watch->n_rows)
		return;
	ask_server(watch, true, n - 1);
	while (watch->n_rows < n)
		show_row(watch, watch->n_rows++);
}

void watch_run(struct run *run, struct pp_client *stats)
{
	const struct bench_options *options = run->options;
	bool terminal = isatty(STDERR_FILENO) != 0;
	bool lines = options->progress || (terminal && !options->quiet && !options->json);
	struct watch watch = {
		.run = run,
		.stats = stats,
		.lines = lines,
		.terminal = terminal && lines,
	};

	ask_server(&watch, false, 0);
	while (atomic_load(&run->n_working) > 0) {
		deadline_sleep(deadline_in(WATCH_MS), WATCH_MS);
		take_rows(&watch);
		show_bar(&watch, monotonic_ns());
	}
	take_rows(&watch);
	wipe_bar(&watch);
}

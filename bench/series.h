/* A run second by second: all threads hand in what they counted, and rows come out. */
#ifndef BENCH_SERIES_H
#define BENCH_SERIES_H

#include <pthread.h>

#include "base/histogram.h"

/* What one thread counted since it last handed in; the thread's own. */
struct series_interval {
	uint64_t n_completed;
	uint64_t n_refused; /* of them */
	uint64_t n_in_flight;
	uint64_t n_waiting; /* planned and not sent, for want of room */
	bool open;          /* service times are counted too */
	struct histogram_ns response;
	struct histogram_ns service;
};

struct series_row {
	double from_s; /* relative to the beginning of what is measured */
	double seconds;
	bool warmup;
	uint64_t n_completed;
	uint64_t n_refused;
	uint64_t n_in_flight; /* at its end */
	uint64_t n_waiting;
	int64_t response_p50_ns;
	int64_t response_p99_ns;
	int64_t response_max_ns;
	int64_t service_p99_ns;
	bool has_server;
	double server_batch; /* requests in a durable batch, the mean; 0: none */
	uint64_t server_queue;
	/* HdrHistogram's V2 text, the series' own; NULL: not asked for, or no memory for it. */
	char *response_histogram;
	char *service_histogram;
};

/* Any thread. Opaque: see series.c. */
struct series;

enum { SERIES_ROW_NS = 1000 * 1000 * 1000 };

/*
 * Rows begin at `begins_ns` and are cut at whole seconds from `measured_from_ns`. With
 * `histograms` each row has those of its second. PP_ERR_NO_MEMORY.
 */
int series_open(int64_t begins_ns, int64_t measured_from_ns, unsigned n_threads, bool histograms,
	struct series **out) MUST_CHECK;
void series_close(struct series *series);
/* Memory for an interval; NULL: none. Its owner frees it with free. */
struct series_interval *series_interval_new(bool open) MUST_CHECK;
/* When the first row ends. The ones after it end SERIES_ROW_NS apart. */
int64_t series_first_end_ns(const struct series *series);
/*
 * A thread hands in its interval for the row that ends at `end_ns`, and has an empty one again. A
 * row is complete when all threads did. At the end of the last row `end_ns` may be any time.
 */
void series_hand_in(
	struct series *series, unsigned thread, struct series_interval *interval, int64_t end_ns);
/* A thread has handed in its last: nobody waits for it any more. */
void series_leave(struct series *series, unsigned thread);
/* Complete rows. Copies row `i` of them. */
size_t series_n(struct series *series);
void series_get(struct series *series, size_t i, struct series_row *out);
/* Adds what the server told to a row. */
void series_set_server(struct series *series, size_t i, double batch, uint64_t queue);
/* All rows, when the threads have left; borrowed. NULL: memory gave out on the way. */
const struct series_row *series_rows(struct series *series, size_t *n);

#endif

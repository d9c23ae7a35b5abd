#include "bench/series.h"

#include <stdlib.h>

#include "bench/hdr_v2.h"

/* A thread may be so many rows ahead of the slowest; then the slowest one's row is closed. */
enum { WINDOW = 8 };

/* A row that some thread has not handed in to. */
struct cell {
	int64_t end_ns; /* of the last thread that did; 0: none has */
	struct series_interval sum;
};

struct series {
	pthread_mutex_t lock; /* of all that follows */
	int64_t begins_ns;
	int64_t measured_from_ns;
	int64_t first_end_ns;
	unsigned n_threads;
	bool histograms;
	uint64_t *next; /* of each thread: the row that it hands in next; UINT64_MAX: it left */
	uint64_t n_closed;
	bool failed; /* no memory for a row */
	struct series_row *rows;
	size_t rows_size;
	struct cell cells[WINDOW]; /* of row n, at n % WINDOW */
};

static void interval_init(struct series_interval *interval, bool open)
{
	histogram_ns_init(&interval->response);
	histogram_ns_init(&interval->service);
	interval->open = open;
	interval->n_completed = interval->n_refused = 0;
	interval->n_in_flight = interval->n_waiting = 0;
}

static void interval_reset(struct series_interval *interval)
{
	histogram_reset(&interval->response.h);
	if (interval->open)
		histogram_reset(&interval->service.h);
	interval->n_completed = interval->n_refused = 0;
	interval->n_in_flight = interval->n_waiting = 0;
}

struct series_interval *series_interval_new(bool open)
{
	struct series_interval *interval = malloc(sizeof(*interval));

	if (interval != NULL)
		interval_init(interval, open);
	return interval;
}

int series_open(int64_t begins_ns, int64_t measured_from_ns, unsigned n_threads, bool histograms,
	struct series **out)
{
	int64_t warmup_ns = measured_from_ns - begins_ns;

	ASSERT(warmup_ns >= 0 && n_threads > 0);
	struct series *series = calloc(1, sizeof(*series));
	if (series == NULL)
		return PP_ERR_NO_MEMORY;
	series->next = calloc(n_threads, sizeof(*series->next));
	if (series->next == NULL) {
		free(series);
		return PP_ERR_NO_MEMORY;
	}
	/* Neither of a mutex's errors can be with default attributes on Linux. */
	int err = pthread_mutex_init(&series->lock, NULL);
	ASSERT(err == 0);
	series->begins_ns = begins_ns;
	series->measured_from_ns = measured_from_ns;
	series->n_threads = n_threads;
	series->histograms = histograms;
	int64_t rest_ns = warmup_ns % SERIES_ROW_NS;
	series->first_end_ns = begins_ns + (rest_ns > 0 ? rest_ns : SERIES_ROW_NS);
	for (int i = 0; i < WINDOW; i++)
		interval_init(&series->cells[i].sum, true);
	*out = series;
	return 0;
}

void series_close(struct series *series)
{
	if (series == NULL)
		return;
	int err = pthread_mutex_destroy(&series->lock);
	ASSERT(err == 0);
	for (size_t i = 0; i < series->n_closed; i++) {
		free(series->rows[i].response_histogram);
		free(series->rows[i].service_histogram);
	}
	free(series->next);
	free(series->rows);
	free(series);
}

int64_t series_first_end_ns(const struct series *series)
{
	return series->first_end_ns;
}

static bool add_row(struct series *series, const struct series_row *row)
{
	if (series->n_closed == series->rows_size) {
		size_t size = series->rows_size == 0 ? 64 : 2 * series->rows_size;
		struct series_row *rows = realloc(series->rows, size * sizeof(*rows));
		if (rows == NULL)
			return false;
		series->rows = rows;
		series->rows_size = size;
	}
	series->rows[series->n_closed++] = *row;
	return true;
}

static int64_t percentile(const struct histogram *histogram, double share)
{
	int64_t ns = histogram_percentile(histogram, share);

	return ns < histogram->max ? ns : histogram->max;
}

/* The oldest row that is open becomes one of the rows. */
static void close_oldest(struct series *series)
{
	struct cell *cell = &series->cells[series->n_closed % WINDOW];
	const struct histogram *response = &cell->sum.response.h;
	const struct histogram *service = &cell->sum.service.h;
	int64_t from_ns = series->begins_ns;

	if (series->n_closed > 0)
		from_ns = series->first_end_ns + ((int64_t)series->n_closed - 1) * SERIES_ROW_NS;
	struct series_row row = {
		.from_s = (double)(from_ns - series->measured_from_ns) / 1e9,
		.seconds = cell->end_ns > from_ns ? (double)(cell->end_ns - from_ns) / 1e9 : 0,
		.warmup = from_ns < series->measured_from_ns,
		.n_completed = cell->sum.n_completed,
		.n_refused = cell->sum.n_refused,
		.n_in_flight = cell->sum.n_in_flight,
		.n_waiting = cell->sum.n_waiting,
		.response_p50_ns = percentile(response, 0.5),
		.response_p99_ns = percentile(response, 0.99),
		.response_max_ns = response->max,
		.service_p99_ns = percentile(service, 0.99),
	};
	if (!series->failed && !add_row(series, &row))
		series->failed = true;
	if (!series->failed && series->histograms) {
		struct series_row *kept = &series->rows[series->n_closed - 1];
		kept->response_histogram = hdr_v2_text(response);
		kept->service_histogram = hdr_v2_text(service);
	}
	interval_reset(&cell->sum);
	cell->end_ns = 0;
}

static uint64_t slowest(const struct series *series)
{
	uint64_t n = UINT64_MAX;

	for (unsigned i = 0; i < series->n_threads; i++)
		n = series->next[i] < n ? series->next[i] : n;
	return n;
}

/* Closes every row that is complete, and those that are too old to wait for. */
static void close_rows(struct series *series, uint64_t newest)
{
	uint64_t n_complete = slowest(series);

	while (!series->failed && series->cells[series->n_closed % WINDOW].end_ns != 0 &&
		(series->n_closed < n_complete || series->n_closed + WINDOW <= newest))
		close_oldest(series);
}

void series_hand_in(
	struct series *series, unsigned thread, struct series_interval *interval, int64_t end_ns)
{
	pthread_mutex_lock(&series->lock);
	uint64_t row = series->next[thread];
	/* The window must have a cell for it. */
	close_rows(series, row);
	series->next[thread]++;
	/* Later than the others would wait: it counts in the oldest row that is open. */
	if (row < series->n_closed)
		row = series->n_closed;
	struct cell *cell = &series->cells[row % WINDOW];
	cell->sum.n_completed += interval->n_completed;
	cell->sum.n_refused += interval->n_refused;
	cell->sum.n_in_flight += interval->n_in_flight;
	cell->sum.n_waiting += interval->n_waiting;
	histogram_merge(&cell->sum.response.h, &interval->response.h);
	histogram_merge(&cell->sum.service.h,
		interval->open ? &interval->service.h : &interval->response.h);
	if (end_ns > cell->end_ns)
		cell->end_ns = end_ns;
	close_rows(series, row);
	pthread_mutex_unlock(&series->lock);
	interval_reset(interval);
}

void series_leave(struct series *series, unsigned thread)
{
	pthread_mutex_lock(&series->lock);
	series->next[thread] = UINT64_MAX;
	close_rows(series, series->n_closed);
	pthread_mutex_unlock(&series->lock);
}

size_t series_n(struct series *series)
{
	pthread_mutex_lock(&series->lock);
	size_t n = series->n_closed;
	pthread_mutex_unlock(&series->lock);
	return n;
}

void series_get(struct series *series, size_t i, struct series_row *out)
{
	pthread_mutex_lock(&series->lock);
	ASSERT(i < series->n_closed);
	*out = series->rows[i];
	pthread_mutex_unlock(&series->lock);
}

void series_set_server(struct series *series, size_t i, double batch, uint64_t queue)
{
	pthread_mutex_lock(&series->lock);
	ASSERT(i < series->n_closed);
	series->rows[i].has_server = true;
	series->rows[i].server_batch = batch;
	series->rows[i].server_queue = queue;
	pthread_mutex_unlock(&series->lock);
}

const struct series_row *series_rows(struct series *series, size_t *n)
{
	*n = series->failed ? 0 : series->n_closed;
	return series->failed ? NULL : series->rows;
}

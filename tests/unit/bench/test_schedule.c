/* When requests are planned, what is seen each second, and what is made of it. */
#include <criterion/criterion.h>

#include <stdlib.h>
#include <string.h>

#include "bench/schedule.h"
#include "bench/series.h"
#include "bench/verdict.h"

enum { SECOND_NS = 1000 * 1000 * 1000 };

Test(schedule, of_threads_that_are_even_lies_between_each_other)
{
	enum { THREADS = 4, N = 1000 };
	struct schedule schedules[THREADS];

	for (unsigned i = 0; i < THREADS; i++)
		schedule_init(&schedules[i], ARRIVALS_EVEN, 1000, i, THREADS, 1, 5);
	for (int64_t i = 0; i < N; i++) {
		struct schedule *schedule = &schedules[i % THREADS];
		int64_t off_ns = schedule->next_ns - (5 + i * (SECOND_NS / 1000));
		cr_assert(off_ns >= -1 && off_ns <= 1, "%lld: off by %lld", (long long)i,
			(long long)off_ns);
		schedule_advance(schedule);
	}
}

Test(schedule, of_threads_that_are_poisson_has_the_rate_and_no_rhythm)
{
	enum { THREADS = 3, SECONDS = 20, RATE = 3000 };
	uint64_t n = 0;
	double variance = 0;
	unsigned counts[SECONDS * 10] = { 0 };

	for (unsigned i = 0; i < THREADS; i++) {
		struct schedule schedule;
		schedule_init(&schedule, ARRIVALS_POISSON, RATE, i, THREADS, 40 + i, 0);
		while (schedule.next_ns < (int64_t)SECONDS * SECOND_NS) {
			int64_t before_ns = schedule.next_ns;
			counts[before_ns / (SECOND_NS / 10)]++;
			n++;
			schedule_advance(&schedule);
			cr_assert_geq(schedule.next_ns, before_ns);
		}
	}
	cr_expect(n > 0.98 * RATE * SECONDS && n < 1.02 * RATE * SECONDS, "%llu",
		(unsigned long long)n);
	for (size_t i = 0; i < ARRAY_LEN(counts); i++)
		variance += (counts[i] - 300.0) * (counts[i] - 300.0) / ARRAY_LEN(counts);
	/* A Poisson count's variance is its mean; that of even arrivals would be about 0. */
	cr_expect(variance > 200 && variance < 400, "%f", variance);
}

Test(schedule, is_the_same_for_the_same_seed_and_tells_what_is_due)
{
	struct schedule a, b, other;
	uint64_t n = 0;

	schedule_init(&a, ARRIVALS_POISSON, 500, 0, 1, 9, 100);
	schedule_init(&b, ARRIVALS_POISSON, 500, 0, 1, 9, 100);
	schedule_init(&other, ARRIVALS_POISSON, 500, 0, 1, 10, 100);
	cr_expect_neq(a.next_ns, other.next_ns);
	while (a.next_ns <= SECOND_NS) {
		n++;
		schedule_advance(&a);
	}
	cr_expect_eq(schedule_due(&b, SECOND_NS), n);
	cr_expect_eq(b.next_ns, a.next_ns);
	cr_expect_eq(schedule_due(&b, SECOND_NS / 2), n, "it does not go back");
}

/* ---- The series ---- */

static void hand_in(struct series *series, unsigned thread, struct series_interval *interval,
	uint64_t n, int64_t response_ns, int64_t end_ns)
{
	interval->n_completed = n;
	interval->n_in_flight = thread + 1;
	for (uint64_t i = 0; i < n; i++)
		histogram_add(&interval->response.h, response_ns);
	series_hand_in(series, thread, interval, end_ns);
	cr_assert_eq(interval->n_completed, 0);
	cr_assert_eq(interval->response.h.n, 0);
}

Test(series, a_row_is_there_when_every_thread_has_handed_in)
{
	struct series_interval *interval = series_interval_new(false);
	struct series *series;
	struct series_row row;
	int64_t first_ns = 3 * (int64_t)SECOND_NS / 2;

	/* A warm-up of half a second from 1 s on. */
	cr_assert_eq(series_open(SECOND_NS, first_ns, 2, true, &series), 0);
	cr_assert_eq(series_first_end_ns(series), first_ns);
	hand_in(series, 0, interval, 10, 1000, first_ns);
	hand_in(series, 0, interval, 20, 1000, first_ns + SECOND_NS);
	cr_expect_eq(series_n(series), 0);
	hand_in(series, 1, interval, 30, 5000, first_ns);
	cr_assert_eq(series_n(series), 1);
	series_get(series, 0, &row);
	cr_expect(row.warmup);
	cr_expect_eq(row.from_s, -0.5);
	cr_expect_eq(row.seconds, 0.5);
	cr_expect_eq(row.n_completed, 40);
	cr_expect_eq(row.n_in_flight, 3);
	cr_expect_eq(row.response_max_ns, 5000);
	cr_expect(row.response_p50_ns >= 4990 && row.response_p50_ns <= 5000);
	cr_expect_eq(row.service_p99_ns, row.response_p99_ns, "in a closed loop they are one");
	cr_expect_str_eq(row.service_histogram, row.response_histogram);
	/* The second thread leaves: nobody waits for it. */
	series_leave(series, 1);
	cr_assert_eq(series_n(series), 2);
	series_get(series, 1, &row);
	cr_expect(!row.warmup && row.from_s == 0 && row.seconds == 1 && row.n_completed == 20,
		"%d %f %f %llu", row.warmup, row.from_s, row.seconds,
		(unsigned long long)row.n_completed);
	series_set_server(series, 1, 12.5, 7);
	series_get(series, 1, &row);
	cr_expect(row.has_server && row.server_batch == 12.5 && row.server_queue == 7);
	series_close(series);
	free(interval);
}

Test(series, loses_nothing_of_a_thread_that_falls_far_behind)
{
	enum { ROWS = 20 };
	struct series_interval *interval = series_interval_new(true);
	struct series *series;
	uint64_t sum = 0;

	cr_assert_eq(series_open(0, 0, 2, false, &series), 0);
	for (int64_t i = 1; i <= ROWS; i++)
		hand_in(series, 0, interval, 1, 1000, i * SECOND_NS);
	/* Not all are waited for. */
	cr_expect_gt(series_n(series), 5);
	for (int64_t i = 1; i <= ROWS; i++)
		hand_in(series, 1, interval, 100, 1000, i * SECOND_NS);
	series_leave(series, 0);
	series_leave(series, 1);
	cr_assert_eq(series_n(series), ROWS, "%zu", series_n(series));
	for (size_t i = 0; i < ROWS; i++) {
		struct series_row row;
		series_get(series, i, &row);
		cr_expect_eq(row.seconds, 1);
		sum += row.n_completed;
	}
	cr_expect_eq(sum, ROWS * 101);
	series_close(series);
	free(interval);
}

/* ---- The verdict ---- */

Test(verdict, tells_the_server_from_the_generator)
{
	static const struct {
		const char *what;
		bool open;
		double busy;
		uint64_t n_waiting; /* of 10 000 */
		int64_t lag_ns;
		enum verdict_kind kind;
	} rows[] = {
		{ "all well", true, 0.3, 0, 10000, VERDICT_VALID },
		{ "a few wait", true, 0.3, 100, 10000, VERDICT_VALID },
		{ "many wait", true, 0.3, 101, 10000, VERDICT_TARGET_MISSED },
		{ "busy", true, 0.91, 0, 10000, VERDICT_GENERATOR_SATURATED },
		{ "busy, and many wait", true, 0.95, 5000, 0, VERDICT_GENERATOR_SATURATED },
		{ "late", true, 0.3, 0, 3000000, VERDICT_GENERATOR_SATURATED },
		{ "late, but by little", true, 0.3, 0, 900000, VERDICT_VALID },
		{ "busy in a closed loop", false, 1.0, 0, 0, VERDICT_VALID },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		static struct histogram_ns lag;
		histogram_ns_init(&lag);
		for (int n = 0; n < 100; n++)
			histogram_add(&lag.h, rows[i].lag_ns);
		struct generator_thread threads[2] = {
			{ .cpu_ns = SECOND_NS / 10, .wall_ns = SECOND_NS },
			{ .cpu_ns = (int64_t)(rows[i].busy * SECOND_NS), .wall_ns = SECOND_NS },
		};
		struct generator generator = {
			.open = rows[i].open,
			.requested_rate = 10000,
			.seconds = 1,
			.n_threads = 2,
			.threads = threads,
			.n_planned = 10000,
			.n_waiting = rows[i].n_waiting,
			.n_answered = 10000 - rows[i].n_waiting,
			.lag = &lag.h,
			.response_p99_ns = 4000000,
		};
		struct verdict verdict;
		verdict_judge(&generator, &verdict);
		cr_expect_eq(verdict.kind, rows[i].kind, "%s: %s", rows[i].what,
			verdict_name(verdict.kind));
		cr_expect_gt(verdict.n_reasons, 0);
	}
}

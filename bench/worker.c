#include "bench/worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

struct worker {
	struct run *run;
	unsigned number;
	struct load *load;
	struct supply supply;
	struct tally tally;
	struct sample sample;
	int64_t last_answer_ns;

	struct series_interval *interval;
	int64_t row_ends_ns;

	struct schedule schedule;
	struct schedule plan; /* the same, advanced to now: what is due, sent or not */
	struct histogram_ns *lag;
	uint64_t n_due_before; /* when measuring began */
	uint64_t n_planned;
	uint64_t n_waiting;

	bool measuring;
	bool measured;
	int64_t cpu_ns; /* when measuring began; then what it took */
	int64_t wall_ns;

	pthread_t thread;
	int result;
	int sample_result;
	char why[LOAD_WHY_BYTES];
};

static bool is_open(const struct worker *worker)
{
	return worker->run->options->rate > 0;
}

static int64_t thread_cpu_ns(void)
{
	struct timespec now;
	int err = clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);

	ASSERT(err == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

/* ---- Called by the load ---- */

static bool next_shot(void *context, struct shot *out)
{
	struct worker *worker = context;

	return supply_next(&worker->supply, out);
}

/* In a closed loop what is answered in time counts; in an open one, what was planned in time. */
static bool counts(const struct run *run, bool open, const struct answer *answer)
{
	int64_t at_ns = open ? answer->planned_ns : answer->now_ns;

	return at_ns >= run->measured_from_ns && at_ns < run->ends_at_ns;
}

static void take_answer(void *context, const struct answer *answer)
{
	struct worker *worker = context;
	struct run *run = worker->run;
	struct series_interval *interval = worker->interval;
	const struct pp_status *status = answer->response->status;
	enum shot_kind kind = answer->shot->kind;
	bool open = interval->open;
	int64_t response_ns = answer->now_ns - answer->planned_ns;
	int64_t service_ns = answer->now_ns - answer->sent_ns;

	supply_learn(&worker->supply, answer->shot, answer->response);
	if (counts(run, open, answer))
		tally_add(&worker->tally, kind, status, response_ns, service_ns);
	if (answer->now_ns >= run->measured_from_ns && answer->now_ns < run->ends_at_ns)
		worker->tally.kinds[kind].n_in_time++;
	if (answer->now_ns < run->ends_at_ns) {
		interval->n_completed++;
		interval->n_refused += status != NULL ? 1 : 0;
		histogram_add(&interval->response.h, response_ns);
		if (open)
			histogram_add(&interval->service.h, service_ns);
	}
	worker->tally.n_retried += answer->n_retries;
	worker->tally.kinds[kind].n_accepted_in_all += status == NULL ? 1 : 0;
	bool decided = status == NULL || !status->not_executed;
	if (shot_is_write(kind) && decided && worker->sample_result == 0)
		worker->sample_result =
			sample_offer(&worker->sample, answer->shot, answer->response);
	worker->last_answer_ns = answer->now_ns;
}

static void note_lag(void *context, int64_t planned_ns, int64_t sent_ns, bool had_room)
{
	struct worker *worker = context;

	if (had_room && planned_ns >= worker->run->measured_from_ns)
		histogram_add(&worker->lag->h, sent_ns - planned_ns);
}

static void begin_measuring(struct worker *worker, int64_t now_ns)
{
	worker->measuring = true;
	worker->cpu_ns = thread_cpu_ns();
	worker->wall_ns = now_ns;
	if (is_open(worker))
		worker->n_due_before =
			schedule_due(&worker->plan, worker->run->measured_from_ns - 1);
}

/* What is due by now, or was by the end. A number of requests ends the plan where it ran out. */
static uint64_t n_due_by(struct worker *worker, const struct load_state *state)
{
	struct run *run = worker->run;

	if (run->options->n_requests > 0)
		return state->n_sent;
	return schedule_due(&worker->plan,
		state->now_ns < run->ends_at_ns ? state->now_ns : run->ends_at_ns - 1);
}

static void end_measuring(struct worker *worker, const struct load_state *state)
{
	worker->measured = true;
	worker->cpu_ns = thread_cpu_ns() - worker->cpu_ns;
	worker->wall_ns = state->now_ns - worker->wall_ns;
	if (!is_open(worker))
		return;
	uint64_t n_due = n_due_by(worker, state);
	worker->n_planned = n_due - (n_due > worker->n_due_before ? worker->n_due_before : n_due);
	worker->n_waiting = n_due - state->n_sent;
}

/* A row of the series is over. */
static void end_row(struct worker *worker, const struct load_state *state, int64_t end_ns)
{
	struct series_interval *interval = worker->interval;

	interval->n_in_flight = state->n_in_flight;
	if (is_open(worker))
		interval->n_waiting = n_due_by(worker, state) - state->n_sent;
	series_hand_in(worker->run->series, worker->number, interval, end_ns);
}

static int64_t tick(void *context, const struct load_state *state)
{
	struct worker *worker = context;
	struct run *run = worker->run;
	int64_t now_ns = state->now_ns;

	if (!worker->measuring && now_ns >= run->measured_from_ns)
		begin_measuring(worker, now_ns);
	while (worker->row_ends_ns <= now_ns && worker->row_ends_ns <= run->ends_at_ns) {
		end_row(worker, state, worker->row_ends_ns);
		worker->row_ends_ns += SERIES_ROW_NS;
	}
	if (!worker->measured && now_ns >= run->ends_at_ns) {
		end_measuring(worker, state);
		if (worker->row_ends_ns - SERIES_ROW_NS < run->ends_at_ns)
			end_row(worker, state, run->ends_at_ns);
		series_leave(run->series, worker->number);
	}
	if (worker->measured)
		return INT64_MAX;
	return worker->row_ends_ns < run->ends_at_ns ? worker->row_ends_ns : run->ends_at_ns;
}

/* ---- The thread ---- */

static int init_counting(struct worker *worker)
{
	const struct bench_options *options = worker->run->options;
	bool open = is_open(worker);
	size_t n_sample = options->check ? options->n_sample / options->n_threads : 0;

	int err = tally_init(&worker->tally, options->mix.weights, open);
	if (err == 0)
		err = sample_init(&worker->sample, n_sample, options->seed + worker->number);
	worker->interval = series_interval_new(open);
	worker->lag = open ? malloc(sizeof(*worker->lag)) : NULL;
	if (worker->lag != NULL)
		histogram_ns_init(worker->lag);
	return err != 0 || worker->interval == NULL || (open && worker->lag == NULL)
		       ? PP_ERR_NO_MEMORY
		       : 0;
}

int worker_open(struct run *run, unsigned number, struct worker **out, char *why)
{
	const struct bench_options *options = run->options;
	unsigned share = options->n_connections / options->n_threads +
			 (number < options->n_connections % options->n_threads ? 1 : 0);
	int err = PP_ERR_NO_MEMORY;

	snprintf(why, LOAD_WHY_BYTES, "%s", pp_strerror(err));
	struct worker *worker = calloc(1, sizeof(*worker));
	if (worker == NULL)
		return err;
	worker->run = run;
	worker->number = number;
	err = init_counting(worker);
	if (err == 0)
		err = supply_init(&worker->supply, run, number, (size_t)share * options->depth);
	struct load_options load_options = {
		.address = run->address,
		.n_connections = share,
		.depth = options->depth,
		.retry_overloaded = options->retry_overloaded,
		.source = {
			.next = next_shot,
			.done = take_answer,
			.sent = note_lag,
			.tick = tick,
			.context = worker,
		},
	};
	if (err == 0)
		err = load_open(&load_options, &worker->load, why);
	if (err != 0) {
		worker_close(worker);
		return err;
	}
	*out = worker;
	return 0;
}

void worker_close(struct worker *worker)
{
	if (worker == NULL)
		return;
	load_close(worker->load);
	supply_free(&worker->supply);
	sample_free(&worker->sample);
	tally_free(&worker->tally);
	free(worker->interval);
	free(worker->lag);
	free(worker);
}

static void *work(void *context)
{
	struct worker *worker = context;
	struct run *run = worker->run;
	const struct bench_options *options = run->options;
	struct schedule *schedule = NULL;

	worker->row_ends_ns = series_first_end_ns(run->series);
	if (is_open(worker)) {
		schedule = &worker->schedule;
		/* Unlike the draws' seeds, which are whole numbers of the same form. */
		schedule_init(schedule, options->arrivals, options->rate, worker->number,
			options->n_threads, ~(options->seed + worker->number), run->begins_ns);
		worker->plan = *schedule;
	}
	worker->result = load_run(worker->load, schedule, run->ends_at_ns, worker->why);
	if (!worker->measured) {
		struct load_state state = { .now_ns = monotonic_ns() };
		if (!worker->measuring)
			begin_measuring(worker, state.now_ns);
		state.n_sent = schedule != NULL ? schedule->n : 0;
		end_measuring(worker, &state);
		end_row(worker, &state, state.now_ns);
		series_leave(run->series, worker->number);
	}
	for (int i = 0; i < SHOT_LOAD_KINDS; i++)
		worker->tally.kinds[i].n_unanswered_in_all =
			load_n_unanswered(worker->load, (enum shot_kind)i);
	atomic_fetch_sub(&run->n_working, 1);
	return NULL;
}

int worker_start(struct worker *worker)
{
	return pthread_create(&worker->thread, NULL, work, worker) == 0 ? 0 : PP_ERR_NO_MEMORY;
}

int worker_join(struct worker *worker, char *why)
{
	pthread_join(worker->thread, NULL);
	if (worker->result == 0 && worker->sample_result != 0) {
		snprintf(why, LOAD_WHY_BYTES, "the sample: %s", pp_strerror(worker->sample_result));
		return worker->sample_result;
	}
	snprintf(why, LOAD_WHY_BYTES, "%s", worker->why);
	return worker->result;
}

void worker_result(const struct worker *worker, struct worker_result *out)
{
	*out = (struct worker_result) {
		.tally = &worker->tally,
		.sample = &worker->sample,
		.supply = &worker->supply,
		.generator = { .cpu_ns = worker->cpu_ns, .wall_ns = worker->wall_ns },
		.lag = worker->lag != NULL ? &worker->lag->h : NULL,
		.n_planned = worker->n_planned,
		.n_waiting = worker->n_waiting,
		.last_answer_ns = worker->last_answer_ns,
	};
}

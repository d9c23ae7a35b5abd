#include "bench/worker.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

enum { PRICE_MIN = 5, PRICES = 16 };

struct worker {
	struct run *run;
	struct load *load;
	struct draw draw;
	struct tally tally;
	struct sample sample;
	uint32_t mix_sum;
	int64_t last_answer_ns;
	pthread_t thread;
	int result;
	int sample_result;
	char why[LOAD_WHY_BYTES];
};

static enum shot_kind draw_kind(struct worker *worker)
{
	const uint32_t *mix = worker->run->options->mix;
	uint64_t at = draw_below(&worker->draw, worker->mix_sum);
	int kind = 0;

	while (at >= mix[kind])
		at -= mix[kind++];
	return (enum shot_kind)kind;
}

static void draw_coupon_shot(struct worker *worker, struct shot *out)
{
	struct run *run = worker->run;
	const struct dataset *dataset = &run->options->dataset;

	out->coupon = run->options->hot_coupon ? 0 : zipf_draw(&run->popularity, &worker->draw);
	uint64_t business_id = dataset_business_of(dataset, out->coupon);
	out->subject =
		out->kind == SHOT_LIST ? business_id : dataset_coupon_id(dataset, out->coupon);
	out->version = atomic_load_explicit(&run->versions[out->coupon], memory_order_relaxed);
	out->actor = out->kind == SHOT_EDIT ? dataset_owner_of(dataset, business_id)
					    : 1 + draw_below(&worker->draw, dataset->n_users);
	if (out->kind == SHOT_EDIT)
		out->coins = PRICE_MIN + (int64_t)draw_below(&worker->draw, PRICES);
}

static bool next_shot(void *context, int64_t now_ns, struct shot *out)
{
	struct worker *worker = context;
	struct run *run = worker->run;
	uint64_t n_requests = run->options->n_requests;

	if (now_ns >= run->ends_at_ns)
		return false;
	if (n_requests > 0 && atomic_fetch_add(&run->n_drawn, 1) >= n_requests)
		return false;
	out->kind = draw_kind(worker);
	if (out->kind == SHOT_BALANCE) {
		out->subject = 1 + draw_below(&worker->draw, run->options->dataset.n_users);
		out->actor = out->subject;
	} else {
		draw_coupon_shot(worker, out);
	}
	return true;
}

/* The coupon's current version, if an answer tells it; 0: it does not. */
static uint64_t version_in(const struct shot *shot, const struct pp_response *response)
{
	const struct pp_status *status = response->status;

	if (status != NULL && status->version_conflict != NULL)
		return status->version_conflict->current_version;
	if (status != NULL && status->current_offer != NULL)
		return status->current_offer->current_version;
	if (status != NULL)
		return 0;
	if (shot->kind == SHOT_EDIT)
		return response->u.edit_coupon.version;
	if (shot->kind == SHOT_COUPON && response->u.get_coupon.coupon != NULL)
		return response->u.get_coupon.coupon->current_version;
	return 0;
}

static void learn_version(struct run *run, const struct shot *shot, uint64_t version)
{
	atomic_uint *known = &run->versions[shot->coupon];
	unsigned before = atomic_load_explicit(known, memory_order_relaxed);

	while (before < version && !atomic_compare_exchange_weak(known, &before, (unsigned)version))
		;
}

static void take_answer(void *context, const struct shot *shot, const struct pp_response *response,
	int64_t begun_ns, int64_t now_ns)
{
	struct worker *worker = context;
	struct run *run = worker->run;
	const struct pp_status *status = response->status;
	uint64_t version = version_in(shot, response);

	if (version > 0)
		learn_version(run, shot, version);
	bool measured = now_ns >= run->measured_from_ns && now_ns < run->ends_at_ns;
	tally_add(&worker->tally, shot->kind, status, now_ns - begun_ns, measured);
	bool decided = status == NULL || !status->not_executed;
	if (shot_is_write(shot->kind) && decided && worker->sample_result == 0)
		worker->sample_result = sample_offer(&worker->sample, shot, response);
	worker->last_answer_ns = now_ns;
	atomic_fetch_add_explicit(&run->n_answered, 1, memory_order_relaxed);
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
	draw_init(&worker->draw, options->seed + UINT64_C(0x100000000) * number);
	for (int i = 0; i < SHOT_LOAD_KINDS; i++)
		worker->mix_sum += options->mix[i];
	err = sample_init(&worker->sample,
		options->check ? options->n_sample / options->n_threads : 0,
		options->seed + number);
	if (err != 0)
		goto err_after_worker;
	struct load_options load_options = {
		.address = run->address,
		.n_connections = share,
		.depth = options->depth,
		.source = { .next = next_shot, .done = take_answer, .context = worker },
	};
	err = load_open(&load_options, &worker->load, why);
	if (err != 0)
		goto err_after_sample;
	*out = worker;
	return 0;

err_after_sample:
	sample_free(&worker->sample);
err_after_worker:
	free(worker);
	return err;
}

void worker_close(struct worker *worker)
{
	if (worker == NULL)
		return;
	load_close(worker->load);
	sample_free(&worker->sample);
	free(worker);
}

static void *work(void *context)
{
	struct worker *worker = context;

	worker->result = load_run(worker->load, worker->why);
	for (int i = 0; i < SHOT_LOAD_KINDS; i++)
		worker->tally.n_unanswered_in_all[i] =
			load_n_unanswered(worker->load, (enum shot_kind)i);
	atomic_fetch_sub(&worker->run->n_working, 1);
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

const struct tally *worker_tally(const struct worker *worker)
{
	return &worker->tally;
}

const struct sample *worker_sample(const struct worker *worker)
{
	return &worker->sample;
}

int64_t worker_last_answer_ns(const struct worker *worker)
{
	return worker->last_answer_ns;
}

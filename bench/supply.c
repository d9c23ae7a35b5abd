#include "bench/supply.h"

#include <stdlib.h>

enum { PRICE_MIN = 5, PRICES = 16 };

int supply_init(struct supply *supply, struct run *run, unsigned thread, size_t in_flight_max)
{
	const struct bench_options *options = run->options;

	*supply = (struct supply) { .run = run };
	draw_init(&supply->draw, options->seed + UINT64_C(0x100000000) * thread);
	for (int i = 0; i < SHOT_LOAD_KINDS; i++)
		supply->mix_sum += options->mix.weights[i];
	if (options->mix.scenario != SCENARIO_EDIT_WAR)
		return 0;
	supply->reads = calloc(in_flight_max, sizeof(*supply->reads));
	supply->reads_size = in_flight_max;
	return supply->reads == NULL ? PP_ERR_NO_MEMORY : 0;
}

void supply_free(struct supply *supply)
{
	free(supply->reads);
	supply->reads = NULL;
}

static enum shot_kind draw_kind(struct supply *supply)
{
	const uint32_t *weights = supply->run->options->mix.weights;
	uint64_t at = draw_below(&supply->draw, supply->mix_sum);
	int kind = 0;

	while (at >= weights[kind])
		at -= weights[kind++];
	return (enum shot_kind)kind;
}

static uint64_t draw_user(struct supply *supply)
{
	return 1 + zipf_draw(&supply->run->users, &supply->draw);
}

static int64_t draw_price(struct supply *supply)
{
	return PRICE_MIN + (int64_t)draw_below(&supply->draw, PRICES);
}

static void draw_coupon_shot(struct supply *supply, struct shot *out)
{
	struct run *run = supply->run;
	const struct dataset *dataset = &run->options->dataset;

	out->coupon = run->options->hot_coupon ? 0 : zipf_draw(&run->coupons, &supply->draw);
	uint64_t business_id = dataset_business_of(dataset, out->coupon);
	out->subject =
		out->kind == SHOT_LIST ? business_id : dataset_coupon_id(dataset, out->coupon);
	out->version = atomic_load_explicit(&run->versions[out->coupon], memory_order_relaxed);
	out->actor =
		out->kind == SHOT_EDIT ? dataset_owner_of(dataset, business_id) : draw_user(supply);
	if (out->kind == SHOT_EDIT)
		out->coins = draw_price(supply);
}

static void draw_mix_shot(struct supply *supply, struct shot *out)
{
	out->kind = draw_kind(supply);
	if (out->kind == SHOT_BALANCE) {
		out->subject = draw_user(supply);
		out->actor = out->subject;
	} else {
		draw_coupon_shot(supply, out);
	}
}

/* Buyer `number` of the sale. They are all different, and come in no order. */
static void draw_buyer(struct supply *supply, uint64_t number, struct shot *out)
{
	const struct run *run = supply->run;

	*out = (struct shot) {
		.kind = SHOT_PURCHASE,
		.actor = 1 + number * run->users.stride % run->users.n,
		.subject = run->sale->coupon_id,
		.version = run->sale->version,
	};
}

/* An edit of what was read, or a read. */
static void draw_war_shot(struct supply *supply, struct shot *out)
{
	const struct edit_war *war = supply->run->war;
	const struct dataset *dataset = &supply->run->options->dataset;
	unsigned number = 0;

	if (supply->n_reads == 0) {
		number = (unsigned)draw_below(&supply->draw, war->n);
		out->kind = SHOT_COUPON;
	} else {
		const struct war_read *read = &supply->reads[supply->reads_at];
		supply->reads_at = (supply->reads_at + 1) % supply->reads_size;
		supply->n_reads--;
		number = read->number;
		out->kind = SHOT_EDIT;
		out->version = read->version;
		/* Always another price: an edit that changes nothing makes no version. */
		out->coins = read->price_coins == PRICE_MIN ? PRICE_MIN + 1 : PRICE_MIN;
	}
	out->coupon = war->coupons[number].coupon;
	out->subject = war->coupons[number].coupon_id;
	out->actor = dataset_owner_of(dataset, dataset_business_of(dataset, out->coupon));
}

bool supply_next(struct supply *supply, struct shot *out)
{
	struct run *run = supply->run;
	uint64_t n_requests = run->options->n_requests;
	uint64_t number = 0;

	if (n_requests > 0) {
		number = atomic_fetch_add_explicit(&run->n_drawn, 1, memory_order_relaxed);
		if (number >= n_requests)
			return false;
	}
	switch (run->options->mix.scenario) {
	case SCENARIO_FLASH_SALE: draw_buyer(supply, number, out); break;
	case SCENARIO_EDIT_WAR: draw_war_shot(supply, out); break;
	case SCENARIO_MIX:
	default: draw_mix_shot(supply, out); break;
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

static void learn_from_war(
	struct supply *supply, const struct shot *shot, const struct pp_response *response)
{
	unsigned number = (unsigned)shot->coupon;

	ASSERT(number < supply->run->war->n && supply->run->war->coupons[number].coupon == number);
	if (shot->kind == SHOT_EDIT) {
		supply->n_accepted[number] += response->status == NULL ? 1 : 0;
		supply->n_conflicts[number] +=
			response->status != NULL && response->status->version_conflict != NULL ? 1
											       : 0;
		return;
	}
	const struct pp_coupon *coupon =
		response->status == NULL ? response->u.get_coupon.coupon : NULL;
	if (coupon == NULL || coupon->terms == NULL || supply->n_reads == supply->reads_size)
		return;
	size_t at = (supply->reads_at + supply->n_reads++) % supply->reads_size;
	supply->reads[at] = (struct war_read) {
		.number = number,
		.version = coupon->current_version,
		.price_coins = coupon->terms->price_coins,
	};
}

void supply_learn(
	struct supply *supply, const struct shot *shot, const struct pp_response *response)
{
	if (supply->run->war != NULL) {
		learn_from_war(supply, shot, response);
		return;
	}
	uint64_t version = supply->run->sale == NULL ? version_in(shot, response) : 0;
	if (version > 0)
		learn_version(supply->run, shot, version);
}

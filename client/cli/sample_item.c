/*
 * The items of a sample. What may be there already is looked at first: users, businesses and
 * coupons are found by their names; which users were credited and have bought is told by their
 * entries. So a sample that was interrupted goes on where it was, and nothing is made twice.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/sample.h"

enum stage {
	STAGE_MAKE,
	STAGE_LOOK,      /* by its name */
	STAGE_MAKE_SURE, /* it was not found: a name that is taken now is no sample's */
	STAGE_ENTRIES,   /* of a user */
};

enum { CREDITS_PER_USER = 2 * SAMPLE_ROUTES_PER_USER };

int sample_init(struct sample *sample, uint64_t scale)
{
	uint64_t n_users = sample_phase_items(SAMPLE_PHASE_USERS, scale);
	uint64_t n_businesses = sample_phase_items(SAMPLE_PHASE_BUSINESSES, scale);
	uint64_t n_coupons = sample_phase_items(SAMPLE_PHASE_COUPONS, scale);

	*sample = (struct sample) { .scale = scale };
	sample->users = calloc(n_users + 1, sizeof(*sample->users));
	sample->businesses = calloc(n_businesses + 1, sizeof(*sample->businesses));
	sample->coupons = calloc(n_coupons + 1, sizeof(*sample->coupons));
	sample->versions = calloc(n_coupons + 1, sizeof(*sample->versions));
	sample->states = calloc(n_users + 1, sizeof(*sample->states));
	if (sample->users != NULL && sample->businesses != NULL && sample->coupons != NULL &&
		sample->versions != NULL && sample->states != NULL)
		return 0;
	sample_free(sample);
	return PP_ERR_NO_MEMORY;
}

void sample_free(struct sample *sample)
{
	free(sample->users);
	free(sample->businesses);
	free(sample->coupons);
	free(sample->versions);
	free(sample->states);
	*sample = (struct sample) { 0 };
}

/* ---- Which item is next ---- */

/* Whether the server has it, as far as the looks at the users told. */
static bool is_there(const struct sample *sample, uint64_t number)
{
	if (sample->phase == SAMPLE_PHASE_CREDITS)
		return (sample->states[sample_credit_user(number)] & SAMPLE_CREDITED) != 0;
	if (sample->phase == SAMPLE_PHASE_PURCHASES)
		return (sample->states[sample_purchase_user(number)] & SAMPLE_BOUGHT) != 0;
	return false;
}

bool sample_next(void *context, struct stream_item *item)
{
	struct sample *sample = context;
	uint64_t n = sample_phase_items(sample->phase, sample->scale);
	bool named = sample->phase <= SAMPLE_PHASE_COUPONS;

	while (sample->n_begun < n) {
		item->number = ++sample->n_begun;
		item->stage = sample->resumes && named ? STAGE_LOOK : STAGE_MAKE;
		if (!is_there(sample, item->number))
			return true;
		sample->n_found[sample->phase]++;
		sample->n_ended++;
	}
	return false;
}

/* ---- What is asked for it ---- */

static void fill_user(
	struct sample *sample, const struct stream_item *item, struct pp_request *request)
{
	sample_user_name(item->number, sample->name);
	if (item->stage == STAGE_ENTRIES) {
		sample->account = (struct pp_account) { .kind = PP_ACCOUNT_KIND_USER,
			.id = sample->users[item->number] };
		request->kind = PP_KIND_GET_BALANCE;
		request->u.get_balance.account = &sample->account;
	} else if (item->stage == STAGE_LOOK) {
		request->kind = PP_KIND_GET_USER;
		request->u.get_user.name = sample->name;
	} else {
		request->kind = PP_KIND_CREATE_USER;
		request->u.create_user.name = sample->name;
	}
}

static void fill_business(
	struct sample *sample, const struct stream_item *item, struct pp_request *request)
{
	struct pp_create_business_request *body = &request->u.create_business;

	sample_business_name(item->number, sample->name);
	if (item->stage == STAGE_LOOK) {
		request->kind = PP_KIND_GET_BUSINESS;
		request->u.get_business.name = sample->name;
		return;
	}
	sample_business_address(item->number, sample->other);
	request->kind = PP_KIND_CREATE_BUSINESS;
	body->name = sample->name;
	body->address = sample->other;
	body->owner_ids = sample->owners;
	body->n_owner_ids = sample_business_owners(item->number,
		sample_phase_items(SAMPLE_PHASE_USERS, sample->scale), sample->owners);
	for (size_t i = 0; i < body->n_owner_ids; i++)
		sample->owners[i] = sample->users[sample->owners[i]];
	body->has_commission_bp = true;
	body->commission_bp = sample_business_commission(item->number);
}

static void fill_coupon(
	struct sample *sample, const struct stream_item *item, struct pp_request *request)
{
	uint64_t business_id = sample->businesses[sample_coupon_business(item->number)];
	struct pp_create_coupon_request *body = &request->u.create_coupon;

	sample_coupon_name(item->number, sample->name);
	if (item->stage == STAGE_LOOK) {
		request->kind = PP_KIND_GET_COUPON;
		request->u.get_coupon.business_id = business_id;
		request->u.get_coupon.name = sample->name;
		return;
	}
	request->kind = PP_KIND_CREATE_COUPON;
	sample_coupon_terms(item->number, &sample->terms, &body->stock);
	sample->terms.name = sample->name;
	body->business_id = business_id;
	body->terms = &sample->terms;
	body->has_stock = body->stock > 0;
}

static void fill_credit(
	struct sample *sample, const struct stream_item *item, struct pp_request *request)
{
	sample_credit_reference(item->number, sample->name);
	request->kind = PP_KIND_CREDIT_COINS;
	request->u.credit_coins = (struct pp_credit_coins_request) {
		.user_id = sample->users[sample_credit_user(item->number)],
		.reason = sample_credit_reason(item->number),
		.reference = sample->name,
	};
}

static uint64_t coupon_bought(const struct sample *sample, uint64_t purchase)
{
	return sample_purchase_coupon(
		purchase, sample_phase_items(SAMPLE_PHASE_COUPONS, sample->scale));
}

static void fill_purchase(
	struct sample *sample, const struct stream_item *item, struct pp_request *request)
{
	uint64_t coupon = coupon_bought(sample, item->number);

	request->kind = PP_KIND_PURCHASE_COUPON;
	request->acting_user = sample->users[sample_purchase_user(item->number)];
	request->u.purchase_coupon.coupon_id = sample->coupons[coupon];
	request->u.purchase_coupon.version = sample->versions[coupon];
}

void sample_fill(void *context, const struct stream_item *item, struct pp_request *request)
{
	struct sample *sample = context;

	switch (sample->phase) {
	case SAMPLE_PHASE_USERS: fill_user(sample, item, request); break;
	case SAMPLE_PHASE_BUSINESSES: fill_business(sample, item, request); break;
	case SAMPLE_PHASE_COUPONS: fill_coupon(sample, item, request); break;
	case SAMPLE_PHASE_CREDITS: fill_credit(sample, item, request); break;
	case SAMPLE_PHASE_PURCHASES: fill_purchase(sample, item, request); break;
	case SAMPLE_PHASE_COUNT: ASSERT(!"no phase");
	}
}

/* ---- What came of it ---- */

static enum stream_verdict done(struct sample *sample, bool made)
{
	if (made)
		sample->n_made[sample->phase]++;
	else
		sample->n_found[sample->phase]++;
	sample->n_ended++;
	return STREAM_DONE;
}

static enum stream_verdict again(struct stream_item *item, enum stage stage)
{
	item->stage = stage;
	return STREAM_AGAIN;
}

static enum stream_verdict trouble(
	struct sample *sample, const struct stream_item *item, const struct pp_status *status)
{
	const char *name = pp_reason_name(status->reason);

	if (sample->reason == PP_REASON_NONE) {
		sample->reason = status->reason;
		snprintf(sample->trouble, sizeof(sample->trouble),
			"number %" PRIu64 " of the %s ended with: %s (%s)", item->number,
			sample_phase_noun(sample->phase),
			status->message != NULL ? status->message : "no message",
			name != NULL ? name : "a reason unknown to this client");
	}
	return STREAM_STOP;
}

/* A user who was found: what became of them so far. */
static enum stream_verdict take_entries(
	struct sample *sample, const struct stream_item *item, uint64_t n_entries)
{
	if (n_entries >= CREDITS_PER_USER)
		sample->states[item->number] |= SAMPLE_CREDITED;
	return done(sample, false);
}

static enum stream_verdict take_user(
	struct sample *sample, struct stream_item *item, const struct pp_response *response)
{
	uint64_t *id = &sample->users[item->number];

	switch (response->kind) {
	case PP_KIND_CREATE_USER: *id = response->u.create_user.user_id; return done(sample, true);
	case PP_KIND_GET_BALANCE:
		return take_entries(sample, item, response->u.get_balance.n_entries);
	default:
		*id = response->u.get_user.user->user_id;
		if (response->u.get_user.user->n_purchases > 0)
			sample->states[item->number] |= SAMPLE_BOUGHT;
		return again(item, STAGE_ENTRIES);
	}
}

static enum stream_verdict take_business(
	struct sample *sample, const struct stream_item *item, const struct pp_response *response)
{
	bool made = response->kind == PP_KIND_CREATE_BUSINESS;

	sample->businesses[item->number] = made ? response->u.create_business.business_id
						: response->u.get_business.business->business_id;
	return done(sample, made);
}

static enum stream_verdict take_coupon(
	struct sample *sample, const struct stream_item *item, const struct pp_response *response)
{
	bool made = response->kind == PP_KIND_CREATE_COUPON;

	if (made) {
		sample->coupons[item->number] = response->u.create_coupon.coupon_id;
		sample->versions[item->number] = 1;
	} else {
		const struct pp_coupon *coupon = response->u.get_coupon.coupon;
		sample->coupons[item->number] = coupon->coupon_id;
		sample->versions[item->number] = (uint32_t)coupon->current_version;
	}
	return done(sample, made);
}

static enum stream_verdict take_refusal(
	struct sample *sample, struct stream_item *item, const struct pp_status *status)
{
	switch (status->reason) {
	case PP_REASON_USER_NOT_FOUND:
	case PP_REASON_BUSINESS_NOT_FOUND:
	case PP_REASON_COUPON_NOT_FOUND:
		if (item->stage == STAGE_LOOK)
			return again(item, STAGE_MAKE_SURE);
		return trouble(sample, item, status);
	case PP_REASON_NAME_TAKEN:
		if (item->stage == STAGE_MAKE)
			return again(item, STAGE_LOOK);
		return trouble(sample, item, status);
	case PP_REASON_ALREADY_CREDITED: return done(sample, false);
	default: return trouble(sample, item, status);
	}
}

enum stream_verdict sample_take(
	void *context, struct stream_item *item, const struct pp_response *response)
{
	static const struct pp_status nonsense = { .reason = PP_REASON_MALFORMED_FRAME,
		.message = "the answer does not hold what was asked for" };
	struct sample *sample = context;

	if (response->status != NULL)
		return take_refusal(sample, item, response->status);
	if (cli_is_empty(response))
		return trouble(sample, item, &nonsense);
	switch (sample->phase) {
	case SAMPLE_PHASE_USERS: return take_user(sample, item, response);
	case SAMPLE_PHASE_BUSINESSES: return take_business(sample, item, response);
	case SAMPLE_PHASE_COUPONS: return take_coupon(sample, item, response);
	default: return done(sample, true);
	}
}

#include "bench/tally.h"

#include <stdlib.h>

static struct histogram_ns *new_histogram(void)
{
	struct histogram_ns *histogram = malloc(sizeof(*histogram));

	if (histogram != NULL)
		histogram_ns_init(histogram);
	return histogram;
}

int tally_init(struct tally *tally, const uint32_t weights[SHOT_LOAD_KINDS], bool open)
{
	*tally = (struct tally) { .n_retried = 0 };
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		struct tally_kind *counts = &tally->kinds[i];
		if (weights[i] == 0)
			continue;
		counts->response = new_histogram();
		counts->service = open ? new_histogram() : NULL;
		if (counts->response == NULL || (open && counts->service == NULL))
			return PP_ERR_NO_MEMORY;
	}
	return 0;
}

void tally_free(struct tally *tally)
{
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		free(tally->kinds[i].response);
		free(tally->kinds[i].service);
	}
	*tally = (struct tally) { .n_retried = 0 };
}

void tally_add(struct tally *tally, enum shot_kind kind, const struct pp_status *status,
	int64_t response_ns, int64_t service_ns)
{
	struct tally_kind *counts = &tally->kinds[kind];

	histogram_add(&counts->response->h, response_ns);
	if (counts->service != NULL)
		histogram_add(&counts->service->h, service_ns);
	if (status == NULL) {
		counts->n_accepted++;
	} else {
		unsigned reason = (unsigned)status->reason;
		counts->n_refused++;
		tally->refusals[reason < TALLY_REASONS ? reason : 0]++;
	}
}

void tally_merge(struct tally *into, const struct tally *from)
{
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		struct tally_kind *sum = &into->kinds[i];
		const struct tally_kind *counts = &from->kinds[i];
		sum->n_accepted += counts->n_accepted;
		sum->n_refused += counts->n_refused;
		sum->n_accepted_in_all += counts->n_accepted_in_all;
		sum->n_in_time += counts->n_in_time;
		sum->n_unanswered_in_all += counts->n_unanswered_in_all;
		if (counts->response != NULL)
			histogram_merge(&sum->response->h, &counts->response->h);
		if (counts->service != NULL)
			histogram_merge(&sum->service->h, &counts->service->h);
	}
	for (int i = 0; i < TALLY_REASONS; i++)
		into->refusals[i] += from->refusals[i];
	into->n_retried += from->n_retried;
}

uint64_t tally_n_in_time(const struct tally *tally)
{
	uint64_t n = 0;

	for (int i = 0; i < SHOT_LOAD_KINDS; i++)
		n += tally->kinds[i].n_in_time;
	return n;
}

void tally_sum_response(const struct tally *tally, struct histogram_ns *into)
{
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		if (tally->kinds[i].response != NULL)
			histogram_merge(&into->h, &tally->kinds[i].response->h);
	}
}

const struct histogram *tally_service(const struct tally_kind *counts)
{
	if (counts->service != NULL)
		return &counts->service->h;
	return counts->response != NULL ? &counts->response->h : NULL;
}

void tally_sum_service(const struct tally *tally, struct histogram_ns *into)
{
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		const struct histogram *service = tally_service(&tally->kinds[i]);
		if (service != NULL)
			histogram_merge(&into->h, service);
	}
}

#include "bench/tally.h"

void tally_add(struct tally *tally, enum shot_kind kind, const struct pp_status *status,
	int64_t duration_ns, bool measured)
{
	struct tally_kind *counts = &tally->kinds[kind];

	if (status == NULL)
		tally->n_accepted_in_all[kind]++;
	if (!measured)
		return;
	histogram_add(&counts->durations, duration_ns);
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
		into->kinds[i].n_accepted += from->kinds[i].n_accepted;
		into->kinds[i].n_refused += from->kinds[i].n_refused;
		histogram_merge(&into->kinds[i].durations, &from->kinds[i].durations);
		into->n_accepted_in_all[i] += from->n_accepted_in_all[i];
		into->n_unanswered_in_all[i] += from->n_unanswered_in_all[i];
	}
	for (int i = 0; i < TALLY_REASONS; i++)
		into->refusals[i] += from->refusals[i];
}

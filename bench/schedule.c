#include "bench/schedule.h"

void schedule_init(struct schedule *schedule, enum arrivals arrivals, double rate, unsigned thread,
	unsigned n_threads, uint64_t seed, int64_t begins_ns)
{
	double gap_of_all_ns = 1e9 / rate;

	ASSERT(rate > 0 && thread < n_threads);
	*schedule = (struct schedule) {
		.arrivals = arrivals,
		.begins_ns = begins_ns,
		.gap_ns = gap_of_all_ns * n_threads,
		.next_in = gap_of_all_ns * thread,
	};
	draw_init(&schedule->draw, seed);
	if (arrivals == ARRIVALS_POISSON)
		schedule->next_in = draw_exponential(&schedule->draw, schedule->gap_ns);
	schedule->next_ns = begins_ns + (int64_t)schedule->next_in;
}

void schedule_advance(struct schedule *schedule)
{
	if (schedule->arrivals == ARRIVALS_POISSON)
		schedule->next_in += draw_exponential(&schedule->draw, schedule->gap_ns);
	else
		schedule->next_in += schedule->gap_ns;
	schedule->n++;
	schedule->next_ns = schedule->begins_ns + (int64_t)schedule->next_in;
}

uint64_t schedule_due(struct schedule *schedule, int64_t now_ns)
{
	while (schedule->next_ns <= now_ns)
		schedule_advance(schedule);
	return schedule->n;
}

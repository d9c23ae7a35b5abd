/* Counts and times land in the row of their kind. */
#include <criterion/criterion.h>

#include "server/stats.h"

static struct loop_counters loop; /* each test is a process of its own */
static struct writer_counters writer;

static uint64_t n_of(const struct histogram_shared *histogram)
{
	return atomic_load(&histogram->n);
}

Test(stats, every_kind_has_a_row_of_its_own)
{
	static const enum pp_kind kinds[] = {
#define KIND(name, number, member, title, flags) PP_KIND_##name,
		PP_REQUESTS(KIND)
#undef KIND
	};
	const struct store_timing timing = { .decide_ns = 7000, .commit_ns = 9000 };

	cr_assert_eq(ARRAY_LEN(kinds), STATS_ROWS);
	for (size_t i = 0; i < STATS_ROWS; i++) {
		stats_count_reply(&loop, kinds[i], false);
		stats_count_reply(&loop, kinds[i], true);
		stats_time_read(&loop, kinds[i], 1000, 2999);
		stats_time_reply(&loop, kinds[i], 5000);
		stats_time_write(&writer, kinds[i], 3000, &timing);
		cr_expect_eq(atomic_load(&loop.accepted_total[i]), 1);
		cr_expect_eq(atomic_load(&loop.refused_total[i]), 1);
		const struct stats_times *times = &loop.times[i];
		cr_expect_eq(n_of(&times->queue), 1);
		cr_expect_eq(times->queue.counts[1], 1, "1 us");
		cr_expect_eq(times->decide.counts[2], 1, "cut to 2 us");
		cr_expect_eq(n_of(&times->sync), 0);
		cr_expect_eq(times->total.counts[3], 1, "both together");
		cr_expect_eq(times->total.counts[5], 1, "of a write");
		times = &writer.times[i];
		cr_expect_eq(times->queue.counts[3], 1);
		cr_expect_eq(times->decide.counts[7], 1);
		cr_expect_eq(times->sync.counts[9], 1);
		cr_expect_eq(n_of(&times->total), 0);
	}
	stats_count_reply(&loop, PP_KIND_NONE, true);
	stats_count_reply(&loop, (enum pp_kind)15, true);
	cr_expect_eq(atomic_load(&loop.requests_total), 2 * STATS_ROWS + 2);
}

Test(stats, batches_are_counted_by_their_size)
{
	const struct store_timing timing = { .decide_ns = 7000, .commit_ns = 9000 };

	stats_count_batch(&writer, 1, &timing);
	stats_count_batch(&writer, 40, &timing);
	stats_count_batch(&writer, 40, &timing);
	cr_expect_eq(atomic_load(&writer.batches_total), 3);
	cr_expect_eq(atomic_load(&writer.batched_requests_total), 81);
	cr_expect_eq(writer.batch_requests.counts[40], 2);
	cr_expect_eq(atomic_load(&writer.batch_requests.max), 40);
	cr_expect_eq(writer.batch_decide_us.counts[7], 3);
	cr_expect_eq(writer.batch_sync_us.counts[9], 3);
}

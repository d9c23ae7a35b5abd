/* The engines against each other: the same random batches leave the same records and totals. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

enum { BATCHES = 2000, OPS_MAX = 8, WALK_EVERY = 100, REOPEN_EVERY = 150, KEYS = 400 };

/* A linear congruential generator (Knuth's MMIX): the seed alone replays a run. */
static uint32_t draw(uint64_t *state, uint32_t below)
{
	*state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
	return (uint32_t)(*state >> 33) % below;
}

static void oldest_kept(int64_t now_ms, const void *settings, struct key *out)
{
	(void)settings;
	*out = key_of(EXPIRING_TABLE, (uint64_t)now_ms);
}

static const uint8_t fills[] = "abcdefgh";

static void draw_request(uint64_t *state, int64_t now_ms, struct test_request *request)
{
	uint32_t n_items = 1 + draw(state, 6);
	uint32_t first = draw(state, KEYS);

	*request = (struct test_request) { .refused = draw(state, 4) == 0 };
	if (draw(state, 20) == 0)
		request->end = STEP_TOO_BIG;
	for (uint32_t i = 0; i < n_items; i++) {
		/* Distinct keys within one decision, tables that differ in kind of value. */
		uint32_t number = (first + i * 7) % KEYS;
		const uint8_t *letter = fills + draw(state, 8);
		uint32_t len = draw(state, draw(state, 10) == 0 ? 9000 : 120);
		struct span fill = { letter, len };
		switch (draw(state, 5)) {
		case 0: add_item(request, ITEM_GET, key_of('F', number), fill); break;
		case 1:
			add_item(request, ITEM_ADD, key_of('N', number),
				(struct span) { NULL, draw(state, 1000) });
			break;
		case 2:
			add_item(request, ITEM_FILL,
				key_of(EXPIRING_TABLE, (uint64_t)now_ms + number), fill);
			break;
		default: add_item(request, ITEM_FILL, key_of('F', number), fill); break;
		}
	}
}

static void execute(struct store *store, const struct test_request *requests,
	struct test_reply *replies, int *results, size_t n, int64_t now_ms)
{
	struct store_op ops[OPS_MAX];
	struct store_op *list[OPS_MAX];
	size_t n_taken;

	memset(replies, 0, n * sizeof(*replies));
	for (size_t i = 0; i < n; i++) {
		ops[i] = (struct store_op) { .request = &requests[i], .reply = &replies[i] };
		list[i] = &ops[i];
	}
	cr_assert_eq(store_execute(store, list, n, now_ms, &n_taken), 0);
	cr_assert_eq(n_taken, n);
	for (size_t i = 0; i < n; i++)
		results[i] = ops[i].result;
}

static void compare_walks(struct store *left, struct store *right, uint32_t batch)
{
	uint64_t n_left;
	uint64_t n_right;
	uint64_t digest_left = test_walk(left, &n_left);
	uint64_t digest_right = test_walk(right, &n_right);

	cr_assert_eq(n_left, n_right, "batch %u", batch);
	cr_assert_eq(digest_left, digest_right, "batch %u", batch);
}

static struct store *reopen(struct store *store, const struct store_options *options)
{
	store_close(store);
	return test_open(options);
}

/*
 * Drives two engines alike, and opens the second anew now and then. Those that delete expired
 * records at other moments are compared without any that expire.
 */
static void run_beside(enum store_engine second, bool expires)
{
	const char *given = getenv("PEAKPEEPS_SEED");
	uint64_t state = given == NULL ? 20261124 : strtoull(given, NULL, 10);
	const enum store_engine engines[2] = { STORE_MEMORY, second };
	struct store_options options[2];
	char dirs[2][DIR_BYTES];
	struct store *stores[2];
	static struct test_request requests[OPS_MAX];
	static struct test_reply replies[2][OPS_MAX];
	int results[2][OPS_MAX];
	struct store_info info[2];

	for (size_t e = 0; e < 2; e++) {
		options[e] = test_options(engines[e], dirs[e]);
		options[e].oldest_kept = expires ? oldest_kept : NULL;
		stores[e] = test_open(&options[e]);
	}
	for (uint32_t batch = 0; batch < BATCHES; batch++) {
		size_t n = 1 + draw(&state, OPS_MAX);
		int64_t now_ms = 1000 + batch;
		for (size_t i = 0; i < n; i++)
			draw_request(&state, now_ms, &requests[i]);
		for (size_t e = 0; e < 2; e++)
			execute(stores[e], requests, replies[e], results[e], n, now_ms);
		cr_assert_arr_eq(results[0], results[1], n * sizeof(int), "batch %u", batch);
		cr_assert_arr_eq(
			replies[0], replies[1], n * sizeof(replies[0][0]), "batch %u", batch);
		if (batch % WALK_EVERY == 0)
			compare_walks(stores[0], stores[1], batch);
		if (batch % REOPEN_EVERY == REOPEN_EVERY - 1)
			stores[1] = reopen(stores[1], &options[1]);
	}
	compare_walks(stores[0], stores[1], BATCHES);
	store_info(stores[0], &info[0]);
	store_info(stores[1], &info[1]);
	cr_assert_eq(info[0].revision, info[1].revision);
	cr_assert_gt(info[0].revision, BATCHES);
	for (size_t e = 0; e < 2; e++) {
		store_close(stores[e]);
		test_remove(dirs[e]);
	}
}

Test(differential, random_batches_leave_the_same_in_lmdb_as_in_memory, .timeout = 100)
{
	run_beside(STORE_LMDB, true);
}

Test(differential, random_batches_leave_the_same_behind_a_log, .timeout = 100)
{
	run_beside(STORE_LOG, false);
}

/* The same store, now with a log, now without: nothing is lost on the way. */
Test(differential, a_store_may_change_its_mode_at_any_start, .timeout = 100)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LOG, dir);
	struct store *store = test_open(&options);
	uint64_t state = 4711;
	static struct test_request requests[OPS_MAX];
	static struct test_reply replies[OPS_MAX];
	int results[OPS_MAX];
	uint64_t n_records;

	for (uint32_t round = 0; round < 20; round++) {
		for (uint32_t batch = 0; batch < 20; batch++) {
			int64_t now_ms = 1000 + round * 20 + batch;
			for (size_t i = 0; i < OPS_MAX; i++)
				draw_request(&state, now_ms, &requests[i]);
			execute(store, requests, replies, results, OPS_MAX, now_ms);
		}
		struct store_info before;
		struct store_info after;
		uint64_t digest = test_walk(store, &n_records);
		store_info(store, &before);
		options.engine = round % 3 == 2 ? STORE_LOG : STORE_LMDB;
		store = reopen(store, &options);
		store_info(store, &after);
		cr_assert_str_eq(after.commit_mode, test_engine_name(options.engine));
		cr_assert_eq(after.revision, before.revision);
		cr_assert_eq(after.incarnation, before.incarnation);
		cr_assert_eq(test_walk(store, &n_records), digest);
	}
	store_close(store);
	test_remove(dir);
}

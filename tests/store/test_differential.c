/* The engines against each other: the same random batches leave the same records and totals. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "harness.h"

enum { BATCHES = 2000, OPS_MAX = 8, WALK_EVERY = 100, KEYS = 400 };

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

Test(differential, random_batches_leave_the_same_on_both_engines)
{
	const char *given = getenv("PEAKPEEPS_SEED");
	uint64_t state = given == NULL ? 20261124 : strtoull(given, NULL, 10);
	char dirs[2][DIR_BYTES];
	struct store *stores[2];
	static struct test_request requests[OPS_MAX];
	static struct test_reply replies[2][OPS_MAX];
	int results[2][OPS_MAX];
	struct store_info info[2];

	for (size_t e = 0; e < 2; e++) {
		struct store_options options = test_options(test_engines[e], dirs[e]);
		options.oldest_kept = oldest_kept;
		stores[e] = test_open(&options);
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

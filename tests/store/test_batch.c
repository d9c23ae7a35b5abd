/* Batches: order, visibility, revision, time, refusals, bounds; on both engines. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "harness.h"

static const struct span one = { NULL, 1 }; /* for ITEM_ADD */

Test(batch, each_request_sees_those_before_it)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		enum { N = 100 };
		static struct test_request requests[N];
		static struct test_reply replies[N];

		memset(requests, 0, sizeof(requests));
		for (size_t i = 0; i < N; i++) {
			add_item(&requests[i], ITEM_ADD, key_of('A', i % 3), one);
			add_item(&requests[i], ITEM_PUT_FRESH, key_of('B', i), span_of_text("b"));
		}
		test_execute(store, requests, replies, N, 1000);
		for (size_t i = 0; i < N; i++) {
			cr_assert_eq(replies[i].numbers[0], i / 3 + 1);
			cr_assert_eq(replies[i].revision, i);
			cr_assert_eq(replies[i].now_ms, 1000);
			cr_assert_not(replies[i].snapshot);
			cr_assert_eq(replies[i].n_runs, 1);
		}
		cr_assert_eq(test_read_number(store, key_of('A', 0)), 34);
		cr_assert_eq(test_read_number(store, key_of('A', 2)), 33);
		store_close(store);
		test_remove(dir);
	}
}

Test(batch, revision_counts_accepted_requests_only)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		struct test_request requests[3] = { { .refused = true }, { 0 },
			{ .refused = true } };
		struct test_reply replies[3];
		struct store_info info;

		store_info(store, &info);
		cr_assert_eq(info.revision, 0);
		cr_assert_eq(info.last_commit_ms, 0);
		for (size_t i = 0; i < 3; i++)
			add_item(&requests[i], ITEM_PUT, key_of('A', i), span_of_text("x"));
		test_execute(store, requests, replies, 3, 77);
		store_info(store, &info);
		cr_assert_eq(info.revision, 1);
		cr_assert_eq(info.last_commit_ms, 77);
		cr_assert_eq(replies[2].revision, 1);
		uint64_t n_records;
		test_walk(store, &n_records);
		cr_assert_eq(n_records, 3); /* what a refusal wrote is there too */
		store_close(store);
		test_remove(dir);
	}
}

Test(batch, that_writes_nothing_commits_nothing)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		struct test_request request = { .refused = true };
		struct test_reply reply;
		struct store_info info;

		add_item(&request, ITEM_GET, key_of('A', 1), one);
		test_execute(store, &request, &reply, 1, 500);
		store_info(store, &info);
		cr_assert_eq(info.revision, 0);
		cr_assert_eq(info.last_commit_ms, 0);
		store_close(store);
		test_remove(dir);
	}
}

Test(batch, decision_too_big_leaves_no_trace)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		struct test_request request = { .end = STEP_TOO_BIG };
		struct test_reply reply;
		uint64_t n_records;

		add_item(&request, ITEM_PUT, key_of('A', 1), span_of_text("x"));
		cr_assert_eq(test_execute_one(store, &request, &reply, 1), PP_ERR_TOO_BIG);
		test_walk(store, &n_records);
		cr_assert_eq(n_records, 0);
		/* Within a batch it does not hurt its neighbours. */
		struct test_request good = { 0 };
		add_item(&good, ITEM_ADD, key_of('A', 1), one);
		struct store_op ops[3] = { { .request = &good, .reply = &reply },
			{ .request = &request, .reply = &reply },
			{ .request = &good, .reply = &reply } };
		struct store_op *list[3] = { &ops[0], &ops[1], &ops[2] };
		size_t n_taken;
		cr_assert_eq(store_execute(store, list, 3, 2, &n_taken), 0);
		cr_assert_eq(n_taken, 3);
		cr_assert(ops[0].result == 0 && ops[1].result == PP_ERR_TOO_BIG &&
			  ops[2].result == 0);
		cr_assert_eq(test_read_number(store, key_of('A', 1)), 2);
		store_close(store);
		test_remove(dir);
	}
}

Test(batch, undecodable_record_stops_the_store)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		struct test_request good = { 0 };
		struct test_request bad = { .end = STEP_CORRUPT };
		struct test_reply reply;
		struct store_op ops[2] = { { .request = &good, .reply = &reply },
			{ .request = &bad, .reply = &reply } };
		struct store_op *list[2] = { &ops[0], &ops[1] };
		size_t n_taken;

		add_item(&good, ITEM_ADD, key_of('A', 1), one);
		cr_assert_eq(store_execute(store, list, 2, 2, &n_taken), PP_ERR_CORRUPT);
		cr_assert_eq(store_execute(store, list, 1, 2, &n_taken), PP_ERR_CORRUPT);
		/* Nothing of the batch was kept, and readers go on. */
		cr_assert_eq(test_read_number(store, key_of('A', 1)), 0);
		struct store_reader *reader;
		cr_assert_eq(store_reader_open(store, &reader), 0);
		cr_assert_eq(store_reader_begin(reader), 0);
		store_read(reader, &ops[1], 0);
		cr_assert_eq(ops[1].result, PP_ERR_CORRUPT);
		store_reader_close(reader);
		store_close(store);
		test_remove(dir);
	}
}

Test(batch, ends_early_when_the_next_decision_might_not_fit)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		if (test_engines[e] == STORE_LOG)
			options.log.segment_bytes = 8 * 1024 * 1024;
		struct store *store = test_open(&options);
		enum { N = 1200, VALUE = DECISION_BYTES_MAX };
		static struct test_request requests[N];
		static struct store_op ops[N];
		struct store_op *list[N];
		struct test_reply reply;
		size_t done = 0;
		size_t n_batches = 0;
		size_t n_largest = 0;

		memset(requests, 0, sizeof(requests));
		for (size_t i = 0; i < N; i++) {
			struct span fill = { (const uint8_t *)"f", VALUE };
			add_item(&requests[i], ITEM_FILL, key_of('F', i), fill);
			ops[i] = (struct store_op) { .request = &requests[i], .reply = &reply };
			list[i] = &ops[i];
		}
		while (done < N) {
			size_t n_taken = 0;
			cr_assert_eq(store_execute(store, list + done, N - done, 1, &n_taken), 0);
			cr_assert(n_taken >= 1 && n_taken <= 512);
			n_largest = n_taken > n_largest ? n_taken : n_largest;
			done += n_taken;
			n_batches++;
		}
		cr_assert_eq(n_batches, (N + n_largest - 1) / n_largest);
		cr_assert_geq(n_largest, 50);
		uint64_t n_records;
		test_walk(store, &n_records);
		cr_assert_eq(n_records, N);
		store_close(store);
		test_remove(dir);
	}
}

Test(batch, hot_record_does_not_fill_the_batch)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		struct test_request *requests = calloc(STORE_BATCH_MAX, sizeof(*requests));
		struct test_reply *replies = calloc(STORE_BATCH_MAX, sizeof(*replies));

		cr_assert(requests != NULL && replies != NULL);
		for (size_t i = 0; i < STORE_BATCH_MAX; i++) {
			struct span fill = { (const uint8_t *)"f", 20000 };
			add_item(&requests[i], ITEM_FILL, key_of('H', 0), fill);
			add_item(&requests[i], ITEM_ADD, key_of('H', 1), one);
		}
		test_execute(store, requests, replies, STORE_BATCH_MAX, 1);
		cr_assert_eq(test_read_number(store, key_of('H', 1)), STORE_BATCH_MAX);
		free(replies);
		free(requests);
		store_close(store);
		test_remove(dir);
	}
}

/* Fills the store until it refuses, then looks that everything before is whole. */
static void check_full(struct store *store, bool walks)
{
	struct test_request requests[2] = { 0 };
	struct test_reply replies[2];
	struct store_op ops[2];
	struct store_op *list[2] = { &ops[0], &ops[1] };
	struct span fill = { (const uint8_t *)"f", 3000 };
	uint64_t n_batches = 0;
	uint64_t n_records;
	struct store_info info;

	requests[0].n_items = requests[1].n_items = 1;
	do {
		size_t n_taken;
		for (size_t i = 0; i < 2; i++) {
			requests[i].items[0] =
				(struct item) { ITEM_FILL, key_of('F', 2 * n_batches + i), fill };
			ops[i] =
				(struct store_op) { .request = &requests[i], .reply = &replies[i] };
		}
		cr_assert_lt(n_batches, 10000);
		cr_assert_eq(store_execute(store, list, 2, 5, &n_taken), 0);
		cr_assert_eq(n_taken, 2);
		cr_assert_eq(ops[0].result, ops[1].result);
		n_batches++;
	} while (ops[0].result == 0);
	n_batches--;
	cr_assert_gt(n_batches, 2);
	for (size_t again = 0; again < 3; again++) {
		cr_assert_eq(ops[0].result, PP_ERR_STORAGE_FULL);
		store_info(store, &info);
		cr_assert_eq(info.revision, 2 * n_batches);
		/* A walk takes a checkpoint, for which there is no room either. */
		if (walks) {
			test_walk(store, &n_records);
			cr_assert_eq(n_records, 2 * n_batches);
		}
		cr_assert_eq(test_read_number(store, key_of('F', 0)), 0);
		ops[0].result = test_execute_one(store, &requests[0], &replies[0], 6);
		if (ops[0].result == 0)
			break; /* half of the batch did fit */
	}
}

Test(batch, full_map_refuses_the_whole_batch_and_nothing_else)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		options.map_bytes = 1024 * 1024;
		struct store *store = test_open(&options);

		check_full(store, test_engines[e] != STORE_LOG);
		store_close(store);
		if (test_engines[e] != STORE_MEMORY) {
			options.map_bytes = 8 * 1024 * 1024;
			store = test_open(&options);
			test_put(store, key_of('A', 1), "there is room again", 7);
			uint64_t n_records;
			test_walk(store, &n_records);
			store_close(store);
		}
		test_remove(dir);
	}
}

Test(batch, little_free_disk_refuses_before_anything_is_decided)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	options.free_bytes_min = UINT64_MAX;
	struct store *store = test_open(&options);
	struct test_request request = { 0 };
	struct test_reply reply = { 0 };

	add_item(&request, ITEM_ADD, key_of('A', 1), one);
	cr_assert_eq(test_execute_one(store, &request, &reply, 1), PP_ERR_STORAGE_FULL);
	cr_assert_eq(reply.n_runs, 0);
	cr_assert_eq(test_read_number(store, key_of('A', 1)), 0);
	store_close(store);
	test_remove(dir);
}

/* Batches of one request each until the store fails; what it fails with. */
static int execute_until_it_fails(struct store *store, const struct test_request *request)
{
	struct test_reply reply;
	struct store_op op = { .request = request, .reply = &reply };
	struct store_op *list[1] = { &op };
	size_t n_taken;
	int err = 0;

	for (int i = 0; err == 0 && i < 2000; i++) {
		struct timespec pause = { .tv_nsec = 5000000 };
		err = store_execute(store, list, 1, 2, &n_taken);
		nanosleep(&pause, NULL);
	}
	return err;
}

Test(batch, fresh_write_of_a_stored_key_stops_the_store)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		struct test_request fresh = { 0 };
		struct test_request other = { 0 };
		struct test_reply reply;
		uint64_t n_records;

		add_item(&fresh, ITEM_PUT_FRESH, key_of('A', 1), span_of_text("x"));
		add_item(&other, ITEM_PUT, key_of('B', 1), span_of_text("y"));
		cr_assert_eq(test_execute_one(store, &fresh, &reply, 1), 0);
		test_walk(store, &n_records);
		/* Behind a log it is found when a checkpoint comes upon it: then nothing more is
		 * written either. */
		if (test_engines[e] == STORE_LOG)
			cr_assert_eq(test_execute_one(store, &fresh, &reply, 2), 0);
		cr_assert_eq(execute_until_it_fails(
				     store, test_engines[e] == STORE_LOG ? &other : &fresh),
			PP_ERR_CORRUPT);
		if (test_engines[e] == STORE_LOG)
			cr_assert_eq(store_health(store), PP_ERR_CORRUPT);
		cr_assert_eq(execute_until_it_fails(store, &other), PP_ERR_CORRUPT);
		store_close(store);
		test_remove(dir);
	}
}

/* Within one table of the log it is found before anything is appended. */
Test(batch, fresh_write_of_a_key_in_memory_is_not_logged)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LOG, dir);
	options.log.checkpoint_ms = 3600 * 1000;
	struct store *store = test_open(&options);
	struct test_request fresh = { 0 };
	struct test_reply reply;
	uint64_t n_records;

	add_item(&fresh, ITEM_PUT_FRESH, key_of('A', 1), span_of_text("x"));
	cr_assert_eq(test_execute_one(store, &fresh, &reply, 1), 0);
	cr_assert_eq(execute_until_it_fails(store, &fresh), PP_ERR_CORRUPT);
	store_close(store);
	store = test_open(&options);
	test_walk(store, &n_records);
	cr_assert_eq(n_records, 1);
	store_close(store);
	test_remove(dir);
}

Test(batch, fresh_write_of_a_key_of_the_batch_stops, .signal = SIGABRT)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	struct store *store = test_open(&options);
	struct test_request requests[2] = { 0 };
	struct test_reply replies[2];

	test_remove(dir); /* the open store lives on without names; nobody cleans up after abort */
	for (size_t i = 0; i < 2; i++)
		add_item(&requests[i], ITEM_PUT_FRESH, key_of('A', 1), span_of_text("x"));
	test_execute(store, requests, replies, 2, 1);
}

enum { LOOKED_AT = 600 };

/* Reads all records before it looks at the first; else as test_rule. */
static enum step look_late(struct decision *decision)
{
	const struct test_request *request = decision->request;
	struct test_reply *reply = decision->reply;
	struct span values[LOOKED_AT];

	if (request->items[0].what != ITEM_GET)
		return test_rule(decision);
	for (uint64_t i = 0; i < LOOKED_AT; i++) {
		struct key key = key_of('L', i);
		cr_assert_eq(decision_load(decision, &key, &values[i]), LOADED_PRESENT);
	}
	reply->numbers[0] = 0;
	for (uint64_t i = 0; i < LOOKED_AT; i++) {
		cr_assert_eq(values[i].len, 700 + i % 2);
		for (size_t j = 0; j < values[i].len; j++)
			reply->numbers[0] += values[i].data[j] == i % 251;
	}
	return STEP_DONE;
}

/* Puts records [first, first + n), and looks at all of them when asked to. */
static void fill(struct store *store, uint64_t first, uint64_t n, struct test_reply *looked)
{
	static struct test_request requests[LOOKED_AT + 1];
	static struct test_reply replies[LOOKED_AT + 1];
	static uint8_t filling[LOOKED_AT];

	memset(requests, 0, sizeof(requests));
	for (uint64_t i = 0; i < n; i++) {
		uint64_t number = first + i;
		filling[number] = (uint8_t)(number % 251);
		add_item(&requests[i], ITEM_FILL, key_of('L', number),
			(struct span) { &filling[number], 700 + number % 2 });
	}
	add_item(&requests[n], ITEM_GET, key_of('L', 0), one);
	test_execute(store, requests, replies, looked != NULL ? n + 1 : n, 1000);
	if (looked != NULL)
		*looked = replies[n];
}

Test(batch, records_stay_while_others_are_read)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		options.rule = look_late;
		struct store *store = test_open(&options);
		struct test_reply reply;

		/* Half of them on many pages, half of them written by this very batch. */
		fill(store, 0, LOOKED_AT / 2, NULL);
		fill(store, LOOKED_AT / 2, LOOKED_AT / 2, &reply);
		cr_assert_eq(reply.numbers[0], LOOKED_AT * 700 + LOOKED_AT / 2);
		store_close(store);
		test_remove(dir);
	}
}

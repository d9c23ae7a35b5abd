/* Views: repeatable while writes go on, never behind an answered write; on both engines. */
#include <criterion/criterion.h>
#include <pthread.h>
#include <stdatomic.h>
#include <string.h>

#include "harness.h"

static const struct span one = { NULL, 1 };

static uint64_t read_in(struct store_reader *reader, struct key key, struct test_reply *reply)
{
	struct test_request request = { 0 };
	struct store_op op = { .request = &request, .reply = reply, .result = 1 };

	add_item(&request, ITEM_GET, key, one);
	store_read(reader, &op, 50);
	cr_assert_eq(op.result, 0);
	return reply->numbers[0];
}

static void add_at(struct store *store, struct key key, int64_t now_ms)
{
	struct test_request request = { 0 };
	struct test_reply reply;

	add_item(&request, ITEM_ADD, key, one);
	test_execute(store, &request, &reply, 1, now_ms);
}

Test(view, reader_repeats_until_it_ends_and_then_sees_all)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		struct store_reader *reader;
		struct test_reply reply = { 0 };
		int settings = 0;

		store_set_settings(store, &settings);
		cr_assert_eq(store_reader_open(store, &reader), 0);
		for (uint64_t round = 1; round <= 20; round++) {
			int64_t now_ms = 40 + (int64_t)round;
			add_at(store, key_of('A', 1), now_ms);
			cr_assert_eq(store_reader_begin(reader), 0);
			cr_assert_eq(read_in(reader, key_of('A', 1), &reply), 2 * round - 1);
			add_at(store, key_of('A', 1), now_ms);
			cr_assert_eq(read_in(reader, key_of('A', 1), &reply), 2 * round - 1);
			cr_assert_eq(reply.revision, 2 * round - 1);
			cr_assert_eq(reply.now_ms, now_ms < 50 ? 50 : now_ms);
			cr_assert(reply.snapshot && reply.settings == &settings);
			cr_assert_eq(read_in(reader, key_of('A', 2), &reply), 0);
			cr_assert_not(reply.present[0]);
			store_reader_end(reader);
		}
		store_reader_close(reader);
		store_close(store);
		test_remove(dir);
	}
}

Test(view, reader_writes_nothing)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		struct test_request request = { 0 };
		struct test_reply reply = { 0 };
		struct store_op op = { .request = &request, .reply = &reply, .result = 1 };
		struct store_reader *reader;
		uint64_t n_records;

		add_item(&request, ITEM_ADD, key_of('A', 1), one);
		cr_assert_eq(store_reader_open(store, &reader), 0);
		cr_assert_eq(store_reader_begin(reader), 0);
		store_read(reader, &op, 1);
		cr_assert_eq(op.result, 0);
		cr_assert_eq(reply.numbers[0], 1);
		request.end = STEP_TOO_BIG;
		store_read(reader, &op, 1);
		cr_assert_eq(op.result, PP_ERR_TOO_BIG);
		store_reader_close(reader); /* also without an end */
		test_walk(store, &n_records);
		cr_assert_eq(n_records, 0);
		store_close(store);
		test_remove(dir);
	}
}

Test(view, snapshot_stands_still_while_writes_go_on)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		struct store_snapshot *snapshot;
		struct key key = { 0 };
		struct span value;
		uint64_t n = 0;

		for (uint64_t i = 0; i < 200; i++)
			test_put(store, key_of('A', 2 * i), "old", 10);
		cr_assert_eq(store_snapshot_open(store, &snapshot), 0);
		cr_assert_eq(store_snapshot_revision(snapshot), 200);
		cr_assert_eq(store_snapshot_time_ms(snapshot), 10);
		cr_assert_eq(store_snapshot_n_records(snapshot), 200);
		while (store_snapshot_next(snapshot, &key, n > 0, &key, &value) == 0) {
			struct key expected = key_of('A', 2 * n);
			cr_assert_eq(key.len, expected.len);
			cr_assert_arr_eq(key.bytes, expected.bytes, key.len);
			cr_assert(value.len == 3 && memcmp(value.data, "old", 3) == 0);
			test_put(store, key_of('A', 2 * n), "newer", 11);
			test_put(store, key_of('A', 2 * n + 1), "new", 11);
			n++;
		}
		cr_assert_eq(n, 200);
		cr_assert_eq(store_snapshot_revision(snapshot), 200);
		store_snapshot_close(snapshot);
		test_walk(store, &n);
		cr_assert_eq(n, 400);
		store_close(store);
		test_remove(dir);
	}
}

Test(view, next_starts_anywhere_and_never_shows_the_stores_own_records)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		struct store_snapshot *snapshot;
		struct key found;
		struct span value;
		bool present;

		test_put(store, key_of(1, 0), "first", 1);
		test_put(store, key_of('M', 5), "", 1);
		test_put(store, key_of(255, UINT64_MAX), "last", 1);
		const struct {
			struct key from;
			bool after;
			struct key expected;
		} rows[] = {
			{ { .len = 0 }, false, key_of(1, 0) },
			{ { .len = 0 }, true, key_of(1, 0) },
			{ { .len = 2, .bytes = { 0, 'S' } }, true, key_of(1, 0) },
			{ key_of(1, 0), false, key_of(1, 0) },
			{ key_of(1, 0), true, key_of('M', 5) },
			{ key_of('M', 4), true, key_of('M', 5) },
			{ { .len = 1, .bytes = { 'M' } }, true, key_of('M', 5) },
			{ key_of('M', 5), true, key_of(255, UINT64_MAX) },
		};
		cr_assert_eq(store_snapshot_open(store, &snapshot), 0);
		for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
			cr_assert_eq(store_snapshot_next(snapshot, &rows[i].from, rows[i].after,
					     &found, &value),
				0, "row %zu", i);
			cr_assert_eq(found.len, rows[i].expected.len);
			cr_assert_arr_eq(found.bytes, rows[i].expected.bytes, found.len);
		}
		cr_assert_eq(store_snapshot_next(snapshot, &found, true, &found, &value),
			PP_ERR_NOT_FOUND);
		struct key key = key_of('M', 5);
		cr_assert_eq(store_snapshot_get(snapshot, &key, &present, &value), 0);
		cr_assert(present && value.len == 0);
		key = key_of('M', 6);
		cr_assert_eq(store_snapshot_get(snapshot, &key, &present, &value), 0);
		cr_assert_not(present);
		store_snapshot_close(snapshot);
		store_close(store);
		test_remove(dir);
	}
}

/* What the racing threads share. `answered` is what the writer has been told is done. */
struct race {
	struct store *store;
	_Atomic uint64_t answered;
	atomic_bool stop;
	_Atomic uint64_t n_reads;
};

/* ASSERT: Criterion's own checks belong to the thread of the test. */
static void *read_on(void *argument)
{
	struct race *race = argument;
	struct store_reader *reader;
	struct test_reply reply = { 0 };

	ASSERT(store_reader_open(race->store, &reader) == 0);
	while (!atomic_load(&race->stop)) {
		uint64_t answered = atomic_load(&race->answered);
		ASSERT(store_reader_begin(reader) == 0);
		uint64_t first = read_in(reader, key_of('A', 1), &reply);
		ASSERT(first >= answered);
		ASSERT(reply.revision == first);
		/* Both counters move in one request: a torn view would show. */
		ASSERT(read_in(reader, key_of('Z', 1), &reply) == first);
		store_reader_end(reader);
		atomic_fetch_add(&race->n_reads, 1);
	}
	store_reader_close(reader);
	return NULL;
}

Test(view, readers_of_other_threads_are_never_behind_an_answer)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct race race = { .store = test_open(&options) };
		pthread_t threads[3];

		for (size_t i = 0; i < ARRAY_LEN(threads); i++)
			cr_assert_eq(pthread_create(&threads[i], NULL, read_on, &race), 0);
		for (uint64_t n = 1; n <= 500 || atomic_load(&race.n_reads) < 100; n++) {
			struct test_request request = { 0 };
			struct test_reply reply;
			add_item(&request, ITEM_ADD, key_of('A', 1), one);
			add_item(&request, ITEM_ADD, key_of('Z', 1), one);
			test_execute(race.store, &request, &reply, 1, 1);
			atomic_store(&race.answered, n);
		}
		atomic_store(&race.stop, true);
		for (size_t i = 0; i < ARRAY_LEN(threads); i++)
			pthread_join(threads[i], NULL);
		store_close(race.store);
		test_remove(dir);
	}
}

Test(view, readers_are_bounded_and_come_back)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	options.readers_max = 4;
	struct store *store = test_open(&options);
	struct store_reader *readers[64];
	size_t n = 0;

	while (n < ARRAY_LEN(readers) && store_reader_open(store, &readers[n]) == 0)
		n++;
	cr_assert(n >= 4 && n < ARRAY_LEN(readers), "%zu readers", n);
	store_reader_close(readers[--n]);
	cr_assert_eq(store_reader_open(store, &readers[n++]), 0);
	while (n > 0)
		store_reader_close(readers[--n]);
	store_close(store);
	test_remove(dir);
}

Test(view, usage_tells_the_file_and_the_disk)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		struct store *store = test_open(&options);
		uint64_t file_bytes;
		uint64_t free_bytes;
		bool on_disk = test_engines[e] != STORE_MEMORY;
		struct store_info info;

		test_put(store, key_of('A', 1), "x", 1);
		store_usage(store, &file_bytes, &free_bytes);
		cr_assert_eq(file_bytes > 0, on_disk);
		cr_assert_eq(free_bytes > 0, on_disk);
		store_info(store, &info);
		cr_assert_str_eq(info.commit_mode, test_engine_name(test_engines[e]));
		store_close(store);
		test_remove(dir);
	}
}

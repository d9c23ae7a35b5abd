/* Expired keys: deleted in key order, a bounded number per commit, totals kept; both engines. */
#include <criterion/criterion.h>
#include <string.h>

#include "harness.h"

/* A key is kept until the time it bears. */
static void oldest_kept(int64_t now_ms, const void *settings, struct key *out)
{
	(void)settings;
	*out = key_of(EXPIRING_TABLE, (uint64_t)now_ms);
}

/* A longer retention: a key is kept for 1 000 ms after the time it bears. */
static void oldest_kept_longer(int64_t now_ms, const void *settings, struct key *out)
{
	oldest_kept(now_ms > 1000 ? now_ms - 1000 : 0, settings, out);
}

static void expect_kept_from(struct store *store, uint64_t number)
{
	struct test_request request = { 0 };
	struct test_reply reply;
	struct key expected = key_of(EXPIRING_TABLE, number);

	add_item(&request, ITEM_PUT, key_of('A', 0), span_of_text("z"));
	test_execute(store, &request, &reply, 1, 10000);
	cr_assert_eq(reply.kept_from.len, expected.len);
	cr_assert_arr_eq(reply.kept_from.bytes, expected.bytes, expected.len);
	memset(&reply, 0, sizeof(reply));
	struct store_reader *reader;
	cr_assert_eq(store_reader_open(store, &reader), 0);
	cr_assert_eq(store_reader_begin(reader), 0);
	struct arena arena;
	arena_init(&arena, 4096, NULL);
	struct store_op op = { .request = &request, .reply = &reply, .arena = &arena };
	store_read(reader, &op, 10000);
	cr_assert_eq(op.result, 0);
	cr_assert_arr_eq(reply.kept_from.bytes, expected.bytes, expected.len);
	arena_free(&arena);
	store_reader_close(reader);
}

static uint64_t count_table(struct store *store, uint8_t table)
{
	struct store_snapshot *snapshot;
	uint64_t n;
	uint64_t xor ;

	cr_assert_eq(store_snapshot_open(store, &snapshot), 0);
	store_snapshot_table(snapshot, table, &n, &xor);
	store_snapshot_close(snapshot);
	return n;
}

static uint64_t first_of_table(struct store *store, uint8_t table)
{
	struct store_snapshot *snapshot;
	struct key from = { .len = 1, .bytes = { table } };
	struct key found;
	struct span value;
	struct byte_reader reader;

	cr_assert_eq(store_snapshot_open(store, &snapshot), 0);
	cr_assert_eq(store_snapshot_next(snapshot, &from, false, &found, &value), 0);
	cr_assert_eq(found.bytes[0], table);
	byte_reader_init(&reader, (struct span) { found.bytes + 1, found.len - 1U });
	store_snapshot_close(snapshot);
	return read_u64(&reader);
}

/* Puts keys [from, to) of the expiring table, and one beside it on each side. */
static void put_range(struct store *store, uint64_t from, uint64_t to, int64_t now_ms)
{
	for (uint64_t i = from; i < to; i += 20) {
		struct test_request request = { 0 };
		struct test_reply reply;
		for (uint64_t j = i; j < i + 20 && j < to; j++)
			add_item(&request, ITEM_PUT, key_of(EXPIRING_TABLE, j),
				span_of_text("expires"));
		test_execute(store, &request, &reply, 1, now_ms);
	}
	test_put(store, key_of(EXPIRING_TABLE - 1, 1), "stays", now_ms);
	test_put(store, key_of(EXPIRING_TABLE + 1, 1), "stays", now_ms);
}

Test(expiry, goes_in_key_order_and_in_bounded_steps)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		options.oldest_kept = oldest_kept;
		struct store *store = test_open(&options);
		uint64_t n_records;

		put_range(store, 1000, 1500, 900);
		cr_assert_eq(count_table(store, EXPIRING_TABLE), 500);
		/* Exactly at its time a key is still kept: the first kept one is it. */
		test_put(store, key_of('A', 0), "x", 1000);
		cr_assert_eq(count_table(store, EXPIRING_TABLE), 500);
		test_put(store, key_of('A', 0), "x", 1001);
		cr_assert_eq(count_table(store, EXPIRING_TABLE), 499);
		cr_assert_eq(first_of_table(store, EXPIRING_TABLE), 1001);
		/* One put deletes 64 at most. */
		for (uint64_t n = 1; n <= 3; n++) {
			test_put(store, key_of('A', 0), "x", 1400);
			cr_assert_eq(count_table(store, EXPIRING_TABLE), 499 - 64 * n);
			cr_assert_eq(first_of_table(store, EXPIRING_TABLE), 1001 + 64 * n);
			test_walk(store, &n_records);
			cr_assert_eq(n_records, 3 + 499 - 64 * n);
		}
		/* Many puts delete twice their number. */
		static struct test_request requests[4];
		static struct test_reply replies[4];
		memset(requests, 0, sizeof(requests));
		for (uint64_t i = 0; i < 80; i++)
			add_item(&requests[i / 20], ITEM_PUT, key_of('A', i), span_of_text("y"));
		test_execute(store, requests, replies, 4, 1400);
		cr_assert_eq(first_of_table(store, EXPIRING_TABLE), 1001 + 64 * 3 + 160);
		/* The rest, and no more than what expired. */
		test_put(store, key_of('A', 0), "x", 1400);
		test_put(store, key_of('A', 0), "x", 1400);
		cr_assert_eq(first_of_table(store, EXPIRING_TABLE), 1400);
		cr_assert_eq(count_table(store, EXPIRING_TABLE), 100);
		test_walk(store, &n_records);
		/* All of them. */
		test_put(store, key_of('A', 0), "x", 10000);
		cr_assert_eq(count_table(store, EXPIRING_TABLE), 36);
		test_put(store, key_of('A', 0), "x", 10000);
		cr_assert_eq(count_table(store, EXPIRING_TABLE), 0);
		test_put(store, key_of('A', 0), "x", 10000);
		test_walk(store, &n_records);
		cr_assert_eq(n_records, 2 + 80);
		store_close(store);
		test_remove(dir);
	}
}

Test(expiry, spares_what_the_batch_itself_writes)
{
	for (size_t e = 0; e < ARRAY_LEN(test_engines); e++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_engines[e], dir);
		options.oldest_kept = oldest_kept;
		struct store *store = test_open(&options);
		uint64_t n_records;

		put_range(store, 1, 11, 0);
		cr_assert_eq(count_table(store, EXPIRING_TABLE), 10);
		test_put(store, key_of(EXPIRING_TABLE, 5), "again", 100);
		cr_assert_eq(count_table(store, EXPIRING_TABLE), 1);
		cr_assert_eq(first_of_table(store, EXPIRING_TABLE), 5);
		test_walk(store, &n_records);
		cr_assert_eq(n_records, 3);
		test_put(store, key_of('A', 0), "x", 100);
		cr_assert_eq(count_table(store, EXPIRING_TABLE), 0);
		store_close(store);
		test_remove(dir);
	}
}

Test(expiry, tells_rules_what_may_be_gone_also_after_a_longer_retention)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	struct test_request request = { 0 };
	struct test_reply reply;
	uint64_t n_records;

	options.oldest_kept = oldest_kept;
	struct store *store = test_open(&options);
	add_item(&request, ITEM_PUT, key_of('A', 0), span_of_text("x"));
	test_execute(store, &request, &reply, 1, 9700);
	cr_assert_eq(reply.kept_from.len, 0, "nothing was ever deleted");
	store_close(store);
	options.oldest_kept = oldest_kept_longer;
	store = test_open(&options);
	for (int i = 0; i < 2; i++)
		expect_kept_from(store, 9700);
	test_walk(store, &n_records);
	store_close(store);
	test_remove(dir);
}

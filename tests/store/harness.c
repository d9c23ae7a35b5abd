#include "harness.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

const enum store_engine test_engines[3] = { STORE_MEMORY, STORE_LMDB, STORE_LOG };
const enum store_engine test_disk_engines[2] = { STORE_LMDB, STORE_LOG };

const char *test_engine_name(enum store_engine engine)
{
	return engine == STORE_LMDB ? "lmdb" : engine == STORE_LOG ? "log" : "memory";
}

static uint64_t number_of(struct span value)
{
	struct byte_reader reader;

	byte_reader_init(&reader, value);
	return read_u64(&reader);
}

static bool put_number(struct decision *decision, const struct key *key, uint64_t number)
{
	uint8_t *bytes = decision_reserve(decision, 8);
	struct byte_writer writer;

	if (bytes == NULL)
		return false;
	byte_writer_init(&writer, bytes, 8);
	write_u64(&writer, number);
	decision_put(decision, key, byte_writer_span(&writer), false);
	return true;
}

static bool put_bytes(struct decision *decision, const struct item *item)
{
	uint8_t *bytes = decision_reserve(decision, item->value.len);

	if (bytes == NULL)
		return false;
	if (item->what == ITEM_FILL)
		memset(bytes, item->value.data[0], item->value.len);
	else if (item->value.len > 0)
		memcpy(bytes, item->value.data, item->value.len);
	decision_put(decision, &item->key, (struct span) { bytes, item->value.len },
		item->what == ITEM_PUT_FRESH);
	return true;
}

static void note_seen(struct test_reply *reply, uint32_t i, enum loaded loaded, struct span value)
{
	reply->present[i] = loaded == LOADED_PRESENT;
	reply->numbers[i] = 0;
	if (!reply->present[i])
		return;
	reply->len[i] = value.len;
	memcpy(reply->bytes[i], value.data,
		value.len < REPLY_BYTES_MAX ? value.len : REPLY_BYTES_MAX);
	if (value.len == 8)
		reply->numbers[i] = number_of(value);
}

enum step test_rule(struct decision *decision)
{
	const struct test_request *request = decision->request;
	struct test_reply *reply = decision->reply;
	bool fits = true;

	reply->n_runs++;
	reply->revision = decision->context.revision;
	reply->now_ms = decision->context.now_ms;
	reply->kept_from = decision->context.kept_from;
	reply->snapshot = decision->context.snapshot;
	reply->settings = decision->context.settings;
	for (uint32_t i = 0; i < request->n_items; i++) {
		const struct item *item = &request->items[i];
		struct span value;
		if (item->what != ITEM_GET && item->what != ITEM_ADD)
			continue;
		enum loaded loaded = decision_load(decision, &item->key, &value);
		if (loaded == LOADED_PRESENT || loaded == LOADED_ABSENT)
			note_seen(reply, i, loaded, value);
	}
	if (decision_pending(decision))
		return STEP_READ;
	for (uint32_t i = 0; fits && i < request->n_items; i++) {
		const struct item *item = &request->items[i];
		if (item->what == ITEM_ADD) {
			reply->numbers[i] += item->value.len;
			fits = put_number(decision, &item->key, reply->numbers[i]);
		} else if (item->what != ITEM_GET) {
			fits = put_bytes(decision, item);
		}
	}
	decision->accepted = !request->refused;
	if (!fits)
		return STEP_TOO_BIG;
	return request->end == STEP_READ ? STEP_DONE : request->end;
}

struct store_options test_options(enum store_engine engine, char *dir)
{
	const char *parent = getenv("TMPDIR");

	snprintf(dir, DIR_BYTES, "%s/peakpeeps-store-XXXXXX", parent == NULL ? "/tmp" : parent);
	cr_assert_not_null(mkdtemp(dir));
	return (struct store_options) {
		.engine = engine,
		.path = dir,
		.create = true,
		.free_bytes_min = 1,
		.rule = test_rule,
		.unicode_version = "15.0.0",
		/* Small, so that checkpoints happen in the middle of things. */
		.log = { .segment_bytes = 1024 * 1024,
			.memtable_records = 500,
			.checkpoint_ms = 15 },
	};
}

struct store *test_open(const struct store_options *options)
{
	char message[STORE_MESSAGE_BYTES];
	struct store *store = NULL;
	int err = store_open(options, &store, message);

	cr_assert_eq(err, 0, "%s: %s", pp_strerror(err), message);
	return store;
}

void test_remove(const char *dir)
{
	DIR *entries = opendir(dir);
	struct dirent *entry;

	cr_assert_not_null(entries);
	while ((entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(entries), entry->d_name, 0);
	}
	closedir(entries);
	rmdir(dir);
}

struct key key_of(uint8_t table, uint64_t number)
{
	struct key key;
	struct byte_writer writer;

	byte_writer_init(&writer, key.bytes, sizeof(key.bytes));
	write_u8(&writer, table);
	write_u64(&writer, number);
	key.len = (uint8_t)byte_writer_span(&writer).len;
	return key;
}

struct span span_of_text(const char *text)
{
	return (struct span) { (const uint8_t *)text, strlen(text) };
}

void add_item(struct test_request *request, enum item_do what, struct key key, struct span value)
{
	cr_assert_lt(request->n_items, ITEMS_MAX);
	request->items[request->n_items++] =
		(struct item) { .what = what, .key = key, .value = value };
}

void test_execute(struct store *store, const struct test_request *requests,
	struct test_reply *replies, size_t n, int64_t now_ms)
{
	struct store_op *ops = calloc(n, sizeof(*ops));
	struct store_op **list = calloc(n, sizeof(struct store_op *));
	size_t n_taken = 0;

	cr_assert(ops != NULL && list != NULL);
	for (size_t i = 0; i < n; i++) {
		replies[i] = (struct test_reply) { .revision = 0 };
		ops[i] = (struct store_op) { .request = &requests[i], .reply = &replies[i] };
		ops[i].result = 1;
		list[i] = &ops[i];
	}
	cr_assert_eq(store_execute(store, list, n, now_ms, &n_taken), 0);
	cr_assert_eq(n_taken, n);
	for (size_t i = 0; i < n; i++)
		cr_assert_eq(ops[i].result, 0);
	free(list);
	free(ops);
}

int test_execute_one(struct store *store, const struct test_request *request,
	struct test_reply *reply, int64_t now_ms)
{
	struct store_op op = { .request = request, .reply = reply, .result = 1 };
	struct store_op *list[] = { &op };
	size_t n_taken = 0;

	cr_assert_eq(store_execute(store, list, 1, now_ms, &n_taken), 0);
	cr_assert_eq(n_taken, 1);
	return op.result;
}

uint64_t test_read_number(struct store *store, struct key key)
{
	struct test_request request = { .n_items = 0 };
	struct test_reply reply = { .revision = 0 };
	struct store_op op = { .request = &request, .reply = &reply, .result = 1 };
	struct store_reader *reader;

	add_item(&request, ITEM_GET, key, (struct span) { NULL, 0 });
	cr_assert_eq(store_reader_open(store, &reader), 0);
	cr_assert_eq(store_reader_begin(reader), 0);
	store_read(reader, &op, 0);
	store_reader_end(reader);
	store_reader_close(reader);
	cr_assert_eq(op.result, 0);
	return reply.numbers[0];
}

void test_put(struct store *store, struct key key, const char *text, int64_t now_ms)
{
	struct test_request request = { .n_items = 0 };
	struct test_reply reply;

	add_item(&request, ITEM_PUT, key, span_of_text(text));
	test_execute(store, &request, &reply, 1, now_ms);
}

static bool key_before(const struct key *a, const struct key *b)
{
	int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

	return order < 0 || (order == 0 && a->len < b->len);
}

static void check_totals(struct store_snapshot *snapshot, const uint64_t n_records[256],
	const uint64_t checksum_xor[256])
{
	uint64_t sum = 0;

	for (uint32_t table = 0; table < 256; table++) {
		uint64_t n;
		uint64_t xor ;
		store_snapshot_table(snapshot, (uint8_t)table, &n, &xor);
		cr_assert_eq(n, n_records[table], "records of table %u", table);
		cr_assert_eq(xor, checksum_xor[table], "checksums of table %u", table);
		sum += n;
	}
	cr_assert_eq(store_snapshot_n_records(snapshot), sum);
}

uint64_t test_walk(struct store *store, uint64_t *n_records)
{
	static uint64_t counts[256];
	static uint64_t xors[256];
	struct store_snapshot *snapshot;
	struct key at = { .len = 0 };
	struct key found;
	struct span value;
	uint64_t digest = 0;
	int err;

	memset(counts, 0, sizeof(counts));
	memset(xors, 0, sizeof(xors));
	*n_records = 0;
	cr_assert_eq(store_snapshot_open(store, &snapshot), 0);
	while ((err = store_snapshot_next(snapshot, &at, *n_records > 0, &found, &value)) == 0) {
		bool present;
		struct span same;
		cr_assert(key_before(&at, &found));
		cr_assert_eq(store_snapshot_get(snapshot, &found, &present, &same), 0);
		cr_assert(present && same.len == value.len);
		cr_assert(same.len == 0 || memcmp(same.data, value.data, same.len) == 0);
		uint64_t checksum = store_record_checksum(&found, value);
		counts[found.bytes[0]]++;
		xors[found.bytes[0]] ^= checksum;
		digest = digest * UINT64_C(0x9e3779b97f4a7c15) + checksum;
		++*n_records;
		at = found;
	}
	cr_assert_eq(err, PP_ERR_NOT_FOUND);
	check_totals(snapshot, counts, xors);
	store_snapshot_close(snapshot);
	return digest;
}

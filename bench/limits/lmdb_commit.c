/* LMDB alone: the puts and the synced commit of N purchases, without deciding anything. */
#include <lmdb.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/histogram.h"
#include "bench/draw.h"
#include "bench/limits/probe.h"

/*
 * A purchase writes nine records, see domain/rules/record.h: it renews the user, the business, the
 * coupon and the counters, and adds a purchase, its journal record, its request id, the purchase by
 * request id and the user's count of the coupon. What is the same in a batch is put once; meta is
 * renewed by every commit. Keys and lengths are those of the store that it runs on.
 */
enum {
	RECORDS_EACH = 9,
	KEY_BYTES = 40,
	VALUE_BYTES_MAX = 4096,
};

struct put {
	uint8_t key[KEY_BYTES];
	uint8_t key_len;
	uint16_t value_len;
};

/* What the store holds: the lengths of its records and the newest ids. */
struct shape {
	uint64_t n_users;
	uint64_t n_businesses;
	uint64_t coupons_each;
	uint64_t last_purchase;
	uint64_t last_revision;
	uint16_t user, business, coupon, counters, journal, purchase, request, of_request, count;
	uint16_t meta;
};

/* The record of the store about itself that every commit renews. */
static const uint8_t meta_state[] = { 0, 'S' };

struct commits {
	MDB_env *env;
	MDB_dbi dbi;
	struct shape shape;
	struct draw draw;
	uint64_t id_ms;
	uint32_t n_puts;
	struct put puts[LIMITS_BATCH_MAX * RECORDS_EACH + 1];
	uint8_t value[VALUE_BYTES_MAX];
};

static struct put *add_put(struct commits *commits, uint8_t table, uint16_t value_len)
{
	struct put *put = &commits->puts[commits->n_puts++];

	put->key[0] = table;
	put->key_len = 1;
	put->value_len = value_len;
	return put;
}

static void add_number(struct put *put, uint64_t number, int bytes)
{
	for (int i = bytes - 1; i >= 0; i--)
		put->key[put->key_len++] = (uint8_t)(number >> (8 * i));
}

/* A request id as a client would have made it now: time first, then random. */
static void add_request_id(struct put *put, uint64_t time_ms, uint64_t high, uint64_t low)
{
	add_number(put, time_ms, 6);
	add_number(put, high, 2);
	add_number(put, low, 8);
}

static void add_purchase(struct commits *commits)
{
	struct shape *shape = &commits->shape;
	uint64_t user = 1 + draw_below(&commits->draw, shape->n_users);
	uint64_t business = 1 + draw_below(&commits->draw, shape->n_businesses);
	uint64_t coupon = 1 + draw_below(&commits->draw, shape->coupons_each);
	uint64_t high = draw_u64(&commits->draw);
	uint64_t low = draw_u64(&commits->draw);
	struct put *put = add_put(commits, 'U', shape->user);

	add_number(put, user, 8);
	add_number(put, 0, 1);
	put = add_put(commits, 'U', shape->count);
	add_number(put, user, 8);
	add_number(put, 1, 1);
	add_number(put, business * 1000000 + coupon, 8);
	put = add_put(commits, 'B', shape->business);
	add_number(put, business, 8);
	add_number(put, 0, 1);
	put = add_put(commits, 'B', shape->coupon);
	add_number(put, business, 8);
	add_number(put, 1, 1);
	add_number(put, coupon, 4);
	put = add_put(commits, 'P', shape->purchase);
	add_number(put, ++shape->last_purchase, 8);
	put = add_put(commits, 'J', shape->journal);
	add_number(put, ++shape->last_revision, 8);
	put = add_put(commits, 'R', shape->request);
	add_request_id(put, commits->id_ms, high, low);
	add_number(put, user, 8);
	put = add_put(commits, 'Q', shape->of_request);
	add_request_id(put, commits->id_ms, high, low);
	add_number(put, user, 8);
}

static int compare_puts(const void *a, const void *b)
{
	const struct put *left = a;
	const struct put *right = b;
	size_t len = left->key_len < right->key_len ? left->key_len : right->key_len;
	int order = memcmp(left->key, right->key, len);

	return order != 0 ? order : (int)left->key_len - (int)right->key_len;
}

static int put_all(struct commits *commits, MDB_cursor *cursor)
{
	int rc = 0;

	for (uint32_t i = 0; i < commits->n_puts && rc == 0; i++) {
		struct put *put = &commits->puts[i];
		MDB_val key = { .mv_size = put->key_len, .mv_data = put->key };
		MDB_val value = { .mv_size = put->value_len, .mv_data = commits->value };
		/* The same key again, as of two purchases from one business: put once. */
		if (i > 0 && compare_puts(put - 1, put) == 0)
			continue;
		memcpy(commits->value, &i, sizeof(i));
		rc = mdb_cursor_put(cursor, &key, &value, 0);
	}
	if (rc == 0) {
		MDB_val value = { .mv_size = commits->shape.meta, .mv_data = commits->value };
		MDB_val key = {
			.mv_size = sizeof(meta_state),
			.mv_data = (void *)(uintptr_t)meta_state,
		};
		rc = mdb_cursor_put(cursor, &key, &value, 0);
	}
	return rc;
}

/* One batch: gathered and sorted before the transaction, as the server does. */
static int commit_batch(struct commits *commits, uint32_t n)
{
	MDB_txn *txn;
	MDB_cursor *cursor;

	commits->n_puts = 0;
	commits->id_ms++;
	for (uint32_t i = 0; i < n; i++)
		add_purchase(commits);
	(void)add_put(commits, 'C', commits->shape.counters);
	qsort(commits->puts, commits->n_puts, sizeof(struct put), compare_puts);
	int rc = mdb_txn_begin(commits->env, NULL, 0, &txn);
	if (rc != 0)
		return rc;
	rc = mdb_cursor_open(txn, commits->dbi, &cursor);
	if (rc == 0) {
		rc = put_all(commits, cursor);
		mdb_cursor_close(cursor);
	}
	if (rc != 0) {
		mdb_txn_abort(txn);
		return rc;
	}
	return mdb_txn_commit(txn);
}

/* The record at or after a key (or the last before it) with that first byte; its value's length. */
static int find(MDB_cursor *cursor, const uint8_t *from, size_t len, bool before, MDB_val *key,
	uint16_t *value_len)
{
	MDB_val value;
	uint8_t table = before ? (uint8_t)(from[0] - 1) : from[0];

	*key = (MDB_val) { .mv_size = len, .mv_data = (void *)(uintptr_t)from };
	int rc = mdb_cursor_get(cursor, key, &value, MDB_SET_RANGE);
	if (before)
		rc = mdb_cursor_get(cursor, key, &value, rc == 0 ? MDB_PREV : MDB_LAST);
	if (rc == 0 && (*(uint8_t *)key->mv_data != table || value.mv_size > VALUE_BYTES_MAX ||
			       value.mv_size < sizeof(uint32_t)))
		rc = MDB_NOTFOUND;
	if (rc == 0)
		*value_len = (uint16_t)value.mv_size;
	return rc;
}

static uint64_t number_at(const MDB_val *key, size_t at, size_t bytes)
{
	const uint8_t *data = key->mv_data;
	uint64_t number = 0;

	for (size_t i = at; i < at + bytes && i < key->mv_size; i++)
		number = number << 8 | data[i];
	return number;
}

/* The last key of a table: everything before the next table's letter. */
static int find_last(MDB_cursor *cursor, uint8_t table, MDB_val *key, uint16_t *value_len)
{
	uint8_t after = (uint8_t)(table + 1);

	return find(cursor, &after, 1, true, key, value_len);
}

/* The last count of a user's purchases of a coupon. */
static int find_last_count(MDB_cursor *cursor, uint16_t *value_len)
{
	MDB_val key, value;
	int rc = find_last(cursor, 'U', &key, value_len);

	while (rc == 0 && number_at(&key, 9, 1) != 1) {
		rc = mdb_cursor_get(cursor, &key, &value, MDB_PREV);
		*value_len = rc == 0 ? (uint16_t)value.mv_size : 0;
	}
	return rc;
}

static int read_shape(MDB_cursor *cursor, struct shape *shape)
{
	static const uint8_t first_user[] = { 'U', 0, 0, 0, 0, 0, 0, 0, 1, 0 };
	static const uint8_t first_business[] = { 'B', 0, 0, 0, 0, 0, 0, 0, 1, 0 };
	static const uint8_t counters[] = { 'C' };
	MDB_val business, user, journal, purchase, any;
	const struct row {
		uint8_t table;
		MDB_val *key;
		uint16_t *len;
	} rows[] = {
		{ 'B', &business, &shape->coupon },
		{ 'U', &user, &shape->user },
		{ 'J', &journal, &shape->journal },
		{ 'P', &purchase, &shape->purchase },
		{ 'Q', &any, &shape->of_request },
		{ 'R', &any, &shape->request },
	};
	int rc = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows) && rc == 0; i++)
		rc = find_last(cursor, rows[i].table, rows[i].key, rows[i].len);
	if (rc != 0)
		return rc;
	shape->n_businesses = number_at(&business, 1, 8);
	shape->coupons_each = number_at(&business, 10, 4);
	shape->n_users = number_at(&user, 1, 8);
	shape->last_revision = number_at(&journal, 1, 8);
	shape->last_purchase = number_at(&purchase, 1, 8);
	rc = find(cursor, first_user, sizeof(first_user), false, &any, &shape->user);
	if (rc == 0)
		rc = find(cursor, first_business, sizeof(first_business), false, &any,
			&shape->business);
	if (rc == 0)
		rc = find(cursor, counters, sizeof(counters), false, &any, &shape->counters);
	if (rc == 0)
		rc = find_last_count(cursor, &shape->count);
	if (rc == 0)
		rc = find(cursor, meta_state, sizeof(meta_state), false, &any, &shape->meta);
	return rc;
}

static int open_store(struct commits *commits, const char *path)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	int rc = mdb_env_create(&commits->env);

	if (rc == 0)
		rc = mdb_env_set_mapsize(commits->env, (size_t)1 << 40);
	if (rc == 0)
		rc = mdb_env_open(commits->env, path, 0, 0600);
	if (rc == 0)
		rc = mdb_txn_begin(commits->env, NULL, MDB_RDONLY, &txn);
	if (rc != 0)
		return rc;
	rc = mdb_dbi_open(txn, NULL, 0, &commits->dbi);
	if (rc == 0)
		rc = mdb_cursor_open(txn, commits->dbi, &cursor);
	if (rc == 0) {
		rc = read_shape(cursor, &commits->shape);
		mdb_cursor_close(cursor);
	}
	mdb_txn_abort(txn);
	return rc;
}

static int commit_until(struct commits *commits, const struct limits_options *options,
	struct histogram *durations, double *seconds)
{
	int64_t from_ns = limits_now_ns() + options->warmup_ms * 1000000;
	int64_t until_ns = from_ns + options->duration_ms * 1000000;
	int64_t now_ns = from_ns - 1;
	int64_t due_ns = limits_now_ns();
	int rc = 0;

	while (now_ns < until_ns && rc == 0) {
		int64_t before_ns = limits_wait_until(due_ns);
		due_ns = before_ns + options->every_us * 1000;
		rc = commit_batch(commits, options->batch);
		now_ns = limits_now_ns();
		if (now_ns >= from_ns)
			histogram_add(durations, now_ns - before_ns);
	}
	*seconds = (double)(now_ns - from_ns) / 1e9;
	return rc;
}

static void print_result(const struct commits *commits, const struct limits_options *options,
	const struct histogram *durations, double seconds)
{
	const struct shape *shape = &commits->shape;
	unsigned bytes = shape->user + shape->count + shape->business + shape->coupon +
			 shape->purchase + shape->journal + shape->request + shape->of_request;

	printf("what=lmdb batch=%u commits=%llu purchases_per_second=%.0f p50_us=%.0f p99_us=%.0f "
	       "value_bytes_each=%u\n",
		options->batch, (unsigned long long)durations->n,
		(double)durations->n * options->batch / seconds,
		(double)histogram_percentile(durations, 0.5) / 1e3,
		(double)histogram_percentile(durations, 0.99) / 1e3, bytes);
}

int limits_lmdb(const struct limits_options *options)
{
	double seconds = 0;
	int status = 1;
	struct commits *commits = calloc(1, sizeof(*commits));
	struct histogram_ns *durations = calloc(1, sizeof(*durations));

	if (commits == NULL || durations == NULL) {
		limits_complain("out of memory", "the machine has too little", "free some");
		goto out;
	}
	histogram_ns_init(durations);
	draw_init(&commits->draw, options->seed);
	/* After every request id of the store, which were made before now. */
	commits->id_ms = (uint64_t)limits_wall_ms();
	int rc = open_store(commits, options->path);
	if (rc != 0) {
		limits_complain("the copy of a store cannot be used", mdb_strerror(rc),
			"copy a store into which peakpeeps-bench has bought");
		goto out;
	}
	rc = commit_until(commits, options, &durations->h, &seconds);
	if (rc != 0) {
		limits_complain("a commit failed", mdb_strerror(rc), "look at the disk");
		goto out;
	}
	print_result(commits, options, &durations->h, seconds);
	status = 0;
out:
	if (commits != NULL)
		mdb_env_close(commits->env);
	free(durations);
	free(commits);
	return status;
}

int limits_commits(const struct limits_options *options)
{
	MDB_env *env = NULL;
	MDB_envinfo info;
	int rc = mdb_env_create(&env);

	if (rc == 0)
		rc = mdb_env_open(env, options->path, MDB_RDONLY, 0600);
	if (rc == 0)
		rc = mdb_env_info(env, &info);
	mdb_env_close(env);
	if (rc != 0)
		return limits_complain("the store cannot be read", mdb_strerror(rc),
			"name the folder that holds data.mdb: --path STORE");
	printf("what=commits commits=%llu\n", (unsigned long long)info.me_last_txnid);
	return 0;
}

/* The rules alone: purchases decided through the driver over a memtable: no disk, no wire. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/draw.h"
#include "bench/limits/probe.h"
#include "bench/shot.h"
#include "domain/rules/decide.h"
#include "proto/codec.h"
#include "storage/driver.h"
#include "storage/memtable.h"
#include "storage/wal.h"

enum {
	RULES_ARENA_BYTES = 256 * 1024,
	COINS_EACH = 1000 * 1000 * 1000,
	PRICE = 10,
	RULES_RECORDS_MAX = 4 * 1024 * 1024,
	RULES_BYTES_MAX = 512 * 1024 * 1024,
	TOUCH_BYTES = 64 * 1024,
	TOUCH_RECORDS = RULES_RECORDS_MAX / (RULES_BYTES_MAX / TOUCH_BYTES), /* of a block */
};

/* ---- An engine that is a memtable ---- */

struct table_engine {
	struct engine base;
	struct memtable *table;
	uint64_t n_batches;
	uint64_t n_records; /* put so far, and their bytes as in the log */
	uint64_t n_bytes;
	bool full;
};

static struct table_engine *engine_of(struct engine *engine)
{
	return (struct table_engine *)engine;
}

static void limits(const struct engine *engine, uint32_t *n_records_max, size_t *n_bytes_max)
{
	(void)engine;
	*n_records_max = OVERLAY_ENTRIES_MAX;
	*n_bytes_max = OVERLAY_BYTES_MAX;
}

static int batch_begin(struct engine *engine)
{
	(void)engine;
	return 0;
}

static void batch_abort(struct engine *engine)
{
	(void)engine;
}

static int batch_get(struct engine *engine, const struct key *key, struct span *out)
{
	struct table_engine *table = engine_of(engine);

	return memtable_get(table->table, key, table->n_batches, out);
}

static int batch_commit(struct engine *engine, const struct engine_changes *changes)
{
	struct table_engine *table = engine_of(engine);
	size_t len = 0;

	for (size_t i = 0; i < changes->n_puts; i++)
		len += changes->puts[i].value.len;
	table->full = !memtable_has_room(table->table, (uint32_t)changes->n_puts, len);
	if (table->full)
		return PP_ERR_STORAGE_FULL;
	uint8_t *at = memtable_block(table->table, len);
	table->n_batches++;
	for (size_t i = 0; i < changes->n_puts; i++) {
		const struct engine_put *put = &changes->puts[i];
		struct engine_put copied = *put;
		copied.value.data = at;
		memcpy(at, put->value.data, put->value.len);
		int err = memtable_put(table->table, &copied, table->n_batches);
		if (err != 0)
			return err;
		at += put->value.len;
		table->n_bytes += put->key->len + put->value.len + WAL_RECORD_BYTES;
	}
	table->n_records += changes->n_puts;
	return 0;
}

static int usage(const struct engine *engine, uint64_t *file_bytes, uint64_t *free_bytes)
{
	(void)engine;
	*file_bytes = 0;
	*free_bytes = UINT64_MAX;
	return 0;
}

static int health(const struct engine *engine)
{
	(void)engine;
	return 0;
}

/* What the driver calls of an engine whose puts need no order. */
static const struct engine_ops engine_table = {
	.commit_mode = "memtable",
	.logged = true,
	.limits = limits,
	.batch_begin = batch_begin,
	.batch_get = batch_get,
	.batch_commit = batch_commit,
	.batch_abort = batch_abort,
	.usage = usage,
	.health = health,
};

/* Fills the table and empties it again, as that of a server that has run for a while. */
static int touch(struct memtable *table)
{
	struct key key = { .len = 9, .bytes = { 'T' } };
	uint64_t n = 0;

	while (memtable_has_room(table, TOUCH_RECORDS, TOUCH_BYTES)) {
		uint8_t *block = memtable_block(table, TOUCH_BYTES);
		memset(block, 0x5a, TOUCH_BYTES);
		for (int i = 0; i < TOUCH_RECORDS; i++) {
			struct engine_put put = { .key = &key, .value = { block, 1 } };
			n++;
			memcpy(key.bytes + 1, &n, sizeof(n));
			int err = memtable_put(table, &put, 1);
			if (err != 0)
				return err;
		}
	}
	memtable_reset(table);
	return 0;
}

/* ---- Requests ---- */

struct rules_bench {
	struct table_engine engine;
	struct driver driver;
	struct rule_settings settings;
	struct dataset dataset;
	struct draw draw;
	int64_t now_ms;
	uint64_t n_refused;

	/* One batch. */
	uint32_t n;
	struct shot_body bodies[STORE_BATCH_MAX];
	struct pp_request requests[STORE_BATCH_MAX];
	struct pp_response replies[STORE_BATCH_MAX];
	struct decide_request decides[STORE_BATCH_MAX];
	struct store_op ops[STORE_BATCH_MAX];
	struct store_op *batch[STORE_BATCH_MAX];
	struct arena arenas[STORE_BATCH_MAX];
};

/* A UUIDv7 of the batch's time. */
static struct pp_uuid new_request_id(struct rules_bench *bench)
{
	struct pp_uuid id;
	uint64_t random[2] = { draw_u64(&bench->draw), draw_u64(&bench->draw) };

	memcpy(id.bytes, random, sizeof(id.bytes));
	for (int i = 0; i < 6; i++)
		id.bytes[i] = (uint8_t)((uint64_t)bench->now_ms >> (40 - 8 * i));
	id.bytes[6] = (uint8_t)(0x70 | (id.bytes[6] & 0x0f));
	id.bytes[8] = (uint8_t)(0x80 | (id.bytes[8] & 0x3f));
	return id;
}

static void add_request(struct rules_bench *bench, struct shot *shot)
{
	uint32_t i = bench->n++;
	uint64_t random[2] = { draw_u64(&bench->draw), draw_u64(&bench->draw) };
	struct decide_request *decide_request = &bench->decides[i];

	shot->request_id = new_request_id(bench);
	arena_reset(&bench->arenas[i]);
	shot_request(shot, &bench->bodies[i], &bench->requests[i]);
	decide_request->request = &bench->requests[i];
	codec_request_hash(&bench->requests[i], decide_request->hash);
	memcpy(decide_request->random, random, sizeof(decide_request->random));
	bench->replies[i] = (struct pp_response) { .seq = 0 };
	bench->ops[i] = (struct store_op) {
		.request = decide_request,
		.reply = &bench->replies[i],
		.arena = &bench->arenas[i],
	};
	bench->batch[i] = &bench->ops[i];
}

static int execute(struct rules_bench *bench)
{
	size_t at = 0;

	while (at < bench->n) {
		size_t n_taken;
		int err = driver_execute(
			&bench->driver, bench->batch + at, bench->n - at, bench->now_ms, &n_taken);
		if (err != 0)
			return err;
		at += n_taken;
	}
	if (bench->engine.full)
		return PP_ERR_STORAGE_FULL;
	for (uint32_t i = 0; i < bench->n; i++)
		bench->n_refused += bench->ops[i].result != 0 || bench->replies[i].status != NULL;
	bench->n = 0;
	bench->now_ms++;
	return 0;
}

static void add_thing(struct rules_bench *bench, enum shot_kind kind, uint64_t i)
{
	struct shot shot = { .kind = kind, .subject = i + 1 };

	if (kind == SHOT_CREDIT) {
		shot.coins = COINS_EACH;
	} else if (kind == SHOT_CREATE_BUSINESS) {
		shot.actor = dataset_owner_of(&bench->dataset, i + 1);
	} else if (kind == SHOT_CREATE_COUPON) {
		shot.coupon = i;
		shot.coins = PRICE;
		shot.subject = dataset_business_of(&bench->dataset, i);
		shot.actor = dataset_owner_of(&bench->dataset, shot.subject);
	}
	add_request(bench, &shot);
}

static int prepare(struct rules_bench *bench)
{
	const struct {
		enum shot_kind kind;
		uint64_t n;
	} steps[] = {
		{ SHOT_CREATE_USER, bench->dataset.n_users },
		{ SHOT_CREDIT, bench->dataset.n_users },
		{ SHOT_CREATE_BUSINESS, bench->dataset.n_businesses },
		{ SHOT_CREATE_COUPON, bench->dataset.n_coupons },
	};
	int err = 0;

	for (size_t k = 0; k < ARRAY_LEN(steps) && err == 0; k++) {
		for (uint64_t i = 0; i < steps[k].n && err == 0; i++) {
			add_thing(bench, steps[k].kind, i);
			if (bench->n == 1024 || i + 1 == steps[k].n)
				err = execute(bench);
		}
	}
	ASSERT(err != 0 || bench->n_refused == 0);
	return err;
}

static void add_purchases(struct rules_bench *bench, uint32_t n)
{
	for (uint32_t i = 0; i < n; i++) {
		struct shot shot = {
			.kind = SHOT_PURCHASE,
			.actor = 1 + draw_below(&bench->draw, bench->dataset.n_users),
			.coupon = draw_below(&bench->draw, bench->dataset.n_coupons),
			.version = 1,
		};
		shot.subject = dataset_coupon_id(&bench->dataset, shot.coupon);
		add_request(bench, &shot);
	}
}

/* ---- Measuring ---- */

static int measure(struct rules_bench *bench, uint32_t batch, int64_t duration_ns, uint64_t *n,
	int64_t *spent_ns)
{
	*n = 0;
	*spent_ns = 0;
	while (*spent_ns < duration_ns) {
		add_purchases(bench, batch);
		int64_t begun_ns = limits_cpu_ns();
		int err = execute(bench);
		*spent_ns += limits_cpu_ns() - begun_ns;
		if (err == PP_ERR_STORAGE_FULL)
			return 0; /* so much for this run */
		if (err != 0)
			return err;
		*n += batch;
	}
	return 0;
}

static int init(struct rules_bench *bench, const struct limits_options *options)
{
	struct store_options store_options = {
		.rule = decide,
		.rule_settings = &bench->settings,
	};
	static const struct meta_state empty;

	bench->dataset = (struct dataset) { 33000, 16500, 33000 };
	bench->now_ms = limits_wall_ms();
	bench->engine.base.ops = &engine_table;
	rule_settings_default(&bench->settings);
	draw_init(&bench->draw, options->seed);
	for (size_t i = 0; i < ARRAY_LEN(bench->arenas); i++)
		arena_init(&bench->arenas[i], RULES_ARENA_BYTES, NULL);
	int err = memtable_new(
		RULES_BYTES_MAX, RULES_RECORDS_MAX, draw_u64(&bench->draw), &bench->engine.table);
	if (err == 0)
		err = touch(bench->engine.table);
	return err != 0 ? err
			: driver_init(&bench->driver, &bench->engine.base, &store_options, &empty);
}

static int run(struct rules_bench *bench, const struct limits_options *options)
{
	uint64_t n;
	int64_t spent_ns;
	int err = prepare(bench);

	if (err == 0)
		err = measure(bench, options->batch, options->warmup_ms * 1000000, &n, &spent_ns);
	if (err != 0)
		return err;
	uint64_t n_records = bench->engine.n_records;
	uint64_t n_bytes = bench->engine.n_bytes;
	uint64_t n_batches = bench->engine.n_batches;
	err = measure(bench, options->batch, options->duration_ms * 1000000, &n, &spent_ns);
	if (err != 0 || n == 0)
		return err != 0 ? err : PP_ERR_STORAGE_FULL;
	n_batches = bench->engine.n_batches - n_batches;
	printf("what=rules batch=%u purchases_per_second=%.0f ns_each=%.0f records_each=%.2f "
	       "batch_bytes=%.0f refused=%llu\n",
		options->batch, (double)n * 1e9 / (double)spent_ns, (double)spent_ns / (double)n,
		(double)(bench->engine.n_records - n_records) / (double)n,
		(double)(bench->engine.n_bytes - n_bytes) / (double)n_batches + WAL_HEADER_BYTES,
		(unsigned long long)bench->n_refused);
	return 0;
}

int limits_rules(const struct limits_options *options)
{
	struct rules_bench *bench = calloc(1, sizeof(*bench));

	if (bench == NULL)
		return limits_complain("out of memory", "the machine has too little", "free some");
	int err = init(bench, options);
	if (err == 0) {
		err = run(bench, options);
		driver_free(&bench->driver);
	}
	memtable_free(bench->engine.table);
	for (size_t i = 0; i < ARRAY_LEN(bench->arenas); i++)
		arena_free(&bench->arenas[i]);
	free(bench);
	if (err != 0)
		return limits_complain(
			"the rules cannot be run", pp_strerror(err), "free some memory");
	return 0;
}

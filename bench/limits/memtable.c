/* The memtable alone: put, get and sort, of records as long as a purchase's. */
#include "storage/memtable.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/draw.h"
#include "bench/limits/probe.h"

enum {
	TABLE_KEY_BYTES = 14,
	TABLE_VALUE_BYTES = 96,
	TABLE_RECORDS_EACH_BATCH = 1000,
	TABLE_BLOCK_BYTES = TABLE_RECORDS_EACH_BATCH * TABLE_VALUE_BYTES,
};

/* Times of all rounds together. */
struct table_bench {
	struct memtable *table;
	uint32_t n_keys;
	struct draw draw;
	struct key *keys;   /* the same records in each round, in no order */
	uint64_t n_batches; /* since the reset */
	int64_t put_ns, get_ns, miss_ns, sort_ns, reset_ns;
	uint64_t n_put, n_get;
	uint64_t sum;
};

static void make_keys(struct table_bench *bench)
{
	for (uint32_t i = 0; i < bench->n_keys; i++) {
		struct key *key = &bench->keys[i];
		uint64_t number = draw_u64(&bench->draw);
		key->len = TABLE_KEY_BYTES;
		key->bytes[0] = 'P';
		memcpy(key->bytes + 1, &number, sizeof(number));
		/* So that no two are equal. */
		memcpy(key->bytes + 1 + sizeof(number), &i, sizeof(i));
	}
}

static void put_all(struct table_bench *bench)
{
	int64_t begun_ns = limits_cpu_ns();

	for (uint32_t i = 0; i < bench->n_keys; i += TABLE_RECORDS_EACH_BATCH) {
		uint8_t *block = memtable_block(bench->table, TABLE_BLOCK_BYTES);
		bench->n_batches++;
		for (uint32_t k = i; k < bench->n_keys && k < i + TABLE_RECORDS_EACH_BATCH; k++) {
			struct span value = { block, TABLE_VALUE_BYTES };
			memset(block, (int)k, TABLE_VALUE_BYTES);
			struct engine_put put = { .key = &bench->keys[k], .value = value };
			int err = memtable_put(bench->table, &put, bench->n_batches);
			ASSERT(err == 0);
			block += TABLE_VALUE_BYTES;
		}
	}
	bench->put_ns += limits_cpu_ns() - begun_ns;
	bench->n_put += bench->n_keys;
}

static void get_all(struct table_bench *bench)
{
	struct span value;
	int64_t begun_ns = limits_cpu_ns();

	for (uint32_t i = 0; i < bench->n_keys; i++) {
		const struct key *key = &bench->keys[draw_below(&bench->draw, bench->n_keys)];
		if (memtable_get(bench->table, key, bench->n_batches, &value) == 0)
			bench->sum += value.data[0];
	}
	int64_t middle_ns = limits_cpu_ns();
	for (uint32_t i = 0; i < bench->n_keys; i++) {
		struct key key = bench->keys[draw_below(&bench->draw, bench->n_keys)];
		key.bytes[0] = 'Q';
		if (memtable_get(bench->table, &key, bench->n_batches, &value) == 0)
			bench->sum += value.data[0];
	}
	bench->get_ns += middle_ns - begun_ns;
	bench->miss_ns += limits_cpu_ns() - middle_ns;
	bench->n_get += bench->n_keys;
}

static void sort_all(struct table_bench *bench)
{
	size_t n;
	int64_t begun_ns = limits_cpu_ns();
	const struct engine_put *sorted = memtable_sort(bench->table, &n);

	/* As a checkpoint does, all are looked at in order. */
	for (size_t i = 0; i < n; i++)
		bench->sum += sorted[i].value.data[0];
	ASSERT(n == bench->n_keys);
	int64_t middle_ns = limits_cpu_ns();
	memtable_reset(bench->table);
	bench->n_batches = 0;
	bench->sort_ns += middle_ns - begun_ns;
	bench->reset_ns += limits_cpu_ns() - middle_ns;
}

static void measure(struct table_bench *bench, int64_t duration_ns)
{
	int64_t until_ns = limits_cpu_ns() + duration_ns;

	do {
		put_all(bench);
		get_all(bench);
		sort_all(bench);
	} while (limits_cpu_ns() < until_ns);
}

int limits_memtable(const struct limits_options *options)
{
	struct table_bench bench = { .n_keys = options->keys };
	size_t n_bytes = (size_t)options->keys * TABLE_VALUE_BYTES * 2 + TABLE_BLOCK_BYTES;

	draw_init(&bench.draw, options->seed);
	bench.keys = calloc(bench.n_keys, sizeof(*bench.keys));
	if (bench.keys == NULL ||
		memtable_new(n_bytes, bench.n_keys, draw_u64(&bench.draw), &bench.table) != 0) {
		free(bench.keys);
		return limits_complain(
			"out of memory", "so many records take more", "--keys with fewer");
	}
	make_keys(&bench);
	measure(&bench, options->warmup_ms * 1000000);
	struct table_bench warm = bench;
	measure(&bench, options->duration_ms * 1000000);
	double n_put = (double)(bench.n_put - warm.n_put);
	double n_get = (double)(bench.n_get - warm.n_get);
	printf("what=memtable keys=%u put_ns=%.0f get_ns=%.0f miss_ns=%.0f sort_ns=%.0f "
	       "reset_ns=%.1f sum=%llu\n",
		bench.n_keys, (double)(bench.put_ns - warm.put_ns) / n_put,
		(double)(bench.get_ns - warm.get_ns) / n_get,
		(double)(bench.miss_ns - warm.miss_ns) / n_get,
		(double)(bench.sort_ns - warm.sort_ns) / n_put,
		(double)(bench.reset_ns - warm.reset_ns) / n_put, (unsigned long long)bench.sum);
	memtable_free(bench.table);
	free(bench.keys);
	return 0;
}

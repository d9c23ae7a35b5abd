#include "storage/memtable.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ALIGNMENT = MEMTABLE_BLOCK_ALIGNMENT };

static struct memtable *table_of(size_t n_bytes_max, uint32_t n_records_max, uint64_t seed)
{
	struct memtable *memtable;

	cr_assert_eq(memtable_new(n_bytes_max, n_records_max, seed, &memtable), 0);
	return memtable;
}

static struct key key_of(const char *bytes, size_t len)
{
	struct key key = { .len = (uint8_t)len };

	memcpy(key.bytes, bytes, len);
	return key;
}

static void put_at(struct memtable *memtable, struct key key, struct span value, uint64_t batch)
{
	struct engine_put put = { .key = &key, .value = value };

	cr_assert_eq(memtable_put(memtable, &put, batch), 0);
}

static void put(struct memtable *memtable, struct key key, const char *value, uint64_t batch)
{
	size_t len = strlen(value);
	uint8_t *block = memtable_block(memtable, len);

	memcpy(block, value, len);
	put_at(memtable, key, (struct span) { block, len }, batch);
}

/* NULL: there must be none. */
static void check(
	const struct memtable *memtable, struct key key, uint64_t batch_max, const char *expected)
{
	struct span found = { NULL, 0 };
	int err = memtable_get(memtable, &key, batch_max, &found);

	cr_assert_eq(err, expected == NULL ? PP_ERR_NOT_FOUND : 0, "%.*s at %lu", key.len,
		key.bytes, (unsigned long)batch_max);
	if (expected == NULL)
		return;
	cr_assert_eq(found.len, strlen(expected));
	cr_assert(memcmp(found.data, expected, found.len) == 0, "%s", expected);
}

Test(memtable, shows_the_newest_version_of_a_batch_or_an_earlier_one)
{
	static const struct {
		const char *key;
		uint64_t batch;
		const char *value;
	} puts[] = {
		{ "a", 7, "a7" },
		{ "b", 7, "" },
		{ "a", 8, "a8" },
		{ "c", 10, "c10" },
		{ "a", 20, "a20" },
		{ "b", 20, "b20" },
		{ "a", 7 + (uint64_t)UINT32_MAX, "late" },
	};
	static const struct {
		const char *key;
		uint64_t batch_max;
		const char *value;
	} rows[] = {
		{ "a", 0, NULL },
		{ "a", 6, NULL },
		{ "a", 7, "a7" },
		{ "a", 8, "a8" },
		{ "a", 19, "a8" },
		{ "a", 20, "a20" },
		{ "a", 6 + (uint64_t)UINT32_MAX, "a20" },
		{ "a", 7 + (uint64_t)UINT32_MAX, "late" },
		{ "a", UINT64_MAX, "late" },
		{ "b", 6, NULL },
		{ "b", 7, "" },
		{ "b", 19, "" },
		{ "b", 20, "b20" },
		{ "c", 9, NULL }, /* the table is older than the key */
		{ "c", 10, "c10" },
		{ "c", UINT64_MAX, "c10" },
		{ "d", UINT64_MAX, NULL },
		{ "", UINT64_MAX, NULL },
	};
	struct memtable *memtable = table_of(16 * ALIGNMENT, 16, 1);

	check(memtable, key_of("a", 1), UINT64_MAX, NULL);
	for (size_t i = 0; i < ARRAY_LEN(puts); i++)
		put(memtable, key_of(puts[i].key, strlen(puts[i].key)), puts[i].value,
			puts[i].batch);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		check(memtable, key_of(rows[i].key, strlen(rows[i].key)), rows[i].batch_max,
			rows[i].value);
	cr_assert_eq(memtable_n_records(memtable), ARRAY_LEN(puts));
	memtable_free(memtable);
	memtable_free(NULL);
}

Test(memtable, tells_keys_apart_by_every_byte_and_their_length)
{
	static const struct {
		const char *bytes;
		size_t len;
	} keys[] = {
		{ "", 0 },
		{ "\0", 1 },
		{ "\0\0", 2 },
		{ "\0\0\0\0\0\0\0\0", 8 },
		{ "\0\0\0\0\0\0\0\0\0", 9 },
		{ "a", 1 },
		{ "a\0", 2 },
		{ "a\0b", 3 },
		{ "a\0c", 3 },
		{ "ab", 2 },
		{ "abcdefgh", 8 },
		{ "abcdefgh\0", 9 },
		{ "abcdefghabcdefgh", 16 },
		{ "abcdefghabcdefgh\0", 17 },
		{ "abcdefghabcdefghabcdefghabcdefghabcdefgh", 40 },
		{ "abcdefghabcdefghabcdefghabcdefghabcdefgi", 40 },
		{ "\xff", 1 },
		{ "\xff\xff", 2 },
	};
	char name[16];

	/* Few slots and several seeds, so that they collide in many ways. */
	for (uint64_t seed = 0; seed < 20; seed++) {
		struct memtable *memtable = table_of(32 * ALIGNMENT, ARRAY_LEN(keys), seed);
		/* Backwards, so that the order of the table is not that of the puts. */
		for (size_t i = ARRAY_LEN(keys); i-- > 0;) {
			snprintf(name, sizeof(name), "value %zu", i);
			check(memtable, key_of(keys[i].bytes, keys[i].len), UINT64_MAX, NULL);
			put(memtable, key_of(keys[i].bytes, keys[i].len), name, 1);
		}
		size_t n_sorted;
		const struct engine_put *sorted = memtable_sort(memtable, &n_sorted);
		cr_assert_eq(n_sorted, ARRAY_LEN(keys));
		for (size_t i = 0; i < ARRAY_LEN(keys); i++) {
			struct key key = key_of(keys[i].bytes, keys[i].len);
			snprintf(name, sizeof(name), "value %zu", i);
			check(memtable, key, 1, name);
			cr_assert_eq(key_compare(sorted[i].key, &key), 0, "place %zu", i);
		}
		memtable_free(memtable);
	}
}

Test(memtable, blocks_are_aligned_padded_with_zeros_and_apart)
{
	static const size_t sizes[] = { 0, 1, 511, 512, 513, 1024, 1500 };
	struct memtable *memtable = table_of(16 * ALIGNMENT, 1, 1);

	for (int round = 0; round < 2; round++) { /* the second time there is rubbish in it */
		uint8_t *expected = NULL;
		for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
			size_t rounded = (sizes[i] + ALIGNMENT - 1) / ALIGNMENT * ALIGNMENT;
			uint8_t *block = memtable_block(memtable, sizes[i]);
			cr_assert_eq((uintptr_t)block % ALIGNMENT, 0);
			cr_assert(expected == NULL || block == expected);
			for (size_t j = sizes[i]; j < rounded; j++)
				cr_assert_eq(block[j], 0, "%zu of %zu", j, sizes[i]);
			memset(block, 0xee, rounded);
			expected = block + rounded;
		}
		cr_assert_eq(memtable_n_bytes(memtable), (0 + 1 + 1 + 1 + 2 + 2 + 3) * ALIGNMENT);
		memtable_reset(memtable);
		cr_assert_eq(memtable_n_bytes(memtable), 0);
	}
	memtable_free(memtable);
}

Test(memtable, has_room_for_exactly_what_fits)
{
	static const struct {
		size_t n_used;
		uint32_t n_records;
		size_t n_bytes;
		bool room;
	} rows[] = {
		{ 0, 0, 0, true },
		{ 0, 4, 4 * ALIGNMENT, true },
		{ 0, 5, 0, false },
		{ 0, 0, 4 * ALIGNMENT + 1, false },
		{ 0, UINT32_MAX, 0, false },
		{ 0, 0, SIZE_MAX, false },
		{ 1, 3, 3 * ALIGNMENT, true },
		{ 1, 3, 3 * ALIGNMENT - 1, true },
		{ 1, 4, 0, false },
		{ 1, 0, 3 * ALIGNMENT + 1, false },
		{ 4, 0, 0, true },
		{ 4, 1, 0, false },
		{ 4, 0, 1, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		/* What is behind the last whole block is of no use. */
		struct memtable *memtable = table_of(5 * ALIGNMENT - 1, 4, 1);
		for (size_t j = 0; j < rows[i].n_used; j++)
			put(memtable, key_of("hot", 3), "v", j); /* one record each, all one key */
		cr_assert_eq(memtable_has_room(memtable, rows[i].n_records, rows[i].n_bytes),
			rows[i].room, "row %zu", i);
		if (rows[i].room) {
			struct span value = { memtable_block(memtable, rows[i].n_bytes), 0 };
			for (uint32_t j = 0; j < rows[i].n_records; j++) {
				struct key key = { .len = 1, .bytes = { (uint8_t)j } };
				value.len = rows[i].n_bytes;
				put_at(memtable, key, value, 100);
			}
			cr_assert_eq(
				memtable_n_records(memtable), rows[i].n_used + rows[i].n_records);
		}
		memtable_free(memtable);
	}
}

Test(memtable, keeps_every_version_of_a_hot_key)
{
	enum { BATCHES = 5000 };
	struct memtable *memtable = table_of(ALIGNMENT * BATCHES, 2 * BATCHES, 1);
	struct key hot = key_of("hot", 3);
	struct key key;
	char name[16];

	for (uint64_t batch = 1; batch <= BATCHES; batch++) {
		snprintf(name, sizeof(name), "%lu", (unsigned long)batch);
		uint8_t *block = memtable_block(memtable, sizeof(name));
		memcpy(block, name, sizeof(name));
		struct span value = { block, strlen(name) };
		put_at(memtable, hot, value, batch);
		key = key_of(name, strlen(name));
		put_at(memtable, key, value, batch); /* and one that is cold */
	}
	cr_assert_not(memtable_has_room(memtable, 1, 0));
	for (uint64_t batch = 1; batch <= BATCHES; batch++) {
		snprintf(name, sizeof(name), "%lu", (unsigned long)batch);
		check(memtable, hot, batch, name);
		check(memtable, key_of(name, strlen(name)), batch - 1, NULL);
		check(memtable, key_of(name, strlen(name)), batch, name);
	}
	size_t n_sorted;
	const struct engine_put *sorted = memtable_sort(memtable, &n_sorted);
	cr_assert_eq(n_sorted, BATCHES + 1);
	cr_assert_eq(key_compare(sorted[BATCHES].key, &hot), 0);
	cr_assert_eq(sorted[BATCHES].value.len, strlen("5000"));
	cr_assert(memcmp(sorted[BATCHES].value.data, "5000", 4) == 0);
	memtable_free(memtable);
}

Test(memtable, refuses_a_fresh_key_that_is_there)
{
	struct memtable *memtable = table_of(8 * ALIGNMENT, 8, 1);
	struct key old = key_of("old", 3);
	struct key young = key_of("young", 5);
	uint8_t *block = memtable_block(memtable, 1);
	struct engine_put put = { .key = &young, .value = { block, 1 }, .fresh = true };
	size_t n_sorted;

	*block = 'v';
	put_at(memtable, old, put.value, 1);
	cr_assert_eq(memtable_put(memtable, &put, 1), 0);
	cr_assert_eq(memtable_put(memtable, &put, 2), PP_ERR_CORRUPT);
	put.key = &old;
	cr_assert_eq(memtable_put(memtable, &put, 2), PP_ERR_CORRUPT);
	cr_assert_eq(memtable_n_records(memtable), 2);
	put_at(memtable, young, (struct span) { block, 0 }, 3); /* a later value, not fresh */
	check(memtable, young, 2, "v");
	check(memtable, young, 3, "");

	/* To the base both versions are one, and fresh. */
	const struct engine_put *sorted = memtable_sort(memtable, &n_sorted);
	cr_assert_eq(n_sorted, 2);
	cr_assert_not(sorted[0].fresh);
	cr_assert(sorted[1].fresh);
	cr_assert_eq(sorted[1].value.len, 0);
	memtable_free(memtable);
}

Test(memtable, an_empty_one_sorts_to_nothing)
{
	struct memtable *memtable = table_of(0, 0, 1);
	size_t n_sorted = 1;

	memtable_sort(memtable, &n_sorted);
	cr_assert_eq(n_sorted, 0);
	check(memtable, key_of("a", 1), UINT64_MAX, NULL);
	cr_assert(memtable_has_room(memtable, 0, 0));
	cr_assert_not(memtable_has_room(memtable, 1, 0));
	cr_assert_not(memtable_has_room(memtable, 0, 1));
	memtable_reset(memtable);
	memtable_free(memtable);
}

/* ---- Against a list of everything that was put ---- */

struct record {
	struct key key;
	uint64_t batch;
	uint32_t value;
};

enum { MODEL_RECORDS_MAX = 3000 };

struct model {
	struct memtable *memtable;
	uint64_t seed;
	uint64_t batch;
	struct record records[MODEL_RECORDS_MAX];
	size_t n_records;
};

/* xorshift64* */
static uint64_t chance(struct model *model)
{
	model->seed ^= model->seed >> 12;
	model->seed ^= model->seed << 25;
	model->seed ^= model->seed >> 27;
	return model->seed * UINT64_C(2685821657736338717);
}

/* Few letters, so that keys repeat, begin with others, and differ late. */
static struct key any_key(struct model *model)
{
	static const uint8_t letters[] = { 0, 'a', 0xff };
	uint64_t bits = chance(model);
	struct key key = { .len = (uint8_t)(bits % 4) };

	for (size_t i = 0; i < key.len; i++)
		key.bytes[i] = letters[(bits >> (8 + 2 * i)) % ARRAY_LEN(letters)];
	if (bits >> 60 < 8) { /* behind as much as the sort compares first, or nearly */
		size_t n_same = 14 + bits % 5;
		memmove(key.bytes + n_same, key.bytes, key.len);
		memset(key.bytes, 's', n_same);
		key.len = (uint8_t)(key.len + n_same);
	}
	return key;
}

static const struct record *model_get(
	const struct model *model, const struct key *key, uint64_t batch_max)
{
	for (size_t i = model->n_records; i-- > 0;)
		if (model->records[i].batch <= batch_max &&
			key_compare(&model->records[i].key, key) == 0)
			return &model->records[i];
	return NULL;
}

static void model_put(struct model *model, struct key key, uint8_t *at)
{
	const struct record *last = model_get(model, &key, model->batch);

	if (last != NULL && last->batch == model->batch)
		return; /* once per batch */
	struct record *record = &model->records[model->n_records++];
	*record = (struct record) { key, model->batch, (uint32_t)chance(model) };
	memcpy(at, &record->value, sizeof(record->value));
	put_at(model->memtable, key, (struct span) { at, sizeof(record->value) }, model->batch);
}

static void model_batch(struct model *model)
{
	enum { PUTS_MAX = 20 };
	size_t n_puts = chance(model) % (PUTS_MAX + 1);
	uint8_t *block = memtable_block(model->memtable, PUTS_MAX * sizeof(uint32_t));

	model->batch += 1 + chance(model) % 3;
	for (size_t i = 0; i < n_puts; i++)
		model_put(model, any_key(model), block + i * sizeof(uint32_t));
}

static void model_check_get(struct model *model)
{
	struct key key = any_key(model);
	uint64_t batch_max =
		chance(model) % 4 == 0 ? UINT64_MAX : chance(model) % (model->batch + 2);
	const struct record *expected = model_get(model, &key, batch_max);
	struct span found;

	int err = memtable_get(model->memtable, &key, batch_max, &found);
	cr_assert_eq(err, expected == NULL ? PP_ERR_NOT_FOUND : 0);
	if (expected != NULL) {
		cr_assert_eq(found.len, sizeof(expected->value));
		cr_assert(memcmp(found.data, &expected->value, found.len) == 0);
	}
}

/* By key; of one key the newest first. */
static int compare_records(const void *a, const void *b)
{
	const struct record *left = a;
	const struct record *right = b;
	int order = key_compare(&left->key, &right->key);

	return order != 0 ? order : (left->batch < right->batch) - (left->batch > right->batch);
}

/* Leaves the model's records in another order. */
static void model_check_sort(struct model *model)
{
	size_t n_sorted;
	const struct engine_put *sorted = memtable_sort(model->memtable, &n_sorted);
	size_t n_expected = 0;

	qsort(model->records, model->n_records, sizeof(struct record), compare_records);
	for (size_t i = 0; i < model->n_records; i++) {
		const struct record *record = &model->records[i];
		if (i > 0 && key_compare(&record[-1].key, &record->key) == 0)
			continue;
		cr_assert_lt(n_expected, n_sorted);
		const struct engine_put *put = &sorted[n_expected++];
		cr_assert_eq(key_compare(put->key, &record->key), 0);
		cr_assert_eq(put->value.len, sizeof(record->value));
		cr_assert(memcmp(put->value.data, &record->value, put->value.len) == 0);
	}
	cr_assert_eq(n_sorted, n_expected);
}

Test(memtable, agrees_with_a_list_of_all_that_was_put)
{
	static struct model model;

	for (uint64_t seed = 1; seed <= 30; seed++) {
		model.seed = seed;
		model.memtable = table_of(200 * ALIGNMENT, MODEL_RECORDS_MAX, chance(&model));
		for (int round = 0; round < 2; round++) {
			model.n_records = 0;
			model.batch = round == 0 ? 1000 : 1; /* earlier ones, after the reset */
			size_t n_batches = chance(&model) % 100;
			for (size_t i = 0; i < n_batches; i++) {
				model_batch(&model);
				model_check_get(&model);
			}
			cr_assert_eq(memtable_n_records(model.memtable), model.n_records);
			for (int i = 0; i < 500; i++)
				model_check_get(&model);
			model_check_sort(&model);
			memtable_reset(model.memtable);
			cr_assert_eq(memtable_n_records(model.memtable), 0);
			for (size_t i = 0; i < model.n_records; i++)
				check(model.memtable, model.records[i].key, UINT64_MAX, NULL);
		}
		memtable_free(model.memtable);
	}
}

/* Long probes, and so many keys that some have the bits of the hash that are kept in common. */
Test(memtable, finds_every_key_when_full_and_none_after_a_reset)
{
	enum { RECORDS = 1 << 18, ROUNDS = 2 };
	struct memtable *memtable = table_of(ALIGNMENT, RECORDS, 99);

	for (uint32_t round = 0; round < ROUNDS; round++) {
		uint8_t *block = memtable_block(memtable, 256);
		memset(block, (int)round, 256);
		for (uint32_t i = 0; i < RECORDS; i++) {
			uint32_t number = i * ROUNDS + round;
			struct key key = { .len = sizeof(number) };
			struct span found;
			memcpy(key.bytes, &number, sizeof(number));
			cr_assert_eq(
				memtable_get(memtable, &key, UINT64_MAX, &found), PP_ERR_NOT_FOUND);
			put_at(memtable, key, (struct span) { block, i % 256 }, i);
		}
		for (uint32_t number = 0; number < RECORDS * ROUNDS; number++) {
			struct key key = { .len = sizeof(number) };
			struct span found = { NULL, 0 };
			memcpy(key.bytes, &number, sizeof(number));
			int err = memtable_get(memtable, &key, UINT64_MAX, &found);
			cr_assert_eq(err, number % ROUNDS == round ? 0 : PP_ERR_NOT_FOUND);
			cr_assert(err != 0 || found.len == number / ROUNDS % 256);
		}
		memtable_reset(memtable);
	}
	memtable_free(memtable);
}

#include "storage/memtable.h"

#include <stdalign.h>
#include <stdatomic.h>
#include <string.h>
#include <sys/mman.h>
#include <xxhash.h>

enum {
	CACHE_LINE_BYTES = 64,
	N_RECORDS_LIMIT = 1 << 30, /* a record's number and a slot's index are 32 bits */
	PREFIX_WORD_BYTES = 8,
	/* Of a place, from the top: where a value lies in the blocks, how long it is, and whether
	 * it was put as fresh. */
	PLACE_OFFSET_BITS = 39,
	PLACE_LEN_BITS = 24,
};

static const uint64_t NO_BATCH = UINT64_MAX;

/* A later value of a key. Batches count from the first one in the table. */
struct version {
	uint64_t place;
	uint32_t batch;
	uint32_t older; /* index of a version; 0: the entry's first */
};

/*
 * A key and its first value, which for most is the only one, in one cache line. The rest hangs on
 * the entry newest first, so a key with many versions is in the way of no other. Of what is linked
 * nothing but `newest` changes.
 */
struct entry {
	struct key key;
	uint32_t slot;            /* the one that points here */
	_Atomic(uint32_t) newest; /* index of a version; 0: there is only the first */
	uint32_t first_batch;
	uint64_t first_place;
};

_Static_assert(sizeof(struct entry) == CACHE_LINE_BYTES, "one cache line");

/* What merging compares: 16 bytes of the key as numbers; only when they are equal, the key. */
struct sort_item {
	uint64_t high;
	uint64_t low;
	const struct entry *entry;
};

/*
 * A hash table with linear probing, at most half full. A slot is 0 or, in its low bits, the number
 * of an entry counted from 1, and in the others bits of the key's hash, so that nearly every miss
 * ends at the slots. It is set once, after the entry is complete (release), and never changed until
 * the reset: a reader (acquire) who finds it 0 finds the key absent, which is right, as a batch is
 * published after all its puts.
 */
struct memtable {
	/* All of it constant while readers look, but for first_batch, which is set once. */
	uint64_t hash_seed;
	_Atomic(uint64_t) first_batch; /* NO_BATCH: there is none */
	_Atomic(uint32_t) *slots;
	struct entry *entries;
	struct version *versions; /* [0] stands for an entry's first, and is not used */
	uint8_t *blocks;
	uint32_t slot_mask;
	uint32_t n_records_max;
	size_t n_bytes_max;
	size_t n_mapped;
	struct engine_put *sorted;
	struct sort_item *items; /* two of n_records_max, to merge from one to the other */
	uint32_t *runs;          /* where sorted runs of them begin */

	/* Changed by the writer all the time: apart from the lines above, which readers need. */
	alignas(CACHE_LINE_BYTES) uint64_t last_batch;
	uint32_t n_entries;
	_Atomic(uint32_t) n_records;
	_Atomic(size_t) n_bytes;
};

/* Takes room for n things of `size` bytes off the mapping, whose first *at bytes are taken. */
static size_t take(size_t *at, size_t n, size_t size, size_t alignment)
{
	size_t start = (*at + alignment - 1) / alignment * alignment;

	*at = start + n * size;
	return start;
}

int memtable_new(
	size_t n_bytes_max, uint32_t n_records_max, uint64_t hash_seed, struct memtable **out)
{
	size_t n = n_records_max;
	size_t n_slots = 2;
	size_t at = sizeof(struct memtable);

	ASSERT(n_records_max <= N_RECORDS_LIMIT && n_bytes_max >> PLACE_OFFSET_BITS == 0);
	n_bytes_max -= n_bytes_max % MEMTABLE_BLOCK_ALIGNMENT;
	while (n_slots < 2 * n)
		n_slots *= 2;
	size_t blocks = take(&at, n_bytes_max, 1, MEMTABLE_BLOCK_ALIGNMENT);
	size_t entries = take(&at, n, sizeof(struct entry), CACHE_LINE_BYTES);
	size_t versions = take(&at, n + 1, sizeof(struct version), CACHE_LINE_BYTES);
	size_t slots = take(&at, n_slots, sizeof(uint32_t), CACHE_LINE_BYTES);
	size_t sorted = take(&at, n, sizeof(struct engine_put), CACHE_LINE_BYTES);
	size_t items = take(&at, 2 * n, sizeof(struct sort_item), CACHE_LINE_BYTES);
	size_t runs = take(&at, n + 1, sizeof(uint32_t), CACHE_LINE_BYTES);

	uint8_t *base = mmap(NULL, at, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (base == MAP_FAILED)
		return PP_ERR_NO_MEMORY;
	struct memtable *memtable = (struct memtable *)base;
	*memtable = (struct memtable) {
		.hash_seed = hash_seed,
		.first_batch = NO_BATCH,
		.slots = (_Atomic(uint32_t) *)(base + slots),
		.entries = (struct entry *)(base + entries),
		.versions = (struct version *)(base + versions),
		.blocks = base + blocks,
		.slot_mask = (uint32_t)n_slots - 1,
		.n_records_max = n_records_max,
		.n_bytes_max = n_bytes_max,
		.n_mapped = at,
		.sorted = (struct engine_put *)(base + sorted),
		.items = (struct sort_item *)(base + items),
		.runs = (uint32_t *)(base + runs),
	};
	*out = memtable;
	return 0;
}

void memtable_free(struct memtable *memtable)
{
	if (memtable != NULL)
		munmap(memtable, memtable->n_mapped);
}

void memtable_reset(struct memtable *memtable)
{
	for (uint32_t i = 0; i < memtable->n_entries; i++)
		atomic_store_explicit(
			&memtable->slots[memtable->entries[i].slot], 0, memory_order_relaxed);
	memtable->n_entries = 0;
	memtable->last_batch = 0;
	atomic_store_explicit(&memtable->first_batch, NO_BATCH, memory_order_relaxed);
	atomic_store_explicit(&memtable->n_records, 0, memory_order_relaxed);
	atomic_store_explicit(&memtable->n_bytes, 0, memory_order_relaxed);
}

size_t memtable_n_bytes(const struct memtable *memtable)
{
	return atomic_load_explicit(&memtable->n_bytes, memory_order_relaxed);
}

uint32_t memtable_n_records(const struct memtable *memtable)
{
	return atomic_load_explicit(&memtable->n_records, memory_order_relaxed);
}

bool memtable_has_room(const struct memtable *memtable, uint32_t n_records, size_t n_bytes)
{
	/* What is left is whole alignments, so rounding up does not matter. */
	return n_records <= memtable->n_records_max - memtable_n_records(memtable) &&
	       n_bytes <= memtable->n_bytes_max - memtable_n_bytes(memtable);
}

uint8_t *memtable_block(struct memtable *memtable, size_t n_bytes)
{
	size_t n_used = memtable_n_bytes(memtable);
	uint8_t *block = memtable->blocks + n_used;
	size_t n_over = n_bytes % MEMTABLE_BLOCK_ALIGNMENT;
	size_t n_padding = n_over == 0 ? 0 : MEMTABLE_BLOCK_ALIGNMENT - n_over;

	ASSERT(n_bytes <= memtable->n_bytes_max - n_used);
	memset(block + n_bytes, 0, n_padding);
	atomic_store_explicit(
		&memtable->n_bytes, n_used + n_bytes + n_padding, memory_order_relaxed);
	return block;
}

/* The entry of a key, or NULL; *slot is then the empty one where it belongs. */
static struct entry *find(
	const struct memtable *memtable, const struct key *key, uint64_t hash, uint32_t *slot)
{
	uint32_t mask = memtable->slot_mask;
	uint32_t tag = (uint32_t)(hash >> 32) & ~mask;
	uint32_t i = (uint32_t)hash & mask;

	for (;; i = (i + 1) & mask) {
		uint32_t found = atomic_load_explicit(&memtable->slots[i], memory_order_acquire);
		if (found == 0)
			break;
		if ((found & ~mask) != tag)
			continue;
		struct entry *entry = &memtable->entries[(found & mask) - 1];
		if (entry->key.len == key->len &&
			memcmp(entry->key.bytes, key->bytes, key->len) == 0)
			return entry;
	}
	*slot = i;
	return NULL;
}

static uint64_t hash_of(const struct memtable *memtable, const struct key *key)
{
	return XXH3_64bits_withSeed(key->bytes, key->len, memtable->hash_seed);
}

static uint64_t place_of(const struct memtable *memtable, const struct engine_put *put)
{
	size_t n_used = memtable_n_bytes(memtable);
	size_t len = put->value.len;
	size_t offset = len == 0 ? 0 : (size_t)(put->value.data - memtable->blocks);

	ASSERT(offset <= n_used && len <= n_used - offset && len >> PLACE_LEN_BITS == 0);
	return ((uint64_t)offset << PLACE_LEN_BITS | len) << 1 | put->fresh;
}

static struct span span_at(const struct memtable *memtable, uint64_t place)
{
	return (struct span) {
		.data = memtable->blocks + (place >> 1 >> PLACE_LEN_BITS),
		.len = place >> 1 & ((1U << PLACE_LEN_BITS) - 1),
	};
}

static bool is_fresh(uint64_t place)
{
	return (place & 1) != 0;
}

/* Of the i-th version, 0 standing for the entry's first. */
static uint64_t place_at(const struct memtable *memtable, const struct entry *entry, uint32_t i)
{
	return i == 0 ? entry->first_place : memtable->versions[i].place;
}

static uint32_t batch_at(const struct memtable *memtable, const struct entry *entry, uint32_t i)
{
	return i == 0 ? entry->first_batch : memtable->versions[i].batch;
}

static void add_version(
	struct memtable *memtable, struct entry *entry, uint64_t place, uint32_t batch)
{
	/* Every record that is not a key's first. */
	uint32_t i = memtable_n_records(memtable) - memtable->n_entries + 1;
	uint32_t older = atomic_load_explicit(&entry->newest, memory_order_relaxed);

	ASSERT(batch_at(memtable, entry, older) < batch);
	memtable->versions[i] = (struct version) { place, batch, older };
	atomic_store_explicit(&entry->newest, i, memory_order_release);
}

static void add_entry(struct memtable *memtable, const struct key *key, uint64_t hash,
	uint32_t slot, uint64_t place, uint32_t batch)
{
	struct entry *entry = &memtable->entries[memtable->n_entries++];
	uint32_t tag = (uint32_t)(hash >> 32) & ~memtable->slot_mask;

	entry->key = *key;
	entry->slot = slot;
	entry->first_batch = batch;
	entry->first_place = place;
	atomic_store_explicit(&entry->newest, 0, memory_order_relaxed);
	atomic_store_explicit(
		&memtable->slots[slot], tag | memtable->n_entries, memory_order_release);
}

int memtable_put(struct memtable *memtable, const struct engine_put *put, uint64_t batch)
{
	const struct key *key = put->key;
	uint32_t n_records = memtable_n_records(memtable);
	uint64_t hash = hash_of(memtable, key);
	uint32_t slot;

	ASSERT(n_records < memtable->n_records_max);
	ASSERT(key->len <= KEY_BYTES_MAX && batch >= memtable->last_batch);
	if (n_records == 0)
		atomic_store_explicit(&memtable->first_batch, batch, memory_order_relaxed);
	uint64_t first_batch = atomic_load_explicit(&memtable->first_batch, memory_order_relaxed);
	ASSERT(batch - first_batch <= UINT32_MAX);
	uint32_t since = (uint32_t)(batch - first_batch);
	uint64_t place = place_of(memtable, put);
	struct entry *entry = find(memtable, key, hash, &slot);
	if (entry != NULL && put->fresh)
		return PP_ERR_CORRUPT;
	if (entry != NULL)
		add_version(memtable, entry, place, since);
	else
		add_entry(memtable, key, hash, slot, place, since);
	memtable->last_batch = batch;
	atomic_store_explicit(&memtable->n_records, n_records + 1, memory_order_relaxed);
	return 0;
}

int memtable_get(const struct memtable *memtable, const struct key *key, uint64_t batch_max,
	struct span *out)
{
	/* That of a batch which the caller may see was set before it was published. */
	uint64_t first_batch = atomic_load_explicit(&memtable->first_batch, memory_order_relaxed);
	uint32_t slot;

	if (first_batch == NO_BATCH || batch_max < first_batch)
		return PP_ERR_NOT_FOUND;
	const struct entry *entry = find(memtable, key, hash_of(memtable, key), &slot);
	if (entry == NULL)
		return PP_ERR_NOT_FOUND;
	uint64_t since = batch_max - first_batch;
	uint32_t i = atomic_load_explicit(&entry->newest, memory_order_acquire);
	while (i != 0 && memtable->versions[i].batch > since)
		i = memtable->versions[i].older;
	if (batch_at(memtable, entry, i) > since)
		return PP_ERR_NOT_FOUND;
	*out = span_at(memtable, place_at(memtable, entry, i));
	return 0;
}

/* Eight bytes of a key from `at` on, zeros behind its end, as a number. */
static uint64_t word_of(const struct key *key, size_t at)
{
	uint8_t bytes[PREFIX_WORD_BYTES] = { 0 };
	size_t len = key->len < at ? 0 : key->len - at;
	uint64_t word = 0;

	memcpy(bytes, key->bytes + at, len < sizeof(bytes) ? len : sizeof(bytes));
	for (size_t i = 0; i < sizeof(bytes); i++)
		word = word << 8 | bytes[i];
	return word;
}

static bool item_less(const struct sort_item *a, const struct sort_item *b)
{
	if (a->high != b->high)
		return a->high < b->high;
	if (a->low != b->low)
		return a->low < b->low;
	return key_compare(&a->entry->key, &b->entry->key) < 0;
}

/* Fills the items in the order of the entries; returns how many sorted runs they are. */
static uint32_t find_runs(struct memtable *memtable)
{
	struct sort_item *items = memtable->items;
	uint32_t n_runs = 0;

	for (uint32_t i = 0; i < memtable->n_entries; i++) {
		const struct entry *entry = &memtable->entries[i];
		items[i] = (struct sort_item) {
			.high = word_of(&entry->key, 0),
			.low = word_of(&entry->key, PREFIX_WORD_BYTES),
			.entry = entry,
		};
		if (i == 0 || item_less(&items[i], &items[i - 1]))
			memtable->runs[n_runs++] = i;
	}
	memtable->runs[n_runs] = memtable->n_entries;
	return n_runs;
}

/* Merges [begin, middle) and [middle, end) of `from` into [begin, end) of `to`. */
static void merge(const struct sort_item *from, struct sort_item *to, uint32_t begin,
	uint32_t middle, uint32_t end)
{
	uint32_t left = begin;
	uint32_t right = middle;

	for (uint32_t i = begin; i < end; i++) {
		if (right == end || (left < middle && item_less(&from[left], &from[right])))
			to[i] = from[left++];
		else
			to[i] = from[right++];
	}
}

/* Natural merge sort: a batch comes in key order, so there are far fewer runs than records. */
static const struct sort_item *sort_items(struct memtable *memtable)
{
	struct sort_item *from = memtable->items;
	struct sort_item *to = from + memtable->n_records_max;
	uint32_t *runs = memtable->runs;
	uint32_t n_runs = find_runs(memtable);

	while (n_runs > 1) {
		uint32_t n_merged = 0;
		for (uint32_t i = 0; i < n_runs; i += 2) {
			uint32_t begin = runs[i];
			uint32_t middle = runs[i + 1];
			uint32_t end = i + 2 <= n_runs ? runs[i + 2] : middle;
			merge(from, to, begin, middle, end);
			runs[n_merged++] = begin;
		}
		runs[n_merged] = memtable->n_entries;
		n_runs = n_merged;
		struct sort_item *merged = to;
		to = from;
		from = merged;
	}
	return from;
}

const struct engine_put *memtable_sort(struct memtable *memtable, size_t *n_out)
{
	const struct sort_item *items = sort_items(memtable);

	for (uint32_t i = 0; i < memtable->n_entries; i++) {
		const struct entry *entry = items[i].entry;
		uint32_t newest = atomic_load_explicit(&entry->newest, memory_order_relaxed);
		memtable->sorted[i] = (struct engine_put) {
			.key = &entry->key,
			.value = span_at(memtable, place_at(memtable, entry, newest)),
			.fresh = is_fresh(entry->first_place),
		};
	}
	*n_out = memtable->n_entries;
	return memtable->sorted;
}

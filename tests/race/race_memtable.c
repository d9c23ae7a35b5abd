/*
 * One writer fills a memtable batch by batch, and again after a reset, while readers look. The
 * race: batches published during a reader's view, and versions there that were newer than it. The
 * claim: under every published number a key shows the version of the newest batch up to it, byte by
 * byte, and never one of a later batch.
 */
#include <inttypes.h>
#include <pthread.h>
#include <sched.h>
#include <stdatomic.h>
#include <string.h>

#include "storage/memtable.h"
#include "tests/integration/require.h"
#include "tests/race/crowd.h"

enum {
	READERS = 3,
	ROUNDS = 4,
	BATCHES = 2000, /* of each round */
	COLD_KEYS = 512,
	BATCH_RECORDS = 10,
	VALUE_WORDS = 4,
	VIEW_GETS = 8,
	BATCH_BYTES = BATCH_RECORDS * VALUE_WORDS * 8,
};

struct table {
	struct memtable *memtable;
	_Atomic(uint64_t) published; /* UINT64_MAX: the round is over */
	atomic_size_t n_looks;       /* of all readers, in this round */
	pthread_barrier_t turn;      /* before and after each round */
	uint64_t first;              /* the number of the round's first batch */
};

struct actor {
	struct table *table;
	bool is_writer;
	uint64_t seed;
	size_t n_gets;
	size_t n_overtaken; /* views during which a batch was published */
	size_t n_hidden;    /* gets that had to pass over later versions */
};

/*
 * Which batches write a key is known by its number alone: the first of two is in each batch, the
 * second in each second one, and key k of the others in batches that are k modulo their number. So
 * a reader knows what it must see, and shares nothing with the writer but the table.
 */
enum { HOT, WARM, COLD };

static bool writes(uint64_t nth, uint32_t number)
{
	if (number == HOT)
		return true;
	if (number == WARM)
		return nth % 2 == 0;
	return (number - COLD) / (BATCH_RECORDS - 2) == nth % (COLD_KEYS / (BATCH_RECORDS - 2));
}

/* The newest of the batches 0 to nth that writes a key. False: none does. */
static bool newest_writer(uint64_t nth, uint32_t number, uint64_t *out)
{
	for (uint64_t i = nth;; i--) {
		if (writes(i, number)) {
			*out = i;
			return true;
		}
		if (i == 0)
			return false;
	}
}

static struct key key_of(uint32_t number)
{
	/* Some are beginnings of others. */
	struct key key = { .len = (uint8_t)(2 + number % 3) };

	key.bytes[0] = (uint8_t)(number / 3 >> 8);
	key.bytes[1] = (uint8_t)(number / 3);
	return key;
}

static void value_of(uint32_t number, uint64_t batch, uint64_t value[VALUE_WORDS])
{
	for (uint64_t i = 0; i < VALUE_WORDS; i++)
		value[i] = (batch << 20 | number) * UINT64_C(0x9e3779b97f4a7c15) + i;
}

static void write_batch(struct table *table, uint64_t nth)
{
	uint8_t *at = memtable_block(table->memtable, BATCH_BYTES);

	for (uint32_t number = 0; number < COLD + COLD_KEYS; number++) {
		uint64_t value[VALUE_WORDS];
		if (!writes(nth, number))
			continue;
		struct key key = key_of(number);
		value_of(number, table->first + nth, value);
		memcpy(at, value, sizeof(value));
		struct engine_put put = { .key = &key, .value = { at, sizeof(value) } };
		int err = memtable_put(table->memtable, &put, table->first + nth);
		REQUIRE(err == 0, "%s", pp_strerror(err));
		at += sizeof(value);
	}
}

/* Waits for the readers each so many batches, so that neither side outruns the other. */
static void write_round(struct table *table)
{
	for (uint64_t nth = 0; nth < BATCHES; nth++) {
		size_t n_looks = atomic_load(&table->n_looks);
		REQUIRE(memtable_has_room(table->memtable, BATCH_RECORDS, BATCH_BYTES), "full");
		write_batch(table, nth);
		atomic_store_explicit(&table->published, table->first + nth, memory_order_release);
		while (nth % 64 == 63 && atomic_load(&table->n_looks) == n_looks)
			sched_yield();
	}
	atomic_store_explicit(&table->published, UINT64_MAX, memory_order_release);
}

/* One get as of batch_max, when `before` was the number published. */
static void look(struct actor *reader, uint64_t batch_max, uint64_t before)
{
	struct table *table = reader->table;
	uint32_t number = (uint32_t)(chance(&reader->seed) % 3 == 0
					     ? HOT
					     : chance(&reader->seed) % (COLD + COLD_KEYS));
	struct key key = key_of(number);
	struct span found = { NULL, 0 };
	uint64_t value[VALUE_WORDS];
	uint64_t nth = 0;

	bool expected = newest_writer(batch_max - table->first, number, &nth);
	int err = memtable_get(table->memtable, &key, batch_max, &found);
	REQUIRE(err == (expected ? 0 : PP_ERR_NOT_FOUND), "key %" PRIu32 " of %" PRIu64 ": %d",
		number, batch_max, err);
	if (expected) {
		value_of(number, table->first + nth, value);
		REQUIRE(found.len == sizeof(value), "%zu", found.len);
		REQUIRE(memcmp(found.data, value, sizeof(value)) == 0,
			"key %" PRIu32 " of %" PRIu64 " is not as batch %" PRIu64 " wrote it",
			number, batch_max, table->first + nth);
	}
	reader->n_gets++;
	reader->n_hidden += number == HOT && batch_max < before;
	atomic_fetch_add(&table->n_looks, 1);
}

static void read_round(struct actor *reader)
{
	struct table *table = reader->table;

	for (;;) {
		uint64_t batch = atomic_load_explicit(&table->published, memory_order_acquire);
		if (batch == UINT64_MAX)
			return;
		if (batch < table->first)
			continue;
		/* A view is of the newest batch, or of one of a moment ago. */
		uint64_t of = batch - chance(&reader->seed) % (1 + (batch - table->first) % 8);
		for (int i = 0; i < VIEW_GETS; i++)
			look(reader, of, batch);
		uint64_t after = atomic_load_explicit(&table->published, memory_order_acquire);
		reader->n_overtaken += after != batch;
	}
}

static void act(void *member)
{
	struct actor *actor = member;
	struct table *table = actor->table;

	for (uint64_t round = 0; round < ROUNDS; round++) {
		if (actor->is_writer) {
			memtable_reset(table->memtable);
			table->first = 1 + round * BATCHES;
			atomic_store(&table->n_looks, 0);
			atomic_store(&table->published, table->first - 1);
		}
		pthread_barrier_wait(&table->turn);
		if (actor->is_writer)
			write_round(table);
		else
			read_round(actor);
		pthread_barrier_wait(&table->turn);
	}
}

int main(void)
{
	static struct table table;
	static struct actor actors[READERS + 1];
	uint64_t seed = chance_seed("race_memtable");
	size_t n_gets = 0;
	size_t n_overtaken = 0;
	size_t n_hidden = 0;

	int err = memtable_new(
		BATCHES * BATCH_BYTES * 2, BATCHES * BATCH_RECORDS, seed, &table.memtable);
	REQUIRE(err == 0, "%s", pp_strerror(err));
	pthread_barrier_init(&table.turn, NULL, READERS + 1);
	for (size_t i = 0; i <= READERS; i++)
		actors[i] = (struct actor) {
			.table = &table,
			.is_writer = i == READERS,
			.seed = seed + i + 1,
		};
	crowd_run(READERS + 1, actors, sizeof(actors[0]), act);
	for (size_t i = 0; i < READERS; i++) {
		n_gets += actors[i].n_gets;
		n_overtaken += actors[i].n_overtaken;
		n_hidden += actors[i].n_hidden;
	}
	printf("%d batches; %zu gets, %zu with versions to hide; %zu views overtaken by a batch\n",
		ROUNDS * BATCHES, n_gets, n_hidden, n_overtaken);
	REQUIRE(n_overtaken > 0 && n_hidden > 0, "no race");
	pthread_barrier_destroy(&table.turn);
	memtable_free(table.memtable);
	return 0;
}

/* Records committed since a checkpoint: found by hash, newest first, in the blocks of the log. */
#ifndef STORAGE_MEMTABLE_H
#define STORAGE_MEMTABLE_H

#include "storage/engine.h"

/*
 * One writer adds, any number of readers look, without locks. The values are not copied: they lie
 * in blocks, which are what the log appends (memtable_block), so a record is written once in
 * memory. Each batch has a number, which grows; a record has one version per batch, and a reader
 * sees of each key the newest version of its batch or an earlier one. A batch under way is so
 * invisible until its number is published, which is the caller's business.
 */
struct memtable;

enum { MEMTABLE_BLOCK_ALIGNMENT = 512 }; /* of addresses too */

/*
 * Room for `n_bytes_max` of blocks, below 512 GiB and rounded down to MEMTABLE_BLOCK_ALIGNMENT, and
 * for `n_records_max` versions, at most 2^30. The memory is taken once, about 190 bytes per record
 * beside the blocks, for sorting too; what is not used is not touched. `hash_seed`: drawn at
 * random, since clients choose parts of keys. PP_ERR_NO_MEMORY.
 */
int memtable_new(size_t n_bytes_max, uint32_t n_records_max, uint64_t hash_seed,
	struct memtable **out) MUST_CHECK;
void memtable_free(struct memtable *memtable); /* may be NULL */
/* Forgets everything, in time proportional to what there was. No reader may be looking. */
void memtable_reset(struct memtable *memtable);

/* ---- For the writer ---- */

/* Whether one more block of `n_bytes` and `n_records` more versions fit. Exact. */
bool memtable_has_room(const struct memtable *memtable, uint32_t n_records, size_t n_bytes);
/*
 * The next block, `n_bytes` (rounded up to MEMTABLE_BLOCK_ALIGNMENT, the rest zeroed) to be filled
 * by the caller; it stays until the reset. There must be room.
 */
uint8_t *memtable_block(struct memtable *memtable, size_t n_bytes);
/*
 * Makes the value of a put, which lies in a block and is shorter than 16 MiB, the version of
 * `batch` under its key, which is copied. Batches come in order, a key once per batch, and the
 * first and the last are less than 2^32 apart. There must be room. PP_ERR_CORRUPT, and nothing
 * changed: it is said to be fresh, and there is one.
 */
int memtable_put(
	struct memtable *memtable, const struct engine_put *put, uint64_t batch) MUST_CHECK;

/* ---- For anybody ---- */

/*
 * The newest version not above `batch_max`, borrowed until the reset. PP_ERR_NOT_FOUND. Passes over
 * newer versions one by one: meant for a batch_max of lately.
 */
int memtable_get(const struct memtable *memtable, const struct key *key, uint64_t batch_max,
	struct span *out) MUST_CHECK;
/* How full it is: for limits and statistics; exact for the writer. */
size_t memtable_n_bytes(const struct memtable *memtable);
uint32_t memtable_n_records(const struct memtable *memtable); /* versions */

/* ---- When it does not change any more ---- */

/*
 * The newest version of each key, fresh if its first was, in key order; their number through
 * n_out. Borrowed until the next sort or the reset. One thread.
 */
const struct engine_put *memtable_sort(struct memtable *memtable, size_t *n_out);

#endif

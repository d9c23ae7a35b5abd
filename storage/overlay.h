/* The writes of the batch under way: newest value of each key, found by hash, bounded. */
#ifndef STORAGE_OVERLAY_H
#define STORAGE_OVERLAY_H

#include "storage/store.h"

enum {
	/* Leaves of 65 536 random keys and their parents stay below LMDB's 131 071 dirty pages. */
	OVERLAY_ENTRIES_MAX = 65536,
	OVERLAY_BYTES_MAX = 32 * 1024 * 1024,
};

struct overlay_entry {
	struct key key;
	bool existed;          /* in the store, before this batch */
	bool fresh;            /* said to be new by who wrote it, and not looked for */
	uint64_t old_checksum; /* of what existed */
	uint64_t checksum;
	uint8_t *sealed; /* the value and its seal, inside the overlay */
	uint32_t len;    /* of both */
	uint32_t room;
	uint32_t bucket;
};

/* Belongs to the writer's thread. Memory is taken once and used by one batch after the other. */
struct overlay {
	uint64_t hash_seed; /* drawn at random: clients choose parts of keys */
	struct overlay_entry *entries;
	struct overlay_entry **sorted;
	uint32_t *buckets; /* index + 1 of an entry, or 0 */
	uint32_t n_buckets;
	uint32_t n_entries;
	uint32_t n_entries_max;
	uint8_t *bytes;
	size_t n_bytes;
	size_t n_bytes_max;
};

/* n_entries_max: a power of two. PP_ERR_NO_MEMORY. */
int overlay_init(struct overlay *overlay, uint32_t n_entries_max, size_t n_bytes_max,
	uint64_t hash_seed) MUST_CHECK;
void overlay_free(struct overlay *overlay);
/* Forgets all entries, in time proportional to their number. */
void overlay_clear(struct overlay *overlay);
/* Whether `n_values` more writes of together `n_bytes` surely fit. */
bool overlay_has_room(const struct overlay *overlay, uint32_t n_values, size_t n_bytes);
/* The entry of a key, or NULL. */
struct overlay_entry *overlay_find(const struct overlay *overlay, const struct key *key);
/* A new entry without a value, for a key that has none. There must be room. */
struct overlay_entry *overlay_add(struct overlay *overlay, const struct key *key);
/* Copies and seals a value. Spans of the entry's former value are void. There must be room. */
void overlay_set(struct overlay *overlay, struct overlay_entry *entry, struct span value);
/* The value of an entry, borrowed until it is set again or the overlay is cleared. */
struct span overlay_value(const struct overlay_entry *entry);
/* All entries in key order, borrowed until the next add or clear. */
struct overlay_entry *const *overlay_sort(struct overlay *overlay);

#endif

#include "storage/overlay.h"

#include <stdlib.h>
#include <string.h>
#define XXH_INLINE_ALL /* of short keys the call would cost as much as the hash */
#include <xxhash.h>

#include "storage/engine.h"
#include "storage/seal.h"

enum { VALUE_ALIGNMENT = 8 };

static size_t room_of(size_t value_len)
{
	return (value_len + SEAL_BYTES + VALUE_ALIGNMENT - 1) / VALUE_ALIGNMENT * VALUE_ALIGNMENT;
}

int overlay_init(
	struct overlay *overlay, uint32_t n_entries_max, size_t n_bytes_max, uint64_t hash_seed)
{
	ASSERT(n_entries_max > 0 && (n_entries_max & (n_entries_max - 1)) == 0);
	*overlay = (struct overlay) {
		.hash_seed = hash_seed,
		.n_entries_max = n_entries_max,
		.n_bytes_max = n_bytes_max,
		.n_buckets = 2 * n_entries_max, /* at most half full: probes stay short */
	};
	overlay->entries = malloc(n_entries_max * sizeof(*overlay->entries));
	overlay->sorted = malloc(n_entries_max * sizeof(struct overlay_entry *));
	overlay->buckets = calloc(overlay->n_buckets, sizeof(*overlay->buckets));
	overlay->bytes = malloc(n_bytes_max);
	if (overlay->entries != NULL && overlay->sorted != NULL && overlay->buckets != NULL &&
		overlay->bytes != NULL)
		return 0;
	overlay_free(overlay);
	return PP_ERR_NO_MEMORY;
}

void overlay_free(struct overlay *overlay)
{
	free(overlay->entries);
	free(overlay->sorted);
	free(overlay->buckets);
	free(overlay->bytes);
	*overlay = (struct overlay) { .n_entries = 0 };
}

void overlay_clear(struct overlay *overlay)
{
	for (uint32_t i = 0; i < overlay->n_entries; i++)
		overlay->buckets[overlay->entries[i].bucket] = 0;
	overlay->n_entries = 0;
	overlay->n_bytes = 0;
}

bool overlay_has_room(const struct overlay *overlay, uint32_t n_values, size_t n_bytes)
{
	size_t rounding = (size_t)n_values * (SEAL_BYTES + VALUE_ALIGNMENT);

	return n_values <= overlay->n_entries_max - overlay->n_entries &&
	       n_bytes + rounding <= overlay->n_bytes_max - overlay->n_bytes;
}

/* The bucket that holds the key, or the empty one where it belongs. */
static uint32_t bucket_of(const struct overlay *overlay, const struct key *key)
{
	uint64_t hash = XXH3_64bits_withSeed(key->bytes, key->len, overlay->hash_seed);
	uint32_t bucket = (uint32_t)hash & (overlay->n_buckets - 1);

	while (overlay->buckets[bucket] != 0) {
		const struct key *held = &overlay->entries[overlay->buckets[bucket] - 1].key;
		if (held->len == key->len && memcmp(held->bytes, key->bytes, key->len) == 0)
			break;
		bucket = (bucket + 1) & (overlay->n_buckets - 1);
	}
	return bucket;
}

struct overlay_entry *overlay_find(const struct overlay *overlay, const struct key *key)
{
	uint32_t number = overlay->buckets[bucket_of(overlay, key)];

	return number == 0 ? NULL : &overlay->entries[number - 1];
}

struct overlay_entry *overlay_add(struct overlay *overlay, const struct key *key)
{
	uint32_t bucket = bucket_of(overlay, key);

	ASSERT(overlay->n_entries < overlay->n_entries_max);
	ASSERT(overlay->buckets[bucket] == 0);
	struct overlay_entry *entry = &overlay->entries[overlay->n_entries++];
	*entry = (struct overlay_entry) { .key = *key, .bucket = bucket };
	overlay->buckets[bucket] = overlay->n_entries;
	return entry;
}

void overlay_set(struct overlay *overlay, struct overlay_entry *entry, struct span value)
{
	size_t room = room_of(value.len);

	if (room > entry->room) {
		ASSERT(room <= overlay->n_bytes_max - overlay->n_bytes);
		entry->sealed = overlay->bytes + overlay->n_bytes;
		entry->room = (uint32_t)room;
		overlay->n_bytes += room;
	}
	entry->len = (uint32_t)(value.len + SEAL_BYTES);
	entry->checksum = seal_write(&entry->key, value, entry->sealed);
}

struct span overlay_value(const struct overlay_entry *entry)
{
	return (struct span) { .data = entry->sealed, .len = entry->len - SEAL_BYTES };
}

static int compare_entries(const void *a, const void *b)
{
	const struct overlay_entry *const *left = a;
	const struct overlay_entry *const *right = b;

	return key_compare(&(*left)->key, &(*right)->key);
}

struct overlay_entry *const *overlay_sort(struct overlay *overlay)
{
	for (uint32_t i = 0; i < overlay->n_entries; i++)
		overlay->sorted[i] = &overlay->entries[i];
	qsort(overlay->sorted, overlay->n_entries, sizeof(struct overlay_entry *), compare_entries);
	return overlay->sorted;
}

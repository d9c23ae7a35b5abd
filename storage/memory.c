/* The memory engine: a sorted array of keys with all their versions. The tests' reference. */
#include <pthread.h>
#include <stdlib.h>
#include <string.h>

#include "storage/engine.h"
#include "storage/overlay.h"

/* Versions are never freed before close, so a view may hold on to them. */
struct version {
	struct version *older;
	uint64_t batch; /* the one that wrote it */
	bool present;
	size_t len;
	uint8_t bytes[];
};

struct entry {
	struct key key;
	struct version *newest;
};

struct memory_engine {
	struct engine base;
	pthread_mutex_t lock;  /* guards what follows, between the writer and the views */
	struct entry *entries; /* in key order */
	size_t n_entries;
	size_t n_entries_max;
	uint64_t n_batches; /* committed */
	uint64_t n_bytes;   /* of all versions */
	uint64_t n_bytes_max;
};

struct memory_view {
	struct engine_view base;
	uint64_t n_batches; /* it sees what the first n_batches wrote */
};

static struct memory_engine *engine_of(const struct engine *engine)
{
	return (struct memory_engine *)engine;
}

/* The index of the first entry at or after the key. */
static size_t position_of(const struct memory_engine *memory, const struct key *key)
{
	size_t low = 0;
	size_t high = memory->n_entries;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (key_compare(&memory->entries[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

/* The version that a view of the first n_batches sees, or NULL. */
static const struct version *version_at(const struct entry *entry, uint64_t n_batches)
{
	const struct version *version = entry->newest;

	while (version != NULL && version->batch > n_batches)
		version = version->older;
	return version != NULL && version->present ? version : NULL;
}

static struct span span_of(const struct version *version)
{
	return (struct span) { .data = version->bytes, .len = version->len };
}

static int get_at(
	struct memory_engine *memory, uint64_t n_batches, const struct key *key, struct span *out)
{
	const struct version *version = NULL;

	pthread_mutex_lock(&memory->lock);
	size_t i = position_of(memory, key);
	if (i < memory->n_entries && key_compare(&memory->entries[i].key, key) == 0)
		version = version_at(&memory->entries[i], n_batches);
	pthread_mutex_unlock(&memory->lock);
	if (version == NULL)
		return PP_ERR_NOT_FOUND;
	*out = span_of(version);
	return 0;
}

static int next_at(struct memory_engine *memory, uint64_t n_batches, const struct key *key,
	bool after, struct key *found, struct span *out)
{
	const struct version *version = NULL;

	pthread_mutex_lock(&memory->lock);
	for (size_t i = position_of(memory, key); i < memory->n_entries; i++) {
		if (after && key_compare(&memory->entries[i].key, key) == 0)
			continue;
		version = version_at(&memory->entries[i], n_batches);
		if (version == NULL)
			continue;
		*found = memory->entries[i].key;
		break;
	}
	pthread_mutex_unlock(&memory->lock);
	if (version == NULL)
		return PP_ERR_NOT_FOUND;
	*out = span_of(version);
	return 0;
}

static int batch_begin(struct engine *engine)
{
	(void)engine;
	return 0;
}

static void limits(const struct engine *engine, uint32_t *n_records_max, size_t *n_bytes_max)
{
	(void)engine;
	*n_records_max = OVERLAY_ENTRIES_MAX;
	*n_bytes_max = OVERLAY_BYTES_MAX;
}

static int batch_get(struct engine *engine, const struct key *key, struct span *out)
{
	return get_at(engine_of(engine), UINT64_MAX, key, out);
}

static int batch_next(struct engine *engine, const struct key *key, bool after, struct key *found,
	struct span *out)
{
	return next_at(engine_of(engine), UINT64_MAX, key, after, found, out);
}

static int grow(struct memory_engine *memory, size_t n_more)
{
	size_t n_wanted = memory->n_entries + n_more;

	if (n_wanted <= memory->n_entries_max)
		return 0;
	size_t n_max = n_wanted * 2;
	struct entry *entries = realloc(memory->entries, n_max * sizeof(*entries));
	if (entries == NULL)
		return PP_ERR_NO_MEMORY;
	memory->entries = entries;
	memory->n_entries_max = n_max;
	return 0;
}

/* There is room for another entry. */
static struct entry *find_or_add(struct memory_engine *memory, const struct key *key)
{
	size_t i = position_of(memory, key);
	struct entry *entry = &memory->entries[i];

	if (i < memory->n_entries && key_compare(&entry->key, key) == 0)
		return entry;
	memmove(entry + 1, entry, (memory->n_entries - i) * sizeof(*entry));
	*entry = (struct entry) { .key = *key };
	memory->n_entries++;
	return entry;
}

static int add_version(
	struct memory_engine *memory, const struct key *key, const struct span *value)
{
	size_t len = value == NULL ? 0 : value->len;
	struct version *version = malloc(sizeof(*version) + len);

	if (version == NULL)
		return PP_ERR_NO_MEMORY;
	struct entry *entry = find_or_add(memory, key);
	version->older = entry->newest;
	version->batch = memory->n_batches + 1;
	version->present = value != NULL;
	version->len = len;
	if (len > 0)
		memcpy(version->bytes, value->data, len);
	entry->newest = version;
	memory->n_bytes += len;
	return 0;
}

static bool is_there(struct memory_engine *memory, const struct key *key)
{
	size_t i = position_of(memory, key);

	return i < memory->n_entries && key_compare(&memory->entries[i].key, key) == 0 &&
	       version_at(&memory->entries[i], UINT64_MAX) != NULL;
}

static int apply(struct memory_engine *memory, const struct engine_changes *changes)
{
	uint64_t n_bytes = memory->n_bytes;

	for (size_t i = 0; i < changes->n_puts; i++)
		n_bytes += changes->puts[i].value.len;
	if (n_bytes > memory->n_bytes_max)
		return PP_ERR_STORAGE_FULL;
	for (size_t i = 0; i < changes->n_puts; i++)
		if (changes->puts[i].fresh && is_there(memory, changes->puts[i].key))
			return PP_ERR_CORRUPT;
	int err = grow(memory, changes->n_puts + changes->n_removals);
	for (size_t i = 0; err == 0 && i < changes->n_puts; i++)
		err = add_version(memory, changes->puts[i].key, &changes->puts[i].value);
	for (size_t i = 0; err == 0 && i < changes->n_removals; i++)
		err = add_version(memory, &changes->removals[i], NULL);
	if (err == 0)
		memory->n_batches++;
	return err;
}

static int batch_commit(struct engine *engine, const struct engine_changes *changes)
{
	struct memory_engine *memory = engine_of(engine);

	pthread_mutex_lock(&memory->lock);
	int err = apply(memory, changes);
	pthread_mutex_unlock(&memory->lock);
	return err;
}

static void batch_abort(struct engine *engine)
{
	(void)engine;
}

static int view_open(struct engine *engine, struct engine_view **out)
{
	struct memory_view *view = calloc(1, sizeof(*view));

	if (view == NULL)
		return PP_ERR_NO_MEMORY;
	view->base.engine = engine;
	*out = &view->base;
	return 0;
}

static void view_close(struct engine_view *view)
{
	free(view);
}

static int view_begin(struct engine_view *view)
{
	struct memory_engine *memory = engine_of(view->engine);

	pthread_mutex_lock(&memory->lock);
	((struct memory_view *)view)->n_batches = memory->n_batches;
	pthread_mutex_unlock(&memory->lock);
	return 0;
}

static void view_end(struct engine_view *view)
{
	(void)view;
}

static int view_get(struct engine_view *view, const struct key *key, struct span *out)
{
	return get_at(engine_of(view->engine), ((struct memory_view *)view)->n_batches, key, out);
}

static int view_next(struct engine_view *view, const struct key *key, bool after, struct key *found,
	struct span *out)
{
	return next_at(engine_of(view->engine), ((struct memory_view *)view)->n_batches, key, after,
		found, out);
}

static uint64_t view_number(const struct engine_view *view)
{
	return ((const struct memory_view *)view)->n_batches;
}

static int sync_all(struct engine *engine)
{
	(void)engine;
	return 0;
}

static int health(const struct engine *engine)
{
	(void)engine;
	return 0;
}

static void stats(const struct engine *engine, struct store_stats *out)
{
	(void)engine;
	(void)out;
}

static int usage(const struct engine *engine, uint64_t *file_bytes, uint64_t *free_bytes)
{
	(void)engine;
	*file_bytes = 0;
	*free_bytes = UINT64_MAX;
	return 0;
}

static int memory_close(struct engine *engine)
{
	struct memory_engine *memory = engine_of(engine);

	for (size_t i = 0; i < memory->n_entries; i++) {
		struct version *version = memory->entries[i].newest;
		while (version != NULL) {
			struct version *older = version->older;
			free(version);
			version = older;
		}
	}
	free(memory->entries);
	pthread_mutex_destroy(&memory->lock);
	free(memory);
	return 0;
}

static int memory_open(const struct store_options *options, const struct engine_changes *first,
	struct engine **out, char *message)
{
	struct memory_engine *memory = calloc(1, sizeof(*memory));
	int err = memory == NULL || pthread_mutex_init(&memory->lock, NULL) != 0 ? PP_ERR_NO_MEMORY
										 : 0;

	if (err != 0) {
		free(memory);
		message_set(message, "%s", pp_strerror(err));
		return err;
	}
	memory->base.ops = &engine_memory;
	memory->n_bytes_max = options->map_bytes == 0 ? UINT64_MAX : options->map_bytes;
	err = batch_commit(&memory->base, first);
	if (err != 0) {
		message_set(message, "%s", pp_strerror(err));
		(void)memory_close(&memory->base);
		return err;
	}
	*out = &memory->base;
	return 0;
}

const struct engine_ops engine_memory = {
	.commit_mode = "memory",
	.open = memory_open,
	.close = memory_close,
	.limits = limits,
	.batch_begin = batch_begin,
	.batch_get = batch_get,
	.batch_next = batch_next,
	.batch_commit = batch_commit,
	.batch_abort = batch_abort,
	.view_open = view_open,
	.view_close = view_close,
	.view_begin = view_begin,
	.view_end = view_end,
	.snapshot_begin = view_begin,
	.view_number = view_number,
	.view_get = view_get,
	.view_next = view_next,
	.sync = sync_all,
	.health = health,
	.stats = stats,
	.usage = usage,
};

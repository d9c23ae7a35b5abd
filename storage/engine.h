/* What an engine is to the driver: an ordered map of records, one writer, repeatable views. */
#ifndef STORAGE_ENGINE_H
#define STORAGE_ENGINE_H

#include "storage/store.h"

/*
 * An engine knows keys and bytes only: no rule, no checksum, no revision. Every function returns 0
 * or a negative enum pp_err; PP_ERR_NOT_FOUND is the answer for a key that is not there. The batch
 * functions belong to the writer's thread; a view belongs to one thread at a time, and any number
 * of views live beside the batch.
 */
struct engine {
	const struct engine_ops *ops;
};

struct engine_view {
	struct engine *engine;
};

struct engine_put {
	const struct key *key;
	struct span value;
	bool fresh; /* the key is not there: if it is, the store is damaged, and stays as it was */
};

/* What one batch changes. Both lists are in key order, and no key is in both. */
struct engine_changes {
	const struct engine_put *puts;
	size_t n_puts;
	const struct key *removals; /* all present */
	size_t n_removals;
};

struct engine_ops {
	const char *commit_mode;
	/* A commit takes its puts in any order, and deletes expired records by itself: it is given
	 * no removals, and batch_next is not called. */
	bool logged;
	/*
	 * Opens the store of options->path, or makes one that holds `first`: wholly or not at all,
	 * also when the machine stops half-way. `message` is set on error.
	 */
	int (*open)(const struct store_options *options, const struct engine_changes *first,
		struct engine **out, char *message);
	/* The error of the last checkpoint, if it takes one: nothing is lost, the log holds it. */
	int (*close)(struct engine *engine);

	/* What one batch may write at most: records (a power of two), and bytes of their values. */
	void (*limits)(const struct engine *engine, uint32_t *n_records_max, size_t *n_bytes_max);
	/* PP_ERR_STORAGE_FULL, PP_ERR_BUSY (it waited for what is behind): none has begun, and a
	 * later one may. */
	int (*batch_begin)(struct engine *engine);
	/* What was committed last. *out is borrowed until the batch ends. */
	int (*batch_get)(struct engine *engine, const struct key *key, struct span *out);
	/* The first record at or after `key` (or strictly after it). */
	int (*batch_next)(struct engine *engine, const struct key *key, bool after,
		struct key *found, struct span *out);
	/*
	 * Makes the changes durable, all of them, and visible to views begun afterwards. The batch
	 * is over, also on error. PP_ERR_STORAGE_FULL: nothing was changed, and the next batch may
	 * begin. Any other error: the engine must not be used any more.
	 */
	int (*batch_commit)(struct engine *engine, const struct engine_changes *changes);
	void (*batch_abort)(struct engine *engine);

	/* A new view has not begun. */
	int (*view_open)(struct engine *engine, struct engine_view **out);
	void (*view_close)(struct engine_view *view);
	int (*view_begin)(struct engine_view *view);
	void (*view_end)(struct engine_view *view);
	/*
	 * As view_begin, for a long look that may walk with view_next: it has everything that was
	 * committed before. May wait; PP_ERR_BUSY, PP_ERR_STORAGE_FULL when that is in vain.
	 */
	int (*snapshot_begin)(struct engine_view *view);
	/* How many commits came before what the view sees, counted from anywhere. */
	uint64_t (*view_number)(const struct engine_view *view);
	/* *out is borrowed until the view ends. */
	int (*view_get)(struct engine_view *view, const struct key *key, struct span *out);
	int (*view_next)(struct engine_view *view, const struct key *key, bool after,
		struct key *found, struct span *out);

	/* Makes durable what was committed, where commits are not synced. The writer's thread. */
	int (*sync)(struct engine *engine);
	/* The first error of a thread of its own after which nothing may be written, or 0. */
	int (*health)(const struct engine *engine);
	/* Any thread. Adds to zeros. */
	void (*stats)(const struct engine *engine, struct store_stats *out);
	/* Any thread. free_bytes is UINT64_MAX when there is no disk. */
	int (*usage)(const struct engine *engine, uint64_t *file_bytes, uint64_t *free_bytes);
};

extern const struct engine_ops engine_lmdb;
extern const struct engine_ops engine_log; /* a log and memtables over engine_lmdb */
extern const struct engine_ops engine_memory;

/* Byte order, a prefix first: negative, 0 or positive. */
int key_compare(const struct key *a, const struct key *b);
/* Writes what is wrong and what to do about it, cut at STORE_MESSAGE_BYTES. */
void message_set(char *message, const char *format, ...) PRINTF_LIKE(2, 3);

#endif

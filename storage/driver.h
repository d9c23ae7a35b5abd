/* Runs rules over any engine: batches for the writer, single decisions for readers. */
#ifndef STORAGE_DRIVER_H
#define STORAGE_DRIVER_H

#include <stdatomic.h>

#include "storage/engine.h"
#include "storage/meta.h"
#include "storage/overlay.h"

enum {
	PRUNE_MIN = 64,                    /* expired records that a commit may always delete */
	PRUNE_MAX = 2 * STORE_BATCH_MAX,   /* and at most */
	FREE_BYTES_MIN = 64 * 1024 * 1024, /* store_options.free_bytes_min by default */
};

/*
 * The writer's half of a store. Belongs to the writer's thread, but for the two atomics, which any
 * thread may read, and what is constant while the store is open.
 */
struct driver {
	struct engine *engine;
	rule_fn rule;
	const void *rule_settings;
	void (*oldest_kept)(int64_t now_ms, const void *rule_settings, struct key *out);
	uint64_t free_bytes_min;
	struct store_timing timing; /* of the last execute */
	int failed;                 /* the first error after which nothing may be written, or 0 */
	_Atomic uint64_t revision;
	_Atomic int64_t last_commit_ms;
	struct meta_state state;      /* as committed */
	struct meta_state next_state; /* as the batch under way will leave it */
	struct overlay overlay;
	struct decision *decision;
	struct engine_put *puts; /* all of the overlay, and the state */
	struct key *removals;    /* PRUNE_MAX */
	size_t n_removals;
	uint8_t sealed_state[META_STATE_BYTES_MAX + 8];
};

/* Reads the state out of the engine. The options are borrowed until the call returns. */
int driver_init(struct driver *driver, struct engine *engine, const struct store_options *options,
	const struct meta_state *state) MUST_CHECK;
void driver_free(struct driver *driver);
/* See store_execute. */
int driver_execute(struct driver *driver, struct store_op *const ops[], size_t n, int64_t now_ms,
	size_t *n_taken) MUST_CHECK;
/* See store_read: decides on a view that has begun. Thread: the view's and the decision's. */
void driver_read(rule_fn rule, struct decision *decision, struct engine_view *view,
	const struct decide_context *context, struct store_op *op);

#endif

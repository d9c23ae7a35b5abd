/* Batches and views of the engine with a log: see logged.h. */
#include "storage/logged.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/overlay.h"

enum { WAIT_STEP_MS = 50 }; /* a waiting writer looks again, whatever it is told */

static struct logged *logged_of(const struct engine *engine)
{
	return (struct logged *)(uintptr_t)engine;
}

static struct logged_view *view_of(const struct engine_view *view)
{
	return (struct logged_view *)((uintptr_t)view - offsetof(struct logged_view, view));
}

int64_t logged_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Layers ---- */

/*
 * Takes the current layers and a view of the base that goes with them. The slot is written before
 * `current` is looked at again: so whoever replaces it later sees the slot (both are seq_cst). The
 * base is looked at before `published` is: so nothing in the base is newer than batch_max, unless
 * two checkpoints passed meanwhile.
 */
static int take_layers(struct logged *logged, struct logged_view *view)
{
	const struct engine_ops *ops = logged->base->ops;

	for (;;) {
		struct layers *layers = atomic_load(&logged->current);
		atomic_store(&view->slot, layers);
		if (atomic_load(&logged->current) != layers)
			continue;
		int err = ops->view_begin(view->base);
		if (err != 0) {
			atomic_store(&view->slot, NULL);
			return err;
		}
		uint64_t number = ops->view_number(view->base);
		uint64_t newest = layers->base_number + (layers->frozen != NULL ? 2 : 1);
		ASSERT(number >= layers->base_number);
		view->layers = layers;
		view->batch_max = atomic_load(&layers->active->published);
		if (number <= newest)
			return 0;
		ops->view_end(view->base);
	}
}

static void leave_layers(struct logged *logged, struct logged_view *view)
{
	logged->base->ops->view_end(view->base);
	view->layers = NULL;
	atomic_store_explicit(&view->slot, NULL, memory_order_release);
}

static int get_through(struct logged *logged, const struct logged_view *view, uint64_t batch_max,
	const struct key *key, struct span *out)
{
	const struct layers *layers = view->layers;
	int err = memtable_get(layers->active->memtable, key, batch_max, out);

	if (err == PP_ERR_NOT_FOUND && layers->frozen != NULL)
		err = memtable_get(layers->frozen->memtable, key, batch_max, out);
	if (err == PP_ERR_NOT_FOUND)
		err = logged->base->ops->view_get(view->base, key, out);
	return err;
}

/* ---- Freezing ---- */

bool logged_can_freeze(const struct logged *logged)
{
	const struct layers *layers = atomic_load(&logged->current);

	return !logged->batch_active && layers->frozen == NULL && logged->n_spare > 0 &&
	       layers->active->began_ms != 0;
}

void logged_freeze(struct logged *logged)
{
	struct layers *old = atomic_load(&logged->current);

	ASSERT(logged_can_freeze(logged));
	struct table *active = logged->spare[--logged->n_spare];
	struct layers *layers = &active->over_frozen;
	old->active->last = atomic_load(&logged->last);
	active->began_ms = 0;
	atomic_store(&active->published, old->active->last);
	*layers = (struct layers) {
		.active = active,
		.frozen = old->active,
		.base_number = old->base_number,
	};
	atomic_store(&logged->current, layers);
	old->older = logged->old;
	logged->old = old;
	logged->freeze_wanted = false;
	pthread_cond_broadcast(&logged->changed);
}

static bool is_full(const struct logged *logged)
{
	const struct memtable *memtable = atomic_load(&logged->current)->active->memtable;

	return memtable_n_bytes(memtable) >= logged->limits.memtable_bytes ||
	       memtable_n_records(memtable) >= logged->limits.memtable_records;
}

static void freeze_if_due(struct logged *logged)
{
	if ((is_full(logged) || logged->freeze_wanted) && logged_can_freeze(logged))
		logged_freeze(logged);
}

/* ---- The writer's batches ---- */

static void limits(const struct engine *engine, uint32_t *n_records_max, size_t *n_bytes_max)
{
	*n_records_max = logged_of(engine)->batch_records_max;
	*n_bytes_max = logged_of(engine)->batch_bytes_max;
}

/* Room for the largest batch in table and log, or what stands in its way. The lock is held. */
static int look_for_room(struct logged *logged)
{
	if (logged->failed != 0)
		return logged->failed;
	if (logged->full)
		return PP_ERR_STORAGE_FULL;
	freeze_if_due(logged);
	const struct table *active = atomic_load(&logged->current)->active;
	if (!memtable_has_room(
		    active->memtable, logged->batch_records_max + 1, logged->block_bytes_max))
		return PP_ERR_BUSY;
	int err = wal_reserve(logged->wal, logged->block_bytes_max);
	if (err == PP_ERR_BUSY)
		logged->freeze_wanted = true; /* only a checkpoint frees segments */
	return err;
}

static void wait_for_change(struct logged *logged)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_nsec += WAIT_STEP_MS * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	pthread_cond_timedwait(&logged->changed, &logged->lock, &until);
}

/* The lock is held. PP_ERR_BUSY: the checkpointer did not make room in time. */
static int reserve(struct logged *logged)
{
	int err = look_for_room(logged);

	if (err != PP_ERR_BUSY)
		return err;
	int64_t began_ms = logged_now_ms();
	int64_t waited_ms = 0;
	while (err == PP_ERR_BUSY && waited_ms < logged->limits.wait_ms) {
		pthread_cond_broadcast(&logged->changed);
		wait_for_change(logged);
		waited_ms = logged_now_ms() - began_ms;
		err = look_for_room(logged);
	}
	logged->stats.writer_waits_total++;
	logged->stats.writer_waited_us_total += (uint64_t)waited_ms * 1000;
	return err;
}

static int batch_begin(struct engine *engine)
{
	struct logged *logged = logged_of(engine);

	pthread_mutex_lock(&logged->lock);
	int err = reserve(logged);
	if (err == 0)
		err = take_layers(logged, logged->writer);
	if (err == 0)
		logged->batch_active = true;
	pthread_mutex_unlock(&logged->lock);
	return err;
}

/* `err`: of the commit; what the active table then has of it must never reach the base. */
static void batch_end(struct logged *logged, bool committed, int err)
{
	struct table *active = atomic_load(&logged->current)->active;

	leave_layers(logged, logged->writer);
	pthread_mutex_lock(&logged->lock);
	logged->batch_active = false;
	if (logged->failed == 0)
		logged->failed = err;
	if (committed && active->began_ms == 0)
		active->began_ms = logged_now_ms();
	if (logged->failed == 0)
		freeze_if_due(logged);
	pthread_mutex_unlock(&logged->lock);
}

static int batch_get(struct engine *engine, const struct key *key, struct span *out)
{
	struct logged *logged = logged_of(engine);

	return get_through(logged, logged->writer, UINT64_MAX, key, out);
}

static size_t record_bytes(const struct engine_changes *changes)
{
	size_t n_bytes = 0;

	for (size_t i = 0; i < changes->n_puts; i++)
		n_bytes += changes->puts[i].key->len + changes->puts[i].value.len;
	return n_bytes;
}

/*
 * Lays the puts down in a block, and makes them findable under a number that nobody sees yet: so a
 * fresh one that is there already is found before anything is on disk. *end is behind the last.
 */
static int put_all(struct memtable *memtable, const struct engine_changes *changes, uint64_t batch,
	uint8_t *at, uint8_t **end)
{
	int err = 0;

	for (size_t i = 0; err == 0 && i < changes->n_puts; i++) {
		struct engine_put put = changes->puts[i];
		uint8_t *next = wal_record_write(at, &put);
		put.value.data = wal_record_value(at, put.key);
		err = memtable_put(memtable, &put, batch);
		at = next;
	}
	*end = at;
	return err;
}

static int append(struct logged *logged, const struct engine_changes *changes)
{
	struct table *active = atomic_load(&logged->current)->active;
	uint64_t batch = atomic_load(&logged->last) + 1;
	size_t len = wal_block_bytes((uint32_t)changes->n_puts, record_bytes(changes));
	uint8_t *block = memtable_block(active->memtable, len);
	uint8_t *end;

	ASSERT(changes->n_removals == 0);
	int err = put_all(active->memtable, changes, batch, block + WAL_HEADER_BYTES, &end);
	if (err == 0)
		err = wal_append(logged->wal, block, len, (size_t)(end - block), batch);
	if (err != 0)
		return err;
	atomic_store(&logged->last, batch);
	atomic_store(&active->published, batch);
	return 0;
}

static int batch_commit(struct engine *engine, const struct engine_changes *changes)
{
	struct logged *logged = logged_of(engine);
	int err = append(logged, changes);

	batch_end(logged, err == 0, err);
	return err;
}

static void batch_abort(struct engine *engine)
{
	batch_end(logged_of(engine), false, 0);
}

/* ---- Views ---- */

static int view_open(struct engine *engine, struct engine_view **out)
{
	struct logged *logged = logged_of(engine);
	struct logged_view *view = aligned_alloc(_Alignof(struct logged_view), sizeof(*view));

	if (view == NULL)
		return PP_ERR_NO_MEMORY;
	memset(view, 0, sizeof(*view));
	view->view.engine = engine;
	int err = logged->base->ops->view_open(logged->base, &view->base);
	if (err != 0) {
		free(view);
		return err;
	}
	pthread_mutex_lock(&logged->lock);
	view->next = logged->views;
	logged->views = view;
	pthread_mutex_unlock(&logged->lock);
	*out = &view->view;
	return 0;
}

static void view_close(struct engine_view *engine_view)
{
	struct logged *logged = logged_of(engine_view->engine);
	struct logged_view *view = view_of(engine_view);
	struct logged_view **link = &logged->views;

	pthread_mutex_lock(&logged->lock);
	while (*link != view)
		link = &(*link)->next;
	*link = view->next;
	pthread_mutex_unlock(&logged->lock);
	logged->base->ops->view_close(view->base);
	free(view);
}

static int view_begin(struct engine_view *view)
{
	return take_layers(logged_of(view->engine), view_of(view));
}

/* Asks for a checkpoint of all there is, and waits for it. */
static int await_checkpoint(struct logged *logged)
{
	uint64_t wanted = atomic_load(&logged->last);
	int64_t until_ms = logged_now_ms() + logged->limits.wait_ms;
	int err = PP_ERR_BUSY;

	pthread_mutex_lock(&logged->lock);
	while (err == PP_ERR_BUSY && logged_now_ms() < until_ms) {
		err = logged->failed != 0         ? logged->failed
		      : logged->in_base >= wanted ? 0
		      : logged->full              ? PP_ERR_STORAGE_FULL
						  : PP_ERR_BUSY;
		if (err != PP_ERR_BUSY)
			break;
		/* A frozen table goes first; then the batches after it. */
		logged->freeze_wanted = true;
		if (logged_can_freeze(logged))
			logged_freeze(logged);
		pthread_cond_broadcast(&logged->changed);
		wait_for_change(logged);
	}
	if (err == 0)
		logged->n_snapshots++;
	pthread_mutex_unlock(&logged->lock);
	return err;
}

static void forget_snapshot(struct logged *logged)
{
	pthread_mutex_lock(&logged->lock);
	logged->n_snapshots--;
	pthread_mutex_unlock(&logged->lock);
}

static int snapshot_begin(struct engine_view *engine_view)
{
	struct logged *logged = logged_of(engine_view->engine);
	struct logged_view *view = view_of(engine_view);
	int err = await_checkpoint(logged);

	if (err != 0)
		return err;
	err = logged->base->ops->view_begin(view->base);
	if (err != 0)
		forget_snapshot(logged);
	view->is_snapshot = err == 0;
	return err;
}

static void view_end(struct engine_view *engine_view)
{
	struct logged *logged = logged_of(engine_view->engine);
	struct logged_view *view = view_of(engine_view);

	if (!view->is_snapshot) {
		leave_layers(logged, view);
		return;
	}
	logged->base->ops->view_end(view->base);
	view->is_snapshot = false;
	forget_snapshot(logged);
}

static uint64_t view_number(const struct engine_view *view)
{
	return view_of(view)->batch_max;
}

static int view_get(struct engine_view *engine_view, const struct key *key, struct span *out)
{
	struct logged *logged = logged_of(engine_view->engine);
	struct logged_view *view = view_of(engine_view);

	if (view->is_snapshot)
		return logged->base->ops->view_get(view->base, key, out);
	return get_through(logged, view, view->batch_max, key, out);
}

static int view_next(struct engine_view *engine_view, const struct key *key, bool after,
	struct key *found, struct span *out)
{
	struct logged *logged = logged_of(engine_view->engine);
	struct logged_view *view = view_of(engine_view);

	ASSERT(view->is_snapshot);
	return logged->base->ops->view_next(view->base, key, after, found, out);
}

/* ---- How it is doing ---- */

static int sync_all(struct engine *engine)
{
	(void)engine;
	return 0; /* each append is, or is said not to be */
}

static int health(const struct engine *engine)
{
	struct logged *logged = logged_of(engine);

	pthread_mutex_lock(&logged->lock);
	int failed = logged->failed;
	pthread_mutex_unlock(&logged->lock);
	return failed;
}

static void stats(const struct engine *engine, struct store_stats *out)
{
	struct logged *logged = logged_of(engine);
	uint64_t allocated = 0;

	pthread_mutex_lock(&logged->lock);
	*out = logged->stats;
	const struct memtable *memtable = atomic_load(&logged->current)->active->memtable;
	out->memtable_bytes = memtable_n_bytes(memtable);
	out->memtable_records = memtable_n_records(memtable);
	pthread_mutex_unlock(&logged->lock);
	out->memtable_bytes_max = logged->limits.memtable_bytes;
	out->memtable_records_max = logged->limits.memtable_records;
	out->unsafe_no_sync = logged->unsafe_no_sync;
	wal_usage(logged->wal, &out->log_bytes, &allocated, &out->log_bytes_max);
}

static int usage(const struct engine *engine, uint64_t *file_bytes, uint64_t *free_bytes)
{
	const struct engine *base = logged_of(engine)->base;

	return base->ops->usage(base, file_bytes, free_bytes);
}

const struct recovery *logged_recovery(const struct engine *engine)
{
	return &logged_of(engine)->recovery;
}

const struct engine_ops engine_log = {
	.commit_mode = "log",
	.logged = true,
	.open = logged_open,
	.close = logged_close,
	.limits = limits,
	.batch_begin = batch_begin,
	.batch_get = batch_get,
	.batch_commit = batch_commit,
	.batch_abort = batch_abort,
	.view_open = view_open,
	.view_close = view_close,
	.view_begin = view_begin,
	.view_end = view_end,
	.snapshot_begin = snapshot_begin,
	.view_number = view_number,
	.view_get = view_get,
	.view_next = view_next,
	.sync = sync_all,
	.health = health,
	.stats = stats,
	.usage = usage,
};

/* The checkpointer: brings frozen tables into the base and lets go of them. See logged.h. */
#include <string.h>
#include <time.h>

#include "storage/driver.h"
#include "storage/logged.h"
#include "storage/seal.h"

enum {
	RETRY_MS = 250,         /* while the base has no space */
	LET_GO_NS = 100 * 1000, /* between two looks at slots; a turn of a loop is about so long */
};

/* ---- One checkpoint ---- */

/* Below which expired records may go, as of the table's last batch. */
static int kept_from(struct table *table, struct key *out)
{
	struct key key;
	struct span sealed;
	struct span value;
	uint64_t checksum;
	uint64_t revision;
	int64_t last_commit_ms;

	*out = (struct key) { .len = 0 };
	meta_key_of_state(&key);
	int err = memtable_get(table->memtable, &key, UINT64_MAX, &sealed);
	if (err == PP_ERR_NOT_FOUND)
		return 0;
	if (err == 0)
		err = seal_open(&key, sealed, &value, &checksum);
	return err != 0 ? err : meta_state_decode_head(value, &revision, &last_commit_ms, out);
}

/* Chooses expired records of the base, in key order, and counts them as removed. */
static int collect_expired(struct logged *logged, struct table *table, struct meta_log *meta,
	size_t n_puts, size_t *n_removals)
{
	struct key oldest;
	struct key found;
	bool after = false;
	size_t n_max = 2 * n_puts; /* as a batch on the base alone */

	*n_removals = 0;
	int err = kept_from(table, &oldest);
	if (err != 0 || oldest.len == 0)
		return err;
	n_max = n_max < PRUNE_MIN ? PRUNE_MIN : n_max > PRUNE_MAX ? PRUNE_MAX : n_max;
	found = (struct key) { .len = 1, .bytes = { oldest.bytes[0] } };
	while (*n_removals < n_max) {
		struct key at = found;
		struct span sealed;
		struct span value;
		uint64_t checksum;
		err = logged->base->ops->batch_next(logged->base, &at, after, &found, &sealed);
		if (err == PP_ERR_NOT_FOUND || (err == 0 && key_compare(&found, &oldest) >= 0))
			return 0;
		if (err == 0)
			err = seal_open(&found, sealed, &value, &checksum);
		if (err != 0)
			return err;
		after = true;
		if (memtable_get(table->memtable, &found, UINT64_MAX, &sealed) == 0)
			continue; /* written just now; a later checkpoint takes it */
		logged->removals[(*n_removals)++] = found;
		struct meta_table *removed = &meta->removed[found.bytes[0]];
		removed->n_records++;
		removed->checksum_xor ^= checksum;
	}
	return 0;
}

/* The table's puts with that of the meta among them, in key order. */
static size_t merge_meta(
	struct engine_put *puts, const struct engine_put *from, size_t n, struct engine_put meta)
{
	size_t at = 0;

	while (at < n && key_compare(from[at].key, meta.key) < 0) {
		puts[at] = from[at];
		at++;
	}
	puts[at] = meta;
	if (n > at)
		memcpy(puts + at + 1, from + at, (n - at) * sizeof(*from));
	return n + 1;
}

int checkpoint_commit(struct logged *logged, struct table *table, const struct meta_log *meta)
{
	const struct engine_ops *ops = logged->base->ops;
	uint8_t bytes[META_LOG_BYTES_MAX];
	uint8_t sealed[META_LOG_BYTES_MAX + SEAL_BYTES];
	struct meta_log next = *meta;
	const struct engine_put *sorted = NULL;
	struct key key;
	size_t n = 0;
	size_t n_removals = 0;

	if (table != NULL)
		sorted = memtable_sort(table->memtable, &n);
	int err = ops->batch_begin(logged->base);
	if (err != 0)
		return err;
	if (table != NULL)
		err = collect_expired(logged, table, &next, n - 1, &n_removals);
	if (err != 0) {
		ops->batch_abort(logged->base);
		return err;
	}
	meta_key_of_log(&key);
	struct span value = meta_log_encode(&next, bytes);
	seal_write(&key, value, sealed);
	struct engine_put put = { .key = &key, .value = { sealed, value.len + SEAL_BYTES } };
	struct engine_changes changes = {
		.puts = logged->puts,
		.n_puts = merge_meta(logged->puts, sorted, n, put),
		.removals = logged->removals,
		.n_removals = n_removals,
	};
	err = ops->batch_commit(logged->base, &changes);
	if (err == 0)
		logged->meta = next;
	return err;
}

/* ---- The thread ---- */

static struct timespec in_ms(int64_t ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += ms / 1000;
	until.tv_nsec += ms % 1000 * 1000000;
	if (until.tv_nsec >= 1000000000) {
		until.tv_nsec -= 1000000000;
		until.tv_sec++;
	}
	return until;
}

static void wait_ms(struct logged *logged, int64_t ms)
{
	struct timespec until = in_ms(ms);

	pthread_cond_timedwait(&logged->changed, &logged->lock, &until);
}

/* Milliseconds until the active table is old enough, 0 if it is. The lock is held. */
static int64_t due_in_ms(const struct logged *logged)
{
	const struct table *active = atomic_load(&logged->current)->active;
	int64_t interval_ms = logged->limits.checkpoint_ms;

	if (active->began_ms == 0 || logged->n_snapshots > 0)
		return interval_ms;
	int64_t left_ms = active->began_ms + interval_ms - logged_now_ms();
	return left_ms > 0 ? left_ms : 0;
}

/*
 * Waits for a frozen table; freezes one that is old enough when the writer does not. NULL: it
 * failed, or is closing and nothing is left. The lock is held.
 */
static struct table *await_frozen(struct logged *logged)
{
	while (logged->failed == 0) {
		struct table *frozen = atomic_load(&logged->current)->frozen;
		if (frozen != NULL)
			return frozen;
		int64_t left_ms = due_in_ms(logged);
		if (logged->closing || left_ms == 0)
			logged->freeze_wanted = true;
		if (logged->freeze_wanted && logged_can_freeze(logged)) {
			logged_freeze(logged);
			continue;
		}
		const struct table *active = atomic_load(&logged->current)->active;
		if (logged->closing && active->began_ms == 0)
			return NULL;
		wait_ms(logged, left_ms > 0 ? left_ms : 1);
	}
	return NULL;
}

static uint64_t now_us(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

static void count_checkpoint(struct store_stats *stats, uint64_t us)
{
	stats->checkpoints_total++;
	stats->checkpoint_last_us = us;
	stats->checkpoint_total_us += us;
	if (us > stats->checkpoint_largest_us)
		stats->checkpoint_largest_us = us;
}

/* Commits it, however long the base has no space. The lock is not held. */
static int commit_patiently(struct logged *logged, struct table *table)
{
	struct meta_log meta = logged->meta;
	uint64_t began_us = now_us();
	int err;

	meta.batch = table->last;
	for (;;) {
		err = checkpoint_commit(logged, table, &meta);
		pthread_mutex_lock(&logged->lock);
		logged->full = err == PP_ERR_STORAGE_FULL;
		bool again = logged->full && !logged->closing;
		if (again)
			wait_ms(logged, RETRY_MS);
		if (err == 0)
			count_checkpoint(&logged->stats, now_us() - began_us);
		pthread_mutex_unlock(&logged->lock);
		if (!again)
			return err;
	}
}

/* Behind the table now lies the base alone. The lock is held. */
static void retire(struct logged *logged, struct table *table)
{
	struct layers *old = atomic_load(&logged->current);
	struct layers *layers = &old->active->over_base;

	ASSERT(old->frozen == table);
	*layers = (struct layers) { .active = old->active, .base_number = old->base_number + 1 };
	atomic_store(&logged->current, layers);
	old->older = logged->old;
	logged->old = old;
	logged->before_base = logged->in_base;
	logged->in_base = table->last;
}

static bool is_held(const struct logged *logged, const struct layers *layers)
{
	for (struct logged_view *view = logged->views; view != NULL; view = view->next)
		if (atomic_load(&view->slot) == layers)
			return true;
	return false;
}

/* Waits until no view holds any of the layers that were current before. The lock is held. */
static void await_let_go(struct logged *logged)
{
	const struct timespec pause = { .tv_nsec = LET_GO_NS };

	while (logged->old != NULL) {
		struct layers *layers = logged->old;
		if (!is_held(logged, layers)) {
			logged->old = layers->older;
			continue;
		}
		pthread_mutex_unlock(&logged->lock);
		nanosleep(&pause, NULL);
		pthread_mutex_lock(&logged->lock);
	}
}

/* The lock is held at both ends. */
static int run_checkpoint(struct logged *logged, struct table *table)
{
	pthread_mutex_unlock(&logged->lock);
	int err = commit_patiently(logged, table);
	pthread_mutex_lock(&logged->lock);
	if (err != 0)
		return err;
	retire(logged, table);
	/* One checkpoint late: should the base fall back to its last but one, the log is there. */
	wal_release(logged->wal, logged->before_base);
	pthread_cond_broadcast(&logged->changed);
	await_let_go(logged);
	pthread_mutex_unlock(&logged->lock);
	memtable_reset(table->memtable);
	err = wal_prepare(logged->wal);
	pthread_mutex_lock(&logged->lock);
	logged->spare[logged->n_spare++] = table;
	pthread_cond_broadcast(&logged->changed);
	/* Without space for a segment ahead of need the writer is told when it comes to that. */
	return err == PP_ERR_STORAGE_FULL ? 0 : err;
}

static void *checkpointer_main(void *argument)
{
	struct logged *logged = argument;
	struct table *table;

	pthread_setname_np(pthread_self(), "pp-checkpoint");
	pthread_mutex_lock(&logged->lock);
	while ((table = await_frozen(logged)) != NULL) {
		int err = run_checkpoint(logged, table);
		if (logged->failed == 0)
			logged->failed = err;
	}
	pthread_cond_broadcast(&logged->changed);
	pthread_mutex_unlock(&logged->lock);
	return NULL;
}

int checkpointer_start(struct logged *logged)
{
	if (pthread_create(&logged->thread, NULL, checkpointer_main, logged) != 0)
		return PP_ERR_NO_MEMORY;
	logged->started = true;
	return 0;
}

int checkpointer_stop(struct logged *logged)
{
	if (!logged->started)
		return 0;
	pthread_mutex_lock(&logged->lock);
	logged->closing = true;
	pthread_cond_broadcast(&logged->changed);
	pthread_mutex_unlock(&logged->lock);
	pthread_join(logged->thread, NULL);
	logged->started = false;
	if (logged->failed != 0)
		return logged->failed;
	/* The base holds all of it: it may go without its log. If this fails, it may not. */
	struct meta_log meta = logged->meta;
	meta.clean = true;
	return checkpoint_commit(logged, NULL, &meta);
}

/* Opens, recovers and closes the engine with a log: see logged.h. */
#include <sodium.h>
#include <stdlib.h>
#include <string.h>

#include "storage/driver.h"
#include "storage/logged.h"
#include "storage/seal.h"

enum {
	SEGMENT_BYTES = 8 * 1024 * 1024,
	SEGMENT_BYTES_MIN = 256 * 1024,
	SEGMENTS_MIN = 8,
	MEMTABLE_BYTES = 32 * 1024 * 1024,
	MEMTABLE_RECORDS = 100000,
	CHECKPOINT_MS = 1000,
	WAIT_MS = 5000,
	/* A segment holds the largest batch: half for values, and with this many bytes of segment
	 * for each record the other half for keys. */
	SEGMENT_BYTES_PER_RECORD = 128,
};

#define LOG_BYTES_MAX (UINT64_C(256) << 20)

static void set_limits(struct logged *logged, const struct store_log_options *options)
{
	struct store_log_options *limits = &logged->limits;

	*limits = *options;
	if (limits->segment_bytes == 0)
		limits->segment_bytes = SEGMENT_BYTES;
	if (limits->segment_bytes < SEGMENT_BYTES_MIN)
		limits->segment_bytes = SEGMENT_BYTES_MIN;
	limits->segment_bytes -= limits->segment_bytes % WAL_ALIGNMENT;
	if (limits->log_bytes_max == 0)
		limits->log_bytes_max = LOG_BYTES_MAX;
	if (limits->log_bytes_max < SEGMENTS_MIN * limits->segment_bytes)
		limits->log_bytes_max = SEGMENTS_MIN * limits->segment_bytes;
	if (limits->memtable_bytes == 0)
		limits->memtable_bytes = MEMTABLE_BYTES;
	/* The ring holds what is active, frozen and one checkpoint old, and a batch more. */
	if (limits->memtable_bytes > limits->log_bytes_max / SEGMENTS_MIN)
		limits->memtable_bytes = limits->log_bytes_max / SEGMENTS_MIN;
	if (limits->memtable_records == 0)
		limits->memtable_records = MEMTABLE_RECORDS;
	if (limits->checkpoint_ms == 0)
		limits->checkpoint_ms = CHECKPOINT_MS;
	if (limits->wait_ms == 0)
		limits->wait_ms = WAIT_MS;
	logged->batch_records_max = OVERLAY_ENTRIES_MAX;
	while (logged->batch_records_max > limits->segment_bytes / SEGMENT_BYTES_PER_RECORD)
		logged->batch_records_max /= 2;
	logged->batch_bytes_max = limits->segment_bytes / 2;
	size_t n_bytes = logged->batch_bytes_max + META_STATE_BYTES_MAX +
			 ((size_t)logged->batch_records_max + 1) * KEY_BYTES_MAX;
	logged->block_bytes_max = wal_block_bytes(logged->batch_records_max + 1, n_bytes);
	ASSERT(logged->block_bytes_max <= limits->segment_bytes - WAL_SEGMENT_HEADER_BYTES);
}

static uint32_t records_max(const struct logged *logged)
{
	return logged->limits.memtable_records + 2 * (logged->batch_records_max + 1);
}

static int make_tables(struct logged *logged)
{
	size_t n_bytes = logged->limits.memtable_bytes + 2 * logged->block_bytes_max;
	uint64_t hash_seed;

	if (sodium_init() < 0)
		return PP_ERR_IO;
	for (int i = 0; i < LOGGED_TABLES; i++) {
		randombytes_buf(&hash_seed, sizeof(hash_seed));
		int err = memtable_new(
			n_bytes, records_max(logged), hash_seed, &logged->tables[i].memtable);
		if (err != 0)
			return err;
	}
	logged->puts = malloc(((size_t)records_max(logged) + 1) * sizeof(*logged->puts));
	logged->removals = malloc(PRUNE_MAX * sizeof(*logged->removals));
	return logged->puts != NULL && logged->removals != NULL ? 0 : PP_ERR_NO_MEMORY;
}

static void free_all(struct logged *logged)
{
	for (int i = 0; i < LOGGED_TABLES; i++)
		if (logged->tables[i].memtable != NULL)
			memtable_free(logged->tables[i].memtable);
	free(logged->puts);
	free(logged->removals);
	if (logged->wal != NULL)
		wal_close(logged->wal);
	pthread_cond_destroy(&logged->changed);
	pthread_mutex_destroy(&logged->lock);
	free(logged);
}

static struct logged *make(struct engine *base, const struct store_options *options)
{
	pthread_condattr_t attributes;
	struct logged *logged = calloc(1, sizeof(*logged));

	if (logged == NULL)
		return NULL;
	logged->engine.ops = &engine_log;
	logged->base = base;
	logged->unsafe_no_sync = options->unsafe_no_sync;
	pthread_mutex_init(&logged->lock, NULL);
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(&logged->changed, &attributes);
	pthread_condattr_destroy(&attributes);
	set_limits(logged, &options->log);
	if (make_tables(logged) == 0)
		return logged;
	free_all(logged);
	return NULL;
}

/* ---- What the base says ---- */

/* Who the store is, and how its base stands to its log. */
static int read_base(struct engine *base, const struct store_options *options,
	struct meta_identity *identity, struct meta_log *meta, char *message)
{
	struct engine_view *view;
	struct span bytes;
	struct key key;
	int err = base->ops->view_open(base, &view);

	if (err != 0)
		goto err_before_view;
	err = base->ops->view_begin(view);
	if (err != 0)
		goto err_after_view;
	meta_key_of_identity(&key);
	err = meta_get(view, &key, &bytes);
	if (err == 0)
		err = meta_identity_decode(bytes, identity);
	err = meta_identity_check(identity, err, options, message);
	if (err == 0) {
		err = meta_log_get(view, meta);
		if (err != 0)
			message_set(message,
				"the record of the log in the store is damaged (%s): restore a "
				"backup",
				pp_strerror(err));
	}
	base->ops->view_end(view);
	base->ops->view_close(view);
	return err;

err_after_view:
	base->ops->view_close(view);
err_before_view:
	message_set(message, "the store cannot be read: %s", pp_strerror(err));
	return err;
}

static int open_wal(struct logged *logged, const struct store_options *options,
	struct meta_log *meta, char *message)
{
	const struct meta_identity *identity = &logged->identity;
	int err = read_base(logged->base, options, &logged->identity, meta, message);

	if (err != 0)
		return err;
	struct wal_options wal = {
		.path = options->path,
		.store_id = identity->store_id,
		.secret = identity->secret,
		.segment_bytes = logged->limits.segment_bytes,
		.n_bytes_max = logged->limits.log_bytes_max,
		.sync = !options->unsafe_no_sync,
	};
	return wal_open(&wal, &logged->wal, message);
}

/* ---- Recovery ---- */

struct recovering {
	struct logged *logged;
	struct table *table;
	struct meta_log meta;
	char *message;
};

static int flush(struct recovering *recovering)
{
	struct logged *logged = recovering->logged;

	recovering->meta.batch = recovering->table->last;
	int err = checkpoint_commit(logged, recovering->table, &recovering->meta);
	if (err == PP_ERR_STORAGE_FULL)
		message_set(recovering->message,
			"the log holds batches that do not fit into data.mdb: free some space on "
			"the disk, or raise store.map_size, and start again. Nothing is lost");
	else if (err != 0)
		message_set(recovering->message, "cannot bring the log into the store: %s",
			pp_strerror(err));
	recovering->meta = logged->meta;
	memtable_reset(recovering->table->memtable);
	return err;
}

/* Takes one batch out of the log; a full table goes to the base first. */
static int take_batch(void *context, uint64_t batch, struct span records)
{
	struct recovering *recovering = context;
	struct memtable *memtable = recovering->table->memtable;
	struct logged *logged = recovering->logged;
	struct engine_put put;
	struct key key;
	size_t at = 0;
	int err = 0;

	if (memtable_n_records(memtable) >= logged->limits.memtable_records ||
		memtable_n_bytes(memtable) >= logged->limits.memtable_bytes) {
		err = flush(recovering);
		if (err != 0)
			return err;
	}
	/* Written with larger limits, perhaps: then each table takes what it can. */
	if (!memtable_has_room(memtable, (uint32_t)(records.len / WAL_RECORD_BYTES), records.len) &&
		!memtable_has_room(memtable, logged->batch_records_max + 1, records.len)) {
		message_set(recovering->message,
			"batch %llu of the log is too large: it was written with larger "
			"segments than are set now",
			(unsigned long long)batch);
		return PP_ERR_TOO_BIG;
	}
	uint8_t *block = memtable_block(memtable, records.len);
	memcpy(block, records.data, records.len);
	while (err == 0 && wal_record_next(records, &at, &key, &put)) {
		put.value.data = block + (put.value.data - records.data);
		err = memtable_put(memtable, &put, batch);
	}
	if (err != 0)
		message_set(recovering->message,
			"batch %llu of the log makes a record that is there: the store is "
			"damaged. Restore a backup",
			(unsigned long long)batch);
	recovering->table->last = batch;
	return err;
}

/* Everything that the log has beyond the base goes into the base. */
static int recover(struct logged *logged, const struct store_options *options,
	const struct meta_log *meta, char *message)
{
	struct wal_found found = { .last = meta->batch };
	struct recovering recovering = {
		.logged = logged,
		.table = &logged->tables[0],
		.meta = *meta,
		.message = message,
	};

	logged->meta = *meta;
	if (options->restored)
		return wal_remove(logged->wal); /* it is not the log of this copy */
	recovering.table->last = meta->batch;
	int err = wal_recover(logged->wal, meta->epoch, meta->batch, meta->clean,
		options->accept_loss, take_batch, &recovering, &found, message);
	if (err == 0 && memtable_n_records(recovering.table->memtable) > 0)
		err = flush(&recovering);
	logged->recovery.n_batches = found.n_batches;
	logged->recovery.n_lost = found.n_lost;
	logged->recovery.loss = found.loss;
	return err;
}

/* A new incarnation, as one record of a table, for the commit that begins it. */
static int put_identity(struct logged *logged, struct table *table)
{
	uint8_t bytes[META_IDENTITY_BYTES_MAX];
	struct meta_identity next = logged->identity;
	struct key key;
	int err = meta_identity_restore(&next);

	if (err != 0)
		return err;
	struct span value = meta_identity_encode(&next, bytes);
	size_t len = value.len + SEAL_BYTES;
	uint8_t *block = memtable_block(table->memtable, len);
	meta_key_of_identity(&key);
	seal_write(&key, value, block);
	struct engine_put put = { .key = &key, .value = { block, len } };
	err = memtable_put(table->memtable, &put, logged->meta.batch);
	logged->recovery.previous_incarnation = logged->identity.incarnation;
	logged->identity = next;
	return err;
}

/*
 * Ends the recovery with one commit. If something was given up, the same commit begins a new
 * incarnation: revisions that were answered may be given to others.
 */
static int commit_recovered(struct logged *logged, const struct meta_log *meta)
{
	struct table *table = logged->recovery.loss ? &logged->tables[0] : NULL;
	int err = table != NULL ? put_identity(logged, table) : 0;

	if (err == 0)
		err = checkpoint_commit(logged, table, meta);
	if (table != NULL)
		memtable_reset(table->memtable);
	return err;
}

int logged_absorb(struct engine *base, const struct store_options *options, struct recovery *out,
	char *message)
{
	struct meta_log meta;
	struct logged *logged = make(base, options);
	int err = PP_ERR_NO_MEMORY;

	message_set(message, "%s", pp_strerror(err));
	if (logged == NULL)
		return err;
	err = open_wal(logged, options, &meta, message);
	if (err != 0)
		goto err_after_make;
	if (meta.clean && !wal_exists(logged->wal))
		goto err_after_make; /* nothing to do */
	err = recover(logged, options, &meta, message);
	if (err != 0)
		goto err_after_make;
	meta = logged->meta;
	meta.epoch++;
	meta.clean = true;
	err = commit_recovered(logged, &meta);
	/* The log was synced, so its end must be, whatever is asked of what follows. */
	if (err == 0)
		err = base->ops->sync(base);
	if (err == 0)
		err = wal_remove(logged->wal);
	if (err != 0)
		message_set(message, "cannot end the log: %s", pp_strerror(err));
	*out = logged->recovery;

err_after_make:
	free_all(logged);
	return err;
}

/* ---- Opening and closing ---- */

/*
 * A new epoch: first the base says that it needs no log, then comes the segment, then the base that
 * speaks of it. So a crash in between leaves nothing that would be missed: a ring begun anew, or an
 * empty segment of an epoch to come, which says nothing.
 */
static int begin_epoch(struct logged *logged, char *message)
{
	struct meta_log meta = logged->meta;
	bool whole = meta.clean && !logged->recovery.loss;

	meta.clean = true;
	int err = whole ? 0 : commit_recovered(logged, &meta);
	meta = logged->meta;
	meta.epoch++;
	meta.clean = false;
	if (err == 0)
		err = wal_begin(logged->wal, meta.epoch, meta.batch);
	if (err == 0)
		err = checkpoint_commit(logged, NULL, &meta);
	if (err == 0)
		err = wal_prepare(logged->wal);
	/* Without space for a segment ahead of need the writer is told when it comes to that. */
	if (err == PP_ERR_STORAGE_FULL && logged->meta.epoch == meta.epoch)
		err = 0;
	if (err != 0)
		message_set(message, "cannot begin the log: %s%s", pp_strerror(err),
			err == PP_ERR_STORAGE_FULL ? ". Free some space, and start again" : "");
	return err;
}

static int begin_layers(struct logged *logged)
{
	struct engine_view *view;
	struct layers *layers = &logged->tables[0].over_base;

	atomic_store(&logged->current, layers);
	logged->in_base = logged->meta.batch;
	logged->before_base = logged->meta.batch;
	atomic_store(&logged->last, logged->meta.batch);
	layers->active = &logged->tables[0];
	atomic_store(&layers->active->published, logged->meta.batch);
	for (int i = 1; i < LOGGED_TABLES; i++)
		logged->spare[logged->n_spare++] = &logged->tables[i];
	int err = engine_log.view_open(&logged->engine, &view);
	if (err != 0)
		return err;
	logged->writer =
		(struct logged_view *)((uintptr_t)view - offsetof(struct logged_view, view));
	err = logged->base->ops->view_begin(logged->writer->base);
	if (err != 0)
		return err;
	layers->base_number = logged->base->ops->view_number(logged->writer->base);
	logged->base->ops->view_end(logged->writer->base);
	return 0;
}

/* Of an engine whose thread has ended, or never began. */
static void close_writer(struct logged *logged)
{
	if (logged->writer != NULL)
		engine_log.view_close(&logged->writer->view);
	ASSERT(logged->views == NULL);
}

static int start(struct logged *logged, const struct store_options *options, char *message)
{
	struct meta_log meta;
	int err = open_wal(logged, options, &meta, message);

	if (err != 0)
		return err;
	err = recover(logged, options, &meta, message);
	if (err != 0)
		return err;
	err = begin_epoch(logged, message);
	if (err != 0)
		return err;
	err = begin_layers(logged);
	if (err == 0)
		err = checkpointer_start(logged);
	if (err != 0)
		message_set(message, "cannot start the checkpointer: %s", pp_strerror(err));
	return err;
}

int logged_open(const struct store_options *options, const struct engine_changes *first,
	struct engine **out, char *message)
{
	struct engine *base;
	int err = engine_lmdb.open(options, first, &base, message);

	if (err != 0)
		return err;
	struct logged *logged = make(base, options);
	if (logged == NULL) {
		err = PP_ERR_NO_MEMORY;
		message_set(message, "%s", pp_strerror(err));
		goto err_after_base;
	}
	err = start(logged, options, message);
	if (err != 0)
		goto err_after_make;
	*out = &logged->engine;
	return 0;

err_after_make:
	close_writer(logged);
	free_all(logged);
err_after_base:
	base->ops->close(base);
	return err;
}

int logged_close(struct engine *engine)
{
	struct logged *logged = (struct logged *)engine;
	struct engine *base = logged->base;
	int err = checkpointer_stop(logged);

	close_writer(logged);
	free_all(logged);
	int closed = base->ops->close(base);
	return err != 0 ? err : closed;
}

/* The LMDB engine: one batch is one synced write transaction, one view one read transaction. */
#include "storage/lmdb_engine.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/statvfs.h>

#include "storage/overlay.h"

struct lmdb_view {
	struct engine_view base;
	MDB_txn *txn; /* begun or reset; never of a thread (MDB_NOTLS) */
	MDB_cursor *cursor;
};

static struct lmdb_engine *engine_of(const struct engine *engine)
{
	return (struct lmdb_engine *)engine;
}

static struct lmdb_view *view_of(const struct engine_view *view)
{
	return (struct lmdb_view *)view;
}

int lmdb_error(int code)
{
	switch (code) {
	case 0: return 0;
	case MDB_NOTFOUND: return PP_ERR_NOT_FOUND;
	case MDB_MAP_FULL: return PP_ERR_STORAGE_FULL;
	case MDB_PAGE_NOTFOUND:
	case MDB_CORRUPTED:
	case MDB_CURSOR_FULL:
	case MDB_PAGE_FULL:
	case MDB_INCOMPATIBLE: return PP_ERR_CORRUPT;
	case MDB_VERSION_MISMATCH:
	case MDB_INVALID: return PP_ERR_FORMAT;
	case MDB_READERS_FULL: return PP_ERR_BUSY;
	default: return code > 0 ? directory_error(code) : PP_ERR_IO;
	}
}

static MDB_val val_of_key(const struct key *key)
{
	/* LMDB reads keys only. */
	return (MDB_val) { .mv_size = key->len, .mv_data = (void *)(uintptr_t)key->bytes };
}

static int get(MDB_cursor *cursor, const struct key *key, struct span *out)
{
	MDB_val name = val_of_key(key);
	MDB_val value;
	int rc = mdb_cursor_get(cursor, &name, &value, MDB_SET_KEY);

	if (rc == 0)
		*out = (struct span) { .data = value.mv_data, .len = value.mv_size };
	return lmdb_error(rc);
}

static int next(
	MDB_cursor *cursor, const struct key *key, bool after, struct key *found, struct span *out)
{
	MDB_val name = val_of_key(key);
	MDB_val value;
	int rc = mdb_cursor_get(cursor, &name, &value, MDB_SET_RANGE);

	if (rc == 0 && after && name.mv_size == key->len &&
		memcmp(name.mv_data, key->bytes, key->len) == 0)
		rc = mdb_cursor_get(cursor, &name, &value, MDB_NEXT);
	if (rc != 0)
		return lmdb_error(rc);
	if (name.mv_size == 0 || name.mv_size > KEY_BYTES_MAX)
		return PP_ERR_CORRUPT; /* nobody put such a key */
	*found = (struct key) { .len = (uint8_t)name.mv_size };
	memcpy(found->bytes, name.mv_data, name.mv_size);
	*out = (struct span) { .data = value.mv_data, .len = value.mv_size };
	return 0;
}

/*
 * Another process that read and was killed, as mdb_copy may be, left its slot behind, which keeps
 * every page freed since from being used again. A look at the table costs nothing beside a commit.
 */
static int batch_begin(struct engine *engine)
{
	struct lmdb_engine *lmdb = engine_of(engine);
	int n_dead;
	int rc = mdb_reader_check(lmdb->env, &n_dead);

	if (rc == 0)
		rc = mdb_txn_begin(lmdb->env, NULL, 0, &lmdb->batch);
	if (rc != 0)
		return lmdb_error(rc);
	rc = mdb_cursor_open(lmdb->batch, lmdb->dbi, &lmdb->batch_cursor);
	if (rc != 0)
		mdb_txn_abort(lmdb->batch);
	return lmdb_error(rc);
}

static void limits(const struct engine *engine, uint32_t *n_records_max, size_t *n_bytes_max)
{
	(void)engine;
	/* Leaves of 65 536 random keys and their parents stay below 131 071 dirty pages. */
	*n_records_max = OVERLAY_ENTRIES_MAX;
	*n_bytes_max = OVERLAY_BYTES_MAX;
}

static int batch_get(struct engine *engine, const struct key *key, struct span *out)
{
	return get(engine_of(engine)->batch_cursor, key, out);
}

static int batch_next(struct engine *engine, const struct key *key, bool after, struct key *found,
	struct span *out)
{
	return next(engine_of(engine)->batch_cursor, key, after, found, out);
}

int lmdb_apply(MDB_txn *txn, MDB_cursor *cursor, const struct engine_changes *changes)
{
	MDB_dbi dbi = mdb_cursor_dbi(cursor);
	int rc = 0;

	for (size_t i = 0; rc == 0 && i < changes->n_puts; i++) {
		const struct engine_put *put = &changes->puts[i];
		MDB_val name = val_of_key(put->key);
		MDB_val value = {
			.mv_size = put->value.len,
			.mv_data = (void *)(uintptr_t)put->value.data,
		};
		rc = mdb_cursor_put(cursor, &name, &value, put->fresh ? MDB_NOOVERWRITE : 0);
	}
	for (size_t i = 0; rc == 0 && i < changes->n_removals; i++) {
		MDB_val name = val_of_key(&changes->removals[i]);
		rc = mdb_del(txn, dbi, &name, NULL);
	}
	/* What was just seen is gone, or what can not be is there: the tree is not sound. */
	return rc == MDB_NOTFOUND || rc == MDB_KEYEXIST ? MDB_CORRUPTED : rc;
}

static bool disk_is_full(const struct lmdb_engine *lmdb)
{
	struct statvfs info;

	return fstatvfs(lmdb->directory.fd, &info) == 0 &&
	       (uint64_t)info.f_bavail * info.f_frsize < LMDB_FREE_FLOOR_BYTES;
}

/*
 * A commit that failed for want of space left nothing behind, if it failed before the meta page:
 * LMDB aborted the transaction, its pages are free ones and no tree leads to them. That is so
 * exactly when the next transaction takes the same number; a failed meta page makes it MDB_PANIC.
 * A write cut short by a full disk shows itself as EIO. EIO for another reason is final.
 */
static int after_failed_commit(struct lmdb_engine *lmdb, size_t txn_id, int code)
{
	MDB_txn *txn;
	bool full = code == MDB_MAP_FULL || code == ENOSPC || code == EDQUOT ||
		    (code == EIO && disk_is_full(lmdb));

	if (!full)
		return lmdb_error(code);
	if (mdb_txn_begin(lmdb->env, NULL, 0, &txn) != 0)
		return PP_ERR_IO;
	bool nothing_left = mdb_txn_id(txn) == txn_id;
	mdb_txn_abort(txn);
	return nothing_left ? PP_ERR_STORAGE_FULL : PP_ERR_IO;
}

static int batch_commit(struct engine *engine, const struct engine_changes *changes)
{
	struct lmdb_engine *lmdb = engine_of(engine);
	size_t txn_id = mdb_txn_id(lmdb->batch);
	int rc = lmdb_apply(lmdb->batch, lmdb->batch_cursor, changes);

	mdb_cursor_close(lmdb->batch_cursor);
	if (rc == 0)
		rc = mdb_txn_commit(lmdb->batch);
	else
		mdb_txn_abort(lmdb->batch);
	return rc == 0 ? 0 : after_failed_commit(lmdb, txn_id, rc);
}

static void batch_abort(struct engine *engine)
{
	struct lmdb_engine *lmdb = engine_of(engine);

	mdb_cursor_close(lmdb->batch_cursor);
	mdb_txn_abort(lmdb->batch);
}

/* Slots of dead processes are given back before the table counts as full. */
static int begin_read(MDB_env *env, MDB_txn **out)
{
	int n_dead;
	int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, out);

	if (rc == MDB_READERS_FULL && mdb_reader_check(env, &n_dead) == 0 && n_dead > 0)
		rc = mdb_txn_begin(env, NULL, MDB_RDONLY, out);
	return rc;
}

static int view_open(struct engine *engine, struct engine_view **out)
{
	struct lmdb_engine *lmdb = engine_of(engine);
	struct lmdb_view *view = calloc(1, sizeof(*view));

	if (view == NULL)
		return PP_ERR_NO_MEMORY;
	view->base.engine = engine;
	int rc = begin_read(lmdb->env, &view->txn);
	if (rc != 0)
		goto err_after_calloc;
	rc = mdb_cursor_open(view->txn, lmdb->dbi, &view->cursor);
	if (rc != 0)
		goto err_after_txn;
	mdb_txn_reset(view->txn);
	*out = &view->base;
	return 0;

err_after_txn:
	mdb_txn_abort(view->txn);
err_after_calloc:
	free(view);
	return lmdb_error(rc);
}

static void view_close(struct engine_view *view)
{
	struct lmdb_view *lmdb = view_of(view);

	mdb_cursor_close(lmdb->cursor);
	mdb_txn_abort(lmdb->txn);
	free(lmdb);
}

static int view_begin(struct engine_view *view)
{
	struct lmdb_view *lmdb = view_of(view);
	int rc = mdb_txn_renew(lmdb->txn);

	if (rc == 0)
		rc = mdb_cursor_renew(lmdb->txn, lmdb->cursor);
	return lmdb_error(rc);
}

static void view_end(struct engine_view *view)
{
	mdb_txn_reset(view_of(view)->txn);
}

static int view_get(struct engine_view *view, const struct key *key, struct span *out)
{
	return get(view_of(view)->cursor, key, out);
}

static int view_next(struct engine_view *view, const struct key *key, bool after, struct key *found,
	struct span *out)
{
	return next(view_of(view)->cursor, key, after, found, out);
}

static uint64_t view_number(const struct engine_view *view)
{
	return mdb_txn_id(view_of(view)->txn);
}

static int sync_all(struct engine *engine)
{
	return lmdb_error(mdb_env_sync(engine_of(engine)->env, 1));
}

static int health(const struct engine *engine)
{
	(void)engine;
	return 0; /* its errors are the writer's */
}

static void stats(const struct engine *engine, struct store_stats *out)
{
	out->unsafe_no_sync = engine_of(engine)->unsafe_no_sync;
}

static int usage(const struct engine *engine, uint64_t *file_bytes, uint64_t *free_bytes)
{
	struct lmdb_engine *lmdb = engine_of(engine);
	struct statvfs disk;
	struct stat file;
	int fd;

	if (mdb_env_get_fd(lmdb->env, &fd) != 0 || fstat(fd, &file) != 0 ||
		fstatvfs(fd, &disk) != 0)
		return PP_ERR_IO;
	*file_bytes = (uint64_t)file.st_size;
	*free_bytes = (uint64_t)disk.f_bavail * disk.f_frsize;
	return 0;
}

const struct engine_ops engine_lmdb = {
	.commit_mode = "lmdb",
	.open = lmdb_open,
	.close = lmdb_close,
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

/* Makes, checks and opens the LMDB file of a store. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "storage/lmdb_engine.h"
#include "storage/meta.h"

enum { FILE_MODE = 0600 }; /* the store's secret is in it */

static int explain(int code, const char *what, const struct store_options *options, char *message)
{
	const char *advice = "";

	switch (code) {
	case MDB_INVALID:
	case MDB_VERSION_MISMATCH:
		advice = ". " DIRECTORY_DATA_NAME " is not a PeakPeeps store: name another "
			 "directory, or restore a backup";
		break;
	case MDB_CORRUPTED:
	case MDB_PAGE_NOTFOUND: advice = ". The file is damaged: restore a backup"; break;
	case ENOMEM: advice = ". The address space is limited: set a smaller map"; break;
	}
	message_set(message, "cannot %s the store %s: %s%s", what, options->path,
		mdb_strerror(code), advice);
	return lmdb_error(code);
}

static int env_make(const struct store_options *options, MDB_env **out)
{
	uint64_t map_bytes = options->map_bytes == 0 ? LMDB_MAP_BYTES : options->map_bytes;
	uint32_t readers_max = options->readers_max == 0 ? LMDB_READERS_MAX : options->readers_max;
	MDB_env *env;
	int rc = mdb_env_create(&env);

	if (rc != 0)
		return rc;
	rc = mdb_env_set_mapsize(env, map_bytes);
	if (rc == 0)
		rc = mdb_env_set_maxreaders(env, readers_max);
	if (rc != 0) {
		mdb_env_close(env);
		return rc;
	}
	*out = env;
	return 0;
}

static int commit_first(MDB_env *env, const struct engine_changes *first)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	MDB_dbi dbi;
	int rc = mdb_txn_begin(env, NULL, 0, &txn);

	if (rc != 0)
		return rc;
	rc = mdb_dbi_open(txn, NULL, 0, &dbi);
	if (rc != 0)
		goto err_after_begin;
	rc = mdb_cursor_open(txn, dbi, &cursor);
	if (rc != 0)
		goto err_after_begin;
	rc = lmdb_apply(txn, cursor, first);
	mdb_cursor_close(cursor);
	if (rc != 0)
		goto err_after_begin;
	return mdb_txn_commit(txn);

err_after_begin:
	mdb_txn_abort(txn);
	return rc;
}

/*
 * Writes a whole store under another name and renames it when it is on disk: DIRECTORY_DATA_NAME
 * is there or not, never by half. What a crash left under the other name is thrown away.
 */
static int make_file(const struct lmdb_engine *lmdb, const struct store_options *options,
	const struct engine_changes *first, char *message)
{
	char path[PATH_MAX];
	MDB_env *env;
	int fd = lmdb->directory.fd;

	if (snprintf(path, sizeof(path), "%s/" DIRECTORY_NEW_NAME, options->path) >= PATH_MAX)
		return explain(ENAMETOOLONG, "make", options, message);
	if (unlinkat(fd, DIRECTORY_NEW_NAME, 0) != 0 && errno != ENOENT)
		return explain(errno, "make", options, message);
	int rc = env_make(options, &env);
	if (rc != 0)
		return explain(rc, "make", options, message);
	/* Nobody else is here: the directory is locked. */
	rc = mdb_env_open(env, path, MDB_NOSUBDIR | MDB_NOLOCK, FILE_MODE);
	if (rc == 0)
		rc = commit_first(env, first);
	mdb_env_close(env);
	if (rc == 0 && renameat(fd, DIRECTORY_NEW_NAME, fd, DIRECTORY_DATA_NAME) != 0)
		rc = errno;
	if (rc != 0)
		return explain(rc, "make", options, message);
	int err = directory_sync(&lmdb->directory);
	if (err != 0)
		message_set(message, "cannot sync the directory %s: %s", options->path,
			pp_strerror(err));
	return err;
}

/* LMDB takes an empty file for a new one, and reads its two meta pages before it checks a length.
 */
static int check_file(
	const struct lmdb_engine *lmdb, const struct store_options *options, char *message)
{
	struct stat file;
	long page_bytes = sysconf(_SC_PAGESIZE);

	if (fstatat(lmdb->directory.fd, DIRECTORY_DATA_NAME, &file, 0) != 0)
		return explain(errno, "open", options, message);
	if (!S_ISREG(file.st_mode))
		return explain(MDB_INVALID, "open", options, message);
	if (file.st_size >= 2 * page_bytes)
		return 0;
	message_set(message,
		"%s/" DIRECTORY_DATA_NAME " has only %lld bytes: it is damaged, or not a store. "
		"Restore a backup",
		options->path, (long long)file.st_size);
	return PP_ERR_CORRUPT;
}

static int open_env(struct lmdb_engine *lmdb, const struct store_options *options, char *message)
{
	MDB_txn *txn;
	int n_dead;
	int rc = env_make(options, &lmdb->env);

	if (rc != 0)
		return explain(rc, "open", options, message);
	rc = mdb_env_open(lmdb->env, options->path, MDB_NOTLS, FILE_MODE);
	if (rc == 0)
		rc = mdb_reader_check(lmdb->env, &n_dead);
	if (rc == 0)
		rc = mdb_txn_begin(lmdb->env, NULL, MDB_RDONLY, &txn);
	if (rc != 0)
		goto err_after_create;
	rc = mdb_dbi_open(txn, NULL, 0, &lmdb->dbi);
	mdb_txn_abort(txn);
	if (rc != 0)
		goto err_after_create;
	return 0;

err_after_create:
	mdb_env_close(lmdb->env);
	return explain(rc, "open", options, message);
}

/* The tree of free pages: LMDB's own, database 0. */
static int walk_free_pages(MDB_env *env)
{
	MDB_txn *txn;
	MDB_cursor *cursor;
	MDB_val key;
	MDB_val value;
	int rc = mdb_txn_begin(env, NULL, MDB_RDONLY, &txn);

	if (rc != 0)
		return lmdb_error(rc);
	rc = mdb_cursor_open(txn, 0, &cursor);
	if (rc != 0)
		goto err_after_begin;
	do {
		rc = mdb_cursor_get(cursor, &key, &value, MDB_NEXT);
	} while (rc == 0);
	mdb_cursor_close(cursor);
err_after_begin:
	mdb_txn_abort(txn);
	return rc == MDB_NOTFOUND ? 0 : lmdb_error(rc);
}

static int walk_records(struct engine *engine)
{
	struct engine_view *view;
	int err = engine->ops->view_open(engine, &view);

	if (err != 0)
		return err;
	err = engine->ops->view_begin(view);
	if (err == 0) {
		err = meta_walk(view);
		engine->ops->view_end(view);
	}
	engine->ops->view_close(view);
	return err;
}

/*
 * A page beyond the end of the file would kill the process when it is touched (SIGBUS). LMDB itself
 * leaves a file short when the last pages of a commit were used and given up within it; then no
 * tree leads to them. So a short file is made whole with zeros, for the time of a full walk, and
 * refused when anything is missing.
 */
static int check_length(
	struct lmdb_engine *lmdb, const struct store_options *options, char *message)
{
	MDB_envinfo info;
	MDB_stat stat;
	struct stat file;
	int fd;

	int rc = mdb_env_info(lmdb->env, &info);
	if (rc == 0)
		rc = mdb_env_stat(lmdb->env, &stat);
	if (rc == 0)
		rc = mdb_env_get_fd(lmdb->env, &fd);
	if (rc == 0 && fstat(fd, &file) != 0)
		rc = errno;
	if (rc != 0)
		return explain(rc, "examine", options, message);
	uint64_t wanted = ((uint64_t)info.me_last_pgno + 1) * stat.ms_psize;
	if ((uint64_t)file.st_size >= wanted)
		return 0;
	int err = ftruncate(fd, (off_t)wanted) == 0 ? 0 : directory_error(errno);
	if (err == 0)
		err = walk_free_pages(lmdb->env);
	if (err == 0)
		err = walk_records(&lmdb->base);
	if (err == 0)
		return 0;
	message_set(message,
		"%s/" DIRECTORY_DATA_NAME " ends %llu bytes too early, and records are missing: it "
		"was cut off. Restore a backup",
		options->path, (unsigned long long)(wanted - (uint64_t)file.st_size));
	if (ftruncate(fd, file.st_size) != 0)
		return PP_ERR_IO;
	return PP_ERR_CORRUPT;
}

int lmdb_open(const struct store_options *options, const struct engine_changes *first,
	struct engine **out, char *message)
{
	struct lmdb_engine *lmdb = calloc(1, sizeof(*lmdb));

	if (lmdb == NULL)
		return explain(ENOMEM, "open", options, message);
	lmdb->base.ops = &engine_lmdb;
	int err = directory_open(options->path, options->create, &lmdb->directory, message);
	if (err != 0)
		goto err_after_calloc;
	if (!lmdb->directory.has_data)
		err = make_file(lmdb, options, first, message);
	if (err == 0)
		err = check_file(lmdb, options, message);
	if (err == 0)
		err = open_env(lmdb, options, message);
	if (err != 0)
		goto err_after_directory;
	err = check_length(lmdb, options, message);
	if (err != 0)
		goto err_after_env;
	*out = &lmdb->base;
	return 0;

err_after_env:
	mdb_env_close(lmdb->env);
err_after_directory:
	directory_close(&lmdb->directory);
err_after_calloc:
	free(lmdb);
	return err;
}

void lmdb_close(struct engine *engine)
{
	struct lmdb_engine *lmdb = (struct lmdb_engine *)engine;

	mdb_env_close(lmdb->env);
	directory_close(&lmdb->directory);
	free(lmdb);
}

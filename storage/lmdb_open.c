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

/* Every start does: nobody may have, when it was copied or moved here. */
static int sync_directory(
	const struct lmdb_engine *lmdb, const struct store_options *options, char *message)
{
	int err = directory_sync(&lmdb->directory);

	if (err != 0)
		message_set(message, "cannot sync the directory %s: %s", options->path,
			pp_strerror(err));
	return err;
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
	return rc != 0 ? explain(rc, "make", options, message) : 0;
}

static int explain_file(
	int err, uint64_t bytes_missing, const struct store_options *options, char *message)
{
	switch (err) {
	case 0: break;
	case PP_ERR_FORMAT: return explain(MDB_INVALID, "open", options, message);
	case PP_ERR_CORRUPT:
		message_set(message,
			"%s/" DIRECTORY_DATA_NAME " ends %llu bytes too early, and records are "
			"missing: it was cut off. Restore a backup",
			options->path, (unsigned long long)bytes_missing);
		break;
	default:
		message_set(message, "cannot read %s/" DIRECTORY_DATA_NAME ": %s", options->path,
			pp_strerror(err));
	}
	return err;
}

/* LMDB would take an empty file for a new one, and map a file that was cut off. */
static int check_file(
	const struct lmdb_engine *lmdb, const struct store_options *options, char *message)
{
	uint64_t bytes_missing = 0;
	struct stat file;

	if (fstatat(lmdb->directory.fd, DIRECTORY_DATA_NAME, &file, 0) != 0)
		return explain(errno, "open", options, message);
	if (!S_ISREG(file.st_mode))
		return explain(MDB_INVALID, "open", options, message);
	int fd = openat(lmdb->directory.fd, DIRECTORY_DATA_NAME, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return explain(errno, "open", options, message);
	int err = lmdb_pages_check(fd, &bytes_missing);
	close(fd);
	return explain_file(err, bytes_missing, options, message);
}

static int open_env(struct lmdb_engine *lmdb, const struct store_options *options, char *message)
{
	MDB_txn *txn;
	int n_dead;
	int rc = env_make(options, &lmdb->env);

	if (rc != 0)
		return explain(rc, "open", options, message);
	unsigned flags = MDB_NOTLS | (lmdb->unsafe_no_sync ? MDB_NOSYNC : 0U);
	rc = mdb_env_open(lmdb->env, options->path, flags, FILE_MODE);
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

int lmdb_open(const struct store_options *options, const struct engine_changes *first,
	struct engine **out, char *message)
{
	struct lmdb_engine *lmdb = calloc(1, sizeof(*lmdb));

	if (lmdb == NULL)
		return explain(ENOMEM, "open", options, message);
	lmdb->base.ops = &engine_lmdb;
	/* Under a log it is the log that is not synced: this file is sound at any moment. */
	lmdb->unsafe_no_sync = options->unsafe_no_sync && options->engine == STORE_LMDB;
	bool create = options->create && !options->restored;
	int err = directory_open(options->path, create, &lmdb->directory, message);
	if (err == PP_ERR_NOT_FOUND && options->restored)
		message_set(message,
			"%s holds no store that could have been restored: put the copy's data.mdb "
			"there first",
			options->path);
	if (err != 0)
		goto err_after_calloc;
	if (!lmdb->directory.has_data)
		err = make_file(lmdb, options, first, message);
	if (err == 0)
		err = check_file(lmdb, options, message);
	if (err == 0)
		err = sync_directory(lmdb, options, message);
	if (err == 0)
		err = open_env(lmdb, options, message);
	if (err != 0)
		goto err_after_directory;
	*out = &lmdb->base;
	return 0;

err_after_directory:
	directory_close(&lmdb->directory);
err_after_calloc:
	free(lmdb);
	return err;
}

int lmdb_close(struct engine *engine)
{
	struct lmdb_engine *lmdb = (struct lmdb_engine *)engine;

	mdb_env_close(lmdb->env);
	directory_close(&lmdb->directory);
	free(lmdb);
	return 0;
}

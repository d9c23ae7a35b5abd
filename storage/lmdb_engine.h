/* The LMDB engine between its two files: lmdb.c works, lmdb_open.c makes, checks and opens. */
#ifndef STORAGE_LMDB_ENGINE_H
#define STORAGE_LMDB_ENGINE_H

#include <lmdb.h>

#include "storage/directory.h"

struct lmdb_engine {
	struct engine base;
	struct directory directory;
	MDB_env *env;
	bool unsafe_no_sync;
	MDB_dbi dbi; /* the main database holds everything: one root to write per commit */
	/* The writer's: */
	MDB_txn *batch;
	MDB_cursor *batch_cursor;
};

enum {
	LMDB_READERS_MAX = 126,
	LMDB_FREE_FLOOR_BYTES = 1024 * 1024, /* less than this free is a full disk */
};

#define LMDB_MAP_BYTES (UINT64_C(1) << 40)

int lmdb_open(const struct store_options *options, const struct engine_changes *first,
	struct engine **out, char *message);
int lmdb_close(struct engine *engine);
/* Puts and deletes into a write transaction. MDB_* or errno. */
int lmdb_apply(MDB_txn *txn, MDB_cursor *cursor, const struct engine_changes *changes);
/*
 * A page beyond the end of the file would kill the process when it is touched (SIGBUS). LMDB itself
 * leaves a file shorter than its last page number says, when a commit used pages at its end and
 * gave them up again; then no tree leads to them. So a short file, and only that, is walked.
 * PP_ERR_CORRUPT: a page is missing, and *bytes_missing are. PP_ERR_FORMAT: not LMDB's file.
 */
int lmdb_pages_check(int fd, uint64_t *bytes_missing) MUST_CHECK;
/* An MDB_* or errno as ours. */
int lmdb_error(int code);

#endif

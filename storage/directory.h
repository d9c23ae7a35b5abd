/* The directory of a store: found or made, known to be local, locked, and its entries synced. */
#ifndef STORAGE_DIRECTORY_H
#define STORAGE_DIRECTORY_H

#include "storage/engine.h"

#define DIRECTORY_DATA_NAME "data.mdb"
#define DIRECTORY_NEW_NAME "new.mdb" /* a store in the making; of no use after a crash */
#define DIRECTORY_READERS_NAME "lock.mdb"
#define DIRECTORY_LOCK_NAME "store.lock"

struct directory {
	int fd;
	int lock_fd;
	bool has_data; /* DIRECTORY_DATA_NAME is there: a whole store, as it is renamed in place */
};

/*
 * Opens the directory, makes it when it is missing and `create` is set, and takes its lock, which
 * keeps out other opens, by this process too. PP_ERR_NOT_FOUND, PP_ERR_LOCKED, PP_ERR_PERMISSION,
 * PP_ERR_INVALID (a network file system), PP_ERR_CORRUPT (a store that lost its data), PP_ERR_IO.
 */
int directory_open(const char *path, bool create, struct directory *out, char *message) MUST_CHECK;
void directory_close(struct directory *directory);
/* Makes what was created or renamed in the directory, and the directory itself, survive a crash. */
int directory_sync(const struct directory *directory) MUST_CHECK;
/* An errno as ours. */
int directory_error(int error);

#endif

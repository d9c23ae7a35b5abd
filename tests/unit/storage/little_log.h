/* A small log in a folder of its own, whose batches can be told from their numbers alone. */
#ifndef TESTS_LITTLE_LOG_H
#define TESTS_LITTLE_LOG_H

#include "storage/wal.h"

enum {
	LITTLE_SEGMENT_BYTES = 4096,
	LITTLE_SEGMENTS = 6,
	LITTLE_FILES_MAX = 16,
	LITTLE_BLOCK_BYTES_MAX = LITTLE_SEGMENT_BYTES - WAL_SEGMENT_HEADER_BYTES,
};

struct little_log {
	char folder[64];
	struct wal_options options;
	struct wal *wal; /* NULL while closed */
	uint64_t epoch;  /* of the base */
	uint64_t after;  /* what the base holds */
	uint64_t last;   /* appended */
	uint8_t salt;    /* another one makes other batches of the same numbers */
	char message[STORE_MESSAGE_BYTES];
};

/* The files of a folder as they were at some time. */
struct little_image {
	size_t n;
	struct little_file {
		char name[32];
		uint8_t *bytes;
		size_t len;
	} files[LITTLE_FILES_MAX];
};

/* A new folder without a log; a base of epoch 1 that holds nothing. */
void little_log_make(struct little_log *log);
void little_log_free(struct little_log *log);
/* Opens it, which must succeed; or says why it does not. */
void little_log_open(struct little_log *log);
int little_log_try_open(struct little_log *log);
void little_log_close(struct little_log *log);
/* A new epoch after `last`, as a start does: the log first, then the base. */
void little_log_begin(struct little_log *log);
/* Appends the next batch, of about so many bytes, at least one. */
void little_log_append(struct little_log *log, size_t n_bytes);
/* Opens, reads back what is after `after`, and closes. Every batch must be the one that it was. */
int little_log_recover(
	struct little_log *log, bool clean, bool accept_loss, struct wal_found *found);

void little_image_take(const struct little_log *log, struct little_image *out);
/* The folder is as it was. */
void little_image_put(const struct little_log *log, const struct little_image *image);
void little_image_free(struct little_image *image);
void little_file_write(
	const struct little_log *log, const char *name, const uint8_t *bytes, size_t len);
void little_file_remove(const struct little_log *log, const char *name);

#endif

/* The log: batches appended to a ring of segment files and synced, read back after a crash. */
#ifndef STORAGE_WAL_H
#define STORAGE_WAL_H

#include "storage/engine.h"

/*
 * A batch is one block: a header, then its records as wal_record_write lays them down, padded with
 * zeros to WAL_ALIGNMENT. It lies whole in one segment. Batches are numbered without gaps, and each
 * is appended only after the one before it was synced: so a whole batch behind a broken one means
 * damage, and a broken last one is an append that the crash cut short, which nobody was answered.
 *
 * Sums are keyed by the store's secret, since clients choose the bytes, and cover the epoch, the
 * segment's number, the offset, the batch's number and the sum of the batch before, so nothing
 * left over in a segment that is used again passes for new.
 *
 * Segments are files of one size, zero-filled with real writes and synced when they are made: an
 * append then changes no metadata. They are used in turn; one is used again when the base holds
 * all its batches (wal_release). A new one is made when there is none, up to n_bytes_max in all.
 * They are called log.000001 and so on, without a gap, and are made as log.new: what is cut short
 * then is none. Each begins with a header, which is written anew together with the first batch of
 * each use, and says before which batch it begins: that one is durable.
 */
struct wal;

enum {
	WAL_ALIGNMENT = 512,
	WAL_HEADER_BYTES = 80, /* of a batch, at the start of its block */
	WAL_SEGMENT_HEADER_BYTES = 512,
	WAL_RECORD_BYTES = 5, /* before each key and value: their lengths */
};

struct wal_options {
	const char *path; /* the store's directory, already locked */
	struct pp_uuid store_id;
	const uint8_t *secret; /* 32 bytes, borrowed while open */
	size_t segment_bytes;  /* a multiple of WAL_ALIGNMENT; others are made anew by wal_begin */
	uint64_t n_bytes_max;  /* of all segments, of which there are at most 1 024 */
	bool sync;             /* false: unsafe, an append is not synced */
};

/*
 * Opens the directory and looks at the segments there, without changing anything. A file that is a
 * segment of another store is refused: PP_ERR_CORRUPT. PP_ERR_FORMAT, PP_ERR_IO,
 * PP_ERR_PERMISSION, PP_ERR_NO_MEMORY; `message`, STORE_MESSAGE_BYTES, then says what is wrong and
 * what to do.
 */
int wal_open(const struct wal_options *options, struct wal **out, char *message) MUST_CHECK;
void wal_close(struct wal *wal);
/* Whether there is any segment, in use or not. */
bool wal_exists(const struct wal *wal);

/* ---- Recovery ---- */

struct wal_found {
	uint64_t last;       /* the last whole batch; that which was asked to follow if none */
	uint64_t n_batches;  /* passed to `each` */
	uint64_t n_lost;     /* whole batches behind damage, when that was accepted */
	bool loss;           /* `accept_loss` was needed */
	uint64_t torn_bytes; /* of an append cut short, 0 if none can be seen */
};

/*
 * Calls `each` with every whole batch after `after`, in order: `records` is to be walked with
 * wal_record_next and stays until the next call, wal_begin, wal_remove or wal_close. An error of
 * `each` ends it and is returned; it is not called at all when the log is refused.
 *
 * `epoch`: that of the base; segments of earlier ones are left out. Those of later ones are
 * refused, as the base is then older than its log; but one without a whole batch in it says nothing
 * (a start was cut short between wal_begin and the base's commit), whatever its epoch.
 * `clean`: the base says that the log holds nothing beyond it: then it may be missing. If not,
 * there must be a segment of `epoch` that reaches back to `after` + 1, or an empty one, of `epoch`
 * or later, whose header says that it begins behind `after`.
 *
 * PP_ERR_CORRUPT, with file, offset and batch in `message`: a broken batch with a whole one, or a
 * segment that began later, behind it; a log that does not reach back to `after` + 1, or not up to
 * `after`; one of a later epoch; a file that is missing or not of its size. With `accept_loss` all
 * of these end the log there instead, and n_lost tells what was dropped. PP_ERR_IO,
 * PP_ERR_NO_MEMORY. Idempotent: changes nothing. Reads every segment whole, unless `clean`.
 */
typedef int (*wal_batch_fn)(void *context, uint64_t batch, struct span records);
int wal_recover(struct wal *wal, uint64_t epoch, uint64_t after, bool clean, bool accept_loss,
	wal_batch_fn each, void *context, struct wal_found *out, char *message) MUST_CHECK;

/* Walks the records of a batch. False at the end. The sum was right, so a bad length is an ASSERT.
 * `*at` starts as 0. */
bool wal_record_next(struct span records, size_t *at, struct key *key, struct engine_put *put);

/* Removes every segment: the base holds everything, or what they say is given up. */
int wal_remove(struct wal *wal) MUST_CHECK;

/* ---- Appending: the writer's thread ---- */

/*
 * Begins to append in a fresh segment, as `epoch`, with the batch after `last`; its header is then
 * on disk. All segments there are may be used again; if recovery saw batches of this or a later
 * epoch, which were given up, all are removed first. PP_ERR_STORAGE_FULL, PP_ERR_IO.
 */
int wal_begin(struct wal *wal, uint64_t epoch, uint64_t last) MUST_CHECK;
/*
 * Makes sure that a block of `len` bytes, which fits into a segment behind its header, can be
 * appended, by making a segment if it must.
 * PP_ERR_BUSY: the ring is full; something must be released first. PP_ERR_STORAGE_FULL: no space on
 * the disk for another segment. PP_ERR_IO.
 */
int wal_reserve(struct wal *wal, size_t len) MUST_CHECK;
/* Bytes of a block for so many records with so many bytes of keys and values together. */
size_t wal_block_bytes(uint32_t n_records, size_t n_bytes);
/* Writes one record at `at`, inside a block; returns the place behind it. */
uint8_t *wal_record_write(uint8_t *at, const struct engine_put *put);
/* Where the value of a record lies that was written at `at`. */
uint8_t *wal_record_value(uint8_t *at, const struct key *key);
/*
 * Appends the block of the next batch and syncs it. The caller has filled everything behind the
 * first WAL_HEADER_BYTES, which are set here; `len` is a multiple of WAL_ALIGNMENT and reserved;
 * `n_used` what of it is header and records. Any error: it is not known what is on disk; the
 * process must end without answering.
 */
int wal_append(
	struct wal *wal, uint8_t *block, size_t len, size_t n_used, uint64_t batch) MUST_CHECK;

/* ---- Any thread ---- */

/* The base holds every batch up to this one, durably: segments with no later one are free. */
void wal_release(struct wal *wal, uint64_t batch);
/* Makes a segment ahead of need, if none is free and there may be another. For the checkpointer, so
 * that the writer need not wait for it. PP_ERR_STORAGE_FULL, PP_ERR_IO. */
int wal_prepare(struct wal *wal) MUST_CHECK;
/* Bytes in segments that are not free, of all segments, and the most there may be. */
void wal_usage(const struct wal *wal, uint64_t *used, uint64_t *allocated, uint64_t *max);

#endif

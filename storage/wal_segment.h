/* Segments of the log as they lie on disk: their names, headers and sums, and their I/O. */
#ifndef STORAGE_WAL_SEGMENT_H
#define STORAGE_WAL_SEGMENT_H

#include <pthread.h>
#include <stdatomic.h>
#include <sys/uio.h>

#include "storage/wal.h"

enum {
	WAL_FORMAT = 1,
	WAL_SLOTS_MAX = 1024, /* files there may be; n_bytes_max is cut to that */
	WAL_SUM_BYTES = 16,
	WAL_NAME_BYTES = 16,
	WAL_KEY_BYTES = 192, /* XXH3's own default for a secret */
};

#define WAL_TEMPORARY_NAME "log.new" /* a segment in the making: of no use after a crash */

/* Derived from the store's secret. The mark stands in front of every batch: nobody who chooses the
 * bytes of records can make what looks like one, and so make recovery try sum after sum. */
struct wal_key {
	uint8_t secret[WAL_KEY_BYTES];
	uint64_t mark;
};

/* At the start of each file, WAL_SEGMENT_HEADER_BYTES. */
struct wal_segment_header {
	struct pp_uuid store_id;
	uint64_t mark;
	uint64_t epoch;                  /* 0: never used */
	uint64_t number;                 /* grows with each use of any segment; 0: never used */
	uint64_t n_bytes;                /* of the file */
	uint32_t n_slots;                /* files there were, at least, when this was written */
	uint64_t after;                  /* the batch before its first: that one is durable */
	uint8_t previous[WAL_SUM_BYTES]; /* the sum of that batch; zeros: not of this epoch */
};

/* At the start of each block, WAL_HEADER_BYTES: the sum, and then what it covers. */
struct wal_batch_header {
	uint8_t sum[WAL_SUM_BYTES]; /* of the rest of the header and the records */
	uint64_t mark;
	uint64_t epoch;
	uint64_t segment;
	uint64_t batch;
	uint64_t offset; /* in the file */
	uint32_t len;
	uint32_t n_used;
	uint8_t previous[WAL_SUM_BYTES];
};

struct wal_slot {
	int fd;     /* -1: there is no such file */
	bool whole; /* the header could be read */
	uint64_t n_bytes;
	struct wal_segment_header header;
	bool in_use;    /* by a batch that the base may not hold, or by the writer */
	uint64_t last;  /* its last batch, while in_use and not current */
	uint8_t *bytes; /* read by wal_recover, whose batches lie in it; or NULL */
};

struct wal {
	/* Constant: */
	struct wal_options options;
	char *path;
	int directory_fd;
	struct wal_key key;
	uint32_t n_slots_max;

	pthread_mutex_t making; /* held while a segment is made; taken before `lock` */
	uint8_t *zeros;         /* of the one who holds it */

	pthread_mutex_t lock; /* guards what follows, but for slots not in_use or not made */
	struct wal_slot slots[WAL_SLOTS_MAX];
	uint32_t n_slots;          /* up to the last one that is there */
	uint32_t n_slots_expected; /* by the header that was written last */
	uint64_t released;
	struct wal_slot *current; /* NULL until wal_begin */
	_Atomic uint64_t n_bytes_used;
	_Atomic uint64_t n_bytes_allocated;

	/* Of the writer's thread: */
	uint64_t epoch;
	uint64_t number;     /* of the current segment, and the highest there was */
	uint64_t epoch_max;  /* of any whole batch that recovery saw */
	uint64_t last;       /* batch */
	uint64_t at;         /* where the next one goes in the current segment */
	bool header_pending; /* written together with the next batch */
	uint8_t previous[WAL_SUM_BYTES];
};

/* ---- What lies in the files ---- */

void wal_key_derive(const uint8_t secret[32], struct wal_key *out);
void wal_segment_header_write(
	const struct wal_segment_header *header, uint8_t out[WAL_SEGMENT_HEADER_BYTES]);
/* PP_ERR_CORRUPT: broken, or none. PP_ERR_FORMAT: whole, but of another format. */
int wal_segment_header_read(
	const uint8_t bytes[WAL_SEGMENT_HEADER_BYTES], struct wal_segment_header *out) MUST_CHECK;
/* Writes the header, its sum too, in front of a block whose records are there. */
void wal_batch_header_write(
	const struct wal_key *key, struct wal_batch_header *header, uint8_t *block);
/* Whether what lies at `offset` of a file of `n_bytes` can be the header of a batch. */
bool wal_batch_header_read(const struct wal_key *key, const uint8_t bytes[WAL_HEADER_BYTES],
	uint64_t offset, uint64_t n_bytes, struct wal_batch_header *out);
/* Whether the block is what was written. */
bool wal_batch_whole(
	const struct wal_key *key, const struct wal_batch_header *header, const uint8_t *block);

/* ---- Files ---- */

void wal_slot_name(uint32_t slot, char out[WAL_NAME_BYTES]);
bool wal_slot_of_name(const char *name, uint32_t *out);
/* Reads or writes all of it, however often it takes. */
int wal_read(int fd, void *out, size_t len, uint64_t offset) MUST_CHECK;
int wal_write(int fd, struct iovec *parts, int n_parts, uint64_t offset) MUST_CHECK;
/* An errno of a file that grows. */
int wal_error(int error);
/* Opens the file of a slot, which is there. As wal_open. */
int wal_slot_open(struct wal *wal, uint32_t slot, char *message) MUST_CHECK;
/* Makes the file of a slot, in place of what was there. `making` is held, or nobody else there. */
int wal_slot_make(struct wal *wal, uint32_t slot) MUST_CHECK;

#endif

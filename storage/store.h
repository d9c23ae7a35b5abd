/* A store: batches of decisions made durable by one writer, and snapshots for readers. */
#ifndef STORAGE_STORE_H
#define STORAGE_STORE_H

#include "domain/rules/step.h"
#include "peakpeeps/types.h"

/*
 * One process has a store open at a time (its lock file says so). store_execute is called by one
 * thread, the writer. Every thread that reads has a reader of its own. A snapshot for a long look
 * (Verify) belongs to the maintenance thread. A read that begins after store_execute returned sees
 * what it wrote; nobody sees what is not on disk.
 */
struct store;
struct store_reader;
struct store_snapshot;

enum store_engine {
	STORE_LOG,    /* batches are synced to a log, and reach LMDB many at a time */
	STORE_LMDB,   /* one batch is one synced LMDB write transaction */
	STORE_MEMORY, /* the tests' reference; keeps nothing */
};

/* Of STORE_LOG. Zeros: as in parentheses. */
struct store_log_options {
	size_t segment_bytes;      /* of one file of the log (8 MiB); at least 256 KiB */
	uint64_t log_bytes_max;    /* of all of them (256 MiB); at least 8 segments */
	size_t memtable_bytes;     /* a checkpoint begins at so many bytes (32 MiB), */
	uint32_t memtable_records; /* records (100 000), */
	uint32_t checkpoint_ms;    /* or milliseconds (1 000) after the first */
	uint32_t wait_ms;          /* how long a batch waits for the checkpoint (5 000) */
};

struct store_options {
	enum store_engine engine;
	const char *path;        /* a directory, made when `create`; not for STORE_MEMORY */
	bool create;             /* make a store if there is none */
	bool restored;           /* it is a copy put back: a new incarnation; never makes a store */
	uint64_t map_bytes;      /* address space, not disk; 0: 1 TiB. Never changed while open */
	uint64_t free_bytes_min; /* writes are refused when the disk has less left; 0: 64 MiB */
	uint32_t readers_max;    /* 0: 126 */
	bool unsafe_no_sync; /* answers before the disk has it: a power cut loses or damages it */
	bool accept_loss; /* when the log is damaged or gone: opens without what it held, as a new
			     incarnation */
	struct store_log_options log;
	rule_fn rule;
	const void *rule_settings; /* borrowed until close; may be set after open by
				      store_set_settings */
	/* The first key that is kept in the table of keys that expire, at a time. NULL: none
	 * expire. */
	void (*oldest_kept)(int64_t now_ms, const void *rule_settings, struct key *out);
	const char
		*unicode_version; /* of the name rules; another than the store's: PP_ERR_FORMAT */
};

struct store_info {
	struct pp_uuid store_id;
	uint64_t incarnation;
	uint64_t previous_incarnation; /* until this open, when it was `restored`; else 0 */
	uint32_t format;
	uint64_t revision;
	int64_t last_commit_ms; /* 0: never */
	int64_t created_at_ms;
	uint8_t secret[32];
	const char *commit_mode; /* "log", "lmdb" or "memory" */
	bool unsafe_no_sync;
	uint64_t n_recovered; /* batches that were read back from the log by this open */
	uint64_t n_lost;      /* and those that were given up, by `accept_loss` */
};

/*
 * Opens or makes a store. With `restored` its new incarnation is on disk before it returns.
 * PP_ERR_LOCKED, PP_ERR_FORMAT, PP_ERR_CORRUPT, PP_ERR_IO,
 * PP_ERR_NOT_FOUND, PP_ERR_PERMISSION, PP_ERR_STORAGE_FULL, PP_ERR_NO_MEMORY, PP_ERR_INVALID (a
 * network file system); `message`, at least STORE_MESSAGE_BYTES, then says what is wrong and what
 * to do.
 */
enum { STORE_MESSAGE_BYTES = 512 };
int store_open(const struct store_options *options, struct store **out, char *message) MUST_CHECK;
/*
 * No reader, snapshot or execute may be under way. An error is that of the last checkpoint: nothing
 * is lost, the next open reads the log.
 */
int store_close(struct store *store);
void store_info(const struct store *store, struct store_info *out);
/* Before the first execute or read. */
void store_set_settings(struct store *store, const void *rule_settings);

/* One request on its way through the store. Everything is borrowed from the caller. */
struct store_op {
	const void *request;
	void *reply;
	struct arena *arena;
	/* Out: 0 decided and, in a batch, durable; PP_ERR_TOO_BIG, PP_ERR_STORAGE_FULL,
	 * PP_ERR_BUSY (checkpoints are behind) or PP_ERR_CORRUPT: not executed, nothing was
	 * written or remembered. */
	int result;
};

enum { STORE_BATCH_MAX = 4096 };

/*
 * Decides ops[0 .. n) in order, each on the effects of those before it, and makes the whole batch
 * durable; *n_taken are those that found room in this batch, at least 1: call again for the rest.
 * now_ms is the time of the batch, never before the last one. Each op's result is set. An error is
 * one after which the store must not be used: a failed sync, a damaged file. The caller stops the
 * process and sends no reply of this batch.
 */
int store_execute(struct store *store, struct store_op *const ops[], size_t n, int64_t now_ms,
	size_t *n_taken) MUST_CHECK;

/* How long the last store_execute took to decide and to make durable. The writer's thread. */
struct store_timing {
	uint64_t decide_ns;
	uint64_t commit_ns;
};
void store_last_timing(const struct store *store, struct store_timing *out);
/* 0, or why nothing may be written any more although the writer does not know it: a checkpoint
 * failed. The caller stops the process. Any thread. */
int store_health(const struct store *store) MUST_CHECK;
/* How STORE_LOG is doing; zeros otherwise. Any thread. */
struct store_stats {
	uint64_t checkpoints_total;
	uint64_t checkpoint_last_us;
	uint64_t checkpoint_total_us;
	uint64_t checkpoint_largest_us;
	uint64_t memtable_bytes; /* of the active one, now, and where a checkpoint begins */
	uint64_t memtable_bytes_max;
	uint64_t memtable_records;
	uint64_t memtable_records_max;
	uint64_t log_bytes; /* in segments that are not free */
	uint64_t log_bytes_max;
	uint64_t writer_waits_total; /* batches that waited for a checkpoint */
	uint64_t writer_waited_us_total;
	bool unsafe_no_sync;
};
void store_stats(const struct store *store, struct store_stats *out);

int store_reader_open(struct store *store, struct store_reader **out) MUST_CHECK;
void store_reader_close(struct store_reader *reader);
/* Takes a view. Let go of it before the thread waits for anything: it keeps pages from being
 * reused. */
int store_reader_begin(struct store_reader *reader) MUST_CHECK;
void store_reader_end(struct store_reader *reader);
/* Runs the rule on the view; nothing is written. The op's result is set. */
void store_read(struct store_reader *reader, struct store_op *op, int64_t now_ms);

/*
 * A view to walk the whole store, with all that was committed before: a checkpoint is made first
 * where it takes one. Bounded by the caller: it pins every page freed since. PP_ERR_BUSY,
 * PP_ERR_STORAGE_FULL: the checkpoint did not come about.
 */
int store_snapshot_open(struct store *store, struct store_snapshot **out) MUST_CHECK;
void store_snapshot_close(struct store_snapshot *snapshot);
uint64_t store_snapshot_revision(const struct store_snapshot *snapshot);
int64_t store_snapshot_time_ms(const struct store_snapshot *snapshot);
uint64_t store_snapshot_n_records(const struct store_snapshot *snapshot);
/* 0 and *present; PP_ERR_CORRUPT when the record fails its checksum. *out is borrowed until close.
 */
int store_snapshot_get(struct store_snapshot *snapshot, const struct key *key, bool *present,
	struct span *out) MUST_CHECK;
/*
 * The first record at or after `key` (or strictly after it). PP_ERR_NOT_FOUND at the end;
 * PP_ERR_CORRUPT: *found is set, its value is not to be trusted. PP_ERR_IO: the tree itself is
 * damaged, and the walk cannot go on.
 */
int store_snapshot_next(struct store_snapshot *snapshot, const struct key *key, bool after,
	struct key *found, struct span *value) MUST_CHECK;
/* What meta says of a table: its number of records and the XOR of their checksums. */
void store_snapshot_table(const struct store_snapshot *snapshot, uint8_t table, uint64_t *n_records,
	uint64_t *checksum_xor);
/* The checksum of a record, over its key and value; what the XORs are made of. */
uint64_t store_record_checksum(const struct key *key, struct span value);
/* Bytes of the store's file, and bytes free on its disk; to bound a snapshot. 0 for STORE_MEMORY.
 */
void store_usage(const struct store *store, uint64_t *file_bytes, uint64_t *free_bytes);

#endif

/* The store's records about itself: who it is, and how far it has come. Table 0. */
#ifndef STORAGE_META_H
#define STORAGE_META_H

#include "storage/engine.h"

enum {
	META_TABLE = 0,
	META_FORMAT = 2, /* of keys, seals and these two records; another one is refused */
	META_UNICODE_BYTES_MAX = 32,
	META_TABLES = 256, /* a table is a byte; META_TABLE itself has no totals */
	META_STATE_BYTES_MAX = 32 + KEY_BYTES_MAX + META_TABLES * 17,
	META_IDENTITY_BYTES_MAX = 160,
	META_LOG_BYTES_MAX = 32 + META_TABLES * 17,
};

/* Written once, and again by the first open after a restore. */
struct meta_identity {
	uint32_t format;
	struct pp_uuid store_id;
	uint64_t incarnation; /* when it was made or restored, in ms: grows */
	int64_t created_at_ms;
	uint8_t secret[32];
	char unicode_version[META_UNICODE_BYTES_MAX];
};

struct meta_table {
	uint64_t n_records;
	uint64_t checksum_xor;
};

/* Written by every commit. */
struct meta_state {
	uint64_t revision;
	int64_t last_commit_ms;
	struct key kept_from; /* the highest key below which expired ones were ever deleted */
	struct meta_table tables[META_TABLES];
};

/*
 * How the base stands to its log. Absent in a store that never had one. Written by each checkpoint,
 * never by a batch.
 */
struct meta_log {
	uint64_t epoch; /* grows with every open that appends */
	uint64_t batch; /* the last one that the base holds */
	bool clean;     /* the log holds nothing beyond it, and may be missing */
	/* Expired records that checkpoints deleted: the state's totals count them still. */
	struct meta_table removed[META_TABLES];
};

void meta_key_of_identity(struct key *out);
void meta_key_of_log(struct key *out);
void meta_key_of_state(struct key *out);

/* Draws id and secret. PP_ERR_INVALID: unicode_version is too long. */
int meta_identity_make(const char *unicode_version, struct meta_identity *out) MUST_CHECK;
/* Begins a new incarnation: later than the one before, whatever the clock says. PP_ERR_IO. */
int meta_identity_restore(struct meta_identity *identity) MUST_CHECK;
struct span meta_identity_encode(
	const struct meta_identity *identity, uint8_t buf[META_IDENTITY_BYTES_MAX]);
/* PP_ERR_FORMAT: ours, of another format, of which only `format` is set. PP_ERR_CORRUPT: not ours.
 */
int meta_identity_decode(struct span bytes, struct meta_identity *out) MUST_CHECK;

/*
 * Whether a store with this identity, read with `err`, may be opened: that error or one of our own,
 * with `message` saying what to do. PP_ERR_FORMAT: another format, other rules of names, no store.
 */
int meta_identity_check(const struct meta_identity *identity, int err,
	const struct store_options *options, char *message) MUST_CHECK;

struct span meta_state_encode(const struct meta_state *state, uint8_t buf[META_STATE_BYTES_MAX]);
int meta_state_decode(struct span bytes, struct meta_state *out) MUST_CHECK;
/* All but the tables: what a reader needs at each view. */
int meta_state_decode_head(struct span bytes, uint64_t *revision, int64_t *last_commit_ms,
	struct key *kept_from) MUST_CHECK;

struct span meta_log_encode(const struct meta_log *log, uint8_t buf[META_LOG_BYTES_MAX]);
int meta_log_decode(struct span bytes, struct meta_log *out) MUST_CHECK;
/* That of a view; of a store that never had one zeros, and clean. */
int meta_log_get(struct engine_view *view, struct meta_log *out) MUST_CHECK;

/* One of the three records, its seal checked. *out is borrowed until the view ends. */
int meta_get(struct engine_view *view, const struct key *key, struct span *out) MUST_CHECK;

#endif

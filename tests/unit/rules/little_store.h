/* A store in one sorted array: runs the rules, and can be damaged like a disk. For tests. */
#ifndef TESTS_UNIT_RULES_LITTLE_STORE_H
#define TESTS_UNIT_RULES_LITTLE_STORE_H

#include "domain/rules/decide.h"
#include "domain/rules/verify.h"

struct row {
	struct key key;
	struct span value; /* owned */
	uint64_t checksum; /* as it was written */
	enum row_look {    /* what look-ups find, as by a damaged inner page; a walk meets it */
		LOOK_RIGHT,
		LOOK_NOTHING,
		LOOK_DAMAGED,
		LOOK_SHORTER, /* all but the last byte */
		LOOK_OTHER,   /* as many bytes, but others */
	} look;
};

struct little_store {
	struct row *rows; /* in key order */
	size_t n;
	size_t capacity;
	uint64_t n_records[256]; /* per table, as the writer counted them */
	uint64_t checksum_xor[256];
	uint64_t revision;
	int64_t now_ms;
	int fail_after; /* look-ups until they fail with PP_ERR_IO; 0: never */
	bool looped;    /* after the last record a walk finds the first one, for ever */
	uint64_t n_requests;
	struct rule_settings settings;
	struct decision *decision;
};

/* At revision 0. Aborts when memory gives out, as everything here. */
void little_store_init(struct little_store *store);
void little_store_free(struct little_store *store);

/* NULL: it is not there. */
struct row *little_store_find(struct little_store *store, const struct key *key);
/* Writes or overwrites a record, and keeps the totals right. `value` is copied. */
void little_store_put(struct little_store *store, const struct key *key, struct span value);
/* Removes a record, and keeps the totals right. */
void little_store_remove(struct little_store *store, struct row *row);
/* The record is gone, the totals do not know. */
void little_store_lose(struct little_store *store, struct row *row);

/* A fresh one, by the store's clock. */
void little_store_make_request_id(struct little_store *store, struct pp_uuid *out);
/*
 * Decides a request and writes what it writes. A write gets a request id of the store's clock. The
 * time goes on by a millisecond with every other one. What the reply refers to lives in the arena.
 */
void little_store_execute(struct little_store *store, struct pp_request *request,
	struct pp_response *reply, struct arena *arena);

/* A snapshot for Verify. Borrows the store; nothing may be written meanwhile. */
struct verify_source little_store_source(struct little_store *store);

#endif

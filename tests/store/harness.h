/* What the conformance tests of the engines share: stores that clean up, a tiny rule, a walk. */
#ifndef TESTS_STORE_HARNESS_H
#define TESTS_STORE_HARNESS_H

#include "storage/store.h"

enum {
	ITEMS_MAX = 24,
	REPLY_BYTES_MAX = 64,
	DIR_BYTES = 256,
	EXPIRING_TABLE = 'E',
};

enum item_do {
	ITEM_GET,
	ITEM_PUT,
	ITEM_PUT_FRESH,
	ITEM_ADD,  /* to a number, 0 when absent; value.len is what to add */
	ITEM_FILL, /* puts value.len bytes, all of them value.data[0] */
};

struct item {
	enum item_do what;
	struct key key;
	struct span value;
};

/* What the tiny rule does: all items in order, then it ends as told. */
struct test_request {
	uint32_t n_items;
	struct item items[ITEMS_MAX];
	enum step end; /* STEP_READ is 0: means STEP_DONE */
	bool refused;
};

/* What it saw before its writes, by item. */
struct test_reply {
	bool present[ITEMS_MAX];
	size_t len[ITEMS_MAX];
	uint8_t bytes[ITEMS_MAX][REPLY_BYTES_MAX];
	uint64_t numbers[ITEMS_MAX]; /* ITEM_ADD: the sum; ITEM_GET: the record as a number */
	uint64_t revision;
	int64_t now_ms;
	bool snapshot;
	struct key kept_from;
	const void *settings;
	uint32_t n_runs;
};

enum step test_rule(struct decision *decision);

/* All engines, for loops over them; and those whose stores are on disk. */
extern const enum store_engine test_engines[3];
extern const enum store_engine test_disk_engines[2];
const char *test_engine_name(enum store_engine engine);

/* Options for a store in a new temporary directory (made here; `dir` has DIR_BYTES). */
struct store_options test_options(enum store_engine engine, char *dir);
/* Opens, or fails the test. */
struct store *test_open(const struct store_options *options);
/* Removes a temporary directory and what is in it. */
void test_remove(const char *dir);

struct key key_of(uint8_t table, uint64_t number);
struct span span_of_text(const char *text);
/* Adds one item to a request. */
void add_item(struct test_request *request, enum item_do what, struct key key, struct span value);

/* Executes requests as one batch that must be taken whole; op results are checked to be 0. */
void test_execute(struct store *store, const struct test_request *requests,
	struct test_reply *replies, size_t n, int64_t now_ms);
/* One request as a batch of its own; the op's result. */
int test_execute_one(struct store *store, const struct test_request *request,
	struct test_reply *reply, int64_t now_ms);
/* The number under a key, through a reader of its own; 0 when absent. */
uint64_t test_read_number(struct store *store, struct key key);
/* Writes one record. */
void test_put(struct store *store, struct key key, const char *text, int64_t now_ms);
/*
 * Walks a snapshot, checks order, gets and totals, and returns a digest of all keys and values.
 */
uint64_t test_walk(struct store *store, uint64_t *n_records);

#endif

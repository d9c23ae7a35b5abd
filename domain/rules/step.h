/* How a rule and a store talk: keys to load, records loaded, records to write. No I/O, no engine.
 */
#ifndef DOMAIN_RULES_STEP_H
#define DOMAIN_RULES_STEP_H

#include "base/arena.h"
#include "base/base.h"

/*
 * A rule is a pure function of the records it loaded, its request and its context. It asks for
 * records in a fixed order with decision_load. Where a driver lets it, each question is answered at
 * once, and the rule runs once: see decision_fetch_with.
 *
 * Where loads are round trips, a question is first answered LOADED_PENDING. The rule returns
 * STEP_READ, the driver loads what was asked for, and runs the rule again from the start. As the
 * rule is deterministic, its n-th question is the same in every run, so an answer is found by
 * position. A rule should ask for all it can before it returns STEP_READ: one round of loads is one
 * round trip. It cannot tell one way from the other, and decides the same.
 */
enum step {
	STEP_READ,    /* some questions are pending: answer them, and run me again */
	STEP_DONE,    /* the reply and the writes are complete */
	STEP_CORRUPT, /* a loaded record does not decode: damage, never a client's fault */
	STEP_TOO_BIG, /* the arena or a bound below gave out; nothing must be written */
};

enum {
	KEY_BYTES_MAX = 40,
	DECISION_SLOTS_MAX = 4096,
	DECISION_WRITES_MAX = 24,
	DECISION_BYTES_MAX = 64 * 1024, /* of all values written by one decision */
};

/* The key of a record: bytes[0] is its table, byte order is key order. */
struct key {
	uint8_t len;
	uint8_t bytes[KEY_BYTES_MAX];
};

struct slot {
	struct key key;
	struct span value; /* borrowed from the view or batch until another decision begins */
	bool loaded;
	bool present;
};

struct record_write {
	struct key key;
	struct span value; /* inside the decision */
	bool fresh;        /* the key must not exist: if it does, an invariant is broken */
};

/* What the driver tells a rule. */
struct decide_context {
	int64_t now_ms;    /* of the batch, or of the snapshot read */
	uint64_t revision; /* the last accepted one in this view */
	bool snapshot;     /* a reader's view: nothing that is decided will be written */
	/* In the table of keys that expire, what lies below may be deleted; len 0: nothing yet. */
	struct key kept_from;
	const void *settings; /* of the rule; the store only passes it on */
};

/*
 * Answers one question: sets slot->present, and slot->value if it is, for slot->key. The value
 * stays as it is and where it is until the decision is done, whatever else is fetched meanwhile. A
 * negative enum pp_err: there is no answer, and there will be no decision.
 */
typedef int (*fetch_fn)(void *context, struct slot *slot);

/* One decision in the making. Big: each thread that decides owns one and uses it again and again.
 */
struct decision {
	struct decide_context context;
	const void *request; /* borrowed; the rule knows its type */
	void *reply;         /* owned by the caller; the rule knows its type */
	struct arena *arena; /* of the request: strings of the reply */
	fetch_fn fetch;      /* NULL: questions wait for the driver */
	void *fetch_context;
	int error;        /* the first of fetch, or 0; later questions are not asked any more */
	uint32_t cursor;  /* next slot of this run */
	uint32_t n_slots; /* those that are loaded come first */
	struct slot slots[DECISION_SLOTS_MAX];
	uint32_t n_writes;
	struct record_write writes[DECISION_WRITES_MAX];
	size_t n_bytes;
	uint8_t bytes[DECISION_BYTES_MAX];
	bool accepted; /* the writes take revision context.revision + 1 */
};

typedef enum step (*rule_fn)(struct decision *decision);

/* Prepares a decision for its first run. The pointers are borrowed until it is done. */
void decision_begin(struct decision *decision, const struct decide_context *context,
	const void *request, void *reply, struct arena *arena);
/*
 * From now on questions are answered by `fetch` as they are asked; of a decision that has just
 * begun. When it fails, decision->error says how: that question and all after it are pending, so
 * the rule returns STEP_READ or whatever else, and the driver gives up with that error. `context`
 * is borrowed until the decision is done.
 */
void decision_fetch_with(struct decision *decision, fetch_fn fetch, void *context);
/* Called by the driver before each further run of the rule: questions and writes start anew. */
void decision_rewind(struct decision *decision);

enum loaded {
	LOADED_PENDING, /* asked for; return STEP_READ once nothing more can be asked */
	LOADED_ABSENT,
	LOADED_PRESENT,
	LOADED_TOO_MANY, /* out of slots: return STEP_TOO_BIG */
};

/* The record under a key; *out is set when present. */
enum loaded decision_load(
	struct decision *decision, const struct key *key, struct span *out) MUST_CHECK;
/* Whether a question of this run is still unanswered. */
bool decision_pending(const struct decision *decision);
/* Room for a value, to be handed to decision_put; NULL when there is not so much. */
uint8_t *decision_reserve(struct decision *decision, size_t size) MUST_CHECK;
/*
 * Adds a write. `value` must lie in reserved room. A later write of the same key in the same
 * decision is a programmer error.
 */
void decision_put(struct decision *decision, const struct key *key, struct span value, bool fresh);

#endif

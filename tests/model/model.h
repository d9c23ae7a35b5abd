/* A naive model of the whole service, written from docs/protocol.md alone: arrays and loops. */
#ifndef TESTS_MODEL_H
#define TESTS_MODEL_H

#include <peakpeeps/types.h>

#include "base/arena.h"

/*
 * It shares no code with the rules of the server. Everything that was ever made stays in plain
 * arrays and is looked for from end to end; text lives in one arena that is never reset. Terms and
 * profiles here have every member set.
 */

struct coupon_version {
	struct pp_terms terms;
	const char *folded; /* the name, to compare */
	int64_t at_ms;
	uint64_t revision;
	uint64_t edited_by;
	pp_set changed;
	enum pp_supersede supersede;
	const char *reason;
};

struct coupon {
	uint64_t id;
	uint64_t business;
	struct coupon_version *versions; /* version v is versions[v - 1] */
	size_t n_versions;
	uint64_t floor;
	bool has_stock;
	int64_t left;
	int64_t sold;
};

struct profile_version {
	struct pp_business_profile profile;
	const char *folded;
	uint64_t edited_by;
	int64_t at_ms;
};

/* The coins of a user, a business, ISSUANCE or COMMISSION. */
struct purse {
	int64_t balance;
	uint64_t n_entries;
};

struct business {
	struct profile_version *versions;
	size_t n_versions;
	uint64_t owners[PP_OWNERS_MAX];
	size_t n_owners;
	uint32_t n_coupons;
	struct purse purse;
};

struct user {
	const char *name;
	const char *folded;
	int64_t created_at_ms;
	uint64_t n_purchases;
	struct purse purse;
};

struct purchase {
	struct pp_purchase receipt; /* as it stands; EXPIRED is derived when shown */
	enum pp_refund_policy policy;
};

struct entry {
	uint64_t revision;
	uint32_t index;
	enum pp_entry_kind kind;
	struct pp_account debit;
	struct pp_account credit;
	int64_t debit_after;
	int64_t credit_after;
	int64_t coins;
	int64_t at_ms;
	uint64_t purchase;
	enum pp_credit_reason reason;
	const char *reference;
};

/* A request id that is spent. */
struct spent {
	uint64_t user;
	struct pp_uuid id;
	bool abandoned;
	const char *content; /* canonical text of kind and body */
	const char *answer;  /* canonical text of status and body */
	const char *message; /* of the server's refusal: a replay repeats it */
	uint64_t revision;
	int64_t at_ms;
	uint64_t made_id;
	struct pp_status *status; /* NULL: accepted; details without what only the edit knew */
	size_t older;             /* the one before with the same hash, plus one; 0: none */
};

/* A page token that the server gave out, and what the next page is to hold. */
struct cursor {
	struct pp_bytes token;
	enum pp_kind kind;
	const char *query;
	uint64_t next; /* the item to go on at: an id, a version, or one more than an index */
	uint64_t sure; /* of a filtered list: those before it may have been passed over */
	uint64_t as_of_revision;
	int64_t as_of_ms;
};

enum { CURSORS_MAX = 2048, SPENT_BUCKETS = 65536, KINDS_MAX = 100 };

/* What the server tells of itself, and its counters since it started. */
struct server_state {
	struct pp_hello_response hello;
	int64_t started_at_ms;
	uint64_t accepted[KINDS_MAX];
	uint64_t refused[KINDS_MAX];
	uint64_t n_connections; /* now, and ever: the test never closes one but at a restart */
	uint64_t verify_id;     /* the last run; 0: none yet */
	int64_t verify_began_ms;
	bool verify_ended;
	bool verify_waiting; /* it may be running */
};

struct model {
	struct arena text; /* what lives as long as the model */
	struct user *users;
	size_t n_users;
	struct business *businesses;
	size_t n_businesses;
	struct coupon *coupons;
	size_t n_coupons;
	struct purchase *purchases;
	size_t n_purchases;
	struct entry *entries;
	size_t n_entries;
	struct purse issuance;
	struct purse commission;
	struct spent *spent;
	size_t n_spent;
	size_t buckets[SPENT_BUCKETS];
	struct cursor cursors[CURSORS_MAX];
	size_t n_cursors; /* ever; the last CURSORS_MAX of them are known */
	uint64_t revision;
	struct server_state server;
};

/* One request and its answer. */
struct exchange {
	struct model *model;
	const struct pp_request *request;
	const struct pp_response *actual; /* the server's, for what only the server can know */
	struct arena *arena;              /* what lives until the next exchange */
	int64_t now;
	struct pp_response reply; /* what is expected */
	const char *begins;       /* of the message of a refusal; NULL: any */
	uint64_t made_id;
	bool accepted_write;
	const struct spent *replay;   /* expected instead of `reply` */
	struct pp_status *remembered; /* the refusal as AbandonRequest tells it; NULL: `reply`'s */
	const char *fault; /* what is wrong with the server's answer whatever was expected */
};

/* ---- The world ---- */

struct model *model_new(void);
void model_free(struct model *model);
/* The server stopped and started: its counters are new. */
void model_restarted(struct model *model, int64_t now, uint64_t n_connections);
/*
 * Decides x->request at x->now and sets the expected answer. Of the server's answer it takes what
 * is the server's to choose: codes of purchases, lengths of pages, tokens, runs of Verify.
 */
void model_answer(struct exchange *x);
/* The expected answer as text, to be compared with response_text of the server's. */
const char *expected_text(const struct exchange *x);
/* What the message of the answer begins with; NULL: anything, but something. */
const char *expected_begin(const struct exchange *x);
/* Checks what holds at every moment: NULL, or what does not. */
const char *model_check(const struct model *model);

/* ---- Between its files ---- */

/* Memory that is never short. */
void *take(struct arena *arena, size_t size);
const char *copy_text(struct arena *arena, const char *text);
/* The array with room for one more, zeroed; n is how many there are. */
void *grow(void *array, size_t n, size_t size);

void refuse(struct exchange *x, enum pp_reason reason, const char *field);
/* Whether the refusal was made: for chains of checks. */
bool refused(const struct exchange *x);
/* An accepted write. False when it is to be decided only. */
bool accept(struct exchange *x, uint64_t made_id);

struct user *find_user(struct model *model, uint64_t id);
struct business *find_business(struct model *model, uint64_t id);
struct coupon *find_coupon(struct model *model, uint64_t id);
struct purse *find_purse(struct model *model, struct pp_account account);
/* By a folded name; 0: nobody. */
uint64_t user_named(const struct model *model, const char *folded);
uint64_t business_named(const struct model *model, const char *folded);
struct profile_version *profile_now(const struct business *business);
struct coupon_version *version_now(const struct coupon *coupon);
bool owns(const struct exchange *x, const struct business *business);
/* The version that was current at this revision; 0: the coupon was not there yet. */
uint64_t version_at(const struct coupon *coupon, uint64_t revision);
/* Whether a version is in force at this time: ACTIVE and within its dates. */
bool in_force(const struct pp_terms *terms, int64_t now);
/* The end of the window of a superseded version, before which it is honoured; 0: below the floor.
 */
int64_t honoured_until(const struct coupon *coupon, uint64_t version);
bool same_terms(const struct pp_terms *a, const struct pp_terms *b, pp_set fields);
/* Those of `fields` in which they differ. */
pp_set terms_differ(const struct pp_terms *a, const struct pp_terms *b);
/* A copy with only these members set. */
struct pp_terms *terms_only(struct arena *arena, const struct pp_terms *terms, pp_set fields);
void terms_set(struct pp_terms *terms, const struct pp_terms *from, pp_set fields);
/* The members that are set. */
pp_set terms_members(const struct pp_terms *terms);
const char *term_name(enum pp_term_field field);

/* Moves coins and writes the entry; `index` is its place in the revision and goes up. */
void move_coins(struct exchange *x, uint32_t *index, const struct entry *entry);

/* Names: NULL when invalid; otherwise trimmed and in NFC. And as folded, to compare. */
const char *name_stored(struct arena *arena, const char *name);
const char *name_folded(struct arena *arena, const char *name);

/* Canonical text: a line for each member that is set. Texts come from the arena. */
const char *request_content(struct arena *arena, const struct pp_request *request);
/* The query of a list: its body without the page. */
const char *request_query(struct arena *arena, const struct pp_request *request);
/* Status and body; not seq, revision, replayed, time, messages. */
const char *answer_text(struct arena *arena, const struct pp_response *response);
/* A run of Verify, to be printed. */
const char *verify_text(struct arena *arena, const struct pp_verify_response *body);
/* Everything but seq and messages. */
const char *response_text(struct arena *arena, const struct pp_response *response);

/* ---- Requests, one function each ---- */

typedef void decide_request(struct exchange *x);

decide_request decide_server_info, decide_create_user, decide_get_user, decide_credit_coins,
	decide_get_balance, decide_list_purchases, decide_list_ledger_entries,
	decide_create_business, decide_edit_business, decide_add_owner, decide_remove_owner,
	decide_get_business, decide_list_businesses, decide_create_coupon, decide_edit_coupon,
	decide_adjust_stock, decide_get_coupon, decide_list_coupons, decide_list_coupon_versions,
	decide_check_purchase, decide_purchase_coupon, decide_get_purchase, decide_redeem_purchase,
	decide_refund_purchase, decide_abandon_request, decide_verify, decide_stats;

/* The refusals that come before an id is looked at. */
decide_request precheck_schema, precheck_body;
bool is_uuid_v7(const struct pp_uuid *id);
/* The request of this user that was accepted or refused under this id; NULL: none. */
const struct spent *find_spent(const struct model *model, uint64_t user, const struct pp_uuid *id);

/* ---- Pages ---- */

/* Where the page starts: false when the token was refused. A first page starts at `first`. */
bool page_start(struct exchange *x, uint64_t first, struct cursor *out);
/* Remembers the token of the server's answer, if it gave one. `left`: whether items follow. */
void page_end(struct exchange *x, struct cursor next, size_t n_items, size_t page_size, bool left,
	struct pp_bytes token);
size_t page_size_of(uint32_t page_size);

#endif

/* A store of a sorted array on which tests run decide to its end, and short ways to ask it. */
#ifndef TESTS_UNIT_RULES_HARNESS_H
#define TESTS_UNIT_RULES_HARNESS_H

#include <criterion/criterion.h>

#include "domain/rules/decide.h"
#include "domain/rules/record.h"

struct harness_record {
	struct key key;
	uint8_t *bytes;
	size_t len;
};

enum { HARNESS_REPLIES_MAX = 16384 };

struct harness {
	struct harness_record *records; /* in key order */
	size_t n_records;
	size_t capacity;
	uint64_t revision;
	int64_t now_ms;
	struct key kept_from;
	struct rule_settings settings;
	struct decision *decision; /* in rounds of loads, as on a distributed engine */
	struct decision *at_once;  /* the same again, as on an engine that is at hand */
	uint8_t content;           /* stands for the content of the next request; see harness_ask */
	size_t arena_bytes;        /* a request may use; as the server gives it */
	uint64_t n_ids;            /* request ids made */
	uint32_t n_writes;         /* of the last request */
	uint32_t n_rounds;         /* of loads, of the last request */
	enum step step;            /* how the last request ended */
	size_t n_replies;
	struct arena *arenas[HARNESS_REPLIES_MAX];
};

/* 2026-11-24T07:00:00Z */
#define HARNESS_START_MS INT64_C(1795503600000)

struct harness *harness_new(void);
void harness_free(struct harness *harness);

/*
 * Runs one request on the writer and applies what it writes; replies live as long as the harness. A
 * write without a request id gets a fresh one, which is left in the request. Asserts what every
 * decision owes its driver: refusals write nothing but their request id, an accepted change has one
 * journal record at the next revision, a second run whose questions are answered at once asks the
 * same, writes the same and gives the same reply.
 */
const struct pp_response *harness_ask(struct harness *harness, struct pp_request *request);
/* As a reader: on a snapshot, nothing is written. */
const struct pp_response *harness_look(struct harness *harness, struct pp_request *request);

struct pp_uuid harness_uuid(struct harness *harness, int64_t time_ms);
struct pp_request harness_request(enum pp_kind kind, uint64_t acting_user);
/* NULL when there is no such record. */
const struct harness_record *harness_find(const struct harness *harness, const struct key *key);
void harness_store(struct harness *harness, const struct key *key, struct span value);
void harness_remove(struct harness *harness, const struct key *key);
/* Every field of a reply as text; for comparing and for reading. Static buffer, one at a time. */
const char *harness_text(const struct pp_response *reply);

/* ---- Short ways; each asserts success ---- */

uint64_t make_user(struct harness *harness, const char *name);
uint64_t make_rich_user(struct harness *harness, const char *name, int64_t coins);
uint64_t make_business(
	struct harness *harness, uint64_t owner, const char *name, uint32_t commission_bp);
uint64_t make_coupon(struct harness *harness, uint64_t owner, uint64_t business_id,
	const char *name, int64_t price_coins);
/* Of the business's own terms, which need at least name and price; stock < 0: unlimited. */
uint64_t make_coupon_of(struct harness *harness, uint64_t owner, uint64_t business_id,
	struct pp_terms *terms, int64_t stock);
/* Any edit, not only one that is accepted. */
const struct pp_response *ask_edit(struct harness *harness, uint64_t owner, uint64_t coupon_id,
	uint64_t base_version, struct pp_terms *terms);
/* A new version of another price; returns the version. */
uint64_t edit_price(
	struct harness *harness, uint64_t owner, uint64_t coupon_id, int64_t price_coins);
uint64_t edit_state(struct harness *harness, uint64_t owner, uint64_t coupon_id,
	enum pp_coupon_state state, enum pp_supersede supersede);
const struct pp_response *ask_purchase(
	struct harness *harness, uint64_t buyer, uint64_t coupon_id, uint64_t version);
int64_t balance_of(struct harness *harness, enum pp_account_kind kind, uint64_t id);
struct coupon_record coupon_of(struct harness *harness, uint64_t coupon_id);
void store_coupon(struct harness *harness, const struct coupon_record *coupon);
void store_user(struct harness *harness, const struct user_record *user);
void store_business(struct harness *harness, const struct business_record *business);

#define EXPECT_OK(reply) cr_assert(is_ok(reply), "refused: %s", harness_text(reply))
#define EXPECT_REFUSED(reply, expected) \
	cr_assert(reason_of(reply) == (expected), "expected %s, got %s", pp_reason_name(expected), \
		harness_text(reply))

bool is_ok(const struct pp_response *reply);
enum pp_reason reason_of(const struct pp_response *reply);

#endif

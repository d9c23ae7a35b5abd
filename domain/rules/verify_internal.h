/* What the parts of the audit share: findings, look-ups, and one walker per table. */
#ifndef DOMAIN_RULES_VERIFY_INTERNAL_H
#define DOMAIN_RULES_VERIFY_INTERNAL_H

#include "domain/rules/verify.h"

struct subject {
	char text[VERIFY_SUBJECT_BYTES];
};

struct subject subject_of(const char *format, ...) PRINTF_LIKE(1, 2);
/* Text that lives until the end of the full expression it stands in. */
#define SUBJECT(...) (subject_of(__VA_ARGS__).text)
/* What lies under a key, as in "purchase 12". */
struct subject subject_of_key(const struct key *key);
/* As in "user 7" or "issuance". */
struct subject subject_of_account(const struct pp_account *account);
/* A name's bearer, as in "business 3". */
struct subject subject_of_bearer(enum name_kind kind, uint64_t id);

/* Counts a finding and keeps it while there is room. Nothing once the run has failed. */
void verify_report(struct verify *verify, const char *check, const char *subject,
	const char *format, ...) PRINTF_LIKE(4, 5);

/*
 * Looks a record up: verify->got is its value. VERIFY_LOAD(noun, verify, key, out) also decodes it.
 * Strings are borrowed from the snapshot.
 */
enum verify_found verify_get(struct verify *verify, const struct key *key);
#define VERIFY_LOAD(noun, verify, key, out) \
	(verify_get((verify), (key)) == VERIFY_FOUND \
			? (record_##noun##_decode((verify)->got, NULL, (out)) ? VERIFY_FOUND \
									      : VERIFY_UNREADABLE) \
			: ((verify)->found == VERIFY_ABSENT ? VERIFY_ABSENT : VERIFY_UNREADABLE))

/*
 * For a walker: whether `value` (NULL: damaged, reported already) decodes as a record of `noun`;
 * reports when it does not.
 */
#define VERIFY_DECODE(noun, verify, key, value, out) \
	((value) && verify_decoded((verify), (key), #noun, \
			    record_##noun##_decode(*(value), NULL, (out))))
bool verify_decoded(
	struct verify *verify, const struct key *key, const char *noun, bool decoded) MUST_CHECK;

/* The record after `key`. False at the end of the store or on an error of the source. */
bool verify_next(struct verify *verify, const struct key *key, struct key *found,
	struct span *value, bool *damaged) MUST_CHECK;
/* Whether a decoded record belongs under the key it was found at; reports when it does not. */
bool verify_key_is(
	struct verify *verify, const struct key *key, const struct key *expected) MUST_CHECK;
/*
 * The next id of a dense table. Reports those missing before it; returns how many they are.
 */
uint64_t verify_dense(struct verify *verify, const char *check, const char *noun, uint64_t id);

int verify_key_compare(const struct key *a, const struct key *b);
/* The big-endian number of up to 8 bytes at a place of a key; 0 past its end. */
uint64_t verify_key_number(const struct key *key, size_t at, size_t len);

/*
 * Walkers: one record each, `value` NULL when it is damaged. Their ends: after the last record of a
 * table.
 */
void verify_walk_business(struct verify *verify, const struct key *key, const struct span *value);
void verify_walk_coupon(struct verify *verify, const struct key *key, const struct span *value);
void verify_walk_counters(struct verify *verify, const struct key *key, const struct span *value);
void verify_walk_journal(struct verify *verify, const struct key *key, const struct span *value);
void verify_walk_name(struct verify *verify, const struct key *key, const struct span *value);
void verify_walk_purchase(struct verify *verify, const struct key *key, const struct span *value);
void verify_walk_purchase_of_request(
	struct verify *verify, const struct key *key, const struct span *value);
void verify_walk_reference(struct verify *verify, const struct key *key, const struct span *value);
void verify_walk_request(struct verify *verify, const struct key *key, const struct span *value);
void verify_walk_user(struct verify *verify, const struct key *key, const struct span *value);
void verify_walk_version(struct verify *verify, const struct key *key, const struct span *value);
void verify_end_business(struct verify *verify);
void verify_end_journal(struct verify *verify);
void verify_end_purchase(struct verify *verify);
void verify_end_user(struct verify *verify);
void verify_end_version(struct verify *verify);

/* Judges a balance and has the account's entries followed before the walk goes on. */
void verify_account_begin(struct verify *verify, enum pp_account_kind kind, uint64_t id,
	const struct account *account);
/* One entry of the account at work. */
void verify_account_step(struct verify *verify);
/* Has a user's purchases followed and counted before the walk goes on. */
void verify_user_begin(struct verify *verify, const struct user_record *user);
void verify_user_step(struct verify *verify);
/* One record of the comparison of sales, which begins at the end of the purchases. */
void verify_sales_step(struct verify *verify);
/* A reference that a change of the journal credited. */
void verify_journal_reference(struct verify *verify, const struct journal_record *change);
/* What became of purchases: a purchase by itself (NULL: nothing is wrong), ... */
const char *verify_fate_fault(const struct purchase_record *purchase);
void verify_count_fate(struct verify *verify, const struct purchase_record *purchase);
/* ... a change of the journal that redeems or refunds one, and the totals of both. */
void verify_journal_fate(struct verify *verify, const struct journal_record *change);
void verify_end_fate(struct verify *verify);
/* Whether the name's record points back at what bears the name. */
void verify_bears_name(
	struct verify *verify, enum name_kind kind, uint64_t scope, uint64_t id, const char *name);

/* ---- Tally ---- */

void verify_tally_init(struct verify_tally *tally, void *scratch, size_t scratch_bytes);
/* Starts a window at `low`, open upwards until it is full. */
void verify_tally_begin(struct verify_tally *tally, uint64_t low);
void verify_tally_add(struct verify_tally *tally, uint64_t coupon_id);
/* Orders the window, to be compared. */
void verify_tally_finish(struct verify_tally *tally);
/* In ascending order: the next item below a coupon, which is passed; NULL: none is left. */
const struct verify_tally_item *verify_tally_below(struct verify_tally *tally, uint64_t coupon_id);
/* What was counted for the coupon, which is passed; 0: it was not met. */
uint64_t verify_tally_take(struct verify_tally *tally, uint64_t coupon_id);

#endif

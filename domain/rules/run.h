/* One run of one decision, as the families of rules see it: loads, writes, outcome, reply. */
#ifndef DOMAIN_RULES_RUN_H
#define DOMAIN_RULES_RUN_H

#include "domain/rules/decide.h"
#include "domain/rules/record.h"

/*
 * A family is a function void rule_X(struct run *). It first loads what it can tell from the
 * request alone; then, for a write, run_begin says whether to go on; then it loads what it learnt
 * it needs, and after each round returns if run->waiting. It refuses, or accepts and puts records,
 * and last it makes the reply from request, outcome and records: in the same way when the request
 * was decided before. Records that were loaded borrow their strings from the view; what goes into
 * the reply is copied.
 */
struct run {
	struct decision *decision;
	const struct pp_request *request;
	const struct decide_request *input;
	const struct rule_settings *settings;
	struct pp_response *reply;
	struct arena *arena;
	int64_t now_ms;
	uint64_t revision; /* the last accepted */
	bool dry;          /* nothing is written: validate_only, or a snapshot */
	bool waiting;      /* a load is unanswered or the run failed: return at once */
	enum step failure; /* STEP_DONE: none */

	/* Of a write with a request id. */
	enum loaded spent_loaded;
	struct request_record spent;
	bool replayed; /* decided before: `journal.outcome` is what it answered */
	bool remember; /* the outcome is to be written under the request id */
	bool accepted;

	struct journal_record
		journal; /* the change in the making, with the outcome of any request */
	struct pp_version_conflict *conflict; /* detail of a refusal; at most one of the two */
	struct pp_business_conflict *business_conflict;
};

/* Loads the request id's record if there is one, checks it against the request. */
void run_load_spent(struct run *run);
/*
 * For a write, after its first round of loads. False: return at once (loads are unanswered, or the
 * id is spent on something else). True: go on; if run->replayed, only make the reply.
 */
bool run_begin(struct run *run) MUST_CHECK;

/* ---- Loads: PENDING sets run->waiting. A record that does not decode ends the run. ---- */

enum loaded run_load_user(struct run *run, uint64_t id, struct user_record *out);
enum loaded run_load_business(struct run *run, uint64_t id, struct business_record *out);
enum loaded run_load_business_version(struct run *run, uint64_t business_id, uint64_t version,
	struct business_version_record *out);
enum loaded run_load_coupon(struct run *run, uint64_t id, struct coupon_record *out);
enum loaded run_load_version(
	struct run *run, uint64_t coupon_id, uint64_t version, struct version_record *out);
/* With *bytes, the record as it is stored, to be decoded again without a load. */
enum loaded run_load_version_bytes(struct run *run, uint64_t coupon_id, uint64_t version,
	struct version_record *out, struct span *bytes);
/* All zero in a new store. */
void run_load_counters(struct run *run, struct counters_record *out);
void run_load_count(
	struct run *run, uint64_t user_id, uint64_t coupon_id, struct count_record *out);
enum loaded run_load_reference(struct run *run, uint64_t user_id, enum pp_credit_reason reason,
	const struct name_hash *hash, struct reference_record *out);
enum loaded run_load_name(struct run *run, enum name_kind kind, uint64_t scope,
	const struct name_hash *hash, struct name_record *out);
enum loaded run_load_purchase(struct run *run, uint64_t id, struct purchase_record *out);
enum loaded run_load_purchase_of_request(struct run *run, const struct pp_uuid *request_id,
	uint64_t user_id, struct purchase_of_request_record *out);
enum loaded run_load_request(struct run *run, const struct pp_uuid *request_id, uint64_t principal,
	struct request_record *out);
enum loaded run_load_journal(struct run *run, uint64_t revision, struct journal_record *out);
/* A record that another one says exists: its absence is damage. */
void run_expect(struct run *run, enum loaded loaded);
/* Ends the run: what was loaded contradicts itself. */
void run_corrupt(struct run *run);
/* Ends the run: the arena or a bound gave out. */
void run_too_big(struct run *run);

/* ---- Outcome ---- */

/* Refuses; the first refusal of a run stands. `field` NULL: no single field. Static storage. */
void run_refuse(struct run *run, enum pp_reason reason, const char *field, const char *format, ...)
	PRINTF_LIKE(4, 5);
bool run_refused(const struct run *run);
/* Accepts: from here on records may be put. `subject_id` is what is changed. */
void run_accept(struct run *run, uint64_t subject_id);
/* The revision that the change will have. */
uint64_t run_new_revision(const struct run *run);
/* An id as the reply shows it: 0 when this very run would make it, but nothing is written. */
uint64_t run_made_id(const struct run *run, uint64_t id);
/* Whether the body of the reply is to be made now. */
bool run_answers(const struct run *run);

/* ---- Writes: nothing in a dry run ---- */

void run_put_user(struct run *run, const struct user_record *record, bool fresh);
void run_put_business(struct run *run, const struct business_record *record, bool fresh);
void run_put_business_version(struct run *run, const struct business_version_record *record);
void run_put_coupon(struct run *run, const struct coupon_record *record, bool fresh);
void run_put_version(struct run *run, const struct version_record *record);
void run_put_counters(struct run *run, const struct counters_record *record);
void run_put_count(
	struct run *run, uint64_t user_id, uint64_t coupon_id, const struct count_record *record);
void run_put_reference(struct run *run, uint64_t user_id, enum pp_credit_reason reason,
	const struct name_hash *hash, const struct reference_record *record);
void run_put_name(struct run *run, enum name_kind kind, uint64_t scope,
	const struct name_hash *hash, const struct name_record *record);
void run_put_purchase(struct run *run, const struct purchase_record *record, bool fresh);
void run_put_purchase_of_request(struct run *run, const struct purchase_record *purchase);
void run_put_request(struct run *run, const struct pp_uuid *request_id, uint64_t principal,
	const struct request_record *record);
void run_put_journal(struct run *run, const struct journal_record *record);

/* ---- Reply ---- */

/* Room in the arena, all zero; NULL ends the run. */
void *run_alloc(struct run *run, size_t size);
/* A copy in the arena; NULL stays NULL. */
const char *run_text(struct run *run, const char *text);
struct pp_terms *run_terms(struct run *run, const struct pp_terms *terms, pp_set fields);

#endif

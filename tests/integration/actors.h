/* People at a server: clients that must succeed, requests ready to send, and what they make. */
#ifndef TESTS_ACTORS_H
#define TESTS_ACTORS_H

#include <peakpeeps/client.h>

#include "tests/integration/process.h"

/* Every function ends the test when what it promises does not happen. */

/* A connection; 0: the operator's. */
struct pp_client *client_at(const struct process *process, uint64_t acting_user);
struct pp_client *client_at_timeout(
	const struct process *process, uint64_t acting_user, uint32_t timeout_ms);

/* A decided answer, accepted or refused; borrowed until the next call of this client. */
const struct pp_response *call(struct pp_client *client, struct pp_request *request);
/* An accepted answer. */
const struct pp_response *call_ok(struct pp_client *client, struct pp_request *request);
/* A refusal for this reason. */
const struct pp_status *call_refused(
	struct pp_client *client, struct pp_request *request, enum pp_reason reason);
/* PP_REASON_NONE when accepted. */
enum pp_reason reason_of(const struct pp_response *response);

/* ---- Requests; texts and terms are borrowed ---- */

struct pp_request ask_server_info(void);
struct pp_request ask_stats(void);
struct pp_request ask_create_user(const char *name);
struct pp_request ask_credit(uint64_t user, int64_t coins);
struct pp_request ask_balance(enum pp_account_kind kind, uint64_t id, struct pp_account *space);
struct pp_request ask_create_business(uint64_t owner, const char *name);
struct pp_request ask_add_owner(uint64_t actor, uint64_t business, uint64_t user);
struct pp_request ask_create_coupon(uint64_t owner, uint64_t business, struct pp_terms *terms);
/* `fields` of `terms`, on top of `base`. */
struct pp_request ask_edit(
	uint64_t owner, uint64_t coupon, uint64_t base, pp_set fields, struct pp_terms *terms);
struct pp_request ask_coupon(uint64_t coupon, uint64_t version);
struct pp_request ask_list(uint64_t business, bool valid_only);
struct pp_request ask_check(uint64_t buyer, uint64_t coupon, uint64_t version);
struct pp_request ask_purchase(uint64_t buyer, uint64_t coupon, uint64_t version);
struct pp_request ask_purchase_by_id(uint64_t purchase);
struct pp_request ask_abandon(uint64_t actor, const struct pp_uuid *id);
struct pp_request ask_verify(uint64_t run);

/* ---- What they make ---- */

/* A name never given before by this process, as in "josh 17"; from a ring of 1024. */
const char *fresh_name(const char *stem);
struct pp_terms terms_of(const char *name, int64_t price);
uint64_t make_user(struct pp_client *client, const char *stem, int64_t coins);
uint64_t make_business(struct pp_client *client, uint64_t owner, uint32_t commission_bp);
/* stock -1: unlimited. */
uint64_t make_coupon(
	struct pp_client *client, uint64_t owner, uint64_t business, int64_t price, int64_t stock);
/* A new price; the version that it made. */
uint64_t edit_price(
	struct pp_client *client, uint64_t owner, uint64_t coupon, uint64_t base, int64_t price);
int64_t balance_of(struct pp_client *client, enum pp_account_kind kind, uint64_t id);
uint64_t revision_of(struct pp_client *client);
int64_t time_of(struct pp_client *client);

/* Runs Verify to its end and demands that nothing is wrong. */
void verify_clean(struct pp_client *client);
/* Runs Verify to its end: its answer, borrowed until the next call. */
const struct pp_verify_response *verify_run(struct pp_client *client);

#endif

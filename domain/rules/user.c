/* Users and their coins: CreateUser, CreditCoins. */
#include <inttypes.h>
#include <string.h>

#include "domain/rules/claim.h"
#include "domain/rules/families.h"
#include "domain/rules/ledger.h"

static void create_user(
	struct run *run, const struct claim *claim, struct counters_record *counters)
{
	claim_check(run, claim, 0, "name");
	if (run_refused(run))
		return;
	struct user_record user = { .user_id = counters->n_users + 1,
		.name = claim->name.text,
		.created_at_ms = run->now_ms };
	counters->n_users++;
	run_accept(run, user.user_id);
	run->journal.outcome.made_id = run_made_id(run, user.user_id);
	run_put_user(run, &user, true);
	claim_put(run, claim, user.user_id);
	run_put_counters(run, counters);
}

void rule_create_user(struct run *run)
{
	const struct outcome *outcome = &run->journal.outcome;
	struct counters_record counters;
	struct claim claim;

	claim_load(run, NAME_OF_USER, 0, run->request->u.create_user.name, &claim);
	run_load_counters(run, &counters);
	if (!run_begin(run))
		return;
	if (!run->replayed)
		create_user(run, &claim, &counters);
	if (!run_answers(run))
		return;
	run->reply->u.create_user = (struct pp_create_user_response) {
		.user_id = outcome->made_id,
		.created_at_ms = run->replayed ? run->spent.decided_at_ms : run->now_ms,
	};
}

/* ---- CreditCoins ---- */

struct credit {
	enum loaded user_loaded;
	struct user_record user;
	struct counters_record counters;
	bool has_reference;
	struct name_hash reference;
	enum loaded reference_loaded;
	struct reference_record credited;
	int64_t amount_coins;
};

static void check_credit(struct run *run, const struct credit *credit)
{
	const struct pp_credit_coins_request *body = &run->request->u.credit_coins;

	if (credit->user_loaded == LOADED_ABSENT)
		run_refuse(run, PP_REASON_USER_NOT_FOUND, "user_id",
			"There is no user %" PRIu64 ".", body->user_id);
	else if (credit->reference_loaded == LOADED_PRESENT)
		run_refuse(run, PP_REASON_ALREADY_CREDITED, "reference",
			"User %" PRIu64 " was credited for %s before, at revision %" PRIu64
			". Nothing was credited again.",
			body->user_id, body->reference, credit->credited.revision);
	else if (!ledger_fits(&credit->user.account, credit->amount_coins) ||
		 !ledger_fits(&credit->counters.issuance, -credit->amount_coins))
		run_refuse(run, PP_REASON_BALANCE_OVERFLOW, "amount_coins",
			"There would be more coins than %" PRId64 ". Nothing was credited.",
			PP_COINS_MAX);
}

static void credit_coins(struct run *run, struct credit *credit)
{
	const struct pp_credit_coins_request *body = &run->request->u.credit_coins;

	check_credit(run, credit);
	if (run_refused(run))
		return;
	run_accept(run, body->user_id);
	struct ledger_side issuance = { .name = { .kind = PP_ACCOUNT_KIND_ISSUANCE },
		.account = &credit->counters.issuance };
	struct ledger_side user = { .name = { .kind = PP_ACCOUNT_KIND_USER, .id = body->user_id },
		.account = &credit->user.account };
	ledger_post(run, POSTING_EARN, issuance, user, credit->amount_coins);
	run->journal.outcome.amount = credit->amount_coins;
	run->journal.credit_reason = body->reason;
	run->journal.reference = credit->has_reference ? body->reference : NULL;
	run->journal.outcome.balance_coins = credit->user.account.balance_coins;
	run_put_user(run, &credit->user, false);
	run_put_counters(run, &credit->counters);
	if (credit->has_reference) {
		const struct reference_record record = { .revision = run_new_revision(run) };
		run_put_reference(run, body->user_id, body->reason, &credit->reference, &record);
	}
}

void rule_credit_coins(struct run *run)
{
	const struct pp_credit_coins_request *body = &run->request->u.credit_coins;
	const struct outcome *outcome = &run->journal.outcome;
	struct credit credit = { .reference_loaded = LOADED_ABSENT };

	credit.amount_coins = body->has_amount_coins ? body->amount_coins
						     : run->settings->credit_coins[body->reason];
	ASSERT(credit.amount_coins >= 0 && credit.amount_coins <= PP_COINS_MAX);
	const char *reference = body->reference == NULL ? "" : body->reference;
	credit.has_reference = reference[0] != '\0';
	credit.user_loaded = run_load_user(run, body->user_id, &credit.user);
	run_load_counters(run, &credit.counters);
	if (credit.has_reference) {
		name_hash_bytes(reference, strlen(reference), &credit.reference);
		credit.reference_loaded = run_load_reference(
			run, body->user_id, body->reason, &credit.reference, &credit.credited);
	}
	if (!run_begin(run))
		return;
	if (!run->replayed)
		credit_coins(run, &credit);
	if (!run_answers(run))
		return;
	run->reply->u.credit_coins = (struct pp_credit_coins_response) {
		.user_id = body->user_id,
		.amount_coins = outcome->amount,
		.balance_coins = outcome->balance_coins,
	};
}

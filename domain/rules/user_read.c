/* What is read of users and totals: GetBalance, GetUser, ServerInfo, Stats. */
#include <inttypes.h>

#include "domain/rules/claim.h"
#include "domain/rules/families.h"
#include "domain/rules/ledger.h"

/* The user that bears the name; 0: none does, or run->waiting. */
static uint64_t find_by_name(struct run *run)
{
	struct claim claim;

	claim_load(run, NAME_OF_USER, 0, run->request->u.get_user.name, &claim);
	if (run->waiting)
		return 0;
	if (claim.loaded == LOADED_PRESENT && claim.record.borne)
		return claim.record.id;
	run_refuse(run, PP_REASON_USER_NOT_FOUND, "name", "There is no user named %s.",
		claim.name.text);
	return 0;
}

void rule_get_user(struct run *run)
{
	const struct pp_get_user_request *body = &run->request->u.get_user;
	struct user_record record;

	uint64_t id = body->user_id != 0 ? body->user_id : find_by_name(run);
	if (!run_answers(run))
		return;
	enum loaded loaded = run_load_user(run, id, &record);
	if (loaded == LOADED_ABSENT && body->user_id != 0)
		run_refuse(run, PP_REASON_USER_NOT_FOUND, "user_id",
			"There is no user %" PRIu64 ".", id);
	else
		run_expect(run, loaded);
	if (!run_answers(run))
		return;
	struct pp_user *user = run_alloc(run, sizeof(*user));
	if (user == NULL)
		return;
	user->user_id = record.user_id;
	user->name = run_text(run, record.name);
	user->created_at_ms = record.created_at_ms;
	user->balance_coins = record.account.balance_coins;
	user->n_purchases = record.n_purchases;
	run->reply->u.get_user.user = user;
}

void rule_get_balance(struct run *run)
{
	const struct pp_account *name = run->request->u.get_balance.account;
	struct pp_get_balance_response *body = &run->reply->u.get_balance;
	struct account account;

	ledger_load(run, name, &account);
	if (!run_answers(run))
		return;
	body->account = run_alloc(run, sizeof(*body->account));
	if (body->account == NULL)
		return;
	*body->account = *name;
	body->balance_coins = account.balance_coins;
	body->n_entries = account.n_entries;
}

void rule_server_info(struct run *run)
{
	struct pp_server_info_response *body = &run->reply->u.server_info;
	struct counters_record counters;

	run_load_counters(run, &counters);
	if (run->waiting)
		return;
	body->server_time_ms = run->now_ms;
	body->unicode_version = name_unicode_version();
	body->request_id_retention_ms = run->settings->request_id_retention_ms;
	body->n_users = counters.n_users;
	body->n_businesses = counters.n_businesses;
	body->n_coupons = counters.n_coupons;
	body->n_purchases = counters.n_purchases;
}

void rule_stats(struct run *run)
{
	struct pp_stats_response *body = &run->reply->u.stats;
	struct counters_record counters;

	run_load_counters(run, &counters);
	if (run->waiting)
		return;
	body->n_users = counters.n_users;
	body->n_businesses = counters.n_businesses;
	body->n_coupons = counters.n_coupons;
	body->n_purchases = counters.n_purchases;
	body->n_redeemed = counters.n_redeemed;
	body->n_refunded = counters.n_refunded;
	body->coins_issued = -counters.issuance.balance_coins;
	body->commission_coins = counters.commission.balance_coins;
}

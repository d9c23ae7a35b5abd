#include "domain/rules/ledger.h"

#include <inttypes.h>

void ledger_load(struct run *run, const struct pp_account *name, struct account *out)
{
	struct user_record user;
	struct business_record business;
	struct counters_record counters;

	switch (name->kind) {
	case PP_ACCOUNT_KIND_USER:
		if (run_load_user(run, name->id, &user) == LOADED_PRESENT)
			*out = user.account;
		else if (!run->waiting)
			run_refuse(run, PP_REASON_USER_NOT_FOUND, "account.id",
				"There is no user %" PRIu64 ".", name->id);
		break;
	case PP_ACCOUNT_KIND_BUSINESS:
		if (run_load_business(run, name->id, &business) == LOADED_PRESENT)
			*out = business.account;
		else if (!run->waiting)
			run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "account.id",
				"There is no business %" PRIu64 ".", name->id);
		break;
	default:
		run_load_counters(run, &counters);
		*out = name->kind == PP_ACCOUNT_KIND_ISSUANCE ? counters.issuance
							      : counters.commission;
		break;
	}
}

bool ledger_fits(const struct account *account, int64_t change_coins)
{
	int64_t balance;

	return checked_add(account->balance_coins, change_coins, &balance) &&
	       balance >= -PP_COINS_MAX && balance <= PP_COINS_MAX;
}

static void enter(struct account *account, int64_t change_coins, struct entry_ref entry)
{
	ASSERT(ledger_fits(account, change_coins));
	account->balance_coins += change_coins;
	account->n_entries++;
	account->last_entry = entry;
}

void ledger_post(struct run *run, enum posting_kind kind, struct ledger_side debit,
	struct ledger_side credit, int64_t amount_coins)
{
	struct journal_record *journal = &run->journal;

	ASSERT(run->accepted && amount_coins >= 0 && debit.account != credit.account);
	if (amount_coins == 0)
		return;
	ASSERT(journal->n_postings < JOURNAL_POSTINGS_MAX);
	struct entry_ref entry = { .revision = run_new_revision(run),
		.index = (uint16_t)journal->n_postings };
	journal->postings[journal->n_postings++] = (struct posting) {
		.kind = kind,
		.debit = debit.name,
		.credit = credit.name,
		.amount_coins = amount_coins,
		.debit_previous = debit.account->last_entry,
		.credit_previous = credit.account->last_entry,
	};
	enter(debit.account, -amount_coins, entry);
	enter(credit.account, amount_coins, entry);
	ASSERT(debit.name.kind == PP_ACCOUNT_KIND_ISSUANCE || debit.account->balance_coins >= 0);
}

int64_t ledger_commission(int64_t price_coins, uint32_t commission_bp)
{
	const int64_t whole = 10000;

	ASSERT(price_coins >= 0 && price_coins <= PP_COINS_MAX);
	ASSERT(commission_bp <= PP_COMMISSION_BP_MAX);
	/* In two parts, as the product alone may leave int64. */
	return price_coins / whole * commission_bp + price_coins % whole * commission_bp / whole;
}

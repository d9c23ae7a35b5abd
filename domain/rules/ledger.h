/* Double entry: accounts, and the coins that move from one to another in a change. */
#ifndef DOMAIN_RULES_LEDGER_H
#define DOMAIN_RULES_LEDGER_H

#include "domain/rules/run.h"

/* An account by name and the record that is to be written with it. */
struct ledger_side {
	struct pp_account name;
	struct account *account;
};

/*
 * Loads an account that a request names as its `account`. Refuses with USER_NOT_FOUND or
 * BUSINESS_NOT_FOUND; nothing when run->waiting.
 */
void ledger_load(struct run *run, const struct pp_account *name, struct account *out);
/* Whether the balance may change by this much: no account goes beyond PP_COINS_MAX in magnitude. */
bool ledger_fits(const struct account *account, int64_t change_coins) MUST_CHECK;
/*
 * Moves coins and appends the posting to the change's journal record; both accounts' chains and
 * balances are updated. 0 coins move nothing. That it fits, and that no user or business falls
 * below 0, was checked before.
 */
void ledger_post(struct run *run, enum posting_kind kind, struct ledger_side debit,
	struct ledger_side credit, int64_t amount_coins);
/* floor(price * basis points / 10 000), for a price of 0 to PP_COINS_MAX. */
int64_t ledger_commission(int64_t price_coins, uint32_t commission_bp);

#endif

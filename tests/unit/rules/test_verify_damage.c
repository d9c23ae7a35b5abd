/* Verify names damage to accounts, chains, counters, stock, names and keys. */
#include <criterion/criterion.h>

#include "tests/unit/rules/little_damage.h"

/* Accounts. */
CHANGE(balance, user, key_of_user(3, &key), record.account.balance_coins += 1)
CHANGE(debt, user, key_of_user(4, &key), record.account.balance_coins = -1)
CHANGE(business_balance, business, key_of_business(1, &key), record.account.balance_coins -= 7)
CHANGE(issuance, counters, key_of_counters(&key), record.issuance.balance_coins -= 1)
CHANGE(minus_issuance, counters, key_of_counters(&key), record.issuance.balance_coins = 5)
CHANGE(n_entries, business, key_of_business(1, &key), record.account.n_entries += 1)
CHANGE(last_entry_gone, user, key_of_user(3, &key), record.account.last_entry.revision = 99)
CHANGE(last_entry_index, user, key_of_user(3, &key), record.account.last_entry.index = 3)
CHANGE(last_entry_foreign, user, key_of_user(3, &key), record.account.last_entry.revision = 15)
CHANGE(entries_cut, journal, key_of_journal(17, &key),
	record.postings[0].debit_previous = (struct entry_ref) { 0 })

/* Postings. */
CHANGE(credited_amount, journal, key_of_journal(7, &key), record.postings[0].amount_coins += 1)
CHANGE(spent_amount, journal, key_of_journal(14, &key), record.postings[0].amount_coins += 1)
CHANGE(commission_amount, journal, key_of_journal(14, &key), record.postings[1].amount_coins += 1)
CHANGE(posting_ahead, journal, key_of_journal(14, &key),
	record.postings[1].credit_previous.revision = 20)
CHANGE(posting_foreign, journal, key_of_journal(10, &key), record.n_postings = 1;
	record.postings[0] = ((struct posting) { .kind = POSTING_EARN,
		.debit = { PP_ACCOUNT_KIND_ISSUANCE, 0 },
		.credit = { PP_ACCOUNT_KIND_USER, 1 },
		.amount_coins = 5 }))
CHANGE(posting_kind, journal, key_of_journal(7, &key), record.postings[0].kind = POSTING_REFUND)

CHANGE(posting_sides, journal, key_of_journal(14, &key),
	record.postings[1].credit.kind = PP_ACCOUNT_KIND_ISSUANCE)
CHANGE(posting_self, journal, key_of_journal(14, &key),
	record.postings[0].debit_previous = ((struct entry_ref) { 14, 0 }))
CHANGE(credit_without, journal, key_of_journal(7, &key), record.n_postings = 0)
CHANGE(credit_of_another, journal, key_of_journal(7, &key), record.postings[0].credit.id = 4)
CHANGE(last_entry_of_business, user, key_of_user(2, &key), record.account.n_entries = 1;
	record.account.balance_coins = 40; record.account.last_entry.revision = 19)

CHANGE(skip_entry, journal, key_of_journal(17, &key),
	record.postings[0].debit_previous = ((struct entry_ref) { 8, 0 }))
CHANGE(skip_entry_balance, user, key_of_user(3, &key), record.account.n_entries = 3;
	record.account.balance_coins = 130)

static void orphan(struct little_store *store)
{
	skip_entry(store);
	skip_entry_balance(store);
}

/* Chains of purchases. */
CHANGE(chain_cut, purchase, key_of_purchase(3, &key), record.previous_purchase_id = 0)
CHANGE(chain_head, user, key_of_user(4, &key), record.last_purchase_id = 2)
CHANGE(chain_foreign, purchase, key_of_purchase(6, &key), record.previous_purchase_id = 3)
CHANGE(chain_forward, purchase, key_of_purchase(4, &key), record.previous_purchase_id = 5)
CHANGE(chain_self, purchase, key_of_purchase(6, &key), record.previous_purchase_id = 6)
CHANGE(chain_length, user, key_of_user(3, &key), record.n_purchases = 3)
REMOVE(purchase_gone, key_of_purchase(4, &key))
REMOVE(third_purchase_gone, key_of_purchase(3, &key))
REMOVE(last_purchase_gone, key_of_purchase(16, &key))
CHANGE(n_purchases, counters, key_of_counters(&key), record.n_purchases = 5)

static void purchases_gone(struct little_store *store)
{
	purchase_gone(store);
	third_purchase_gone(store);
}

CHANGE(shorter_chain, user, key_of_user(3, &key), record.last_purchase_id = 1;
	record.n_purchases = 1)
CHANGE(shorter_count, count, key_of_count(3, 1000001, &key), record.n_purchases = 1)

static void purchase_of_nobody(struct little_store *store)
{
	shorter_chain(store);
	shorter_count(store);
}

/* Counters. */
CHANGE(count, count, key_of_count(3, 1000001, &key), record.n_purchases += 1)
REMOVE(count_gone, key_of_count(4, 1000002, &key))
COPY(count_extra, key_of_count(3, 1000001, &key), key_of_count(3, 2000001, &key))
COPY(count_of_nobody, key_of_count(3, 1000001, &key), key_of_count(9, 2000001, &key))
CHANGE(n_users, counters, key_of_counters(&key), record.n_users = 5)
CHANGE(n_businesses, counters, key_of_counters(&key), record.n_businesses = 1)
CHANGE(n_coupons, counters, key_of_counters(&key), record.n_coupons = 5)
CHANGE(coupons_of_business, business, key_of_business(1, &key), record.n_coupons = 4)
CHANGE(coupon_of_another, coupon, key_of_coupon(1000002, &key), record.business_id = 2)
REMOVE(coupon_gone, key_of_coupon(1000002, &key))
REMOVE(business_gone, key_of_business(1, &key))
REMOVE(user_gone, key_of_user(1, &key))

/* Stock. */
CHANGE(sold, coupon, key_of_coupon(1000001, &key), record.sold += 1)
CHANGE(sold_less, coupon, key_of_coupon(2000001, &key), record.sold = 0)
CHANGE(oversold, coupon, key_of_coupon(1000001, &key), record.stock = 3)

/* Names. */
CHANGE(name_elsewhere, name, key_of_named(NAME_OF_USER, 0, "josh", &key), record.id = 4)
CHANGE(name_free, name, key_of_named(NAME_OF_BUSINESS, 0, "Fried and Loaded", &key),
	record.borne = false)
REMOVE(name_gone, key_of_named(NAME_OF_COUPON, 1, "Free fries", &key))
CHANGE(name_kept, name, key_of_named(NAME_OF_COUPON, 2, "Loaded fries", &key), record.borne = true)
CHANGE(name_of_ended, name, key_of_named(NAME_OF_COUPON, 1, "Lost", &key), record.borne = true)
CHANGE(name_of_nobody, name, key_of_named(NAME_OF_COUPON, 1, "Lost", &key), record.id = 1000009)
CHANGE(name_of_scope, name, key_of_named(NAME_OF_COUPON, 1, "Lost", &key), record.id = 2000001)
CHANGE(name_unclean, user, key_of_user(3, &key), record.name = " Josh")
CHANGE(renamed, user, key_of_user(3, &key), record.name = "Kim")

/* Keys. */
COPY(foreign_key, key_of_user(4, &key), key_of_user(7, &key))
COPY(foreign_zero, key_of_user(4, &key), key_of_user(0, &key))
COPY(foreign_part, key_of_user(4, &key), key.bytes[9] = 9)
COPY(foreign_business_part, key_of_business(2, &key), key.bytes[9] = 9)
COPY(foreign_table, key_of_user(4, &key), key.bytes[0] = 'K')

/* ---- Each damage and what Verify must say of it ---- */

static const struct damage_case cases[] = {
	CASE(balance, "balance user 3", "balance all accounts"),
	CASE(debt, "balance user 4", "balance user 4", "balance all accounts"),
	CASE(business_balance, "balance business 1", "balance all accounts"),
	CASE(issuance, "balance issuance", "balance all accounts"),
	CASE(minus_issuance, "balance issuance", "balance issuance", "balance all accounts"),
	CASE(n_entries, "chain business 1"),
	CASE(last_entry_gone, "chain user 3"),
	CASE(last_entry_index, "chain user 3"),
	CASE(last_entry_foreign, "chain user 3"),
	CASE(entries_cut, "chain user 3"),
	CASE(orphan, "balance all accounts", "posting all accounts"),

	CASE(credited_amount, "balance issuance", "posting revision 7", "balance user 3"),
	CASE(spent_amount, "balance business 1", "receipt purchase 1", "balance user 3"),
	CASE(commission_amount, "balance business 1", "balance commission", "receipt purchase 1"),
	CASE(posting_ahead, "chain commission", "posting revision 14"),
	CASE(posting_foreign, "posting revision 10", "posting all accounts"),
	CASE(posting_sides, "chain commission", "posting revision 14"),
	CASE(posting_self, "posting revision 14", "chain user 3"),
	CASE(credit_without, "chain issuance", "posting revision 7", "chain user 3"),
	CASE(credit_of_another, "posting revision 7", "chain user 3"),
	CASE(last_entry_of_business, "chain user 2", "balance all accounts"),
	CASE(posting_kind, "posting revision 7", "posting revision 7"),

	CASE(chain_cut, "chain user 3"),
	CASE(chain_head, "chain user 4"),
	CASE(chain_foreign, "chain user 4"),
	CASE(chain_forward, "chain user 4"),
	CASE(chain_self, "chain user 4"),
	CASE(chain_length, "chain user 3"),
	CASE(purchase_gone, "chain purchase 4", "receipt request", "chain user 4"),
	CASE(purchase_of_nobody, "chain all users"),
	CASE(purchases_gone, "chain purchase 3", "receipt request", "receipt request",
		"chain user 3", "chain user 4"),
	CASE(last_purchase_gone, "chain counters", "receipt request", "chain user 5"),
	CASE(n_purchases, "chain counters"),

	CASE(count, "counter user 3 coupon 1000001"),
	CASE(count_gone, "counter user 4 coupon 1000002"),
	CASE(count_extra, "counter user 3 coupon 2000001"),
	CASE(count_of_nobody, "counter user 9 coupon 2000001"),
	CASE(n_users, "counter counters"),
	CASE(n_businesses, "counter counters"),
	CASE(n_coupons, "counter counters"),
	CASE(coupons_of_business, "counter business 1", "counter counters"),
	CASE(coupon_of_another, "counter coupon 1000002"),
	CASE(coupon_gone, "counter coupon 1000002", "name name of a coupon", "receipt purchase 4",
		"version coupon 1000002"),
	CASE(business_gone, "counter coupon 1000001", "counter coupon 1000002",
		"counter coupon 1000003", "version business 1", "counter business 1",
		"counter counters", "name name of a business", "balance all accounts",
		"posting all accounts"),
	CASE(user_gone, "owner business 1", "owner business 3", "name name of a user",
		"counter user 1"),

	CASE(sold, "stock coupon 1000001", "stock coupon 1000001"),
	CASE(sold_less, "stock coupon 2000001"),
	CASE(oversold, "stock coupon 1000001"),

	CASE(name_elsewhere, "name name of a user", "name user 3"),
	CASE(name_free, "name business 2"),
	CASE(name_gone, "name coupon 1000002"),
	CASE(name_kept, "name name of a coupon"),
	CASE(name_of_ended, "name name of a coupon"),
	CASE(name_of_nobody, "name name of a coupon"),
	CASE(name_of_scope, "name name of a coupon"),
	CASE(name_unclean, "name name of a user", "name user 3"),
	CASE(renamed, "name name of a user", "name user 3"),

	CASE(foreign_key, "checksum user 7", "counter counters"),
	CASE(foreign_zero, "counter user 0", "checksum user 0"),
	CASE(foreign_part, "checksum user 4"),
	CASE(foreign_business_part, "checksum business 2"),
	CASE(foreign_table, "checksum key 4b"),
};

Test(verify_damage, names_what_is_wrong)
{
	damage_expect(cases, ARRAY_LEN(cases));
}

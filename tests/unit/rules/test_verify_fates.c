/* Verify names damage to redemptions, to refunds, and to what was credited by a reference. */
#include <criterion/criterion.h>

#include "tests/unit/rules/little_damage.h"

/* ---- Redemptions ---- */

static void redeemed(struct purchase_record *purchase, int64_t at_ms)
{
	purchase->state = PP_PURCHASE_STATE_REDEEMED;
	purchase->redeemed_at_ms = at_ms;
	purchase->redeemed_by = 2;
}

static void issued(struct purchase_record *purchase)
{
	purchase->state = PP_PURCHASE_STATE_ISSUED;
	purchase->redeemed_at_ms = 0;
	purchase->stock_returned = false;
}

CHANGE(redeemed_by_nothing, purchase, key_of_purchase(16, &key), redeemed(&record, record.at_ms))
CHANGE(redeemed_in_time, purchase, key_of_purchase(1, &key),
	redeemed(&record, record.redeem_until_ms - 1))
CHANGE(redeemed_too_late, purchase, key_of_purchase(1, &key),
	redeemed(&record, record.redeem_until_ms))
CHANGE(redeemed_early, purchase, key_of_purchase(9, &key), record.redeemed_at_ms = record.at_ms - 1)
CHANGE(redeemed_then, purchase, key_of_purchase(9, &key), record.redeemed_at_ms += 1)
CHANGE(redeemed_by, purchase, key_of_purchase(9, &key), record.redeemed_by = 1)
CHANGE(redeemed_and_refunded_then, purchase, key_of_purchase(7, &key), record.redeemed_at_ms -= 1)
CHANGE(not_redeemed, purchase, key_of_purchase(9, &key), issued(&record))
CHANGE(redemption_of_another, journal, key_of_journal(42, &key), record.subject_id = 16)
CHANGE(redemption_of_none, journal, key_of_journal(42, &key), record.subject_id = 99)
CHANGE(redemption_moves, journal, key_of_journal(42, &key), record.n_postings = 1;
	record.postings[0] = ((struct posting) { .kind = POSTING_REFUND,
		.debit = { PP_ACCOUNT_KIND_BUSINESS, 3 },
		.credit = { PP_ACCOUNT_KIND_USER, 5 },
		.amount_coins = 5 }))
CHANGE(redemption_refunds, journal, key_of_journal(42, &key), record.kind = PP_KIND_REFUND_PURCHASE)
CHANGE(redeems_again, journal, key_of_journal(59, &key), record.kind = PP_KIND_REDEEM_PURCHASE;
	record.subject_id = 9)
REMOVE(redemption_gone, key_of_journal(42, &key))
REMOVE(redeemed_gone, key_of_purchase(9, &key))
CHANGE(n_redeemed, counters, key_of_counters(&key), record.n_redeemed += 1)

REMOVE(fourth_purchase_gone, key_of_purchase(4, &key))

static void two_redeemed_by_nothing(struct little_store *store)
{
	redeemed_by_nothing(store);
	redeemed_in_time(store);
}

/* What was redeemed is not written, but another purchase. */
static void wrong_one_redeemed(struct little_store *store)
{
	not_redeemed(store);
	redeemed_by_nothing(store);
}

/* A purchase that is lost hides neither a counter nor a purchase that is wrong. */
static void n_redeemed_of_lost(struct little_store *store)
{
	redeemed_gone(store);
	n_redeemed(store);
}

static void redeemed_by_nothing_beside_lost(struct little_store *store)
{
	fourth_purchase_gone(store);
	redeemed_by_nothing(store);
}

/* ---- Refunds ---- */

static void refunded(struct purchase_record *purchase)
{
	purchase->state = PP_PURCHASE_STATE_REFUNDED;
	purchase->refunded_at_ms = purchase->at_ms;
	purchase->refunded_by = 2;
}

CHANGE(refunded_by_nothing, purchase, key_of_purchase(16, &key), refunded(&record))
CHANGE(refunded_early, purchase, key_of_purchase(13, &key),
	record.refunded_at_ms = record.at_ms - 1)
CHANGE(refunded_unredeemed, purchase, key_of_purchase(7, &key),
	record.refunded_at_ms = record.redeemed_at_ms - 1)
CHANGE(refunded_then, purchase, key_of_purchase(10, &key), record.refunded_at_ms += 1)
CHANGE(refunded_by, purchase, key_of_purchase(10, &key), record.refunded_by = 2)
CHANGE(not_refunded, purchase, key_of_purchase(10, &key), issued(&record))
CHANGE(not_returned, purchase, key_of_purchase(8, &key), issued(&record))
CHANGE(refunds_again, journal, key_of_journal(59, &key), record.kind = PP_KIND_REFUND_PURCHASE;
	record.subject_id = 12)
REMOVE(refund_gone, key_of_journal(43, &key))
CHANGE(n_refunded, counters, key_of_counters(&key), record.n_refunded -= 1)

static struct journal_record change_at(struct little_store *store, uint64_t revision)
{
	struct journal_record change;
	struct key key;

	key_of_journal(revision, &key);
	ASSERT(record_journal_decode(little_row_at(store, &key)->value, NULL, &change));
	return change;
}

/* The redemption of 11 becomes another refund of 12, at the same time by the same user. */
CHANGE(refunds_at_once, journal, key_of_journal(44, &key), record.kind = PP_KIND_REFUND_PURCHASE;
	record.subject_id = 12; record.actor = 2; record.at_ms = change_at(store, 45).at_ms)

/* Its postings: 90 coins from business 3, 10 from the commission. */
CHANGE(refund_amount, journal, key_of_journal(41, &key), record.postings[0].amount_coins += 1)
CHANGE(refund_commission, journal, key_of_journal(41, &key), record.postings[1].amount_coins -= 1)
CHANGE(refund_of_business, journal, key_of_journal(41, &key), record.postings[0].debit.id = 1)
CHANGE(refund_to_another, journal, key_of_journal(41, &key), record.postings[0].credit.id = 6)
CHANGE(refund_of_user, journal, key_of_journal(41, &key),
	record.postings[0].debit = ((struct pp_account) { PP_ACCOUNT_KIND_USER, 3 }))
CHANGE(refund_to_issuance, journal, key_of_journal(41, &key),
	record.postings[0].credit = ((struct pp_account) { PP_ACCOUNT_KIND_ISSUANCE, 0 }))
CHANGE(refund_as_spend, journal, key_of_journal(41, &key), record.postings[0].kind = POSTING_SPEND)
CHANGE(spend_as_refund, journal, key_of_journal(34, &key), record.postings[0].kind = POSTING_REFUND)
CHANGE(commission_kept, journal, key_of_journal(41, &key), record.n_postings = 1)
CHANGE(commission_by_business, journal, key_of_journal(41, &key),
	record.postings[1].debit = ((struct pp_account) { PP_ACCOUNT_KIND_BUSINESS, 3 }))
CHANGE(free_refund_moves, journal, key_of_journal(45, &key), record.n_postings = 1;
	record.postings[0] = ((struct posting) { .kind = POSTING_REFUND,
		.debit = { PP_ACCOUNT_KIND_BUSINESS, 3 },
		.credit = { PP_ACCOUNT_KIND_USER, 6 },
		.amount_coins = 5 }))

/* ---- Stock and counts ---- */

CHANGE(returned_kept, purchase, key_of_purchase(10, &key), record.stock_returned = true)
CHANGE(returned_redeemed, purchase, key_of_purchase(7, &key), record.stock_returned = true)
CHANGE(kept_returned, purchase, key_of_purchase(8, &key), record.stock_returned = false)
CHANGE(chili_sold_less, coupon, key_of_coupon(3000003, &key), record.sold -= 1)
CHANGE(chili_counted_less, count, key_of_count(5, 3000003, &key), record.n_purchases -= 1)
CHANGE(sold_not_lowered, coupon, key_of_coupon(3000001, &key), record.sold += 1)
CHANGE(count_not_lowered, count, key_of_count(5, 3000004, &key), record.n_purchases += 1)

/* All agree that the piece came back, against the policy. */
static void returned_against_policy(struct little_store *store)
{
	returned_kept(store);
	chili_sold_less(store);
	chili_counted_less(store);
}

/* ---- Rates of commission ---- */

CHANGE(rate, purchase, key_of_purchase(7, &key), record.commission_bp += 1)
CHANGE(rate_of_none, purchase, key_of_purchase(16, &key), record.commission_bp = 1)

/* ---- References ---- */

REMOVE(reference_gone, key_of_referenced(3, PP_CREDIT_REASON_ROUTE_ADDED, "route 7", &key))
CHANGE(reference_elsewhere, reference,
	key_of_referenced(3, PP_CREDIT_REASON_ROUTE_ADDED, "route 7", &key), record.revision = 9)
CHANGE(reference_of_user, reference,
	key_of_referenced(3, PP_CREDIT_REASON_ROUTE_ADDED, "route 7", &key), record.revision = 26)
CHANGE(reference_nowhere, reference,
	key_of_referenced(3, PP_CREDIT_REASON_ROUTE_ADDED, "route 7", &key), record.revision = 99)
COPY(reference_of_reason, key_of_referenced(3, PP_CREDIT_REASON_ROUTE_ADDED, "route 7", &key),
	key_of_referenced(3, PP_CREDIT_REASON_ROUTE_COMPLETED, "route 7", &key))
COPY(reference_of_another, key_of_referenced(3, PP_CREDIT_REASON_ROUTE_ADDED, "route 7", &key),
	key_of_referenced(5, PP_CREDIT_REASON_ROUTE_ADDED, "route 7", &key))
CHANGE(credit_reason, journal, key_of_journal(8, &key),
	record.credit_reason = PP_CREDIT_REASON_ROUTE_COMPLETED)
CHANGE(credit_reference, journal, key_of_journal(8, &key), record.reference = "route 8")
CHANGE(credit_unreferenced, journal, key_of_journal(8, &key), record.reference = NULL)
CHANGE(credited_twice, journal, key_of_journal(7, &key),
	record.credit_reason = PP_CREDIT_REASON_ROUTE_ADDED;
	record.reference = "route 7")
REMOVE(credit_gone, key_of_journal(8, &key))

/* ---- Each damage and what Verify must say of it ---- */

static const struct damage_case cases[] = {
	CASE(redeemed_by_nothing, "receipt purchase 16"),
	CASE(two_redeemed_by_nothing, "receipt all purchases"),
	CASE(redeemed_in_time, "receipt purchase 1"),
	CASE(redeemed_too_late, "receipt purchase 1", "receipt purchase 1"),
	CASE(redeemed_early, "receipt revision 42", "receipt purchase 9"),
	CASE(redeemed_then, "receipt revision 42"),
	CASE(redeemed_by, "receipt revision 42"),
	CASE(redeemed_and_refunded_then, "receipt revision 39"),
	CASE(not_redeemed, "receipt revision 42"),
	CASE(wrong_one_redeemed, "receipt revision 42", "receipt purchase 16"),
	CASE(redemption_of_another, "receipt revision 42", "receipt purchase 9"),
	CASE(redemption_of_none, "receipt revision 42"),
	CASE(redemption_moves, "posting revision 42", "posting all accounts"),
	CASE(redemption_refunds, "receipt revision 42", "receipt purchase 9", "request request"),
	CASE(redeems_again, "receipt revision 59", "request request"),
	CASE(redemption_gone, "journal revision 42", "request request"),
	CASE(redeemed_gone, "receipt revision 42", "chain purchase 9", "receipt request",
		"chain user 5"),
	CASE(n_redeemed, "counter counters"),
	CASE(n_redeemed_of_lost, "receipt revision 42", "chain purchase 9", "counter counters",
		"receipt request", "chain user 5"),
	CASE(redeemed_by_nothing_beside_lost, "chain purchase 4", "receipt all purchases",
		"receipt request", "chain user 4"),

	CASE(refunded_by_nothing, "receipt purchase 16"),
	CASE(refunded_early, "receipt revision 46", "receipt purchase 13"),
	CASE(refunded_unredeemed, "receipt revision 40", "receipt purchase 7"),
	CASE(refunded_then, "receipt revision 43"),
	CASE(refunded_by, "receipt revision 43"),
	CASE(not_refunded, "receipt revision 43"),
	CASE(not_returned, "receipt revision 41", "stock coupon 3000001",
		"counter user 5 coupon 3000001"),
	CASE(refunds_again, "receipt revision 59", "request request"),
	CASE(refunds_at_once, "receipt purchase 11", "receipt purchase 12", "request request"),
	CASE(refund_gone, "chain business 3", "chain commission", "journal revision 43",
		"request request", "chain user 5"),
	CASE(n_refunded, "counter counters"),

	CASE(refund_amount, "balance business 3", "receipt revision 41", "balance user 5"),
	CASE(refund_commission, "balance commission", "receipt revision 41", "balance user 5"),
	CASE(refund_of_business, "chain business 3", "receipt revision 41"),
	CASE(refund_to_another, "receipt revision 41", "chain user 5"),
	CASE(refund_of_user, "chain business 3", "posting revision 41", "receipt revision 41"),
	CASE(refund_to_issuance, "posting revision 41", "receipt revision 41", "chain user 5"),
	CASE(refund_as_spend, "posting revision 41", "receipt revision 41"),
	CASE(spend_as_refund, "posting revision 34", "receipt purchase 9"),
	CASE(commission_kept, "chain commission", "receipt revision 41", "chain user 5"),
	CASE(commission_by_business, "chain commission", "receipt revision 41"),
	CASE(free_refund_moves, "receipt revision 45", "posting all accounts"),

	CASE(returned_kept, "receipt purchase 10", "stock coupon 3000003",
		"counter user 5 coupon 3000003"),
	CASE(returned_redeemed, "receipt purchase 7", "stock coupon 3000001",
		"counter user 5 coupon 3000001"),
	CASE(kept_returned, "receipt purchase 8", "stock coupon 3000001",
		"counter user 5 coupon 3000001"),
	CASE(returned_against_policy, "receipt purchase 10"),
	CASE(sold_not_lowered, "stock coupon 3000001"),
	CASE(count_not_lowered, "counter user 5 coupon 3000004"),

	CASE(rate, "receipt purchase 7"),
	CASE(rate_of_none, "receipt purchase 16"),

	CASE(reference_gone, "reference revision 8"),
	CASE(reference_elsewhere, "reference reference of user 3"),
	CASE(reference_of_user, "reference reference of user 3"),
	CASE(reference_nowhere, "reference reference of user 3"),
	CASE(reference_of_reason, "reference reference of user 3"),
	CASE(reference_of_another, "reference reference of user 5"),
	CASE(credit_reason, "reference revision 8", "reference reference of user 3"),
	CASE(credit_reference, "reference revision 8", "reference reference of user 3"),
	CASE(credit_unreferenced, "reference reference of user 3"),
	CASE(credited_twice, "reference revision 7", "reference reference of user 3"),
	CASE(credit_gone, "chain issuance", "journal revision 8", "request request", "chain user 3",
		"reference reference of user 3"),
};

Test(verify_fates, names_what_is_wrong)
{
	damage_expect(cases, ARRAY_LEN(cases));
}

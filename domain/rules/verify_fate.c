/*
 * The audit of what became of purchases: each redemption and refund of the journal against its
 * purchase, and how many there are of each.
 */
#include <inttypes.h>

#include "domain/rules/verify_internal.h"

/* ---- From the purchase ---- */

const char *verify_fate_fault(const struct purchase_record *purchase)
{
	bool redeemed = purchase->redeemed_at_ms != 0;
	bool refunded = purchase->state == PP_PURCHASE_STATE_REFUNDED;
	bool returns = purchase->refund_policy == PP_REFUND_POLICY_RETURN_STOCK;

	if (redeemed && purchase->redeemed_at_ms < purchase->at_ms)
		return "was redeemed before it was bought";
	if (redeemed && purchase->redeem_until_ms != 0 &&
		purchase->redeemed_at_ms >= purchase->redeem_until_ms)
		return "was redeemed after its redeem window";
	if (refunded && (purchase->refunded_at_ms < purchase->at_ms ||
				purchase->refunded_at_ms < purchase->redeemed_at_ms))
		return "was refunded before it was bought or redeemed";
	if (refunded && purchase->stock_returned != (returns && !redeemed))
		return "its refund did not treat the stock as its refund policy says";
	return NULL;
}

static void add(struct verify_set *set, uint64_t purchase_id)
{
	set->n++;
	set->ids_xor ^= purchase_id;
}

void verify_count_fate(struct verify *verify, const struct purchase_record *purchase)
{
	if (purchase->redeemed_at_ms != 0)
		add(&verify->redeemed.says_so, purchase->purchase_id);
	if (purchase->state == PP_PURCHASE_STATE_REFUNDED)
		add(&verify->refunded.says_so, purchase->purchase_id);
}

/* ---- From the journal ---- */

/* Takes a change for the one that a purchase names, if they fit. */
static bool take_change(struct verify_fate *fate, uint64_t purchase_id, bool says_so, bool fits)
{
	if (fits)
		add(&fate->changed, purchase_id);
	else if (says_so)
		fate->n_doubtful++;
	return fits;
}

static const char *redemption_fault(struct verify *verify, const struct purchase_record *purchase,
	const struct journal_record *change)
{
	bool redeemed = purchase->redeemed_at_ms != 0;
	bool fits = redeemed && purchase->redeemed_at_ms == change->at_ms &&
		    purchase->redeemed_by == change->actor;

	return take_change(&verify->redeemed, purchase->purchase_id, redeemed, fits)
		       ? NULL
		       : "redeems a purchase that was not redeemed by it";
}

static bool is_refund(const struct posting *posting, enum pp_account_kind from, uint64_t from_id,
	uint64_t user_id, int64_t amount_coins)
{
	return posting->kind == POSTING_REFUND && posting->debit.kind == from &&
	       posting->debit.id == from_id && posting->credit.id == user_id &&
	       posting->amount_coins == amount_coins;
}

static const char *refund_postings_fault(
	const struct purchase_record *purchase, const struct journal_record *change)
{
	int64_t rest_coins = purchase->price_coins - purchase->commission_coins;
	uint64_t business_id = purchase->coupon_id / COUPON_ID_UNIT;
	const struct posting *posting = change->postings;

	if (change->n_postings !=
		(uint32_t)(rest_coins > 0) + (uint32_t)(purchase->commission_coins > 0))
		return "does not have the postings of its refund";
	if (rest_coins > 0 && !is_refund(posting++, PP_ACCOUNT_KIND_BUSINESS, business_id,
				      purchase->user_id, rest_coins))
		return "does not move the price less the commission from the business to the buyer";
	if (purchase->commission_coins > 0 &&
		!is_refund(posting, PP_ACCOUNT_KIND_COMMISSION, 0, purchase->user_id,
			purchase->commission_coins))
		return "does not move the commission back to the buyer";
	return NULL;
}

static const char *refund_fault(struct verify *verify, const struct purchase_record *purchase,
	const struct journal_record *change)
{
	bool refunded = purchase->state == PP_PURCHASE_STATE_REFUNDED;
	bool fits = refunded && purchase->refunded_at_ms == change->at_ms &&
		    purchase->refunded_by == change->actor;

	return take_change(&verify->refunded, purchase->purchase_id, refunded, fits)
		       ? refund_postings_fault(purchase, change)
		       : "refunds a purchase that was not refunded by it";
}

void verify_journal_fate(struct verify *verify, const struct journal_record *change)
{
	bool redeems = change->kind == PP_KIND_REDEEM_PURCHASE;
	struct verify_fate *fate = redeems ? &verify->redeemed : &verify->refunded;
	struct purchase_record purchase;
	const char *fault = NULL;
	struct key key;

	if (!redeems && change->kind != PP_KIND_REFUND_PURCHASE)
		return;
	fate->n_changes++;
	key_of_purchase(change->subject_id, &key);
	switch (VERIFY_LOAD(purchase, verify, &key, &purchase)) {
	case VERIFY_ABSENT:
		fate->n_doubtful++;
		fault = "is of a purchase that is not there";
		break;
	case VERIFY_UNREADABLE: fate->n_doubtful++; break;
	case VERIFY_FOUND:
		fault = redeems ? redemption_fault(verify, &purchase, change)
				: refund_fault(verify, &purchase, change);
		break;
	}
	if (fault)
		verify_report(verify, "receipt", SUBJECT("revision %" PRIu64, change->revision),
			"%s", fault);
}

/* ---- Totals ---- */

/*
 * The counter is judged only where it agrees with neither side: if it agrees with one, the other is
 * at fault, and was reported.
 */
static void compare_counter(
	struct verify *verify, const char *what, const struct verify_fate *fate, uint64_t n)
{
	bool journal_known = verify->n_journal_unknown == 0;
	bool purchases_known = verify->n_purchases_lost == 0;

	if (!verify->has_counters || (!journal_known && !purchases_known))
		return;
	if ((journal_known && n == fate->n_changes) || (purchases_known && n == fate->says_so.n))
		return;
	verify_report(verify, "counter", "counters",
		"say %" PRIu64 " purchases were %s, the journal has %" PRIu64 " and %" PRIu64
		" say so",
		n, what, fate->n_changes, fate->says_so.n);
}

/* Whether what is left over can be what was lost, or was reported one by one. */
static bool within_doubt(const struct verify *verify, const struct verify_fate *fate)
{
	uint64_t n = fate->says_so.n;
	uint64_t n_changed = fate->changed.n;

	return n > n_changed ? n - n_changed <= fate->n_doubtful
			     : n_changed - n <= verify->n_purchases_lost;
}

/* The XOR of the ids tells which purchase it is, if it is only one. */
static void compare_purchases(
	struct verify *verify, const char *what, const struct verify_fate *fate)
{
	const struct verify_set *says_so = &fate->says_so;
	const struct verify_set *changed = &fate->changed;
	uint64_t id = says_so->ids_xor ^ changed->ids_xor;

	if (verify->n_purchases_lost > 0 || fate->n_doubtful > 0) {
		if (within_doubt(verify, fate))
			return;
		id = 0;
	}
	if (says_so->n == changed->n && id == 0)
		return;
	if (says_so->n == changed->n + 1 && id != 0)
		verify_report(verify, "receipt", SUBJECT("purchase %" PRIu64, id),
			"says that it was %s, but no change of the journal did that", what);
	else if (changed->n == says_so->n + 1 && id != 0)
		verify_report(verify, "receipt", SUBJECT("purchase %" PRIu64, id),
			"was %s by two changes of the journal", what);
	else
		verify_report(verify, "receipt", "all purchases",
			"%" PRIu64 " say that they were %s, the journal has %" PRIu64 " of them",
			says_so->n, what, changed->n);
}

void verify_end_fate(struct verify *verify)
{
	compare_counter(verify, "redeemed", &verify->redeemed, verify->counters.n_redeemed);
	compare_counter(verify, "refunded", &verify->refunded, verify->counters.n_refunded);
	/* A purchase may have been redeemed or refunded by a change that cannot be read. */
	if (verify->n_journal_unknown > 0)
		return;
	compare_purchases(verify, "redeemed", &verify->redeemed);
	compare_purchases(verify, "refunded", &verify->refunded);
}

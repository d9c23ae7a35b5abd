/*
 * The audit of receipts: each purchase against the version that priced it, the window in which that
 * version was honoured, the commission of that moment, its journal record and its request id.
 */
#include <inttypes.h>
#include <string.h>

#include "domain/rules/terms.h"
#include "domain/rules/verify_internal.h"

/* ---- What was current at a revision ---- */

/* When a version was made, by its record. */
typedef enum verify_found load_made(
	struct verify *verify, uint64_t id, uint32_t version, uint64_t *revision);

static enum verify_found load_version_made(
	struct verify *verify, uint64_t id, uint32_t version, uint64_t *revision)
{
	struct version_record record;
	enum verify_found found;
	struct key key;

	key_of_version(id, version, &key);
	found = VERIFY_LOAD(version, verify, &key, &record);
	*revision = found == VERIFY_FOUND ? record.valid_from_revision : 0;
	return found;
}

static enum verify_found load_profile_made(
	struct verify *verify, uint64_t id, uint32_t version, uint64_t *revision)
{
	struct business_version_record record;
	enum verify_found found;
	struct key key;

	key_of_business_version(id, version, &key);
	found = VERIFY_LOAD(business_version, verify, &key, &record);
	*revision = found == VERIFY_FOUND ? record.valid_from_revision : 0;
	return found;
}

/*
 * The last version that was made before a revision, by bisection: each is made at a later one than
 * that before it. `low` was made before. 0: a record on the way is missing or damaged.
 */
static uint32_t last_made_before(struct verify *verify, load_made *load, uint64_t id, uint32_t low,
	uint32_t newest, uint64_t revision)
{
	uint32_t high = newest + 1; /* was not */

	while (high - low > 1) {
		uint32_t middle = low + (high - low) / 2;
		uint64_t made;

		if (load(verify, id, middle, &made) != VERIFY_FOUND)
			return 0;
		if (made < revision)
			low = middle;
		else
			high = middle;
	}
	return low;
}

/* ---- Its commission ---- */

/*
 * floor(price * bp / 10 000) without leaving int64: price = 10 000 q + r. On its own, so as not to
 * repeat a mistake of the rules.
 */
static int64_t commission_of(int64_t price_coins, uint32_t bp)
{
	return price_coins / PP_COMMISSION_BP_MAX * bp +
	       price_coins % PP_COMMISSION_BP_MAX * bp / PP_COMMISSION_BP_MAX;
}

/* The business as it stood when the purchase was made. */
static enum verify_found load_business_then(struct verify *verify,
	const struct purchase_record *purchase, struct business_version_record *out)
{
	uint64_t business_id = purchase->coupon_id / COUPON_ID_UNIT;
	struct business_record business;
	enum verify_found found;
	uint32_t version;
	struct key key;

	key_of_business(business_id, &key);
	found = VERIFY_LOAD(business, verify, &key, &business);
	if (found != VERIFY_FOUND)
		return found;
	version = last_made_before(
		verify, load_profile_made, business_id, 1, business.version, purchase->revision);
	if (version == 0)
		return VERIFY_UNREADABLE;
	key_of_business_version(business_id, version, &key);
	return VERIFY_LOAD(business_version, verify, &key, out);
}

static const char *commission_fault(struct verify *verify, const struct purchase_record *purchase)
{
	struct business_version_record business;

	if (purchase->commission_coins !=
		commission_of(purchase->price_coins, purchase->commission_bp))
		return "its commission is not its share of the price";
	if (load_business_then(verify, purchase, &business) == VERIFY_FOUND &&
		purchase->commission_bp != business.profile.commission_bp)
		return "its rate of commission is not what its business had then";
	return NULL;
}

/* ---- The version that priced it ---- */

static const char *price_fault(
	const struct purchase_record *purchase, const struct version_record *version)
{
	const struct pp_terms *terms = &version->terms;
	int64_t redeem_until_ms =
		terms->redeem_within_ms > 0 ? purchase->at_ms + terms->redeem_within_ms : 0;

	if (purchase->price_coins != terms->price_coins)
		return "its price is not that of its version";
	if (purchase->redeem_until_ms != redeem_until_ms)
		return "its redeem window is not that of its version";
	if (purchase->refund_policy != terms->refund_policy)
		return "its refund policy is not that of its version";
	if (purchase->revision <= version->valid_from_revision)
		return "was made before its version";
	if (!terms_valid_at(terms, purchase->at_ms))
		return "was made while its version was paused, ended or outside its dates";
	return NULL;
}

/* The version that was current at the purchase, which was not made before its own. */
static enum verify_found load_current(struct verify *verify, const struct purchase_record *purchase,
	uint32_t newest, struct version_record *out)
{
	uint32_t version = last_made_before(verify, load_version_made, purchase->coupon_id,
		purchase->version, newest, purchase->revision);
	struct key key;

	if (version == 0)
		return VERIFY_UNREADABLE;
	key_of_version(purchase->coupon_id, version, &key);
	return VERIFY_LOAD(version, verify, &key, out);
}

/* Whether a superseded version could price it. `next` superseded it, `current` was current. */
static const char *window_fault(const struct purchase_record *purchase,
	const struct version_record *version, const struct version_record *next,
	const struct version_record *current)
{
	int64_t until_ms = next->valid_from_ms + version->terms.honour_ms;

	if (!purchase->honoured)
		return "its version was not current, yet it does not say that it was honoured";
	/* Then the purchase is one of the current version. */
	if (terms_difference(&version->terms, &current->terms) == 0)
		return "was honoured, but the current version had the same terms";
	if (purchase->at_ms >= until_ms)
		return "was honoured after its version's window";
	if (!purchase->has_honoured_until_ms || purchase->honoured_until_ms != until_ms)
		return "names another end of its version's window";
	return NULL;
}

static const char *honour_fault(struct verify *verify, const struct purchase_record *purchase,
	const struct version_record *version)
{
	struct coupon_record coupon;
	struct version_record current;
	struct version_record next;
	struct key key;

	key_of_coupon(purchase->coupon_id, &key);
	switch (VERIFY_LOAD(coupon, verify, &key, &coupon)) {
	case VERIFY_ABSENT: return "its coupon is not there";
	case VERIFY_UNREADABLE: return NULL;
	case VERIFY_FOUND: break;
	}
	if (coupon.version < version->version ||
		load_current(verify, purchase, coupon.version, &current) != VERIFY_FOUND)
		return NULL; /* the walk over the versions says what is wrong */
	if (current.version == version->version)
		return purchase->honoured ? "says it was honoured, its version was current" : NULL;
	if (coupon.honour_floor > version->version && coupon.honour_floor <= current.version)
		return "its version had been superseded by a HARD one";
	key_of_version(purchase->coupon_id, (uint64_t)purchase->version + 1, &key);
	if (VERIFY_LOAD(version, verify, &key, &next) != VERIFY_FOUND)
		return NULL;
	return window_fault(purchase, version, &next, &current);
}

static const char *version_fault(struct verify *verify, const struct purchase_record *purchase)
{
	const char *fault = commission_fault(verify, purchase);
	struct version_record version;
	struct key key;

	if (fault)
		return fault;
	key_of_version(purchase->coupon_id, purchase->version, &key);
	switch (VERIFY_LOAD(version, verify, &key, &version)) {
	case VERIFY_ABSENT: return "its version is not there";
	case VERIFY_UNREADABLE: return NULL;
	case VERIFY_FOUND: break;
	}
	fault = price_fault(purchase, &version);
	return fault ? fault : honour_fault(verify, purchase, &version);
}

/* ---- Its journal record and its request id ---- */

static const char *change_fault(
	const struct purchase_record *purchase, const struct journal_record *change)
{
	if (change->kind != PP_KIND_PURCHASE_COUPON || change->subject_id != purchase->purchase_id)
		return "its revision is another change";
	if (change->actor != purchase->user_id ||
		memcmp(&change->request_id, &purchase->request_id, sizeof(change->request_id)) != 0)
		return "its revision was made by another request";
	if (change->at_ms != purchase->at_ms)
		return "its revision was made at another time";
	return NULL;
}

static bool is_posting(const struct posting *posting, enum posting_kind kind, uint64_t debit_id,
	uint64_t credit_id, int64_t amount_coins)
{
	return posting->kind == kind && posting->debit.id == debit_id &&
	       posting->credit.id == credit_id && posting->amount_coins == amount_coins;
}

static const char *postings_fault(
	const struct purchase_record *purchase, const struct journal_record *change)
{
	uint64_t business_id = purchase->coupon_id / COUPON_ID_UNIT;
	uint32_t n = (purchase->price_coins > 0) + (purchase->commission_coins > 0);

	if (change->n_postings != n)
		return "its revision does not have its postings";
	if (n > 0 && !is_posting(&change->postings[0], POSTING_SPEND, purchase->user_id,
			     business_id, purchase->price_coins))
		return "its revision does not move its price from the buyer to the business";
	if (n > 1 && !is_posting(&change->postings[1], POSTING_COMMISSION, business_id, 0,
			     purchase->commission_coins))
		return "its revision does not move its commission";
	return NULL;
}

static const char *request_fault(struct verify *verify, const struct purchase_record *purchase)
{
	struct purchase_of_request_record index;
	struct key key;

	key_of_purchase_of_request(&purchase->request_id, purchase->user_id, &key);
	switch (VERIFY_LOAD(purchase_of_request, verify, &key, &index)) {
	case VERIFY_ABSENT: return "is not found by its request id";
	case VERIFY_UNREADABLE: return NULL;
	case VERIFY_FOUND: break;
	}
	return index.purchase_id == purchase->purchase_id
		       ? NULL
		       : "its request id leads to another purchase";
}

static const char *journal_fault(struct verify *verify, const struct purchase_record *purchase)
{
	struct journal_record change;
	const char *fault;
	struct key key;

	key_of_journal(purchase->revision, &key);
	switch (VERIFY_LOAD(journal, verify, &key, &change)) {
	case VERIFY_ABSENT: return "its revision is not there";
	case VERIFY_UNREADABLE: return NULL;
	case VERIFY_FOUND: break;
	}
	fault = change_fault(purchase, &change);
	return fault ? fault : postings_fault(purchase, &change);
}

/* ---- The walk ---- */

static void check_receipt(struct verify *verify, const struct purchase_record *purchase)
{
	const char *const faults[] = {
		version_fault(verify, purchase),
		journal_fault(verify, purchase),
		request_fault(verify, purchase),
		verify_fate_fault(purchase),
	};

	for (size_t i = 0; i < ARRAY_LEN(faults); i++) {
		if (faults[i])
			verify_report(verify, "receipt",
				SUBJECT("purchase %" PRIu64, purchase->purchase_id), "%s",
				faults[i]);
	}
}

void verify_walk_purchase(struct verify *verify, const struct key *key, const struct span *value)
{
	struct purchase_record purchase;
	struct key own;

	verify->n_purchases_lost +=
		verify_dense(verify, "chain", "purchase", verify_key_number(key, 1, 8));
	if (!VERIFY_DECODE(purchase, verify, key, value, &purchase)) {
		verify->n_purchases_lost++;
		return;
	}
	key_of_purchase(purchase.purchase_id, &own);
	if (!verify_key_is(verify, key, &own)) {
		verify->n_purchases_lost++;
		return;
	}
	if (!purchase.stock_returned)
		verify_tally_add(&verify->tally, purchase.coupon_id);
	verify_count_fate(verify, &purchase);
	check_receipt(verify, &purchase);
}

void verify_walk_purchase_of_request(
	struct verify *verify, const struct key *key, const struct span *value)
{
	struct purchase_of_request_record index;
	struct purchase_record purchase;
	struct key other;

	if (!VERIFY_DECODE(purchase_of_request, verify, key, value, &index))
		return;
	key_of_purchase(index.purchase_id, &other);
	switch (VERIFY_LOAD(purchase, verify, &other, &purchase)) {
	case VERIFY_UNREADABLE: return;
	case VERIFY_FOUND:
		key_of_purchase_of_request(&purchase.request_id, purchase.user_id, &other);
		if (verify_key_compare(key, &other) == 0)
			return;
		break;
	case VERIFY_ABSENT: break;
	}
	verify_report(verify, "receipt", subject_of_key(key).text,
		"leads to purchase %" PRIu64 ", which it did not make", index.purchase_id);
}

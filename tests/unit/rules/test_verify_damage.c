/* Verify names what is wrong: a sound little store, damaged in one way after the other. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "domain/rules/name.h"
#include "domain/rules/record.h"
#include "domain/rules/verify.h"
#include "tests/unit/rules/little_story.h"

enum { VALUE_BYTES_MAX = 8192 };

/* ---- Damage ---- */

static struct row *row_at(struct little_store *store, const struct key *key)
{
	struct row *row = little_store_find(store, key);

	ASSERT(row);
	return row;
}

/* Defines damage NAME: the record of NOUN under a key, changed by a statement, is written back. */
#define CHANGE(name, noun, make_key, change) \
	static void name(struct little_store *store) \
	{ \
		struct noun##_record record; \
		struct byte_writer writer; \
		struct key key; \
		uint8_t bytes[VALUE_BYTES_MAX]; \
\
		make_key; \
		ASSERT(record_##noun##_decode(row_at(store, &key)->value, NULL, &record)); \
		change; \
		byte_writer_init(&writer, bytes, sizeof(bytes)); \
		record_##noun##_encode(&record, &writer); \
		ASSERT(!writer.failed); \
		little_store_put(store, &key, byte_writer_span(&writer)); \
	}

/* Defines damage NAME: what lies under a key is gone. */
#define REMOVE(name, make_key) \
	static void name(struct little_store *store) \
	{ \
		struct key key; \
\
		make_key; \
		little_store_remove(store, row_at(store, &key)); \
	}

/* Defines damage NAME: what lies under one key lies under another one too. */
#define COPY(name, make_key, make_other) \
	static void name(struct little_store *store) \
	{ \
		uint8_t bytes[VALUE_BYTES_MAX]; \
		struct key key; \
		struct span value; \
\
		make_key; \
		value = row_at(store, &key)->value; \
		ASSERT(value.len <= sizeof(bytes)); \
		memcpy(bytes, value.data, value.len); \
		make_other; \
		little_store_put(store, &key, (struct span) { bytes, value.len }); \
	}

static void key_of_named(enum name_kind kind, uint64_t scope, const char *text, struct key *out)
{
	struct name name;
	uint32_t code_point;

	ASSERT(name_parse(text, &name, &code_point) == NAME_OK);
	key_of_name(kind, scope, &name.hash, out);
}

static void key_of_referenced(
	uint64_t user_id, enum pp_credit_reason reason, const char *text, struct key *out)
{
	struct name_hash hash;

	name_hash_bytes(text, strlen(text), &hash);
	key_of_reference(user_id, reason, &hash, out);
}

/* The keys of the request that made a revision. */
static void keys_of_change(
	struct little_store *store, uint64_t revision, struct key *request, struct key *index)
{
	struct journal_record journal;
	struct key key;

	key_of_journal(revision, &key);
	ASSERT(record_journal_decode(row_at(store, &key)->value, NULL, &journal));
	if (request)
		key_of_request(&journal.request_id, journal.actor, request);
	if (index)
		key_of_purchase_of_request(&journal.request_id, journal.actor, index);
}

/* The key of the one request that was refused. */
static void key_of_refused(const struct little_store *store, struct key *out)
{
	for (size_t i = 0; i < store->n; i++) {
		struct request_record record;

		if (store->rows[i].key.bytes[0] == TABLE_REQUEST &&
			record_request_decode(store->rows[i].value, NULL, &record) &&
			record.outcome.reason != PP_REASON_NONE)
			*out = store->rows[i].key;
	}
}

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
CHANGE(chain_length, user, key_of_user(3, &key), record.n_purchases = 3)
REMOVE(purchase_gone, key_of_purchase(4, &key))
REMOVE(third_purchase_gone, key_of_purchase(3, &key))
REMOVE(last_purchase_gone, key_of_purchase(6, &key))
CHANGE(n_purchases, counters, key_of_counters(&key), record.n_purchases = 5)

static void purchases_gone(struct little_store *store)
{
	purchase_gone(store);
	third_purchase_gone(store);
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
REMOVE(user_gone, key_of_user(1, &key))

/* Stock. */
CHANGE(sold, coupon, key_of_coupon(1000001, &key), record.sold += 1)
CHANGE(sold_less, coupon, key_of_coupon(2000001, &key), record.sold = 0)
CHANGE(oversold, coupon, key_of_coupon(1000001, &key), record.stock = 3)

/* Versions. */
REMOVE(first_version_gone, key_of_version(1000001, 1, &key))
REMOVE(last_version_gone, key_of_version(2000001, 2, &key))
REMOVE(only_version_gone, key_of_version(1000002, 1, &key))
CHANGE(version_beyond, coupon, key_of_coupon(1000003, &key), record.version = 1)
CHANGE(version_ahead, coupon, key_of_coupon(1000002, &key), record.version = 2)
CHANGE(floor_too_low, coupon, key_of_coupon(2000001, &key), record.honour_floor = 1)
CHANGE(floor_too_high, coupon, key_of_coupon(1000001, &key), record.honour_floor = 2)
CHANGE(version_begins_late, version, key_of_version(1000003, 2, &key), record.valid_from_ms += 1)
CHANGE(version_begins_before, version, key_of_version(1000003, 2, &key), record.valid_from_ms = 1)
CHANGE(version_revision, version, key_of_version(1000003, 2, &key), record.valid_from_revision = 21)
CHANGE(version_revision_back, version, key_of_version(1000003, 2, &key),
	record.valid_from_revision = 12)
CHANGE(version_editor, version, key_of_version(1000003, 2, &key), record.edited_by = 1)
CHANGE(version_dates, version, key_of_version(1000003, 2, &key), record.terms.starts_at_ms = 9;
	record.terms.ends_at_ms = 9)
CHANGE(version_unchanged, version, key_of_version(1000003, 2, &key), record.changed_fields = 0)
CHANGE(hard_without_reason, version, key_of_version(2000001, 2, &key), record.reason = NULL)
CHANGE(terms_out_of_range, version, key_of_version(1000003, 2, &key),
	record.terms.honour_ms = PP_HONOUR_MS_MAX + 1)

/* Receipts. */
CHANGE(version_price, version, key_of_version(1000001, 2, &key), record.terms.price_coins = 101)
CHANGE(receipt_price, purchase, key_of_purchase(1, &key), record.price_coins = 81)
CHANGE(receipt_commission, purchase, key_of_purchase(1, &key), record.commission_coins = 1)
CHANGE(receipt_version, purchase, key_of_purchase(5, &key), record.version = 3)
CHANGE(receipt_newer_version, purchase, key_of_purchase(5, &key), record.version = 2)
CHANGE(receipt_late, version, key_of_version(1000001, 1, &key), record.terms.honour_ms = 0)
CHANGE(receipt_not_honoured, purchase, key_of_purchase(3, &key), record.honoured = false)
CHANGE(receipt_honoured, purchase, key_of_purchase(1, &key), record.honoured = true)
CHANGE(receipt_window, purchase, key_of_purchase(3, &key), record.honoured_until_ms += 1)
CHANGE(receipt_redeem, purchase, key_of_purchase(1, &key), record.redeem_until_ms += 1)
CHANGE(receipt_refund, purchase, key_of_purchase(1, &key),
	record.refund_policy = PP_REFUND_POLICY_RETURN_STOCK)
CHANGE(receipt_revision, purchase, key_of_purchase(1, &key), record.revision = 15)
CHANGE(receipt_time, purchase, key_of_purchase(4, &key), record.at_ms -= 1;
	record.redeem_until_ms -= 1)
CHANGE(receipt_paused, version, key_of_version(1000002, 1, &key),
	record.terms.state = PP_COUPON_STATE_PAUSED)

static void index_elsewhere(struct little_store *store)
{
	struct key key;
	struct key other;
	uint8_t bytes[64];
	struct span value;

	keys_of_change(store, 14, NULL, &key);
	keys_of_change(store, 15, NULL, &other);
	value = row_at(store, &other)->value;
	memcpy(bytes, value.data, value.len);
	little_store_put(store, &key, (struct span) { bytes, value.len });
}

static void index_gone(struct little_store *store)
{
	struct key key;

	keys_of_change(store, 18, NULL, &key);
	little_store_remove(store, row_at(store, &key));
}

/* Journal and what points at it. */
REMOVE(revision_gone, key_of_journal(5, &key))
REMOVE(last_revision_gone, key_of_journal(22, &key))
CHANGE(revision_time, journal, key_of_journal(5, &key), record.at_ms = 1)
CHANGE(revision_late, journal, key_of_journal(22, &key), record.at_ms += 1000)
CHANGE(revision_kind, journal, key_of_journal(5, &key), record.kind = PP_KIND_GET_COUPON)
CHANGE(revision_refused, journal, key_of_journal(5, &key),
	record.outcome = ((struct outcome) { .reason = PP_REASON_SOLD_OUT, .message = "" }))
CHANGE(refused_ahead, request, key_of_refused(store, &key), record.revision = 23)
CHANGE(request_kind, request, keys_of_change(store, 5, &key, NULL), record.kind = PP_KIND_ADD_OWNER)
CHANGE(request_time, request, keys_of_change(store, 5, &key, NULL), record.decided_at_ms += 1)
CHANGE(request_elsewhere, request, keys_of_change(store, 5, &key, NULL), record.revision = 6)
CHANGE(request_nowhere, request, keys_of_change(store, 5, &key, NULL), record.revision = 23)
CHANGE(reference, reference, key_of_referenced(3, PP_CREDIT_REASON_ROUTE_ADDED, "route 7", &key),
	record.revision = 9)
CHANGE(owner, business, key_of_business(1, &key), record.owners[1] = 77)
CHANGE(owner_twice, business, key_of_business(1, &key), record.owners[1] = 1)

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
COPY(foreign_key, key_of_user(4, &key), key_of_user(5, &key))
COPY(foreign_zero, key_of_user(4, &key), key_of_user(0, &key))
COPY(foreign_part, key_of_user(4, &key), key.bytes[9] = 9)
COPY(foreign_table, key_of_user(4, &key), key.bytes[0] = 'K')

/* ---- Each damage and what Verify must say of it, in the order in which it says so ---- */

enum { FINDINGS_MAX = 6 };

static const struct {
	const char *name;
	void (*damage)(struct little_store *store);
	const char *findings[FINDINGS_MAX]; /* check and subject, or how they begin */
} cases[] = {
#define CASE(damage, ...) \
	{ \
#damage, damage, \
		{ \
			__VA_ARGS__ \
		} \
	}
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
	CASE(chain_length, "chain user 3"),
	CASE(purchase_gone, "chain purchase 4", "receipt request", "chain user 4"),
	CASE(purchases_gone, "chain purchase 3", "receipt request", "receipt request",
		"chain user 3", "chain user 4"),
	CASE(last_purchase_gone, "chain counters", "receipt request", "chain user 4"),
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
	CASE(user_gone, "owner business 1", "name name of a user", "counter user 1"),

	CASE(sold, "stock coupon 1000001"),
	CASE(sold_less, "stock coupon 2000001"),
	CASE(oversold, "stock coupon 1000001"),

	CASE(first_version_gone, "receipt purchase 1", "receipt purchase 2", "receipt purchase 3",
		"version coupon 1000001"),
	CASE(last_version_gone, "version coupon 2000001"),
	CASE(only_version_gone, "version coupon 1000002", "receipt purchase 4"),
	CASE(version_beyond, "name coupon 1000003", "version coupon 1000003"),
	CASE(version_ahead, "version coupon 1000002"),
	CASE(floor_too_low, "version coupon 2000001"),
	CASE(floor_too_high, "receipt purchase 3", "version coupon 1000001"),
	CASE(version_begins_late, "version coupon 1000003", "version coupon 1000003"),
	CASE(version_begins_before, "version coupon 1000003", "version coupon 1000003"),
	CASE(version_revision, "version coupon 1000003"),
	CASE(version_revision_back, "version coupon 1000003"),
	CASE(version_editor, "version coupon 1000003"),
	CASE(version_dates, "version coupon 1000003"),
	CASE(version_unchanged, "version coupon 1000003"),
	CASE(hard_without_reason, "version coupon 2000001"),
	CASE(terms_out_of_range, "checksum coupon 1000003"),

	CASE(version_price, "receipt purchase 6"),
	CASE(receipt_price, "receipt purchase 1", "receipt purchase 1"),
	CASE(receipt_commission, "receipt purchase 1", "receipt purchase 1"),
	CASE(receipt_version, "receipt purchase 5"),
	CASE(receipt_newer_version, "receipt purchase 5"),
	CASE(receipt_late, "receipt purchase 3", "version coupon 1000001"),
	CASE(receipt_not_honoured, "receipt purchase 3"),
	CASE(receipt_honoured, "receipt purchase 1"),
	CASE(receipt_window, "receipt purchase 3"),
	CASE(receipt_redeem, "receipt purchase 1"),
	CASE(receipt_refund, "receipt purchase 1"),
	CASE(receipt_revision, "receipt purchase 1"),
	CASE(receipt_time, "receipt purchase 4"),
	CASE(receipt_paused, "receipt purchase 4"),
	CASE(index_elsewhere, "receipt purchase 1", "receipt request"),
	CASE(index_gone, "receipt purchase 4"),

	CASE(revision_gone, "journal revision 5", "request request"),
	CASE(last_revision_gone, "journal store", "request request", "version coupon 1000003"),
	CASE(revision_time, "journal revision 5", "request request"),
	CASE(revision_late, "journal revision 22", "request request", "version coupon 1000003"),
	CASE(revision_kind, "journal revision 5", "request request"),
	CASE(revision_refused, "journal revision 5"),
	CASE(refused_ahead, "request request"),
	CASE(request_kind, "request request"),
	CASE(request_time, "request request"),
	CASE(request_elsewhere, "request request"),
	CASE(request_nowhere, "request request"),
	CASE(reference, "reference reference of user 3"),
	CASE(owner, "owner business 1"),
	CASE(owner_twice, "owner business 1"),

	CASE(name_elsewhere, "name name of a user", "name user 3"),
	CASE(name_free, "name business 2"),
	CASE(name_gone, "name coupon 1000002"),
	CASE(name_kept, "name name of a coupon"),
	CASE(name_of_ended, "name name of a coupon"),
	CASE(name_of_nobody, "name name of a coupon"),
	CASE(name_of_scope, "name name of a coupon"),
	CASE(name_unclean, "name name of a user", "name user 3"),
	CASE(renamed, "name name of a user", "name user 3"),

	CASE(foreign_key, "checksum user 5", "counter counters"),
	CASE(foreign_zero, "counter user 0", "checksum user 0"),
	CASE(foreign_part, "checksum user 4"),
	CASE(foreign_table, "checksum key 4b"),
#undef CASE
};

static bool is_named(const struct verify_finding *finding, const char *expected)
{
	char got[VERIFY_SUBJECT_BYTES + 32];

	snprintf(got, sizeof(got), "%s %s", finding->check, finding->subject);
	return strncmp(got, expected, strlen(expected)) == 0;
}

static size_t n_expected(const char *const findings[FINDINGS_MAX])
{
	size_t n = 0;

	while (n < FINDINGS_MAX && findings[n])
		n++;
	return n;
}

static bool as_expected(const struct verify_result *result, const char *const expected[])
{
	size_t n = n_expected(expected);

	if (result->n_findings != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_named(&result->findings[i], expected[i]))
			return false;
	return true;
}

static void print_findings(const char *name, const struct verify_result *result)
{
	for (uint32_t i = 0; i < result->n_shown; i++)
		fprintf(stderr, "%s: \"%s %s\": %s\n", name, result->findings[i].check,
			result->findings[i].subject, result->findings[i].message);
}

Test(verify_damage, names_what_is_wrong)
{
	struct verify *verify = malloc(sizeof(*verify));
	uint64_t scratch[VERIFY_SCRATCH_BYTES_MIN / sizeof(uint64_t)];

	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		struct little_store store;
		struct verify_source source;
		bool right;

		little_store_init(&store);
		little_story_tell(&store);
		cases[i].damage(&store);
		source = little_store_source(&store);
		verify_begin(verify, &source, scratch, sizeof(scratch));
		cr_expect_eq(verify_step(verify, UINT64_MAX), VERIFY_DONE, "%s", cases[i].name);
		right = as_expected(&verify->result, cases[i].findings);
		cr_expect(right, "%s", cases[i].name);
		if (!right)
			print_findings(cases[i].name, &verify->result);
		little_store_free(&store);
	}
	free(verify);
}

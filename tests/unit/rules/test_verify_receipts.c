/* Verify names damage to versions, receipts, the journal and what points at it. */
#include <criterion/criterion.h>

#include "tests/unit/rules/little_damage.h"

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
CHANGE(version_after_end, version, key_of_version(1000001, 1, &key),
	record.terms.state = PP_COUPON_STATE_ENDED)
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
CHANGE(receipt_honoured_newest, purchase, key_of_purchase(6, &key), record.honoured = true)
CHANGE(receipt_same_terms, version, key_of_version(1000001, 2, &key), record.terms.price_coins = 80)
CHANGE(receipt_of_edit, purchase, key_of_purchase(4, &key), record.revision = 16)
CHANGE(receipt_of_request, purchase, key_of_purchase(4, &key), record.request_id.bytes[15] ^= 1)
CHANGE(receipt_window, purchase, key_of_purchase(3, &key), record.honoured_until_ms += 1)
CHANGE(receipt_redeem, purchase, key_of_purchase(1, &key), record.redeem_until_ms += 1)
CHANGE(receipt_refund, purchase, key_of_purchase(1, &key),
	record.refund_policy = PP_REFUND_POLICY_RETURN_STOCK)
CHANGE(receipt_revision, purchase, key_of_purchase(1, &key), record.revision = 15)
CHANGE(receipt_time, purchase, key_of_purchase(4, &key), record.at_ms -= 1;
	record.redeem_until_ms -= 1)
CHANGE(receipt_paused, version, key_of_version(1000002, 1, &key),
	record.terms.state = PP_COUPON_STATE_PAUSED)

static struct purchase_record third_purchase(struct little_store *store)
{
	struct purchase_record purchase;
	struct key key;

	key_of_purchase(3, &key);
	ASSERT(record_purchase_decode(little_row_at(store, &key)->value, NULL, &purchase));
	return purchase;
}

static int64_t superseded_at_ms(struct little_store *store)
{
	struct version_record version;
	struct key key;

	key_of_version(1000001, 2, &key);
	ASSERT(record_version_decode(little_row_at(store, &key)->value, NULL, &version));
	return version.valid_from_ms;
}

/* Version 1 of 1000001 is honoured until the purchase of it that was honoured, or 1 ms longer. */
CHANGE(window_to_purchase, version, key_of_version(1000001, 1, &key),
	record.terms.honour_ms = third_purchase(store).at_ms - superseded_at_ms(store))
CHANGE(window_longer, version, key_of_version(1000001, 1, &key), record.terms.honour_ms += 1)
CHANGE(until_purchase, purchase, key_of_purchase(3, &key), record.honoured_until_ms = record.at_ms)
CHANGE(until_longer, purchase, key_of_purchase(3, &key), record.honoured_until_ms += 1)

static void receipt_at_edge(struct little_store *store)
{
	window_to_purchase(store);
	until_purchase(store);
}

static void receipt_before_edge(struct little_store *store)
{
	receipt_at_edge(store);
	window_longer(store);
	until_longer(store);
}

static void index_elsewhere(struct little_store *store)
{
	struct key key;
	struct key other;
	uint8_t bytes[64];
	struct span value;

	keys_of_change(store, 14, NULL, &key);
	keys_of_change(store, 15, NULL, &other);
	value = little_row_at(store, &other)->value;
	memcpy(bytes, value.data, value.len);
	little_store_put(store, &key, (struct span) { bytes, value.len });
}

static void index_gone(struct little_store *store)
{
	struct key key;

	keys_of_change(store, 18, NULL, &key);
	little_store_remove(store, little_row_at(store, &key));
}

/* Journal and what points at it. */
REMOVE(revision_gone, key_of_journal(56, &key))
REMOVE(purchase_revision_gone, key_of_journal(18, &key))
REMOVE(edit_revision_gone, key_of_journal(22, &key))
REMOVE(last_revision_gone, key_of_journal(STORY_REVISION, &key))
CHANGE(revision_time, journal, key_of_journal(56, &key), record.at_ms = 1)
CHANGE(revision_late, journal, key_of_journal(STORY_REVISION, &key), record.at_ms += 1000)
CHANGE(revision_kind, journal, key_of_journal(56, &key), record.kind = PP_KIND_GET_COUPON)
CHANGE(revision_refused, journal, key_of_journal(56, &key),
	record.outcome = ((struct outcome) { .reason = PP_REASON_SOLD_OUT, .message = "" }))
CHANGE(refused_ahead, request, key_of_refused(store, &key), record.revision = STORY_REVISION + 1)
CHANGE(request_kind, request, keys_of_change(store, 5, &key, NULL), record.kind = PP_KIND_ADD_OWNER)
CHANGE(request_time, request, keys_of_change(store, 5, &key, NULL), record.decided_at_ms += 1)
CHANGE(request_elsewhere, request, keys_of_change(store, 5, &key, NULL), record.revision = 6)
CHANGE(request_nowhere, request, keys_of_change(store, 5, &key, NULL),
	record.revision = STORY_REVISION + 1)
CHANGE(owner, business, key_of_business(1, &key), record.owners[1] = 77)
CHANGE(owner_twice, business, key_of_business(1, &key), record.owners[1] = 1)

/* ---- Each damage and what Verify must say of it ---- */

static const struct damage_case cases[] = {
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
	CASE(version_after_end, "receipt purchase 1", "receipt purchase 2", "receipt purchase 3",
		"version coupon 1000001"),
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
	CASE(receipt_honoured_newest, "receipt purchase 6"),
	CASE(receipt_same_terms, "receipt purchase 3", "receipt purchase 6"),
	CASE(receipt_of_edit, "receipt purchase 4"),
	CASE(receipt_of_request, "receipt purchase 4", "receipt purchase 4", "receipt request"),
	CASE(receipt_at_edge, "receipt purchase 3", "version coupon 1000001"),
	CASE(receipt_before_edge, "version coupon 1000001"),
	CASE(receipt_window, "receipt purchase 3"),
	CASE(receipt_redeem, "receipt purchase 1"),
	CASE(receipt_refund, "receipt purchase 1"),
	CASE(receipt_revision, "receipt purchase 1"),
	CASE(receipt_time, "receipt purchase 4"),
	CASE(receipt_paused, "receipt purchase 4"),
	CASE(index_elsewhere, "receipt purchase 1", "receipt request"),
	CASE(index_gone, "receipt purchase 4"),

	CASE(revision_gone, "journal revision 56", "request request"),
	CASE(purchase_revision_gone, "journal revision 18", "receipt purchase 4",
		"request request"),
	CASE(edit_revision_gone, "journal revision 22", "request request",
		"version coupon 1000003"),
	CASE(last_revision_gone, "journal store", "request request"),
	CASE(revision_time, "journal revision 56", "request request"),
	CASE(revision_late, "journal revision 60", "request request"),
	CASE(revision_kind, "journal revision 56", "request request"),
	CASE(revision_refused, "journal revision 56"),
	CASE(refused_ahead, "request request"),
	CASE(request_kind, "request request"),
	CASE(request_time, "request request"),
	CASE(request_elsewhere, "request request"),
	CASE(request_nowhere, "request request"),
	CASE(owner, "owner business 1"),
	CASE(owner_twice, "owner business 1"),
};

Test(verify_receipts, names_what_is_wrong)
{
	damage_expect(cases, ARRAY_LEN(cases));
}

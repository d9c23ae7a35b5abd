/* The writes of struct run: from a record to its key and bytes. */
#include "domain/rules/run.h"

#include <string.h>

enum { RECORD_BYTES_MAX = 8 * 1024 };

struct encoded {
	struct key key;
	struct byte_writer writer;
	uint8_t bytes[RECORD_BYTES_MAX];
};

static struct byte_writer *begin(struct encoded *encoded)
{
	byte_writer_init(&encoded->writer, encoded->bytes, sizeof(encoded->bytes));
	return &encoded->writer;
}

static void put(struct run *run, const struct encoded *encoded, bool fresh)
{
	struct span value = byte_writer_span(&encoded->writer);

	/* The rules refuse whatever would be too long for a record. */
	ASSERT(!encoded->writer.failed);
	if (run->dry)
		return;
	uint8_t *room = decision_reserve(run->decision, value.len);
	if (room == NULL) {
		run_too_big(run);
		return;
	}
	memcpy(room, value.data, value.len);
	decision_put(run->decision, &encoded->key, (struct span) { .data = room, .len = value.len },
		fresh);
}

void run_put_user(struct run *run, const struct user_record *record, bool fresh)
{
	struct encoded encoded;

	ASSERT(record->account.balance_coins >= 0);
	key_of_user(record->user_id, &encoded.key);
	record_user_encode(record, begin(&encoded));
	put(run, &encoded, fresh);
}

void run_put_business(struct run *run, const struct business_record *record, bool fresh)
{
	struct encoded encoded;

	ASSERT(record->account.balance_coins >= 0);
	ASSERT(record->n_owners >= 1 && record->n_owners <= PP_OWNERS_MAX);
	key_of_business(record->business_id, &encoded.key);
	record_business_encode(record, begin(&encoded));
	put(run, &encoded, fresh);
}

void run_put_business_version(struct run *run, const struct business_version_record *record)
{
	struct encoded encoded;

	key_of_business_version(record->business_id, record->version, &encoded.key);
	record_business_version_encode(record, begin(&encoded));
	put(run, &encoded, true);
}

void run_put_coupon(struct run *run, const struct coupon_record *record, bool fresh)
{
	struct encoded encoded;

	ASSERT(!record->has_stock || record->sold <= record->stock);
	ASSERT(record->version >= 1 && record->honour_floor <= record->version);
	key_of_coupon(record->coupon_id, &encoded.key);
	record_coupon_encode(record, begin(&encoded));
	put(run, &encoded, fresh);
}

void run_put_version(struct run *run, const struct version_record *record)
{
	struct encoded encoded;

	key_of_version(record->coupon_id, record->version, &encoded.key);
	record_version_encode(record, begin(&encoded));
	put(run, &encoded, true);
}

void run_put_counters(struct run *run, const struct counters_record *record)
{
	struct encoded encoded;

	ASSERT(record->issuance.balance_coins <= 0);
	ASSERT(record->commission.balance_coins >= 0);
	key_of_counters(&encoded.key);
	record_counters_encode(record, begin(&encoded));
	put(run, &encoded, false);
}

void run_put_count(
	struct run *run, uint64_t user_id, uint64_t coupon_id, const struct count_record *record)
{
	struct encoded encoded;

	key_of_count(user_id, coupon_id, &encoded.key);
	record_count_encode(record, begin(&encoded));
	put(run, &encoded, false);
}

void run_put_reference(struct run *run, uint64_t user_id, enum pp_credit_reason reason,
	const struct name_hash *hash, const struct reference_record *record)
{
	struct encoded encoded;

	key_of_reference(user_id, reason, hash, &encoded.key);
	record_reference_encode(record, begin(&encoded));
	put(run, &encoded, true);
}

void run_put_name(struct run *run, enum name_kind kind, uint64_t scope,
	const struct name_hash *hash, const struct name_record *record)
{
	struct encoded encoded;

	key_of_name(kind, scope, hash, &encoded.key);
	record_name_encode(record, begin(&encoded));
	put(run, &encoded, false);
}

void run_put_purchase(struct run *run, const struct purchase_record *record, bool fresh)
{
	struct encoded encoded;

	key_of_purchase(record->purchase_id, &encoded.key);
	record_purchase_encode(record, begin(&encoded));
	put(run, &encoded, fresh);
}

void run_put_purchase_of_request(struct run *run, const struct purchase_record *purchase)
{
	const struct purchase_of_request_record record = { .purchase_id = purchase->purchase_id };
	struct encoded encoded;

	key_of_purchase_of_request(&purchase->request_id, purchase->user_id, &encoded.key);
	record_purchase_of_request_encode(&record, begin(&encoded));
	put(run, &encoded, true);
}

void run_put_request(struct run *run, const struct pp_uuid *request_id, uint64_t principal,
	const struct request_record *record)
{
	struct encoded encoded;

	key_of_request(request_id, principal, &encoded.key);
	record_request_encode(record, begin(&encoded));
	put(run, &encoded, true);
}

void run_put_journal(struct run *run, const struct journal_record *record)
{
	struct encoded encoded;

	key_of_journal(record->revision, &encoded.key);
	record_journal_encode(record, begin(&encoded));
	put(run, &encoded, true);
}

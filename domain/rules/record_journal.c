/* The records of what was decided: journal, spent request ids; and the small indexes. */
#include "domain/rules/record.h"
#include "domain/rules/record_io.h"

/* ---- Outcomes ---- */

static struct pp_current_offer field_offer(struct field_reader *reader)
{
	struct pp_current_offer offer = { 0 };

	offer.coupon_id = field_u64(reader, COUPON_ID_UNIT + 1, UINT64_MAX);
	offer.current_version = field_u64(reader, 1, PP_VERSIONS_MAX);
	offer.price_coins = field_coins(reader);
	offer.state = (enum pp_coupon_state)field_u8(
		reader, PP_COUPON_STATE_ACTIVE, PP_COUPON_STATE_ENDED);
	return offer;
}

static void field_refusal(struct field_reader *reader, struct outcome *out)
{
	out->message = field_text(reader, 0, TEXT_BYTES_MAX);
	out->field = field_optional_text(reader, TEXT_BYTES_MAX);
	out->conflict_base = field_u64(reader, 0, PP_VERSIONS_MAX);
	out->conflict_current = field_u64(reader, 0, PP_VERSIONS_MAX);
	out->has_offer = field_flag(reader);
	if (out->has_offer)
		out->offer = field_offer(reader);
}

static void field_outcome(struct field_reader *reader, struct outcome *out)
{
	out->reason = (enum pp_reason)field_u16(reader, 0, UINT16_MAX);
	out->made_id = field_u64(reader, 0, UINT64_MAX);
	if (out->reason != PP_REASON_NONE) {
		if (pp_reason_name(out->reason) == NULL)
			reader->bytes.failed = true;
		field_refusal(reader, out);
		return;
	}
	out->version = field_u64(reader, 0, UINT64_MAX);
	out->amount = field_coins(reader);
	out->balance_coins = field_i64(reader, -PP_COINS_MAX, PP_COINS_MAX);
	out->n_owners = field_u8(reader, 0, PP_OWNERS_MAX);
	out->unchanged = field_flag(reader);
	out->merged = field_flag(reader);
	out->honoured_until_ms = field_time_ms(reader);
}

static void write_refusal(struct byte_writer *writer, const struct outcome *outcome)
{
	write_text(writer, outcome->message, TEXT_BYTES_MAX);
	write_optional_text(writer, outcome->field, TEXT_BYTES_MAX);
	write_u64(writer, outcome->conflict_base);
	write_u64(writer, outcome->conflict_current);
	write_flag(writer, outcome->has_offer);
	if (outcome->has_offer) {
		write_u64(writer, outcome->offer.coupon_id);
		write_u64(writer, outcome->offer.current_version);
		write_i64(writer, outcome->offer.price_coins);
		write_u8(writer, (uint8_t)outcome->offer.state);
	}
}

static void write_outcome(struct byte_writer *writer, const struct outcome *outcome)
{
	write_u16(writer, (uint16_t)outcome->reason);
	write_u64(writer, outcome->made_id);
	if (outcome->reason != PP_REASON_NONE) {
		write_refusal(writer, outcome);
		return;
	}
	write_u64(writer, outcome->version);
	write_i64(writer, outcome->amount);
	write_i64(writer, outcome->balance_coins);
	write_u8(writer, (uint8_t)outcome->n_owners);
	write_flag(writer, outcome->unchanged);
	write_flag(writer, outcome->merged);
	write_i64(writer, outcome->honoured_until_ms);
}

/* ---- Journal ---- */

static struct pp_account field_account_name(struct field_reader *reader)
{
	struct pp_account account = { 0 };

	account.kind = (enum pp_account_kind)field_u8(
		reader, PP_ACCOUNT_KIND_USER, PP_ACCOUNT_KIND_COMMISSION);
	account.id = field_u64(reader, 0, UINT64_MAX);
	bool has_owner =
		account.kind == PP_ACCOUNT_KIND_USER || account.kind == PP_ACCOUNT_KIND_BUSINESS;
	if (has_owner != (account.id != 0))
		reader->bytes.failed = true;
	return account;
}

static void write_account_name(struct byte_writer *writer, const struct pp_account *account)
{
	write_u8(writer, (uint8_t)account->kind);
	write_u64(writer, account->id);
}

static struct posting field_posting(struct field_reader *reader)
{
	struct posting posting = { 0 };

	posting.kind = (enum posting_kind)field_u8(reader, POSTING_EARN, POSTING_REFUND);
	posting.debit = field_account_name(reader);
	posting.credit = field_account_name(reader);
	posting.amount_coins = field_i64(reader, 1, PP_COINS_MAX);
	posting.debit_previous = field_entry_ref(reader);
	posting.credit_previous = field_entry_ref(reader);
	return posting;
}

static void write_posting(struct byte_writer *writer, const struct posting *posting)
{
	write_u8(writer, (uint8_t)posting->kind);
	write_account_name(writer, &posting->debit);
	write_account_name(writer, &posting->credit);
	write_i64(writer, posting->amount_coins);
	write_entry_ref(writer, posting->debit_previous);
	write_entry_ref(writer, posting->credit_previous);
}

static void field_detail(struct field_reader *reader, struct journal_record *out)
{
	switch (out->kind) {
	case PP_KIND_CREDIT_COINS:
		out->credit_reason = (enum pp_credit_reason)field_u8(
			reader, PP_CREDIT_REASON_ROUTE_ADDED, PP_CREDIT_REASON_AMOUNT);
		out->reference = field_optional_text(reader, PP_REFERENCE_BYTES_MAX);
		break;
	case PP_KIND_ADD_OWNER:
	case PP_KIND_REMOVE_OWNER: out->user_id = field_u64(reader, 1, UINT64_MAX); break;
	case PP_KIND_ADJUST_STOCK:
		out->delta = field_i64(reader, -PP_COINS_MAX, PP_COINS_MAX);
		break;
	default: break;
	}
}

static void write_detail(struct byte_writer *writer, const struct journal_record *record)
{
	switch (record->kind) {
	case PP_KIND_CREDIT_COINS:
		write_u8(writer, (uint8_t)record->credit_reason);
		write_optional_text(writer, record->reference, PP_REFERENCE_BYTES_MAX);
		break;
	case PP_KIND_ADD_OWNER:
	case PP_KIND_REMOVE_OWNER: write_u64(writer, record->user_id); break;
	case PP_KIND_ADJUST_STOCK: write_i64(writer, record->delta); break;
	default: break;
	}
}

bool record_journal_decode(struct span bytes, struct arena *arena, struct journal_record *out)
{
	struct journal_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	record.revision = field_u64(&reader, 1, UINT64_MAX);
	record.at_ms = field_time_ms(&reader);
	record.kind = field_kind(&reader, false);
	record.actor = field_u64(&reader, 0, UINT64_MAX);
	field_raw(&reader, record.request_id.bytes, sizeof(record.request_id.bytes));
	record.subject_id = field_u64(&reader, 1, UINT64_MAX);
	field_outcome(&reader, &record.outcome);
	field_detail(&reader, &record);
	record.n_postings = field_u8(&reader, 0, JOURNAL_POSTINGS_MAX);
	for (uint32_t i = 0; i < record.n_postings; i++)
		record.postings[i] = field_posting(&reader);
	if (!field_reader_done(&reader))
		return false;
	*out = record;
	return true;
}

void record_journal_encode(const struct journal_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->revision);
	write_i64(out, record->at_ms);
	write_u16(out, (uint16_t)record->kind);
	write_u64(out, record->actor);
	write_bytes(out, record->request_id.bytes, sizeof(record->request_id.bytes));
	write_u64(out, record->subject_id);
	write_outcome(out, &record->outcome);
	write_detail(out, record);
	ASSERT(record->n_postings <= JOURNAL_POSTINGS_MAX);
	write_u8(out, (uint8_t)record->n_postings);
	for (uint32_t i = 0; i < record->n_postings; i++)
		write_posting(out, &record->postings[i]);
}

/* ---- Spent request ids ---- */

bool record_request_decode(struct span bytes, struct arena *arena, struct request_record *out)
{
	struct request_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	field_raw(&reader, record.hash, sizeof(record.hash));
	record.kind = field_kind(&reader, true);
	record.decided_at_ms = field_time_ms(&reader);
	record.revision = field_u64(&reader, 0, UINT64_MAX);
	record.journaled = field_flag(&reader);
	if (!record.journaled && record.kind != PP_KIND_NONE)
		field_outcome(&reader, &record.outcome);
	if (!field_reader_done(&reader) || (record.journaled && record.kind == PP_KIND_NONE))
		return false;
	*out = record;
	return true;
}

void record_request_encode(const struct request_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_bytes(out, record->hash, sizeof(record->hash));
	write_u16(out, (uint16_t)record->kind);
	write_i64(out, record->decided_at_ms);
	write_u64(out, record->revision);
	write_flag(out, record->journaled);
	if (!record->journaled && record->kind != PP_KIND_NONE)
		write_outcome(out, &record->outcome);
}

/* ---- Indexes and counters ---- */

bool record_name_decode(struct span bytes, struct arena *arena, struct name_record *out)
{
	struct name_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	record.id = field_u64(&reader, 1, UINT64_MAX);
	record.borne = field_flag(&reader);
	record.free_at_ms = field_time_ms(&reader);
	if (!field_reader_done(&reader))
		return false;
	*out = record;
	return true;
}

void record_name_encode(const struct name_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->id);
	write_flag(out, record->borne);
	write_i64(out, record->free_at_ms);
}

bool record_count_decode(struct span bytes, struct arena *arena, struct count_record *out)
{
	struct count_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	record.n_purchases = field_u64(&reader, 0, UINT64_MAX);
	if (!field_reader_done(&reader))
		return false;
	*out = record;
	return true;
}

void record_count_encode(const struct count_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->n_purchases);
}

bool record_reference_decode(struct span bytes, struct arena *arena, struct reference_record *out)
{
	struct reference_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	record.revision = field_u64(&reader, 1, UINT64_MAX);
	if (!field_reader_done(&reader))
		return false;
	*out = record;
	return true;
}

void record_reference_encode(const struct reference_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->revision);
}

bool record_purchase_of_request_decode(
	struct span bytes, struct arena *arena, struct purchase_of_request_record *out)
{
	struct purchase_of_request_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	record.purchase_id = field_u64(&reader, 1, UINT64_MAX);
	if (!field_reader_done(&reader))
		return false;
	*out = record;
	return true;
}

void record_purchase_of_request_encode(
	const struct purchase_of_request_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->purchase_id);
}

bool record_counters_decode(struct span bytes, struct arena *arena, struct counters_record *out)
{
	struct counters_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	record.n_users = field_u64(&reader, 0, UINT64_MAX);
	record.n_businesses = field_u64(&reader, 0, UINT64_MAX);
	record.n_coupons = field_u64(&reader, 0, UINT64_MAX);
	record.n_purchases = field_u64(&reader, 0, UINT64_MAX);
	record.n_redeemed = field_u64(&reader, 0, UINT64_MAX);
	record.n_refunded = field_u64(&reader, 0, UINT64_MAX);
	record.issuance = field_account(&reader);
	record.commission = field_account(&reader);
	if (!field_reader_done(&reader))
		return false;
	*out = record;
	return true;
}

void record_counters_encode(const struct counters_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->n_users);
	write_u64(out, record->n_businesses);
	write_u64(out, record->n_coupons);
	write_u64(out, record->n_purchases);
	write_u64(out, record->n_redeemed);
	write_u64(out, record->n_refunded);
	write_account(out, &record->issuance);
	write_account(out, &record->commission);
}

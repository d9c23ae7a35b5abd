/* Keys, and the records of things: users, businesses, coupons, their versions, purchases. */
#include "domain/rules/record.h"

#include "domain/rules/record_io.h"

/* ---- Keys ---- */

static void key_begin(struct byte_writer *writer, struct key *key, enum table table)
{
	byte_writer_init(writer, key->bytes, sizeof(key->bytes));
	write_u8(writer, (uint8_t)table);
}

static void key_end(const struct byte_writer *writer, struct key *key)
{
	ASSERT(!writer->failed);
	key->len = (uint8_t)byte_writer_span(writer).len;
}

void key_of_user(uint64_t user_id, struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_USER);
	write_u64(&writer, user_id);
	write_u8(&writer, PART_SELF);
	key_end(&writer, out);
}

void key_of_count(uint64_t user_id, uint64_t coupon_id, struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_USER);
	write_u64(&writer, user_id);
	write_u8(&writer, PART_COUNT);
	write_u64(&writer, coupon_id);
	key_end(&writer, out);
}

void key_of_reference(uint64_t user_id, enum pp_credit_reason reason, const struct name_hash *hash,
	struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_USER);
	write_u64(&writer, user_id);
	write_u8(&writer, PART_REFERENCE);
	write_u8(&writer, (uint8_t)reason);
	write_bytes(&writer, hash->bytes, sizeof(hash->bytes));
	key_end(&writer, out);
}

void key_of_business(uint64_t business_id, struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_BUSINESS);
	write_u64(&writer, business_id);
	write_u8(&writer, PART_SELF);
	key_end(&writer, out);
}

void key_of_business_version(uint64_t business_id, uint64_t version, struct key *out)
{
	struct byte_writer writer;

	ASSERT(version <= UINT32_MAX);
	key_begin(&writer, out, TABLE_BUSINESS);
	write_u64(&writer, business_id);
	write_u8(&writer, PART_VERSION);
	write_u32(&writer, (uint32_t)version);
	key_end(&writer, out);
}

void key_of_coupon(uint64_t coupon_id, struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_BUSINESS);
	write_u64(&writer, coupon_id / COUPON_ID_UNIT);
	write_u8(&writer, PART_COUPON);
	write_u32(&writer, (uint32_t)(coupon_id % COUPON_ID_UNIT));
	key_end(&writer, out);
}

void key_of_version(uint64_t coupon_id, uint64_t version, struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_VERSION);
	write_u64(&writer, coupon_id);
	write_u64(&writer, version);
	key_end(&writer, out);
}

void key_of_counters(struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_COUNTERS);
	key_end(&writer, out);
}

void key_of_journal(uint64_t revision, struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_JOURNAL);
	write_u64(&writer, revision);
	key_end(&writer, out);
}

void key_of_name(enum name_kind kind, uint64_t scope, const struct name_hash *hash, struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_NAME);
	write_u8(&writer, (uint8_t)kind);
	write_u64(&writer, scope);
	write_bytes(&writer, hash->bytes, sizeof(hash->bytes));
	key_end(&writer, out);
}

void key_of_purchase(uint64_t purchase_id, struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_PURCHASE);
	write_u64(&writer, purchase_id);
	key_end(&writer, out);
}

void key_of_purchase_of_request(const struct pp_uuid *request_id, uint64_t user_id, struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_PURCHASE_OF_REQUEST);
	write_bytes(&writer, request_id->bytes, sizeof(request_id->bytes));
	write_u64(&writer, user_id);
	key_end(&writer, out);
}

void key_of_request(const struct pp_uuid *request_id, uint64_t principal, struct key *out)
{
	struct byte_writer writer;

	key_begin(&writer, out, TABLE_REQUEST);
	write_bytes(&writer, request_id->bytes, sizeof(request_id->bytes));
	write_u64(&writer, principal);
	key_end(&writer, out);
}

void key_of_oldest_request(int64_t now_ms, int64_t retention_ms, struct key *out)
{
	struct pp_uuid lowest = { { 0 } };
	struct byte_writer writer;
	/* Expired is: embedded time + retention <= now. A UUIDv7 begins with 48 bits of time. */
	int64_t kept_ms = now_ms - retention_ms + 1;
	uint64_t time_ms = kept_ms > 0 ? (uint64_t)kept_ms : 0;

	if (time_ms > UINT64_C(0xffffffffffff))
		time_ms = UINT64_C(0xffffffffffff);
	byte_writer_init(&writer, lowest.bytes, sizeof(lowest.bytes));
	write_u16(&writer, (uint16_t)(time_ms >> 32));
	write_u32(&writer, (uint32_t)time_ms);
	key_of_request(&lowest, 0, out);
}

/* ---- Users and businesses ---- */

bool record_user_decode(struct span bytes, struct arena *arena, struct user_record *out)
{
	struct user_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	record.user_id = field_u64(&reader, 1, UINT64_MAX);
	record.name = field_text(&reader, 1, PP_NAME_BYTES_MAX);
	record.created_at_ms = field_time_ms(&reader);
	record.account = field_account(&reader);
	record.n_purchases = field_u64(&reader, 0, UINT64_MAX);
	record.last_purchase_id = field_u64(&reader, 0, UINT64_MAX);
	if (!field_reader_done(&reader))
		return false;
	*out = record;
	return true;
}

void record_user_encode(const struct user_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->user_id);
	write_text(out, record->name, PP_NAME_BYTES_MAX);
	write_i64(out, record->created_at_ms);
	write_account(out, &record->account);
	write_u64(out, record->n_purchases);
	write_u64(out, record->last_purchase_id);
}

bool record_business_decode(struct span bytes, struct arena *arena, struct business_record *out)
{
	struct business_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	record.business_id = field_u64(&reader, 1, UINT64_MAX);
	record.version = field_u32(&reader, 1, PP_VERSIONS_MAX);
	record.name = field_text(&reader, 1, PP_NAME_BYTES_MAX);
	record.address = field_text(&reader, 0, PP_ADDRESS_BYTES_MAX);
	record.n_owners = field_u8(&reader, 1, PP_OWNERS_MAX);
	for (uint32_t i = 0; i < record.n_owners; i++)
		record.owners[i] = field_u64(&reader, 1, UINT64_MAX);
	record.commission_bp = field_u16(&reader, 0, PP_COMMISSION_BP_MAX);
	record.created_at_ms = field_time_ms(&reader);
	record.n_coupons = field_u32(&reader, 0, PP_COUPONS_MAX);
	record.account = field_account(&reader);
	if (!field_reader_done(&reader))
		return false;
	*out = record;
	return true;
}

void record_business_encode(const struct business_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->business_id);
	write_u32(out, record->version);
	write_text(out, record->name, PP_NAME_BYTES_MAX);
	write_text(out, record->address, PP_ADDRESS_BYTES_MAX);
	ASSERT(record->n_owners <= PP_OWNERS_MAX);
	write_u8(out, (uint8_t)record->n_owners);
	for (uint32_t i = 0; i < record->n_owners; i++)
		write_u64(out, record->owners[i]);
	write_u16(out, (uint16_t)record->commission_bp);
	write_i64(out, record->created_at_ms);
	write_u32(out, record->n_coupons);
	write_account(out, &record->account);
}

bool record_business_version_decode(
	struct span bytes, struct arena *arena, struct business_version_record *out)
{
	struct business_version_record record = { 0 };
	struct field_reader reader;
	const uint32_t all_fields =
		PP_SET_OF(PP_BUSINESS_FIELD_COUNT) - PP_SET_OF(PP_BUSINESS_FIELD_NAME);

	field_reader_init(&reader, bytes, arena);
	record.business_id = field_u64(&reader, 1, UINT64_MAX);
	record.version = field_u32(&reader, 1, PP_VERSIONS_MAX);
	record.valid_from_ms = field_time_ms(&reader);
	record.valid_from_revision = field_u64(&reader, 1, UINT64_MAX);
	record.edited_by = field_u64(&reader, 0, UINT64_MAX);
	record.changed_fields = field_u8(&reader, 0, (uint8_t)all_fields);
	record.profile.name = field_text(&reader, 1, PP_NAME_BYTES_MAX);
	record.profile.address = field_text(&reader, 0, PP_ADDRESS_BYTES_MAX);
	record.profile.has_commission_bp = true;
	record.profile.commission_bp = field_u16(&reader, 0, PP_COMMISSION_BP_MAX);
	if (!field_reader_done(&reader) || (record.changed_fields & ~all_fields) != 0)
		return false;
	*out = record;
	return true;
}

void record_business_version_encode(
	const struct business_version_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->business_id);
	write_u32(out, record->version);
	write_i64(out, record->valid_from_ms);
	write_u64(out, record->valid_from_revision);
	write_u64(out, record->edited_by);
	write_u8(out, (uint8_t)record->changed_fields);
	write_text(out, record->profile.name, PP_NAME_BYTES_MAX);
	write_text(out, record->profile.address, PP_ADDRESS_BYTES_MAX);
	write_u16(out, (uint16_t)record->profile.commission_bp);
}

/* ---- Coupons and versions ---- */

bool record_coupon_decode(struct span bytes, struct arena *arena, struct coupon_record *out)
{
	struct coupon_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	record.coupon_id = field_u64(&reader, COUPON_ID_UNIT + 1, UINT64_MAX);
	record.business_id = field_u64(&reader, 1, UINT64_MAX);
	record.version = field_u32(&reader, 1, PP_VERSIONS_MAX);
	record.honour_floor = field_u32(&reader, 0, PP_VERSIONS_MAX);
	record.has_stock = field_flag(&reader);
	record.stock = field_coins(&reader);
	record.sold = field_coins(&reader);
	record.window_until_ms = field_time_ms(&reader);
	if (!field_reader_done(&reader))
		return false;
	*out = record;
	return true;
}

void record_coupon_encode(const struct coupon_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->coupon_id);
	write_u64(out, record->business_id);
	write_u32(out, record->version);
	write_u32(out, record->honour_floor);
	write_flag(out, record->has_stock);
	write_i64(out, record->stock);
	write_i64(out, record->sold);
	write_i64(out, record->window_until_ms);
}

static void field_terms(struct field_reader *reader, struct pp_terms *out)
{
	out->name = field_text(reader, 1, PP_NAME_BYTES_MAX);
	out->description = field_text(reader, 0, PP_DESCRIPTION_BYTES_MAX);
	out->has_price_coins = true;
	out->price_coins = field_coins(reader);
	out->has_starts_at_ms = true;
	out->starts_at_ms = field_time_ms(reader);
	out->has_ends_at_ms = true;
	out->ends_at_ms = field_time_ms(reader);
	out->has_redeem_within_ms = true;
	out->redeem_within_ms = field_time_ms(reader);
	out->has_honour_ms = true;
	out->honour_ms = field_i64(reader, 0, PP_HONOUR_MS_MAX);
	out->has_per_user_limit = true;
	out->per_user_limit = field_u32(reader, 0, UINT32_MAX);
	out->state = (enum pp_coupon_state)field_u8(
		reader, PP_COUPON_STATE_ACTIVE, PP_COUPON_STATE_ENDED);
	out->refund_policy = (enum pp_refund_policy)field_u8(
		reader, PP_REFUND_POLICY_KEEP_STOCK, PP_REFUND_POLICY_RETURN_STOCK);
}

static void write_terms(struct byte_writer *writer, const struct pp_terms *terms)
{
	write_text(writer, terms->name, PP_NAME_BYTES_MAX);
	write_text(writer, terms->description, PP_DESCRIPTION_BYTES_MAX);
	write_i64(writer, terms->price_coins);
	write_i64(writer, terms->starts_at_ms);
	write_i64(writer, terms->ends_at_ms);
	write_i64(writer, terms->redeem_within_ms);
	write_i64(writer, terms->honour_ms);
	write_u32(writer, terms->per_user_limit);
	write_u8(writer, (uint8_t)terms->state);
	write_u8(writer, (uint8_t)terms->refund_policy);
}

bool record_version_decode(struct span bytes, struct arena *arena, struct version_record *out)
{
	struct version_record record = { 0 };
	struct field_reader reader;
	const uint32_t all_fields = PP_SET_OF(PP_TERM_FIELD_COUNT) - PP_SET_OF(PP_TERM_FIELD_NAME);

	field_reader_init(&reader, bytes, arena);
	record.coupon_id = field_u64(&reader, COUPON_ID_UNIT + 1, UINT64_MAX);
	record.version = field_u32(&reader, 1, PP_VERSIONS_MAX);
	record.valid_from_ms = field_time_ms(&reader);
	record.valid_from_revision = field_u64(&reader, 1, UINT64_MAX);
	record.edited_by = field_u64(&reader, 0, UINT64_MAX);
	record.changed_fields = field_u32(&reader, 0, all_fields);
	record.supersede = (enum pp_supersede)field_u8(&reader, 0, PP_SUPERSEDE_HARD);
	record.reason = field_optional_text(&reader, PP_REASON_BYTES_MAX);
	field_terms(&reader, &record.terms);
	if (!field_reader_done(&reader) || (record.changed_fields & ~all_fields) != 0)
		return false;
	*out = record;
	return true;
}

void record_version_encode(const struct version_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->coupon_id);
	write_u32(out, record->version);
	write_i64(out, record->valid_from_ms);
	write_u64(out, record->valid_from_revision);
	write_u64(out, record->edited_by);
	write_u32(out, record->changed_fields);
	write_u8(out, (uint8_t)record->supersede);
	write_optional_text(out, record->reason, PP_REASON_BYTES_MAX);
	write_terms(out, &record->terms);
}

/* ---- Purchases ---- */

/* What became of it: nothing more while it is ISSUED. */
static void field_fate(struct field_reader *reader, struct purchase_record *out)
{
	out->state = (enum pp_purchase_state)field_u8(
		reader, PP_PURCHASE_STATE_ISSUED, PP_PURCHASE_STATE_REFUNDED);
	bool refunded = out->state == PP_PURCHASE_STATE_REFUNDED;
	if (out->state == PP_PURCHASE_STATE_REDEEMED || (refunded && field_flag(reader))) {
		out->redeemed_at_ms = field_i64(reader, 1, TIME_MS_MAX);
		out->redeemed_by = field_u64(reader, 0, UINT64_MAX);
	}
	if (!refunded)
		return;
	out->refunded_at_ms = field_i64(reader, 1, TIME_MS_MAX);
	out->refunded_by = field_u64(reader, 0, UINT64_MAX);
	out->stock_returned = field_flag(reader);
	out->refund_reason = field_optional_text(reader, PP_REASON_BYTES_MAX);
}

static void write_fate(struct byte_writer *writer, const struct purchase_record *record)
{
	bool redeemed = record->redeemed_at_ms != 0;

	write_u8(writer, (uint8_t)record->state);
	ASSERT(record->state != PP_PURCHASE_STATE_REDEEMED || redeemed);
	if (record->state == PP_PURCHASE_STATE_REFUNDED)
		write_flag(writer, redeemed);
	if (redeemed) {
		ASSERT(record->state != PP_PURCHASE_STATE_ISSUED);
		write_i64(writer, record->redeemed_at_ms);
		write_u64(writer, record->redeemed_by);
	}
	if (record->state != PP_PURCHASE_STATE_REFUNDED)
		return;
	write_i64(writer, record->refunded_at_ms);
	write_u64(writer, record->refunded_by);
	write_flag(writer, record->stock_returned);
	write_optional_text(writer, record->refund_reason, PP_REASON_BYTES_MAX);
}

bool record_purchase_decode(struct span bytes, struct arena *arena, struct purchase_record *out)
{
	struct purchase_record record = { 0 };
	struct field_reader reader;

	field_reader_init(&reader, bytes, arena);
	record.purchase_id = field_u64(&reader, 1, UINT64_MAX);
	field_raw(&reader, record.request_id.bytes, sizeof(record.request_id.bytes));
	record.user_id = field_u64(&reader, 1, UINT64_MAX);
	record.coupon_id = field_u64(&reader, COUPON_ID_UNIT + 1, UINT64_MAX);
	record.version = field_u32(&reader, 1, PP_VERSIONS_MAX);
	record.price_coins = field_coins(&reader);
	record.commission_bp = field_u16(&reader, 0, PP_COMMISSION_BP_MAX);
	record.commission_coins = field_coins(&reader);
	record.honoured = field_flag(&reader);
	record.has_honoured_until_ms = field_flag(&reader);
	record.honoured_until_ms = field_time_ms(&reader);
	record.bought_by_owner = field_flag(&reader);
	record.at_ms = field_time_ms(&reader);
	record.redeem_until_ms = field_time_ms(&reader);
	record.refund_policy = (enum pp_refund_policy)field_u8(
		&reader, PP_REFUND_POLICY_KEEP_STOCK, PP_REFUND_POLICY_RETURN_STOCK);
	record.code = field_u64(&reader, 0, (UINT64_C(1) << 60) - 1);
	record.revision = field_u64(&reader, 1, UINT64_MAX);
	record.previous_purchase_id = field_u64(&reader, 0, UINT64_MAX);
	field_fate(&reader, &record);
	if (!field_reader_done(&reader))
		return false;
	*out = record;
	return true;
}

void record_purchase_encode(const struct purchase_record *record, struct byte_writer *out)
{
	write_layout(out);
	write_u64(out, record->purchase_id);
	write_bytes(out, record->request_id.bytes, sizeof(record->request_id.bytes));
	write_u64(out, record->user_id);
	write_u64(out, record->coupon_id);
	write_u32(out, record->version);
	write_i64(out, record->price_coins);
	write_u16(out, (uint16_t)record->commission_bp);
	write_i64(out, record->commission_coins);
	write_flag(out, record->honoured);
	write_flag(out, record->has_honoured_until_ms);
	write_i64(out, record->honoured_until_ms);
	write_flag(out, record->bought_by_owner);
	write_i64(out, record->at_ms);
	write_i64(out, record->redeem_until_ms);
	write_u8(out, (uint8_t)record->refund_policy);
	write_u64(out, record->code);
	write_u64(out, record->revision);
	write_u64(out, record->previous_purchase_id);
	write_fate(out, record);
}

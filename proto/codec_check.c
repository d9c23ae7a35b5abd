/* Whether tables, types.h and the schema agree: for tests, and once at start. */
#include "proto/codec_tables.h"

#include "peakpeeps/v1/envelope.pb-c.h"

#include <string.h>

/* ---- Tables ---- */

static bool is_type(const ProtobufCFieldDescriptor *field, ProtobufCType type, bool repeated)
{
	return field->type == type && (field->label == PROTOBUF_C_LABEL_REPEATED) == repeated;
}

static bool kind_agrees(const struct codec_row *row, const ProtobufCFieldDescriptor *field)
{
	switch (row->kind) {
	case ROW_BOOL: return is_type(field, PROTOBUF_C_TYPE_BOOL, false);
	case ROW_I64: return is_type(field, PROTOBUF_C_TYPE_INT64, false);
	case ROW_U64: return is_type(field, PROTOBUF_C_TYPE_UINT64, false);
	case ROW_U32: return is_type(field, PROTOBUF_C_TYPE_UINT32, false);
	case ROW_ENUM: return is_type(field, PROTOBUF_C_TYPE_ENUM, false);
	case ROW_SET: return is_type(field, PROTOBUF_C_TYPE_ENUM, true);
	case ROW_STRING: return is_type(field, PROTOBUF_C_TYPE_STRING, false);
	case ROW_BYTES:
	case ROW_UUID: return is_type(field, PROTOBUF_C_TYPE_BYTES, false);
	case ROW_MESSAGE:
	case ROW_BODY: return is_type(field, PROTOBUF_C_TYPE_MESSAGE, false);
	case ROW_MESSAGES: return is_type(field, PROTOBUF_C_TYPE_MESSAGE, true);
	case ROW_U64S: return is_type(field, PROTOBUF_C_TYPE_UINT64, true);
	}
	return false;
}

static size_t oneof_members(
	const ProtobufCMessageDescriptor *descriptor, const ProtobufCFieldDescriptor *field)
{
	size_t n = 0;

	for (unsigned i = 0; i < descriptor->n_fields; i++) {
		const ProtobufCFieldDescriptor *other = &descriptor->fields[i];
		if ((other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
			other->quantifier_offset == field->quantifier_offset)
			n++;
	}
	return n;
}

static bool presence_agrees(const ProtobufCMessageDescriptor *descriptor,
	const struct codec_row *row, const ProtobufCFieldDescriptor *field)
{
	bool oneof = (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0;

	switch (row->presence) {
	case ROW_BY_VALUE: return !oneof && row->kind != ROW_MESSAGE && row->kind != ROW_BODY;
	case ROW_BY_FLAG:
		if (row->kind == ROW_UUID)
			return !oneof;
		return row->kind <= ROW_U32 && oneof && oneof_members(descriptor, field) == 1;
	case ROW_BY_POINTER:
		if (row->kind == ROW_MESSAGE)
			return true;
		return row->kind == ROW_STRING && oneof && oneof_members(descriptor, field) == 1;
	case ROW_BY_KIND: return row->kind == ROW_BODY && oneof;
	}
	return false;
}

static bool nested_agrees(const struct codec_row *row, const ProtobufCFieldDescriptor *field)
{
	if (field->type != PROTOBUF_C_TYPE_MESSAGE)
		return row->nested == NULL;
	return row->nested != NULL && row->nested->descriptor == field->descriptor;
}

/* Whether no row before this one lies in the same member. Bodies share a union. */
static bool member_is_free(const struct codec_table *table, const struct codec_row *row)
{
	for (const struct codec_row *before = table->rows; before < row; before++) {
		if (before->offset == row->offset && row->kind != ROW_BODY)
			return false;
	}
	return true;
}

/* Every field has its row and every row its field. */
static bool table_agrees(const struct codec_table *table)
{
	const ProtobufCMessageDescriptor *descriptor = table->descriptor;

	if (table->n_rows != descriptor->n_fields || table->n_rows > CODEC_ROWS_MAX)
		return false;
	for (size_t i = 0; i < table->n_rows; i++) {
		const struct codec_row *row = &table->rows[i];
		const ProtobufCFieldDescriptor *field = &descriptor->fields[i];
		if (row->tag != field->id || strcmp(row->name, field->name) != 0)
			return false;
		/* See codec_row_skip. */
		if (i > 0 && row[-1].kind == ROW_BODY && row->kind != ROW_BODY)
			return false;
		if (row->offset >= table->size || row->beside >= table->size)
			return false;
		if (!kind_agrees(row, field) || !presence_agrees(descriptor, row, field) ||
			!nested_agrees(row, field) || !member_is_free(table, row))
			return false;
	}
	return true;
}

/* All tables that can be reached from this one. A ring of messages would never come to an end, and
 * is told by the depth. NULL, or the name of what does not agree. */
static const char *tables_mismatch(const struct codec_table *table)
{
	struct walk_frame frames[CODEC_DEPTH_MAX] = { { .table = table } };
	size_t depth = 1;

	if (!table_agrees(table))
		return table->descriptor->name;
	while (depth > 0) {
		struct walk_frame *frame = &frames[depth - 1];
		if (frame->row == frame->table->n_rows) {
			depth--;
			continue;
		}
		const struct codec_table *nested = frame->table->rows[frame->row++].nested;
		if (nested == NULL)
			continue;
		if (depth == CODEC_DEPTH_MAX || !table_agrees(nested))
			return nested->descriptor->name;
		frames[depth++] = (struct walk_frame) { .table = nested };
	}
	return NULL;
}

/* ---- Requests ---- */

struct request_name {
	uint32_t number;
	const char *member;
	const char *title;
};

static const struct request_name request_names[] = {
#define REQUEST_NAME(name, number, member, title, flags) { number, #member, title },
	PP_REQUESTS(REQUEST_NAME)
#undef REQUEST_NAME
};

/* Whether `text` is `title` followed by `suffix`. */
static bool is_title(const char *text, const char *title, const char *suffix)
{
	size_t len = strlen(title);

	return strncmp(text, title, len) == 0 && strcmp(text + len, suffix) == 0;
}

static bool body_agrees(
	const struct codec_table *table, const struct request_name *name, const char *suffix)
{
	const struct codec_row *row = codec_row_find(table, name->number);

	return row != NULL && row->kind == ROW_BODY && strcmp(row->name, name->member) == 0 &&
	       is_title(row->nested->descriptor->short_name, name->title, suffix);
}

static const char *requests_mismatch(void)
{
	for (size_t i = 0; i < ARRAY_LEN(request_names); i++) {
		if (!body_agrees(&codec_request_table, &request_names[i], "Request") ||
			!body_agrees(&codec_response_table, &request_names[i], "Response"))
			return request_names[i].member;
	}
	return NULL;
}

/* ---- Enums ---- */

struct enum_name {
	int number;
	const char *name;
};

#define NAMED(prefix, name) \
	{ \
		PP_##prefix##_##name, #name \
	}

static const struct enum_name coupon_states[] = {
	NAMED(COUPON_STATE, ACTIVE),
	NAMED(COUPON_STATE, PAUSED),
	NAMED(COUPON_STATE, ENDED),
};
static const struct enum_name refund_policies[] = {
	NAMED(REFUND_POLICY, KEEP_STOCK),
	NAMED(REFUND_POLICY, RETURN_STOCK),
};
static const struct enum_name term_fields[] = {
	NAMED(TERM_FIELD, NAME),
	NAMED(TERM_FIELD, DESCRIPTION),
	NAMED(TERM_FIELD, PRICE),
	NAMED(TERM_FIELD, STARTS_AT),
	NAMED(TERM_FIELD, ENDS_AT),
	NAMED(TERM_FIELD, REDEEM_WITHIN),
	NAMED(TERM_FIELD, HONOUR),
	NAMED(TERM_FIELD, PER_USER_LIMIT),
	NAMED(TERM_FIELD, STATE),
	NAMED(TERM_FIELD, REFUND_POLICY),
};
static const struct enum_name on_conflicts[] = {
	NAMED(ON_CONFLICT, REFUSE),
	NAMED(ON_CONFLICT, MERGE_DISJOINT),
};
static const struct enum_name supersedes[] = {
	NAMED(SUPERSEDE, SOFT),
	NAMED(SUPERSEDE, HARD),
};
static const struct enum_name price_policies[] = {
	NAMED(PRICE_POLICY, BEST_FOR_BUYER),
	NAMED(PRICE_POLICY, AS_SEEN),
};
static const struct enum_name credit_reasons[] = {
	NAMED(CREDIT_REASON, ROUTE_ADDED),
	NAMED(CREDIT_REASON, ROUTE_COMPLETED),
	NAMED(CREDIT_REASON, REVIEW_POSTED),
	NAMED(CREDIT_REASON, AMOUNT),
};
static const struct enum_name account_kinds[] = {
	NAMED(ACCOUNT_KIND, USER),
	NAMED(ACCOUNT_KIND, BUSINESS),
	NAMED(ACCOUNT_KIND, ISSUANCE),
	NAMED(ACCOUNT_KIND, COMMISSION),
};
static const struct enum_name purchase_states[] = {
	NAMED(PURCHASE_STATE, ISSUED),
	NAMED(PURCHASE_STATE, REDEEMED),
	NAMED(PURCHASE_STATE, REFUNDED),
	NAMED(PURCHASE_STATE, EXPIRED),
};
static const struct enum_name verify_states[] = {
	NAMED(VERIFY_STATE, RUNNING),
	NAMED(VERIFY_STATE, CLEAN),
	NAMED(VERIFY_STATE, DAMAGED),
	NAMED(VERIFY_STATE, ABORTED),
};
static const struct enum_name reasons[] = {
#define REASON_NAME(name, number, code, text) { number, #name },
	PP_REASONS(REASON_NAME)
#undef REASON_NAME
};
static const struct enum_name codes[] = {
	NAMED(CODE, CANCELLED),
	NAMED(CODE, UNKNOWN),
	NAMED(CODE, INVALID_ARGUMENT),
	NAMED(CODE, DEADLINE_EXCEEDED),
	NAMED(CODE, NOT_FOUND),
	NAMED(CODE, ALREADY_EXISTS),
	NAMED(CODE, PERMISSION_DENIED),
	NAMED(CODE, RESOURCE_EXHAUSTED),
	NAMED(CODE, FAILED_PRECONDITION),
	NAMED(CODE, ABORTED),
	NAMED(CODE, OUT_OF_RANGE),
	NAMED(CODE, UNIMPLEMENTED),
	NAMED(CODE, INTERNAL),
	NAMED(CODE, UNAVAILABLE),
	NAMED(CODE, DATA_LOSS),
	NAMED(CODE, UNAUTHENTICATED),
};

#define ENUM(schema, names) \
	{ \
		&peakpeeps__v1__##schema##__descriptor, names, ARRAY_LEN(names) \
	}

static const struct {
	const ProtobufCEnumDescriptor *descriptor;
	const struct enum_name *names;
	size_t n;
} enums[] = {
	ENUM(coupon_state, coupon_states),
	ENUM(refund_policy, refund_policies),
	ENUM(term_field, term_fields),
	ENUM(on_conflict, on_conflicts),
	ENUM(supersede, supersedes),
	ENUM(price_policy, price_policies),
	ENUM(credit_reason, credit_reasons),
	ENUM(account_kind, account_kinds),
	ENUM(purchase_state, purchase_states),
	ENUM(verify_state, verify_states),
	ENUM(reason, reasons),
	ENUM(code, codes),
};

/* The same values on both sides, beside UNSPECIFIED. */
static bool enum_agrees(
	const ProtobufCEnumDescriptor *descriptor, const struct enum_name *names, size_t n)
{
	const char *zero = codec_enum_name(descriptor, 0);

	if (descriptor->n_values != n + 1 || zero == NULL || strcmp(zero, "UNSPECIFIED") != 0)
		return false;
	for (size_t i = 0; i < n; i++) {
		const char *name = codec_enum_name(descriptor, names[i].number);
		if (name == NULL || strcmp(name, names[i].name) != 0)
			return false;
	}
	return true;
}

const char *codec_schema_mismatch(void)
{
	const char *mismatch = tables_mismatch(&codec_request_table);

	if (mismatch == NULL)
		mismatch = tables_mismatch(&codec_response_table);
	if (mismatch == NULL)
		mismatch = requests_mismatch();
	for (size_t i = 0; mismatch == NULL && i < ARRAY_LEN(enums); i++) {
		if (!enum_agrees(enums[i].descriptor, enums[i].names, enums[i].n))
			mismatch = enums[i].descriptor->name;
	}
	return mismatch;
}

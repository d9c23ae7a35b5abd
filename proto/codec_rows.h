/* Private to proto/codec_*.c: how rows of tables are written (TABLE needs the generated header). */
#ifndef PROTO_CODEC_ROWS_H
#define PROTO_CODEC_ROWS_H

#include "proto/codec_tables.h"

/* clang-format off */

/* ---- How rows are written ---- */

#define MEMBER(T, member) (((struct T *)NULL)->member)
/* The kind of a member by its C type. Enums and sets look like uint32_t and are told by hand. */
#define KIND(T, member) \
	_Generic(MEMBER(T, member), \
		bool: ROW_BOOL, \
		int64_t: ROW_I64, \
		uint64_t: ROW_U64, \
		uint32_t: ROW_U32, \
		const char *: ROW_STRING, \
		struct pp_bytes: ROW_BYTES, \
		struct pp_uuid: ROW_UUID)
#define ROW(T, number, name_, kind_, presence_, member, beside_, max_, nested_) \
	{ \
		.tag = number, \
		.name = name_, \
		.kind = kind_, \
		.presence = presence_, \
		.offset = offsetof(struct T, member), \
		.beside = beside_, \
		.max = max_, \
		.nested = nested_, \
	}

#define VALUE_AS(T, number, name, member) \
	ROW(T, number, name, KIND(T, member), ROW_BY_VALUE, member, 0, 0, NULL)
#define VALUE(T, number, member) VALUE_AS(T, number, #member, member)
#define LIMITED(T, number, member, max) \
	ROW(T, number, #member, KIND(T, member), ROW_BY_VALUE, member, 0, max, NULL)
#define FLAGGED(T, number, member) \
	ROW(T, number, #member, KIND(T, member), ROW_BY_FLAG, member, \
		offsetof(struct T, has_##member), 0, NULL)
#define TEXT_OR_NULL(T, number, member, max) \
	ROW(T, number, #member, KIND(T, member), ROW_BY_POINTER, member, 0, max, NULL)
#define ENUM(T, number, member) \
	ROW(T, number, #member, ROW_ENUM, ROW_BY_VALUE, member, 0, 0, NULL)
#define SET(T, number, member) \
	ROW(T, number, #member, ROW_SET, ROW_BY_VALUE, member, 0, 0, NULL)
#define NUMBERS(T, number, member, count, max) \
	ROW(T, number, #member, ROW_U64S, ROW_BY_VALUE, member, offsetof(struct T, count), max, \
		NULL)
#define MESSAGE_AS(T, number, name, member, table) \
	ROW(T, number, name, ROW_MESSAGE, ROW_BY_POINTER, member, 0, 0, &table##_table)
#define MESSAGE(T, number, member, table) MESSAGE_AS(T, number, #member, member, table)
#define MESSAGES(T, number, member, count, table) \
	ROW(T, number, #member, ROW_MESSAGES, ROW_BY_VALUE, member, offsetof(struct T, count), 0, \
		&table##_table)
/* The struct itself, in the union of an envelope. */
#define BODY(T, number, member, table) \
	ROW(T, number, #member, ROW_BODY, ROW_BY_KIND, u.member, offsetof(struct T, kind), 0, \
		&table##_table)

#define TABLE_OF(T, message, rows_, n_rows_) \
	{ \
		.descriptor = &peakpeeps__v1__##message##__descriptor, \
		.size = sizeof(struct T), \
		.rows = rows_, \
		.n_rows = n_rows_, \
	}
/* The rows name##_rows of struct T as the table of a message. */
#define TABLE(name, T, message) \
	const struct codec_table name##_table = \
		TABLE_OF(T, message, name##_rows, ARRAY_LEN(name##_rows))

/* ---- Things ---- */

extern const struct codec_table terms_table;
extern const struct codec_table coupon_table;
extern const struct codec_table user_table;
extern const struct codec_table business_profile_table;
extern const struct codec_table business_table;
extern const struct codec_table account_table;
extern const struct codec_table purchase_table;
extern const struct codec_table ledger_entry_table;
extern const struct codec_table quote_table;
extern const struct codec_table version_conflict_table;
extern const struct codec_table business_conflict_table;
extern const struct codec_table current_offer_table;
extern const struct codec_table status_table;
extern const struct codec_table verdict_table;
extern const struct codec_table finding_table;
extern const struct codec_table loop_stats_table;
extern const struct codec_table distribution_table;
extern const struct codec_table log_stats_table;
extern const struct codec_table request_stats_table;

/* clang-format on */

#endif

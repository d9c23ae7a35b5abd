/* The things of PeakPeeps as plain structs: reasons, terms, coupons, purchases, statuses. */
#ifndef PEAKPEEPS_THINGS_H
#define PEAKPEEPS_THINGS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include <peakpeeps/err.h>

/*
 * Conventions. Times are UTC milliseconds, durations milliseconds, money is whole PeepCoins. A
 * string is NUL-terminated UTF-8; NULL means absent. A scalar whose 0 is a value of its own has a
 * `has_` flag beside it; any other 0 means absent. Strings, bytes and arrays inside a struct are
 * borrowed: from the caller in a request, from the library in a response, where they live as long
 * as the response. Every enum number is its number on the wire.
 */

#define PP_COINS_MAX INT64_C(9007199254740991) /* 2^53 - 1 */

enum {
	PP_NAME_BYTES_MAX = 120,
	PP_DESCRIPTION_BYTES_MAX = 4096,
	PP_ADDRESS_BYTES_MAX = 400,
	PP_REASON_BYTES_MAX = 400,
	PP_REFERENCE_BYTES_MAX = 120,
	PP_CLIENT_NAME_BYTES_MAX = 120,
	PP_OWNERS_MAX = 16,
	PP_VERSIONS_MAX = 1000000, /* of one coupon */
	PP_COUPONS_MAX = 999999,   /* of one business */
	PP_HONOUR_MS_DEFAULT = 600000,
	PP_HONOUR_MS_MAX = 3600000,
	PP_COMMISSION_BP_MAX = 10000,
	PP_PAGE_SIZE_DEFAULT = 64,
	PP_PAGE_SIZE_MAX = 256,
	PP_PAGE_BYTES_MAX = 48 * 1024,
	PP_PAGE_EXAMINED_MAX = 1024,
	PP_FINDINGS_MAX = 64,
	PP_PROTOCOL_MINOR = 1,
	PP_PORT_DEFAULT = 7337,
};

/* A request id: a UUIDv7 of the server's clock. */
struct pp_uuid {
	uint8_t bytes[16];
};

struct pp_bytes {
	const uint8_t *data;
	size_t len;
};

/* google.rpc.Code */
enum pp_code {
	PP_CODE_OK = 0,
	PP_CODE_CANCELLED = 1,
	PP_CODE_UNKNOWN = 2,
	PP_CODE_INVALID_ARGUMENT = 3,
	PP_CODE_DEADLINE_EXCEEDED = 4,
	PP_CODE_NOT_FOUND = 5,
	PP_CODE_ALREADY_EXISTS = 6,
	PP_CODE_PERMISSION_DENIED = 7,
	PP_CODE_RESOURCE_EXHAUSTED = 8,
	PP_CODE_FAILED_PRECONDITION = 9,
	PP_CODE_ABORTED = 10,
	PP_CODE_OUT_OF_RANGE = 11,
	PP_CODE_UNIMPLEMENTED = 12,
	PP_CODE_INTERNAL = 13,
	PP_CODE_UNAVAILABLE = 14,
	PP_CODE_DATA_LOSS = 15,
	PP_CODE_UNAUTHENTICATED = 16,
};

/*
 * X(NAME, number, code, text): every reason there is, the code that goes with it, and a short text.
 * docs/protocol.md says when each is given.
 */
#define PP_REASONS(X) \
	X(MALFORMED_FRAME, 1, INVALID_ARGUMENT, "malformed frame") \
	X(FRAME_TOO_LARGE, 2, INVALID_ARGUMENT, "frame too large") \
	X(HELLO_REQUIRED, 3, FAILED_PRECONDITION, "the first request must be Hello") \
	X(PROTOCOL_UNSUPPORTED, 4, FAILED_PRECONDITION, "protocol not supported") \
	X(WRONG_PROTOCOL, 5, INVALID_ARGUMENT, "not the PeakPeeps protocol") \
	X(UNKNOWN_REQUEST, 10, UNIMPLEMENTED, "unknown request") \
	X(UNKNOWN_FIELD, 11, INVALID_ARGUMENT, "unknown field") \
	X(UNKNOWN_ENUM_VALUE, 12, INVALID_ARGUMENT, "unknown enum value") \
	X(FIELD_MISSING, 13, INVALID_ARGUMENT, "field missing") \
	X(FIELD_INVALID, 14, INVALID_ARGUMENT, "field invalid") \
	X(OVERLOADED, 15, RESOURCE_EXHAUSTED, "overloaded") \
	X(DEADLINE_PASSED, 16, DEADLINE_EXCEEDED, "deadline passed") \
	X(STORAGE_FULL, 17, RESOURCE_EXHAUSTED, "storage full") \
	X(SHUTTING_DOWN, 18, UNAVAILABLE, "shutting down") \
	X(DATA_CORRUPT, 19, DATA_LOSS, "damaged record") \
	X(REQUEST_ID_REUSED, 20, ALREADY_EXISTS, "request id reused with other content") \
	X(REQUEST_ID_EXPIRED, 21, FAILED_PRECONDITION, "request id too old") \
	X(REQUEST_ID_IN_FUTURE, 22, FAILED_PRECONDITION, "request id in the future") \
	X(REQUEST_ABANDONED, 23, FAILED_PRECONDITION, "request abandoned") \
	X(REVISION_IN_FUTURE, 30, OUT_OF_RANGE, "revision in the future") \
	X(PAGE_TOKEN_INVALID, 31, INVALID_ARGUMENT, "page token invalid") \
	X(VERIFY_BUSY, 32, UNAVAILABLE, "a verify is running") \
	X(USER_NOT_FOUND, 40, NOT_FOUND, "user not found") \
	X(BUSINESS_NOT_FOUND, 41, NOT_FOUND, "business not found") \
	X(COUPON_NOT_FOUND, 42, NOT_FOUND, "coupon not found") \
	X(PURCHASE_NOT_FOUND, 43, NOT_FOUND, "purchase not found") \
	X(VERIFY_NOT_FOUND, 44, NOT_FOUND, "verify run not found") \
	X(NO_SUCH_VERSION, 45, OUT_OF_RANGE, "no such version") \
	X(NAME_INVALID, 46, INVALID_ARGUMENT, "name invalid") \
	X(NAME_TAKEN, 47, ALREADY_EXISTS, "name taken") \
	X(NOT_AN_OWNER, 48, PERMISSION_DENIED, "not an owner") \
	X(ALREADY_AN_OWNER, 49, ALREADY_EXISTS, "already an owner") \
	X(TOO_MANY_OWNERS, 50, FAILED_PRECONDITION, "too many owners") \
	X(TOO_MANY_COUPONS, 51, FAILED_PRECONDITION, "too many coupons") \
	X(ALREADY_CREDITED, 52, ALREADY_EXISTS, "already credited") \
	X(OWNER_NOT_FOUND, 53, NOT_FOUND, "owner not found") \
	X(LAST_OWNER, 54, FAILED_PRECONDITION, "last owner") \
	X(OPERATOR_ONLY, 55, PERMISSION_DENIED, "for the operator only") \
	X(EMPTY_FIELD_MASK, 60, INVALID_ARGUMENT, "empty field mask") \
	X(COUPON_VERSION_CONFLICT, 61, ABORTED, "coupon version conflict") \
	X(COUPON_ENDED, 62, FAILED_PRECONDITION, "coupon ended") \
	X(TERMS_INVALID, 63, FAILED_PRECONDITION, "terms invalid") \
	X(TOO_MANY_VERSIONS, 64, FAILED_PRECONDITION, "too many versions") \
	X(BUSINESS_VERSION_CONFLICT, 65, ABORTED, "business version conflict") \
	X(STOCK_UNLIMITED, 66, FAILED_PRECONDITION, "stock unlimited") \
	X(STOCK_OUT_OF_RANGE, 67, FAILED_PRECONDITION, "stock out of range") \
	X(COUPON_VERSION_EXPIRED, 70, FAILED_PRECONDITION, "coupon version expired") \
	X(COUPON_NOT_ACTIVE, 71, FAILED_PRECONDITION, "coupon not active") \
	X(COUPON_NOT_STARTED, 72, FAILED_PRECONDITION, "coupon not started") \
	X(COUPON_EXPIRED, 73, FAILED_PRECONDITION, "coupon expired") \
	X(PRICE_CHANGED, 74, FAILED_PRECONDITION, "price changed") \
	X(SOLD_OUT, 75, FAILED_PRECONDITION, "sold out") \
	X(USER_LIMIT_REACHED, 76, FAILED_PRECONDITION, "user limit reached") \
	X(INSUFFICIENT_COINS, 77, FAILED_PRECONDITION, "insufficient coins") \
	X(BALANCE_OVERFLOW, 78, FAILED_PRECONDITION, "balance overflow") \
	X(ALREADY_REDEEMED, 80, FAILED_PRECONDITION, "already redeemed") \
	X(ALREADY_REFUNDED, 81, FAILED_PRECONDITION, "already refunded") \
	X(PURCHASE_EXPIRED, 82, FAILED_PRECONDITION, "purchase expired") \
	X(BUSINESS_INSUFFICIENT_COINS, 83, FAILED_PRECONDITION, "business has insufficient coins")

enum pp_reason {
	PP_REASON_NONE = 0,
#define PP_REASON_ENUM(name, number, code, text) PP_REASON_##name = number,
	PP_REASONS(PP_REASON_ENUM)
#undef PP_REASON_ENUM
};

/*
 * These four: static storage, any thread.
 *
 * The name of a reason as on the wire, as in "SOLD_OUT"; NULL for a number unknown to this build.
 */
PP_API const char *pp_reason_name(enum pp_reason reason);
/* The short text of the table above; NULL when unknown. */
PP_API const char *pp_reason_text(enum pp_reason reason);
/* The code that goes with a reason; PP_CODE_UNKNOWN when unknown. */
PP_API enum pp_code pp_reason_code(enum pp_reason reason);
/* The name of a code, as in "ABORTED"; NULL when unknown. */
PP_API const char *pp_code_name(enum pp_code code);

enum pp_coupon_state {
	PP_COUPON_STATE_NONE = 0,
	PP_COUPON_STATE_ACTIVE = 1,
	PP_COUPON_STATE_PAUSED = 2,
	PP_COUPON_STATE_ENDED = 3, /* final */
};

enum pp_refund_policy {
	PP_REFUND_POLICY_NONE = 0,
	PP_REFUND_POLICY_KEEP_STOCK = 1,
	PP_REFUND_POLICY_RETURN_STOCK = 2,
};

enum pp_term_field {
	PP_TERM_FIELD_NONE = 0,
	PP_TERM_FIELD_NAME = 1,
	PP_TERM_FIELD_DESCRIPTION = 2,
	PP_TERM_FIELD_PRICE = 3,
	PP_TERM_FIELD_STARTS_AT = 4,
	PP_TERM_FIELD_ENDS_AT = 5,
	PP_TERM_FIELD_REDEEM_WITHIN = 6,
	PP_TERM_FIELD_HONOUR = 7,
	PP_TERM_FIELD_PER_USER_LIMIT = 8,
	PP_TERM_FIELD_STATE = 9,
	PP_TERM_FIELD_REFUND_POLICY = 10,
	PP_TERM_FIELD_COUNT = 11,
};

enum pp_business_field {
	PP_BUSINESS_FIELD_NONE = 0,
	PP_BUSINESS_FIELD_NAME = 1,
	PP_BUSINESS_FIELD_ADDRESS = 2,
	PP_BUSINESS_FIELD_COMMISSION = 3,
	PP_BUSINESS_FIELD_COUNT = 4,
};

/* A set of enum values, as in PP_SET_OF(PP_TERM_FIELD_PRICE): a repeated enum on the wire. */
typedef uint32_t pp_set;
#define PP_SET_OF(value) ((pp_set)1 << (value))

enum pp_on_conflict {
	PP_ON_CONFLICT_NONE = 0, /* REFUSE */
	PP_ON_CONFLICT_REFUSE = 1,
	PP_ON_CONFLICT_MERGE_DISJOINT = 2,
};

enum pp_supersede {
	PP_SUPERSEDE_NONE = 0, /* SOFT */
	PP_SUPERSEDE_SOFT = 1,
	PP_SUPERSEDE_HARD = 2,
};

enum pp_price_policy {
	PP_PRICE_POLICY_NONE = 0, /* BEST_FOR_BUYER */
	PP_PRICE_POLICY_BEST_FOR_BUYER = 1,
	PP_PRICE_POLICY_AS_SEEN = 2,
};

enum pp_credit_reason {
	PP_CREDIT_REASON_NONE = 0,
	PP_CREDIT_REASON_ROUTE_ADDED = 1,
	PP_CREDIT_REASON_ROUTE_COMPLETED = 2,
	PP_CREDIT_REASON_REVIEW_POSTED = 3,
	PP_CREDIT_REASON_AMOUNT = 4,
};

enum pp_account_kind {
	PP_ACCOUNT_KIND_NONE = 0,
	PP_ACCOUNT_KIND_USER = 1,
	PP_ACCOUNT_KIND_BUSINESS = 2,
	PP_ACCOUNT_KIND_ISSUANCE = 3,
	PP_ACCOUNT_KIND_COMMISSION = 4,
};

/* 5 ADJUST and 6 TRANSFER are reserved. */
enum pp_entry_kind {
	PP_ENTRY_KIND_NONE = 0,
	PP_ENTRY_KIND_EARN = 1,
	PP_ENTRY_KIND_SPEND = 2,
	PP_ENTRY_KIND_COMMISSION = 3,
	PP_ENTRY_KIND_REFUND = 4,
};

enum pp_purchase_state {
	PP_PURCHASE_STATE_NONE = 0,
	PP_PURCHASE_STATE_ISSUED = 1,
	PP_PURCHASE_STATE_REDEEMED = 2,
	PP_PURCHASE_STATE_REFUNDED = 3,
	PP_PURCHASE_STATE_EXPIRED = 4, /* derived when read */
};

enum pp_verify_state {
	PP_VERIFY_STATE_NONE = 0,
	PP_VERIFY_STATE_RUNNING = 1,
	PP_VERIFY_STATE_CLEAN = 2,
	PP_VERIFY_STATE_DAMAGED = 3,
	PP_VERIFY_STATE_ABORTED = 4,
};

/* The versioned terms of a coupon. */
struct pp_terms {
	const char *name;
	const char *description;
	bool has_price_coins;
	int64_t price_coins;
	bool has_starts_at_ms;
	int64_t starts_at_ms; /* 0: from the start */
	bool has_ends_at_ms;
	int64_t ends_at_ms; /* exclusive; 0: never */
	bool has_redeem_within_ms;
	int64_t redeem_within_ms; /* 0: for ever */
	bool has_honour_ms;
	int64_t honour_ms;
	bool has_per_user_limit;
	uint32_t per_user_limit; /* 0: none */
	enum pp_coupon_state state;
	enum pp_refund_policy refund_policy;
};

struct pp_coupon {
	uint64_t coupon_id;
	uint64_t business_id;
	const char *business_name;
	uint64_t version;
	uint64_t current_version;
	uint64_t honour_floor;
	struct pp_terms *terms;
	int64_t valid_from_ms;
	uint64_t valid_from_revision;
	bool has_superseded_at_ms;
	int64_t superseded_at_ms;
	uint64_t superseded_at_revision;
	bool has_honoured_until_ms;
	int64_t honoured_until_ms;
	uint64_t edited_by;
	pp_set changed_fields; /* of enum pp_term_field */
	enum pp_supersede supersede;
	const char *reason;
	bool has_stock_left;
	int64_t stock_left;
	int64_t sold;
	bool valid;
	bool sold_out;
};

struct pp_user {
	uint64_t user_id;
	const char *name;
	int64_t created_at_ms;
	int64_t balance_coins;
	uint64_t n_purchases;
};

/* The versioned fields of a business. */
struct pp_business_profile {
	const char *name;
	const char *address;
	bool has_commission_bp;
	uint32_t commission_bp;
};

struct pp_business {
	uint64_t business_id;
	uint64_t version;
	struct pp_business_profile *profile;
	uint64_t *owner_ids; /* n_owner_ids of them */
	size_t n_owner_ids;
	int64_t created_at_ms;
	uint64_t edited_by; /* who made this version; 0: the operator */
	int64_t edited_at_ms;
	uint32_t n_coupons;
	int64_t balance_coins;
};

struct pp_account {
	enum pp_account_kind kind;
	uint64_t id; /* 0 for ISSUANCE and COMMISSION */
};

struct pp_purchase {
	uint64_t purchase_id;
	struct pp_uuid request_id;
	uint64_t user_id;
	uint64_t coupon_id;
	uint64_t business_id;
	const char *coupon_name;
	uint64_t version;
	int64_t price_coins;
	int64_t commission_coins;
	bool honoured;
	bool has_honoured_until_ms;
	int64_t honoured_until_ms;
	bool bought_by_owner;
	int64_t at_ms;
	enum pp_purchase_state state;
	bool has_redeem_until_ms;
	int64_t redeem_until_ms;
	const char *code;
	uint64_t revision;
	bool has_redeemed_at_ms;
	int64_t redeemed_at_ms;
	uint64_t redeemed_by; /* 0: the operator */
	bool has_refunded_at_ms;
	int64_t refunded_at_ms;
	uint64_t refunded_by;
	const char *refund_reason;
	bool stock_returned;
};

/* Coins that left one account and arrived at another. */
struct pp_ledger_entry {
	uint64_t revision;
	uint32_t index; /* within the revision */
	enum pp_entry_kind kind;
	struct pp_account *debit;
	struct pp_account *credit;
	int64_t amount_coins;
	int64_t balance_after_coins; /* of the account that was asked about */
	int64_t at_ms;
	uint64_t purchase_id;                /* SPEND, COMMISSION and REFUND */
	enum pp_credit_reason credit_reason; /* EARN */
	const char *reference;
};

struct pp_quote {
	uint64_t coupon_id;
	uint64_t version;
	int64_t price_coins;
	uint64_t revision;
	int64_t at_ms;
	bool has_honoured_until_ms;
	int64_t honoured_until_ms;
};

struct pp_version_conflict {
	uint64_t base_version;
	uint64_t current_version;
	uint64_t changed_by;
	int64_t changed_at_ms;
	pp_set fields;      /* changed since the base, or named by the edit */
	pp_set overlapping; /* named by the edit and changed since the base */
	struct pp_terms *base;
	struct pp_terms *theirs;
	struct pp_terms *yours;
};

struct pp_business_conflict {
	uint64_t base_version;
	uint64_t current_version;
	uint64_t changed_by;
	int64_t changed_at_ms;
	pp_set fields;      /* of enum pp_business_field, as above */
	pp_set overlapping; /* as above */
	struct pp_business_profile *base;
	struct pp_business_profile *theirs;
	struct pp_business_profile *yours;
};

struct pp_current_offer {
	uint64_t coupon_id;
	uint64_t current_version;
	int64_t price_coins;
	enum pp_coupon_state state;
};

/* Why a request was refused. */
struct pp_status {
	enum pp_code code;
	enum pp_reason reason;
	const char *message;
	const char *field; /* NULL: no single field */
	uint32_t retry_after_ms;
	bool not_executed;                            /* by this try; see status.proto */
	struct pp_version_conflict *version_conflict; /* at most one of these is set */
	struct pp_current_offer *current_offer;
	struct pp_business_conflict *business_conflict;
};

#endif

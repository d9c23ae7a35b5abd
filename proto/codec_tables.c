#include "proto/codec_tables.h"

#include "peakpeeps/v1/envelope.pb-c.h"

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
	static const struct codec_table name##_table = \
		TABLE_OF(T, message, name##_rows, ARRAY_LEN(name##_rows))

/* ---- Things ---- */

static const struct codec_row terms_rows[] = {
	TEXT_OR_NULL(pp_terms, 1, name, PP_NAME_BYTES_MAX),
	TEXT_OR_NULL(pp_terms, 2, description, PP_DESCRIPTION_BYTES_MAX),
	FLAGGED(pp_terms, 3, price_coins),
	FLAGGED(pp_terms, 4, starts_at_ms),
	FLAGGED(pp_terms, 5, ends_at_ms),
	FLAGGED(pp_terms, 6, redeem_within_ms),
	FLAGGED(pp_terms, 7, honour_ms),
	FLAGGED(pp_terms, 8, per_user_limit),
	ENUM(pp_terms, 9, state),
	ENUM(pp_terms, 10, refund_policy),
};
TABLE(terms, pp_terms, terms);

static const struct codec_row coupon_rows[] = {
	VALUE(pp_coupon, 1, coupon_id),
	VALUE(pp_coupon, 2, business_id),
	VALUE(pp_coupon, 3, business_name),
	VALUE(pp_coupon, 4, version),
	VALUE(pp_coupon, 5, current_version),
	VALUE(pp_coupon, 6, honour_floor),
	MESSAGE(pp_coupon, 7, terms, terms),
	VALUE(pp_coupon, 8, valid_from_ms),
	VALUE(pp_coupon, 9, valid_from_revision),
	FLAGGED(pp_coupon, 10, superseded_at_ms),
	VALUE(pp_coupon, 11, superseded_at_revision),
	FLAGGED(pp_coupon, 12, honoured_until_ms),
	VALUE(pp_coupon, 13, edited_by),
	SET(pp_coupon, 14, changed_fields),
	ENUM(pp_coupon, 15, supersede),
	VALUE(pp_coupon, 16, reason),
	FLAGGED(pp_coupon, 17, stock_left),
	VALUE(pp_coupon, 18, sold),
	VALUE(pp_coupon, 19, valid),
	VALUE(pp_coupon, 20, sold_out),
};
TABLE(coupon, pp_coupon, coupon);

static const struct codec_row account_rows[] = {
	ENUM(pp_account, 1, kind),
	VALUE(pp_account, 2, id),
};
TABLE(account, pp_account, account);

static const struct codec_row purchase_rows[] = {
	VALUE(pp_purchase, 1, purchase_id),
	VALUE(pp_purchase, 2, request_id),
	VALUE(pp_purchase, 3, user_id),
	VALUE(pp_purchase, 4, coupon_id),
	VALUE(pp_purchase, 5, business_id),
	VALUE(pp_purchase, 6, coupon_name),
	VALUE(pp_purchase, 7, version),
	VALUE(pp_purchase, 8, price_coins),
	VALUE(pp_purchase, 9, commission_coins),
	VALUE(pp_purchase, 10, honoured),
	FLAGGED(pp_purchase, 11, honoured_until_ms),
	VALUE(pp_purchase, 12, bought_by_owner),
	VALUE(pp_purchase, 13, at_ms),
	ENUM(pp_purchase, 14, state),
	FLAGGED(pp_purchase, 15, redeem_until_ms),
	VALUE(pp_purchase, 16, code),
	VALUE(pp_purchase, 17, revision),
};
TABLE(purchase, pp_purchase, purchase);

static const struct codec_row quote_rows[] = {
	VALUE(pp_quote, 1, coupon_id),
	VALUE(pp_quote, 2, version),
	VALUE(pp_quote, 3, price_coins),
	VALUE(pp_quote, 4, revision),
	VALUE(pp_quote, 5, at_ms),
	FLAGGED(pp_quote, 6, honoured_until_ms),
};
TABLE(quote, pp_quote, quote);

static const struct codec_row version_conflict_rows[] = {
	VALUE(pp_version_conflict, 1, base_version),
	VALUE(pp_version_conflict, 2, current_version),
	VALUE(pp_version_conflict, 3, changed_by),
	VALUE(pp_version_conflict, 4, changed_at_ms),
	SET(pp_version_conflict, 5, fields),
	SET(pp_version_conflict, 6, overlapping),
	/* protobuf-c takes a field named base for its own. */
	MESSAGE_AS(pp_version_conflict, 7, "base_terms", base, terms),
	MESSAGE_AS(pp_version_conflict, 8, "their_terms", theirs, terms),
	MESSAGE_AS(pp_version_conflict, 9, "your_terms", yours, terms),
};
TABLE(version_conflict, pp_version_conflict, version_conflict);

static const struct codec_row current_offer_rows[] = {
	VALUE(pp_current_offer, 1, coupon_id),
	VALUE(pp_current_offer, 2, current_version),
	VALUE(pp_current_offer, 3, price_coins),
	ENUM(pp_current_offer, 4, state),
};
TABLE(current_offer, pp_current_offer, current_offer);

static const struct codec_row status_rows[] = {
	ENUM(pp_status, 1, code),
	ENUM(pp_status, 2, reason),
	VALUE(pp_status, 3, message),
	VALUE(pp_status, 4, field),
	VALUE(pp_status, 5, retry_after_ms),
	VALUE(pp_status, 6, not_executed),
	MESSAGE(pp_status, 7, version_conflict, version_conflict),
	MESSAGE(pp_status, 8, current_offer, current_offer),
};
TABLE(status, pp_status, status);

static const struct codec_row verdict_rows[] = {
	ENUM(pp_verdict, 1, rule),
	VALUE(pp_verdict, 2, passed),
	VALUE(pp_verdict, 3, message),
};
TABLE(verdict, pp_verdict, verdict);

static const struct codec_row finding_rows[] = {
	VALUE(pp_finding, 1, check),
	VALUE(pp_finding, 2, subject),
	VALUE(pp_finding, 3, message),
};
TABLE(finding, pp_finding, finding);

/* ---- Requests and responses ---- */

static const struct codec_row hello_request_rows[] = {
	VALUE(pp_hello_request, 1, protocol_minor),
	LIMITED(pp_hello_request, 2, client_name, PP_CLIENT_NAME_BYTES_MAX),
	LIMITED(pp_hello_request, 3, access_key, ACCESS_KEY_BYTES_MAX),
};
TABLE(hello_request, pp_hello_request, hello_request);

static const struct codec_row hello_response_rows[] = {
	VALUE(pp_hello_response, 1, protocol_minor),
	VALUE(pp_hello_response, 2, server_version),
	VALUE(pp_hello_response, 3, store_id),
	VALUE(pp_hello_response, 4, incarnation),
	VALUE(pp_hello_response, 5, server_time_ms),
	VALUE(pp_hello_response, 6, frame_bytes_max),
	VALUE(pp_hello_response, 7, in_flight_max),
};
TABLE(hello_response, pp_hello_response, hello_response);

static const struct codec_table server_info_request_table =
	TABLE_OF(pp_server_info_request, server_info_request, NULL, 0);

static const struct codec_row server_info_response_rows[] = {
	VALUE(pp_server_info_response, 1, server_version),
	VALUE(pp_server_info_response, 2, protocol_minor),
	VALUE(pp_server_info_response, 3, store_id),
	VALUE(pp_server_info_response, 4, incarnation),
	VALUE(pp_server_info_response, 5, started_at_ms),
	VALUE(pp_server_info_response, 6, server_time_ms),
	VALUE(pp_server_info_response, 7, clock_offset_ms),
	VALUE(pp_server_info_response, 8, clock_jumped),
	VALUE(pp_server_info_response, 9, commit_mode),
	VALUE(pp_server_info_response, 10, unicode_version),
	VALUE(pp_server_info_response, 11, request_id_retention_ms),
	VALUE(pp_server_info_response, 12, n_users),
	VALUE(pp_server_info_response, 13, n_businesses),
	VALUE(pp_server_info_response, 14, n_coupons),
	VALUE(pp_server_info_response, 15, n_purchases),
};
TABLE(server_info_response, pp_server_info_response, server_info_response);

static const struct codec_row create_user_request_rows[] = {
	LIMITED(pp_create_user_request, 1, name, PP_NAME_BYTES_MAX),
};
TABLE(create_user_request, pp_create_user_request, create_user_request);

static const struct codec_row create_user_response_rows[] = {
	VALUE(pp_create_user_response, 1, user_id),
	VALUE(pp_create_user_response, 2, created_at_ms),
};
TABLE(create_user_response, pp_create_user_response, create_user_response);

static const struct codec_row credit_coins_request_rows[] = {
	VALUE(pp_credit_coins_request, 1, user_id),
	ENUM(pp_credit_coins_request, 2, reason),
	FLAGGED(pp_credit_coins_request, 3, amount_coins),
	LIMITED(pp_credit_coins_request, 4, reference, PP_REFERENCE_BYTES_MAX),
};
TABLE(credit_coins_request, pp_credit_coins_request, credit_coins_request);

static const struct codec_row credit_coins_response_rows[] = {
	VALUE(pp_credit_coins_response, 1, user_id),
	VALUE(pp_credit_coins_response, 2, amount_coins),
	VALUE(pp_credit_coins_response, 3, balance_coins),
};
TABLE(credit_coins_response, pp_credit_coins_response, credit_coins_response);

static const struct codec_row get_balance_request_rows[] = {
	MESSAGE(pp_get_balance_request, 1, account, account),
};
TABLE(get_balance_request, pp_get_balance_request, get_balance_request);

static const struct codec_row get_balance_response_rows[] = {
	MESSAGE(pp_get_balance_response, 1, account, account),
	VALUE(pp_get_balance_response, 2, balance_coins),
	VALUE(pp_get_balance_response, 3, n_entries),
};
TABLE(get_balance_response, pp_get_balance_response, get_balance_response);

static const struct codec_row create_business_request_rows[] = {
	LIMITED(pp_create_business_request, 1, name, PP_NAME_BYTES_MAX),
	LIMITED(pp_create_business_request, 2, address, PP_ADDRESS_BYTES_MAX),
	NUMBERS(pp_create_business_request, 3, owner_ids, n_owner_ids, PP_OWNERS_MAX),
	FLAGGED(pp_create_business_request, 4, commission_bp),
};
TABLE(create_business_request, pp_create_business_request, create_business_request);

static const struct codec_row create_business_response_rows[] = {
	VALUE(pp_create_business_response, 1, business_id),
	VALUE(pp_create_business_response, 2, version),
	VALUE(pp_create_business_response, 3, created_at_ms),
};
TABLE(create_business_response, pp_create_business_response, create_business_response);

static const struct codec_row add_owner_request_rows[] = {
	VALUE(pp_add_owner_request, 1, business_id),
	VALUE(pp_add_owner_request, 2, user_id),
};
TABLE(add_owner_request, pp_add_owner_request, add_owner_request);

static const struct codec_row add_owner_response_rows[] = {
	VALUE(pp_add_owner_response, 1, business_id),
	VALUE(pp_add_owner_response, 2, n_owners),
};
TABLE(add_owner_response, pp_add_owner_response, add_owner_response);

static const struct codec_row create_coupon_request_rows[] = {
	VALUE(pp_create_coupon_request, 1, business_id),
	MESSAGE(pp_create_coupon_request, 2, terms, terms),
	FLAGGED(pp_create_coupon_request, 3, stock),
};
TABLE(create_coupon_request, pp_create_coupon_request, create_coupon_request);

static const struct codec_row create_coupon_response_rows[] = {
	VALUE(pp_create_coupon_response, 1, coupon_id),
	VALUE(pp_create_coupon_response, 2, version),
	VALUE(pp_create_coupon_response, 3, valid_from_ms),
};
TABLE(create_coupon_response, pp_create_coupon_response, create_coupon_response);

static const struct codec_row edit_coupon_request_rows[] = {
	VALUE(pp_edit_coupon_request, 1, coupon_id),
	VALUE(pp_edit_coupon_request, 2, base_version),
	SET(pp_edit_coupon_request, 3, fields),
	MESSAGE(pp_edit_coupon_request, 4, terms, terms),
	ENUM(pp_edit_coupon_request, 5, on_conflict),
	ENUM(pp_edit_coupon_request, 6, supersede),
	LIMITED(pp_edit_coupon_request, 7, reason, PP_REASON_BYTES_MAX),
};
TABLE(edit_coupon_request, pp_edit_coupon_request, edit_coupon_request);

static const struct codec_row edit_coupon_response_rows[] = {
	VALUE(pp_edit_coupon_response, 1, coupon_id),
	VALUE(pp_edit_coupon_response, 2, version),
	VALUE(pp_edit_coupon_response, 3, unchanged),
	VALUE(pp_edit_coupon_response, 4, merged),
	FLAGGED(pp_edit_coupon_response, 5, honoured_until_ms),
};
TABLE(edit_coupon_response, pp_edit_coupon_response, edit_coupon_response);

static const struct codec_row get_coupon_request_rows[] = {
	VALUE(pp_get_coupon_request, 1, coupon_id),
	VALUE(pp_get_coupon_request, 2, business_id),
	LIMITED(pp_get_coupon_request, 3, name, PP_NAME_BYTES_MAX),
	VALUE(pp_get_coupon_request, 4, version),
	VALUE(pp_get_coupon_request, 5, at_revision),
};
TABLE(get_coupon_request, pp_get_coupon_request, get_coupon_request);

static const struct codec_row get_coupon_response_rows[] = {
	MESSAGE(pp_get_coupon_response, 1, coupon, coupon),
};
TABLE(get_coupon_response, pp_get_coupon_response, get_coupon_response);

static const struct codec_row list_coupons_request_rows[] = {
	VALUE(pp_list_coupons_request, 1, business_id),
	VALUE(pp_list_coupons_request, 2, valid_only),
	VALUE(pp_list_coupons_request, 3, page_size),
	LIMITED(pp_list_coupons_request, 4, page_token, PAGE_TOKEN_BYTES_MAX),
};
TABLE(list_coupons_request, pp_list_coupons_request, list_coupons_request);

static const struct codec_row list_coupons_response_rows[] = {
	MESSAGES(pp_list_coupons_response, 1, coupons, n_coupons, coupon),
	VALUE(pp_list_coupons_response, 2, next_page_token),
	VALUE(pp_list_coupons_response, 3, as_of_revision),
	VALUE(pp_list_coupons_response, 4, as_of_ms),
};
TABLE(list_coupons_response, pp_list_coupons_response, list_coupons_response);

/* Two messages, one struct: what is checked is what would be bought. */
static const struct codec_row purchase_request_rows[] = {
	VALUE(pp_purchase_request, 1, coupon_id),
	VALUE(pp_purchase_request, 2, version),
	VALUE(pp_purchase_request, 3, as_of_revision),
	ENUM(pp_purchase_request, 4, price_policy),
	FLAGGED(pp_purchase_request, 5, max_price_coins),
};
static const struct codec_table check_purchase_request_table =
	TABLE_OF(pp_purchase_request, check_purchase_request, purchase_request_rows,
		ARRAY_LEN(purchase_request_rows));
static const struct codec_table purchase_coupon_request_table =
	TABLE_OF(pp_purchase_request, purchase_coupon_request, purchase_request_rows,
		ARRAY_LEN(purchase_request_rows));

static const struct codec_row check_purchase_response_rows[] = {
	VALUE(pp_check_purchase_response, 1, ok),
	MESSAGE(pp_check_purchase_response, 2, quote, quote),
	MESSAGES(pp_check_purchase_response, 3, verdicts, n_verdicts, verdict),
	VALUE(pp_check_purchase_response, 4, balance_coins),
};
TABLE(check_purchase_response, pp_check_purchase_response, check_purchase_response);

static const struct codec_row purchase_coupon_response_rows[] = {
	MESSAGE(pp_purchase_coupon_response, 1, purchase, purchase),
	VALUE(pp_purchase_coupon_response, 2, balance_coins),
};
TABLE(purchase_coupon_response, pp_purchase_coupon_response, purchase_coupon_response);

static const struct codec_row get_purchase_request_rows[] = {
	VALUE(pp_get_purchase_request, 1, purchase_id),
	FLAGGED(pp_get_purchase_request, 2, request_id),
};
TABLE(get_purchase_request, pp_get_purchase_request, get_purchase_request);

static const struct codec_row get_purchase_response_rows[] = {
	MESSAGE(pp_get_purchase_response, 1, purchase, purchase),
};
TABLE(get_purchase_response, pp_get_purchase_response, get_purchase_response);

static const struct codec_row abandon_request_request_rows[] = {
	VALUE(pp_abandon_request_request, 1, request_id),
};
TABLE(abandon_request_request, pp_abandon_request_request, abandon_request_request);

static const struct codec_row abandon_request_response_rows[] = {
	VALUE(pp_abandon_request_response, 1, abandoned),
	MESSAGE(pp_abandon_request_response, 2, outcome, status),
	VALUE(pp_abandon_request_response, 3, outcome_revision),
	VALUE(pp_abandon_request_response, 4, decided_at_ms),
	VALUE(pp_abandon_request_response, 5, made_id),
};
TABLE(abandon_request_response, pp_abandon_request_response, abandon_request_response);

static const struct codec_row verify_request_rows[] = {
	VALUE(pp_verify_request, 1, verify_id),
};
TABLE(verify_request, pp_verify_request, verify_request);

static const struct codec_row verify_response_rows[] = {
	VALUE(pp_verify_response, 1, verify_id),
	ENUM(pp_verify_response, 2, state),
	VALUE(pp_verify_response, 3, snapshot_revision),
	VALUE(pp_verify_response, 4, n_checked),
	VALUE(pp_verify_response, 5, n_records),
	MESSAGES(pp_verify_response, 6, findings, n_findings_shown, finding),
	/* protobuf-c counts `findings` in n_findings. */
	VALUE_AS(pp_verify_response, 7, "findings_total", n_findings),
	VALUE(pp_verify_response, 8, message),
	VALUE(pp_verify_response, 9, elapsed_ms),
};
TABLE(verify_response, pp_verify_response, verify_response);

/* ---- Envelopes ---- */

static const struct codec_row request_rows[] = {
	VALUE(pp_request, CODEC_SEQ_TAG, seq),
	LIMITED(pp_request, 2, timeout_ms, TIMEOUT_MS_MAX),
	VALUE(pp_request, 3, acting_user),
	FLAGGED(pp_request, 4, request_id),
	VALUE(pp_request, 5, validate_only),
	VALUE(pp_request, 6, min_revision),
#define REQUEST_BODY(name, number, member, title, flags) \
	BODY(pp_request, number, member, member##_request),
	PP_REQUESTS(REQUEST_BODY)
#undef REQUEST_BODY
};
const struct codec_table codec_request_table =
	TABLE_OF(pp_request, request, request_rows, ARRAY_LEN(request_rows));

static const struct codec_row response_rows[] = {
	VALUE(pp_response, CODEC_SEQ_TAG, seq),
	MESSAGE(pp_response, 2, status, status),
	VALUE(pp_response, 3, revision),
	VALUE(pp_response, 4, replayed),
	VALUE(pp_response, 5, time_ms),
#define RESPONSE_BODY(name, number, member, title, flags) \
	BODY(pp_response, number, member, member##_response),
	PP_REQUESTS(RESPONSE_BODY)
#undef RESPONSE_BODY
};
const struct codec_table codec_response_table =
	TABLE_OF(pp_response, response, response_rows, ARRAY_LEN(response_rows));

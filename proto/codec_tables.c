/* The tables of requests and responses, and of their envelopes. */
#include "proto/codec_rows.h"

#include "peakpeeps/v1/envelope.pb-c.h"

/* clang-format off */

/* ---- Requests and responses ---- */

static const struct codec_row hello_request_rows[] = {
	VALUE(pp_hello_request, 1, protocol_minor),
	LIMITED(pp_hello_request, 2, client_name, PP_CLIENT_NAME_BYTES_MAX),
	LIMITED(pp_hello_request, 3, access_key, ACCESS_KEY_BYTES_MAX),
};
static TABLE(hello_request, pp_hello_request, hello_request);

static const struct codec_row hello_response_rows[] = {
	VALUE(pp_hello_response, 1, protocol_minor),
	VALUE(pp_hello_response, 2, server_version),
	VALUE(pp_hello_response, 3, store_id),
	VALUE(pp_hello_response, 4, incarnation),
	VALUE(pp_hello_response, 5, server_time_ms),
	VALUE(pp_hello_response, 6, frame_bytes_max),
	VALUE(pp_hello_response, 7, in_flight_max),
};
static TABLE(hello_response, pp_hello_response, hello_response);

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
	VALUE(pp_server_info_response, 16, durability),
};
static TABLE(server_info_response, pp_server_info_response, server_info_response);

static const struct codec_row create_user_request_rows[] = {
	LIMITED(pp_create_user_request, 1, name, PP_NAME_BYTES_MAX),
};
static TABLE(create_user_request, pp_create_user_request, create_user_request);

static const struct codec_row create_user_response_rows[] = {
	VALUE(pp_create_user_response, 1, user_id),
	VALUE(pp_create_user_response, 2, created_at_ms),
};
static TABLE(create_user_response, pp_create_user_response, create_user_response);

static const struct codec_row get_user_request_rows[] = {
	VALUE(pp_get_user_request, 1, user_id),
	LIMITED(pp_get_user_request, 2, name, PP_NAME_BYTES_MAX),
};
static TABLE(get_user_request, pp_get_user_request, get_user_request);

static const struct codec_row get_user_response_rows[] = {
	MESSAGE(pp_get_user_response, 1, user, user),
};
static TABLE(get_user_response, pp_get_user_response, get_user_response);

static const struct codec_row credit_coins_request_rows[] = {
	VALUE(pp_credit_coins_request, 1, user_id),
	ENUM(pp_credit_coins_request, 2, reason),
	FLAGGED(pp_credit_coins_request, 3, amount_coins),
	LIMITED(pp_credit_coins_request, 4, reference, PP_REFERENCE_BYTES_MAX),
};
static TABLE(credit_coins_request, pp_credit_coins_request, credit_coins_request);

static const struct codec_row credit_coins_response_rows[] = {
	VALUE(pp_credit_coins_response, 1, user_id),
	VALUE(pp_credit_coins_response, 2, amount_coins),
	VALUE(pp_credit_coins_response, 3, balance_coins),
};
static TABLE(credit_coins_response, pp_credit_coins_response, credit_coins_response);

static const struct codec_row get_balance_request_rows[] = {
	MESSAGE(pp_get_balance_request, 1, account, account),
};
static TABLE(get_balance_request, pp_get_balance_request, get_balance_request);

static const struct codec_row get_balance_response_rows[] = {
	MESSAGE(pp_get_balance_response, 1, account, account),
	VALUE(pp_get_balance_response, 2, balance_coins),
	VALUE(pp_get_balance_response, 3, n_entries),
};
static TABLE(get_balance_response, pp_get_balance_response, get_balance_response);

static const struct codec_row list_purchases_request_rows[] = {
	VALUE(pp_list_purchases_request, 1, user_id),
	VALUE(pp_list_purchases_request, 2, page_size),
	LIMITED(pp_list_purchases_request, 3, page_token, PAGE_TOKEN_BYTES_MAX),
};
static TABLE(list_purchases_request, pp_list_purchases_request, list_purchases_request);

static const struct codec_row list_purchases_response_rows[] = {
	MESSAGES(pp_list_purchases_response, 1, purchases, n_purchases, purchase),
	VALUE(pp_list_purchases_response, 2, next_page_token),
};
static TABLE(list_purchases_response,
	pp_list_purchases_response, list_purchases_response);

static const struct codec_row list_ledger_entries_request_rows[] = {
	MESSAGE(pp_list_ledger_entries_request, 1, account, account),
	VALUE(pp_list_ledger_entries_request, 2, page_size),
	LIMITED(pp_list_ledger_entries_request, 3, page_token, PAGE_TOKEN_BYTES_MAX),
};
static TABLE(list_ledger_entries_request,
	pp_list_ledger_entries_request, list_ledger_entries_request);

static const struct codec_row list_ledger_entries_response_rows[] = {
	MESSAGES(pp_list_ledger_entries_response, 1, entries, n_entries, ledger_entry),
	VALUE(pp_list_ledger_entries_response, 2, next_page_token),
};
static TABLE(list_ledger_entries_response,
	pp_list_ledger_entries_response, list_ledger_entries_response);

static const struct codec_row create_business_request_rows[] = {
	LIMITED(pp_create_business_request, 1, name, PP_NAME_BYTES_MAX),
	LIMITED(pp_create_business_request, 2, address, PP_ADDRESS_BYTES_MAX),
	NUMBERS(pp_create_business_request, 3, owner_ids, n_owner_ids, PP_OWNERS_MAX),
	FLAGGED(pp_create_business_request, 4, commission_bp),
};
static TABLE(create_business_request, pp_create_business_request, create_business_request);

static const struct codec_row create_business_response_rows[] = {
	VALUE(pp_create_business_response, 1, business_id),
	VALUE(pp_create_business_response, 2, version),
	VALUE(pp_create_business_response, 3, created_at_ms),
};
static TABLE(create_business_response, pp_create_business_response, create_business_response);

static const struct codec_row edit_business_request_rows[] = {
	VALUE(pp_edit_business_request, 1, business_id),
	VALUE(pp_edit_business_request, 2, base_version),
	SET(pp_edit_business_request, 3, fields),
	MESSAGE(pp_edit_business_request, 4, profile, business_profile),
	ENUM(pp_edit_business_request, 5, on_conflict),
};
static TABLE(edit_business_request, pp_edit_business_request, edit_business_request);

static const struct codec_row edit_business_response_rows[] = {
	VALUE(pp_edit_business_response, 1, business_id),
	VALUE(pp_edit_business_response, 2, version),
	VALUE(pp_edit_business_response, 3, unchanged),
	VALUE(pp_edit_business_response, 4, merged),
};
static TABLE(edit_business_response, pp_edit_business_response, edit_business_response);

static const struct codec_row add_owner_request_rows[] = {
	VALUE(pp_add_owner_request, 1, business_id),
	VALUE(pp_add_owner_request, 2, user_id),
};
static TABLE(add_owner_request, pp_add_owner_request, add_owner_request);

static const struct codec_row add_owner_response_rows[] = {
	VALUE(pp_add_owner_response, 1, business_id),
	VALUE(pp_add_owner_response, 2, n_owners),
};
static TABLE(add_owner_response, pp_add_owner_response, add_owner_response);

static const struct codec_row remove_owner_request_rows[] = {
	VALUE(pp_remove_owner_request, 1, business_id),
	VALUE(pp_remove_owner_request, 2, user_id),
};
static TABLE(remove_owner_request, pp_remove_owner_request, remove_owner_request);

static const struct codec_row remove_owner_response_rows[] = {
	VALUE(pp_remove_owner_response, 1, business_id),
	VALUE(pp_remove_owner_response, 2, n_owners),
};
static TABLE(remove_owner_response, pp_remove_owner_response, remove_owner_response);

static const struct codec_row get_business_request_rows[] = {
	VALUE(pp_get_business_request, 1, business_id),
	LIMITED(pp_get_business_request, 2, name, PP_NAME_BYTES_MAX),
};
static TABLE(get_business_request, pp_get_business_request, get_business_request);

static const struct codec_row get_business_response_rows[] = {
	MESSAGE(pp_get_business_response, 1, business, business),
};
static TABLE(get_business_response, pp_get_business_response, get_business_response);

static const struct codec_row list_businesses_request_rows[] = {
	VALUE(pp_list_businesses_request, 1, with_valid_coupon),
	VALUE(pp_list_businesses_request, 2, page_size),
	LIMITED(pp_list_businesses_request, 3, page_token, PAGE_TOKEN_BYTES_MAX),
};
static TABLE(list_businesses_request, pp_list_businesses_request, list_businesses_request);

static const struct codec_row list_businesses_response_rows[] = {
	MESSAGES(pp_list_businesses_response, 1, businesses, n_businesses, business),
	VALUE(pp_list_businesses_response, 2, next_page_token),
};
static TABLE(list_businesses_response, pp_list_businesses_response, list_businesses_response);

static const struct codec_row create_coupon_request_rows[] = {
	VALUE(pp_create_coupon_request, 1, business_id),
	MESSAGE(pp_create_coupon_request, 2, terms, terms),
	FLAGGED(pp_create_coupon_request, 3, stock),
};
static TABLE(create_coupon_request, pp_create_coupon_request, create_coupon_request);

static const struct codec_row create_coupon_response_rows[] = {
	VALUE(pp_create_coupon_response, 1, coupon_id),
	VALUE(pp_create_coupon_response, 2, version),
	VALUE(pp_create_coupon_response, 3, valid_from_ms),
};
static TABLE(create_coupon_response, pp_create_coupon_response, create_coupon_response);

static const struct codec_row edit_coupon_request_rows[] = {
	VALUE(pp_edit_coupon_request, 1, coupon_id),
	VALUE(pp_edit_coupon_request, 2, base_version),
	SET(pp_edit_coupon_request, 3, fields),
	MESSAGE(pp_edit_coupon_request, 4, terms, terms),
	ENUM(pp_edit_coupon_request, 5, on_conflict),
	ENUM(pp_edit_coupon_request, 6, supersede),
	LIMITED(pp_edit_coupon_request, 7, reason, PP_REASON_BYTES_MAX),
	VALUE(pp_edit_coupon_request, 8, restore_version),
};
static TABLE(edit_coupon_request, pp_edit_coupon_request, edit_coupon_request);

static const struct codec_row edit_coupon_response_rows[] = {
	VALUE(pp_edit_coupon_response, 1, coupon_id),
	VALUE(pp_edit_coupon_response, 2, version),
	VALUE(pp_edit_coupon_response, 3, unchanged),
	VALUE(pp_edit_coupon_response, 4, merged),
	FLAGGED(pp_edit_coupon_response, 5, honoured_until_ms),
};
static TABLE(edit_coupon_response, pp_edit_coupon_response, edit_coupon_response);

static const struct codec_row adjust_stock_request_rows[] = {
	VALUE(pp_adjust_stock_request, 1, coupon_id),
	VALUE(pp_adjust_stock_request, 2, delta),
};
static TABLE(adjust_stock_request, pp_adjust_stock_request, adjust_stock_request);

static const struct codec_row adjust_stock_response_rows[] = {
	VALUE(pp_adjust_stock_response, 1, coupon_id),
	VALUE(pp_adjust_stock_response, 2, stock_left),
};
static TABLE(adjust_stock_response, pp_adjust_stock_response, adjust_stock_response);

static const struct codec_row get_coupon_request_rows[] = {
	VALUE(pp_get_coupon_request, 1, coupon_id),
	VALUE(pp_get_coupon_request, 2, business_id),
	LIMITED(pp_get_coupon_request, 3, name, PP_NAME_BYTES_MAX),
	VALUE(pp_get_coupon_request, 4, version),
	VALUE(pp_get_coupon_request, 5, at_revision),
};
static TABLE(get_coupon_request, pp_get_coupon_request, get_coupon_request);

static const struct codec_row get_coupon_response_rows[] = {
	MESSAGE(pp_get_coupon_response, 1, coupon, coupon),
};
static TABLE(get_coupon_response, pp_get_coupon_response, get_coupon_response);

static const struct codec_row list_coupons_request_rows[] = {
	VALUE(pp_list_coupons_request, 1, business_id),
	VALUE(pp_list_coupons_request, 2, valid_only),
	VALUE(pp_list_coupons_request, 3, page_size),
	LIMITED(pp_list_coupons_request, 4, page_token, PAGE_TOKEN_BYTES_MAX),
};
static TABLE(list_coupons_request, pp_list_coupons_request, list_coupons_request);

static const struct codec_row list_coupons_response_rows[] = {
	MESSAGES(pp_list_coupons_response, 1, coupons, n_coupons, coupon),
	VALUE(pp_list_coupons_response, 2, next_page_token),
	VALUE(pp_list_coupons_response, 3, as_of_revision),
	VALUE(pp_list_coupons_response, 4, as_of_ms),
};
static TABLE(list_coupons_response, pp_list_coupons_response, list_coupons_response);

static const struct codec_row list_coupon_versions_request_rows[] = {
	VALUE(pp_list_coupon_versions_request, 1, coupon_id),
	VALUE(pp_list_coupon_versions_request, 2, page_size),
	LIMITED(pp_list_coupon_versions_request, 3, page_token, PAGE_TOKEN_BYTES_MAX),
};
static TABLE(list_coupon_versions_request,
	pp_list_coupon_versions_request, list_coupon_versions_request);

static const struct codec_row list_coupon_versions_response_rows[] = {
	MESSAGES(pp_list_coupon_versions_response, 1, versions, n_versions, coupon),
	VALUE(pp_list_coupon_versions_response, 2, next_page_token),
};
static TABLE(list_coupon_versions_response,
	pp_list_coupon_versions_response, list_coupon_versions_response);

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
static TABLE(check_purchase_response, pp_check_purchase_response, check_purchase_response);

static const struct codec_row purchase_coupon_response_rows[] = {
	MESSAGE(pp_purchase_coupon_response, 1, purchase, purchase),
	VALUE(pp_purchase_coupon_response, 2, balance_coins),
};
static TABLE(purchase_coupon_response, pp_purchase_coupon_response, purchase_coupon_response);

static const struct codec_row get_purchase_request_rows[] = {
	VALUE(pp_get_purchase_request, 1, purchase_id),
	FLAGGED(pp_get_purchase_request, 2, request_id),
};
static TABLE(get_purchase_request, pp_get_purchase_request, get_purchase_request);

static const struct codec_row get_purchase_response_rows[] = {
	MESSAGE(pp_get_purchase_response, 1, purchase, purchase),
};
static TABLE(get_purchase_response, pp_get_purchase_response, get_purchase_response);

static const struct codec_row redeem_purchase_request_rows[] = {
	VALUE(pp_redeem_purchase_request, 1, business_id),
	LIMITED(pp_redeem_purchase_request, 2, code, REDEEM_CODE_BYTES_MAX),
};
static TABLE(redeem_purchase_request, pp_redeem_purchase_request, redeem_purchase_request);

static const struct codec_row redeem_purchase_response_rows[] = {
	MESSAGE(pp_redeem_purchase_response, 1, purchase, purchase),
};
static TABLE(redeem_purchase_response, pp_redeem_purchase_response, redeem_purchase_response);

static const struct codec_row refund_purchase_request_rows[] = {
	VALUE(pp_refund_purchase_request, 1, purchase_id),
	LIMITED(pp_refund_purchase_request, 2, reason, PP_REASON_BYTES_MAX),
};
static TABLE(refund_purchase_request, pp_refund_purchase_request, refund_purchase_request);

static const struct codec_row refund_purchase_response_rows[] = {
	MESSAGE(pp_refund_purchase_response, 1, purchase, purchase),
	VALUE(pp_refund_purchase_response, 2, balance_coins),
};
static TABLE(refund_purchase_response, pp_refund_purchase_response, refund_purchase_response);

static const struct codec_row abandon_request_request_rows[] = {
	VALUE(pp_abandon_request_request, 1, request_id),
};
static TABLE(abandon_request_request, pp_abandon_request_request, abandon_request_request);

static const struct codec_row abandon_request_response_rows[] = {
	VALUE(pp_abandon_request_response, 1, abandoned),
	MESSAGE(pp_abandon_request_response, 2, outcome, status),
	VALUE(pp_abandon_request_response, 3, outcome_revision),
	VALUE(pp_abandon_request_response, 4, decided_at_ms),
	VALUE(pp_abandon_request_response, 5, made_id),
};
static TABLE(abandon_request_response, pp_abandon_request_response, abandon_request_response);

static const struct codec_row verify_request_rows[] = {
	VALUE(pp_verify_request, 1, verify_id),
};
static TABLE(verify_request, pp_verify_request, verify_request);

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
static TABLE(verify_response, pp_verify_response, verify_response);

static const struct codec_table stats_request_table =
	TABLE_OF(pp_stats_request, stats_request, NULL, 0);

static const struct codec_row stats_response_rows[] = {
	VALUE(pp_stats_response, 1, n_users),
	VALUE(pp_stats_response, 2, n_businesses),
	VALUE(pp_stats_response, 3, n_coupons),
	VALUE(pp_stats_response, 4, n_purchases),
	VALUE(pp_stats_response, 5, n_redeemed),
	VALUE(pp_stats_response, 6, n_refunded),
	VALUE(pp_stats_response, 7, coins_issued),
	VALUE(pp_stats_response, 8, commission_coins),
	VALUE(pp_stats_response, 9, started_at_ms),
	VALUE(pp_stats_response, 10, uptime_ms),
	VALUE(pp_stats_response, 11, connections_open),
	VALUE(pp_stats_response, 12, connections_total),
	MESSAGES(pp_stats_response, 13, loops, n_loops, loop_stats),
	MESSAGES(pp_stats_response, 14, requests, n_requests, request_stats),
	VALUE(pp_stats_response, 15, batches_total),
	VALUE(pp_stats_response, 16, batched_requests_total),
	VALUE(pp_stats_response, 17, batch_largest),
	VALUE(pp_stats_response, 18, writer_queue_length),
	VALUE(pp_stats_response, 19, op_bytes),
	VALUE(pp_stats_response, 20, op_bytes_max),
	VALUE(pp_stats_response, 21, buffer_bytes),
	VALUE(pp_stats_response, 22, buffer_bytes_max),
	VALUE(pp_stats_response, 23, store_bytes),
	VALUE(pp_stats_response, 24, disk_free_bytes),
	MESSAGE(pp_stats_response, 25, batch_requests, distribution),
	MESSAGE(pp_stats_response, 26, batch_decide_us, distribution),
	MESSAGE(pp_stats_response, 27, batch_sync_us, distribution),
	MESSAGE(pp_stats_response, 28, log, log_stats),
};
static TABLE(stats_response, pp_stats_response, stats_response);

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

/* The tables of what requests and responses are made of. */
#include "proto/codec_rows.h"

#include "peakpeeps/v1/envelope.pb-c.h"

/* clang-format off */

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

static const struct codec_row user_rows[] = {
	VALUE(pp_user, 1, user_id),
	VALUE(pp_user, 2, name),
	VALUE(pp_user, 3, created_at_ms),
	VALUE(pp_user, 4, balance_coins),
	VALUE(pp_user, 5, n_purchases),
};
TABLE(user, pp_user, user);

static const struct codec_row business_profile_rows[] = {
	TEXT_OR_NULL(pp_business_profile, 1, name, PP_NAME_BYTES_MAX),
	TEXT_OR_NULL(pp_business_profile, 2, address, PP_ADDRESS_BYTES_MAX),
	FLAGGED(pp_business_profile, 3, commission_bp),
};
TABLE(business_profile, pp_business_profile, business_profile);

static const struct codec_row business_rows[] = {
	VALUE(pp_business, 1, business_id),
	VALUE(pp_business, 2, version),
	MESSAGE(pp_business, 3, profile, business_profile),
	NUMBERS(pp_business, 4, owner_ids, n_owner_ids, PP_OWNERS_MAX),
	VALUE(pp_business, 5, created_at_ms),
	VALUE(pp_business, 6, edited_by),
	VALUE(pp_business, 7, edited_at_ms),
	VALUE(pp_business, 8, n_coupons),
	VALUE(pp_business, 9, balance_coins),
};
TABLE(business, pp_business, business);

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
	FLAGGED(pp_purchase, 18, redeemed_at_ms),
	VALUE(pp_purchase, 19, redeemed_by),
	FLAGGED(pp_purchase, 20, refunded_at_ms),
	VALUE(pp_purchase, 21, refunded_by),
	VALUE(pp_purchase, 22, refund_reason),
	VALUE(pp_purchase, 23, stock_returned),
};
TABLE(purchase, pp_purchase, purchase);

static const struct codec_row ledger_entry_rows[] = {
	VALUE(pp_ledger_entry, 1, revision),
	VALUE(pp_ledger_entry, 2, index),
	ENUM(pp_ledger_entry, 3, kind),
	MESSAGE(pp_ledger_entry, 4, debit, account),
	MESSAGE(pp_ledger_entry, 5, credit, account),
	VALUE(pp_ledger_entry, 6, amount_coins),
	VALUE(pp_ledger_entry, 7, balance_after_coins),
	VALUE(pp_ledger_entry, 8, at_ms),
	VALUE(pp_ledger_entry, 9, purchase_id),
	ENUM(pp_ledger_entry, 10, credit_reason),
	VALUE(pp_ledger_entry, 11, reference),
};
TABLE(ledger_entry, pp_ledger_entry, ledger_entry);

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

static const struct codec_row business_conflict_rows[] = {
	VALUE(pp_business_conflict, 1, base_version),
	VALUE(pp_business_conflict, 2, current_version),
	VALUE(pp_business_conflict, 3, changed_by),
	VALUE(pp_business_conflict, 4, changed_at_ms),
	SET(pp_business_conflict, 5, fields),
	SET(pp_business_conflict, 6, overlapping),
	MESSAGE_AS(pp_business_conflict, 7, "base_profile", base, business_profile),
	MESSAGE_AS(pp_business_conflict, 8, "their_profile", theirs, business_profile),
	MESSAGE_AS(pp_business_conflict, 9, "your_profile", yours, business_profile),
};
TABLE(business_conflict, pp_business_conflict, business_conflict);

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
	MESSAGE(pp_status, 9, business_conflict, business_conflict),
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

/* ---- Stats ---- */

static const struct codec_row loop_stats_rows[] = {
	VALUE(pp_loop_stats, 1, index),
	VALUE(pp_loop_stats, 2, connections_open),
	VALUE(pp_loop_stats, 3, connections_total),
	VALUE(pp_loop_stats, 4, requests_total),
};
TABLE(loop_stats, pp_loop_stats, loop_stats);

static const struct codec_row distribution_rows[] = {
	VALUE(pp_distribution, 1, n),
	VALUE(pp_distribution, 2, p50),
	VALUE(pp_distribution, 3, p99),
	VALUE(pp_distribution, 4, p999),
	VALUE(pp_distribution, 5, max),
};
TABLE(distribution, pp_distribution, distribution);

static const struct codec_row log_stats_rows[] = {
	VALUE(pp_log_stats, 1, checkpoints_total),
	VALUE(pp_log_stats, 2, checkpoint_last_us),
	VALUE(pp_log_stats, 3, checkpoint_total_us),
	VALUE(pp_log_stats, 4, checkpoint_largest_us),
	VALUE(pp_log_stats, 5, memtable_bytes),
	VALUE(pp_log_stats, 6, memtable_bytes_max),
	VALUE(pp_log_stats, 7, memtable_records),
	VALUE(pp_log_stats, 8, memtable_records_max),
	VALUE(pp_log_stats, 9, log_bytes),
	VALUE(pp_log_stats, 10, log_bytes_max),
	VALUE(pp_log_stats, 11, writer_waits_total),
	VALUE(pp_log_stats, 12, writer_waited_us_total),
};
TABLE(log_stats, pp_log_stats, log_stats);

static const struct codec_row request_stats_rows[] = {
	VALUE(pp_request_stats, 1, number),
	VALUE(pp_request_stats, 2, name),
	VALUE(pp_request_stats, 3, accepted_total),
	VALUE(pp_request_stats, 4, refused_total),
	MESSAGE(pp_request_stats, 5, queue_us, distribution),
	MESSAGE(pp_request_stats, 6, decide_us, distribution),
	MESSAGE(pp_request_stats, 7, sync_us, distribution),
	MESSAGE(pp_request_stats, 8, total_us, distribution),
};
TABLE(request_stats, pp_request_stats, request_stats);

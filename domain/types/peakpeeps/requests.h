/* What is asked and answered, as plain structs: a pair per request, in the envelope's order. */
#ifndef PEAKPEEPS_REQUESTS_H
#define PEAKPEEPS_REQUESTS_H

#include <peakpeeps/things.h>

struct pp_hello_request {
	uint32_t protocol_minor;
	const char *client_name;
	struct pp_bytes access_key;
};

struct pp_hello_response {
	uint32_t protocol_minor;
	const char *server_version;
	struct pp_uuid store_id;
	uint64_t incarnation;
	int64_t server_time_ms;
	uint32_t frame_bytes_max;
	uint32_t in_flight_max;
};

struct pp_server_info_request {
	char nothing;
};

struct pp_server_info_response {
	const char *server_version;
	uint32_t protocol_minor;
	struct pp_uuid store_id;
	uint64_t incarnation;
	int64_t started_at_ms;
	int64_t server_time_ms;
	int64_t clock_offset_ms;
	bool clock_jumped;
	const char *commit_mode;
	const char *unicode_version;
	int64_t request_id_retention_ms;
	uint64_t n_users;
	uint64_t n_businesses;
	uint64_t n_coupons;
	uint64_t n_purchases;
	const char *durability;
};

struct pp_create_user_request {
	const char *name;
};

struct pp_create_user_response {
	uint64_t user_id;
	int64_t created_at_ms;
};

struct pp_get_user_request {
	uint64_t user_id; /* or name */
	const char *name;
};

struct pp_get_user_response {
	struct pp_user *user;
};

struct pp_credit_coins_request {
	uint64_t user_id;
	enum pp_credit_reason reason;
	bool has_amount_coins;
	int64_t amount_coins;
	const char *reference;
};

struct pp_credit_coins_response {
	uint64_t user_id;
	int64_t amount_coins;
	int64_t balance_coins;
};

struct pp_get_balance_request {
	struct pp_account *account;
};

struct pp_get_balance_response {
	struct pp_account *account;
	int64_t balance_coins;
	uint64_t n_entries;
};

struct pp_list_purchases_request {
	uint64_t user_id;
	uint32_t page_size;
	struct pp_bytes page_token;
};

struct pp_list_purchases_response {
	struct pp_purchase **purchases; /* newest first */
	size_t n_purchases;
	struct pp_bytes next_page_token;
};

struct pp_list_ledger_entries_request {
	struct pp_account *account;
	uint32_t page_size;
	struct pp_bytes page_token;
};

struct pp_list_ledger_entries_response {
	struct pp_ledger_entry **entries; /* newest first */
	size_t n_entries;
	struct pp_bytes next_page_token;
};

struct pp_create_business_request {
	const char *name;
	const char *address;
	uint64_t *owner_ids; /* n_owner_ids of them; none: the acting user */
	size_t n_owner_ids;
	bool has_commission_bp;
	uint32_t commission_bp;
};

struct pp_create_business_response {
	uint64_t business_id;
	uint64_t version;
	int64_t created_at_ms;
};

struct pp_edit_business_request {
	uint64_t business_id;
	uint64_t base_version;
	pp_set fields; /* of enum pp_business_field: which members of `profile` are meant */
	struct pp_business_profile *profile;
	enum pp_on_conflict on_conflict;
};

struct pp_edit_business_response {
	uint64_t business_id;
	uint64_t version;
	bool unchanged;
	bool merged;
};

struct pp_add_owner_request {
	uint64_t business_id;
	uint64_t user_id;
};

struct pp_add_owner_response {
	uint64_t business_id;
	uint32_t n_owners;
};

struct pp_remove_owner_request {
	uint64_t business_id;
	uint64_t user_id;
};

struct pp_remove_owner_response {
	uint64_t business_id;
	uint32_t n_owners;
};

struct pp_get_business_request {
	uint64_t business_id; /* or name */
	const char *name;
};

struct pp_get_business_response {
	struct pp_business *business;
};

struct pp_list_businesses_request {
	bool with_valid_coupon;
	uint32_t page_size;
	struct pp_bytes page_token;
};

struct pp_list_businesses_response {
	struct pp_business **businesses;
	size_t n_businesses;
	struct pp_bytes next_page_token;
};

struct pp_create_coupon_request {
	uint64_t business_id;
	struct pp_terms *terms;
	bool has_stock;
	int64_t stock; /* absent: unlimited */
};

struct pp_create_coupon_response {
	uint64_t coupon_id;
	uint64_t version;
	int64_t valid_from_ms;
};

struct pp_edit_coupon_request {
	uint64_t coupon_id;
	uint64_t base_version;
	pp_set fields; /* of enum pp_term_field: which of `terms` are meant */
	struct pp_terms *terms;
	enum pp_on_conflict on_conflict;
	enum pp_supersede supersede;
	const char *reason;
	uint64_t restore_version; /* instead of `fields` and `terms` */
};

struct pp_edit_coupon_response {
	uint64_t coupon_id;
	uint64_t version;
	bool unchanged;
	bool merged;
	bool has_honoured_until_ms;
	int64_t honoured_until_ms;
};

struct pp_adjust_stock_request {
	uint64_t coupon_id;
	int64_t delta;
};

struct pp_adjust_stock_response {
	uint64_t coupon_id;
	int64_t stock_left;
};

struct pp_get_coupon_request {
	uint64_t coupon_id; /* or business_id and name */
	uint64_t business_id;
	const char *name;
	uint64_t version; /* at most one of version and at_revision */
	uint64_t at_revision;
};

struct pp_get_coupon_response {
	struct pp_coupon *coupon;
};

struct pp_list_coupons_request {
	uint64_t business_id;
	bool valid_only;
	uint32_t page_size;
	struct pp_bytes page_token;
};

struct pp_list_coupons_response {
	struct pp_coupon **coupons;
	size_t n_coupons;
	struct pp_bytes next_page_token;
	uint64_t as_of_revision;
	int64_t as_of_ms;
};

struct pp_list_coupon_versions_request {
	uint64_t coupon_id;
	uint32_t page_size;
	struct pp_bytes page_token;
};

struct pp_list_coupon_versions_response {
	struct pp_coupon **versions; /* in the order of their numbers */
	size_t n_versions;
	struct pp_bytes next_page_token;
};

/* Of CheckPurchase and PurchaseCoupon; the buyer is the acting user. */
struct pp_purchase_request {
	uint64_t coupon_id;
	uint64_t version; /* exactly one of version and as_of_revision */
	uint64_t as_of_revision;
	enum pp_price_policy price_policy;
	bool has_max_price_coins;
	int64_t max_price_coins;
};

struct pp_verdict {
	enum pp_reason rule;
	bool passed;
	const char *message;
};

struct pp_check_purchase_response {
	bool ok;
	struct pp_quote *quote;
	struct pp_verdict **verdicts;
	size_t n_verdicts;
	int64_t balance_coins;
};

struct pp_purchase_coupon_response {
	struct pp_purchase *purchase;
	int64_t balance_coins;
};

struct pp_get_purchase_request {
	uint64_t purchase_id; /* or request_id, of the acting user */
	bool has_request_id;
	struct pp_uuid request_id;
};

struct pp_get_purchase_response {
	struct pp_purchase *purchase;
};

struct pp_redeem_purchase_request {
	uint64_t business_id;
	const char *code;
};

struct pp_redeem_purchase_response {
	struct pp_purchase *purchase;
};

struct pp_refund_purchase_request {
	uint64_t purchase_id;
	const char *reason;
};

struct pp_refund_purchase_response {
	struct pp_purchase *purchase;
	int64_t balance_coins;
};

struct pp_abandon_request_request {
	struct pp_uuid request_id;
};

struct pp_abandon_request_response {
	bool abandoned;
	struct pp_status *outcome; /* NULL: accepted, unless abandoned */
	uint64_t outcome_revision;
	int64_t decided_at_ms;
	uint64_t made_id;
};

struct pp_verify_request {
	uint64_t verify_id; /* 0: start */
};

struct pp_finding {
	const char *check;
	const char *subject;
	const char *message;
};

struct pp_verify_response {
	uint64_t verify_id;
	enum pp_verify_state state;
	uint64_t snapshot_revision;
	uint64_t n_checked;
	uint64_t n_records;
	struct pp_finding **findings;
	size_t n_findings_shown;
	uint64_t n_findings;
	const char *message;
	uint32_t elapsed_ms;
};

struct pp_stats_request {
	char nothing;
};

struct pp_loop_stats {
	uint32_t index;
	uint64_t connections_open;
	uint64_t connections_total;
	uint64_t requests_total;
};

struct pp_distribution {
	uint64_t n;
	uint64_t p50;
	uint64_t p99;
	uint64_t p999;
	uint64_t max;
};

struct pp_request_stats {
	uint32_t number; /* enum pp_kind */
	const char *name;
	uint64_t accepted_total;
	uint64_t refused_total;
	struct pp_distribution *queue_us;
	struct pp_distribution *decide_us;
	struct pp_distribution *sync_us;
	struct pp_distribution *total_us;
};

struct pp_log_stats {
	uint64_t checkpoints_total;
	uint64_t checkpoint_last_us;
	uint64_t checkpoint_total_us;
	uint64_t checkpoint_largest_us;
	uint64_t memtable_bytes;
	uint64_t memtable_bytes_max;
	uint64_t memtable_records;
	uint64_t memtable_records_max;
	uint64_t log_bytes;
	uint64_t log_bytes_max;
	uint64_t writer_waits_total;
	uint64_t writer_waited_us_total;
};

struct pp_stats_response {
	uint64_t n_users;
	uint64_t n_businesses;
	uint64_t n_coupons;
	uint64_t n_purchases;
	uint64_t n_redeemed;
	uint64_t n_refunded;
	int64_t coins_issued;
	int64_t commission_coins;
	int64_t started_at_ms;
	int64_t uptime_ms;
	uint64_t connections_open;
	uint64_t connections_total;
	struct pp_loop_stats **loops;
	size_t n_loops;
	struct pp_request_stats **requests;
	size_t n_requests;
	uint64_t batches_total;
	uint64_t batched_requests_total;
	uint64_t batch_largest;
	uint64_t writer_queue_length;
	uint64_t op_bytes;
	uint64_t op_bytes_max;
	uint64_t buffer_bytes;
	uint64_t buffer_bytes_max;
	uint64_t store_bytes;
	uint64_t disk_free_bytes;
	struct pp_distribution *batch_requests;
	struct pp_distribution *batch_decide_us;
	struct pp_distribution *batch_sync_us;
	struct pp_log_stats *log; /* NULL in another commit mode */
};

#endif

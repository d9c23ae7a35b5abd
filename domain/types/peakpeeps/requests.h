/* Requests and responses as plain structs, one pair per request, in the order of the envelope. */
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
};

struct pp_create_user_request {
	const char *name;
};

struct pp_create_user_response {
	uint64_t user_id;
	int64_t created_at_ms;
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

struct pp_add_owner_request {
	uint64_t business_id;
	uint64_t user_id;
};

struct pp_add_owner_response {
	uint64_t business_id;
	uint32_t n_owners;
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
};

struct pp_edit_coupon_response {
	uint64_t coupon_id;
	uint64_t version;
	bool unchanged;
	bool merged;
	bool has_honoured_until_ms;
	int64_t honoured_until_ms;
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

/*
 * X(NAME, number, member, title, flags): every request; the number is its field in the envelope,
 * `member` its member of the unions below. PP_WRITE: goes to the writer and carries a request id.
 */
enum {
	PP_READ = 0,
	PP_WRITE = 1,
	PP_SERVER = 2, /* answered by the server itself, without the rules */
};

#define PP_REQUESTS(X) \
	X(HELLO, 16, hello, "Hello", PP_SERVER) \
	X(SERVER_INFO, 17, server_info, "ServerInfo", PP_READ) \
	X(CREATE_USER, 20, create_user, "CreateUser", PP_WRITE) \
	X(CREDIT_COINS, 22, credit_coins, "CreditCoins", PP_WRITE) \
	X(GET_BALANCE, 23, get_balance, "GetBalance", PP_READ) \
	X(CREATE_BUSINESS, 30, create_business, "CreateBusiness", PP_WRITE) \
	X(ADD_OWNER, 32, add_owner, "AddOwner", PP_WRITE) \
	X(CREATE_COUPON, 40, create_coupon, "CreateCoupon", PP_WRITE) \
	X(EDIT_COUPON, 41, edit_coupon, "EditCoupon", PP_WRITE) \
	X(GET_COUPON, 43, get_coupon, "GetCoupon", PP_READ) \
	X(LIST_COUPONS, 44, list_coupons, "ListCoupons", PP_READ) \
	X(CHECK_PURCHASE, 50, check_purchase, "CheckPurchase", PP_READ) \
	X(PURCHASE_COUPON, 51, purchase_coupon, "PurchaseCoupon", PP_WRITE) \
	X(GET_PURCHASE, 52, get_purchase, "GetPurchase", PP_READ) \
	X(ABANDON_REQUEST, 60, abandon_request, "AbandonRequest", PP_WRITE) \
	X(VERIFY, 70, verify, "Verify", PP_SERVER)

enum pp_kind {
	PP_KIND_NONE = 0,
#define PP_KIND_ENUM(name, number, member, title, flags) PP_KIND_##name = number,
	PP_REQUESTS(PP_KIND_ENUM)
#undef PP_KIND_ENUM
};

/* PP_READ, PP_WRITE or PP_SERVER. */
PP_API int pp_kind_flags(enum pp_kind kind);
/* As in "PurchaseCoupon"; NULL when unknown. */
PP_API const char *pp_kind_title(enum pp_kind kind);

struct pp_request {
	uint64_t seq;
	uint32_t timeout_ms;  /* 0: none */
	uint64_t acting_user; /* 0: the operator */
	bool has_request_id;
	struct pp_uuid request_id;
	bool validate_only;
	uint64_t min_revision;
	enum pp_kind kind;
	union {
		struct pp_hello_request hello;
		struct pp_server_info_request server_info;
		struct pp_create_user_request create_user;
		struct pp_credit_coins_request credit_coins;
		struct pp_get_balance_request get_balance;
		struct pp_create_business_request create_business;
		struct pp_add_owner_request add_owner;
		struct pp_create_coupon_request create_coupon;
		struct pp_edit_coupon_request edit_coupon;
		struct pp_get_coupon_request get_coupon;
		struct pp_list_coupons_request list_coupons;
		struct pp_purchase_request check_purchase;
		struct pp_purchase_request purchase_coupon;
		struct pp_get_purchase_request get_purchase;
		struct pp_abandon_request_request abandon_request;
		struct pp_verify_request verify;
	} u;
};

struct pp_response {
	uint64_t seq;
	struct pp_status *status; /* NULL: OK */
	uint64_t revision;
	bool replayed;
	int64_t time_ms;
	enum pp_kind kind; /* NONE with a refusal */
	union {
		struct pp_hello_response hello;
		struct pp_server_info_response server_info;
		struct pp_create_user_response create_user;
		struct pp_credit_coins_response credit_coins;
		struct pp_get_balance_response get_balance;
		struct pp_create_business_response create_business;
		struct pp_add_owner_response add_owner;
		struct pp_create_coupon_response create_coupon;
		struct pp_edit_coupon_response edit_coupon;
		struct pp_get_coupon_response get_coupon;
		struct pp_list_coupons_response list_coupons;
		struct pp_check_purchase_response check_purchase;
		struct pp_purchase_coupon_response purchase_coupon;
		struct pp_get_purchase_response get_purchase;
		struct pp_abandon_request_response abandon_request;
		struct pp_verify_response verify;
	} u;
};

#endif

/* Every request there is, and the envelopes in which requests and responses travel. */
#ifndef PEAKPEEPS_ENVELOPE_H
#define PEAKPEEPS_ENVELOPE_H

#include <peakpeeps/requests.h>

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
	X(GET_USER, 21, get_user, "GetUser", PP_READ) \
	X(CREDIT_COINS, 22, credit_coins, "CreditCoins", PP_WRITE) \
	X(GET_BALANCE, 23, get_balance, "GetBalance", PP_READ) \
	X(LIST_PURCHASES, 24, list_purchases, "ListPurchases", PP_READ) \
	X(LIST_LEDGER_ENTRIES, 25, list_ledger_entries, "ListLedgerEntries", PP_READ) \
	X(CREATE_BUSINESS, 30, create_business, "CreateBusiness", PP_WRITE) \
	X(EDIT_BUSINESS, 31, edit_business, "EditBusiness", PP_WRITE) \
	X(ADD_OWNER, 32, add_owner, "AddOwner", PP_WRITE) \
	X(REMOVE_OWNER, 33, remove_owner, "RemoveOwner", PP_WRITE) \
	X(GET_BUSINESS, 34, get_business, "GetBusiness", PP_READ) \
	X(LIST_BUSINESSES, 35, list_businesses, "ListBusinesses", PP_READ) \
	X(CREATE_COUPON, 40, create_coupon, "CreateCoupon", PP_WRITE) \
	X(EDIT_COUPON, 41, edit_coupon, "EditCoupon", PP_WRITE) \
	X(ADJUST_STOCK, 42, adjust_stock, "AdjustStock", PP_WRITE) \
	X(GET_COUPON, 43, get_coupon, "GetCoupon", PP_READ) \
	X(LIST_COUPONS, 44, list_coupons, "ListCoupons", PP_READ) \
	X(LIST_COUPON_VERSIONS, 45, list_coupon_versions, "ListCouponVersions", PP_READ) \
	X(CHECK_PURCHASE, 50, check_purchase, "CheckPurchase", PP_READ) \
	X(PURCHASE_COUPON, 51, purchase_coupon, "PurchaseCoupon", PP_WRITE) \
	X(GET_PURCHASE, 52, get_purchase, "GetPurchase", PP_READ) \
	X(REDEEM_PURCHASE, 53, redeem_purchase, "RedeemPurchase", PP_WRITE) \
	X(REFUND_PURCHASE, 54, refund_purchase, "RefundPurchase", PP_WRITE) \
	X(ABANDON_REQUEST, 60, abandon_request, "AbandonRequest", PP_WRITE) \
	X(VERIFY, 70, verify, "Verify", PP_SERVER) \
	X(STATS, 71, stats, "Stats", PP_READ)

enum pp_kind {
	PP_KIND_NONE = 0,
#define PP_KIND_ENUM(name, number, member, title, flags) PP_KIND_##name = number,
	PP_REQUESTS(PP_KIND_ENUM)
#undef PP_KIND_ENUM
};

/* PP_READ, PP_WRITE or PP_SERVER. Any thread. */
PP_API int pp_kind_flags(enum pp_kind kind);
/* As in "PurchaseCoupon"; NULL when unknown. Static storage; any thread. */
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
		struct pp_get_user_request get_user;
		struct pp_credit_coins_request credit_coins;
		struct pp_get_balance_request get_balance;
		struct pp_list_purchases_request list_purchases;
		struct pp_list_ledger_entries_request list_ledger_entries;
		struct pp_create_business_request create_business;
		struct pp_edit_business_request edit_business;
		struct pp_add_owner_request add_owner;
		struct pp_remove_owner_request remove_owner;
		struct pp_get_business_request get_business;
		struct pp_list_businesses_request list_businesses;
		struct pp_create_coupon_request create_coupon;
		struct pp_edit_coupon_request edit_coupon;
		struct pp_adjust_stock_request adjust_stock;
		struct pp_get_coupon_request get_coupon;
		struct pp_list_coupons_request list_coupons;
		struct pp_list_coupon_versions_request list_coupon_versions;
		struct pp_purchase_request check_purchase;
		struct pp_purchase_request purchase_coupon;
		struct pp_get_purchase_request get_purchase;
		struct pp_redeem_purchase_request redeem_purchase;
		struct pp_refund_purchase_request refund_purchase;
		struct pp_abandon_request_request abandon_request;
		struct pp_verify_request verify;
		struct pp_stats_request stats;
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
		struct pp_get_user_response get_user;
		struct pp_credit_coins_response credit_coins;
		struct pp_get_balance_response get_balance;
		struct pp_list_purchases_response list_purchases;
		struct pp_list_ledger_entries_response list_ledger_entries;
		struct pp_create_business_response create_business;
		struct pp_edit_business_response edit_business;
		struct pp_add_owner_response add_owner;
		struct pp_remove_owner_response remove_owner;
		struct pp_get_business_response get_business;
		struct pp_list_businesses_response list_businesses;
		struct pp_create_coupon_response create_coupon;
		struct pp_edit_coupon_response edit_coupon;
		struct pp_adjust_stock_response adjust_stock;
		struct pp_get_coupon_response get_coupon;
		struct pp_list_coupons_response list_coupons;
		struct pp_list_coupon_versions_response list_coupon_versions;
		struct pp_check_purchase_response check_purchase;
		struct pp_purchase_coupon_response purchase_coupon;
		struct pp_get_purchase_response get_purchase;
		struct pp_redeem_purchase_response redeem_purchase;
		struct pp_refund_purchase_response refund_purchase;
		struct pp_abandon_request_response abandon_request;
		struct pp_verify_response verify;
		struct pp_stats_response stats;
	} u;
};

#endif

#include "harness_precheck.h"

TestSuite(precheck_market, .init = precheck_init);

#define ADJUST(...) \
	{ \
		WRITE(ADJUST_STOCK), .u.adjust_stock = { __VA_ARGS__ } \
	}
#define REDEEM(...) \
	{ \
		WRITE(REDEEM_PURCHASE), .u.redeem_purchase = { __VA_ARGS__ } \
	}
#define REFUND(...) \
	{ \
		WRITE(REFUND_PURCHASE), .u.refund_purchase = { __VA_ARGS__ } \
	}

/* Each in the order of precedence: a row would be refused by those below it too. */
Test(precheck_market, of_stock_redemptions_and_refunds)
{
	struct row rows[] = {
		{ "stock of nothing", ADJUST(0, 0), PP_REASON_FIELD_MISSING, "coupon_id" },
		{ "by nothing", ADJUST(1, 0), PP_REASON_FIELD_MISSING, "delta" },
		{ "by too much", ADJUST(1, PP_COINS_MAX + 1), PP_REASON_FIELD_INVALID, "delta" },
		{ "by too little", ADJUST(1, -PP_COINS_MAX - 1), PP_REASON_FIELD_INVALID, "delta" },
		{ "by the least of all", ADJUST(1, INT64_MIN), PP_REASON_FIELD_INVALID, "delta" },
		{ "by the most", ADJUST(1, PP_COINS_MAX), PP_REASON_NONE, NULL },
		{ "by the least", ADJUST(1, -PP_COINS_MAX), PP_REASON_NONE, NULL },
		{ "redeemed nowhere", REDEEM(0, NULL), PP_REASON_FIELD_MISSING, "business_id" },
		{ "no code", REDEEM(1, NULL), PP_REASON_FIELD_MISSING, "code" },
		{ "empty code", REDEEM(1, ""), PP_REASON_FIELD_MISSING, "code" },
		{ "only hyphens", REDEEM(1, "--"), PP_REASON_FIELD_INVALID, "code" },
		{ "a code without its id", REDEEM(1, "8XKD-93QZ-M2WP"), PP_REASON_FIELD_INVALID,
			"code" },
		{ "not a digit", REDEEM(1, "1-8XKD-93QZ-M2WU"), PP_REASON_FIELD_INVALID, "code" },
		{ "a long code", REDEEM(1, of_bytes(4000)), PP_REASON_FIELD_INVALID, "code" },
		{ "code", REDEEM(1, "1-8XKD-93QZ-M2WP"), PP_REASON_NONE, NULL },
		{ "code as typed", REDEEM(1, " l8xkd 93qz m2wp"), PP_REASON_NONE, NULL },
		{ "refund of nothing", REFUND(0, of_bytes(401)), PP_REASON_FIELD_MISSING,
			"purchase_id" },
		{ "a long reason", REFUND(1, of_bytes(401)), PP_REASON_FIELD_INVALID, "reason" },
		{ "a reason", REFUND(1, of_bytes(400)), PP_REASON_NONE, NULL },
		{ "no reason", REFUND(1, NULL), PP_REASON_NONE, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i]);
}

Test(precheck_market, of_lists)
{
	struct pp_account user = { PP_ACCOUNT_KIND_USER, 1 };
	struct pp_account nobody = { PP_ACCOUNT_KIND_USER, 0 };
	struct row rows[] = {
		{ "versions of nothing",
			{ READ(LIST_COUPON_VERSIONS),
				.u.list_coupon_versions = { 0, 257, { NULL, 0 } } },
			PP_REASON_FIELD_MISSING, "coupon_id" },
		{ "too many versions",
			{ READ(LIST_COUPON_VERSIONS),
				.u.list_coupon_versions = { 1, 257, { NULL, 0 } } },
			PP_REASON_FIELD_INVALID, "page_size" },
		{ "versions",
			{ READ(LIST_COUPON_VERSIONS),
				.u.list_coupon_versions = { 1, 256, { NULL, 0 } } },
			PP_REASON_NONE, NULL },
		{ "purchases of nobody",
			{ READ(LIST_PURCHASES), .u.list_purchases = { 0, 257, { NULL, 0 } } },
			PP_REASON_FIELD_MISSING, "user_id" },
		{ "too many purchases",
			{ READ(LIST_PURCHASES), .u.list_purchases = { 1, 257, { NULL, 0 } } },
			PP_REASON_FIELD_INVALID, "page_size" },
		{ "purchases", { READ(LIST_PURCHASES), .u.list_purchases = { 1, 0, { NULL, 0 } } },
			PP_REASON_NONE, NULL },
		{ "entries of nothing",
			{ READ(LIST_LEDGER_ENTRIES),
				.u.list_ledger_entries = { NULL, 257, { NULL, 0 } } },
			PP_REASON_FIELD_MISSING, "account" },
		{ "entries of nobody",
			{ READ(LIST_LEDGER_ENTRIES),
				.u.list_ledger_entries = { &nobody, 257, { NULL, 0 } } },
			PP_REASON_FIELD_MISSING, "account.id" },
		{ "too many entries",
			{ READ(LIST_LEDGER_ENTRIES),
				.u.list_ledger_entries = { &user, 257, { NULL, 0 } } },
			PP_REASON_FIELD_INVALID, "page_size" },
		{ "entries",
			{ READ(LIST_LEDGER_ENTRIES),
				.u.list_ledger_entries = { &user, 256, { NULL, 0 } } },
			PP_REASON_NONE, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i]);
}

#define PRICE PP_SET_OF(PP_TERM_FIELD_PRICE)

Test(precheck_market, of_restored_versions)
{
	struct pp_terms none = { 0 };
	struct pp_terms bad = { .has_price_coins = true, .price_coins = -1 };
	const struct {
		const char *what;
		struct pp_edit_coupon_request body;
		enum pp_reason reason;
		const char *field;
	} rows[] = {
		{ "of nothing", { .restore_version = 1 }, PP_REASON_FIELD_MISSING, "coupon_id" },
		{ "no base", { .coupon_id = 1, .fields = PRICE, .restore_version = 1 },
			PP_REASON_FIELD_MISSING, "base_version" },
		{ "with fields and terms",
			{ .coupon_id = 1,
				.base_version = 1,
				.fields = PRICE,
				.terms = &bad,
				.restore_version = 1 },
			PP_REASON_FIELD_INVALID, "fields" },
		{ "with terms",
			{ .coupon_id = 1, .base_version = 1, .terms = &bad, .restore_version = 1 },
			PP_REASON_FIELD_INVALID, "terms" },
		{ "with terms that are empty",
			{ .coupon_id = 1, .base_version = 1, .terms = &none, .restore_version = 1 },
			PP_REASON_FIELD_INVALID, "terms" },
		{ "HARD without reason",
			{ .coupon_id = 1,
				.base_version = 1,
				.restore_version = 1,
				.supersede = PP_SUPERSEDE_HARD },
			PP_REASON_FIELD_MISSING, "reason" },
		{ "good", { .coupon_id = 1, .base_version = 1, .restore_version = UINT64_MAX },
			PP_REASON_NONE, NULL },
		{ "neither", { .coupon_id = 1, .base_version = 1 }, PP_REASON_EMPTY_FIELD_MASK,
			"fields" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct row row = { rows[i].what,
			{ WRITE(EDIT_COUPON), .u.edit_coupon = rows[i].body }, rows[i].reason,
			rows[i].field };
		expect(&row);
	}
}

#include <string.h>

#include "domain/rules/terms.h"
#include "harness_precheck.h"

TestSuite(precheck, .init = precheck_init);

Test(precheck, of_the_envelope)
{
	struct pp_account user = { PP_ACCOUNT_KIND_USER, 1 };
	struct row rows[] = {
		{ "no kind", { .kind = PP_KIND_NONE }, PP_REASON_UNKNOWN_REQUEST, NULL },
		{ "unknown kind", { .kind = (enum pp_kind)99 }, PP_REASON_UNKNOWN_REQUEST, NULL },
		{ "write without id", { .kind = PP_KIND_CREATE_USER, .u.create_user.name = "a" },
			PP_REASON_FIELD_MISSING, "request_id" },
		{ "id all zero",
			{ .kind = PP_KIND_CREATE_USER,
				.has_request_id = true,
				.u.create_user.name = "a" },
			PP_REASON_FIELD_INVALID, "request_id" },
		{ "UUID of version 4",
			{ .kind = PP_KIND_CREATE_USER,
				.has_request_id = true,
				.request_id = { { 0, 0, 0, 0, 0, 0, 0x40, 0, 0x80 } },
				.u.create_user.name = "a" },
			PP_REASON_FIELD_INVALID, "request_id" },
		{ "UUID of another variant",
			{ .kind = PP_KIND_CREATE_USER,
				.has_request_id = true,
				.request_id = { { 0, 0, 0, 0, 0, 0, 0x70, 0, 0xc0 } },
				.u.create_user.name = "a" },
			PP_REASON_FIELD_INVALID, "request_id" },
		{ "read with id", { WRITE(GET_BALANCE), .u.get_balance.account = &user },
			PP_REASON_FIELD_INVALID, "request_id" },
		{ "hello with id", { WRITE(HELLO) }, PP_REASON_FIELD_INVALID, "request_id" },
		{ "validated read",
			{ READ(GET_BALANCE), .validate_only = true,
				.u.get_balance.account = &user },
			PP_REASON_FIELD_INVALID, "validate_only" },
		{ "write with min_revision",
			{ WRITE(CREATE_USER), .min_revision = 1, .u.create_user.name = "a" },
			PP_REASON_FIELD_INVALID, "min_revision" },
		{ "good write", { WRITE(CREATE_USER), .u.create_user.name = "a" }, PP_REASON_NONE,
			NULL },
		{ "good read",
			{ READ(GET_BALANCE), .min_revision = 1, .u.get_balance.account = &user },
			PP_REASON_NONE, NULL },
		{ "verify", { READ(VERIFY), .min_revision = 1 }, PP_REASON_NONE, NULL },
		{ "info", { READ(SERVER_INFO) }, PP_REASON_NONE, NULL },
		{ "hello", { READ(HELLO), .u.hello.client_name = "test" }, PP_REASON_NONE, NULL },
		{ "hello of a long name", { READ(HELLO), .u.hello.client_name = of_bytes(121) },
			PP_REASON_FIELD_INVALID, "client_name" },
		{ "hello with a key",
			{ READ(HELLO), .u.hello.access_key = { (const uint8_t *)"k", 1 } },
			PP_REASON_FIELD_INVALID, "access_key" },
		{ "abandon with an id in the envelope",
			{ WRITE(ABANDON_REQUEST), .u.abandon_request.request_id = { { 0, 0, 0, 0, 0,
							  0, 0x70, 0, 0x80 } } },
			PP_REASON_FIELD_INVALID, "request_id" },
		{ "abandon of nothing", { READ(ABANDON_REQUEST) }, PP_REASON_FIELD_MISSING,
			"request_id" },
		{ "abandon of a UUID of version 4",
			{ READ(ABANDON_REQUEST), .u.abandon_request.request_id = { { 0, 0, 0, 0, 0,
							 0, 0x40, 0, 0x80 } } },
			PP_REASON_FIELD_INVALID, "request_id" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i]);
}

Test(precheck, of_users_and_coins)
{
	struct pp_account none = { PP_ACCOUNT_KIND_NONE, 1 };
	struct pp_account no_id = { PP_ACCOUNT_KIND_BUSINESS, 0 };
	struct pp_account with_id = { PP_ACCOUNT_KIND_ISSUANCE, 1 };
	struct pp_account unknown = { (enum pp_account_kind)5, 1 };
	struct row rows[] = {
		{ "no name", { WRITE(CREATE_USER) }, PP_REASON_FIELD_MISSING, "name" },
		{ "empty name", { WRITE(CREATE_USER), .u.create_user.name = "" },
			PP_REASON_NAME_INVALID, "name" },
		{ "bad name", { WRITE(CREATE_USER), .u.create_user.name = "a\nb" },
			PP_REASON_NAME_INVALID, "name" },
		{ "credit nobody",
			{ WRITE(CREDIT_COINS),
				.u.credit_coins = { .reason = PP_CREDIT_REASON_ROUTE_ADDED } },
			PP_REASON_FIELD_MISSING, "user_id" },
		{ "credit for nothing", { WRITE(CREDIT_COINS), .u.credit_coins = { .user_id = 1 } },
			PP_REASON_FIELD_MISSING, "reason" },
		{ "unknown reason",
			{ WRITE(CREDIT_COINS), .u.credit_coins = { .user_id = 1,
						       .reason = (enum pp_credit_reason)5 } },
			PP_REASON_UNKNOWN_ENUM_VALUE, "reason" },
		{ "AMOUNT without amount",
			{ WRITE(CREDIT_COINS), .u.credit_coins = { .user_id = 1,
						       .reason = PP_CREDIT_REASON_AMOUNT } },
			PP_REASON_FIELD_MISSING, "amount_coins" },
		{ "amount without AMOUNT",
			{ WRITE(CREDIT_COINS), .u.credit_coins = { .user_id = 1,
						       .reason = PP_CREDIT_REASON_ROUTE_ADDED,
						       .has_amount_coins = true,
						       .amount_coins = 1 } },
			PP_REASON_FIELD_INVALID, "amount_coins" },
		{ "long reference",
			{ WRITE(CREDIT_COINS), .u.credit_coins = { .user_id = 1,
						       .reason = PP_CREDIT_REASON_ROUTE_ADDED,
						       .reference = of_bytes(121) } },
			PP_REASON_FIELD_INVALID, "reference" },
		{ "balance of nothing", { READ(GET_BALANCE) }, PP_REASON_FIELD_MISSING, "account" },
		{ "balance of no kind", { READ(GET_BALANCE), .u.get_balance.account = &none },
			PP_REASON_FIELD_MISSING, "account.kind" },
		{ "balance of no id", { READ(GET_BALANCE), .u.get_balance.account = &no_id },
			PP_REASON_FIELD_MISSING, "account.id" },
		{ "issuance with an id", { READ(GET_BALANCE), .u.get_balance.account = &with_id },
			PP_REASON_FIELD_INVALID, "account.id" },
		{ "unknown account", { READ(GET_BALANCE), .u.get_balance.account = &unknown },
			PP_REASON_UNKNOWN_ENUM_VALUE, "account.kind" },
	};
	static const struct {
		int64_t amount;
		bool good;
	} amounts[] = { { INT64_MIN, false }, { -1, false }, { 0, false }, { 1, true },
		{ PP_COINS_MAX, true }, { PP_COINS_MAX + 1, false }, { INT64_MAX, false } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i]);
	for (size_t i = 0; i < ARRAY_LEN(amounts); i++) {
		struct row row = { "amount",
			{ WRITE(CREDIT_COINS), .u.credit_coins = { .user_id = 1,
						       .reason = PP_CREDIT_REASON_AMOUNT,
						       .has_amount_coins = true,
						       .amount_coins = amounts[i].amount } },
			amounts[i].good ? PP_REASON_NONE : PP_REASON_FIELD_INVALID,
			amounts[i].good ? NULL : "amount_coins" };
		expect(&row);
	}
}

Test(precheck, of_businesses)
{
	uint64_t ids[17] = { 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17 };
	uint64_t twice[] = { 1, 2, 1 };
	uint64_t zero[] = { 1, 0 };
	struct row rows[] = {
		{ "no owner", { WRITE(CREATE_BUSINESS), .u.create_business = { .name = "a" } },
			PP_REASON_FIELD_MISSING, "owner_ids" },
		{ "the actor owns it",
			{ WRITE(CREATE_BUSINESS), .acting_user = 1,
				.u.create_business = { .name = "a" } },
			PP_REASON_NONE, NULL },
		{ "17 owners",
			{ WRITE(CREATE_BUSINESS), .u.create_business = { .name = "a",
							  .owner_ids = ids,
							  .n_owner_ids = 17 } },
			PP_REASON_FIELD_INVALID, "owner_ids" },
		{ "16 owners",
			{ WRITE(CREATE_BUSINESS), .u.create_business = { .name = "a",
							  .owner_ids = ids,
							  .n_owner_ids = 16 } },
			PP_REASON_NONE, NULL },
		{ "the same owner twice",
			{ WRITE(CREATE_BUSINESS), .u.create_business = { .name = "a",
							  .owner_ids = twice,
							  .n_owner_ids = 3 } },
			PP_REASON_FIELD_INVALID, "owner_ids" },
		{ "owner 0",
			{ WRITE(CREATE_BUSINESS), .u.create_business = { .name = "a",
							  .owner_ids = zero,
							  .n_owner_ids = 2 } },
			PP_REASON_FIELD_INVALID, "owner_ids" },
		{ "commission over all",
			{ WRITE(CREATE_BUSINESS), .acting_user = 1,
				.u.create_business = { .name = "a",
					.has_commission_bp = true,
					.commission_bp = 10001 } },
			PP_REASON_FIELD_INVALID, "commission_bp" },
		{ "long address",
			{ WRITE(CREATE_BUSINESS), .acting_user = 1,
				.u.create_business = { .name = "a", .address = of_bytes(401) } },
			PP_REASON_FIELD_INVALID, "address" },
		{ "owner of nothing", { WRITE(ADD_OWNER), .u.add_owner = { .user_id = 1 } },
			PP_REASON_FIELD_MISSING, "business_id" },
		{ "nobody as owner", { WRITE(ADD_OWNER), .u.add_owner = { .business_id = 1 } },
			PP_REASON_FIELD_MISSING, "user_id" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i]);
}

/* Terms that are wrong in one member; in a creation they also have name and price. */
static const struct {
	struct pp_terms terms;
	enum pp_reason reason;
	const char *field;
} terms_rows[] = {
	{ { .name = "\xff" }, PP_REASON_NAME_INVALID, "terms.name" },
	{ { .has_price_coins = true, .price_coins = -1 }, PP_REASON_FIELD_INVALID,
		"terms.price_coins" },
	{ { .has_price_coins = true, .price_coins = PP_COINS_MAX + 1 }, PP_REASON_FIELD_INVALID,
		"terms.price_coins" },
	{ { .has_price_coins = true, .price_coins = PP_COINS_MAX }, PP_REASON_NONE, NULL },
	{ { .has_starts_at_ms = true, .starts_at_ms = -1 }, PP_REASON_FIELD_INVALID,
		"terms.starts_at_ms" },
	{ { .has_ends_at_ms = true, .ends_at_ms = INT64_MIN }, PP_REASON_FIELD_INVALID,
		"terms.ends_at_ms" },
	{ { .has_redeem_within_ms = true, .redeem_within_ms = INT64_MAX }, PP_REASON_FIELD_INVALID,
		"terms.redeem_within_ms" },
	{ { .has_honour_ms = true, .honour_ms = -1 }, PP_REASON_FIELD_INVALID, "terms.honour_ms" },
	{ { .has_honour_ms = true, .honour_ms = PP_HONOUR_MS_MAX + 1 }, PP_REASON_FIELD_INVALID,
		"terms.honour_ms" },
	{ { .has_honour_ms = true, .honour_ms = PP_HONOUR_MS_MAX }, PP_REASON_NONE, NULL },
	{ { .state = (enum pp_coupon_state)4 }, PP_REASON_UNKNOWN_ENUM_VALUE, "terms.state" },
	{ { .refund_policy = (enum pp_refund_policy)3 }, PP_REASON_UNKNOWN_ENUM_VALUE,
		"terms.refund_policy" },
};

Test(precheck, of_terms)
{
	for (size_t i = 0; i < ARRAY_LEN(terms_rows); i++) {
		struct pp_terms edited = terms_rows[i].terms;
		struct pp_terms created = terms_rows[i].terms;
		struct row edit = { terms_rows[i].field,
			{ WRITE(EDIT_COUPON), .u.edit_coupon = { .coupon_id = 1,
						      .base_version = 1,
						      .fields = terms_fields_set(&edited),
						      .terms = &edited } },
			terms_rows[i].reason, terms_rows[i].field };
		struct row create = { terms_rows[i].field,
			{ WRITE(CREATE_COUPON),
				.u.create_coupon = { .business_id = 1, .terms = &created } },
			terms_rows[i].reason, terms_rows[i].field };
		created.name = created.name == NULL ? "a" : created.name;
		created.has_price_coins = true;
		expect(&edit);
		expect(&create);
	}
}

Test(precheck, of_coupons)
{
	struct pp_terms empty = { 0 };
	struct pp_terms no_price = { .name = "a" };
	struct pp_terms good = { .name = "a", .has_price_coins = true };
	struct pp_terms ended = {
		.name = "a", .has_price_coins = true, .state = PP_COUPON_STATE_ENDED
	};
	struct pp_terms wordy = {
		.name = "a", .has_price_coins = true, .description = of_bytes(4097)
	};
	struct row rows[] = {
		{ "no business", { WRITE(CREATE_COUPON), .u.create_coupon = { .terms = &good } },
			PP_REASON_FIELD_MISSING, "business_id" },
		{ "no terms", { WRITE(CREATE_COUPON), .u.create_coupon = { .business_id = 1 } },
			PP_REASON_FIELD_MISSING, "terms" },
		{ "no name",
			{ WRITE(CREATE_COUPON),
				.u.create_coupon = { .business_id = 1, .terms = &empty } },
			PP_REASON_FIELD_MISSING, "terms.name" },
		{ "no price",
			{ WRITE(CREATE_COUPON),
				.u.create_coupon = { .business_id = 1, .terms = &no_price } },
			PP_REASON_FIELD_MISSING, "terms.price_coins" },
		{ "born ended",
			{ WRITE(CREATE_COUPON),
				.u.create_coupon = { .business_id = 1, .terms = &ended } },
			PP_REASON_FIELD_INVALID, "terms.state" },
		{ "4097 bytes of description",
			{ WRITE(CREATE_COUPON),
				.u.create_coupon = { .business_id = 1, .terms = &wordy } },
			PP_REASON_FIELD_INVALID, "terms.description" },
		{ "negative stock",
			{ WRITE(CREATE_COUPON), .u.create_coupon = { .business_id = 1,
							.terms = &good,
							.has_stock = true,
							.stock = -1 } },
			PP_REASON_FIELD_INVALID, "stock" },
		{ "stock of 0",
			{ WRITE(CREATE_COUPON), .u.create_coupon = { .business_id = 1,
							.terms = &good,
							.has_stock = true } },
			PP_REASON_NONE, NULL },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i]);
}

#define PRICE PP_SET_OF(PP_TERM_FIELD_PRICE)

Test(precheck, of_edits)
{
	struct pp_terms price = { .has_price_coins = true };
	struct pp_terms more = { .has_price_coins = true, .description = "" };
	const struct pp_edit_coupon_request good = {
		.coupon_id = 1, .base_version = 1, .fields = PRICE, .terms = &price
	};
	struct row rows[16];
	size_t n = 0;

#define ROW(name, reason_name, path, member, value) \
	rows[n] = (struct row) { name, { WRITE(EDIT_COUPON), .u.edit_coupon = good }, \
		PP_REASON_##reason_name, path }; \
	rows[n++].request.u.edit_coupon.member = value
	ROW("good", NONE, NULL, coupon_id, 1);
	ROW("no coupon", FIELD_MISSING, "coupon_id", coupon_id, 0);
	ROW("no base", FIELD_MISSING, "base_version", base_version, 0);
	ROW("no fields", EMPTY_FIELD_MASK, "fields", fields, 0);
	ROW("field 0", UNKNOWN_ENUM_VALUE, "fields", fields, PRICE | 1);
	ROW("field 11", UNKNOWN_ENUM_VALUE, "fields", fields, PRICE | PP_SET_OF(11));
	ROW("no terms", FIELD_MISSING, "terms", terms, NULL);
	ROW("named but not set", FIELD_MISSING, "terms.name", fields,
		PRICE | PP_SET_OF(PP_TERM_FIELD_NAME));
	ROW("set but not named", FIELD_INVALID, "terms.description", terms, &more);
	ROW("unknown on_conflict", UNKNOWN_ENUM_VALUE, "on_conflict", on_conflict,
		(enum pp_on_conflict)3);
	ROW("unknown supersede", UNKNOWN_ENUM_VALUE, "supersede", supersede, (enum pp_supersede)3);
	ROW("HARD without reason", FIELD_MISSING, "reason", supersede, PP_SUPERSEDE_HARD);
	ROW("long reason", FIELD_INVALID, "reason", reason, of_bytes(401));
	ROW("reason of 400 bytes", NONE, NULL, reason, of_bytes(400));
#undef ROW
	for (size_t i = 0; i < n; i++)
		expect(&rows[i]);
}

Test(precheck, of_reads_of_coupons)
{
	struct row rows[] = {
		{ "get nothing", { READ(GET_COUPON) }, PP_REASON_FIELD_MISSING, "coupon_id" },
		{ "get both ways",
			{ READ(GET_COUPON), .u.get_coupon = { .coupon_id = 1, .name = "a" } },
			PP_REASON_FIELD_INVALID, "coupon_id" },
		{ "get by name alone", { READ(GET_COUPON), .u.get_coupon = { .name = "a" } },
			PP_REASON_FIELD_MISSING, "business_id" },
		{ "get without name", { READ(GET_COUPON), .u.get_coupon = { .business_id = 1 } },
			PP_REASON_FIELD_MISSING, "name" },
		{ "get by a bad name",
			{ READ(GET_COUPON), .u.get_coupon = { .business_id = 1, .name = "\x01" } },
			PP_REASON_NAME_INVALID, "name" },
		{ "get at both",
			{ READ(GET_COUPON), .u.get_coupon = { .coupon_id = 1,
						    .version = 1,
						    .at_revision = 1 } },
			PP_REASON_FIELD_INVALID, "at_revision" },
		{ "list of nothing", { READ(LIST_COUPONS) }, PP_REASON_FIELD_MISSING,
			"business_id" },
		{ "page of 257",
			{ READ(LIST_COUPONS),
				.u.list_coupons = { .business_id = 1, .page_size = 257 } },
			PP_REASON_FIELD_INVALID, "page_size" },
		{ "page of 2^31",
			{ READ(LIST_COUPONS), .u.list_coupons = { .business_id = 1,
						      .page_size = UINT32_C(1) << 31 } },
			PP_REASON_FIELD_INVALID, "page_size" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i]);
}

Test(precheck, of_purchases)
{
	const struct pp_uuid id = { { 1 } };
	struct row rows[] = {
		{ "no buyer",
			{ WRITE(PURCHASE_COUPON),
				.u.purchase_coupon = { .coupon_id = 1, .version = 1 } },
			PP_REASON_FIELD_MISSING, "acting_user" },
		{ "check by nobody",
			{ READ(CHECK_PURCHASE),
				.u.check_purchase = { .coupon_id = 1, .version = 1 } },
			PP_REASON_FIELD_MISSING, "acting_user" },
		{ "buy nothing",
			{ WRITE(PURCHASE_COUPON), .acting_user = 1,
				.u.purchase_coupon = { .version = 1 } },
			PP_REASON_FIELD_MISSING, "coupon_id" },
		{ "nothing was seen",
			{ WRITE(PURCHASE_COUPON), .acting_user = 1,
				.u.purchase_coupon = { .coupon_id = 1 } },
			PP_REASON_FIELD_MISSING, "version" },
		{ "seen both ways",
			{ READ(CHECK_PURCHASE), .acting_user = 1,
				.u.check_purchase = { .coupon_id = 1,
					.version = 1,
					.as_of_revision = 1 } },
			PP_REASON_FIELD_INVALID, "as_of_revision" },
		{ "unknown policy",
			{ READ(CHECK_PURCHASE), .acting_user = 1,
				.u.check_purchase = { .coupon_id = 1,
					.version = 1,
					.price_policy = (enum pp_price_policy)3 } },
			PP_REASON_UNKNOWN_ENUM_VALUE, "price_policy" },
		{ "negative limit",
			{ WRITE(PURCHASE_COUPON), .acting_user = 1,
				.u.purchase_coupon = { .coupon_id = 1,
					.version = 1,
					.has_max_price_coins = true,
					.max_price_coins = -1 } },
			PP_REASON_FIELD_INVALID, "max_price_coins" },
		{ "no purchase", { READ(GET_PURCHASE) }, PP_REASON_FIELD_MISSING, "purchase_id" },
		{ "purchase both ways",
			{ READ(GET_PURCHASE), .acting_user = 1,
				.u.get_purchase = { .purchase_id = 1,
					.has_request_id = true,
					.request_id = id } },
			PP_REASON_FIELD_INVALID, "request_id" },
		{ "whose request",
			{ READ(GET_PURCHASE), .u.get_purchase = { .has_request_id = true } },
			PP_REASON_FIELD_MISSING, "acting_user" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		expect(&rows[i]);
}

Test(precheck, comes_before_everything_and_writes_nothing)
{
	struct harness *harness = harness_new();
	struct pp_request request = harness_request(PP_KIND_CREATE_USER, 0);

	request.u.create_user.name = "";
	EXPECT_REFUSED(harness_ask(harness, &request), PP_REASON_NAME_INVALID);
	cr_expect(harness->n_writes == 0 && harness->n_rounds == 0);
	/* Its id is still free. */
	request.u.create_user.name = "Josh";
	EXPECT_OK(harness_ask(harness, &request));
	harness_free(harness);
}

Test(precheck, has_an_answer_when_the_arena_is_full)
{
	struct arena arena;
	struct pp_request request = harness_request(PP_KIND_CREATE_USER, 0);

	arena_init(&arena, 0, NULL);
	const struct pp_status *status = decide_precheck(&request, &arena);
	cr_assert(status != NULL);
	cr_expect(status->not_executed && status->reason == PP_REASON_FIELD_INVALID);
	arena_free(&arena);
}

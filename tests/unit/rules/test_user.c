#include "harness.h"

static const struct pp_response *create_user(struct harness *harness, const char *name)
{
	struct pp_request request = harness_request(PP_KIND_CREATE_USER, 0);

	request.u.create_user.name = name;
	return harness_ask(harness, &request);
}

Test(user, gets_a_dense_id_and_a_unique_name)
{
	struct harness *harness = harness_new();

	const struct pp_response *reply = create_user(harness, " Jos\xc3\xa9 ");
	EXPECT_OK(reply);
	cr_expect(reply->u.create_user.user_id == 1 && reply->revision == 1);
	cr_expect_eq(reply->u.create_user.created_at_ms, harness->now_ms);
	cr_expect_eq(reply->time_ms, harness->now_ms);
	EXPECT_REFUSED(create_user(harness, "JOSE\xcc\x81"), PP_REASON_NAME_TAKEN);
	cr_expect_eq(harness->revision, 1);
	reply = create_user(harness, "Jose");
	EXPECT_OK(reply);
	cr_expect(reply->u.create_user.user_id == 2 && reply->revision == 2);
	/* A business may bear the name of a user. */
	cr_expect_eq(make_business(harness, 1, "Jose", 0), 1);
	harness_free(harness);
}

Test(user, is_read_by_id_or_by_name)
{
	struct harness *harness = harness_new();
	uint64_t josh = make_rich_user(harness, "Jos\xc3\xa9", 70);
	uint64_t business = make_business(harness, josh, "Truck", 0);
	uint64_t coupon = make_coupon(harness, josh, business, "Fries", 30);
	static const struct {
		uint64_t id;
		const char *name;
		enum pp_reason reason;
		const char *field;
	} rows[] = {
		{ 1, NULL, PP_REASON_NONE, NULL },
		{ 0, " JOSE\xcc\x81", PP_REASON_NONE, NULL },
		{ 2, NULL, PP_REASON_USER_NOT_FOUND, "user_id" },
		{ UINT64_MAX, NULL, PP_REASON_USER_NOT_FOUND, "user_id" },
		{ 0, "Jose", PP_REASON_USER_NOT_FOUND, "name" },
		{ 0, "Truck", PP_REASON_USER_NOT_FOUND, "name" },
	};

	EXPECT_OK(ask_purchase(harness, josh, coupon, 1));
	EXPECT_OK(ask_purchase(harness, josh, coupon, 1));
	harness->now_ms += 5;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pp_request request = harness_request(PP_KIND_GET_USER, 0);
		request.u.get_user.user_id = rows[i].id;
		request.u.get_user.name = rows[i].name;
		const struct pp_response *reply = harness_look(harness, &request);
		EXPECT_REFUSED(reply, rows[i].reason);
		if (!is_ok(reply)) {
			cr_expect_str_eq(reply->status->field, rows[i].field);
			continue;
		}
		const struct pp_user *user = reply->u.get_user.user;
		cr_expect_eq(user->user_id, josh);
		cr_expect_str_eq(user->name, "Jos\xc3\xa9");
		cr_expect_eq(user->created_at_ms, HARNESS_START_MS);
		cr_expect(user->balance_coins == 10 && user->n_purchases == 2);
	}
	harness_free(harness);
}

static const struct pp_response *credit(struct harness *harness, uint64_t user_id,
	enum pp_credit_reason reason, int64_t amount, const char *reference)
{
	struct pp_request request = harness_request(PP_KIND_CREDIT_COINS, 0);

	request.u.credit_coins = (struct pp_credit_coins_request) { .user_id = user_id,
		.reason = reason,
		.has_amount_coins = amount != 0,
		.amount_coins = amount,
		.reference = reference };
	return harness_ask(harness, &request);
}

Test(user, earns_by_reason)
{
	static const struct {
		enum pp_credit_reason reason;
		int64_t amount;
		int64_t credited;
	} rows[] = { { PP_CREDIT_REASON_ROUTE_ADDED, 0, 10 },
		{ PP_CREDIT_REASON_ROUTE_COMPLETED, 0, 15 },
		{ PP_CREDIT_REASON_REVIEW_POSTED, 0, 5 }, { PP_CREDIT_REASON_AMOUNT, 70, 70 } };
	struct harness *harness = harness_new();
	uint64_t josh = make_user(harness, "Josh");
	int64_t balance = 0;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct pp_response *reply =
			credit(harness, josh, rows[i].reason, rows[i].amount, NULL);
		EXPECT_OK(reply);
		balance += rows[i].credited;
		cr_expect_eq(reply->u.credit_coins.user_id, josh);
		cr_expect_eq(reply->u.credit_coins.amount_coins, rows[i].credited);
		cr_expect_eq(reply->u.credit_coins.balance_coins, balance);
	}
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_USER, josh), 100);
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_ISSUANCE, 0), -100);
	harness->settings.credit_coins[PP_CREDIT_REASON_ROUTE_ADDED] = 11;
	cr_expect_eq(credit(harness, josh, PP_CREDIT_REASON_ROUTE_ADDED, 0, NULL)
			     ->u.credit_coins.balance_coins,
		111);
	harness_free(harness);
}

Test(user, is_credited_once_for_a_reference)
{
	struct harness *harness = harness_new();
	uint64_t josh = make_user(harness, "Josh");
	uint64_t alex = make_user(harness, "Alex");
	const enum pp_credit_reason review = PP_CREDIT_REASON_REVIEW_POSTED;

	EXPECT_OK(credit(harness, josh, review, 0, "review 1"));
	EXPECT_REFUSED(credit(harness, josh, review, 0, "review 1"), PP_REASON_ALREADY_CREDITED);
	EXPECT_OK(credit(harness, josh, review, 0, "review 2"));
	EXPECT_OK(credit(harness, josh, review, 0, "Review 1"));
	EXPECT_OK(credit(harness, josh, PP_CREDIT_REASON_ROUTE_ADDED, 0, "review 1"));
	EXPECT_OK(credit(harness, alex, review, 0, "review 1"));
	EXPECT_OK(credit(harness, alex, review, 0, ""));
	EXPECT_OK(credit(harness, alex, review, 0, ""));
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_USER, josh), 25);
	harness_free(harness);
}

Test(user, is_not_credited_in_order_of_precedence)
{
	struct harness *harness = harness_new();
	uint64_t josh = make_rich_user(harness, "Josh", PP_COINS_MAX - 5);
	const enum pp_credit_reason review = PP_CREDIT_REASON_REVIEW_POSTED;

	EXPECT_OK(credit(harness, josh, review, 0, "review 1"));
	EXPECT_REFUSED(credit(harness, 9, review, 0, "review 1"), PP_REASON_USER_NOT_FOUND);
	EXPECT_REFUSED(credit(harness, josh, review, 0, "review 1"), PP_REASON_ALREADY_CREDITED);
	EXPECT_REFUSED(credit(harness, josh, review, 0, "review 2"), PP_REASON_BALANCE_OVERFLOW);
	EXPECT_REFUSED(credit(harness, josh, PP_CREDIT_REASON_AMOUNT, PP_COINS_MAX, NULL),
		PP_REASON_BALANCE_OVERFLOW);
	/* The sum of all coins is bounded too. */
	uint64_t alex = make_user(harness, "Alex");
	EXPECT_REFUSED(credit(harness, alex, PP_CREDIT_REASON_AMOUNT, 1, NULL),
		PP_REASON_BALANCE_OVERFLOW);
	cr_expect_eq(balance_of(harness, PP_ACCOUNT_KIND_USER, josh), PP_COINS_MAX);
	harness_free(harness);
}

Test(user, balances_are_read_for_every_kind_of_account)
{
	struct harness *harness = harness_new();
	uint64_t josh = make_rich_user(harness, "Josh", 7);
	uint64_t business = make_business(harness, josh, "Truck", 0);
	static const struct {
		struct pp_account account;
		enum pp_reason reason;
		int64_t balance;
		uint64_t n_entries;
	} rows[] = { { { PP_ACCOUNT_KIND_USER, 1 }, PP_REASON_NONE, 7, 1 },
		{ { PP_ACCOUNT_KIND_USER, 2 }, PP_REASON_USER_NOT_FOUND, 0, 0 },
		{ { PP_ACCOUNT_KIND_BUSINESS, 1 }, PP_REASON_NONE, 0, 0 },
		{ { PP_ACCOUNT_KIND_BUSINESS, UINT64_MAX }, PP_REASON_BUSINESS_NOT_FOUND, 0, 0 },
		{ { PP_ACCOUNT_KIND_ISSUANCE, 0 }, PP_REASON_NONE, -7, 1 },
		{ { PP_ACCOUNT_KIND_COMMISSION, 0 }, PP_REASON_NONE, 0, 0 } };

	cr_assert(josh == 1 && business == 1);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pp_request request = harness_request(PP_KIND_GET_BALANCE, 0);
		struct pp_account account = rows[i].account;
		request.u.get_balance.account = &account;
		const struct pp_response *reply = harness_look(harness, &request);
		cr_assert_eq(reason_of(reply), rows[i].reason, "row %zu", i);
		cr_expect_eq(reply->revision, harness->revision);
		if (!is_ok(reply))
			continue;
		cr_expect_eq(reply->u.get_balance.balance_coins, rows[i].balance);
		cr_expect_eq(reply->u.get_balance.n_entries, rows[i].n_entries);
		cr_expect_eq(reply->u.get_balance.account->kind, account.kind);
	}
	harness_free(harness);
}

Test(user, info_counts_things_also_of_an_empty_store)
{
	struct harness *harness = harness_new();
	struct pp_request request = harness_request(PP_KIND_SERVER_INFO, 0);

	const struct pp_response *reply = harness_look(harness, &request);
	EXPECT_OK(reply);
	cr_expect(reply->revision == 0 && reply->u.server_info.n_users == 0);
	uint64_t josh = make_user(harness, "Josh");
	uint64_t business = make_business(harness, josh, "Truck", 0);
	uint64_t coupon = make_coupon(harness, josh, business, "Free", 0);
	make_coupon(harness, josh, business, "Free too", 0);
	EXPECT_OK(ask_purchase(harness, josh, coupon, 1));
	reply = harness_look(harness, &request);
	EXPECT_OK(reply);
	const struct pp_server_info_response *info = &reply->u.server_info;
	cr_expect(info->n_users == 1 && info->n_businesses == 1);
	cr_expect(info->n_coupons == 2 && info->n_purchases == 1);
	cr_expect_eq(info->server_time_ms, harness->now_ms);
	cr_expect_eq(info->request_id_retention_ms, 7 * 24 * 3600 * INT64_C(1000));
	cr_expect(info->unicode_version != NULL);
	harness_free(harness);
}

Test(user, reads_wait_for_no_revision)
{
	struct harness *harness = harness_new();
	struct pp_request request = harness_request(PP_KIND_SERVER_INFO, 0);

	make_user(harness, "Josh");
	request.min_revision = 1;
	EXPECT_OK(harness_look(harness, &request));
	request.min_revision = 2;
	const struct pp_response *reply = harness_look(harness, &request);
	EXPECT_REFUSED(reply, PP_REASON_REVISION_IN_FUTURE);
	cr_expect_str_eq(reply->status->field, "min_revision");
	harness_free(harness);
}

/* ---- What a damaged store does to a decision ---- */

Test(user, damage_ends_the_decision_and_writes_nothing)
{
	struct harness *harness = harness_new();
	uint64_t josh = make_user(harness, "Josh");
	struct pp_request request = harness_request(PP_KIND_GET_BALANCE, 0);
	struct pp_account account = { PP_ACCOUNT_KIND_USER, josh };
	struct user_record other = { .user_id = josh + 1, .name = "Other" };
	struct byte_writer writer;
	uint8_t bytes[256];
	struct key key;

	request.u.get_balance.account = &account;
	key_of_user(josh, &key);
	harness_store(harness, &key, (struct span) { (const uint8_t *)"\x01junk", 5 });
	harness_look(harness, &request);
	cr_expect_eq(harness->step, STEP_CORRUPT);
	credit(harness, josh, PP_CREDIT_REASON_ROUTE_ADDED, 0, NULL);
	cr_expect(harness->step == STEP_CORRUPT && harness->n_writes == 0);
	/* A sound record under a key that is not its own is damage too. */
	byte_writer_init(&writer, bytes, sizeof(bytes));
	record_user_encode(&other, &writer);
	harness_store(harness, &key, byte_writer_span(&writer));
	harness_look(harness, &request);
	cr_expect_eq(harness->step, STEP_CORRUPT);
	harness_free(harness);
}

Test(user, records_that_should_be_there_are_missed)
{
	struct harness *harness = harness_new();
	uint64_t josh = make_rich_user(harness, "Josh", 100);
	uint64_t business = make_business(harness, josh, "Truck", 0);
	uint64_t coupon = make_coupon(harness, josh, business, "Fries", 1);
	struct pp_request get = harness_request(PP_KIND_GET_COUPON, 0);
	struct pp_request list = harness_request(PP_KIND_LIST_COUPONS, 0);
	struct pp_terms terms = { .has_price_coins = true };
	struct key key;

	get.u.get_coupon.coupon_id = coupon;
	list.u.list_coupons.business_id = business;
	key_of_version(coupon, 1, &key);
	harness_remove(harness, &key);
	harness_look(harness, &get);
	cr_expect_eq(harness->step, STEP_CORRUPT);
	harness_look(harness, &list);
	cr_expect_eq(harness->step, STEP_CORRUPT);
	ask_purchase(harness, josh, coupon, 1);
	cr_expect_eq(harness->step, STEP_CORRUPT);
	ask_edit(harness, josh, coupon, 1, &terms);
	cr_expect_eq(harness->step, STEP_CORRUPT);
	key_of_business(business, &key);
	harness_remove(harness, &key);
	ask_purchase(harness, josh, coupon, 1);
	cr_expect_eq(harness->step, STEP_CORRUPT);
	harness_free(harness);
}

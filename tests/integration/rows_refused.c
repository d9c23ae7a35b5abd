#include "base/base.h"
#include "tests/integration/require.h"
#include "tests/integration/rows.h"

enum { NOBODY = 999999 };

static uint64_t new_coupon(struct world *world)
{
	return make_coupon(world->client, world->alex, world->business, 20, -1);
}

/* ---- Users and coins ---- */

static const struct pp_response *name_taken_by_user(struct world *world)
{
	struct pp_request request = ask_create_user("Stra\xc3\x9f"
						    "e");

	(void)call(world->client, &request);
	request = ask_create_user("  STRASSE ");
	return ask(world, &request);
}

static const struct pp_response *name_with_bidi_control(struct world *world)
{
	struct pp_request request = ask_create_user("josh\xe2\x80\xaegnp");

	return ask(world, &request);
}

static const struct pp_response *name_with_a_line_break(struct world *world)
{
	struct pp_request request = ask_create_business(world->alex, "Smash\nShake");

	return ask(world, &request);
}

static const struct pp_response *name_of_spaces(struct world *world)
{
	struct pp_terms terms = terms_of(" \t ", 1);
	struct pp_request request = ask_create_coupon(world->alex, world->business, &terms);

	return ask(world, &request);
}

static const struct pp_response *credit_nobody(struct world *world)
{
	struct pp_request request = ask_credit(NOBODY, 1);

	return ask(world, &request);
}

static const struct pp_response *credit_twice(struct world *world)
{
	struct pp_request request = ask_credit(world->robin, 0);

	request.u.credit_coins = (struct pp_credit_coins_request) {
		.user_id = world->robin,
		.reason = PP_CREDIT_REASON_ROUTE_ADDED,
		.reference = "route 66",
	};
	(void)call_ok(world->client, &request);
	request.has_request_id = false;
	return ask(world, &request);
}

static const struct pp_response *balance_of_nobody(struct world *world)
{
	struct pp_account account;
	struct pp_request request = ask_balance(PP_ACCOUNT_KIND_USER, NOBODY, &account);

	return ask(world, &request);
}

static const struct pp_response *balance_of_no_business(struct world *world)
{
	struct pp_account account;
	struct pp_request request = ask_balance(PP_ACCOUNT_KIND_BUSINESS, NOBODY, &account);

	return ask(world, &request);
}

/* ---- Businesses and owners ---- */

static const struct pp_response *business_of_nobody(struct world *world)
{
	struct pp_request request = ask_create_business(NOBODY, fresh_name("Ghost Grill"));

	return ask(world, &request);
}

static const struct pp_response *name_taken_by_business(struct world *world)
{
	struct pp_request request = ask_create_business(world->alex, "Fr\xc3\xa9"
								     "d");

	(void)call(world->client, &request);
	/* The same, decomposed and in capitals. */
	request = ask_create_business(world->alex, "FRE\xcc\x81"
						   "D");
	return ask(world, &request);
}

static const struct pp_response *owner_of_no_business(struct world *world)
{
	struct pp_request request = ask_add_owner(world->alex, NOBODY, world->robin);

	return ask(world, &request);
}

static const struct pp_response *owner_is_nobody(struct world *world)
{
	struct pp_request request = ask_add_owner(world->alex, world->business, NOBODY);

	return ask(world, &request);
}

static const struct pp_response *owner_by_a_stranger(struct world *world)
{
	struct pp_request request = ask_add_owner(world->josh, world->business, world->josh);

	return ask(world, &request);
}

static const struct pp_response *owner_twice(struct world *world)
{
	struct pp_request request = ask_add_owner(world->alex, world->business, world->alex);

	return ask(world, &request);
}

static const struct pp_response *owner_number_17(struct world *world)
{
	uint64_t business = make_business(world->client, world->alex, 0);
	struct pp_request request;

	for (int i = 1; i < PP_OWNERS_MAX; i++) {
		uint64_t user = make_user(world->client, "owner", 0);
		request = ask_add_owner(world->alex, business, user);
		(void)call_ok(world->client, &request);
	}
	request = ask_add_owner(world->alex, business, world->robin);
	return ask(world, &request);
}

/* ---- Coupons ---- */

static const struct pp_response *coupon_of_no_business(struct world *world)
{
	struct pp_terms terms = terms_of("Half off", 1);
	struct pp_request request = ask_create_coupon(world->alex, NOBODY, &terms);

	return ask(world, &request);
}

static const struct pp_response *coupon_by_a_stranger(struct world *world)
{
	struct pp_terms terms = terms_of(fresh_name("Half off"), 1);
	struct pp_request request = ask_create_coupon(world->robin, world->business, &terms);

	return ask(world, &request);
}

static const struct pp_response *coupon_name_taken(struct world *world)
{
	struct pp_terms terms = terms_of("Two for one", 1);
	struct pp_request request = ask_create_coupon(world->alex, world->business, &terms);

	(void)call(world->client, &request);
	terms.name = "TWO for ONE";
	request = ask_create_coupon(world->alex, world->business, &terms);
	return ask(world, &request);
}

static const struct pp_response *coupon_ends_before_it_starts(struct world *world)
{
	uint64_t coupon = new_coupon(world);
	int64_t now = time_of(world->client);
	struct pp_terms terms = {
		.has_starts_at_ms = true,
		.starts_at_ms = now + 2000,
		.has_ends_at_ms = true,
		.ends_at_ms = now + 1000,
	};
	struct pp_request request = ask_edit(world->alex, coupon, 1,
		PP_SET_OF(PP_TERM_FIELD_STARTS_AT) | PP_SET_OF(PP_TERM_FIELD_ENDS_AT), &terms);

	return ask(world, &request);
}

static const struct pp_response *edit_nothing_there(struct world *world)
{
	struct pp_terms terms = { .has_price_coins = true, .price_coins = 1 };
	struct pp_request request =
		ask_edit(world->alex, NOBODY, 1, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);

	return ask(world, &request);
}

static const struct pp_response *edit_by_a_stranger(struct world *world)
{
	struct pp_terms terms = { .has_price_coins = true, .price_coins = 1 };
	struct pp_request request =
		ask_edit(world->josh, new_coupon(world), 1, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);

	return ask(world, &request);
}

static const struct pp_response *edit_of_the_future(struct world *world)
{
	struct pp_terms terms = { .has_price_coins = true, .price_coins = 1 };
	struct pp_request request =
		ask_edit(world->alex, new_coupon(world), 2, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);

	return ask(world, &request);
}

static const struct pp_response *edit_of_the_past(struct world *world)
{
	uint64_t coupon = new_coupon(world);
	struct pp_terms terms = { .has_price_coins = true, .price_coins = 40 };
	struct pp_request request =
		ask_edit(world->alex, coupon, 1, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);
	const struct pp_response *response;

	(void)edit_price(world->client, world->alex, coupon, 1, 30);
	response = ask(world, &request);
	REQUIRE(response->status != NULL && response->status->version_conflict != NULL,
		"a conflict carries its detail");
	return response;
}

static const struct pp_response *edit_of_no_field(struct world *world)
{
	struct pp_terms terms = { 0 };
	struct pp_request request = ask_edit(world->alex, new_coupon(world), 1, 0, &terms);

	return ask(world, &request);
}

static const struct pp_response *edit_after_the_end(struct world *world)
{
	uint64_t coupon = new_coupon(world);
	struct pp_terms terms = { .state = PP_COUPON_STATE_ENDED };
	struct pp_request request =
		ask_edit(world->alex, coupon, 1, PP_SET_OF(PP_TERM_FIELD_STATE), &terms);

	(void)call_ok(world->client, &request);
	terms.state = PP_COUPON_STATE_ACTIVE;
	request = ask_edit(world->alex, coupon, 2, PP_SET_OF(PP_TERM_FIELD_STATE), &terms);
	return ask(world, &request);
}

static const struct pp_response *rename_to_one_taken(struct world *world)
{
	uint64_t coupon = new_coupon(world);
	struct pp_terms terms = { .name = "Taken" };
	struct pp_terms other = terms_of("Taken", 1);
	struct pp_request request = ask_create_coupon(world->alex, world->business, &other);

	(void)call_ok(world->client, &request);
	request = ask_edit(world->alex, coupon, 1, PP_SET_OF(PP_TERM_FIELD_NAME), &terms);
	return ask(world, &request);
}

static const struct pp_response *look_at_no_coupon(struct world *world)
{
	struct pp_request request = ask_coupon(NOBODY, 0);

	return ask(world, &request);
}

static const struct pp_response *look_at_no_version(struct world *world)
{
	struct pp_request request = ask_coupon(new_coupon(world), 2);

	return ask(world, &request);
}

static const struct pp_response *look_into_the_future(struct world *world)
{
	struct pp_request request = ask_coupon(new_coupon(world), 0);

	request.u.get_coupon.at_revision = revision_of(world->client) + 1;
	return ask(world, &request);
}

static const struct pp_response *look_by_an_unknown_name(struct world *world)
{
	struct pp_request request = {
		.kind = PP_KIND_GET_COUPON,
		.u.get_coupon = { .business_id = world->business, .name = "No such thing" },
	};

	return ask(world, &request);
}

static const struct pp_response *list_of_no_business(struct world *world)
{
	struct pp_request request = ask_list(NOBODY, false);

	return ask(world, &request);
}

static const struct pp_response *no_purchase(struct world *world)
{
	struct pp_request request = ask_purchase_by_id(NOBODY);

	return ask(world, &request);
}

static const struct pp_response *read_of_the_future(struct world *world)
{
	struct pp_request request = ask_server_info();

	request.min_revision = revision_of(world->client) + 1;
	return ask(world, &request);
}

static const struct row table[] = {
	{ PP_KIND_CREATE_USER, PP_REASON_NAME_TAKEN, name_taken_by_user },
	{ PP_KIND_CREATE_USER, PP_REASON_NAME_INVALID, name_with_bidi_control },
	{ PP_KIND_CREDIT_COINS, PP_REASON_USER_NOT_FOUND, credit_nobody },
	{ PP_KIND_CREDIT_COINS, PP_REASON_ALREADY_CREDITED, credit_twice },
	{ PP_KIND_GET_BALANCE, PP_REASON_USER_NOT_FOUND, balance_of_nobody },
	{ PP_KIND_GET_BALANCE, PP_REASON_BUSINESS_NOT_FOUND, balance_of_no_business },
	{ PP_KIND_CREATE_BUSINESS, PP_REASON_NAME_INVALID, name_with_a_line_break },
	{ PP_KIND_CREATE_BUSINESS, PP_REASON_NAME_TAKEN, name_taken_by_business },
	{ PP_KIND_CREATE_BUSINESS, PP_REASON_USER_NOT_FOUND, business_of_nobody },
	{ PP_KIND_ADD_OWNER, PP_REASON_BUSINESS_NOT_FOUND, owner_of_no_business },
	{ PP_KIND_ADD_OWNER, PP_REASON_USER_NOT_FOUND, owner_is_nobody },
	{ PP_KIND_ADD_OWNER, PP_REASON_NOT_AN_OWNER, owner_by_a_stranger },
	{ PP_KIND_ADD_OWNER, PP_REASON_ALREADY_AN_OWNER, owner_twice },
	{ PP_KIND_ADD_OWNER, PP_REASON_TOO_MANY_OWNERS, owner_number_17 },
	{ PP_KIND_CREATE_COUPON, PP_REASON_NAME_INVALID, name_of_spaces },
	{ PP_KIND_CREATE_COUPON, PP_REASON_BUSINESS_NOT_FOUND, coupon_of_no_business },
	{ PP_KIND_CREATE_COUPON, PP_REASON_NOT_AN_OWNER, coupon_by_a_stranger },
	{ PP_KIND_CREATE_COUPON, PP_REASON_NAME_TAKEN, coupon_name_taken },
	{ PP_KIND_EDIT_COUPON, PP_REASON_TERMS_INVALID, coupon_ends_before_it_starts },
	{ PP_KIND_EDIT_COUPON, PP_REASON_COUPON_NOT_FOUND, edit_nothing_there },
	{ PP_KIND_EDIT_COUPON, PP_REASON_NOT_AN_OWNER, edit_by_a_stranger },
	{ PP_KIND_EDIT_COUPON, PP_REASON_NO_SUCH_VERSION, edit_of_the_future },
	{ PP_KIND_EDIT_COUPON, PP_REASON_COUPON_VERSION_CONFLICT, edit_of_the_past },
	{ PP_KIND_EDIT_COUPON, PP_REASON_EMPTY_FIELD_MASK, edit_of_no_field },
	{ PP_KIND_EDIT_COUPON, PP_REASON_COUPON_ENDED, edit_after_the_end },
	{ PP_KIND_EDIT_COUPON, PP_REASON_NAME_TAKEN, rename_to_one_taken },
	{ PP_KIND_GET_COUPON, PP_REASON_COUPON_NOT_FOUND, look_at_no_coupon },
	{ PP_KIND_GET_COUPON, PP_REASON_COUPON_NOT_FOUND, look_by_an_unknown_name },
	{ PP_KIND_GET_COUPON, PP_REASON_NO_SUCH_VERSION, look_at_no_version },
	{ PP_KIND_GET_COUPON, PP_REASON_REVISION_IN_FUTURE, look_into_the_future },
	{ PP_KIND_LIST_COUPONS, PP_REASON_BUSINESS_NOT_FOUND, list_of_no_business },
	{ PP_KIND_GET_PURCHASE, PP_REASON_PURCHASE_NOT_FOUND, no_purchase },
	{ PP_KIND_SERVER_INFO, PP_REASON_REVISION_IN_FUTURE, read_of_the_future },
};

const struct rows rows_refused = { table, ARRAY_LEN(table) };

#include <string.h>

#include "base/base.h"
#include "proto/limits.h"
#include "tests/integration/require.h"
#include "tests/integration/rows.h"

static const struct pp_response *hello(struct world *world)
{
	struct pp_request request = {
		.seq = 7,
		.kind = PP_KIND_HELLO,
		.u.hello = { .protocol_minor = PP_PROTOCOL_MINOR, .client_name = "rows" },
	};
	const struct pp_response *response;

	if (world->wire_open)
		wire_close(world->wire);
	wire_open(world->wire, &world->process);
	world->wire_open = true;
	world->bytes->len = 0;
	put_request(world->bytes, &request);
	REQUIRE(wire_send(world->wire, world->bytes->data, world->bytes->len), "closed");
	world->asked = PP_KIND_HELLO;
	response = wire_receive(world->wire);
	REQUIRE(response != NULL && response->seq == 7, "the answer is not to this request");
	REQUIRE(response->u.hello.frame_bytes_max == FRAME_BYTES_MAX, "%u",
		response->u.hello.frame_bytes_max);
	REQUIRE(response->u.hello.in_flight_max == IN_FLIGHT_MAX, "%u",
		response->u.hello.in_flight_max);
	REQUIRE(response->u.hello.incarnation > 0, "the incarnation is unset");
	return response;
}

static const struct pp_response *server_info(struct world *world)
{
	struct pp_request request = ask_server_info();
	const struct pp_response *response = ask(world, &request);

	REQUIRE(response->u.server_info.n_users >= 3, "three people exist");
	REQUIRE(response->u.server_info.n_businesses >= 1, "a business exists");
	REQUIRE(response->revision > 0, "a reply carries the revision");
	REQUIRE(strcmp(response->u.server_info.durability, "sync") == 0, "%s",
		response->u.server_info.durability);
	REQUIRE(response->u.server_info.server_time_ms ==
			atomic_load(&world->process.clock->wall_ms),
		"%lld is not the time", (long long)response->u.server_info.server_time_ms);
	return response;
}

static const struct pp_response *create_user(struct world *world)
{
	struct pp_request request = ask_create_user(fresh_name("Zo\xc3\xab"));
	uint64_t revision = revision_of(world->client);
	const struct pp_response *response = ask(world, &request);

	REQUIRE(response->revision == revision + 1, "one step of the revision");
	REQUIRE(!response->replayed, "it is new");
	return response;
}

static const struct pp_response *credit_coins(struct world *world)
{
	uint64_t user = make_user(world->client, "earner", 0);
	struct pp_request request = ask_credit(user, 0);
	static const int64_t amounts[] = { 0, 10, 15, 5 };
	const struct pp_response *response = NULL;
	int64_t balance = 0;

	for (int reason = 1; reason <= 3; reason++) {
		request.has_request_id = false;
		request.u.credit_coins = (struct pp_credit_coins_request) {
			.user_id = user,
			.reason = (enum pp_credit_reason)reason,
		};
		response = ask(world, &request);
		balance += amounts[reason];
		REQUIRE(response->status == NULL, "reason %d is refused", reason);
		REQUIRE(response->u.credit_coins.amount_coins == amounts[reason], "reason %d",
			reason);
		REQUIRE(response->u.credit_coins.balance_coins == balance, "reason %d", reason);
	}
	return response;
}

static const struct pp_response *get_balance(struct world *world)
{
	struct pp_account account;
	struct pp_request request = ask_balance(PP_ACCOUNT_KIND_ISSUANCE, 0, &account);
	const struct pp_response *response = ask(world, &request);

	REQUIRE(response->u.get_balance.balance_coins < 0, "issuance is what was minted");
	return response;
}

static const struct pp_response *create_business(struct world *world)
{
	struct pp_request request = ask_create_business(0, fresh_name("Fried and Loaded"));
	uint64_t owners[] = { world->alex, world->robin };

	request.u.create_business.owner_ids = owners;
	request.u.create_business.n_owner_ids = ARRAY_LEN(owners);
	return ask(world, &request);
}

static const struct pp_response *add_owner(struct world *world)
{
	uint64_t business = make_business(world->client, world->alex, 0);
	struct pp_request request = ask_add_owner(world->alex, business, world->robin);
	const struct pp_response *response = ask(world, &request);

	REQUIRE(response->u.add_owner.n_owners == 2, "%u", response->u.add_owner.n_owners);
	return response;
}

static const struct pp_response *create_coupon(struct world *world)
{
	struct pp_terms terms = terms_of(fresh_name("Half off"), 0);
	struct pp_request request = ask_create_coupon(world->alex, world->business, &terms);
	const struct pp_response *response = ask(world, &request);

	REQUIRE(response->u.create_coupon.version == 1, "versions count from 1");
	REQUIRE(response->u.create_coupon.coupon_id / 1000000 == world->business, "%llu",
		(unsigned long long)response->u.create_coupon.coupon_id);
	return response;
}

static const struct pp_response *edit_coupon(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 20, -1);
	struct pp_terms terms = { .has_price_coins = true, .price_coins = 30 };
	struct pp_request request =
		ask_edit(world->alex, coupon, 1, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);
	const struct pp_response *response = ask(world, &request);

	REQUIRE(response->u.edit_coupon.version == 2, "an edit makes a version");
	REQUIRE(response->u.edit_coupon.has_honoured_until_ms, "SOFT is the default");
	REQUIRE(response->u.edit_coupon.honoured_until_ms ==
			response->time_ms + PP_HONOUR_MS_DEFAULT,
		"ten minutes are the default");
	return response;
}

static const struct pp_response *get_coupon(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 20, 9);
	struct pp_request request = ask_coupon(coupon, 0);
	const struct pp_response *response;

	(void)edit_price(world->client, world->alex, coupon, 1, 25);
	response = ask(world, &request);
	REQUIRE(response->u.get_coupon.coupon->terms->price_coins == 25, "the current one");
	REQUIRE(response->u.get_coupon.coupon->has_stock_left &&
			response->u.get_coupon.coupon->stock_left == 9,
		"stock");
	request = ask_coupon(coupon, 1);
	response = ask(world, &request);
	REQUIRE(response->u.get_coupon.coupon->terms->price_coins == 20, "as it was");
	REQUIRE(response->u.get_coupon.coupon->current_version == 2, "and the current number");
	return response;
}

static const struct pp_response *list_coupons(struct world *world)
{
	uint64_t business = make_business(world->client, world->alex, 0);
	struct pp_request request = ask_list(business, true);
	const struct pp_response *response;

	(void)make_coupon(world->client, world->alex, business, 1, 0);
	(void)make_coupon(world->client, world->alex, business, 2, -1);
	response = ask(world, &request);
	REQUIRE(response->u.list_coupons.n_coupons == 2, "%zu", response->u.list_coupons.n_coupons);
	REQUIRE(response->u.list_coupons.coupons[0]->sold_out, "sold out is told apart");
	REQUIRE(response->u.list_coupons.coupons[0]->valid, "from valid");
	REQUIRE(response->u.list_coupons.next_page_token.len == 0, "one page");
	return response;
}

static const struct pp_response *check_purchase(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 3, -1);
	struct pp_request request = ask_check(world->josh, coupon, 1);
	const struct pp_response *response = ask(world, &request);

	REQUIRE(response->u.check_purchase.ok, "it could be bought");
	REQUIRE(response->u.check_purchase.quote->price_coins == 3, "quote");
	REQUIRE(response->u.check_purchase.n_verdicts >= 5, "every rule has its verdict");
	return response;
}

static const struct pp_response *purchase_coupon(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 40, -1);
	uint64_t buyer = make_user(world->client, "buyer", 100);
	struct pp_request request = ask_purchase(buyer, coupon, 1);
	const struct pp_response *response = ask(world, &request);

	REQUIRE(response->u.purchase_coupon.balance_coins == 60, "%lld",
		(long long)response->u.purchase_coupon.balance_coins);
	REQUIRE(response->u.purchase_coupon.purchase->commission_coins == 2, "a twentieth");
	return response;
}

static const struct pp_response *get_purchase(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 1, -1);
	struct pp_request request = ask_purchase(world->josh, coupon, 1);
	uint64_t purchase =
		call_ok(world->client, &request)->u.purchase_coupon.purchase->purchase_id;
	struct pp_request look = {
		.kind = PP_KIND_GET_PURCHASE,
		.acting_user = world->josh,
		.u.get_purchase = { .has_request_id = true, .request_id = request.request_id },
	};
	const struct pp_response *response = ask(world, &look);

	REQUIRE(response->u.get_purchase.purchase->purchase_id == purchase, "by request id");
	look = ask_purchase_by_id(purchase);
	return ask(world, &look);
}

static const struct pp_response *abandon_request(struct world *world)
{
	struct pp_uuid id;
	struct pp_request request;
	const struct pp_response *response;

	pp_client_new_request_id(world->client, &id);
	request = ask_abandon(world->josh, &id);
	response = ask(world, &request);
	REQUIRE(response->u.abandon_request.abandoned, "the id was free");
	return response;
}

static const struct pp_response *verify(struct world *world)
{
	struct pp_request request;

	verify_clean(world->client);
	request = ask_verify(0);
	return ask(world, &request);
}

static const struct row table[] = {
	{ PP_KIND_HELLO, PP_REASON_NONE, hello },
	{ PP_KIND_SERVER_INFO, PP_REASON_NONE, server_info },
	{ PP_KIND_CREATE_USER, PP_REASON_NONE, create_user },
	{ PP_KIND_CREDIT_COINS, PP_REASON_NONE, credit_coins },
	{ PP_KIND_GET_BALANCE, PP_REASON_NONE, get_balance },
	{ PP_KIND_CREATE_BUSINESS, PP_REASON_NONE, create_business },
	{ PP_KIND_ADD_OWNER, PP_REASON_NONE, add_owner },
	{ PP_KIND_CREATE_COUPON, PP_REASON_NONE, create_coupon },
	{ PP_KIND_EDIT_COUPON, PP_REASON_NONE, edit_coupon },
	{ PP_KIND_GET_COUPON, PP_REASON_NONE, get_coupon },
	{ PP_KIND_LIST_COUPONS, PP_REASON_NONE, list_coupons },
	{ PP_KIND_CHECK_PURCHASE, PP_REASON_NONE, check_purchase },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_NONE, purchase_coupon },
	{ PP_KIND_GET_PURCHASE, PP_REASON_NONE, get_purchase },
	{ PP_KIND_ABANDON_REQUEST, PP_REASON_NONE, abandon_request },
	{ PP_KIND_VERIFY, PP_REASON_NONE, verify },
};

const struct rows rows_accepted = { table, ARRAY_LEN(table) };

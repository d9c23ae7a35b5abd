#include "tests/integration/actors.h"

#include <stdatomic.h>
#include <string.h>

#include "base/base.h"
#include "tests/integration/require.h"

struct pp_client *client_at_timeout(
	const struct process *process, uint64_t acting_user, uint32_t timeout_ms)
{
	struct pp_client_options options = {
		.address = process->address,
		.client_name = "test",
		.connect_timeout_ms = 20000,
		.timeout_ms = timeout_ms,
		.acting_user = acting_user,
	};
	struct pp_client *client = NULL;
	int err = pp_client_open(&options, &client);

	REQUIRE(err == 0, "%s: %s", process->address,
		client != NULL ? pp_client_error(client) : pp_strerror(err));
	return client;
}

struct pp_client *client_at(const struct process *process, uint64_t acting_user)
{
	return client_at_timeout(process, acting_user, 60000);
}

const struct pp_response *call(struct pp_client *client, struct pp_request *request)
{
	enum pp_outcome outcome;
	const struct pp_response *response = NULL;
	int err = pp_call(client, request, &outcome, &response);

	REQUIRE(err == 0 && response != NULL, "%s: outcome %d: %s", pp_kind_title(request->kind),
		(int)outcome, pp_client_error(client));
	return response;
}

enum pp_reason reason_of(const struct pp_response *response)
{
	return response->status != NULL ? response->status->reason : PP_REASON_NONE;
}

const struct pp_response *call_ok(struct pp_client *client, struct pp_request *request)
{
	const struct pp_response *response = call(client, request);

	REQUIRE(response->status == NULL, "%s refused: %s: %s", pp_kind_title(request->kind),
		pp_reason_name(response->status->reason), response->status->message);
	REQUIRE(response->kind == request->kind, "a %s answers a %s", pp_kind_title(response->kind),
		pp_kind_title(request->kind));
	return response;
}

const struct pp_status *call_refused(
	struct pp_client *client, struct pp_request *request, enum pp_reason reason)
{
	const struct pp_response *response = call(client, request);

	REQUIRE(reason_of(response) == reason, "%s: %s instead of %s", pp_kind_title(request->kind),
		response->status != NULL ? pp_reason_name(response->status->reason) : "accepted",
		pp_reason_name(reason));
	return response->status;
}

struct pp_request ask_server_info(void)
{
	return (struct pp_request) { .kind = PP_KIND_SERVER_INFO };
}

struct pp_request ask_stats(void)
{
	return (struct pp_request) { .kind = PP_KIND_STATS };
}

struct pp_request ask_create_user(const char *name)
{
	return (struct pp_request) { .kind = PP_KIND_CREATE_USER,
		.u.create_user = { .name = name } };
}

struct pp_request ask_credit(uint64_t user, int64_t coins)
{
	return (struct pp_request){
		.kind = PP_KIND_CREDIT_COINS,
		.u.credit_coins = {
			.user_id = user,
			.reason = PP_CREDIT_REASON_AMOUNT,
			.has_amount_coins = true,
			.amount_coins = coins,
		},
	};
}

struct pp_request ask_balance(enum pp_account_kind kind, uint64_t id, struct pp_account *space)
{
	*space = (struct pp_account) { .kind = kind, .id = id };
	return (struct pp_request) {
		.kind = PP_KIND_GET_BALANCE,
		.u.get_balance = { .account = space },
	};
}

struct pp_request ask_create_business(uint64_t owner, const char *name)
{
	return (struct pp_request) {
		.kind = PP_KIND_CREATE_BUSINESS,
		.acting_user = owner,
		.u.create_business = { .name = name, .address = "1 Grill Road" },
	};
}

struct pp_request ask_add_owner(uint64_t actor, uint64_t business, uint64_t user)
{
	return (struct pp_request) {
		.kind = PP_KIND_ADD_OWNER,
		.acting_user = actor,
		.u.add_owner = { .business_id = business, .user_id = user },
	};
}

struct pp_request ask_create_coupon(uint64_t owner, uint64_t business, struct pp_terms *terms)
{
	return (struct pp_request) {
		.kind = PP_KIND_CREATE_COUPON,
		.acting_user = owner,
		.u.create_coupon = { .business_id = business, .terms = terms },
	};
}

struct pp_request ask_edit(
	uint64_t owner, uint64_t coupon, uint64_t base, pp_set fields, struct pp_terms *terms)
{
	return (struct pp_request){
		.kind = PP_KIND_EDIT_COUPON,
		.acting_user = owner,
		.u.edit_coupon = {
			.coupon_id = coupon,
			.base_version = base,
			.fields = fields,
			.terms = terms,
		},
	};
}

struct pp_request ask_coupon(uint64_t coupon, uint64_t version)
{
	return (struct pp_request) {
		.kind = PP_KIND_GET_COUPON,
		.u.get_coupon = { .coupon_id = coupon, .version = version },
	};
}

struct pp_request ask_list(uint64_t business, bool valid_only)
{
	return (struct pp_request) {
		.kind = PP_KIND_LIST_COUPONS,
		.u.list_coupons = { .business_id = business, .valid_only = valid_only },
	};
}

struct pp_request ask_check(uint64_t buyer, uint64_t coupon, uint64_t version)
{
	return (struct pp_request) {
		.kind = PP_KIND_CHECK_PURCHASE,
		.acting_user = buyer,
		.u.check_purchase = { .coupon_id = coupon, .version = version },
	};
}

struct pp_request ask_purchase(uint64_t buyer, uint64_t coupon, uint64_t version)
{
	return (struct pp_request) {
		.kind = PP_KIND_PURCHASE_COUPON,
		.acting_user = buyer,
		.u.purchase_coupon = { .coupon_id = coupon, .version = version },
	};
}

struct pp_request ask_purchase_by_id(uint64_t purchase)
{
	return (struct pp_request) {
		.kind = PP_KIND_GET_PURCHASE,
		.u.get_purchase = { .purchase_id = purchase },
	};
}

struct pp_request ask_abandon(uint64_t actor, const struct pp_uuid *id)
{
	return (struct pp_request) {
		.kind = PP_KIND_ABANDON_REQUEST,
		.acting_user = actor,
		.u.abandon_request = { .request_id = *id },
	};
}

struct pp_request ask_verify(uint64_t run)
{
	return (struct pp_request) { .kind = PP_KIND_VERIFY, .u.verify = { .verify_id = run } };
}

#include <string.h>

#include "base/base.h"
#include "proto/limits.h"
#include "tests/integration/require.h"
#include "tests/integration/rows.h"

enum { DAY_MS = 24 * 3600 * 1000, ENVELOPE_REQUEST_ID = 4 };

/* The message of a request, without its frame, as the client would send it. */
static struct bytes *message_of(struct world *world, struct pp_request *request)
{
	struct bytes *out = world->bytes;

	request->seq = 9;
	if (pp_kind_flags(request->kind) == PP_WRITE && request->kind != PP_KIND_ABANDON_REQUEST) {
		request->has_request_id = true;
		request->request_id = new_request_id(time_of(world->client));
	}
	out->len = 0;
	put_bare_request(out, request);
	return out;
}

/* An envelope with a request id, the message `body` under `kind`, in bytes. */
static const struct pp_response *ask_body(
	struct world *world, enum pp_kind kind, const struct bytes *body)
{
	struct bytes *out = world->bytes;
	struct pp_uuid id = new_request_id(time_of(world->client));

	out->len = 0;
	put_integer(out, 1, 9);
	put_integer(out, 3, world->alex);
	put_field(out, ENVELOPE_REQUEST_ID, id.bytes, sizeof(id.bytes));
	put_message(out, (uint32_t)kind, body);
	return ask_bytes(world, kind, out);
}

/* ---- Requests and fields that this build does not know ---- */

static const struct pp_response *unknown_request(struct world *world)
{
	struct bytes *out = world->bytes;

	out->len = 0;
	put_integer(out, 1, 9);
	put_field(out, 99, "", 0);
	return ask_bytes(world, PP_KIND_NONE, out);
}

static const struct pp_response *no_request(struct world *world)
{
	struct bytes *out = world->bytes;

	out->len = 0;
	put_integer(out, 1, 9);
	return ask_bytes(world, PP_KIND_NONE, out);
}

static const struct pp_response *unknown_field_of_envelope(struct world *world)
{
	struct pp_request request = ask_credit(world->josh, 1);
	struct bytes *message = message_of(world, &request);

	put_integer(message, 7, 1);
	return ask_bytes(world, PP_KIND_CREDIT_COINS, message);
}

static const struct pp_response *unknown_field_of_body(struct world *world)
{
	struct bytes *body = calloc(1, sizeof(*body));
	const struct pp_response *response;

	REQUIRE(body != NULL, "out of memory");
	put_integer(body, 1, world->josh);
	put_integer(body, 2, PP_CREDIT_REASON_ROUTE_ADDED);
	put_integer(body, 77, 1);
	response = ask_body(world, PP_KIND_CREDIT_COINS, body);
	free(body);
	REQUIRE(response != NULL && response->status != NULL &&
			strstr(response->status->message, "77") != NULL,
		"the refusal does not name the tag");
	return response;
}

static const struct pp_response *unknown_field_of_terms(struct world *world)
{
	struct bytes *body = calloc(2, sizeof(*body));
	struct bytes *terms = body + 1;
	const struct pp_response *response;

	REQUIRE(body != NULL, "out of memory");
	put_field(terms, 1, "Half off", 8);
	put_integer(terms, 3, 1);
	put_integer(terms, 88, 1);
	put_integer(body, 1, world->business);
	put_message(body, 2, terms);
	response = ask_body(world, PP_KIND_CREATE_COUPON, body);
	free(body);
	return response;
}

static const struct pp_response *unknown_enum_value(struct world *world)
{
	struct pp_request request = ask_credit(world->josh, 1);

	request.u.credit_coins.reason = (enum pp_credit_reason)99;
	return ask_bytes(world, PP_KIND_CREDIT_COINS, message_of(world, &request));
}

static const struct pp_response *unknown_enum_value_of_purchase(struct world *world)
{
	struct pp_request request = ask_purchase(world->josh, 1000001, 1);

	request.u.purchase_coupon.price_policy = (enum pp_price_policy)3;
	return ask_bytes(world, PP_KIND_PURCHASE_COUPON, message_of(world, &request));
}

/* A newer client may ask for more than this build knows: a read tells what it can. */
static const struct pp_response *unknown_field_of_a_read(struct world *world)
{
	struct pp_account account;
	struct pp_request request = ask_balance(PP_ACCOUNT_KIND_USER, world->josh, &account);
	struct bytes *message = message_of(world, &request);

	put_integer(message, 2000, 1);
	return ask_bytes(world, PP_KIND_GET_BALANCE, message);
}

/* ---- Fields that are missing or make no sense ---- */

static const struct pp_response *write_without_id(struct world *world)
{
	struct pp_request request = ask_create_user("nobody");
	struct bytes *out = world->bytes;

	request.seq = 9;
	out->len = 0;
	put_bare_request(out, &request);
	return ask_bytes(world, PP_KIND_CREATE_USER, out);
}

static const struct pp_response *id_of_another_length(struct world *world)
{
	struct bytes *out = world->bytes;

	out->len = 0;
	put_integer(out, 1, 9);
	put_field(out, ENVELOPE_REQUEST_ID, "0123456789abcde", 15);
	put_field(out, PP_KIND_CREATE_USER, "\n\1x", 3);
	return ask_bytes(world, PP_KIND_CREATE_USER, out);
}

static const struct pp_response *text_that_is_not_utf8(struct world *world)
{
	struct bytes *body = calloc(1, sizeof(*body));
	const struct pp_response *response;

	REQUIRE(body != NULL, "out of memory");
	put_field(body, 1, "jo\xff\xfesh", 6);
	response = ask_body(world, PP_KIND_CREATE_USER, body);
	free(body);
	return response;
}

static const struct pp_response *text_with_a_nul(struct world *world)
{
	struct bytes *body = calloc(1, sizeof(*body));
	const struct pp_response *response;

	REQUIRE(body != NULL, "out of memory");
	put_field(body, 1, "jo\0sh", 5);
	response = ask_body(world, PP_KIND_CREATE_BUSINESS, body);
	free(body);
	return response;
}

static const struct pp_response *user_without_name(struct world *world)
{
	struct pp_request request = ask_create_user(NULL);

	return ask(world, &request);
}

static const struct pp_response *name_of_121_bytes(struct world *world)
{
	char name[122] = "";
	struct pp_request request = ask_create_user(name);

	memset(name, 'x', 121);
	return ask(world, &request);
}

static const struct pp_response *negative_credit(struct world *world)
{
	struct pp_request request = ask_credit(world->josh, -1);

	return ask(world, &request);
}

static const struct pp_response *credit_over_all_coins(struct world *world)
{
	struct pp_request request = ask_credit(world->josh, PP_COINS_MAX + 1);

	return ask(world, &request);
}

static const struct pp_response *credit_of_nobody(struct world *world)
{
	struct pp_request request = ask_credit(0, 1);

	return ask(world, &request);
}

static const struct pp_response *balance_of_nothing(struct world *world)
{
	struct pp_request request = { .kind = PP_KIND_GET_BALANCE };

	return ask(world, &request);
}

static const struct pp_response *commission_over_all(struct world *world)
{
	struct pp_request request = ask_create_business(world->alex, fresh_name("Greed"));

	request.u.create_business.has_commission_bp = true;
	request.u.create_business.commission_bp = PP_COMMISSION_BP_MAX + 1;
	return ask(world, &request);
}

static const struct pp_response *owner_of_nothing(struct world *world)
{
	struct pp_request request = ask_add_owner(world->alex, 0, world->robin);

	return ask(world, &request);
}

static const struct pp_response *coupon_without_price(struct world *world)
{
	struct pp_terms terms = { .name = "Half off" };
	struct pp_request request = ask_create_coupon(world->alex, world->business, &terms);

	return ask(world, &request);
}

static const struct pp_response *negative_price(struct world *world)
{
	struct pp_terms terms = terms_of("Half off", -1);
	struct pp_request request = ask_create_coupon(world->alex, world->business, &terms);

	return ask(world, &request);
}

static const struct pp_response *negative_stock(struct world *world)
{
	struct pp_terms terms = terms_of("Half off", 1);
	struct pp_request request = ask_create_coupon(world->alex, world->business, &terms);

	request.u.create_coupon.has_stock = true;
	request.u.create_coupon.stock = INT64_MIN;
	return ask(world, &request);
}

static const struct pp_response *negative_max_price(struct world *world)
{
	struct pp_request request = ask_purchase(world->josh, 1000001, 1);

	request.u.purchase_coupon.has_max_price_coins = true;
	request.u.purchase_coupon.max_price_coins = -1;
	return ask(world, &request);
}

static const struct pp_response *edit_without_base(struct world *world)
{
	struct pp_terms terms = { .has_price_coins = true, .price_coins = 1 };
	struct pp_request request =
		ask_edit(world->alex, 1000001, 0, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);

	return ask(world, &request);
}

static const struct pp_response *hard_edit_without_reason(struct world *world)
{
	uint64_t coupon = make_coupon(world->client, world->alex, world->business, 1, -1);
	struct pp_terms terms = { .has_price_coins = true, .price_coins = 2 };
	struct pp_request request =
		ask_edit(world->alex, coupon, 1, PP_SET_OF(PP_TERM_FIELD_PRICE), &terms);

	request.u.edit_coupon.supersede = PP_SUPERSEDE_HARD;
	return ask(world, &request);
}

static const struct pp_response *window_over_an_hour(struct world *world)
{
	struct pp_terms terms = terms_of("Half off", 1);
	struct pp_request request = ask_create_coupon(world->alex, world->business, &terms);

	terms.has_honour_ms = true;
	terms.honour_ms = PP_HONOUR_MS_MAX + 1;
	return ask(world, &request);
}

static const struct pp_response *look_at_nothing(struct world *world)
{
	struct pp_request request = ask_coupon(0, 0);

	return ask(world, &request);
}

static const struct pp_response *page_too_long(struct world *world)
{
	struct pp_request request = ask_list(world->business, false);

	request.u.list_coupons.page_size = PP_PAGE_SIZE_MAX + 1;
	return ask(world, &request);
}

static const struct pp_response *page_of_another_list(struct world *world)
{
	static uint8_t token[512];
	uint64_t business = make_business(world->client, world->alex, 0);
	struct pp_request request = ask_list(business, false);
	const struct pp_bytes *next;
	size_t len;

	(void)make_coupon(world->client, world->alex, business, 1, -1);
	(void)make_coupon(world->client, world->alex, business, 1, -1);
	request.u.list_coupons.page_size = 1;
	next = &call_ok(world->client, &request)->u.list_coupons.next_page_token;
	len = next->len;
	REQUIRE(len > 0 && len <= sizeof(token), "a token of %zu bytes", len);
	memcpy(token, next->data, len);
	request.u.list_coupons.page_token = (struct pp_bytes) { token, len };
	REQUIRE(call_ok(world->client, &request)->u.list_coupons.n_coupons == 1, "page 2");
	request.u.list_coupons.business_id = world->business;
	return ask(world, &request);
}

static const struct pp_response *page_of_a_forged_token(struct world *world)
{
	struct pp_request request = ask_list(world->business, false);
	uint8_t token[48] = { 1, 2, 3 };

	request.u.list_coupons.page_token = (struct pp_bytes) { token, sizeof(token) };
	return ask(world, &request);
}

static const struct pp_response *check_of_two_versions(struct world *world)
{
	struct pp_request request = ask_check(world->josh, 1000001, 1);

	request.u.check_purchase.as_of_revision = 1;
	return ask(world, &request);
}

static const struct pp_response *purchase_of_no_version(struct world *world)
{
	struct pp_request request = ask_purchase(world->josh, 1000001, 0);

	return ask(world, &request);
}

static const struct pp_response *look_for_no_purchase(struct world *world)
{
	struct pp_request request = ask_purchase_by_id(0);

	return ask(world, &request);
}

static const struct pp_response *abandon_nothing(struct world *world)
{
	struct bytes *out = world->bytes;

	out->len = 0;
	put_integer(out, 1, 9);
	put_field(out, PP_KIND_ABANDON_REQUEST, "", 0);
	return ask_bytes(world, PP_KIND_ABANDON_REQUEST, out);
}

static const struct pp_response *hello_with_a_key(struct world *world)
{
	struct pp_request request = {
		.kind = PP_KIND_HELLO,
		.u.hello = {
			.protocol_minor = PP_PROTOCOL_MINOR,
			.access_key = { (const uint8_t *)"secret", 6 },
		},
	};

	return ask_bytes(world, PP_KIND_HELLO, message_of(world, &request));
}

/* ---- Request ids ---- */

static const struct pp_response *id_reused(struct world *world)
{
	struct pp_request request = ask_create_user(fresh_name("first"));

	(void)call_ok(world->client, &request);
	request.u.create_user.name = "second";
	return ask(world, &request);
}

static const struct pp_response *id_too_old(struct world *world)
{
	struct pp_request request = ask_create_user(fresh_name("late"));

	request.has_request_id = true;
	request.request_id = new_request_id(time_of(world->client) - INT64_C(7) * DAY_MS);
	return ask(world, &request);
}

static const struct pp_response *id_of_the_future(struct world *world)
{
	struct pp_request request = ask_create_user(fresh_name("early"));

	request.has_request_id = true;
	request.request_id = new_request_id(time_of(world->client) + 5 * 60 * 1000 + 1);
	return ask(world, &request);
}

static const struct pp_response *id_abandoned(struct world *world)
{
	struct pp_request request = ask_credit(world->josh, 1);
	struct pp_request abandon;

	request.has_request_id = true;
	request.request_id = new_request_id(time_of(world->client));
	abandon = ask_abandon(0, &request.request_id);
	REQUIRE(call_ok(world->client, &abandon)->u.abandon_request.abandoned, "it was free");
	return ask(world, &request);
}

static const struct row table[] = {
	{ PP_KIND_NONE, PP_REASON_UNKNOWN_REQUEST, unknown_request },
	{ PP_KIND_NONE, PP_REASON_UNKNOWN_REQUEST, no_request },
	{ PP_KIND_CREDIT_COINS, PP_REASON_UNKNOWN_FIELD, unknown_field_of_envelope },
	{ PP_KIND_CREDIT_COINS, PP_REASON_UNKNOWN_FIELD, unknown_field_of_body },
	{ PP_KIND_CREATE_COUPON, PP_REASON_UNKNOWN_FIELD, unknown_field_of_terms },
	{ PP_KIND_GET_BALANCE, PP_REASON_NONE, unknown_field_of_a_read },
	{ PP_KIND_CREDIT_COINS, PP_REASON_UNKNOWN_ENUM_VALUE, unknown_enum_value },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_UNKNOWN_ENUM_VALUE, unknown_enum_value_of_purchase },
	{ PP_KIND_CREATE_USER, PP_REASON_FIELD_MISSING, write_without_id },
	{ PP_KIND_CREATE_USER, PP_REASON_FIELD_INVALID, id_of_another_length },
	{ PP_KIND_CREATE_USER, PP_REASON_FIELD_INVALID, text_that_is_not_utf8 },
	{ PP_KIND_CREATE_BUSINESS, PP_REASON_FIELD_INVALID, text_with_a_nul },
	{ PP_KIND_CREATE_USER, PP_REASON_FIELD_MISSING, user_without_name },
	{ PP_KIND_CREATE_USER, PP_REASON_FIELD_INVALID, name_of_121_bytes },
	{ PP_KIND_CREDIT_COINS, PP_REASON_FIELD_INVALID, negative_credit },
	{ PP_KIND_CREDIT_COINS, PP_REASON_FIELD_INVALID, credit_over_all_coins },
	{ PP_KIND_CREDIT_COINS, PP_REASON_FIELD_MISSING, credit_of_nobody },
	{ PP_KIND_GET_BALANCE, PP_REASON_FIELD_MISSING, balance_of_nothing },
	{ PP_KIND_CREATE_BUSINESS, PP_REASON_FIELD_INVALID, commission_over_all },
	{ PP_KIND_ADD_OWNER, PP_REASON_FIELD_MISSING, owner_of_nothing },
	{ PP_KIND_CREATE_COUPON, PP_REASON_FIELD_MISSING, coupon_without_price },
	{ PP_KIND_CREATE_COUPON, PP_REASON_FIELD_INVALID, negative_price },
	{ PP_KIND_CREATE_COUPON, PP_REASON_FIELD_INVALID, window_over_an_hour },
	{ PP_KIND_CREATE_COUPON, PP_REASON_FIELD_INVALID, negative_stock },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_FIELD_INVALID, negative_max_price },
	{ PP_KIND_EDIT_COUPON, PP_REASON_FIELD_MISSING, edit_without_base },
	{ PP_KIND_EDIT_COUPON, PP_REASON_FIELD_MISSING, hard_edit_without_reason },
	{ PP_KIND_GET_COUPON, PP_REASON_FIELD_MISSING, look_at_nothing },
	{ PP_KIND_LIST_COUPONS, PP_REASON_FIELD_INVALID, page_too_long },
	{ PP_KIND_LIST_COUPONS, PP_REASON_PAGE_TOKEN_INVALID, page_of_another_list },
	{ PP_KIND_LIST_COUPONS, PP_REASON_PAGE_TOKEN_INVALID, page_of_a_forged_token },
	{ PP_KIND_CHECK_PURCHASE, PP_REASON_FIELD_INVALID, check_of_two_versions },
	{ PP_KIND_PURCHASE_COUPON, PP_REASON_FIELD_MISSING, purchase_of_no_version },
	{ PP_KIND_GET_PURCHASE, PP_REASON_FIELD_MISSING, look_for_no_purchase },
	{ PP_KIND_ABANDON_REQUEST, PP_REASON_FIELD_MISSING, abandon_nothing },
	{ PP_KIND_HELLO, PP_REASON_FIELD_INVALID, hello_with_a_key },
	{ PP_KIND_CREATE_USER, PP_REASON_REQUEST_ID_REUSED, id_reused },
	{ PP_KIND_CREATE_USER, PP_REASON_REQUEST_ID_EXPIRED, id_too_old },
	{ PP_KIND_CREATE_USER, PP_REASON_REQUEST_ID_IN_FUTURE, id_of_the_future },
	{ PP_KIND_CREDIT_COINS, PP_REASON_REQUEST_ABANDONED, id_abandoned },
};

const struct rows rows_fields = { table, ARRAY_LEN(table) };

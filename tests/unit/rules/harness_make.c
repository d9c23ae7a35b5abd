/* Short ways to ask for what most tests begin with. */
#include <string.h>

#include "domain/rules/terms.h"
#include "harness.h"

uint64_t make_user(struct harness *harness, const char *name)
{
	struct pp_request request = harness_request(PP_KIND_CREATE_USER, 0);

	request.u.create_user.name = name;
	const struct pp_response *reply = harness_ask(harness, &request);
	EXPECT_OK(reply);
	return reply->u.create_user.user_id;
}

uint64_t make_rich_user(struct harness *harness, const char *name, int64_t coins)
{
	struct pp_request request = harness_request(PP_KIND_CREDIT_COINS, 0);
	uint64_t user_id = make_user(harness, name);

	request.u.credit_coins = (struct pp_credit_coins_request) { .user_id = user_id,
		.reason = PP_CREDIT_REASON_AMOUNT,
		.has_amount_coins = true,
		.amount_coins = coins };
	EXPECT_OK(harness_ask(harness, &request));
	return user_id;
}

uint64_t make_business(
	struct harness *harness, uint64_t owner, const char *name, uint32_t commission_bp)
{
	/* Only the operator sets a commission. */
	uint64_t actor = commission_bp == 0 ? owner : 0;
	struct pp_request request = harness_request(PP_KIND_CREATE_BUSINESS, actor);

	request.u.create_business = (struct pp_create_business_request) { .name = name,
		.owner_ids = &owner,
		.n_owner_ids = 1,
		.has_commission_bp = commission_bp != 0,
		.commission_bp = commission_bp };
	const struct pp_response *reply = harness_ask(harness, &request);
	EXPECT_OK(reply);
	return reply->u.create_business.business_id;
}

uint64_t make_coupon_of(struct harness *harness, uint64_t owner, uint64_t business_id,
	struct pp_terms *terms, int64_t stock)
{
	struct pp_request request = harness_request(PP_KIND_CREATE_COUPON, owner);

	request.u.create_coupon = (struct pp_create_coupon_request) {
		.business_id = business_id, .terms = terms, .has_stock = stock >= 0, .stock = stock
	};
	const struct pp_response *reply = harness_ask(harness, &request);
	EXPECT_OK(reply);
	return reply->u.create_coupon.coupon_id;
}

uint64_t make_coupon(struct harness *harness, uint64_t owner, uint64_t business_id,
	const char *name, int64_t price_coins)
{
	struct pp_terms terms = {
		.name = name, .has_price_coins = true, .price_coins = price_coins
	};

	return make_coupon_of(harness, owner, business_id, &terms, -1);
}

const struct pp_response *ask_edit(struct harness *harness, uint64_t owner, uint64_t coupon_id,
	uint64_t base_version, struct pp_terms *terms)
{
	struct pp_request request = harness_request(PP_KIND_EDIT_COUPON, owner);

	request.u.edit_coupon = (struct pp_edit_coupon_request) { .coupon_id = coupon_id,
		.base_version = base_version,
		.fields = terms_fields_set(terms),
		.terms = terms };
	return harness_ask(harness, &request);
}

uint64_t edit_price(
	struct harness *harness, uint64_t owner, uint64_t coupon_id, int64_t price_coins)
{
	struct pp_terms terms = { .has_price_coins = true, .price_coins = price_coins };
	const struct pp_response *reply =
		ask_edit(harness, owner, coupon_id, coupon_of(harness, coupon_id).version, &terms);

	EXPECT_OK(reply);
	return reply->u.edit_coupon.version;
}

uint64_t edit_state(struct harness *harness, uint64_t owner, uint64_t coupon_id,
	enum pp_coupon_state state, enum pp_supersede supersede)
{
	struct pp_request request = harness_request(PP_KIND_EDIT_COUPON, owner);
	struct pp_terms terms = { .state = state };

	request.u.edit_coupon = (struct pp_edit_coupon_request) { .coupon_id = coupon_id,
		.base_version = coupon_of(harness, coupon_id).version,
		.fields = PP_SET_OF(PP_TERM_FIELD_STATE),
		.terms = &terms,
		.supersede = supersede,
		.reason = "because" };
	const struct pp_response *reply = harness_ask(harness, &request);
	EXPECT_OK(reply);
	return reply->u.edit_coupon.version;
}

const struct pp_response *ask_purchase(
	struct harness *harness, uint64_t buyer, uint64_t coupon_id, uint64_t version)
{
	struct pp_request request = harness_request(PP_KIND_PURCHASE_COUPON, buyer);

	request.u.purchase_coupon =
		(struct pp_purchase_request) { .coupon_id = coupon_id, .version = version };
	return harness_ask(harness, &request);
}

int64_t balance_of(struct harness *harness, enum pp_account_kind kind, uint64_t id)
{
	struct pp_request request = harness_request(PP_KIND_GET_BALANCE, 0);
	struct pp_account account = { .kind = kind, .id = id };

	request.u.get_balance.account = &account;
	const struct pp_response *reply = harness_look(harness, &request);
	EXPECT_OK(reply);
	return reply->u.get_balance.balance_coins;
}

struct coupon_record coupon_of(struct harness *harness, uint64_t coupon_id)
{
	struct coupon_record coupon;
	struct key key;

	key_of_coupon(coupon_id, &key);
	const struct harness_record *record = harness_find(harness, &key);
	cr_assert(record != NULL);
	struct span bytes = { .data = record->bytes, .len = record->len };
	cr_assert(record_coupon_decode(bytes, NULL, &coupon));
	return coupon;
}

static uint8_t buffer[8192];

void store_coupon(struct harness *harness, const struct coupon_record *coupon)
{
	struct byte_writer writer;
	struct key key;

	byte_writer_init(&writer, buffer, sizeof(buffer));
	key_of_coupon(coupon->coupon_id, &key);
	record_coupon_encode(coupon, &writer);
	harness_store(harness, &key, byte_writer_span(&writer));
}

void store_user(struct harness *harness, const struct user_record *user)
{
	struct byte_writer writer;
	struct key key;

	byte_writer_init(&writer, buffer, sizeof(buffer));
	key_of_user(user->user_id, &key);
	record_user_encode(user, &writer);
	harness_store(harness, &key, byte_writer_span(&writer));
}

void store_business(struct harness *harness, const struct business_record *business)
{
	struct byte_writer writer;
	struct key key;

	byte_writer_init(&writer, buffer, sizeof(buffer));
	key_of_business(business->business_id, &key);
	record_business_encode(business, &writer);
	harness_store(harness, &key, byte_writer_span(&writer));
}

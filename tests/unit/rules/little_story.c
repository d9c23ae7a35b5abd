#include "tests/unit/rules/little_story.h"

#include "domain/rules/text.h"

/* Executes a request; it must be answered with `reason`. */
static void expect(struct little_store *store, struct pp_request request, enum pp_reason reason)
{
	struct arena arena;
	struct pp_response reply;
	enum pp_reason got;

	arena_init(&arena, 256 * 1024, NULL);
	little_store_execute(store, &request, &reply, &arena);
	got = reply.status ? reply.status->reason : PP_REASON_NONE;
	ASSERT(got == reason);
	arena_free(&arena);
}

static void accept(struct little_store *store, struct pp_request request)
{
	expect(store, request, PP_REASON_NONE);
}

static void create_user(struct little_store *store, const char *name)
{
	accept(store, (struct pp_request) {
			      .kind = PP_KIND_CREATE_USER, .u.create_user = { .name = name } });
}

static void create_businesses(struct little_store *store)
{
	uint64_t owners[] = { 1, 2 };

	accept(store, (struct pp_request) { .kind = PP_KIND_CREATE_BUSINESS,
			      .u.create_business = { .name = "Smash Burger Truck",
				      .address = "By the river",
				      .owner_ids = owners,
				      .n_owner_ids = 2,
				      .has_commission_bp = true,
				      .commission_bp = 250 } });
	accept(store, (struct pp_request) { .kind = PP_KIND_CREATE_BUSINESS,
			      .acting_user = 2,
			      .u.create_business = { .name = "Fried and Loaded" } });
}

static void credit(struct little_store *store, uint64_t user_id, enum pp_credit_reason reason,
	int64_t amount_coins, const char *reference)
{
	accept(store, (struct pp_request) { .kind = PP_KIND_CREDIT_COINS,
			      .u.credit_coins = { .user_id = user_id,
				      .reason = reason,
				      .has_amount_coins = amount_coins > 0,
				      .amount_coins = amount_coins,
				      .reference = reference } });
}

static void create_coupon(struct little_store *store, uint64_t business_id, const char *name,
	int64_t price_coins, int64_t stock)
{
	struct pp_terms terms = { .name = name,
		.description = "Both of them",
		.has_price_coins = true,
		.price_coins = price_coins,
		.has_redeem_within_ms = true,
		.redeem_within_ms = 86400000 };

	accept(store, (struct pp_request) { .kind = PP_KIND_CREATE_COUPON,
			      .acting_user = 2,
			      .u.create_coupon = { .business_id = business_id,
				      .terms = &terms,
				      .has_stock = stock > 0,
				      .stock = stock } });
}

static void edit(struct little_store *store, uint64_t coupon_id, enum pp_term_field field,
	struct pp_terms terms, const char *hard_reason)
{
	accept(store,
		(struct pp_request) { .kind = PP_KIND_EDIT_COUPON,
			.acting_user = 2,
			.u.edit_coupon = { .coupon_id = coupon_id,
				.base_version = 1,
				.fields = PP_SET_OF(field),
				.terms = &terms,
				.supersede = hard_reason ? PP_SUPERSEDE_HARD : PP_SUPERSEDE_SOFT,
				.reason = hard_reason } });
}

static struct pp_request purchase(uint64_t user_id, uint64_t coupon_id, uint64_t version)
{
	return (struct pp_request) { .kind = PP_KIND_PURCHASE_COUPON,
		.acting_user = user_id,
		.u.purchase_coupon = { .coupon_id = coupon_id,
			.version = version,
			.price_policy = PP_PRICE_POLICY_AS_SEEN } };
}

static void tell_sales(struct little_store *store)
{
	create_user(store, "Alex");
	create_user(store, "Robin");
	create_user(store, "Josh");
	create_user(store, "Kim");
	create_businesses(store);
	credit(store, 3, PP_CREDIT_REASON_AMOUNT, 200, "welcome");
	credit(store, 3, PP_CREDIT_REASON_ROUTE_ADDED, 0, "route 7");
	credit(store, 4, PP_CREDIT_REASON_AMOUNT, 500, NULL);
	create_coupon(store, 1, "Half off a burger and shake", 80, 4);
	create_coupon(store, 1, "Free fries", 0, 0);
	create_coupon(store, 1, "Lost", 5, 0);
	create_coupon(store, 2, "Loaded fries", 40, 0);
	accept(store, purchase(3, 1000001, 1));
	accept(store, purchase(4, 1000001, 1));
	edit(store, 1000001, PP_TERM_FIELD_PRICE,
		(struct pp_terms) { .has_price_coins = true, .price_coins = 100 }, NULL);
	accept(store, purchase(3, 1000001, 1));
	accept(store, purchase(4, 1000002, 1));
	accept(store, purchase(4, 2000001, 1));
	accept(store, purchase(4, 1000001, 2));
	edit(store, 2000001, PP_TERM_FIELD_NAME, (struct pp_terms) { .name = "Fully loaded" },
		"A typo");
	edit(store, 1000003, PP_TERM_FIELD_STATE,
		(struct pp_terms) { .state = PP_COUPON_STATE_ENDED }, NULL);
}

/* ---- What becomes of purchases ---- */

static void create_refundable(struct little_store *store, const char *name, int64_t price_coins,
	enum pp_refund_policy policy, int64_t redeem_within_ms)
{
	struct pp_terms terms = { .name = name,
		.has_price_coins = true,
		.price_coins = price_coins,
		.has_redeem_within_ms = true,
		.redeem_within_ms = redeem_within_ms,
		.refund_policy = policy };

	accept(store, (struct pp_request) { .kind = PP_KIND_CREATE_COUPON,
			      .acting_user = 1,
			      .u.create_coupon = { .business_id = 3,
				      .terms = &terms,
				      .has_stock = true,
				      .stock = 10 } });
}

static void redeem(struct little_store *store, uint64_t actor, uint64_t purchase_id)
{
	struct purchase_record purchase;
	struct text code;
	struct key key;

	key_of_purchase(purchase_id, &key);
	ASSERT(record_purchase_decode(little_store_find(store, &key)->value, NULL, &purchase));
	code = text_of_code(purchase_id, purchase.code);
	accept(store, (struct pp_request) { .kind = PP_KIND_REDEEM_PURCHASE,
			      .acting_user = actor,
			      .u.redeem_purchase = { .business_id = 3, .code = code.text } });
}

static void refund(
	struct little_store *store, uint64_t actor, uint64_t purchase_id, const char *reason)
{
	accept(store,
		(struct pp_request) { .kind = PP_KIND_REFUND_PURCHASE,
			.acting_user = actor,
			.u.refund_purchase = { .purchase_id = purchase_id, .reason = reason } });
}

static void edit_business(struct little_store *store, uint64_t actor, uint64_t base_version,
	enum pp_business_field field, struct pp_business_profile profile)
{
	accept(store, (struct pp_request) { .kind = PP_KIND_EDIT_BUSINESS,
			      .acting_user = actor,
			      .u.edit_business = { .business_id = 3,
				      .base_version = base_version,
				      .fields = PP_SET_OF(field),
				      .profile = &profile,
				      .on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT } });
}

static void set_commission(struct little_store *store, uint64_t base_version, uint32_t bp)
{
	edit_business(store, 0, base_version, PP_BUSINESS_FIELD_COMMISSION,
		(struct pp_business_profile) { .has_commission_bp = true, .commission_bp = bp });
}

static void adjust(struct little_store *store, int64_t delta)
{
	accept(store, (struct pp_request) { .kind = PP_KIND_ADJUST_STOCK,
			      .acting_user = 2,
			      .u.adjust_stock = { .coupon_id = 3000001, .delta = delta } });
}

static void open_third_business(struct little_store *store)
{
	uint64_t owners[] = { 1, 2, 6 };

	create_user(store, "Sam");
	create_user(store, "Lee");
	accept(store, (struct pp_request) { .kind = PP_KIND_CREATE_BUSINESS,
			      .u.create_business = { .name = "Corner Taco",
				      .owner_ids = owners,
				      .n_owner_ids = 3,
				      .has_commission_bp = true,
				      .commission_bp = 1000 } });
	credit(store, 5, PP_CREDIT_REASON_AMOUNT, 1000, "route 7");
	credit(store, 6, PP_CREDIT_REASON_AMOUNT, 500, "welcome");
	create_refundable(store, "Taco", 100, PP_REFUND_POLICY_RETURN_STOCK, 86400000);
	create_refundable(store, "Water", 0, PP_REFUND_POLICY_RETURN_STOCK, 0);
	create_refundable(store, "Chili", 50, PP_REFUND_POLICY_KEEP_STOCK, 0);
	create_refundable(store, "Today", 7, PP_REFUND_POLICY_RETURN_STOCK, 5);
}

static void tell_fates(struct little_store *store)
{
	static const struct {
		uint64_t user_id;
		uint64_t coupon_id;
	} bought[] = { { 5, 3000001 }, { 5, 3000001 }, { 5, 3000003 }, { 5, 3000003 },
		{ 6, 3000002 }, { 6, 3000002 }, { 5, 3000004 } };

	for (size_t i = 0; i < ARRAY_LEN(bought); i++)
		accept(store, purchase(bought[i].user_id, bought[i].coupon_id, 1));
	redeem(store, 2, 7);
	refund(store, 2, 7, "Cold");
	refund(store, 0, 8, NULL);
	redeem(store, 6, 9);
	refund(store, 1, 10, NULL);
	redeem(store, 0, 11);
	refund(store, 2, 12, NULL);
	store->now_ms += 1000;
	refund(store, 1, 13, "Too late");
}

static void tell_changes(struct little_store *store)
{
	edit_business(store, 2, 1, PP_BUSINESS_FIELD_NAME,
		(struct pp_business_profile) { .name = "Taco Corner" });
	edit_business(store, 1, 1, PP_BUSINESS_FIELD_ADDRESS,
		(struct pp_business_profile) { .address = "On the corner" });
	set_commission(store, 3, 10000);
	accept(store, purchase(5, 3000003, 1));
	refund(store, 0, 14, NULL);
	set_commission(store, 4, 0);
	accept(store, purchase(6, 3000003, 1));
	accept(store, purchase(5, 3000003, 1));
	refund(store, 1, 15, NULL);
	accept(store, (struct pp_request) { .kind = PP_KIND_REMOVE_OWNER,
			      .acting_user = 2,
			      .u.remove_owner = { .business_id = 3, .user_id = 6 } });
	edit(store, 3000001, PP_TERM_FIELD_PRICE,
		(struct pp_terms) { .has_price_coins = true, .price_coins = 90 }, NULL);
	accept(store,
		(struct pp_request) { .kind = PP_KIND_EDIT_COUPON,
			.acting_user = 1,
			.u.edit_coupon = {
				.coupon_id = 3000001, .base_version = 2, .restore_version = 1 } });
	adjust(store, 5);
	adjust(store, -2);
}

void little_story_tell(struct little_store *store)
{
	struct pp_request abandon = { .kind = PP_KIND_ABANDON_REQUEST, .acting_user = 3 };

	tell_sales(store);
	open_third_business(store);
	tell_fates(store);
	tell_changes(store);
	ASSERT(store->revision == STORY_REVISION);
	expect(store, purchase(3, 1000001, 2), PP_REASON_SOLD_OUT);
	little_store_make_request_id(store, &abandon.u.abandon_request.request_id);
	accept(store, abandon);
	ASSERT(store->revision == STORY_REVISION);
}

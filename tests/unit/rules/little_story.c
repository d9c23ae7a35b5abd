#include "tests/unit/rules/little_story.h"

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
			      .acting_user = 1,
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

void little_story_tell(struct little_store *store)
{
	struct pp_request abandon = { .kind = PP_KIND_ABANDON_REQUEST, .acting_user = 3 };

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
	ASSERT(store->revision == STORY_REVISION);
	expect(store, purchase(3, 1000001, 2), PP_REASON_SOLD_OUT);
	little_store_make_request_id(store, &abandon.u.abandon_request.request_id);
	accept(store, abandon);
	ASSERT(store->revision == STORY_REVISION);
}

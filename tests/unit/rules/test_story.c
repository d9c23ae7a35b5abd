#include <stdlib.h>
#include <string.h>

#include "domain/rules/terms.h"
#include "harness_verify.h"

/* Random requests of every kind upon a small world, so that they meet and collide. */
enum { N_STEPS = 12000, N_OLD = 64, N_BOUGHT = 64, N_REASONS = 128 };

struct story {
	struct harness *harness;
	uint64_t random;
	struct pp_terms terms;
	struct pp_business_profile profile;
	struct pp_account account;
	uint64_t owners[2];
	struct pp_request old[N_OLD]; /* requests without pointers into the story */
	uint32_t n_old;
	const struct pp_purchase *bought[N_BOUGHT]; /* in replies, which the harness keeps */
	uint32_t n_bought;
	uint64_t n_reasons[N_REASONS];
	uint64_t n_merged;
	uint64_t n_honoured;
	uint64_t n_unchanged;
	uint64_t n_restored;
	uint64_t n_returned;
	uint64_t n_replayed;
};

static const char *const names[] = { "Ann", "ann", "Bob", "Cy", "Dee", "Eve", "Flo", "Gus", "Hal",
	"Ida", "Joy", "Kit", "Lou", "Max", "Ned", "Oda" };

static uint64_t draw(struct story *story, uint64_t n)
{
	story->random = story->random * UINT64_C(6364136223846793005) + 1442695040888963407u;
	return (story->random >> 33) % n;
}

static bool one_in(struct story *story, uint64_t n)
{
	return draw(story, n) == 0;
}

static uint64_t some_coupon(struct story *story)
{
	uint64_t business = 1 + draw(story, 3);

	return business * COUPON_ID_UNIT + 1 + draw(story, 6);
}

static uint64_t some_version(struct story *story, uint64_t coupon_id)
{
	struct key key;

	key_of_coupon(coupon_id, &key);
	if (harness_find(story->harness, &key) == NULL)
		return 1;
	uint64_t current = coupon_of(story->harness, coupon_id).version;
	uint64_t back = draw(story, 3);
	return current > back ? current - back : current + one_in(story, 10);
}

static void draw_terms(struct story *story)
{
	struct pp_terms *terms = &story->terms;

	*terms = (struct pp_terms) { 0 };
	if (one_in(story, 4))
		terms->name = names[draw(story, ARRAY_LEN(names))];
	if (one_in(story, 3))
		terms->description = names[draw(story, ARRAY_LEN(names))];
	if (one_in(story, 2)) {
		terms->has_price_coins = true;
		terms->price_coins = (int64_t)draw(story, 30);
	}
	if (one_in(story, 8)) {
		terms->has_starts_at_ms = true;
		terms->starts_at_ms =
			one_in(story, 2) ? story->harness->now_ms + (int64_t)draw(story, 5000) : 0;
	}
	if (one_in(story, 8)) {
		terms->has_ends_at_ms = true;
		terms->ends_at_ms =
			one_in(story, 2) ? story->harness->now_ms + (int64_t)draw(story, 2000) : 0;
	}
	if (one_in(story, 4)) {
		terms->has_redeem_within_ms = true;
		terms->redeem_within_ms = (int64_t)draw(story, 4000);
	}
	if (one_in(story, 4))
		terms->refund_policy = (enum pp_refund_policy)draw(story, 3);
	if (one_in(story, 4)) {
		terms->has_honour_ms = true;
		terms->honour_ms = (int64_t)draw(story, 300);
	}
	if (one_in(story, 6)) {
		terms->has_per_user_limit = true;
		terms->per_user_limit = (uint32_t)draw(story, 20);
	}
	if (one_in(story, 8))
		terms->state = one_in(story, 30)  ? PP_COUPON_STATE_ENDED
			       : one_in(story, 3) ? PP_COUPON_STATE_PAUSED
						  : PP_COUPON_STATE_ACTIVE;
}

static struct pp_request draw_edit(struct story *story)
{
	struct pp_request request = harness_request(PP_KIND_EDIT_COUPON, draw(story, 4));
	struct pp_edit_coupon_request *body = &request.u.edit_coupon;

	draw_terms(story);
	body->coupon_id = some_coupon(story);
	body->base_version = some_version(story, body->coupon_id);
	if (one_in(story, 6)) {
		body->restore_version = some_version(story, body->coupon_id);
	} else {
		body->fields = terms_fields_set(&story->terms);
		body->terms = &story->terms;
	}
	body->on_conflict = (enum pp_on_conflict)draw(story, 3);
	body->supersede = one_in(story, 8) ? PP_SUPERSEDE_HARD : PP_SUPERSEDE_NONE;
	body->reason = "because";
	return request;
}

static struct pp_purchase_request draw_purchase(struct story *story)
{
	struct pp_purchase_request body = { .coupon_id = some_coupon(story) };
	uint64_t revision = story->harness->revision;

	if (one_in(story, 3))
		body.as_of_revision = revision > 20 ? revision - draw(story, 20) : 1;
	else
		body.version = some_version(story, body.coupon_id);
	body.price_policy = (enum pp_price_policy)draw(story, 3);
	body.has_max_price_coins = one_in(story, 3);
	body.max_price_coins = (int64_t)draw(story, 30);
	return body;
}

static struct pp_request draw_credit(struct story *story)
{
	struct pp_request request = harness_request(PP_KIND_CREDIT_COINS, 0);
	struct pp_credit_coins_request *body = &request.u.credit_coins;

	body->user_id = 1 + draw(story, 10);
	body->reason = (enum pp_credit_reason)(1 + draw(story, 4));
	body->has_amount_coins = body->reason == PP_CREDIT_REASON_AMOUNT;
	body->amount_coins = (int64_t)draw(story, 20) + 1;
	body->reference = one_in(story, 2) ? names[draw(story, ARRAY_LEN(names))] : NULL;
	return request;
}

static struct pp_request draw_edit_business(struct story *story)
{
	struct pp_request request = harness_request(PP_KIND_EDIT_BUSINESS, draw(story, 4));
	struct pp_edit_business_request *body = &request.u.edit_business;

	story->profile = (struct pp_business_profile) { .has_commission_bp = true,
		.commission_bp = (uint32_t)draw(story, 2500) };
	body->business_id = 1 + draw(story, 4);
	body->base_version = 1 + draw(story, 3);
	body->fields = PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION);
	body->profile = &story->profile;
	body->on_conflict = (enum pp_on_conflict)draw(story, 3);
	return request;
}

/* What becomes of a purchase that was made a while ago. */
static struct pp_request draw_fate(struct story *story)
{
	const struct pp_purchase *purchase = story->bought[draw(story, story->n_bought)];
	struct pp_request request = harness_request(PP_KIND_REFUND_PURCHASE, draw(story, 4));

	if (one_in(story, 5)) {
		request.u.refund_purchase =
			(struct pp_refund_purchase_request) { .purchase_id = purchase->purchase_id,
				.reason = one_in(story, 2) ? "cold" : NULL };
		return request;
	}
	request.kind = PP_KIND_REDEEM_PURCHASE;
	request.u.redeem_purchase = (struct pp_redeem_purchase_request) {
		.business_id = one_in(story, 8) ? 1 + draw(story, 4) : purchase->business_id,
		.code = purchase->code
	};
	return request;
}

static struct pp_request draw_list(struct story *story)
{
	struct pp_request request = harness_request(PP_KIND_LIST_PURCHASES, 0);
	uint32_t page_size = 1 + (uint32_t)draw(story, 30);

	switch (draw(story, 3)) {
	case 0:
		request.u.list_purchases =
			(struct pp_list_purchases_request) { .user_id = 1 + draw(story, 10),
				.page_size = page_size };
		return request;
	case 1:
		request.kind = PP_KIND_LIST_COUPON_VERSIONS;
		request.u.list_coupon_versions =
			(struct pp_list_coupon_versions_request) { .coupon_id = some_coupon(story),
				.page_size = page_size };
		return request;
	default:
		story->account.kind = (enum pp_account_kind)(1 + draw(story, 4));
		story->account.id =
			story->account.kind <= PP_ACCOUNT_KIND_BUSINESS ? 1 + draw(story, 4) : 0;
		request.kind = PP_KIND_LIST_LEDGER_ENTRIES;
		request.u.list_ledger_entries =
			(struct pp_list_ledger_entries_request) { .account = &story->account,
				.page_size = page_size };
		return request;
	}
}

/* What comes once there are coupons and purchases. */
static struct pp_request draw_later(struct story *story)
{
	struct pp_request request = harness_request(PP_KIND_ADJUST_STOCK, draw(story, 4));

	switch (draw(story, 8)) {
	case 0: return draw_edit_business(story);
	case 1:
	case 2: return draw_list(story);
	case 3:
		request.u.adjust_stock =
			(struct pp_adjust_stock_request) { .coupon_id = some_coupon(story),
				.delta = 10 - (int64_t)draw(story, 30) };
		return request;
	default: return draw_fate(story);
	}
}

/* Made by its first owner, who cannot set the commission, or by the operator. */
static struct pp_request draw_business(struct story *story)
{
	struct pp_request request = harness_request(PP_KIND_CREATE_BUSINESS, draw(story, 5));
	struct pp_create_business_request *body = &request.u.create_business;

	body->name = names[draw(story, 4)];
	body->has_commission_bp = request.acting_user == 0 || one_in(story, 8);
	body->commission_bp = (uint32_t)draw(story, 10001);
	if (request.acting_user != 0)
		return request;
	story->owners[0] = 1 + draw(story, 2);
	story->owners[1] = 3 + draw(story, 2);
	body->owner_ids = story->owners;
	body->n_owner_ids = 2;
	return request;
}

static struct pp_request draw_request(struct story *story)
{
	struct pp_request request;

	switch (draw(story, 20)) {
	case 0:
		request = harness_request(PP_KIND_CREATE_USER, 0);
		request.u.create_user.name = names[draw(story, ARRAY_LEN(names))];
		return request;
	case 1: return draw_business(story);
	case 2:
		request = harness_request(PP_KIND_ADD_OWNER, draw(story, 4));
		request.u.add_owner =
			(struct pp_add_owner_request) { 1 + draw(story, 4), 1 + draw(story, 10) };
		return request;
	case 3:
		request = harness_request(PP_KIND_CREATE_COUPON, draw(story, 4));
		draw_terms(story);
		story->terms.name = names[draw(story, ARRAY_LEN(names))];
		story->terms.has_price_coins = true;
		request.u.create_coupon =
			(struct pp_create_coupon_request) { .business_id = 1 + draw(story, 4),
				.terms = &story->terms,
				.has_stock = one_in(story, 2),
				.stock = (int64_t)draw(story, 60) };
		return request;
	case 4:
	case 5: return draw_credit(story);
	case 6:
	case 7:
	case 8:
	case 9:
	case 10: return draw_edit(story);
	case 11:
		request = harness_request(PP_KIND_LIST_COUPONS, 0);
		request.u.list_coupons =
			(struct pp_list_coupons_request) { .business_id = 1 + draw(story, 4),
				.valid_only = one_in(story, 2),
				.page_size = 1 + (uint32_t)draw(story, 3) };
		return request;
	case 12:
		request = harness_request(PP_KIND_CHECK_PURCHASE, 1 + draw(story, 9));
		request.u.check_purchase = draw_purchase(story);
		return request;
	case 13:
		request = harness_request(PP_KIND_GET_COUPON, 0);
		request.u.get_coupon.coupon_id = some_coupon(story);
		request.u.get_coupon.at_revision = one_in(story, 2) ? story->harness->revision : 0;
		return request;
	default:
		request = harness_request(PP_KIND_PURCHASE_COUPON, 1 + draw(story, 9));
		request.u.purchase_coupon = draw_purchase(story);
		return request;
	}
}

static void note(struct story *story, const struct pp_response *reply)
{
	cr_assert((int)reason_of(reply) < N_REASONS);
	story->n_reasons[reason_of(reply)]++;
	story->n_replayed += reply->replayed ? 1 : 0;
	if (reply->kind == PP_KIND_EDIT_COUPON) {
		story->n_merged += reply->u.edit_coupon.merged ? 1 : 0;
		story->n_unchanged += reply->u.edit_coupon.unchanged ? 1 : 0;
	}
	if (reply->kind == PP_KIND_REFUND_PURCHASE && !reply->replayed)
		story->n_returned += reply->u.refund_purchase.purchase->stock_returned ? 1 : 0;
	if (reply->kind == PP_KIND_PURCHASE_COUPON && !reply->replayed) {
		const struct pp_purchase *purchase = reply->u.purchase_coupon.purchase;
		story->n_honoured += purchase->honoured ? 1 : 0;
		if (purchase->purchase_id == 0)
			return;
		if (story->n_bought < N_BOUGHT)
			story->bought[story->n_bought++] = purchase;
		else
			story->bought[draw(story, N_BOUGHT)] = purchase;
	}
}

/* Requests that own all they point to can be sent again. */
static bool can_be_repeated(const struct pp_request *request)
{
	return request->kind == PP_KIND_PURCHASE_COUPON ||
	       request->kind == PP_KIND_REDEEM_PURCHASE ||
	       request->kind == PP_KIND_REFUND_PURCHASE || request->kind == PP_KIND_ADJUST_STOCK;
}

/* A request that was sent before, once more, or given up. */
static void bother(struct story *story)
{
	struct pp_request request = story->old[draw(story, story->n_old)];

	if (one_in(story, 3)) {
		struct pp_request abandon =
			harness_request(PP_KIND_ABANDON_REQUEST, request.acting_user);
		abandon.u.abandon_request.request_id = request.request_id;
		note(story, harness_ask(story->harness, &abandon));
	} else {
		request.validate_only = one_in(story, 2);
		note(story, harness_ask(story->harness, &request));
	}
	cr_assert_eq(story->harness->decision->accepted, false);
}

static void step(struct story *story)
{
	struct harness *harness = story->harness;

	harness->now_ms += (int64_t)draw(story, 30);
	if (story->n_old > 0 && one_in(story, 8)) {
		bother(story);
		return;
	}
	bool later = story->n_bought > 0 && one_in(story, 4);
	struct pp_request request = later ? draw_later(story) : draw_request(story);
	if (request.kind == PP_KIND_EDIT_COUPON && request.u.edit_coupon.fields == 0 &&
		request.u.edit_coupon.restore_version == 0)
		return;
	const struct pp_response *reply = harness_ask(harness, &request);
	cr_assert_eq(harness->step, STEP_DONE);
	note(story, reply);
	if (is_ok(reply) && request.kind == PP_KIND_EDIT_COUPON && harness->decision->accepted)
		story->n_restored += request.u.edit_coupon.restore_version != 0 ? 1 : 0;
	if (can_be_repeated(&request)) {
		uint32_t n = story->n_old;
		story->old[n < N_OLD ? n : draw(story, N_OLD)] = request;
		story->n_old += n < N_OLD ? 1 : 0;
	}
}

static void tell(uint64_t seed)
{
	static const enum pp_reason expected[] = { PP_REASON_NONE, PP_REASON_USER_NOT_FOUND,
		PP_REASON_BUSINESS_NOT_FOUND, PP_REASON_COUPON_NOT_FOUND, PP_REASON_NO_SUCH_VERSION,
		PP_REASON_NAME_TAKEN, PP_REASON_NOT_AN_OWNER, PP_REASON_ALREADY_AN_OWNER,
		PP_REASON_ALREADY_CREDITED, PP_REASON_COUPON_VERSION_CONFLICT,
		PP_REASON_COUPON_ENDED, PP_REASON_TERMS_INVALID, PP_REASON_COUPON_VERSION_EXPIRED,
		PP_REASON_COUPON_NOT_ACTIVE, PP_REASON_COUPON_NOT_STARTED, PP_REASON_COUPON_EXPIRED,
		PP_REASON_PRICE_CHANGED, PP_REASON_SOLD_OUT, PP_REASON_USER_LIMIT_REACHED,
		PP_REASON_INSUFFICIENT_COINS, PP_REASON_OPERATOR_ONLY,
		PP_REASON_BUSINESS_VERSION_CONFLICT, PP_REASON_STOCK_UNLIMITED,
		PP_REASON_STOCK_OUT_OF_RANGE, PP_REASON_PURCHASE_NOT_FOUND,
		PP_REASON_ALREADY_REDEEMED, PP_REASON_ALREADY_REFUNDED,
		PP_REASON_PURCHASE_EXPIRED };
	struct story *story = calloc(1, sizeof(*story));

	cr_assert(story != NULL);
	story->harness = harness_new();
	story->random = seed;
	for (int i = 0; i < N_STEPS; i++) {
		step(story);
		if (i % 1500 == 1499)
			harness_verify(story->harness);
	}
	for (size_t i = 0; i < ARRAY_LEN(expected); i++)
		cr_expect(
			story->n_reasons[expected[i]] > 0, "never %s", pp_reason_name(expected[i]));
	cr_expect(story->n_merged > 0 && story->n_honoured > 0);
	cr_expect(story->n_unchanged > 0 && story->n_replayed > 0);
	cr_expect(story->n_restored > 0 && story->n_returned > 0);
	harness_free(story->harness);
	free(story);
}

Test(story, leaves_a_store_that_verify_finds_clean)
{
	tell(1);
}

Test(story, leaves_another_store_that_verify_finds_clean)
{
	tell(20261124);
}

/* Requests about users, coins and businesses; and whom and what requests are about. */
#include <string.h>

#include "base/base.h"
#include "tests/model/generate.h"

static const int64_t coins_max = INT64_C(9007199254740991);

enum { HOT_USERS = 24, HOT_BUSINESSES = 12, HOT_COUPONS = 24, HOT_PURCHASES = 100 };

static uint64_t edge_id(struct generator *g, uint64_t n)
{
	return (uint64_t)PICK(g, 0, (int64_t)n + 1, 1, INT64_MAX, -1);
}

static uint64_t less(uint64_t a, uint64_t b)
{
	return a < b ? a : b;
}

uint64_t pick_user(struct generator *g)
{
	uint64_t n = g->model->n_users;

	if (n == 0 || chance(g, 2))
		return edge_id(g, n);
	return 1 + draw(g, chance(g, 90) ? less(n, HOT_USERS) : n);
}

uint64_t pick_business(struct generator *g)
{
	uint64_t n = g->model->n_businesses;

	if (n == 0 || chance(g, 2))
		return edge_id(g, n);
	return 1 + draw(g, chance(g, 85) ? less(n, HOT_BUSINESSES) : n);
}

uint64_t pick_coupon(struct generator *g)
{
	size_t n = g->model->n_coupons;

	if (g->n_probes > 0 && g->probed_purchase == 0 && chance(g, 80))
		return g->probed_coupon;
	if (n == 0 || chance(g, 2))
		return (uint64_t)PICK(g, 0, 1, 1000000, 1000000000, INT64_MAX, -1);
	return g->model->coupons[n - 1 - draw(g, chance(g, 80) ? less(n, HOT_COUPONS) : n)].id;
}

uint64_t pick_purchase(struct generator *g)
{
	uint64_t n = g->model->n_purchases;

	if (g->n_probes > 0 && g->probed_purchase != 0)
		return g->probed_purchase;
	if (n == 0 || chance(g, 2))
		return edge_id(g, n);
	return n - draw(g, chance(g, 70) ? less(n, HOT_PURCHASES) : n);
}

uint64_t pick_owner(struct generator *g, uint64_t business)
{
	const struct business *found = find_business((struct model *)g->model, business);

	if (found == NULL || chance(g, 6))
		return pick_user(g);
	return chance(g, 15) ? 0 : found->owners[draw(g, found->n_owners)];
}

uint64_t pick_revision(struct generator *g)
{
	uint64_t n = g->model->revision;

	if (chance(g, 10))
		return (uint64_t)PICK(g, 1, (int64_t)n, (int64_t)n + 1, INT64_MAX, -1);
	return n - draw(g, chance(g, 80) ? less(n, 300) : n);
}

void make_create_user(struct generator *g, struct pp_request *r)
{
	r->acting_user = chance(g, 50) ? 0 : pick_user(g);
	r->u.create_user.name = pick_name(g, 3000);
}

void make_get_user(struct generator *g, struct pp_request *r)
{
	r->acting_user = chance(g, 50) ? 0 : pick_user(g);
	if (chance(g, 55))
		r->u.get_user.user_id = pick_user(g);
	if (r->u.get_user.user_id == 0 || chance(g, 2))
		r->u.get_user.name = pick_name(g, 3000);
}

/* Coins: mostly few, for they are to run out. */
static int64_t some_coins(struct generator *g)
{
	int64_t room = coins_max + g->model->issuance.balance;

	if (g->late && chance(g, 30))
		return PICK(g, room, room + 1, room - 12, 1);
	if (chance(g, 3))
		return PICK(g, 0, -1, 1, coins_max, coins_max + 1, INT64_MAX, INT64_MIN);
	return 1 + (int64_t)draw(g, chance(g, 90) ? 120 : 20000);
}

void make_credit_coins(struct generator *g, struct pp_request *r)
{
	struct pp_credit_coins_request *body = &r->u.credit_coins;

	body->user_id = pick_user(g);
	body->reason = chance(g, 98) ? 1 + (enum pp_credit_reason)draw(g, 4)
				     : (enum pp_credit_reason)PICK(g, 0, 5, 99);
	body->has_amount_coins = (body->reason == PP_CREDIT_REASON_AMOUNT) != chance(g, 1);
	body->amount_coins = body->has_amount_coins ? some_coins(g) : 0;
	if (chance(g, 40))
		body->reference = arena_printf(
			arena_of(g), chance(g, 90) ? "route %d" : "ROUTE %d", (int)draw(g, 60));
	else if (chance(g, 1))
		body->reference = arena_printf(arena_of(g), "%0*d", 120 + (int)draw(g, 2), 7);
}

static struct pp_account *pick_account(struct generator *g)
{
	struct pp_account *account = take(arena_of(g), sizeof(*account));

	if (chance(g, 1))
		return NULL;
	account->kind = chance(g, 98) ? 1 + (enum pp_account_kind)draw(g, 4)
				      : (enum pp_account_kind)PICK(g, 0, 5);
	if (account->kind == PP_ACCOUNT_KIND_USER)
		account->id = pick_user(g);
	else if (account->kind == PP_ACCOUNT_KIND_BUSINESS)
		account->id = pick_business(g);
	else
		account->id = chance(g, 2);
	return account;
}

void make_get_balance(struct generator *g, struct pp_request *r)
{
	r->u.get_balance.account = pick_account(g);
}

void make_create_business(struct generator *g, struct pp_request *r)
{
	struct pp_create_business_request *body = &r->u.create_business;

	r->acting_user = chance(g, 40) ? 0 : pick_user(g);
	body->name = pick_name(g, 1200);
	if (chance(g, 70))
		body->address = arena_printf(
			arena_of(g), "%0*d Grill Road", chance(g, 99) ? 3 : 400, (int)draw(g, 99));
	if (r->acting_user == 0 || chance(g, 30)) {
		body->n_owner_ids = chance(g, 97) ? 1 + draw(g, 4) : (size_t)PICK(g, 0, 15, 16, 17);
		body->owner_ids = take(arena_of(g), (body->n_owner_ids + 1) * sizeof(uint64_t));
		for (size_t i = 0; i < body->n_owner_ids; i++)
			body->owner_ids[i] = chance(g, 97) ? 1 + i * 3 + draw(g, 3) : pick_user(g);
	}
	body->has_commission_bp = chance(g, r->acting_user == 0 ? 70 : 5);
	if (body->has_commission_bp)
		body->commission_bp = (uint32_t)PICK(g, 0, 1, 250, 1000, 3333, 9999, 10000, 10001);
}

void make_edit_business(struct generator *g, struct pp_request *r)
{
	struct pp_edit_business_request *body = &r->u.edit_business;
	struct pp_business_profile *profile = take(arena_of(g), sizeof(*profile));
	const struct business *business;

	body->business_id = pick_business(g);
	r->acting_user = pick_owner(g, body->business_id);
	business = find_business((struct model *)g->model, body->business_id);
	uint64_t n = business != NULL ? business->n_versions : 1;
	body->base_version = chance(g, 60) ? n : n - draw(g, less(n, 8)) + (chance(g, 5) ? n : 0);
	if (chance(g, 1))
		body->base_version = 0;
	body->fields = (pp_set)draw(g, 4) << 1;
	if (chance(g, r->acting_user == 0 ? 50 : 3))
		body->fields |= PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION);
	if (body->fields == 0 && chance(g, 95))
		body->fields = PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS);
	if (body->fields & PP_SET_OF(PP_BUSINESS_FIELD_NAME))
		profile->name = business != NULL && chance(g, 20)
					? profile_now(business)->profile.name
					: pick_name(g, 1200);
	if (body->fields & PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS))
		profile->address =
			chance(g, 95) ? arena_printf(arena_of(g), "%d Road", (int)draw(g, 3)) : "";
	profile->has_commission_bp = (body->fields & PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION)) != 0;
	if (profile->has_commission_bp)
		profile->commission_bp =
			(uint32_t)PICK(g, 0, 1, 250, 1000, 3333, 9999, 10000, 10001);
	if (chance(g, 2))
		body->fields ^= PP_SET_OF(1 + draw(g, 4));
	body->profile = chance(g, 99) ? profile : NULL;
	body->on_conflict = (enum pp_on_conflict)PICK(g, 0, 1, 2, 2);
}

void make_add_owner(struct generator *g, struct pp_request *r)
{
	r->u.add_owner.business_id = pick_business(g);
	r->acting_user = pick_owner(g, r->u.add_owner.business_id);
	r->u.add_owner.user_id = pick_user(g);
}

void make_remove_owner(struct generator *g, struct pp_request *r)
{
	struct pp_remove_owner_request *body = &r->u.remove_owner;
	const struct business *business;

	/* Those with the fewest owners are met as well as those with the most. */
	body->business_id = pick_business(g);
	r->acting_user = pick_owner(g, body->business_id);
	business = find_business((struct model *)g->model, body->business_id);
	body->user_id = business != NULL && chance(g, 40)
				? business->owners[draw(g, business->n_owners)]
				: pick_user(g);
	if (body->business_id <= 3) /* these are to be full */
		body->user_id = 999999;
}

void make_get_business(struct generator *g, struct pp_request *r)
{
	if (chance(g, 60))
		r->u.get_business.business_id = pick_business(g);
	if (r->u.get_business.business_id == 0 || chance(g, 2))
		r->u.get_business.name = pick_name(g, 1200);
}

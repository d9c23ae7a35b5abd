#include "tests/crash/items.h"

#include <string.h>

#include "tests/integration/require.h"
#include "tests/integration/wire.h"
#include "tests/race/crowd.h"

enum action {
	CREDIT,
	CREDIT_NOBODY, /* refused */
	BUY,
	BUY_BEST,
	EDIT, /* often a conflict */
	CREATE_USER,
	CREATE_COUPON,
	ACTIONS,
};

/* How often each of them is drawn, of 16. */
static const enum action mix[16] = { CREDIT, CREDIT, CREDIT, CREDIT, CREDIT_NOBODY, BUY, BUY, BUY,
	BUY_BEST, BUY_BEST, BUY_BEST, EDIT, EDIT, CREATE_USER, CREATE_USER, CREATE_COUPON };

void place_make(struct place *place, struct pp_client *client)
{
	place->owner = make_user(client, "owner", 0);
	place->business = make_business(client, place->owner, 700);
	for (size_t i = 0; i < USERS; i++)
		place->users[i] = make_user(client, "user", START_COINS);
	for (size_t i = 0; i < COUPONS; i++)
		place->coupons[i] = make_coupon(
			client, place->owner, place->business, 3, i % 2 == 0 ? -1 : 100000);
}

size_t item_user(const struct item *item)
{
	return (size_t)(item->seed >> 8) % USERS;
}

void item_request(const struct place *place, const struct item *item, struct item_space *space,
	struct pp_request *out)
{
	uint64_t user = place->users[item_user(item)];
	uint64_t coupon = place->coupons[(item->seed >> 16) % COUPONS];
	int64_t price = (int64_t)(item->seed >> 24) % 7 + 1;

	space->terms = (struct pp_terms) { .has_price_coins = true, .price_coins = price };
	snprintf(space->name, sizeof(space->name), "named %016llx", (unsigned long long)item->seed);
	switch (mix[item->seed % 16]) {
	case CREDIT: *out = ask_credit(user, price); break;
	case CREDIT_NOBODY: *out = ask_credit(UINT64_C(1) << 40, price); break;
	case BUY:
		*out = ask_purchase(user, coupon, item->base);
		out->u.purchase_coupon.price_policy = PP_PRICE_POLICY_AS_SEEN;
		break;
	case BUY_BEST: *out = ask_purchase(user, coupon, 1); break;
	case EDIT:
		*out = ask_edit(place->owner, coupon, item->base, PP_SET_OF(PP_TERM_FIELD_PRICE),
			&space->terms);
		break;
	case CREATE_USER: *out = ask_create_user(space->name); break;
	default:
		space->terms.name = space->name;
		*out = ask_create_coupon(place->owner, place->business, &space->terms);
		break;
	}
	out->has_request_id = true;
	out->request_id = item->id;
}

uint64_t item_digest(const struct pp_response *response)
{
	static _Thread_local struct bytes bytes;
	struct pp_response plain = *response;
	uint64_t digest = UINT64_C(14695981039346656037); /* FNV-1a */

	plain.seq = 0;
	plain.replayed = false;
	bytes.len = 0;
	put_response(&bytes, &plain);
	for (size_t i = 0; i < bytes.len; i++)
		digest = (digest ^ bytes.data[i]) * UINT64_C(1099511628211);
	return digest;
}

bool item_take(struct item *item, const struct pp_response *response)
{
	if (response->status != NULL && response->status->not_executed)
		return false;
	item->state = ITEM_ANSWERED;
	item->digest = item_digest(response);
	item->coins = 0;
	if (response->kind == PP_KIND_CREDIT_COINS)
		item->coins = response->u.credit_coins.amount_coins;
	if (response->kind == PP_KIND_PURCHASE_COUPON)
		item->coins = -response->u.purchase_coupon.purchase->price_coins;
	return true;
}

#include "tests/hotpath/mixed.h"

#include <string.h>

#include "base/base.h"
#include "tests/integration/pipe.h"
#include "tests/integration/require.h"

enum { COINS_EACH = 1000 * 1000 * 1000, PRICE = 10, PURCHASES_FIRST = 40 };

void mixed_prepare(struct mixed_world *world, const struct process *process)
{
	struct pp_client *client = client_at(process, 0);

	world->process = process;
	for (size_t i = 0; i < MIXED_USERS; i++)
		world->users[i] = make_user(client, "josh", COINS_EACH);
	world->pauper = make_user(client, "pauper", 0);
	world->business = make_business(client, world->users[0], 500);
	for (size_t i = 0; i < MIXED_COUPONS; i++)
		world->coupons[i] =
			make_coupon(client, world->users[0], world->business, PRICE, -1);
	/* So that lists are long from the beginning on. */
	for (size_t i = 0; i < MIXED_USERS * PURCHASES_FIRST; i++) {
		struct pp_request request = ask_purchase(
			world->users[i % MIXED_USERS], world->coupons[i % MIXED_COUPONS], 1);
		(void)call_ok(client, &request);
	}
	pp_client_close(client);
}

void mixed_open(struct mixed *mixed, const struct mixed_world *world, uint64_t seed)
{
	*mixed = (struct mixed) { .world = world, .seed = seed, .version = 1 };
	mixed->client = client_at(world->process, 0);
	mixed->own_coupon = make_coupon(mixed->client, world->users[0], world->business, PRICE, -1);
}

void mixed_close(struct mixed *mixed)
{
	pp_client_close(mixed->client);
}

static uint64_t draw(struct mixed *mixed, uint64_t n)
{
	mixed->seed = mixed->seed * 6364136223846793005u + 1442695040888963407u;
	return (mixed->seed >> 33) % n;
}

static struct pp_request make_refused(struct mixed *mixed, uint64_t user, uint64_t coupon)
{
	const struct mixed_world *world = mixed->world;

	switch (draw(mixed, 5)) {
	case 0: return ask_purchase(world->pauper, coupon, 1);
	case 1: return ask_purchase(user, 1, 1); /* there is no such coupon */
	case 2: return ask_purchase(user, coupon, 999999);
	case 3: return ask_coupon(1, 0);
	default: return ask_credit(user, -1);
	}
}

static struct pp_request make_list(struct mixed *mixed, uint64_t user, uint64_t coupon)
{
	struct pp_request request = { .kind = PP_KIND_LIST_PURCHASES };

	switch (draw(mixed, 4)) {
	case 0: return ask_list(mixed->world->business, true);
	case 1:
		request.kind = PP_KIND_LIST_LEDGER_ENTRIES;
		mixed->account = (struct pp_account) { PP_ACCOUNT_KIND_USER, user };
		request.u.list_ledger_entries.account = &mixed->account;
		return request;
	case 2:
		request.kind = PP_KIND_LIST_COUPON_VERSIONS;
		request.u.list_coupon_versions.coupon_id = coupon;
		return request;
	default: request.u.list_purchases.user_id = user; return request;
	}
}

/* Every other one with the version that is current, as long as no other edit is in flight. */
static struct pp_request make_edit(struct mixed *mixed)
{
	uint64_t base = draw(mixed, 2) == 0 ? mixed->version : 1;

	mixed->terms = (struct pp_terms) {
		.has_price_coins = true,
		.price_coins = PRICE + (int64_t)draw(mixed, 5),
	};
	return ask_edit(mixed->world->users[0], mixed->own_coupon, base,
		PP_SET_OF(PP_TERM_FIELD_PRICE), &mixed->terms);
}

static void make(void *context, size_t i, struct pp_request *out)
{
	struct mixed *mixed = context;
	const struct mixed_world *world = mixed->world;
	uint64_t user = world->users[draw(mixed, MIXED_USERS)];
	uint64_t coupon = world->coupons[draw(mixed, MIXED_COUPONS)];

	if (i == mixed->n_before && mixed->before != NULL)
		mixed->before();
	switch (i % 10) {
	case 0:
	case 1: *out = ask_purchase(user, coupon, 1); break;
	case 2: *out = ask_coupon(coupon, 0); break;
	case 3: *out = ask_balance(PP_ACCOUNT_KIND_USER, user, &mixed->account); break;
	case 4: *out = make_list(mixed, user, coupon); break;
	case 5: *out = make_edit(mixed); break;
	case 6: *out = make_refused(mixed, user, coupon); break;
	case 7: *out = ask_check(user, coupon, 1); break;
	case 8: *out = ask_credit(user, 5); break;
	default: *out = ask_purchase_by_id(1 + draw(mixed, PURCHASES_FIRST)); break;
	}
	if (pp_kind_flags(out->kind) != PP_WRITE)
		return;
	out->has_request_id = true;
	pp_client_new_request_id(mixed->client, &out->request_id);
}

static void done(void *context, size_t i, const struct pp_response *response)
{
	struct mixed *mixed = context;

	(void)i;
	if (response->kind == PP_KIND_EDIT_COUPON && response->status == NULL)
		mixed->version = response->u.edit_coupon.version;
	if (response->status == NULL)
		mixed->n_accepted++;
	else
		mixed->n_refused++;
	if (++mixed->n_done == mixed->n && mixed->after != NULL)
		mixed->after();
}

static void make_purchase(void *context, size_t i, struct pp_request *out)
{
	struct mixed *mixed = context;
	const struct mixed_world *world = mixed->world;

	*out = ask_purchase(world->users[i % MIXED_USERS], world->coupons[i % MIXED_COUPONS], 1);
	out->has_request_id = true;
	pp_client_new_request_id(mixed->client, &out->request_id);
}

static void bought(void *context, size_t i, const struct pp_response *response)
{
	(void)context;
	(void)i;
	REQUIRE(response->status == NULL, "a purchase was refused: %s", response->status->message);
}

void mixed_buy(struct mixed *mixed, size_t n, size_t depth)
{
	struct pipe_work work = {
		.n = n,
		.depth = depth,
		.context = mixed,
		.make = make_purchase,
		.done = bought,
	};

	REQUIRE(pipe_run(mixed->world->process, &work), "the link broke");
}

void mixed_run(struct mixed *mixed, size_t n, size_t depth)
{
	mixed->n = n;
	mixed->n_done = 0;
	struct pipe_work work = {
		.n = n,
		.depth = depth,
		.context = mixed,
		.make = make,
		.done = done,
	};

	REQUIRE(pipe_run(mixed->world->process, &work), "the link broke");
}

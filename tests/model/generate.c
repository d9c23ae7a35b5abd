#include "tests/model/generate.h"

#include <peakpeeps/core.h>
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "tests/integration/require.h"

enum { WEIGHTS = 1000 };

struct recipe {
	enum pp_kind kind;
	make_request *make; /* NULL: no fields */
	uint32_t weight;    /* of WEIGHTS */
	uint32_t accepted;  /* at least, of a hundred of its requests */
};

static const struct recipe recipes[] = {
	{ PP_KIND_SERVER_INFO, NULL, 16, 60 },
	{ PP_KIND_CREATE_USER, make_create_user, 18, 30 },
	{ PP_KIND_GET_USER, make_get_user, 25, 50 },
	{ PP_KIND_CREDIT_COINS, make_credit_coins, 100, 50 },
	{ PP_KIND_GET_BALANCE, make_get_balance, 25, 50 },
	{ PP_KIND_LIST_PURCHASES, make_list_purchases, 25, 50 },
	{ PP_KIND_LIST_LEDGER_ENTRIES, make_list_ledger_entries, 25, 50 },
	{ PP_KIND_CREATE_BUSINESS, make_create_business, 8, 15 },
	{ PP_KIND_EDIT_BUSINESS, make_edit_business, 40, 20 },
	{ PP_KIND_ADD_OWNER, make_add_owner, 20, 10 },
	{ PP_KIND_REMOVE_OWNER, make_remove_owner, 16, 10 },
	{ PP_KIND_GET_BUSINESS, make_get_business, 20, 40 },
	{ PP_KIND_LIST_BUSINESSES, make_list_businesses, 20, 50 },
	{ PP_KIND_CREATE_COUPON, make_create_coupon, 25, 20 },
	{ PP_KIND_EDIT_COUPON, make_edit_coupon, 140, 20 },
	{ PP_KIND_ADJUST_STOCK, make_adjust_stock, 30, 10 },
	{ PP_KIND_GET_COUPON, make_get_coupon, 35, 40 },
	{ PP_KIND_LIST_COUPONS, make_list_coupons, 30, 50 },
	{ PP_KIND_LIST_COUPON_VERSIONS, make_list_coupon_versions, 25, 50 },
	{ PP_KIND_CHECK_PURCHASE, make_check_purchase, 60, 40 },
	{ PP_KIND_PURCHASE_COUPON, make_purchase_coupon, 180, 15 },
	{ PP_KIND_GET_PURCHASE, make_get_purchase, 25, 40 },
	{ PP_KIND_REDEEM_PURCHASE, make_redeem_purchase, 40, 15 },
	{ PP_KIND_REFUND_PURCHASE, make_refund_purchase, 28, 15 },
	{ PP_KIND_ABANDON_REQUEST, make_abandon_request, 20, 50 },
	{ PP_KIND_VERIFY, make_verify, 1, 10 },
	{ PP_KIND_STATS, NULL, 3, 60 },
};

/* splitmix64, by Sebastiano Vigna */
static uint64_t draw_any(struct generator *g)
{
	uint64_t z = g->state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z ^ z >> 31;
}

uint64_t draw(struct generator *g, uint64_t n)
{
	return n > 0 ? draw_any(g) % n : 0;
}

bool chance(struct generator *g, unsigned percent)
{
	return draw(g, 100) < percent;
}

int64_t pick_number(struct generator *g, const int64_t *numbers, size_t n)
{
	return numbers[draw(g, n)];
}

struct arena *arena_of(struct generator *g)
{
	return &g->sent[g->n_sent % SENT_MAX].arena;
}

struct generator *generator_new(uint64_t seed, const struct model *model)
{
	struct generator *g = calloc(1, sizeof(*g));
	uint32_t total = 0;

	for (size_t i = 0; i < ARRAY_LEN(recipes); i++)
		total += recipes[i].weight;
	REQUIRE(g != NULL && total == WEIGHTS, "the weights make %u", total);
	g->state = seed;
	g->model = model;
	for (size_t i = 0; i < SENT_MAX; i++)
		arena_init(&g->sent[i].arena, SIZE_MAX / 2, NULL);
	for (size_t i = 0; i < TOKENS_MAX; i++)
		arena_init(&g->tokens[i].arena, SIZE_MAX / 2, NULL);
	return g;
}

void generator_free(struct generator *g)
{
	for (size_t i = 0; i < SENT_MAX; i++)
		arena_free(&g->sent[i].arena);
	for (size_t i = 0; i < TOKENS_MAX; i++)
		arena_free(&g->tokens[i].arena);
	free(g);
}

uint64_t generate_expected(enum pp_kind kind, uint64_t n_requests)
{
	for (size_t i = 0; i < ARRAY_LEN(recipes); i++) {
		if (recipes[i].kind == kind)
			return n_requests * recipes[i].weight / WEIGHTS * recipes[i].accepted / 100;
	}
	return 0;
}

/* ---- The clock ---- */

/* The ends of a superseded version: of its window and of its dates. */
static int64_t edge_of(struct generator *g, const struct coupon *coupon, uint64_t version)
{
	const struct pp_terms *terms = &coupon->versions[version - 1].terms;

	if (version < coupon->n_versions && chance(g, 70))
		return honoured_until(coupon, version);
	return chance(g, 50) ? terms->ends_at_ms : terms->starts_at_ms;
}

/* The name of a version that the next one has not; NULL: it has. */
static const char *name_let_go(const struct coupon *coupon, uint64_t version)
{
	if (version == coupon->n_versions)
		return NULL;
	const struct coupon_version *before = &coupon->versions[version - 1];
	const struct coupon_version *after = &coupon->versions[version];
	bool gone = strcmp(before->folded, after->folded) != 0 ||
		    after->terms.state == PP_COUPON_STATE_ENDED;
	return gone ? before->terms.name : NULL;
}

/* To the moment from which a purchase cannot be redeemed, as below. */
static int64_t advance_to_expiry(struct generator *g)
{
	for (int tries = 0; tries < 10; tries++) {
		uint64_t id = pick_purchase(g);
		if (id == 0 || id > g->model->n_purchases)
			continue;
		const struct pp_purchase *receipt = &g->model->purchases[id - 1].receipt;
		int64_t ms = receipt->redeem_until_ms + (int64_t)draw(g, 3) - 1 - g->now;
		if (receipt->state != PP_PURCHASE_STATE_ISSUED || ms < 0 || ms > 2 * 3600 * 1000)
			continue;
		g->probed_purchase = id;
		g->n_probes = PROBES;
		return ms;
	}
	return 0;
}

/* To an edge, or 1 ms before or after it, if it is near; the next requests look there. */
static int64_t advance_to_edge(struct generator *g)
{
	uint64_t id = pick_coupon(g);

	g->probed_purchase = 0;
	if (chance(g, 20))
		return advance_to_expiry(g);
	for (int tries = 0; tries < 10; tries++) {
		const struct coupon *coupon = find_coupon((struct model *)g->model, id);
		if (coupon == NULL)
			return 0;
		uint64_t version = coupon->n_versions -
				   draw(g, coupon->n_versions < 4 ? coupon->n_versions : 4);
		int64_t ms = edge_of(g, coupon, version) + (int64_t)draw(g, 3) - 1 - g->now;
		if (ms < 0 || ms > 2 * 3600 * 1000)
			continue;
		g->probed_coupon = id;
		g->probed_version = version;
		g->probed_name = name_let_go(coupon, version);
		g->n_probes = PROBES;
		return ms;
	}
	return 0;
}

int64_t generate_advance(struct generator *g)
{
	uint64_t kind = draw(g, 2000);

	if (g->n_probes > 0) /* mostly still; then over the edge */
		return draw(g, 3) == 0 ? 1 : 0;
	if (kind < 1)
		return (int64_t)draw(g, 24 * 3600 * 1000);
	if (kind < 3)
		return (int64_t)draw(g, 2 * 3600 * 1000);
	if (kind < 15)
		return (int64_t)draw(g, 15 * 60 * 1000);
	if (kind < 60)
		return advance_to_edge(g);
	return kind < 300 ? (int64_t)draw(g, 2000) : 0;
}

/* ---- The envelope ---- */

static struct pp_uuid new_id(struct generator *g, int64_t time_ms)
{
	uint8_t random[10];
	struct pp_uuid id;

	for (size_t i = 0; i < sizeof(random); i++)
		random[i] = (uint8_t)draw(g, 256);
	pp_uuid_make(time_ms, random, &id);
	return id;
}

/* The ids around which the server changes its mind. */
static int64_t edge_time(struct generator *g)
{
	static const int64_t retention_ms = 7 * 24 * 3600 * 1000;

	return g->now + PICK(g, -retention_ms - 1, -retention_ms, -retention_ms + 1, 299999, 300000,
				300001, -86400000, 86400000);
}

static const struct pp_request *pick_sent(struct generator *g)
{
	size_t n = g->n_sent < SENT_MAX ? g->n_sent : SENT_MAX - 1;
	bool abandoned = chance(g, 30);

	for (size_t back = 1; abandoned && back <= n; back++) {
		const struct pp_request *request = &g->sent[(g->n_sent - back) % SENT_MAX].request;
		if (request->kind == PP_KIND_ABANDON_REQUEST && chance(g, 30))
			return request;
	}
	/* Recent ones more often: their answers are what a client misses. */
	if (n == 0)
		return NULL;
	size_t back = 1 + draw(g, chance(g, 60) && n > 20 ? 20 : n);
	return &g->sent[(g->n_sent - back) % SENT_MAX].request;
}

/* The id of another request of the same user, so that this one finds it spent. */
static void steal_id(struct generator *g, struct pp_request *r)
{
	const struct pp_request *other = pick_sent(g);

	if (other == NULL)
		return;
	if (other->kind == PP_KIND_ABANDON_REQUEST)
		r->request_id = other->u.abandon_request.request_id;
	else if (other->has_request_id)
		r->request_id = other->request_id;
	r->acting_user = chance(g, 80) ? other->acting_user : r->acting_user;
}

static void make_envelope(struct generator *g, struct pp_request *r)
{
	bool write = pp_kind_flags(r->kind) == PP_WRITE;
	uint64_t rare = draw(g, 1000);

	if (write && r->kind != PP_KIND_ABANDON_REQUEST) {
		r->has_request_id = true;
		r->request_id = new_id(g, g->now - (int64_t)draw(g, 5000));
		if (rare < 15)
			steal_id(g, r);
		else if (rare < 30)
			r->request_id = new_id(g, edge_time(g));
		else if (rare < 33)
			r->request_id.bytes[6] = (uint8_t)(r->request_id.bytes[6] ^ 0x30);
		else if (rare < 36)
			r->min_revision = 1;
	} else if (rare < 3) {
		r->has_request_id = true;
		r->request_id = new_id(g, g->now);
	}
	if (write ? chance(g, 4) : rare > 997)
		r->validate_only = true;
	if (!write && rare > 960)
		r->min_revision = pick_revision(g);
	if (rare > 500 && rare < 505)
		r->acting_user = (uint64_t)PICK(g, 0, 1, 999999, INT64_MAX);
}

/* ---- Requests ---- */

static const struct recipe *pick_recipe(struct generator *g)
{
	uint64_t at = draw(g, WEIGHTS);
	size_t i = 0;

	/* Nothing can happen in an empty world. */
	while (at >= recipes[i].weight)
		at -= recipes[i++].weight;
	enum pp_kind wanted = g->model->n_users < 24       ? PP_KIND_CREATE_USER
			      : g->model->n_businesses < 8 ? PP_KIND_CREATE_BUSINESS
			      : g->model->n_coupons < 16   ? PP_KIND_CREATE_COUPON
							   : PP_KIND_NONE;
	if (g->n_probes > 0 && chance(g, 80))
		wanted = g->probed_purchase != 0
				 ? (chance(g, 30) ? PP_KIND_REDEEM_PURCHASE : PP_KIND_GET_PURCHASE)
			 : g->probed_name != NULL && chance(g, 40) ? PP_KIND_CREATE_COUPON
			 : chance(g, 75)                           ? PP_KIND_PURCHASE_COUPON
			 : chance(g, 50)                           ? PP_KIND_CHECK_PURCHASE
								   : PP_KIND_LIST_COUPONS;
	for (size_t j = 0; wanted != PP_KIND_NONE && j < ARRAY_LEN(recipes); j++) {
		if (recipes[j].kind == wanted && chance(g, 90))
			i = j;
	}
	return &recipes[i];
}

/* One that was sent before: the same, under another name, or as a question. */
static bool repeat(struct generator *g, struct pp_request *r)
{
	const struct pp_request *other = pick_sent(g);

	if (other == NULL || pp_kind_flags(other->kind) != PP_WRITE)
		return false;
	*r = *other;
	if (chance(g, 10))
		r->acting_user = pick_user(g);
	if (chance(g, 10))
		r->validate_only = !r->validate_only;
	return true;
}

struct pp_request generate_request(struct generator *g)
{
	struct pp_request again;

	g->n_probes -= g->n_probes > 0;
	if (chance(g, 5) && repeat(g, &again))
		return again;
	struct sent *sent = &g->sent[g->n_sent % SENT_MAX];
	const struct recipe *recipe = pick_recipe(g);
	arena_reset(&sent->arena);
	sent->request = (struct pp_request) { .kind = recipe->kind };
	if (recipe->make != NULL)
		recipe->make(g, &sent->request);
	make_envelope(g, &sent->request);
	g->n_sent++;
	return sent->request;
}

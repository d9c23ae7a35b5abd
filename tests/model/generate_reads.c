/* Lists with their tokens, coupons by name and version, ids given up. */
#include <string.h>

#include "base/base.h"
#include "tests/model/generate.h"

/* ---- Tokens ---- */

static struct pp_bytes *token_in(struct pp_request *r)
{
	switch (r->kind) {
	case PP_KIND_LIST_PURCHASES: return &r->u.list_purchases.page_token;
	case PP_KIND_LIST_LEDGER_ENTRIES: return &r->u.list_ledger_entries.page_token;
	case PP_KIND_LIST_BUSINESSES: return &r->u.list_businesses.page_token;
	case PP_KIND_LIST_COUPONS: return &r->u.list_coupons.page_token;
	default: return &r->u.list_coupon_versions.page_token;
	}
}

void generate_learn(struct generator *g, const struct pp_request *request, struct pp_bytes token)
{
	struct token *slot = &g->tokens[g->n_tokens % TOKENS_MAX];

	arena_reset(&slot->arena);
	slot->request = *request;
	if (request->kind == PP_KIND_LIST_LEDGER_ENTRIES) {
		struct pp_account *account = take(&slot->arena, sizeof(*account));
		*account = *request->u.list_ledger_entries.account;
		slot->request.u.list_ledger_entries.account = account;
	}
	uint8_t *copy = take(&slot->arena, token.len);
	memcpy(copy, token.data, token.len);
	*token_in(&slot->request) = (struct pp_bytes) { copy, token.len };
	g->n_tokens++;
}

/* A token of this kind of list; NULL: none is known. */
static const struct token *pick_token(struct generator *g, enum pp_kind kind)
{
	size_t n = g->n_tokens < TOKENS_MAX ? g->n_tokens : TOKENS_MAX;

	for (size_t tries = 0; n > 0 && tries < 20; tries++) {
		const struct token *token = &g->tokens[draw(g, n)];
		if (token->request.kind == kind || chance(g, 1))
			return token;
	}
	return NULL;
}

static struct pp_bytes copy_token(struct generator *g, struct pp_bytes token)
{
	uint8_t *copy = take(arena_of(g), token.len + 1);

	memcpy(copy, token.data, token.len);
	if (chance(g, 3)) /* one bit is another */
		copy[draw(g, token.len)] ^= (uint8_t)(1 << draw(g, 8));
	if (chance(g, 2))
		token.len -= 1 + draw(g, token.len - 1);
	return (struct pp_bytes) { copy, token.len };
}

/* The page after one that was read; false: a new list. */
static bool go_on(struct generator *g, struct pp_request *r)
{
	const struct token *token = chance(g, 60) ? pick_token(g, r->kind) : NULL;
	enum pp_kind kind = r->kind;

	if (token == NULL)
		return false;
	struct pp_request page = token->request;
	struct pp_bytes bytes = copy_token(g, *token_in(&page));
	if (page.kind == kind && chance(g, 97)) {
		r->u = page.u;
		if (kind == PP_KIND_LIST_LEDGER_ENTRIES) {
			struct pp_account *account = take(arena_of(g), sizeof(*account));
			*account = *page.u.list_ledger_entries.account;
			r->u.list_ledger_entries.account = account;
		}
	}
	/* One word of the query is another. */
	if (kind == PP_KIND_LIST_COUPONS && chance(g, 5))
		r->u.list_coupons.valid_only = !r->u.list_coupons.valid_only;
	if (kind == PP_KIND_LIST_BUSINESSES && chance(g, 5))
		r->u.list_businesses.with_valid_coupon = !r->u.list_businesses.with_valid_coupon;
	*token_in(r) = bytes;
	return page.kind == kind;
}

static uint32_t some_size(struct generator *g)
{
	if (chance(g, 4))
		return (uint32_t)PICK(g, 0, 255, 256, 257, UINT32_MAX);
	return (uint32_t)PICK(g, 0, 1, 2, 3, 5, 7, 10, 20, 100);
}

void make_list_purchases(struct generator *g, struct pp_request *r)
{
	r->u.list_purchases.user_id = pick_user(g);
	(void)go_on(g, r);
	r->u.list_purchases.page_size = some_size(g);
}

void make_list_ledger_entries(struct generator *g, struct pp_request *r)
{
	make_get_balance(g, r); /* the account: it is the first member of both */
	r->u.list_ledger_entries.account = r->u.get_balance.account;
	r->u.list_ledger_entries.page_token = (struct pp_bytes) { 0 };
	(void)go_on(g, r);
	r->u.list_ledger_entries.page_size = some_size(g);
}

void make_list_businesses(struct generator *g, struct pp_request *r)
{
	r->u.list_businesses.with_valid_coupon = chance(g, 50);
	(void)go_on(g, r);
	r->u.list_businesses.page_size = some_size(g);
}

void make_list_coupons(struct generator *g, struct pp_request *r)
{
	r->u.list_coupons.business_id = pick_business(g);
	r->u.list_coupons.valid_only = chance(g, 50);
	if (g->n_probes > 0 && g->probed_purchase == 0)
		r->u.list_coupons = (struct pp_list_coupons_request) {
			.business_id = g->probed_coupon / 1000000,
			.valid_only = true,
		};
	else
		(void)go_on(g, r);
	r->u.list_coupons.page_size = some_size(g);
}

void make_list_coupon_versions(struct generator *g, struct pp_request *r)
{
	r->u.list_coupon_versions.coupon_id = pick_coupon(g);
	(void)go_on(g, r);
	r->u.list_coupon_versions.page_size = some_size(g);
	if (chance(g, 1)) {
		uint8_t *bytes = take(arena_of(g), 257);
		r->u.list_coupon_versions.page_token =
			(struct pp_bytes) { bytes, 256 + draw(g, 2) };
	}
}

/* ---- Coupons ---- */

void make_get_coupon(struct generator *g, struct pp_request *r)
{
	struct pp_get_coupon_request *body = &r->u.get_coupon;
	uint64_t id = pick_coupon(g);
	const struct coupon *coupon = find_coupon((struct model *)g->model, id);

	if (chance(g, 50) || coupon == NULL) {
		body->coupon_id = id;
		if (chance(g, 2))
			body->name = pick_name(g, 400);
	} else {
		body->business_id = coupon->business;
		body->name = chance(g, 70)
				     ? coupon->versions[draw(g, coupon->n_versions)].terms.name
				     : pick_name(g, 400);
	}
	if (chance(g, 1))
		body->business_id = pick_business(g);
	uint64_t n = coupon != NULL ? coupon->n_versions : 1;
	if (chance(g, 40))
		body->version = chance(g, 97) ? 1 + draw(g, n) : n + 1;
	else if (chance(g, 30))
		body->at_revision = pick_revision(g);
	if (chance(g, 1))
		body->at_revision = 1;
}

/* ---- Request ids, Verify ---- */

void make_abandon_request(struct generator *g, struct pp_request *r)
{
	static const int64_t retention_ms = 7 * 24 * 3600 * 1000;
	struct pp_abandon_request_request *body = &r->u.abandon_request;
	const struct pp_request *other = &g->sent[draw(g, SENT_MAX)].request;
	int64_t at = g->now;

	r->acting_user = chance(g, 50) ? 0 : pick_user(g);
	if (chance(g, 6))
		at += PICK(g, -retention_ms, -retention_ms + 1, 300000, 300001);
	for (int i = 0; i < 6; i++)
		body->request_id.bytes[i] = (uint8_t)(at >> (40 - 8 * i));
	for (int i = 6; i < 16; i++)
		body->request_id.bytes[i] = (uint8_t)draw(g, 256);
	body->request_id.bytes[6] = 0x70 | (body->request_id.bytes[6] & 15);
	body->request_id.bytes[8] = 0x80 | (body->request_id.bytes[8] & 63);
	if (chance(g, 60) && other->kind != PP_KIND_NONE) {
		r->acting_user = other->acting_user;
		if (other->kind == PP_KIND_ABANDON_REQUEST)
			*body = other->u.abandon_request;
		else if (other->has_request_id)
			body->request_id = other->request_id;
	}
	if (chance(g, 2))
		body->request_id.bytes[8] ^= 0x80;
}

void make_verify(struct generator *g, struct pp_request *r)
{
	uint64_t last = g->model->server.verify_id;

	r->u.verify.verify_id = chance(g, 50) ? 0 : last + (chance(g, 20) ? 1 : 0);
}

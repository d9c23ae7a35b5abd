/* Requests about coupons and purchases. */
#include <string.h>

#include "base/base.h"
#include "tests/model/generate.h"

static const int64_t coins_max = INT64_C(9007199254740991);
static const int64_t hour_ms = 3600 * 1000;

static const struct coupon *coupon_of(const struct generator *g, uint64_t id)
{
	return find_coupon((struct model *)g->model, id);
}

static int64_t some_price(struct generator *g)
{
	if (chance(g, 3))
		return PICK(g, -1, 0, 1, coins_max, coins_max + 1, INT64_MAX, INT64_MIN);
	return (int64_t)draw(g, chance(g, 90) ? 60 : 2000);
}

static int64_t some_time(struct generator *g)
{
	if (chance(g, 30))
		return PICK(g, 0, 0, 0, 1, -1, coins_max, coins_max + 1);
	return g->now + (int64_t)draw(g, (uint64_t)hour_ms) - (chance(g, 40) ? hour_ms : 0);
}

/* Gives one member a value, its name apart. */
static void some_term(struct generator *g, struct pp_terms *terms, int field)
{
	switch (field) {
	case PP_TERM_FIELD_DESCRIPTION:
		terms->description =
			chance(g, 99)
				? arena_printf(arena_of(g), "text %d", (int)draw(g, 3))
				: arena_printf(arena_of(g), "%0*d", 4096 + (int)draw(g, 2), 7);
		break;
	case PP_TERM_FIELD_PRICE:
		terms->has_price_coins = true;
		terms->price_coins = some_price(g);
		break;
	case PP_TERM_FIELD_STARTS_AT:
		terms->has_starts_at_ms = true;
		terms->starts_at_ms = chance(g, 50) ? 0 : some_time(g);
		break;
	case PP_TERM_FIELD_ENDS_AT:
		terms->has_ends_at_ms = true;
		terms->ends_at_ms = chance(g, 60) ? 0 : some_time(g) + hour_ms / 2;
		break;
	case PP_TERM_FIELD_REDEEM_WITHIN:
		terms->has_redeem_within_ms = true;
		terms->redeem_within_ms = PICK(g, 0, 1, 60000, 600000, hour_ms, 24 * hour_ms, -1,
			INT64_C(3155760000000), INT64_C(3155760000001));
		break;
	case PP_TERM_FIELD_HONOUR:
		terms->has_honour_ms = true;
		terms->honour_ms = PICK(
			g, 0, 1, 1000, 60000, 600000, hour_ms, hour_ms, 60000, hour_ms + 1, -1);
		break;
	case PP_TERM_FIELD_PER_USER_LIMIT:
		terms->has_per_user_limit = true;
		terms->per_user_limit = (uint32_t)PICK(g, 0, 1, 1, 1, 2, 3, UINT32_MAX);
		break;
	case PP_TERM_FIELD_STATE:
		terms->state = (enum pp_coupon_state)PICK(g, 1, 1, 1, 1, 1, 2, 2, 2, 3, 1);
		break;
	case PP_TERM_FIELD_REFUND_POLICY:
		terms->refund_policy = (enum pp_refund_policy)PICK(g, 1, 2);
		break;
	default: break;
	}
	if (field == PP_TERM_FIELD_ENDS_AT && terms->has_starts_at_ms && chance(g, 30))
		terms->ends_at_ms = terms->starts_at_ms - (int64_t)draw(g, 2);
	if (field == PP_TERM_FIELD_STATE && chance(g, 1))
		terms->state = (enum pp_coupon_state)4;
}

void make_create_coupon(struct generator *g, struct pp_request *r)
{
	struct pp_create_coupon_request *body = &r->u.create_coupon;
	struct pp_terms *terms = take(arena_of(g), sizeof(*terms));

	body->business_id = pick_business(g);
	r->acting_user = pick_owner(g, body->business_id);
	terms->name = chance(g, 99) ? pick_name(g, 400) : NULL;
	if (g->n_probes > 0 && g->probed_name != NULL && g->probed_purchase == 0 && chance(g, 90)) {
		body->business_id = g->probed_coupon / 1000000;
		r->acting_user = pick_owner(g, body->business_id);
		terms->name = g->probed_name;
	}
	if (chance(g, 99))
		some_term(g, terms, PP_TERM_FIELD_PRICE);
	for (int field = PP_TERM_FIELD_DESCRIPTION; field < PP_TERM_FIELD_COUNT; field++) {
		if (field != PP_TERM_FIELD_PRICE && chance(g, 25))
			some_term(g, terms, field);
	}
	body->terms = chance(g, 99) ? terms : NULL;
	body->has_stock = chance(g, 60);
	if (body->has_stock)
		body->stock = chance(g, 95) ? (int64_t)draw(g, 12)
					    : PICK(g, 0, -1, coins_max, coins_max + 1, INT64_MAX);
}

/* The version an editor read: mostly the newest. */
static uint64_t some_base(struct generator *g, const struct coupon *coupon)
{
	uint64_t n = coupon != NULL ? coupon->n_versions : 1;

	if (chance(g, 3))
		return (uint64_t)PICK(g, 0, (int64_t)n + 1, -1);
	return chance(g, 55) ? n : n - draw(g, n < 6 ? n : 6);
}

/* A value that the coupon has now or had before, or a new one. */
static void edited_term(
	struct generator *g, const struct coupon *coupon, struct pp_terms *terms, int field)
{
	const struct pp_terms *old = NULL;

	if (coupon != NULL && chance(g, 40))
		old = chance(g, 50) ? &version_now(coupon)->terms
				    : &coupon->versions[draw(g, coupon->n_versions)].terms;
	if (coupon != NULL && field == PP_TERM_FIELD_ENDS_AT && chance(g, 15)) {
		terms->has_ends_at_ms = true;
		terms->ends_at_ms = version_now(coupon)->terms.starts_at_ms;
	} else if (old != NULL)
		terms_set(terms, old, PP_SET_OF(field));
	else if (field == PP_TERM_FIELD_NAME)
		terms->name = pick_name(g, 400);
	else
		some_term(g, terms, field);
}

static void make_restore(
	struct generator *g, const struct coupon *coupon, struct pp_edit_coupon_request *body)
{
	uint64_t n = coupon != NULL ? coupon->n_versions : 1;

	body->restore_version = chance(g, 97) ? 1 + draw(g, n) : n + 1;
	if (chance(g, 2))
		body->fields = PP_SET_OF(PP_TERM_FIELD_NAME);
	if (chance(g, 2))
		body->terms = take(arena_of(g), sizeof(*body->terms));
}

static void make_fields(
	struct generator *g, const struct coupon *coupon, struct pp_edit_coupon_request *body)
{
	static const int common[] = { PP_TERM_FIELD_PRICE, PP_TERM_FIELD_PRICE, PP_TERM_FIELD_NAME,
		PP_TERM_FIELD_STATE, PP_TERM_FIELD_DESCRIPTION, PP_TERM_FIELD_HONOUR };
	struct pp_terms *terms = take(arena_of(g), sizeof(*terms));

	for (size_t n = 1 + draw(g, 3); n > 0; n--) {
		int field = chance(g, 60) ? common[draw(g, ARRAY_LEN(common))]
					  : 1 + (int)draw(g, PP_TERM_FIELD_COUNT - 1);
		if (body->fields & PP_SET_OF(field))
			continue;
		body->fields |= PP_SET_OF(field);
		edited_term(g, coupon, terms, field);
	}
	body->terms = chance(g, 99) ? terms : NULL;
	if (chance(g, 2))
		body->fields ^= PP_SET_OF(1 + draw(g, PP_TERM_FIELD_COUNT));
	if (chance(g, 1))
		body->fields = 0;
}

void make_edit_coupon(struct generator *g, struct pp_request *r)
{
	struct pp_edit_coupon_request *body = &r->u.edit_coupon;
	const struct coupon *coupon;

	body->coupon_id = pick_coupon(g);
	coupon = coupon_of(g, body->coupon_id);
	r->acting_user = pick_owner(g, coupon != NULL ? coupon->business : 1);
	body->base_version = some_base(g, coupon);
	if (chance(g, 12))
		make_restore(g, coupon, body);
	else
		make_fields(g, coupon, body);
	body->on_conflict = (enum pp_on_conflict)PICK(g, 0, 1, 2, 2);
	body->supersede = (enum pp_supersede)(chance(g, 8) ? 2 : draw(g, 2));
	if (chance(g, body->supersede == PP_SUPERSEDE_HARD ? 93 : 20))
		body->reason =
			chance(g, 99) ? "a typo"
				      : arena_printf(arena_of(g), "%0*d", 400 + (int)draw(g, 2), 7);
	if (chance(g, 1))
		body->on_conflict = (enum pp_on_conflict)3;
}

void make_adjust_stock(struct generator *g, struct pp_request *r)
{
	struct pp_adjust_stock_request *body = &r->u.adjust_stock;
	const struct coupon *coupon;

	body->coupon_id = pick_coupon(g);
	coupon = coupon_of(g, body->coupon_id);
	r->acting_user = pick_owner(g, coupon != NULL ? coupon->business : 1);
	body->delta = chance(g, 90) ? (int64_t)draw(g, 20) - 6
				    : PICK(g, 0, coins_max, -coins_max, coins_max + 1,
					      -coins_max - 1, INT64_MAX, INT64_MIN);
	if (coupon != NULL && coupon->has_stock && chance(g, 8))
		body->delta = -coupon->left - (int64_t)draw(g, 2);
	if (coupon != NULL && coupon->has_stock && chance(g, 1))
		body->delta = coins_max - coupon->left - coupon->sold + (int64_t)draw(g, 2);
}

/* What a buyer saw. */
static void see(struct generator *g, struct pp_purchase_request *body)
{
	const struct coupon *coupon = coupon_of(g, body->coupon_id);
	uint64_t n = coupon != NULL ? coupon->n_versions : 1;

	if (g->n_probes > 0 && body->coupon_id == g->probed_coupon && g->probed_purchase == 0 &&
		chance(g, 80)) {
		body->version = g->probed_version;
		body->price_policy = (enum pp_price_policy)PICK(g, 2, 2, 1);
		return;
	}
	if (chance(g, 85))
		body->version = chance(g, 55) ? n : n - draw(g, n < 5 ? n : 5);
	else
		body->as_of_revision = pick_revision(g);
	if (chance(g, 2))
		body->version = (uint64_t)PICK(g, 0, (int64_t)n + 1, 1, -1);
	body->price_policy = (enum pp_price_policy)draw(g, 3);
	body->has_max_price_coins = chance(g, 20);
	if (body->has_max_price_coins && coupon != NULL)
		body->max_price_coins = version_now(coupon)->terms.price_coins +
					PICK(g, 0, 0, -1, 1, -30, 30, INT64_C(1) << 53);
}

static void make_purchase(struct generator *g, struct pp_request *r)
{
	struct pp_purchase_request *body = &r->u.purchase_coupon;

	r->acting_user = pick_user(g);
	if (chance(g, 15) && g->model->n_businesses > 0) {
		uint64_t business =
			1 + draw(g, g->model->n_businesses < 12 ? g->model->n_businesses : 12);
		r->acting_user = pick_owner(g, business);
	}
	body->coupon_id = pick_coupon(g);
	see(g, body);
}

void make_check_purchase(struct generator *g, struct pp_request *r)
{
	make_purchase(g, r);
}

void make_purchase_coupon(struct generator *g, struct pp_request *r)
{
	make_purchase(g, r);
}

void make_get_purchase(struct generator *g, struct pp_request *r)
{
	struct pp_get_purchase_request *body = &r->u.get_purchase;
	uint64_t id = pick_purchase(g);

	r->acting_user = chance(g, 50) ? 0 : pick_user(g);
	if (chance(g, 60) || id == 0 || id > g->model->n_purchases) {
		body->purchase_id = id;
		body->has_request_id = chance(g, 2);
		return;
	}
	const struct pp_purchase *receipt = &g->model->purchases[id - 1].receipt;
	body->has_request_id = true;
	body->request_id = receipt->request_id;
	if (chance(g, 90))
		r->acting_user = receipt->user_id;
	if (chance(g, 5)) {
		const struct pp_request *other = &g->sent[draw(g, SENT_MAX)].request;
		body->request_id = other->request_id;
	}
}

/* One character, as people may type it. */
static char type_char(char c, uint64_t how)
{
	if (c == '0' && how % 2 == 0)
		return 'O';
	if (c == '1' && how % 4 != 0)
		return how % 2 == 0 ? 'I' : 'L';
	if (c >= 'A' && c <= 'Z' && how % 3 == 0)
		return (char)(c - 'A' + 'a');
	return c;
}

/*
 * As people type it. How often chance is asked does not depend on the code, which the server drew:
 * the same seed is the same test.
 */
static const char *typed(struct generator *g, const char *code)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char *out = take(arena_of(g), 80);
	size_t len = 0;
	bool loose = chance(g, 40);
	bool zero = chance(g, 3);
	bool wrong = chance(g, 6);
	uint64_t place = 1 + draw(g, 4);
	char odd = (char)PICK(g, '\0', '\0', 'U', '!', ' ');

	if (zero)
		out[len++] = '0';
	for (size_t i = 0; code[i] != '\0' && len < 60; i++) {
		uint64_t how = draw(g, 120);
		if (loose && code[i] == '-' && how % 5 < 3)
			continue;
		if (loose && how % 11 == 0)
			out[len++] = how % 2 == 0 ? ' ' : '-';
		out[len++] = loose ? type_char(code[i], how) : code[i];
	}
	/* One of the last four is another: the next digit, or none. */
	const char *last = strchr(digits, code[strlen(code) - place]);
	if (wrong && odd != '\0')
		out[len - 1] = odd;
	else if (wrong && last != NULL && !loose)
		out[len - place] = digits[((size_t)(last - digits) + 1) % 32];
	return out;
}

void make_redeem_purchase(struct generator *g, struct pp_request *r)
{
	struct pp_redeem_purchase_request *body = &r->u.redeem_purchase;
	uint64_t id = pick_purchase(g);

	body->business_id = pick_business(g);
	body->code = "1G4-8XKD-93QZ-M2WP";
	if (id >= 1 && id <= g->model->n_purchases) {
		const struct pp_purchase *receipt = &g->model->purchases[id - 1].receipt;
		if (chance(g, 95))
			body->business_id = receipt->business_id;
		body->code = typed(g, receipt->code);
	}
	r->acting_user = pick_owner(g, body->business_id);
	if (chance(g, 3)) {
		static const char *const odd[] = { "", "A", "8XKD-93QZ-M2WP", "0-8XKD-93QZ-M2WP",
			"----", "1G4-8XKD-93QZ-M2W", "1G4.8XKD.93QZ.M2WP",
			"FZZZZZZZZZZZZ-8XKD-93QZ-M2WP", "GZZZZZZZZZZZZ-8XKD-93QZ-M2WP",
			"01FZZZZZZZZZZZ-8XKD-93QZ-M2WP" };
		body->code = odd[draw(g, ARRAY_LEN(odd))];
	} else if (chance(g, 1)) {
		body->code = arena_printf(arena_of(g), "%0*d", 64 + (int)draw(g, 2), 7);
	}
}

void make_refund_purchase(struct generator *g, struct pp_request *r)
{
	struct pp_refund_purchase_request *body = &r->u.refund_purchase;

	body->purchase_id = pick_purchase(g);
	r->acting_user = pick_user(g);
	if (body->purchase_id >= 1 && body->purchase_id <= g->model->n_purchases)
		r->acting_user = pick_owner(
			g, g->model->purchases[body->purchase_id - 1].receipt.business_id);
	if (chance(g, 50))
		body->reason =
			chance(g, 98) ? "the fryer broke"
				      : arena_printf(arena_of(g), "%0*d", 400 + (int)draw(g, 2), 7);
}

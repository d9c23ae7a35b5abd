/* Coupons: made, edited, restocked. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

static const int64_t coins_max = INT64_C(9007199254740991);

static void add_version(
	struct exchange *x, struct coupon *coupon, const struct pp_terms *terms, pp_set changed)
{
	struct arena *text = &x->model->text;
	const struct pp_edit_coupon_request *edit = &x->request->u.edit_coupon;
	bool is_edit = x->request->kind == PP_KIND_EDIT_COUPON;
	bool hard = is_edit && edit->supersede == PP_SUPERSEDE_HARD;

	coupon->versions = grow(coupon->versions, coupon->n_versions, sizeof(*coupon->versions));
	struct coupon_version *version = &coupon->versions[coupon->n_versions++];
	*version = (struct coupon_version) {
		.terms = *terms,
		.folded = copy_text(text, name_folded(x->arena, terms->name)),
		.at_ms = x->now,
		.revision = x->model->revision,
		.edited_by = x->request->acting_user,
		.changed = changed,
		.supersede = hard      ? PP_SUPERSEDE_HARD
			     : is_edit ? PP_SUPERSEDE_SOFT
				       : PP_SUPERSEDE_NONE,
		.reason = is_edit ? copy_text(text, edit->reason) : NULL,
	};
	version->terms.name = copy_text(text, terms->name);
	version->terms.description = copy_text(text, terms->description);
	if (hard)
		coupon->floor = coupon->n_versions;
}

/* The version by which the coupon last let go of the name; 0: it bears it, or never did. */
static uint64_t let_go_by(const struct coupon *coupon, const char *folded)
{
	uint64_t v = coupon->n_versions;

	if (version_now(coupon)->terms.state == PP_COUPON_STATE_ENDED &&
		strcmp(version_now(coupon)->folded, folded) == 0)
		return v;
	while (v > 0 && strcmp(coupon->versions[v - 1].folded, folded) != 0)
		v--;
	return v > 0 && v < coupon->n_versions ? v + 1 : 0;
}

/* Whether the window of a version that it superseded, or of one before, is not over; as of then: a
 * later HARD edit does not end it. */
static bool honours_before(const struct exchange *x, const struct coupon *coupon, uint64_t version)
{
	for (uint64_t v = version; v-- > 1;) {
		const struct coupon_version *next = &coupon->versions[v];
		if (next->supersede == PP_SUPERSEDE_HARD)
			return false;
		if (x->now < next->at_ms + coupon->versions[v - 1].terms.honour_ms)
			return true;
	}
	return false;
}

/* Whether the name is another coupon's, or kept for one. `self` may be NULL. */
static bool name_taken(
	const struct exchange *x, uint64_t business, const struct coupon *self, const char *folded)
{
	for (size_t i = 0; i < x->model->n_coupons; i++) {
		const struct coupon *coupon = &x->model->coupons[i];
		const struct coupon_version *now = version_now(coupon);
		if (coupon->business != business || coupon == self)
			continue;
		bool bears = strcmp(now->folded, folded) == 0 &&
			     now->terms.state != PP_COUPON_STATE_ENDED;
		if (bears || honours_before(x, coupon, let_go_by(coupon, folded)))
			return true;
	}
	return false;
}

static bool fit_together(const struct pp_terms *terms)
{
	return terms->ends_at_ms == 0 || terms->ends_at_ms > terms->starts_at_ms;
}

/* The terms of a new coupon: what was sent, over the defaults. */
static struct pp_terms new_terms(struct exchange *x, const struct pp_terms *sent)
{
	struct pp_terms terms = {
		.description = "",
		.has_price_coins = true,
		.has_starts_at_ms = true,
		.has_ends_at_ms = true,
		.has_redeem_within_ms = true,
		.has_honour_ms = true,
		.honour_ms = 600000,
		.has_per_user_limit = true,
		.state = PP_COUPON_STATE_ACTIVE,
		.refund_policy = PP_REFUND_POLICY_KEEP_STOCK,
	};

	terms_set(&terms, sent, terms_members(sent));
	terms.name = name_stored(x->arena, sent->name);
	return terms;
}

void decide_create_coupon(struct exchange *x)
{
	const struct pp_create_coupon_request *body = &x->request->u.create_coupon;
	struct model *model = x->model;
	struct business *business = find_business(model, body->business_id);
	struct pp_terms terms = new_terms(x, body->terms);

	if (business == NULL)
		refuse(x, PP_REASON_BUSINESS_NOT_FOUND, "business_id");
	else if (!owns(x, business))
		refuse(x, PP_REASON_NOT_AN_OWNER, "acting_user");
	else if (!fit_together(&terms))
		refuse(x, PP_REASON_TERMS_INVALID, "terms.ends_at_ms");
	else if (name_taken(x, body->business_id, NULL, name_folded(x->arena, terms.name)))
		refuse(x, PP_REASON_NAME_TAKEN, "terms.name");
	if (refused(x))
		return;
	uint64_t id = body->business_id * 1000000 + business->n_coupons + 1;
	bool real = accept(x, id);
	x->reply.u.create_coupon = (struct pp_create_coupon_response) { real ? id : 0, 1, x->now };
	if (!real)
		return;
	business->n_coupons++;
	model->coupons = grow(model->coupons, model->n_coupons, sizeof(*model->coupons));
	struct coupon *coupon = &model->coupons[model->n_coupons++];
	*coupon = (struct coupon) {
		.id = id,
		.business = body->business_id,
		.floor = 1,
		.has_stock = body->has_stock,
		.left = body->stock,
	};
	add_version(x, coupon, &terms, 0);
}

/* The coupon that an owner acts on; NULL when refused. */
static struct coupon *own_coupon(struct exchange *x, uint64_t id)
{
	struct coupon *coupon = find_coupon(x->model, id);

	if (coupon == NULL)
		refuse(x, PP_REASON_COUPON_NOT_FOUND, "coupon_id");
	else if (!owns(x, find_business(x->model, coupon->business)))
		refuse(x, PP_REASON_NOT_AN_OWNER, "acting_user");
	return refused(x) ? NULL : coupon;
}

/* What an edit names, and the values that it gives. */
struct wish {
	pp_set named;
	struct pp_terms terms;
};

static struct wish wish_of(struct exchange *x, const struct coupon *coupon)
{
	const struct pp_edit_coupon_request *body = &x->request->u.edit_coupon;
	struct wish wish = { .named = body->fields };

	if (body->restore_version == 0) {
		wish.terms = *body->terms;
		if (wish.terms.name != NULL)
			wish.terms.name = name_stored(x->arena, wish.terms.name);
		return wish;
	}
	wish.terms = coupon->versions[body->restore_version - 1].terms;
	wish.named = terms_differ(&wish.terms, &coupon->versions[body->base_version - 1].terms);
	return wish;
}

static bool may_apply(
	const struct exchange *x, const struct coupon *coupon, const struct wish *wish)
{
	const struct pp_edit_coupon_request *body = &x->request->u.edit_coupon;
	pp_set dates = PP_SET_OF(PP_TERM_FIELD_STARTS_AT) | PP_SET_OF(PP_TERM_FIELD_ENDS_AT);
	pp_set changed = terms_differ(
		&coupon->versions[body->base_version - 1].terms, &version_now(coupon)->terms);

	if (body->base_version == coupon->n_versions)
		return true;
	return body->on_conflict == PP_ON_CONFLICT_MERGE_DISJOINT && (changed & wish->named) == 0 &&
	       (changed & PP_SET_OF(PP_TERM_FIELD_STATE)) == 0 &&
	       ((changed & dates) == 0 || (wish->named & dates) == 0);
}

static struct pp_status *conflict_status(struct arena *arena, const struct coupon *coupon,
	uint64_t base_version, const struct wish *wish)
{
	const struct coupon_version *base = &coupon->versions[base_version - 1];
	const struct coupon_version *now = version_now(coupon);
	pp_set named = wish != NULL ? wish->named : 0;
	pp_set changed = terms_differ(&base->terms, &now->terms);
	struct pp_version_conflict *conflict = take(arena, sizeof(*conflict));
	struct pp_status *status = take(arena, sizeof(*status));

	*conflict = (struct pp_version_conflict) {
		.base_version = base_version,
		.current_version = coupon->n_versions,
		.changed_by = now->edited_by,
		.changed_at_ms = now->at_ms,
		.fields = changed | named,
		.overlapping = changed & named,
		.base = terms_only(arena, &base->terms, changed | named),
		.theirs = terms_only(arena, &now->terms, changed | named),
		.yours = wish != NULL ? terms_only(arena, &wish->terms, named) : NULL,
	};
	*status = (struct pp_status) {
		.reason = PP_REASON_COUPON_VERSION_CONFLICT,
		.code = PP_CODE_ABORTED,
		.field = "base_version",
		.version_conflict = conflict,
	};
	return status;
}

static void refuse_conflict(
	struct exchange *x, const struct coupon *coupon, const struct wish *wish)
{
	uint64_t base = x->request->u.edit_coupon.base_version;
	struct business *business = find_business(x->model, coupon->business);

	x->begins = arena_printf(x->arena,
		"Could not find a coupon from business %s for coupon %s at version %llu",
		profile_now(business)->profile.name, coupon->versions[base - 1].terms.name,
		(unsigned long long)base);
	x->reply.status = conflict_status(x->arena, coupon, base, wish);
	x->remembered = conflict_status(&x->model->text, coupon, base, NULL);
}

static void apply_edit(struct exchange *x, struct coupon *coupon, const struct pp_terms *after)
{
	const struct pp_edit_coupon_request *body = &x->request->u.edit_coupon;
	struct pp_edit_coupon_response *reply = &x->reply.u.edit_coupon;
	bool hard = body->supersede == PP_SUPERSEDE_HARD;
	pp_set changed = terms_differ(after, &version_now(coupon)->terms);
	bool withdraws = hard && coupon->floor < coupon->n_versions;

	if (changed == 0 && !withdraws) {
		x->reply.kind = PP_KIND_EDIT_COUPON;
		*reply = (struct pp_edit_coupon_response) {
			.coupon_id = coupon->id,
			.version = coupon->n_versions,
			.unchanged = true,
		};
		return;
	}
	if (!fit_together(after))
		refuse(x, PP_REASON_TERMS_INVALID, "terms.ends_at_ms");
	else if (name_taken(x, coupon->business, coupon, name_folded(x->arena, after->name)))
		refuse(x, PP_REASON_NAME_TAKEN,
			body->restore_version != 0 ? "restore_version" : "terms.name");
	if (refused(x))
		return;
	int64_t until = x->now + version_now(coupon)->terms.honour_ms;
	bool honoured = !hard && until > x->now;
	bool real = accept(x, 0);
	*reply = (struct pp_edit_coupon_response) {
		.coupon_id = coupon->id,
		.version = coupon->n_versions + 1,
		.merged = body->base_version != coupon->n_versions,
		.has_honoured_until_ms = honoured,
		.honoured_until_ms = honoured ? until : 0,
	};
	if (real)
		add_version(x, coupon, after, changed);
}

void decide_edit_coupon(struct exchange *x)
{
	const struct pp_edit_coupon_request *body = &x->request->u.edit_coupon;
	struct coupon *coupon = own_coupon(x, body->coupon_id);

	if (coupon == NULL)
		return;
	if (body->base_version > coupon->n_versions)
		refuse(x, PP_REASON_NO_SUCH_VERSION, "base_version");
	else if (body->restore_version > coupon->n_versions)
		refuse(x, PP_REASON_NO_SUCH_VERSION, "restore_version");
	else if (version_now(coupon)->terms.state == PP_COUPON_STATE_ENDED)
		refuse(x, PP_REASON_COUPON_ENDED, "coupon_id");
	if (refused(x))
		return;
	struct wish wish = wish_of(x, coupon);
	if (!may_apply(x, coupon, &wish)) {
		refuse_conflict(x, coupon, &wish);
		return;
	}
	struct pp_terms after = version_now(coupon)->terms;
	terms_set(&after, &wish.terms, wish.named);
	apply_edit(x, coupon, &after);
}

void decide_adjust_stock(struct exchange *x)
{
	const struct pp_adjust_stock_request *body = &x->request->u.adjust_stock;
	struct coupon *coupon = own_coupon(x, body->coupon_id);

	if (coupon == NULL)
		return;
	if (version_now(coupon)->terms.state == PP_COUPON_STATE_ENDED)
		refuse(x, PP_REASON_COUPON_ENDED, "coupon_id");
	else if (!coupon->has_stock)
		refuse(x, PP_REASON_STOCK_UNLIMITED, "coupon_id");
	else if (coupon->left + body->delta < 0 ||
		 coupon->left + body->delta > coins_max - coupon->sold)
		refuse(x, PP_REASON_STOCK_OUT_OF_RANGE, "delta");
	if (refused(x))
		return;
	bool real = accept(x, 0);
	x->reply.u.adjust_stock =
		(struct pp_adjust_stock_response) { coupon->id, coupon->left + body->delta };
	if (real)
		coupon->left += body->delta;
}

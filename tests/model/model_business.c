/* Businesses and their owners. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

/* The business that an owner acts on; NULL when refused. */
static struct business *own_business(struct exchange *x, uint64_t id)
{
	struct business *business = find_business(x->model, id);

	if (business == NULL)
		refuse(x, PP_REASON_BUSINESS_NOT_FOUND, "business_id");
	else if (!owns(x, business))
		refuse(x, PP_REASON_NOT_AN_OWNER, "acting_user");
	return refused(x) ? NULL : business;
}

static void add_profile(
	struct exchange *x, struct business *business, const struct pp_business_profile *profile)
{
	struct arena *text = &x->model->text;

	business->versions =
		grow(business->versions, business->n_versions, sizeof(*business->versions));
	business->versions[business->n_versions++] = (struct profile_version) {
		.profile = {
			.name = copy_text(text, profile->name),
			.address = copy_text(text, profile->address),
			.has_commission_bp = true,
			.commission_bp = profile->commission_bp,
		},
		.folded = copy_text(text, name_folded(x->arena, profile->name)),
		.edited_by = x->request->acting_user,
		.at_ms = x->now,
	};
}

void decide_create_business(struct exchange *x)
{
	const struct pp_create_business_request *body = &x->request->u.create_business;
	struct model *model = x->model;
	uint64_t self = x->request->acting_user;
	const uint64_t *owners = body->n_owner_ids > 0 ? body->owner_ids : &self;
	size_t n_owners = body->n_owner_ids > 0 ? body->n_owner_ids : 1;
	struct pp_business_profile profile = {
		.name = name_stored(x->arena, body->name),
		.address = body->address != NULL ? body->address : "",
		.commission_bp = body->commission_bp,
	};

	if (body->has_commission_bp && self != 0) {
		refuse(x, PP_REASON_OPERATOR_ONLY, "commission_bp");
		return;
	}
	for (size_t i = 0; i < n_owners; i++) {
		if (find_user(model, owners[i]) == NULL) {
			refuse(x, PP_REASON_USER_NOT_FOUND,
				body->n_owner_ids > 0 ? "owner_ids" : "acting_user");
			return;
		}
	}
	if (business_named(model, name_folded(x->arena, profile.name)) != 0) {
		refuse(x, PP_REASON_NAME_TAKEN, "name");
		return;
	}
	uint64_t id = model->n_businesses + 1;
	bool real = accept(x, id);
	x->reply.u.create_business =
		(struct pp_create_business_response) { real ? id : 0, 1, x->now };
	if (!real)
		return;
	model->businesses =
		grow(model->businesses, model->n_businesses, sizeof(*model->businesses));
	struct business *business = &model->businesses[model->n_businesses++];
	memcpy(business->owners, owners, n_owners * sizeof(owners[0]));
	business->n_owners = n_owners;
	add_profile(x, business, &profile);
}

static pp_set profiles_differ(
	const struct pp_business_profile *a, const struct pp_business_profile *b)
{
	return (strcmp(a->name, b->name) != 0 ? PP_SET_OF(PP_BUSINESS_FIELD_NAME) : 0) |
	       (strcmp(a->address, b->address) != 0 ? PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS) : 0) |
	       (a->commission_bp != b->commission_bp ? PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION) : 0);
}

static struct pp_business_profile *profile_only(
	struct arena *arena, const struct pp_business_profile *profile, pp_set fields)
{
	struct pp_business_profile *only = take(arena, sizeof(*only));

	if (fields & PP_SET_OF(PP_BUSINESS_FIELD_NAME))
		only->name = profile->name;
	if (fields & PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS))
		only->address = profile->address;
	only->has_commission_bp = (fields & PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION)) != 0;
	only->commission_bp = only->has_commission_bp ? profile->commission_bp : 0;
	return only;
}

static struct pp_status *conflict_status(struct arena *arena, const struct business *business,
	uint64_t base_version, pp_set named, const struct pp_business_profile *yours)
{
	const struct profile_version *base = &business->versions[base_version - 1];
	const struct profile_version *now = profile_now(business);
	pp_set changed = profiles_differ(&base->profile, &now->profile);
	struct pp_business_conflict *conflict = take(arena, sizeof(*conflict));
	struct pp_status *status = take(arena, sizeof(*status));

	*conflict = (struct pp_business_conflict) {
		.base_version = base_version,
		.current_version = business->n_versions,
		.changed_by = now->edited_by,
		.changed_at_ms = now->at_ms,
		.fields = changed | named,
		.overlapping = changed & named,
		.base = profile_only(arena, &base->profile, changed | named),
		.theirs = profile_only(arena, &now->profile, changed | named),
		.yours = yours != NULL ? profile_only(arena, yours, named) : NULL,
	};
	*status = (struct pp_status) {
		.reason = PP_REASON_BUSINESS_VERSION_CONFLICT,
		.code = PP_CODE_ABORTED,
		.field = "base_version",
		.business_conflict = conflict,
	};
	return status;
}

/* Whether the edit may be applied on top of what is there now. */
static bool may_apply(const struct exchange *x, const struct business *business)
{
	const struct pp_edit_business_request *body = &x->request->u.edit_business;
	pp_set changed = profiles_differ(&business->versions[body->base_version - 1].profile,
		&profile_now(business)->profile);

	return body->base_version == business->n_versions ||
	       (body->on_conflict == PP_ON_CONFLICT_MERGE_DISJOINT &&
		       (changed & body->fields) == 0);
}

static void refuse_conflict(
	struct exchange *x, struct business *business, const struct pp_business_profile *yours)
{
	const struct pp_edit_business_request *body = &x->request->u.edit_business;
	const char *name = business->versions[body->base_version - 1].profile.name;

	x->begins = arena_printf(x->arena, "Could not find business %s at version %llu", name,
		(unsigned long long)body->base_version);
	x->reply.status =
		conflict_status(x->arena, business, body->base_version, body->fields, yours);
	x->remembered = conflict_status(&x->model->text, business, body->base_version, 0, NULL);
}

static void apply_edit(
	struct exchange *x, struct business *business, const struct pp_business_profile *after)
{
	const struct pp_edit_business_request *body = &x->request->u.edit_business;
	uint64_t bearer = business_named(x->model, name_folded(x->arena, after->name));
	struct pp_edit_business_response *reply = &x->reply.u.edit_business;
	bool merged = body->base_version != business->n_versions;

	if (profiles_differ(after, &profile_now(business)->profile) == 0) {
		x->reply.kind = PP_KIND_EDIT_BUSINESS;
		*reply = (struct pp_edit_business_response) { body->business_id,
			business->n_versions, true, false };
		return;
	}
	if (bearer != 0 && bearer != body->business_id) {
		refuse(x, PP_REASON_NAME_TAKEN, "profile.name");
		return;
	}
	bool real = accept(x, 0);
	*reply = (struct pp_edit_business_response) { body->business_id, business->n_versions + 1,
		false, merged };
	if (real)
		add_profile(x, business, after);
}

void decide_edit_business(struct exchange *x)
{
	const struct pp_edit_business_request *body = &x->request->u.edit_business;
	struct business *business = own_business(x, body->business_id);
	struct pp_business_profile yours = *body->profile;

	if (business == NULL)
		return;
	if (yours.name != NULL)
		yours.name = name_stored(x->arena, yours.name);
	if (x->request->acting_user != 0 &&
		(body->fields & PP_SET_OF(PP_BUSINESS_FIELD_COMMISSION)) != 0) {
		refuse(x, PP_REASON_OPERATOR_ONLY, "profile.commission_bp");
		return;
	}
	if (body->base_version > business->n_versions) {
		refuse(x, PP_REASON_NO_SUCH_VERSION, "base_version");
		return;
	}
	if (!may_apply(x, business)) {
		refuse_conflict(x, business, &yours);
		return;
	}
	struct pp_business_profile after = profile_now(business)->profile;
	if (yours.name != NULL)
		after.name = yours.name;
	if (yours.address != NULL)
		after.address = yours.address;
	if (yours.has_commission_bp)
		after.commission_bp = yours.commission_bp;
	apply_edit(x, business, &after);
}

static size_t place_of(const struct business *business, uint64_t user)
{
	size_t i = 0;

	while (i < business->n_owners && business->owners[i] != user)
		i++;
	return i;
}

void decide_add_owner(struct exchange *x)
{
	const struct pp_add_owner_request *body = &x->request->u.add_owner;
	struct business *business = own_business(x, body->business_id);

	if (business == NULL)
		return;
	if (find_user(x->model, body->user_id) == NULL)
		refuse(x, PP_REASON_USER_NOT_FOUND, "user_id");
	else if (place_of(business, body->user_id) < business->n_owners)
		refuse(x, PP_REASON_ALREADY_AN_OWNER, "user_id");
	else if (business->n_owners == 16)
		refuse(x, PP_REASON_TOO_MANY_OWNERS, "user_id");
	if (refused(x))
		return;
	bool real = accept(x, 0);
	x->reply.u.add_owner = (struct pp_add_owner_response) { body->business_id,
		(uint32_t)business->n_owners + 1 };
	if (real)
		business->owners[business->n_owners++] = body->user_id;
}

void decide_remove_owner(struct exchange *x)
{
	const struct pp_remove_owner_request *body = &x->request->u.remove_owner;
	struct business *business = own_business(x, body->business_id);

	if (business == NULL)
		return;
	size_t place = place_of(business, body->user_id);
	if (place == business->n_owners)
		refuse(x, PP_REASON_OWNER_NOT_FOUND, "user_id");
	else if (business->n_owners == 1)
		refuse(x, PP_REASON_LAST_OWNER, "user_id");
	if (refused(x))
		return;
	bool real = accept(x, 0);
	x->reply.u.remove_owner = (struct pp_remove_owner_response) { body->business_id,
		(uint32_t)business->n_owners - 1 };
	if (!real)
		return;
	business->n_owners--;
	memmove(&business->owners[place], &business->owners[place + 1],
		(business->n_owners - place) * sizeof(business->owners[0]));
}

static struct pp_business *show(struct exchange *x, uint64_t id)
{
	struct business *business = find_business(x->model, id);
	struct pp_business *shown = take(x->arena, sizeof(*shown));

	*shown = (struct pp_business) {
		.business_id = id,
		.version = business->n_versions,
		.profile = &profile_now(business)->profile,
		.owner_ids = business->owners,
		.n_owner_ids = business->n_owners,
		.created_at_ms = business->versions[0].at_ms,
		.edited_by = profile_now(business)->edited_by,
		.edited_at_ms = profile_now(business)->at_ms,
		.n_coupons = business->n_coupons,
		.balance_coins = business->purse.balance,
	};
	return shown;
}

void decide_get_business(struct exchange *x)
{
	const struct pp_get_business_request *body = &x->request->u.get_business;
	uint64_t id = body->business_id;

	if (id == 0)
		id = business_named(
			x->model, name_folded(x->arena, name_stored(x->arena, body->name)));
	if (find_business(x->model, id) == NULL) {
		refuse(x, PP_REASON_BUSINESS_NOT_FOUND,
			body->business_id != 0 ? "business_id" : "name");
		return;
	}
	x->reply.kind = PP_KIND_GET_BUSINESS;
	x->reply.u.get_business.business = show(x, id);
}

static bool has_valid_coupon(const struct exchange *x, uint64_t business)
{
	for (size_t i = 0; i < x->model->n_coupons; i++) {
		const struct coupon *coupon = &x->model->coupons[i];
		if (coupon->business == business && in_force(&version_now(coupon)->terms, x->now))
			return true;
	}
	return false;
}

void decide_list_businesses(struct exchange *x)
{
	const struct pp_list_businesses_request *body = &x->request->u.list_businesses;
	const struct pp_list_businesses_response *actual = &x->actual->u.list_businesses;
	struct pp_list_businesses_response *reply = &x->reply.u.list_businesses;
	size_t size = page_size_of(body->page_size);
	struct cursor cursor;
	bool left = false;

	if (!page_start(x, 1, &cursor))
		return;
	uint64_t start = cursor.next;
	uint64_t sure = cursor.sure;
	x->reply.kind = PP_KIND_LIST_BUSINESSES;
	reply->businesses = take(x->arena, size * sizeof(reply->businesses[0]));
	for (; cursor.next <= x->model->n_businesses && !left; cursor.next++) {
		uint64_t id = cursor.next;
		size_t n = reply->n_businesses;
		/* One that had no valid coupon when it was passed over may have one now. */
		bool passed =
			body->with_valid_coupon && id < sure &&
			(n == actual->n_businesses || actual->businesses[n]->business_id != id);
		if (passed || (body->with_valid_coupon && !has_valid_coupon(x, id)))
			continue;
		if (n == size || n == actual->n_businesses) {
			left = true;
			break;
		}
		reply->businesses[reply->n_businesses++] = show(x, id);
	}
	/* The next page begins somewhere between the last one shown and the next that counts. */
	cursor.sure = cursor.next;
	cursor.next = start;
	if (reply->n_businesses > 0)
		cursor.next = reply->businesses[reply->n_businesses - 1]->business_id + 1;
	page_end(x, cursor, reply->n_businesses, size, left, actual->next_page_token);
}

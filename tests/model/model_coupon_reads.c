/* Coupons, shown. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

/* A version with what is true now; `valid` at that time. */
static struct pp_coupon *show(
	struct exchange *x, const struct coupon *coupon, uint64_t version, int64_t valid_at_ms)
{
	const struct business *business = find_business(x->model, coupon->business);
	struct coupon_version *shown = &coupon->versions[version - 1];
	struct pp_coupon *out = take(x->arena, sizeof(*out));

	*out = (struct pp_coupon) {
		.coupon_id = coupon->id,
		.business_id = coupon->business,
		.business_name = profile_now(business)->profile.name,
		.version = version,
		.current_version = coupon->n_versions,
		.honour_floor = coupon->floor,
		.terms = &shown->terms,
		.valid_from_ms = shown->at_ms,
		.valid_from_revision = shown->revision,
		.edited_by = shown->edited_by,
		.changed_fields = shown->changed,
		.supersede = shown->supersede,
		.reason = shown->reason,
		.has_stock_left = coupon->has_stock,
		.stock_left = coupon->left,
		.sold = coupon->sold,
		.valid = in_force(&shown->terms, valid_at_ms),
		.sold_out = coupon->has_stock && coupon->left == 0,
	};
	if (version < coupon->n_versions) {
		out->has_superseded_at_ms = true;
		out->superseded_at_ms = coupon->versions[version].at_ms;
		out->superseded_at_revision = coupon->versions[version].revision;
		out->honoured_until_ms = honoured_until(coupon, version);
		out->has_honoured_until_ms = x->now < out->honoured_until_ms;
	}
	return out;
}

/* The last one to bear the name, if it does still or ended under it. */
static struct coupon *coupon_named(struct exchange *x, uint64_t business, const char *name)
{
	const char *folded = name_folded(x->arena, name_stored(x->arena, name));
	struct coupon *last = NULL;
	const struct coupon_version *bearing = NULL;

	for (size_t i = 0; i < x->model->n_coupons; i++) {
		struct coupon *coupon = &x->model->coupons[i];
		for (size_t v = 0; coupon->business == business && v < coupon->n_versions; v++) {
			const struct coupon_version *version = &coupon->versions[v];
			if (strcmp(version->folded, folded) != 0 ||
				(bearing != NULL && version->revision < bearing->revision))
				continue;
			last = coupon;
			bearing = version;
		}
	}
	return last != NULL && bearing == version_now(last) ? last : NULL;
}

void decide_get_coupon(struct exchange *x)
{
	const struct pp_get_coupon_request *body = &x->request->u.get_coupon;
	struct coupon *coupon = NULL;

	if (body->coupon_id != 0)
		coupon = find_coupon(x->model, body->coupon_id);
	else if (find_business(x->model, body->business_id) == NULL)
		refuse(x, PP_REASON_BUSINESS_NOT_FOUND, "business_id");
	else
		coupon = coupon_named(x, body->business_id, body->name);
	if (refused(x))
		return;
	if (coupon == NULL) {
		refuse(x, PP_REASON_COUPON_NOT_FOUND, body->coupon_id != 0 ? "coupon_id" : "name");
		return;
	}
	uint64_t version = body->version != 0 ? body->version : coupon->n_versions;
	if (body->at_revision > x->model->revision)
		refuse(x, PP_REASON_REVISION_IN_FUTURE, "at_revision");
	else if (version > coupon->n_versions)
		refuse(x, PP_REASON_NO_SUCH_VERSION, "version");
	else if (body->at_revision != 0)
		version = version_at(coupon, body->at_revision);
	if (!refused(x) && version == 0)
		refuse(x, PP_REASON_COUPON_NOT_FOUND, "at_revision");
	if (refused(x))
		return;
	x->reply.kind = PP_KIND_GET_COUPON;
	x->reply.u.get_coupon.coupon = show(x, coupon, version, x->now);
}

void decide_list_coupons(struct exchange *x)
{
	const struct pp_list_coupons_request *body = &x->request->u.list_coupons;
	const struct pp_list_coupons_response *actual = &x->actual->u.list_coupons;
	struct pp_list_coupons_response *reply = &x->reply.u.list_coupons;
	size_t size = page_size_of(body->page_size);
	struct cursor cursor;
	bool left = false;

	if (!page_start(x, 1, &cursor))
		return;
	if (find_business(x->model, body->business_id) == NULL) {
		refuse(x, PP_REASON_BUSINESS_NOT_FOUND, "business_id");
		return;
	}
	x->reply.kind = PP_KIND_LIST_COUPONS;
	reply->as_of_revision = cursor.as_of_revision;
	reply->as_of_ms = cursor.as_of_ms;
	reply->coupons = take(x->arena, size * sizeof(reply->coupons[0]));
	for (;; cursor.next++) {
		const struct coupon *coupon =
			find_coupon(x->model, body->business_id * 1000000 + cursor.next);
		uint64_t version = coupon != NULL ? version_at(coupon, cursor.as_of_revision) : 0;
		if (version == 0)
			break;
		if (body->valid_only &&
			!in_force(&coupon->versions[version - 1].terms, cursor.as_of_ms))
			continue;
		if (reply->n_coupons == size || reply->n_coupons == actual->n_coupons) {
			left = true;
			break;
		}
		reply->coupons[reply->n_coupons++] = show(x, coupon, version, cursor.as_of_ms);
	}
	page_end(x, cursor, reply->n_coupons, size, left, actual->next_page_token);
}

void decide_list_coupon_versions(struct exchange *x)
{
	const struct pp_list_coupon_versions_request *body = &x->request->u.list_coupon_versions;
	const struct pp_list_coupon_versions_response *actual = &x->actual->u.list_coupon_versions;
	struct pp_list_coupon_versions_response *reply = &x->reply.u.list_coupon_versions;
	size_t size = page_size_of(body->page_size);
	struct cursor cursor;

	if (!page_start(x, 1, &cursor))
		return;
	const struct coupon *coupon = find_coupon(x->model, body->coupon_id);
	if (coupon == NULL) {
		refuse(x, PP_REASON_COUPON_NOT_FOUND, "coupon_id");
		return;
	}
	x->reply.kind = PP_KIND_LIST_COUPON_VERSIONS;
	reply->versions = take(x->arena, size * sizeof(reply->versions[0]));
	while (cursor.next <= coupon->n_versions && reply->n_versions < size &&
		reply->n_versions < actual->n_versions)
		reply->versions[reply->n_versions++] = show(x, coupon, cursor.next++, x->now);
	page_end(x, cursor, reply->n_versions, size, cursor.next <= coupon->n_versions,
		actual->next_page_token);
}

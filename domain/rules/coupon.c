/* CreateCoupon. */
#include <inttypes.h>

#include "domain/rules/business.h"
#include "domain/rules/claim.h"
#include "domain/rules/families.h"
#include "domain/rules/terms.h"

struct creation {
	enum loaded business_loaded;
	struct business_record business;
	struct counters_record counters;
	struct claim claim;
	struct pp_terms terms; /* whole */
};

static void check_creation(struct run *run, const struct creation *creation)
{
	const struct business_record *business = &creation->business;
	const char *field = NULL;

	if (creation->business_loaded == LOADED_ABSENT) {
		run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "business_id",
			"There is no business %" PRIu64 ".",
			run->request->u.create_coupon.business_id);
		return;
	}
	business_check_owner(run, business);
	const char *fault = terms_fault(&creation->terms, &field);
	if (fault != NULL)
		run_refuse(run, PP_REASON_TERMS_INVALID, field,
			"The terms do not fit together: %s.", fault);
	if (business->n_coupons == PP_COUPONS_MAX)
		run_refuse(run, PP_REASON_TOO_MANY_COUPONS, "business_id",
			"Business %s has %d coupons, the most there can be. Edit one of them.",
			business->name, PP_COUPONS_MAX);
	claim_check(run, &creation->claim, 0, terms_path(PP_TERM_FIELD_NAME));
}

static void create_coupon(struct run *run, struct creation *creation)
{
	const struct pp_create_coupon_request *body = &run->request->u.create_coupon;
	struct business_record *business = &creation->business;

	check_creation(run, creation);
	if (run_refused(run))
		return;
	business->n_coupons++;
	creation->counters.n_coupons++;
	const struct coupon_record coupon = {
		.coupon_id = business->business_id * COUPON_ID_UNIT + business->n_coupons,
		.business_id = business->business_id,
		.version = 1,
		.honour_floor = 1,
		.has_stock = body->has_stock,
		.stock = body->has_stock ? body->stock : 0,
	};
	const struct version_record version = {
		.coupon_id = coupon.coupon_id,
		.version = coupon.version,
		.terms = creation->terms,
		.valid_from_ms = run->now_ms,
		.valid_from_revision = run_new_revision(run),
		.edited_by = run->request->acting_user,
	};
	run_accept(run, coupon.coupon_id);
	run->journal.outcome.made_id = run_made_id(run, coupon.coupon_id);
	run->journal.outcome.version = coupon.version;
	run_put_coupon(run, &coupon, true);
	run_put_version(run, &version);
	claim_put(run, &creation->claim, coupon.coupon_id);
	run_put_business(run, business, false);
	run_put_counters(run, &creation->counters);
}

void rule_create_coupon(struct run *run)
{
	const struct pp_create_coupon_request *body = &run->request->u.create_coupon;
	const struct outcome *outcome = &run->journal.outcome;
	struct creation creation;

	creation.business_loaded = run_load_business(run, body->business_id, &creation.business);
	run_load_counters(run, &creation.counters);
	claim_load(run, NAME_OF_COUPON, body->business_id, body->terms->name, &creation.claim);
	terms_default(&creation.terms);
	terms_apply(&creation.terms, body->terms, terms_fields_set(body->terms));
	creation.terms.name = creation.claim.name.text;
	if (!run_begin(run))
		return;
	if (!run->replayed)
		create_coupon(run, &creation);
	if (!run_answers(run))
		return;
	run->reply->u.create_coupon = (struct pp_create_coupon_response) {
		.coupon_id = outcome->made_id,
		.version = outcome->version,
		.valid_from_ms = run->replayed ? run->spent.decided_at_ms : run->now_ms,
	};
}

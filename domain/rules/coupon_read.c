/* GetCoupon: by id or by name; now, at a version, or at a revision. */
#include <inttypes.h>
#include <string.h>

#include "domain/rules/claim.h"
#include "domain/rules/families.h"
#include "domain/rules/version.h"

struct lookup {
	uint64_t coupon_id;
	bool by_name;
	struct claim claim;
	struct business_record business;
	struct coupon_record coupon;
	struct version_view view;
};

/* The coupon that bears the name, or that bore it last. */
static void find_by_name(struct run *run, struct lookup *lookup)
{
	const struct pp_get_coupon_request *body = &run->request->u.get_coupon;

	lookup->by_name = true;
	enum loaded loaded = run_load_business(run, body->business_id, &lookup->business);
	claim_load(run, NAME_OF_COUPON, body->business_id, body->name, &lookup->claim);
	if (run->waiting)
		return;
	if (loaded == LOADED_ABSENT)
		run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "business_id",
			"There is no business %" PRIu64 ".", body->business_id);
	else if (lookup->claim.loaded == LOADED_ABSENT)
		run_refuse(run, PP_REASON_COUPON_NOT_FOUND, "name",
			"Business %s has no coupon named %s.", lookup->business.name,
			lookup->claim.name.text);
	else
		lookup->coupon_id = lookup->claim.record.id;
}

/* A name that was let go of still finds the coupon that ended under it, not one renamed since. */
static void check_bearer(struct run *run, const struct lookup *lookup)
{
	struct version_record current;
	struct name_hash hash;

	if (!lookup->by_name || lookup->claim.record.borne)
		return;
	run_expect(run, run_load_version(run, lookup->coupon_id, lookup->coupon.version, &current));
	if (run->waiting)
		return;
	if (!name_hash(current.terms.name, &hash))
		run_corrupt(run);
	else if (memcmp(&hash, &lookup->claim.name.hash, sizeof(hash)) != 0)
		run_refuse(run, PP_REASON_COUPON_NOT_FOUND, "name",
			"Business %s has no coupon named %s any more; coupon %" PRIu64
			" was, and is named %s now.",
			lookup->business.name, lookup->claim.name.text, lookup->coupon_id,
			current.terms.name);
}

static void find_coupon(struct run *run, struct lookup *lookup)
{
	uint64_t id = run->request->u.get_coupon.coupon_id;

	if (id == 0)
		find_by_name(run, lookup);
	else
		lookup->coupon_id = id;
	if (!run_answers(run))
		return;
	enum loaded loaded = run_load_coupon(run, lookup->coupon_id, &lookup->coupon);
	enum loaded business_loaded =
		run_load_business(run, lookup->coupon_id / COUPON_ID_UNIT, &lookup->business);
	if (run->waiting)
		return;
	if (loaded == LOADED_ABSENT && !lookup->by_name)
		run_refuse(run, PP_REASON_COUPON_NOT_FOUND, "coupon_id",
			"There is no coupon %" PRIu64 ".", id);
	else if (loaded == LOADED_ABSENT || business_loaded == LOADED_ABSENT)
		run_corrupt(run);
	else
		check_bearer(run, lookup);
}

static void find_version(struct run *run, struct lookup *lookup)
{
	const struct pp_get_coupon_request *body = &run->request->u.get_coupon;
	const struct coupon_record *coupon = &lookup->coupon;

	if (body->at_revision > run->revision)
		run_refuse(run, PP_REASON_REVISION_IN_FUTURE, "at_revision",
			"at_revision is %" PRIu64 ", but the newest revision is %" PRIu64 ".",
			body->at_revision, run->revision);
	else if (body->version > coupon->version)
		run_refuse(run, PP_REASON_NO_SUCH_VERSION, "version",
			"There is no version %" PRIu64 " of coupon %" PRIu64
			" yet; the newest is %" PRIu32 ".",
			body->version, coupon->coupon_id, coupon->version);
	else if (body->at_revision == 0)
		version_by_number(run, coupon, body->version != 0 ? body->version : coupon->version,
			&lookup->view);
	else if (!version_at_revision(run, coupon, body->at_revision, &lookup->view) &&
		 !run->waiting)
		run_refuse(run, PP_REASON_COUPON_NOT_FOUND, "at_revision",
			"There was no coupon %" PRIu64 " yet at revision %" PRIu64 ".",
			coupon->coupon_id, body->at_revision);
}

void rule_get_coupon(struct run *run)
{
	struct lookup lookup = { 0 };

	find_coupon(run, &lookup);
	if (run_answers(run))
		find_version(run, &lookup);
	if (!run_answers(run))
		return;
	run->reply->u.get_coupon.coupon = version_render(run, run_text(run, lookup.business.name),
		&lookup.coupon, &lookup.view, run->now_ms);
}

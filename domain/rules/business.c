/* Businesses and their owners: CreateBusiness, AddOwner, RemoveOwner. */
#include "domain/rules/business.h"

#include <inttypes.h>
#include <string.h>

#include "domain/rules/claim.h"
#include "domain/rules/families.h"
#include "domain/rules/profile.h"

bool business_is_owner(const struct business_record *business, uint64_t user_id)
{
	for (uint32_t i = 0; i < business->n_owners; i++)
		if (business->owners[i] == user_id)
			return true;
	return false;
}

void business_check_owner(struct run *run, const struct business_record *business)
{
	uint64_t actor = run->request->acting_user;

	if (actor != 0 && !business_is_owner(business, actor))
		run_refuse(run, PP_REASON_NOT_AN_OWNER, "acting_user",
			"User %" PRIu64 " is not an owner of business %s. Ask one of its owners.",
			actor, business->name);
}

void business_expect_current(struct run *run, const struct business_record *business,
	const struct business_version_record *version)
{
	const struct pp_business_profile shown = { .name = business->name,
		.address = business->address,
		.has_commission_bp = true,
		.commission_bp = business->commission_bp };

	if (version->version != business->version || version->valid_from_revision > run->revision ||
		profile_difference(&shown, &version->profile) != 0)
		run_corrupt(run);
}

void business_load_current(struct run *run, const struct business_record *business,
	struct business_version_record *out)
{
	enum loaded loaded =
		run_load_business_version(run, business->business_id, business->version, out);

	run_expect(run, loaded);
	if (loaded == LOADED_PRESENT)
		business_expect_current(run, business, out);
}

/* ---- CreateBusiness ---- */

struct founding {
	struct claim claim;
	struct counters_record counters;
	uint32_t n_owners;
	uint64_t owners[PP_OWNERS_MAX];
	uint64_t missing_owner; /* 0: none */
};

static void load_owners(struct run *run, struct founding *founding)
{
	const struct pp_create_business_request *body = &run->request->u.create_business;
	struct user_record user;

	founding->n_owners = (uint32_t)body->n_owner_ids;
	for (uint32_t i = 0; i < founding->n_owners; i++)
		founding->owners[i] = body->owner_ids[i];
	if (founding->n_owners == 0) {
		founding->n_owners = 1;
		founding->owners[0] = run->request->acting_user;
	}
	for (uint32_t i = 0; i < founding->n_owners; i++) {
		enum loaded loaded = run_load_user(run, founding->owners[i], &user);
		if (loaded == LOADED_ABSENT && founding->missing_owner == 0)
			founding->missing_owner = founding->owners[i];
	}
}

static void put_first_version(struct run *run, const struct business_record *business)
{
	const struct business_version_record version = {
		.business_id = business->business_id,
		.version = business->version,
		.profile = { .name = business->name,
			.address = business->address,
			.has_commission_bp = true,
			.commission_bp = business->commission_bp },
		.valid_from_ms = run->now_ms,
		.valid_from_revision = run_new_revision(run),
		.edited_by = run->request->acting_user,
	};

	run_put_business_version(run, &version);
}

static void create_business(struct run *run, struct founding *founding)
{
	const struct pp_create_business_request *body = &run->request->u.create_business;
	struct counters_record *counters = &founding->counters;

	if (body->has_commission_bp && run->request->acting_user != 0)
		run_refuse(run, PP_REASON_OPERATOR_ONLY, "commission_bp",
			"Only the operator sets the commission of a business. Leave commission_bp "
			"out, or ask the operator.");
	if (founding->missing_owner != 0)
		run_refuse(run, PP_REASON_USER_NOT_FOUND,
			body->n_owner_ids == 0 ? "acting_user" : "owner_ids",
			"There is no user %" PRIu64 " to own the business.",
			founding->missing_owner);
	claim_check(run, &founding->claim, 0, "name");
	if (run_refused(run))
		return;
	struct business_record business = { .business_id = counters->n_businesses + 1,
		.version = 1,
		.name = founding->claim.name.text,
		.address = body->address == NULL ? "" : body->address,
		.n_owners = founding->n_owners,
		.commission_bp = body->has_commission_bp ? body->commission_bp : 0,
		.created_at_ms = run->now_ms };
	for (uint32_t i = 0; i < founding->n_owners; i++)
		business.owners[i] = founding->owners[i];
	counters->n_businesses++;
	run_accept(run, business.business_id);
	run->journal.outcome.made_id = run_made_id(run, business.business_id);
	run->journal.outcome.version = business.version;
	run_put_business(run, &business, true);
	put_first_version(run, &business);
	claim_put(run, &founding->claim, business.business_id);
	run_put_counters(run, counters);
}

void rule_create_business(struct run *run)
{
	const struct outcome *outcome = &run->journal.outcome;
	struct founding founding = { 0 };

	claim_load(run, NAME_OF_BUSINESS, 0, run->request->u.create_business.name, &founding.claim);
	run_load_counters(run, &founding.counters);
	load_owners(run, &founding);
	if (!run_begin(run))
		return;
	if (!run->replayed)
		create_business(run, &founding);
	if (!run_answers(run))
		return;
	run->reply->u.create_business = (struct pp_create_business_response) {
		.business_id = outcome->made_id,
		.version = outcome->version,
		.created_at_ms = run->replayed ? run->spent.decided_at_ms : run->now_ms,
	};
}

/* ---- AddOwner ---- */

static void check_add_owner(struct run *run, enum loaded business_loaded,
	const struct business_record *business, enum loaded user_loaded)
{
	const struct pp_add_owner_request *body = &run->request->u.add_owner;

	if (business_loaded == LOADED_ABSENT) {
		run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "business_id",
			"There is no business %" PRIu64 ".", body->business_id);
		return;
	}
	business_check_owner(run, business);
	if (user_loaded == LOADED_ABSENT)
		run_refuse(run, PP_REASON_USER_NOT_FOUND, "user_id",
			"There is no user %" PRIu64 ".", body->user_id);
	if (business_is_owner(business, body->user_id))
		run_refuse(run, PP_REASON_ALREADY_AN_OWNER, "user_id",
			"User %" PRIu64 " is an owner of business %s already.", body->user_id,
			business->name);
	if (business->n_owners == PP_OWNERS_MAX)
		run_refuse(run, PP_REASON_TOO_MANY_OWNERS, "user_id",
			"Business %s has %d owners, the most there can be.", business->name,
			PP_OWNERS_MAX);
}

static void add_owner(struct run *run, enum loaded business_loaded,
	struct business_record *business, enum loaded user_loaded)
{
	check_add_owner(run, business_loaded, business, user_loaded);
	if (run_refused(run))
		return;
	run_accept(run, business->business_id);
	business->owners[business->n_owners++] = run->request->u.add_owner.user_id;
	run->journal.user_id = run->request->u.add_owner.user_id;
	run->journal.outcome.n_owners = business->n_owners;
	run_put_business(run, business, false);
}

void rule_add_owner(struct run *run)
{
	const struct pp_add_owner_request *body = &run->request->u.add_owner;
	struct business_record business;
	struct user_record user;

	enum loaded business_loaded = run_load_business(run, body->business_id, &business);
	enum loaded user_loaded = run_load_user(run, body->user_id, &user);
	if (!run_begin(run))
		return;
	if (!run->replayed)
		add_owner(run, business_loaded, &business, user_loaded);
	if (!run_answers(run))
		return;
	run->reply->u.add_owner = (struct pp_add_owner_response) {
		.business_id = body->business_id,
		.n_owners = run->journal.outcome.n_owners,
	};
}

/* ---- RemoveOwner ---- */

static void check_remove_owner(
	struct run *run, enum loaded business_loaded, const struct business_record *business)
{
	const struct pp_remove_owner_request *body = &run->request->u.remove_owner;

	if (business_loaded == LOADED_ABSENT) {
		run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "business_id",
			"There is no business %" PRIu64 ".", body->business_id);
		return;
	}
	business_check_owner(run, business);
	if (!business_is_owner(business, body->user_id))
		run_refuse(run, PP_REASON_OWNER_NOT_FOUND, "user_id",
			"User %" PRIu64 " is not an owner of business %s.", body->user_id,
			business->name);
	if (business->n_owners == 1)
		run_refuse(run, PP_REASON_LAST_OWNER, "user_id",
			"User %" PRIu64 " is the last owner of business %s. Add another first.",
			body->user_id, business->name);
}

/* The others stay in the order in which they were added. */
static void take_owner(struct business_record *business, uint64_t user_id)
{
	uint32_t at = 0;

	while (business->owners[at] != user_id)
		at++;
	business->n_owners--;
	memmove(&business->owners[at], &business->owners[at + 1],
		(business->n_owners - at) * sizeof(business->owners[0]));
}

static void remove_owner(
	struct run *run, enum loaded business_loaded, struct business_record *business)
{
	check_remove_owner(run, business_loaded, business);
	if (run_refused(run))
		return;
	run_accept(run, business->business_id);
	take_owner(business, run->request->u.remove_owner.user_id);
	run->journal.user_id = run->request->u.remove_owner.user_id;
	run->journal.outcome.n_owners = business->n_owners;
	run_put_business(run, business, false);
}

void rule_remove_owner(struct run *run)
{
	const struct pp_remove_owner_request *body = &run->request->u.remove_owner;
	struct business_record business;

	enum loaded business_loaded = run_load_business(run, body->business_id, &business);
	if (!run_begin(run))
		return;
	if (!run->replayed)
		remove_owner(run, business_loaded, &business);
	if (!run_answers(run))
		return;
	run->reply->u.remove_owner = (struct pp_remove_owner_response) {
		.business_id = body->business_id,
		.n_owners = run->journal.outcome.n_owners,
	};
}

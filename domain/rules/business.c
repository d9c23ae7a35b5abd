/* Businesses and their owners: CreateBusiness, AddOwner. */
#include "domain/rules/business.h"

#include <inttypes.h>

#include "domain/rules/claim.h"
#include "domain/rules/families.h"

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

static void create_business(struct run *run, struct founding *founding)
{
	const struct pp_create_business_request *body = &run->request->u.create_business;
	struct counters_record *counters = &founding->counters;

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
		.address = body->address,
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

/* AbandonRequest: what was decided under an id, or the promise that nothing ever will be. */
#include "domain/rules/families.h"
#include "domain/rules/render.h"

/* A conflict needs the versions it speaks of; the edit itself is not at hand. */
static void load_conflict(struct run *run, const struct outcome *outcome)
{
	struct version_record base;
	struct version_record current;

	run_expect(run, run_load_version(run, outcome->made_id, outcome->conflict_base, &base));
	run_expect(
		run, run_load_version(run, outcome->made_id, outcome->conflict_current, &current));
	if (!run->waiting)
		run->conflict = render_conflict(run, &base, &current, 0, NULL);
}

static void load_business_conflict(struct run *run, const struct outcome *outcome)
{
	struct business_version_record base;
	struct business_version_record current;
	uint64_t id = outcome->made_id;

	run_expect(run, run_load_business_version(run, id, outcome->conflict_base, &base));
	run_expect(run, run_load_business_version(run, id, outcome->conflict_current, &current));
	if (!run->waiting)
		run->business_conflict = render_business_conflict(run, &base, &current, 0, NULL);
}

static void answer(struct run *run, const struct request_record *spent)
{
	struct pp_abandon_request_response *body = &run->reply->u.abandon_request;
	struct outcome outcome = spent->outcome;

	if (spent->journaled) {
		struct journal_record journal;
		enum loaded loaded = run_load_journal(run, spent->revision, &journal);
		run_expect(run, loaded);
		if (run->waiting)
			return;
		outcome = journal.outcome;
	}
	if (outcome.reason == PP_REASON_COUPON_VERSION_CONFLICT)
		load_conflict(run, &outcome);
	if (outcome.reason == PP_REASON_BUSINESS_VERSION_CONFLICT)
		load_business_conflict(run, &outcome);
	if (run->waiting)
		return;
	body->outcome_revision = spent->revision;
	body->decided_at_ms = spent->decided_at_ms;
	if (outcome.reason == PP_REASON_NONE)
		body->made_id = outcome.made_id;
	else
		body->outcome = render_status(run, &outcome);
}

void rule_abandon_request(struct run *run)
{
	const struct pp_uuid *id = &run->request->u.abandon_request.request_id;
	struct pp_abandon_request_response *body = &run->reply->u.abandon_request;
	uint64_t principal = run->request->acting_user;
	struct request_record spent;

	enum loaded loaded = run_load_request(run, id, principal, &spent);
	if (run->waiting)
		return;
	if (loaded == LOADED_PRESENT && spent.kind != PP_KIND_NONE) {
		answer(run, &spent);
		return;
	}
	if (loaded == LOADED_ABSENT) {
		spent = (struct request_record) { .decided_at_ms = run->now_ms,
			.revision = run->revision };
		run_put_request(run, id, principal, &spent);
	} else {
		run->spent = spent;
		run->replayed = true;
	}
	body->abandoned = true;
	body->outcome_revision = spent.revision;
	body->decided_at_ms = spent.decided_at_ms;
}

#include "domain/rules/render.h"

#include <string.h>

#include "domain/rules/profile.h"
#include "domain/rules/terms.h"

struct pp_status *render_status(struct run *run, const struct outcome *outcome)
{
	struct pp_status *status = run_alloc(run, sizeof(*status));

	if (status == NULL)
		return NULL;
	status->code = pp_reason_code(outcome->reason);
	status->reason = outcome->reason;
	status->message = run_text(run, outcome->message);
	status->field = run_text(run, outcome->field);
	status->version_conflict = run->conflict;
	status->business_conflict = run->business_conflict;
	if (outcome->has_offer) {
		status->current_offer = run_alloc(run, sizeof(*status->current_offer));
		if (status->current_offer != NULL)
			*status->current_offer = outcome->offer;
	}
	return status;
}

void render_refusal(struct run *run)
{
	run->reply->kind = PP_KIND_NONE;
	run->reply->status = render_status(run, &run->journal.outcome);
}

void render_envelope(struct run *run)
{
	struct pp_response *reply = run->reply;

	if (run_refused(run))
		render_refusal(run);
	else
		reply->kind = run->request->kind;
	if (run->replayed) {
		reply->replayed = true;
		reply->revision = run->spent.revision;
		reply->time_ms = run->spent.decided_at_ms;
	} else if (run->accepted && !run->dry) {
		reply->revision = run_new_revision(run);
	}
}

struct pp_version_conflict *render_conflict(struct run *run, const struct version_record *base,
	const struct version_record *current, pp_set edit_fields, const struct pp_terms *edit_terms)
{
	struct pp_version_conflict *conflict = run_alloc(run, sizeof(*conflict));
	pp_set changed = terms_difference(&base->terms, &current->terms);

	if (conflict == NULL)
		return NULL;
	conflict->base_version = base->version;
	conflict->current_version = current->version;
	conflict->changed_by = current->edited_by;
	conflict->changed_at_ms = current->valid_from_ms;
	conflict->fields = changed | edit_fields;
	conflict->overlapping = changed & edit_fields;
	conflict->base = run_terms(run, &base->terms, conflict->fields);
	conflict->theirs = run_terms(run, &current->terms, conflict->fields);
	if (edit_terms != NULL)
		conflict->yours = run_terms(run, edit_terms, edit_fields);
	return conflict;
}

static struct pp_business_profile *render_profile(
	struct run *run, const struct pp_business_profile *profile, pp_set fields)
{
	struct pp_business_profile *copy = profile_copy(run->arena, profile, fields);

	if (copy == NULL)
		run_too_big(run);
	return copy;
}

struct pp_business_conflict *render_business_conflict(struct run *run,
	const struct business_version_record *base, const struct business_version_record *current,
	pp_set edit_fields, const struct pp_business_profile *edit_profile)
{
	struct pp_business_conflict *conflict = run_alloc(run, sizeof(*conflict));
	pp_set changed = profile_difference(&base->profile, &current->profile);

	if (conflict == NULL)
		return NULL;
	conflict->base_version = base->version;
	conflict->current_version = current->version;
	conflict->changed_by = current->edited_by;
	conflict->changed_at_ms = current->valid_from_ms;
	conflict->fields = changed | edit_fields;
	conflict->overlapping = changed & edit_fields;
	conflict->base = render_profile(run, &base->profile, conflict->fields);
	conflict->theirs = render_profile(run, &current->profile, conflict->fields);
	if (edit_profile != NULL)
		conflict->yours = render_profile(run, edit_profile, edit_fields);
	return conflict;
}

struct pp_business *render_business(struct run *run, const struct business_record *business,
	const struct business_version_record *version)
{
	struct pp_business *out = run_alloc(run, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->business_id = business->business_id;
	out->version = business->version;
	out->profile = render_profile(run, &version->profile, PROFILE_ALL);
	out->owner_ids = run_alloc(run, business->n_owners * sizeof(out->owner_ids[0]));
	if (out->owner_ids == NULL)
		return NULL;
	out->n_owner_ids = business->n_owners;
	memcpy(out->owner_ids, business->owners, business->n_owners * sizeof(out->owner_ids[0]));
	out->created_at_ms = business->created_at_ms;
	out->edited_by = version->edited_by;
	out->edited_at_ms = version->valid_from_ms;
	out->n_coupons = business->n_coupons;
	out->balance_coins = business->account.balance_coins;
	return out;
}

#include "domain/rules/render.h"

#include "domain/rules/terms.h"
#include "domain/rules/text.h"

struct pp_status *render_status(
	struct run *run, const struct outcome *outcome, struct pp_version_conflict *conflict)
{
	struct pp_status *status = run_alloc(run, sizeof(*status));

	if (status == NULL)
		return NULL;
	status->code = pp_reason_code(outcome->reason);
	status->reason = outcome->reason;
	status->message = run_text(run, outcome->message);
	status->field = run_text(run, outcome->field);
	status->version_conflict = conflict;
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
	run->reply->status = render_status(run, &run->journal.outcome, run->conflict);
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

struct pp_purchase *render_purchase(
	struct run *run, const struct purchase_record *purchase, const char *coupon_name)
{
	struct pp_purchase *out = run_alloc(run, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->purchase_id = run_made_id(run, purchase->purchase_id);
	out->request_id = purchase->request_id;
	out->user_id = purchase->user_id;
	out->coupon_id = purchase->coupon_id;
	out->business_id = purchase->coupon_id / COUPON_ID_UNIT;
	out->coupon_name = run_text(run, coupon_name);
	out->version = purchase->version;
	out->price_coins = purchase->price_coins;
	out->commission_coins = purchase->commission_coins;
	out->honoured = purchase->honoured;
	out->has_honoured_until_ms = purchase->has_honoured_until_ms;
	out->honoured_until_ms = purchase->honoured_until_ms;
	out->bought_by_owner = purchase->bought_by_owner;
	out->at_ms = purchase->at_ms;
	out->state = PP_PURCHASE_STATE_ISSUED;
	out->has_redeem_until_ms = purchase->redeem_until_ms != 0;
	out->redeem_until_ms = purchase->redeem_until_ms;
	if (out->purchase_id != 0) {
		out->code = run_text(run, text_of_code(purchase->code).text);
		out->revision = purchase->revision;
	}
	return out;
}

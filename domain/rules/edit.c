/* EditCoupon: a new version on top of the one its author read, or a conflict. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/rules/business.h"
#include "domain/rules/claim.h"
#include "domain/rules/families.h"
#include "domain/rules/render.h"
#include "domain/rules/terms.h"
#include "domain/rules/text.h"

#define DATES (PP_SET_OF(PP_TERM_FIELD_STARTS_AT) | PP_SET_OF(PP_TERM_FIELD_ENDS_AT))

struct edit {
	enum loaded business_loaded;
	struct business_record business;
	enum loaded coupon_loaded;
	struct coupon_record coupon;
	enum loaded base_loaded;
	struct version_record base;
	enum loaded restored_loaded;
	struct version_record restored; /* with restore_version: where the terms come from */
	struct version_record current;
	pp_set fields;          /* that the edit names */
	struct pp_terms wanted; /* their values, the name as it would be stored */
	struct claim claim;     /* of the new name, when the edit names one */
	struct pp_terms next;   /* of the version to be made */
	bool merged;
};

static bool names_field(const struct edit *edit, enum pp_term_field field)
{
	return (edit->fields & PP_SET_OF(field)) != 0;
}

static void load(struct run *run, struct edit *edit)
{
	const struct pp_edit_coupon_request *body = &run->request->u.edit_coupon;
	uint64_t business_id = body->coupon_id / COUPON_ID_UNIT;

	edit->business_loaded = run_load_business(run, business_id, &edit->business);
	edit->coupon_loaded = run_load_coupon(run, body->coupon_id, &edit->coupon);
	edit->base_loaded = run_load_version(run, body->coupon_id, body->base_version, &edit->base);
	if (body->restore_version != 0) {
		edit->restored_loaded = run_load_version(
			run, body->coupon_id, body->restore_version, &edit->restored);
		return;
	}
	edit->fields = body->fields;
	edit->wanted = *body->terms;
	if (names_field(edit, PP_TERM_FIELD_NAME)) {
		claim_load(run, NAME_OF_COUPON, business_id, body->terms->name, &edit->claim);
		edit->wanted.name = edit->claim.name.text;
	}
}

/* Restoring names the terms in which the old version differs from the base. */
static void restore(struct edit *edit)
{
	edit->fields = terms_difference(&edit->base.terms, &edit->restored.terms);
	edit->wanted = edit->restored.terms;
}

/* ---- Conflicts ---- */

/* As in "price, description"; bounded by the ten nouns there are. */
static void list_fields(pp_set fields, char *out, size_t size)
{
	size_t len = 0;

	out[0] = '\0';
	for (int i = PP_TERM_FIELD_NAME; i < PP_TERM_FIELD_COUNT; i++) {
		if ((fields & PP_SET_OF(i)) == 0)
			continue;
		int n = snprintf(out + len, size - len, "%s%s", len == 0 ? "" : ", ",
			terms_field_noun((enum pp_term_field)i));
		ASSERT(n > 0 && (size_t)n < size - len);
		len += (size_t)n;
	}
}

static void refuse_conflict(struct run *run, const struct edit *edit)
{
	const struct version_record *current = &edit->current;
	pp_set changed = terms_difference(&edit->base.terms, &current->terms);
	struct outcome *outcome = &run->journal.outcome;
	char fields[160];
	char author[32] = "the operator";

	list_fields(changed, fields, sizeof(fields));
	if (current->edited_by != 0)
		snprintf(author, sizeof(author), "user %" PRIu64, current->edited_by);
	run_refuse(run, PP_REASON_COUPON_VERSION_CONFLICT, "base_version",
		"Could not find a coupon from business %s for coupon %s at version %" PRIu32
		": it is at version %" PRIu32 " since %s, by %s (changed since: %s). Nothing was "
		"written. Read it again and decide anew.",
		edit->business.name, edit->base.terms.name, edit->base.version, current->version,
		TIME_TEXT(current->valid_from_ms), author,
		fields[0] == '\0' ? "nothing that still shows" : fields);
	outcome->made_id = edit->coupon.coupon_id;
	outcome->conflict_base = edit->base.version;
	outcome->conflict_current = current->version;
}

/* Whether an edit of an older version may be applied on top of the current one. */
static bool mergeable(const struct run *run, const struct edit *edit)
{
	const struct pp_edit_coupon_request *body = &run->request->u.edit_coupon;
	pp_set changed = terms_difference(&edit->base.terms, &edit->current.terms);

	return body->on_conflict == PP_ON_CONFLICT_MERGE_DISJOINT &&
	       (changed & edit->fields) == 0 && (changed & PP_SET_OF(PP_TERM_FIELD_STATE)) == 0 &&
	       ((changed & DATES) == 0 || (edit->fields & DATES) == 0);
}

static void render_edit_conflict(struct run *run, struct edit *edit)
{
	const struct outcome *outcome = &run->journal.outcome;
	bool restores = run->request->u.edit_coupon.restore_version != 0;

	if (run->replayed) {
		uint64_t coupon_id = outcome->made_id;
		run_expect(
			run, run_load_version(run, coupon_id, outcome->conflict_base, &edit->base));
		run_expect(run, run_load_version(
					run, coupon_id, outcome->conflict_current, &edit->current));
		if (restores)
			run_expect(run, edit->restored_loaded);
		if (run->waiting)
			return;
		if (restores)
			restore(edit);
	}
	run->conflict =
		render_conflict(run, &edit->base, &edit->current, edit->fields, &edit->wanted);
}

/* ---- Checks, in order of precedence ---- */

static void check_target(struct run *run, const struct edit *edit)
{
	const struct pp_edit_coupon_request *body = &run->request->u.edit_coupon;

	if (edit->coupon_loaded == LOADED_ABSENT) {
		run_refuse(run, PP_REASON_COUPON_NOT_FOUND, "coupon_id",
			"There is no coupon %" PRIu64 ".", body->coupon_id);
		return;
	}
	if (edit->business_loaded == LOADED_ABSENT) {
		run_corrupt(run);
		return;
	}
	business_check_owner(run, &edit->business);
	if (body->base_version > edit->coupon.version)
		run_refuse(run, PP_REASON_NO_SUCH_VERSION, "base_version",
			"There is no version %" PRIu64 " of coupon %" PRIu64
			" yet; the newest is %" PRIu32 ".",
			body->base_version, body->coupon_id, edit->coupon.version);
	else if (body->restore_version > edit->coupon.version)
		run_refuse(run, PP_REASON_NO_SUCH_VERSION, "restore_version",
			"There is no version %" PRIu64 " of coupon %" PRIu64
			" to restore; the newest is %" PRIu32 ".",
			body->restore_version, body->coupon_id, edit->coupon.version);
	else if (edit->base_loaded == LOADED_ABSENT ||
		 (body->restore_version != 0 && edit->restored_loaded == LOADED_ABSENT))
		run_corrupt(run);
}

static void check_next(struct run *run, const struct edit *edit)
{
	bool restores = run->request->u.edit_coupon.restore_version != 0;
	const char *field = NULL;

	const char *fault = terms_fault(&edit->next, &field);
	if (fault != NULL)
		run_refuse(run, PP_REASON_TERMS_INVALID, field,
			"The terms do not fit together: %s%s.", fault,
			edit->merged ? " (after merging with the current version)" : "");
	if (edit->coupon.version == PP_VERSIONS_MAX)
		run_refuse(run, PP_REASON_TOO_MANY_VERSIONS, "coupon_id",
			"Coupon %s has %d versions, the most there can be. Create a new one.",
			edit->current.terms.name, PP_VERSIONS_MAX);
	if (names_field(edit, PP_TERM_FIELD_NAME))
		claim_check(run, &edit->claim, edit->coupon.coupon_id,
			restores ? "restore_version" : terms_path(PP_TERM_FIELD_NAME));
}

/* ---- Effects ---- */

/* When the coupon's superseded versions stop being honoured, and until when the last one is. */
static void move_window(struct run *run, struct edit *edit, bool hard)
{
	struct coupon_record *coupon = &edit->coupon;
	int64_t honour_ms = edit->current.terms.honour_ms;

	if (hard) {
		coupon->honour_floor = coupon->version;
		coupon->window_until_ms = 0;
	} else if (honour_ms > 0) {
		int64_t until_ms = run->now_ms + honour_ms;
		run->journal.outcome.honoured_until_ms = until_ms;
		if (until_ms > coupon->window_until_ms)
			coupon->window_until_ms = until_ms;
	}
}

/* The name before is kept for the coupon while versions that bear it may be honoured. */
static void move_name(struct run *run, struct edit *edit)
{
	uint64_t id = edit->coupon.coupon_id;
	bool ended = edit->next.state == PP_COUPON_STATE_ENDED;
	int64_t free_at_ms = edit->coupon.window_until_ms;
	struct claim before = { .kind = NAME_OF_COUPON, .scope = edit->coupon.business_id };

	if (free_at_ms < run->now_ms)
		free_at_ms = run->now_ms;
	if (!name_hash(edit->current.terms.name, &before.name.hash)) {
		run_corrupt(run);
		return;
	}
	bool renamed =
		names_field(edit, PP_TERM_FIELD_NAME) &&
		memcmp(&before.name.hash, &edit->claim.name.hash, sizeof(before.name.hash)) != 0;
	if (renamed || ended)
		claim_release(run, &before, id, free_at_ms);
	if (renamed && ended)
		claim_release(run, &edit->claim, id, free_at_ms);
	if (renamed && !ended)
		claim_put(run, &edit->claim, id);
}

static void apply(struct run *run, struct edit *edit)
{
	const struct pp_edit_coupon_request *body = &run->request->u.edit_coupon;
	bool hard = body->supersede == PP_SUPERSEDE_HARD;
	bool has_reason = body->reason != NULL && body->reason[0] != '\0';
	struct outcome *outcome = &run->journal.outcome;

	run_accept(run, edit->coupon.coupon_id);
	edit->coupon.version++;
	move_window(run, edit, hard);
	const struct version_record version = {
		.coupon_id = edit->coupon.coupon_id,
		.version = edit->coupon.version,
		.terms = edit->next,
		.valid_from_ms = run->now_ms,
		.valid_from_revision = run_new_revision(run),
		.edited_by = run->request->acting_user,
		.changed_fields = terms_difference(&edit->current.terms, &edit->next),
		.supersede = hard ? PP_SUPERSEDE_HARD : PP_SUPERSEDE_SOFT,
		.reason = has_reason ? body->reason : NULL,
	};
	ASSERT(version.version == edit->current.version + 1);
	ASSERT(version.valid_from_revision > edit->current.valid_from_revision);
	outcome->version = version.version;
	outcome->merged = edit->merged;
	run_put_version(run, &version);
	run_put_coupon(run, &edit->coupon, false);
	move_name(run, edit);
}

/* HARD alone is a change, as long as there are older versions that it withdraws. */
static bool withdraws(const struct run *run, const struct edit *edit)
{
	return run->request->u.edit_coupon.supersede == PP_SUPERSEDE_HARD &&
	       edit->coupon.honour_floor < edit->coupon.version;
}

static void edit_coupon(struct run *run, struct edit *edit)
{
	const struct pp_edit_coupon_request *body = &run->request->u.edit_coupon;

	check_target(run, edit);
	if (!run_answers(run))
		return;
	if (body->restore_version != 0) {
		restore(edit);
		if (names_field(edit, PP_TERM_FIELD_NAME))
			claim_load(run, NAME_OF_COUPON, edit->coupon.business_id, edit->wanted.name,
				&edit->claim);
	}
	edit->current = edit->base;
	if (edit->base.version != edit->coupon.version)
		run_expect(run, run_load_version(run, body->coupon_id, edit->coupon.version,
					&edit->current));
	if (run->waiting)
		return;
	if (edit->current.terms.state == PP_COUPON_STATE_ENDED)
		run_refuse(run, PP_REASON_COUPON_ENDED, "coupon_id",
			"Coupon %s ended at %s, and the end is final. Create a new coupon.",
			edit->current.terms.name, TIME_TEXT(edit->current.valid_from_ms));
	edit->merged = edit->base.version != edit->current.version;
	if (edit->merged && !mergeable(run, edit) && !run_refused(run))
		refuse_conflict(run, edit);
	if (run_refused(run))
		return;
	edit->next = edit->current.terms;
	terms_apply(&edit->next, &edit->wanted, edit->fields);
	if (terms_difference(&edit->current.terms, &edit->next) == 0 && !withdraws(run, edit)) {
		run->journal.outcome.unchanged = true;
		run->journal.outcome.version = edit->current.version;
		return;
	}
	check_next(run, edit);
	if (!run_refused(run))
		apply(run, edit);
}

void rule_edit_coupon(struct run *run)
{
	const struct outcome *outcome = &run->journal.outcome;
	struct edit edit = { 0 };

	load(run, &edit);
	if (!run_begin(run))
		return;
	if (!run->replayed)
		edit_coupon(run, &edit);
	if (run->waiting)
		return;
	if (outcome->reason == PP_REASON_COUPON_VERSION_CONFLICT)
		render_edit_conflict(run, &edit);
	if (!run_answers(run))
		return;
	run->reply->u.edit_coupon = (struct pp_edit_coupon_response) {
		.coupon_id = run->request->u.edit_coupon.coupon_id,
		.version = outcome->version,
		.unchanged = outcome->unchanged,
		.merged = outcome->merged,
		.has_honoured_until_ms = outcome->honoured_until_ms != 0,
		.honoured_until_ms = outcome->honoured_until_ms,
	};
}

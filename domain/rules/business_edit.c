/* EditBusiness: a new version on top of the one its author read, or a conflict. */
#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "domain/rules/business.h"
#include "domain/rules/claim.h"
#include "domain/rules/families.h"
#include "domain/rules/profile.h"
#include "domain/rules/render.h"
#include "domain/rules/text.h"

struct edit {
	enum loaded business_loaded;
	struct business_record business;
	enum loaded base_loaded;
	struct business_version_record base;
	struct business_version_record current;
	struct claim claim;                /* of the new name, when the edit names one */
	struct pp_business_profile wanted; /* the request's, the name as it would be stored */
	struct pp_business_profile next;   /* of the version to be made */
	bool merged;
};

static bool names_field(const struct run *run, enum pp_business_field field)
{
	return (run->request->u.edit_business.fields & PP_SET_OF(field)) != 0;
}

static void load(struct run *run, struct edit *edit)
{
	const struct pp_edit_business_request *body = &run->request->u.edit_business;

	edit->business_loaded = run_load_business(run, body->business_id, &edit->business);
	edit->base_loaded =
		run_load_business_version(run, body->business_id, body->base_version, &edit->base);
	edit->wanted = *body->profile;
	if (names_field(run, PP_BUSINESS_FIELD_NAME)) {
		claim_load(run, NAME_OF_BUSINESS, 0, body->profile->name, &edit->claim);
		edit->wanted.name = edit->claim.name.text;
	}
}

/* ---- Conflicts ---- */

static void refuse_conflict(struct run *run, const struct edit *edit)
{
	const struct business_version_record *current = &edit->current;
	pp_set changed = profile_difference(&edit->base.profile, &current->profile);
	struct outcome *outcome = &run->journal.outcome;
	char author[32] = "the operator";

	if (current->edited_by != 0)
		snprintf(author, sizeof(author), "user %" PRIu64, current->edited_by);
	run_refuse(run, PP_REASON_BUSINESS_VERSION_CONFLICT, "base_version",
		"Could not find business %s at version %" PRIu32 ": it is at version %" PRIu32
		" since %s, by %s (changed since: %s). Nothing was written. Read it again and "
		"decide anew.",
		edit->base.profile.name, edit->base.version, current->version,
		TIME_TEXT(current->valid_from_ms), author, profile_nouns(changed));
	outcome->made_id = edit->business.business_id;
	outcome->conflict_base = edit->base.version;
	outcome->conflict_current = current->version;
}

/* Whether an edit of an older version may be applied on top of the current one. */
static bool mergeable(const struct run *run, const struct edit *edit)
{
	const struct pp_edit_business_request *body = &run->request->u.edit_business;
	pp_set changed = profile_difference(&edit->base.profile, &edit->current.profile);

	return body->on_conflict == PP_ON_CONFLICT_MERGE_DISJOINT && (changed & body->fields) == 0;
}

static void render_edit_conflict(struct run *run, struct edit *edit)
{
	const struct outcome *outcome = &run->journal.outcome;

	if (run->replayed) {
		uint64_t business_id = outcome->made_id;
		run_expect(run, run_load_business_version(
					run, business_id, outcome->conflict_base, &edit->base));
		run_expect(run, run_load_business_version(run, business_id,
					outcome->conflict_current, &edit->current));
		if (run->waiting)
			return;
	}
	run->business_conflict = render_business_conflict(run, &edit->base, &edit->current,
		run->request->u.edit_business.fields, &edit->wanted);
}

/* ---- Checks, in order of precedence ---- */

static void check_target(struct run *run, const struct edit *edit)
{
	const struct pp_edit_business_request *body = &run->request->u.edit_business;

	if (edit->business_loaded == LOADED_ABSENT) {
		run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "business_id",
			"There is no business %" PRIu64 ".", body->business_id);
		return;
	}
	business_check_owner(run, &edit->business);
	if (run->request->acting_user != 0 && names_field(run, PP_BUSINESS_FIELD_COMMISSION))
		run_refuse(run, PP_REASON_OPERATOR_ONLY, profile_path(PP_BUSINESS_FIELD_COMMISSION),
			"Only the operator sets the commission of a business. Leave it out, or ask "
			"the operator.");
	if (body->base_version > edit->business.version)
		run_refuse(run, PP_REASON_NO_SUCH_VERSION, "base_version",
			"There is no version %" PRIu64 " of business %" PRIu64
			" yet; the newest is %" PRIu32 ".",
			body->base_version, body->business_id, edit->business.version);
	else
		run_expect(run, edit->base_loaded);
}

static void check_next(struct run *run, const struct edit *edit)
{
	if (edit->business.version == PP_VERSIONS_MAX)
		run_refuse(run, PP_REASON_TOO_MANY_VERSIONS, "business_id",
			"Business %s has %d versions, the most there can be.", edit->business.name,
			PP_VERSIONS_MAX);
	if (names_field(run, PP_BUSINESS_FIELD_NAME))
		claim_check(run, &edit->claim, edit->business.business_id,
			profile_path(PP_BUSINESS_FIELD_NAME));
}

/* ---- Effects ---- */

/* Nothing is honoured under the name before, so that it is free at once. */
static void move_name(struct run *run, const struct edit *edit)
{
	uint64_t id = edit->business.business_id;
	struct claim before = { .kind = NAME_OF_BUSINESS };

	if (!names_field(run, PP_BUSINESS_FIELD_NAME))
		return;
	if (!name_hash(edit->current.profile.name, &before.name.hash)) {
		run_corrupt(run);
		return;
	}
	/* One that differs in case only is the same claim. */
	if (memcmp(&before.name.hash, &edit->claim.name.hash, sizeof(before.name.hash)) == 0)
		return;
	claim_release(run, &before, id, run->now_ms);
	claim_put(run, &edit->claim, id);
}

static void apply(struct run *run, struct edit *edit)
{
	struct business_record *business = &edit->business;
	struct outcome *outcome = &run->journal.outcome;

	run_accept(run, business->business_id);
	business->version++;
	business->name = edit->next.name;
	business->address = edit->next.address;
	business->commission_bp = edit->next.commission_bp;
	const struct business_version_record version = {
		.business_id = business->business_id,
		.version = business->version,
		.profile = edit->next,
		.valid_from_ms = run->now_ms,
		.valid_from_revision = run_new_revision(run),
		.edited_by = run->request->acting_user,
		.changed_fields = profile_difference(&edit->current.profile, &edit->next),
	};
	ASSERT(version.version == edit->current.version + 1);
	ASSERT(version.valid_from_revision > edit->current.valid_from_revision);
	outcome->version = version.version;
	outcome->merged = edit->merged;
	run_put_business_version(run, &version);
	run_put_business(run, business, false);
	move_name(run, edit);
}

static void edit_business(struct run *run, struct edit *edit)
{
	const struct pp_edit_business_request *body = &run->request->u.edit_business;

	check_target(run, edit);
	if (!run_answers(run))
		return;
	edit->merged = edit->base.version != edit->business.version;
	edit->current = edit->base;
	if (edit->merged)
		business_load_current(run, &edit->business, &edit->current);
	else
		business_expect_current(run, &edit->business, &edit->base);
	if (run->waiting)
		return;
	if (edit->merged && !mergeable(run, edit)) {
		refuse_conflict(run, edit);
		return;
	}
	edit->next = edit->current.profile;
	profile_apply(&edit->next, &edit->wanted, body->fields);
	if (profile_difference(&edit->current.profile, &edit->next) == 0) {
		run->journal.outcome.unchanged = true;
		run->journal.outcome.version = edit->current.version;
		return;
	}
	check_next(run, edit);
	if (!run_refused(run))
		apply(run, edit);
}

void rule_edit_business(struct run *run)
{
	const struct outcome *outcome = &run->journal.outcome;
	struct edit edit = { 0 };

	load(run, &edit);
	if (!run_begin(run))
		return;
	if (!run->replayed)
		edit_business(run, &edit);
	if (run->waiting)
		return;
	if (outcome->reason == PP_REASON_BUSINESS_VERSION_CONFLICT)
		render_edit_conflict(run, &edit);
	if (!run_answers(run))
		return;
	run->reply->u.edit_business = (struct pp_edit_business_response) {
		.business_id = run->request->u.edit_business.business_id,
		.version = outcome->version,
		.unchanged = outcome->unchanged,
		.merged = outcome->merged,
	};
}

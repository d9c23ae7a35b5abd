#include <inttypes.h>

#include "client/cli/conflict.h"
#include "client/cli/profile.h"
#include "client/cli/terms.h"

static const char *term_name_of(int field)
{
	return term_name((enum pp_term_field)field);
}

static bool term_format_of(const void *side, int field, char *out)
{
	return term_format(side, (enum pp_term_field)field, out);
}

static const char *profile_name_of(int field)
{
	return profile_name((enum pp_business_field)field);
}

static bool profile_format_of(const void *side, int field, char *out)
{
	return profile_format(side, (enum pp_business_field)field, out);
}

/* Whether a coupon's edit could be applied on top of what others changed: as the server asks. */
static bool is_mergeable(const struct pp_version_conflict *conflict)
{
	const pp_set dates = PP_SET_OF(PP_TERM_FIELD_STARTS_AT) | PP_SET_OF(PP_TERM_FIELD_ENDS_AT);
	char text[TERM_TEXT_BYTES];
	pp_set yours = 0;
	pp_set theirs;
	int field;

	for (field = 1; field < PP_TERM_FIELD_COUNT; field++) {
		if ((conflict->fields & PP_SET_OF(field)) != 0 &&
			term_format(conflict->yours, (enum pp_term_field)field, text))
			yours |= PP_SET_OF(field);
	}
	theirs = (conflict->fields & ~yours) | conflict->overlapping;
	return conflict->overlapping == 0 && (theirs & PP_SET_OF(PP_TERM_FIELD_STATE)) == 0 &&
	       ((theirs & dates) == 0 || (yours & dates) == 0);
}

bool conflict_of_status(const struct pp_status *status, struct conflict *out)
{
	const struct pp_version_conflict *coupon = status->version_conflict;
	const struct pp_business_conflict *business = status->business_conflict;

	if (coupon != NULL)
		*out = (struct conflict) {
			.base_version = coupon->base_version,
			.current_version = coupon->current_version,
			.changed_by = coupon->changed_by,
			.changed_at_ms = coupon->changed_at_ms,
			.fields = coupon->fields,
			.overlapping = coupon->overlapping,
			.sides = { coupon->base, coupon->theirs, coupon->yours },
			.n_fields = PP_TERM_FIELD_COUNT,
			.name = term_name_of,
			.format = term_format_of,
			.mergeable = is_mergeable(coupon),
		};
	else if (business != NULL)
		*out = (struct conflict) {
			.base_version = business->base_version,
			.current_version = business->current_version,
			.changed_by = business->changed_by,
			.changed_at_ms = business->changed_at_ms,
			.fields = business->fields,
			.overlapping = business->overlapping,
			.sides = { business->base, business->theirs, business->yours },
			.n_fields = PP_BUSINESS_FIELD_COUNT,
			.name = profile_name_of,
			.format = profile_format_of,
			.mergeable = business->overlapping == 0,
		};
	return coupon != NULL || business != NULL;
}

void conflict_explain(
	const struct cli *cli, const struct conflict *conflict, struct problem *problem)
{
	char when[VALUE_TEXT_BYTES];
	char current[24];
	char who[32];
	struct arg_change on_top[] = { { "base", current }, { "request-id", NULL } };
	struct arg_change merged[] = { { "merge", "" }, { "request-id", NULL } };

	value_format_time(conflict->changed_at_ms, when);
	(void)snprintf(who, sizeof(who), "user %" PRIu64, conflict->changed_by);
	PROBLEM_LIKELY(problem,
		"%s made version %" PRIu64 " at %s, after you read version %" PRIu64,
		conflict->changed_by == 0 ? "the operator" : who, conflict->current_version, when,
		conflict->base_version);
	(void)snprintf(current, sizeof(current), "%" PRIu64, conflict->current_version);
	if (conflict->mergeable && !cli_has(cli, "merge"))
		problem_command(problem, &cli->args, merged, ARRAY_LEN(merged));
	else
		problem_command(problem, &cli->args, on_top, ARRAY_LEN(on_top));
}

bool conflict_print(const struct conflict *conflict, FILE *out)
{
	char headings[3][40];
	struct table_column columns[] = {
		{ "", 0 },
		{ "FIELD", 0 },
		{ headings[0], TABLE_WRAP },
		{ headings[1], TABLE_WRAP },
		{ headings[2], TABLE_WRAP },
		{ "CHANGED BY", 0 },
	};
	struct table *table = table_new(columns, ARRAY_LEN(columns));
	char text[CONFLICT_TEXT_BYTES];
	bool printed;
	int field;

	(void)snprintf(
		headings[0], sizeof(headings[0]), "BASE (%" PRIu64 ")", conflict->base_version);
	(void)snprintf(headings[1], sizeof(headings[1]), "THEIRS (%" PRIu64 ")",
		conflict->current_version);
	(void)snprintf(headings[2], sizeof(headings[2]), "YOURS");
	for (field = 1; field < conflict->n_fields; field++) {
		bool both = (conflict->overlapping & PP_SET_OF(field)) != 0;
		bool is_set = false; /* on the last side: by you */
		size_t i;

		if ((conflict->fields & PP_SET_OF(field)) == 0)
			continue;
		table_row(table);
		table_cell(table, "%s", both ? " *" : "  ");
		table_cell(table, "%s", conflict->name(field));
		for (i = 0; i < ARRAY_LEN(conflict->sides); i++) {
			is_set = conflict->format(conflict->sides[i], field, text);
			table_cell(table, "%s", text);
		}
		table_cell(table, "%s", both ? "both" : is_set ? "you" : "them");
	}
	(void)fputc('\n', out);
	printed = table_print(table, TABLE_ALIGNED, out);
	(void)fputc('\n', out);
	table_free(table);
	return printed;
}

#include <inttypes.h>

#include "client/cli/conflict.h"
#include "client/cli/hint.h"
#include "client/cli/terms.h"

/* Whether the edit could be applied on top of what others changed: what the server asks for. */
static bool is_mergeable(const struct pp_version_conflict *conflict)
{
	const pp_set dates = PP_SET_OF(PP_TERM_FIELD_STARTS_AT) | PP_SET_OF(PP_TERM_FIELD_ENDS_AT);
	char text[TERM_TEXT_BYTES];
	pp_set yours = 0;
	pp_set theirs;
	int field;

	for (field = 1; field < PP_TERM_FIELD_COUNT; field++) {
		if ((conflict->fields & PP_SET_OF(field)) != 0 &&
			term_format(conflict->yours, field, text))
			yours |= PP_SET_OF(field);
	}
	theirs = (conflict->fields & ~yours) | conflict->overlapping;
	return conflict->overlapping == 0 && (theirs & PP_SET_OF(PP_TERM_FIELD_STATE)) == 0 &&
	       ((theirs & dates) == 0 || (yours & dates) == 0);
}

void conflict_explain(
	const struct cli *cli, const struct pp_version_conflict *conflict, struct problem *problem)
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
	if (is_mergeable(conflict) && !cli_has(cli, "merge"))
		hint_command(cli, merged, ARRAY_LEN(merged), problem);
	else
		hint_command(cli, on_top, ARRAY_LEN(on_top), problem);
}

bool conflict_print(const struct pp_version_conflict *conflict, FILE *out)
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
	char text[TERM_TEXT_BYTES];
	bool printed;
	int field;

	(void)snprintf(
		headings[0], sizeof(headings[0]), "BASE (%" PRIu64 ")", conflict->base_version);
	(void)snprintf(headings[1], sizeof(headings[1]), "THEIRS (%" PRIu64 ")",
		conflict->current_version);
	(void)snprintf(headings[2], sizeof(headings[2]), "YOURS");
	for (field = 1; field < PP_TERM_FIELD_COUNT; field++) {
		const struct pp_terms *sides[] = { conflict->base, conflict->theirs,
			conflict->yours };
		bool both = (conflict->overlapping & PP_SET_OF(field)) != 0;
		bool is_set = false; /* on the last side: by you */
		size_t i;

		if ((conflict->fields & PP_SET_OF(field)) == 0)
			continue;
		table_row(table);
		table_cell(table, "%s", both ? " *" : "  ");
		table_cell(table, "%s", term_name(field));
		for (i = 0; i < ARRAY_LEN(sides); i++) {
			is_set = term_format(sides[i], field, text);
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

#include <inttypes.h>

#include "client/cli/conflict.h"
#include "client/cli/hint.h"
#include "client/cli/terms.h"

void conflict_explain(
	const struct cli *cli, const struct pp_version_conflict *conflict, struct problem *problem)
{
	char when[VALUE_TEXT_BYTES];
	char current[24];
	struct arg_change on_top[] = { { "base", current }, { "request-id", NULL } };
	struct arg_change merged[] = { { "merge", "" }, { "request-id", NULL } };

	value_format_time(conflict->changed_at_ms, when);
	PROBLEM_LIKELY(problem,
		"user %" PRIu64 " made version %" PRIu64 " at %s, after you read version %" PRIu64,
		conflict->changed_by, conflict->current_version, when, conflict->base_version);
	(void)snprintf(current, sizeof(current), "%" PRIu64, conflict->current_version);
	if (conflict->overlapping == 0 && !cli_has(cli, "merge"))
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

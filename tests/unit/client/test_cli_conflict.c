/* What the command line suggests after a version conflict: a command that can succeed. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <string.h>

#include "client/cli/conflict.h"

enum {
	NAME = PP_SET_OF(PP_TERM_FIELD_NAME),
	PRICE = PP_SET_OF(PP_TERM_FIELD_PRICE),
	STARTS = PP_SET_OF(PP_TERM_FIELD_STARTS_AT),
	ENDS = PP_SET_OF(PP_TERM_FIELD_ENDS_AT),
	STATE = PP_SET_OF(PP_TERM_FIELD_STATE),
};

static struct pp_terms terms_of(pp_set fields)
{
	struct pp_terms terms = { 0 };

	terms.name = (fields & NAME) != 0 ? "x" : NULL;
	terms.has_price_coins = (fields & PRICE) != 0;
	terms.has_starts_at_ms = (fields & STARTS) != 0;
	terms.has_ends_at_ms = (fields & ENDS) != 0;
	terms.state = (fields & STATE) != 0 ? PP_COUPON_STATE_PAUSED : 0;
	return terms;
}

Test(cli_conflict, suggests_a_merge_only_where_the_server_would_merge)
{
	static const char merged[] = "peakpeeps coupon edit 7 --base 1 --price 3 --merge";
	static const char on_top[] = "peakpeeps coupon edit 7 --base 4 --price 3";
	static const struct {
		pp_set yours;
		pp_set theirs;
		const char *next;
	} rows[] = {
		{ PRICE, NAME, merged },
		{ PRICE, PRICE, on_top },
		{ PRICE | NAME, NAME, on_top },
		{ PRICE, STATE, on_top },
		{ STATE, PRICE, merged },
		{ STARTS, ENDS, on_top },
		{ ENDS, STARTS | PRICE, on_top },
		{ PRICE, ENDS, merged },
		{ ENDS, PRICE, merged },
	};
	char text[] = "peakpeeps|coupon|edit|7|--base|1|--price|3";
	char *argv[10] = { 0 };
	char *at = text;
	struct cli cli = { 0 };
	struct problem problem;
	int argc = 0;
	size_t i;

	while (at != NULL)
		argv[argc++] = strsep(&at, "|");
	cr_assert(
		zero(int, args_parse(cli_commands, cli_globals, argc, argv, &cli.args, &problem)));
	for (i = 0; i < ARRAY_LEN(rows); i++) {
		pp_set fields = rows[i].yours | rows[i].theirs;
		struct pp_terms all = terms_of(fields);
		struct pp_terms yours = terms_of(rows[i].yours);
		struct pp_version_conflict conflict = { 1, 4, 2, 1000, fields,
			rows[i].yours & rows[i].theirs, &all, &all, &yours };

		struct pp_status status = { .version_conflict = &conflict };
		struct conflict seen;

		memset(&problem, 0, sizeof(problem));
		cr_assert(conflict_of_status(&status, &seen));
		conflict_explain(&cli, &seen, &problem);
		cr_assert(eq(str, problem.next, (char *)rows[i].next), "row %zu", i);
	}
	args_free(&cli.args);
}

Test(cli_conflict, names_the_operator_by_what_it_is)
{
	char words[][16] = { "peakpeeps", "coupon", "pause", "7", "--base", "1" };
	char *argv[] = { words[0], words[1], words[2], words[3], words[4], words[5], NULL };
	struct conflict conflict = { .base_version = 1, .current_version = 2 };
	struct cli cli = { 0 };
	struct problem problem;

	cr_assert(zero(int, args_parse(cli_commands, cli_globals, 6, argv, &cli.args, &problem)));
	conflict_explain(&cli, &conflict, &problem);
	cr_assert(not(zero(ptr, strstr(problem.likely, "the operator made version 2"))));
	conflict.changed_by = 9;
	conflict_explain(&cli, &conflict, &problem);
	cr_assert(not(zero(ptr, strstr(problem.likely, "user 9 made version 2"))));
	args_free(&cli.args);
}

Test(cli_conflict, suggests_a_merge_of_a_business_unless_both_changed_a_field)
{
	char words[][16] = { "peakpeeps", "business", "edit", "7", "--base", "1", "--name", "x" };
	char *argv[] = { words[0], words[1], words[2], words[3], words[4], words[5], words[6],
		words[7], NULL };
	struct pp_business_profile profile = { .name = "x", .address = "y" };
	struct pp_business_conflict conflict = { 1, 4, 2, 1000,
		PP_SET_OF(PP_BUSINESS_FIELD_NAME) | PP_SET_OF(PP_BUSINESS_FIELD_ADDRESS), 0,
		&profile, &profile, &profile };
	struct pp_status status = { .business_conflict = &conflict };
	struct conflict seen;
	struct cli cli = { 0 };
	struct problem problem;

	cr_assert(zero(int, args_parse(cli_commands, cli_globals, 8, argv, &cli.args, &problem)));
	cr_assert(conflict_of_status(&status, &seen));
	conflict_explain(&cli, &seen, &problem);
	cr_assert(eq(
		str, problem.next, (char *)"peakpeeps business edit 7 --base 1 --name x --merge"));
	conflict.overlapping = PP_SET_OF(PP_BUSINESS_FIELD_NAME);
	cr_assert(conflict_of_status(&status, &seen));
	conflict_explain(&cli, &seen, &problem);
	cr_assert(eq(str, problem.next, (char *)"peakpeeps business edit 7 --base 4 --name x"));
	args_free(&cli.args);
}

/* The command line of peakpeeps: what is typed, what it means, and what was meant instead. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"

/* 2026-12-01T00:00:00Z */
#define DECEMBER INT64_C(1796083200000)

static bool contains(const char *text, const char *part)
{
	return strstr(text, part) != NULL;
}

enum { WORDS_MAX = 24 };

/* A command line cut at its '|', which no test needs otherwise. */
struct line {
	char text[512];
	char *argv[WORDS_MAX];
	int argc;
	struct args args;
	struct problem problem;
};

static int parse(struct line *line, const char *text)
{
	char *at = line->text;

	(void)snprintf(line->text, sizeof(line->text), "peakpeeps|%s", text);
	line->argc = 0;
	while (at != NULL) {
		cr_assert(lt(int, line->argc, WORDS_MAX - 1));
		line->argv[line->argc++] = strsep(&at, "|");
	}
	line->argv[line->argc] = NULL;
	return args_parse(
		cli_commands, cli_globals, line->argc, line->argv, &line->args, &line->problem);
}

Test(cli_args, understands_commands_options_and_arguments_in_any_order)
{
	static const char *const rows[] = {
		"coupon|buy|1000001|--version|3|--as|7",
		"coupon|buy|--version=3|1000001|--as=7",
		"--as|7|coupon|buy|--version|3|1000001",
		"coupon|--as|7|buy|--version|3|--|1000001",
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct line line;

		cr_assert(zero(int, parse(&line, rows[i])), "%s: %s", rows[i], line.problem.what);
		cr_assert(zero(int, args_check(&line.args, &line.problem)), "%s", rows[i]);
		cr_assert(eq(str, (char *)line.args.command->verb, (char *)"buy"));
		cr_assert(eq(i64, args_find(&line.args, "COUPON")->number, 1000001));
		cr_assert(eq(i64, args_find(&line.args, "version")->number, 3));
		cr_assert(eq(i64, args_find(&line.args, "as")->number, 7));
		args_free(&line.args);
	}
}

static void same_text(const char *seen, const char *expected)
{
	bool same =
		seen == NULL || expected == NULL ? seen == expected : strcmp(seen, expected) == 0;

	cr_assert(same, "%s, not %s", seen, expected);
}

Test(cli_args, reads_each_type_of_value)
{
	struct line line;
	const struct arg_value *owner = NULL;

	cr_assert(zero(int, parse(&line, "business|create|Fried & Loaded|--owner|3|--owner|4|"
					 "--commission|2.5%")));
	owner = args_next(&line.args, "owner", owner);
	cr_assert(eq(i64, owner->number, 3));
	owner = args_next(&line.args, "owner", owner);
	cr_assert(eq(i64, owner->number, 4));
	cr_assert(args_next(&line.args, "owner", owner) == NULL);
	cr_assert(eq(i64, args_find(&line.args, "commission")->number, 250));
	args_free(&line.args);

	cr_assert(
		zero(int, parse(&line, "coupon|create|1|x|--price|5|--redeem-within|forever|--ends|"
				       "never|--starts|always|--state|paused|--description|")));
	cr_assert(eq(i64, args_find(&line.args, "redeem-within")->number, 0));
	cr_assert(eq(i64, args_find(&line.args, "ends")->number, 0));
	cr_assert(eq(i64, args_find(&line.args, "starts")->number, 0));
	cr_assert(eq(i64, args_find(&line.args, "state")->number, PP_COUPON_STATE_PAUSED));
	cr_assert(eq(str, (char *)args_find(&line.args, "description")->text, (char *)""));
	args_free(&line.args);
}

Test(cli_args, tells_ids_from_names)
{
	static const struct {
		const char *line;
		const char *argument;
		int64_t id;       /* 0: a name */
		const char *name; /* NULL: none */
		const char *coupon;
	} rows[] = {
		{ "user|show|42", "USER", 42, NULL, NULL },
		{ "user|show|007", "USER", 7, NULL, NULL },
		{ "user|show|name:42", "USER", 0, "42", NULL },
		{ "user|show|Alex", "USER", 0, "Alex", NULL },
		{ "user|show|Josh K.", "USER", 0, "Josh K.", NULL },
		{ "user|show|name:", "USER", 0, "name:", NULL },
		{ "user|show|name:name:x", "USER", 0, "name:x", NULL },
		{ "user|show|4a", "USER", 0, "4a", NULL },
		{ "user|show| 42", "USER", 0, " 42", NULL },
		{ "business|show|Caf\u00e9", "BUSINESS", 0, "Caf\u00e9", NULL },
		{ "business|list|--as|0", "as", 0, NULL, NULL },
		{ "business|list|--as|name:0", "as", 0, "0", NULL },
		{ "coupon|show|1000001", "COUPON", 1000001, NULL, NULL },
		{ "coupon|show|12/Half off / a burger", "COUPON", 12, NULL, "Half off / a burger" },
		{ "coupon|show|SQL Tea/7", "COUPON", 0, "SQL Tea", "7" },
		{ "coupon|show|name:42/Tots", "COUPON", 0, "42", "Tots" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct arg_value *value;
		struct line line;

		cr_assert(zero(int, parse(&line, rows[i].line)), "%s: %s", rows[i].line,
			line.problem.what);
		value = args_find(&line.args, rows[i].argument);
		cr_assert(eq(i64, value->number, rows[i].id), "%s", rows[i].line);
		same_text(value->name, rows[i].name);
		same_text(value->coupon_name, rows[i].coupon);
		args_free(&line.args);
	}
}

Test(cli_args, takes_help_as_a_word)
{
	static const char *const rows[] = { "help|coupon|buy", "coupon|buy|--help",
		"help|coupon|buy|--help", "--help|coupon|buy", "coupon|-h|buy" };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct line line;
		int err = parse(&line, rows[i]);

		/* Given twice it is refused, as anything else. */
		if (strstr(rows[i], "help|coupon|buy|--help") != NULL) {
			cr_assert(eq(int, err, PP_ERR_INVALID), "%s", rows[i]);
		} else {
			cr_assert(zero(int, err), "%s: %s", rows[i], line.problem.what);
			cr_assert(args_find(&line.args, "help") != NULL, "%s", rows[i]);
			cr_assert(eq(str, (char *)line.args.command->verb, (char *)"buy"));
		}
		args_free(&line.args);
	}
}

static const struct {
	const char *line;
	const char *what;
	const char *likely;
	const char *next;
} misspelled[] = {
	{ "copon|list", "no command \"copon\"", "did you mean \"coupon\"?", "coupon --help" },
	{ "create|user", "no command \"create\"", "\"user create\"", "user create --help" },
	{ "coupon|byu", "\"coupon byu\"", "did you mean \"coupon buy\"?", "buy --help" },
	{ "coupon|res", "\"coupon res\"", "did you mean \"coupon resume\"?", "resume --help" },
	{ "coupon|xyzzy", "\"coupon xyzzy\"", "what can be done", "coupon --help" },
	{ "xyzzy", "no command \"xyzzy\"", "a thing", "peakpeeps --help" },
	{ "coupon|buy|--vresion|3", "\"--vresion\"", "did you mean --version?", "buy --help" },
	{ "coupon|buy|--max=3", "\"--max\"", "did you mean --max-price?", "buy --help" },
	{ "coupon|buy|-v", "\"-v\"", "whole words", "buy --help" },
	{ "coupon|buy|1|--version", "--version needs a value", "the version", "buy --help" },
	{ "coupon|buy|1|--version|--as|1", "--version needs a value", "", "buy --help" },
	{ "coupon|buy|1|--as|1|--as|2", "--as was given twice", "", "buy --help" },
	{ "coupon|buy|1|--as-seen=1", "--as-seen takes no value", "", "buy --help" },
	{ "coupon|buy|1|2", "\"2\" is one argument too many", "quotes", "buy --help" },
	{ "coupon|buy|x", "\"x\" cannot be COUPON", "BUSINESS/NAME", "buy --help" },
	{ "coupon|buy|0", "\"0\" cannot be COUPON", "", "buy --help" },
	{ "coupon|buy|1/", "\"1/\" cannot be COUPON", "", "buy --help" },
	{ "coupon|edit|1|--price|-5", "\"-5\" cannot be --price", "from 0", "edit --help" },
	{ "coupon|edit|1|--honour|10", "\"10\" cannot be --honour", "unit", "edit --help" },
	{ "coupon|edit|1|--ends|x", "cannot be --ends", "the word never", "edit --help" },
	{ "coupon|edit|1|--state|x", "cannot be --state", "active|paused", "edit --help" },
	{ "user|create|", "\"\" cannot be NAME", "must not be empty", "create --help" },
	{ "user|create|x|--xyzzy", "\"--xyzzy\"", "misspelled", "create --help" },
	{ "user|show|", "\"\" cannot be USER", "id or name", "show --help" },
	{ "user|show|0", "\"0\" cannot be USER", "name:42", "show --help" },
	{ "user|show|99999999999999999999", "cannot be USER", "id or name", "show --help" },
	{ "business|show|0", "\"0\" cannot be BUSINESS", "name:42", "show --help" },
	{ "user|show|1|--as|99999999999999999999", "cannot be --as", "the operator",
		"show --help" },
	{ "user|credit|1|--amount|0", "\"0\" cannot be --amount", "from 1 to 900719925",
		"credit --help" },
	{ "coupon|stock|1|--add|0", "\"0\" cannot be --add", "from 1", "stock --help" },
	{ "coupon|list|1|--page-size|0", "\"0\" cannot be --page-size", "from 1 to 256",
		"list --help" },
	{ "coupon|list|1|--page-size|257", "cannot be --page-size", "from 1 to 256",
		"list --help" },
	{ "coupon|list|1|--limit|-1", "cannot be --limit", "from 0", "list --help" },
	{ "sample|--scale|0", "\"0\" cannot be --scale", "from 1 to 1000", "sample --help" },
	{ "sample|--connections|17", "cannot be --connections", "1 to 16", "sample --help" },
	{ "coupon|retsore|1", "\"coupon retsore\"", "did you mean \"coupon restore\"?",
		"coupon restore --help" },
	{ "coupon|history|1", "\"coupon history\"", "what can be done", "coupon --help" },
	{ "coupon|vers|1", "\"coupon vers\"", "did you mean \"coupon versions\"?",
		"coupon versions --help" },
	{ "purchase|reedem|1", "\"purchase reedem\"", "did you mean \"purchase redeem\"?",
		"purchase redeem --help" },
	{ "refund|1", "no command \"refund\"", "\"purchase refund\"", "purchase refund --help" },
	{ "business|addowner", "\"business addowner\"", "did you mean \"business add-owner\"?",
		"business add-owner --help" },
	{ "server|stat", "\"server stat\"", "did you mean \"server stats\"?",
		"server stats --help" },
	{ "help|copon", "no command \"copon\"", "did you mean \"coupon\"?", "coupon --help" },
	{ "coupon|create|1|x|--state|ended", "cannot be --state", "active|paused",
		"create --help" },
	{ "coupon|create|1|x|--per-user|4294967296", "cannot be --per-user", "4294967295",
		"create --help" },
};

Test(cli_args, says_what_was_meant)
{
	for (size_t i = 0; i < ARRAY_LEN(misspelled); i++) {
		struct line line;

		cr_assert(eq(int, parse(&line, misspelled[i].line), PP_ERR_INVALID), "%s",
			misspelled[i].line);
		cr_assert(contains(line.problem.what, misspelled[i].what), "%s: %s",
			misspelled[i].line, line.problem.what);
		cr_assert(contains(line.problem.likely, misspelled[i].likely), "%s: %s",
			misspelled[i].line, line.problem.likely);
		cr_assert(contains(line.problem.next, misspelled[i].next), "%s: %s",
			misspelled[i].line, line.problem.next);
		args_free(&line.args);
	}
}

Test(cli_args, says_what_is_missing_or_does_not_fit_together)
{
	static const struct {
		const char *line;
		const char *what;
	} rows[] = {
		{ "user|create", "NAME is missing" },
		{ "coupon|edit|1|--price|3", "--base VERSION is missing" },
		{ "coupon|create|1|x", "--price COINS is missing" },
		{ "coupon|edit|1|--base|1", "nothing to change" },
		{ "coupon|buy|1|--as|7", "either --version or --as-of" },
		{ "coupon|buy|1|--as|7|--version|1|--as-of|2", "either --version or --as-of" },
		{ "coupon|buy|1|--version|1", "--as USER is missing" },
		{ "coupon|check|1|--version|1|--as|0", "--as USER is missing" },
		{ "coupon|show|1|--version|1|--at-revision|2", "exclude each other" },
		{ "user|credit|1", "either --reason or --amount" },
		{ "user|credit|1|--amount|3|--reason|route-added", "either --reason or --amount" },
		{ "purchase|show", "either ID or --request" },
		{ "coupon|stock|1", "either --add or --remove" },
		{ "coupon|stock|1|--add|1|--remove|2", "either --add or --remove" },
		{ "coupon|restore|1|--base|2", "--version VERSION is missing" },
		{ "business|edit|1|--base|1", "nothing to change" },
		{ "business|edit|1|--name|x", "--base VERSION is missing" },
		{ "purchase|redeem|1", "CODE is missing" },
		{ "purchase|refund", "ID is missing" },
		{ "sample|--as|Alex", "not by user Alex" },
		{ "sample|--as|3", "not by user 3" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct line line;

		cr_assert(zero(int, parse(&line, rows[i].line)), "%s", rows[i].line);
		cr_assert(eq(int, args_check(&line.args, &line.problem), PP_ERR_INVALID), "%s",
			rows[i].line);
		cr_assert(contains(line.problem.what, rows[i].what), "%s: %s", rows[i].line,
			line.problem.what);
		cr_assert(not(zero(str, line.problem.next)), "%s", rows[i].line);
		args_free(&line.args);
	}
}

/* The command as it would be printed for somebody to paste. */
static char *printed(const struct args *args, const struct arg_change *changes, size_t n_changes)
{
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	cr_assert(not(zero(ptr, out)));
	args_print_command(args, changes, n_changes, out);
	cr_assert(zero(int, fclose(out)));
	return text;
}

/* A name was looked up. */
static void mean(struct args *args, const char *name, const char *id)
{
	for (size_t i = 0; i < args->n_values; i++) {
		if (strcmp(args->values[i].spec->name, name) == 0)
			cr_assert(zero(int, args_set_meaning(&args->values[i], id)));
	}
}

Test(cli_args, prints_a_command_that_means_the_same_later)
{
	static const struct arg_change retry[] = { { "request-id",
		"019364c2-7c1e-7d3a-8f1b-2a4c6e8f0a1b" } };
	struct line line;
	char *text;

	cr_assert(zero(int, parse(&line, "--as|1|coupon|edit|1/it's off|--base|2|--ends|+2d|"
					 "--description=--x y")));
	cr_assert(zero(int, args_settle(&line.args, DECEMBER)));
	mean(&line.args, "COUPON", "1000003");
	text = printed(&line.args, retry, ARRAY_LEN(retry));
	cr_assert(eq(str, text,
		(char *)"peakpeeps coupon edit 1000003 --as 1 --base 2 "
			"--ends 2026-12-03T00:00:00.000Z "
			"--description='--x y' --request-id 019364c2-7c1e-7d3a-8f1b-2a4c6e8f0a1b"));
	free(text);
	args_free(&line.args);
}

Test(cli_args, replaces_drops_and_adds_options_of_a_printed_command)
{
	static const struct arg_change changes[] = { { "base", "5" }, { "request-id", NULL },
		{ "merge", "" } };
	struct line line;
	char *text;

	cr_assert(zero(int, parse(&line, "coupon|edit|7|--base|2|--name|it's $5|--request-id|"
					 "019364c2-7c1e-7d3a-8f1b-2a4c6e8f0a1b")));
	text = printed(&line.args, changes, ARRAY_LEN(changes));
	cr_assert(eq(str, text,
		(char *)"peakpeeps coupon edit 7 --base 5 --name 'it'\\''s $5' --merge"));
	free(text);
	args_free(&line.args);
}

Test(cli_args, tells_the_servers_address_from_that_of_a_business)
{
	static const char line_text[] =
		"--address|[::1]:9|business|create|Burgers|--address|Pier 4|--as|1";
	struct line line;
	char *text;

	cr_assert(zero(int, parse(&line, line_text)));
	cr_assert(eq(str, (char *)args_find(&line.args, "address")->text, (char *)"Pier 4"));
	cr_assert(
		eq(str, (char *)args_find_global(&line.args, "address")->text, (char *)"[::1]:9"));
	text = printed(&line.args, NULL, 0);
	cr_assert(eq(str, text,
		(char *)"peakpeeps --address '[::1]:9' business create Burgers --address 'Pier 4' "
			"--as 1"));
	free(text);
	args_free(&line.args);
}

Test(cli_args, prints_empty_values_and_arguments_that_begin_with_a_dash)
{
	static const struct arg_change changes[] = { { "request-id", NULL }, { "merge", "" } };
	struct line line;
	char *text;

	cr_assert(zero(int, parse(&line, "coupon|edit|7|--base|2|--description||--hard")));
	text = printed(&line.args, changes, ARRAY_LEN(changes));
	cr_assert(eq(str, text,
		(char *)"peakpeeps coupon edit 7 --base 2 --description '' --hard --merge"));
	free(text);
	args_free(&line.args);
	cr_assert(zero(int, parse(&line, "user|create|--timeout|5s|--|-x y")));
	text = printed(&line.args, NULL, 0);
	cr_assert(eq(str, text, (char *)"peakpeeps user create --timeout 5s -- '-x y'"));
	free(text);
	args_free(&line.args);
}

/* Every example in the help is a command line that is understood. */
Test(cli_args, understands_its_own_examples)
{
	const struct command *command;
	size_t n = 0;

	for (command = cli_commands; command->noun != NULL; command++) {
		const char *example = strstr(command->examples, "peakpeeps ");
		size_t own = 0;

		for (; example != NULL; example = strstr(example + 1, "peakpeeps ")) {
			char words[512] = "";
			struct line line;
			bool quoted = false;
			size_t len = 0;

			for (const char *c = example + strlen("peakpeeps "); *c != '\0'; c++) {
				if (!quoted && (*c == '\n' || *c == '#' || *c == ')'))
					break;
				if (*c == '"')
					quoted = !quoted;
				else if (*c != ' ' || quoted)
					words[len++] = *c;
				else if (words[len - 1] != '|')
					words[len++] = '|';
			}
			while (words[len - 1] == '|')
				words[--len] = '\0';
			cr_assert(
				zero(int, parse(&line, words)), "%s: %s", words, line.problem.what);
			own += line.args.command == command;
			cr_assert(zero(int, args_check(&line.args, &line.problem)), "%s: %s", words,
				line.problem.what);
			args_free(&line.args);
			n++;
		}
		cr_assert(gt(sz, own, 0), "%s", command->summary);
	}
	cr_assert(ge(sz, n, 20));
}

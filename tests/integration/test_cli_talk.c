/* What peakpeeps says: names, lists, conflicts, repeats, and next commands that work. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "tests/integration/shell.h"

static struct shell shell; /* each test is a process of its own */

static void must(const char *line)
{
	int code = shell_run(&shell, line, 0);

	cr_assert_eq(code, CLI_ACCEPTED, "%s: %d\n%s%s", line, code, shell.out, shell.err);
}

static void start(void)
{
	shell_new(&shell);
	must("peakpeeps user create Alex && peakpeeps user create Robin &&"
	     "peakpeeps user create Josh && peakpeeps user credit Josh --amount 100 &&"
	     "peakpeeps business create 'Fried and Loaded' --owner Alex --owner Robin &&"
	     "peakpeeps coupon create 1 Tots --price 40 --stock 5 --as Alex");
}

static void stop(void)
{
	shell_free(&shell);
}

TestSuite(talk, .init = start, .fini = stop);

static void has(const char *text, const char *part, const char *line)
{
	cr_assert(strstr(text, part) != NULL, "%s: no \"%s\" in\n%s", line, part, text);
}

static void prints(const char *line, const char *expected)
{
	must(line);
	cr_assert_str_eq(shell.out, expected, "%s", line);
}

Test(talk, names_of_any_kind_are_found)
{
	static const char *const names[] = {
		"42",
		"Josh K.",
		"it's $HOME",
		"Salt/Pepper",
		"name:x",
		"-x",
		"Stra\u00dfe \u8336",
	};
	char longest[121];

	for (size_t i = 0; i < 120; i += 2)
		memcpy(longest + i, "\u00e9", sizeof("\u00e9"));
	for (size_t i = 0; i <= ARRAY_LEN(names); i++) {
		char id[32];

		setenv("NAME", i < ARRAY_LEN(names) ? names[i] : longest, 1);
		must("peakpeeps user create --quiet -- \"$NAME\"");
		snprintf(id, sizeof(id), "%zu\n", 4 + i);
		prints("peakpeeps user show --get user.user_id -- \"name:$NAME\"", id);
		must("peakpeeps coupon create 1 --price 1 --quiet --as Alex -- \"$NAME\"");
		snprintf(id, sizeof(id), "%zu\n", 1000002 + i);
		prints("peakpeeps coupon show \"Fried and Loaded/$NAME\" --get coupon.coupon_id",
			id);
	}
	must("peakpeeps coupon show 'fried and LOADED/tots' --output table");
	has(shell.err, "note: fried and LOADED/tots is coupon 1000001\n", "coupon show");
	must("peakpeeps user show alex --output table --as 0");
	has(shell.err, "note: alex is user 1\n", "user show");
}

Test(talk, lists_are_the_same_by_pages_of_any_size)
{
	static const char *const lists[] = { "business list", "coupon list 1",
		"coupon list 1 --valid", "user purchases Josh", "user statement Josh",
		"coupon versions 1000001", "server statement issuance" };
	static const char *const forms[] = { "--output plain", "--output table", "--json" };

	must("for i in 1 2 3; do peakpeeps business create B$i --owner 1 --quiet;"
	     "peakpeeps coupon create 1 C$i --price $i --as 1 --quiet;"
	     "peakpeeps user credit Josh --amount $i --quiet;"
	     "peakpeeps coupon edit 1000001 --base $i --per-user $i --as 1 --quiet;"
	     "peakpeeps coupon buy 100000$((i + 1)) --version 1 --as Josh --quiet || exit; done");
	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		for (size_t j = 0; j < ARRAY_LEN(forms); j++) {
			char line[600];
			/* Of JSON all but what tells of this very call. */
			snprintf(line, sizeof(line),
				"strip() { sed 's/\"seq\":[0-9]*,//; s/\"time_ms\":[0-9]*,//;"
				" s/\"as_of_ms\":[0-9]*//'; };"
				"peakpeeps %s %s | strip >$TMP/whole || exit;"
				"peakpeeps %s %s --page-size 1 | strip >$TMP/pages || exit;"
				"cat $TMP/pages; cmp $TMP/whole $TMP/pages >&2",
				lists[i], forms[j], lists[i], forms[j]);
			setenv("TMP", shell.server.folder, 1);
			must(line);
		}
	}
	prints("peakpeeps coupon list 1 --limit 3 --page-size 2 | cut -f3", "Tots\nC1\nC2\n");
	prints("peakpeeps coupon list 1 --limit 2 --json | grep -o '\"coupon_id\":[0-9]*'",
		"\"coupon_id\":1000001\n\"coupon_id\":1000002\n");
	prints("peakpeeps coupon list 1 --limit 0", "");
	prints("peakpeeps coupon list 1 --limit 0 --get coupons", "[]\n");
	prints("peakpeeps user purchases Alex --get purchases", "[]\n");
	prints("peakpeeps user purchases Alex --output table", "");
	has(shell.err, "note: no purchases\n", "an empty list");
}

Test(talk, statements_tell_every_coin)
{
	must("peakpeeps coupon buy 1000001 --version 1 --as Josh --quiet &&"
	     "peakpeeps purchase refund 1 --quiet");
	prints("peakpeeps user statement Josh | cut -f3,4,5,6,7",
		"refund\tbusiness 1\tuser 3\t40\t100\n"
		"spend\tuser 3\tbusiness 1\t40\t60\n"
		"earn\tissuance\tuser 3\t100\t100\n");
	prints("peakpeeps business statement 1 | cut -f3,6,7", "refund\t40\t0\nspend\t40\t40\n");
	prints("peakpeeps server statement issuance | cut -f6,7", "100\t-100\n");
	prints("peakpeeps server statement commission", "");
}

/* Runs a line that is refused, and then the command that it prints as the next one. */
static void next_works(const char *line, int code, const char *wanted)
{
	int seen = shell_run(&shell, line, 0);
	char *next = shell_next(&shell);

	cr_assert_eq(seen, code, "%s: %d\n%s", line, seen, shell.err);
	cr_assert(next != NULL, "%s: nothing next in %s", line, shell.err);
	has(next, wanted, line);
	must(next);
	free(next);
}

Test(talk, conflicts_show_three_sides_and_a_command_that_settles_them)
{
	must("peakpeeps coupon edit 1000001 --base 1 --price 55 --as Robin --quiet");
	next_works(
		"peakpeeps coupon edit 1000001 --base 1 --price 45 --description \"it's\" --as 1",
		1, "--base 2");
	next_works("peakpeeps coupon edit 1/tots --base 2 --per-user 0 --honour 0 --as 1", 1,
		"--merge");
	next_works("peakpeeps coupon pause 1000001 --base 1 --as 1", 1, "--merge");
	must("peakpeeps business edit 1 --base 1 --address 'Pier 5' --as Robin --quiet");
	next_works(
		"peakpeeps business edit 1 --base 1 --address 'Pier 6' --as Alex", 1, "--base 2");
	cr_assert_eq(shell_run(&shell, "peakpeeps business edit 1 --base 1 --name 'F & L'", 0), 1);
	has(shell.err, "THEIRS (3)", "business edit");
	has(shell.err, "user 1 made version 3", "business edit");
	next_works("peakpeeps business edit 1 --base 1 --name 'F & L'", 1, "--merge");
	prints("peakpeeps business show 1 --get business.profile.name", "F & L\n");
}

Test(talk, refusals_name_a_next_command_that_works)
{
	static const struct {
		const char *line;
		int code;
		const char *next;
	} rows[] = {
		{ "user show Sam", 1, "peakpeeps user create Sam" },
		{ "user show 99", 1, "peakpeeps server info" },
		{ "user create alex", 1, "peakpeeps user show alex" },
		{ "business create 'fried AND loaded' --owner 1", 1, "business show 'fried AND" },
		{ "business show Fries", 1, "peakpeeps business list" },
		{ "coupon show 'Fried and Loaded/Fries'", 1, "peakpeeps coupon list 1" },
		{ "coupon create 1 TOTS --price 1 --as 1", 1, "peakpeeps coupon list 1" },
		{ "coupon buy 1/Tots --as Josh", 2, "peakpeeps coupon show 1/Tots" },
		{ "coupon buy 1/Tots --version 9 --as Josh", 1, "coupon versions 1000001" },
		{ "coupon buy 1/Tots --version 1 --as Alex", 1, "peakpeeps user balance 1" },
		{ "coupon buy 1/Tots --version 1 --max-price 39 --as Josh", 1, "--max-price 40" },
		{ "purchase redeem 1 $(peakpeeps purchase show 1 --get purchase.code) --as 3", 5,
			"peakpeeps business show 1" },
		{ "purchase refund 1 --as 3", 5, "peakpeeps purchase show 1" },
		{ "business edit 1 --base 1 --commission 2% --as Alex", 5, "--as 0" },
		{ "business create New --commission 2% --as Alex", 5,
			"business create New --as 1" },
		{ "business edit 1 --base 9 --name x", 1, "peakpeeps business show 1" },
		{ "business add-owner 1 Robin --as Alex", 1, "peakpeeps business show 1" },
		{ "coupon stock 1/Tots --remove 99 --as Alex", 1, "peakpeeps coupon show 1000001" },
		{ "coupon list 1 --min-revision 999", 1, "peakpeeps server info" },
		{ "coupon list 1 --page-size 257", 2, "peakpeeps coupon list --help" },
		{ "coupon lst 1", 2, "peakpeeps coupon list --help" },
		{ "verify --id 99", 1, "peakpeeps verify --wait" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char line[300];

		snprintf(line, sizeof(line), "peakpeeps %s", rows[i].line);
		next_works(line, rows[i].code, rows[i].next);
	}
	must("peakpeeps purchase show 1 --get purchase.code");
	shell.out[strcspn(shell.out, "\n")] = '\0';
	setenv("CODE", shell.out, 1);
	must("peakpeeps purchase redeem 1 $CODE --quiet");
	next_works("peakpeeps purchase redeem 1 $CODE", 1, "peakpeeps purchase show 1");
}

Test(talk, what_was_only_checked_or_done_before_is_told_in_a_pipe_too)
{
	static const char repeated[] = "peakpeeps user create Sam --request-id $ID";

	must("peakpeeps user create Sam --validate-only");
	has(shell.err, "note: only checked", "validate-only");
	must("peakpeeps user create Sam --validate-only --get user_id");
	has(shell.err, "note: only checked", "validate-only --get");
	must("peakpeeps user create Sam --validate-only --quiet");
	cr_assert_str_empty(shell.err);
	cr_assert_eq(shell_run(&shell, "peakpeeps user show Sam", 0), 1, "nothing was made");
	cr_assert_eq(shell_run(&shell, "peakpeeps user create Alex --validate-only", 0), 1);

	must("peakpeeps coupon buy 1000001 --version 1 --as 3 --get purchase.request_id");
	shell.out[strcspn(shell.out, "\n")] = '\0';
	setenv("ID", shell.out, 1);
	prints("peakpeeps coupon buy 1/Tots --version 1 --as 3 --request-id $ID"
	       " --get balance_coins",
		"60\n");
	has(shell.err, "note: carried out before", "a repeat");
	prints("peakpeeps coupon buy 1000001 --version 1 --as 3 --request-id $ID --json |"
	       "grep -o '\"replayed\":[a-z]*'",
		"\"replayed\":true\n");
	must(repeated); /* another principal's: another request */
	must(repeated);
	prints("peakpeeps user list 2>/dev/null; peakpeeps server info --get n_users", "4\n");
	cr_assert_eq(shell_run(&shell, "peakpeeps user create Tom --request-id $ID", 0), 1);
	has(shell.err, "REQUEST_ID_REUSED", "another request under the id");
}

Test(talk, an_answer_that_could_not_be_printed_can_be_asked_again)
{
	int code = shell_run(
		&shell, "peakpeeps coupon buy 1/Tots --version 1 --as Josh --get code", 0);
	char *next = shell_next(&shell);

	cr_assert_eq(code, CLI_NOT_PRINTED);
	has(shell.err, "did you mean purchase.code?", "--get code");
	must(next);
	has(shell.out, "\"replayed\":true", next);
	free(next);
	prints("peakpeeps user balance Josh --get balance_coins", "60\n");
	setenv("TMP", shell.server.folder, 1);
	must("peakpeeps user show Josh --save $TMP/nowhere/x; test $? = 6");
	must("peakpeeps user show Josh --save $TMP/x --quiet && grep -q '\"Josh\"' $TMP/x");
	cr_assert_str_empty(shell.out);
	must("PEAKPEEPS_OUTPUT=json peakpeeps user show Nobody --save $TMP/x; test $? = 1 &&"
	     "grep -q USER_NOT_FOUND $TMP/x");
	has(shell.out, "USER_NOT_FOUND", "a name that is not found, as JSON");
}

Test(talk, without_a_server_nothing_was_done_and_how_to_start_one_is_told)
{
	process_stop(&shell.server);
	cr_assert_eq(
		shell_run(&shell, "peakpeeps user create Sam --timeout 1s", 0), CLI_NO_CONNECTION);
	has(shell.err, "peakpeepsd --store DIR --listen 127.0.0.1:", "no server");
	cr_assert_eq(shell_run(&shell, "peakpeeps --address 'unix:/no such' server info", 0),
		CLI_NO_CONNECTION);
	process_start(&shell.server);
}

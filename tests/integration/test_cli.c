/* The command line of peakpeeps on a real server: every command, in every form. */
#include <criterion/criterion.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/json.h"
#include "tests/integration/require.h"
#include "tests/integration/shell.h"

static struct shell shell; /* each test is a process of its own */

static void start(void)
{
	shell_new(&shell);
}

static void stop(void)
{
	shell_free(&shell);
}

TestSuite(cli, .init = start, .fini = stop);

static void must(const char *line)
{
	int code = shell_run(&shell, line, 0);

	cr_assert_eq(code, CLI_ACCEPTED, "%s: %d\n%s%s", line, code, shell.out, shell.err);
}

static void has(const char *text, const char *part, const char *line)
{
	cr_assert(strstr(text, part) != NULL, "%s: no \"%s\" in\n%s", line, part, text);
}

/* ---- Every command ---- */

/*
 * In this order, twice: once as a table, once as JSON. '@' is the number of the round, and so the
 * id of the business and of the purchase in it; the code is what the command is to exit with.
 */
static const struct {
	const char *line;
	int code;
	const char *table; /* is in the table */
	const char *json;  /* a path in the answer; NULL: nothing is printed */
} cases[] = {
	{ "user create Alex@", 0, "name", "create_user.user_id" },
	{ "user create Robin@", 0, "name", "create_user.user_id" },
	{ "user create ' alex@ '", 1, "", "status.reason" },
	{ "user show alex@", 0, "Alex", "get_user.user.created_at_ms" },
	{ "user credit Alex@ --amount 100", 0, "credited", "credit_coins.balance_coins" },
	{ "user credit Alex@ --reason route-added --reference route-1", 0, "110",
		"credit_coins.amount_coins" },
	{ "user credit Alex@ --reason route-added --reference route-1", 1, "", "status.code" },
	{ "user balance Alex@", 0, "110", "get_balance.account.kind" },
	{ "business create 'Fried and Loaded @' --owner Alex@ --commission 10%", 0, "business",
		"create_business.business_id" },
	{ "business show 'Fried and Loaded @'", 0, "10.00%", "get_business.business.profile.name" },
	{ "business edit @ --base 1 --address 'Pier 5' --as Alex@", 0, "version",
		"edit_business.version" },
	{ "business edit @ --base 1 --address 'Pier 6' --as Alex@", 1, "",
		"status.business_conflict.their_profile.address" },
	{ "business add-owner @ Robin@ --as Alex@", 0, "owners", "add_owner.n_owners" },
	{ "business remove-owner @ Robin@ --as Robin@", 0, "owners", "remove_owner.n_owners" },
	{ "business remove-owner @ Robin@ --as Robin@", 5, "", "status.message" },
	{ "business list", 0, "Pier 5", "list_businesses.businesses.0.business_id" },
	{ "coupon create @ 'BOGO Loaded Tots' --price 40 --stock 9 --as Alex@", 0, "coupon",
		"create_coupon.coupon_id" },
	{ "coupon show '@/bogo loaded tots'", 0, "40", "get_coupon.coupon.terms.price_coins" },
	{ "coupon edit @000001 --base 1 --price 30 --as Alex@", 0, "honoured until",
		"edit_coupon.version" },
	{ "coupon edit @000001 --base 1 --price 20 --as Alex@", 1, "",
		"status.version_conflict.their_terms.price_coins" },
	{ "coupon pause @000001 --base 2 --as Alex@", 0, "3", "edit_coupon.honoured_until_ms" },
	{ "coupon resume @000001 --base 3 --as Alex@", 0, "4", "edit_coupon.version" },
	{ "coupon restore @000001 --version 1 --base 4 --as Alex@", 0, "5", "edit_coupon.version" },
	{ "coupon stock @000001 --remove 2 --as Alex@", 0, "7", "adjust_stock.stock_left" },
	{ "coupon versions @000001", 0, "price", "list_coupon_versions.versions.4.version" },
	{ "coupon list @ --valid", 0, "BOGO Loaded Tots", "list_coupons.coupons.0.terms.name" },
	{ "coupon check @000001 --version 5 --as Alex@", 0, "INSUFFICIENT_COINS",
		"check_purchase.verdicts.8.passed" },
	{ "coupon check @000001 --version 5 --max-price 3 --as Alex@", 1, "refused",
		"check_purchase.verdicts.4.message" },
	{ "coupon buy @000001 --version 5 --as Alex@", 0, "issued",
		"purchase_coupon.purchase.code" },
	{ "coupon buy @000001 --version 9 --as Alex@", 1, "", "status.reason" },
	{ "purchase show @", 0, "issued", "get_purchase.purchase.request_id" },
	{ "user purchases Alex@", 0, "BOGO", "list_purchases.purchases.0.purchase_id" },
	{ "purchase redeem @ $(peakpeeps purchase show @ --get purchase.code) --as Alex@", 0,
		"redeemed", "redeem_purchase.purchase.redeemed_at_ms" },
	{ "purchase redeem @ $(peakpeeps purchase show @ --get purchase.code) --as Alex@", 1, "",
		"status.reason" },
	{ "purchase refund @ --reason 'it was cold'", 0, "it was cold",
		"refund_purchase.balance_coins" },
	{ "user statement Alex@", 0, "refund", "list_ledger_entries.entries.0.debit.kind" },
	{ "business balance @", 0, "entries", "get_balance.n_entries" },
	{ "business statement @", 0, "commission", "list_ledger_entries.entries.2.at_ms" },
	{ "coupon end @000001 --base 5 --as Alex@", 0, "6", "edit_coupon.version" },
	{ "request abandon $(peakpeeps purchase show @ --get purchase.request_id) --as Alex@", 0,
		"accepted", "abandon_request.made_id" },
	{ "server info", 0, "durability", "server_info.durability" },
	{ "server stats", 0, "in queue", "stats.requests.0.total_us.p999" },
	{ "server balance commission", 0, "commission", "get_balance.balance_coins" },
	{ "server statement issuance", 0, "route added",
		"list_ledger_entries.entries.0.reference" },
	{ "verify --wait", 0, "clean", "verify.state" },
	/* Whole samples are made by a test of their own. */
	{ "sample --as Alex@", 2, "", NULL },
	{ "sample --scale 0", 2, "", NULL },
};

/* Whether the case is one of this command. */
static bool is_of(const char *line, const struct command *command)
{
	size_t len = strlen(command->noun);

	if (strncmp(line, command->noun, len) != 0 || line[len] != ' ')
		return false;
	if (command->verb == NULL)
		return true;
	line += len + 1;
	len = strlen(command->verb);
	return strncmp(line, command->verb, len) == 0 && (line[len] == ' ' || line[len] == '\0');
}

Test(cli, no_command_is_without_a_case)
{
	for (const struct command *command = cli_commands; command->noun != NULL; command++) {
		bool found = false;

		for (size_t i = 0; i < ARRAY_LEN(cases); i++)
			found |= cases[i].code == 0 && is_of(cases[i].line, command);
		cr_assert(found || strcmp(command->noun, "sample") == 0, "%s %s", command->noun,
			command->verb == NULL ? "" : command->verb);
	}
}

static void run_case(size_t i, int round, const char *form)
{
	char line[512];

	snprintf(line, sizeof(line), "peakpeeps %s %s", cases[i].line, form);
	int code = shell_run(&shell, line, round);
	cr_assert_eq(code, cases[i].code, "round %d, %s: %d\n%s%s", round, line, code, shell.out,
		shell.err);
	if (code == CLI_ACCEPTED)
		cr_assert(strstr(shell.err, "next:") == NULL, "%s: %s", line, shell.err);
	else if (strstr(line, "coupon check") == NULL)
		has(shell.err, "  likely: ", line);
}

Test(cli, every_command_prints_a_table_and_its_answer_as_json)
{
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		run_case(i, 1, "--output table");
		has(shell.out, cases[i].table, cases[i].line);
		if (cases[i].code == CLI_USAGE || cases[i].table[0] == '\0')
			cr_assert_str_empty(shell.out, "%s", cases[i].line);
	}
	for (size_t i = 0; i < ARRAY_LEN(cases); i++) {
		json_error_t error;

		run_case(i, 2, "--json");
		if (cases[i].json == NULL) {
			cr_assert_str_empty(shell.out, "%s", cases[i].line);
			continue;
		}
		json_t *document = json_loads(shell.out, JSON_REJECT_DUPLICATES, &error);
		cr_assert(document != NULL, "%s: %s in %s", cases[i].line, error.text, shell.out);
		cr_assert(json_at(document, cases[i].json) != NULL, "%s: no %s in %s",
			cases[i].line, cases[i].json, shell.out);
		json_decref(document);
	}
}

/* ---- Help ---- */

/* The lines under a title of the overview, as one script that ends at the first failure. */
static void script_of(const char *help, const char *title, char *out, size_t size)
{
	const char *at = strstr(help, title);
	const char *end;
	int len;

	REQUIRE(at != NULL, "no \"%s\"", title);
	at = strchr(at, '\n') + 1;
	end = strstr(at, "\n\n");
	REQUIRE(end != NULL, "no end of \"%s\"", title);
	len = snprintf(out, size, "set -e\n%.*s\n", (int)(end - at), at);
	REQUIRE(len > 0 && (size_t)len < size, "too long");
}

Test(cli, an_unsafe_durability_is_shouted)
{
	const struct process_options options = { .settings = "store.durability=unsafe_no_sync" };
	struct process unsafe;
	char line[256];

	must("peakpeeps server info");
	cr_assert(strstr(shell.out, "WARNING") == NULL, "it is safe:\n%s", shell.out);
	process_new(&unsafe, &options);
	snprintf(line, sizeof(line), "peakpeeps server info --address %s", unsafe.address);
	must(line);
	has(shell.out, "WARNING", line);
	has(shell.out, "unsafe_no_sync", line);
	process_stop(&unsafe);
	process_free(&unsafe);
}

Test(cli, the_walks_of_the_help_work_as_printed)
{
	char walk[2048];
	char scripts[1024];

	must("peakpeeps --help");
	script_of(shell.out, "A first walk", walk, sizeof(walk));
	script_of(shell.out, "In scripts", scripts, sizeof(scripts));
	must(walk);
	has(shell.out, "clean", walk);
	has(shell.out, "redeemed", walk);
	must(scripts);
	has(shell.out, "1000001", scripts);
	has(shell.out, "1\tSmash Burger Truck", scripts);
}

Test(cli, every_thing_and_every_command_has_its_help)
{
	const char *previous = "";
	char example[128];
	char line[128];

	for (const struct command *command = cli_commands; command->noun != NULL; command++) {
		const char *verb = command->verb == NULL ? "" : command->verb;

		snprintf(line, sizeof(line), "peakpeeps %s %s --help", command->noun, verb);
		must(line);
		snprintf(example, sizeof(example), "  %.*s\n",
			(int)strcspn(command->examples, "\n"), command->examples);
		has(shell.out, example, line);
		if (strcmp(previous, command->noun) == 0 || command->verb == NULL)
			continue;
		previous = command->noun;
		snprintf(line, sizeof(line), "peakpeeps help %s", command->noun);
		must(line);
		snprintf(example, sizeof(example), "  %s %s ", command->noun, verb);
		has(shell.out, example, line);
	}
}

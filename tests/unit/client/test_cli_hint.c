/* What the command line says after each refusal: every template is whole, and knows its request. */
#include <criterion/criterion.h>
#include <string.h>

#include "client/cli/hint.h"

enum { REASONS_MAX = 100 };

static struct cli cli; /* each test is a process of its own */
static struct pp_business_profile profile = { .name = "F & L" };

static void parse(char *words)
{
	static char *argv[16];
	static char program[] = "peakpeeps";
	struct problem problem;
	int argc = 0;

	argv[argc++] = program;
	while (words != NULL && argc < 15)
		argv[argc++] = strsep(&words, "|");
	cr_assert_eq(args_parse(cli_commands, cli_globals, argc, argv, &cli.args, &problem), 0,
		"%s", problem.what);
}

static void explain(
	const struct pp_request *request, enum pp_reason reason, struct problem *problem)
{
	struct pp_status status = { .reason = reason };
	struct pp_response response = { .status = &status };

	memset(problem, 0, sizeof(*problem));
	hint_explain(&cli, request, &response, problem);
}

Test(cli_hint, no_template_is_printed_raw)
{
	char words[] = "coupon|edit|7000001|--base|1|--price|3|--as|5";
	const struct pp_request requests[] = {
		{ .kind = PP_KIND_EDIT_COUPON, .u.edit_coupon.coupon_id = 7000001 },
		{ .kind = PP_KIND_CREATE_COUPON, .u.create_coupon.business_id = 7 },
		{ .kind = PP_KIND_CREATE_USER, .u.create_user.name = "Josh" },
		{ .kind = PP_KIND_GET_USER, .u.get_user.name = "Josh" },
		{ .kind = PP_KIND_CREDIT_COINS, .u.credit_coins.user_id = 3 },
		{ .kind = PP_KIND_CREATE_BUSINESS, .u.create_business.name = "F & L" },
		{ .kind = PP_KIND_EDIT_BUSINESS, .u.edit_business.profile = &profile },
		{ .kind = PP_KIND_REDEEM_PURCHASE, .u.redeem_purchase.code = "1-0000-0000-0000" },
		{ .kind = PP_KIND_REFUND_PURCHASE, .u.refund_purchase.purchase_id = 9 },
		{ .kind = PP_KIND_GET_PURCHASE },
		{ .kind = PP_KIND_ABANDON_REQUEST },
		{ .kind = PP_KIND_VERIFY },
	};
	struct problem problem;
	size_t n_told = 0;

	parse(words);
	for (int reason = 1; reason < REASONS_MAX; reason++) {
		for (size_t i = 0; i < ARRAY_LEN(requests); i++) {
			explain(&requests[i], (enum pp_reason)reason, &problem);
			cr_assert(strpbrk(problem.likely, "{}") == NULL, "%s", problem.likely);
			cr_assert(strpbrk(problem.next, "{}") == NULL, "%s", problem.next);
			cr_assert_eq(problem.likely[0] == '\0', problem.next[0] == '\0');
			n_told += problem.next[0] != '\0';
		}
	}
	cr_assert_gt(n_told, 40 * ARRAY_LEN(requests));
	args_free(&cli.args);
}

Test(cli_hint, says_of_each_request_what_fits_it)
{
	char words[] = "purchase|redeem|7|1G4-8XKD-93QZ-M2WP|--as|5|--address|[::1]:9";
	const struct pp_request redeem = { .kind = PP_KIND_REDEEM_PURCHASE,
		.u.redeem_purchase = { .business_id = 7, .code = "1g4-8xkd-93qz-m2wp" } };
	const struct pp_request refund = { .kind = PP_KIND_REFUND_PURCHASE,
		.u.refund_purchase.purchase_id = 9 };
	const struct pp_request digits = { .kind = PP_KIND_CREATE_USER,
		.u.create_user.name = "42" };
	const struct pp_request dash = { .kind = PP_KIND_GET_USER, .u.get_user.name = "-x y" };
	const struct {
		const struct pp_request *request;
		enum pp_reason reason;
		const char *next; /* after the program and its address */
	} rows[] = {
		{ &redeem, PP_REASON_ALREADY_REDEEMED, "purchase show 1540" },
		{ &redeem, PP_REASON_PURCHASE_EXPIRED, "purchase show 1540" },
		{ &redeem, PP_REASON_PURCHASE_NOT_FOUND, "user purchases USER" },
		{ &redeem, PP_REASON_NOT_AN_OWNER, "business show 7" },
		{ &refund, PP_REASON_NOT_AN_OWNER, "purchase show 9" },
		{ &refund, PP_REASON_BUSINESS_INSUFFICIENT_COINS, "purchase show 9" },
		{ &digits, PP_REASON_NAME_TAKEN, "user show name:42" },
		{ &dash, PP_REASON_USER_NOT_FOUND,
			"user create -- '-x y'\nif there should be one" },
	};
	struct problem problem;
	char expected[200];

	parse(words);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		explain(rows[i].request, rows[i].reason, &problem);
		snprintf(expected, sizeof(expected), "peakpeeps --address '[::1]:9' %s",
			rows[i].next);
		cr_assert_str_eq(problem.next, expected);
	}
	args_free(&cli.args);
}

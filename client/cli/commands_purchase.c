/* Checking, buying, receipts, and giving up requests. */
#include <inttypes.h>

#include "client/cli/commands.h"
#include "client/cli/list.h"

int check_purchase_arguments(const struct args *args, struct problem *problem)
{
	static const struct arg_change as_buyer[] = { { "as", "BUYER" } };
	const struct arg_value *buyer = args_find(args, "as");
	const struct arg_value *coupon = args_find(args, "COUPON");
	FILE *next;

	if (buyer == NULL || (buyer->number == 0 && buyer->name == NULL)) {
		PROBLEM_WHAT(problem, "--as USER is missing");
		PROBLEM_LIKELY(problem, "it says who buys; the operator has no coins");
		problem_command(problem, args, as_buyer, ARRAY_LEN(as_buyer));
		return PP_ERR_INVALID;
	}
	if ((args_find(args, "version") != NULL) != (args_find(args, "as-of") != NULL))
		return 0;
	PROBLEM_WHAT(problem, "either --version or --as-of is needed, and not both");
	PROBLEM_LIKELY(problem, "a purchase names what its buyer saw: the version shown, or the "
				"revision of the list");
	next = problem_open(problem);
	if (next == NULL)
		return PP_ERR_INVALID;
	(void)fputs("peakpeeps coupon show ", next);
	args_print_word(coupon->text, next);
	problem_close(next, problem);
	return PP_ERR_INVALID;
}

/* Of "coupon check" and "coupon buy", which take the same arguments. */
static int fill_purchase(struct cli *cli, struct pp_purchase_request *purchase)
{
	purchase->version = cli_number(cli, "version", 0);
	purchase->as_of_revision = cli_number(cli, "as-of", 0);
	if (cli_has(cli, "as-seen"))
		purchase->price_policy = PP_PRICE_POLICY_AS_SEEN;
	purchase->has_max_price_coins = cli_has(cli, "max-price");
	purchase->max_price_coins = (int64_t)cli_number(cli, "max-price", 0);
	purchase->coupon_id = cli_number(cli, "COUPON", 0);
	return CLI_ACCEPTED;
}

int fill_coupon_check(struct cli *cli, struct pp_request *request)
{
	return fill_purchase(cli, &request->u.check_purchase);
}

int fill_coupon_buy(struct cli *cli, struct pp_request *request)
{
	return fill_purchase(cli, &request->u.purchase_coupon);
}

static const struct table_column verdict_columns[] = {
	{ "RULE", 0 },
	{ "VERDICT", 0 },
	{ "WHY", TABLE_WRAP },
};

static struct table *verdict_table(const struct pp_check_purchase_response *check)
{
	struct table *table = table_new(verdict_columns, ARRAY_LEN(verdict_columns));
	size_t i;

	for (i = 0; i < check->n_verdicts; i++) {
		const struct pp_verdict *verdict = check->verdicts[i];
		const char *rule = pp_reason_name(verdict->rule);

		table_row(table);
		table_cell(table, "%s", rule == NULL ? "?" : rule);
		table_cell(table, "%s", verdict->passed ? "passed" : "refused");
		table_cell(table, "%s", verdict->message == NULL ? "" : verdict->message);
	}
	return table;
}

static struct table *quote_table(const struct pp_check_purchase_response *check)
{
	struct table *table = table_new_record();
	const struct pp_quote *quote = check->quote;

	table_field(table, "accepted", "%s", check->ok ? "yes" : "no");
	table_field(table, "balance", "%" PRId64, check->balance_coins);
	if (quote == NULL)
		return table;
	table_field(table, "version", "%" PRIu64, quote->version);
	table_field(table, "price", "%" PRId64, quote->price_coins);
	table_field(table, "revision", "%" PRIu64, quote->revision);
	table_time_field(table, "at", true, quote->at_ms, "");
	if (quote->has_honoured_until_ms)
		table_time_field(table, "honoured until", true, quote->honoured_until_ms, "");
	return table;
}

int show_coupon_check(struct cli *cli, const struct pp_response *response)
{
	const struct pp_check_purchase_response *check = &response->u.check_purchase;
	int answer = check->ok ? CLI_ACCEPTED : CLI_REFUSED;
	char address[CLI_ADDRESS_BYTES];
	int code;

	if (!cli_wants_table(cli))
		return answer;
	code = cli_print_table(cli, verdict_table(check));
	if (code == CLI_ACCEPTED) {
		(void)fputc('\n', stdout);
		code = cli_print_table(cli, quote_table(check));
	}
	if (code != CLI_ACCEPTED)
		return code;
	if (check->ok && check->quote != NULL)
		cli_note(cli,
			"buy at this quote: peakpeeps%s coupon buy %" PRIu64 " --version %" PRIu64
			" --max-price %" PRId64 " --as %" PRIu64,
			cli_address_option(cli, address), check->quote->coupon_id,
			check->quote->version, check->quote->price_coins, cli_acting_user(cli));
	return answer;
}

static const char *state_of(const struct pp_purchase *purchase)
{
	static const char *const states[] = { "?", "issued", "redeemed", "refunded", "expired" };

	return states[purchase->state < ARRAY_LEN(states) ? purchase->state : 0];
}

/* When and by whom. */
static void deed_field(
	struct table *table, const char *name, int64_t at_ms, uint64_t actor, const char *more)
{
	char at[VALUE_TEXT_BYTES];
	char who[ACTOR_TEXT_BYTES];

	value_format_time(at_ms, at);
	format_actor(actor, who);
	table_field(table, name, "%s by %s%s", at, who, more);
}

/* What became of it so far. */
static void show_fate(struct table *table, const struct pp_purchase *purchase)
{
	if (purchase->has_redeemed_at_ms)
		deed_field(table, "redeemed", purchase->redeemed_at_ms, purchase->redeemed_by, "");
	if (!purchase->has_refunded_at_ms)
		return;
	deed_field(table, "refunded", purchase->refunded_at_ms, purchase->refunded_by,
		purchase->stock_returned ? "; the piece is for sale again" : "");
	if (purchase->refund_reason != NULL && purchase->refund_reason[0] != '\0')
		table_field(table, "reason", "%s", purchase->refund_reason);
}

static void show_receipt(struct table *table, const struct pp_purchase *purchase)
{
	char request_id[37];
	char until[VALUE_TEXT_BYTES];

	table_id_field(table, "purchase", purchase->purchase_id);
	table_field(table, "coupon", "%" PRIu64 " (%s)", purchase->coupon_id,
		purchase->coupon_name == NULL ? "" : purchase->coupon_name);
	value_format_time(purchase->honoured_until_ms, until);
	if (purchase->honoured)
		table_field(table, "version", "%" PRIu64 ", honoured until %s", purchase->version,
			purchase->has_honoured_until_ms ? until : "it ends");
	else
		table_field(table, "version", "%" PRIu64, purchase->version);
	table_field(table, "price", "%" PRId64, purchase->price_coins);
	table_field(table, "commission", "%" PRId64, purchase->commission_coins);
	table_field(table, "buyer", "%" PRIu64 "%s", purchase->user_id,
		purchase->bought_by_owner ? " (an owner of the business)" : "");
	table_time_field(table, "at", true, purchase->at_ms, "");
	table_field(table, "state", "%s", state_of(purchase));
	table_time_field(table, "redeem until", purchase->has_redeem_until_ms,
		purchase->redeem_until_ms, "forever");
	show_fate(table, purchase);
	/* A purchase that was only validated has neither code nor revision. */
	if (purchase->code != NULL && purchase->code[0] != '\0')
		table_field(table, "code", "%s", purchase->code);
	pp_uuid_format(&purchase->request_id, request_id);
	table_field(table, "request", "%s", request_id);
	if (purchase->revision != 0)
		table_field(table, "revision", "%" PRIu64, purchase->revision);
}

int show_coupon_buy(struct cli *cli, const struct pp_response *response)
{
	const struct pp_purchase_coupon_response *bought = &response->u.purchase_coupon;
	struct table *table = table_new_record();

	if (bought->purchase != NULL)
		show_receipt(table, bought->purchase);
	table_field(table, "balance", "%" PRId64, bought->balance_coins);
	return cli_print_table(cli, table);
}

int check_purchase_show(const struct args *args, struct problem *problem)
{
	if ((args_find(args, "ID") != NULL) != (args_find(args, "request") != NULL))
		return 0;
	PROBLEM_WHAT(problem, "either ID or --request is needed, and not both");
	PROBLEM_LIKELY(problem, "a purchase is known by its own id, and by that of its request");
	return PP_ERR_INVALID;
}

int fill_purchase_show(struct cli *cli, struct pp_request *request)
{
	struct pp_get_purchase_request *get = &request->u.get_purchase;
	const struct arg_value *id = args_find(&cli->args, "request");

	get->purchase_id = cli_number(cli, "ID", 0);
	get->has_request_id = id != NULL;
	if (id != NULL)
		get->request_id = id->uuid;
	return CLI_ACCEPTED;
}

int show_purchase(struct cli *cli, const struct pp_response *response)
{
	struct table *table = table_new_record();

	if (response->u.get_purchase.purchase != NULL)
		show_receipt(table, response->u.get_purchase.purchase);
	return cli_print_table(cli, table);
}

int fill_purchase_redeem(struct cli *cli, struct pp_request *request)
{
	request->u.redeem_purchase.business_id = cli_number(cli, "BUSINESS", 0);
	request->u.redeem_purchase.code = cli_text(cli, "CODE");
	return CLI_ACCEPTED;
}

int show_purchase_redeem(struct cli *cli, const struct pp_response *response)
{
	struct table *table = table_new_record();

	if (response->u.redeem_purchase.purchase != NULL)
		show_receipt(table, response->u.redeem_purchase.purchase);
	return cli_print_table(cli, table);
}

int fill_purchase_refund(struct cli *cli, struct pp_request *request)
{
	request->u.refund_purchase.purchase_id = cli_number(cli, "ID", 0);
	request->u.refund_purchase.reason = cli_text(cli, "reason");
	return CLI_ACCEPTED;
}

int show_purchase_refund(struct cli *cli, const struct pp_response *response)
{
	const struct pp_refund_purchase_response *refund = &response->u.refund_purchase;
	struct table *table = table_new_record();

	if (refund->purchase != NULL)
		show_receipt(table, refund->purchase);
	table_field(table, "buyer's balance", "%" PRId64, refund->balance_coins);
	return cli_print_table(cli, table);
}

/* ---- Lists ---- */

int fill_user_purchases(struct cli *cli, struct pp_request *request)
{
	request->u.list_purchases.user_id = cli_number(cli, "USER", 0);
	return CLI_ACCEPTED;
}

static size_t list_count(const struct pp_response *response)
{
	return response->u.list_purchases.n_purchases;
}

static struct pp_bytes list_next(const struct pp_response *response)
{
	return response->u.list_purchases.next_page_token;
}

static void list_ask(struct pp_request *request, uint32_t page_size, struct pp_bytes token)
{
	request->u.list_purchases.page_size = page_size;
	request->u.list_purchases.page_token = token;
}

static void list_row(struct table *table, const struct pp_response *response, size_t i)
{
	const struct pp_purchase *purchase = response->u.list_purchases.purchases[i];
	char at[VALUE_TEXT_BYTES];

	value_format_time(purchase->at_ms, at);
	table_row(table);
	table_cell(table, "%" PRIu64, purchase->purchase_id);
	table_cell(table, "%s", at);
	table_cell(table, "%" PRIu64, purchase->coupon_id);
	table_cell(table, "%s", purchase->coupon_name == NULL ? "" : purchase->coupon_name);
	table_cell(table, "%" PRId64, purchase->price_coins);
	table_cell(table, "%s", state_of(purchase));
	table_cell(table, "%s", purchase->code == NULL ? "" : purchase->code);
}

int run_user_purchases(struct cli *cli, struct pp_request *request)
{
	static const struct table_column columns[] = {
		{ "PURCHASE", TABLE_RIGHT },
		{ "AT", 0 },
		{ "COUPON", TABLE_RIGHT },
		{ "NAME", TABLE_WRAP },
		{ "PRICE", TABLE_RIGHT },
		{ "STATE", 0 },
		{ "CODE", 0 },
	};
	static const struct list_kind kind = {
		.columns = columns,
		.n_columns = ARRAY_LEN(columns),
		.noun = "purchases",
		.body = "list_purchases",
		.items = "purchases",
		.count = list_count,
		.next = list_next,
		.ask = list_ask,
		.row = list_row,
	};

	return list_run(cli, request, &kind);
}

/* ---- Requests ---- */

int fill_request_abandon(struct cli *cli, struct pp_request *request)
{
	request->u.abandon_request.request_id = args_find(&cli->args, "UUID")->uuid;
	return CLI_ACCEPTED;
}

int show_request_abandon(struct cli *cli, const struct pp_response *response)
{
	const struct pp_abandon_request_response *abandon = &response->u.abandon_request;
	const struct pp_status *outcome = abandon->outcome;
	struct table *table = table_new_record();

	table_field(table, "abandoned", "%s",
		abandon->abandoned ? "yes: nothing will ever be done under this id"
				   : "no: it had been decided");
	if (!abandon->abandoned) {
		const char *reason = outcome == NULL ? NULL : pp_reason_name(outcome->reason);

		table_field(table, "outcome", "%s%s%s", outcome == NULL ? "accepted" : "refused: ",
			outcome == NULL || outcome->message == NULL ? "" : outcome->message,
			outcome != NULL && outcome->message == NULL && reason != NULL ? reason
										      : "");
		if (abandon->made_id != 0)
			table_field(table, "made", "%" PRIu64, abandon->made_id);
		table_field(table, "outcome revision", "%" PRIu64, abandon->outcome_revision);
		table_time_field(table, "decided", true, abandon->decided_at_ms, "");
	}
	return cli_print_table(cli, table);
}

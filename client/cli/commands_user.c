/* Users, and the coins of every account. */
#include <inttypes.h>

#include "client/cli/commands.h"
#include "client/cli/list.h"

void table_id_field(struct table *table, const char *name, uint64_t id)
{
	if (id != 0)
		table_field(table, name, "%" PRIu64, id);
}

void format_actor(uint64_t user_id, char out[ACTOR_TEXT_BYTES])
{
	if (user_id != 0)
		(void)snprintf(out, ACTOR_TEXT_BYTES, "user %" PRIu64, user_id);
	else
		(void)snprintf(out, ACTOR_TEXT_BYTES, "operator");
}

void table_actor_field(struct table *table, const char *name, uint64_t user_id)
{
	char who[ACTOR_TEXT_BYTES];

	format_actor(user_id, who);
	table_field(table, name, "%s", who);
}

void table_time_field(
	struct table *table, const char *name, bool present, int64_t ms, const char *absent)
{
	char text[VALUE_TEXT_BYTES];

	if (present)
		value_format_time(ms, text);
	table_field(table, name, "%s", present ? text : absent);
}

int fill_user_create(struct cli *cli, struct pp_request *request)
{
	request->u.create_user.name = cli_text(cli, "NAME");
	return CLI_ACCEPTED;
}

int show_user_create(struct cli *cli, const struct pp_response *response)
{
	const struct pp_create_user_response *user = &response->u.create_user;
	struct table *table = table_new_record();

	table_id_field(table, "user", user->user_id);
	table_field(table, "name", "%s", cli_text(cli, "NAME"));
	table_time_field(table, "created", true, user->created_at_ms, "");
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

int check_user_credit(const struct args *args, struct problem *problem)
{
	if ((args_find(args, "reason") == NULL) != (args_find(args, "amount") == NULL))
		return 0;
	PROBLEM_WHAT(problem, "either --reason or --amount is needed, and not both");
	PROBLEM_LIKELY(problem, "the server knows the amount of each reason");
	return PP_ERR_INVALID;
}

int fill_user_credit(struct cli *cli, struct pp_request *request)
{
	struct pp_credit_coins_request *credit = &request->u.credit_coins;

	credit->user_id = cli_number(cli, "USER", 0);
	credit->reason = (enum pp_credit_reason)cli_number(cli, "reason", PP_CREDIT_REASON_AMOUNT);
	credit->has_amount_coins = cli_has(cli, "amount");
	credit->amount_coins = (int64_t)cli_number(cli, "amount", 0);
	credit->reference = cli_text(cli, "reference");
	return CLI_ACCEPTED;
}

int show_user_credit(struct cli *cli, const struct pp_response *response)
{
	const struct pp_credit_coins_response *credit = &response->u.credit_coins;
	struct table *table = table_new_record();

	table_field(table, "user", "%" PRIu64, credit->user_id);
	table_field(table, "credited", "%" PRId64, credit->amount_coins);
	table_field(table, "balance", "%" PRId64, credit->balance_coins);
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

static int fill_balance(
	struct cli *cli, struct pp_request *request, enum pp_account_kind kind, uint64_t id)
{
	cli->account = (struct pp_account) { .kind = kind, .id = id };
	request->u.get_balance.account = &cli->account;
	return CLI_ACCEPTED;
}

int fill_user_balance(struct cli *cli, struct pp_request *request)
{
	return fill_balance(cli, request, PP_ACCOUNT_KIND_USER, cli_number(cli, "USER", 0));
}

int fill_business_balance(struct cli *cli, struct pp_request *request)
{
	return fill_balance(cli, request, PP_ACCOUNT_KIND_BUSINESS, cli_number(cli, "BUSINESS", 0));
}

int fill_server_balance(struct cli *cli, struct pp_request *request)
{
	bool issuance = cli_number(cli, "ACCOUNT", 0) == 1;

	return fill_balance(
		cli, request, issuance ? PP_ACCOUNT_KIND_ISSUANCE : PP_ACCOUNT_KIND_COMMISSION, 0);
}

static const char *account_noun(const struct pp_account *account)
{
	static const char *const nouns[] = { "account", "user", "business", "issuance",
		"commission" };

	return nouns[account != NULL && account->kind < ARRAY_LEN(nouns) ? account->kind : 0];
}

int show_balance(struct cli *cli, const struct pp_response *response)
{
	const struct pp_get_balance_response *balance = &response->u.get_balance;
	const struct pp_account *account = balance->account;
	struct table *table = table_new_record();

	if (account != NULL && account->id != 0)
		table_field(table, account_noun(account), "%" PRIu64, account->id);
	else if (account != NULL)
		table_field(table, "account", "%s", account_noun(account));
	table_field(table, "balance", "%" PRId64, balance->balance_coins);
	table_field(table, "entries", "%" PRIu64, balance->n_entries);
	return cli_print_table(cli, table);
}

int fill_user_show(struct cli *cli, struct pp_request *request)
{
	request->u.get_user.user_id = cli_number(cli, "USER", 0);
	return CLI_ACCEPTED;
}

int show_user(struct cli *cli, const struct pp_response *response)
{
	const struct pp_user *user = response->u.get_user.user;
	struct table *table = table_new_record();

	table_field(table, "user", "%" PRIu64, user->user_id);
	table_field(table, "name", "%s", user->name == NULL ? "" : user->name);
	table_field(table, "balance", "%" PRId64, user->balance_coins);
	table_field(table, "purchases", "%" PRIu64, user->n_purchases);
	table_time_field(table, "created", true, user->created_at_ms, "");
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

/* ---- Statements ---- */

static int fill_statement(
	struct cli *cli, struct pp_request *request, enum pp_account_kind kind, uint64_t id)
{
	cli->account = (struct pp_account) { .kind = kind, .id = id };
	request->u.list_ledger_entries.account = &cli->account;
	return CLI_ACCEPTED;
}

int fill_user_statement(struct cli *cli, struct pp_request *request)
{
	return fill_statement(cli, request, PP_ACCOUNT_KIND_USER, cli_number(cli, "USER", 0));
}

int fill_business_statement(struct cli *cli, struct pp_request *request)
{
	return fill_statement(
		cli, request, PP_ACCOUNT_KIND_BUSINESS, cli_number(cli, "BUSINESS", 0));
}

int fill_server_statement(struct cli *cli, struct pp_request *request)
{
	bool issuance = cli_number(cli, "ACCOUNT", 0) == 1;

	return fill_statement(
		cli, request, issuance ? PP_ACCOUNT_KIND_ISSUANCE : PP_ACCOUNT_KIND_COMMISSION, 0);
}

/* As in "user 7" or "commission". */
static void account_cell(struct table *table, const struct pp_account *account)
{
	const char *noun = account_noun(account);

	if (account != NULL && account->id != 0)
		table_cell(table, "%s %" PRIu64, noun, account->id);
	else
		table_cell(table, "%s", noun);
}

static void entry_row(struct table *table, const struct pp_response *response, size_t i)
{
	static const char *const kinds[] = { "?", "earn", "spend", "commission", "refund" };
	static const char *const reasons[] = { "", "route added", "route completed",
		"review posted", "amount" };
	const struct pp_ledger_entry *entry = response->u.list_ledger_entries.entries[i];
	bool has_reference = entry->reference != NULL && entry->reference[0] != '\0';
	char at[VALUE_TEXT_BYTES];

	value_format_time(entry->at_ms, at);
	table_row(table);
	table_cell(table, "%" PRIu64 ".%" PRIu32, entry->revision, entry->index);
	table_cell(table, "%s", at);
	table_cell(table, "%s", kinds[entry->kind < ARRAY_LEN(kinds) ? entry->kind : 0]);
	account_cell(table, entry->debit);
	account_cell(table, entry->credit);
	table_cell(table, "%" PRId64, entry->amount_coins);
	table_cell(table, "%" PRId64, entry->balance_after_coins);
	if (entry->purchase_id != 0)
		table_cell(table, "purchase %" PRIu64, entry->purchase_id);
	else
		table_cell(table, "%s%s%s",
			reasons[entry->credit_reason < ARRAY_LEN(reasons) ? entry->credit_reason
									  : 0],
			has_reference ? ", " : "", has_reference ? entry->reference : "");
}

static size_t entries_count(const struct pp_response *response)
{
	return response->u.list_ledger_entries.n_entries;
}

static struct pp_bytes entries_next(const struct pp_response *response)
{
	return response->u.list_ledger_entries.next_page_token;
}

static void entries_ask(struct pp_request *request, uint32_t page_size, struct pp_bytes token)
{
	request->u.list_ledger_entries.page_size = page_size;
	request->u.list_ledger_entries.page_token = token;
}

int run_statement(struct cli *cli, struct pp_request *request)
{
	static const struct table_column columns[] = {
		{ "ENTRY", TABLE_RIGHT },
		{ "AT", 0 },
		{ "KIND", 0 },
		{ "FROM", 0 },
		{ "TO", 0 },
		{ "COINS", TABLE_RIGHT },
		{ "BALANCE", TABLE_RIGHT },
		{ "FOR", TABLE_WRAP },
	};
	static const struct list_kind kind = {
		.columns = columns,
		.n_columns = ARRAY_LEN(columns),
		.noun = "entries",
		.body = "list_ledger_entries",
		.items = "entries",
		.count = entries_count,
		.next = entries_next,
		.ask = entries_ask,
		.row = entry_row,
	};

	return list_run(cli, request, &kind);
}

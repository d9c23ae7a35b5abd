/* Users, businesses and their coins. */
#include <inttypes.h>

#include "client/cli/commands.h"

void table_id_field(struct table *table, const char *name, uint64_t id)
{
	if (id != 0)
		table_field(table, name, "%" PRIu64, id);
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

int show_balance(struct cli *cli, const struct pp_response *response)
{
	static const char *const kinds[] = { "account", "user", "business", "issuance",
		"commission" };
	const struct pp_get_balance_response *balance = &response->u.get_balance;
	const struct pp_account *account = balance->account;
	struct table *table = table_new_record();

	if (account != NULL && account->id != 0)
		table_field(table, kinds[account->kind < ARRAY_LEN(kinds) ? account->kind : 0],
			"%" PRIu64, account->id);
	else if (account != NULL)
		table_field(table, "account", "%s",
			kinds[account->kind < ARRAY_LEN(kinds) ? account->kind : 0]);
	table_field(table, "balance", "%" PRId64, balance->balance_coins);
	table_field(table, "entries", "%" PRIu64, balance->n_entries);
	return cli_print_table(cli, table);
}

int check_business_create(const struct args *args, struct problem *problem)
{
	const struct arg_value *owner = NULL;
	size_t n = 0;

	while ((owner = args_next(args, "owner", owner)) != NULL)
		n++;
	if (n <= PP_OWNERS_MAX)
		return 0;
	PROBLEM_WHAT(problem, "%zu owners", n);
	PROBLEM_LIKELY(problem, "a business has 1 to %d of them", PP_OWNERS_MAX);
	return PP_ERR_INVALID;
}

int fill_business_create(struct cli *cli, struct pp_request *request)
{
	struct pp_create_business_request *business = &request->u.create_business;
	const struct arg_value *owner = NULL;

	business->name = cli_text(cli, "NAME");
	business->address = cli_text(cli, "address");
	business->owner_ids = cli->owners;
	while ((owner = args_next(&cli->args, "owner", owner)) != NULL)
		cli->owners[business->n_owner_ids++] = (uint64_t)owner->number;
	business->has_commission_bp = cli_has(cli, "commission");
	business->commission_bp = (uint32_t)cli_number(cli, "commission", 0);
	return CLI_ACCEPTED;
}

int show_business_create(struct cli *cli, const struct pp_response *response)
{
	const struct pp_create_business_response *business = &response->u.create_business;
	struct table *table = table_new_record();

	table_id_field(table, "business", business->business_id);
	table_field(table, "name", "%s", cli_text(cli, "NAME"));
	table_field(table, "version", "%" PRIu64, business->version);
	table_time_field(table, "created", true, business->created_at_ms, "");
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

int fill_business_add_owner(struct cli *cli, struct pp_request *request)
{
	request->u.add_owner.business_id = cli_number(cli, "BUSINESS", 0);
	request->u.add_owner.user_id = cli_number(cli, "USER", 0);
	return CLI_ACCEPTED;
}

int show_business_add_owner(struct cli *cli, const struct pp_response *response)
{
	const struct pp_add_owner_response *added = &response->u.add_owner;
	struct table *table = table_new_record();

	table_field(table, "business", "%" PRIu64, added->business_id);
	table_field(table, "owners", "%" PRIu32, added->n_owners);
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

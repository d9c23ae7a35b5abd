/* Businesses: creating, editing, showing, listing, and their owners. */
#include <inttypes.h>
#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/list.h"
#include "client/cli/profile.h"

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

/* ---- Editing ---- */

int check_business_edit(const struct args *args, struct problem *problem)
{
	for (int field = 1; field < PP_BUSINESS_FIELD_COUNT; field++) {
		if (args_find(args, profile_name((enum pp_business_field)field)) != NULL)
			return 0;
	}
	PROBLEM_WHAT(problem, "nothing to change");
	PROBLEM_LIKELY(problem, "an edit names what it changes, as in --address \"Pier 5\"");
	return PP_ERR_INVALID;
}

int fill_business_edit(struct cli *cli, struct pp_request *request)
{
	struct pp_edit_business_request *edit = &request->u.edit_business;

	edit->business_id = cli_number(cli, "BUSINESS", 0);
	edit->base_version = cli_number(cli, "base", 0);
	edit->fields = profile_from_options(cli, &cli->profile);
	edit->profile = &cli->profile;
	if (cli_has(cli, "merge"))
		edit->on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT;
	return CLI_ACCEPTED;
}

int show_business_edit(struct cli *cli, const struct pp_response *response)
{
	const struct pp_edit_business_response *edit = &response->u.edit_business;
	struct table *table = table_new_record();

	table_field(table, "business", "%" PRIu64, edit->business_id);
	if (edit->unchanged)
		table_field(table, "version", "%" PRIu64 ", unchanged", edit->version);
	else if (edit->merged)
		table_field(table, "version",
			"%" PRIu64 ", merged: edited at %" PRIu64 ", applied on top of %" PRIu64,
			edit->version, cli_number(cli, "base", 0), edit->version - 1);
	else
		table_field(table, "version", "%" PRIu64, edit->version);
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

/* ---- Owners ---- */

static int show_owners(struct cli *cli, uint64_t business_id, uint32_t n_owners, uint64_t revision)
{
	struct table *table = table_new_record();

	table_field(table, "business", "%" PRIu64, business_id);
	table_field(table, "owners", "%" PRIu32, n_owners);
	table_field(table, "revision", "%" PRIu64, revision);
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

	return show_owners(cli, added->business_id, added->n_owners, response->revision);
}

int fill_business_remove_owner(struct cli *cli, struct pp_request *request)
{
	request->u.remove_owner.business_id = cli_number(cli, "BUSINESS", 0);
	request->u.remove_owner.user_id = cli_number(cli, "USER", 0);
	return CLI_ACCEPTED;
}

int show_business_remove_owner(struct cli *cli, const struct pp_response *response)
{
	const struct pp_remove_owner_response *removed = &response->u.remove_owner;

	return show_owners(cli, removed->business_id, removed->n_owners, response->revision);
}

/* ---- Reading ---- */

int fill_business_show(struct cli *cli, struct pp_request *request)
{
	request->u.get_business.business_id = cli_number(cli, "BUSINESS", 0);
	return CLI_ACCEPTED;
}

enum { OWNERS_TEXT_BYTES = PP_OWNERS_MAX * 22 + 1 };

/* As in "1, 2". */
static void format_owners(const struct pp_business *business, char out[OWNERS_TEXT_BYTES])
{
	size_t len = 0;

	out[0] = '\0';
	for (size_t i = 0; i < business->n_owner_ids && i < PP_OWNERS_MAX; i++)
		len += (size_t)snprintf(out + len, OWNERS_TEXT_BYTES - len, "%s%" PRIu64,
			i == 0 ? "" : ", ", business->owner_ids[i]);
}

int show_business(struct cli *cli, const struct pp_response *response)
{
	const struct pp_business *business = response->u.get_business.business;
	struct table *table = table_new_record();
	char text[PROFILE_TEXT_BYTES];
	char owners[OWNERS_TEXT_BYTES];

	table_field(table, "business", "%" PRIu64, business->business_id);
	table_field(table, "version", "%" PRIu64, business->version);
	for (int field = 1; field < PP_BUSINESS_FIELD_COUNT; field++) {
		enum pp_business_field which = (enum pp_business_field)field;
		if (profile_format(business->profile, which, text) && text[0] != '\0')
			table_field(table, profile_name(which), "%s", text);
	}
	format_owners(business, owners);
	table_field(table, "owners", "%s", owners);
	table_field(table, "coupons", "%" PRIu32, business->n_coupons);
	table_field(table, "balance", "%" PRId64, business->balance_coins);
	table_time_field(table, "created", true, business->created_at_ms, "");
	table_actor_field(table, "edited by", business->edited_by);
	table_time_field(table, "edited", true, business->edited_at_ms, "");
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

int fill_business_list(struct cli *cli, struct pp_request *request)
{
	request->u.list_businesses.with_valid_coupon = cli_has(cli, "valid");
	return CLI_ACCEPTED;
}

static size_t list_count(const struct pp_response *response)
{
	return response->u.list_businesses.n_businesses;
}

static struct pp_bytes list_next(const struct pp_response *response)
{
	return response->u.list_businesses.next_page_token;
}

static void list_ask(struct pp_request *request, uint32_t page_size, struct pp_bytes token)
{
	request->u.list_businesses.page_size = page_size;
	request->u.list_businesses.page_token = token;
}

static void list_row(struct table *table, const struct pp_response *response, size_t i)
{
	const struct pp_business *business = response->u.list_businesses.businesses[i];
	char text[PROFILE_TEXT_BYTES];
	char owners[OWNERS_TEXT_BYTES];

	table_row(table);
	table_cell(table, "%" PRIu64, business->business_id);
	for (int field = 1; field < PP_BUSINESS_FIELD_COUNT; field++) {
		(void)profile_format(business->profile, (enum pp_business_field)field, text);
		table_cell(table, "%s", text);
	}
	format_owners(business, owners);
	table_cell(table, "%s", owners);
	table_cell(table, "%" PRIu32, business->n_coupons);
	table_cell(table, "%" PRId64, business->balance_coins);
}

int run_business_list(struct cli *cli, struct pp_request *request)
{
	static const struct table_column columns[] = {
		{ "BUSINESS", TABLE_RIGHT },
		{ "NAME", TABLE_WRAP },
		{ "ADDRESS", TABLE_WRAP },
		{ "COMMISSION", TABLE_RIGHT },
		{ "OWNERS", TABLE_WRAP },
		{ "COUPONS", TABLE_RIGHT },
		{ "BALANCE", TABLE_RIGHT },
	};
	static const struct list_kind kind = {
		.columns = columns,
		.n_columns = ARRAY_LEN(columns),
		.noun = "businesses",
		.body = "list_businesses",
		.items = "businesses",
		.count = list_count,
		.next = list_next,
		.ask = list_ask,
		.row = list_row,
	};

	return list_run(cli, request, &kind);
}

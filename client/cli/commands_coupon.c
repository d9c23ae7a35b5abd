/* Coupons: creating, editing, showing, listing. */
#include <inttypes.h>

#include "client/cli/commands.h"
#include "client/cli/list.h"
#include "client/cli/terms.h"

int fill_coupon_create(struct cli *cli, struct pp_request *request)
{
	struct pp_create_coupon_request *coupon = &request->u.create_coupon;

	coupon->business_id = cli_number(cli, "BUSINESS", 0);
	(void)terms_from_options(cli, &cli->terms);
	cli->terms.name = cli_text(cli, "NAME");
	coupon->terms = &cli->terms;
	coupon->has_stock = cli_has(cli, "stock");
	coupon->stock = (int64_t)cli_number(cli, "stock", 0);
	return CLI_ACCEPTED;
}

int show_coupon_create(struct cli *cli, const struct pp_response *response)
{
	const struct pp_create_coupon_response *coupon = &response->u.create_coupon;
	struct table *table = table_new_record();

	table_id_field(table, "coupon", coupon->coupon_id);
	table_field(table, "name", "%s", cli_text(cli, "NAME"));
	table_field(table, "version", "%" PRIu64, coupon->version);
	table_time_field(table, "valid from", true, coupon->valid_from_ms, "");
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

/* What every edit has: base, merge, hard and reason. */
static int fill_edit(struct cli *cli, struct pp_request *request, pp_set fields)
{
	struct pp_edit_coupon_request *edit = &request->u.edit_coupon;

	edit->base_version = cli_number(cli, "base", 0);
	edit->fields = fields;
	edit->terms = &cli->terms;
	if (cli_has(cli, "merge"))
		edit->on_conflict = PP_ON_CONFLICT_MERGE_DISJOINT;
	if (cli_has(cli, "hard"))
		edit->supersede = PP_SUPERSEDE_HARD;
	edit->reason = cli_text(cli, "reason");
	edit->coupon_id = cli_number(cli, "COUPON", 0);
	return CLI_ACCEPTED;
}

int check_coupon_edit(const struct args *args, struct problem *problem)
{
	int field;

	for (field = 1; field < PP_TERM_FIELD_COUNT; field++) {
		if (args_find(args, term_name(field)) != NULL)
			return 0;
	}
	PROBLEM_WHAT(problem, "nothing to change");
	PROBLEM_LIKELY(problem, "an edit names the terms that it changes, as in --price 30");
	return PP_ERR_INVALID;
}

int fill_coupon_edit(struct cli *cli, struct pp_request *request)
{
	return fill_edit(cli, request, terms_from_options(cli, &cli->terms));
}

static int fill_state(struct cli *cli, struct pp_request *request, enum pp_coupon_state state)
{
	cli->terms = (struct pp_terms) { .state = state };
	return fill_edit(cli, request, PP_SET_OF(PP_TERM_FIELD_STATE));
}

int fill_coupon_pause(struct cli *cli, struct pp_request *request)
{
	return fill_state(cli, request, PP_COUPON_STATE_PAUSED);
}

int fill_coupon_resume(struct cli *cli, struct pp_request *request)
{
	return fill_state(cli, request, PP_COUPON_STATE_ACTIVE);
}

int fill_coupon_end(struct cli *cli, struct pp_request *request)
{
	return fill_state(cli, request, PP_COUPON_STATE_ENDED);
}

static void show_version_before(struct table *table, const struct pp_edit_coupon_response *edit)
{
	char until[VALUE_TEXT_BYTES];

	value_format_time(edit->honoured_until_ms, until);
	if (edit->has_honoured_until_ms)
		table_field(table, "version before", "honoured until %s", until);
	else
		table_field(table, "version before", "not honoured any more");
}

int show_coupon_edit(struct cli *cli, const struct pp_response *response)
{
	const struct pp_edit_coupon_response *edit = &response->u.edit_coupon;
	uint64_t base = cli_number(cli, "base", 0);
	struct table *table = table_new_record();

	table_field(table, "coupon", "%" PRIu64, edit->coupon_id);
	if (edit->unchanged)
		table_field(table, "version", "%" PRIu64 ", unchanged", edit->version);
	else if (edit->merged)
		table_field(table, "version",
			"%" PRIu64 ", merged: edited at %" PRIu64 ", applied on top of %" PRIu64,
			edit->version, base, edit->version - 1);
	else
		table_field(table, "version", "%" PRIu64, edit->version);
	if (!edit->unchanged)
		show_version_before(table, edit);
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

int check_coupon_show(const struct args *args, struct problem *problem)
{
	if (args_find(args, "version") == NULL || args_find(args, "at-revision") == NULL)
		return 0;
	PROBLEM_WHAT(problem, "--version and --at-revision exclude each other");
	PROBLEM_LIKELY(problem, "each of them names one version");
	return PP_ERR_INVALID;
}

int fill_coupon_show(struct cli *cli, struct pp_request *request)
{
	struct pp_get_coupon_request *get = &request->u.get_coupon;

	get->coupon_id = cli_number(cli, "COUPON", 0);
	get->version = cli_number(cli, "version", 0);
	get->at_revision = cli_number(cli, "at-revision", 0);
	return CLI_ACCEPTED;
}

static void show_history(struct table *table, const struct pp_coupon *coupon)
{
	char fields[160];

	table_time_field(table, "valid from", true, coupon->valid_from_ms, "");
	table_field(table, "since revision", "%" PRIu64, coupon->valid_from_revision);
	if (coupon->has_superseded_at_ms) {
		table_time_field(table, "superseded", true, coupon->superseded_at_ms, "");
		table_time_field(table, "honoured until", coupon->has_honoured_until_ms,
			coupon->honoured_until_ms, "not honoured any more");
	}
	if (coupon->honour_floor > 1)
		table_field(table, "honour floor", "%" PRIu64, coupon->honour_floor);
	table_actor_field(table, "edited by", coupon->edited_by);
	term_format_set(coupon->changed_fields, fields, sizeof(fields));
	if (coupon->version > 1)
		table_field(table, "changed", "%s", fields);
	if (coupon->supersede == PP_SUPERSEDE_HARD)
		table_field(table, "superseded before it", "hard");
	if (coupon->reason != NULL && coupon->reason[0] != '\0')
		table_field(table, "reason", "%s", coupon->reason);
}

static const char *validity(const struct pp_coupon *coupon)
{
	if (!coupon->valid)
		return "no";
	return coupon->sold_out ? "yes, but sold out" : "yes";
}

int show_coupon(struct cli *cli, const struct pp_response *response)
{
	const struct pp_coupon *coupon = response->u.get_coupon.coupon;
	struct table *table = table_new_record();
	char text[TERM_TEXT_BYTES];
	int field;

	table_field(table, "coupon", "%" PRIu64, coupon->coupon_id);
	table_field(table, "business", "%" PRIu64 " (%s)", coupon->business_id,
		coupon->business_name == NULL ? "" : coupon->business_name);
	if (coupon->version == coupon->current_version)
		table_field(table, "version", "%" PRIu64, coupon->version);
	else
		table_field(table, "version", "%" PRIu64 " (the current one is %" PRIu64 ")",
			coupon->version, coupon->current_version);
	for (field = 1; field < PP_TERM_FIELD_COUNT; field++) {
		if (term_format(coupon->terms, field, text) && text[0] != '\0')
			table_field(table, term_name(field), "%s", text);
	}
	table_field(table, "valid now", "%s", validity(coupon));
	if (coupon->has_stock_left)
		table_field(table, "left", "%" PRId64, coupon->stock_left);
	table_field(table, "sold", "%" PRId64, coupon->sold);
	show_history(table, coupon);
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

int fill_coupon_list(struct cli *cli, struct pp_request *request)
{
	request->u.list_coupons.business_id = cli_number(cli, "BUSINESS", 0);
	request->u.list_coupons.valid_only = cli_has(cli, "valid");
	return CLI_ACCEPTED;
}

static const struct table_column list_columns[] = {
	{ "COUPON", TABLE_RIGHT },
	{ "VERSION", TABLE_RIGHT },
	{ "NAME", TABLE_WRAP },
	{ "PRICE", TABLE_RIGHT },
	{ "STATE", 0 },
	{ "VALID", 0 },
	{ "LEFT", TABLE_RIGHT },
	{ "SOLD", TABLE_RIGHT },
	{ "ENDS", 0 },
};

static void coupon_row(struct table *table, const struct pp_coupon *coupon)
{
	static const enum pp_term_field fields[] = { PP_TERM_FIELD_NAME, PP_TERM_FIELD_PRICE,
		PP_TERM_FIELD_STATE };
	char text[TERM_TEXT_BYTES];
	size_t i;

	table_row(table);
	table_cell(table, "%" PRIu64, coupon->coupon_id);
	table_cell(table, "%" PRIu64, coupon->version);
	for (i = 0; i < ARRAY_LEN(fields); i++) {
		(void)term_format(coupon->terms, fields[i], text);
		table_cell(table, "%s", text);
	}
	table_cell(table, "%s", coupon->sold_out ? "sold out" : coupon->valid ? "yes" : "no");
	if (coupon->has_stock_left)
		table_cell(table, "%" PRId64, coupon->stock_left);
	else
		table_cell(table, "-");
	table_cell(table, "%" PRId64, coupon->sold);
	(void)term_format(coupon->terms, PP_TERM_FIELD_ENDS_AT, text);
	table_cell(table, "%s", text);
}

static void list_row(struct table *table, const struct pp_response *response, size_t i)
{
	coupon_row(table, response->u.list_coupons.coupons[i]);
}

static size_t list_count(const struct pp_response *response)
{
	return response->u.list_coupons.n_coupons;
}

static struct pp_bytes list_next(const struct pp_response *response)
{
	return response->u.list_coupons.next_page_token;
}

static void list_ask(struct pp_request *request, uint32_t page_size, struct pp_bytes token)
{
	request->u.list_coupons.page_size = page_size;
	request->u.list_coupons.page_token = token;
}

static void list_end(struct cli *cli, const struct pp_response *response)
{
	uint64_t revision = response->u.list_coupons.as_of_revision;

	cli_note(cli, "as of revision %" PRIu64 "; buy what you see here with --as-of %" PRIu64,
		revision, revision);
}

int run_coupon_list(struct cli *cli, struct pp_request *request)
{
	static const struct list_kind kind = {
		.columns = list_columns,
		.n_columns = ARRAY_LEN(list_columns),
		.noun = "coupons",
		.body = "list_coupons",
		.items = "coupons",
		.count = list_count,
		.next = list_next,
		.ask = list_ask,
		.row = list_row,
		.end = list_end,
	};

	return list_run(cli, request, &kind);
}

/* ---- Versions ---- */

int fill_coupon_restore(struct cli *cli, struct pp_request *request)
{
	int code = fill_edit(cli, request, 0);

	request->u.edit_coupon.terms = NULL;
	request->u.edit_coupon.restore_version = cli_number(cli, "version", 0);
	return code;
}

int fill_coupon_versions(struct cli *cli, struct pp_request *request)
{
	request->u.list_coupon_versions.coupon_id = cli_number(cli, "COUPON", 0);
	return CLI_ACCEPTED;
}

static size_t versions_count(const struct pp_response *response)
{
	return response->u.list_coupon_versions.n_versions;
}

static struct pp_bytes versions_next(const struct pp_response *response)
{
	return response->u.list_coupon_versions.next_page_token;
}

static void versions_ask(struct pp_request *request, uint32_t page_size, struct pp_bytes token)
{
	request->u.list_coupon_versions.page_size = page_size;
	request->u.list_coupon_versions.page_token = token;
}

/* Until when a version is good, in a few words. */
static void honour_cell(struct table *table, const struct pp_coupon *coupon)
{
	char until[VALUE_TEXT_BYTES];

	value_format_time(coupon->honoured_until_ms, until);
	if (!coupon->has_superseded_at_ms)
		table_cell(table, "current");
	else if (coupon->has_honoured_until_ms)
		table_cell(table, "until %s", until);
	else
		table_cell(
			table, "%s", coupon->version < coupon->honour_floor ? "withdrawn" : "no");
}

static void version_row(struct table *table, const struct pp_response *response, size_t i)
{
	const struct pp_coupon *coupon = response->u.list_coupon_versions.versions[i];
	char text[TERM_TEXT_BYTES];
	char at[VALUE_TEXT_BYTES];

	value_format_time(coupon->valid_from_ms, at);
	table_row(table);
	table_cell(table, "%" PRIu64, coupon->version);
	table_cell(table, "%s", at);
	format_actor(coupon->edited_by, text);
	table_cell(table, "%s", text);
	(void)term_format(coupon->terms, PP_TERM_FIELD_PRICE, text);
	table_cell(table, "%s", text);
	(void)term_format(coupon->terms, PP_TERM_FIELD_STATE, text);
	table_cell(table, "%s", text);
	honour_cell(table, coupon);
	term_format_set(coupon->changed_fields, text, sizeof(text));
	table_cell(table, "%s", coupon->version == 1 ? "created" : text);
	table_cell(table, "%s", coupon->reason == NULL ? "" : coupon->reason);
}

int run_coupon_versions(struct cli *cli, struct pp_request *request)
{
	static const struct table_column columns[] = {
		{ "VERSION", TABLE_RIGHT },
		{ "SINCE", 0 },
		{ "BY", 0 },
		{ "PRICE", TABLE_RIGHT },
		{ "STATE", 0 },
		{ "HONOURED", 0 },
		{ "CHANGED", TABLE_WRAP },
		{ "REASON", TABLE_WRAP },
	};
	static const struct list_kind kind = {
		.columns = columns,
		.n_columns = ARRAY_LEN(columns),
		.noun = "versions",
		.body = "list_coupon_versions",
		.items = "versions",
		.count = versions_count,
		.next = versions_next,
		.ask = versions_ask,
		.row = version_row,
	};

	return list_run(cli, request, &kind);
}

/* ---- Stock ---- */

int check_coupon_stock(const struct args *args, struct problem *problem)
{
	if ((args_find(args, "add") == NULL) != (args_find(args, "remove") == NULL))
		return 0;
	PROBLEM_WHAT(problem, "either --add or --remove is needed, and not both");
	PROBLEM_LIKELY(problem, "pieces are added or taken away, so that sales meanwhile count");
	return PP_ERR_INVALID;
}

int fill_coupon_stock(struct cli *cli, struct pp_request *request)
{
	request->u.adjust_stock.coupon_id = cli_number(cli, "COUPON", 0);
	request->u.adjust_stock.delta =
		(int64_t)cli_number(cli, "add", 0) - (int64_t)cli_number(cli, "remove", 0);
	return CLI_ACCEPTED;
}

int show_coupon_stock(struct cli *cli, const struct pp_response *response)
{
	const struct pp_adjust_stock_response *stock = &response->u.adjust_stock;
	struct table *table = table_new_record();

	table_field(table, "coupon", "%" PRIu64, stock->coupon_id);
	table_field(table, "left", "%" PRId64, stock->stock_left);
	table_field(table, "revision", "%" PRIu64, response->revision);
	return cli_print_table(cli, table);
}

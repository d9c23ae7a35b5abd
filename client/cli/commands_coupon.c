/* Coupons: creating, editing, showing, listing. */
#include <inttypes.h>
#include <string.h>

#include "client/cli/commands.h"
#include "client/cli/json.h"
#include "client/cli/report.h"
#include "client/cli/terms.h"

/* What an edit of BUSINESS/NAME answers to: the id, as the server tells it. */
static int find_coupon(struct cli *cli, const struct arg_value *value, uint64_t *coupon_id)
{
	struct pp_request request = { .kind = PP_KIND_GET_COUPON };
	const struct pp_response *response;
	char id[24];
	int code;

	request.u.get_coupon.business_id = (uint64_t)value->number;
	request.u.get_coupon.name = value->coupon_name;
	code = cli_call(cli, &request, &response);
	if (code != CLI_ACCEPTED)
		return code;
	*coupon_id = response->u.get_coupon.coupon->coupon_id;
	(void)snprintf(id, sizeof(id), "%" PRIu64, *coupon_id);
	if (args_replace(&cli->args, "COUPON", id) != 0)
		return report_not_printed("the coupon's id");
	cli_note(cli, "%s is coupon %s", value->text, id);
	return CLI_ACCEPTED;
}

int coupon_argument(struct cli *cli, uint64_t *coupon_id)
{
	const struct arg_value *value = args_find(&cli->args, "COUPON");

	if (value->coupon_name != NULL)
		return find_coupon(cli, value, coupon_id);
	*coupon_id = (uint64_t)value->number;
	return CLI_ACCEPTED;
}

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
	return coupon_argument(cli, &edit->coupon_id);
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
	const struct arg_value *value = args_find(&cli->args, "COUPON");

	get->coupon_id = value->coupon_name == NULL ? (uint64_t)value->number : 0;
	get->business_id = value->coupon_name == NULL ? 0 : (uint64_t)value->number;
	get->name = value->coupon_name;
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
	table_field(table, "edited by", "%" PRIu64, coupon->edited_by);
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
	request->u.list_coupons.page_size = (uint32_t)cli_number(cli, "page-size", 0);
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

static void list_row(struct table *table, const struct pp_coupon *coupon)
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

/* What the pages of one list come together in. */
struct list {
	struct table *table;
	json_t *document; /* the first page, with the coupons of all; NULL: not wanted */
	uint8_t token[512];
	uint64_t as_of_revision;
	size_t n_coupons;
};

/* Moves the coupons of a further page into the document. */
static int append_page(struct list *list, const struct pp_response *response)
{
	json_t *page = json_of_response(response);
	json_t *more = page == NULL ? NULL : json_at(page, "coupons");
	json_t *all = json_at(list->document, "coupons");
	int err = page == NULL ? PP_ERR_NO_MEMORY : 0;

	if (more != NULL && json_array_extend(all, more) != 0)
		err = PP_ERR_NO_MEMORY;
	json_decref(page);
	return err;
}

static int take_page(const struct cli *cli, struct list *list, const struct pp_response *response,
	struct pp_request *request)
{
	const struct pp_list_coupons_response *page = &response->u.list_coupons;
	size_t i;
	int err = 0;

	for (i = 0; i < page->n_coupons; i++)
		list_row(list->table, page->coupons[i]);
	list->n_coupons += page->n_coupons;
	list->as_of_revision = page->as_of_revision;
	if (cli_wants_document(cli) && list->document == NULL) {
		list->document = json_of_response(response);
		err = list->document == NULL ? PP_ERR_NO_MEMORY : 0;
	} else if (list->document != NULL) {
		err = append_page(list, response);
	}
	if (page->next_page_token.len > sizeof(list->token))
		err = PP_ERR_TOO_BIG;
	if (err != 0)
		return err;
	/* The token is borrowed until the next call, which it is sent with. */
	if (page->next_page_token.len > 0)
		memcpy(list->token, page->next_page_token.data, page->next_page_token.len);
	request->u.list_coupons.page_token =
		(struct pp_bytes) { list->token, page->next_page_token.len };
	return 0;
}

static int show_list(const struct cli *cli, struct list *list)
{
	int code = CLI_ACCEPTED;

	if (list->document != NULL) {
		json_t *body = json_object_get(list->document, "list_coupons");

		(void)json_object_del(body, "next_page_token");
		code = cli_show_document(cli, list->document, true);
	}
	if (code != CLI_ACCEPTED || !cli_wants_table(cli))
		return code;
	if (list->n_coupons == 0)
		cli_note(cli, "no coupons");
	if (!table_print(list->table, cli->format, stdout) || fflush(stdout) != 0)
		return report_not_printed("the list");
	cli_note(cli, "as of revision %" PRIu64 "; buy what you see here with --as-of %" PRIu64,
		list->as_of_revision, list->as_of_revision);
	return CLI_ACCEPTED;
}

int run_coupon_list(struct cli *cli, struct pp_request *request)
{
	struct list list = { .table = table_new(list_columns, ARRAY_LEN(list_columns)) };
	const struct pp_response *response;
	int code;

	do {
		code = cli_call(cli, request, &response);
		if (code == CLI_ACCEPTED && take_page(cli, &list, response, request) != 0)
			code = report_not_printed("the list");
	} while (code == CLI_ACCEPTED && request->u.list_coupons.page_token.len > 0);
	if (code == CLI_ACCEPTED)
		code = show_list(cli, &list);
	json_decref(list.document);
	table_free(list.table);
	return code;
}

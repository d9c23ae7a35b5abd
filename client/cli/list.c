#include "client/cli/list.h"

#include <string.h>

#include "client/cli/json.h"
#include "client/cli/report.h"

enum { TOKEN_BYTES_MAX = 512 };

/* A list under way. */
struct list {
	const struct list_kind *kind;
	struct table *table; /* of all pages, or in a pipe of one */
	json_t *document;    /* the first page, with the items of all; NULL: not wanted */
	uint8_t token[TOKEN_BYTES_MAX];
	size_t token_len;
	uint64_t n_items;
	uint64_t limit;
};

/* Moves the items of a further page into the document. */
static int append_page(struct list *list, const struct pp_response *response)
{
	json_t *page = json_of_response(response);
	json_t *more = page == NULL ? NULL : json_at(page, list->kind->items);
	json_t *all = json_at(list->document, list->kind->items);
	int err = page == NULL ? PP_ERR_NO_MEMORY : 0;

	if (more != NULL && all == NULL)
		err = json_object_set(json_object_get(list->document, list->kind->body),
			      list->kind->items, more) != 0
			      ? PP_ERR_NO_MEMORY
			      : 0;
	else if (more != NULL && json_array_extend(all, more) != 0)
		err = PP_ERR_NO_MEMORY;
	json_decref(page);
	return err;
}

static int take_document(
	const struct cli *cli, struct list *list, const struct pp_response *response)
{
	if (!cli_wants_document(cli))
		return 0;
	if (list->document != NULL)
		return append_page(list, response);
	list->document = json_of_response(response);
	return list->document == NULL ? PP_ERR_NO_MEMORY : 0;
}

static bool print_rows(const struct cli *cli, struct list *list)
{
	bool printed = table_print(list->table, cli->format, stdout) && fflush(stdout) == 0;

	table_free(list->table);
	list->table = table_new(list->kind->columns, list->kind->n_columns);
	return printed;
}

/* PP_ERR_IO when rows could not be printed. */
static int take_page(const struct cli *cli, struct list *list, const struct pp_response *response)
{
	size_t n = list->kind->count(response);
	struct pp_bytes next = list->kind->next(response);

	if (next.len > sizeof(list->token))
		return PP_ERR_TOO_BIG;
	for (size_t i = 0; i < n && list->n_items < list->limit; i++, list->n_items++)
		list->kind->row(list->table, response, i);
	int err = take_document(cli, list, response);
	/* The token is borrowed until the next call, which it is sent with. */
	list->token_len = list->n_items < list->limit ? next.len : 0;
	if (next.len > 0)
		memcpy(list->token, next.data, next.len);
	if (err == 0 && cli_wants_table(cli) && cli->format == TABLE_PLAIN &&
		!print_rows(cli, list))
		err = PP_ERR_IO;
	return err;
}

static int show(struct cli *cli, struct list *list, const struct pp_response *last)
{
	int code = CLI_ACCEPTED;

	if (list->document != NULL) {
		json_t *body = json_object_get(list->document, list->kind->body);
		json_t *all = json_at(list->document, list->kind->items);
		/* A list is a list for programs, even an empty one. */
		if (all == NULL)
			(void)json_object_set_new(body, list->kind->items, json_array());
		while (json_array_size(all) > list->n_items)
			(void)json_array_remove(all, json_array_size(all) - 1);
		(void)json_object_del(body, "next_page_token");
		code = cli_show_document(cli, list->document, true);
	}
	if (code != CLI_ACCEPTED || !cli_wants_table(cli))
		return code;
	if (list->n_items == 0 && list->limit > 0)
		cli_note(cli, "no %s", list->kind->noun);
	else if (!print_rows(cli, list))
		return report_not_printed("the list");
	if (list->kind->end != NULL)
		list->kind->end(cli, last);
	return CLI_ACCEPTED;
}

int list_run(struct cli *cli, struct pp_request *request, const struct list_kind *kind)
{
	struct list list = { .kind = kind,
		.table = table_new(kind->columns, kind->n_columns),
		.limit = cli_number(cli, "limit", UINT64_MAX) };
	uint32_t page_size = (uint32_t)cli_number(cli, "page-size", 0);
	const struct pp_response *response;
	int code;

	if (page_size == 0 && list.limit < PP_PAGE_SIZE_MAX)
		page_size = list.limit == 0 ? 1 : (uint32_t)list.limit;
	do {
		kind->ask(request, page_size, (struct pp_bytes) { list.token, list.token_len });
		code = cli_call(cli, request, &response);
		if (code == CLI_ACCEPTED && take_page(cli, &list, response) != 0)
			code = report_not_printed("the list");
	} while (code == CLI_ACCEPTED && list.token_len > 0);
	if (code == CLI_ACCEPTED)
		code = show(cli, &list, response);
	json_decref(list.document);
	table_free(list.table);
	return code;
}

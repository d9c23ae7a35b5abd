/* Lists: all pages of one, followed to their end, as a table or as one document. */
#ifndef CLIENT_CLI_LIST_H
#define CLIENT_CLI_LIST_H

#include "client/cli/cli.h"

/* How one kind of request is listed. Constant. */
struct list_kind {
	const struct table_column *columns;
	size_t n_columns;
	const char *noun; /* "coupons", when there are none */
	const char *body; /* as JSON calls the answer's body, and the list in it */
	const char *items;
	/* The page of an answer: how many items, and the token of the next page. */
	size_t (*count)(const struct pp_response *response);
	struct pp_bytes (*next)(const struct pp_response *response);
	/* Where the request has its page's size and token. */
	void (*ask)(struct pp_request *request, uint32_t page_size, struct pp_bytes token);
	void (*row)(struct table *table, const struct pp_response *response, size_t i);
	/* A note behind the table, from the last answer; NULL: none. */
	void (*end)(struct cli *cli, const struct pp_response *response);
};

/* Options of every list. */
#define LIST_OPTIONS \
	ARG_OPTION("limit", ARG_COUNT, "N", "at most so many; without it: all"), \
		ARG_RANGE("page-size", ARG_COUNT, "N", 1, PP_PAGE_SIZE_MAX, \
			"how many to ask for at a time, 1 to 256 (64)")

/* Asks page by page and prints. In a pipe each page is printed as it comes. An exit code. */
int list_run(struct cli *cli, struct pp_request *request, const struct list_kind *kind) MUST_CHECK;

#endif

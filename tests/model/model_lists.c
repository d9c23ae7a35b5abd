/* Pages of lists and their tokens. */
#include <stdlib.h>
#include <string.h>

#include "base/base.h"
#include "tests/integration/require.h"
#include "tests/model/model.h"

enum {
	PAGE_SIZE_DEFAULT = 64,
	TOKEN_BYTES_MAX = 256,
	/* A page that ends early is about 48 KiB on the wire, which is shorter than as text. */
	SHORT_TEXT_BYTES = 40 * 1024,
};

size_t page_size_of(uint32_t page_size)
{
	return page_size != 0 ? page_size : PAGE_SIZE_DEFAULT;
}

static struct pp_bytes token_of(const struct pp_request *request)
{
	switch (request->kind) {
	case PP_KIND_LIST_PURCHASES: return request->u.list_purchases.page_token;
	case PP_KIND_LIST_LEDGER_ENTRIES: return request->u.list_ledger_entries.page_token;
	case PP_KIND_LIST_BUSINESSES: return request->u.list_businesses.page_token;
	case PP_KIND_LIST_COUPONS: return request->u.list_coupons.page_token;
	case PP_KIND_LIST_COUPON_VERSIONS: return request->u.list_coupon_versions.page_token;
	default: return (struct pp_bytes) { 0 };
	}
}

bool page_start(struct exchange *x, uint64_t first, struct cursor *out)
{
	struct model *model = x->model;
	struct pp_bytes token = token_of(x->request);

	if (token.len == 0) {
		*out = (struct cursor) {
			.next = first,
			.as_of_revision = model->revision,
			.as_of_ms = x->now,
		};
		return true;
	}
	for (size_t i = 0; i < CURSORS_MAX; i++) {
		const struct cursor *cursor = &model->cursors[i];
		if (cursor->token.len == token.len &&
			memcmp(cursor->token.data, token.data, token.len) == 0 &&
			cursor->kind == x->request->kind &&
			strcmp(cursor->query, request_query(x->arena, x->request)) == 0) {
			*out = *cursor;
			return true;
		}
	}
	refuse(x, PP_REASON_PAGE_TOKEN_INVALID, "page_token");
	return false;
}

static bool filtered(const struct pp_request *request)
{
	return (request->kind == PP_KIND_LIST_BUSINESSES &&
		       request->u.list_businesses.with_valid_coupon) ||
	       (request->kind == PP_KIND_LIST_COUPONS && request->u.list_coupons.valid_only);
}

void page_end(struct exchange *x, struct cursor next, size_t n_items, size_t page_size, bool left,
	struct pp_bytes token)
{
	struct model *model = x->model;
	struct cursor *cursor = &model->cursors[model->n_cursors % CURSORS_MAX];

	if (token.len == 0) {
		if (left)
			x->fault = "items are left, but there is no token";
		return;
	}
	if (token.len > TOKEN_BYTES_MAX)
		x->fault = "a token is too long to be sent";
	if (n_items < page_size && !filtered(x->request) &&
		strlen(answer_text(x->arena, x->actual)) < SHORT_TEXT_BYTES)
		x->fault = "a page ends early";
	free((void *)cursor->token.data);
	*cursor = next;
	uint8_t *copy = malloc(token.len);
	REQUIRE(copy != NULL, "out of memory");
	memcpy(copy, token.data, token.len);
	cursor->token = (struct pp_bytes) { copy, token.len };
	cursor->kind = x->request->kind;
	cursor->query = copy_text(&model->text, request_query(x->arena, x->request));
	model->n_cursors++;
}

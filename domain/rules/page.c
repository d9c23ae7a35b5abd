#include "domain/rules/page.h"

#include <inttypes.h>

void page_begin(struct run *run, struct page *page, const struct token_query *query,
	uint32_t page_size, struct pp_bytes token, uint64_t first)
{
	*page = (struct page) {
		.query = *query,
		.at = { .as_of_revision = run->revision, .as_of_ms = run->now_ms, .next = first },
		.size = page_size != 0 ? page_size : PP_PAGE_SIZE_DEFAULT,
	};
	ASSERT(page->size <= PP_PAGE_SIZE_MAX);
	if (token.len == 0)
		return;
	if (!token_decode(run->settings, query, token, &page->at))
		run_refuse(run, PP_REASON_PAGE_TOKEN_INVALID, "page_token",
			"page_token was not given out for this query. Start again without it.");
	else if (page->at.as_of_revision > run->revision)
		run_refuse(run, PP_REASON_REVISION_IN_FUTURE, "page_token",
			"The list was begun at revision %" PRIu64
			", but the newest revision is %" PRIu64 ". Start again without page_token.",
			page->at.as_of_revision, run->revision);
}

bool page_take(struct page *page, size_t n_bytes)
{
	if (page->n_items > 0 && page->n_bytes + n_bytes > PP_PAGE_BYTES_MAX) {
		page->full = true;
		return false;
	}
	page->n_items++;
	page->n_bytes += n_bytes;
	if (page->n_items == page->size)
		page->full = true;
	return true;
}

void page_examine(struct page *page, uint32_t n_records)
{
	page->n_examined += n_records;
	if (page->n_examined >= PP_PAGE_EXAMINED_MAX)
		page->full = true;
}

struct pp_bytes page_next(struct run *run, const struct page *page)
{
	uint8_t *token = run_alloc(run, TOKEN_BYTES);

	if (token == NULL)
		return (struct pp_bytes) { 0 };
	token_encode(run->settings, &page->query, &page->at, token);
	return (struct pp_bytes) { .data = token, .len = TOKEN_BYTES };
}

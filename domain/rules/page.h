/* One page of a list: what it may still hold and examine, and where the next one begins. */
#ifndef DOMAIN_RULES_PAGE_H
#define DOMAIN_RULES_PAGE_H

#include "domain/rules/run.h"
#include "domain/rules/token.h"

struct page {
	struct token_query query;
	struct token at; /* where the list goes on: moved on by the list */
	uint32_t size;   /* items wanted at most */
	uint32_t n_items;
	uint32_t n_examined; /* records */
	size_t n_bytes;
	bool full;
};

/*
 * Begins a page: at the place of its token, or without one at `first`, as of now. Refuses with
 * PAGE_TOKEN_INVALID, or REVISION_IN_FUTURE when the token is of a state later than this one.
 */
void page_begin(struct run *run, struct page *page, const struct token_query *query,
	uint32_t page_size, struct pp_bytes token, uint64_t first);
/*
 * Whether an item of so many encoded bytes still goes onto the page; if so it is counted. The first
 * always does. Sets page->full when it was the last, or does not fit.
 */
bool page_take(struct page *page, size_t n_bytes) MUST_CHECK;
/* Counts records that were looked at; sets page->full when they are as many as a page may. */
void page_examine(struct page *page, uint32_t n_records);
/* The token of the page after this one, in the arena. */
struct pp_bytes page_next(struct run *run, const struct page *page) MUST_CHECK;

#endif

/* ListCoupons: pages whose terms are exact at the revision and time of the first. */
#include <inttypes.h>
#include <string.h>

#include "domain/rules/families.h"
#include "domain/rules/terms.h"
#include "domain/rules/token.h"
#include "domain/rules/version.h"

enum {
	CHUNK = 64, /* coupons looked at in one round of loads */
	/* What a coupon takes in a reply beside its version's record and the business's name. */
	ITEM_BYTES = 60,
};

struct item {
	struct coupon_record coupon;
	struct version_search search;
};

struct page {
	struct token at; /* as_of_..., and the next coupon to look at */
	struct business_record business;
	uint32_t size; /* items wanted at most */
	uint32_t n_items;
	uint32_t n_examined; /* records */
	size_t n_bytes;
	bool full;
	struct item items[PP_PAGE_SIZE_MAX];
};

/* Where the list goes on, or its beginning. */
static void begin(struct run *run, struct page *page)
{
	const struct pp_list_coupons_request *body = &run->request->u.list_coupons;

	page->size = body->page_size != 0 ? body->page_size : PP_PAGE_SIZE_DEFAULT;
	page->at = (struct token) {
		.as_of_revision = run->revision, .as_of_ms = run->now_ms, .next = 1
	};
	page->n_items = 0;
	page->n_examined = 0;
	page->n_bytes = 0;
	page->full = false;
	if (body->page_token.len == 0)
		return;
	if (!token_decode(run->settings, body, &page->at))
		run_refuse(run, PP_REASON_PAGE_TOKEN_INVALID, "page_token",
			"page_token was not given out for this query. Start again without it.");
	else if (page->at.as_of_revision > run->revision)
		run_refuse(run, PP_REASON_REVISION_IN_FUTURE, "page_token",
			"The list was begun at revision %" PRIu64
			", but the newest revision is %" PRIu64 ". Start again without page_token.",
			page->at.as_of_revision, run->revision);
}

/* How many of them can be searched within what a page may examine; at least one. */
static uint32_t affordable(const struct page *page, const struct item *chunk, uint32_t n)
{
	uint32_t budget = PP_PAGE_EXAMINED_MAX - page->n_examined;
	uint32_t cost = 0;

	for (uint32_t i = 0; i < n; i++) {
		/* A binary search probes a version for each bit of the current one's number. */
		cost += 2 + (32 - (uint32_t)__builtin_clz(chunk[i].coupon.version | 1));
		if (cost > budget && i > 0)
			return i;
	}
	return n;
}

/* Loads the next coupons and the versions they had. All or, when run->waiting, nothing of use. */
static uint32_t load_chunk(struct run *run, const struct page *page, struct item chunk[CHUNK])
{
	uint32_t left = page->business.n_coupons - page->at.next + 1;
	uint32_t wanted =
		run->request->u.list_coupons.valid_only ? CHUNK : page->size - page->n_items;
	uint32_t n = left < wanted ? left : wanted;
	bool all_done = false;

	if (n > CHUNK)
		n = CHUNK;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t id = page->business.business_id * COUPON_ID_UNIT + page->at.next + i;
		run_expect(run, run_load_coupon(run, id, &chunk[i].coupon));
	}
	if (run->waiting)
		return 0;
	n = affordable(page, chunk, n);
	for (uint32_t i = 0; i < n; i++)
		version_search_init(&chunk[i].search, &chunk[i].coupon, page->at.as_of_revision);
	while (!all_done) {
		all_done = true;
		for (uint32_t i = 0; i < n; i++) {
			version_search_step(run, &chunk[i].search);
			all_done = all_done && chunk[i].search.done;
		}
		if (run->waiting)
			return 0;
	}
	return n;
}

static bool wanted(const struct run *run, const struct page *page, const struct item *item)
{
	struct version_view view;

	if (!run->request->u.list_coupons.valid_only)
		return true;
	version_search_view(&item->search, &view);
	return terms_valid_at(&view.version.terms, page->at.as_of_ms);
}

/* Adds one coupon to the page if it belongs there, or finds that the page is full. */
static void take(struct run *run, struct page *page, const struct item *item)
{
	size_t n_bytes = item->search.low_bytes.len + strlen(page->business.name) + ITEM_BYTES;
	bool is_wanted = wanted(run, page, item);

	if (is_wanted && page->n_items > 0 && page->n_bytes + n_bytes > PP_PAGE_BYTES_MAX) {
		page->full = true;
		return;
	}
	if (is_wanted) {
		page->items[page->n_items++] = *item;
		page->n_bytes += n_bytes;
	}
	page->at.next++;
	page->n_examined += 1 + item->search.n_probes;
	page->full = page->n_items == page->size || page->n_examined >= PP_PAGE_EXAMINED_MAX;
}

/* Collects the items; true once the page is complete. */
static bool collect(struct run *run, struct page *page, bool *more)
{
	struct item chunk[CHUNK];

	*more = false;
	while (!page->full && page->at.next <= page->business.n_coupons) {
		uint32_t n = load_chunk(run, page, chunk);
		if (run->waiting)
			return false;
		for (uint32_t i = 0; i < n && !page->full; i++) {
			/* Numbers grow with time: all that follow were created later too. */
			if (!version_search_found(&chunk[i].search))
				return true;
			take(run, page, &chunk[i]);
		}
	}
	*more = page->at.next <= page->business.n_coupons;
	return true;
}

static void render(struct run *run, const struct page *page, bool more)
{
	struct pp_list_coupons_response *body = &run->reply->u.list_coupons;
	const char *business_name = run_text(run, page->business.name);

	body->coupons = run_alloc(run, (page->n_items + 1) * sizeof(struct pp_coupon *));
	for (uint32_t i = 0; i < page->n_items && !run->waiting; i++) {
		struct version_view view;
		version_search_view(&page->items[i].search, &view);
		body->coupons[i] = version_render(
			run, business_name, &page->items[i].coupon, &view, page->at.as_of_ms);
	}
	body->n_coupons = page->n_items;
	body->as_of_revision = page->at.as_of_revision;
	body->as_of_ms = page->at.as_of_ms;
	if (!more)
		return;
	uint8_t *token = run_alloc(run, TOKEN_BYTES);
	if (token == NULL)
		return;
	token_encode(run->settings, &run->request->u.list_coupons, &page->at, token);
	body->next_page_token = (struct pp_bytes) { .data = token, .len = TOKEN_BYTES };
}

void rule_list_coupons(struct run *run)
{
	uint64_t business_id = run->request->u.list_coupons.business_id;
	struct page page;
	bool more;

	begin(run, &page);
	if (run_refused(run))
		return;
	enum loaded loaded = run_load_business(run, business_id, &page.business);
	if (run->waiting)
		return;
	if (loaded == LOADED_ABSENT) {
		run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "business_id",
			"There is no business %" PRIu64 ".", business_id);
		return;
	}
	if (collect(run, &page, &more))
		render(run, &page, more);
}

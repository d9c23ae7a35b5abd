/* ListCoupons: pages whose terms are exact at the revision and time of the first. */
#include <inttypes.h>
#include <string.h>

#include "domain/rules/families.h"
#include "domain/rules/page.h"
#include "domain/rules/terms.h"
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

struct listing {
	struct page page;
	struct business_record business;
	struct item items[PP_PAGE_SIZE_MAX];
};

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
static uint32_t load_chunk(struct run *run, const struct listing *listing, struct item chunk[CHUNK])
{
	const struct page *page = &listing->page;
	uint64_t left = listing->business.n_coupons - page->at.next + 1;
	uint32_t wanted =
		run->request->u.list_coupons.valid_only ? CHUNK : page->size - page->n_items;
	uint32_t n = left < wanted ? (uint32_t)left : wanted;
	/* Of a coupon and a version of it each, so that few are loaded that are not affordable. */
	uint32_t n_max = (PP_PAGE_EXAMINED_MAX - page->n_examined + 1) / 2;
	bool all_done = false;

	if (n > CHUNK)
		n = CHUNK;
	if (n > n_max)
		n = n_max;
	for (uint32_t i = 0; i < n; i++) {
		uint64_t id = listing->business.business_id * COUPON_ID_UNIT + page->at.next + i;
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
static void take(struct run *run, struct listing *listing, const struct item *item)
{
	size_t n_bytes = item->search.low_bytes.len + strlen(listing->business.name) + ITEM_BYTES;
	struct page *page = &listing->page;
	uint32_t n = page->n_items;

	if (wanted(run, page, item)) {
		if (!page_take(page, n_bytes))
			return;
		listing->items[n] = *item;
	}
	page->at.next++;
	page_examine(page, 1 + item->search.n_probes);
}

/* Collects the items; true once the page is complete. */
static bool collect(struct run *run, struct listing *listing, bool *more)
{
	struct page *page = &listing->page;
	struct item chunk[CHUNK];

	*more = false;
	while (!page->full && page->at.next <= listing->business.n_coupons) {
		uint32_t n = load_chunk(run, listing, chunk);
		if (run->waiting)
			return false;
		for (uint32_t i = 0; i < n && !page->full; i++) {
			/* Numbers grow with time: all that follow were created later too. */
			if (!version_search_found(&chunk[i].search))
				return true;
			take(run, listing, &chunk[i]);
		}
	}
	*more = page->at.next <= listing->business.n_coupons;
	return true;
}

static void render(struct run *run, const struct listing *listing, bool more)
{
	struct pp_list_coupons_response *body = &run->reply->u.list_coupons;
	const char *business_name = run_text(run, listing->business.name);
	const struct page *page = &listing->page;

	body->coupons = run_alloc(run, (page->n_items + 1) * sizeof(struct pp_coupon *));
	for (uint32_t i = 0; i < page->n_items && !run->waiting; i++) {
		struct version_view view;
		version_search_view(&listing->items[i].search, &view);
		body->coupons[i] = version_render(
			run, business_name, &listing->items[i].coupon, &view, page->at.as_of_ms);
	}
	body->n_coupons = page->n_items;
	body->as_of_revision = page->at.as_of_revision;
	body->as_of_ms = page->at.as_of_ms;
	if (more)
		body->next_page_token = page_next(run, page);
}

void rule_list_coupons(struct run *run)
{
	const struct pp_list_coupons_request *body = &run->request->u.list_coupons;
	const struct token_query query = {
		.kind = PP_KIND_LIST_COUPONS, .id = body->business_id, .filter = body->valid_only
	};
	struct listing listing;
	bool more;

	page_begin(run, &listing.page, &query, body->page_size, body->page_token, 1);
	if (run_refused(run))
		return;
	enum loaded loaded = run_load_business(run, body->business_id, &listing.business);
	if (run->waiting)
		return;
	if (loaded == LOADED_ABSENT) {
		run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "business_id",
			"There is no business %" PRIu64 ".", body->business_id);
		return;
	}
	if (collect(run, &listing, &more))
		render(run, &listing, more);
}

/* ListCouponVersions: the history of a coupon, from its first version on. */
#include <inttypes.h>
#include <string.h>

#include "domain/rules/families.h"
#include "domain/rules/page.h"
#include "domain/rules/version.h"

enum {
	CHUNK = 16, /* versions looked at in one round of loads */
	/* What a version takes in a reply beside its record and the business's name. */
	ITEM_BYTES = 60,
};

struct listing {
	struct page page;
	struct coupon_record coupon;
	struct business_record business;
	struct version_view items[PP_PAGE_SIZE_MAX];
};

/* A version as it is stored, and decoded. */
struct loaded_version {
	struct version_record record;
	size_t n_bytes;
};

static void load_coupon(struct run *run, struct listing *listing)
{
	uint64_t id = run->request->u.list_coupon_versions.coupon_id;

	enum loaded loaded = run_load_coupon(run, id, &listing->coupon);
	enum loaded business_loaded =
		run_load_business(run, id / COUPON_ID_UNIT, &listing->business);
	if (run->waiting)
		return;
	if (loaded == LOADED_ABSENT)
		run_refuse(run, PP_REASON_COUPON_NOT_FOUND, "coupon_id",
			"There is no coupon %" PRIu64 ".", id);
	else
		run_expect(run, business_loaded);
}

/* Loads the next versions up to `last`, which is loaded only to tell when the one before ended. */
static void load_chunk(struct run *run, const struct listing *listing, uint64_t last,
	struct loaded_version chunk[CHUNK + 1])
{
	uint64_t first = listing->page.at.next;

	for (uint64_t number = first; number <= last; number++) {
		struct loaded_version *version = &chunk[number - first];
		struct span bytes;
		run_expect(run, run_load_version_bytes(run, listing->coupon.coupon_id, number,
					&version->record, &bytes));
		version->n_bytes = bytes.len;
	}
}

static struct version_view view_of(
	const struct loaded_version *version, const struct version_record *next)
{
	struct version_view view = { .version = version->record };

	if (next != NULL) {
		view.superseded = true;
		view.superseded_at_ms = next->valid_from_ms;
		view.superseded_at_revision = next->valid_from_revision;
	}
	return view;
}

static void collect(struct run *run, struct listing *listing)
{
	uint64_t current = listing->coupon.version;
	struct loaded_version chunk[CHUNK + 1];
	struct page *page = &listing->page;

	while (!page->full && page->at.next <= current) {
		uint64_t first = page->at.next;
		uint64_t last = first + CHUNK < current ? first + CHUNK : current;
		load_chunk(run, listing, last, chunk);
		if (run->waiting)
			return;
		for (uint64_t i = 0; i < CHUNK && first + i <= last && !page->full; i++) {
			uint32_t n = page->n_items;
			bool superseded = first + i < current;
			if (!page_take(page,
				    chunk[i].n_bytes + strlen(listing->business.name) + ITEM_BYTES))
				break;
			listing->items[n] =
				view_of(&chunk[i], superseded ? &chunk[i + 1].record : NULL);
			page->at.next++;
			page_examine(page, 1);
		}
	}
}

static void render(struct run *run, const struct listing *listing)
{
	struct pp_list_coupon_versions_response *body = &run->reply->u.list_coupon_versions;
	const char *business_name = run_text(run, listing->business.name);
	const struct page *page = &listing->page;

	body->versions = run_alloc(run, (page->n_items + 1) * sizeof(struct pp_coupon *));
	for (uint32_t i = 0; i < page->n_items && !run->waiting; i++)
		body->versions[i] = version_render(
			run, business_name, &listing->coupon, &listing->items[i], run->now_ms);
	body->n_versions = page->n_items;
	if (page->at.next <= listing->coupon.version)
		body->next_page_token = page_next(run, page);
}

void rule_list_coupon_versions(struct run *run)
{
	const struct pp_list_coupon_versions_request *body = &run->request->u.list_coupon_versions;
	const struct token_query query = { .kind = PP_KIND_LIST_COUPON_VERSIONS,
		.id = body->coupon_id };
	struct listing listing;

	page_begin(run, &listing.page, &query, body->page_size, body->page_token, 1);
	if (run_answers(run))
		load_coupon(run, &listing);
	if (run_answers(run))
		collect(run, &listing);
	if (run_answers(run))
		render(run, &listing);
}

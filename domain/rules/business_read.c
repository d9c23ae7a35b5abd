/* GetBusiness by id or by name, and ListBusinesses: as they are now. */
#include <inttypes.h>
#include <string.h>

#include "domain/rules/business.h"
#include "domain/rules/claim.h"
#include "domain/rules/families.h"
#include "domain/rules/page.h"
#include "domain/rules/render.h"
#include "domain/rules/terms.h"

/* ---- GetBusiness ---- */

/* The business that bears the name; 0: none does, or run->waiting. */
static uint64_t find_by_name(struct run *run)
{
	struct claim claim;

	claim_load(run, NAME_OF_BUSINESS, 0, run->request->u.get_business.name, &claim);
	if (run->waiting)
		return 0;
	if (claim.loaded == LOADED_PRESENT && claim.record.borne)
		return claim.record.id;
	run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "name", "There is no business named %s.",
		claim.name.text);
	return 0;
}

void rule_get_business(struct run *run)
{
	const struct pp_get_business_request *body = &run->request->u.get_business;
	struct business_version_record version;
	struct business_record business;

	uint64_t id = body->business_id != 0 ? body->business_id : find_by_name(run);
	if (!run_answers(run))
		return;
	enum loaded loaded = run_load_business(run, id, &business);
	if (loaded == LOADED_ABSENT && body->business_id != 0)
		run_refuse(run, PP_REASON_BUSINESS_NOT_FOUND, "business_id",
			"There is no business %" PRIu64 ".", id);
	else
		run_expect(run, loaded);
	if (!run_answers(run))
		return;
	business_load_current(run, &business, &version);
	if (!run->waiting)
		run->reply->u.get_business.business = render_business(run, &business, &version);
}

/* ---- ListBusinesses ---- */

enum {
	CHUNK = 64, /* businesses looked at together, and coupons in one round of loads */
	CHUNK_MIN_FILTERED = 8,
	RECORDS_OF_BUSINESS = 2,
	RECORDS_OF_COUPON = 2,
	/* What a business takes in a reply beside its texts and its owners. */
	ITEM_BYTES = 80,
	OWNER_BYTES = 10,
};

struct item {
	struct business_record business;
	struct business_version_record version; /* it is at */
};

/* A business that may belong to the page. */
struct candidate {
	struct item item;
	/* From the newest down, as the old ones are over. 0: none is left to look at. */
	uint64_t next_coupon; /* its number; once it is decided, of the valid one if there is one */
	bool decided;
	bool wanted;
};

struct listing {
	struct page page;
	bool filtered;
	uint64_t n_businesses;
	uint32_t n_candidates;
	struct candidate candidates[CHUNK];
	struct item items[PP_PAGE_SIZE_MAX];
};

/* How many businesses to look at next, within what the page may still hold and examine. */
static uint32_t chunk_size(const struct listing *listing)
{
	const struct page *page = &listing->page;
	uint64_t left = listing->n_businesses - page->at.next + 1;
	uint32_t affordable = (PP_PAGE_EXAMINED_MAX - page->n_examined) / RECORDS_OF_BUSINESS;
	uint32_t n = page->size - page->n_items;

	if (listing->filtered && n < CHUNK_MIN_FILTERED)
		n = CHUNK_MIN_FILTERED;
	if (n > CHUNK)
		n = CHUNK;
	if (n > affordable)
		n = affordable;
	return left < n ? (uint32_t)left : n;
}

static void load_candidates(struct run *run, struct listing *listing)
{
	struct page *page = &listing->page;

	listing->n_candidates = chunk_size(listing);
	for (uint32_t i = 0; i < listing->n_candidates; i++) {
		struct candidate *candidate = &listing->candidates[i];
		run_expect(
			run, run_load_business(run, page->at.next + i, &candidate->item.business));
		candidate->decided = !listing->filtered;
		candidate->wanted = !listing->filtered;
	}
	if (run->waiting)
		return;
	for (uint32_t i = 0; i < listing->n_candidates; i++)
		listing->candidates[i].next_coupon = listing->candidates[i].item.business.n_coupons;
	/* The page before may have left off within the first. */
	if (page->at.next_part != 0)
		listing->candidates[0].next_coupon = page->at.next_part;
	page_examine(page, RECORDS_OF_BUSINESS * listing->n_candidates);
}

/* Decides those that have no coupon left to look at; how many are undecided then. */
static uint32_t count_open(struct listing *listing)
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < listing->n_candidates; i++) {
		struct candidate *candidate = &listing->candidates[i];
		if (candidate->next_coupon == 0)
			candidate->decided = true;
		n += candidate->decided ? 0 : 1;
	}
	return n;
}

/* A coupon of a candidate. */
struct look {
	struct candidate *candidate;
	struct coupon_record coupon;
};

/* Loads the next coupons of those that are undecided, in their order; how many, at most `n_max`. */
static uint32_t load_coupons(struct run *run, struct listing *listing, uint32_t n_each,
	uint32_t n_max, struct look looks[CHUNK])
{
	uint32_t n = 0;

	for (uint32_t i = 0; i < listing->n_candidates; i++) {
		struct candidate *candidate = &listing->candidates[i];
		uint64_t first_id = candidate->item.business.business_id * COUPON_ID_UNIT;
		if (candidate->decided)
			continue;
		for (uint32_t j = 0; j < n_each && j < candidate->next_coupon && n < n_max; j++) {
			uint64_t id = first_id + candidate->next_coupon - j;
			looks[n].candidate = candidate;
			run_expect(run, run_load_coupon(run, id, &looks[n].coupon));
			n++;
		}
	}
	return n;
}

/* One round: moves candidates on to their first coupon whose current version is valid now. */
static void look_at_coupons(
	struct run *run, struct listing *listing, uint32_t n_each, uint32_t n_max)
{
	struct look looks[CHUNK];
	struct version_record version;

	uint32_t n = load_coupons(run, listing, n_each, n_max, looks);
	if (run->waiting)
		return;
	for (uint32_t i = 0; i < n; i++) {
		const struct coupon_record *coupon = &looks[i].coupon;
		struct candidate *candidate = looks[i].candidate;
		enum loaded loaded =
			run_load_version(run, coupon->coupon_id, coupon->version, &version);
		run_expect(run, loaded);
		if (loaded != LOADED_PRESENT || candidate->wanted)
			continue;
		candidate->wanted = terms_valid_at(&version.terms, run->now_ms);
		if (!candidate->wanted)
			candidate->next_coupon--;
	}
	for (uint32_t i = 0; i < listing->n_candidates; i++)
		listing->candidates[i].decided |= listing->candidates[i].wanted;
	page_examine(&listing->page, RECORDS_OF_COUPON * n);
}

/*
 * Looks at coupons until all candidates are decided or the page may examine no more. At one of each
 * first, which mostly decides; then at ever more of the foremost, as what is found out about those
 * behind one that stays undecided is lost with the page.
 */
static void decide_candidates(struct run *run, struct listing *listing)
{
	uint32_t n_each = 1;

	while (count_open(listing) > 0 && !run->waiting && !listing->page.full) {
		uint32_t n_max =
			(PP_PAGE_EXAMINED_MAX - listing->page.n_examined) / RECORDS_OF_COUPON;
		if (n_max > CHUNK)
			n_max = CHUNK;
		look_at_coupons(run, listing, n_each, n_max);
		n_each = 2 * n_each < CHUNK ? 2 * n_each : CHUNK;
	}
}

static void load_versions(struct run *run, struct listing *listing)
{
	for (uint32_t i = 0; i < listing->n_candidates; i++) {
		struct candidate *candidate = &listing->candidates[i];
		if (candidate->wanted)
			business_load_current(
				run, &candidate->item.business, &candidate->item.version);
	}
}

static size_t item_bytes(const struct business_record *business)
{
	return ITEM_BYTES + strlen(business->name) + strlen(business->address) +
	       OWNER_BYTES * (size_t)business->n_owners;
}

/* Adds those that belong to the page, in their order, until it is full or one is undecided. */
static void take_candidates(struct listing *listing)
{
	struct page *page = &listing->page;

	for (uint32_t i = 0; i < listing->n_candidates && page->n_items < page->size; i++) {
		const struct candidate *candidate = &listing->candidates[i];
		uint32_t n = page->n_items;
		page->at.next_part = candidate->next_coupon;
		if (!candidate->decided)
			return;
		if (candidate->wanted) {
			if (!page_take(page, item_bytes(&candidate->item.business)))
				return;
			listing->items[n] = candidate->item;
		}
		page->at.next++;
		page->at.next_part = 0;
	}
}

/* Collects the items; nothing of use when run->waiting. */
static void collect(struct run *run, struct listing *listing)
{
	struct page *page = &listing->page;

	while (!page->full && page->at.next <= listing->n_businesses) {
		load_candidates(run, listing);
		if (run->waiting)
			return;
		decide_candidates(run, listing);
		if (run->waiting)
			return;
		load_versions(run, listing);
		if (run->waiting)
			return;
		take_candidates(listing);
	}
}

static void render(struct run *run, const struct listing *listing)
{
	struct pp_list_businesses_response *body = &run->reply->u.list_businesses;
	const struct page *page = &listing->page;

	body->businesses = run_alloc(run, (page->n_items + 1) * sizeof(struct pp_business *));
	for (uint32_t i = 0; i < page->n_items && !run->waiting; i++) {
		const struct item *item = &listing->items[i];
		body->businesses[i] = render_business(run, &item->business, &item->version);
	}
	body->n_businesses = page->n_items;
	if (page->at.next <= listing->n_businesses)
		body->next_page_token = page_next(run, page);
}

void rule_list_businesses(struct run *run)
{
	const struct pp_list_businesses_request *body = &run->request->u.list_businesses;
	const struct token_query query = { .kind = PP_KIND_LIST_BUSINESSES,
		.filter = body->with_valid_coupon };
	struct counters_record counters;
	struct listing listing;

	page_begin(run, &listing.page, &query, body->page_size, body->page_token, 1);
	if (run_refused(run))
		return;
	run_load_counters(run, &counters);
	if (run->waiting)
		return;
	listing.filtered = body->with_valid_coupon;
	listing.n_businesses = counters.n_businesses;
	collect(run, &listing);
	if (!run->waiting)
		render(run, &listing);
}

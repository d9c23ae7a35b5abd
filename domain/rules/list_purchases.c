/* ListPurchases: along the chain of a user's purchases, newest first. */
#include <inttypes.h>
#include <string.h>

#include "domain/rules/families.h"
#include "domain/rules/page.h"
#include "domain/rules/receipt.h"

/* What a purchase takes in a reply beside its texts. */
enum { ITEM_BYTES = 150 };

struct item {
	struct purchase_record purchase;
	const char *coupon_name;
};

struct listing {
	struct page page;
	struct item items[PP_PAGE_SIZE_MAX];
};

/* The newest purchase, unless the page's token says where to go on. */
static void load_head(struct run *run, struct page *page)
{
	const struct pp_list_purchases_request *body = &run->request->u.list_purchases;
	struct user_record user;

	enum loaded loaded = run_load_user(run, body->user_id, &user);
	if (run->waiting)
		return;
	if (loaded == LOADED_ABSENT)
		run_refuse(run, PP_REASON_USER_NOT_FOUND, "user_id",
			"There is no user %" PRIu64 ".", body->user_id);
	else if (body->page_token.len == 0)
		page->at.next = user.last_purchase_id;
}

/* One purchase of the chain with its coupon's name. */
static void load_item(struct run *run, uint64_t id, struct item *out)
{
	struct purchase_record *purchase = &out->purchase;
	struct version_record version;

	run_expect(run, run_load_purchase(run, id, purchase));
	if (run->waiting)
		return;
	if (purchase->user_id != run->request->u.list_purchases.user_id ||
		purchase->previous_purchase_id >= id) {
		run_corrupt(run);
		return;
	}
	run_expect(run, run_load_version(run, purchase->coupon_id, purchase->version, &version));
	if (!run->waiting)
		out->coupon_name = version.terms.name;
}

static size_t size_of(const struct item *item)
{
	const char *reason = item->purchase.refund_reason;

	return ITEM_BYTES + strlen(item->coupon_name) + (reason == NULL ? 0 : strlen(reason));
}

static void collect(struct run *run, struct listing *listing)
{
	struct page *page = &listing->page;

	while (!page->full && page->at.next != 0) {
		struct item *item = &listing->items[page->n_items];
		load_item(run, page->at.next, item);
		if (run->waiting || !page_take(page, size_of(item)))
			return;
		page->at.next = item->purchase.previous_purchase_id;
		page_examine(page, 2);
	}
}

static void render(struct run *run, const struct listing *listing)
{
	struct pp_list_purchases_response *body = &run->reply->u.list_purchases;
	const struct page *page = &listing->page;

	body->purchases = run_alloc(run, (page->n_items + 1) * sizeof(struct pp_purchase *));
	for (uint32_t i = 0; i < page->n_items && !run->waiting; i++) {
		const struct item *item = &listing->items[i];
		body->purchases[i] = receipt_render(run, &item->purchase, item->coupon_name,
			receipt_state(&item->purchase, run->now_ms));
	}
	body->n_purchases = page->n_items;
	if (page->at.next != 0)
		body->next_page_token = page_next(run, page);
}

void rule_list_purchases(struct run *run)
{
	const struct pp_list_purchases_request *body = &run->request->u.list_purchases;
	const struct token_query query = { .kind = PP_KIND_LIST_PURCHASES, .id = body->user_id };
	struct listing listing;

	page_begin(run, &listing.page, &query, body->page_size, body->page_token, 0);
	if (run_answers(run))
		load_head(run, &listing.page);
	if (run_answers(run))
		collect(run, &listing);
	if (run_answers(run))
		render(run, &listing);
}

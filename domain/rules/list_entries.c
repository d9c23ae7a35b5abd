/* ListLedgerEntries: the statement of an account, along the chain of its entries, newest first. */
#include <string.h>

#include "domain/rules/families.h"
#include "domain/rules/ledger.h"
#include "domain/rules/page.h"

/* What an entry takes in a reply beside its reference. */
enum { ITEM_BYTES = 80 };

struct item {
	struct entry_ref place;
	struct posting posting;
	int64_t balance_after_coins;
	int64_t at_ms;
	uint64_t purchase_id;
	enum pp_credit_reason credit_reason;
	const char *reference;
};

struct listing {
	struct page page;              /* at: the next entry, and the balance after it */
	struct journal_record journal; /* of the last entry; revision 0: none yet */
	struct item items[PP_PAGE_SIZE_MAX];
};

/* The newest entry, unless the page's token says where to go on. */
static void load_head(struct run *run, struct page *page)
{
	const struct pp_list_ledger_entries_request *body = &run->request->u.list_ledger_entries;
	struct account account = { 0 };

	ledger_load(run, body->account, &account);
	if (body->page_token.len != 0)
		return;
	page->at.next = account.last_entry.revision;
	page->at.next_part = account.last_entry.index;
	page->at.balance_coins = account.balance_coins;
}

static bool is_account(const struct pp_account *a, const struct pp_account *b)
{
	return a->kind == b->kind && a->id == b->id;
}

/* The entry that the page is at; a business's entries of one revision share its record. */
static void load_item(struct run *run, struct listing *listing, struct item *out)
{
	const struct token *at = &listing->page.at;
	struct journal_record *journal = &listing->journal;

	if (journal->revision != at->next) {
		run_expect(run, run_load_journal(run, at->next, journal));
		page_examine(&listing->page, 1);
	}
	if (run->waiting)
		return;
	if (at->next_part >= journal->n_postings) {
		run_corrupt(run);
		return;
	}
	*out = (struct item) {
		.place = { .revision = at->next, .index = (uint16_t)at->next_part },
		.posting = journal->postings[at->next_part],
		.balance_after_coins = at->balance_coins,
		.at_ms = journal->at_ms,
	};
	if (out->posting.kind == POSTING_EARN) {
		out->credit_reason = journal->credit_reason;
		out->reference = journal->reference;
	} else {
		out->purchase_id = journal->subject_id;
	}
}

/* To the entry before an item, and the balance before it. */
static void move_on(struct run *run, struct page *page, const struct item *item)
{
	const struct pp_account *account = run->request->u.list_ledger_entries.account;
	const struct posting *posting = &item->posting;
	bool debited = is_account(&posting->debit, account);
	struct entry_ref previous = debited ? posting->debit_previous : posting->credit_previous;
	int64_t change = debited ? -posting->amount_coins : posting->amount_coins;

	if ((!debited && !is_account(&posting->credit, account)) ||
		previous.revision > item->place.revision ||
		(previous.revision == item->place.revision &&
			previous.index >= item->place.index)) {
		run_corrupt(run);
		return;
	}
	page->at.next = previous.revision;
	page->at.next_part = previous.index;
	page->at.balance_coins -= change;
	if (page->at.balance_coins < -PP_COINS_MAX || page->at.balance_coins > PP_COINS_MAX)
		run_corrupt(run);
}

static size_t size_of(const struct item *item)
{
	return ITEM_BYTES + (item->reference == NULL ? 0 : strlen(item->reference));
}

static void collect(struct run *run, struct listing *listing)
{
	struct page *page = &listing->page;

	while (!page->full && page->at.next != 0) {
		struct item *item = &listing->items[page->n_items];
		load_item(run, listing, item);
		if (run->waiting || !page_take(page, size_of(item)))
			return;
		move_on(run, page, item);
		if (run->waiting)
			return;
	}
}

static struct pp_account *render_account(struct run *run, const struct pp_account *account)
{
	struct pp_account *out = run_alloc(run, sizeof(*out));

	if (out != NULL)
		*out = *account;
	return out;
}

static struct pp_ledger_entry *render_entry(struct run *run, const struct item *item)
{
	struct pp_ledger_entry *out = run_alloc(run, sizeof(*out));

	if (out == NULL)
		return NULL;
	out->revision = item->place.revision;
	out->index = item->place.index;
	out->kind = (enum pp_entry_kind)item->posting.kind;
	out->debit = render_account(run, &item->posting.debit);
	out->credit = render_account(run, &item->posting.credit);
	out->amount_coins = item->posting.amount_coins;
	out->balance_after_coins = item->balance_after_coins;
	out->at_ms = item->at_ms;
	out->purchase_id = item->purchase_id;
	out->credit_reason = item->credit_reason;
	out->reference = run_text(run, item->reference);
	return out;
}

static void render(struct run *run, const struct listing *listing)
{
	struct pp_list_ledger_entries_response *body = &run->reply->u.list_ledger_entries;
	const struct page *page = &listing->page;

	body->entries = run_alloc(run, (page->n_items + 1) * sizeof(struct pp_ledger_entry *));
	for (uint32_t i = 0; i < page->n_items && !run->waiting; i++)
		body->entries[i] = render_entry(run, &listing->items[i]);
	body->n_entries = page->n_items;
	if (page->at.next != 0)
		body->next_page_token = page_next(run, page);
}

void rule_list_ledger_entries(struct run *run)
{
	const struct pp_list_ledger_entries_request *body = &run->request->u.list_ledger_entries;
	const struct token_query query = { .kind = PP_KIND_LIST_LEDGER_ENTRIES,
		.id = body->account->id,
		.filter = (uint32_t)body->account->kind };
	struct listing listing;

	page_begin(run, &listing.page, &query, body->page_size, body->page_token, 0);
	listing.journal.revision = 0;
	if (run_answers(run))
		load_head(run, &listing.page);
	if (run_answers(run))
		collect(run, &listing);
	if (run_answers(run))
		render(run, &listing);
}

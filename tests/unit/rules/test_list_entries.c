#include <stdlib.h>
#include <string.h>

#include "harness_market.h"

static const struct pp_response *page(struct harness *harness, struct pp_account account,
	uint32_t size, const struct pp_list_ledger_entries_response *after)
{
	struct pp_request request = harness_request(PP_KIND_LIST_LEDGER_ENTRIES, 0);

	request.u.list_ledger_entries =
		(struct pp_list_ledger_entries_request) { .account = &account, .page_size = size };
	if (after != NULL)
		request.u.list_ledger_entries.page_token = after->next_page_token;
	return harness_look(harness, &request);
}

static struct pp_account user(uint64_t id)
{
	return (struct pp_account) { .kind = PP_ACCOUNT_KIND_USER, .id = id };
}

static struct pp_account business(uint64_t id)
{
	return (struct pp_account) { .kind = PP_ACCOUNT_KIND_BUSINESS, .id = id };
}

static const struct pp_account issuance = { .kind = PP_ACCOUNT_KIND_ISSUANCE };
static const struct pp_account commission = { .kind = PP_ACCOUNT_KIND_COMMISSION };

static void credit(struct harness *harness, uint64_t user_id, enum pp_credit_reason reason,
	const char *reference)
{
	struct pp_request request = harness_request(PP_KIND_CREDIT_COINS, 0);

	request.u.credit_coins = (struct pp_credit_coins_request) {
		.user_id = user_id, .reason = reason, .reference = reference
	};
	EXPECT_OK(harness_ask(harness, &request));
}

struct expected {
	enum pp_entry_kind kind;
	int64_t amount_coins;
	int64_t balance_after_coins;
	uint64_t purchase_id;
};

static void expect_statement(struct harness *harness, struct pp_account account,
	const struct expected *rows, size_t n_rows)
{
	const struct pp_response *reply = page(harness, account, 0, NULL);

	EXPECT_OK(reply);
	const struct pp_list_ledger_entries_response *list = &reply->u.list_ledger_entries;
	cr_assert_eq(list->n_entries, n_rows, "%s", harness_text(reply));
	cr_expect_eq(list->next_page_token.len, 0);
	for (size_t i = 0; i < n_rows; i++) {
		const struct pp_ledger_entry *entry = list->entries[i];
		cr_expect(entry->kind == rows[i].kind &&
				  entry->amount_coins == rows[i].amount_coins &&
				  entry->balance_after_coins == rows[i].balance_after_coins &&
				  entry->purchase_id == rows[i].purchase_id,
			"account %d, entry %zu: %s", account.kind, i, harness_text(reply));
	}
}

/* Every account's statement of one short story. */
Test(list_entries, is_the_statement_of_every_account)
{
	struct market market = market_new(market_terms(1000), -1, 1500);
	struct harness *harness = market.harness;

	credit(harness, market.josh, PP_CREDIT_REASON_ROUTE_ADDED, "route 7");
	const struct pp_purchase *bought = market_buy(&market);
	harness->now_ms += 3;
	credit(harness, market.owner, PP_CREDIT_REASON_REVIEW_POSTED, NULL);
	EXPECT_OK(ask_redeem(harness, market.owner, market.business, bought->code));
	EXPECT_OK(ask_refund(harness, market.owner, bought->purchase_id));
	static const struct expected of_josh[] = { { PP_ENTRY_KIND_REFUND, 25, 1510, 1 },
		{ PP_ENTRY_KIND_REFUND, 975, 1485, 1 }, { PP_ENTRY_KIND_SPEND, 1000, 510, 1 },
		{ PP_ENTRY_KIND_EARN, 10, 1510, 0 }, { PP_ENTRY_KIND_EARN, 1500, 1500, 0 } };
	static const struct expected of_business[] = { { PP_ENTRY_KIND_REFUND, 975, 0, 1 },
		{ PP_ENTRY_KIND_COMMISSION, 25, 975, 1 }, { PP_ENTRY_KIND_SPEND, 1000, 1000, 1 } };
	static const struct expected of_commission[] = { { PP_ENTRY_KIND_REFUND, 25, 0, 1 },
		{ PP_ENTRY_KIND_COMMISSION, 25, 25, 1 } };
	static const struct expected of_issuance[] = { { PP_ENTRY_KIND_EARN, 5, -1515, 0 },
		{ PP_ENTRY_KIND_EARN, 10, -1510, 0 }, { PP_ENTRY_KIND_EARN, 1500, -1500, 0 } };
	expect_statement(harness, user(market.josh), of_josh, ARRAY_LEN(of_josh));
	expect_statement(harness, business(market.business), of_business, ARRAY_LEN(of_business));
	expect_statement(harness, commission, of_commission, ARRAY_LEN(of_commission));
	expect_statement(harness, issuance, of_issuance, ARRAY_LEN(of_issuance));
	expect_statement(harness, user(market.stranger), NULL, 0);
	harness_free(harness);
}

Test(list_entries, says_where_coins_came_from_and_went)
{
	struct market market = market_new(market_terms(1000), -1, 1500);
	struct harness *harness = market.harness;

	credit(harness, market.josh, PP_CREDIT_REASON_ROUTE_ADDED, "route 7");
	uint64_t earned = harness->revision;
	int64_t earned_at_ms = harness->now_ms;
	harness->now_ms += 3;
	market_buy(&market);
	const struct pp_response *reply = page(harness, user(market.josh), 2, NULL);
	EXPECT_OK(reply);
	const struct pp_ledger_entry *spend = reply->u.list_ledger_entries.entries[0];
	const struct pp_ledger_entry *earn = reply->u.list_ledger_entries.entries[1];
	cr_expect(spend->revision == harness->revision && spend->index == 0);
	cr_expect(spend->debit->kind == PP_ACCOUNT_KIND_USER && spend->debit->id == market.josh);
	cr_expect(spend->credit->kind == PP_ACCOUNT_KIND_BUSINESS &&
		  spend->credit->id == market.business);
	cr_expect_eq(spend->at_ms, harness->now_ms);
	cr_expect(spend->credit_reason == PP_CREDIT_REASON_NONE && spend->reference == NULL);
	cr_expect(earn->revision == earned && earn->index == 0);
	cr_expect(earn->debit->kind == PP_ACCOUNT_KIND_ISSUANCE && earn->debit->id == 0);
	cr_expect_eq(earn->at_ms, earned_at_ms);
	cr_expect_eq(earn->credit_reason, PP_CREDIT_REASON_ROUTE_ADDED);
	cr_expect_str_eq(earn->reference, "route 7");
	reply = page(harness, business(market.business), 1, NULL);
	EXPECT_OK(reply);
	const struct pp_ledger_entry *taken = reply->u.list_ledger_entries.entries[0];
	cr_expect(taken->revision == harness->revision && taken->index == 1);
	cr_expect_eq(taken->credit->kind, PP_ACCOUNT_KIND_COMMISSION);
	harness_free(harness);
}

/* Pages of any size, with coins moving in between: nothing twice, nothing left out, sums right. */
static size_t read_statement(
	struct market *market, struct pp_account account, uint32_t size, size_t n_expected)
{
	const struct pp_list_ledger_entries_response *list = NULL;
	struct pp_ledger_entry last = { .revision = UINT64_MAX };
	int64_t balance = balance_of(market->harness, account.kind, account.id);
	uint32_t most = size == 0 ? PP_PAGE_SIZE_DEFAULT : size;
	size_t n_added = 0;
	size_t n = 0;

	do {
		const struct pp_response *reply = page(market->harness, account, size, list);
		EXPECT_OK(reply);
		list = &reply->u.list_ledger_entries;
		cr_assert(list->n_entries == most || list->next_page_token.len == 0);
		for (size_t i = 0; i < list->n_entries; i++) {
			const struct pp_ledger_entry *entry = list->entries[i];
			bool debited = entry->debit->kind == account.kind &&
				       entry->debit->id == account.id;
			cr_assert(entry->revision < last.revision ||
				  (entry->revision == last.revision && entry->index < last.index));
			cr_assert_eq(entry->balance_after_coins, balance);
			balance += debited ? entry->amount_coins : -entry->amount_coins;
			last = *entry;
		}
		n += list->n_entries;
		if (n_added < 3) {
			market_buy(market);
			n_added++;
		}
	} while (list->next_page_token.len != 0);
	cr_expect_eq(n, n_expected, "account %d, page size %u", account.kind, (unsigned)size);
	cr_expect_eq(balance, 0, "before the first entry");
	return n_added;
}

Test(list_entries, reads_backwards_at_any_page_size)
{
	static const uint32_t sizes[] = { 1, 7, 256, 0 };
	struct market market = market_new(market_terms(40), -1, 100000);
	size_t n_bought = 0;

	for (; n_bought < 300; n_bought++)
		market_buy(&market);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		n_bought += read_statement(&market, user(market.josh), sizes[i], 1 + n_bought);
		n_bought +=
			read_statement(&market, business(market.business), sizes[i], 2 * n_bought);
		n_bought += read_statement(&market, commission, sizes[i], n_bought);
	}
	read_statement(&market, issuance, 256, 1);
	harness_free(market.harness);
}

Test(list_entries, ends_a_page_after_so_many_bytes)
{
	struct harness *harness = harness_new();
	uint64_t ann = make_user(harness, "Ann");
	const struct pp_list_ledger_entries_response *list = NULL;
	char reference[PP_REFERENCE_BYTES_MAX + 1];
	size_t n = 0;
	size_t n_pages = 0;

	memset(reference, 'x', PP_REFERENCE_BYTES_MAX);
	reference[PP_REFERENCE_BYTES_MAX] = '\0';
	for (int i = 0; i < 300; i++) {
		reference[0] = (char)('a' + i % 20);
		reference[1] = (char)('a' + i / 20);
		credit(harness, ann, PP_CREDIT_REASON_ROUTE_ADDED, reference);
	}
	do {
		const struct pp_response *reply = page(harness, user(ann), 256, list);
		EXPECT_OK(reply);
		list = &reply->u.list_ledger_entries;
		cr_expect(list->n_entries * PP_REFERENCE_BYTES_MAX <= PP_PAGE_BYTES_MAX);
		n += list->n_entries;
		n_pages++;
	} while (list->next_page_token.len != 0);
	cr_expect_eq(n, 300);
	cr_expect_eq(n_pages, 2);
	harness_free(harness);
}

Test(list_entries, refuses_in_order_of_precedence)
{
	struct market market = market_new(market_terms(1000), -1, 5000);
	struct harness *harness = market.harness;

	market_buy(&market);
	market_buy(&market);
	const struct pp_list_ledger_entries_response *list =
		&page(harness, user(market.josh), 1, NULL)->u.list_ledger_entries;
	EXPECT_REFUSED(page(harness, user(99), 1, list), PP_REASON_PAGE_TOKEN_INVALID);
	EXPECT_REFUSED(page(harness, user(market.owner), 1, list), PP_REASON_PAGE_TOKEN_INVALID);
	/* An account of another kind and the same id. */
	EXPECT_REFUSED(page(harness, business(market.josh), 1, list), PP_REASON_PAGE_TOKEN_INVALID);
	EXPECT_REFUSED(page(harness, issuance, 1, list), PP_REASON_PAGE_TOKEN_INVALID);
	list = &page(harness, commission, 1, NULL)->u.list_ledger_entries;
	EXPECT_REFUSED(page(harness, issuance, 1, list), PP_REASON_PAGE_TOKEN_INVALID);
	harness->revision--;
	EXPECT_REFUSED(page(harness, commission, 1, list), PP_REASON_REVISION_IN_FUTURE);
	harness->revision++;
	EXPECT_OK(page(harness, commission, 9, list));
	EXPECT_REFUSED(page(harness, user(99), 1, NULL), PP_REASON_USER_NOT_FOUND);
	EXPECT_REFUSED(page(harness, business(99), 1, NULL), PP_REASON_BUSINESS_NOT_FOUND);
	harness_free(harness);
}

/* A chain that does not lead down to its end is damage, never an endless list. */
Test(list_entries, stops_at_damage)
{
	for (int damage = 0; damage < 6; damage++) {
		struct market market = market_new(market_terms(1000), -1, 5000);
		struct harness *harness = market.harness;
		struct journal_record journal;
		struct byte_writer writer;
		uint8_t bytes[1024];
		struct key key;
		market_buy(&market);
		market_buy(&market);
		key_of_journal(harness->revision - 1, &key);
		const struct harness_record *record = harness_find(harness, &key);
		struct span span = { .data = record->bytes, .len = record->len };
		cr_assert(record_journal_decode(span, NULL, &journal));
		struct posting *spend = &journal.postings[0];
		if (damage == 0)
			spend->debit_previous.revision = journal.revision;
		if (damage == 1)
			spend->debit_previous.revision = journal.revision + 1;
		if (damage == 2)
			spend->debit.id = market.owner;
		if (damage == 3)
			journal.n_postings = 0;
		if (damage == 5)
			spend->amount_coins = PP_COINS_MAX;
		byte_writer_init(&writer, bytes, sizeof(bytes));
		record_journal_encode(&journal, &writer);
		if (damage == 4)
			harness_remove(harness, &key);
		else
			harness_store(harness, &key, byte_writer_span(&writer));
		page(harness, user(market.josh), 9, NULL);
		cr_expect_eq(harness->step, STEP_CORRUPT, "damage %d", damage);
		harness_free(harness);
	}
}

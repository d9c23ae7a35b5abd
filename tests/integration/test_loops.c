/* Many loops: connections are spread over them, and what one answered every other one shows. */
#include <criterion/criterion.h>
#include <inttypes.h>
#include <string.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/require.h"

enum { LOOPS = 4, CONNECTIONS = 64, CLOSE_MS_MAX = 60000 };

static const struct process_options four_loops = { .settings = "server.loops=4" };

static void open_some(struct process *process, struct pp_client **clients, size_t n)
{
	for (size_t i = 0; i < n; i++)
		clients[i] = client_at(process, 0);
}

static void close_some(struct pp_client **clients, size_t n)
{
	for (size_t i = 0; i < n; i++)
		pp_client_close(clients[i]);
}

/* Waits until the server has so many connections, the observer's among them; borrowed from it. */
static const struct pp_stats_response *await_connections(struct pp_client *observer, uint64_t n)
{
	int64_t until = test_now_ms() + CLOSE_MS_MAX;
	struct pp_request request = ask_stats();
	const struct pp_stats_response *stats = &call_ok(observer, &request)->u.stats;

	while (stats->connections_open != n) {
		cr_assert_lt(test_now_ms(), until, "%" PRIu64 " connections, not %" PRIu64,
			stats->connections_open, n);
		test_pause_ms(1);
		stats = &call_ok(observer, &request)->u.stats;
	}
	return stats;
}

/* Demands that so many are there, in equal parts, but for one. */
static void expect_balanced(struct pp_client *observer, uint64_t n, size_t n_loops)
{
	const struct pp_stats_response *stats = await_connections(observer, n);

	cr_assert_eq(stats->n_loops, n_loops);
	for (size_t i = 0; i < n_loops; i++) {
		uint64_t n_open = stats->loops[i]->connections_open;
		cr_assert(n_open == n / n_loops || n_open == (n + n_loops - 1) / n_loops,
			"loop %zu has %" PRIu64 " of %" PRIu64 " connections", i, n_open, n);
	}
}

Test(loops, share_connections_and_requests_evenly)
{
	enum { REQUESTS = 10 };
	struct process process;
	struct pp_client *clients[CONNECTIONS];

	process_new(&process, &four_loops);
	for (uint64_t n = 1; n <= CONNECTIONS; n++) {
		clients[n - 1] = client_at(&process, 0);
		expect_balanced(clients[0], n, LOOPS);
	}
	for (size_t i = 0; i < CONNECTIONS * REQUESTS; i++)
		(void)revision_of(clients[i % CONNECTIONS]);
	const struct pp_stats_response *stats = await_connections(clients[0], CONNECTIONS);
	for (size_t i = 0; i < LOOPS; i++) {
		cr_assert_eq(stats->loops[i]->connections_total, CONNECTIONS / LOOPS);
		cr_assert_geq(stats->loops[i]->requests_total, CONNECTIONS * REQUESTS / LOOPS);
	}
	close_some(clients + 1, CONNECTIONS - 1);
	expect_balanced(clients[0], 1, LOOPS);
	pp_client_close(clients[0]);
	process_free(&process);
}

/* Those that stay are on half of the loops, but for the observer: the new ones go to the others. */
Test(loops, fill_up_those_that_were_left)
{
	struct process process;
	struct pp_client *kept[CONNECTIONS];
	struct pp_client *gone[CONNECTIONS];
	size_t n_kept = 0;
	size_t n_gone = 0;

	process_new(&process, &four_loops);
	kept[n_kept++] = client_at(&process, 0);
	for (size_t i = 1; i < CONNECTIONS; i++) {
		if (i % LOOPS < LOOPS / 2)
			gone[n_gone++] = client_at(&process, 0);
		else
			kept[n_kept++] = client_at(&process, 0);
	}
	close_some(gone, n_gone);
	const struct pp_stats_response *stats = await_connections(kept[0], n_kept);
	cr_assert_eq(stats->loops[0]->connections_open, 1);
	cr_assert_eq(stats->loops[1]->connections_open, 0);
	cr_assert_eq(stats->loops[2]->connections_open, CONNECTIONS / LOOPS);
	cr_assert_eq(stats->loops[3]->connections_open, CONNECTIONS / LOOPS);
	open_some(&process, gone, n_gone);
	expect_balanced(kept[0], CONNECTIONS, LOOPS);
	close_some(gone, n_gone);
	close_some(kept, n_kept);
	process_free(&process);
}

/* Every change by any connection is in the next look of all the others. */
Test(loops, show_what_was_answered_on_any_of_them)
{
	enum { ROUNDS = 40 };
	struct process process;
	struct pp_client *clients[LOOPS];
	uint64_t revision = 0;

	process_new(&process, &four_loops);
	open_some(&process, clients, LOOPS);
	expect_balanced(clients[0], LOOPS, LOOPS);
	uint64_t user = make_user(clients[0], "Josh", 0);
	for (int64_t coins = 1; coins <= ROUNDS; coins++) {
		struct pp_request request = ask_credit(user, 1);
		const struct pp_response *response = call_ok(clients[coins % LOOPS], &request);
		cr_assert_gt(response->revision, revision);
		revision = response->revision;
		for (size_t i = 0; i < LOOPS; i++) {
			struct pp_account account;
			request = ask_balance(PP_ACCOUNT_KIND_USER, user, &account);
			response = call_ok(clients[i], &request);
			cr_assert_eq(response->u.get_balance.balance_coins, coins);
			cr_assert_geq(response->revision, revision);
		}
	}
	close_some(clients, LOOPS);
	process_free(&process);
}

enum { COUPONS = 60, PAGE = 7 };

struct listed {
	size_t n;
	uint64_t as_of_revision;
	uint64_t ids[COUPONS];
	int64_t prices[COUPONS];
};

/* Takes a page; false: it was the last. The token, which is borrowed, is copied. */
static bool take_page(struct pp_client *client, struct pp_request *request, struct listed *out)
{
	static uint8_t token[256];
	const struct pp_list_coupons_response *page = &call_ok(client, request)->u.list_coupons;

	cr_assert(out->n == 0 || page->as_of_revision == out->as_of_revision);
	out->as_of_revision = page->as_of_revision;
	for (size_t i = 0; i < page->n_coupons; i++) {
		cr_assert_lt(out->n, COUPONS);
		out->ids[out->n] = page->coupons[i]->coupon_id;
		out->prices[out->n++] = page->coupons[i]->terms->price_coins;
	}
	cr_assert_leq(page->next_page_token.len, sizeof(token));
	if (page->next_page_token.len > 0)
		memcpy(token, page->next_page_token.data, page->next_page_token.len);
	request->u.list_coupons.page_token =
		(struct pp_bytes) { .data = token, .len = page->next_page_token.len };
	return page->next_page_token.len > 0;
}

Test(loops, page_a_list_over_all_of_them)
{
	static struct listed at_once;
	static struct listed in_turn;
	struct process process;
	struct pp_client *clients[LOOPS];
	struct pp_request whole;
	struct pp_request paged;

	process_new(&process, &four_loops);
	open_some(&process, clients, LOOPS);
	uint64_t owner = make_user(clients[0], "Alex", 0);
	uint64_t business = make_business(clients[0], owner, 0);
	for (int64_t i = 0; i < COUPONS; i++)
		make_coupon(clients[i % LOOPS], owner, business, 1 + i, -1);
	whole = ask_list(business, false);
	whole.u.list_coupons.page_size = COUPONS;
	cr_assert_not(take_page(clients[0], &whole, &at_once));
	cr_assert_eq(at_once.n, COUPONS);

	/* Each page on another loop; in between all prices change, on yet another one. */
	paged = ask_list(business, false);
	paged.u.list_coupons.page_size = PAGE;
	size_t n_pages = 0;
	while (take_page(clients[n_pages % LOOPS], &paged, &in_turn)) {
		n_pages++;
		if (n_pages > 1)
			continue;
		for (size_t i = 0; i < COUPONS; i++)
			(void)edit_price(clients[2], owner, at_once.ids[i], 1, 500);
		make_coupon(clients[3], owner, business, 600, -1);
	}
	cr_assert_eq(n_pages, (COUPONS - 1) / PAGE);
	cr_assert_eq(in_turn.n, COUPONS);
	cr_assert(memcmp(in_turn.ids, at_once.ids, sizeof(at_once.ids)) == 0);
	cr_assert(memcmp(in_turn.prices, at_once.prices, sizeof(at_once.prices)) == 0);
	close_some(clients, LOOPS);
	process_free(&process);
}

/* One loop does everything; dozens of them on few processors do it too. */
Test(loops, may_be_one_or_more_than_processors)
{
	static const struct {
		const char *settings;
		size_t n_loops;
	} rows[] = { { "server.loops=1", 1 }, { "server.loops=64", 64 } };

	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		struct process_options options = { .settings = rows[row].settings };
		struct process process;
		struct pp_client *clients[CONNECTIONS];

		process_new(&process, &options);
		open_some(&process, clients, CONNECTIONS);
		expect_balanced(clients[0], CONNECTIONS, rows[row].n_loops);
		uint64_t owner = make_user(clients[0], "Alex", 0);
		uint64_t buyer = make_user(clients[1], "Josh", CONNECTIONS);
		uint64_t business = make_business(clients[2], owner, 0);
		uint64_t coupon = make_coupon(clients[3], owner, business, 1, -1);
		for (size_t i = 0; i < CONNECTIONS; i++) {
			struct pp_request request = ask_purchase(buyer, coupon, 1);
			(void)call_ok(clients[i], &request);
			cr_assert_eq(balance_of(clients[CONNECTIONS - 1 - i], PP_ACCOUNT_KIND_USER,
					     buyer),
				(int64_t)(CONNECTIONS - 1 - i));
		}
		verify_clean(clients[0]);
		close_some(clients, CONNECTIONS);
		process_free(&process);
	}
}

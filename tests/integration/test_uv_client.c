/* The client on an event loop against a real server: pipelining, cut links, a server that dies. */
#include <criterion/criterion.h>

#include <stdlib.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/cutter.h"
#include "tests/unit/client/meter.h"
#include "tests/unit/client/uv_seen.h"

enum { N_PIPELINED = 1000, N_CREDITS = 400, N_AT_ONCE = 8 };

static uv_loop_t loop; /* each test is a process of its own */
static struct meter meter;

static struct pp_uv_client *open_uv(const char *address, uint64_t acting_user)
{
	struct pp_allocator allocator = meter_allocator(&meter);
	struct pp_uv_options options = {
		.address = address,
		.acting_user = acting_user,
		.allocator = &allocator,
	};
	struct pp_uv_client *client;
	const char *why;

	cr_assert_eq(pp_uv_client_new(&loop, &options, &client, &why), 0, "%s", why);
	return client;
}

static void close_uv(struct pp_uv_client *client)
{
	pp_uv_client_close(client, NULL, NULL);
	cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
}

static void submit(struct pp_uv_client *client, struct pp_request request, struct uv_seen *seen)
{
	cr_assert_eq(pp_uv_call(client, &request, 0, uv_seen_take, seen), 0);
}

/* Accepted, and told so once. */
static void expect_accepted(const struct uv_seen *seen, size_t i)
{
	cr_assert_eq(seen->n_called, 1, "call %zu: %u callbacks", i, seen->n_called);
	cr_assert_eq(seen->outcome, PP_DONE, "call %zu: %s", i, seen->why);
	cr_assert_eq(seen->reason, PP_REASON_NONE, "call %zu: %d", i, seen->reason);
}

Test(uv_client, answers_each_of_a_thousand_pipelined_calls_once)
{
	struct uv_seen *seen = calloc(N_PIPELINED, sizeof(*seen));
	struct process process;
	size_t n_ended = 0;
	size_t n_overtaken = 0;
	uint64_t newest = 0;

	process_new(&process, NULL);
	cr_assert_eq(uv_loop_init(&loop), 0);
	struct pp_uv_client *client = open_uv(process.address, 0);
	for (size_t i = 0; i < N_PIPELINED; i++) {
		seen[i].n_ended = &n_ended;
		submit(client, i % 2 == 0 ? ask_create_user(fresh_name("josh")) : ask_server_info(),
			&seen[i]);
	}
	cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	for (size_t i = 0; i < N_PIPELINED; i++) {
		expect_accepted(&seen[i], i);
		n_overtaken += seen[i].ended_as != i;
		if (i % 2 != 0)
			continue;
		/* Writes are carried out in the order sent. */
		cr_assert_gt(seen[i].response.u.create_user.user_id, newest);
		newest = seen[i].response.u.create_user.user_id;
	}
	cr_expect_gt(n_overtaken, 0, "no read was answered before a write: not pipelined");
	close_uv(client);
	cr_expect_eq(uv_loop_close(&loop), 0);
	cr_expect_eq(meter.n_held, 0, "%zu leaked", (size_t)meter.n_held);
	process_free(&process);
	free(seen);
}

/* ---- Links cut at each byte ---- */

struct shop {
	struct process process;
	struct cutter cutters[N_AT_ONCE];
	struct pp_client *admin;
	uint64_t buyer;
	uint64_t coupon;
	int64_t n_bought;
};

static void open_shop(struct shop *shop)
{
	*shop = (struct shop) { .n_bought = 0 };
	process_new(&shop->process, NULL);
	shop->admin = client_at(&shop->process, 0);
	uint64_t owner = make_user(shop->admin, "alex", 0);
	uint64_t business = make_business(shop->admin, owner, 0);
	shop->coupon = make_coupon(shop->admin, owner, business, 1, -1);
	shop->buyer = make_user(shop->admin, "josh", 100000);
	for (int i = 0; i < N_AT_ONCE; i++)
		cutter_start(&shop->cutters[i], shop->process.port);
	cr_assert_eq(uv_loop_init(&loop), 0);
}

static void close_shop(struct shop *shop)
{
	cr_expect_eq(uv_loop_close(&loop), 0);
	cr_expect_eq(meter.n_held, 0, "%zu leaked", (size_t)meter.n_held);
	for (int i = 0; i < N_AT_ONCE; i++)
		cutter_stop(&shop->cutters[i]);
	verify_clean(shop->admin);
	pp_client_close(shop->admin);
	process_free(&shop->process);
}

/*
 * Buys over links that are cut after n, n + 1 and so on bytes of one direction. False: none was,
 * for the limits were beyond their ends.
 */
static bool buy_over_cut_links(struct shop *shop, bool answers, long n)
{
	struct pp_uv_client *clients[N_AT_ONCE];
	struct uv_seen bought[N_AT_ONCE] = { 0 };
	struct uv_seen looked[N_AT_ONCE] = { 0 };
	bool any = false;

	for (int i = 0; i < N_AT_ONCE; i++) {
		struct cutter *cutter = &shop->cutters[i];
		atomic_store(&cutter->has_cut, false);
		atomic_store(answers ? &cutter->answer_bytes : &cutter->request_bytes, n + i);
		clients[i] = open_uv(cutter->address, shop->buyer);
		submit(clients[i], ask_purchase(shop->buyer, shop->coupon, 1), &bought[i]);
		submit(clients[i], ask_server_info(), &looked[i]);
	}
	cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	for (int i = 0; i < N_AT_ONCE; i++) {
		expect_accepted(&bought[i], (size_t)(n + i));
		expect_accepted(&looked[i], (size_t)(n + i));
		close_uv(clients[i]);
		any = any || atomic_load(&shop->cutters[i].has_cut);
	}
	shop->n_bought += N_AT_ONCE;
	cr_assert_eq(balance_of(shop->admin, PP_ACCOUNT_KIND_USER, shop->buyer),
		100000 - shop->n_bought, "cut after %ld and more bytes", n);
	return any;
}

static void cut_everywhere(bool answers, long at_least)
{
	struct shop shop;
	long n = 0;

	open_shop(&shop);
	while (buy_over_cut_links(&shop, answers, n))
		n += N_AT_ONCE;
	cr_expect_gt(n, at_least, "only %ld bytes", n);
	close_shop(&shop);
}

Test(uv_client, buys_once_over_a_link_cut_at_each_byte_of_the_answers)
{
	cut_everywhere(true, 150);
}

Test(uv_client, buys_once_over_a_link_cut_at_each_byte_of_the_requests)
{
	cut_everywhere(false, 60);
}

/* ---- A server that dies ---- */

struct flood {
	struct shop shop;
	struct pp_uv_client *client;
	size_t n_made;
	size_t n_accepted;
	size_t n_tries;
	size_t n_replayed;
};

static void keep_going(struct flood *flood);

static void on_credited(
	struct pp_uv_client *client, const struct pp_uv_result *result, void *context)
{
	struct flood *flood = context;

	(void)client;
	cr_assert_eq(result->outcome, PP_DONE, "%s", result->why);
	cr_assert_null(result->response->status);
	flood->n_accepted++;
	flood->n_tries += result->n_tries;
	flood->n_replayed += result->response->replayed;
	if (flood->n_accepted == N_CREDITS / 4 || flood->n_accepted == N_CREDITS / 2) {
		process_kill(&flood->shop.process);
		process_start(&flood->shop.process);
		atomic_store(&flood->shop.cutters[0].server_port, flood->shop.process.port);
	}
	keep_going(flood);
}

static void keep_going(struct flood *flood)
{
	while (flood->n_made < N_CREDITS && flood->n_made - flood->n_accepted < 50) {
		struct pp_request request = ask_credit(flood->shop.buyer, 1);
		flood->n_made++;
		cr_assert_eq(pp_uv_call(flood->client, &request, 0, on_credited, flood), 0);
	}
}

Test(uv_client, carries_out_each_call_once_though_the_server_is_killed)
{
	struct flood flood = { .n_made = 0 };

	open_shop(&flood.shop);
	flood.client = open_uv(flood.shop.cutters[0].address, 0);
	keep_going(&flood);
	cr_assert_eq(uv_run(&loop, UV_RUN_DEFAULT), 0);
	cr_expect_eq(flood.n_accepted, N_CREDITS);
	cr_expect_gt(flood.n_tries, N_CREDITS, "nothing was in flight when the server died");
	close_uv(flood.client);
	pp_client_close(flood.shop.admin);
	flood.shop.admin = client_at(&flood.shop.process, 0);
	cr_expect_eq(balance_of(flood.shop.admin, PP_ACCOUNT_KIND_USER, flood.shop.buyer),
		100000 + N_CREDITS);
	close_shop(&flood.shop);
}

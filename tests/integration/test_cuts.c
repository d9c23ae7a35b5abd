/* The blocking client over links that are cut at each byte: nothing is bought twice or silently. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "tests/integration/actors.h"
#include "tests/integration/cutter.h"
#include "tests/unit/client/fake_server.h"

enum { COINS = 100000 };

/* Bytes from the server to the client, or from the client to the server. */
enum direction {
	ANSWERS,
	REQUESTS,
};

static struct fake_server stranger; /* what answers where the server was; no PeakPeeps */

struct shop {
	struct process process;
	struct cutter cutter;
	struct pp_client *direct; /* past the cutter */
	uint64_t buyer;
	uint64_t coupon;
	int64_t n_bought;
};

static void open_shop(struct shop *shop)
{
	*shop = (struct shop) { .n_bought = 0 };
	process_new(&shop->process, NULL);
	shop->direct = client_at(&shop->process, 0);
	uint64_t owner = make_user(shop->direct, "alex", 0);
	uint64_t business = make_business(shop->direct, owner, 0);
	shop->coupon = make_coupon(shop->direct, owner, business, 1, -1);
	shop->buyer = make_user(shop->direct, "josh", COINS);
	cutter_start(&shop->cutter, shop->process.port);
	stranger.raw_greeting = "SSH-2.0-OpenSSH_9.2\r\n";
	fake_server_start(&stranger, NULL);
}

static void close_shop(struct shop *shop)
{
	fake_server_stop(&stranger);
	cutter_stop(&shop->cutter);
	verify_clean(shop->direct);
	pp_client_close(shop->direct);
	process_free(&shop->process);
}

/* The books say that so many were bought, and no more. */
static void expect_bought(struct shop *shop, int64_t n, long cut_after)
{
	shop->n_bought += n;
	int64_t balance = balance_of(shop->direct, PP_ACCOUNT_KIND_USER, shop->buyer);
	cr_assert_eq(balance, COINS - shop->n_bought, "cut after %ld bytes: %ld bought, not %ld",
		cut_after, (long)(COINS - balance), (long)shop->n_bought);
}

/* A client over a link that will be cut after `n` bytes; *opened: Hello was answered before. */
static struct pp_client *open_over_cut(
	struct shop *shop, enum direction direction, long n, uint32_t timeout_ms, bool *opened)
{
	struct cutter *cutter = &shop->cutter;
	struct pp_client_options options = {
		.address = cutter->address,
		.timeout_ms = timeout_ms,
	};
	struct pp_client *client;

	atomic_store(&cutter->server_port, shop->process.port);
	atomic_store(&cutter->has_cut, false);
	atomic_store(direction == ANSWERS ? &cutter->answer_bytes : &cutter->request_bytes, n);
	int err = pp_client_open(&options, &client);
	cr_assert(err == 0 || err == PP_ERR_CONNECT, "cut after %ld: %d", n, err);
	*opened = err == 0;
	return client;
}

/* ---- With the server still there ---- */

/* False: the link was not cut, for the limit lay beyond its end. */
static bool buy_with_retry(struct shop *shop, enum direction direction, long n)
{
	struct pp_request request = ask_purchase(shop->buyer, shop->coupon, 1);
	const struct pp_response *response;
	enum pp_outcome outcome;
	bool opened;

	struct pp_client *client = open_over_cut(shop, direction, n, 60000, &opened);
	int err = pp_call(client, &request, &outcome, &response);
	cr_assert_eq(err, 0, "cut after %ld: %s", n, pp_client_error(client));
	cr_assert_eq(outcome, PP_DONE, "cut after %ld", n);
	cr_assert_eq(reason_of(response), PP_REASON_NONE, "cut after %ld", n);
	pp_client_close(client);
	expect_bought(shop, 1, n);
	return atomic_load(&shop->cutter.has_cut);
}

static void retry_everywhere(enum direction direction, long at_least)
{
	struct shop shop;
	long n = 0;

	open_shop(&shop);
	while (buy_with_retry(&shop, direction, n))
		n++;
	cr_expect_gt(n, at_least, "only %ld bytes", n);
	close_shop(&shop);
}

Test(cuts, buys_once_whichever_byte_of_the_answers_is_the_last)
{
	retry_everywhere(ANSWERS, 150);
}

Test(cuts, buys_once_whichever_byte_of_the_requests_is_the_last)
{
	retry_everywhere(REQUESTS, 60);
}

/* ---- With the server gone ---- */

/* What the client cannot know any more, the same request tells: carried out now, or before. */
static void resolve(struct shop *shop, struct pp_request *request, long n)
{
	const struct pp_response *response = call_ok(shop->direct, request);

	cr_assert_not_null(response->u.purchase_coupon.purchase, "cut after %ld", n);
	expect_bought(shop, 1, n);
}

/* What a call over a link that was cut ended as, another server answering all later tries. */
static enum pp_outcome buy_without_retry(
	struct shop *shop, enum direction direction, long n, bool *opened)
{
	struct pp_request request = ask_purchase(shop->buyer, shop->coupon, 1);
	const struct pp_response *response;
	enum pp_outcome outcome;
	uint16_t port;

	struct pp_client *client = open_over_cut(shop, direction, n, 60000, opened);
	cr_assert_eq(sscanf(stranger.address, "127.0.0.1:%hu", &port), 1);
	atomic_store(&shop->cutter.server_port, port);
	int err = pp_call(client, &request, &outcome, &response);
	if (outcome == PP_DONE) {
		cr_assert_eq(err, 0);
		cr_assert_eq(reason_of(response), PP_REASON_NONE);
		expect_bought(shop, 1, n);
	} else {
		cr_assert_eq(err, PP_ERR_CONNECT, "cut after %ld: %d", n, err);
		cr_assert_null(response);
		cr_assert_not_null(strstr(pp_client_error(client), "not a PeakPeeps server"));
	}
	if (outcome == PP_NOT_EXECUTED)
		expect_bought(shop, 0, n);
	if (outcome == PP_UNKNOWN)
		resolve(shop, &request, n);
	pp_client_close(client);
	return outcome;
}

/* n bytes are not enough for a Hello: not executed; for the call: unknown; for all: done. */
static void lose_everywhere(enum direction direction, long at_least)
{
	enum pp_outcome outcome;
	struct shop shop;
	long n_unknown = 0;
	long n_not = 0;
	bool opened;

	open_shop(&shop);
	for (long n = 0;; n++) {
		outcome = buy_without_retry(&shop, direction, n, &opened);
		if (outcome == PP_DONE)
			break;
		cr_assert(opened || outcome == PP_NOT_EXECUTED, "cut after %ld", n);
		/* A link that ends right behind Hello's answer may be seen to end before. */
		bool edge = opened && n_unknown == 0 && direction == ANSWERS;
		cr_assert(!opened || outcome == PP_UNKNOWN || edge, "cut after %ld", n);
		n_not += outcome == PP_NOT_EXECUTED;
		n_unknown += outcome == PP_UNKNOWN;
		cr_assert(atomic_load(&shop.cutter.has_cut), "not cut after %ld", n);
	}
	cr_expect_gt(n_not, 20, "%ld not executed", n_not);
	cr_expect_gt(n_unknown, at_least, "%ld unknown", n_unknown);
	close_shop(&shop);
}

Test(cuts, without_retries_each_lost_byte_of_the_answers_is_told_as_it_is)
{
	lose_everywhere(ANSWERS, 80);
}

Test(cuts, without_retries_each_lost_byte_of_the_requests_is_told_as_it_is)
{
	lose_everywhere(REQUESTS, 30);
}

Test(cuts, a_server_that_stays_away_leaves_the_outcome_unknown)
{
	struct pp_request request = { 0 };
	const struct pp_response *response;
	enum pp_outcome outcome;
	struct shop shop;
	bool opened;
	long n = 0;

	open_shop(&shop);
	/* To the end of Hello's answer, and a few bytes on. */
	do {
		struct pp_client *client = open_over_cut(&shop, ANSWERS, n++, 300, &opened);
		pp_client_close(client);
	} while (!opened);
	struct pp_client *client = open_over_cut(&shop, ANSWERS, n + 5, 300, &opened);
	cr_assert(opened);
	atomic_store(&shop.cutter.server_port, 1); /* nobody listens there */
	request = ask_purchase(shop.buyer, shop.coupon, 1);
	int err = pp_call(client, &request, &outcome, &response);
	cr_expect(err == PP_ERR_CONNECT || err == PP_ERR_TIMEOUT, "%d", err);
	cr_expect_eq(outcome, PP_UNKNOWN);
	cr_expect_null(response);
	pp_client_close(client);
	resolve(&shop, &request, n + 5);
	close_shop(&shop);
}

/* What a program plugs in: an allocator that gives out at any point, and a log. */
#include <criterion/criterion.h>

#include <stdio.h>
#include <string.h>

#include "fake_server.h"
#include "meter.h"
#include "peakpeeps/pool.h"

static struct pp_account issuance = { .kind = PP_ACCOUNT_KIND_ISSUANCE };
static struct fake_server fake; /* each test is a process of its own */
static struct meter meter;
static struct pp_allocator allocator;

static void act_balance(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)n, (void)request;
	out->response = peer_balance(0, 42);
}

/* From open to close; what the first error was. */
typedef int (*life_fn)(void);

static struct pp_client_options options_of(void)
{
	allocator = meter_allocator(&meter);
	return (struct pp_client_options) {
		.address = fake.address,
		.timeout_ms = 30000,
		.allocator = &allocator,
	};
}

static struct pp_request ask_balance(void)
{
	struct pp_request request = { .kind = PP_KIND_GET_BALANCE };

	request.u.get_balance.account = &issuance;
	return request;
}

static void judge(int err, enum pp_outcome outcome, const struct pp_response *response)
{
	if (err == 0) {
		cr_expect_eq(outcome, PP_DONE);
		cr_expect_eq(response->u.get_balance.balance_coins, 42);
	} else {
		cr_expect_neq(outcome, PP_DONE);
		cr_expect_null(response);
	}
}

static int live_as_client(void)
{
	struct pp_client_options options = options_of();
	struct pp_request request = ask_balance();
	const struct pp_response *response;
	enum pp_outcome outcome;
	struct pp_client *client;

	int opened = pp_client_open(&options, &client);
	cr_expect_eq(opened == 0, pp_client_error(client)[0] == '\0');
	if (client == NULL)
		return opened;
	int called = pp_call(client, &request, &outcome, &response);
	judge(called, outcome, response);
	/* What failed once for want of memory works when there is some. */
	cr_expect(opened == 0 || called == 0, "%s", pp_client_error(client));
	pp_client_close(client);
	return opened != 0 ? opened : called;
}

static int live_as_pool(void)
{
	struct pp_pool_options options = { .client = options_of() };
	struct pp_request request = ask_balance();
	const struct pp_response *response;
	enum pp_outcome outcome;
	struct pp_client *client;
	struct pp_pool *pool;
	int err;

	err = pp_pool_open(&options, &pool, NULL);
	if (err != 0)
		return err;
	err = pp_pool_call(pool, &request, &client, &outcome, &response);
	judge(err, outcome, response);
	pp_pool_release(pool, client);
	pp_pool_close(pool);
	return err;
}

static int live_as_core(void)
{
	struct pp_request request = ask_balance();
	struct pp_encoded *encoded = NULL;
	uint64_t seq;
	int err;

	allocator = meter_allocator(&meter);
	struct pp_core *core = pp_core_new("tester", &allocator);
	if (core == NULL)
		return PP_ERR_NO_MEMORY;
	err = pp_encode(&request, &allocator, &encoded);
	if (err == 0)
		err = pp_core_submit_encoded(core, encoded, 100, NULL, &seq);
	if (err == 0)
		err = pp_core_submit(core, &request, &seq);
	pp_encoded_free(encoded);
	pp_core_free(core);
	return err;
}

/* One life after another, in each of which another allocation fails, until there is none left. */
static void fail_everywhere(const char *what, life_fn live, size_t at_least)
{
	int err;
	size_t n = 0;

	do {
		meter = (struct meter) { .fail_at = ++n };
		err = live();
		cr_assert_eq(meter.n_held, 0, "%s, allocation %zu: %zu leaked", what, n,
			(size_t)meter.n_held);
		cr_assert_eq(err, meter.n_asked >= n ? PP_ERR_NO_MEMORY : 0, "%s, %zu: %d", what, n,
			err);
	} while (err != 0);
	cr_expect_gt(n, at_least, "%s: only %zu allocations were asked for", what, n - 1);
}

Test(hooks, any_allocation_may_fail_and_nothing_leaks)
{
	fake.act = act_balance;
	fake_server_start(&fake, NULL);
	fail_everywhere("client", live_as_client, 7);
	fail_everywhere("pool", live_as_pool, 8);
	fail_everywhere("core", live_as_core, 4);
	fake_server_stop(&fake);
}

Test(hooks, all_memory_comes_from_the_allocator)
{
	fake.act = act_balance;
	fake_server_start(&fake, NULL);
	cr_expect_eq(live_as_client(), 0);
	size_t n_asked = meter.n_asked;
	/* A second life asks for the same: nothing is kept anywhere. */
	cr_expect_eq(live_as_client(), 0);
	cr_expect_eq(meter.n_asked, 2 * n_asked);
	fake_server_stop(&fake);
}

Test(hooks, half_an_allocator_is_refused)
{
	struct pp_client_options options = options_of();
	struct pp_client *client;
	struct pp_pool *pool;
	const char *why;

	allocator.release = NULL;
	struct pp_pool_options pool_options = { .client = options };
	cr_expect_eq(pp_client_open(&options, &client), PP_ERR_INVALID);
	cr_expect_not_null(strstr(pp_client_error(client), "allocator lacks a function"));
	pp_client_close(client);
	cr_expect_eq(pp_pool_open(&pool_options, &pool, &why), PP_ERR_INVALID);
	cr_expect_str_eq(why, "the allocator lacks a function");
	cr_expect_eq(meter.n_asked, 0);
}

/* ---- Log ---- */

static char logged[4096];

static void take_line(void *user, enum pp_log_level level, const char *message)
{
	static const char *const levels[] = { "debug", "info", "warn", "error" };
	size_t len = strlen(logged);

	cr_expect_eq(user, logged);
	snprintf(logged + len, sizeof(logged) - len, "%s: %s\n", levels[level], message);
}

/* The log holds these lines' beginnings and parts, in this order. */
static void expect_logged(const char *const *parts, size_t n)
{
	const char *at = logged;

	for (size_t i = 0; i < n; i++) {
		at = strstr(at, parts[i]);
		cr_assert_not_null(at, "no \"%s\" here in:\n%s", parts[i], logged);
		at += strlen(parts[i]);
	}
}

static void act_close_busy_ok(struct fake_server *server, size_t n,
	const struct pp_request *request, struct fake_action *out)
{
	static struct pp_status busy = {
		.code = PP_CODE_RESOURCE_EXHAUSTED,
		.reason = PP_REASON_OVERLOADED,
		.message = "later",
		.not_executed = true,
	};

	(void)server, (void)request;
	if (n == 0) {
		out->silent = true;
		out->close = true;
	} else if (n == 1) {
		out->response.status = &busy;
	} else {
		out->response = peer_balance(0, 42);
		out->close = n == 2;
	}
}

Test(hooks, log_tells_of_links_and_tries)
{
	static const char *const parts[] = {
		"info: connected to 127.0.0.1:",
		", version 9.9.9\n",
		"warn: GetBalance, request id none: try 1 ended without a decision (no answer to ",
		"again in ",
		"info: connected again to ",
		"warn: GetBalance, request id none: try 2 ended without a decision (OVERLOADED)",
		"debug: 127.0.0.1:",
		" has closed the connection\n",
		"info: connected again to ",
	};
	struct pp_request request = ask_balance();
	const struct pp_response *response;
	enum pp_outcome outcome;
	struct pp_client *client;

	fake.act = act_close_busy_ok;
	fake_server_start(&fake, NULL);
	struct pp_client_options options = options_of();
	options.log = take_line;
	options.log_user = logged;
	cr_assert_eq(pp_client_open(&options, &client), 0);
	cr_assert_eq(pp_call(client, &request, &outcome, &response), 0);
	/* The end of the link arrives when the server has seen it through, so this call may meet
	 * it before it is sent, or after. */
	cr_assert_eq(pp_call(client, &request, &outcome, &response), 0);
	bool noticed = strstr(logged, " has closed the connection\n") != NULL;
	expect_logged(parts, noticed ? ARRAY_LEN(parts) : 6);
	pp_client_close(client);
	fake_server_stop(&fake);
}

Test(hooks, log_tells_of_a_refused_hello)
{
	static struct pp_status refusal = {
		.code = PP_CODE_FAILED_PRECONDITION,
		.reason = PP_REASON_PROTOCOL_UNSUPPORTED,
		.message = "too old",
	};
	static const char *const parts[] = {
		"error: cannot connect to 127.0.0.1:",
		"the server refuses the connection: too old (PROTOCOL_UNSUPPORTED)\n",
	};
	struct pp_client *client;

	fake.act = act_balance;
	fake.hello_refusal = &refusal;
	fake_server_start(&fake, NULL);
	struct pp_client_options options = options_of();
	options.log = take_line;
	options.log_user = logged;
	cr_expect_eq(pp_client_open(&options, &client), PP_ERR_CONNECT);
	expect_logged(parts, ARRAY_LEN(parts));
	pp_client_close(client);
	fake_server_stop(&fake);
}

Test(hooks, each_error_has_a_text_of_its_own)
{
	const char *unknown = pp_strerror(-1000);

	cr_expect_str_eq(pp_strerror(0), "success");
	for (int err = PP_ERR_PERMISSION; err < 0; err++) {
		cr_expect_str_neq(pp_strerror(err), unknown, "%d", err);
		for (int other = err + 1; other <= 0; other++)
			cr_expect_str_neq(pp_strerror(err), pp_strerror(other), "%d", err);
	}
	cr_expect_str_eq(pp_strerror(PP_ERR_PERMISSION - 1), unknown, "a new one: test it too");
	cr_expect_str_eq(pp_strerror(1), unknown);
}

/* The pool: who gets which client when, what becomes of idle ones, and how it ends. */
#include <criterion/criterion.h>

#include <string.h>
#include <time.h>

#include "client/deadline.h"
#include "fake_server.h"
#include "meter.h"
#include "peakpeeps/pool.h"

static struct pp_account issuance = { .kind = PP_ACCOUNT_KIND_ISSUANCE };
static struct fake_server fake; /* each test is a process of its own */
static struct meter meter;
static struct pp_allocator allocator;

static struct pp_pool *open_pool(uint32_t clients_max, uint32_t idle_ms)
{
	struct pp_pool *pool;

	allocator = meter_allocator(&meter);
	struct pp_pool_options options = {
		.client = {
			.address = fake.listen_fd > 0 ? fake.address : "127.0.0.1:1",
			.acting_user = 7,
			.allocator = &allocator,
		},
		.clients_max = clients_max,
		.idle_ms = idle_ms,
	};
	cr_assert_eq(pp_pool_open(&options, &pool, NULL), 0);
	return pool;
}

static void close_pool(struct pp_pool *pool)
{
	pp_pool_close(pool);
	cr_expect_eq(meter.n_held, 0, "%zu leaked", (size_t)meter.n_held);
}

static struct pp_client *acquire(struct pp_pool *pool)
{
	struct pp_client *client = NULL;

	cr_assert_eq(pp_pool_acquire(pool, 0, &client), 0);
	return client;
}

static void expect_usage(struct pp_pool *pool, uint32_t n_out, uint32_t n_idle)
{
	struct pp_pool_usage usage;

	pp_pool_usage(pool, &usage);
	cr_expect_eq(usage.n_out, n_out, "%u out, not %u", usage.n_out, n_out);
	cr_expect_eq(usage.n_idle, n_idle, "%u idle, not %u", usage.n_idle, n_idle);
}

static void await_waiting(struct pp_pool *pool, uint32_t n)
{
	struct pp_pool_usage usage;

	do
		pp_pool_usage(pool, &usage);
	while (usage.n_waiting != n);
}

Test(pool, hands_out_no_more_than_its_maximum)
{
	struct pp_pool *pool = open_pool(2, 0);
	struct pp_client *none = NULL;

	struct pp_client *first = acquire(pool);
	struct pp_client *second = acquire(pool);
	cr_expect_neq(first, second);
	expect_usage(pool, 2, 0);
	cr_expect_eq(pp_pool_acquire(pool, 0, &none), PP_ERR_BUSY);
	int64_t before = boottime_ms();
	cr_expect_eq(pp_pool_acquire(pool, 30, &none), PP_ERR_TIMEOUT);
	cr_expect_geq(boottime_ms() - before, 30);
	cr_expect_null(none);
	pp_pool_release(pool, first);
	pp_pool_release(pool, second);
	expect_usage(pool, 0, 2);
	cr_expect_eq(acquire(pool), second, "not the one that was used last");
	pp_pool_release(pool, second);
	pp_pool_release(pool, NULL);
	close_pool(pool);
}

/* ---- Waiting ---- */

struct waiting {
	struct pp_pool *pool;
	pthread_t thread;
	int err;
	int64_t turn; /* of all that were served */
};

static atomic_int turns;

static void *wait_for_client(void *context)
{
	struct waiting *waiting = context;
	struct pp_client *client = NULL;

	waiting->err = pp_pool_acquire(waiting->pool, 60000, &client);
	waiting->turn = atomic_fetch_add(&turns, 1);
	pp_pool_release(waiting->pool, client);
	return NULL;
}

static void begin_to_wait(struct waiting *waiting, size_t n, struct pp_pool *pool)
{
	for (size_t i = 0; i < n; i++) {
		waiting[i].pool = pool;
		int err = pthread_create(&waiting[i].thread, NULL, wait_for_client, &waiting[i]);
		cr_assert_eq(err, 0);
		await_waiting(pool, (uint32_t)(i + 1));
	}
}

Test(pool, serves_those_who_wait_in_turn)
{
	struct pp_pool *pool = open_pool(1, 0);
	struct waiting waiting[4] = { 0 };

	struct pp_client *client = acquire(pool);
	begin_to_wait(waiting, ARRAY_LEN(waiting), pool);
	pp_pool_release(pool, client);
	for (size_t i = 0; i < ARRAY_LEN(waiting); i++) {
		pthread_join(waiting[i].thread, NULL);
		cr_expect_eq(waiting[i].err, 0);
		cr_expect_eq(
			waiting[i].turn, (int64_t)i, "%zu came as %d", i, (int)waiting[i].turn);
	}
	expect_usage(pool, 0, 1);
	close_pool(pool);
}

Test(pool, who_waited_in_vain_leaves_the_queue)
{
	struct pp_pool *pool = open_pool(1, 0);
	struct pp_client *none = NULL;
	struct waiting waiting[2] = { 0 };

	struct pp_client *client = acquire(pool);
	begin_to_wait(waiting, 1, pool);
	cr_expect_eq(pp_pool_acquire(pool, 1, &none), PP_ERR_TIMEOUT);
	waiting[1].pool = pool;
	pthread_create(&waiting[1].thread, NULL, wait_for_client, &waiting[1]);
	await_waiting(pool, 2);
	pp_pool_release(pool, client);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(waiting[i].thread, NULL);
		cr_expect_eq(waiting[i].err, 0);
		cr_expect_eq(waiting[i].turn, (int64_t)i);
	}
	close_pool(pool);
}

Test(pool, a_place_that_no_memory_fills_goes_to_the_next_who_waits)
{
	struct pp_pool *pool = open_pool(1, 1);
	struct waiting waiting = { .pool = pool };
	struct pp_client *none = NULL;

	meter.fail_at = meter.n_asked + 1;
	cr_expect_eq(pp_pool_acquire(pool, 0, &none), PP_ERR_NO_MEMORY);
	expect_usage(pool, 0, 0);
	meter.fail_at = 0;
	struct pp_client *client = acquire(pool);
	begin_to_wait(&waiting, 1, pool);
	pp_pool_release(pool, client);
	pthread_join(waiting.thread, NULL);
	cr_expect_eq(waiting.err, 0);
	close_pool(pool);
}

/* ---- Idle ---- */

Test(pool, closes_what_was_idle_for_too_long)
{
	struct pp_pool *pool = open_pool(4, 20);

	struct pp_client *first = acquire(pool);
	struct pp_client *second = acquire(pool);
	pp_pool_release(pool, first);
	int64_t released = boottime_ms();
	while (boottime_ms() < released + 20)
		nanosleep(&(struct timespec) { .tv_nsec = 1000000 }, NULL);
	/* Grown old: it goes when the next one comes. */
	pp_pool_release(pool, second);
	expect_usage(pool, 0, 1);
	while (boottime_ms() < released + 60)
		nanosleep(&(struct timespec) { .tv_nsec = 1000000 }, NULL);
	struct pp_client *third = acquire(pool);
	expect_usage(pool, 1, 0);
	pp_pool_release(pool, third);
	close_pool(pool);
}

/* ---- Calls ---- */

static void act_balance(struct fake_server *server, size_t n, const struct pp_request *request,
	struct fake_action *out)
{
	(void)server, (void)request;
	out->response = peer_balance(0, 40 + (int64_t)n);
	out->close = true;
}

/* A call that comes through; on a new connection, for the server ends each after its answer. */
static void call_through(struct pp_pool *pool, int64_t coins)
{
	struct pp_request request = { .kind = PP_KIND_GET_BALANCE };
	const struct pp_response *response;
	enum pp_outcome outcome;
	struct pp_client *client;

	request.u.get_balance.account = &issuance;
	int err = pp_pool_call(pool, &request, &client, &outcome, &response);
	cr_assert_eq(err, 0, "%s", pp_client_error(client));
	cr_expect_eq(outcome, PP_DONE);
	cr_expect_eq(response->u.get_balance.balance_coins, coins);
	cr_expect_eq(request.acting_user, 7);
	pp_client_set_acting_user(client, 9);
	pp_pool_release(pool, client);
}

Test(pool, mends_broken_connections_and_forgets_the_acting_user)
{
	fake.act = act_balance;
	fake_server_start(&fake, NULL);
	struct pp_pool *pool = open_pool(1, 0);
	call_through(pool, 40);
	call_through(pool, 41);
	expect_usage(pool, 0, 1);
	close_pool(pool);
	fake_server_stop(&fake);
}

Test(pool, none_of_its_clients_talks_to_another_store)
{
	struct pp_request request = { .kind = PP_KIND_GET_BALANCE };
	const struct pp_response *response;
	enum pp_outcome outcome;
	struct pp_client *other;

	fake.act = act_balance;
	fake.store = 1;
	fake_server_start(&fake, NULL);
	struct pp_pool *pool = open_pool(2, 0);
	call_through(pool, 40);
	struct pp_client *client = acquire(pool);
	fake.store = 2;
	request.u.get_balance.account = &issuance;
	/* A second client, which never met the first store. */
	int err = pp_pool_call(pool, &request, &other, &outcome, &response);
	cr_expect_neq(other, client);
	cr_expect_eq(err, PP_ERR_CONNECT);
	cr_expect_eq(outcome, PP_NOT_EXECUTED);
	cr_expect_not_null(strstr(pp_client_error(other), "another store"));
	cr_expect_str_eq(pp_client_error(client), "");
	pp_pool_release(pool, client);
	pp_pool_release(pool, other);
	close_pool(pool);
	fake_server_stop(&fake);
}

/* ---- Closing ---- */

Test(pool, close_ends_those_who_wait_and_leaves_those_who_have)
{
	struct pp_request request = { .kind = PP_KIND_GET_BALANCE };
	const struct pp_response *response;
	enum pp_outcome outcome;

	fake.act = act_balance;
	fake_server_start(&fake, NULL);
	struct pp_pool *pool = open_pool(1, 0);
	struct waiting waiting[2] = { 0 };
	struct pp_client *client = acquire(pool);
	begin_to_wait(waiting, 2, pool);
	pp_pool_close(pool);
	for (size_t i = 0; i < 2; i++) {
		pthread_join(waiting[i].thread, NULL);
		cr_expect_eq(waiting[i].err, PP_ERR_CLOSED);
	}
	request.u.get_balance.account = &issuance;
	cr_expect_eq(pp_call(client, &request, &outcome, &response), 0);
	cr_expect_eq(response->u.get_balance.balance_coins, 40);
	cr_expect_gt(meter.n_held, 0);
	pp_pool_release(pool, client);
	cr_expect_eq(meter.n_held, 0, "%zu leaked", (size_t)meter.n_held);
	pp_pool_close(NULL);
	fake_server_stop(&fake);
}

Test(pool, tells_what_is_wrong_with_its_options)
{
	static const struct {
		const char *address;
		const char *name;
		const char *why;
	} rows[] = {
		{ "[::1", NULL, "a bracketed address is [address] or [address]:port" },
		{ "host:0", NULL, "a port is a number from 1 to 65535" },
	};
	struct pp_pool *pool = NULL;
	const char *why;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct pp_pool_options options = { .client = { .address = rows[i].address } };
		cr_expect_eq(pp_pool_open(&options, &pool, &why), PP_ERR_INVALID);
		cr_expect_str_eq(why, rows[i].why);
		cr_expect_eq(pp_pool_open(&options, &pool, NULL), PP_ERR_INVALID);
		cr_expect_null(pool);
	}
}

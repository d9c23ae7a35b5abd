/*
 * A flash sale: 1 000 pieces, 10 000 buyers on 8 connections, 32 in flight on each: exactly 1 000
 * are sold. The race: several connections sold some, and each of them was refused some. (Not every
 * one: on a busy machine a thread may begin when all is sold.)
 */
#include <inttypes.h>

#include "tests/integration/actors.h"
#include "tests/integration/pipe.h"
#include "tests/integration/require.h"
#include "tests/integration/wire.h"
#include "tests/race/crowd.h"

enum { PIECES = 1000, BUYERS = 10000, CONNECTIONS = 8, DEPTH = 32, PRICE = 3 };
enum { PER_CONNECTION = BUYERS / CONNECTIONS, SELLERS_MIN = 3 };

enum stage {
	MAKE_USERS,
	GIVE_COINS,
	BUY,
};

struct connection {
	const struct process *process;
	enum stage stage;
	int64_t now_ms;
	size_t number;
	uint64_t coupon;
	uint64_t users[PER_CONNECTION];
	char names[DEPTH * 2][32];
	size_t n_sold;
	size_t n_sold_out;
};

static void make(void *context, size_t i, struct pp_request *out)
{
	struct connection *connection = context;
	char *name = connection->names[i % (DEPTH * 2)];

	switch (connection->stage) {
	case MAKE_USERS:
		snprintf(name, sizeof(connection->names[0]), "buyer %zu of %zu", i,
			connection->number);
		*out = ask_create_user(name);
		break;
	case GIVE_COINS: *out = ask_credit(connection->users[i], PRICE); break;
	case BUY: *out = ask_purchase(connection->users[i], connection->coupon, 1); break;
	}
	out->has_request_id = true;
	out->request_id = new_request_id(connection->now_ms);
}

static void done(void *context, size_t i, const struct pp_response *response)
{
	struct connection *connection = context;
	enum pp_reason reason = reason_of(response);

	if (connection->stage != BUY) {
		REQUIRE(reason == PP_REASON_NONE, "%s", pp_reason_name(reason));
		if (connection->stage == MAKE_USERS)
			connection->users[i] = response->u.create_user.user_id;
		return;
	}
	REQUIRE(reason == PP_REASON_NONE || reason == PP_REASON_SOLD_OUT, "%s",
		pp_reason_name(reason));
	connection->n_sold += reason == PP_REASON_NONE;
	connection->n_sold_out += reason == PP_REASON_SOLD_OUT;
}

static void act(void *member)
{
	struct connection *connection = member;
	struct pipe_work work = { PER_CONNECTION, DEPTH, connection, make, done };

	REQUIRE(pipe_run(connection->process, &work), "the link broke");
}

int main(void)
{
	static struct connection connections[CONNECTIONS];
	struct process process;
	size_t n_sold = 0;
	size_t n_sold_out = 0;
	size_t n_sellers = 0;

	process_new(&process, &crowd_server);
	struct pp_client *client = client_at(&process, 0);
	uint64_t owner = make_user(client, "Alex", 0);
	uint64_t business = make_business(client, owner, 0);
	uint64_t coupon = make_coupon(client, owner, business, PRICE, PIECES);
	int64_t now_ms = time_of(client);
	for (size_t i = 0; i < CONNECTIONS; i++) {
		connections[i].process = &process;
		connections[i].number = i;
		connections[i].coupon = coupon;
		connections[i].now_ms = now_ms;
	}
	for (int stage = MAKE_USERS; stage <= BUY; stage++) {
		for (size_t i = 0; i < CONNECTIONS; i++)
			connections[i].stage = (enum stage)stage;
		crowd_run(CONNECTIONS, connections, sizeof(connections[0]), act);
	}
	for (size_t i = 0; i < CONNECTIONS; i++) {
		n_sold += connections[i].n_sold;
		n_sold_out += connections[i].n_sold_out;
		n_sellers += connections[i].n_sold > 0 && connections[i].n_sold_out > 0;
	}
	REQUIRE(n_sellers >= SELLERS_MIN, "no race: %zu connections sold some", n_sellers);
	printf("%zu sold, %zu refused\n", n_sold, n_sold_out);
	REQUIRE(n_sold == PIECES && n_sold_out == BUYERS - PIECES, "%zu sold", n_sold);
	struct pp_request request = ask_coupon(coupon, 0);
	const struct pp_coupon *now = call_ok(client, &request)->u.get_coupon.coupon;
	REQUIRE(now->sold == PIECES && now->has_stock_left && now->stock_left == 0 && now->sold_out,
		"sold %" PRId64 ", left %" PRId64, now->sold, now->stock_left);
	REQUIRE(balance_of(client, PP_ACCOUNT_KIND_BUSINESS, business) == PIECES * PRICE, "coins");
	verify_clean(client);
	pp_client_close(client);
	process_free(&process);
	return 0;
}

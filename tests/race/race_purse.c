/*
 * 64 purchases at once by one user who has the coins for one: exactly one is made, again and again.
 * The race: most of the 64 are decided in the same batch as the one that won.
 */
#include <inttypes.h>

#include "tests/integration/actors.h"
#include "tests/integration/require.h"
#include "tests/race/crowd.h"

enum { TRIES = 64, ROUNDS = 20, PRICE = 7, TOGETHER_MIN = 8 };

struct tryer {
	struct pp_client *client;
	uint64_t user;
	uint64_t coupon;
	bool bought;
	int64_t time_ms; /* at which it was decided: one per batch */
};

static void act(void *member)
{
	struct tryer *tryer = member;
	struct pp_request request = ask_purchase(tryer->user, tryer->coupon, 1);
	const struct pp_response *response = call(tryer->client, &request);

	tryer->bought = response->status == NULL;
	tryer->time_ms = response->time_ms;
	REQUIRE(tryer->bought || response->status->reason == PP_REASON_INSUFFICIENT_COINS, "%s",
		pp_reason_name(response->status->reason));
}

/* How many were decided together with the one that won. */
static size_t run_round(struct tryer *tryers, struct pp_client *client)
{
	uint64_t user = make_user(client, "Josh", 2 * PRICE - 1);
	size_t winner = TRIES;
	size_t n_together = 0;

	for (size_t i = 0; i < TRIES; i++)
		tryers[i].user = user;
	crowd_run(TRIES, tryers, sizeof(tryers[0]), act);
	for (size_t i = 0; i < TRIES; i++) {
		REQUIRE(!tryers[i].bought || winner == TRIES, "two purchases with coins for one");
		winner = tryers[i].bought ? i : winner;
	}
	REQUIRE(winner < TRIES, "nobody bought");
	for (size_t i = 0; i < TRIES; i++)
		n_together += tryers[i].time_ms == tryers[winner].time_ms;
	REQUIRE(balance_of(client, PP_ACCOUNT_KIND_USER, user) == PRICE - 1,
		"the balance is wrong");
	return n_together;
}

int main(void)
{
	static struct tryer tryers[TRIES];
	struct process process;
	size_t most = 0;

	process_new(&process, &crowd_server);
	struct pp_client *client = client_at(&process, 0);
	uint64_t owner = make_user(client, "Alex", 0);
	uint64_t business = make_business(client, owner, 0);
	uint64_t coupon = make_coupon(client, owner, business, PRICE, -1);
	for (size_t i = 0; i < TRIES; i++) {
		tryers[i].client = client_at(&process, 0);
		tryers[i].coupon = coupon;
	}
	for (int round = 0; round < ROUNDS; round++) {
		size_t n_together = run_round(tryers, client);
		most = n_together > most ? n_together : most;
	}
	REQUIRE(balance_of(client, PP_ACCOUNT_KIND_BUSINESS, business) == ROUNDS * PRICE,
		"the business earned something else");
	printf("%d rounds; up to %zu of %d decided at once\n", ROUNDS, most, TRIES);
	REQUIRE(most >= TOGETHER_MIN, "no race: at most %zu at once", most);
	verify_clean(client);
	for (size_t i = 0; i < TRIES; i++)
		pp_client_close(tryers[i].client);
	pp_client_close(client);
	process_free(&process);
	return 0;
}

/*
 * kill -9 at a random time under load, in a loop: crash SECONDS. After every restart each request
 * that was acknowledged is sent again and gets the same answer, replayed; each that was not is
 * resolved, by sending it again or by giving it up. At the end every request of all rounds is sent
 * once more, every balance is what the answers say, and Verify is clean.
 * PEAKPEEPS_SEED repeats a run's choices. PEAKPEEPS_TEST_COMMIT is the commit mode; some starts
 * that are killed at once are in the other one.
 */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/base.h"
#include "tests/crash/items.h"
#include "tests/integration/pipe.h"
#include "tests/integration/require.h"
#include "tests/integration/wire.h"
#include "tests/race/crowd.h"

enum {
	CLIENTS = 16,
	DEPTH = 16,        /* of each client */
	AGAIN_DEPTH = 256, /* of what is sent again */
	VERIFY_EVERY = 4,  /* rounds, and at the end */
	ITEMS_MAX = 4000,  /* of a client in a round */
	LIFE_MS_MAX = 250,
	INFANT_MS_MAX = 50,
	ROUNDS_MIN = 5,
};

struct run {
	struct process process;
	struct place place;
	uint64_t seed;
	struct item *items; /* of all rounds */
	size_t n_items;
	size_t n_rounds;
	size_t n_infants; /* killed while they started */
	size_t n_acknowledged;
	size_t n_unanswered;
	size_t n_executed; /* of those: had been executed all the same */
	size_t n_abandoned;
};

struct load_client {
	struct run *run;
	uint64_t seed;
	struct item items[ITEMS_MAX];
	size_t n_items;
	uint64_t newest; /* version of the last edit that it heard of */
	struct item_space spaces[DEPTH * 2];
};

static int64_t wall_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_REALTIME, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

/* ---- Load, until the server is killed ---- */

static void load_make(void *context, size_t i, struct pp_request *out)
{
	struct load_client *client = context;
	struct item *item = &client->items[i];

	*item = (struct item) {
		.seed = chance(&client->seed),
		.base = client->newest,
		.id = new_request_id(wall_ms()),
		.state = ITEM_SENT,
	};
	client->n_items = i + 1;
	item_request(&client->run->place, item, &client->spaces[i % (DEPTH * 2)], out);
}

static void load_done(void *context, size_t i, const struct pp_response *response)
{
	struct load_client *client = context;

	REQUIRE(!response->replayed, "a new request is told to be an old one");
	(void)item_take(&client->items[i], response);
	if (response->kind == PP_KIND_EDIT_COUPON)
		client->newest = response->u.edit_coupon.version;
}

static void load(void *member)
{
	struct load_client *client = member;
	struct pipe_work work = { ITEMS_MAX, DEPTH, client, load_make, load_done };

	client->n_items = 0;
	client->newest = 1;
	(void)pipe_run(&client->run->process, &work);
}

struct killer {
	struct run *run;
	int64_t after_ms;
};

struct actor { /* a member of the crowd: one of the clients, or the one who kills */
	struct load_client *client;
	struct killer *killer;
};

static void act(void *member)
{
	struct actor *actor = member;

	if (actor->client != NULL) {
		load(actor->client);
		return;
	}
	test_pause_ms(actor->killer->after_ms);
	process_kill(&actor->killer->run->process);
}

/* ---- Afterwards ---- */

struct again {
	struct run *run;
	struct item **items;
	struct item_space spaces[AGAIN_DEPTH * 2];
};

static void again_make(void *context, size_t i, struct pp_request *out)
{
	struct again *again = context;

	item_request(
		&again->run->place, again->items[i], &again->spaces[i % (AGAIN_DEPTH * 2)], out);
}

static void again_done(void *context, size_t i, const struct pp_response *response)
{
	struct again *again = context;
	struct item *item = again->items[i];
	uint64_t digest = item_digest(response);

	REQUIRE(response->replayed, "an acknowledged request was lost: %s",
		response->status != NULL ? pp_reason_name(response->status->reason) : "done anew");
	REQUIRE(digest == item->digest, "another answer than before the crash: %s",
		response->status != NULL ? response->status->message : "accepted");
}

/* Sends these, which were all answered, once more. */
static void replay(struct run *run, struct item **items, size_t n)
{
	struct again *again = calloc(1, sizeof(*again));
	struct pipe_work work = { n, AGAIN_DEPTH, again, again_make, again_done };

	REQUIRE(again != NULL, "out of memory");
	again->run = run;
	again->items = items;
	REQUIRE(pipe_run(&run->process, &work), "the link broke without a kill");
	free(again);
}

static void abandon_make(void *context, size_t i, struct pp_request *out)
{
	struct again *again = context;
	struct pp_request request;

	item_request(&again->run->place, again->items[i], &again->spaces[0], &request);
	*out = ask_abandon(request.acting_user, &again->items[i]->id);
}

static void abandon_done(void *context, size_t i, const struct pp_response *response)
{
	struct again *again = context;

	REQUIRE(response->status == NULL, "%s", pp_reason_name(response->status->reason));
	if (response->u.abandon_request.abandoned)
		again->items[i]->state = ITEM_GIVEN_UP;
	else
		again->items[i]->known = true;
}

static void resend_done(void *context, size_t i, const struct pp_response *response)
{
	struct again *again = context;
	struct item *item = again->items[i];

	if (item->state == ITEM_GIVEN_UP) {
		REQUIRE(reason_of(response) == PP_REASON_REQUEST_ABANDONED,
			"an abandoned request: %s", pp_reason_name(reason_of(response)));
		again->run->n_abandoned++;
		return;
	}
	REQUIRE(item_take(item, response), "%s", pp_reason_name(reason_of(response)));
	REQUIRE(!item->known || response->replayed, "it had an outcome, and is done anew");
	again->run->n_executed += response->replayed;
}

/* Items without an answer: every other one is given up first; then all of them are sent again. */
static void resolve(struct run *run, struct item **items, size_t n)
{
	struct again *again = calloc(1, sizeof(*again));
	struct pipe_work abandon = { n / 2, AGAIN_DEPTH, again, abandon_make, abandon_done };
	struct pipe_work resend = { n, AGAIN_DEPTH, again, again_make, resend_done };

	REQUIRE(again != NULL, "out of memory");
	again->run = run;
	again->items = items;
	REQUIRE(pipe_run(&run->process, &abandon) && pipe_run(&run->process, &resend),
		"the link broke without a kill");
	run->n_unanswered += n;
	free(again);
}

static void keep(struct run *run, struct load_client *clients)
{
	for (size_t i = 0; i < CLIENTS; i++) {
		size_t n = run->n_items + clients[i].n_items;
		struct item *items = realloc(run->items, (n + 1) * sizeof(*items));
		REQUIRE(items != NULL, "out of memory");
		run->items = items;
		memcpy(items + run->n_items, clients[i].items, clients[i].n_items * sizeof(*items));
		run->n_items = n;
	}
}

/* Those from `from` on that are in this state, in a list of the caller's to free. */
static struct item **list_items(struct run *run, size_t from, enum item_state state, size_t *n)
{
	struct item **list = calloc(run->n_items - from + 1, sizeof(struct item *));

	REQUIRE(list != NULL, "out of memory");
	*n = 0;
	for (size_t i = from; i < run->n_items; i++) {
		if (run->items[i].state == state)
			list[(*n)++] = &run->items[i];
	}
	return list;
}

/* Checkpoints that are fewer or more than the kills; in the commit mode of the run or the other. */
static void configure(struct run *run, bool other)
{
	static const char *const intervals[] = { "10ms", "50ms", "1s" };
	const char *commit = getenv("PEAKPEEPS_TEST_COMMIT");
	const char *others = commit != NULL && strcmp(commit, "log") == 0 ? "lmdb" : "log";
	char settings[128];

	snprintf(settings, sizeof(settings), "server.loops=3 store.checkpoint_interval=%s%s%s",
		intervals[chance(&run->seed) % ARRAY_LEN(intervals)], other ? " store.commit=" : "",
		other ? others : "");
	process_configure(&run->process, settings);
}

static void restart(struct run *run)
{
	/* Sometimes it dies in its first moments too: starting must be idempotent. */
	while (chance(&run->seed) % 4 == 0) {
		configure(run, chance(&run->seed) % 4 == 0);
		process_start_and_kill(
			&run->process, (int64_t)(chance(&run->seed) % INFANT_MS_MAX));
		run->n_infants++;
	}
	configure(run, false);
	process_start(&run->process);
}

static void run_round(struct run *run, struct load_client *clients)
{
	struct killer killer = { run, 5 + (int64_t)(chance(&run->seed) % LIFE_MS_MAX) };
	struct actor actors[CLIENTS + 1] = { [CLIENTS] = { NULL, &killer } };
	size_t first = run->n_items;
	size_t n;

	for (size_t i = 0; i < CLIENTS; i++) {
		clients[i].run = run;
		clients[i].seed = chance(&run->seed);
		actors[i].client = &clients[i];
	}
	crowd_run(CLIENTS + 1, actors, sizeof(actors[0]), act);
	keep(run, clients);
	restart(run);
	struct item **list = list_items(run, first, ITEM_ANSWERED, &n);
	run->n_acknowledged += n;
	replay(run, list, n);
	free(list);
	list = list_items(run, first, ITEM_SENT, &n);
	resolve(run, list, n);
	free(list);
	run->n_rounds++;
	if (run->n_rounds % VERIFY_EVERY != 0)
		return;
	struct pp_client *client = client_at(&run->process, 0);
	verify_clean(client);
	pp_client_close(client);
}

static void check_end(struct run *run)
{
	int64_t coins[USERS];
	size_t n;
	struct item **list = list_items(run, 0, ITEM_ANSWERED, &n);
	struct pp_client *client = client_at(&run->process, 0);

	replay(run, list, n);
	for (size_t i = 0; i < USERS; i++)
		coins[i] = START_COINS;
	for (size_t i = 0; i < n; i++)
		coins[item_user(list[i])] += list[i]->coins;
	for (size_t i = 0; i < USERS; i++) {
		int64_t balance = balance_of(client, PP_ACCOUNT_KIND_USER, run->place.users[i]);
		REQUIRE(balance == coins[i], "user %zu has %" PRId64 " and was told of %" PRId64, i,
			balance, coins[i]);
	}
	verify_clean(client);
	pp_client_close(client);
	free(list);
}

int main(int argc, char *argv[])
{
	static struct run run;
	struct load_client *clients = calloc(CLIENTS, sizeof(*clients));
	long seconds = argc > 1 ? strtol(argv[1], NULL, 10) : 60;
	int64_t until = test_now_ms() + seconds * 1000;

	REQUIRE(clients != NULL, "out of memory");
	run.seed = chance_seed("crash");
	process_new(&run.process, &crowd_server);
	struct pp_client *client = client_at(&run.process, 0);
	place_make(&run.place, client);
	pp_client_close(client);
	while (run.n_rounds < ROUNDS_MIN || test_now_ms() < until)
		run_round(&run, clients);
	check_end(&run);
	printf("%zu kills and %zu at the start; %zu acknowledged, 0 lost, 0 doubled; %zu "
	       "unanswered, of which %zu had been executed and %zu were given up\n",
		run.n_rounds, run.n_infants, run.n_acknowledged, run.n_unanswered, run.n_executed,
		run.n_abandoned);
	REQUIRE(run.n_acknowledged > run.n_rounds && run.n_unanswered > 0, "there was no load");
	process_free(&run.process);
	free(run.items);
	free(clients);
	return 0;
}

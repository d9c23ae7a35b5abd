/*
 * Four loops, each with readers, while the writer works and connections come and go. The race, on
 * every loop: a look that began and ended while a write was under way and did not see it; one that
 * saw it before it was answered; one that took place inside another loop's look; and guests. The
 * claim: whatever was answered to anybody before a look was sent is in it, and nobody's revision
 * ever goes back.
 */
#include <inttypes.h>
#include <stdlib.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/require.h"
#include "tests/integration/wire.h"
#include "tests/race/crowd.h"

enum {
	LOOPS = 4,
	WRITERS = 4,
	READERS = 8,
	GUESTS = 4,
	RESIDENTS = WRITERS + READERS + 1, /* with one who watches */
	MEMBERS = RESIDENTS + GUESTS,
	WRITES_MIN = 200,   /* of each writer */
	WRITES_MAX = 20000, /* until all that is to happen has happened */
	ENOUGH = 5,
	CLOSE_MS_MAX = 60000,
};

/* What readers on one loop have met. */
struct meetings {
	atomic_uint n_unseen; /* the write beside which it ran was not there yet */
	atomic_uint n_early;  /* it was there, and not answered yet */
	atomic_uint n_inside; /* a look on another loop lasted from before to after it */
	atomic_bool visited;  /* a connection came besides those that stay */
};

struct scene {
	struct process process;
	uint64_t users[WRITERS];
	_Atomic int64_t asked[WRITERS]; /* coins, each by a write of its own */
	_Atomic int64_t answered[WRITERS];
	_Atomic uint64_t revision;    /* the newest that anybody was told */
	atomic_uint n_looks[READERS]; /* odd: in the middle of one */
	atomic_uint n_writers;        /* that write on */
	struct meetings meetings[LOOPS];
};

struct member {
	struct scene *scene;
	void (*act)(struct member *member);
	size_t index;
	struct pp_client *client; /* of those who stay */
	uint64_t seed;
	uint64_t revision; /* the last it was told */
	uint64_t n_done;
};

/* Takes note of a reply. A client waits for one reply before it asks again. */
static void note_revision(struct member *member, uint64_t revision)
{
	struct scene *scene = member->scene;
	uint64_t newest = atomic_load(&scene->revision);

	REQUIRE(revision >= member->revision, "revision %" PRIu64 " after %" PRIu64, revision,
		member->revision);
	member->revision = revision;
	while (newest < revision &&
		!atomic_compare_exchange_weak(&scene->revision, &newest, revision))
		continue;
}

static bool all_happened(struct scene *scene)
{
	for (size_t i = 0; i < LOOPS; i++) {
		struct meetings *met = &scene->meetings[i];
		if (atomic_load(&met->n_unseen) < ENOUGH || atomic_load(&met->n_early) < ENOUGH ||
			atomic_load(&met->n_inside) < ENOUGH || !atomic_load(&met->visited))
			return false;
	}
	return true;
}

static bool is_over(struct scene *scene)
{
	return atomic_load(&scene->n_writers) == 0;
}

/* ---- Those who stay ---- */

static void write_on(struct member *writer)
{
	struct scene *scene = writer->scene;
	size_t k = writer->index;

	for (int64_t n = 1; n <= WRITES_MAX; n++) {
		if (n > WRITES_MIN && all_happened(scene))
			break;
		struct pp_request request = ask_credit(scene->users[k], 1);
		atomic_store(&scene->asked[k], n);
		const struct pp_response *response = call_ok(writer->client, &request);
		REQUIRE(response->revision > writer->revision, "a write without a revision");
		/* In this order: who sees the coins answered finds the revision there. */
		note_revision(writer, response->revision);
		atomic_store(&scene->answered[k], n);
		writer->n_done++;
	}
	atomic_fetch_sub(&scene->n_writers, 1);
}

/* What others were doing when a look began. */
struct before {
	size_t k; /* whose coins are looked at */
	int64_t asked;
	int64_t answered;
	uint64_t revision;
	unsigned n_looks[READERS];
};

static void begin_look(struct member *reader, struct before *before)
{
	struct scene *scene = reader->scene;

	before->k = chance(&reader->seed) % WRITERS;
	for (size_t i = 0; i < READERS; i++)
		before->n_looks[i] = atomic_load(&scene->n_looks[i]);
	atomic_fetch_add(&scene->n_looks[reader->index], 1);
	before->revision = atomic_load(&scene->revision);
	before->asked = atomic_load(&scene->asked[before->k]);
	before->answered = atomic_load(&scene->answered[before->k]);
}

static void count_meetings(struct member *reader, const struct before *before, int64_t coins)
{
	struct scene *scene = reader->scene;
	struct meetings *met = &scene->meetings[reader->index % LOOPS];
	bool inside = false;

	/* The write that was asked for then is not answered even now. */
	if (before->asked > before->answered &&
		before->asked > atomic_load(&scene->answered[before->k]))
		atomic_fetch_add(coins < before->asked ? &met->n_unseen : &met->n_early, 1);
	for (size_t i = 0; i < READERS; i++)
		inside = inside ||
			 (i % LOOPS != reader->index % LOOPS && before->n_looks[i] % 2 == 1 &&
				 before->n_looks[i] == atomic_load(&scene->n_looks[i]));
	if (inside)
		atomic_fetch_add(&met->n_inside, 1);
	atomic_fetch_add(&scene->n_looks[reader->index], 1);
}

static void read_on(struct member *reader)
{
	struct scene *scene = reader->scene;

	while (!is_over(scene)) {
		struct before before;
		struct pp_account account;
		begin_look(reader, &before);
		struct pp_request request =
			ask_balance(PP_ACCOUNT_KIND_USER, scene->users[before.k], &account);
		const struct pp_response *response = call_ok(reader->client, &request);
		int64_t coins = response->u.get_balance.balance_coins;
		count_meetings(reader, &before, coins);
		REQUIRE(coins >= before.answered, "%" PRId64 " coins after %" PRId64, coins,
			before.answered);
		REQUIRE(coins <= atomic_load(&scene->asked[before.k]), "coins from nowhere");
		REQUIRE(response->revision >= before.revision,
			"revision %" PRIu64 " after %" PRIu64, response->revision, before.revision);
		note_revision(reader, response->revision);
		reader->n_done++;
	}
}

/* How many of those who stay are on a loop: the n-th of them went to loop n % LOOPS. */
static uint64_t n_residents(size_t loop)
{
	return (RESIDENTS - loop + LOOPS - 1) / LOOPS;
}

static void watch(struct member *watcher)
{
	struct scene *scene = watcher->scene;
	struct pp_request request = ask_stats();

	while (!is_over(scene)) {
		const struct pp_response *response = call_ok(watcher->client, &request);
		const struct pp_stats_response *stats = &response->u.stats;
		note_revision(watcher, response->revision);
		for (size_t i = 0; i < LOOPS; i++) {
			REQUIRE(stats->loops[i]->connections_open >= n_residents(i), "some left");
			if (stats->loops[i]->connections_total > n_residents(i))
				atomic_store(&scene->meetings[i].visited, true);
		}
		watcher->n_done++;
		test_pause_ms(5);
	}
}

/* ---- Those who come and go ---- */

/* Asks and is gone before the answers come, or in the middle of a question. */
static void be_rude(struct member *guest, const struct pp_request *request)
{
	struct wire *wire = malloc(sizeof(*wire));
	struct bytes *bytes = calloc(1, sizeof(*bytes));

	REQUIRE(wire != NULL && bytes != NULL, "out of memory");
	for (int i = 0; i < 8; i++)
		put_request(bytes, request);
	wire_open(wire, &guest->scene->process);
	wire_hello(wire);
	(void)wire_send(wire, bytes->data, bytes->len - chance(&guest->seed) % 2);
	wire_close(wire);
	free(bytes);
	free(wire);
}

static int64_t coins_of(struct member *guest, struct pp_client *client, uint64_t user)
{
	struct pp_account account;
	struct pp_request request = ask_balance(PP_ACCOUNT_KIND_USER, user, &account);
	uint64_t newest = atomic_load(&guest->scene->revision);
	const struct pp_response *response = call_ok(client, &request);

	REQUIRE(response->revision >= newest, "revision %" PRIu64 " after %" PRIu64,
		response->revision, newest);
	note_revision(guest, response->revision);
	return response->u.get_balance.balance_coins;
}

/* What it is given over one new connection it finds over another one. */
static void visit_on(struct member *guest)
{
	struct scene *scene = guest->scene;
	uint64_t user = 0;

	for (int64_t n = 1; !is_over(scene); n++) {
		struct pp_account account;
		struct pp_client *first = client_at(&scene->process, 0);
		struct pp_client *second = client_at(&scene->process, 0);
		if (user == 0)
			user = make_user(first, "guest", 0);
		struct pp_request request = ask_credit(user, 1);
		note_revision(guest, call_ok(first, &request)->revision);
		pp_client_close(first);
		REQUIRE(coins_of(guest, second, user) == n, "not what was answered");
		pp_client_close(second);
		request = ask_balance(PP_ACCOUNT_KIND_USER, user, &account);
		be_rude(guest, &request);
		guest->n_done++;
	}
}

/* ---- All of them ---- */

static void act(void *member)
{
	struct member *one = member;

	one->act(one);
}

/* Those who stay connect first, one after the other. */
static void invite(struct scene *scene, struct member *members, uint64_t seed)
{
	void (*const acts[])(struct member *) = { write_on, read_on, watch, visit_on };
	const size_t numbers[] = { WRITERS, READERS, 1, GUESTS };
	struct member *member = members;

	for (size_t kind = 0; kind < ARRAY_LEN(acts); kind++) {
		for (size_t i = 0; i < numbers[kind]; i++, member++) {
			*member = (struct member) {
				.scene = scene,
				.act = acts[kind],
				.index = i,
				.seed = seed + (uint64_t)(member - members),
			};
			if (acts[kind] != visit_on)
				member->client = client_at(&scene->process, 0);
		}
	}
}

/* Those who stayed are where they were, and after a while there is nobody else. */
static void expect_residents(struct pp_client *client)
{
	int64_t until = test_now_ms() + CLOSE_MS_MAX;
	struct pp_request request = ask_stats();
	const struct pp_stats_response *stats = &call_ok(client, &request)->u.stats;

	while (stats->connections_open != RESIDENTS) {
		REQUIRE(test_now_ms() < until, "%" PRIu64 " connections", stats->connections_open);
		test_pause_ms(2);
		stats = &call_ok(client, &request)->u.stats;
	}
	REQUIRE(stats->n_loops == LOOPS, "%zu loops", stats->n_loops);
	for (size_t i = 0; i < LOOPS; i++)
		REQUIRE(stats->loops[i]->connections_open == n_residents(i),
			"loop %zu has %" PRIu64 " connections", i,
			stats->loops[i]->connections_open);
}

static uint64_t count_done(const struct member *members, size_t first, size_t n)
{
	uint64_t n_done = 0;

	for (size_t i = first; i < first + n; i++)
		n_done += members[i].n_done;
	return n_done;
}

int main(void)
{
	static const struct process_options four_loops = {
		.settings = "server.loops=4 store.checkpoint_interval=10ms",
	};
	static struct scene scene;
	static struct member members[MEMBERS];

	process_new(&scene.process, &four_loops);
	invite(&scene, members, chance_seed("race_loops"));
	expect_residents(members[0].client);
	for (size_t i = 0; i < WRITERS; i++)
		scene.users[i] = make_user(members[i].client, "Josh", 0);
	atomic_store(&scene.n_writers, WRITERS);
	crowd_run(MEMBERS, members, sizeof(members[0]), act);

	printf("%" PRIu64 " writes, %" PRIu64 " looks, %" PRIu64 " visits\n",
		count_done(members, 0, WRITERS), count_done(members, WRITERS, READERS),
		count_done(members, RESIDENTS, GUESTS));
	for (size_t i = 0; i < LOOPS; i++)
		printf("loop %zu: beside a write %u unseen, %u early; %u inside others\n", i,
			atomic_load(&scene.meetings[i].n_unseen),
			atomic_load(&scene.meetings[i].n_early),
			atomic_load(&scene.meetings[i].n_inside));
	REQUIRE(all_happened(&scene), "no race");
	expect_residents(members[0].client);
	for (size_t i = 0; i < WRITERS; i++)
		REQUIRE(balance_of(members[i].client, PP_ACCOUNT_KIND_USER, scene.users[i]) ==
				(int64_t)members[i].n_done,
			"the balance is wrong");
	verify_clean(members[0].client);
	for (size_t i = 0; i < RESIDENTS; i++)
		pp_client_close(members[i].client);
	process_free(&scene.process);
	return 0;
}

/*
 * A pool of 4 clients for 16 threads: never more than 4 are out, each call is carried out once,
 * idle ones are closed meanwhile, and closing ends those who wait while others still give theirs
 * back. The race: threads waited for a client that another one gave back.
 */
#include <peakpeeps/pool.h>
#include <stdatomic.h>

#include "tests/integration/actors.h"
#include "tests/integration/require.h"
#include "tests/race/crowd.h"

enum { THREADS = 16, CLIENTS = 4, CALLS = 100 };

struct worker {
	struct pp_pool *pool;
	uint64_t user;
	uint32_t waiting_max;     /* that it saw */
	struct pp_client *client; /* that it holds when the pool is to be closed */
	bool closes;
};

static atomic_uint n_lines;
static atomic_bool closing;

/* Several threads at once. */
static void count_line(void *user, enum pp_log_level level, const char *message)
{
	(void)level, (void)message;
	atomic_fetch_add((atomic_uint *)user, 1);
}

static void work(void *member)
{
	struct worker *worker = member;

	for (int i = 0; i < CALLS; i++) {
		struct pp_request request = ask_credit(worker->user, 1);
		const struct pp_response *response;
		enum pp_outcome outcome;
		struct pp_client *client;
		struct pp_pool_usage usage;
		int err = pp_pool_call(worker->pool, &request, &client, &outcome, &response);
		REQUIRE(err == 0 && outcome == PP_DONE, "%s", pp_client_error(client));
		REQUIRE(response->status == NULL, "%s", response->status->message);
		REQUIRE(pp_client_error(client)[0] == '\0', "%s", pp_client_error(client));
		pp_pool_usage(worker->pool, &usage);
		REQUIRE(usage.n_out <= CLIENTS, "%u are out", usage.n_out);
		if (usage.n_waiting > worker->waiting_max)
			worker->waiting_max = usage.n_waiting;
		pp_pool_release(worker->pool, client);
	}
}

/* The first closes, the next few give theirs back meanwhile, all others wait for one. */
static void end(void *member)
{
	struct worker *worker = member;
	struct pp_pool_usage usage;

	if (worker->closes) {
		do
			pp_pool_usage(worker->pool, &usage);
		while (usage.n_waiting < THREADS - CLIENTS);
		atomic_store(&closing, true);
		pp_pool_close(worker->pool);
	} else if (worker->client != NULL) {
		while (!atomic_load(&closing))
			test_pause_ms(0);
	} else {
		int err = pp_pool_acquire(worker->pool, 120000, &worker->client);
		REQUIRE(err == 0 || err == PP_ERR_CLOSED, "%s", pp_strerror(err));
	}
	pp_pool_release(worker->pool, worker->client);
}

static struct pp_pool *open_pool(const struct process *process)
{
	struct pp_pool_options options = {
		.client = {
			.address = process->address,
			.timeout_ms = 60000,
			.log = count_line,
			.log_user = &n_lines,
		},
		.clients_max = CLIENTS,
		.idle_ms = 1,
	};
	struct pp_pool *pool;
	const char *why;

	int err = pp_pool_open(&options, &pool, &why);
	REQUIRE(err == 0, "%s", why);
	return pool;
}

static void close_while_in_use(struct worker *workers, struct pp_pool *pool)
{
	for (int i = 0; i < THREADS; i++) {
		workers[i].closes = i == 0;
		if (i >= CLIENTS)
			continue;
		int err = pp_pool_acquire(pool, 1000, &workers[i].client);
		REQUIRE(err == 0, "%s", pp_strerror(err));
	}
	crowd_run(THREADS, workers, sizeof(workers[0]), end);
}

int main(void)
{
	static struct worker workers[THREADS];
	struct process process;
	uint32_t waiting_max = 0;

	process_new(&process, &crowd_server);
	struct pp_client *client = client_at(&process, 0);
	uint64_t user = make_user(client, "Josh", 0);
	struct pp_pool *pool = open_pool(&process);
	for (int i = 0; i < THREADS; i++)
		workers[i] = (struct worker) { .pool = pool, .user = user };
	crowd_run(THREADS, workers, sizeof(workers[0]), work);
	for (int i = 0; i < THREADS; i++)
		if (workers[i].waiting_max > waiting_max)
			waiting_max = workers[i].waiting_max;
	REQUIRE(balance_of(client, PP_ACCOUNT_KIND_USER, user) == THREADS * CALLS,
		"another number of calls was carried out");
	printf("%d calls, up to %u threads waited, %u lines logged\n", THREADS * CALLS, waiting_max,
		atomic_load(&n_lines));
	REQUIRE(waiting_max > 0, "no race: nobody waited");
	close_while_in_use(workers, pool);
	pp_client_close(client);
	process_free(&process);
	return 0;
}

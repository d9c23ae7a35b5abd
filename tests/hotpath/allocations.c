/*
 * No malloc between frame and reply: a server in this process, 100 000 requests of a mixed kind,
 * and not one call by its loop or its writer. usage: hotpath_allocations log|lmdb
 */
#include <ftw.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#include "base/base.h"
#include "server/server.h"
#include "tests/hotpath/counted.h"
#include "tests/hotpath/mixed.h"
#include "tests/integration/require.h"

enum {
	CONNECTIONS = 4,
	DEPTH = 32,
	WARMUP = 5000,    /* of each connection */
	REQUESTS = 25000, /* of each, and counted */
	/* Before that as many at once as later at most: then there are ops for all. */
	BURST = 512,
	BURSTS = 2048,
};

_Static_assert(BURST >= CONNECTIONS * DEPTH, "more ops later");

static pthread_barrier_t barrier; /* between warm-up and count, and at the end, for all lines */

struct host {
	struct config config;
	struct server *server;
	pthread_t runner;
	struct process process; /* only its address: it is this one */
};

static void set(struct config *config, const char *name, const char *value)
{
	struct config_errors errors = { 0 };
	int err = config_set(config, name, value, NULL, &errors);

	REQUIRE(err == 0, "%s: %s", name, errors.text != NULL ? errors.text : pp_strerror(err));
}

static void *run_server(void *context)
{
	struct host *host = context;
	int err = server_run(host->server);

	REQUIRE(err == 0, "the server failed: %s", pp_strerror(err));
	return NULL;
}

static void start(struct host *host, const char *commit)
{
	struct process *process = &host->process;
	const char *tmp = getenv("TMPDIR");

	snprintf(process->folder, sizeof(process->folder), "%.90s/peakpeeps-XXXXXX",
		tmp != NULL ? tmp : "/tmp");
	REQUIRE(mkdtemp(process->folder) != NULL, "%s", process->folder);
	snprintf(process->store_path, sizeof(process->store_path), "%s/store", process->folder);
	REQUIRE(config_default(&host->config) == 0, "out of memory");
	set(&host->config, "store.path", process->store_path);
	set(&host->config, "store.map_size", "8GiB");
	set(&host->config, "store.commit", commit);
	set(&host->config, "listen.address", "127.0.0.1:0");
	set(&host->config, "log.level", "warn");
	int err = server_start(&host->config, NULL, &host->server);
	REQUIRE(err == 0, "the server does not start: %s", pp_strerror(err));
	process->port = server_port(host->server);
	snprintf(process->address, sizeof(process->address), "127.0.0.1:%u", process->port);
	REQUIRE(pthread_create(&host->runner, NULL, run_server, host) == 0, "no thread");
}

static int remove_one(const char *path, const struct stat *stat, int type, struct FTW *ftw)
{
	(void)stat;
	(void)type;
	(void)ftw;
	return remove(path);
}

static void stop(struct host *host)
{
	server_stop(host->server);
	pthread_join(host->runner, NULL);
	config_free(&host->config);
	nftw(host->process.folder, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

/* ---- The load ---- */

struct line {
	struct mixed mixed;
	pthread_t thread;
};

/* Nobody is on the way to the server meanwhile, but for what it answers to the warm-up. */
static void begin_to_count(void)
{
	if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
		counted_begin();
	pthread_barrier_wait(&barrier);
}

static void end_to_count(void)
{
	if (pthread_barrier_wait(&barrier) == PTHREAD_BARRIER_SERIAL_THREAD)
		counted_end();
	pthread_barrier_wait(&barrier);
}

static void *run_line(void *context)
{
	struct line *line = context;

	mixed_run(&line->mixed, WARMUP + REQUESTS, DEPTH);
	return NULL;
}

static void run_all(struct line lines[CONNECTIONS])
{
	pthread_barrier_init(&barrier, NULL, CONNECTIONS);
	for (size_t i = 0; i < CONNECTIONS; i++) {
		struct mixed *mixed = &lines[i].mixed;
		mixed->n_before = WARMUP;
		mixed->before = begin_to_count;
		mixed->after = end_to_count;
		REQUIRE(pthread_create(&lines[i].thread, NULL, run_line, &lines[i]) == 0,
			"no thread");
	}
	for (size_t i = 0; i < CONNECTIONS; i++)
		pthread_join(lines[i].thread, NULL);
	pthread_barrier_destroy(&barrier);
}

int main(int argc, char **argv)
{
	static struct line lines[CONNECTIONS];
	static struct mixed_world world;
	struct host host = { 0 };
	uint64_t n_accepted = 0;
	uint64_t n_refused = 0;

	REQUIRE(argc == 2, "log or lmdb");
	start(&host, argv[1]);
	mixed_prepare(&world, &host.process);
	for (size_t i = 0; i < CONNECTIONS; i++)
		mixed_open(&lines[i].mixed, &world, 1 + i);
	mixed_buy(&lines[0].mixed, BURSTS, BURST);
	run_all(lines);
	uint64_t n = counted_end();
	for (size_t i = 0; i < CONNECTIONS; i++) {
		n_accepted += lines[i].mixed.n_accepted;
		n_refused += lines[i].mixed.n_refused;
		mixed_close(&lines[i].mixed);
	}
	stop(&host);
	printf("commit: %s: %d requests, %llu calls of malloc (of all with the warm-up: %llu "
	       "accepted, %llu refused)\n",
		argv[1], CONNECTIONS * REQUESTS, (unsigned long long)n,
		(unsigned long long)n_accepted, (unsigned long long)n_refused);
	if (n > 0)
		counted_show();
	REQUIRE(n_accepted > CONNECTIONS * REQUESTS / 2 && n_refused > CONNECTIONS * REQUESTS / 20,
		"not the mixture meant");
	REQUIRE(n == 0, "%llu calls of malloc between frame and reply", (unsigned long long)n);
	return 0;
}

#include "tests/race/crowd.h"

#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <time.h>

#include "tests/integration/require.h"

const struct process_options crowd_server = {
	.settings = "server.loops=3 store.checkpoint_interval=10ms",
};

struct member_thread {
	pthread_t thread;
	pthread_barrier_t *start;
	void *member;
	void (*act)(void *member);
};

static void *run_member(void *context)
{
	struct member_thread *thread = context;

	pthread_barrier_wait(thread->start);
	thread->act(thread->member);
	return NULL;
}

void crowd_run(size_t n, void *members, size_t size, void (*act)(void *member))
{
	struct member_thread *threads = calloc(n, sizeof(*threads));
	pthread_barrier_t start;

	REQUIRE(threads != NULL, "out of memory");
	pthread_barrier_init(&start, NULL, (unsigned)n);
	for (size_t i = 0; i < n; i++) {
		threads[i] = (struct member_thread) {
			.start = &start,
			.member = (char *)members + i * size,
			.act = act,
		};
		int err = pthread_create(&threads[i].thread, NULL, run_member, &threads[i]);
		REQUIRE(err == 0, "pthread_create: %s", strerror(err));
	}
	for (size_t i = 0; i < n; i++)
		pthread_join(threads[i].thread, NULL);
	pthread_barrier_destroy(&start);
	free(threads);
}

uint64_t chance(uint64_t *state)
{
	*state ^= *state >> 12;
	*state ^= *state << 25;
	*state ^= *state >> 27;
	return *state * UINT64_C(2685821657736338717);
}

uint64_t chance_seed(const char *program)
{
	const char *given = getenv("PEAKPEEPS_SEED");
	struct timespec now;
	uint64_t seed;

	clock_gettime(CLOCK_REALTIME, &now);
	seed = given != NULL ? strtoull(given, NULL, 10)
			     : (uint64_t)now.tv_sec * 1000003 + (uint64_t)now.tv_nsec;
	seed = seed != 0 ? seed : 1;
	printf("%s: PEAKPEEPS_SEED=%" PRIu64 "\n", program, seed);
	fflush(stdout);
	return seed;
}

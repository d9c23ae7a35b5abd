/* Many requests in flight on one connection, over the client's sans-I/O core: load for tests. */
#ifndef TESTS_PIPE_H
#define TESTS_PIPE_H

#include <peakpeeps/core.h>

#include "tests/integration/process.h"

struct pipe_work {
	size_t n;     /* requests in all */
	size_t depth; /* in flight at most */
	void *context;
	/* Request number i; what it points to lives until the call returned. */
	void (*make)(void *context, size_t i, struct pp_request *out);
	/* Its answer, borrowed. In any order. */
	void (*done)(void *context, size_t i, const struct pp_response *response);
};

/*
 * Connects, does the work, disconnects. False: the link broke before everything was answered; what
 * was answered had its `done`. Thread-safe.
 */
bool pipe_run(const struct process *process, const struct pipe_work *work);

#endif

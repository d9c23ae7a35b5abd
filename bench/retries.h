/* Requests that were refused as OVERLOADED and are to be sent again: a heap, the earliest first. */
#ifndef BENCH_RETRIES_H
#define BENCH_RETRIES_H

#include "base/base.h"

struct retry {
	int64_t due_ns;
	uint32_t line;
	uint16_t slot;
};

struct retries {
	size_t n;
	struct retry *heap;
};

/* At most so many at a time. PP_ERR_NO_MEMORY. */
int retries_init(struct retries *retries, size_t size) MUST_CHECK;
void retries_free(struct retries *retries);
void retries_put(struct retries *retries, struct retry retry);
/* The earliest; INT64_MAX: there is none. */
int64_t retries_due_ns(const struct retries *retries);
/* Takes the earliest of those that there are. */
struct retry retries_take(struct retries *retries);

#endif

/* Which store answers: a retry that reached another one would be executed twice. */
#ifndef CLIENT_IDENTITY_H
#define CLIENT_IDENTITY_H

#include <pthread.h>

#include "base/base.h"
#include "peakpeeps/types.h"

/* Thread-safe: the clients of a pool share one. */
struct identity {
	pthread_mutex_t lock;
	bool known;
	struct pp_uuid store_id;
	uint64_t incarnation;
};

void identity_init(struct identity *identity);
void identity_destroy(struct identity *identity);
/* Whether this is the store that was seen first; the first one seen is. */
bool identity_accept(struct identity *identity, const struct pp_hello_response *hello) MUST_CHECK;

#endif

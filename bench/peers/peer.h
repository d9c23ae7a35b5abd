/* Servers other than ours: how a request is written to them, and where an answer ends. */
#ifndef BENCH_PEERS_PEER_H
#define BENCH_PEERS_PEER_H

#include "base/base.h"

enum peer_work {
	PEER_PURCHASE,
	PEER_READ, /* half of them coupons, half balances */
	PEER_LIST, /* the coupons of a business that are valid */
};

enum { PEER_ID_BYTES = 16 };

/* What one request is about. */
struct peer_ask {
	enum peer_work work;
	bool balance; /* of a read: the user's balance, not the coupon */
	uint64_t user_id;
	uint64_t coupon_id;
	uint64_t business_id;
	uint8_t request_id[PEER_ID_BYTES];
};

enum peer_answer {
	PEER_PARTIAL, /* more has to arrive */
	PEER_OK,
	PEER_REFUSED, /* by the rules */
	PEER_BROKEN,  /* not an answer, or that of an error: the load is void */
};

enum { PEER_REQUEST_MAX = 512 };

struct peer {
	const char *name;
	bool works[3]; /* by enum peer_work */
	/* Writes a request, at most PEER_REQUEST_MAX bytes; returns its length. `script`: how the
	 * server calls the one that does this work. */
	size_t (*write)(const struct peer_ask *ask, const char *script, char *out);
	/* Looks at the first answer in what has arrived; *used: its length. */
	enum peer_answer (*read)(const char *data, size_t len, size_t *used);
};

extern const struct peer peer_redis;
extern const struct peer peer_memcached;

#endif

/* A mixture of every common kind of request, accepted and refused, many in flight. */
#ifndef TESTS_HOTPATH_MIXED_H
#define TESTS_HOTPATH_MIXED_H

#include "tests/integration/actors.h"

enum { MIXED_COUPONS = 48, MIXED_USERS = 16 };

/* What is there for all of them; made by mixed_prepare, then constant. */
struct mixed_world {
	const struct process *process;
	uint64_t users[MIXED_USERS];
	uint64_t pauper;
	uint64_t business;
	uint64_t coupons[MIXED_COUPONS];
};

/* One connection's requests; one thread's. */
struct mixed {
	const struct mixed_world *world;
	struct pp_client *client; /* makes its request ids */
	uint64_t own_coupon;      /* which nobody else edits */
	uint64_t version;         /* of it */
	uint64_t seed;
	/* Called before request `n_before` is made, and after all are answered. NULL: not. */
	void (*before)(void);
	void (*after)(void);
	size_t n_before;
	size_t n;
	size_t n_done;
	uint64_t n_accepted;
	uint64_t n_refused;
	/* What the request being made points to. */
	struct pp_account account;
	struct pp_terms terms;
};

void mixed_prepare(struct mixed_world *world, const struct process *process);
/* `seed` also names the connection. */
void mixed_open(struct mixed *mixed, const struct mixed_world *world, uint64_t seed);
void mixed_close(struct mixed *mixed);
/* So many requests, `depth` of them in flight, over one connection. */
/* So many purchases and nothing else. */
void mixed_buy(struct mixed *mixed, size_t n, size_t depth);
void mixed_run(struct mixed *mixed, size_t n, size_t depth);

#endif

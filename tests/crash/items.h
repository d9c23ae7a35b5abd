/* Requests that can be made again from a few bytes each, and what was answered to them. */
#ifndef TESTS_ITEMS_H
#define TESTS_ITEMS_H

#include "tests/integration/actors.h"

enum { USERS = 16, COUPONS = 8, START_COINS = 1000 };

/* The world that the load works on; constant once made. */
struct place {
	uint64_t owner;
	uint64_t business;
	uint64_t users[USERS];
	uint64_t coupons[COUPONS];
};

enum item_state {
	ITEM_NEW,
	ITEM_SENT, /* handed to the socket, no answer yet */
	ITEM_ANSWERED,
	ITEM_GIVEN_UP, /* abandoned before it was executed: it never will be */
};

struct item {
	uint64_t seed; /* makes the request, always the same */
	uint64_t base; /* an edit's base version, or the version to buy */
	struct pp_uuid id;
	enum item_state state;
	uint64_t digest; /* of the answer */
	bool known;      /* to have an outcome, from an attempt to give it up */
	int64_t coins;   /* what its user got or, negative, paid */
};

/* Scratch that a request borrows its terms from. */
struct item_space {
	struct pp_terms terms;
	char name[48];
};

void place_make(struct place *place, struct pp_client *client);
/* The request of an item; what it points to lies in the space. */
void item_request(const struct place *place, const struct item *item, struct item_space *space,
	struct pp_request *out);
/* The index of the user whose coins it moves. */
size_t item_user(const struct item *item);
/* Takes an answer that decides it; false when it was not executed. */
bool item_take(struct item *item, const struct pp_response *response);
/* All of an answer but seq and `replayed`, in 64 bits. */
uint64_t item_digest(const struct pp_response *response);

#endif

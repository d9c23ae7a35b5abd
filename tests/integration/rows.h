/* One row for each request and each way in which it ends: what the schema's walk wants to see. */
#ifndef TESTS_ROWS_H
#define TESTS_ROWS_H

#include "tests/integration/actors.h"
#include "tests/integration/wire.h"

/* What most rows share: a server whose clock stands still, three people and a business. */
struct world {
	struct process process;
	struct pp_client *client;
	struct pp_client *watcher; /* for a look while an answer of `client` is kept */
	uint64_t alex;             /* owns the business */
	uint64_t robin;            /* does not */
	uint64_t josh;             /* has 1 000 coins */
	uint64_t business;
	enum pp_kind asked;  /* the kind of the last request that a row sent */
	struct bytes *bytes; /* scratch */
	struct wire *wire;   /* of the rows that speak bytes; open once used */
	bool wire_open;
	struct process other; /* a second server, of the rows that need one of their own */
	struct pp_client *other_client;
};

struct row {
	enum pp_kind kind; /* NONE: no request came so far as to be one */
	enum pp_reason reason;
	/* Brings it about on the socket: the answer, borrowed. */
	const struct pp_response *(*run)(struct world *world);
};

struct rows {
	const struct row *rows;
	size_t n;
};

extern const struct rows rows_accepted; /* every request, accepted */
extern const struct rows rows_refused;  /* by the rules, but for purchases */
extern const struct rows rows_purchase; /* by the rules of a purchase */
extern const struct rows rows_business; /* of users, businesses and their lists, both ways */
extern const struct rows rows_fate;     /* of stock and what becomes of purchases, both ways */
extern const struct rows rows_fields;   /* before the rules: fields, ids, tokens */
extern const struct rows rows_server;   /* by connection, queue, store and process */

void world_open(struct world *world, const char *settings);
void world_close(struct world *world);
/* Sends it with the world's client. */
const struct pp_response *ask(struct world *world, struct pp_request *request);
/* A second server with these settings, in place of the last one, and a client of it. */
void other_open(struct world *world, const char *settings);
/* Takes the second server down, changes its folder with `change`, and starts it again. */
void other_change(struct world *world, const char *settings,
	void (*change)(struct world *world, void *context), void *context);
/* Sends it with the second server's client. */
const struct pp_response *ask_other(struct world *world, struct pp_request *request);
/* On a connection of plain bytes, which has said Hello, sends this message; the answer. */
const struct pp_response *ask_bytes(
	struct world *world, enum pp_kind kind, const struct bytes *message);

#endif

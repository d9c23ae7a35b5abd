/* From a message to a reply, or to the writer. Knows nothing of sockets. */
#ifndef SERVER_DISPATCH_H
#define SERVER_DISPATCH_H

#include "base/log.h"
#include "server/op.h"
#include "server/service.h"

enum { DISPATCH_RANDOM_BYTES = 1024, PROTOCOL_MINOR_MIN = 1 };

/* One for each loop, on its thread. */
struct dispatch {
	struct service *service;
	struct store_reader *reader;
	bool viewing;         /* the reader holds a view */
	int64_t view_time_ms; /* server time when it was taken */
	struct log_limit limit;
	size_t n_random; /* bytes of it not yet used */
	uint8_t random[DISPATCH_RANDOM_BYTES];
};

enum dispatch_result {
	DISPATCH_REPLY, /* op->response is complete */
	DISPATCH_WRITE, /* for the writer */
	DISPATCH_CLOSE, /* op->response is the last one on this connection */
};

int dispatch_open(struct dispatch *dispatch, struct service *service) MUST_CHECK;
void dispatch_close(struct dispatch *dispatch);

/*
 * Decodes and answers the message, or prepares it for the writer. `greeted`: whether the connection
 * has said Hello; set when it does. The bytes of `message` are not needed afterwards. A view taken
 * for a read is kept for the next ones, until dispatch_end_turn. So a turn must not take in bytes
 * that arrived after its view was taken: such a read could miss a write answered before it was
 * sent.
 */
enum dispatch_result dispatch_request(
	struct dispatch *dispatch, struct op *op, struct span message, bool *greeted) MUST_CHECK;
/* Lets go of the view; before the thread waits for anything, or reads from a socket again. */
void dispatch_end_turn(struct dispatch *dispatch);

#endif

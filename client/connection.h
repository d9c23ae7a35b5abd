/* One connection of the blocking client: a socket and a core, moved by poll(2). */
#ifndef CLIENT_CONNECTION_H
#define CLIENT_CONNECTION_H

#include "client/address.h"
#include "client/deadline.h"
#include "peakpeeps/core.h"

enum { CONNECTION_WHY_BYTES = 256 };

/* One thread at a time. All zero but fd = -1 and the allocator is closed. */
struct connection {
	int fd;                               /* -1: closed */
	struct pp_core *core;                 /* NULL: closed */
	const struct pp_allocator *allocator; /* borrowed; NULL: the C library's */
	bool permanent;                       /* trying again would fail in the same way */
	uint32_t retry_after_ms;              /* of the refusal that ended it; 0: not said */
	char why[CONNECTION_WHY_BYTES];       /* what went wrong last, for people */
};

/*
 * Connects and says Hello; the connection must be closed. PP_ERR_CONNECT, PP_ERR_TIMEOUT,
 * PP_ERR_NO_MEMORY: the connection is closed again, `why` and `permanent` tell more.
 */
int connection_open(struct connection *connection, const struct address *address,
	const char *client_name, struct deadline deadline) MUST_CHECK;
/* Closes the socket and frees the core; `why` and `permanent` stay. A closed one is allowed. */
void connection_close(struct connection *connection);
/*
 * Whether the connection can still carry a request, as far as what has already arrived tells. Never
 * waits. Saves a request from being sent into a connection that the server closed long ago.
 */
bool connection_alive(struct connection *connection) MUST_CHECK;
/*
 * Sends a request and waits for its answer, borrowed from the core. An error of the request's own
 * (PP_ERR_TOO_BIG, PP_ERR_NO_MEMORY) leaves *sent false. After any error the connection is to be
 * closed. *sent: at least one byte of it left; set in any case.
 */
int connection_call(struct connection *connection, const struct pp_request *request,
	struct deadline deadline, bool *sent, const struct pp_response **response) MUST_CHECK;

#endif

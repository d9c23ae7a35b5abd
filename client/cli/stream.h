/* Many requests at once over a few connections, for commands that fill a server. */
#ifndef CLIENT_CLI_STREAM_H
#define CLIENT_CLI_STREAM_H

#include "client/address.h"

#include <peakpeeps/client.h>

enum {
	STREAM_CONNECTIONS_MAX = 16,
	STREAM_DEPTH_MAX = 1024, /* requests in flight on one connection */
	STREAM_WHY_BYTES = 300,
};

/* One request in the making: what it is for, and the id it keeps until it is answered. */
struct stream_item {
	uint64_t number; /* the user's */
	uint32_t stage;  /* the user's */
	bool used;
	bool sent; /* on the connection that is open now */
	bool has_id;
	struct pp_uuid id;
	int64_t not_before_ms; /* boottime: it was refused for the moment */
};

/* Where requests come from, and where their answers go. All on the caller's thread. */
struct stream_source {
	void *context;
	/* The next item to begin: sets its number and stage. False: there is none. */
	bool (*next)(void *context, struct stream_item *item);
	/*
	 * Makes the request of an item; the same one each time, as it may be sent again. What it
	 * points to must live until the next call.
	 */
	void (*fill)(void *context, const struct stream_item *item, struct pp_request *request);
	/*
	 * An answer. STREAM_DONE: the item is over. STREAM_AGAIN: with another request (the stage
	 * may have been changed), under a new id. STREAM_STOP: nothing more is begun.
	 */
	enum stream_verdict {
		STREAM_DONE,
		STREAM_AGAIN,
		STREAM_STOP,
	} (*take)(void *context, struct stream_item *item, const struct pp_response *response);
	/* Something moved or a moment passed: for progress. */
	void (*tick)(void *context);
};

struct stream;

/*
 * Connects them all. 0, or the error of connection_open: `why`, of STREAM_WHY_BYTES, says more.
 * `timeout_ms` is how long a broken connection is tried to be mended.
 */
int stream_open(const struct address *address, const char *client_name, uint32_t n_connections,
	uint32_t timeout_ms, struct stream **out, char *why) MUST_CHECK;
void stream_close(struct stream *stream);
/*
 * Runs until the source is dry and all is answered, or was stopped. Broken connections are mended,
 * and what was not answered, or refused for the moment, is sent again under the same ids. 0; an
 * error of connection_open; PP_ERR_TOO_BIG, PP_ERR_NO_MEMORY of a request: `why` says more.
 */
int stream_run(struct stream *stream, const struct stream_source *source, char *why) MUST_CHECK;

#endif

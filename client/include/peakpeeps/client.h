/* The blocking PeakPeeps client. Link with -lpeakpeeps; see pkg-config peakpeeps. */
#ifndef PEAKPEEPS_CLIENT_H
#define PEAKPEEPS_CLIENT_H

#include <peakpeeps/alloc.h>
#include <peakpeeps/types.h>

/*
 * A client of one server, over one connection at a time. Not thread-safe: it may move from thread
 * to thread, but is used by one at a time (for many threads: peakpeeps/pool.h). Changes no signal
 * handlers, raises no SIGPIPE, starts no thread. A child made by fork must not use it.
 */
struct pp_client;

enum pp_log_level {
	PP_LOG_DEBUG, /* a connection that had ended was noticed, idle ones were closed */
	PP_LOG_INFO,  /* connected, connected again */
	PP_LOG_WARN,  /* a try failed and is made again, or no connection for now */
	PP_LOG_ERROR, /* a connection that trying again does not mend: a refused Hello */
};

/*
 * One line for people, without a newline, borrowed until the return. Called within the functions of
 * the client that it was given to, by their thread; a pool's may be called by several threads at
 * once. Must not call back into the client.
 */
typedef void (*pp_log_fn)(void *user, enum pp_log_level level, const char *message);

struct pp_client_options {
	/* "host:port", "host", "[::1]:7337" or "unix:/path"; NULL: 127.0.0.1:7337. Copied. */
	const char *address;
	const char *client_name;     /* for the server's log; NULL: "libpeakpeeps". Copied */
	uint32_t connect_timeout_ms; /* 0: 5 000 */
	uint32_t timeout_ms;         /* of a call, retries included; 0: 30 000 */
	uint64_t acting_user;        /* on whose behalf; 0: the operator */
	pp_log_fn log;               /* NULL: silent */
	void *log_user;              /* handed to log */
	const struct pp_allocator *allocator; /* copied; NULL: the C library's */
};

/* How a call ended, as far as can be known. */
enum pp_outcome {
	PP_DONE,         /* decided: look at response->status, NULL when accepted */
	PP_NOT_EXECUTED, /* certainly not executed by this call, and its request id as free as it
			    was before: an earlier call under the same id may have been UNKNOWN */
	PP_UNKNOWN, /* sent, not answered: send the same request with the same id again, or abandon
		       it */
};

/*
 * Connects and says Hello, within connect_timeout_ms; a host name's look-up is up to the resolver.
 * `options` may be NULL. 0, or PP_ERR_INVALID (address, name, allocator), PP_ERR_CONNECT,
 * PP_ERR_TIMEOUT, PP_ERR_NO_MEMORY. *out is the caller's, to be closed, and is set on error too, so
 * that pp_client_error can say why; NULL only when there is no memory even for that. After an error
 * other than PP_ERR_INVALID it may be called with all the same: each call tries to connect.
 */
PP_API PP_CHECK int pp_client_open(const struct pp_client_options *options, struct pp_client **out);
/*
 * Closes the connection and frees the client and all that was borrowed from it. NULL is allowed.
 * Never blocks. Not for a pool's client, which is released.
 */
PP_API void pp_client_close(struct pp_client *client);
/*
 * What went wrong in the last call, for people, as in "cannot connect to 127.0.0.1:7337: Connection
 * refused"; empty: nothing. Borrowed until the next call on this client. NULL, as pp_client_open
 * leaves it without memory, is allowed.
 */
PP_API const char *pp_client_error(const struct pp_client *client);
/* The newest answer to Hello; borrowed until the next call. NULL: no server has answered yet. */
PP_API const struct pp_hello_response *pp_client_server(const struct pp_client *client);
/*
 * From now on. A request whose acting_user is 0 is made in this one's name, and its id belongs to
 * that user: to repeat such a request under its id, the acting user must be the same again.
 */
PP_API void pp_client_set_acting_user(struct pp_client *client, uint64_t acting_user);

/* A fresh request id by the server's clock, as its answers told it; by this machine's before the
 * first one. */
PP_API void pp_client_new_request_id(struct pp_client *client, struct pp_uuid *out);

/*
 * Sends a request and waits for its answer. seq is the client's; acting_user, when 0, becomes the
 * client's; a write without a request id gets a fresh one, written back into *request so that the
 * call can be repeated. Broken links are mended and the request is sent again under the same id
 * until timeout_ms is over; OVERLOADED and its like are tried again after retry_after_ms. A refusal
 * is never tried again: least of all a version conflict with a fresh version.
 *
 * Returns 0 with *outcome and *response, which is borrowed until the next call on this client; or,
 * when there is no response (*response is NULL), the error that stood in the way, and *outcome is
 * NOT_EXECUTED or UNKNOWN: PP_ERR_TIMEOUT, PP_ERR_CONNECT, PP_ERR_DISCONNECTED, PP_ERR_TOO_BIG (the
 * request is over the frame limit), PP_ERR_INVALID (no such kind, or Hello; or the client's options
 * were not valid), PP_ERR_NO_MEMORY. The client may be called with again after each of them.
 */
PP_API PP_CHECK int pp_call(struct pp_client *client, struct pp_request *request,
	enum pp_outcome *outcome, const struct pp_response **response);

/*
 * Text of a request id, 36 characters and a NUL; and back: false, and *out untouched, when it is
 * none. Any thread.
 */
PP_API void pp_uuid_format(const struct pp_uuid *uuid, char out[37]);
PP_API PP_CHECK bool pp_uuid_parse(const char *text, struct pp_uuid *out);

#endif

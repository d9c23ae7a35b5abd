/* The PeakPeeps client on your libuv loop. Link with -lpeakpeeps-uv; pkg-config peakpeeps-uv. */
#ifndef PEAKPEEPS_UV_H
#define PEAKPEEPS_UV_H

#include <peakpeeps/alloc.h>
#include <peakpeeps/client.h>
#include <uv.h>

/*
 * One link to one server, with many calls in flight on it. All functions are called in the thread
 * that runs the loop, all callbacks come from the loop and never from within a function of this
 * header; each function may be called in each callback. It installs no signal handlers and raises
 * no SIGPIPE. While calls are pending the loop is kept alive; an idle client does not keep it.
 */
struct pp_uv_client;

struct pp_uv_options {
	/* "host:port", "host", "[::1]:7337" or "unix:/path"; NULL: 127.0.0.1:7337. Copied. */
	const char *address;
	const char *client_name;     /* for the server's log; NULL: "libpeakpeeps-uv". Copied */
	uint32_t connect_timeout_ms; /* of one try to connect, without the look-up; 0: 5 000 */
	uint32_t timeout_ms;         /* of a call that names none, retries included; 0: 30 000 */
	uint64_t acting_user;        /* on whose behalf, when a request says 0; 0: the operator */
	uint32_t calls_max;          /* calls pending, sent or not; 0: 1 024 */
	const struct pp_allocator *allocator; /* copied; NULL: the C library's */

	/*
	 * Optional. The link is up, or it broke or could not be made, and `why` says so for people:
	 * static or borrowed for the callback; NULL when up.
	 */
	void (*on_link)(struct pp_uv_client *client, bool up, const char *why, void *context);
	/* Optional. After PP_ERR_BUSY from pp_uv_call: half of calls_max is free again. Once. */
	void (*on_drain)(struct pp_uv_client *client, void *context);
	void *context; /* for these two */
};

/* How a call ended; borrowed for the callback, with all it points to. */
struct pp_uv_result {
	enum pp_outcome outcome;
	const struct pp_response *response; /* NULL: none; never NULL when DONE */
	/*
	 * Without a response, what stood in the way: PP_ERR_TIMEOUT; PP_ERR_CONNECT or
	 * PP_ERR_DISCONNECTED, there was no link until the end, or a new one would fail in the same
	 * way; PP_ERR_TOO_BIG, for this server; PP_ERR_NO_MEMORY; PP_ERR_CLOSED. Otherwise 0.
	 */
	int err;
	const char *why; /* the same for people; NULL when there is a response */
	/* The id of a write, also a fresh one: with it the call can be repeated. All zero: none. */
	struct pp_uuid request_id;
	uint32_t n_tries; /* how often it was sent */
};

typedef void (*pp_uv_call_cb)(
	struct pp_uv_client *client, const struct pp_uv_result *result, void *context);
typedef void (*pp_uv_close_cb)(void *context);

/*
 * A client on this loop, which must outlive it. It begins to connect as soon as the loop runs; when
 * the link breaks, a new one is made as soon as there is a call for it. PP_ERR_INVALID (address,
 * name, allocator; *why, static text, says what is wrong; `why` may be NULL), PP_ERR_NO_MEMORY.
 * *out is the caller's, to be closed.
 */
PP_API PP_CHECK int pp_uv_client_new(uv_loop_t *loop, const struct pp_uv_options *options,
	struct pp_uv_client **out, const char **why);

/*
 * Sends a request as soon as there is a link; the callback gets its answer. Answers come in any
 * order. Nothing of *request is needed after the return. acting_user 0 becomes the client's. A
 * write without a request id gets a fresh one by the server's clock. timeout_ms is of the whole
 * call, 0: the client's; request->timeout_ms, when set, bounds each try at the server.
 *
 * When the link breaks, a new one is made from nothing and all that was not answered is sent again:
 * writes under the same id, in the order in which they were submitted. Writes are carried out in
 * that order, but for those which the server refused for the moment (OVERLOADED, STORAGE_FULL,
 * SHUTTING_DOWN): they are sent again after retry_after_ms, and what was sent behind them may
 * overtake them. Other refusals are answers and never tried again, least of all a version conflict.
 *
 * 0: the callback runs exactly once, after this function returned, at the latest when the time is
 * over or the client is closed. Otherwise it never runs: PP_ERR_BUSY (calls_max: wait for
 * on_drain), PP_ERR_CLOSED, PP_ERR_TOO_BIG, PP_ERR_INVALID (no such kind, or Hello),
 * PP_ERR_NO_MEMORY.
 */
PP_API PP_CHECK int pp_uv_call(struct pp_uv_client *client, const struct pp_request *request,
	uint32_t timeout_ms, pp_uv_call_cb callback, void *context);

/*
 * Never blocks. The calls that are pending get their callbacks with PP_ERR_CLOSED in the loop's
 * next turn. The close callback (NULL: none) is the last to run, when nothing of the client is left
 * in the loop and its memory is free; only a host name that is being looked up may delay that. May
 * be called in any callback, once.
 */
PP_API void pp_uv_client_close(struct pp_uv_client *client, pp_uv_close_cb callback, void *context);

/* A fresh request id by the server's clock. PP_ERR_NOT_FOUND: no server has answered yet. */
PP_API PP_CHECK int pp_uv_client_new_request_id(struct pp_uv_client *client, struct pp_uuid *out);
/* The newest answer to Hello; borrowed until the loop goes on. NULL: none yet. */
PP_API const struct pp_hello_response *pp_uv_client_server(const struct pp_uv_client *client);
/* What went wrong with the link last, for people, as in "cannot connect to 127.0.0.1:7337:
 * Connection refused"; empty: nothing. Borrowed until the loop goes on. */
PP_API const char *pp_uv_client_error(const struct pp_uv_client *client);
/* Calls whose callback has yet to run. */
PP_API size_t pp_uv_client_pending(const struct pp_uv_client *client);

#endif

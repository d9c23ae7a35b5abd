/* A pool of blocking PeakPeeps clients for the threads of one program. Part of -lpeakpeeps. */
#ifndef PEAKPEEPS_POOL_H
#define PEAKPEEPS_POOL_H

#include <peakpeeps/client.h>

/*
 * Hands out clients, each to one thread at a time. A client is made when one is wanted and none is
 * idle; it connects in its first call, mends its own broken connection, and is closed when it was
 * idle for idle_ms. All functions but pp_pool_close may be called by any thread at any time. It
 * starts no thread of its own, changes no signal handlers, and holds no lock while it connects,
 * waits for a server, logs or allocates.
 *
 * All clients of a pool talk to the store that answered first. When another one, or a restored
 * copy, answers at that address, calls end with PP_ERR_CONNECT: retries that reached another store
 * would be carried out twice. Open a new pool then.
 */
struct pp_pool;

struct pp_pool_options {
	/* Of each client. `timeout_ms` is of a pp_pool_call with its wait for a client. Copied. */
	struct pp_client_options client;
	uint32_t clients_max; /* handed out and idle together; 0: 16 */
	uint32_t idle_ms;     /* looked at whenever a client comes or goes; 0: 60 000 */
};

/*
 * Makes no connection yet. `options` may be NULL. PP_ERR_INVALID: *why, unless `why` is NULL, says
 * what is wrong with the options, in static text; PP_ERR_NO_MEMORY. *out is the caller's, to be
 * closed.
 */
PP_API PP_CHECK int pp_pool_open(
	const struct pp_pool_options *options, struct pp_pool **out, const char **why);

/*
 * Never blocks. Idle clients are closed; those that wait for one get PP_ERR_CLOSED. Clients that
 * are out remain good, calls in progress included, and are still to be released: with the last of
 * them the pool is freed. After this nothing but pp_pool_release may be called on the pool. NULL is
 * allowed.
 */
PP_API void pp_pool_close(struct pp_pool *pool);

/*
 * A client for the calling thread, to be given back by pp_pool_release: the one that was used last,
 * or a new one. When all are out it waits, first come, first served, up to wait_ms. PP_ERR_BUSY:
 * wait_ms was 0; PP_ERR_TIMEOUT: it passed; PP_ERR_CLOSED, PP_ERR_NO_MEMORY.
 */
PP_API PP_CHECK int pp_pool_acquire(struct pp_pool *pool, uint32_t wait_ms, struct pp_client **out);

/*
 * Gives a client back, and with it all that was borrowed from it; by any thread, once. Its acting
 * user is the options' again. NULL is allowed. Never blocks.
 */
PP_API void pp_pool_release(struct pp_pool *pool, struct pp_client *client);

/*
 * pp_pool_acquire and pp_call in one, both within timeout_ms. *client is to be released, whatever
 * is returned, once *response and pp_client_error were read. It is NULL when none was to be had in
 * time: *outcome is then NOT_EXECUTED, and the error pp_pool_acquire's.
 */
PP_API PP_CHECK int pp_pool_call(struct pp_pool *pool, struct pp_request *request,
	struct pp_client **client, enum pp_outcome *outcome, const struct pp_response **response);

/* How a pool stands at this moment. */
struct pp_pool_usage {
	uint32_t n_out;     /* handed out */
	uint32_t n_idle;    /* to be handed out again */
	uint32_t n_waiting; /* threads */
};
PP_API void pp_pool_usage(struct pp_pool *pool, struct pp_pool_usage *out);

#endif

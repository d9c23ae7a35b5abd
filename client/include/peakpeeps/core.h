/* The client without its socket: bytes in, bytes out, requests and responses. For event loops. */
#ifndef PEAKPEEPS_CORE_H
#define PEAKPEEPS_CORE_H

#include <peakpeeps/alloc.h>
#include <peakpeeps/client.h>

/*
 * One connection's worth of protocol: no socket, no clock, no thread. Give it the bytes that
 * arrive, send the bytes it offers, submit requests, take responses. After an error from
 * pp_core_feed or pp_core_next (other than PP_ERR_NOT_FOUND) it is of no more use: every request
 * still in flight is UNKNOWN, or NOT_EXECUTED if pp_core_unsent says so. One thread at a time.
 */
struct pp_core;

/*
 * Hello is the first thing in its output. `client_name` is for the server's log, at most 120 bytes,
 * and NULL for none; the allocator is copied, NULL is the C library's. Neither is needed after the
 * call. NULL: out of memory. The core is the caller's, to be freed.
 */
PP_API struct pp_core *pp_core_new(const char *client_name, const struct pp_allocator *allocator);
/* Frees it and all that was borrowed from it. NULL is allowed. */
PP_API void pp_core_free(struct pp_core *core);

/*
 * Queues a request; *seq tells its response. No two in flight have the same remainder of seq by
 * 1024, so an array can be indexed by it. The request is encoded at once: nothing of it is kept.
 * PP_ERR_TOO_BIG: over the frame limit. PP_ERR_BUSY: as many in flight as the server allows, or
 * 1 MiB of output not sent yet. PP_ERR_CLOSED: the server refused the connection (pp_core_fatal).
 * PP_ERR_INVALID: no such kind. PP_ERR_NO_MEMORY. After these the core is as before; after an error
 * of pp_core_feed or pp_core_next it returns that error again.
 */
PP_API PP_CHECK int pp_core_submit(
	struct pp_core *core, const struct pp_request *request, uint64_t *seq);

/*
 * A request kept to be sent any number of times, on one core after another: what a client needs
 * that mends its links. It borrows nothing and never changes; any thread may use it.
 *
 * pp_encode: PP_ERR_TOO_BIG: over the frame limit; PP_ERR_INVALID: no such kind; PP_ERR_NO_MEMORY.
 * The allocator is copied, NULL is the C library's; *out is the caller's, to be freed.
 */
struct pp_encoded;
PP_API PP_CHECK int pp_encode(const struct pp_request *request,
	const struct pp_allocator *allocator, struct pp_encoded **out);
/* NULL is allowed. */
PP_API void pp_encoded_free(struct pp_encoded *encoded);
/*
 * As pp_core_submit. `timeout_ms` and, unless it is NULL, `request_id` take the place of those that
 * the request was encoded with.
 */
PP_API PP_CHECK int pp_core_submit_encoded(struct pp_core *core, const struct pp_encoded *encoded,
	uint32_t timeout_ms, const struct pp_uuid *request_id, uint64_t *seq);

/* What is to be sent next; *len 0: nothing. Borrowed until the next call on this core. */
PP_API const uint8_t *pp_core_output(struct pp_core *core, size_t *len);
/* So many bytes of it were sent; no more than it offered. */
PP_API void pp_core_sent(struct pp_core *core, size_t len);

/*
 * Bytes that arrived; all are taken. PP_ERR_MALFORMED: the peer does not speak PeakPeeps,
 * PP_ERR_TOO_BIG: a frame over the limit, PP_ERR_NO_MEMORY.
 */
PP_API PP_CHECK int pp_core_feed(struct pp_core *core, const uint8_t *data, size_t len);

/*
 * The next response, or PP_ERR_NOT_FOUND when none has arrived whole. Borrowed until the next call
 * of pp_core_next. The answer to Hello is taken by the core: see pp_core_server. PP_ERR_CONNECT:
 * Hello was refused (pp_core_fatal); PP_ERR_MALFORMED, PP_ERR_NO_MEMORY.
 */
PP_API PP_CHECK int pp_core_next(struct pp_core *core, const struct pp_response **response);

/* The answer to Hello, borrowed until the core is freed; NULL before it came. */
PP_API const struct pp_hello_response *pp_core_server(const struct pp_core *core);
/*
 * The refusal that concerns the whole connection, if one came (seq 0, or Hello's), borrowed until
 * the core is freed; NULL: none.
 * Answers to requests that were accepted before it may still follow.
 */
PP_API const struct pp_status *pp_core_fatal(const struct pp_core *core);
/* Requests that were submitted and not answered, Hello not counted. */
PP_API size_t pp_core_in_flight(const struct pp_core *core);
/* Whether not one byte of this request was handed out to be sent: then it was certainly not
 * executed. */
PP_API bool pp_core_unsent(const struct pp_core *core, uint64_t seq);

/* A UUIDv7 with this embedded time. `random` are 10 fresh random bytes. Any thread. */
PP_API void pp_uuid_make(int64_t time_ms, const uint8_t random[10], struct pp_uuid *out);

#endif

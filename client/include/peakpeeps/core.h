/* The client without its socket: bytes in, bytes out, requests and responses. For event loops. */
#ifndef PEAKPEEPS_CORE_H
#define PEAKPEEPS_CORE_H

#include <peakpeeps/client.h>

/*
 * One connection's worth of protocol: no socket, no clock, no thread. Give it the bytes that
 * arrive, send the bytes it offers, submit requests, take responses. After any error it is of no
 * more use: every request still in flight is UNKNOWN (or NOT_EXECUTED, if pp_core_unsent says so).
 */
struct pp_core;

/* Hello is the first thing in its output. NULL: out of memory. */
PP_API struct pp_core *pp_core_new(const char *client_name);
PP_API void pp_core_free(struct pp_core *core);

/*
 * Queues a request; *seq tells its response. No two in flight have the same remainder of seq by
 * 1024, so an array can be indexed by it. The request is encoded at once: nothing of it is kept.
 * PP_ERR_TOO_BIG: over the frame limit. PP_ERR_BUSY: as many in flight as the server allows, or
 * 1 MiB of output not sent yet. PP_ERR_CLOSED: the server refused the connection (pp_core_fatal).
 */
PP_API PP_CHECK int pp_core_submit(
	struct pp_core *core, const struct pp_request *request, uint64_t *seq);

/* What is to be sent next; *len 0: nothing. Borrowed until the next call on this core. */
PP_API const uint8_t *pp_core_output(struct pp_core *core, size_t *len);
/* So many bytes of it were sent. */
PP_API void pp_core_sent(struct pp_core *core, size_t len);

/*
 * Bytes that arrived; all are taken. PP_ERR_MALFORMED: the peer does not speak PeakPeeps,
 * PP_ERR_TOO_BIG: a frame over the limit.
 */
PP_API PP_CHECK int pp_core_feed(struct pp_core *core, const uint8_t *data, size_t len);

/*
 * The next response, or PP_ERR_NOT_FOUND when none has arrived whole. Borrowed until the next call
 * of pp_core_next. The answer to Hello is taken by the core: see pp_core_server.
 */
PP_API PP_CHECK int pp_core_next(struct pp_core *core, const struct pp_response **response);

/* The answer to Hello; NULL before it came. A refused Hello is PP_ERR_CONNECT from pp_core_next. */
PP_API const struct pp_hello_response *pp_core_server(const struct pp_core *core);
/*
 * The refusal that concerns the whole connection, if one came (seq 0, or Hello's); NULL: none.
 * Answers to requests that were accepted before it may still follow.
 */
PP_API const struct pp_status *pp_core_fatal(const struct pp_core *core);
PP_API size_t pp_core_in_flight(const struct pp_core *core);
/* Whether not one byte of this request was handed out to be sent: then it was certainly not
 * executed. */
PP_API bool pp_core_unsent(const struct pp_core *core, uint64_t seq);

/* A UUIDv7 with this embedded time. `random` are 10 fresh random bytes. */
PP_API void pp_uuid_make(int64_t time_ms, const uint8_t random[10], struct pp_uuid *out);

#endif

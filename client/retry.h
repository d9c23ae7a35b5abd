/* When a try is made again and what its answer says of the whole call: the same for all clients. */
#ifndef CLIENT_RETRY_H
#define CLIENT_RETRY_H

#include "base/base.h"
#include "peakpeeps/client.h"

/* Any thread. */

/* Random bytes that nobody can guess. */
void retry_draw_random(void *out, size_t len);
/* Whether a request is a write that has yet to be given an id. */
bool retry_needs_request_id(const struct pp_request *request) MUST_CHECK;
/*
 * How long the server may take over a request, counted from its arrival: `own_ms`, which its author
 * set (0: nothing), as far as the time that is left allows; less a margin, so that the answer
 * "deadline passed, certainly not executed" still arrives.
 */
uint32_t retry_servers_timeout_ms(uint32_t own_ms, int64_t left_ms) MUST_CHECK;
/* The refusals of the moment: the server asks to be tried again. */
bool retry_refused_for_now(const struct pp_status *status) MUST_CHECK;
/* The same of a refusal of the whole connection. */
bool retry_link_refused_for_now(const struct pp_status *fatal) MUST_CHECK;
/*
 * The wait before another try after `n_tries` >= 1 in a row have failed, the last of them with the
 * server's hint, or 0. It grows up to a second, and half of it is drawn, so that clients that were
 * cut off together come back apart.
 */
int64_t retry_wait_ms(unsigned n_tries, uint32_t retry_after_ms) MUST_CHECK;
/*
 * What an answer says of the whole call. "Not executed" speaks for the try that it answers: an
 * earlier one that got no answer (`maybe_executed`) may have been, unless the content itself can
 * never be.
 */
enum pp_outcome retry_outcome(const struct pp_status *status, bool maybe_executed) MUST_CHECK;

#endif

#include "client/retry.h"

#include <sys/random.h>

#include "proto/limits.h"

enum {
	BACKOFF_MS_MIN = 20,
	BACKOFF_MS_MAX = 1000,
	/* How long before its own deadline a call wants the server to give a request up. */
	ANSWER_MARGIN_MS_MAX = 500,
};

void retry_draw_random(void *out, size_t len)
{
	/* Never fails for so few bytes on a kernel that has it: Linux 3.17. A guessable id would be
	 * worse than the end of the process. */
	ssize_t n = getrandom(out, len, 0);

	ASSERT(n == (ssize_t)len);
}

/* Uniform in 0 .. max. The bias of the remainder does not matter for a wait. */
static int64_t draw_up_to(int64_t max)
{
	uint32_t random;

	retry_draw_random(&random, sizeof(random));
	return (int64_t)(random % (uint64_t)(max + 1));
}

bool retry_needs_request_id(const struct pp_request *request)
{
	/* AbandonRequest is a write that names an id instead of carrying one. */
	return pp_kind_flags(request->kind) == PP_WRITE &&
	       request->kind != PP_KIND_ABANDON_REQUEST && !request->has_request_id;
}

uint32_t retry_servers_timeout_ms(uint32_t own_ms, int64_t left_ms)
{
	int64_t own = own_ms;
	int64_t margin = left_ms / 8 < ANSWER_MARGIN_MS_MAX ? left_ms / 8 : ANSWER_MARGIN_MS_MAX;
	int64_t timeout = own > 0 ? (own < left_ms ? own : left_ms) : left_ms - margin;

	if (timeout > TIMEOUT_MS_MAX)
		timeout = TIMEOUT_MS_MAX;
	return timeout < 1 ? 1 : (uint32_t)timeout;
}

bool retry_refused_for_now(const struct pp_status *status)
{
	return status != NULL && status->not_executed &&
	       (status->reason == PP_REASON_OVERLOADED ||
		       status->reason == PP_REASON_STORAGE_FULL ||
		       status->reason == PP_REASON_SHUTTING_DOWN);
}

bool retry_link_refused_for_now(const struct pp_status *fatal)
{
	return fatal->reason == PP_REASON_OVERLOADED || fatal->reason == PP_REASON_SHUTTING_DOWN;
}

int64_t retry_wait_ms(unsigned n_tries, uint32_t retry_after_ms)
{
	unsigned shift = n_tries < 10 ? n_tries - 1 : 9;
	int64_t backoff = (int64_t)BACKOFF_MS_MIN << shift;

	if (backoff > BACKOFF_MS_MAX)
		backoff = BACKOFF_MS_MAX;
	return retry_after_ms + backoff / 2 + draw_up_to(backoff / 2);
}

enum pp_outcome retry_outcome(const struct pp_status *status, bool maybe_executed)
{
	if (status == NULL || !status->not_executed)
		return PP_DONE;
	/* The id may have been spent long ago, and nobody can tell any more: the reason says so. */
	if (status->reason == PP_REASON_REQUEST_ID_EXPIRED && !maybe_executed)
		return PP_DONE;
	if (status->code == PP_CODE_INVALID_ARGUMENT || status->code == PP_CODE_UNIMPLEMENTED)
		return PP_NOT_EXECUTED;
	return maybe_executed ? PP_UNKNOWN : PP_NOT_EXECUTED;
}

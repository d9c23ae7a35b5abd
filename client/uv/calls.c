#include <stdio.h>
#include <string.h>

#include "client/retry.h"
#include "client/uv/async.h"

/* Whether the first of a list is nearer to a number than the last. */
static bool nearer_to_first(const struct async_list *list, uint64_t number)
{
	return list->first != NULL &&
	       (int64_t)(number - list->first->number) < (int64_t)(list->last->number - number);
}

void async_list_insert(struct async_list *list, struct async_call *call)
{
	struct async_call *after = list->last;
	struct async_call *before = list->first;

	/* The place is nearly always close to one of the ends. */
	if (nearer_to_first(list, call->number)) {
		while (before->number < call->number)
			before = before->next;
		after = before->previous;
	} else {
		while (after != NULL && after->number > call->number)
			after = after->previous;
	}
	call->list = list;
	call->previous = after;
	call->next = after != NULL ? after->next : list->first;
	if (call->previous != NULL)
		call->previous->next = call;
	else
		list->first = call;
	if (call->next != NULL)
		call->next->previous = call;
	else
		list->last = call;
}

static void list_remove(struct async_call *call)
{
	struct async_list *list = call->list;

	if (call->previous != NULL)
		call->previous->next = call->next;
	else
		list->first = call->next;
	if (call->next != NULL)
		call->next->previous = call->previous;
	else
		list->last = call->previous;
	call->list = NULL;
}

static void move_to(struct async_list *list, struct async_call *call)
{
	list_remove(call);
	async_list_insert(list, call);
}

static struct async_call *next_of_lane(const struct async_lane *lane, int64_t now_ms)
{
	return lane->resume_at_ms <= now_ms ? lane->waiting.first : NULL;
}

struct async_call *async_calls_next(struct pp_uv_client *client, int64_t now_ms)
{
	struct async_call *write = next_of_lane(&client->writes, now_ms);
	struct async_call *read = next_of_lane(&client->reads, now_ms);

	if (write == NULL || read == NULL)
		return write != NULL ? write : read;
	return write->number < read->number ? write : read;
}

static void explain(const struct pp_uv_client *client, const struct async_call *call, int err,
	char why[ASYNC_ERROR_BYTES])
{
	const char *title = pp_kind_title(call->kind);
	const char *refused = pp_reason_name(call->refused_for);

	if (call->refused_for != PP_REASON_NONE && err == PP_ERR_TIMEOUT)
		snprintf(why, ASYNC_ERROR_BYTES, "%s was refused for the moment by %s: %s", title,
			client->address.text, refused != NULL ? refused : "for an unknown reason");
	else if (err == client->trouble.err && !async_client_is_up(client))
		snprintf(why, ASYNC_ERROR_BYTES, "no answer to %s from %s: %s", title,
			client->address.text, client->trouble.why);
	else
		snprintf(why, ASYNC_ERROR_BYTES, "no answer to %s from %s: %s", title,
			client->address.text, pp_strerror(err));
}

void async_call_end(struct pp_uv_client *client, struct async_call *call, int err,
	const struct pp_response *response)
{
	char why[ASYNC_ERROR_BYTES];
	struct pp_uv_result result = {
		.response = response,
		.err = err,
		.request_id = call->request_id,
		.n_tries = call->n_tries,
	};

	ASSERT((response != NULL) == (err == 0));
	if (response != NULL) {
		result.outcome = retry_outcome(response->status, call->maybe_executed);
	} else {
		result.outcome = call->maybe_executed ? PP_UNKNOWN : PP_NOT_EXECUTED;
		explain(client, call, err, why);
		result.why = why;
	}
	list_remove(call);
	client->n_pending--;
	call->callback(client, &result, call->context);
	pp_encoded_free(call->encoded);
	mem_free(&client->allocator, call);
}

static void end_list(struct pp_uv_client *client, struct async_list *list, int err)
{
	while (list->first != NULL)
		async_call_end(client, list->first, err, NULL);
}

void async_calls_end_all(struct pp_uv_client *client, int err)
{
	struct async_lane *lanes[] = { &client->writes, &client->reads };
	struct async_list doomed = { NULL, NULL };

	ASSERT(client->link == NULL);
	for (size_t i = 0; i < ARRAY_LEN(lanes); i++) {
		ASSERT(lanes[i]->sent.first == NULL);
		while (lanes[i]->waiting.first != NULL)
			move_to(&doomed, lanes[i]->waiting.first);
	}
	end_list(client, &doomed, err);
}

static void forget_flight(struct pp_uv_client *client, struct async_call *call)
{
	struct async_link *link = client->link;

	link->calls[call->seq % IN_FLIGHT_MAX] = NULL;
	call->maybe_executed = call->maybe_executed || !pp_core_unsent(link->core, call->seq);
	call->seq = 0;
}

bool async_calls_expire(struct pp_uv_client *client, int64_t now_ms)
{
	struct async_list *lists[] = { &client->writes.sent, &client->reads.sent,
		&client->writes.waiting, &client->reads.waiting };
	struct async_list expired = { NULL, NULL };
	bool flew = false;

	for (size_t i = 0; i < ARRAY_LEN(lists); i++) {
		struct async_call *next;
		for (struct async_call *call = lists[i]->first; call != NULL; call = next) {
			next = call->next;
			if (call->deadline.at_ms > now_ms)
				continue;
			if (call->seq != 0) {
				forget_flight(client, call);
				flew = true;
			}
			move_to(&expired, call);
		}
	}
	/* Whoever never had a link is told why there is none. */
	int err = !async_client_is_up(client) && client->trouble.err != 0 ? client->trouble.err
									  : PP_ERR_TIMEOUT;
	end_list(client, &expired, err);
	return flew;
}

/* A wait until `*at_ms` ends sooner when the call would have no time left for a try, but not before
 * the moment that the server asked for. */
static void shorten(
	int64_t *at_ms, const struct async_call *call, int64_t hinted_until_ms, int64_t now_ms)
{
	int64_t last_try = call->deadline.at_ms - (call->deadline.at_ms - now_ms) / 4;

	if (*at_ms > last_try)
		*at_ms = last_try;
	if (*at_ms < hinted_until_ms)
		*at_ms = hinted_until_ms;
}

void async_call_hurry(struct pp_uv_client *client, const struct async_call *call, int64_t now_ms)
{
	struct async_lane *lane = call->lane;

	shorten(&lane->resume_at_ms, call, lane->hinted_until_ms, now_ms);
	shorten(&client->connect_at_ms, call, client->hinted_until_ms, now_ms);
}

void async_calls_hurry(struct pp_uv_client *client, int64_t now_ms)
{
	const struct async_lane *lanes[] = { &client->writes, &client->reads };

	for (size_t i = 0; i < ARRAY_LEN(lanes); i++)
		for (const struct async_call *at = lanes[i]->waiting.first; at != NULL;
			at = at->next)
			async_call_hurry(client, at, now_ms);
}

/* False: the time that is left does not suffice for another try. */
static bool hold_lane(struct pp_uv_client *client, struct async_call *call, uint32_t retry_after_ms)
{
	struct async_lane *lane = call->lane;
	int64_t now = boottime_ms();
	int64_t hint = now + retry_after_ms;

	if (hint >= call->deadline.at_ms)
		return false;
	if (hint > lane->hinted_until_ms)
		lane->hinted_until_ms = hint;
	if (lane->resume_at_ms <= now) {
		lane->n_refused++;
		lane->resume_at_ms = now + retry_wait_ms(lane->n_refused, retry_after_ms);
	}
	async_call_hurry(client, call, now);
	return true;
}

void async_call_answer(
	struct pp_uv_client *client, struct async_call *call, const struct pp_response *response)
{
	const struct pp_status *status = response->status;

	call->seq = 0;
	call->refused_for = PP_REASON_NONE;
	if (retry_refused_for_now(status) && hold_lane(client, call, status->retry_after_ms)) {
		call->refused_for = status->reason;
		move_to(&call->lane->waiting, call);
		return;
	}
	if (!retry_refused_for_now(status))
		call->lane->n_refused = 0;
	async_call_end(client, call, 0, response);
}

void async_call_sent(struct async_link *link, struct async_call *call)
{
	ASSERT(link->calls[call->seq % IN_FLIGHT_MAX] == NULL);
	link->calls[call->seq % IN_FLIGHT_MAX] = call;
	call->n_tries++;
	call->refused_for = PP_REASON_NONE;
	move_to(&call->lane->sent, call);
}

void async_calls_take_back(struct pp_uv_client *client, const struct async_link *link)
{
	struct async_lane *lanes[] = { &client->writes, &client->reads };

	ASSERT(client->link == link);
	for (size_t i = 0; i < ARRAY_LEN(lanes); i++) {
		/* From the end, so that each goes to the start of those that wait. */
		while (lanes[i]->sent.last != NULL) {
			struct async_call *call = lanes[i]->sent.last;
			forget_flight(client, call);
			move_to(&lanes[i]->waiting, call);
		}
	}
}

int64_t async_calls_next_due_ms(const struct pp_uv_client *client)
{
	const struct async_lane *lanes[] = { &client->writes, &client->reads };
	int64_t due = INT64_MAX;

	for (size_t i = 0; i < ARRAY_LEN(lanes); i++) {
		const struct async_call *lists[] = { lanes[i]->waiting.first,
			lanes[i]->sent.first };
		for (size_t j = 0; j < ARRAY_LEN(lists); j++)
			for (const struct async_call *at = lists[j]; at != NULL; at = at->next)
				if (at->deadline.at_ms < due)
					due = at->deadline.at_ms;
	}
	return due;
}

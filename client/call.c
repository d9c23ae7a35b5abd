/* One call of the blocking client: tries, waits between them, and what is known in the end. */
#include "client/client.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include "client/retry.h"

struct call {
	struct pp_client *client;
	struct pp_request *request;
	struct deadline deadline;
	unsigned n_tries;
	bool maybe_executed; /* a try ended with the request, or part of it, sent and unanswered */
	bool permanent;      /* the last error is not worth another try */
	uint32_t retry_after_ms;
};

static void complete_request(struct pp_client *client, struct pp_request *request)
{
	if (request->acting_user == 0)
		request->acting_user = client->acting_user;
	if (retry_needs_request_id(request)) {
		pp_client_new_request_id(client, &request->request_id);
		request->has_request_id = true;
	}
}

/* Sees to it that there is a connection which may be used. */
static int ensure_connection(struct call *call)
{
	struct pp_client *client = call->client;
	bool was_open = client->connection.fd >= 0;

	if (connection_alive(&client->connection))
		return 0;
	if (was_open)
		log_hook_write(&client->log, PP_LOG_DEBUG, "%s has closed the connection",
			client->address.text);
	connection_close(&client->connection);
	return client_connect(client, call->deadline);
}

/* One try. Without a response the client's error text says why. */
static int try_once(struct call *call, const struct pp_response **response)
{
	struct pp_client *client = call->client;
	bool sent = false;

	call->n_tries++;
	call->permanent = false;
	call->retry_after_ms = 0;
	int err = ensure_connection(call);
	if (err == 0) {
		complete_request(client, call->request);
		struct pp_request timed = *call->request;
		timed.timeout_ms = retry_servers_timeout_ms(
			call->request->timeout_ms, deadline_left_ms(call->deadline));
		err = connection_call(&client->connection, &timed, call->deadline, &sent, response);
		if (err != 0)
			client_explain(client, "no answer to %s from %s: %s",
				pp_kind_title(timed.kind), client->address.text,
				client->connection.why);
	}
	if (err == 0) {
		if (!(*response)->replayed && (*response)->time_ms > 0)
			client_learn_time(client, (*response)->time_ms);
		return 0;
	}
	call->maybe_executed = call->maybe_executed || sent;
	call->permanent = client->connection.permanent;
	call->retry_after_ms = client->connection.retry_after_ms;
	/* After a timeout too: a late answer must not be taken for the next one's. */
	connection_close(&client->connection);
	return err;
}

static void log_retry(const struct call *call, int64_t wait, const struct pp_response *response)
{
	const struct pp_status *status = response != NULL ? response->status : NULL;
	const char *reason = status != NULL ? pp_reason_name(status->reason) : NULL;
	char id[37] = "none";

	if (call->client->log.log == NULL)
		return;
	if (call->request->has_request_id)
		pp_uuid_format(&call->request->request_id, id);
	log_hook_write(&call->client->log, PP_LOG_WARN,
		"%s, request id %s: try %u ended without a decision (%s); again in %" PRId64 " ms",
		pp_kind_title(call->request->kind), id, call->n_tries,
		reason != NULL ? reason : call->client->error, wait);
}

/* Waits before the next try; false: the time that is left does not suffice for one. */
static bool wait_for_next_try(const struct call *call, const struct pp_response *response)
{
	int64_t left = deadline_left_ms(call->deadline);
	int64_t wait = retry_wait_ms(call->n_tries, call->retry_after_ms);

	if (call->retry_after_ms >= left)
		return false;
	/* The last try is made in time, rather than not at all. */
	if (wait > left - left / 4)
		wait = left - left / 4;
	log_retry(call, wait, response);
	deadline_sleep(call->deadline, wait);
	return deadline_left_ms(call->deadline) > 0;
}

static bool worth_another_try(const struct call *call, int err, const struct pp_response *response)
{
	if (err == 0)
		return retry_refused_for_now(response->status);
	return !call->permanent &&
	       (err == PP_ERR_CONNECT || err == PP_ERR_DISCONNECTED || err == PP_ERR_TIMEOUT);
}

int client_call(struct pp_client *client, struct pp_request *request, struct deadline deadline,
	enum pp_outcome *outcome, const struct pp_response **response)
{
	struct call call = { .client = client, .request = request, .deadline = deadline };
	int err;

	*response = NULL;
	*outcome = PP_NOT_EXECUTED;
	if (client->address.text[0] == '\0') {
		client_explain(client, "the client was not opened: its options are not valid");
		return PP_ERR_INVALID;
	}
	if (pp_kind_title(request->kind) == NULL || request->kind == PP_KIND_HELLO) {
		client_explain(client, "there is no request of kind %d", (int)request->kind);
		return PP_ERR_INVALID;
	}
	do {
		*response = NULL;
		err = try_once(&call, response);
		if (err == 0 && retry_refused_for_now((*response)->status))
			call.retry_after_ms = (*response)->status->retry_after_ms;
	} while (worth_another_try(&call, err, *response) && wait_for_next_try(&call, *response));
	if (err == 0) {
		client->error[0] = '\0';
		*outcome = retry_outcome((*response)->status, call.maybe_executed);
		return 0;
	}
	*outcome = call.maybe_executed ? PP_UNKNOWN : PP_NOT_EXECUTED;
	size_t len = strlen(client->error);
	if (call.n_tries > 1)
		snprintf(client->error + len, sizeof(client->error) - len, " (%u tries)",
			call.n_tries);
	return err;
}

int pp_call(struct pp_client *client, struct pp_request *request, enum pp_outcome *outcome,
	const struct pp_response **response)
{
	return client_call(client, request, deadline_in(client->timeout_ms), outcome, response);
}

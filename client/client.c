#include "peakpeeps/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <time.h>

#include "client/connection.h"
#include "proto/limits.h"

enum {
	CONNECT_TIMEOUT_MS = 5000,
	CALL_TIMEOUT_MS = 30000,
	BACKOFF_MS_MIN = 20,
	BACKOFF_MS_MAX = 1000,
	/* How long before its own deadline a call wants the server to give a request up, so that
	 * DEADLINE_PASSED (certainly not executed) still arrives. */
	ANSWER_MARGIN_MS_MAX = 500,
	ERROR_BYTES = 1024,
	SERVER_VERSION_BYTES = 128,
};

struct pp_client {
	struct address address;
	char name[PP_CLIENT_NAME_BYTES_MAX + 1];
	int64_t connect_timeout_ms;
	int64_t timeout_ms;
	uint64_t acting_user;
	struct connection connection;
	bool has_server;
	struct pp_hello_response server; /* of the newest connection; its text is server_version */
	char server_version[SERVER_VERSION_BYTES];
	/* Server time at a moment of our own steady clock, as the newest fresh answer told it. */
	int64_t anchor_server_ms;
	int64_t anchor_boottime_ms;
	char error[ERROR_BYTES];
};

/* One pp_call: several tries of one request. */
struct call {
	struct pp_client *client;
	struct pp_request *request;
	struct deadline deadline;
	unsigned n_tries;
	bool maybe_executed; /* a try ended with the request, or part of it, sent and unanswered */
	bool permanent;      /* the last error is not worth another try */
	uint32_t retry_after_ms;
};

__attribute__((format(printf, 2, 3))) static void explain(
	struct pp_client *client, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(client->error, sizeof(client->error), format, args);
	va_end(args);
}

static void draw_random(void *out, size_t len)
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

	draw_random(&random, sizeof(random));
	return (int64_t)(random % (uint64_t)(max + 1));
}

static void learn_time(struct pp_client *client, int64_t server_ms)
{
	client->anchor_server_ms = server_ms;
	client->anchor_boottime_ms = boottime_ms();
}

/* Takes note of who answered. A retry must never reach another store: it would be executed twice.
 */
static int learn_server(struct pp_client *client)
{
	const struct pp_hello_response *hello = pp_core_server(client->connection.core);
	const struct pp_hello_response *known = &client->server;

	if (client->has_server &&
		(memcmp(&hello->store_id, &known->store_id, sizeof(hello->store_id)) != 0 ||
			hello->incarnation != known->incarnation)) {
		snprintf(client->connection.why, sizeof(client->connection.why),
			"another store, or a restored copy, answers there now");
		client->connection.permanent = true;
		connection_close(&client->connection);
		return PP_ERR_CONNECT;
	}
	snprintf(client->server_version, sizeof(client->server_version), "%s",
		hello->server_version != NULL ? hello->server_version : "");
	client->server = *hello;
	client->server.server_version = client->server_version;
	client->has_server = true;
	learn_time(client, hello->server_time_ms);
	return 0;
}

static int connect_by(struct pp_client *client, struct deadline deadline)
{
	struct deadline own = deadline_in(client->connect_timeout_ms);

	int err = connection_open(&client->connection, &client->address, client->name,
		deadline_earlier(own, deadline));
	if (err == 0)
		err = learn_server(client);
	if (err != 0)
		explain(client, "cannot connect to %s: %s", client->address.text,
			client->connection.why);
	return err;
}

int pp_client_open(const struct pp_client_options *options, struct pp_client **out)
{
	const struct pp_client_options defaults = { 0 };
	const char *why = NULL;

	if (options == NULL)
		options = &defaults;
	*out = NULL;
	struct pp_client *client = calloc(1, sizeof(*client));
	if (client == NULL)
		return PP_ERR_NO_MEMORY;
	client->connection.fd = -1;
	*out = client;
	client->acting_user = options->acting_user;
	client->connect_timeout_ms =
		options->connect_timeout_ms > 0 ? options->connect_timeout_ms : CONNECT_TIMEOUT_MS;
	client->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : CALL_TIMEOUT_MS;
	int err = address_parse(options->address, &client->address, &why);
	if (err != 0) {
		explain(client, "cannot use the address \"%s\": %s", options->address, why);
		return err;
	}
	const char *name = options->client_name != NULL ? options->client_name : "libpeakpeeps";
	if (strlen(name) >= sizeof(client->name)) {
		explain(client, "the client's name has more than %d bytes",
			PP_CLIENT_NAME_BYTES_MAX);
		return PP_ERR_INVALID;
	}
	snprintf(client->name, sizeof(client->name), "%s", name);
	return connect_by(client, deadline_in(client->connect_timeout_ms));
}

void pp_client_close(struct pp_client *client)
{
	if (client == NULL)
		return;
	connection_close(&client->connection);
	free(client);
}

const char *pp_client_error(const struct pp_client *client)
{
	return client->error;
}

const struct pp_hello_response *pp_client_server(const struct pp_client *client)
{
	return client->has_server ? &client->server : NULL;
}

void pp_client_set_acting_user(struct pp_client *client, uint64_t acting_user)
{
	client->acting_user = acting_user;
}

void pp_client_new_request_id(struct pp_client *client, struct pp_uuid *out)
{
	uint8_t random[10];
	int64_t now_ms;

	if (client->has_server) {
		now_ms = client->anchor_server_ms + boottime_ms() - client->anchor_boottime_ms;
	} else {
		struct timespec wall;
		int err = clock_gettime(CLOCK_REALTIME, &wall);
		ASSERT(err == 0);
		now_ms = (int64_t)wall.tv_sec * 1000 + wall.tv_nsec / 1000000;
	}
	draw_random(random, sizeof(random));
	pp_uuid_make(now_ms, random, out);
}

/* AbandonRequest is a write that names an id instead of carrying one. */
static bool needs_request_id(const struct pp_request *request)
{
	return pp_kind_flags(request->kind) == PP_WRITE &&
	       request->kind != PP_KIND_ABANDON_REQUEST && !request->has_request_id;
}

static void complete_request(struct pp_client *client, struct pp_request *request)
{
	if (request->acting_user == 0)
		request->acting_user = client->acting_user;
	if (needs_request_id(request)) {
		pp_client_new_request_id(client, &request->request_id);
		request->has_request_id = true;
	}
}

/* How long the server may take over a request, counted from its arrival. */
static uint32_t servers_timeout_ms(const struct call *call)
{
	int64_t left = deadline_left_ms(call->deadline);
	int64_t own = call->request->timeout_ms;
	int64_t margin = left / 8 < ANSWER_MARGIN_MS_MAX ? left / 8 : ANSWER_MARGIN_MS_MAX;
	int64_t timeout = own > 0 ? (own < left ? own : left) : left - margin;

	if (timeout > TIMEOUT_MS_MAX)
		timeout = TIMEOUT_MS_MAX;
	return timeout < 1 ? 1 : (uint32_t)timeout;
}

/* One try on a working connection. Without a response the call's error text says why. */
static int try_once(struct call *call, const struct pp_response **response)
{
	struct pp_client *client = call->client;
	bool sent = false;
	int err = 0;

	call->n_tries++;
	call->permanent = false;
	call->retry_after_ms = 0;
	if (!connection_alive(&client->connection)) {
		connection_close(&client->connection);
		err = connect_by(client, call->deadline);
	}
	if (err == 0) {
		complete_request(client, call->request);
		struct pp_request timed = *call->request;
		timed.timeout_ms = servers_timeout_ms(call);
		err = connection_call(&client->connection, &timed, call->deadline, &sent, response);
		if (err != 0)
			explain(client, "no answer to %s from %s: %s", pp_kind_title(timed.kind),
				client->address.text, client->connection.why);
	}
	if (err == 0) {
		if (!(*response)->replayed && (*response)->time_ms > 0)
			learn_time(client, (*response)->time_ms);
		return 0;
	}
	call->maybe_executed = call->maybe_executed || sent;
	call->permanent = client->connection.permanent;
	call->retry_after_ms = client->connection.retry_after_ms;
	/* After a timeout too: a late answer must not be taken for the next one's. */
	connection_close(&client->connection);
	return err;
}

/* The refusals of the moment: the server asks to be tried again. */
static bool refused_for_now(const struct pp_status *status)
{
	return status != NULL && status->not_executed &&
	       (status->reason == PP_REASON_OVERLOADED ||
		       status->reason == PP_REASON_STORAGE_FULL ||
		       status->reason == PP_REASON_SHUTTING_DOWN);
}

/* Waits before the next try; false: the time that is left does not suffice for one. */
static bool wait_for_next_try(const struct call *call)
{
	int64_t left = deadline_left_ms(call->deadline);
	unsigned shift = call->n_tries < 10 ? call->n_tries - 1 : 9;
	int64_t backoff = (int64_t)BACKOFF_MS_MIN << shift;

	if (backoff > BACKOFF_MS_MAX)
		backoff = BACKOFF_MS_MAX;
	/* Half of it is drawn, so that clients that were cut off together come back apart. */
	int64_t wait = call->retry_after_ms + backoff / 2 + draw_up_to(backoff / 2);
	if (call->retry_after_ms >= left)
		return false;
	/* The last try is made in time, rather than not at all. */
	if (wait > left - left / 4)
		wait = left - left / 4;
	deadline_sleep(call->deadline, wait);
	return deadline_left_ms(call->deadline) > 0;
}

static bool worth_another_try(const struct call *call, int err, const struct pp_response *response)
{
	if (err == 0)
		return refused_for_now(response->status);
	return !call->permanent &&
	       (err == PP_ERR_CONNECT || err == PP_ERR_DISCONNECTED || err == PP_ERR_TIMEOUT);
}

/*
 * What an answer says of the whole call. "Not executed" speaks for the try that it answers: an
 * earlier one that got no answer may have been, unless the content itself can never be.
 */
static enum pp_outcome outcome_of(const struct call *call, const struct pp_status *status)
{
	if (status == NULL || !status->not_executed)
		return PP_DONE;
	/* The id may have been spent long ago, and nobody can tell any more: the reason says so. */
	if (status->reason == PP_REASON_REQUEST_ID_EXPIRED && !call->maybe_executed)
		return PP_DONE;
	if (status->code == PP_CODE_INVALID_ARGUMENT || status->code == PP_CODE_UNIMPLEMENTED)
		return PP_NOT_EXECUTED;
	return call->maybe_executed ? PP_UNKNOWN : PP_NOT_EXECUTED;
}

int pp_call(struct pp_client *client, struct pp_request *request, enum pp_outcome *outcome,
	const struct pp_response **response)
{
	struct call call = {
		.client = client,
		.request = request,
		.deadline = deadline_in(client->timeout_ms),
	};
	int err;

	*response = NULL;
	*outcome = PP_NOT_EXECUTED;
	if (client->address.text[0] == '\0') {
		explain(client, "the client was not opened: its address is invalid");
		return PP_ERR_INVALID;
	}
	client->error[0] = '\0';
	do {
		*response = NULL;
		err = try_once(&call, response);
		if (err == 0 && refused_for_now((*response)->status))
			call.retry_after_ms = (*response)->status->retry_after_ms;
	} while (worth_another_try(&call, err, *response) && wait_for_next_try(&call));
	if (err == 0) {
		*outcome = outcome_of(&call, (*response)->status);
		return 0;
	}
	*outcome = call.maybe_executed ? PP_UNKNOWN : PP_NOT_EXECUTED;
	size_t len = strlen(client->error);
	if (call.n_tries > 1)
		snprintf(client->error + len, sizeof(client->error) - len, " (%u tries)",
			call.n_tries);
	return err;
}

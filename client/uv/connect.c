#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "client/retry.h"
#include "client/uv/async.h"

void async_trouble_set(struct pp_uv_client *client, int err, const char *format, ...)
{
	va_list args;

	client->trouble.err = err;
	client->trouble.permanent = false;
	client->trouble.retry_after_ms = 0;
	va_start(args, format);
	vsnprintf(client->trouble.why, sizeof(client->trouble.why), format, args);
	va_end(args);
}

void async_trouble_set_errno(struct pp_uv_client *client, int error)
{
	/* The GNU strerror_r: thread-safe, and may return static text. */
	char buf[128];

	async_trouble_set(client, PP_ERR_CONNECT, "%s", strerror_r(error, buf, sizeof(buf)));
}

/* Tells of the trouble; when it will not pass, no call waits for better times. */
static void report(struct pp_uv_client *client)
{
	const struct async_trouble *trouble = &client->trouble;
	int64_t now = boottime_ms();

	client->connect_now = false;
	if (client->n_failures < UINT_MAX)
		client->n_failures++;
	client->hinted_until_ms = now + trouble->retry_after_ms;
	client->connect_at_ms = now + retry_wait_ms(client->n_failures, trouble->retry_after_ms);
	async_calls_hurry(client, now);
	snprintf(client->error, sizeof(client->error), "%s %s: %s",
		trouble->err == PP_ERR_DISCONNECTED ? "lost the link to" : "cannot connect to",
		client->address.text, trouble->why);
	bool permanent = trouble->permanent;
	int err = trouble->err;
	if (client->on_link != NULL)
		client->on_link(client, false, client->error, client->context);
	if (permanent && !client->closing)
		async_calls_end_all(client, err);
}

static void forget_addresses(struct pp_uv_client *client)
{
	if (client->found != NULL)
		uv_freeaddrinfo(client->found);
	client->found = NULL;
	client->next_found = NULL;
}

/* The next address that lets a connect begin; false: there is none. */
static bool dial_next(struct pp_uv_client *client)
{
	int64_t now = boottime_ms();

	while (client->next_found != NULL) {
		const struct addrinfo *to = client->next_found;
		int n_left = 0;
		for (const struct addrinfo *at = to; at != NULL; at = at->ai_next)
			n_left++;
		client->next_found = to->ai_next;
		/* Each has its share of the time that is left, so that a dead one hides none. */
		client->share_ends_ms = now + (client->attempt_ends_ms - now) / n_left;
		if (async_link_open(client, to->ai_addr, to->ai_addrlen) == 0)
			return true;
	}
	return false;
}

void async_connect_failed(struct pp_uv_client *client)
{
	ASSERT(client->link == NULL);
	if (dial_next(client))
		return;
	forget_addresses(client);
	report(client);
}

static void dial_found(struct pp_uv_client *client, struct addrinfo *found)
{
	client->found = found;
	client->next_found = found;
	client->attempt_ends_ms = boottime_ms() + client->connect_timeout_ms;
	async_connect_failed(client);
}

static void on_lookup(uv_getaddrinfo_t *lookup, int status, struct addrinfo *found)
{
	struct pp_uv_client *client = lookup->data;

	client->looking_up = false;
	if (client->closing) {
		uv_freeaddrinfo(found);
		async_client_release(client);
		return;
	}
	client->n_open--;
	if (status == 0) {
		dial_found(client, found);
	} else {
		async_trouble_set(client, PP_ERR_CONNECT, "%s", uv_strerror(status));
		report(client);
	}
	async_client_settle(client);
}

static void look_up(struct pp_uv_client *client, struct addrinfo hints)
{
	client->lookup.data = client;
	int status = uv_getaddrinfo(client->loop, &client->lookup, on_lookup, client->address.host,
		client->address.port, &hints);

	if (status != 0) {
		async_trouble_set(client, PP_ERR_CONNECT, "%s", uv_strerror(status));
		report(client);
		return;
	}
	client->looking_up = true;
	client->n_open++;
}

static void dial_local(struct pp_uv_client *client)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	memcpy(to.sun_path, client->address.path, sizeof(to.sun_path));
	client->attempt_ends_ms = boottime_ms() + client->connect_timeout_ms;
	client->share_ends_ms = client->attempt_ends_ms;
	if (async_link_open(client, (const struct sockaddr *)&to, sizeof(to)) != 0)
		report(client);
}

void async_connect_begin(struct pp_uv_client *client)
{
	struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV | AI_NUMERICHOST,
	};
	struct addrinfo *found;

	ASSERT(client->link == NULL && !client->looking_up && client->found == NULL);
	if (client->address.local) {
		dial_local(client);
		return;
	}
	/* A numeric address is no work for the pool of threads, and needs no wait at the end. */
	if (getaddrinfo(client->address.host, client->address.port, &hints, &found) == 0) {
		dial_found(client, found);
		return;
	}
	hints.ai_flags = AI_NUMERICSERV;
	look_up(client, hints);
}

/* Takes note of who answered. A retry must never reach another store: it would be executed twice.
 */
static bool learn_server(struct pp_uv_client *client, const struct pp_hello_response *hello)
{
	const struct pp_hello_response *known = &client->server;

	if (client->has_server &&
		(memcmp(&hello->store_id, &known->store_id, sizeof(hello->store_id)) != 0 ||
			hello->incarnation != known->incarnation)) {
		async_trouble_set(client, PP_ERR_CONNECT,
			"another store, or a restored copy, answers there now");
		client->trouble.permanent = true;
		return false;
	}
	snprintf(client->server_version, sizeof(client->server_version), "%s",
		hello->server_version != NULL ? hello->server_version : "");
	client->server = *hello;
	client->server.server_version = client->server_version;
	client->has_server = true;
	async_client_learn_time(client, hello->server_time_ms);
	return true;
}

void async_connect_done(struct async_link *link)
{
	struct pp_uv_client *client = link->client;

	if (!learn_server(client, pp_core_server(link->core))) {
		async_connect_lost(client);
		return;
	}
	link->state = ASYNC_LINK_READY;
	client->connect_now = false;
	forget_addresses(client);
	if (client->on_link != NULL)
		client->on_link(client, true, NULL, client->context);
}

void async_connect_abandon(struct pp_uv_client *client)
{
	if (client->link != NULL) {
		async_calls_take_back(client, client->link);
		async_link_let_go(client->link);
	}
	forget_addresses(client);
}

void async_connect_lost(struct pp_uv_client *client)
{
	async_connect_abandon(client);
	report(client);
}

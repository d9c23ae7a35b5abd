#include "client/client.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/retry.h"
#include "peakpeeps/core.h"

enum { CONNECT_TIMEOUT_MS = 5000 };

void client_explain(struct pp_client *client, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(client->error, sizeof(client->error), format, args);
	va_end(args);
}

void client_learn_time(struct pp_client *client, int64_t server_ms)
{
	client->anchor_server_ms = server_ms;
	client->anchor_boottime_ms = boottime_ms();
}

/* Takes note of who answered. */
static int learn_server(struct pp_client *client)
{
	const struct pp_hello_response *hello = pp_core_server(client->connection.core);

	if (!identity_accept(client->identity, hello)) {
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
	client_learn_time(client, hello->server_time_ms);
	return 0;
}

int client_connect(struct pp_client *client, struct deadline deadline)
{
	struct deadline own = deadline_in(client->connect_timeout_ms);
	bool again = client->has_server;

	int err = connection_open(&client->connection, &client->address, client->name,
		deadline_earlier(own, deadline));
	if (err == 0)
		err = learn_server(client);
	if (err != 0) {
		client_explain(client, "cannot connect to %s: %s", client->address.text,
			client->connection.why);
		log_hook_write(&client->log,
			client->connection.permanent ? PP_LOG_ERROR : PP_LOG_WARN, "%s",
			client->error);
		return err;
	}
	log_hook_write(&client->log, PP_LOG_INFO, "connected%s to %s, version %s",
		again ? " again" : "", client->address.text, client->server_version);
	return 0;
}

static int take_options(
	struct pp_client *client, const struct pp_client_options *options, const char **why)
{
	const char *name = options->client_name != NULL ? options->client_name : "libpeakpeeps";
	struct address address;

	*why = "the allocator lacks a function";
	if (!allocator_valid(options->allocator))
		return PP_ERR_INVALID;
	*why = "the client's name is too long";
	if (strlen(name) >= sizeof(client->name))
		return PP_ERR_INVALID;
	int err = address_parse(options->address, &address, why);
	if (err != 0)
		return err;
	*why = NULL;
	snprintf(client->name, sizeof(client->name), "%s", name);
	client->address = address;
	client->acting_user = options->acting_user;
	client->connect_timeout_ms =
		options->connect_timeout_ms > 0 ? options->connect_timeout_ms : CONNECT_TIMEOUT_MS;
	client->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : CLIENT_TIMEOUT_MS;
	client->log = (struct log_hook) { options->log, options->log_user };
	return 0;
}

/* NULL: out of memory. */
static struct pp_client *client_empty(const struct pp_allocator *allocator)
{
	struct pp_client *client = mem_zalloc(allocator, sizeof(*client));

	if (client == NULL)
		return NULL;
	client->allocator = allocator_copy(allocator);
	client->connection.fd = -1;
	client->connection.allocator = &client->allocator;
	identity_init(&client->own_identity);
	client->identity = &client->own_identity;
	return client;
}

int client_new(const struct pp_client_options *options, struct pp_client **out, const char **why)
{
	const struct pp_client_options defaults = { 0 };

	if (options == NULL)
		options = &defaults;
	*why = NULL;
	/* One that lacks a function is of no use, not even to say so. */
	*out = client_empty(allocator_valid(options->allocator) ? options->allocator : NULL);
	if (*out == NULL)
		return PP_ERR_NO_MEMORY;
	int err = take_options(*out, options, why);
	if (err != 0)
		client_explain(*out, "cannot open a client of \"%s\": %s",
			options->address != NULL ? options->address : "", *why);
	return err;
}

struct pp_client *client_like(const struct pp_client *model, struct identity *identity)
{
	struct pp_client *client = client_empty(&model->allocator);

	if (client == NULL)
		return NULL;
	client->log = model->log;
	client->address = model->address;
	memcpy(client->name, model->name, sizeof(client->name));
	client->connect_timeout_ms = model->connect_timeout_ms;
	client->timeout_ms = model->timeout_ms;
	client->acting_user = model->acting_user;
	client->identity = identity;
	return client;
}

int pp_client_open(const struct pp_client_options *options, struct pp_client **out)
{
	const char *why;

	int err = client_new(options, out, &why);
	if (err != 0)
		return err;
	return client_connect(*out, deadline_in((*out)->connect_timeout_ms));
}

void pp_client_close(struct pp_client *client)
{
	if (client == NULL)
		return;
	/* It is its pool's, which closes it. */
	ASSERT(!client->out);
	connection_close(&client->connection);
	identity_destroy(&client->own_identity);
	struct pp_allocator allocator = client->allocator;
	mem_free(&allocator, client);
}

const char *pp_client_error(const struct pp_client *client)
{
	return client != NULL ? client->error : pp_strerror(PP_ERR_NO_MEMORY);
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
	retry_draw_random(random, sizeof(random));
	pp_uuid_make(now_ms, random, out);
}

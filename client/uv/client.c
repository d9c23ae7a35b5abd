#include "client/uv/async.h"

#include <stdio.h>
#include <string.h>

#include "client/retry.h"

enum {
	CONNECT_TIMEOUT_MS = 5000,
	CALL_TIMEOUT_MS = 30000,
	CALLS_MAX = 1024,
	/* A call timed out, and for so long nothing at all has come: the link is taken for dead. */
	SILENCE_MS_MAX = 1000,
};

static void on_alarm(uv_timer_t *alarm);

/* ---- What is due when ---- */

bool async_client_is_up(const struct pp_uv_client *client)
{
	return client->link != NULL && client->link->state == ASYNC_LINK_READY;
}

static bool wants_link(const struct pp_uv_client *client)
{
	return client->link == NULL && !client->looking_up &&
	       (client->n_pending > 0 || client->connect_now);
}

/* The end of what the link is waiting for, but for answers. */
static int64_t link_due_ms(const struct pp_uv_client *client)
{
	if (wants_link(client))
		return client->connect_at_ms;
	if (client->link == NULL || client->link->state == ASYNC_LINK_READY)
		return INT64_MAX;
	return client->link->state == ASYNC_LINK_CONNECTING ? client->share_ends_ms
							    : client->attempt_ends_ms;
}

static int64_t lane_due_ms(const struct async_lane *lane, int64_t now_ms)
{
	/* One that is not held waits for nothing but room, and that is no matter of time. */
	return lane->waiting.first != NULL && lane->resume_at_ms > now_ms ? lane->resume_at_ms
									  : INT64_MAX;
}

/*
 * The alarm may ring early, when what it was set for is gone, or by as much as the loop's own time,
 * from which a timer counts, is behind: then it is set anew.
 */
static void set_alarm(struct pp_uv_client *client, int64_t at_ms)
{
	if (at_ms >= client->alarm_at_ms)
		return;
	int64_t left = at_ms - boottime_ms();
	int err = uv_timer_start(&client->alarm, on_alarm, left > 0 ? (uint64_t)left : 0, 0);
	ASSERT(err == 0);
	client->alarm_at_ms = at_ms;
}

/* Pending calls keep the loop alive, an idle client does not. */
static void hold_loop(const struct pp_uv_client *client)
{
	uv_handle_t *alarm = (uv_handle_t *)&client->alarm;
	uv_handle_t *poll = client->link != NULL ? (uv_handle_t *)&client->link->poll : NULL;

	if (client->n_pending > 0) {
		uv_ref(alarm);
		if (poll != NULL)
			uv_ref(poll);
	} else {
		uv_unref(alarm);
		if (poll != NULL)
			uv_unref(poll);
	}
}

static void tell_of_room(struct pp_uv_client *client)
{
	if (client->closing || !client->wants_drain || client->n_pending > client->calls_max / 2)
		return;
	client->wants_drain = false;
	if (client->on_drain != NULL)
		client->on_drain(client, client->context);
}

void async_client_settle(struct pp_uv_client *client)
{
	/* From before anything is sent: a lane that becomes free meanwhile needs its alarm. */
	int64_t now = boottime_ms();

	if (client->closing)
		return;
	uv_idle_stop(&client->turn);
	if (wants_link(client) && client->connect_at_ms <= now)
		async_connect_begin(client);
	if (client->link != NULL)
		async_link_send(client->link);
	tell_of_room(client);
	if (client->closing)
		return;
	set_alarm(client, link_due_ms(client));
	set_alarm(client, lane_due_ms(&client->writes, now));
	set_alarm(client, lane_due_ms(&client->reads, now));
	hold_loop(client);
}

static void check_link(struct pp_uv_client *client, int64_t now_ms)
{
	struct async_link *link = client->link;

	if (link == NULL || link->state == ASYNC_LINK_READY || link_due_ms(client) > now_ms)
		return;
	async_trouble_set(client, PP_ERR_CONNECT, "no answer in time");
	if (link->state == ASYNC_LINK_CONNECTING) {
		async_link_let_go(link);
		async_connect_failed(client);
	} else {
		async_connect_lost(client);
	}
}

static void check_calls(struct pp_uv_client *client, int64_t now_ms)
{
	struct async_link *link = client->link;
	int64_t silent_since_ms = link != NULL ? link->silent_since_ms : 0;

	if (!async_calls_expire(client, now_ms) || client->link != link)
		return;
	if (now_ms - silent_since_ms < SILENCE_MS_MAX)
		return;
	async_trouble_set(client, PP_ERR_DISCONNECTED, "no answer in time");
	async_connect_lost(client);
}

static void on_alarm(uv_timer_t *alarm)
{
	struct pp_uv_client *client = alarm->data;
	int64_t now = boottime_ms();

	client->alarm_at_ms = INT64_MAX;
	check_link(client, now);
	if (!client->closing)
		check_calls(client, now);
	if (!client->closing)
		set_alarm(client, async_calls_next_due_ms(client));
	async_client_settle(client);
}

static void on_turn(uv_idle_t *turn)
{
	async_client_settle(turn->data);
}

/* ---- Opening and closing ---- */

static int take_options(
	struct pp_uv_client *client, const struct pp_uv_options *options, const char **why)
{
	const char *name = options->client_name != NULL ? options->client_name : "libpeakpeeps-uv";

	int err = address_parse(options->address, &client->address, why);
	if (err != 0)
		return err;
	if (strlen(name) >= sizeof(client->name)) {
		*why = "the client's name is too long";
		return PP_ERR_INVALID;
	}
	snprintf(client->name, sizeof(client->name), "%s", name);
	client->connect_timeout_ms =
		options->connect_timeout_ms > 0 ? options->connect_timeout_ms : CONNECT_TIMEOUT_MS;
	client->timeout_ms = options->timeout_ms > 0 ? options->timeout_ms : CALL_TIMEOUT_MS;
	client->calls_max = options->calls_max > 0 ? options->calls_max : CALLS_MAX;
	client->acting_user = options->acting_user;
	client->on_link = options->on_link;
	client->on_drain = options->on_drain;
	client->context = options->context;
	return 0;
}

int pp_uv_client_new(uv_loop_t *loop, const struct pp_uv_options *options,
	struct pp_uv_client **out, const char **why)
{
	const struct pp_uv_options defaults = { 0 };
	const char *reason = NULL;
	int err = PP_ERR_INVALID;

	if (options == NULL)
		options = &defaults;
	if (why == NULL)
		why = &reason;
	*why = "the allocator lacks a function";
	if (!allocator_valid(options->allocator))
		return err;
	struct pp_uv_client *client = mem_zalloc(options->allocator, sizeof(*client));
	if (client == NULL) {
		*why = pp_strerror(PP_ERR_NO_MEMORY);
		return PP_ERR_NO_MEMORY;
	}
	client->allocator = allocator_copy(options->allocator);
	client->loop = loop;
	client->alarm_at_ms = INT64_MAX;
	client->connect_now = true;
	err = take_options(client, options, why);
	if (err != 0)
		goto err_after_client;
	/* Neither can fail, and both have to be closed from here on. */
	err = uv_timer_init(loop, &client->alarm);
	ASSERT(err == 0);
	err = uv_idle_init(loop, &client->turn);
	ASSERT(err == 0);
	client->alarm.data = client;
	client->turn.data = client;
	client->n_open = 2;
	err = uv_idle_start(&client->turn, on_turn);
	ASSERT(err == 0);
	*why = NULL;
	*out = client;
	return 0;

err_after_client:
	mem_free(options->allocator, client);
	return err;
}

void async_client_release(struct pp_uv_client *client)
{
	if (--client->n_open > 0 || !client->closing)
		return;
	pp_uv_close_cb callback = client->close_callback;
	void *context = client->close_context;
	struct pp_allocator allocator = client->allocator;
	ASSERT(client->n_pending == 0 && client->link == NULL);
	mem_free(&allocator, client);
	if (callback != NULL)
		callback(context);
}

static void on_alarm_closed(uv_handle_t *handle)
{
	struct pp_uv_client *client = handle->data;

	async_calls_end_all(client, PP_ERR_CLOSED);
	async_client_release(client);
}

static void on_turn_closed(uv_handle_t *handle)
{
	async_client_release(handle->data);
}

void pp_uv_client_close(struct pp_uv_client *client, pp_uv_close_cb callback, void *context)
{
	ASSERT(!client->closing);
	client->closing = true;
	client->close_callback = callback;
	client->close_context = context;
	async_connect_abandon(client);
	/* One that has begun ends in its own time; its callback comes in either case. */
	if (client->looking_up)
		(void)uv_cancel((uv_req_t *)&client->lookup);
	uv_close((uv_handle_t *)&client->alarm, on_alarm_closed);
	uv_close((uv_handle_t *)&client->turn, on_turn_closed);
}

/* ---- Calls ---- */

static bool is_write(const struct pp_request *request)
{
	return pp_kind_flags(request->kind) == PP_WRITE && !request->validate_only;
}

int pp_uv_call(struct pp_uv_client *client, const struct pp_request *request, uint32_t timeout_ms,
	pp_uv_call_cb callback, void *context)
{
	struct pp_request completed = *request;

	if (client->closing)
		return PP_ERR_CLOSED;
	if (request->kind == PP_KIND_HELLO)
		return PP_ERR_INVALID;
	if (client->n_pending >= client->calls_max) {
		client->wants_drain = true;
		return PP_ERR_BUSY;
	}
	struct async_call *call = mem_zalloc(&client->allocator, sizeof(*call));
	if (call == NULL)
		return PP_ERR_NO_MEMORY;
	if (completed.acting_user == 0)
		completed.acting_user = client->acting_user;
	int err = pp_encode(&completed, &client->allocator, &call->encoded);
	if (err != 0) {
		mem_free(&client->allocator, call);
		return err;
	}
	call->lane = is_write(request) ? &client->writes : &client->reads;
	call->number = ++client->n_submitted;
	call->deadline = deadline_in(timeout_ms > 0 ? timeout_ms : client->timeout_ms);
	call->kind = request->kind;
	call->own_timeout_ms = request->timeout_ms;
	call->needs_id = retry_needs_request_id(request);
	call->has_id = request->has_request_id;
	if (call->has_id)
		call->request_id = request->request_id;
	call->callback = callback;
	call->context = context;
	client->n_pending++;
	async_list_insert(&call->lane->waiting, call);
	async_call_hurry(client, call, boottime_ms());
	set_alarm(client, call->deadline.at_ms);
	/* All that is called in one turn of the loop leaves together, before the loop waits. No
	 * prepare handle: one that another one started would let the loop wait first. */
	err = uv_idle_start(&client->turn, on_turn);
	ASSERT(err == 0);
	return 0;
}

/* ---- What it knows ---- */

void async_client_learn_time(struct pp_uv_client *client, int64_t server_ms)
{
	client->anchor_server_ms = server_ms;
	client->anchor_boottime_ms = boottime_ms();
}

int pp_uv_client_new_request_id(struct pp_uv_client *client, struct pp_uuid *out)
{
	uint8_t random[10];

	if (!client->has_server)
		return PP_ERR_NOT_FOUND;
	retry_draw_random(random, sizeof(random));
	pp_uuid_make(
		client->anchor_server_ms + boottime_ms() - client->anchor_boottime_ms, random, out);
	return 0;
}

const struct pp_hello_response *pp_uv_client_server(const struct pp_uv_client *client)
{
	return client->has_server ? &client->server : NULL;
}

const char *pp_uv_client_error(const struct pp_uv_client *client)
{
	return client->error;
}

size_t pp_uv_client_pending(const struct pp_uv_client *client)
{
	return client->n_pending;
}

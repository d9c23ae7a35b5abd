#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/retry.h"
#include "client/uv/async.h"

/*
 * The socket is the client's own and only polled by libuv: uv_write of 1.44 sends without
 * MSG_NOSIGNAL, so that a server that goes away would kill a program that does not ignore SIGPIPE,
 * and a library leaves the program's signal handlers alone.
 */

enum {
	READ_BYTES = 16 * 1024,
	READS_PER_TURN_MAX = 16,
	/*
	 * Submitted to the core, but not sent. What waits outside of it certainly was not executed
	 * when the link breaks, so the core is never given much more than the socket takes.
	 */
	OUTPUT_BYTES_HIGH = 64 * 1024,
};

static void on_poll(uv_poll_t *poll, int status, int events);

static void on_closed(uv_handle_t *handle)
{
	struct async_link *link = handle->data;
	struct pp_uv_client *client = link->client;

	pp_core_free(link->core);
	mem_free(&client->allocator, link);
	async_client_release(client);
}

void async_link_let_go(struct async_link *link)
{
	ASSERT(link->client->link == link);
	link->client->link = NULL;
	/* The handle stops to watch the descriptor here. Its memory, and the response that a
	 * callback may just be looking at, stay until the loop is done with it. */
	uv_close((uv_handle_t *)&link->poll, on_closed);
	close(link->fd);
}

static int watch(struct async_link *link)
{
	int events = UV_READABLE;
	size_t len;

	if (link->state == ASYNC_LINK_CONNECTING) {
		events = UV_WRITABLE;
	} else {
		(void)pp_core_output(link->core, &len);
		events |= len > 0 ? UV_WRITABLE : 0;
	}
	if (events == link->events)
		return 0;
	link->events = events;
	return uv_poll_start(&link->poll, events, on_poll);
}

static int begin_connect(struct pp_uv_client *client, const struct sockaddr *to, socklen_t len)
{
	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);

	if (fd < 0) {
		async_trouble_set_errno(client, errno);
		return -1;
	}
	/* An interrupted connect goes on by itself, as one in progress does. */
	if (connect(fd, to, len) != 0 && errno != EINPROGRESS && errno != EINTR) {
		/* A Unix socket whose backlog is full. */
		async_trouble_set_errno(client, errno == EAGAIN ? ECONNREFUSED : errno);
		close(fd);
		return -1;
	}
	return fd;
}

int async_link_open(struct pp_uv_client *client, const struct sockaddr *to, socklen_t len)
{
	int err = PP_ERR_CONNECT;

	ASSERT(client->link == NULL);
	int fd = begin_connect(client, to, len);
	if (fd < 0)
		return err;
	struct async_link *link = mem_zalloc(&client->allocator, sizeof(*link));
	if (link == NULL) {
		err = PP_ERR_NO_MEMORY;
		goto err_after_socket;
	}
	*link = (struct async_link) { .client = client, .fd = fd };
	link->core = pp_core_new(client->name, &client->allocator);
	if (link->core == NULL) {
		err = PP_ERR_NO_MEMORY;
		goto err_after_link;
	}
	if (uv_poll_init_socket(client->loop, &link->poll, fd) != 0)
		goto err_after_core;
	link->poll.data = link;
	client->link = link;
	client->n_open++;
	if (watch(link) == 0)
		return 0;
	async_link_let_go(link);
	async_trouble_set(client, PP_ERR_CONNECT, "the loop does not watch the socket");
	return PP_ERR_CONNECT;

err_after_core:
	pp_core_free(link->core);
err_after_link:
	mem_free(&client->allocator, link);
err_after_socket:
	close(fd);
	async_trouble_set(client, err, "%s", pp_strerror(err));
	return err;
}

/* Turns a core's error, or PP_ERR_DISCONNECTED for the end of the stream, into trouble. A refusal
 * of the whole connection explains more than the socket's end. */
static void explain(struct async_link *link, int err)
{
	struct pp_uv_client *client = link->client;
	const struct pp_status *fatal = pp_core_fatal(link->core);
	bool greeted = pp_core_server(link->core) != NULL;
	int end = greeted ? PP_ERR_DISCONNECTED : PP_ERR_CONNECT;

	if (fatal != NULL) {
		const char *name = pp_reason_name(fatal->reason);
		async_trouble_set(client, end, "the server refuses the connection: %s (%s)",
			fatal->message != NULL ? fatal->message : "no reason given",
			name != NULL ? name : "a reason unknown to this client");
		client->trouble.retry_after_ms = fatal->retry_after_ms;
		client->trouble.permanent = !retry_link_refused_for_now(fatal);
	} else if (err == PP_ERR_MALFORMED || err == PP_ERR_TOO_BIG) {
		async_trouble_set(client, end, "%s",
			greeted ? "the answer is damaged"
				: "what answers there is not a PeakPeeps server");
		client->trouble.permanent = !greeted;
	} else if (err == PP_ERR_DISCONNECTED) {
		async_trouble_set(client, end, "the server closed the connection");
	} else {
		async_trouble_set(client, end, "%s", pp_strerror(err));
	}
}

enum { READ_WHOLE, READ_SHORT, READ_NOTHING }; /* of the buffer: is there more? */

/* Takes what arrived: one of these, or PP_ERR_DISCONNECTED, or the core's error. */
static int read_once(struct async_link *link)
{
	uint8_t bytes[READ_BYTES];
	ssize_t n;

	do
		n = recv(link->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return READ_NOTHING;
	/* After a reset too: the server is gone, and that is all that counts. */
	if (n <= 0)
		return PP_ERR_DISCONNECTED;
	link->silent_since_ms = boottime_ms();
	int err = pp_core_feed(link->core, bytes, (size_t)n);
	if (err != 0)
		return err;
	return (size_t)n < sizeof(bytes) ? READ_SHORT : READ_WHOLE;
}

static void take_answer(struct async_link *link, const struct pp_response *response)
{
	struct pp_uv_client *client = link->client;
	struct async_call *call = link->calls[response->seq % IN_FLIGHT_MAX];

	if (!response->replayed && response->time_ms > 0)
		async_client_learn_time(client, response->time_ms);
	client->n_failures = 0;
	/* Nobody waits any more for the answer to a call whose time is over. */
	if (call == NULL)
		return;
	/* The core hands out answers only to what is in flight, and no two share a remainder. */
	ASSERT(call->seq == response->seq);
	link->calls[response->seq % IN_FLIGHT_MAX] = NULL;
	async_call_answer(client, call, response);
}

/* Gives the answers that have come to whoever waits for them. 0, or the core's error. */
static int dispatch(struct async_link *link)
{
	struct pp_uv_client *client = link->client;
	const struct pp_response *response;

	while (client->link == link) {
		int err = pp_core_next(link->core, &response);
		if (err == 0)
			take_answer(link, response);
		else if (err != PP_ERR_NOT_FOUND)
			return err;
		else if (link->state == ASYNC_LINK_GREETING && pp_core_server(link->core) != NULL)
			async_connect_done(link);
		else
			break;
	}
	return 0;
}

/* Reads and hands out; `to_the_end`: until the socket has nothing more, and never will. */
static void receive(struct async_link *link, bool to_the_end)
{
	struct pp_uv_client *client = link->client;

	for (int i = 0; i < READS_PER_TURN_MAX || to_the_end; i++) {
		int ended = read_once(link);
		/* What came whole before the end still counts. */
		int err = dispatch(link);
		if (client->link != link)
			return;
		if (err == 0 && ended < 0)
			err = ended;
		if (err == 0 && ended == READ_NOTHING && to_the_end)
			err = PP_ERR_DISCONNECTED;
		/* All that the refused connection still owed has come. */
		if (err == 0 && pp_core_fatal(link->core) != NULL &&
			pp_core_in_flight(link->core) == 0)
			err = PP_ERR_DISCONNECTED;
		if (err != 0) {
			explain(link, err);
			async_connect_lost(client);
			return;
		}
		if (ended != READ_WHOLE && !to_the_end)
			return;
	}
}

/* False: the core takes no more for now. */
static bool submit(struct async_link *link, struct async_call *call, int64_t now_ms)
{
	struct pp_uv_client *client = link->client;
	int64_t left = deadline_left_ms(call->deadline);
	bool first = pp_core_in_flight(link->core) == 0;
	int err = left > 0 ? 0 : PP_ERR_TIMEOUT;

	if (err == 0 && call->needs_id) {
		err = pp_uv_client_new_request_id(client, &call->request_id);
		ASSERT(err == 0);
		call->needs_id = false;
		call->has_id = true;
	}
	if (err == 0)
		err = pp_core_submit_encoded(link->core, call->encoded,
			retry_servers_timeout_ms(call->own_timeout_ms, left),
			call->has_id ? &call->request_id : NULL, &call->seq);
	if (err == PP_ERR_BUSY || err == PP_ERR_CLOSED)
		return false;
	if (err != 0) {
		async_call_end(client, call, err, NULL);
		return true;
	}
	if (first)
		link->silent_since_ms = now_ms;
	async_call_sent(link, call);
	return true;
}

static void submit_some(struct async_link *link)
{
	struct pp_uv_client *client = link->client;
	int64_t now = boottime_ms();

	/* The callback of one that is over may close the client. */
	while (client->link == link) {
		struct async_call *call = async_calls_next(client, now);
		size_t len;
		(void)pp_core_output(link->core, &len);
		if (call == NULL || len >= OUTPUT_BYTES_HIGH || !submit(link, call, now))
			break;
	}
}

/* Sends what the socket takes. False: it broke. */
static bool flush(struct async_link *link)
{
	for (;;) {
		size_t len;
		const uint8_t *data = pp_core_output(link->core, &len);
		if (len == 0)
			return true;
		ssize_t n = send(link->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0)
			pp_core_sent(link->core, (size_t)n);
		else if (errno == EAGAIN || errno == EWOULDBLOCK)
			return true;
		else if (errno != EINTR)
			return false;
	}
}

void async_link_send(struct async_link *link)
{
	struct pp_uv_client *client = link->client;
	size_t len = 0;

	if (link->state == ASYNC_LINK_CONNECTING)
		return;
	do {
		if (link->state == ASYNC_LINK_READY)
			submit_some(link);
		if (client->link != link)
			return;
		(void)pp_core_output(link->core, &len);
		size_t had = len;
		if (!flush(link)) {
			/* What the server said before it closed may still be there to be read. */
			receive(link, true);
			return;
		}
		(void)pp_core_output(link->core, &len);
		if (had < OUTPUT_BYTES_HIGH)
			break;
	} while (len == 0);
	if (watch(link) != 0) {
		async_trouble_set(
			client, PP_ERR_DISCONNECTED, "the loop does not watch the socket");
		async_connect_lost(client);
	}
}

static void finish_connect(struct async_link *link)
{
	struct pp_uv_client *client = link->client;
	const int on = 1;
	int error = 0;
	socklen_t len = sizeof(error);

	if (getsockopt(link->fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error != 0) {
		async_trouble_set_errno(client, error);
		async_link_let_go(link);
		async_connect_failed(client);
		return;
	}
	link->state = ASYNC_LINK_GREETING;
	if (!client->address.local) {
		/* Neither is needed to work: without them it is slower, and later to notice. */
		(void)setsockopt(link->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		(void)setsockopt(link->fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
}

static void on_poll(uv_poll_t *poll, int status, int events)
{
	struct async_link *link = poll->data;
	struct pp_uv_client *client = link->client;

	if (link->state == ASYNC_LINK_CONNECTING)
		finish_connect(link);
	else if (status < 0 || (events & UV_READABLE) != 0)
		/* libuv stops to watch a socket with an error. */
		receive(link, status < 0);
	async_client_settle(client);
}

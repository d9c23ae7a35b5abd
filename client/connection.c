#include "client/connection.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/retry.h"

enum { READ_BYTES = 16 * 1024 };

__attribute__((format(printf, 2, 3))) static void explain(
	struct connection *connection, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(connection->why, sizeof(connection->why), format, args);
	va_end(args);
}

static void explain_errno(struct connection *connection, const char *what, int error)
{
	char buf[128];

	explain(connection, "%s: %s", what, strerror_r(error, buf, sizeof(buf)));
}

void connection_close(struct connection *connection)
{
	if (connection->fd >= 0)
		close(connection->fd);
	pp_core_free(connection->core);
	connection->fd = -1;
	connection->core = NULL;
}

/* Sends what can be sent at once. *sent is set when a byte left. */
static int send_some(struct connection *connection, bool *sent)
{
	for (;;) {
		size_t len;
		const uint8_t *data = pp_core_output(connection->core, &len);
		if (len == 0)
			return 0;
		ssize_t n = send(connection->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			pp_core_sent(connection->core, (size_t)n);
			*sent = *sent || n > 0;
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return 0;
		} else if (errno != EINTR) {
			explain_errno(connection, "sending failed", errno);
			return PP_ERR_DISCONNECTED;
		}
	}
}

/* Reads once what is there; nothing there is 0 as well. */
static int read_some(struct connection *connection)
{
	uint8_t bytes[READ_BYTES];
	ssize_t n;

	do
		n = recv(connection->fd, bytes, sizeof(bytes), MSG_DONTWAIT);
	while (n < 0 && errno == EINTR);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
		return 0;
	if (n < 0) {
		explain_errno(connection, "reading failed", errno);
		return PP_ERR_DISCONNECTED;
	}
	if (n == 0) {
		explain(connection, "the server closed the connection");
		return PP_ERR_DISCONNECTED;
	}
	return pp_core_feed(connection->core, bytes, (size_t)n);
}

/* A core's error as one of the connection. A refusal of the whole connection explains more than the
 * socket's end. */
static int translate(struct connection *connection, int err)
{
	const struct pp_status *fatal = pp_core_fatal(connection->core);

	if (err == PP_ERR_NO_MEMORY || err == PP_ERR_TIMEOUT)
		return err;
	if (fatal != NULL) {
		const char *name = pp_reason_name(fatal->reason);
		explain(connection, "the server refuses the connection: %s (%s)",
			fatal->message != NULL ? fatal->message : "no reason given",
			name != NULL ? name : "a reason unknown to this client");
		connection->retry_after_ms = fatal->retry_after_ms;
		connection->permanent = !retry_link_refused_for_now(fatal);
		return err == PP_ERR_CONNECT ? err : PP_ERR_DISCONNECTED;
	}
	if (err == PP_ERR_MALFORMED || err == PP_ERR_TOO_BIG) {
		explain(connection, pp_core_server(connection->core) != NULL
					    ? "the answer is damaged"
					    : "what answers there is not a PeakPeeps server");
		connection->permanent = pp_core_server(connection->core) == NULL;
		return PP_ERR_DISCONNECTED;
	}
	return err;
}

/* One step: sends, waits for something to happen, reads. */
static int move_bytes(struct connection *connection, struct deadline deadline, bool *sent)
{
	short ready;
	size_t len;

	int broken = send_some(connection, sent);
	if (broken != 0) {
		/* What the server said before it closed may still be there to be read. */
		int err = read_some(connection);
		return err != 0 ? broken : 0;
	}
	(void)pp_core_output(connection->core, &len);
	short events = (short)(POLLIN | (len > 0 ? POLLOUT : 0));
	int err = deadline_poll(deadline, connection->fd, events, &ready);
	if (err == PP_ERR_TIMEOUT)
		explain(connection, "no answer in time");
	if (err != 0)
		return err == PP_ERR_TIMEOUT ? err : PP_ERR_DISCONNECTED;
	if ((ready & ~POLLOUT) == 0)
		return 0;
	return read_some(connection);
}

/* Moves bytes until the request `seq` is answered, or Hello when it is 0. */
static int await(struct connection *connection, uint64_t seq, struct deadline deadline, bool *sent,
	const struct pp_response **response)
{
	int broken = 0;

	for (;;) {
		int err = pp_core_next(connection->core, response);
		if (err == 0 && (*response)->seq == seq)
			return 0;
		if (err == 0)
			continue;
		if (err != PP_ERR_NOT_FOUND)
			return translate(connection, err);
		if (seq == 0 && pp_core_server(connection->core) != NULL)
			return 0;
		if (broken != 0)
			return translate(connection, broken);
		broken = move_bytes(connection, deadline, sent);
	}
}

int connection_open(struct connection *connection, const struct address *address,
	const char *client_name, struct deadline deadline)
{
	const struct pp_response *response;
	char why[ADDRESS_WHY_BYTES];
	bool sent = false;

	ASSERT(connection->fd < 0 && connection->core == NULL);
	connection->permanent = false;
	connection->retry_after_ms = 0;
	int err = address_connect(address, deadline, &connection->fd, why);
	if (err != 0) {
		explain(connection, "%s", why);
		return err;
	}
	connection->core = pp_core_new(client_name, connection->allocator);
	if (connection->core == NULL) {
		explain(connection, "%s", pp_strerror(PP_ERR_NO_MEMORY));
		err = PP_ERR_NO_MEMORY;
		goto err_after_connect;
	}
	err = await(connection, 0, deadline, &sent, &response);
	if (err == 0)
		return 0;
	if (err != PP_ERR_NO_MEMORY && err != PP_ERR_TIMEOUT)
		err = PP_ERR_CONNECT;

err_after_connect:
	connection_close(connection);
	return err;
}

bool connection_alive(struct connection *connection)
{
	const struct pp_response *response;
	int err;

	if (connection->fd < 0)
		return false;
	/* Nothing is in flight: all that can have come is a refusal of the connection, or its end.
	 */
	err = read_some(connection);
	if (err == 0)
		err = pp_core_next(connection->core, &response);
	return err == PP_ERR_NOT_FOUND && pp_core_fatal(connection->core) == NULL;
}

int connection_call(struct connection *connection, const struct pp_request *request,
	struct deadline deadline, bool *sent, const struct pp_response **response)
{
	uint64_t seq;

	*sent = false;
	connection->permanent = false;
	connection->retry_after_ms = 0;
	int err = pp_core_submit(connection->core, request, &seq);
	if (err != 0) {
		explain(connection, "%s", pp_strerror(err));
		return err;
	}
	return await(connection, seq, deadline, sent, response);
}

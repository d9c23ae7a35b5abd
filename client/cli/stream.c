#include "client/cli/stream.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>

#include "client/connection.h"
#include "client/retry.h"
#include "proto/limits.h"

enum { TICK_MS = 100, READ_BYTES = 64 * 1024, MEND_PAUSE_MS = 100 };

_Static_assert((int)STREAM_DEPTH_MAX == (int)IN_FLIGHT_MAX,
	"the remainder of a seq tells the requests in flight on a connection apart");

/* One connection and what is in flight on it: items are found by the seq of their answer. */
struct lane {
	struct connection connection;
	bool broken;
	int64_t opened_ms; /* boottime, when the server told its time */
	uint32_t n_used;
	uint32_t n_unsent;
	struct stream_item items[STREAM_DEPTH_MAX];
	uint16_t item_of_seq[STREAM_DEPTH_MAX]; /* by seq modulo the depth */
	uint16_t free[STREAM_DEPTH_MAX];        /* items that are not used, a stack */
};

struct stream {
	struct address address;
	const char *client_name;
	uint32_t timeout_ms;
	uint32_t n_lanes;
	const struct stream_source *source; /* of the run */
	bool dry;                           /* nothing more is begun */
	int err;                            /* a request that cannot be made */
	uint8_t bytes[READ_BYTES];
	struct lane lanes[];
};

/* ---- Opening and mending ---- */

static void explain(const struct lane *lane, char *why)
{
	snprintf(why, STREAM_WHY_BYTES, "%s", lane->connection.why);
}

int stream_open(const struct address *address, const char *client_name, uint32_t n_connections,
	uint32_t timeout_ms, struct stream **out, char *why)
{
	struct stream *stream = calloc(1, sizeof(*stream) + n_connections * sizeof(struct lane));

	ASSERT(n_connections > 0 && n_connections <= STREAM_CONNECTIONS_MAX);
	snprintf(why, STREAM_WHY_BYTES, "%s", pp_strerror(PP_ERR_NO_MEMORY));
	if (stream == NULL)
		return PP_ERR_NO_MEMORY;
	stream->address = *address;
	stream->client_name = client_name;
	stream->timeout_ms = timeout_ms;
	stream->n_lanes = n_connections;
	for (uint32_t i = 0; i < n_connections; i++) {
		struct lane *lane = &stream->lanes[i];
		lane->connection.fd = -1;
		for (uint32_t j = 0; j < STREAM_DEPTH_MAX; j++)
			lane->free[j] = (uint16_t)j;
	}
	for (uint32_t i = 0; i < n_connections; i++) {
		struct lane *lane = &stream->lanes[i];
		int err = connection_open(
			&lane->connection, address, client_name, deadline_in(timeout_ms));
		lane->opened_ms = boottime_ms();
		if (err == 0)
			continue;
		explain(lane, why);
		stream_close(stream);
		return err;
	}
	*out = stream;
	return 0;
}

void stream_close(struct stream *stream)
{
	if (stream == NULL)
		return;
	for (uint32_t i = 0; i < stream->n_lanes; i++)
		connection_close(&stream->lanes[i].connection);
	free(stream);
}

/* A new connection, on which everything that was not answered is to be sent again. */
static int mend(struct stream *stream, struct lane *lane, char *why)
{
	struct deadline deadline = deadline_in(stream->timeout_ms);
	int err;

	connection_close(&lane->connection);
	do {
		err = connection_open(
			&lane->connection, &stream->address, stream->client_name, deadline);
		if (err != 0 && !lane->connection.permanent)
			deadline_sleep(deadline, MEND_PAUSE_MS);
	} while (err != 0 && !lane->connection.permanent && deadline_left_ms(deadline) > 0);
	if (err != 0) {
		explain(lane, why);
		return err;
	}
	lane->broken = false;
	lane->opened_ms = boottime_ms();
	lane->n_unsent = lane->n_used;
	for (uint32_t i = 0; i < STREAM_DEPTH_MAX; i++)
		lane->items[i].sent = false;
	return 0;
}

/* ---- Sending ---- */

static void give_id(const struct lane *lane, struct stream_item *item)
{
	const struct pp_hello_response *server = pp_core_server(lane->connection.core);
	uint8_t random[10];

	ssize_t n = getrandom(random, sizeof(random), 0);
	ASSERT(n == (ssize_t)sizeof(random));
	/* By the server's clock as it goes on: what is made later sorts later in its store. */
	int64_t now_ms = server->server_time_ms + boottime_ms() - lane->opened_ms;
	pp_uuid_make(now_ms, random, &item->id);
	item->has_id = true;
}

/* False when the connection takes no more for now. */
static bool submit(struct stream *stream, struct lane *lane, uint16_t index)
{
	struct stream_item *item = &lane->items[index];
	struct pp_request request = { 0 };
	uint64_t seq;

	stream->source->fill(stream->source->context, item, &request);
	if (pp_kind_flags(request.kind) == PP_WRITE) {
		if (!item->has_id)
			give_id(lane, item);
		request.has_request_id = true;
		request.request_id = item->id;
	}
	int err = pp_core_submit(lane->connection.core, &request, &seq);
	if (err == PP_ERR_BUSY)
		return false;
	if (err != 0) {
		stream->err = err;
		return false;
	}
	lane->item_of_seq[seq % STREAM_DEPTH_MAX] = index;
	item->sent = true;
	lane->n_unsent--;
	return true;
}

/* Items that were begun before but are to be sent, or sent again. */
static void submit_begun(struct stream *stream, struct lane *lane)
{
	int64_t now_ms = boottime_ms();

	for (uint32_t i = 0; i < STREAM_DEPTH_MAX && lane->n_unsent > 0; i++) {
		const struct stream_item *item = &lane->items[i];
		if (item->used && !item->sent && item->not_before_ms <= now_ms &&
			!submit(stream, lane, (uint16_t)i))
			return;
	}
}

static void begin_items(struct stream *stream, struct lane *lane)
{
	while (!stream->dry && lane->n_used < STREAM_DEPTH_MAX && lane->n_unsent == 0) {
		struct stream_item item = { .used = true };
		if (!stream->source->next(stream->source->context, &item)) {
			stream->dry = true;
			return;
		}
		uint16_t index = lane->free[STREAM_DEPTH_MAX - ++lane->n_used];
		lane->items[index] = item;
		lane->n_unsent++;
		if (!submit(stream, lane, index))
			return;
	}
}

static void send_bytes(struct lane *lane)
{
	size_t len;
	const uint8_t *data;

	while ((data = pp_core_output(lane->connection.core, &len), len > 0)) {
		ssize_t n = send(lane->connection.fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n > 0) {
			pp_core_sent(lane->connection.core, (size_t)n);
		} else if (errno == EAGAIN || errno == EWOULDBLOCK) {
			return;
		} else if (errno != EINTR) {
			lane->broken = true;
			return;
		}
	}
}

/* ---- Answers ---- */

static void end_item(struct lane *lane, uint16_t index)
{
	lane->items[index].used = false;
	lane->free[STREAM_DEPTH_MAX - lane->n_used--] = index;
}

static void take_answer(
	struct stream *stream, struct lane *lane, const struct pp_response *response)
{
	uint16_t index = lane->item_of_seq[response->seq % STREAM_DEPTH_MAX];
	struct stream_item *item = &lane->items[index];
	const struct pp_status *status = response->status;

	ASSERT(item->used && item->sent);
	if (retry_refused_for_now(status)) {
		item->sent = false;
		item->not_before_ms = boottime_ms() + retry_wait_ms(1, status->retry_after_ms);
		lane->n_unsent++;
		return;
	}
	switch (stream->source->take(stream->source->context, item, response)) {
	case STREAM_DONE: end_item(lane, index); return;
	case STREAM_AGAIN:
		item->sent = false;
		item->has_id = false;
		lane->n_unsent++;
		return;
	case STREAM_STOP:
		stream->dry = true;
		end_item(lane, index);
		return;
	}
}

static void read_answers(struct stream *stream, struct lane *lane)
{
	struct connection *connection = &lane->connection;
	const struct pp_response *response;

	ssize_t n = recv(connection->fd, stream->bytes, sizeof(stream->bytes), MSG_DONTWAIT);
	if (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR))
		return;
	if (n <= 0 || pp_core_feed(connection->core, stream->bytes, (size_t)n) != 0)
		lane->broken = true;
	int err;
	while ((err = pp_core_next(connection->core, &response)) == 0) {
		if (response->seq != 0)
			take_answer(stream, lane, response);
	}
	if (err != PP_ERR_NOT_FOUND)
		lane->broken = true;
}

/* ---- The run ---- */

static bool waits(const struct stream *stream)
{
	for (uint32_t i = 0; i < stream->n_lanes; i++) {
		if (stream->lanes[i].n_used > 0)
			return true;
	}
	return !stream->dry;
}

static void wait_for_bytes(struct stream *stream)
{
	struct pollfd polled[STREAM_CONNECTIONS_MAX];
	size_t len;

	for (uint32_t i = 0; i < stream->n_lanes; i++) {
		struct connection *connection = &stream->lanes[i].connection;
		(void)pp_core_output(connection->core, &len);
		polled[i] = (struct pollfd) { .fd = connection->fd,
			.events = (short)(POLLIN | (len > 0 ? POLLOUT : 0)) };
	}
	if (poll(polled, stream->n_lanes, TICK_MS) <= 0)
		return;
	for (uint32_t i = 0; i < stream->n_lanes; i++) {
		if ((polled[i].revents & ~POLLOUT) != 0)
			read_answers(stream, &stream->lanes[i]);
	}
}

int stream_run(struct stream *stream, const struct stream_source *source, char *why)
{
	stream->source = source;
	stream->dry = false;
	stream->err = 0;
	while (waits(stream)) {
		for (uint32_t i = 0; i < stream->n_lanes; i++) {
			struct lane *lane = &stream->lanes[i];
			if (lane->broken) {
				int err = mend(stream, lane, why);
				if (err != 0)
					return err;
			}
			submit_begun(stream, lane);
			begin_items(stream, lane);
			send_bytes(lane);
		}
		if (stream->err != 0) {
			snprintf(why, STREAM_WHY_BYTES, "%s", pp_strerror(stream->err));
			return stream->err;
		}
		wait_for_bytes(stream);
		source->tick(source->context);
	}
	return 0;
}

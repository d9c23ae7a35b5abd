#include "bench/line.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "client/deadline.h"

enum { CONNECT_TIMEOUT_MS = 10 * 1000, HELLO_BYTES = 4096 };

void line_close(struct line *line)
{
	if (line->fd >= 0)
		close(line->fd);
	pp_core_free(line->core);
	free(line->flights);
	free(line->free_slots);
}

static int watch(struct line *line, int operation, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = line };

	return epoll_ctl(line->epoll_fd, operation, line->fd, &event) == 0 ? 0 : PP_ERR_IO;
}

int line_flush(struct line *line, char *why)
{
	size_t len;

	for (;;) {
		const uint8_t *data = pp_core_output(line->core, &len);
		if (len == 0)
			break;
		ssize_t n = send(line->fd, data, len, MSG_NOSIGNAL | MSG_DONTWAIT);
		if (n >= 0) {
			pp_core_sent(line->core, (size_t)n);
		} else if (errno == EAGAIN) {
			break;
		} else if (errno != EINTR) {
			snprintf(why, LOAD_WHY_BYTES, "sending failed: %s", strerror(errno));
			return PP_ERR_DISCONNECTED;
		}
	}
	if ((len > 0) == line->waits_to_send)
		return 0;
	line->waits_to_send = len > 0;
	return watch(line, EPOLL_CTL_MOD, len > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static int explain_end(const struct line *line, ssize_t n, char *why)
{
	const struct pp_status *fatal = pp_core_fatal(line->core);

	if (fatal != NULL)
		snprintf(why, LOAD_WHY_BYTES, "the server refuses the connection: %s",
			fatal->message != NULL ? fatal->message : "no reason given");
	else if (n == 0)
		snprintf(why, LOAD_WHY_BYTES, "the server closed a connection");
	else
		snprintf(why, LOAD_WHY_BYTES, "reading failed: %s", strerror(errno));
	return PP_ERR_DISCONNECTED;
}

int line_read(struct line *line, uint8_t *buf, size_t size, char *why)
{
	ssize_t n = recv(line->fd, buf, size, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return explain_end(line, n, why);
	int err = pp_core_feed(line->core, buf, (size_t)n);
	if (err == 0)
		return 0;
	snprintf(why, LOAD_WHY_BYTES, "what arrives is not PeakPeeps: %s", pp_strerror(err));
	return PP_ERR_DISCONNECTED;
}

static int refuse_answer(const struct line *line, int err, char *why)
{
	if (pp_core_fatal(line->core) != NULL)
		return explain_end(line, 0, why);
	snprintf(why, LOAD_WHY_BYTES, "an answer is not right: %s", pp_strerror(err));
	return PP_ERR_DISCONNECTED;
}

int line_next(struct line *line, const struct pp_response **response, uint16_t *slot, char *why)
{
	int err = pp_core_next(line->core, response);

	if (err == PP_ERR_NOT_FOUND)
		return err;
	if (err != 0)
		return refuse_answer(line, err, why);
	*slot = line->slot_of[(*response)->seq % IN_FLIGHT_MAX];
	return 0;
}

static int submit(struct line *line, uint16_t slot, char *why)
{
	struct shot_body body;
	struct pp_request request;
	uint64_t seq;

	shot_request(&line->flights[slot].shot, &body, &request);
	int err = pp_core_submit(line->core, &request, &seq);
	if (err != 0) {
		snprintf(why, LOAD_WHY_BYTES, "a request could not be submitted: %s",
			pp_strerror(err));
		return err;
	}
	line->slot_of[seq % IN_FLIGHT_MAX] = slot;
	return 0;
}

int line_submit(
	struct line *line, const struct shot *shot, int64_t planned_ns, int64_t sent_ns, char *why)
{
	ASSERT(line->n_free > 0);
	uint16_t slot = line->free_slots[--line->n_free];
	line->flights[slot] = (struct flight) {
		.shot = *shot,
		.used = true,
		.planned_ns = planned_ns,
		.sent_ns = sent_ns,
	};
	return submit(line, slot, why);
}

int line_submit_again(struct line *line, uint16_t slot, int64_t sent_ns, char *why)
{
	struct flight *flight = &line->flights[slot];

	ASSERT(flight->used);
	flight->n_retries++;
	flight->sent_ns = sent_ns;
	return submit(line, slot, why);
}

void line_free_slot(struct line *line, uint16_t slot)
{
	ASSERT(line->flights[slot].used);
	line->flights[slot].used = false;
	line->free_slots[line->n_free++] = slot;
}

int line_open(
	struct line *line, const struct address *address, unsigned depth, int epoll_fd, char *why)
{
	struct deadline deadline = deadline_in(CONNECT_TIMEOUT_MS);

	line->fd = -1;
	line->epoll_fd = epoll_fd;
	line->depth = depth;
	line->core = pp_core_new("peakpeeps-bench", NULL);
	line->flights = calloc(depth, sizeof(*line->flights));
	line->free_slots = calloc(depth, sizeof(*line->free_slots));
	if (line->core == NULL || line->flights == NULL || line->free_slots == NULL) {
		snprintf(why, LOAD_WHY_BYTES, "%s", pp_strerror(PP_ERR_NO_MEMORY));
		return PP_ERR_NO_MEMORY;
	}
	for (unsigned i = 0; i < depth; i++)
		line->free_slots[line->n_free++] = (uint16_t)(depth - 1 - i);
	int err = address_connect(address, deadline, &line->fd, why);
	if (err != 0)
		return err;
	if (watch(line, EPOLL_CTL_ADD, EPOLLIN) != 0) {
		snprintf(why, LOAD_WHY_BYTES, "epoll: %s", strerror(errno));
		return PP_ERR_IO;
	}
	return line_flush(line, why);
}

int line_await(struct line *line, char *why)
{
	struct deadline deadline = deadline_in(CONNECT_TIMEOUT_MS);
	uint8_t buf[HELLO_BYTES];

	while (pp_core_server(line->core) == NULL) {
		const struct pp_response *response;
		uint16_t slot;
		short ready;
		int err = line_flush(line, why);
		if (err == 0)
			err = deadline_poll(deadline, line->fd, POLLIN, &ready);
		if (err == PP_ERR_TIMEOUT)
			snprintf(why, LOAD_WHY_BYTES, "no answer to Hello in time");
		if (err == 0)
			err = line_read(line, buf, sizeof(buf), why);
		if (err == 0)
			err = line_next(line, &response, &slot, why);
		/* Nothing else was asked, so there can be no other answer. */
		if (err == 0)
			err = refuse_answer(line, PP_ERR_MALFORMED, why);
		if (err != PP_ERR_NOT_FOUND)
			return err;
	}
	uint32_t in_flight_max = pp_core_server(line->core)->in_flight_max;
	if (in_flight_max != 0 && in_flight_max < line->depth) {
		snprintf(why, LOAD_WHY_BYTES, "the server allows %u requests in flight, not %u",
			in_flight_max, line->depth);
		return PP_ERR_INVALID;
	}
	return 0;
}

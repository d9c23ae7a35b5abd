#include "bench/load.h"

#include <errno.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "bench/draw.h"
#include "client/deadline.h"
#include "proto/limits.h"

enum { CONNECT_TIMEOUT_MS = 10 * 1000, EVENTS_MAX = 64, READ_BYTES = 64 * 1024 };

struct flight {
	struct shot shot;
	int64_t begun_ns; /* 0: the slot is free */
};

struct line {
	int fd;
	struct pp_core *core;
	bool waits_to_send;              /* epoll watches for room */
	uint16_t slot_of[IN_FLIGHT_MAX]; /* of a seq, by its remainder */
	struct flight *flights;          /* `depth` slots */
	uint16_t *free_slots;            /* a stack */
	unsigned n_free;
};

struct load {
	struct load_source source;
	bool exhausted; /* the source has no more */
	unsigned n_lines;
	unsigned depth;
	struct line *lines;
	int epoll_fd;
	uint64_t n_in_flight;
	int64_t last_answer_ns;
	struct draw ids; /* for request ids: seeded by the system, not by the user */
	int64_t anchor_server_ms;
	int64_t anchor_ns;
	uint8_t bytes[READ_BYTES];
};

int64_t monotonic_ns(void)
{
	struct timespec now;
	int err = clock_gettime(CLOCK_MONOTONIC, &now);

	ASSERT(err == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

static void close_line(struct line *line)
{
	if (line->fd >= 0)
		close(line->fd);
	pp_core_free(line->core);
	free(line->flights);
	free(line->free_slots);
}

void load_close(struct load *load)
{
	if (load == NULL)
		return;
	for (unsigned i = 0; load->lines != NULL && i < load->n_lines; i++)
		close_line(&load->lines[i]);
	free(load->lines);
	if (load->epoll_fd >= 0)
		close(load->epoll_fd);
	free(load);
}

static int watch(struct load *load, struct line *line, int operation, uint32_t events)
{
	struct epoll_event event = { .events = events, .data.ptr = line };

	return epoll_ctl(load->epoll_fd, operation, line->fd, &event) == 0 ? 0 : PP_ERR_IO;
}

/* Sends what can be sent at once; the rest waits for room. */
static int flush_line(struct load *load, struct line *line, char *why)
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
	return watch(load, line, EPOLL_CTL_MOD, len > 0 ? EPOLLIN | EPOLLOUT : EPOLLIN);
}

static void give_id(struct load *load, struct shot *shot, int64_t now_ns)
{
	uint64_t words[2] = { draw_u64(&load->ids), draw_u64(&load->ids) };
	uint8_t random[10];

	memcpy(random, words, sizeof(random));
	pp_uuid_make(load->anchor_server_ms + (now_ns - load->anchor_ns) / 1000000, random,
		&shot->request_id);
}

/* Keeps a connection full. */
static int fill_line(struct load *load, struct line *line, int64_t now_ns, char *why)
{
	while (line->n_free > 0 && !load->exhausted) {
		struct shot_body body;
		struct pp_request request;
		struct shot shot = { .actor = 0 };
		uint64_t seq;

		if (!load->source.next(load->source.context, now_ns, &shot)) {
			load->exhausted = true;
			break;
		}
		if (shot_is_write(shot.kind))
			give_id(load, &shot, now_ns);
		shot_request(&shot, &body, &request);
		int err = pp_core_submit(line->core, &request, &seq);
		if (err != 0) {
			snprintf(why, LOAD_WHY_BYTES, "a request could not be submitted: %s",
				pp_strerror(err));
			return err;
		}
		uint16_t slot = line->free_slots[--line->n_free];
		line->slot_of[seq % IN_FLIGHT_MAX] = slot;
		line->flights[slot] = (struct flight) { .shot = shot, .begun_ns = now_ns };
		load->n_in_flight++;
	}
	return flush_line(load, line, why);
}

/* Takes every answer that has arrived whole. */
static int take_answers(struct load *load, struct line *line, char *why)
{
	const struct pp_response *response;

	for (;;) {
		int err = pp_core_next(line->core, &response);
		if (err == PP_ERR_NOT_FOUND)
			return 0;
		if (err != 0) {
			snprintf(why, LOAD_WHY_BYTES, "an answer is not right: %s",
				pp_strerror(err));
			return PP_ERR_DISCONNECTED;
		}
		uint16_t slot = line->slot_of[response->seq % IN_FLIGHT_MAX];
		struct flight *flight = &line->flights[slot];
		int64_t now_ns = monotonic_ns();
		load->last_answer_ns = now_ns;
		load->source.done(
			load->source.context, &flight->shot, response, flight->begun_ns, now_ns);
		flight->begun_ns = 0;
		line->free_slots[line->n_free++] = slot;
		load->n_in_flight--;
	}
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

static int read_line(struct load *load, struct line *line, char *why)
{
	ssize_t n = recv(line->fd, load->bytes, sizeof(load->bytes), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return explain_end(line, n, why);
	int err = pp_core_feed(line->core, load->bytes, (size_t)n);
	if (err != 0) {
		snprintf(
			why, LOAD_WHY_BYTES, "what arrives is not PeakPeeps: %s", pp_strerror(err));
		return PP_ERR_DISCONNECTED;
	}
	return take_answers(load, line, why);
}

static int await_hello(struct load *load, struct line *line, struct deadline deadline, char *why)
{
	while (pp_core_server(line->core) == NULL) {
		short ready;
		int err = flush_line(load, line, why);
		if (err == 0)
			err = deadline_poll(deadline, line->fd, POLLIN, &ready);
		if (err == PP_ERR_TIMEOUT)
			snprintf(why, LOAD_WHY_BYTES, "no answer to Hello in time");
		if (err == 0)
			err = read_line(load, line, why);
		if (err != 0)
			return err;
	}
	return 0;
}

/* What fails halfway is freed by load_close. */
static int open_line(struct load *load, const struct address *address, struct line *line, char *why)
{
	struct deadline deadline = deadline_in(CONNECT_TIMEOUT_MS);

	line->core = pp_core_new("peakpeeps-bench", NULL);
	line->flights = calloc(load->depth, sizeof(*line->flights));
	line->free_slots = calloc(load->depth, sizeof(*line->free_slots));
	if (line->core == NULL || line->flights == NULL || line->free_slots == NULL) {
		snprintf(why, LOAD_WHY_BYTES, "%s", pp_strerror(PP_ERR_NO_MEMORY));
		return PP_ERR_NO_MEMORY;
	}
	for (unsigned i = 0; i < load->depth; i++)
		line->free_slots[line->n_free++] = (uint16_t)(load->depth - 1 - i);
	int err = address_connect(address, deadline, &line->fd, why);
	if (err == 0)
		err = watch(load, line, EPOLL_CTL_ADD, EPOLLIN);
	if (err == 0)
		err = await_hello(load, line, deadline, why);
	if (err != 0)
		return err;
	const struct pp_hello_response *server = pp_core_server(line->core);
	if (server->in_flight_max != 0 && server->in_flight_max < load->depth) {
		snprintf(why, LOAD_WHY_BYTES, "the server allows %u requests in flight, not %u",
			server->in_flight_max, load->depth);
		return PP_ERR_INVALID;
	}
	load->anchor_server_ms = server->server_time_ms;
	load->anchor_ns = monotonic_ns();
	return 0;
}

int load_open(const struct load_options *options, struct load **out, char *why)
{
	uint64_t seed;
	int err = PP_ERR_NO_MEMORY;

	ASSERT(options->depth > 0 && options->depth < IN_FLIGHT_MAX);
	snprintf(why, LOAD_WHY_BYTES, "%s", pp_strerror(err));
	struct load *load = calloc(1, sizeof(*load));
	if (load == NULL)
		return err;
	load->source = options->source;
	load->depth = options->depth;
	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	load->lines = calloc(options->n_connections, sizeof(*load->lines));
	if (load->lines == NULL || load->epoll_fd < 0)
		goto err_after_load;
	ssize_t n = getrandom(&seed, sizeof(seed), 0);
	ASSERT(n == (ssize_t)sizeof(seed));
	draw_init(&load->ids, seed);
	for (unsigned i = 0; i < options->n_connections; i++) {
		struct line *line = &load->lines[load->n_lines++];
		line->fd = -1;
		err = open_line(load, options->address, line, why);
		if (err != 0)
			goto err_after_load;
	}
	*out = load;
	return 0;

err_after_load:
	load_close(load);
	return err;
}

static int handle_event(struct load *load, const struct epoll_event *event, char *why)
{
	struct line *line = event->data.ptr;
	int err = 0;

	if ((event->events & ~(uint32_t)EPOLLOUT) != 0)
		err = read_line(load, line, why);
	if (err == 0)
		err = fill_line(load, line, monotonic_ns(), why);
	return err;
}

int load_run(struct load *load, char *why)
{
	struct epoll_event events[EVENTS_MAX];
	int err = 0;

	load->last_answer_ns = monotonic_ns();
	for (unsigned i = 0; i < load->n_lines && err == 0; i++)
		err = fill_line(load, &load->lines[i], monotonic_ns(), why);
	while (err == 0 && load->n_in_flight > 0) {
		int n = epoll_wait(load->epoll_fd, events, EVENTS_MAX, 1000);
		if (n < 0 && errno != EINTR) {
			snprintf(why, LOAD_WHY_BYTES, "epoll: %s", strerror(errno));
			err = PP_ERR_IO;
		}
		for (int i = 0; i < n && err == 0; i++)
			err = handle_event(load, &events[i], why);
		if (n == 0 && monotonic_ns() - load->last_answer_ns >
				      LOAD_SILENCE_MS * INT64_C(1000000)) {
			snprintf(why, LOAD_WHY_BYTES, "no answer to %llu requests for %d s",
				(unsigned long long)load->n_in_flight, LOAD_SILENCE_MS / 1000);
			err = PP_ERR_TIMEOUT;
		}
	}
	return err;
}

uint64_t load_n_unanswered(const struct load *load, enum shot_kind kind)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < load->n_lines; i++) {
		const struct line *line = &load->lines[i];
		for (unsigned slot = 0; slot < load->depth; slot++) {
			const struct flight *flight = &line->flights[slot];
			n += flight->begun_ns != 0 && flight->shot.kind == kind ? 1 : 0;
		}
	}
	return n;
}

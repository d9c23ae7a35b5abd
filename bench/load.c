#include "bench/load.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/random.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

#include "bench/line.h"
#include "bench/retries.h"

enum {
	EVENTS_MAX = 256,
	READ_BYTES = 64 * 1024,
	SENDS_MAX = 64, /* of an open loop, before answers are looked at again */
	WAIT_MS_MAX = 1000,
	RETRY_MS_MIN = 1,
	RETRY_MS_MAX = 1000,
	OPENING_MAX = 64, /* connections */
};

struct load {
	struct load_source source;
	bool retry_overloaded;
	bool exhausted; /* the source has no more, or it is over */
	int64_t ends_at_ns;
	unsigned n_lines;
	unsigned depth;
	struct line *lines;
	int epoll_fd;
	int timer_fd;
	uint64_t n_in_flight;
	uint64_t n_sent;
	int64_t last_answer_ns;
	int64_t tick_ns;

	struct schedule *schedule; /* NULL: a closed loop */
	int64_t armed_ns;          /* what the timer waits for */
	uint32_t *free;            /* a ring: the line of each free slot, free for longest first */
	size_t free_at;
	size_t n_free;
	int64_t room_since_ns; /* when the ring was last empty */

	struct retries retries;

	struct draw ids; /* for request ids: seeded by the system, not by the user */
	uint32_t n_ids;
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

static size_t n_slots(const struct load *load)
{
	return (size_t)load->n_lines * load->depth;
}

/*
 * The server keeps requests in the order of their ids, so ids that grow are cheap for it: a part of
 * the millisecond and a count precede the random bits (RFC 9562, section 6.2, methods 1 and 3).
 */
static void give_id(struct load *load, struct shot *shot, int64_t now_ns)
{
	int64_t since_ns = now_ns - load->anchor_ns;
	uint32_t part = (uint32_t)(since_ns % 1000000) * 4096u / 1000000u;
	uint32_t count = load->n_ids++;
	uint64_t random = draw_u64(&load->ids);
	uint8_t bytes[10] = {
		(uint8_t)(part >> 8),
		(uint8_t)part,
		(uint8_t)(count >> 24 & 0x3f),
		(uint8_t)(count >> 16),
		(uint8_t)(count >> 8),
		(uint8_t)count,
	};

	memcpy(bytes + 6, &random, 4);
	pp_uuid_make(load->anchor_server_ms + since_ns / 1000000, bytes, &shot->request_id);
}

/* ---- Free slots, of an open loop ---- */

static void put_free(struct load *load, uint32_t line, int64_t now_ns)
{
	size_t at = load->free_at + load->n_free;

	if (load->n_free++ == 0)
		load->room_since_ns = now_ns;
	load->free[at < n_slots(load) ? at : at - n_slots(load)] = line;
}

static uint32_t take_free(struct load *load)
{
	uint32_t line = load->free[load->free_at++];

	if (load->free_at == n_slots(load))
		load->free_at = 0;
	load->n_free--;
	return line;
}

/* ---- Requests to be sent again ---- */

/* Whether an answer is not the last word; then it is sent again later. */
static bool keep_for_retry(struct load *load, const struct line *line, uint16_t slot,
	const struct pp_response *response, int64_t now_ns)
{
	const struct pp_status *status = response->status;

	if (!load->retry_overloaded || status == NULL || status->reason != PP_REASON_OVERLOADED ||
		!status->not_executed || now_ns >= load->ends_at_ns)
		return false;
	int64_t ms = status->retry_after_ms;
	ms = ms < RETRY_MS_MIN ? RETRY_MS_MIN : ms;
	ms = ms > RETRY_MS_MAX ? RETRY_MS_MAX : ms;
	retries_put(&load->retries, (struct retry) {
					    .due_ns = now_ns + ms * 1000000,
					    .line = (uint32_t)(line - load->lines),
					    .slot = slot,
				    });
	return true;
}

static int send_retries(struct load *load, int64_t now_ns, char *why)
{
	int err = 0;

	while (err == 0 && retries_due_ns(&load->retries) <= now_ns) {
		struct retry retry = retries_take(&load->retries);
		struct line *line = &load->lines[retry.line];
		err = line_submit_again(line, retry.slot, now_ns, why);
		if (err == 0)
			err = line_flush(line, why);
	}
	return err;
}

/* ---- Sending ---- */

/* The next request of the source goes to a line. */
static int submit_next(
	struct load *load, struct line *line, int64_t planned_ns, int64_t now_ns, char *why)
{
	struct shot shot = { .actor = 0 };

	if (!load->source.next(load->source.context, &shot)) {
		load->exhausted = true;
		return 0;
	}
	if (shot_is_write(shot.kind))
		give_id(load, &shot, now_ns);
	load->n_in_flight++;
	load->n_sent++;
	return line_submit(line, &shot, planned_ns, now_ns, why);
}

/* Keeps a connection full: a closed loop. */
static int fill_line(struct load *load, struct line *line, int64_t now_ns, char *why)
{
	int err = 0;

	if (now_ns >= load->ends_at_ns)
		load->exhausted = true;
	while (line->n_free > 0 && !load->exhausted && err == 0)
		err = submit_next(load, line, now_ns, now_ns, why);
	return err != 0 ? err : line_flush(line, why);
}

static bool is_due(const struct load *load, int64_t now_ns)
{
	return load->schedule->next_ns <= now_ns && load->n_free > 0 && !load->exhausted;
}

/* What is due and whose slots come first in a row goes to one line, with one call. */
static int send_to_line(struct load *load, char *why)
{
	uint32_t number = load->free[load->free_at];
	struct line *line = &load->lines[number];
	int64_t now_ns = monotonic_ns();
	int err = 0;

	if (now_ns >= load->ends_at_ns)
		load->exhausted = true;
	while (err == 0 && is_due(load, now_ns) && load->free[load->free_at] == number) {
		int64_t planned_ns = load->schedule->next_ns;
		err = submit_next(load, line, planned_ns, now_ns, why);
		if (err != 0 || load->exhausted)
			break;
		(void)take_free(load);
		schedule_advance(load->schedule);
		if (load->source.sent != NULL)
			load->source.sent(load->source.context, planned_ns, now_ns,
				planned_ns >= load->room_since_ns);
	}
	return err != 0 ? err : line_flush(line, why);
}

static int send_due(struct load *load, int64_t now_ns, char *why)
{
	int err = 0;

	if (now_ns >= load->ends_at_ns)
		load->exhausted = true;
	for (int i = 0; i < SENDS_MAX && err == 0 && is_due(load, now_ns); i++)
		err = send_to_line(load, why);
	return err;
}

/* ---- Receiving ---- */

/* Takes every answer that has arrived whole. */
static int take_answers(struct load *load, struct line *line, char *why)
{
	const struct pp_response *response;
	int64_t now_ns = monotonic_ns();
	uint16_t slot;

	for (;;) {
		int err = line_next(line, &response, &slot, why);
		if (err != 0)
			return err == PP_ERR_NOT_FOUND ? 0 : err;
		load->last_answer_ns = now_ns;
		if (keep_for_retry(load, line, slot, response, now_ns))
			continue;
		const struct flight *flight = &line->flights[slot];
		struct answer answer = {
			.shot = &flight->shot,
			.response = response,
			.planned_ns = flight->planned_ns,
			.sent_ns = flight->sent_ns,
			.now_ns = now_ns,
			.n_retries = flight->n_retries,
		};
		load->source.done(load->source.context, &answer);
		line_free_slot(line, slot);
		load->n_in_flight--;
		if (load->schedule != NULL)
			put_free(load, (uint32_t)(line - load->lines), now_ns);
	}
}

static int handle_event(struct load *load, const struct epoll_event *event, char *why)
{
	struct line *line = event->data.ptr;
	int err = 0;

	/* The timer is edge-triggered, so nobody has to read it. */
	if (line == NULL)
		return 0;
	if ((event->events & ~(uint32_t)EPOLLOUT) != 0)
		err = line_read(line, load->bytes, sizeof(load->bytes), why);
	if (err == 0)
		err = take_answers(load, line, why);
	if (err != 0)
		return err;
	if (load->schedule != NULL)
		return line_flush(line, why);
	return fill_line(load, line, load->last_answer_ns, why);
}

/* ---- The loop ---- */

/* Has the timer fire when the next request is due. */
static void arm(struct load *load)
{
	int64_t at_ns = load->schedule->next_ns;
	struct itimerspec spec = {
		.it_value = { .tv_sec = at_ns / 1000000000, .tv_nsec = at_ns % 1000000000 },
	};

	if (at_ns == load->armed_ns || load->n_free == 0 || load->exhausted)
		return;
	load->armed_ns = at_ns;
	int err = timerfd_settime(load->timer_fd, TFD_TIMER_ABSTIME, &spec, NULL);
	ASSERT(err == 0);
}

/* How long to wait at most; the timer and the sockets may end it earlier. */
static int wait_ms(const struct load *load, int64_t now_ns)
{
	int64_t until_ns = load->tick_ns;

	if (load->schedule != NULL && is_due(load, now_ns))
		return 0;
	if (retries_due_ns(&load->retries) < until_ns)
		until_ns = retries_due_ns(&load->retries);
	if (until_ns <= now_ns)
		return 0;
	int64_t ms = until_ns < INT64_MAX - 1000000 ? (until_ns - now_ns + 999999) / 1000000
						    : WAIT_MS_MAX;
	return ms < WAIT_MS_MAX ? (int)ms : WAIT_MS_MAX;
}

static void tick(struct load *load, int64_t now_ns)
{
	struct load_state state = {
		.now_ns = now_ns,
		.n_in_flight = load->n_in_flight,
		.n_sent = load->n_sent,
	};

	if (now_ns >= load->tick_ns)
		load->tick_ns = load->source.tick(load->source.context, &state);
}

static int check_silence(const struct load *load, int64_t now_ns, char *why)
{
	if (load->n_in_flight == 0 ||
		now_ns - load->last_answer_ns <= LOAD_SILENCE_MS * INT64_C(1000000))
		return 0;
	snprintf(why, LOAD_WHY_BYTES, "no answer to %llu requests for %d s",
		(unsigned long long)load->n_in_flight, LOAD_SILENCE_MS / 1000);
	return PP_ERR_TIMEOUT;
}

/* Waits for something to happen, and handles it. */
static int turn(struct load *load, int64_t now_ns, char *why)
{
	struct epoll_event events[EVENTS_MAX];

	if (load->schedule != NULL)
		arm(load);
	int n = epoll_wait(load->epoll_fd, events, EVENTS_MAX, wait_ms(load, now_ns));
	if (n < 0 && errno != EINTR) {
		snprintf(why, LOAD_WHY_BYTES, "epoll: %s", strerror(errno));
		return PP_ERR_IO;
	}
	int err = 0;
	for (int i = 0; i < n && err == 0; i++)
		err = handle_event(load, &events[i], why);
	if (err == 0 && n == 0)
		err = check_silence(load, now_ns, why);
	return err;
}

static void begin(struct load *load, struct schedule *schedule, int64_t ends_at_ns, int64_t now_ns)
{
	load->schedule = schedule;
	load->ends_at_ns = ends_at_ns;
	load->exhausted = false;
	load->last_answer_ns = now_ns;
	load->tick_ns = load->source.tick != NULL ? now_ns : INT64_MAX;
	load->n_sent = 0;
	load->free_at = load->n_free = 0;
	for (unsigned slot = 0; slot < load->depth && schedule != NULL; slot++) {
		for (unsigned i = 0; i < load->n_lines; i++)
			put_free(load, i, INT64_MIN);
	}
}

int load_run(struct load *load, struct schedule *schedule, int64_t ends_at_ns, char *why)
{
	int64_t now_ns = monotonic_ns();
	int err = 0;

	begin(load, schedule, ends_at_ns, now_ns);
	for (unsigned i = 0; i < load->n_lines && schedule == NULL && err == 0; i++)
		err = fill_line(load, &load->lines[i], monotonic_ns(), why);
	while (err == 0) {
		now_ns = monotonic_ns();
		tick(load, now_ns);
		if (schedule != NULL)
			err = send_due(load, now_ns, why);
		if (err == 0)
			err = send_retries(load, now_ns, why);
		if (err != 0 || (load->exhausted && load->n_in_flight == 0))
			break;
		err = turn(load, monotonic_ns(), why);
	}
	if (load->source.tick != NULL) {
		load->tick_ns = INT64_MIN;
		tick(load, monotonic_ns());
	}
	return err;
}

uint64_t load_n_unanswered(const struct load *load, enum shot_kind kind)
{
	uint64_t n = 0;

	for (unsigned i = 0; i < load->n_lines; i++) {
		const struct line *line = &load->lines[i];
		for (unsigned slot = 0; slot < line->depth && line->flights != NULL; slot++) {
			const struct flight *flight = &line->flights[slot];
			n += flight->used && flight->shot.kind == kind ? 1 : 0;
		}
	}
	return n;
}

/* ---- Opening ---- */

void load_close(struct load *load)
{
	if (load == NULL)
		return;
	for (unsigned i = 0; load->lines != NULL && i < load->n_lines; i++)
		line_close(&load->lines[i]);
	free(load->lines);
	free(load->free);
	retries_free(&load->retries);
	if (load->timer_fd >= 0)
		close(load->timer_fd);
	if (load->epoll_fd >= 0)
		close(load->epoll_fd);
	free(load);
}

static int open_timer(struct load *load)
{
	struct epoll_event event = { .events = EPOLLIN | EPOLLET, .data.ptr = NULL };

	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	load->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
	if (load->epoll_fd < 0 || load->timer_fd < 0)
		return PP_ERR_IO;
	return epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, load->timer_fd, &event) == 0 ? 0
										     : PP_ERR_IO;
}

static int open_lines(
	struct load *load, const struct address *address, unsigned n_connections, char *why)
{
	unsigned n_ready = 0;
	int err = 0;

	/* A few at a time, which a listening socket holds, so that they do not wait in a row. */
	while (n_ready < n_connections && err == 0) {
		while (err == 0 && load->n_lines < n_connections &&
			load->n_lines < n_ready + OPENING_MAX) {
			struct line *line = &load->lines[load->n_lines++];
			err = line_open(line, address, load->depth, load->epoll_fd, why);
		}
		while (err == 0 && n_ready < load->n_lines)
			err = line_await(&load->lines[n_ready++], why);
	}
	if (err != 0)
		return err;
	load->anchor_server_ms =
		pp_core_server(load->lines[n_connections - 1].core)->server_time_ms;
	load->anchor_ns = monotonic_ns();
	return 0;
}

int load_open(const struct load_options *options, struct load **out, char *why)
{
	size_t n = (size_t)options->n_connections * options->depth;
	uint64_t seed;
	int err = PP_ERR_NO_MEMORY;

	ASSERT(options->depth > 0 && options->depth < IN_FLIGHT_MAX && options->n_connections > 0);
	snprintf(why, LOAD_WHY_BYTES, "%s", pp_strerror(err));
	struct load *load = calloc(1, sizeof(*load));
	if (load == NULL)
		return err;
	load->source = options->source;
	load->retry_overloaded = options->retry_overloaded;
	load->depth = options->depth;
	load->epoll_fd = load->timer_fd = -1;
	load->lines = calloc(options->n_connections, sizeof(*load->lines));
	load->free = calloc(n, sizeof(*load->free));
	if (load->lines == NULL || load->free == NULL ||
		retries_init(&load->retries, options->retry_overloaded ? n : 1) != 0)
		goto err_after_load;
	err = open_timer(load);
	snprintf(why, LOAD_WHY_BYTES, "epoll or timer: %s", strerror(errno));
	if (err != 0)
		goto err_after_load;
	ssize_t n_random = getrandom(&seed, sizeof(seed), 0);
	ASSERT(n_random == (ssize_t)sizeof(seed));
	draw_init(&load->ids, seed);
	err = open_lines(load, options->address, options->n_connections, why);
	if (err != 0)
		goto err_after_load;
	*out = load;
	return 0;

err_after_load:
	load_close(load);
	return err;
}

/* One connection of a load: its socket, its core and what is in flight on it. */
#ifndef BENCH_LINE_H
#define BENCH_LINE_H

#include "bench/load.h"
#include "proto/limits.h"

struct flight {
	struct shot shot;
	bool used;
	unsigned n_retries;
	int64_t planned_ns;
	int64_t sent_ns;
};

struct line {
	int fd;
	int epoll_fd; /* borrowed */
	struct pp_core *core;
	bool waits_to_send;              /* epoll watches for room */
	uint16_t slot_of[IN_FLIGHT_MAX]; /* of a seq, by its remainder */
	unsigned depth;
	struct flight *flights; /* `depth` slots */
	uint16_t *free_slots;   /* a stack */
	unsigned n_free;
};

/* `why` is of LOAD_WHY_BYTES everywhere. */

/* Connects and sends Hello. As load_open; what fails halfway is freed by line_close. */
int line_open(struct line *line, const struct address *address, unsigned depth, int epoll_fd,
	char *why) MUST_CHECK;
/* Waits for the answer to Hello, after which it can be loaded. */
int line_await(struct line *line, char *why) MUST_CHECK;
void line_close(struct line *line);
/* Submits a shot in a free slot, or again in its own (`slot` below depth). */
int line_submit(struct line *line, const struct shot *shot, int64_t planned_ns, int64_t sent_ns,
	char *why) MUST_CHECK;
int line_submit_again(struct line *line, uint16_t slot, int64_t sent_ns, char *why) MUST_CHECK;
/* Sends what can be sent at once, with one call as a rule; the rest waits for room. */
int line_flush(struct line *line, char *why) MUST_CHECK;
/* Reads once what has arrived, into `buf` first. */
int line_read(struct line *line, uint8_t *buf, size_t size, char *why) MUST_CHECK;
/* The next answer that arrived whole, and its slot, which stays used; or PP_ERR_NOT_FOUND. */
int line_next(struct line *line, const struct pp_response **response, uint16_t *slot,
	char *why) MUST_CHECK;
void line_free_slot(struct line *line, uint16_t slot);

#endif

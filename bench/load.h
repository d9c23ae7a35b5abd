/* Many connections of one thread, loaded over epoll: kept full, or by a schedule. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "bench/schedule.h"
#include "bench/shot.h"
#include "client/address.h"
#include "peakpeeps/core.h"

/* What came back. Borrowed until the callback returns. */
struct answer {
	const struct shot *shot;
	const struct pp_response *response;
	int64_t planned_ns; /* in a closed loop as sent_ns */
	int64_t sent_ns;    /* by the last try */
	int64_t now_ns;     /* when its bytes had been read */
	unsigned n_retries;
};

/* How the load is doing. */
struct load_state {
	int64_t now_ns;
	uint64_t n_in_flight;
	uint64_t n_sent; /* by the schedule, of an open loop */
};

/* Where requests come from and where their answers go; called by the thread of load_run. */
struct load_source {
	/* The next request; its id, if it needs one, is filled in later. False: no more. */
	bool (*next)(void *context, struct shot *out);
	void (*done)(void *context, const struct answer *answer);
	/* A request of an open loop was sent; `had_room`: not late for want of a slot. May be
	 * NULL. */
	void (*sent)(void *context, int64_t planned_ns, int64_t sent_ns, bool had_room);
	/* Called about when it last asked for, first at once; returns when next. May be NULL. */
	int64_t (*tick)(void *context, const struct load_state *state);
	void *context;
};

struct load_options {
	const struct address *address; /* borrowed until load_open returns */
	unsigned n_connections;
	unsigned depth;        /* requests in flight on each */
	bool retry_overloaded; /* refused as OVERLOADED: again, when the server says */
	struct load_source source;
};

struct load;

enum { LOAD_WHY_BYTES = 320 };

/*
 * Opens all connections and waits for each Hello. PP_ERR_CONNECT, PP_ERR_TIMEOUT, PP_ERR_NO_MEMORY,
 * PP_ERR_INVALID (the server allows fewer in flight), PP_ERR_IO; `why`, of LOAD_WHY_BYTES, says
 * more.
 */
int load_open(const struct load_options *options, struct load **out, char *why) MUST_CHECK;
void load_close(struct load *load);
/*
 * Runs until `ends_at_ns` (INT64_MAX: without end) or until the source has no more, and then until
 * everything sent is answered. With a schedule, requests go out when they are due, on the
 * connection that has been free for longest; those that find none wait for one. Without one, each
 * connection is kept full. PP_ERR_DISCONNECTED: a connection broke; PP_ERR_TIMEOUT: no answer to
 * anything for LOAD_SILENCE_MS; `why` says more.
 */
enum { LOAD_SILENCE_MS = 30 * 1000 };
int load_run(
	struct load *load, struct schedule *schedule, int64_t ends_at_ns, char *why) MUST_CHECK;
/* Requests that were sent and not answered, by kind: not 0 only after an error. */
uint64_t load_n_unanswered(const struct load *load, enum shot_kind kind);

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t monotonic_ns(void);

#endif

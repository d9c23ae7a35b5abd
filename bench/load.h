/* Many connections of one thread, each kept full of requests: a closed loop over epoll. */
#ifndef BENCH_LOAD_H
#define BENCH_LOAD_H

#include "bench/shot.h"
#include "client/address.h"
#include "peakpeeps/core.h"

/* Where requests come from and where their answers go; called by the thread of load_run. */
struct load_source {
	/* The next request; its id, if it needs one, is filled in later. False: there will be no
	 * more. */
	bool (*next)(void *context, int64_t now_ns, struct shot *out);
	/* An answer; borrowed until it returns. */
	void (*done)(void *context, const struct shot *shot, const struct pp_response *response,
		int64_t begun_ns, int64_t now_ns);
	void *context;
};

struct load_options {
	const struct address *address; /* borrowed until load_open returns */
	unsigned n_connections;
	unsigned depth; /* requests in flight on each */
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
 * Runs until the source has no more and everything is answered. PP_ERR_DISCONNECTED: a connection
 * broke; PP_ERR_TIMEOUT: no answer to anything for LOAD_SILENCE_MS; `why` says more.
 */
enum { LOAD_SILENCE_MS = 30 * 1000 };
int load_run(struct load *load, char *why) MUST_CHECK;
/* Requests that were sent and not answered, by kind: not 0 only after an error. */
uint64_t load_n_unanswered(const struct load *load, enum shot_kind kind);

/* Nanoseconds of CLOCK_MONOTONIC. */
int64_t monotonic_ns(void);

#endif

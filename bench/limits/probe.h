/* What the machine itself can do: the bare library, disk and loop under what PeakPeeps does. */
#ifndef BENCH_LIMITS_PROBE_H
#define BENCH_LIMITS_PROBE_H

#include "base/base.h"

struct limits_options {
	const char *path; /* lmdb: a copy of a store; commits: a store; sync: a folder */
	uint32_t batch;   /* lmdb: purchases per commit */
	uint32_t bytes;   /* sync: appended each time */
	uint32_t n_connections;
	uint32_t depth;
	uint16_t port;
	int64_t duration_ms;
	int64_t warmup_ms;
	uint64_t seed;
};

/* Each prints one line of name=value pairs. 0, or 1 after a message on standard error. */
int limits_lmdb(const struct limits_options *options);
int limits_commits(const struct limits_options *options);
int limits_sync(const struct limits_options *options);
int limits_echo_server(const struct limits_options *options); /* until SIGTERM */
int limits_echo_load(const struct limits_options *options);

enum { ECHO_FRAME_BYTES = 64 }; /* a header and 60 bytes: about a request for a balance */

/* What failed, the likely reason, and what to do next; returns 1. */
int limits_complain(const char *what, const char *reason, const char *next);
int64_t limits_now_ns(void);  /* CLOCK_MONOTONIC */
int64_t limits_wall_ms(void); /* UTC */

#endif

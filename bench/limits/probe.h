/* What the machine itself can do: the bare library, disk and loop under what PeakPeeps does. */
#ifndef BENCH_LIMITS_PROBE_H
#define BENCH_LIMITS_PROBE_H

#include "base/base.h"

struct limits_options {
	const char *path; /* lmdb: a copy of a store; commits: a store; others: a folder */
	uint32_t batch;   /* lmdb, rules: purchases per commit */
	uint32_t bytes;   /* sync, wal: appended each time */
	uint32_t keys;    /* lmdb-get, memtable */
	bool filled;      /* sync: into space that was filled before */
	bool plain_epoll; /* echo-server */
	int64_t every_us; /* lmdb, sync: the time from one's start to the next; 0: at once */
	uint32_t n_connections;
	uint32_t depth;
	uint16_t port;
	int64_t duration_ms;
	int64_t warmup_ms;
	uint64_t seed;
};

/* Each prints one line of name=value pairs. 0, or 1 after a message on standard error. */
int limits_codec(const struct limits_options *options);
int limits_lmdb(const struct limits_options *options);
int limits_lmdb_get(const struct limits_options *options);
int limits_memtable(const struct limits_options *options);
int limits_rules(const struct limits_options *options);
int limits_wal(const struct limits_options *options);
int limits_commits(const struct limits_options *options);
int limits_sync(const struct limits_options *options);
int limits_echo_server(const struct limits_options *options); /* until SIGTERM */
int limits_echo_epoll(const struct limits_options *options);
int limits_echo_load(const struct limits_options *options);

enum { LIMITS_BATCH_MAX = 16384 };

enum { ECHO_FRAME_BYTES = 64 }; /* a header and 60 bytes: about a request for a balance */

/* What failed, the likely reason, and what to do next; returns 1. */
int limits_complain(const char *what, const char *reason, const char *next);
int64_t limits_now_ns(void); /* CLOCK_MONOTONIC */
/* Processor time of this thread: what it takes when nobody else wants the core. */
int64_t limits_cpu_ns(void);
/* Sleeps until then; returns the time. */
int64_t limits_wait_until(int64_t ns);
int64_t limits_wall_ms(void); /* UTC */

#endif

/* A server that does what a test tells it: answers, refuses, cuts the link, or keeps silent. */
#ifndef TESTS_UNIT_CLIENT_FAKE_SERVER_H
#define TESTS_UNIT_CLIENT_FAKE_SERVER_H

#include <pthread.h>

#include "peer.h"

enum { FAKE_SEEN_MAX = 256 };

/* What became of one request. */
struct fake_action {
	struct pp_response response; /* seq is filled in */
	bool silent;                 /* no answer at all */
	bool close;                  /* after the answer */
	bool cut;                    /* close after `cut_at` bytes of the answer */
	size_t cut_at;
};

struct fake_server {
	/* Decides the n-th request (from 0); runs in the server's thread. Hello is answered by
	 * itself. */
	void (*act)(struct fake_server *fake, size_t n, const struct pp_request *request,
		struct fake_action *out);
	void *context;
	struct pp_status *hello_refusal; /* every Hello is refused with it */
	const char *raw_greeting;        /* sent, and the link closed, instead of everything else */
	uint8_t store;                   /* first byte of the store id */
	int64_t time_ms;

	int listen_fd;
	char address[128];
	pthread_t thread;
	pthread_mutex_t lock; /* guards what follows */
	size_t n_connections;
	size_t n_seen;
	struct pp_request seen[FAKE_SEEN_MAX]; /* envelopes only: bodies are gone */
};

/* Listens on a free loopback port, or on the Unix socket `path`, and serves one link at a time. */
void fake_server_start(struct fake_server *fake, const char *path);
void fake_server_stop(struct fake_server *fake);
size_t fake_server_n_seen(struct fake_server *fake);

#endif

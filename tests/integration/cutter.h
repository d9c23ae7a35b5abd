/* A stretch of network between client and server that is cut after so many bytes: for tests. */
#ifndef TESTS_CUTTER_H
#define TESTS_CUTTER_H

#include <pthread.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdint.h>

struct cutter {
	char address[32]; /* where clients come to */
	atomic_uint server_port;
	atomic_uint n_links;
	/* Of the next link: so many bytes pass, then it ends; negative: it is not cut. */
	atomic_long answer_bytes;
	atomic_long request_bytes;
	atomic_bool has_cut; /* a link was cut since this was cleared */
	int listener;
	pthread_t thread;
};

/* Serves one link at a time, in a thread of its own; the server may change from link to link. */
void cutter_start(struct cutter *cutter, uint16_t server_port);
/* The clients must have been closed before. */
void cutter_stop(struct cutter *cutter);

#endif

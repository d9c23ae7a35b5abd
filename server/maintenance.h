/* The maintenance thread: Verify runs, one at a time, and looks at clock and store. */
#ifndef SERVER_MAINTENANCE_H
#define SERVER_MAINTENANCE_H

#include "server/op.h"
#include "server/service.h"

/*
 * A run holds one snapshot of the store, which keeps pages from being reused. So it is given up
 * (ABORTED) when it takes too long, when the store's file has meanwhile grown by a share of what
 * was free on its disk, and when the server stops.
 */
struct maintenance;

enum {
	MAINTENANCE_STEP_RECORDS = 2048,   /* between two looks at those conditions */
	MAINTENANCE_LOOK_MS = 1000,        /* between two looks at clock and store */
	MAINTENANCE_WARN_MS = 3600 * 1000, /* between two warnings about durability */
};

int maintenance_open(struct service *service, struct maintenance **out) MUST_CHECK;
/* Ends a run promptly, and the thread. */
void maintenance_close(struct maintenance *maintenance);
/* Logs what may be lost, if it is anything. */
void maintenance_warn_if_unsafe(const struct service *service);
/*
 * Answers a Verify request into op->response, whose revision and time are set already: starts a run
 * or tells how one is going. The last run's result is kept until the next one starts. Any thread.
 */
void maintenance_verify(struct maintenance *maintenance, struct op *op);

#endif

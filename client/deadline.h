/* A moment by the monotonic clock, and waits that end by it. */
#ifndef CLIENT_DEADLINE_H
#define CLIENT_DEADLINE_H

#include "base/base.h"

struct deadline {
	int64_t at_ms; /* CLOCK_BOOTTIME: a laptop that sleeps is late as well */
};

/* Milliseconds of CLOCK_BOOTTIME. */
int64_t boottime_ms(void);
struct deadline deadline_in(int64_t ms);
struct deadline deadline_earlier(struct deadline a, struct deadline b);
/* 0 when it has passed. */
int64_t deadline_left_ms(struct deadline deadline);
/* Sleeps that long, or until the deadline if it is earlier; signals do not end it. */
void deadline_sleep(struct deadline deadline, int64_t ms);
/* poll(2) for one descriptor until the deadline. PP_ERR_TIMEOUT, PP_ERR_IO; 0: *ready is set. */
int deadline_poll(struct deadline deadline, int fd, short events, short *ready) MUST_CHECK;

#endif

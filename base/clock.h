/* Server time: UTC milliseconds that never go back, never stand still, and never jump unseen. */
#ifndef BASE_CLOCK_H
#define BASE_CLOCK_H

#include <stdatomic.h>

#include "base/base.h"

/* Where readings come from: the system, or a test. Both in milliseconds; thread-safe. */
struct clock_source {
	int64_t (*wall_ms)(void *context);     /* CLOCK_REALTIME */
	int64_t (*boottime_ms)(void *context); /* CLOCK_BOOTTIME */
	void *context;
};

extern const struct clock_source clock_system;

/*
 * Within a process: an anchor plus CLOCK_BOOTTIME, slewed towards the wall clock by at most 1 %. A
 * difference of more than CLOCK_JUMP_MS is reported and not followed until clock_accept.
 * Thread-safe.
 */
struct clock;

enum {
	CLOCK_JUMP_MS = 60 * 1000,
	CLOCK_BEHIND_MS_MAX = 5 * 60 * 1000,
	CLOCK_AHEAD_WARN_MS = 24 * 3600 * 1000,
};

/*
 * Starts at max(last commit, wall). PP_ERR_CLOCK when the wall is more than CLOCK_BEHIND_MS_MAX
 * behind the last commit and `force` is not set. *ahead tells that it is more than a day after it.
 */
int clock_open(const struct clock_source *source, int64_t last_commit_ms, bool force, bool *ahead,
	struct clock **out) MUST_CHECK;
void clock_close(struct clock *clock);
int64_t clock_now_ms(struct clock *clock);
/* Wall minus server time, and whether it is a jump that nobody accepted. */
int64_t clock_offset_ms(struct clock *clock, bool *jumped);
/* Follow the wall: forwards at once, backwards by slewing. */
void clock_accept(struct clock *clock);

#endif

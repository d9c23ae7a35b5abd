#include "client/deadline.h"

#include <errno.h>
#include <limits.h>
#include <poll.h>
#include <time.h>

int64_t boottime_ms(void)
{
	struct timespec now;

	int err = clock_gettime(CLOCK_BOOTTIME, &now);
	ASSERT(err == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

struct deadline deadline_in(int64_t ms)
{
	return (struct deadline) { .at_ms = boottime_ms() + ms };
}

struct deadline deadline_earlier(struct deadline a, struct deadline b)
{
	return a.at_ms < b.at_ms ? a : b;
}

int64_t deadline_left_ms(struct deadline deadline)
{
	int64_t left = deadline.at_ms - boottime_ms();

	return left < 0 ? 0 : left;
}

void deadline_sleep(struct deadline deadline, int64_t ms)
{
	struct deadline end = deadline_earlier(deadline, deadline_in(ms));

	for (;;) {
		int64_t left = deadline_left_ms(end);
		if (left == 0)
			break;
		struct timespec wait = {
			.tv_sec = (time_t)(left / 1000),
			.tv_nsec = (long)(left % 1000) * 1000000,
		};
		nanosleep(&wait, NULL);
	}
}

int deadline_poll(struct deadline deadline, int fd, short events, short *ready)
{
	for (;;) {
		struct pollfd polled = { .fd = fd, .events = events };
		int64_t left = deadline_left_ms(deadline);
		int n = poll(&polled, 1, left > INT_MAX ? INT_MAX : (int)left);
		if (n > 0) {
			*ready = polled.revents;
			return 0;
		}
		if (n == 0 && left == 0)
			return PP_ERR_TIMEOUT;
		if (n < 0 && errno != EINTR)
			return PP_ERR_IO;
	}
}

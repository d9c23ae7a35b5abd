#include "base/clock.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

/*
 * Server time is kept in units of 10 microseconds, so that one per cent of a millisecond is a whole
 * number: while e milliseconds pass, the correction is at most e units. It therefore always moves
 * by at least 99 % of what passed: never back, never still.
 */
enum { UNITS_PER_MS = 100 };

#define JUMP_UNITS ((int64_t)CLOCK_JUMP_MS * UNITS_PER_MS)

struct clock {
	struct clock_source source;
	pthread_mutex_t lock; /* guards what follows */
	int64_t boot_ms;      /* reading at the last step */
	int64_t now_units;    /* server time at the last step */
	int64_t offset_units; /* wall minus server time that was left after the last step */
	bool jumped;          /* the offset is a jump that nobody accepted */
	bool accepted;        /* a large offset is being slewed away */
};

static int64_t read_clock_ms(clockid_t id)
{
	struct timespec now;

	int rc = clock_gettime(id, &now);
	ASSERT(rc == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

static int64_t system_wall_ms(void *context)
{
	(void)context;
	return read_clock_ms(CLOCK_REALTIME);
}

static int64_t system_boottime_ms(void *context)
{
	(void)context;
	return read_clock_ms(CLOCK_BOOTTIME);
}

const struct clock_source clock_system = {
	.wall_ms = system_wall_ms,
	.boottime_ms = system_boottime_ms,
};

int clock_open(const struct clock_source *source, int64_t last_commit_ms, bool force, bool *ahead,
	struct clock **out)
{
	int64_t wall_ms = source->wall_ms(source->context);

	if (wall_ms < last_commit_ms - CLOCK_BEHIND_MS_MAX && !force)
		return PP_ERR_CLOCK;
	struct clock *clock = calloc(1, sizeof(*clock));
	if (clock == NULL)
		return PP_ERR_NO_MEMORY;
	int64_t start_ms = wall_ms > last_commit_ms ? wall_ms : last_commit_ms;
	clock->source = *source;
	pthread_mutex_init(&clock->lock, NULL);
	clock->boot_ms = source->boottime_ms(source->context);
	clock->now_units = start_ms * UNITS_PER_MS;
	clock->offset_units = (wall_ms - start_ms) * UNITS_PER_MS;
	/* A wall that is behind at the start is within bounds or forced: it is caught up with. */
	clock->accepted = clock->offset_units < -JUMP_UNITS;
	*ahead = last_commit_ms > 0 && wall_ms - last_commit_ms > CLOCK_AHEAD_WARN_MS;
	*out = clock;
	return 0;
}

void clock_close(struct clock *clock)
{
	pthread_mutex_destroy(&clock->lock);
	free(clock);
}

static int64_t clamp(int64_t value, int64_t low, int64_t high)
{
	if (value < low)
		return low;
	return value > high ? high : value;
}

/* Moves server time on to now, a little faster or slower when the wall clock differs. */
static void clock_step(struct clock *clock)
{
	int64_t boot_ms = clock->source.boottime_ms(clock->source.context);
	int64_t wall_ms = clock->source.wall_ms(clock->source.context);
	int64_t elapsed_ms = boot_ms > clock->boot_ms ? boot_ms - clock->boot_ms : 0;
	int64_t now_units = clock->now_units + elapsed_ms * UNITS_PER_MS;
	int64_t offset_units = wall_ms * UNITS_PER_MS - now_units;

	/* Accepted was the offset of then; a new step beyond it is a new jump. */
	if (offset_units < clock->offset_units - JUMP_UNITS || offset_units > -JUMP_UNITS)
		clock->accepted = false;
	clock->jumped =
		!clock->accepted && (offset_units > JUMP_UNITS || offset_units < -JUMP_UNITS);
	if (!clock->jumped) {
		int64_t correction = clamp(offset_units, -elapsed_ms, elapsed_ms);
		now_units += correction;
		offset_units -= correction;
	}
	clock->boot_ms += elapsed_ms;
	clock->now_units = now_units;
	clock->offset_units = offset_units;
}

int64_t clock_now_ms(struct clock *clock)
{
	pthread_mutex_lock(&clock->lock);
	clock_step(clock);
	int64_t now_ms = clock->now_units / UNITS_PER_MS;
	pthread_mutex_unlock(&clock->lock);
	return now_ms;
}

int64_t clock_offset_ms(struct clock *clock, bool *jumped)
{
	pthread_mutex_lock(&clock->lock);
	clock_step(clock);
	int64_t offset_ms = clock->offset_units / UNITS_PER_MS;
	*jumped = clock->jumped;
	pthread_mutex_unlock(&clock->lock);
	return offset_ms;
}

void clock_accept(struct clock *clock)
{
	pthread_mutex_lock(&clock->lock);
	clock_step(clock);
	if (clock->offset_units > 0) {
		clock->now_units += clock->offset_units;
		clock->offset_units = 0;
	} else if (clock->offset_units < -JUMP_UNITS) {
		clock->accepted = true;
	}
	clock->jumped = false;
	pthread_mutex_unlock(&clock->lock);
}

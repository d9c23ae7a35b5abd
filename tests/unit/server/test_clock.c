/* The server's clock against a source that tests move by hand. */
#include <criterion/criterion.h>
#include <pthread.h>

#include "base/clock.h"

static const int64_t T = INT64_C(1795500000000);
static const int64_t SECOND = 1000;
static const int64_t MINUTE = 60 * 1000;
static const int64_t HOUR = 3600 * 1000;

/* Seeded with the same true time; `wall` may be stepped. */
struct fake {
	_Atomic int64_t boot_ms;
	_Atomic int64_t wall_step_ms;
};

static int64_t fake_wall(void *context)
{
	struct fake *fake = context;
	return T + fake->boot_ms + fake->wall_step_ms;
}

static int64_t fake_boot(void *context)
{
	struct fake *fake = context;
	return fake->boot_ms;
}

static struct clock *open_fake(struct fake *fake, int64_t last_commit_ms, bool force)
{
	struct clock_source source = { fake_wall, fake_boot, fake };
	struct clock *clock = NULL;
	bool ahead;

	cr_assert_eq(clock_open(&source, last_commit_ms, force, &ahead, &clock), 0);
	return clock;
}

Test(clock, follows_the_wall_when_nothing_is_wrong)
{
	struct fake fake = { 0 };
	struct clock *clock = open_fake(&fake, 0, false);
	bool jumped;

	for (int i = 0; i < 1000; i++) {
		fake.boot_ms += 7;
		cr_assert_eq(clock_now_ms(clock), T + fake.boot_ms);
	}
	cr_assert_eq(clock_offset_ms(clock, &jumped), 0);
	cr_assert_not(jumped);
	clock_close(clock);
}

Test(clock, starts_at_the_later_of_last_commit_and_wall)
{
	const struct {
		int64_t last_commit_ms;
		bool force;
		int err;
		int64_t now_ms;
		bool ahead;
	} rows[] = {
		{ 0, false, 0, T, false }, /* a new store */
		{ T - HOUR, false, 0, T, false },
		{ T - 24 * HOUR, false, 0, T, false },
		{ T - 24 * HOUR - 1, false, 0, T, true },
		{ T + 1, false, 0, T + 1, false },
		{ T + 5 * MINUTE, false, 0, T + 5 * MINUTE, false },
		{ T + 5 * MINUTE + 1, false, PP_ERR_CLOCK, 0, false },
		{ T + 5 * MINUTE + 1, true, 0, T + 5 * MINUTE + 1, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct fake fake = { 0 };
		struct clock_source source = { fake_wall, fake_boot, &fake };
		struct clock *clock = NULL;
		bool ahead = false;
		int err =
			clock_open(&source, rows[i].last_commit_ms, rows[i].force, &ahead, &clock);
		cr_assert_eq(err, rows[i].err, "row %zu", i);
		if (err != 0)
			continue;
		cr_assert_eq(clock_now_ms(clock), rows[i].now_ms, "row %zu", i);
		cr_assert_eq(ahead, rows[i].ahead, "row %zu", i);
		clock_close(clock);
	}
}

/* Runs for `ms` in steps; every step must be monotone and within 1 % of what passed. */
static void run_within_one_per_cent(
	struct fake *fake, struct clock *clock, int64_t ms, int64_t step_ms)
{
	int64_t began = clock_now_ms(clock);
	int64_t last = began;

	for (int64_t passed = step_ms; passed <= ms; passed += step_ms) {
		fake->boot_ms += step_ms;
		int64_t now = clock_now_ms(clock);
		cr_assert_geq(now, last, "went back after %lld ms", (long long)passed);
		last = now;
		int64_t error = (now - began) - passed;
		cr_assert_leq(llabs(error) * 100, passed + 100, "slewed %lld ms in %lld ms",
			(long long)error, (long long)passed);
	}
}

Test(clock, slews_a_step_back_at_one_per_cent_without_standing_still)
{
	struct fake fake = { 0 };
	struct clock *clock = open_fake(&fake, 0, false);
	bool jumped;

	fake.wall_step_ms = -10 * SECOND;
	int64_t before = clock_now_ms(clock);
	fake.boot_ms += 2;
	cr_assert_geq(clock_now_ms(clock), before + 1, "stands still");
	run_within_one_per_cent(&fake, clock, 500 * SECOND, 1);
	cr_assert_lt(clock_offset_ms(clock, &jumped), -4900, "has not slewed, or too much");
	cr_assert_not(jumped);
	run_within_one_per_cent(&fake, clock, 600 * SECOND, 50);
	cr_assert_eq(clock_offset_ms(clock, &jumped), 0);
	cr_assert_eq(clock_now_ms(clock), fake_wall(&fake));
	clock_close(clock);
}

Test(clock, slews_a_step_forward_at_one_per_cent)
{
	struct fake fake = { 0 };
	struct clock *clock = open_fake(&fake, 0, false);
	bool jumped;

	fake.wall_step_ms = CLOCK_JUMP_MS;
	run_within_one_per_cent(&fake, clock, 100 * MINUTE + MINUTE, 20);
	cr_assert_eq(clock_offset_ms(clock, &jumped), 0);
	cr_assert_not(jumped);
	clock_close(clock);
}

Test(clock, does_not_follow_a_jump_until_it_is_accepted)
{
	for (int direction = -1; direction <= 1; direction += 2) {
		struct fake fake = { 0 };
		struct clock *clock = open_fake(&fake, 0, false);
		bool jumped;

		fake.wall_step_ms = direction * (CLOCK_JUMP_MS + 1);
		fake.boot_ms += HOUR;
		cr_assert_eq(clock_now_ms(clock), T + HOUR);
		cr_assert_eq(clock_offset_ms(clock, &jumped), direction * (CLOCK_JUMP_MS + 1));
		cr_assert(jumped);
		/* It came back by itself. */
		fake.wall_step_ms = 0;
		cr_assert_eq(clock_offset_ms(clock, &jumped), 0);
		cr_assert_not(jumped);
		clock_close(clock);
	}
}

Test(clock, follows_an_accepted_jump_forwards_at_once)
{
	struct fake fake = { 0 };
	struct clock *clock = open_fake(&fake, 0, false);
	bool jumped;

	fake.wall_step_ms = 5 * HOUR;
	cr_assert_eq(clock_now_ms(clock), T);
	clock_accept(clock);
	cr_assert_eq(clock_now_ms(clock), T + 5 * HOUR);
	cr_assert_eq(clock_offset_ms(clock, &jumped), 0);
	cr_assert_not(jumped);
	clock_close(clock);
}

Test(clock, follows_an_accepted_jump_backwards_by_slewing)
{
	struct fake fake = { 0 };
	struct clock *clock = open_fake(&fake, 0, false);
	bool jumped;

	fake.wall_step_ms = -2 * HOUR;
	cr_assert_eq(clock_now_ms(clock), T);
	clock_accept(clock);
	run_within_one_per_cent(&fake, clock, 100 * HOUR, MINUTE);
	cr_assert_eq(clock_offset_ms(clock, &jumped), -HOUR);
	cr_assert_not(jumped, "what was accepted is no jump any more");
	/* Another jump on top needs to be accepted anew. */
	fake.wall_step_ms = -4 * HOUR;
	cr_assert_eq(clock_offset_ms(clock, &jumped), -3 * HOUR);
	cr_assert(jumped);
	clock_close(clock);
}

Test(clock, catches_up_with_a_wall_that_is_behind_at_the_start)
{
	struct fake fake = { 0 };
	struct clock *clock = open_fake(&fake, T + 4 * MINUTE, false);
	bool jumped;

	cr_assert_eq(clock_offset_ms(clock, &jumped), -4 * MINUTE);
	cr_assert_not(jumped);
	run_within_one_per_cent(&fake, clock, 401 * MINUTE, SECOND);
	cr_assert_eq(clock_offset_ms(clock, &jumped), 0);
	clock_close(clock);
}

Test(clock, survives_a_boot_time_that_goes_back)
{
	struct fake fake = { .boot_ms = 1000 };
	struct clock *clock = open_fake(&fake, 0, false);
	int64_t before = clock_now_ms(clock);

	fake.boot_ms = 500;
	cr_assert_eq(clock_now_ms(clock), before);
	fake.boot_ms = 1001;
	cr_assert_eq(clock_now_ms(clock), before + 1);
	clock_close(clock);
}

static void *read_often(void *context)
{
	struct clock *clock = context;
	int64_t last = 0;

	for (int i = 0; i < 100000; i++) {
		int64_t now = clock_now_ms(clock);
		cr_assert_geq(now, last);
		last = now;
	}
	return NULL;
}

Test(clock, never_goes_back_for_any_thread)
{
	struct clock *clock = NULL;
	bool ahead;
	pthread_t threads[4];

	cr_assert_eq(clock_open(&clock_system, 0, false, &ahead, &clock), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		cr_assert_eq(pthread_create(&threads[i], NULL, read_often, clock), 0);
	for (size_t i = 0; i < ARRAY_LEN(threads); i++)
		pthread_join(threads[i], NULL);
	clock_close(clock);
}

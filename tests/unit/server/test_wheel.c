/* The timer wheel: never early, within a tick, for near and far times. */
#include <criterion/criterion.h>

#include "server/wheel.h"

static struct wheel wheel;

Test(wheel, calls_at_the_first_tick_not_before_the_time)
{
	const uint64_t dues[] = { 1, 99, 100, 101, 1000, 12345, 51000 };

	for (size_t i = 0; i < ARRAY_LEN(dues); i++) {
		struct wheel_entry entry = { 0 };
		uint64_t now = 0;
		wheel_init(&wheel, 0);
		wheel_set(&wheel, &entry, dues[i]);
		while (wheel_take(&wheel, now) == NULL)
			now++;
		cr_assert_geq(now, dues[i]);
		cr_assert_lt(now, dues[i] + WHEEL_TICK_MS + 1);
		cr_assert_not(wheel_is_set(&entry));
	}
}

Test(wheel, calls_early_for_a_time_beyond_its_reach)
{
	struct wheel_entry entry = { 0 };

	wheel_init(&wheel, 7000);
	wheel_set(&wheel, &entry, 7000 + 10 * WHEEL_SLOTS * WHEEL_TICK_MS);
	cr_assert_null(wheel_take(&wheel, 7000 + (WHEEL_SLOTS - 2) * WHEEL_TICK_MS));
	cr_assert_eq(wheel_take(&wheel, 7000 + WHEEL_SLOTS * WHEEL_TICK_MS), &entry);
}

Test(wheel, moves_and_clears)
{
	struct wheel_entry a = { 0 };
	struct wheel_entry b = { 0 };

	wheel_init(&wheel, 0);
	wheel_set(&wheel, &a, 1000);
	wheel_set(&wheel, &b, 1000);
	cr_assert(wheel_is_due_by(&a, 1000));
	cr_assert_not(wheel_is_due_by(&a, 900));
	wheel_set(&wheel, &a, 500);
	cr_assert_eq(wheel.n, 2);
	cr_assert_eq(wheel_take(&wheel, 500), &a);
	wheel_clear(&wheel, &b);
	wheel_clear(&wheel, &b);
	cr_assert_eq(wheel.n, 0);
	cr_assert_null(wheel_take(&wheel, 100000));
}

Test(wheel, catches_up_after_a_long_pause_and_keeps_what_is_later)
{
	struct wheel_entry entries[2000] = { 0 };
	size_t n = 0;

	wheel_init(&wheel, 0);
	for (size_t i = 0; i < ARRAY_LEN(entries); i++)
		wheel_set(&wheel, &entries[i], 1 + i * 25);
	struct wheel_entry *entry;
	while ((entry = wheel_take(&wheel, 1000000)) != NULL) {
		cr_assert_not(wheel_is_set(entry));
		n++;
		/* Set again for later: must not come back now. */
		wheel_set(&wheel, entry, 1000100);
		/* Once for each time round, as the new time is beyond its reach. */
		cr_assert_leq(n, 20 * ARRAY_LEN(entries), "it never ends");
	}
	cr_assert_geq(n, ARRAY_LEN(entries));
	cr_assert_eq(wheel.n, ARRAY_LEN(entries));
}

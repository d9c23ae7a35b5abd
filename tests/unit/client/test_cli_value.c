/* Values of the command line of peakpeeps: what is read, what is refused, what is written. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>

#include "client/cli/value.h"

#include <peakpeeps/types.h>

#define HOUR INT64_C(3600000)
#define DAY (24 * HOUR)
/* 2026-12-01T00:00:00Z */
#define DECEMBER INT64_C(1796083200000)

Test(cli_value, reads_durations)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "500ms", 500 },
		{ "90s", 90000 },
		{ "10m", 600000 },
		{ "24h", DAY },
		{ "30d", 30 * DAY },
		{ "2w", 14 * DAY },
		{ "1h30m", HOUR * 3 / 2 },
		{ "1d1ms", DAY + 1 },
		{ "9007199254740991ms", PP_COINS_MAX },
		{ "9007199254740992ms", -1 },
		{ "104249992d", -1 },
		{ "99999999999999999999d", -1 },
		{ "", -1 },
		{ "10", -1 },
		{ "m", -1 },
		{ "-1m", -1 },
		{ "+1m", -1 },
		{ "1.5h", -1 },
		{ "30m1h", -1 },
		{ "1m1m", -1 },
		{ "10 m", -1 },
		{ "10m ", -1 },
		{ "10min", 600000 },
		{ "1m1min", -1 },
		{ "10M", -1 },
		{ "1h30", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = -1;
		bool read = value_parse_duration(rows[i].text, &ms);

		cr_assert(eq(int, read, rows[i].ms >= 0), "\"%s\"", rows[i].text);
		cr_assert(eq(i64, ms, rows[i].ms), "\"%s\"", rows[i].text);
	}
}

Test(cli_value, writes_durations_as_it_reads_them)
{
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {
		{ 0, "0" },
		{ 1, "1ms" },
		{ 600000, "10m" },
		{ HOUR * 3 / 2, "1h30m" },
		{ 14 * DAY, "14d" },
		{ 61001, "1m1s1ms" },
		{ PP_COINS_MAX, "104249991d8h59m991ms" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[VALUE_TEXT_BYTES];
		int64_t back;

		value_format_duration(rows[i].ms, text);
		cr_assert(eq(str, text, (char *)rows[i].text));
		cr_assert(value_parse_duration(text, &back));
		cr_assert(eq(i64, back, rows[i].ms));
	}
}

Test(cli_value, reads_times)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
		bool relative;
	} rows[] = {
		{ "2026-12-01T00:00:00Z", DECEMBER, false },
		{ "2026-12-01", DECEMBER, false },
		{ "2026-12-01 00:00:00z", DECEMBER, false },
		{ "2026-12-01T01:30:00+01:30", DECEMBER, false },
		{ "2026-11-30T19:00:00-05:00", DECEMBER, false },
		{ "2026-12-01T00:00:00.5Z", DECEMBER + 500, false },
		{ "2026-12-01T00:00:00.0019Z", DECEMBER + 1, false },
		{ "2028-02-29", INT64_C(1835395200000), false },
		{ "now", 0, true },
		{ "+2d", 2 * DAY, true },
		{ "+1h30m", HOUR * 3 / 2, true },
		{ "2026-02-29", -1, false },
		{ "2026-13-01", -1, false },
		{ "2026-12-01T24:00:00Z", -1, false },
		{ "2026-12-01T00:00:60Z", -1, false },
		{ "2026-12-01T00:00:00", -1, false },
		{ "2026-12-01T00:00:00+1:00", -1, false },
		{ "2026-12-01T00:00:00+24:00", -1, false },
		{ "2026-12-01T00:00Z", -1, false },
		{ "2026-12-01T00:00:00.Z", -1, false },
		{ "2026-12-01T00:00:00Zx", -1, false },
		{ "2026-12-1", -1, false },
		{ "26-12-01", -1, false },
		{ "1970-01-01", -1, false },
		{ "tomorrow", -1, false },
		{ "+", -1, false },
		{ "-2d", -1, false },
		{ "", -1, false },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct value_time time = { -1, false };
		bool read = value_parse_time(rows[i].text, &time);

		cr_assert(eq(int, read, rows[i].ms >= 0), "\"%s\"", rows[i].text);
		cr_assert(eq(i64, time.ms, rows[i].ms), "\"%s\"", rows[i].text);
		cr_assert(eq(int, time.relative, rows[i].relative), "\"%s\"", rows[i].text);
	}
}

Test(cli_value, writes_times_as_it_reads_them)
{
	static const int64_t rows[] = { 1, DECEMBER, DECEMBER + 999, INT64_C(253402300799999) };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct value_time back;
		char text[VALUE_TEXT_BYTES];

		value_format_time(rows[i], text);
		cr_assert(value_parse_time(text, &back), "%s", text);
		cr_assert(eq(i64, back.ms, rows[i]), "%s", text);
	}
}

Test(cli_value, reads_percentages_as_basis_points)
{
	static const struct {
		const char *text;
		int64_t bp; /* -1: refused */
	} rows[] = {
		{ "0", 0 },
		{ "0%", 0 },
		{ "2.5%", 250 },
		{ "2.05%", 205 },
		{ "0.25%", 25 },
		{ "250bp", 250 },
		{ "100%", 10000 },
		{ "100.00%", 10000 },
		{ "10000bp", 10000 },
		{ "100.01%", -1 },
		{ "10001bp", -1 },
		{ "2.555%", -1 },
		{ "2.%", -1 },
		{ ".5%", -1 },
		{ "2.5", -1 },
		{ "5", -1 },
		{ "-1%", -1 },
		{ "5%%", -1 },
		{ "%", -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t bp = -1;
		bool read = value_parse_percent(rows[i].text, &bp);

		cr_assert(eq(int, read, rows[i].bp >= 0), "\"%s\"", rows[i].text);
		cr_assert(eq(i64, bp, rows[i].bp), "\"%s\"", rows[i].text);
	}
}

Test(cli_value, reads_coins_up_to_what_json_can_hold)
{
	static const struct {
		const char *text;
		int64_t coins; /* -1: refused */
	} rows[] = {
		{ "0", 0 },
		{ "30", 30 },
		{ "007", 7 },
		{ "9007199254740991", PP_COINS_MAX },
		{ "9007199254740992", -1 },
		{ "99999999999999999999999", -1 },
		{ "-1", -1 },
		{ "+1", -1 },
		{ "1e3", -1 },
		{ "0x10", -1 },
		{ "1 ", -1 },
		{ "", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t coins = -1;
		bool read = value_parse_number(rows[i].text, 0, PP_COINS_MAX, &coins);

		cr_assert(eq(int, read, rows[i].coins >= 0), "\"%s\"", rows[i].text);
		cr_assert(eq(i64, coins, rows[i].coins), "\"%s\"", rows[i].text);
	}
}

Test(cli_value, measures_slips_of_the_keyboard)
{
	static const struct {
		const char *a;
		const char *b;
		size_t distance;
	} rows[] = {
		{ "coupon", "coupon", 0 },
		{ "coupn", "coupon", 1 },
		{ "couppon", "coupon", 1 },
		{ "coupom", "coupon", 1 },
		{ "cuopon", "coupon", 1 },
		{ "", "end", 3 },
		{ "buy", "show", 4 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cr_assert(eq(sz, value_distance(rows[i].a, rows[i].b), rows[i].distance), "%s %s",
			rows[i].a, rows[i].b);
		cr_assert(eq(sz, value_distance(rows[i].b, rows[i].a), rows[i].distance), "%s %s",
			rows[i].b, rows[i].a);
	}
}

Test(cli_value, finds_the_purchase_that_a_code_is_of)
{
	static const struct {
		const char *text;
		uint64_t id; /* 0: refused */
	} rows[] = {
		{ "1-KPZQ-JSS4-R6RN", 1 },
		{ "1G4-8XKD-93QZ-M2WP", 1540 },
		{ "1g48xkd93qzm2wp", 1540 },
		{ " l g 4 - 8xkd 93qz m2wp ", 1540 },
		{ "O1-0000-0000-0000", 1 },
		{ "Z-0000-0000-0000", 31 },
		{ "FZZZZZZZZZZZZ-0000-0000-0000", UINT64_MAX },
		{ "G000000000000-0000-0000-0000", 0 },
		{ "0-0000-0000-0000", 0 },
		{ "KPZQ-JSS4-R6RN", 0 },
		{ "u", 0 },
		{ "", 0 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		uint64_t id = 0;
		bool read = value_parse_code(rows[i].text, &id);

		cr_assert(eq(int, read, rows[i].id != 0), "\"%s\"", rows[i].text);
		cr_assert(id == rows[i].id || !read, "\"%s\"", rows[i].text);
	}
}

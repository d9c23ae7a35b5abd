/* Durations: both names of a minute, compound ones, and what is none. */
#include <criterion/criterion.h>

#include "base/duration.h"

Test(duration, reads_the_units_largest_first)
{
	static const struct {
		const char *text;
		int64_t ms; /* -1: refused */
	} rows[] = {
		{ "0", 0 },
		{ "0s", 0 },
		{ "1ms", 1 },
		{ "10s", 10000 },
		{ "10m", 600000 },
		{ "10min", 600000 },
		{ "2h", 7200000 },
		{ "7d", 604800000 },
		{ "1w", 604800000 },
		{ "1h30m", 5400000 },
		{ "1h30min", 5400000 },
		{ "1min1ms", 60001 },
		{ "1m1s1ms", 61001 },
		{ "9223372036854775807ms", INT64_MAX },
		{ "9223372036854775808ms", INT64_MAX },
		{ "106751991168d", INT64_MAX },
		{ "99999999999999999999d1ms", INT64_MAX },
		{ "", -1 },
		{ "10", -1 },
		{ "00", -1 },
		{ "s", -1 },
		{ "min", -1 },
		{ "-1s", -1 },
		{ "+1s", -1 },
		{ " 1s", -1 },
		{ "1 s", -1 },
		{ "1s ", -1 },
		{ "1.5h", -1 },
		{ "1mi", -1 },
		{ "1minute", -1 },
		{ "1S", -1 },
		{ "1h30", -1 },
		{ "30m1h", -1 },
		{ "1m1min", -1 },
		{ "1min1m", -1 },
		{ "1s1s", -1 },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t ms = -1;
		bool read = duration_parse(rows[i].text, &ms);
		cr_expect_eq(read, rows[i].ms >= 0, "\"%s\"", rows[i].text);
		cr_expect_eq(ms, rows[i].ms, "\"%s\"", rows[i].text);
	}
}

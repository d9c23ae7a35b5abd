#include <criterion/criterion.h>

#include "domain/rules/honour.h"

static const struct {
	const char *what;
	struct honour_case seen;
	enum honour expected;
	int64_t until_ms;
} rows[] = {
	{ "current", { 3, 3, 1, false, 0, 500, 9999 }, HONOUR_CURRENT, -1 },
	{ "current at its own floor", { 3, 3, 3, false, 0, 500, 9999 }, HONOUR_CURRENT, -1 },
	{ "at the change", { 2, 3, 1, false, 1000, 500, 1000 }, HONOUR_WINDOW, 1500 },
	{ "1 ms before the edge", { 2, 3, 1, false, 1000, 500, 1499 }, HONOUR_WINDOW, 1500 },
	{ "at the edge", { 2, 3, 1, false, 1000, 500, 1500 }, HONOUR_NONE, -1 },
	{ "1 ms after the edge", { 2, 3, 1, false, 1000, 500, 1501 }, HONOUR_NONE, -1 },
	{ "no window at all", { 2, 3, 1, false, 1000, 0, 1000 }, HONOUR_NONE, -1 },
	{ "window of 1 ms", { 2, 3, 1, false, 1000, 1, 1000 }, HONOUR_WINDOW, 1001 },
	{ "equal terms in the window", { 1, 3, 1, true, 1000, 500, 1200 }, HONOUR_CURRENT, -1 },
	{ "equal terms long after", { 1, 3, 1, true, 1000, 500, 99999 }, HONOUR_CURRENT, -1 },
	{ "at the floor", { 2, 3, 2, false, 1000, 500, 1200 }, HONOUR_WINDOW, 1500 },
	{ "below the floor", { 1, 3, 2, false, 1000, 500, 1200 }, HONOUR_NONE, -1 },
	{ "below the floor, equal terms", { 1, 3, 2, true, 1000, 500, 1200 }, HONOUR_NONE, -1 },
	{ "a window that leaves int64", { 1, 2, 1, false, INT64_MAX, 1, INT64_MAX }, HONOUR_NONE,
		-1 },
};

Test(honour, the_window_is_exact_to_the_millisecond)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		int64_t until_ms = -1;
		enum honour honour = honour_of(&rows[i].seen, &until_ms);
		cr_expect_eq(honour, rows[i].expected, "%s", rows[i].what);
		cr_expect_eq(until_ms, rows[i].until_ms, "%s", rows[i].what);
	}
}

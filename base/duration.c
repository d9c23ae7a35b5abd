#include "base/duration.h"

#include <string.h>

/* Largest first. Two names of one unit have one size. */
static const struct unit {
	const char *name;
	int64_t ms;
} units[] = {
	{ "w", INT64_C(604800000) },
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "min", 60000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* The digits at *at, at least one; moves *at past them. */
static bool take_digits(const char **at, int64_t *out)
{
	const char *start = *at;
	int64_t value = 0;

	for (; is_digit(**at); (*at)++) {
		if (!checked_mul(value, 10, &value) || !checked_add(value, **at - '0', &value))
			value = INT64_MAX;
	}
	*out = value;
	return *at != start;
}

/* The unit that *at begins with and nothing but a number follows; NULL: none. */
static const struct unit *take_unit(const char **at)
{
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		size_t len = strlen(units[i].name);
		if (strncmp(*at, units[i].name, len) == 0 &&
			((*at)[len] == '\0' || is_digit((*at)[len]))) {
			*at += len;
			return &units[i];
		}
	}
	return NULL;
}

bool duration_parse(const char *text, int64_t *out_ms)
{
	int64_t below_ms = INT64_MAX; /* what the next unit must be smaller than */
	int64_t total = 0;

	if (strcmp(text, "0") == 0) {
		*out_ms = 0;
		return true;
	}
	do {
		int64_t count = 0;
		int64_t part = 0;
		if (!take_digits(&text, &count))
			return false;
		const struct unit *unit = take_unit(&text);
		if (unit == NULL || unit->ms >= below_ms)
			return false;
		if (!checked_mul(count, unit->ms, &part) || !checked_add(total, part, &total))
			total = INT64_MAX;
		below_ms = unit->ms;
	} while (*text != '\0');
	*out_ms = total;
	return true;
}

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "client/cli/value.h"

#include <peakpeeps/types.h>

#include "base/duration.h"

/* What durations are printed in; a week is read, but days are what people expect to see. */
static const struct unit {
	const char *name;
	int64_t ms;
} units[] = {
	{ "d", 86400000 },
	{ "h", 3600000 },
	{ "m", 60000 },
	{ "s", 1000 },
	{ "ms", 1 },
};

/* A code ends with 60 random bits. */
enum { CODE_SECRET_DIGITS = 12 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

/* Digits at *at, at least one and at most `digits_max`, not over PP_COINS_MAX; moves *at past. */
static bool take_digits(const char **at, size_t digits_max, int64_t *out)
{
	const char *p = *at;
	int64_t value = 0;
	size_t n = 0;

	for (; is_digit(*p); p++, n++) {
		if (n == digits_max)
			return false;
		value = value * 10 + (*p - '0');
		if (value > PP_COINS_MAX)
			return false;
	}
	if (n == 0)
		return false;
	*at = p;
	*out = value;
	return true;
}

bool value_parse_number(const char *text, int64_t min, int64_t max, int64_t *out)
{
	int64_t value;

	if (!take_digits(&text, SIZE_MAX, &value) || *text != '\0' || value < min || value > max)
		return false;
	*out = value;
	return true;
}

bool value_parse_duration(const char *text, int64_t *out_ms)
{
	int64_t ms;

	if (!duration_parse(text, &ms) || ms > PP_COINS_MAX)
		return false;
	*out_ms = ms;
	return true;
}

bool value_parse_percent(const char *text, int64_t *out_bp)
{
	int64_t whole;
	int64_t hundredths = 0;

	if (!take_digits(&text, 5, &whole))
		return false;
	if (strcmp(text, "bp") == 0 || (*text == '\0' && whole == 0)) {
		hundredths = whole;
		whole = 0;
	} else {
		if (*text == '.') {
			const char *point = text++;

			if (!take_digits(&text, 2, &hundredths))
				return false;
			if (text - point == 2)
				hundredths *= 10;
		}
		if (strcmp(text, "%") != 0)
			return false;
	}
	if (whole * 100 + hundredths > PP_COMMISSION_BP_MAX)
		return false;
	*out_bp = whole * 100 + hundredths;
	return true;
}

/* Exactly `digits` digits, then the character `after` (none when NUL). */
static bool take_fixed(const char **at, size_t digits, char after, int *out)
{
	const char *start = *at;
	int64_t value;

	if (!take_digits(at, digits, &value) || *at != start + digits)
		return false;
	if (after != '\0' && *(*at)++ != after)
		return false;
	*out = (int)value;
	return true;
}

/* ".123" as milliseconds; further digits are dropped. Nothing there: 0. */
static bool take_fraction(const char **at, int64_t *out_ms)
{
	int64_t weight = 100;

	*out_ms = 0;
	if (**at != '.')
		return true;
	(*at)++;
	if (!is_digit(**at))
		return false;
	for (; is_digit(**at); (*at)++, weight /= 10)
		*out_ms += (**at - '0') * weight;
	return true;
}

/* "Z" or "+01:00", as milliseconds east of UTC. */
static bool take_offset(const char **at, int64_t *out_ms)
{
	int hours;
	int minutes;
	char sign = **at;

	(*at)++;
	if (sign == 'Z' || sign == 'z') {
		*out_ms = 0;
		return true;
	}
	if (sign != '+' && sign != '-')
		return false;
	if (!take_fixed(at, 2, ':', &hours) || !take_fixed(at, 2, '\0', &minutes))
		return false;
	if (hours > 23 || minutes > 59)
		return false;
	*out_ms = ((int64_t)hours * 60 + minutes) * 60000 * (sign == '+' ? 1 : -1);
	return true;
}

/* UTC seconds of broken-down time; false when there is no such day or hour. */
static bool utc_seconds(const struct tm *wanted, int64_t *out)
{
	struct tm tm = *wanted;
	time_t seconds = timegm(&tm);

	if (tm.tm_year != wanted->tm_year || tm.tm_mon != wanted->tm_mon ||
		tm.tm_mday != wanted->tm_mday || tm.tm_hour != wanted->tm_hour ||
		tm.tm_min != wanted->tm_min || tm.tm_sec != wanted->tm_sec)
		return false;
	*out = seconds;
	return true;
}

static bool parse_rfc3339(const char *text, int64_t *out_ms)
{
	struct tm tm = { 0 };
	int64_t seconds;
	int64_t fraction_ms = 0;
	int64_t offset_ms = 0;

	if (!take_fixed(&text, 4, '-', &tm.tm_year) || !take_fixed(&text, 2, '-', &tm.tm_mon) ||
		!take_fixed(&text, 2, '\0', &tm.tm_mday))
		return false;
	tm.tm_year -= 1900;
	tm.tm_mon -= 1;
	if (*text != '\0') {
		if (*text != 'T' && *text != 't' && *text != ' ')
			return false;
		text++;
		if (!take_fixed(&text, 2, ':', &tm.tm_hour) ||
			!take_fixed(&text, 2, ':', &tm.tm_min) ||
			!take_fixed(&text, 2, '\0', &tm.tm_sec))
			return false;
		if (!take_fraction(&text, &fraction_ms) || !take_offset(&text, &offset_ms) ||
			*text != '\0')
			return false;
	}
	if (!utc_seconds(&tm, &seconds))
		return false;
	seconds = seconds * 1000 + fraction_ms - offset_ms;
	if (seconds <= 0)
		return false;
	*out_ms = seconds;
	return true;
}

bool value_parse_time(const char *text, struct value_time *out)
{
	struct value_time time = { 0 };

	if (strcmp(text, "now") == 0) {
		time.relative = true;
	} else if (*text == '+') {
		time.relative = true;
		if (!value_parse_duration(text + 1, &time.ms))
			return false;
	} else if (!parse_rfc3339(text, &time.ms)) {
		return false;
	}
	*out = time;
	return true;
}

void value_format_duration(int64_t ms, char out[VALUE_TEXT_BYTES])
{
	size_t len = 0;
	size_t i;

	if (ms <= 0) {
		(void)snprintf(out, VALUE_TEXT_BYTES, "%s", ms == 0 ? "0" : "?");
		return;
	}
	for (i = 0; i < ARRAY_LEN(units) && len < VALUE_TEXT_BYTES; i++) {
		if (ms < units[i].ms)
			continue;
		len += (size_t)snprintf(out + len, VALUE_TEXT_BYTES - len, "%" PRId64 "%s",
			ms / units[i].ms, units[i].name);
		ms %= units[i].ms;
	}
}

void value_format_time(int64_t ms, char out[VALUE_TEXT_BYTES])
{
	struct tm tm;
	int64_t below = (ms % 1000 + 1000) % 1000;
	time_t seconds = (time_t)((ms - below) / 1000);

	if (gmtime_r(&seconds, &tm) == NULL || tm.tm_year > 8099) {
		(void)snprintf(out, VALUE_TEXT_BYTES, "%" PRId64 "ms", ms);
		return;
	}
	(void)snprintf(out, VALUE_TEXT_BYTES, "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ",
		tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec,
		(int)below);
}

void value_format_percent(uint32_t bp, char out[VALUE_TEXT_BYTES])
{
	(void)snprintf(out, VALUE_TEXT_BYTES, "%" PRIu32 ".%02" PRIu32 "%%", bp / 100, bp % 100);
}

/* The value of a digit in Crockford's base 32, as people type it; -1: it is none. */
static int code_digit(char c)
{
	static const char digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";
	char upper = (char)(c >= 'a' && c <= 'z' ? c - 'a' + 'A' : c);
	const char *at;

	if (upper == 'O')
		upper = '0';
	if (upper == 'I' || upper == 'L')
		upper = '1';
	at = upper == '\0' ? NULL : strchr(digits, upper);
	return at == NULL ? -1 : (int)(at - digits);
}

bool value_parse_code(const char *text, uint64_t *out_purchase_id)
{
	size_t n_digits = 0;
	uint64_t id = 0;
	const char *c;

	for (c = text; *c != '\0'; c++)
		n_digits += code_digit(*c) >= 0;
	if (n_digits <= CODE_SECRET_DIGITS)
		return false;
	n_digits -= CODE_SECRET_DIGITS;
	for (c = text; n_digits > 0; c++) {
		int digit = code_digit(*c);

		if (digit < 0)
			continue;
		if (id > UINT64_MAX / 32)
			return false;
		id = id * 32 + (uint64_t)digit;
		n_digits--;
	}
	*out_purchase_id = id;
	return id != 0;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The optimal string alignment distance, row by row. */
size_t value_distance(const char *a, const char *b)
{
	size_t rows[VALUE_WORD_BYTES + 1][VALUE_WORD_BYTES + 1];
	size_t len_a = strlen(a);
	size_t len_b = strlen(b);
	size_t i;
	size_t j;

	if (len_a > VALUE_WORD_BYTES || len_b > VALUE_WORD_BYTES)
		return SIZE_MAX;
	for (i = 0; i <= len_a; i++)
		rows[i][0] = i;
	for (j = 0; j <= len_b; j++)
		rows[0][j] = j;
	for (i = 1; i <= len_a; i++) {
		for (j = 1; j <= len_b; j++) {
			size_t best = rows[i - 1][j - 1] + (a[i - 1] != b[j - 1]);

			best = least(best, rows[i - 1][j] + 1);
			best = least(best, rows[i][j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = least(best, rows[i - 2][j - 2] + 1);
			rows[i][j] = best;
		}
	}
	return rows[len_a][len_b];
}

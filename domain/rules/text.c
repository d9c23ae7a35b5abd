#include "domain/rules/text.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum { DAY_MS = 24 * 3600 * 1000 };

/* Year, month and day of a day since 1970-01-01: Howard Hinnant's civil_from_days. */
static void civil_of_day(int64_t day, int64_t *year, int *month, int *day_of_month)
{
	int64_t shifted = day + 719468;
	int64_t era = shifted / 146097;
	int64_t day_of_era = shifted % 146097;
	int64_t year_of_era =
		(day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year =
		day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t month_from_march = (5 * day_of_year + 2) / 153;

	*day_of_month = (int)(day_of_year - (153 * month_from_march + 2) / 5 + 1);
	*month = (int)(month_from_march < 10 ? month_from_march + 3 : month_from_march - 9);
	*year = year_of_era + era * 400 + (*month <= 2 ? 1 : 0);
}

struct text text_of_time(int64_t time_ms)
{
	struct text out;
	int64_t year = 0;
	int month = 0;
	int day_of_month = 0;

	if (time_ms >= 0)
		civil_of_day(time_ms / DAY_MS, &year, &month, &day_of_month);
	if (time_ms < 0 || year > 9999) {
		snprintf(out.text, sizeof(out.text), "%" PRId64, time_ms);
		return out;
	}
	int ms = (int)(time_ms % DAY_MS);
	snprintf(out.text, sizeof(out.text), "%04d-%02d-%02dT%02d:%02d:%02d.%03dZ", (int)year,
		month, day_of_month, ms / 3600000, ms / 60000 % 60, ms / 1000 % 60, ms % 1000);
	return out;
}

struct text text_of_uuid(const struct pp_uuid *uuid)
{
	static const char digits[] = "0123456789abcdef";
	struct text out;
	char *at = out.text;

	for (int i = 0; i < 16; i++) {
		if (i == 4 || i == 6 || i == 8 || i == 10)
			*at++ = '-';
		*at++ = digits[uuid->bytes[i] >> 4];
		*at++ = digits[uuid->bytes[i] & 15];
	}
	*at = '\0';
	return out;
}

enum {
	CODE_DIGIT_BITS = 5,
	CODE_SECRET_DIGITS = 12, /* 60 bits */
	CODE_ID_DIGITS_MAX = 13, /* 64 bits */
};

static const char code_digits[] = "0123456789ABCDEFGHJKMNPQRSTVWXYZ";

struct text text_of_code(uint64_t purchase_id, uint64_t secret)
{
	struct text out;
	char *at = out.text;
	int n = 1;

	while (n < CODE_ID_DIGITS_MAX && purchase_id >> (CODE_DIGIT_BITS * n) != 0)
		n++;
	while (n > 0)
		*at++ = code_digits[purchase_id >> (CODE_DIGIT_BITS * --n) & 31];
	for (int i = 0; i < CODE_SECRET_DIGITS; i++) {
		if (i % 4 == 0)
			*at++ = '-';
		*at++ = code_digits[secret >> (55 - CODE_DIGIT_BITS * i) & 31];
	}
	*at = '\0';
	return out;
}

/* The value of a digit as people write it; negative: none. */
static int code_digit(char c)
{
	if (c >= 'a' && c <= 'z')
		c = (char)(c - 'a' + 'A');
	if (c == 'O')
		return 0;
	if (c == 'I' || c == 'L')
		return 1;
	const char *found = c == '\0' ? NULL : strchr(code_digits, c);
	return found == NULL ? -1 : (int)(found - code_digits);
}

bool text_parse_code(const char *text, uint64_t *purchase_id, uint64_t *secret)
{
	uint8_t digits[CODE_ID_DIGITS_MAX + CODE_SECRET_DIGITS];
	size_t n = 0;
	uint64_t id = 0;
	uint64_t low = 0;

	for (const char *at = text; *at != '\0'; at++) {
		if (*at == ' ' || *at == '-')
			continue;
		int digit = code_digit(*at);
		if (digit < 0 || n == sizeof(digits))
			return false;
		digits[n++] = (uint8_t)digit;
	}
	if (n <= CODE_SECRET_DIGITS)
		return false;
	for (size_t i = 0; i < n - CODE_SECRET_DIGITS; i++) {
		if (id >> (64 - CODE_DIGIT_BITS) != 0)
			return false;
		id = id << CODE_DIGIT_BITS | digits[i];
	}
	for (size_t i = n - CODE_SECRET_DIGITS; i < n; i++)
		low = low << CODE_DIGIT_BITS | digits[i];
	*purchase_id = id;
	*secret = low;
	return true;
}

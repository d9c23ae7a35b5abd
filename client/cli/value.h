/* Values as people write them on a command line, and back: coins, durations, times, percentages. */
#ifndef CLIENT_CLI_VALUE_H
#define CLIENT_CLI_VALUE_H

#include "base/base.h"

/*
 * Each parser takes the whole text or refuses it: true with *out set, or false with *out
 * untouched. None depends on the locale, the time zone or the clock.
 */

/* Decimal digits only, min to max inclusive (both at least 0). */
bool value_parse_number(const char *text, int64_t min, int64_t max, int64_t *out) MUST_CHECK;
/* As base/duration.h has it: "10min", "1h30m", "0". Milliseconds, at most PP_COINS_MAX. */
bool value_parse_duration(const char *text, int64_t *out_ms) MUST_CHECK;
/* "2.5%", "0.25%", "250bp" or "0", in basis points from 0 to 10 000. */
bool value_parse_percent(const char *text, int64_t *out_bp) MUST_CHECK;

/* The purchase that a redeem code is of: it begins with its id, in Crockford's base 32. */
bool value_parse_code(const char *text, uint64_t *out_purchase_id) MUST_CHECK;

/* A moment as it was written. */
struct value_time {
	int64_t ms;    /* since 1970, or, when relative, from now */
	bool relative; /* "+2d", "now" */
};

/* RFC 3339 ("2026-12-01T09:30:00+01:00"), a date (midnight UTC), "now", or "+" and a duration. */
bool value_parse_time(const char *text, struct value_time *out) MUST_CHECK;

enum { VALUE_TEXT_BYTES = 48 };

/* As value_parse_duration reads it: "1h30m"; 0 is "0". */
void value_format_duration(int64_t ms, char out[VALUE_TEXT_BYTES]);
/* As value_parse_time reads it, in UTC: "2026-12-01T08:30:00.000Z". */
void value_format_time(int64_t ms, char out[VALUE_TEXT_BYTES]);
/* "2.50%". */
void value_format_percent(uint32_t bp, char out[VALUE_TEXT_BYTES]);

/* How many single-letter changes make b of a, swaps of neighbours counted once; the names are at
 * most VALUE_WORD_BYTES long, longer ones are as far away as can be. */
enum { VALUE_WORD_BYTES = 32 };
size_t value_distance(const char *a, const char *b);

#endif

/* Numbers on a command line, as text that must be one and nothing else. */
#ifndef BENCH_VALUE_H
#define BENCH_VALUE_H

#include "base/base.h"

enum { VALUE_SECONDS_MAX = 86400 };

/* A whole number from min to max, in decimal digits alone. False: it is none, and *out is as it
 * was. */
bool value_number(const char *text, uint64_t min, uint64_t max, uint64_t *out) MUST_CHECK;
/* A number as strtod reads it, which may be no number (NaN): compare so that this is refused. */
bool value_real(const char *text, double *out) MUST_CHECK;
/* Seconds from 0 to VALUE_SECONDS_MAX, to the nearest millisecond. */
bool value_seconds(const char *text, int64_t *out_ms) MUST_CHECK;

#endif

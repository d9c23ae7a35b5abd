/* Durations as people write them: the same in settings and on every command line. */
#ifndef BASE_DURATION_H
#define BASE_DURATION_H

#include "base/base.h"

#define DURATION_UNITS "ms, s, min or m, h, d, w"

/*
 * Whole numbers with the units ms, s, min or m, h, d, w, each unit at most once, largest first:
 * "10s", "1h30m", "0". Milliseconds; beyond int64 INT64_MAX. False, and *out_ms untouched, when it
 * is anything else. Depends on no locale.
 */
bool duration_parse(const char *text, int64_t *out_ms) MUST_CHECK;

#endif

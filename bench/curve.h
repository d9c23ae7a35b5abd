/* Latency by percentile: points of a histogram, denser towards the slowest. */
#ifndef BENCH_CURVE_H
#define BENCH_CURVE_H

#include <jansson.h>

#include "base/base.h"

/*
 * Of an object with TIMES named "response" and "service": {"shares": [0, ..], "response_us": [..],
 * "service_us": [..]}. Shares are those of HdrHistogram's percentile iterator: CURVE_TICKS for each
 * halving of the rest, and at last the slowest of n, which stands at 1 - 1 / 2n. NULL: there is no
 * histogram that can be read, or no memory.
 */
enum { CURVE_TICKS = 8 };
json_t *curve_of(const json_t *counts) MUST_CHECK;

#endif

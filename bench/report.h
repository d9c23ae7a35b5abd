/* The result of a run, as a table for people or as JSON for programs. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include <jansson.h>

#include "bench/result.h"

/* On standard output. */
void report_table(const struct result *result);
/* The object of docs/bench.md. Owned by the caller; NULL: out of memory. */
json_t *report_json(const struct result *result) MUST_CHECK;

/* The percentiles that are told, and how they are called. */
enum { REPORT_PERCENTILES = 6 };
struct report_percentile {
	double share;
	const char *name;
};
extern const struct report_percentile report_percentiles[REPORT_PERCENTILES];
/* Of a histogram; never above its max. */
int64_t report_percentile(const struct histogram *histogram, double share);
/* "clean" and so on. */
const char *report_verify_word(enum pp_verify_state state);

#endif

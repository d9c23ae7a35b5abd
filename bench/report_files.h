/* What is made of a run's result, the JSON of docs/bench.md: a page, tables, an interval log. */
#ifndef BENCH_REPORT_FILES_H
#define BENCH_REPORT_FILES_H

#include <jansson.h>
#include <stdio.h>

#include "base/base.h"

/*
 * Each writes the file at `path`, which is overwritten; "-" is standard output. A result may come
 * from anywhere: what is not there, or not of its type, is left out. PP_ERR_IO: errno tells why,
 * and there may be half a file; PP_ERR_NO_MEMORY; PP_ERR_MALFORMED: it is not a result at all.
 */

/* One HTML page that needs nothing else, neither a network nor another file. */
int report_write_html(const json_t *result, const char *path) MUST_CHECK;
/*
 * One row for each second, and at report_percentiles_path one for each kind of request and time.
 * Columns are named as in the JSON.
 */
int report_write_csv(const json_t *result, const char *path) MUST_CHECK;
/*
 * HdrHistogram's interval log. The response time of all requests has no tag: of each second where
 * the series holds histograms ("response_histogram", "service_histogram"), or else of the whole
 * run. The rest are of the whole run, tagged "service", "purchase.response" and so on.
 */
int report_write_hdr(const json_t *result, const char *path) MUST_CHECK;

/* "run.csv" gives "run.percentiles.csv". Owned by the caller; NULL: out of memory. */
char *report_percentiles_path(const char *path) MUST_CHECK;

/* Whether it claims to be a result; what is missing in it is another matter. */
bool report_is_result(const json_t *result);
/* A file to write to, or standard output; NULL: errno tells. */
FILE *report_open(const char *path) MUST_CHECK;
/* Closes it; PP_ERR_IO if anything could not be written. */
int report_close(FILE *file) MUST_CHECK;

#endif

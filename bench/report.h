/* The result of a load, as a table for people or as JSON for programs. */
#ifndef BENCH_REPORT_H
#define BENCH_REPORT_H

#include "bench/check.h"
#include "bench/options.h"

struct result {
	const struct bench_options *options;
	const char *address;
	const char *server_version;
	const struct tally *tally;
	double seconds; /* that were measured */
	struct books books;
};

void report_table(const struct result *result);
/* PP_ERR_NO_MEMORY; nothing is printed then. */
int report_json(const struct result *result) MUST_CHECK;

#endif

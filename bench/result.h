/* Everything that one run of the bench yields. docs/bench.md tells how it looks as JSON. */
#ifndef BENCH_RESULT_H
#define BENCH_RESULT_H

#include "bench/assertion.h"
#include "bench/check.h"
#include "bench/machine.h"
#include "bench/options.h"
#include "bench/scenario.h"
#include "bench/series.h"
#include "bench/tally.h"
#include "bench/verdict.h"
#include "client/address.h"

/* Who answered. Texts are copied. */
struct server_facts {
	char address[ADDRESS_TEXT_BYTES];
	char version[64];
	char commit_mode[32];
	char durability[32]; /* empty: the server does not tell */
	char store_id[37];
	int64_t started_at_ms;
	struct dataset dataset; /* what the store held before the run */
};

struct result {
	const struct bench_options *options; /* borrowed, as argv */
	int argc;
	char **argv;
	int64_t started_at_ms; /* by this machine's wall clock */
	struct machine machine;
	struct server_facts server;

	double seconds;                   /* that were measured */
	const struct tally *tally;        /* of all threads */
	const struct histogram *response; /* of all kinds */
	const struct histogram *service;
	const struct series_row *rows;
	size_t n_rows; /* the warm-up's among them */
	const struct generator *generator;
	struct verdict verdict;
	const struct assertion *assertions; /* as parsed, with what was measured */
	size_t n_assertions;

	struct flash_sale flash_sale; /* with such a mix only */
	struct edit_war edit_war;
	struct books books;
};

#endif

/* What the bench is told on its command line. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "bench/shot.h"

struct bench_options {
	const char *address; /* NULL: the default one */
	unsigned n_connections;
	unsigned depth;
	unsigned n_threads;
	int64_t duration_ms; /* 0: until n_requests */
	uint64_t n_requests; /* 0: until duration_ms; warm-up included */
	int64_t warmup_ms;
	uint32_t mix[SHOT_LOAD_KINDS]; /* weights */
	const char *mix_name;          /* as it was given */
	struct dataset dataset;
	bool prepare;
	uint64_t seed;
	double theta; /* of the popularity of coupons; 0: uniform */
	bool hot_coupon;
	bool json;
	uint64_t n_sample; /* decided writes that are sent again afterwards */
	bool check;        /* Verify and replay afterwards */
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_DONE,  /* help or version was printed */
	OPTIONS_WRONG, /* said on standard error */
};

/* Strings are borrowed from argv. */
enum options_result options_parse(int argc, char **argv, struct bench_options *out);

#endif

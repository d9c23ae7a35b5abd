/* What the bench is told on its command line. */
#ifndef BENCH_OPTIONS_H
#define BENCH_OPTIONS_H

#include "bench/assertion.h"
#include "bench/mix.h"
#include "bench/schedule.h"

enum { OPTIONS_ASSERTIONS_MAX = 32 };

struct bench_options {
	const char *address; /* NULL: the default one */
	unsigned n_connections;
	unsigned depth;
	unsigned n_threads;

	double rate; /* of all threads; 0: a closed loop */
	enum arrivals arrivals;
	int64_t duration_ms; /* 0: until n_requests */
	uint64_t n_requests; /* 0: until duration_ms; warm-up included */
	int64_t warmup_ms;

	struct mix mix;
	struct dataset dataset;
	bool prepare;
	uint64_t seed;
	double theta; /* of the popularity of coupons; 0: uniform */
	double theta_users;
	bool hot_coupon;
	uint64_t n_buyers; /* of a flash sale */
	uint64_t n_pieces;
	unsigned n_war_coupons; /* of an edit war */
	bool retry_overloaded;

	uint64_t n_sample; /* decided writes that are sent again afterwards */
	bool check;        /* Verify and replay afterwards */
	struct assertion assertions[OPTIONS_ASSERTIONS_MAX];
	size_t n_assertions;

	bool json;
	bool histograms; /* of each kind in the JSON */
	bool quiet;
	bool progress;         /* also where standard error is no terminal */
	const char *html_path; /* NULL: none is asked for */
	const char *csv_path;
	const char *hdr_path;
};

enum options_result {
	OPTIONS_RUN,
	OPTIONS_DONE,  /* help or version was printed */
	OPTIONS_WRONG, /* said on standard error */
};

/* Strings are borrowed from argv. */
enum options_result options_parse(int argc, char **argv, struct bench_options *out);

/* Private to options*.c: a value as text; false: said on standard error. */
bool option_wrong(const char *option, const char *value, const char *why);
bool option_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *out);
bool option_unsigned(
	const char *option, const char *text, unsigned min, unsigned max, unsigned *out);
bool option_seconds(const char *option, const char *text, bool zero_too, int64_t *out_ms);
bool option_rate(const char *text, double *out);
/* NULL: 0.99. */
bool option_theta(const char *option, const char *text, double *out);

#endif

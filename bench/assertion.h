/* What must hold after a run, as on the command line: 'p99<5ms', 'rate>8000', 'refused<1%'. */
#ifndef BENCH_ASSERTION_H
#define BENCH_ASSERTION_H

#include "bench/tally.h"

/*
 * [KIND.][response.|service.]p50|p99.9|min|mean|max  <|<=|>|>=  NUMBER ns|us|ms|s
 * [KIND.]rate                                        <|<=|>|>=  NUMBER
 * [KIND.]refused                                     <|<=|>|>=  NUMBER or NUMBER%
 *
 * Without a kind, of all of them together; without response or service, of the response time.
 */
enum assertion_what {
	ASSERT_PERCENTILE,
	ASSERT_MIN,
	ASSERT_MEAN,
	ASSERT_MAX,
	ASSERT_RATE,
	ASSERT_REFUSED,         /* a count */
	ASSERT_REFUSED_PERCENT, /* of all answers */
};

enum { ASSERTION_WHY_BYTES = 160, ASSERTION_MEASURED_BYTES = 48 };

struct assertion {
	const char *text; /* borrowed */
	int kind;         /* of shot_kind; -1: all */
	bool service;
	enum assertion_what what;
	double share; /* of a percentile, 0 to 1 */
	bool less;
	bool or_equal;
	double bound; /* nanoseconds, per second, a count or percent */
	/* Afterwards: */
	bool holds;
	char measured[ASSERTION_MEASURED_BYTES]; /* in words */
};

/* PP_ERR_INVALID: `why`, of ASSERTION_WHY_BYTES, tells what is wrong. `text` is kept. */
int assertion_parse(const char *text, struct assertion *out, char *why) MUST_CHECK;
/*
 * Whether it holds of what was measured, and fills in the rest. Nothing measured of its kind: it
 * does not hold. `response` and `service` are those of all kinds together.
 */
bool assertion_check(struct assertion *assertion, const struct tally *tally, double seconds,
	const struct histogram *response, const struct histogram *service);

#endif

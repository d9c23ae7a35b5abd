/* peakpeeps-bench compare: results beside each other, and whether the newer ones are worse. */
#ifndef BENCH_COMPARE_H
#define BENCH_COMPARE_H

#include <jansson.h>
#include <stdio.h>

#include "base/base.h"

enum compare_exit {
	COMPARE_FINE = 0,
	COMPARE_USAGE = 2,
	COMPARE_FILE = 4,       /* one cannot be read, or is no result */
	COMPARE_REGRESSION = 8, /* something is worse by more than the threshold */
	COMPARE_UNLIKE = 9,     /* the runs were not asked the same */
};

/* argv[0] is "compare". Returns one of compare_exit. */
int compare_main(int argc, char **argv);

enum { COMPARE_RUNS_MAX = 64 };

/* The runs of one side, of which medians are taken; at least one. All borrowed. */
struct compare_side {
	const json_t *runs[COMPARE_RUNS_MAX];
	const char *names[COMPARE_RUNS_MAX]; /* of their files */
	size_t n;
};

struct compare_options {
	double threshold; /* 0.05: a change of 5 % is still no change */
	bool force;       /* whatever the runs were asked */
};

/*
 * docs/bench.md describes it: "outcome" is "unlike" ("differences" says why, and there are no
 * rows), "worse", "better" or "same". Owned by the caller; NULL: out of memory.
 */
json_t *compare_results(const struct compare_side *base, const struct compare_side *newer,
	const struct compare_options *options) MUST_CHECK;
/* What compare_results gave, for people. */
void compare_print(FILE *file, const json_t *comparison);

/* Whether runs were asked the same: appends to `differences`, each a sentence. False: no memory. */
bool compare_asked(const struct compare_side *base, const struct compare_side *newer,
	json_t *differences) MUST_CHECK;
/* What may explain a change although it was not asked for, as another machine. False: no memory. */
bool compare_notes(const struct compare_side *base, const struct compare_side *newer,
	json_t *notes) MUST_CHECK;

#endif

#include "bench/assertion.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int refuse(char *why, const char *what)
{
	snprintf(why, ASSERTION_WHY_BYTES, "%s", what);
	return PP_ERR_INVALID;
}

/* Whether the text at *at begins with a word; moves behind it. */
static bool take_word(const char **at, const char *word)
{
	size_t len = strlen(word);

	if (strncmp(*at, word, len) != 0)
		return false;
	*at += len;
	return true;
}

static bool take_kind(const char **at, int *kind)
{
	size_t len = strcspn(*at, ".");

	*kind = -1;
	for (int i = 0; i < SHOT_LOAD_KINDS && (*at)[len] == '.'; i++) {
		const char *name = shot_kind_name((enum shot_kind)i);
		if (strlen(name) == len && memcmp(*at, name, len) == 0) {
			*kind = i;
			*at += len + 1;
			return true;
		}
	}
	return false;
}

/* A number with nothing before it, as strtod would allow. */
static bool take_number(const char **at, double *out)
{
	char *end;

	if ((**at < '0' || **at > '9') && **at != '.')
		return false;
	*out = strtod(*at, &end);
	if (end == *at || !isfinite(*out))
		return false;
	*at = end;
	return true;
}

/* The time, and that of which times. */
static int take_time(const char **at, struct assertion *out, char *why)
{
	out->service = take_word(at, "service.");
	if (!out->service)
		(void)take_word(at, "response.");
	if (take_word(at, "min")) {
		out->what = ASSERT_MIN;
	} else if (take_word(at, "mean")) {
		out->what = ASSERT_MEAN;
	} else if (take_word(at, "max")) {
		out->what = ASSERT_MAX;
	} else if (take_word(at, "p")) {
		out->what = ASSERT_PERCENTILE;
		if (!take_number(at, &out->share) || out->share > 100)
			return refuse(why, "a percentile is p0 to p100, as in p99.9");
		out->share /= 100;
	} else {
		return refuse(why,
			"it begins with rate, refused, p50 to p100, min, mean or max, or with a "
			"kind or response. or service. before that");
	}
	return 0;
}

static int take_bound(const char **at, struct assertion *out, char *why)
{
	static const struct {
		const char *name;
		double ns;
	} units[] = { { "ns", 1 }, { "us", 1e3 }, { "ms", 1e6 }, { "s", 1e9 } };

	if (!take_number(at, &out->bound))
		return refuse(why, "a number follows the sign");
	if (out->what == ASSERT_RATE)
		return 0;
	if (out->what == ASSERT_REFUSED) {
		if (take_word(at, "%"))
			out->what = ASSERT_REFUSED_PERCENT;
		return 0;
	}
	for (size_t i = 0; i < ARRAY_LEN(units); i++) {
		if (take_word(at, units[i].name)) {
			out->bound *= units[i].ns;
			return 0;
		}
	}
	return refuse(why, "a time has a unit: ns, us, ms or s");
}

int assertion_parse(const char *text, struct assertion *out, char *why)
{
	struct assertion parsed = { .text = text };
	const char *at = text;
	int err = 0;

	(void)take_kind(&at, &parsed.kind);
	if (take_word(&at, "rate"))
		parsed.what = ASSERT_RATE;
	else if (take_word(&at, "refused"))
		parsed.what = ASSERT_REFUSED;
	else
		err = take_time(&at, &parsed, why);
	if (err != 0)
		return err;
	if (*at != '<' && *at != '>')
		return refuse(why, "the sign <, <=, > or >= follows what is measured");
	parsed.less = *at++ == '<';
	parsed.or_equal = take_word(&at, "=");
	err = take_bound(&at, &parsed, why);
	if (err == 0 && *at != '\0')
		err = refuse(why, "there is something left at its end");
	if (err == 0)
		*out = parsed;
	return err;
}

static double measure_time(const struct assertion *assertion, const struct histogram *histogram)
{
	if (assertion->what == ASSERT_MIN)
		return (double)histogram->min;
	if (assertion->what == ASSERT_MEAN)
		return histogram_mean(histogram);
	if (assertion->what == ASSERT_MAX)
		return (double)histogram->max;
	int64_t ns = histogram_percentile(histogram, assertion->share);
	return (double)(ns < histogram->max ? ns : histogram->max);
}

static void tell_measured(struct assertion *assertion, double value)
{
	char *out = assertion->measured;

	switch (assertion->what) {
	case ASSERT_RATE: snprintf(out, ASSERTION_MEASURED_BYTES, "%.1f per second", value); break;
	case ASSERT_REFUSED: snprintf(out, ASSERTION_MEASURED_BYTES, "%.0f", value); break;
	case ASSERT_REFUSED_PERCENT:
		snprintf(out, ASSERTION_MEASURED_BYTES, "%.3f %%", value);
		break;
	case ASSERT_PERCENTILE:
	case ASSERT_MIN:
	case ASSERT_MEAN:
	case ASSERT_MAX:
	default: snprintf(out, ASSERTION_MEASURED_BYTES, "%.3f ms", value / 1e6); break;
	}
}

bool assertion_check(struct assertion *assertion, const struct tally *tally, double seconds,
	const struct histogram *response, const struct histogram *service)
{
	uint64_t n = 0, n_refused = 0, n_in_time = 0;
	double value = 0;

	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		if (assertion->kind >= 0 && assertion->kind != i)
			continue;
		n += tally->kinds[i].n_accepted + tally->kinds[i].n_refused;
		n_refused += tally->kinds[i].n_refused;
		n_in_time += tally->kinds[i].n_in_time;
	}
	const struct histogram *times = assertion->service ? service : response;
	if (assertion->kind >= 0 && n > 0) {
		const struct tally_kind *counts = &tally->kinds[assertion->kind];
		times = assertion->service ? tally_service(counts) : &counts->response->h;
	}
	snprintf(assertion->measured, ASSERTION_MEASURED_BYTES, "nothing was measured");
	assertion->holds = false;
	if (n == 0 || seconds <= 0)
		return false;
	switch (assertion->what) {
	case ASSERT_RATE: value = (double)n_in_time / seconds; break;
	case ASSERT_REFUSED: value = (double)n_refused; break;
	case ASSERT_REFUSED_PERCENT: value = 100.0 * (double)n_refused / (double)n; break;
	case ASSERT_PERCENTILE:
	case ASSERT_MIN:
	case ASSERT_MEAN:
	case ASSERT_MAX:
	default: value = measure_time(assertion, times); break;
	}
	tell_measured(assertion, value);
	bool strictly = assertion->less ? value < assertion->bound : value > assertion->bound;
	assertion->holds = strictly || (assertion->or_equal && value == assertion->bound);
	return assertion->holds;
}

/* Values of options, from text. */
#include "bench/options.h"

#include <stdio.h>

#include "bench/value.h"

/* A refusal of the command line: what, why, and what to do. */
bool option_wrong(const char *option, const char *value, const char *why)
{
	fprintf(stderr,
		"peakpeeps-bench: --%s%s%s: not possible\n"
		"  reason: %s\n"
		"  next:   peakpeeps-bench --help\n",
		option, value[0] != '\0' ? " " : "", value, why);
	return false;
}

bool option_number(const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char why[80];

	if (value_number(text, min, max, out))
		return true;
	snprintf(why, sizeof(why), "it takes a whole number from %llu to %llu",
		(unsigned long long)min, (unsigned long long)max);
	return option_wrong(option, text, why);
}

bool option_unsigned(
	const char *option, const char *text, unsigned min, unsigned max, unsigned *out)
{
	uint64_t value;

	if (!option_number(option, text, min, max, &value))
		return false;
	*out = (unsigned)value;
	return true;
}

bool option_seconds(const char *option, const char *text, bool zero_too, int64_t *out_ms)
{
	double value;

	if (value_real(text, &value) && value <= VALUE_SECONDS_MAX &&
		(value >= 0.001 || (value == 0 && zero_too))) {
		*out_ms = (int64_t)(value * 1000 + 0.5);
		return true;
	}
	return option_wrong(option, text, "it takes seconds, up to a day, as in 10 or 0.5");
}

bool option_rate(const char *text, double *out)
{
	double value;

	if (value_real(text, &value) && value >= 0.001 && value <= 1e7) {
		*out = value;
		return true;
	}
	return option_wrong("rate", text, "it takes requests per second, 0.001 to 10000000");
}

bool option_theta(const char *option, const char *text, double *out)
{
	double value;

	if (text == NULL) {
		*out = 0.99;
		return true;
	}
	if (!value_real(text, &value) || !(value > 0 && value < 1))
		return option_wrong(option, text,
			"the exponent is above 0 and below 1, and follows a =, as in =0.99");
	*out = value;
	return true;
}

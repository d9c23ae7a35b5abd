#include "bench/value.h"

#include <errno.h>
#include <stdlib.h>

bool value_number(const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char *end;

	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value < min ||
		value > max)
		return false;
	*out = value;
	return true;
}

bool value_real(const char *text, double *out)
{
	char *end;
	double value = strtod(text, &end);

	if (end == text || *end != '\0')
		return false;
	*out = value;
	return true;
}

bool value_seconds(const char *text, int64_t *out_ms)
{
	double value;

	if (!value_real(text, &value) || !(value >= 0 && value <= VALUE_SECONDS_MAX))
		return false;
	*out_ms = (int64_t)(value * 1000 + 0.5);
	return true;
}

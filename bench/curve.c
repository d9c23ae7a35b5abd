#include "bench/curve.h"

#include <math.h>
#include <stdlib.h>

#include "bench/hdr_v2.h"

/* NULL: none, or not readable. */
static struct histogram *histogram_of(const json_t *times)
{
	const char *text = json_string_value(json_object_get(times, "histogram"));
	struct histogram *histogram = NULL;

	if (text == NULL || hdr_v2_parse(text, &histogram) != 0)
		return NULL;
	if (histogram->n > 0)
		return histogram;
	free(histogram);
	return NULL;
}

/* The exact maximum stands beside the histogram, whose last count may reach above it. */
static double most_us(const json_t *times)
{
	const json_t *max = json_object_get(times, "max_us");

	return json_is_number(max) ? json_number_value(max) : INFINITY;
}

static void append_value(
	json_t *values, const struct histogram *histogram, double share, double most)
{
	double us = (double)histogram_percentile(histogram, share) / 1e3;

	json_array_append_new(values, json_real(us < most ? us : most));
}

static void fill(
	json_t *shares, json_t *values, const struct histogram *histogram, uint64_t n, double most)
{
	double rest = 1;

	for (unsigned i = 0; rest * (double)n >= 1; i++) {
		unsigned halvings = i / CURVE_TICKS;
		double within = (double)(i % CURVE_TICKS) / (2.0 * CURVE_TICKS);
		rest = ldexp(1 - within, -(int)halvings);
		if (shares != NULL)
			json_array_append_new(shares, json_real(1 - rest));
		append_value(values, histogram, 1 - rest, most);
	}
	if (shares != NULL)
		json_array_append_new(shares, json_real(1 - 0.5 / (double)n));
	append_value(values, histogram, 1, most);
}

json_t *curve_of(const json_t *counts)
{
	const json_t *response_times = json_object_get(counts, "response");
	const json_t *service_times = json_object_get(counts, "service");
	struct histogram *response = histogram_of(response_times);
	struct histogram *service = histogram_of(service_times);
	json_t *shares = json_array();
	json_t *response_us = json_array();
	json_t *service_us = json_array();
	json_t *curve = NULL;

	if (response != NULL) {
		fill(shares, response_us, response, response->n, most_us(response_times));
		if (service != NULL)
			fill(NULL, service_us, service, response->n, most_us(service_times));
		curve = json_pack("{s:O, s:O}", "shares", shares, "response_us", response_us);
		if (curve != NULL && service != NULL)
			json_object_set(curve, "service_us", service_us);
	}
	json_decref(shares);
	json_decref(response_us);
	json_decref(service_us);
	free(response);
	free(service);
	return curve;
}

/* HdrHistogram's interval log, version 1.3, as its HistogramLogWriter writes it. */
#include <string.h>
#include <time.h>

#include "bench/report_files.h"

static double number(const json_t *object, const char *name, double otherwise)
{
	const json_t *value = json_object_get(object, name);

	return json_is_number(value) ? json_number_value(value) : otherwise;
}

/* Seconds since 1970 of "2026-11-24T15:55:02Z"; 0 if it is not one. */
static int64_t seconds_of(const char *text)
{
	struct tm tm = { 0 };

	if (text == NULL || strptime(text, "%Y-%m-%dT%H:%M:%S", &tm) == NULL)
		return 0;
	return timegm(&tm);
}

static void put_header(FILE *file, const json_t *result)
{
	const json_t *client = json_object_get(result, "client");
	const char *version = json_string_value(json_object_get(client, "version"));
	const char *started = json_string_value(json_object_get(result, "started_at"));
	int64_t start = seconds_of(started);

	fprintf(file, "#[Logged with peakpeeps-bench %.*s]\n",
		version != NULL ? (int)strcspn(version, "\r\n") : 0,
		version != NULL ? version : "");
	fputs("#[Histograms are of nanoseconds, Interval_Max of milliseconds]\n", file);
	fputs("#[Histogram log format version 1.3]\n", file);
	if (start > 0)
		fprintf(file, "#[StartTime: %lld.000 (seconds since epoch), %.*s]\n",
			(long long)start, (int)strcspn(started, "\r\n"), started);
	fputs("\"StartTimestamp\",\"Interval_Length\",\"Interval_Max\","
	      "\"Interval_Compressed_Histogram\"\n",
		file);
}

/* A tag ends at a comma or a blank, and so must not hold one. */
static void put_tag(FILE *file, const char *kind, const char *time)
{
	fputs("Tag=", file);
	for (const char *at = kind; *at != '\0'; at++)
		putc(strchr(", \t\r\n", *at) != NULL ? '_' : *at, file);
	fprintf(file, "%s%s,", *kind != '\0' ? "." : "", time);
}

struct interval {
	double from_s;
	double seconds;
	double max_us;
	const json_t *histogram;
};

/* The response time of all has no tag: it is what tools show when they are asked for nothing. */
static bool put_line(FILE *file, const char *kind, const char *time, const struct interval *of)
{
	const char *text = json_string_value(of->histogram);

	if (text == NULL || strcspn(text, ", \t\r\n") != strlen(text))
		return false;
	if (*kind != '\0' || strcmp(time, "response") != 0)
		put_tag(file, kind, time);
	fprintf(file, "%.3f,%.3f,%.3f,%s\n", of->from_s, of->seconds, of->max_us / 1e3, text);
	return true;
}

/* Of all seconds that were measured and tell their histogram; whether there were any. */
static bool put_series(FILE *file, const json_t *series)
{
	bool any = false;
	size_t i;
	json_t *row;

	json_array_foreach(series, i, row)
	{
		struct interval interval = {
			.from_s = number(row, "from_s", 0),
			.seconds = number(row, "seconds", 1),
			.max_us = number(row, "response_max_us", 0),
			.histogram = json_object_get(row, "response_histogram"),
		};
		if (json_is_true(json_object_get(row, "warmup")))
			continue;
		any |= put_line(file, "", "response", &interval);
		interval.max_us = number(row, "service_max_us", interval.max_us);
		interval.histogram = json_object_get(row, "service_histogram");
		any |= put_line(file, "", "service", &interval);
	}
	return any;
}

static void put_times(FILE *file, const char *kind, const json_t *counts, double seconds)
{
	static const char *const times[] = { "response", "service" };

	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		const json_t *of = json_object_get(counts, times[i]);
		struct interval interval = {
			.seconds = seconds,
			.max_us = number(of, "max_us", 0),
			.histogram = json_object_get(of, "histogram"),
		};
		put_line(file, kind, times[i], &interval);
	}
}

static void put_run(FILE *file, const json_t *result, bool with_totals)
{
	const json_t *totals = json_object_get(result, "totals");
	double seconds = number(totals, "seconds", 0);
	const char *name;
	json_t *kind;

	if (with_totals)
		put_times(file, "", totals, seconds);
	json_object_foreach(json_object_get(result, "requests"), name, kind)
		put_times(file, name, kind, seconds);
}

int report_write_hdr(const json_t *result, const char *path)
{
	if (!report_is_result(result))
		return PP_ERR_MALFORMED;
	FILE *file = report_open(path);
	if (file == NULL)
		return PP_ERR_IO;
	put_header(file, result);
	bool any = put_series(file, json_object_get(result, "series"));
	put_run(file, result, !any);
	return report_close(file);
}

/* Tables for spreadsheets, after RFC 4180. */
#include <stdlib.h>
#include <string.h>

#include "bench/report_files.h"

static const char *const series_columns[] = { "from_s", "seconds", "warmup", "completed", "refused",
	"response_p50_us", "response_p99_us", "response_max_us", "service_p99_us", "in_flight",
	"waiting", "server_batch", "server_queue" };

static const char *const counts_columns[] = { "completed", "accepted", "refused", "per_second" };

static const char *const times_columns[] = { "count", "min_us", "mean_us", "p50_us", "p90_us",
	"p95_us", "p99_us", "p99.9_us", "p99.99_us", "max_us" };

static void put_text(FILE *file, const char *text)
{
	if (strpbrk(text, "\",\r\n") == NULL) {
		fputs(text, file);
		return;
	}
	putc('"', file);
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '"')
			putc('"', file);
		putc(*at, file);
	}
	putc('"', file);
}

/* Nothing for what is not there. */
static void put_cell(FILE *file, const json_t *value)
{
	if (json_is_integer(value))
		fprintf(file, "%lld", (long long)json_integer_value(value));
	else if (json_is_real(value))
		fprintf(file, "%.10g", json_real_value(value));
	else if (json_is_boolean(value))
		fputs(json_is_true(value) ? "1" : "0", file);
	else if (json_is_string(value))
		put_text(file, json_string_value(value));
}

static void put_names(FILE *file, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++)
		fprintf(file, "%s%s", i > 0 ? "," : "", names[i]);
}

static void put_cells(FILE *file, const json_t *object, const char *const *names, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		if (i > 0)
			putc(',', file);
		put_cell(file, json_object_get(object, names[i]));
	}
}

static void put_series(FILE *file, const json_t *series)
{
	size_t i;
	json_t *row;

	put_names(file, series_columns, ARRAY_LEN(series_columns));
	fputs("\r\n", file);
	json_array_foreach(series, i, row)
	{
		put_cells(file, row, series_columns, ARRAY_LEN(series_columns));
		fputs("\r\n", file);
	}
}

static void put_kind(FILE *file, const char *name, const json_t *counts)
{
	static const char *const times[] = { "response", "service" };

	for (size_t i = 0; i < ARRAY_LEN(times); i++) {
		put_text(file, name);
		fprintf(file, ",%s,", times[i]);
		put_cells(file, counts, counts_columns, ARRAY_LEN(counts_columns));
		putc(',', file);
		put_cells(file, json_object_get(counts, times[i]), times_columns,
			ARRAY_LEN(times_columns));
		fputs("\r\n", file);
	}
}

static void put_percentiles(FILE *file, const json_t *result)
{
	const char *name;
	json_t *kind;

	fputs("request,time,", file);
	put_names(file, counts_columns, ARRAY_LEN(counts_columns));
	putc(',', file);
	put_names(file, times_columns, ARRAY_LEN(times_columns));
	fputs("\r\n", file);
	put_kind(file, "all", json_object_get(result, "totals"));
	json_object_foreach(json_object_get(result, "requests"), name, kind)
		put_kind(file, name, kind);
}

char *report_percentiles_path(const char *path)
{
	static const char middle[] = ".percentiles";
	size_t len = strlen(path);
	bool csv = len > 4 && strcmp(path + len - 4, ".csv") == 0;
	size_t stem = csv ? len - 4 : len;
	size_t size = len + sizeof(middle);
	char *out = malloc(size);

	if (out != NULL)
		snprintf(out, size, "%.*s%s%s", (int)stem, path, middle, csv ? ".csv" : "");
	return out;
}

int report_write_csv(const json_t *result, const char *path)
{
	if (!report_is_result(result))
		return PP_ERR_MALFORMED;
	bool standard = strcmp(path, "-") == 0;
	char *second = standard ? strdup(path) : report_percentiles_path(path);
	if (second == NULL)
		return PP_ERR_NO_MEMORY;
	int err = PP_ERR_IO;
	FILE *file = report_open(path);
	if (file == NULL)
		goto err_after_path;
	put_series(file, json_object_get(result, "series"));
	if (standard)
		fputs("\r\n", file);
	err = report_close(file);
	if (err != 0)
		goto err_after_path;
	err = PP_ERR_IO;
	file = report_open(second);
	if (file == NULL)
		goto err_after_path;
	put_percentiles(file, result);
	err = report_close(file);
err_after_path:
	free(second);
	return err;
}

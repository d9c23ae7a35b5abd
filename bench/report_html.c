/* The report's page: the parts of bench/report/, with the result between them. */
#include <errno.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/curve.h"
#include "bench/report/page.h"
#include "bench/report_files.h"

bool report_is_result(const json_t *result)
{
	const char *format = json_string_value(json_object_get(result, "format"));

	return format != NULL && strncmp(format, "peakpeeps-bench/1", 17) == 0 &&
	       json_is_object(json_object_get(result, "totals")) &&
	       json_is_object(json_object_get(result, "config"));
}

FILE *report_open(const char *path)
{
	return strcmp(path, "-") == 0 ? stdout : fopen(path, "we");
}

int report_close(FILE *file)
{
	bool failed = fflush(file) != 0 || ferror(file) != 0;
	int error = errno;

	if (file != stdout)
		failed |= fclose(file) != 0;
	if (error != 0)
		errno = error;
	return failed ? PP_ERR_IO : 0;
}

/*
 * JSON inside a script element ends at the first "</script", and "<!--" changes how the rest is
 * read. A "<" can only stand in a string there, where it may be written as an escape.
 */
static int put_json(FILE *file, const json_t *json)
{
	char *text = json_dumps(json, JSON_COMPACT | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));

	if (text == NULL)
		return PP_ERR_NO_MEMORY;
	for (const char *at = text; *at != '\0'; at++) {
		if (*at == '<')
			fputs("\\u003c", file);
		else
			putc(*at, file);
	}
	free(text);
	return 0;
}

static void put_text(FILE *file, const char *text)
{
	for (const char *at = text; *at != '\0'; at++) {
		switch (*at) {
		case '<': fputs("&lt;", file); break;
		case '>': fputs("&gt;", file); break;
		case '&': fputs("&amp;", file); break;
		default: putc(*at, file); break;
		}
	}
}

static void put_title(FILE *file, const json_t *result)
{
	const char *mix =
		json_string_value(json_object_get(json_object_get(result, "config"), "mix"));
	const char *verdict =
		json_string_value(json_object_get(json_object_get(result, "verdict"), "verdict"));
	const char *started = json_string_value(json_object_get(result, "started_at"));

	put_text(file, verdict != NULL ? verdict : "no verdict");
	fputs(": ", file);
	put_text(file, mix != NULL ? mix : "a load");
	if (started != NULL) {
		fputs(", ", file);
		put_text(file, started);
	}
	fputs(" - peakpeeps-bench", file);
}

/* {"all": curve, "purchase": curve, ..}: of those that tell their histogram. */
static json_t *curves_of(const json_t *result)
{
	json_t *curves = json_object();
	json_t *totals = json_object_get(result, "totals");
	const char *name;
	json_t *kind;

	if (curves == NULL)
		return NULL;
	json_t *curve = curve_of(totals);
	if (curve != NULL)
		json_object_set_new(curves, "all", curve);
	json_object_foreach(json_object_get(result, "requests"), name, kind)
	{
		curve = curve_of(kind);
		if (curve != NULL)
			json_object_set_new(curves, name, curve);
	}
	return curves;
}

int report_write_html(const json_t *result, const char *path)
{
	if (!report_is_result(result))
		return PP_ERR_MALFORMED;
	json_t *curves = curves_of(result);
	if (curves == NULL)
		return PP_ERR_NO_MEMORY;
	int err = PP_ERR_IO;
	FILE *file = report_open(path);
	if (file == NULL)
		goto err_after_curves;
	fputs(report_page_parts[0], file);
	put_title(file, result);
	fputs(report_page_parts[1], file);
	err = put_json(file, result);
	fputs(report_page_parts[2], file);
	if (err == 0)
		err = put_json(file, curves);
	fputs(report_page_parts[3], file);
	int closed = report_close(file);
	if (err == 0)
		err = closed;
err_after_curves:
	json_decref(curves);
	return err;
}

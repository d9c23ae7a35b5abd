/* A comparison as a table. */
#include <math.h>
#include <string.h>

#include "bench/compare.h"

static const struct {
	const char *metric;
	const char *title;
} titles[] = {
	{ "answers_per_second", "answers per second" },
	{ "accepted_per_second", "accepted per second" },
	{ "response_p50_us", "response p50" },
	{ "response_p90_us", "response p90" },
	{ "response_p99_us", "response p99" },
	{ "response_p99.9_us", "response p99.9" },
	{ "response_p99.99_us", "response p99.99" },
	{ "response_max_us", "response max" },
	{ "service_p50_us", "service p50" },
	{ "service_p99_us", "service p99" },
};

static const char *text(const json_t *object, const char *key)
{
	const char *value = json_string_value(json_object_get(object, key));

	return value != NULL ? value : "";
}

static double number(const json_t *object, const char *key)
{
	return json_number_value(json_object_get(object, key));
}

/* Texts come from files: nothing in them may steer a terminal. */
static void put_text(FILE *file, const char *from)
{
	for (const char *at = from; *at != '\0'; at++) {
		unsigned char c = (unsigned char)*at;
		putc(c < 0x20 || c == 0x7f ? '?' : c, file);
	}
}

static void put_list(FILE *file, const char *heading, const json_t *list)
{
	size_t i;
	json_t *line;

	if (json_array_size(list) > 0)
		fprintf(file, "%s\n", heading);
	json_array_foreach(list, i, line)
	{
		fputs("  ", file);
		put_text(file, json_string_value(line));
		putc('\n', file);
	}
}

static void put_side(FILE *file, const char *heading, const json_t *names)
{
	size_t i;
	json_t *name;

	fprintf(file, "%-6s", heading);
	json_array_foreach(names, i, name)
	{
		fputs(i > 0 ? ", " : "", file);
		put_text(file, json_string_value(name));
	}
	if (json_array_size(names) > 1)
		fprintf(file, " (medians of %zu runs)", json_array_size(names));
	putc('\n', file);
}

static bool is_time(const json_t *row)
{
	return strstr(text(row, "metric"), "_us") != NULL;
}

/* Three significant digits and a unit. */
static void format_value(char *out, size_t size, double value, bool time)
{
	double scaled = !time         ? value
			: value < 1e3 ? value
			: value < 1e6 ? value / 1e3
				      : value / 1e6;
	const char *unit = !time ? "" : value < 1e3 ? " us" : value < 1e6 ? " ms" : " s ";
	int digits = scaled >= 100 ? 0 : scaled >= 10 ? 1 : 2;

	snprintf(out, size, "%.*f%s", digits, scaled, unit);
}

static const char *title_of(const char *metric)
{
	for (size_t i = 0; i < ARRAY_LEN(titles); i++) {
		if (strcmp(titles[i].metric, metric) == 0)
			return titles[i].title;
	}
	return metric;
}

/* "12.3 % better"; what is only told says how much it is, not whether that is good. */
static void format_change(char *out, size_t size, const json_t *row)
{
	const char *outcome = text(row, "outcome");
	double percent = (number(row, "ratio") - 1) * 100;

	if (json_object_get(row, "ratio") == NULL)
		snprintf(out, size, "-");
	else if (strcmp(outcome, "told") == 0)
		snprintf(out, size, "%+.1f %%, not judged", percent);
	else if (strcmp(outcome, "same") == 0)
		snprintf(out, size, "%+.1f %%, within the threshold", percent);
	else
		snprintf(out, size, "%.1f %% %s", fabs(percent),
			strcmp(outcome, "worse") == 0 ? "WORSE" : "better");
}

static void put_range(FILE *file, const char *name, const json_t *range, bool time)
{
	char least[32];
	char most[32];

	if (range == NULL)
		return;
	format_value(least, sizeof(least), json_number_value(json_array_get(range, 0)), time);
	format_value(most, sizeof(most), json_number_value(json_array_get(range, 1)), time);
	fprintf(file, "  %s %s to %s", name, least, most);
}

static void put_row(FILE *file, const json_t *row, const char *request)
{
	char base[32];
	char newer[32];
	char change[64];

	format_value(base, sizeof(base), number(row, "base"), is_time(row));
	format_value(newer, sizeof(newer), number(row, "new"), is_time(row));
	format_change(change, sizeof(change), row);
	fprintf(file, "%-10.10s %-20s %12s %12s", request, title_of(text(row, "metric")), base,
		newer);
	if (json_object_get(row, "ratio") != NULL)
		fprintf(file, " %7.3f", number(row, "ratio"));
	else
		fprintf(file, " %7s", "-");
	fprintf(file, "  %s", change);
	put_range(file, "  base", json_object_get(row, "base_range"), is_time(row));
	put_range(file, "new", json_object_get(row, "new_range"), is_time(row));
	putc('\n', file);
}

static void put_rows(FILE *file, const json_t *rows)
{
	const char *before = "";
	size_t i;
	json_t *row;

	fprintf(file, "\n%-10s %-20s %12s %12s %7s  %s\n", "request", "what", "base", "new",
		"ratio", "change");
	json_array_foreach(rows, i, row)
	{
		const char *request = text(row, "request");
		put_row(file, row, strcmp(request, before) == 0 ? "" : request);
		before = request;
	}
}

/* "purchase response p99 by 12.3 %", of the rows with an outcome. */
static void put_changes(FILE *file, const json_t *rows, const char *outcome)
{
	bool any = false;
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		if (strcmp(text(row, "outcome"), outcome) != 0)
			continue;
		fprintf(file, "%s ", any ? "," : ":");
		put_text(file, text(row, "request"));
		fprintf(file, " %s by %.1f %%", title_of(text(row, "metric")),
			fabs(number(row, "ratio") - 1) * 100);
		any = true;
	}
	fputs(".\n", file);
}

static void put_outcome(FILE *file, const json_t *comparison)
{
	const char *outcome = text(comparison, "outcome");
	const json_t *rows = json_object_get(comparison, "rows");
	double percent = number(comparison, "threshold") * 100;

	put_list(file, "\nfaults of the new runs", json_object_get(comparison, "faults"));
	if (strcmp(outcome, "worse") == 0) {
		fprintf(file, "\nWORSE: the new runs have a fault, or are worse by more than %g %%",
			percent);
		put_changes(file, rows, "worse");
	} else if (strcmp(outcome, "better") == 0) {
		fprintf(file, "\nBETTER: nothing is worse by more than %g %%, and better is",
			percent);
		put_changes(file, rows, "better");
	} else {
		fprintf(file, "\nSAME: nothing that is judged changed by more than %g %%.\n",
			percent);
	}
}

void compare_print(FILE *file, const json_t *comparison)
{
	bool unlike = strcmp(text(comparison, "outcome"), "unlike") == 0;

	put_side(file, "base", json_object_get(comparison, "base"));
	put_side(file, "new", json_object_get(comparison, "new"));
	put_list(
		file, "\nnot the same, though not asked for", json_object_get(comparison, "notes"));
	put_list(file,
		unlike ? "\nNOT COMPARED: the runs were not asked the same, or are unfit"
		       : "\nCOMPARED ALL THE SAME, though the runs were not asked the same",
		json_object_get(comparison, "differences"));
	if (unlike) {
		fputs("\nrun them alike, or see what --force makes of it\n", file);
		return;
	}
	put_rows(file, json_object_get(comparison, "rows"));
	put_outcome(file, comparison);
}

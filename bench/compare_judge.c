/* Medians of both sides, their ratios, and which of them are a change. */
#include <math.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"

/* A percentile is judged when at least so many values lie above it. */
enum { VALUES_ABOVE = 10 };

/* 105 is not more than 5 % above 100, whatever floats make of it. */
#define ROUNDING 1e-9

struct metric {
	const char *name;
	const char *time; /* the object with percentiles; NULL: of the counts themselves */
	const char *key;
	bool more_is_better;
	bool judged; /* the far tail is told only: it varies too much from run to run */
	double rest; /* of a percentile: the share of values above it */
};

static const struct metric metrics[] = {
	{ "answers_per_second", NULL, "per_second", true, true, 0 },
	{ "accepted_per_second", NULL, "accepted", true, true, 0 },
	{ "response_p50_us", "response", "p50_us", false, true, 0.5 },
	{ "response_p90_us", "response", "p90_us", false, true, 0.1 },
	{ "response_p99_us", "response", "p99_us", false, true, 0.01 },
	{ "response_p99.9_us", "response", "p99.9_us", false, false, 0.001 },
	{ "response_p99.99_us", "response", "p99.99_us", false, false, 0.0001 },
	{ "response_max_us", "response", "max_us", false, false, 0 },
	{ "service_p50_us", "service", "p50_us", false, true, 0.5 },
	{ "service_p99_us", "service", "p99_us", false, true, 0.01 },
};

struct middle {
	double median, least, most;
	double count; /* the fewest values that a percentile comes from */
	size_t n;
};

static int compare_doubles(const void *a, const void *b)
{
	double x = *(const double *)a;
	double y = *(const double *)b;

	return (x > y) - (x < y);
}

/* The totals, or those of a kind of request; NULL if it has none. */
static const json_t *counts_of(const json_t *run, const char *kind)
{
	if (kind == NULL)
		return json_object_get(run, "totals");
	return json_object_get(json_object_get(run, "requests"), kind);
}

static double number(const json_t *object, const char *key)
{
	const json_t *value = json_object_get(object, key);

	return json_is_number(value) ? json_number_value(value) : NAN;
}

static double value_of(const json_t *run, const char *kind, const struct metric *metric)
{
	const json_t *counts = counts_of(run, kind);

	if (metric->time != NULL)
		return number(json_object_get(counts, metric->time), metric->key);
	double value = number(counts, metric->key);
	if (strcmp(metric->key, "accepted") == 0)
		value /= number(json_object_get(run, "totals"), "seconds");
	return isfinite(value) ? value : NAN;
}

static struct middle middle_of(
	const struct compare_side *side, const char *kind, const struct metric *metric)
{
	double values[COMPARE_RUNS_MAX];
	struct middle middle = { .count = INFINITY };

	for (size_t i = 0; i < side->n; i++) {
		double value = value_of(side->runs[i], kind, metric);
		if (isnan(value))
			continue;
		values[middle.n++] = value;
		if (metric->time != NULL) {
			const json_t *counts = counts_of(side->runs[i], kind);
			double count = number(json_object_get(counts, metric->time), "count");
			middle.count = fmin(middle.count, isnan(count) ? 0 : count);
		}
	}
	if (middle.n == 0)
		return middle;
	qsort(values, middle.n, sizeof(values[0]), compare_doubles);
	middle.median = values[(middle.n - 1) / 2] / 2 + values[middle.n / 2] / 2;
	middle.least = values[0];
	middle.most = values[middle.n - 1];
	return middle;
}

static const char *outcome_of(const struct metric *metric, const struct middle *base,
	const struct middle *newer, double threshold)
{
	double enough = metric->rest > 0 ? VALUES_ABOVE / metric->rest : 0;

	if (!metric->judged || base->count < enough || newer->count < enough || base->median <= 0)
		return "told";
	double change = newer->median / base->median - 1;
	if (!metric->more_is_better)
		change = -change;
	double enough_change = threshold + ROUNDING;
	return change > enough_change ? "better" : change < -enough_change ? "worse" : "same";
}

/* 0 or PP_ERR_NO_MEMORY. */
static int append_row(json_t *rows, const char *kind, const struct metric *metric,
	const struct middle *base, const struct middle *newer, double threshold)
{
	const char *outcome = outcome_of(metric, base, newer, threshold);
	json_t *row = json_pack("{s:s, s:s, s:f, s:f, s:s}", "request", kind != NULL ? kind : "all",
		"metric", metric->name, "base", base->median, "new", newer->median, "outcome",
		outcome);

	if (row == NULL)
		return PP_ERR_NO_MEMORY;
	if (base->median > 0)
		json_object_set_new(row, "ratio", json_real(newer->median / base->median));
	if (base->n > 1)
		json_object_set_new(
			row, "base_range", json_pack("[f, f]", base->least, base->most));
	if (newer->n > 1)
		json_object_set_new(
			row, "new_range", json_pack("[f, f]", newer->least, newer->most));
	return json_array_append_new(rows, row) == 0 ? 0 : PP_ERR_NO_MEMORY;
}

static int append_rows(json_t *rows, const struct compare_side *base,
	const struct compare_side *newer, const char *kind, double threshold)
{
	const json_t *config = json_object_get(base->runs[0], "config");
	const char *loop = json_string_value(json_object_get(config, "loop"));
	bool open = loop != NULL && strcmp(loop, "open") == 0;
	int err = 0;

	for (size_t i = 0; i < ARRAY_LEN(metrics) && err == 0; i++) {
		const struct metric *metric = &metrics[i];
		/* In a closed loop the two times are the same. */
		if (!open && metric->time != NULL && strcmp(metric->time, "service") == 0)
			continue;
		struct middle before = middle_of(base, kind, metric);
		struct middle after = middle_of(newer, kind, metric);
		if (before.n > 0 && after.n > 0)
			err = append_row(rows, kind, metric, &before, &after, threshold);
	}
	return err;
}

static json_t *rows_of(
	const struct compare_side *base, const struct compare_side *newer, double threshold)
{
	json_t *kinds = json_object_get(base->runs[0], "requests");
	json_t *rows = json_array();
	const char *kind;
	json_t *counts;
	int err = 0;

	if (rows == NULL)
		return NULL;
	/* All of one kind are that kind. */
	if (json_object_size(kinds) != 1)
		err = append_rows(rows, base, newer, NULL, threshold);
	json_object_foreach(kinds, kind, counts)
	{
		if (err == 0)
			err = append_rows(rows, base, newer, kind, threshold);
	}
	if (err == 0)
		return rows;
	json_decref(rows);
	return NULL;
}

static bool missed(const json_t *run)
{
	const char *verdict =
		json_string_value(json_object_get(json_object_get(run, "verdict"), "verdict"));

	return verdict != NULL && strcmp(verdict, "TARGET_MISSED") == 0;
}

/* What no ratio tells: wrong books, and a rate that was kept before. */
static json_t *faults_of(const struct compare_side *base, const struct compare_side *newer)
{
	static const char *const sections[] = { "books", "flash_sale", "edit_war" };
	json_t *faults = json_array();
	bool kept = true;

	for (size_t i = 0; i < base->n; i++)
		kept = kept && !missed(base->runs[i]);
	for (size_t i = 0; i < newer->n; i++) {
		for (size_t j = 0; j < ARRAY_LEN(sections); j++) {
			json_t *section = json_object_get(newer->runs[i], sections[j]);
			if (json_is_false(json_object_get(section, "right")))
				json_array_append_new(
					faults, json_sprintf("%s: %s not right", newer->names[i],
							sections[j]));
		}
		if (kept && missed(newer->runs[i]))
			json_array_append_new(
				faults, json_sprintf("%s: the rate was not kept, as it was before",
						newer->names[i]));
	}
	return faults;
}

static bool any_outcome(const json_t *rows, const char *outcome)
{
	size_t i;
	json_t *row;

	json_array_foreach(rows, i, row)
	{
		const char *is = json_string_value(json_object_get(row, "outcome"));
		if (is != NULL && strcmp(is, outcome) == 0)
			return true;
	}
	return false;
}

static json_t *side_names(const struct compare_side *side)
{
	json_t *names = json_array();

	for (size_t i = 0; i < side->n; i++)
		json_array_append_new(names, json_string(side->names[i]));
	return names;
}

static const char *outcome_of_all(
	const json_t *rows, const json_t *faults, const json_t *differences, bool force)
{
	if (json_array_size(differences) > 0 && !force)
		return "unlike";
	if (json_array_size(faults) > 0 || any_outcome(rows, "worse"))
		return "worse";
	return any_outcome(rows, "better") ? "better" : "same";
}

json_t *compare_results(const struct compare_side *base, const struct compare_side *newer,
	const struct compare_options *options)
{
	json_t *differences = json_array();
	json_t *notes = json_array();
	json_t *faults = NULL;
	json_t *rows = NULL;
	json_t *all = NULL;

	ASSERT(base->n > 0 && newer->n > 0);
	if (!compare_asked(base, newer, differences) || !compare_notes(base, newer, notes))
		goto out;
	bool unlike = json_array_size(differences) > 0 && !options->force;
	faults = unlike ? json_array() : faults_of(base, newer);
	rows = unlike ? json_array() : rows_of(base, newer, options->threshold);
	if (faults == NULL || rows == NULL)
		goto out;
	all = json_pack("{s:s, s:s, s:f, s:o, s:o, s:O, s:O, s:O, s:O}", "format",
		"peakpeeps-bench-comparison/1", "outcome",
		outcome_of_all(rows, faults, differences, options->force), "threshold",
		options->threshold, "base", side_names(base), "new", side_names(newer),
		"differences", differences, "notes", notes, "faults", faults, "rows", rows);
out:
	json_decref(rows);
	json_decref(faults);
	json_decref(notes);
	json_decref(differences);
	return all;
}

/* Two small results, changed in one thing at a time. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"

static const char result[] =
	"{'format': 'peakpeeps-bench/1', 'server': {'durability': 'sync', 'version': '0.2.0'},"
	"'config': {'loop': 'closed', 'mix': 'retail', 'weights': {'purchase': 1, 'coupon': 1},"
	"'connections': 64, 'depth': 1, 'users': {'count': 33000, 'distribution': 'uniform'}},"
	"'totals': {'seconds': 10, 'completed': 200000, 'accepted': 200000, 'per_second': 20000,"
	"'response': {'count': 200000, 'p50_us': 100, 'p90_us': 200, 'p99_us': 400,"
	"'p99.9_us': 800, 'max_us': 1000}, 'service': {'count': 200000, 'p50_us': 90}},"
	"'requests': {'purchase': {'completed': 500, 'accepted': 500, 'per_second': 50,"
	"'response': {'count': 500, 'p50_us': 100, 'p99_us': 400}},"
	"'coupon': {'completed': 9, 'accepted': 9, 'per_second': 9, 'response': {'count': 0}}},"
	"'verdict': {'verdict': 'VALID'}, 'books': {'checked': true, 'right': true}}";

/* Quotes are easier to read as apostrophes. */
static json_t *parse(const char *text)
{
	char *copy = strdup(text);
	json_error_t error;

	for (char *at = copy; *at != '\0'; at++) {
		if (*at == '\'')
			*at = '"';
	}
	json_t *json = json_loads(copy, JSON_DECODE_ANY, &error);
	cr_assert_not_null(json, "%s: %s", error.text, copy);
	free(copy);
	return json;
}

/* The result with `value` at a path as "config.depth"; NULL: as it is. A '/' stands for a dot. */
static json_t *changed(const char *path, const char *value)
{
	json_t *json = parse(result);
	char copy[64] = "";

	if (path == NULL)
		return json;
	strncpy(copy, path, sizeof(copy) - 1);
	json_t *at = json;
	char *part = copy;
	for (char *dot = strchr(part, '.'); dot != NULL; dot = strchr(part, '.')) {
		*dot = '\0';
		json_t *below = json_object_get(at, part);
		if (below == NULL) {
			below = json_object();
			json_object_set_new(at, part, below);
		}
		at = below;
		part = dot + 1;
	}
	for (char *slash = strchr(part, '/'); slash != NULL; slash = strchr(part, '/'))
		*slash = '.';
	json_object_set_new(at, part, parse(value));
	return json;
}

static struct compare_side side_of(json_t *run, const char *name)
{
	return (struct compare_side) { .runs = { run }, .names = { name }, .n = 1 };
}

static json_t *compare_two(json_t *base, json_t *newer, bool force)
{
	struct compare_options options = { .threshold = 0.05, .force = force };
	struct compare_side before = side_of(base, "a.json");
	struct compare_side after = side_of(newer, "b.json");
	json_t *out = compare_results(&before, &after, &options);

	cr_assert_not_null(out);
	return out;
}

static const char *text(const json_t *json, const char *key)
{
	const char *value = json_string_value(json_object_get(json, key));

	return value != NULL ? value : "";
}

static json_t *row_of(const json_t *comparison, const char *request, const char *metric)
{
	size_t i;
	json_t *row;

	json_array_foreach(json_object_get(comparison, "rows"), i, row)
	{
		if (strcmp(text(row, "request"), request) == 0 &&
			strcmp(text(row, "metric"), metric) == 0)
			return row;
	}
	return NULL;
}

Test(compare, judges_what_changed)
{
	static const struct {
		const char *path, *value, *request, *metric, *outcome, *of_all;
	} rows[] = {
		{ NULL, "0", "all", "response_p50_us", "same", "same" },
		{ "totals.per_second", "21000", "all", "answers_per_second", "same", "same" },
		{ "totals.per_second", "21001", "all", "answers_per_second", "better", "better" },
		{ "totals.per_second", "19000", "all", "answers_per_second", "same", "same" },
		{ "totals.per_second", "18999", "all", "answers_per_second", "worse", "worse" },
		{ "totals.accepted", "180000", "all", "accepted_per_second", "worse", "worse" },
		{ "totals.response.p50_us", "105.1", "all", "response_p50_us", "worse", "worse" },
		{ "totals.response.p90_us", "189", "all", "response_p90_us", "better", "better" },
		{ "totals.response.p99_us", "421", "all", "response_p99_us", "worse", "worse" },
		/* The far tail is told only, and so is what too few values make. */
		{ "totals.response.p99/9_us", "1600", "all", "response_p99.9_us", "told", "same" },
		{ "totals.response.max_us", "9000", "all", "response_max_us", "told", "same" },
		{ "requests.purchase.response.p99_us", "900", "purchase", "response_p99_us", "told",
			"same" },
		{ "requests.purchase.response.p50_us", "50", "purchase", "response_p50_us",
			"better", "better" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *base = parse(result);
		json_t *newer = changed(rows[i].path, rows[i].value);
		json_t *all = compare_two(base, newer, false);
		json_t *row = row_of(all, rows[i].request, rows[i].metric);
		cr_assert_not_null(row, "row %zu", i);
		cr_expect_str_eq(text(row, "outcome"), rows[i].outcome, "row %zu", i);
		cr_expect_str_eq(text(all, "outcome"), rows[i].of_all, "row %zu", i);
		cr_expect_null(row_of(all, "all", "service_p50_us"), "a closed loop has one time");
		cr_expect_null(row_of(all, "coupon", "response_p50_us"), "there was no answer");
		json_decref(all);
		json_decref(newer);
		json_decref(base);
	}
}

Test(compare, refuses_runs_that_were_asked_otherwise)
{
	static const struct {
		const char *path, *value, *says;
	} rows[] = {
		{ "config.loop", "'open'", "loop: closed, but open in b.json" },
		{ "config.rate", "8000", "rate: not told, but 8000 in b.json" },
		{ "config.mix", "'read'", "mix: retail, but read in b.json" },
		{ "config.weights.coupon", "2",
			"weights of the mix: {\"purchase\": 1, \"coupon\": 1}, but "
			"{\"purchase\": 1, \"coupon\": 2} in b.json" },
		{ "config.connections", "8", "connections: 64, but 8 in b.json" },
		{ "config.depth", "16", "depth: 1, but 16 in b.json" },
		{ "config.users.count", "1",
			"users: {\"count\": 33000, \"distribution\": \"uniform\"}, but "
			"{\"count\": 1, \"distribution\": \"uniform\"} in b.json" },
		{ "server.durability", "'unsafe_no_sync'",
			"durability: sync, but unsafe_no_sync in b.json" },
		{ "verdict.verdict", "'GENERATOR_SATURATED'",
			"b.json: its generator was saturated" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *base = parse(result);
		json_t *newer = changed(rows[i].path, rows[i].value);
		json_t *all = compare_two(base, newer, false);
		json_t *differences = json_object_get(all, "differences");
		cr_expect_str_eq(text(all, "outcome"), "unlike", "row %zu", i);
		cr_assert_eq(json_array_size(differences), 1, "row %zu", i);
		cr_expect_str_eq(json_string_value(json_array_get(differences, 0)), rows[i].says);
		cr_expect_eq(json_array_size(json_object_get(all, "rows")), 0);
		json_decref(all);
		all = compare_two(base, newer, true);
		cr_expect_str_eq(text(all, "outcome"), "same", "row %zu", i);
		cr_expect_eq(json_array_size(json_object_get(all, "differences")), 1);
		json_decref(all);
		json_decref(newer);
		json_decref(base);
	}
}

Test(compare, tells_faults_of_the_new_runs)
{
	static const struct {
		const char *path, *value, *as_new, *as_base;
	} rows[] = {
		{ "books.right", "false", "worse", "unlike" },
		{ "flash_sale.right", "false", "worse", "unlike" },
		{ "edit_war.right", "false", "worse", "unlike" },
		{ "verdict.verdict", "'TARGET_MISSED'", "worse", "same" },
		{ "server.version", "'0.3.0'", "same", "same" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		json_t *plain = parse(result);
		json_t *other = changed(rows[i].path, rows[i].value);
		json_t *all = compare_two(plain, other, false);
		cr_expect_str_eq(text(all, "outcome"), rows[i].as_new, "row %zu", i);
		json_decref(all);
		all = compare_two(other, plain, false);
		cr_expect_str_eq(text(all, "outcome"), rows[i].as_base, "row %zu", i);
		json_decref(all);
		json_decref(other);
		json_decref(plain);
	}
}

Test(compare, takes_medians)
{
	static const char *const rates[] = { "30000", "10000", "22000", "18000" };
	struct compare_options options = { .threshold = 0.05 };
	json_t *runs[ARRAY_LEN(rates)];
	json_t *plain = parse(result);
	struct compare_side base = side_of(plain, "a.json");
	struct compare_side newer = { .n = 0 };

	for (size_t i = 0; i < ARRAY_LEN(rates); i++) {
		runs[i] = changed("totals.per_second", rates[i]);
		newer.runs[i] = runs[i];
		newer.names[i] = "b.json";
	}
	for (newer.n = 3; newer.n <= ARRAY_LEN(rates); newer.n++) {
		json_t *all = compare_results(&base, &newer, &options);
		json_t *row = row_of(all, "all", "answers_per_second");
		json_t *range = json_object_get(row, "new_range");
		cr_expect_eq(json_real_value(json_object_get(row, "new")),
			newer.n == 3 ? 22000.0 : 20000.0);
		cr_expect_eq(json_real_value(json_array_get(range, 0)), 10000.0);
		cr_expect_eq(json_real_value(json_array_get(range, 1)), 30000.0);
		cr_expect_null(json_object_get(row, "base_range"));
		json_decref(all);
	}
	for (size_t i = 0; i < ARRAY_LEN(rates); i++)
		json_decref(runs[i]);
	json_decref(plain);
}

/* Files come from anywhere. */
Test(compare, bears_with_results_of_any_shape)
{
	static const char *const paths[] = { "config", "totals", "requests", "server", "verdict",
		"books", "totals.response", "totals.seconds", "totals.per_second",
		"requests.purchase" };
	static const char *const values[] = { "null", "[]", "'\\u001b[31m'", "{}", "-1", "0",
		"1e308" };
	FILE *nowhere = fopen("/dev/null", "w");

	for (size_t i = 0; i < ARRAY_LEN(paths) * ARRAY_LEN(values); i++) {
		json_t *base = parse(result);
		json_t *odd = changed(paths[i / ARRAY_LEN(values)], values[i % ARRAY_LEN(values)]);
		json_t *all = compare_two(base, odd, true);
		compare_print(nowhere, all);
		json_decref(all);
		all = compare_two(odd, base, true);
		compare_print(nowhere, all);
		json_decref(all);
		json_decref(odd);
		json_decref(base);
	}
	fclose(nowhere);
}

Test(compare, prints_what_is_worse)
{
	json_t *base = parse(result);
	json_t *newer = changed("totals.response.p99_us", "500");
	json_t *all = compare_two(base, newer, false);
	char *out = NULL;
	size_t len = 0;
	FILE *file = open_memstream(&out, &len);

	compare_print(file, all);
	fclose(file);
	cr_expect_not_null(strstr(out, "25.0 % WORSE"), "%s", out);
	cr_expect_not_null(strstr(out, "more than 5 %: all response p99 by 25.0 %."), "%s", out);
	free(out);
	json_decref(all);
	json_decref(newer);
	json_decref(base);
}

#include "bench/compare.h"

#include <getopt.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/report_files.h"

static const char usage[] =
	"usage: peakpeeps-bench compare [options] BASE.json NEW.json\n"
	"       peakpeeps-bench compare [options] BASE.json.. vs NEW.json..\n"
	"\n"
	"Puts throughput and times beside each other, of results that --json printed. Of several\n"
	"runs on a side, also given as a.json,b.json, the medians count.\n"
	"\n"
	"  --threshold PERCENT   a change up to this is none; 5%\n"
	"  --force               also runs that were not asked the same, or are unfit\n"
	"  --json                the comparison as JSON\n"
	"  --help\n"
	"\n"
	"exit: 0 nothing is worse, 2 usage, 4 a file cannot be read, 8 something is worse,\n"
	"      9 the runs were not asked the same\n";

static const struct option long_options[] = {
	{ "threshold", required_argument, NULL, 't' },
	{ "force", no_argument, NULL, 'f' },
	{ "json", no_argument, NULL, 'j' },
	{ "help", no_argument, NULL, 'h' },
	{ 0 },
};

/* A side with what it owns. */
struct loaded {
	struct compare_side side;
	json_t *runs[COMPARE_RUNS_MAX];
	char *names[COMPARE_RUNS_MAX];
};

static int complain(int status, const char *what, const char *why)
{
	fprintf(stderr, "peakpeeps-bench: compare: %s%s%s\n", what, why != NULL ? ": " : "",
		why != NULL ? why : "");
	return status;
}

/* Takes the name, also when it fails. */
static int load_run(struct loaded *loaded, char *name)
{
	json_error_t wrong;
	size_t n = loaded->side.n;

	if (name == NULL)
		return complain(COMPARE_FILE, "out of memory", NULL);
	if (n == COMPARE_RUNS_MAX) {
		free(name);
		return complain(COMPARE_USAGE, "there are more than 64 runs on a side", NULL);
	}
	json_t *run = json_load_file(name, 0, &wrong);
	if (run == NULL || !report_is_result(run)) {
		int status = complain(COMPARE_FILE, name,
			run == NULL ? wrong.text : "this is no result of peakpeeps-bench --json");
		json_decref(run);
		free(name);
		return status;
	}
	loaded->names[n] = name;
	loaded->runs[n] = run;
	loaded->side.names[n] = name;
	loaded->side.runs[n] = run;
	loaded->side.n++;
	return COMPARE_FINE;
}

/* One file, or several with commas between, unless one has such a name. */
static int load_list(struct loaded *loaded, const char *list)
{
	int status = COMPARE_FINE;

	if (access(list, F_OK) == 0)
		return load_run(loaded, strdup(list));
	for (const char *at = list; at != NULL && status == COMPARE_FINE;) {
		const char *comma = strchr(at, ',');
		size_t len = comma != NULL ? (size_t)(comma - at) : strlen(at);
		status = load_run(loaded, strndup(at, len));
		at = comma != NULL ? comma + 1 : NULL;
	}
	return status;
}

static int load_side(struct loaded *loaded, char **lists, int n)
{
	int status = COMPARE_FINE;

	for (int i = 0; i < n && status == COMPARE_FINE; i++)
		status = load_list(loaded, lists[i]);
	return status;
}

static void unload(struct loaded *loaded)
{
	for (size_t i = 0; i < loaded->side.n; i++) {
		json_decref(loaded->runs[i]);
		free(loaded->names[i]);
	}
}

/* "5%" and "5" are 0.05. */
static bool parse_threshold(const char *given, double *out)
{
	char *end;
	double percent = strtod(given, &end);

	if (end == given || !isfinite(percent) || percent < 0 || percent > 1000)
		return false;
	if (strcmp(end, "") != 0 && strcmp(end, "%") != 0)
		return false;
	*out = percent / 100;
	return true;
}

static int print_json(const json_t *comparison)
{
	int failed = json_dumpf(
		comparison, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));

	putchar('\n');
	return failed == 0 ? COMPARE_FINE
			   : complain(COMPARE_FILE, "the comparison could not be printed", NULL);
}

static int exit_status(const json_t *comparison)
{
	const char *outcome = json_string_value(json_object_get(comparison, "outcome"));

	if (strcmp(outcome, "unlike") == 0)
		return COMPARE_UNLIKE;
	return strcmp(outcome, "worse") == 0 ? COMPARE_REGRESSION : COMPARE_FINE;
}

static int compare_sides(const struct compare_side *base, const struct compare_side *newer,
	const struct compare_options *options, bool json)
{
	json_t *comparison = compare_results(base, newer, options);
	int status = COMPARE_FINE;

	if (comparison == NULL)
		return complain(COMPARE_FILE, "out of memory", NULL);
	if (json)
		status = print_json(comparison);
	else
		compare_print(stdout, comparison);
	if (status == COMPARE_FINE)
		status = exit_status(comparison);
	json_decref(comparison);
	return status;
}

static int compare_files(char **names, int n, const struct compare_options *options, bool json)
{
	struct loaded base = { .side.n = 0 };
	struct loaded newer = { .side.n = 0 };
	int n_base = 0;

	while (n_base < n && strcmp(names[n_base], "vs") != 0)
		n_base++;
	int from = n_base + 1;
	if (n_base == n) {
		n_base = 1;
		from = 1;
		if (n != 2)
			return complain(COMPARE_USAGE,
				"it takes two results, or several with \"vs\" between; see "
				"compare --help",
				NULL);
	}
	if (n_base == 0 || from >= n)
		return complain(COMPARE_USAGE, "there is no result on one side of \"vs\"", NULL);
	int status = load_side(&base, names, n_base);
	if (status == COMPARE_FINE)
		status = load_side(&newer, names + from, n - from);
	if (status == COMPARE_FINE)
		status = compare_sides(&base.side, &newer.side, options, json);
	unload(&base);
	unload(&newer);
	return status;
}

int compare_main(int argc, char **argv)
{
	struct compare_options options = { .threshold = 0.05 };
	bool json = false;
	int option;

	optind = 1;
	while ((option = getopt_long(argc, argv, "", long_options, NULL)) != -1) {
		switch (option) {
		case 'f': options.force = true; break;
		case 'j': json = true; break;
		case 'h': fputs(usage, stdout); return COMPARE_FINE;
		case 't':
			if (!parse_threshold(optarg, &options.threshold))
				return complain(COMPARE_USAGE,
					"--threshold takes a percentage, as in 5%, not", optarg);
			break;
		default: return COMPARE_USAGE;
		}
	}
	return compare_files(argv + optind, argc - optind, &options, json);
}

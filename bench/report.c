#include "bench/report.h"

#include <jansson.h>
#include <stdio.h>

static const double shares[] = { 0.5, 0.9, 0.99, 0.999 };
static const char *const share_names[] = { "p50", "p90", "p99", "p99.9" };

/* Four significant digits and a unit, 9 columns wide. */
static void print_duration(int64_t ns)
{
	if (ns < 1000 * 1000)
		printf(" %6.1f us", (double)ns / 1e3);
	else if (ns < INT64_C(1000) * 1000 * 1000)
		printf(" %6.2f ms", (double)ns / 1e6);
	else
		printf(" %6.2f s ", (double)ns / 1e9);
}

static void print_row(const char *name, const struct tally_kind *counts, double seconds)
{
	uint64_t n = counts->n_accepted + counts->n_refused;

	printf("%-9s %10llu %9llu %10.0f", name, (unsigned long long)counts->n_accepted,
		(unsigned long long)counts->n_refused, seconds > 0 ? (double)n / seconds : 0);
	for (size_t i = 0; i < ARRAY_LEN(shares); i++)
		print_duration(histogram_percentile(&counts->durations, shares[i]));
	print_duration(counts->durations.max_ns);
	putchar('\n');
}

static void print_refusals(const struct tally *tally)
{
	for (int i = 0; i < TALLY_REASONS; i++) {
		const char *name = pp_reason_name((enum pp_reason)i);
		if (tally->refusals[i] > 0)
			printf("refused   %10llu %s\n", (unsigned long long)tally->refusals[i],
				name != NULL ? name : "for a reason unknown to this program");
	}
}

static const char *verify_word(enum pp_verify_state state)
{
	switch (state) {
	case PP_VERIFY_STATE_CLEAN: return "clean";
	case PP_VERIFY_STATE_DAMAGED: return "DAMAGED";
	case PP_VERIFY_STATE_ABORTED: return "aborted";
	case PP_VERIFY_STATE_RUNNING:
	case PP_VERIFY_STATE_NONE:
	default: return "unknown";
	}
}

static void print_books(const struct books *books)
{
	if (!books->checked) {
		printf("books     not checked\n");
		return;
	}
	printf("purchases %10llu acknowledged, %llu made\n", (unsigned long long)books->n_accepted,
		(unsigned long long)books->n_purchases_made);
	printf("replays   %10llu sent again, %llu answered otherwise\n",
		(unsigned long long)books->n_replayed, (unsigned long long)books->n_replayed_wrong);
	printf("verify    %10llu records at revision %llu in %.1f s: %s, %llu findings\n",
		(unsigned long long)books->n_records, (unsigned long long)books->snapshot_revision,
		books->verify_ms / 1e3, verify_word(books->verify_state),
		(unsigned long long)books->n_findings);
	for (unsigned i = 0; i < books->n_texts; i++)
		printf("WRONG     %s\n", books->texts[i]);
	printf("books     %s\n", books_right(books) ? "right" : "NOT RIGHT");
}

void report_table(const struct result *result)
{
	const struct bench_options *options = result->options;

	printf("server    %s, PeakPeeps %s\n", result->address, result->server_version);
	printf("load      %s, %u connections, depth %u, %u threads, %.1f s\n", options->mix_name,
		options->n_connections, options->depth, options->n_threads, result->seconds);
	printf("data      %llu users, %llu businesses, %llu coupons, ",
		(unsigned long long)options->dataset.n_users,
		(unsigned long long)options->dataset.n_businesses,
		(unsigned long long)options->dataset.n_coupons);
	if (options->hot_coupon)
		printf("one hot coupon\n\n");
	else if (options->theta > 0)
		printf("Zipf %.2f\n\n", options->theta);
	else
		printf("uniform\n\n");
	printf("%-9s %10s %9s %10s %9s %9s %9s %9s %9s\n", "request", "accepted", "refused",
		"per second", share_names[0], share_names[1], share_names[2], share_names[3],
		"max");
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		const struct tally_kind *counts = &result->tally->kinds[i];
		if (options->mix[i] > 0)
			print_row(shot_kind_name((enum shot_kind)i), counts, result->seconds);
	}
	putchar('\n');
	print_refusals(result->tally);
	print_books(&result->books);
}

/* accepted_in_all: while it was warming up and ending as well. */
static json_t *json_kind(const struct tally *tally, int kind, double seconds)
{
	const struct tally_kind *counts = &tally->kinds[kind];
	uint64_t n = counts->n_accepted + counts->n_refused;
	json_t *object = json_pack("{s:I, s:I, s:I, s:f, s:f}", "accepted_in_all",
		(json_int_t)tally->n_accepted_in_all[kind], "accepted",
		(json_int_t)counts->n_accepted, "refused", (json_int_t)counts->n_refused,
		"per_second", seconds > 0 ? (double)n / seconds : 0, "max_us",
		(double)counts->durations.max_ns / 1e3);

	for (size_t i = 0; i < ARRAY_LEN(shares) && object != NULL; i++) {
		int64_t ns = histogram_percentile(&counts->durations, shares[i]);
		char name[16];
		snprintf(name, sizeof(name), "%s_us", share_names[i]);
		json_object_set_new(object, name, json_real((double)ns / 1e3));
	}
	return object;
}

static json_t *json_books(const struct books *books)
{
	json_t *wrong = json_array();

	for (unsigned i = 0; i < books->n_texts; i++)
		json_array_append_new(wrong, json_string(books->texts[i]));
	return json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:s, s:I, s:I, s:o}", "checked",
		books->checked, "right", books_right(books), "purchases_acknowledged",
		(json_int_t)books->n_accepted, "purchases_made",
		(json_int_t)books->n_purchases_made, "replayed", (json_int_t)books->n_replayed,
		"replayed_otherwise", (json_int_t)books->n_replayed_wrong, "verify",
		verify_word(books->verify_state), "verify_findings", (json_int_t)books->n_findings,
		"verify_records", (json_int_t)books->n_records, "wrong", wrong);
}

int report_json(const struct result *result)
{
	const struct bench_options *options = result->options;
	json_t *kinds = json_object();
	json_t *refusals = json_object();

	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		if (options->mix[i] > 0)
			json_object_set_new(kinds, shot_kind_name((enum shot_kind)i),
				json_kind(result->tally, i, result->seconds));
	}
	for (int i = 0; i < TALLY_REASONS; i++) {
		const char *name = pp_reason_name((enum pp_reason)i);
		if (result->tally->refusals[i] > 0)
			json_object_set_new(refusals, name != NULL ? name : "UNKNOWN",
				json_integer((json_int_t)result->tally->refusals[i]));
	}
	json_t *root = json_pack("{s:s, s:s, s:i, s:i, s:i, s:f, s:o, s:o, s:o}", "server_version",
		result->server_version, "mix", options->mix_name, "connections",
		(int)options->n_connections, "depth", (int)options->depth, "threads",
		(int)options->n_threads, "seconds", result->seconds, "requests", kinds, "refusals",
		refusals, "books", json_books(&result->books));
	if (root == NULL)
		return PP_ERR_NO_MEMORY;
	int failed = json_dumpf(
		root, stdout, JSON_INDENT(2) | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
	putchar('\n');
	json_decref(root);
	return failed == 0 ? 0 : PP_ERR_NO_MEMORY;
}

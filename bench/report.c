#include "bench/report.h"

#include <stdio.h>

#include "bench/watch.h"

const struct report_percentile report_percentiles[REPORT_PERCENTILES] = {
	{ 0.5, "p50" },
	{ 0.9, "p90" },
	{ 0.95, "p95" },
	{ 0.99, "p99" },
	{ 0.999, "p99.9" },
	{ 0.9999, "p99.99" },
};

int64_t report_percentile(const struct histogram *histogram, double share)
{
	int64_t ns = histogram_percentile(histogram, share);

	return ns < histogram->max ? ns : histogram->max;
}

static void print_time(int64_t ns)
{
	char text[WATCH_TIME_BYTES];

	format_time(ns, text);
	printf(" %9s", text);
}

static void print_times(const char *what, const struct histogram *times)
{
	printf("  %-17s", what);
	for (size_t i = 0; i < REPORT_PERCENTILES; i++)
		print_time(report_percentile(times, report_percentiles[i].share));
	print_time(times->max);
	putchar('\n');
}

static void print_kinds(const struct result *result)
{
	printf("%-19s", "");
	for (size_t i = 0; i < REPORT_PERCENTILES; i++)
		printf(" %9s", report_percentiles[i].name);
	printf(" %9s\n", "max");
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		const struct tally_kind *counts = &result->tally->kinds[i];
		if (counts->response == NULL)
			continue;
		printf("%s: %llu accepted, %llu refused, %.0f per second\n",
			shot_kind_name((enum shot_kind)i), (unsigned long long)counts->n_accepted,
			(unsigned long long)counts->n_refused,
			result->seconds > 0 ? (double)counts->n_in_time / result->seconds : 0);
		print_times("response time", &counts->response->h);
		if (counts->service != NULL)
			print_times("service time", &counts->service->h);
	}
	puts(result->options->rate > 0
			? "Response time counts from the planned start, service time from the send."
			: "A closed loop: the next is sent when one is answered. Times count from "
			  "the send.");
}

static void print_refusals(const struct tally *tally)
{
	for (int i = 0; i < TALLY_REASONS; i++) {
		const char *name = pp_reason_name((enum pp_reason)i);
		if (tally->refusals[i] > 0)
			printf("refused   %10llu %s\n", (unsigned long long)tally->refusals[i],
				name != NULL ? name : "for a reason unknown to this program");
	}
	if (tally->n_retried > 0)
		printf("retried   %10llu after OVERLOADED\n", (unsigned long long)tally->n_retried);
}

static void print_scenario(const struct result *result)
{
	const struct flash_sale *sale = &result->flash_sale;
	const struct edit_war *war = &result->edit_war;

	if (sale->ran)
		printf("sale      %llu buyers, %llu pieces: %llu sold, %llu SOLD_OUT, %llu "
		       "otherwise; last answer after %.3f s: %s\n",
			(unsigned long long)sale->n_buyers, (unsigned long long)sale->n_pieces,
			(unsigned long long)sale->n_sold, (unsigned long long)sale->n_sold_out,
			(unsigned long long)sale->n_otherwise, sale->seconds,
			sale->right ? "right" : "NOT RIGHT");
	for (unsigned i = 0; i < war->n; i++) {
		const struct war_coupon *coupon = &war->coupons[i];
		printf("war       coupon %llu: version %llu to %llu, %llu edits accepted, %llu "
		       "conflicts\n",
			(unsigned long long)coupon->coupon_id,
			(unsigned long long)coupon->version_before,
			(unsigned long long)coupon->version_after,
			(unsigned long long)coupon->n_accepted,
			(unsigned long long)coupon->n_conflicts);
	}
	if (war->ran)
		printf("war       %s\n",
			war->right ? "right: a version for each accepted edit" : "NOT RIGHT");
}

static void print_verdict(const struct result *result)
{
	for (size_t i = 0; i < result->n_assertions; i++) {
		const struct assertion *assertion = &result->assertions[i];
		printf("assert    %s: %s, it is %s\n", assertion->text,
			assertion->holds ? "holds" : "DOES NOT HOLD", assertion->measured);
	}
	printf("verdict   %s\n", verdict_name(result->verdict.kind));
	for (unsigned i = 0; i < result->verdict.n_reasons; i++)
		printf("          %s\n", result->verdict.reasons[i]);
}

const char *report_verify_word(enum pp_verify_state state)
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
		books->verify_ms / 1e3, report_verify_word(books->verify_state),
		(unsigned long long)books->n_findings);
	for (unsigned i = 0; i < books->n_texts; i++)
		printf("WRONG     %s\n", books->texts[i]);
	printf("books     %s\n", books_right(books) ? "right" : "NOT RIGHT");
}

static void print_popularity(const struct bench_options *options)
{
	printf("users %s", options->theta_users > 0 ? "Zipf" : "uniform");
	if (options->theta_users > 0)
		printf(" %.2f", options->theta_users);
	if (options->hot_coupon)
		printf(", one hot coupon\n\n");
	else if (options->theta > 0)
		printf(", coupons Zipf %.2f\n\n", options->theta);
	else
		printf(", coupons uniform\n\n");
}

void report_table(const struct result *result)
{
	const struct bench_options *options = result->options;
	const struct server_facts *server = &result->server;

	printf("server    %s, PeakPeeps %s, commit %s%s%s\n", server->address, server->version,
		server->commit_mode, server->durability[0] != '\0' ? ", durability " : "",
		server->durability);
	printf("load      %s, %u connections, depth %u, %u threads, %.1f s, ", options->mix.name,
		options->n_connections, options->depth, options->n_threads, result->seconds);
	if (options->rate > 0)
		printf("open loop, %g per second, %s\n", options->rate,
			options->arrivals == ARRIVALS_EVEN ? "evenly spaced" : "poisson");
	else
		printf("closed loop\n");
	printf("data      %llu users, %llu businesses, %llu coupons; ",
		(unsigned long long)options->dataset.n_users,
		(unsigned long long)options->dataset.n_businesses,
		(unsigned long long)options->dataset.n_coupons);
	print_popularity(options);
	print_kinds(result);
	putchar('\n');
	print_refusals(result->tally);
	print_scenario(result);
	print_books(&result->books);
	print_verdict(result);
}

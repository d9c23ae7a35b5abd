/* The result as JSON: its shape is docs/bench.md's. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "bench/hdr_v2.h"
#include "bench/report.h"

enum { TIMESTAMP_BYTES = 32 };

/* jansson's setters take what they are given, and tell of no memory by NULL arguments and -1. */

static json_t *number(uint64_t value)
{
	return json_integer((json_int_t)value);
}

static json_t *microseconds(int64_t ns)
{
	return json_real((double)ns / 1e3);
}

static bool set(json_t *object, const char *key, json_t *value)
{
	return json_object_set_new(object, key, value) == 0;
}

static json_t *timestamp(int64_t ms)
{
	char text[TIMESTAMP_BYTES];
	time_t seconds = (time_t)(ms / 1000);
	struct tm parts;

	if (gmtime_r(&seconds, &parts) == NULL ||
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%SZ", &parts) == 0)
		return json_string("");
	return json_string(text);
}

static json_t *times(const struct histogram *histogram, bool whole)
{
	json_t *object = json_pack("{s:I}", "count", (json_int_t)histogram->n);
	bool fine = object != NULL;

	if (histogram->n == 0)
		return object;
	fine = fine && set(object, "min_us", microseconds(histogram->min)) &&
	       set(object, "mean_us", json_real(histogram_mean(histogram) / 1e3));
	for (size_t i = 0; i < REPORT_PERCENTILES && fine; i++) {
		char key[24];
		snprintf(key, sizeof(key), "%s_us", report_percentiles[i].name);
		int64_t ns = report_percentile(histogram, report_percentiles[i].share);
		fine = set(object, key, microseconds(ns));
	}
	fine = fine && set(object, "max_us", microseconds(histogram->max));
	if (fine && whole) {
		char *text = hdr_v2_text(histogram);
		fine = text != NULL && set(object, "histogram", json_string(text));
		free(text);
	}
	if (fine)
		return object;
	json_decref(object);
	return NULL;
}

static json_t *command(const struct result *result)
{
	json_t *array = json_array();

	for (int i = 0; i < result->argc && array != NULL; i++)
		json_array_append_new(array, json_string(result->argv[i]));
	return array;
}

static json_t *server(const struct server_facts *facts)
{
	json_t *object = json_pack("{s:s, s:s, s:s, s:s, s:o, s:I, s:I, s:I}", "address",
		facts->address, "version", facts->version, "commit_mode", facts->commit_mode,
		"store_id", facts->store_id, "started_at", timestamp(facts->started_at_ms), "users",
		(json_int_t)facts->dataset.n_users, "businesses",
		(json_int_t)facts->dataset.n_businesses, "coupons",
		(json_int_t)facts->dataset.n_coupons);

	if (object != NULL && facts->durability[0] != '\0')
		set(object, "durability", json_string(facts->durability));
	return object;
}

static json_t *machine(const struct machine *facts)
{
	return json_pack("{s:s, s:I, s:I, s:s, s:s, s:f}", "cpu_model", facts->cpu_model, "cores",
		(json_int_t)facts->n_cores, "memory_bytes", (json_int_t)facts->memory_bytes,
		"system", facts->system, "kernel", facts->kernel, "load_average",
		facts->load_average);
}

static json_t *popularity(uint64_t count, double theta, bool hot)
{
	json_t *object = json_pack("{s:I, s:s}", "count", (json_int_t)count, "distribution",
		hot         ? "hot"
		: theta > 0 ? "zipf"
			    : "uniform");

	if (object != NULL && theta > 0 && !hot)
		set(object, "theta", json_real(theta));
	return object;
}

static json_t *config(const struct bench_options *options)
{
	bool open = options->rate > 0;
	json_t *weights = json_object();
	json_t *object = json_pack("{s:s}", "loop", open ? "open" : "closed");

	if (object == NULL || weights == NULL)
		return NULL;
	if (open) {
		set(object, "rate", json_real(options->rate));
		set(object, "arrivals",
			json_string(options->arrivals == ARRIVALS_EVEN ? "even" : "poisson"));
	}
	set(object, "mix", json_string(options->mix.name));
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		if (options->mix.weights[i] > 0)
			set(weights, shot_kind_name((enum shot_kind)i),
				number(options->mix.weights[i]));
	}
	set(object, "weights", weights);
	set(object, "connections", number(options->n_connections));
	set(object, "depth", number(options->depth));
	set(object, "threads", number(options->n_threads));
	set(object, "seed", number(options->seed));
	set(object, "warmup_s", json_real((double)options->warmup_ms / 1e3));
	if (options->n_requests > 0)
		set(object, "requests", number(options->n_requests));
	else
		set(object, "duration_s", json_real((double)options->duration_ms / 1e3));
	set(object, "users", popularity(options->dataset.n_users, options->theta_users, false));
	set(object, "coupons",
		popularity(options->dataset.n_coupons, options->theta, options->hot_coupon));
	set(object, "businesses", number(options->dataset.n_businesses));
	set(object, "retry_overloaded", json_boolean(options->retry_overloaded));
	set(object, "check", json_boolean(options->check));
	set(object, "sample", number(options->n_sample));
	return object;
}

/* What totals and each kind have in common. */
static json_t *counts(uint64_t n_accepted, uint64_t n_refused, double per_second)
{
	json_int_t accepted = (json_int_t)n_accepted;
	json_int_t refused = (json_int_t)n_refused;

	return json_pack("{s:I, s:I, s:I, s:f}", "completed", accepted + refused, "accepted",
		accepted, "refused", refused, "per_second", per_second);
}

static json_t *totals(const struct result *result)
{
	const struct tally *tally = result->tally;
	uint64_t n_accepted = 0, n_refused = 0, n_unanswered = 0;

	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		n_accepted += tally->kinds[i].n_accepted;
		n_refused += tally->kinds[i].n_refused;
		n_unanswered += tally->kinds[i].n_unanswered_in_all;
	}
	double seconds = result->seconds;
	json_t *object = counts(
		n_accepted, n_refused, seconds > 0 ? (double)tally_n_in_time(tally) / seconds : 0);
	if (object == NULL)
		return NULL;
	set(object, "seconds", json_real(seconds));
	set(object, "retried", number(tally->n_retried));
	set(object, "unanswered", number(n_unanswered));
	if (result->options->rate > 0)
		set(object, "planned", number(result->generator->n_planned));
	set(object, "response", times(result->response, true));
	set(object, "service", times(result->service, true));
	return object;
}

static json_t *requests(const struct result *result)
{
	json_t *object = json_object();

	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		const struct tally_kind *kind = &result->tally->kinds[i];
		if (kind->response == NULL)
			continue;
		json_t *row = counts(kind->n_accepted, kind->n_refused,
			result->seconds > 0 ? (double)kind->n_in_time / result->seconds : 0);
		if (row == NULL)
			continue;
		bool whole = result->options->histograms;
		set(row, "accepted_in_all", number(kind->n_accepted_in_all));
		set(row, "response", times(&kind->response->h, whole));
		set(row, "service", times(tally_service(kind), whole));
		set(object, shot_kind_name((enum shot_kind)i), row);
	}
	return object;
}

static json_t *refusals(const struct tally *tally)
{
	json_t *object = json_object();

	for (int i = 0; i < TALLY_REASONS; i++) {
		const char *name = pp_reason_name((enum pp_reason)i);
		if (tally->refusals[i] > 0)
			set(object, name != NULL ? name : "UNKNOWN", number(tally->refusals[i]));
	}
	return object;
}

static json_t *series(const struct result *result)
{
	json_t *array = json_array();

	for (size_t i = 0; i < result->n_rows; i++) {
		const struct series_row *row = &result->rows[i];
		json_t *object = json_pack(
			"{s:f, s:f, s:b, s:I, s:I, s:f, s:f, s:f, s:f, s:I, s:I}", "from_s",
			row->from_s, "seconds", row->seconds, "warmup", row->warmup, "completed",
			(json_int_t)row->n_completed, "refused", (json_int_t)row->n_refused,
			"response_p50_us", (double)row->response_p50_ns / 1e3, "response_p99_us",
			(double)row->response_p99_ns / 1e3, "response_max_us",
			(double)row->response_max_ns / 1e3, "service_p99_us",
			(double)row->service_p99_ns / 1e3, "in_flight",
			(json_int_t)row->n_in_flight, "waiting", (json_int_t)row->n_waiting);
		if (object == NULL)
			continue;
		if (row->has_server) {
			set(object, "server_batch", json_real(row->server_batch));
			set(object, "server_queue", number(row->server_queue));
		}
		if (row->response_histogram != NULL)
			set(object, "response_histogram", json_string(row->response_histogram));
		if (row->service_histogram != NULL)
			set(object, "service_histogram", json_string(row->service_histogram));
		json_array_append_new(array, object);
	}
	return array;
}

static json_t *verdict(const struct result *result)
{
	const struct generator *generator = result->generator;
	json_t *reasons = json_array();
	json_t *threads = json_array();

	for (unsigned i = 0; i < result->verdict.n_reasons; i++)
		json_array_append_new(reasons, json_string(result->verdict.reasons[i]));
	for (unsigned i = 0; i < generator->n_threads; i++) {
		const struct generator_thread *thread = &generator->threads[i];
		json_array_append_new(
			threads, json_pack("{s:f, s:f}", "busy", generator_busy(thread), "cpu_s",
					 (double)thread->cpu_ns / 1e9));
	}
	double seconds = generator->seconds;
	json_t *object = json_pack("{s:s, s:o, s:f}", "verdict", verdict_name(result->verdict.kind),
		"reasons", reasons, "achieved_per_second",
		seconds > 0 ? (double)generator->n_answered / seconds : 0);
	if (object == NULL)
		return NULL;
	if (generator->open) {
		set(object, "requested_per_second", json_real(generator->requested_rate));
		set(object, "waiting", number(generator->n_waiting));
		set(object, "lag_p99_us", microseconds(report_percentile(generator->lag, 0.99)));
		set(object, "lag_max_us", microseconds(generator->lag->max));
	}
	set(object, "threads", threads);
	set(object, "cpu_us_per_request", json_real(generator_cost_us(generator)));
	return object;
}

static json_t *assertions(const struct result *result)
{
	json_t *array = json_array();

	for (size_t i = 0; i < result->n_assertions; i++) {
		const struct assertion *assertion = &result->assertions[i];
		json_array_append_new(
			array, json_pack("{s:s, s:b, s:s}", "text", assertion->text, "holds",
				       assertion->holds, "measured", assertion->measured));
	}
	return array;
}

static json_t *sale(const struct flash_sale *facts)
{
	return json_pack("{s:I, s:I, s:I, s:I, s:I, s:I, s:f, s:b}", "coupon_id",
		(json_int_t)facts->coupon_id, "buyers", (json_int_t)facts->n_buyers, "pieces",
		(json_int_t)facts->n_pieces, "sold", (json_int_t)facts->n_sold, "sold_out",
		(json_int_t)facts->n_sold_out, "otherwise", (json_int_t)facts->n_otherwise,
		"seconds", facts->seconds, "right", facts->right);
}

static json_t *war(const struct edit_war *facts)
{
	json_t *coupons = json_array();

	for (unsigned i = 0; i < facts->n; i++) {
		const struct war_coupon *coupon = &facts->coupons[i];
		json_array_append_new(
			coupons, json_pack("{s:I, s:I, s:I, s:I, s:I}", "coupon_id",
					 (json_int_t)coupon->coupon_id, "version_before",
					 (json_int_t)coupon->version_before, "version_after",
					 (json_int_t)coupon->version_after, "accepted",
					 (json_int_t)coupon->n_accepted, "conflicts",
					 (json_int_t)coupon->n_conflicts));
	}
	return json_pack("{s:o, s:b}", "coupons", coupons, "right", facts->right);
}

static json_t *books(const struct books *facts)
{
	json_t *wrong = json_array();

	for (unsigned i = 0; i < facts->n_texts; i++)
		json_array_append_new(wrong, json_string(facts->texts[i]));
	if (!facts->checked)
		return json_pack("{s:b, s:o}", "checked", 0, "wrong", wrong);
	return json_pack("{s:b, s:b, s:I, s:I, s:I, s:I, s:s, s:I, s:I, s:f, s:o}", "checked", 1,
		"right", books_right(facts), "purchases_acknowledged",
		(json_int_t)facts->n_accepted, "purchases_made",
		(json_int_t)facts->n_purchases_made, "replayed", (json_int_t)facts->n_replayed,
		"replayed_otherwise", (json_int_t)facts->n_replayed_wrong, "verify",
		report_verify_word(facts->verify_state), "verify_findings",
		(json_int_t)facts->n_findings, "verify_records", (json_int_t)facts->n_records,
		"verify_s", facts->verify_ms / 1e3, "wrong", wrong);
}

json_t *report_json(const struct result *result)
{
	json_t *client = json_pack("{s:s, s:s, s:s}", "version", PEAKPEEPS_VERSION, "build",
		BENCH_BUILD, "compiler", BENCH_COMPILER);
	json_t *root = json_pack("{s:s, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o, s:o}",
		"format", "peakpeeps-bench/1", "started_at", timestamp(result->started_at_ms),
		"command", command(result), "client", client, "server", server(&result->server),
		"machine", machine(&result->machine), "config", config(result->options), "totals",
		totals(result), "requests", requests(result), "refusals", refusals(result->tally),
		"series", series(result), "verdict", verdict(result));

	if (root == NULL)
		return NULL;
	bool fine = set(root, "assertions", assertions(result)) &&
		    set(root, "books", books(&result->books));
	if (fine && result->flash_sale.ran)
		fine = set(root, "flash_sale", sale(&result->flash_sale));
	if (fine && result->edit_war.ran)
		fine = set(root, "edit_war", war(&result->edit_war));
	if (fine)
		return root;
	json_decref(root);
	return NULL;
}

#include "bench/verdict.h"

#include <stdarg.h>
#include <stdio.h>

/* docs/bench.md tells these. */
static const double busy_max = 0.9;
static const double waiting_max = 0.01;
static const int64_t lag_max_ns = 1000 * 1000;
static const double lag_share_max = 0.25;

const char *verdict_name(enum verdict_kind kind)
{
	switch (kind) {
	case VERDICT_VALID: return "VALID";
	case VERDICT_TARGET_MISSED: return "TARGET_MISSED";
	case VERDICT_GENERATOR_SATURATED:
	default: return "GENERATOR_SATURATED";
	}
}

double generator_busy(const struct generator_thread *thread)
{
	return thread->wall_ns > 0 ? (double)thread->cpu_ns / (double)thread->wall_ns : 0;
}

double generator_cost_us(const struct generator *generator)
{
	double cpu_ns = 0;

	for (unsigned i = 0; i < generator->n_threads; i++)
		cpu_ns += (double)generator->threads[i].cpu_ns;
	return generator->n_answered > 0 ? cpu_ns / 1e3 / (double)generator->n_answered : 0;
}

static void say(struct verdict *verdict, const char *format, ...) PRINTF_LIKE(2, 3);

static void say(struct verdict *verdict, const char *format, ...)
{
	va_list args;

	if (verdict->n_reasons == VERDICT_REASONS)
		return;
	va_start(args, format);
	vsnprintf(verdict->reasons[verdict->n_reasons++], VERDICT_REASON_BYTES, format, args);
	va_end(args);
}

/* The busiest thread's share. */
static double busiest(const struct generator *generator)
{
	double most = 0;

	for (unsigned i = 0; i < generator->n_threads; i++) {
		double busy = generator_busy(&generator->threads[i]);
		most = busy > most ? busy : most;
	}
	return most;
}

static void judge_open(const struct generator *generator, struct verdict *out)
{
	double achieved =
		generator->seconds > 0 ? (double)generator->n_answered / generator->seconds : 0;
	int64_t lag_ns = histogram_percentile(generator->lag, 0.99);
	double busy = busiest(generator);

	if ((double)generator->n_waiting > waiting_max * (double)generator->n_planned) {
		out->kind = VERDICT_TARGET_MISSED;
		say(out,
			"The target was missed: %.0f per second were asked for, %.0f were "
			"answered, and %llu that were due could not be sent, because every "
			"connection was full.",
			generator->requested_rate, achieved,
			(unsigned long long)generator->n_waiting);
	} else {
		say(out, "%.0f per second were asked for, and %.0f were answered.",
			generator->requested_rate, achieved);
	}
	if (lag_ns > lag_max_ns &&
		(double)lag_ns > lag_share_max * (double)generator->response_p99_ns) {
		out->kind = VERDICT_GENERATOR_SATURATED;
		say(out,
			"Requests went out late though there was room: the 99th percentile of the "
			"lag is %.2f ms, and that of the response time %.2f ms.",
			(double)lag_ns / 1e6, (double)generator->response_p99_ns / 1e6);
	} else if (generator->lag->n > 0) {
		say(out, "Where there was room, 99 %% of the requests went out within %.2f ms.",
			(double)lag_ns / 1e6);
	}
	if (busy > busy_max) {
		out->kind = VERDICT_GENERATOR_SATURATED;
		say(out,
			"A thread of the generator was busy for %.0f %% of the time: more "
			"--threads, or a machine of its own.",
			100 * busy);
	}
}

void verdict_judge(const struct generator *generator, struct verdict *out)
{
	double busy = busiest(generator);

	*out = (struct verdict) { .kind = VERDICT_VALID };
	if (generator->open)
		judge_open(generator, out);
	else if (busy > busy_max)
		say(out,
			"A thread of the generator was busy for %.0f %% of the time: with more "
			"--threads, or a machine of its own, the server may do more.",
			100 * busy);
	say(out,
		"The generator took %.2f us of CPU time for each request, and its busiest thread "
		"%.0f %% of a core.",
		generator_cost_us(generator), 100 * busy);
}

/* The command line, mixes in files, and assertions. */
#include <criterion/criterion.h>

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/options.h"

enum { ARGUMENTS_MAX = 6 };

/* Words are separated by blanks. */
static enum options_result parse(const char *line, struct bench_options *out)
{
	static char copy[400];
	char program[] = "peakpeeps-bench";
	char *argv[ARGUMENTS_MAX + 2] = { program };
	char *at = copy;
	int argc = 1;

	snprintf(copy, sizeof(copy), "%s", line);
	while (argc <= ARGUMENTS_MAX && *at != '\0') {
		argv[argc++] = at;
		at += strcspn(at, " ");
		if (*at == ' ')
			*at++ = '\0';
	}
	optind = 0; /* getopt begins anew */
	return options_parse(argc, argv, out);
}

Test(options, read_a_mix)
{
	struct bench_options options;

	cr_assert_eq(parse("--mix=purchase=3,read=2,edit=1", &options), OPTIONS_RUN);
	cr_expect_eq(options.mix.scenario, SCENARIO_MIX);
	cr_expect_eq(options.mix.weights[SHOT_PURCHASE], 3);
	cr_expect_eq(options.mix.weights[SHOT_COUPON], 1);
	cr_expect_eq(options.mix.weights[SHOT_BALANCE], 1);
	cr_expect_eq(options.mix.weights[SHOT_EDIT], 1);
	cr_expect_eq(options.mix.weights[SHOT_LIST], 0);
	cr_assert_eq(parse("--mix=read", &options), OPTIONS_RUN);
	cr_expect_eq(options.mix.weights[SHOT_COUPON], options.mix.weights[SHOT_BALANCE]);
	cr_assert_eq(parse("--mix=retail", &options), OPTIONS_RUN);
	cr_expect_eq(options.mix.weights[SHOT_COUPON], 50);
	cr_expect_str_eq(options.mix.name, "retail");
}

Test(options, read_what_is_asked_for)
{
	struct bench_options options;

	cr_assert_eq(parse("--zipf --zipf-users=0.5 --rate=2500.5 --arrivals=even", &options),
		OPTIONS_RUN);
	cr_expect_eq(options.theta, 0.99);
	cr_expect_eq(options.theta_users, 0.5);
	cr_expect_eq(options.rate, 2500.5);
	cr_expect_eq(options.arrivals, ARRIVALS_EVEN);
	cr_expect_eq(options.duration_ms, 10000);
	cr_expect_eq(options.warmup_ms, 1000);
	cr_assert_eq(
		parse("--duration=0.5 --assert=p99<5ms --assert=rate>10", &options), OPTIONS_RUN);
	cr_expect_eq(options.duration_ms, 500);
	cr_expect_eq(options.rate, 0);
	cr_expect_eq(options.n_assertions, 2);
	cr_assert_eq(parse("--requests=500", &options), OPTIONS_RUN);
	cr_expect_eq(options.duration_ms, 0);
	cr_expect_eq(options.warmup_ms, 0);
}

Test(options, a_flash_sale_ends_with_its_buyers)
{
	struct bench_options options;

	cr_assert_eq(parse("--mix=flash-sale --warmup=3", &options), OPTIONS_RUN);
	cr_expect_eq(options.n_requests, 10000);
	cr_expect_eq(options.n_pieces, 1000);
	cr_expect_eq(options.warmup_ms, 0);
	cr_expect_eq(options.duration_ms, 0);
}

Test(options, refuse_what_makes_no_sense)
{
	static const char *const rows[] = { "--mix=", "--mix=foo=1", "--mix=balance",
		"--mix=edit=0", "--mix=edit=1,", "--mix=edit=-1", "--mix=edit=1;list=1",
		"--mix=@/nowhere", "--mix=edit=1000001", "--mix-file=/nowhere", "--depth=0",
		"--depth=1024", "--connections=x", "--connections=10001", "--duration=0",
		"--duration=-1", "--duration=nan", "--zipf=1", "--zipf=0", "--zipf-users=2",
		"--threads=65", "--requests=1e6", "--rate=0", "--rate=-5", "--rate=nan",
		"--arrivals=odd", "--assert=p99", "--mix=flash-sale --duration=5",
		"--mix=flash-sale --requests=5", "--requests=5 --duration=5",
		"--mix=flash-sale --buyers=100 --users=50", "--war-coupons=65", "--nonsense",
		"extra" };
	struct bench_options options;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_eq(parse(rows[i], &options), OPTIONS_WRONG, "took %s", rows[i]);
}

/* ---- Mixes in files ---- */

static int parse_file(const char *text, struct mix *out, char *why)
{
	char path[] = "/tmp/peakpeeps-mix-XXXXXX";
	int fd = mkstemp(path);
	size_t len = strlen(text);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, len), (ssize_t)len);
	close(fd);
	int err = mix_parse_file(path, out, why);
	unlink(path);
	/* The name differs from run to run. */
	size_t n = strlen(path);
	if (err != 0 && strncmp(why, path, n) == 0)
		memmove(why, why + n, strlen(why + n) + 1);
	return err;
}

Test(mix, is_read_from_a_file)
{
	char why[MIX_WHY_BYTES];
	struct mix mix;

	int err = parse_file("# A quiet afternoon.\n"
			     "\n"
			     "coupon = 50 # most only look\r\n"
			     "\tpurchase=10\n"
			     "read = 4",
		&mix, why);
	cr_assert_eq(err, 0, "%s", why);
	cr_expect_eq(mix.weights[SHOT_COUPON], 52);
	cr_expect_eq(mix.weights[SHOT_PURCHASE], 10);
	cr_expect_eq(mix.weights[SHOT_BALANCE], 2);
}

Test(mix, tells_where_a_file_is_wrong)
{
	static const struct {
		const char *text, *where;
	} rows[] = {
		{ "coupon = 1\n  cuopon = 2\n", ":2:3: " },
		{ "coupon 1\n", ":1:8: " },
		{ "coupon = one\n", ":1:10: " },
		{ "\n\ncoupon = 1, list = 2\n", ":3:11: " },
		{ "coupon = 0\n", ":1:1: " },
		{ "", ":1:1: " },
		{ "coupon = 99999999999999999999\n", ":1:10: " },
	};
	char why[MIX_WHY_BYTES];
	struct mix mix;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		cr_expect_neq(parse_file(rows[i].text, &mix, why), 0, "took %s", rows[i].text);
		cr_expect_eq(strncmp(why, rows[i].where, strlen(rows[i].where)), 0,
			"row %zu: %s, not %s", i, why, rows[i].where);
	}
}

/* ---- Assertions ---- */

Test(assertion, understands_what_can_be_said)
{
	static const struct {
		const char *text;
		struct assertion is;
	} rows[] = {
		{ "p99<5ms", { .kind = -1, .share = 0.99, .less = true, .bound = 5e6 } },
		{ "p99.99<=2s", { .kind = -1,
					.share = 0.9999,
					.less = true,
					.or_equal = true,
					.bound = 2e9 } },
		{ "purchase.p50<300us",
			{ .kind = SHOT_PURCHASE, .share = 0.5, .less = true, .bound = 3e5 } },
		{ "purchase.service.max<1s", { .kind = SHOT_PURCHASE,
						     .service = true,
						     .what = ASSERT_MAX,
						     .less = true,
						     .bound = 1e9 } },
		{ "response.mean>1ns", { .kind = -1, .what = ASSERT_MEAN, .bound = 1 } },
		{ "rate>8000", { .kind = -1, .what = ASSERT_RATE, .bound = 8000 } },
		{ "list.rate>=.5", { .kind = SHOT_LIST,
					   .what = ASSERT_RATE,
					   .or_equal = true,
					   .bound = 0.5 } },
		{ "refused<1%",
			{ .kind = -1, .what = ASSERT_REFUSED_PERCENT, .less = true, .bound = 1 } },
		{ "edit.refused<=0", { .kind = SHOT_EDIT,
					     .what = ASSERT_REFUSED,
					     .less = true,
					     .or_equal = true } },
	};
	char why[ASSERTION_WHY_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		const struct assertion *is = &rows[i].is;
		struct assertion got;
		cr_assert_eq(
			assertion_parse(rows[i].text, &got, why), 0, "%s: %s", rows[i].text, why);
		cr_expect(got.kind == is->kind && got.service == is->service &&
				  got.what == is->what && got.less == is->less &&
				  got.or_equal == is->or_equal,
			"%s", rows[i].text);
		cr_expect(got.share - is->share < 1e-9 && is->share - got.share < 1e-9, "%s",
			rows[i].text);
		cr_expect(got.bound > 0.999 * is->bound - 1e-9 &&
				  got.bound < 1.001 * is->bound + 1e-9,
			"%s", rows[i].text);
	}
}

Test(assertion, refuses_the_rest)
{
	static const char *const rows[] = { "", "p99", "p99<", "p99<5", "p101<5ms", "p<5ms",
		"p99=5ms", "p99<5 ms", "p99<5msx", "p99<-5ms", "rate>8000ms", "rate", "refused<1s",
		"nothing.p99<5ms", "purchase.<5ms", "p99<1e999ms", "p99<nanms" };
	char why[ASSERTION_WHY_BYTES];
	struct assertion assertion;

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_neq(assertion_parse(rows[i], &assertion, why), 0, "took '%s'", rows[i]);
}

Test(assertion, holds_or_does_not)
{
	static const struct {
		const char *text;
		bool holds;
	} rows[] = {
		{ "p50<5.1ms", true }, { "p50<5ms", false }, { "max<=10ms", true },
		{ "max<10ms", false }, { "min>=1ms", true }, { "p90>8ms", true },
		{ "rate>4.9", true }, { "rate>5", false }, { "rate>=5", true },
		{ "refused<=2", true }, { "refused<2", false }, { "refused<=20%", true },
		{ "refused<20%", false }, { "purchase.p99<11ms", true },
		{ "service.max<1ms", true }, { "purchase.service.max<1ms", true },
		{ "edit.p99<11s", false }, /* there was none */
	};
	uint32_t weights[SHOT_LOAD_KINDS] = { [SHOT_PURCHASE] = 1 };
	struct pp_status refused = { .reason = PP_REASON_SOLD_OUT };
	struct tally tally;
	char why[ASSERTION_WHY_BYTES];

	/* Ten purchases of 1 to 10 ms in two seconds, two of them refused. */
	cr_assert_eq(tally_init(&tally, weights, true), 0);
	for (int i = 1; i <= 10; i++)
		tally_add(&tally, SHOT_PURCHASE, i <= 2 ? &refused : NULL, i * 1000000, i * 1000);
	tally.kinds[SHOT_PURCHASE].n_in_time = 10;
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct assertion assertion;
		cr_assert_eq(assertion_parse(rows[i].text, &assertion, why), 0);
		bool holds = assertion_check(&assertion, &tally, 2,
			&tally.kinds[SHOT_PURCHASE].response->h,
			&tally.kinds[SHOT_PURCHASE].service->h);
		cr_expect_eq(
			holds, rows[i].holds, "%s: it is %s", rows[i].text, assertion.measured);
	}
	tally_free(&tally);
}

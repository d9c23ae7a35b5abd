#include "bench/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "bench/scenario.h"
#include "proto/limits.h"

static const char usage[] =
	"usage: peakpeeps-bench [options]\n"
	"       peakpeeps-bench compare OLD.json NEW.json   (compare --help tells more)\n"
	"       peakpeeps-bench render RESULT.json --report FILE    (render --help tells more)\n"
	"\n"
	"Loads a PeakPeeps server, measures, and checks the books afterwards.\n"
	"\n"
	"where\n"
	"  --address ADDRESS     host:port, [ipv6]:port or unix:/path; 127.0.0.1:7337\n"
	"  --connections N       64; at most 10000\n"
	"  --depth N             requests in flight on each connection, at most; 1\n"
	"  --threads N           that share the connections; 1\n"
	"how fast, how long\n"
	"  --rate N              an open loop: N requests per second in all, planned before;\n"
	"                        times count from the planned start. Without it a closed loop:\n"
	"                        each connection is kept full\n"
	"  --arrivals HOW        of an open loop: poisson (users who know nothing of each other)\n"
	"                        or even; poisson\n"
	"  --duration SECONDS    after the warm-up; 10\n"
	"  --requests N          instead: so many in all\n"
	"  --warmup SECONDS      not measured; 1, but 0 with --requests\n"
	"what\n"
	"  --mix MIX             weights, as in purchase=1,read=8,edit=1; or one of purchase,\n"
	"                        read, edit, retail, flash-sale, edit-war; or @FILE; purchase.\n"
	"                        Kinds: purchase coupon balance check list edit; read is half\n"
	"                        coupon (GetCoupon), half balance (GetBalance)\n"
	"  --mix-file FILE       a kind = weight on each line; # begins a comment\n"
	"  --buyers N --pieces N of a flash-sale: 10000 buyers, 1000 pieces\n"
	"  --war-coupons N       that an edit-war is about; 4\n"
	"  --users N --businesses N --coupons N\n"
	"                        size of the data set; 33000, 16500, 33000\n"
	"  --prepare             makes the data set first, on a store that is empty\n"
	"  --seed N              of the draws and of the arrivals; 1\n"
	"  --uniform             all users and coupons are equally popular: the default\n"
	"  --zipf[=THETA]        popularity of coupons after Zipf, 0 < THETA < 1; 0.99\n"
	"  --zipf-users[=THETA]  the same of users\n"
	"  --hot-coupon          one coupon for all\n"
	"  --retry-overloaded    what is refused as OVERLOADED is sent again when the server\n"
	"                        says; else it counts as refused\n"
	"afterwards\n"
	"  --sample N            decided writes sent again and compared; 1000\n"
	"  --no-check            neither Verify nor replay\n"
	"  --assert CONDITION    as in 'p99<5ms', 'service.p99.9<=2ms', 'purchase.max<1s',\n"
	"                        'rate>8000', 'refused<1%', 'refused<=0'; may be repeated\n"
	"what is told\n"
	"  --json                the result as JSON; --histograms: with those of each kind\n"
	"  --csv FILE --hdr FILE --report FILE\n"
	"                        tables, HdrHistogram's log, a page\n"
	"  --progress            a line each second also when standard error is no terminal\n"
	"  --quiet               no line each second and no table; only what is wrong\n"
	"  --help  --version\n"
	"\n"
	"exit: 0 all went well           4 the load broke off, or a file cannot be written\n"
	"      1 the books are not right 5 an assertion does not hold\n"
	"      2 wrong usage             6 target missed: the server cannot do --rate\n"
	"      3 cannot connect          7 generator saturated: measured itself, not the server\n"
	"      The first that applies, of 4, 1, 7, 5, 6.\n";

enum { WARMUP_MS = 1000, DURATION_MS = 10 * 1000 };

enum {
	OPTION_ADDRESS = 256,
	OPTION_CONNECTIONS,
	OPTION_DEPTH,
	OPTION_THREADS,
	OPTION_RATE,
	OPTION_ARRIVALS,
	OPTION_DURATION,
	OPTION_REQUESTS,
	OPTION_WARMUP,
	OPTION_MIX,
	OPTION_MIX_FILE,
	OPTION_BUYERS,
	OPTION_PIECES,
	OPTION_WAR_COUPONS,
	OPTION_USERS,
	OPTION_BUSINESSES,
	OPTION_COUPONS,
	OPTION_PREPARE,
	OPTION_SEED,
	OPTION_UNIFORM,
	OPTION_ZIPF,
	OPTION_ZIPF_USERS,
	OPTION_HOT_COUPON,
	OPTION_RETRY_OVERLOADED,
	OPTION_SAMPLE,
	OPTION_NO_CHECK,
	OPTION_ASSERT,
	OPTION_JSON,
	OPTION_HISTOGRAMS,
	OPTION_CSV,
	OPTION_HDR,
	OPTION_REPORT,
	OPTION_PROGRESS,
	OPTION_QUIET,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "address", required_argument, NULL, OPTION_ADDRESS },
	{ "connections", required_argument, NULL, OPTION_CONNECTIONS },
	{ "depth", required_argument, NULL, OPTION_DEPTH },
	{ "threads", required_argument, NULL, OPTION_THREADS },
	{ "rate", required_argument, NULL, OPTION_RATE },
	{ "arrivals", required_argument, NULL, OPTION_ARRIVALS },
	{ "duration", required_argument, NULL, OPTION_DURATION },
	{ "requests", required_argument, NULL, OPTION_REQUESTS },
	{ "warmup", required_argument, NULL, OPTION_WARMUP },
	{ "mix", required_argument, NULL, OPTION_MIX },
	{ "mix-file", required_argument, NULL, OPTION_MIX_FILE },
	{ "buyers", required_argument, NULL, OPTION_BUYERS },
	{ "pieces", required_argument, NULL, OPTION_PIECES },
	{ "war-coupons", required_argument, NULL, OPTION_WAR_COUPONS },
	{ "users", required_argument, NULL, OPTION_USERS },
	{ "businesses", required_argument, NULL, OPTION_BUSINESSES },
	{ "coupons", required_argument, NULL, OPTION_COUPONS },
	{ "prepare", no_argument, NULL, OPTION_PREPARE },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "uniform", no_argument, NULL, OPTION_UNIFORM },
	{ "zipf", optional_argument, NULL, OPTION_ZIPF },
	{ "zipf-users", optional_argument, NULL, OPTION_ZIPF_USERS },
	{ "hot-coupon", no_argument, NULL, OPTION_HOT_COUPON },
	{ "retry-overloaded", no_argument, NULL, OPTION_RETRY_OVERLOADED },
	{ "sample", required_argument, NULL, OPTION_SAMPLE },
	{ "no-check", no_argument, NULL, OPTION_NO_CHECK },
	{ "assert", required_argument, NULL, OPTION_ASSERT },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "histograms", no_argument, NULL, OPTION_HISTOGRAMS },
	{ "csv", required_argument, NULL, OPTION_CSV },
	{ "hdr", required_argument, NULL, OPTION_HDR },
	{ "report", required_argument, NULL, OPTION_REPORT },
	{ "progress", no_argument, NULL, OPTION_PROGRESS },
	{ "quiet", no_argument, NULL, OPTION_QUIET },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

static bool take_mix(const char *option, const char *value, bool file, struct bench_options *out)
{
	char why[MIX_WHY_BYTES];

	int err = file ? mix_parse_file(value, &out->mix, why) : mix_parse(value, &out->mix, why);
	return err == 0 || option_wrong(option, value, why);
}

static bool take_arrivals(const char *value, struct bench_options *out)
{
	out->arrivals = strcmp(value, "even") == 0 ? ARRIVALS_EVEN : ARRIVALS_POISSON;
	return out->arrivals == ARRIVALS_EVEN || strcmp(value, "poisson") == 0 ||
	       option_wrong("arrivals", value, "they are poisson or even");
}

static bool take_assertion(const char *value, struct bench_options *out)
{
	char why[ASSERTION_WHY_BYTES];

	if (out->n_assertions == OPTIONS_ASSERTIONS_MAX)
		return option_wrong("assert", value, "there are too many");
	if (assertion_parse(value, &out->assertions[out->n_assertions], why) != 0)
		return option_wrong("assert", value, why);
	out->n_assertions++;
	return true;
}

/* Options of how the load goes; *known is false for all others. */
static bool take_load(int option, const char *value, struct bench_options *out, bool *known)
{
	switch (option) {
	case OPTION_ADDRESS: out->address = value; return true;
	case OPTION_CONNECTIONS:
		return option_unsigned("connections", value, 1, 10000, &out->n_connections);
	case OPTION_DEPTH:
		return option_unsigned("depth", value, 1, IN_FLIGHT_MAX - 1, &out->depth);
	case OPTION_THREADS: return option_unsigned("threads", value, 1, 256, &out->n_threads);
	case OPTION_RATE: return option_rate(value, &out->rate);
	case OPTION_ARRIVALS: return take_arrivals(value, out);
	case OPTION_DURATION: return option_seconds("duration", value, false, &out->duration_ms);
	case OPTION_REQUESTS:
		return option_number("requests", value, 1, INT64_MAX, &out->n_requests);
	case OPTION_WARMUP: return option_seconds("warmup", value, true, &out->warmup_ms);
	case OPTION_RETRY_OVERLOADED: out->retry_overloaded = true; return true;
	default: *known = false; return true;
	}
}

/* Options of what is asked. */
static bool take_what(int option, const char *value, struct bench_options *out, bool *known)
{
	const uint64_t ids_max = 100 * 1000 * 1000;

	switch (option) {
	case OPTION_MIX: return take_mix("mix", value, false, out);
	case OPTION_MIX_FILE: return take_mix("mix-file", value, true, out);
	case OPTION_BUYERS: return option_number("buyers", value, 1, ids_max, &out->n_buyers);
	case OPTION_PIECES: return option_number("pieces", value, 1, ids_max, &out->n_pieces);
	case OPTION_WAR_COUPONS:
		return option_unsigned(
			"war-coupons", value, 1, WAR_COUPONS_MAX, &out->n_war_coupons);
	case OPTION_USERS: return option_number("users", value, 1, ids_max, &out->dataset.n_users);
	case OPTION_BUSINESSES:
		return option_number("businesses", value, 1, ids_max, &out->dataset.n_businesses);
	case OPTION_COUPONS:
		return option_number("coupons", value, 1, ids_max, &out->dataset.n_coupons);
	case OPTION_PREPARE: out->prepare = true; return true;
	case OPTION_SEED: return option_number("seed", value, 0, UINT64_MAX, &out->seed);
	case OPTION_UNIFORM: out->theta = out->theta_users = 0; return true;
	case OPTION_ZIPF: return option_theta("zipf", value, &out->theta);
	case OPTION_ZIPF_USERS: return option_theta("zipf-users", value, &out->theta_users);
	case OPTION_HOT_COUPON: out->hot_coupon = true; return true;
	default: *known = false; return true;
	}
}

/* Options of what happens afterwards. */
static bool take_output(int option, const char *value, struct bench_options *out)
{
	switch (option) {
	case OPTION_SAMPLE: return option_number("sample", value, 0, 1000000, &out->n_sample);
	case OPTION_NO_CHECK: out->check = false; return true;
	case OPTION_ASSERT: return take_assertion(value, out);
	case OPTION_JSON: out->json = true; return true;
	case OPTION_HISTOGRAMS: out->histograms = true; return true;
	case OPTION_CSV: out->csv_path = value; return true;
	case OPTION_HDR: out->hdr_path = value; return true;
	case OPTION_REPORT: out->html_path = value; return true;
	case OPTION_PROGRESS: out->progress = true; return true;
	case OPTION_QUIET: out->quiet = true; return true;
	default: return false;
	}
}

static bool take(int option, const char *value, struct bench_options *out)
{
	bool known = true;
	bool fine = take_load(option, value, out, &known);

	if (known)
		return fine;
	known = true;
	fine = take_what(option, value, out, &known);
	return known ? fine : take_output(option, value, out);
}

static bool settle_scenario(struct bench_options *out)
{
	if (out->mix.scenario == SCENARIO_FLASH_SALE) {
		if (out->n_requests > 0 || out->duration_ms > 0)
			return option_wrong("mix", "flash-sale",
				"it lasts until all --buyers have bought; give neither --duration "
				"nor --requests");
		if (out->n_buyers > out->dataset.n_users)
			return option_wrong("buyers", "", "there are more buyers than --users");
		out->n_requests = out->n_buyers;
		out->warmup_ms = 0;
	}
	if (out->mix.scenario == SCENARIO_EDIT_WAR && out->n_war_coupons > out->dataset.n_coupons)
		return option_wrong("war-coupons", "", "there are more than --coupons");
	return true;
}

static bool settle(struct bench_options *out)
{
	if (out->n_requests > 0 && out->duration_ms > 0)
		return option_wrong("requests", "", "give either --requests or --duration");
	if (out->n_threads > out->n_connections)
		return option_wrong("threads", "", "there are more threads than connections");
	if (!settle_scenario(out))
		return false;
	if (out->duration_ms == 0 && out->n_requests == 0)
		out->duration_ms = DURATION_MS;
	if (out->warmup_ms < 0)
		out->warmup_ms = out->n_requests > 0 ? 0 : WARMUP_MS;
	return true;
}

enum options_result options_parse(int argc, char **argv, struct bench_options *out)
{
	*out = (struct bench_options) {
		.n_connections = 64,
		.depth = 1,
		.n_threads = 1,
		.warmup_ms = -1,
		.dataset = { .n_users = 33000, .n_businesses = 16500, .n_coupons = 33000 },
		.seed = 1,
		.n_buyers = 10000,
		.n_pieces = 1000,
		.n_war_coupons = 4,
		.n_sample = 1000,
		.check = true,
	};
	bool fine = take_mix("mix", "purchase", false, out);
	for (;;) {
		int option = getopt_long(argc, argv, "", long_options, NULL);
		if (option == -1)
			break;
		if (option == OPTION_HELP) {
			fputs(usage, stdout);
			return OPTIONS_DONE;
		}
		if (option == OPTION_VERSION) {
			puts("peakpeeps-bench " PEAKPEEPS_VERSION);
			return OPTIONS_DONE;
		}
		if (option == '?') {
			fputs("  next:   peakpeeps-bench --help\n", stderr);
			return OPTIONS_WRONG;
		}
		if (!take(option, optarg, out))
			return OPTIONS_WRONG;
	}
	if (optind < argc)
		fine = option_wrong(argv[optind], "", "there are options only");
	return fine && settle(out) ? OPTIONS_RUN : OPTIONS_WRONG;
}

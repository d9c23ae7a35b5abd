#include "bench/options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/limits.h"

static const char usage[] =
	"usage: peakpeeps-bench [options]\n"
	"\n"
	"Loads a PeakPeeps server in a closed loop, measures, and checks the books afterwards.\n"
	"\n"
	"where\n"
	"  --address ADDRESS     host:port, [ipv6]:port or unix:/path; 127.0.0.1:7337\n"
	"  --connections N       64\n"
	"  --depth N             requests in flight on each connection; 1\n"
	"  --threads N           that share the connections; 1\n"
	"how long\n"
	"  --duration SECONDS    after the warm-up; 10\n"
	"  --requests N          instead: so many in all\n"
	"  --warmup SECONDS      not measured; 1, but 0 with --requests\n"
	"what\n"
	"  --mix MIX             weights, as in purchase=1,read=8,edit=1, or one of\n"
	"                        purchase, read, edit, retail; purchase.\n"
	"                        Kinds: purchase coupon balance check list edit; read is half\n"
	"                        coupon (GetCoupon), half balance (GetBalance)\n"
	"  --users N --businesses N --coupons N\n"
	"                        size of the data set; 33000, 16500, 33000\n"
	"  --prepare             makes the data set first, on a store that is empty\n"
	"  --seed N              of the draws; 1\n"
	"  --uniform             all coupons are equally popular: the default\n"
	"  --zipf [THETA]        popularity of coupons after Zipf, 0 < THETA < 1; 0.99\n"
	"  --hot-coupon          one coupon for all\n"
	"afterwards\n"
	"  --sample N            decided writes sent again and compared; 1000\n"
	"  --no-check            neither Verify nor replay\n"
	"  --json                the result as JSON\n"
	"  --help  --version\n"
	"\n"
	"exit: 0 ok, 1 the books are not right, 2 usage, 3 cannot connect, 4 the load broke off\n";

enum { WARMUP_MS = 1000 };

enum {
	OPTION_ADDRESS = 256,
	OPTION_CONNECTIONS,
	OPTION_DEPTH,
	OPTION_THREADS,
	OPTION_DURATION,
	OPTION_REQUESTS,
	OPTION_WARMUP,
	OPTION_MIX,
	OPTION_USERS,
	OPTION_BUSINESSES,
	OPTION_COUPONS,
	OPTION_PREPARE,
	OPTION_SEED,
	OPTION_UNIFORM,
	OPTION_ZIPF,
	OPTION_HOT_COUPON,
	OPTION_SAMPLE,
	OPTION_NO_CHECK,
	OPTION_JSON,
	OPTION_HELP,
	OPTION_VERSION,
};

static const struct option long_options[] = {
	{ "address", required_argument, NULL, OPTION_ADDRESS },
	{ "connections", required_argument, NULL, OPTION_CONNECTIONS },
	{ "depth", required_argument, NULL, OPTION_DEPTH },
	{ "threads", required_argument, NULL, OPTION_THREADS },
	{ "duration", required_argument, NULL, OPTION_DURATION },
	{ "requests", required_argument, NULL, OPTION_REQUESTS },
	{ "warmup", required_argument, NULL, OPTION_WARMUP },
	{ "mix", required_argument, NULL, OPTION_MIX },
	{ "users", required_argument, NULL, OPTION_USERS },
	{ "businesses", required_argument, NULL, OPTION_BUSINESSES },
	{ "coupons", required_argument, NULL, OPTION_COUPONS },
	{ "prepare", no_argument, NULL, OPTION_PREPARE },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "uniform", no_argument, NULL, OPTION_UNIFORM },
	{ "zipf", optional_argument, NULL, OPTION_ZIPF },
	{ "hot-coupon", no_argument, NULL, OPTION_HOT_COUPON },
	{ "sample", required_argument, NULL, OPTION_SAMPLE },
	{ "no-check", no_argument, NULL, OPTION_NO_CHECK },
	{ "json", no_argument, NULL, OPTION_JSON },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ NULL, 0, NULL, 0 },
};

/* A refusal of the command line: what, why, and what to do. */
static bool wrong(const char *option, const char *value, const char *why)
{
	fprintf(stderr,
		"peakpeeps-bench: --%s %s: not possible\n"
		"  reason: %s\n"
		"  next:   peakpeeps-bench --help\n",
		option, value, why);
	return false;
}

static bool parse_number(
	const char *option, const char *text, uint64_t min, uint64_t max, uint64_t *out)
{
	char *end;
	char why[80];

	errno = 0;
	unsigned long long value = strtoull(text, &end, 10);
	if (text[0] >= '0' && text[0] <= '9' && *end == '\0' && errno == 0 && value >= min &&
		value <= max) {
		*out = value;
		return true;
	}
	snprintf(why, sizeof(why), "it takes a whole number from %llu to %llu",
		(unsigned long long)min, (unsigned long long)max);
	return wrong(option, text, why);
}

static bool parse_unsigned(
	const char *option, const char *text, unsigned min, unsigned max, unsigned *out)
{
	uint64_t value;

	if (!parse_number(option, text, min, max, &value))
		return false;
	*out = (unsigned)value;
	return true;
}

static bool parse_seconds(const char *option, const char *text, bool zero_too, int64_t *out_ms)
{
	char *end;

	double value = strtod(text, &end);
	if (end != text && *end == '\0' && value <= 86400 &&
		(value > 0 || (value == 0 && zero_too))) {
		*out_ms = (int64_t)(value * 1000 + 0.5);
		return true;
	}
	return wrong(option, text, "it takes seconds, up to a day, as in 10 or 0.5");
}

static bool parse_theta(const char *text, double *out)
{
	char *end;

	if (text == NULL) {
		*out = 0.99;
		return true;
	}
	double value = strtod(text, &end);
	if (end == text || *end != '\0' || !(value > 0 && value < 1))
		return wrong(
			"zipf", text, "the exponent is above 0 and below 1, as in --zipf=0.99");
	*out = value;
	return true;
}

/* The weights behind a name; NULL: it is not one. */
static const char *named_mix(const char *name)
{
	static const char *const mixes[][2] = {
		{ "purchase", "purchase=1" },
		{ "read", "read=1" },
		{ "edit", "edit=1" },
		{ "retail", "coupon=50,list=15,balance=13,check=10,purchase=10,edit=2" },
	};

	for (size_t i = 0; i < sizeof(mixes) / sizeof(mixes[0]); i++) {
		if (strcmp(name, mixes[i][0]) == 0)
			return mixes[i][1];
	}
	return NULL;
}

static bool add_weight(const char *kind, size_t len, uint32_t weight, uint32_t mix[SHOT_LOAD_KINDS])
{
	if (len == 4 && memcmp(kind, "read", 4) == 0) {
		/* Doubled weights, so that half of one is whole. */
		mix[SHOT_COUPON] += weight;
		mix[SHOT_BALANCE] += weight;
		return true;
	}
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		const char *name = shot_kind_name((enum shot_kind)i);
		if (strlen(name) == len && memcmp(kind, name, len) == 0) {
			mix[i] += 2 * weight;
			return true;
		}
	}
	return false;
}

static bool parse_mix(const char *text, struct bench_options *out)
{
	const char *at = named_mix(text);
	uint64_t sum = 0;

	out->mix_name = text;
	memset(out->mix, 0, sizeof(out->mix));
	at = at != NULL ? at : text;
	for (;;) {
		char *end;
		size_t len = strcspn(at, "=");
		if (at[len] != '=')
			return wrong("mix", text, "a part of it is not a kind=weight");
		unsigned long weight = strtoul(at + len + 1, &end, 10);
		if (end == at + len + 1 || weight > 1000000)
			return wrong("mix", text, "a weight is a number up to 1 000 000");
		if (!add_weight(at, len, (uint32_t)weight, out->mix))
			return wrong("mix", text, "a part of it is of no kind that there is");
		if (*end == '\0')
			break;
		if (*end != ',')
			return wrong("mix", text, "its parts are separated by commas");
		at = end + 1;
	}
	for (int i = 0; i < SHOT_LOAD_KINDS; i++)
		sum += out->mix[i];
	return sum > 0 || wrong("mix", text, "all its weights are 0");
}

static bool take(int option, const char *value, struct bench_options *out)
{
	const uint64_t ids_max = 100 * 1000 * 1000;

	switch (option) {
	case OPTION_ADDRESS: out->address = value; return true;
	case OPTION_CONNECTIONS:
		return parse_unsigned("connections", value, 1, 10000, &out->n_connections);
	case OPTION_DEPTH: return parse_unsigned("depth", value, 1, IN_FLIGHT_MAX - 1, &out->depth);
	case OPTION_THREADS: return parse_unsigned("threads", value, 1, 256, &out->n_threads);
	case OPTION_DURATION: return parse_seconds("duration", value, false, &out->duration_ms);
	case OPTION_REQUESTS:
		out->duration_ms = 0;
		return parse_number("requests", value, 1, INT64_MAX, &out->n_requests);
	case OPTION_WARMUP: return parse_seconds("warmup", value, true, &out->warmup_ms);
	case OPTION_MIX: return parse_mix(value, out);
	case OPTION_USERS: return parse_number("users", value, 1, ids_max, &out->dataset.n_users);
	case OPTION_BUSINESSES:
		return parse_number("businesses", value, 1, ids_max, &out->dataset.n_businesses);
	case OPTION_COUPONS:
		return parse_number("coupons", value, 1, ids_max, &out->dataset.n_coupons);
	case OPTION_PREPARE: out->prepare = true; return true;
	case OPTION_SEED: return parse_number("seed", value, 0, UINT64_MAX, &out->seed);
	case OPTION_UNIFORM: out->theta = 0; return true;
	case OPTION_ZIPF: return parse_theta(value, &out->theta);
	case OPTION_HOT_COUPON: out->hot_coupon = true; return true;
	case OPTION_SAMPLE: return parse_number("sample", value, 0, 1000000, &out->n_sample);
	case OPTION_NO_CHECK: out->check = false; return true;
	case OPTION_JSON: out->json = true; return true;
	default: return false;
	}
}

enum options_result options_parse(int argc, char **argv, struct bench_options *out)
{
	*out = (struct bench_options) {
		.n_connections = 64,
		.depth = 1,
		.n_threads = 1,
		.duration_ms = 10 * 1000,
		.warmup_ms = -1,
		.dataset = { .n_users = 33000, .n_businesses = 16500, .n_coupons = 33000 },
		.seed = 1,
		.n_sample = 1000,
		.check = true,
	};
	bool fine = parse_mix("purchase", out);
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
		fine = wrong(argv[optind], "", "there are options only");
	if (out->warmup_ms < 0)
		out->warmup_ms = out->n_requests > 0 ? 0 : WARMUP_MS;
	if (fine && out->n_threads > out->n_connections)
		fine = wrong("threads", "", "there are more threads than connections");
	return fine ? OPTIONS_RUN : OPTIONS_WRONG;
}

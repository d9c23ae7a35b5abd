#include "bench/peers/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

#include "bench/value.h"

static const char usage[] =
	"usage: peakpeeps-peer-load --peer redis|memcached --port N\n"
	"         --work purchase|read|list\n"
	"         [--script SHA1] [--connections 64] [--depth 1] [--duration 5] [--warmup 1]\n"
	"         [--requests N] [--users 33000] [--businesses 16500] [--coupons 33000]\n"
	"         [--zipf THETA] [--coupon-id ID] [--seed 1]\n"
	"\n"
	"Loads a server other than ours in a closed loop, as peakpeeps-bench loads ours, and\n"
	"prints the same figures as JSON. With --requests, users 1, 2, .. ask once each, and\n"
	"there is no warm-up.\n"
	"\n"
	"exit: 0 ok, 2 usage, 3 cannot connect, 4 the load broke off\n";

enum {
	OPTION_PEER = 256,
	OPTION_PORT,
	OPTION_WORK,
	OPTION_SCRIPT,
	OPTION_CONNECTIONS,
	OPTION_DEPTH,
	OPTION_DURATION,
	OPTION_WARMUP,
	OPTION_REQUESTS,
	OPTION_USERS,
	OPTION_BUSINESSES,
	OPTION_COUPONS,
	OPTION_ZIPF,
	OPTION_COUPON_ID,
	OPTION_SEED,
};

static const struct option long_options[] = {
	{ "peer", required_argument, NULL, OPTION_PEER },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "work", required_argument, NULL, OPTION_WORK },
	{ "script", required_argument, NULL, OPTION_SCRIPT },
	{ "connections", required_argument, NULL, OPTION_CONNECTIONS },
	{ "depth", required_argument, NULL, OPTION_DEPTH },
	{ "duration", required_argument, NULL, OPTION_DURATION },
	{ "warmup", required_argument, NULL, OPTION_WARMUP },
	{ "requests", required_argument, NULL, OPTION_REQUESTS },
	{ "users", required_argument, NULL, OPTION_USERS },
	{ "businesses", required_argument, NULL, OPTION_BUSINESSES },
	{ "coupons", required_argument, NULL, OPTION_COUPONS },
	{ "zipf", required_argument, NULL, OPTION_ZIPF },
	{ "coupon-id", required_argument, NULL, OPTION_COUPON_ID },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ NULL, 0, NULL, 0 },
};

static bool take_theta(const char *text, double *out)
{
	return value_real(text, out) && *out >= 0 && *out < 1;
}

static bool take_peer(const char *text, struct peer_options *out)
{
	const struct peer *const peers[] = { &peer_redis, &peer_memcached };

	for (size_t i = 0; i < ARRAY_LEN(peers); i++) {
		if (strcmp(text, peers[i]->name) == 0)
			out->peer = peers[i];
	}
	return out->peer != NULL;
}

static bool take_work(const char *text, struct peer_options *out)
{
	static const char *const names[] = { "purchase", "read", "list" };

	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		if (strcmp(text, names[i]) == 0) {
			out->work = (enum peer_work)i;
			out->work_name = names[i];
		}
	}
	return out->work_name != NULL;
}

static bool take_small(const char *text, uint32_t max, uint32_t *out)
{
	uint64_t value;

	if (!value_number(text, 1, max, &value))
		return false;
	*out = (uint32_t)value;
	return true;
}

static bool take(int option, const char *text, struct peer_options *out)
{
	uint32_t port;

	switch (option) {
	case OPTION_PEER: return take_peer(text, out);
	case OPTION_WORK: return take_work(text, out);
	case OPTION_SCRIPT: out->script = text; return strlen(text) == 40;
	case OPTION_PORT:
		if (!take_small(text, UINT16_MAX, &port))
			return false;
		out->port = (uint16_t)port;
		return true;
	case OPTION_CONNECTIONS: return take_small(text, PEER_CONNECTIONS_MAX, &out->n_connections);
	case OPTION_DEPTH: return take_small(text, PEER_DEPTH_MAX, &out->depth);
	case OPTION_DURATION: return value_seconds(text, &out->duration_ms);
	case OPTION_WARMUP: return value_seconds(text, &out->warmup_ms);
	case OPTION_REQUESTS: return value_number(text, 1, UINT32_MAX, &out->n_requests);
	case OPTION_USERS: return value_number(text, 1, UINT32_MAX, &out->n_users);
	case OPTION_BUSINESSES: return value_number(text, 1, UINT32_MAX, &out->n_businesses);
	case OPTION_COUPONS: return value_number(text, 1, UINT32_MAX, &out->n_coupons);
	case OPTION_ZIPF: return take_theta(text, &out->theta);
	case OPTION_COUPON_ID: return value_number(text, 1, UINT64_MAX, &out->coupon_id);
	case OPTION_SEED: return value_number(text, 0, UINT64_MAX, &out->seed);
	default: return false;
	}
}

bool peer_options_parse(int argc, char **argv, struct peer_options *out)
{
	*out = (struct peer_options) {
		.n_connections = 64,
		.depth = 1,
		.duration_ms = 5000,
		.warmup_ms = 1000,
		.n_users = 33000,
		.n_businesses = 16500,
		.n_coupons = 33000,
		.seed = 1,
	};
	for (;;) {
		int option = getopt_long(argc, argv, "", long_options, NULL);
		if (option == -1)
			break;
		if (!take(option, optarg, out)) {
			fputs(usage, stderr);
			return false;
		}
	}
	bool needs_script = out->peer == &peer_redis && out->work != PEER_READ;
	if (optind < argc || out->peer == NULL || out->work_name == NULL || out->port == 0 ||
		!out->peer->works[out->work] || needs_script != (out->script != NULL)) {
		fputs(usage, stderr);
		return false;
	}
	return true;
}

/* The command line of peakpeeps-peer-load. */
#ifndef BENCH_PEERS_OPTIONS_H
#define BENCH_PEERS_OPTIONS_H

#include "bench/peers/peer.h"

enum { PEER_DEPTH_MAX = 1024, PEER_CONNECTIONS_MAX = 10000 };

struct peer_options {
	const struct peer *peer;
	enum peer_work work;
	const char *work_name;
	const char *script; /* what the server calls the script that does it */
	uint16_t port;      /* on 127.0.0.1 */
	uint32_t n_connections;
	uint32_t depth;
	int64_t duration_ms;
	int64_t warmup_ms;
	uint64_t n_requests; /* not 0: so many instead, of users 1, 2, .. one after the other */
	uint64_t n_users;
	uint64_t n_businesses;
	uint64_t n_coupons;
	uint64_t coupon_id; /* not 0: this one for all */
	uint64_t seed;
	double theta; /* 0: uniform */
};

/* False, after a message, when the command line is wrong. */
bool peer_options_parse(int argc, char **argv, struct peer_options *out) MUST_CHECK;

#endif

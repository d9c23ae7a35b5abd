/* The other end of a connection, for tests: what a server would read and write. */
#ifndef TESTS_UNIT_CLIENT_PEER_H
#define TESTS_UNIT_CLIENT_PEER_H

#include "peakpeeps/core.h"
#include "proto/codec.h"

enum { PEER_BYTES_MAX = 256 * 1024 };

struct peer_bytes {
	size_t len;
	uint8_t bytes[PEER_BYTES_MAX];
};

/* Appends the frame of a response. */
void peer_put(struct peer_bytes *out, const struct pp_response *response);
/* An answer to Hello that names the store `store`, at server time `time_ms`. */
struct pp_response peer_hello(uint64_t seq, uint8_t store, int64_t time_ms, uint32_t in_flight_max);
/* An accepted GetBalance. */
struct pp_response peer_balance(uint64_t seq, int64_t coins);
/* A refusal; `status` is borrowed. */
struct pp_response peer_refusal(uint64_t seq, struct pp_status *status);
/*
 * Decodes the request at the start of `bytes`; its strings lie in the arena. The bytes it took, or
 * 0 when they are not a whole frame.
 */
size_t peer_take(struct span bytes, struct arena *arena, struct pp_request *out);

#endif

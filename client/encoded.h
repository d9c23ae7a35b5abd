/* A request encoded once, without what differs from one sending to the next. */
#ifndef CLIENT_ENCODED_H
#define CLIENT_ENCODED_H

#include "base/alloc.h"
#include "peakpeeps/core.h"

/* Immutable. */
struct pp_encoded {
	struct pp_allocator allocator; /* of this */
	enum pp_kind kind;
	bool has_request_id;
	struct pp_uuid request_id;
	size_t len;
	uint8_t message[]; /* all but seq, timeout_ms and request_id, without a frame's header */
};

#endif

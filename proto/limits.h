/* Every limit of the wire and the server that is not a setting, by name. */
#ifndef PROTO_LIMITS_H
#define PROTO_LIMITS_H

enum {
	FRAME_HEADER_BYTES = 4,
	FRAME_BYTES_MAX = 64 * 1024,     /* of the message in a frame */
	OP_ARENA_BYTES_MAX = 256 * 1024, /* of one request: decoded, decided, answered */
	IN_FLIGHT_MAX = 1024,            /* requests of one connection */
	TIMEOUT_MS_MAX = 3600 * 1000,
	ACCESS_KEY_BYTES_MAX = 256,
	PAGE_TOKEN_BYTES_MAX = 256,
	REDEEM_CODE_BYTES_MAX = 64,
};

#endif

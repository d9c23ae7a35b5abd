/* Frames: a 4-byte big-endian length and as many bytes. Without sockets, without allocation. */
#ifndef PROTO_FRAME_H
#define PROTO_FRAME_H

#include "base/base.h"
#include "proto/limits.h"

enum frame_result {
	FRAME_READY,     /* *message is a whole message, *consumed bytes were used */
	FRAME_PARTIAL,   /* more bytes are needed */
	FRAME_EMPTY,     /* length 0: an error */
	FRAME_TOO_LARGE, /* length over the limit: an error */
	FRAME_HTTP,      /* the peer speaks HTTP */
	FRAME_TLS,       /* the peer speaks TLS */
};

/*
 * Looks at the start of `bytes`. The length is checked before anything else. HTTP and TLS are told
 * from their first bytes, which as a length would be over the limit. *message is borrowed from
 * bytes.
 */
enum frame_result frame_next(struct span bytes, struct span *message, size_t *consumed);
/* Writes the header of a message of `len` bytes, 1 to FRAME_BYTES_MAX. */
void frame_put_header(uint8_t out[FRAME_HEADER_BYTES], size_t len);

#endif

/* A queue of bytes that grows to a limit: appended at its end, taken from its start. */
#ifndef CLIENT_BUFFER_H
#define CLIENT_BUFFER_H

#include "base/alloc.h"

/* One thread at a time. All zero but the allocator is an empty buffer. */
struct buffer {
	uint8_t *bytes;
	size_t at;                            /* first byte that was not taken */
	size_t end;                           /* one past the last byte */
	size_t size;                          /* allocated */
	const struct pp_allocator *allocator; /* borrowed; NULL: the C library's */
};

/* Frees its memory; it is then as new. */
void buffer_free(struct buffer *buffer);
size_t buffer_len(const struct buffer *buffer);
/* What is in it, borrowed until the next change. */
struct span buffer_span(const struct buffer *buffer);
/*
 * Makes room for `room` more bytes at bytes + end, moving or growing what is there. PP_ERR_TOO_BIG
 * when it would hold more than `limit` bytes, PP_ERR_NO_MEMORY; the content is kept either way.
 */
int buffer_reserve(struct buffer *buffer, size_t room, size_t limit) MUST_CHECK;
/* Takes `len` bytes from the start; there must be so many. */
void buffer_take(struct buffer *buffer, size_t len);

#endif

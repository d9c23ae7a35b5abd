#include "client/buffer.h"

#include <string.h>

enum { BUFFER_BYTES_MIN = 4096 };

void buffer_free(struct buffer *buffer)
{
	mem_free(buffer->allocator, buffer->bytes);
	*buffer = (struct buffer) { .allocator = buffer->allocator };
}

size_t buffer_len(const struct buffer *buffer)
{
	return buffer->end - buffer->at;
}

struct span buffer_span(const struct buffer *buffer)
{
	size_t len = buffer_len(buffer);

	return (struct span) { .data = len == 0 ? NULL : buffer->bytes + buffer->at, .len = len };
}

/* Bytes are moved only when the room at the end gives out, so a move is paid for by what was taken.
 */
static void move_to_front(struct buffer *buffer)
{
	size_t len = buffer_len(buffer);

	if (buffer->at == 0)
		return;
	if (len > 0)
		memmove(buffer->bytes, buffer->bytes + buffer->at, len);
	buffer->at = 0;
	buffer->end = len;
}

int buffer_reserve(struct buffer *buffer, size_t room, size_t limit)
{
	size_t len = buffer_len(buffer);

	if (room > limit || len > limit - room)
		return PP_ERR_TOO_BIG;
	if (buffer->size - buffer->end >= room)
		return 0;
	move_to_front(buffer);
	if (buffer->size - buffer->end >= room)
		return 0;
	size_t size = buffer->size < BUFFER_BYTES_MIN ? BUFFER_BYTES_MIN : buffer->size;
	while (size < len + room)
		size *= 2;
	uint8_t *bytes = mem_realloc(buffer->allocator, buffer->bytes, size);
	if (bytes == NULL)
		return PP_ERR_NO_MEMORY;
	buffer->bytes = bytes;
	buffer->size = size;
	return 0;
}

void buffer_take(struct buffer *buffer, size_t len)
{
	ASSERT(len <= buffer_len(buffer));
	buffer->at += len;
	if (buffer->at == buffer->end)
		buffer->at = buffer->end = 0;
}

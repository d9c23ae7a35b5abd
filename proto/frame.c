#include "proto/frame.h"

#include <string.h>

/* How HTTP requests, and HTTP/2's preface, begin. As lengths they are all over the limit. */
static const char http_starts[][FRAME_HEADER_BYTES + 1] = { "GET ", "POST", "PUT ", "HEAD", "DELE",
	"OPTI", "PATC", "CONN", "TRAC", "PRI " };

static bool is_http(const uint8_t start[FRAME_HEADER_BYTES])
{
	for (size_t i = 0; i < ARRAY_LEN(http_starts); i++) {
		if (memcmp(start, http_starts[i], FRAME_HEADER_BYTES) == 0)
			return true;
	}
	return false;
}

/* A record of type handshake (22), of SSL 3.0 or any TLS: all say major version 3. */
static bool is_tls(const uint8_t start[FRAME_HEADER_BYTES])
{
	return start[0] == 0x16 && start[1] == 0x03;
}

enum frame_result frame_next(struct span bytes, struct span *message, size_t *consumed)
{
	struct byte_reader reader;

	byte_reader_init(&reader, bytes);
	size_t len = read_u32(&reader);
	if (reader.failed)
		return FRAME_PARTIAL;
	if (len == 0)
		return FRAME_EMPTY;
	if (len > FRAME_BYTES_MAX) {
		if (is_http(bytes.data))
			return FRAME_HTTP;
		return is_tls(bytes.data) ? FRAME_TLS : FRAME_TOO_LARGE;
	}
	const uint8_t *data = read_bytes(&reader, len);
	if (data == NULL)
		return FRAME_PARTIAL;
	*message = (struct span) { .data = data, .len = len };
	*consumed = FRAME_HEADER_BYTES + len;
	return FRAME_READY;
}

void frame_put_header(uint8_t out[FRAME_HEADER_BYTES], size_t len)
{
	struct byte_writer writer;

	ASSERT(len > 0 && len <= FRAME_BYTES_MAX);
	byte_writer_init(&writer, out, FRAME_HEADER_BYTES);
	write_u32(&writer, (uint32_t)len);
}

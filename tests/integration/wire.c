#include "tests/integration/wire.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peakpeeps/core.h"
#include "proto/codec.h"
#include "proto/frame.h"
#include "tests/integration/require.h"

void put_raw(struct bytes *out, const void *data, size_t len)
{
	REQUIRE(len <= sizeof(out->data) - out->len, "the message is too long for the test");
	if (len > 0)
		memcpy(out->data + out->len, data, len);
	out->len += len;
}

void put_varint(struct bytes *out, uint64_t value)
{
	do {
		uint8_t byte = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
		put_raw(out, &byte, 1);
		value >>= 7;
	} while (value != 0);
}

void put_integer(struct bytes *out, uint32_t field, uint64_t value)
{
	put_varint(out, (uint64_t)field << 3);
	put_varint(out, value);
}

void put_field(struct bytes *out, uint32_t field, const void *data, size_t len)
{
	put_varint(out, (uint64_t)field << 3 | 2);
	put_varint(out, len);
	put_raw(out, data, len);
}

void put_message(struct bytes *out, uint32_t field, const struct bytes *message)
{
	put_field(out, field, message->data, message->len);
}

void put_frame(struct bytes *out, const void *message, size_t len)
{
	uint8_t header[4] = { (uint8_t)(len >> 24), (uint8_t)(len >> 16), (uint8_t)(len >> 8),
		(uint8_t)len };

	put_raw(out, header, sizeof(header));
	put_raw(out, message, len);
}

void put_request(struct bytes *out, const struct pp_request *request)
{
	struct byte_writer writer;
	struct arena arena;
	size_t needed;

	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
	byte_writer_init(&writer, out->data + out->len, sizeof(out->data) - out->len);
	int err = codec_encode_request(request, &arena, &writer, &needed);
	REQUIRE(err == 0, "encode: %s", pp_strerror(err));
	out->len += byte_writer_span(&writer).len;
	arena_free(&arena);
}

void put_response(struct bytes *out, const struct pp_response *response)
{
	struct byte_writer writer;
	struct arena arena;
	size_t needed;

	arena_init(&arena, OP_ARENA_BYTES_MAX, NULL);
	byte_writer_init(&writer, out->data + out->len, sizeof(out->data) - out->len);
	int err = codec_encode_response(response, &arena, &writer, &needed);
	REQUIRE(err == 0, "encode: %s", pp_strerror(err));
	out->len += byte_writer_span(&writer).len;
	arena_free(&arena);
}

void put_bare_request(struct bytes *out, const struct pp_request *request)
{
	size_t start = out->len;

	put_request(out, request);
	out->len -= FRAME_HEADER_BYTES;
	memmove(out->data + start, out->data + start + FRAME_HEADER_BYTES, out->len - start);
}

struct pp_uuid new_request_id(int64_t time_ms)
{
	struct pp_uuid id;
	uint8_t bits[10];

	REQUIRE(getrandom(bits, sizeof(bits), 0) == sizeof(bits), "%s", strerror(errno));
	pp_uuid_make(time_ms, bits, &id);
	return id;
}

void wire_open(struct wire *wire, const struct process *process)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(process->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1;

	wire->len = 0;
	arena_init(&wire->arena, OP_ARENA_BYTES_MAX * 4, NULL);
	wire->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	REQUIRE(wire->fd >= 0, "socket: %s", strerror(errno));
	REQUIRE(connect(wire->fd, (struct sockaddr *)&address, sizeof(address)) == 0, "connect: %s",
		strerror(errno));
	setsockopt(wire->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
}

void wire_close(struct wire *wire)
{
	close(wire->fd);
	arena_free(&wire->arena);
}

bool wire_send(struct wire *wire, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len > 0) {
		ssize_t n = send(wire->fd, at, len, MSG_NOSIGNAL);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return false;
		at += n;
		len -= (size_t)n;
	}
	return true;
}

/* More bytes into the buffer. False: the end, or a reset. */
static bool receive_more(struct wire *wire)
{
	struct pollfd wait = { .fd = wire->fd, .events = POLLIN };
	int n = poll(&wait, 1, WIRE_MS_MAX);

	REQUIRE(n > 0, "nothing arrived within %d ms", WIRE_MS_MAX);
	ssize_t got = recv(wire->fd, wire->buf + wire->len, sizeof(wire->buf) - wire->len, 0);
	if (got <= 0)
		return false;
	wire->len += (size_t)got;
	return true;
}

const struct pp_response *wire_receive(struct wire *wire)
{
	struct span message;
	size_t consumed;
	struct pp_response *response;

	for (;;) {
		struct span have = { wire->buf, wire->len };
		enum frame_result result = frame_next(have, &message, &consumed);
		if (result == FRAME_READY)
			break;
		REQUIRE(result == FRAME_PARTIAL, "the server sent no frame: %d", (int)result);
		if (!receive_more(wire))
			return NULL;
	}
	arena_reset(&wire->arena);
	response = arena_alloc(&wire->arena, sizeof(*response));
	REQUIRE(response != NULL, "the arena of the test is too small");
	int err = codec_decode_response(&wire->arena, message, response);
	REQUIRE(err == 0, "the response does not decode: %s", pp_strerror(err));
	wire->len -= consumed;
	memmove(wire->buf, wire->buf + consumed, wire->len);
	return response;
}

void wire_hello(struct wire *wire)
{
	struct pp_request hello = {
		.seq = 1,
		.kind = PP_KIND_HELLO,
		.u.hello = { .protocol_minor = PP_PROTOCOL_MINOR, .client_name = "wire" },
	};
	struct bytes *out = calloc(1, sizeof(*out));

	REQUIRE(out != NULL, "out of memory");
	put_request(out, &hello);
	REQUIRE(wire_send(wire, out->data, out->len), "Hello cannot be sent");
	free(out);
	const struct pp_response *response = wire_receive(wire);
	REQUIRE(response != NULL && response->status == NULL && response->kind == PP_KIND_HELLO,
		"Hello is refused");
}

void wire_drain(struct wire *wire)
{
	while (receive_more(wire))
		REQUIRE(wire->len < sizeof(wire->buf), "the server goes on talking");
}

bool wire_closed(struct wire *wire)
{
	wire_drain(wire);
	return wire->len == 0;
}

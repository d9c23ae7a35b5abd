/* Bytes of any kind on a plain socket, for what no decent client would ever send. */
#ifndef TESTS_WIRE_H
#define TESTS_WIRE_H

#include "base/arena.h"
#include "base/base.h"
#include "peakpeeps/types.h"
#include "tests/integration/process.h"

enum { WIRE_BYTES_MAX = 160 * 1024, WIRE_MS_MAX = 20000 };

/* A message in the making; grows up to WIRE_BYTES_MAX. */
struct bytes {
	size_t len;
	uint8_t data[WIRE_BYTES_MAX];
};

void put_varint(struct bytes *out, uint64_t value);
/* A field of wire type 0. */
void put_integer(struct bytes *out, uint32_t field, uint64_t value);
/* A field of wire type 2. */
void put_field(struct bytes *out, uint32_t field, const void *data, size_t len);
void put_message(struct bytes *out, uint32_t field, const struct bytes *message);
void put_raw(struct bytes *out, const void *data, size_t len);
/* A length and the message. */
void put_frame(struct bytes *out, const void *message, size_t len);
/* The frame of a request, by the codec. */
void put_request(struct bytes *out, const struct pp_request *request);
/* The message of a response, by the codec. */
void put_response(struct bytes *out, const struct pp_response *response);
/* A request without the frame. */
void put_bare_request(struct bytes *out, const struct pp_request *request);
/* A request id of this time, never used before. */
struct pp_uuid new_request_id(int64_t time_ms);

/* A connected socket, and what has arrived on it. */
struct wire {
	int fd;
	size_t len;
	uint8_t buf[WIRE_BYTES_MAX];
	struct arena arena; /* of the last response */
};

void wire_open(struct wire *wire, const struct process *process);
void wire_close(struct wire *wire);
/* False when the peer has closed it. */
bool wire_send(struct wire *wire, const void *data, size_t len);
/* Says Hello and takes the answer. */
void wire_hello(struct wire *wire);
/* The next response, borrowed until the next call; NULL: the peer closed the connection. */
const struct pp_response *wire_receive(struct wire *wire);
/* Takes whatever comes until the peer closes it. */
void wire_drain(struct wire *wire);
/* Whether the peer closes it, with nothing more to say. */
bool wire_closed(struct wire *wire);

#endif

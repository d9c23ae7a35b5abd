/* Wire bytes put together by hand, also those that no encoder would make. */
#ifndef TESTS_UNIT_PROTO_WIRE_H
#define TESTS_UNIT_PROTO_WIRE_H

#include "base/base.h"

enum { WIRE_BYTES_MAX = 128 * 1024 };

struct wire {
	uint8_t bytes[WIRE_BYTES_MAX];
	size_t len;
};

void wire_raw(struct wire *wire, const void *bytes, size_t len);
void wire_varint(struct wire *wire, uint64_t value);
void wire_key(struct wire *wire, uint32_t tag, unsigned type);
/* A field of wire type 0. */
void wire_number(struct wire *wire, uint32_t tag, uint64_t value);
/* A field of wire type 2. */
void wire_block(struct wire *wire, uint32_t tag, const void *bytes, size_t len);
void wire_text(struct wire *wire, uint32_t tag, const char *text);
/* Wraps all that is there so far in a field. */
void wire_wrap(struct wire *wire, uint32_t tag);
struct span wire_span(const struct wire *wire);

#endif

#include "wire.h"

#include <string.h>

void wire_raw(struct wire *wire, const void *bytes, size_t len)
{
	ASSERT(len <= sizeof(wire->bytes) - wire->len);
	memcpy(wire->bytes + wire->len, bytes, len);
	wire->len += len;
}

void wire_varint(struct wire *wire, uint64_t value)
{
	uint8_t byte;

	for (; value >= 0x80; value >>= 7) {
		byte = (uint8_t)(value | 0x80);
		wire_raw(wire, &byte, 1);
	}
	byte = (uint8_t)value;
	wire_raw(wire, &byte, 1);
}

void wire_key(struct wire *wire, uint32_t tag, unsigned type)
{
	wire_varint(wire, (uint64_t)tag << 3 | type);
}

void wire_number(struct wire *wire, uint32_t tag, uint64_t value)
{
	wire_key(wire, tag, 0);
	wire_varint(wire, value);
}

void wire_block(struct wire *wire, uint32_t tag, const void *bytes, size_t len)
{
	wire_key(wire, tag, 2);
	wire_varint(wire, len);
	wire_raw(wire, bytes, len);
}

void wire_text(struct wire *wire, uint32_t tag, const char *text)
{
	wire_block(wire, tag, text, strlen(text));
}

void wire_wrap(struct wire *wire, uint32_t tag)
{
	struct wire inner = *wire;

	wire->len = 0;
	wire_block(wire, tag, inner.bytes, inner.len);
}

struct span wire_span(const struct wire *wire)
{
	return (struct span) { .data = wire->bytes, .len = wire->len };
}

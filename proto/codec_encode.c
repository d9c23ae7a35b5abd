/*
 * A plain struct straight to the wire, in one walk. protobuf-c would have it built as its own
 * structs first, then measured, then packed, each over every field that could be there.
 */
#include "proto/codec_tables.h"

#include <string.h>

enum {
	VARINT_BYTES_MAX = 10,
	WIRE_VARINT = 0,
	WIRE_LENGTH = 2,
};

struct encoder {
	uint8_t *at;
	uint8_t *end;
	bool full;                       /* it did not fit: everything after is left out */
	uint8_t *begun[CODEC_DEPTH_MAX]; /* where the messages begin that are still open */
	size_t depth;
};

static uint8_t *write_varint(uint8_t *at, uint64_t value)
{
	while (value >= 0x80) {
		*at++ = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	*at++ = (uint8_t)value;
	return at;
}

static bool fits(struct encoder *encoder, size_t n)
{
	if ((size_t)(encoder->end - encoder->at) < n)
		encoder->full = true;
	return !encoder->full;
}

static void put_tag(struct encoder *encoder, const struct codec_row *row, uint32_t wire_type)
{
	if (fits(encoder, VARINT_BYTES_MAX))
		encoder->at = write_varint(encoder->at, (uint64_t)row->tag << 3 | wire_type);
}

static void put_varint(struct encoder *encoder, const struct codec_row *row, uint64_t value)
{
	put_tag(encoder, row, WIRE_VARINT);
	if (fits(encoder, VARINT_BYTES_MAX))
		encoder->at = write_varint(encoder->at, value);
}

static void put_bytes(
	struct encoder *encoder, const struct codec_row *row, const void *data, size_t len)
{
	put_tag(encoder, row, WIRE_LENGTH);
	if (!fits(encoder, VARINT_BYTES_MAX))
		return;
	encoder->at = write_varint(encoder->at, len);
	if (!fits(encoder, len) || len == 0)
		return;
	memcpy(encoder->at, data, len);
	encoder->at += len;
}

static void begin_message(struct encoder *encoder, const struct codec_row *row)
{
	ASSERT(encoder->depth < CODEC_DEPTH_MAX);
	put_tag(encoder, row, WIRE_LENGTH);
	/* One byte for the length: most messages are shorter than 128 bytes. */
	if (fits(encoder, 1))
		encoder->at++;
	encoder->begun[encoder->depth++] = encoder->at;
}

static void end_message(struct encoder *encoder)
{
	uint8_t *begun = encoder->begun[--encoder->depth];
	uint8_t varint[VARINT_BYTES_MAX];

	if (encoder->full)
		return;
	ASSERT(begun != NULL);
	size_t len = (size_t)(encoder->at - begun);
	size_t n = (size_t)(write_varint(varint, len) - varint);
	if (!fits(encoder, n - 1))
		return;
	if (n > 1)
		memmove(begun + n - 1, begun, len);
	memcpy(begun - 1, varint, n);
	encoder->at += n - 1;
}

/* A list of numbers is packed: it looks like a message without tags. */
static void put_set(struct encoder *encoder, const struct codec_row *row, pp_set set)
{
	begin_message(encoder, row);
	for (int value = 0; value < 32; value++) {
		if ((set & PP_SET_OF(value)) != 0 && fits(encoder, 1))
			*encoder->at++ = (uint8_t)value;
	}
	end_message(encoder);
}

static void put_numbers(
	struct encoder *encoder, const struct codec_row *row, const uint64_t *numbers, size_t n)
{
	begin_message(encoder, row);
	for (size_t i = 0; i < n; i++) {
		if (fits(encoder, VARINT_BYTES_MAX))
			encoder->at = write_varint(encoder->at, numbers[i]);
	}
	end_message(encoder);
}

static void put_value(struct encoder *encoder, const struct codec_walk *walk)
{
	const struct codec_row *row = walk->row;
	const uint8_t *plain = (const uint8_t *)walk->at - row->offset;
	const struct pp_bytes *bytes = walk->at;
	const char *const *text = walk->at;
	const uint64_t *const *list = walk->at;

	switch (row->kind) {
	case ROW_BOOL: put_varint(encoder, row, *(const bool *)walk->at); break;
	case ROW_I64:
	case ROW_U64: put_varint(encoder, row, *(const uint64_t *)walk->at); break;
	case ROW_U32: put_varint(encoder, row, *(const uint32_t *)walk->at); break;
	/* The sign is carried on: a negative one takes ten bytes. */
	case ROW_ENUM:
		put_varint(encoder, row, (uint64_t)(int64_t) * (const int32_t *)walk->at);
		break;
	case ROW_SET: put_set(encoder, row, *(const pp_set *)walk->at); break;
	case ROW_STRING: put_bytes(encoder, row, *text, strlen(*text)); break;
	case ROW_BYTES: put_bytes(encoder, row, bytes->data, bytes->len); break;
	case ROW_UUID: put_bytes(encoder, row, walk->at, sizeof(struct pp_uuid)); break;
	case ROW_U64S: put_numbers(encoder, row, *list, codec_row_count(row, plain)); break;
	case ROW_MESSAGE:
	case ROW_MESSAGES:
	case ROW_BODY: ASSERT(false); /* the walk tells these as BEGIN */
	}
}

bool codec_encode_plain(
	const struct codec_table *table, const void *plain, uint8_t *to, size_t size, size_t *len)
{
	struct encoder encoder = { .at = to, .end = to + size };
	struct codec_walk walk;
	enum walk_event event;

	codec_walk_init(&walk, table, plain);
	while (!encoder.full && (event = codec_walk_next(&walk)) != WALK_DONE) {
		if (event == WALK_VALUE)
			put_value(&encoder, &walk);
		else if (event == WALK_BEGIN)
			begin_message(&encoder, walk.row);
		else if (event == WALK_END)
			end_message(&encoder);
	}
	*len = (size_t)(encoder.at - to);
	return !encoder.full;
}

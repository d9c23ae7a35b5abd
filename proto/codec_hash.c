/* The content of a request in 16 bytes, from the plain struct. */
#include "proto/codec_tables.h"

#include <sodium.h>
#include <string.h>

/*
 * What is hashed, all numbers big-endian: the kind (u32); then for each present field its number
 * (u32), the row_kind (u8), the length of the value (u32) and the value. Integers are 8 bytes,
 * enums and 32-bit numbers 4, a bool 1; a set is its 4 bytes of bits; text, bytes and uuids are
 * themselves; a list of numbers is 8 bytes each. A nested message is its number, kind and
 * HASH_BEGIN, its fields, HASH_END; a list of messages is that for each element. Stored hashes
 * depend on every bit of this.
 */
enum { HASH_BEGIN = 0xfe, HASH_END = 0xff, HASH_PIECE_BYTES_MAX = 16 };

struct hasher {
	crypto_generichash_state state;
};

static void hash_bytes(struct hasher *hasher, const void *data, size_t len)
{
	if (len > 0)
		crypto_generichash_update(&hasher->state, data, len);
}

static void hash_u8(struct hasher *hasher, uint8_t value)
{
	hash_bytes(hasher, &value, 1);
}

/* A field's number, kind and length. */
static void hash_head(struct hasher *hasher, const struct codec_row *row, size_t len)
{
	uint8_t buf[HASH_PIECE_BYTES_MAX];
	struct byte_writer writer;

	byte_writer_init(&writer, buf, sizeof(buf));
	write_u32(&writer, row->tag);
	write_u8(&writer, (uint8_t)row->kind);
	write_u32(&writer, (uint32_t)len);
	struct span head = byte_writer_span(&writer);
	hash_bytes(hasher, head.data, head.len);
}

static void hash_u32(struct hasher *hasher, const struct codec_row *row, uint32_t value)
{
	uint8_t buf[4];
	struct byte_writer writer;

	byte_writer_init(&writer, buf, sizeof(buf));
	write_u32(&writer, value);
	hash_head(hasher, row, sizeof(buf));
	hash_bytes(hasher, buf, sizeof(buf));
}

static void hash_u64s(
	struct hasher *hasher, const struct codec_row *row, const uint64_t *values, size_t n)
{
	hash_head(hasher, row, n * sizeof(*values));
	for (size_t i = 0; i < n; i++) {
		uint8_t buf[sizeof(*values)];
		struct byte_writer writer;
		byte_writer_init(&writer, buf, sizeof(buf));
		write_u64(&writer, values[i]);
		hash_bytes(hasher, buf, sizeof(buf));
	}
}

static void hash_block(
	struct hasher *hasher, const struct codec_row *row, const void *data, size_t len)
{
	hash_head(hasher, row, len);
	hash_bytes(hasher, data, len);
}

static void hash_value(struct hasher *hasher, const struct codec_walk *walk)
{
	const struct codec_row *row = walk->row;
	const uint8_t *plain = (const uint8_t *)walk->at - row->offset;
	const struct pp_bytes *bytes = walk->at;
	const char *const *text = walk->at;
	const uint64_t *const *list = walk->at;
	uint8_t byte;

	switch (row->kind) {
	case ROW_BOOL:
		byte = *(const bool *)walk->at;
		hash_block(hasher, row, &byte, 1);
		break;
	case ROW_I64:
	case ROW_U64: hash_u64s(hasher, row, walk->at, 1); break;
	case ROW_U32:
	case ROW_ENUM:
	case ROW_SET: hash_u32(hasher, row, *(const uint32_t *)walk->at); break;
	case ROW_STRING: hash_block(hasher, row, *text, strlen(*text)); break;
	case ROW_BYTES: hash_block(hasher, row, bytes->data, bytes->len); break;
	case ROW_UUID: hash_block(hasher, row, walk->at, sizeof(struct pp_uuid)); break;
	case ROW_U64S: hash_u64s(hasher, row, *list, codec_row_count(row, plain)); break;
	case ROW_MESSAGE:
	case ROW_MESSAGES:
	case ROW_BODY: ASSERT(false); /* the walk tells these as BEGIN */
	}
}

void codec_request_hash(const struct pp_request *request, uint8_t out[16])
{
	const struct codec_row *body = codec_row_find(&codec_request_table, request->kind);
	struct hasher hasher;
	struct codec_walk walk;
	enum walk_event event;

	ASSERT(body != NULL && body->kind == ROW_BODY);
	crypto_generichash_init(&hasher.state, NULL, 0, 16);
	hash_u32(&hasher, body, request->kind);
	codec_walk_init(&walk, body->nested, (const uint8_t *)request + body->offset);
	while ((event = codec_walk_next(&walk)) != WALK_DONE) {
		if (event == WALK_VALUE) {
			hash_value(&hasher, &walk);
		} else if (event == WALK_BEGIN) {
			hash_head(&hasher, walk.row, 0);
			hash_u8(&hasher, HASH_BEGIN);
		} else if (event == WALK_END) {
			hash_u8(&hasher, HASH_END);
		}
	}
	crypto_generichash_final(&hasher.state, out, 16);
}

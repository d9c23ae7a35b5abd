/* The wire format of protobuf, checked before protobuf-c decodes it. */
#include "proto/codec_tables.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

enum wire_type {
	WIRE_VARINT = 0,
	WIRE_64BIT = 1,
	WIRE_BYTES = 2,
	WIRE_GROUP_BEGIN = 3,
	WIRE_GROUP_END = 4,
	WIRE_32BIT = 5,
};

/* One field as it stands on the wire. */
struct wire_field {
	uint32_t tag;
	enum wire_type type;
	uint64_t number;   /* VARINT */
	struct span bytes; /* BYTES */
};

struct scan_frame {
	const struct codec_table *table;
	struct byte_reader reader;
	uint64_t seen; /* bit i: the singular message of row i was there */
};

struct scanner {
	struct scan_frame frames[CODEC_DEPTH_MAX];
	size_t depth;
	struct codec_path path; /* one name less than frames: the envelope has none */
	struct arena *arena;
	struct codec_scan *out;
};

/* ---- Reading ---- */

/* At most 10 bytes and 64 bits. */
static uint64_t read_varint(struct byte_reader *reader)
{
	uint64_t value = 0;

	for (unsigned shift = 0; shift < 64 && reader->at < reader->end; shift += 7) {
		uint64_t byte = *reader->at++;
		if (shift == 63 && byte > 1)
			break;
		value |= (byte & 0x7f) << shift;
		if (byte < 0x80)
			return value;
	}
	reader->failed = true;
	return 0;
}

static struct span read_delimited(struct byte_reader *reader)
{
	uint64_t len = read_varint(reader);

	if (len > (size_t)(reader->end - reader->at))
		reader->failed = true;
	const uint8_t *data = read_bytes(reader, (size_t)len);
	return (struct span) { .data = data, .len = data == NULL ? 0 : (size_t)len };
}

/* False when it is not a field at all. Groups left the language before proto3; they are none. */
static bool read_field(struct byte_reader *reader, struct wire_field *out)
{
	const uint8_t *start = reader->at;
	uint64_t key = read_varint(reader);

	/* protobuf-c reads no longer keys. */
	if (reader->failed || key > UINT32_MAX || key >> 3 == 0 || reader->at - start > 5)
		return false;
	*out = (struct wire_field) { .tag = (uint32_t)(key >> 3), .type = key & 7 };
	switch (out->type) {
	case WIRE_VARINT: out->number = read_varint(reader); break;
	case WIRE_64BIT: read_u64(reader); break;
	case WIRE_BYTES: out->bytes = read_delimited(reader); break;
	case WIRE_32BIT: read_u32(reader); break;
	case WIRE_GROUP_BEGIN:
	case WIRE_GROUP_END:
	default: return false;
	}
	return !reader->failed;
}

/* ---- Text ---- */

/* The length of the UTF-8 character at the start; 0 if there is none. Unicode 15, table 3-7. */
static size_t utf8_char_len(const uint8_t *text, size_t len)
{
	uint8_t first = text[0];
	uint8_t low = 0x80;
	uint8_t high = 0xbf;
	size_t n = first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;

	if (first < 0x80)
		return 1;
	if (first < 0xc2 || first > 0xf4 || len < n)
		return 0;
	switch (first) {
	case 0xe0: low = 0xa0; break;  /* no overlong form */
	case 0xed: high = 0x9f; break; /* no surrogate */
	case 0xf0: low = 0x90; break;  /* no overlong form */
	case 0xf4: high = 0x8f; break; /* nothing above U+10FFFF */
	default: break;
	}
	if (text[1] < low || text[1] > high)
		return 0;
	for (size_t i = 2; i < n; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
	}
	return n;
}

/* The offset of the first byte that is not UTF-8; `len` when all of it is. */
static size_t utf8_valid_len(struct span text)
{
	size_t at = 0;

	while (at < text.len) {
		size_t n = utf8_char_len(text.data + at, text.len - at);
		if (n == 0)
			break;
		at += n;
	}
	return at;
}

/* ---- One field ---- */

static void note_mismatch(struct scanner *scanner, const struct codec_row *row,
	enum pp_reason reason, const char *text)
{
	codec_problem_note(&scanner->out->mismatch, scanner->arena, &scanner->path, row->name,
		reason, "%s", text);
}

static void scan_text(struct scanner *scanner, const struct codec_row *row, struct span text)
{
	if (text.len > 0 && memchr(text.data, 0, text.len) != NULL)
		note_mismatch(scanner, row, PP_REASON_FIELD_INVALID,
			"holds a NUL byte: send text without it");
	else if (utf8_valid_len(text) != text.len)
		note_mismatch(scanner, row, PP_REASON_FIELD_INVALID,
			"is not valid UTF-8: send it in UTF-8");
}

/* Whether protobuf-c, which keeps 32 bits of it, would keep the value. */
static void scan_number(struct scanner *scanner, const struct codec_row *row, uint64_t number)
{
	bool is_enum = row->kind == ROW_ENUM || row->kind == ROW_SET;
	int64_t value = (int64_t)number;

	if (row->kind == ROW_U32 && number > UINT32_MAX)
		note_mismatch(scanner, row, PP_REASON_FIELD_INVALID,
			"does not fit in 32 bits: send a smaller number");
	if (is_enum && (value < INT32_MIN || value > INT32_MAX))
		note_mismatch(scanner, row, PP_REASON_UNKNOWN_ENUM_VALUE,
			"has a value this server does not know: send one of the schema's");
}

/* A packed list of numbers. False when it is none. */
static bool scan_packed(struct scanner *scanner, const struct codec_row *row, struct span packed)
{
	struct byte_reader reader;
	size_t n = 0;

	byte_reader_init(&reader, packed);
	while (!reader.failed && reader.at < reader.end) {
		scan_number(scanner, row, read_varint(&reader));
		n++;
	}
	/* Counted here too, since so many would not fit in the arena. */
	if (row->max > 0 && n > row->max)
		codec_problem_note(&scanner->out->mismatch, scanner->arena, &scanner->path,
			row->name, PP_REASON_FIELD_INVALID, "has %zu elements: send at most %zu", n,
			row->max);
	return !reader.failed;
}

static void scan_push(struct scanner *scanner, const struct codec_row *row, struct span message)
{
	ASSERT(scanner->depth < CODEC_DEPTH_MAX);
	/* A body has no name in a path: paths start within it. */
	scanner->path.names[scanner->path.depth++] = row->kind == ROW_BODY ? NULL : row->name;
	struct scan_frame *frame = &scanner->frames[scanner->depth++];
	frame->table = row->nested;
	frame->seen = 0;
	byte_reader_init(&frame->reader, message);
}

static void scan_message(struct scanner *scanner, const struct codec_row *row, struct span message)
{
	struct scan_frame *frame = &scanner->frames[scanner->depth - 1];
	uint64_t bit = UINT64_C(1) << (row - frame->table->rows);

	if (row->kind == ROW_BODY && scanner->out->body != NULL)
		note_mismatch(scanner, row, PP_REASON_FIELD_INVALID,
			"is a second body: send one request per frame");
	else if (row->kind == ROW_MESSAGE && (frame->seen & bit) != 0)
		note_mismatch(
			scanner, row, PP_REASON_FIELD_INVALID, "is there twice: send it once");
	if (row->kind == ROW_BODY)
		scanner->out->body = row;
	frame->seen |= bit;
	scan_push(scanner, row, message);
}

static void scan_unknown(struct scanner *scanner, const struct wire_field *field)
{
	struct codec_scan *out = scanner->out;
	char number[16];

	if (scanner->depth == 1 && field->tag >= CODEC_BODY_TAG_MIN && field->type == WIRE_BYTES &&
		out->unknown_body_tag == 0)
		out->unknown_body_tag = field->tag;
	if (out->unknown.reason != PP_REASON_NONE)
		return;
	snprintf(number, sizeof(number), "%" PRIu32, field->tag);
	codec_problem_note(&out->unknown, scanner->arena, &scanner->path, number,
		PP_REASON_UNKNOWN_FIELD,
		"is a field number of %s that this server does not know: leave it out, or use a "
		"newer server",
		scanner->frames[scanner->depth - 1].table->descriptor->short_name);
}

static bool type_fits(const struct codec_row *row, enum wire_type type)
{
	switch (row->kind) {
	case ROW_BOOL:
	case ROW_I64:
	case ROW_U64:
	case ROW_U32:
	case ROW_ENUM: return type == WIRE_VARINT;
	case ROW_SET:
	case ROW_U64S: return type == WIRE_VARINT || type == WIRE_BYTES;
	case ROW_STRING:
	case ROW_BYTES:
	case ROW_UUID:
	case ROW_MESSAGE:
	case ROW_MESSAGES:
	case ROW_BODY: break;
	}
	return type == WIRE_BYTES;
}

/* A field that is known and of the right wire type. False when it is not even well formed. */
static bool scan_known(
	struct scanner *scanner, const struct codec_row *row, const struct wire_field *field)
{
	switch (row->kind) {
	case ROW_STRING: scan_text(scanner, row, field->bytes); return true;
	case ROW_MESSAGE:
	case ROW_MESSAGES:
	case ROW_BODY: scan_message(scanner, row, field->bytes); return true;
	case ROW_SET:
	case ROW_U64S:
		if (field->type == WIRE_BYTES)
			return scan_packed(scanner, row, field->bytes);
		break;
	case ROW_BOOL:
	case ROW_I64:
	case ROW_U64:
	case ROW_U32:
	case ROW_ENUM:
	case ROW_BYTES:
	case ROW_UUID: break;
	}
	if (scanner->depth == 1 && row->tag == CODEC_SEQ_TAG)
		scanner->out->seq = field->number;
	scan_number(scanner, row, field->number);
	return true;
}

static bool scan_field(struct scanner *scanner)
{
	struct scan_frame *frame = &scanner->frames[scanner->depth - 1];
	struct wire_field field;

	if (!read_field(&frame->reader, &field))
		return false;
	const struct codec_row *row = codec_row_find(frame->table, field.tag);
	if (row == NULL) {
		scan_unknown(scanner, &field);
		return true;
	}
	if (!type_fits(row, field.type)) {
		note_mismatch(scanner, row, PP_REASON_FIELD_INVALID,
			"has another type than in the schema: encode it by the schema");
		return true;
	}
	return scan_known(scanner, row, &field);
}

int codec_scan(const struct codec_table *table, struct span message, struct arena *arena,
	struct codec_scan *out)
{
	struct scanner scanner = { .depth = 1, .arena = arena, .out = out };

	*out = (struct codec_scan) { 0 };
	scanner.frames[0].table = table;
	byte_reader_init(&scanner.frames[0].reader, message);
	while (scanner.depth > 0) {
		const struct byte_reader *reader = &scanner.frames[scanner.depth - 1].reader;
		if (reader->at == reader->end) {
			scanner.depth--;
			if (scanner.path.depth > 0)
				scanner.path.depth--;
		} else if (!scan_field(&scanner)) {
			return PP_ERR_MALFORMED;
		}
	}
	if (out->unknown.no_memory || out->mismatch.no_memory)
		return PP_ERR_MALFORMED;
	return 0;
}

#include "sample.h"

#include <string.h>

struct fill_frame {
	const struct codec_table *table;
	uint8_t *plain;
	size_t row;
};

struct filler {
	/* A list of two pushes two frames, and fields below it are pushed before those are done. */
	struct fill_frame frames[4 * CODEC_DEPTH_MAX];
	size_t depth;
	enum pp_kind kind;
	enum sample_values values;
	size_t which;
	struct arena *arena;
};

static void *alloc(struct filler *filler, size_t size)
{
	void *memory = arena_zalloc(filler->arena, size);

	ASSERT(memory != NULL);
	return memory;
}

static void *push(struct filler *filler, const struct codec_table *table, void *plain)
{
	ASSERT(filler->depth < ARRAY_LEN(filler->frames));
	filler->frames[filler->depth++] = (struct fill_frame) { table, plain, 0 };
	return plain;
}

/* Whether a member of a oneof of messages is not the one to be set. */
static bool is_left_out(
	const struct filler *filler, const struct codec_table *table, const struct codec_row *row)
{
	const ProtobufCFieldDescriptor *field = codec_row_field(table, row);
	size_t index = 0;

	if (row->kind == ROW_BODY)
		return row->tag != filler->kind;
	if (row->kind != ROW_MESSAGE || (field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return false;
	for (const struct codec_row *before = table->rows; before < row; before++) {
		const ProtobufCFieldDescriptor *other = codec_row_field(table, before);
		if ((other->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0 &&
			other->quantifier_offset == field->quantifier_offset)
			index++;
	}
	return index != filler->which;
}

static int enum_value(const struct filler *filler, const ProtobufCFieldDescriptor *field)
{
	const ProtobufCEnumDescriptor *descriptor = field->descriptor;

	if (filler->values == SAMPLE_ZERO)
		return 0;
	return descriptor->values[descriptor->n_values - (filler->values == SAMPLE_FULL ? 1 : 2)]
		.value;
}

static pp_set enum_set(const struct filler *filler, const ProtobufCFieldDescriptor *field)
{
	const ProtobufCEnumDescriptor *descriptor = field->descriptor;
	pp_set set = 0;

	if (filler->values == SAMPLE_ZERO)
		return 0;
	for (unsigned i = filler->values == SAMPLE_FULL ? 1 : 2; i < descriptor->n_values; i++)
		set |= PP_SET_OF(descriptor->values[i].value);
	return set;
}

static uint64_t number(const struct filler *filler, const struct codec_row *row)
{
	switch (filler->values) {
	case SAMPLE_FULL: return UINT64_C(0x8000000000000000) + row->tag;
	case SAMPLE_OTHER: return UINT64_C(1) + row->tag;
	case SAMPLE_ZERO: break;
	}
	return 0;
}

static const char *text(struct filler *filler, const struct codec_row *row)
{
	if (filler->values == SAMPLE_ZERO)
		return row->presence == ROW_BY_POINTER ? "" : NULL;
	char *made = arena_printf(filler->arena, "%s %u \xc3\xbc\xe2\x82\xac\xf0\x9f\x8d\x94",
		filler->values == SAMPLE_FULL ? "text" : "other", row->tag);
	ASSERT(made != NULL);
	return made;
}

static void fill_list(struct filler *filler, const struct codec_row *row, uint8_t *plain)
{
	void **list = alloc(filler, 2 * sizeof(*list));
	void *count = plain + row->beside;
	void *at = plain + row->offset;

	if (filler->values == SAMPLE_ZERO)
		return;
	for (size_t i = 0; i < 2; i++)
		list[i] = push(filler, row->nested, alloc(filler, row->nested->size));
	*(void ***)at = list;
	*(size_t *)count = 2;
}

static void fill_numbers(struct filler *filler, const struct codec_row *row, uint8_t *plain)
{
	uint64_t *list = alloc(filler, 3 * sizeof(*list));
	void *count = plain + row->beside;
	void *at = plain + row->offset;

	if (filler->values == SAMPLE_ZERO)
		return;
	for (size_t i = 0; i < 3; i++)
		list[i] = number(filler, row) + i;
	*(uint64_t **)at = list;
	*(size_t *)count = 3;
}

static void fill_value(struct filler *filler, const struct codec_table *table,
	const struct codec_row *row, uint8_t *plain)
{
	const ProtobufCFieldDescriptor *field = codec_row_field(table, row);
	bool zero = filler->values == SAMPLE_ZERO;
	uint64_t value = number(filler, row);
	void *at = plain + row->offset;

	switch (row->kind) {
	case ROW_BOOL: *(bool *)at = !zero; break;
	case ROW_I64: *(int64_t *)at = (int64_t)value; break;
	case ROW_U64: *(uint64_t *)at = value; break;
	case ROW_U32: *(uint32_t *)at = (uint32_t)value; break;
	case ROW_ENUM: *(int *)at = enum_value(filler, field); break;
	case ROW_SET: *(pp_set *)at = enum_set(filler, field); break;
	case ROW_STRING: *(const char **)at = text(filler, row); break;
	case ROW_BYTES:
		if (!zero)
			*(struct pp_bytes *)at = (struct pp_bytes) {
				arena_copy(filler->arena, &value, sizeof(value)), sizeof(value)
			};
		break;
	case ROW_UUID: memset(at, zero ? 0 : (int)(value & 0xff), sizeof(struct pp_uuid)); break;
	case ROW_U64S: fill_numbers(filler, row, plain); break;
	case ROW_MESSAGES: fill_list(filler, row, plain); break;
	case ROW_MESSAGE:
		*(void **)at = push(filler, row->nested, alloc(filler, row->nested->size));
		break;
	case ROW_BODY: push(filler, row->nested, at); break;
	}
}

void sample_fill(const struct codec_table *table, enum pp_kind kind, enum sample_values values,
	size_t which, struct arena *arena, void *plain)
{
	struct filler filler = { .kind = kind, .values = values, .which = which, .arena = arena };

	memset(plain, 0, table->size);
	push(&filler, table, plain);
	while (filler.depth > 0) {
		struct fill_frame frame = filler.frames[--filler.depth];
		for (size_t i = 0; i < frame.table->n_rows; i++) {
			const struct codec_row *row = &frame.table->rows[i];
			void *beside = frame.plain + row->beside;
			if (is_left_out(&filler, frame.table, row))
				continue;
			fill_value(&filler, frame.table, row, frame.plain);
			if (row->presence == ROW_BY_FLAG)
				*(bool *)beside = true;
			if (row->presence == ROW_BY_KIND)
				*(enum pp_kind *)beside = kind;
		}
	}
}

/* ---- Comparing ---- */

static size_t width_of(const struct codec_row *row)
{
	switch (row->kind) {
	case ROW_BOOL: return sizeof(bool);
	case ROW_I64:
	case ROW_U64: return sizeof(uint64_t);
	case ROW_UUID: return sizeof(struct pp_uuid);
	default: return sizeof(uint32_t);
	}
}

static bool same_value(const struct codec_row *row, const void *one, const void *other)
{
	const uint8_t *plain_one = (const uint8_t *)one - row->offset;
	const uint8_t *plain_other = (const uint8_t *)other - row->offset;
	const struct pp_bytes *a = one;
	const struct pp_bytes *b = other;
	size_t n;

	switch (row->kind) {
	case ROW_STRING: return strcmp(*(const char *const *)one, *(const char *const *)other) == 0;
	case ROW_BYTES: return a->len == b->len && memcmp(a->data, b->data, a->len) == 0;
	case ROW_U64S:
		n = codec_row_count(row, plain_one);
		return n == codec_row_count(row, plain_other) &&
		       memcmp(*(uint64_t *const *)one, *(uint64_t *const *)other,
			       n * sizeof(uint64_t)) == 0;
	default: return memcmp(one, other, width_of(row)) == 0;
	}
}

const char *sample_difference(const struct codec_table *table, const void *one, const void *other)
{
	struct codec_walk a;
	struct codec_walk b;
	enum walk_event event;

	codec_walk_init(&a, table, one);
	codec_walk_init(&b, table, other);
	do {
		event = codec_walk_next(&a);
		if (codec_walk_next(&b) != event || a.row != b.row || a.in_list != b.in_list)
			return codec_row_field(a.table, a.row)->name;
		if (event == WALK_VALUE && !same_value(a.row, a.at, b.at))
			return codec_row_field(a.table, a.row)->name;
	} while (event != WALK_DONE);
	return NULL;
}

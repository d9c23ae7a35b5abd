/* What the generic code shares: rows, the walk over a plain struct, and notes of problems. */
#include "proto/codec_tables.h"

#include <stdarg.h>
#include <stdio.h>
#include <string.h>

const struct codec_row *codec_row_find(const struct codec_table *table, uint32_t tag)
{
	size_t low = 0;
	size_t high = table->n_rows;

	while (low < high) {
		size_t middle = (low + high) / 2;
		if (table->rows[middle].tag < tag)
			low = middle + 1;
		else
			high = middle;
	}
	if (low == table->n_rows || table->rows[low].tag != tag)
		return NULL;
	return &table->rows[low];
}

size_t codec_row_skip(const struct codec_table *table, size_t row, uint32_t tag)
{
	if (row == table->n_rows || table->rows[row].kind != ROW_BODY)
		return row;
	const struct codec_row *body = codec_row_find(table, tag);
	size_t found = body == NULL ? table->n_rows : (size_t)(body - table->rows);
	return found >= row ? found : table->n_rows;
}

const ProtobufCFieldDescriptor *codec_row_field(
	const struct codec_table *table, const struct codec_row *row)
{
	return &table->descriptor->fields[row - table->rows];
}

size_t codec_row_count(const struct codec_row *row, const void *plain)
{
	const void *count = (const uint8_t *)plain + row->beside;

	return *(const size_t *)count;
}

static bool uuid_is_zero(const struct pp_uuid *uuid)
{
	static const struct pp_uuid zero;

	return memcmp(uuid, &zero, sizeof(zero)) == 0;
}

static bool value_is_set(const struct codec_row *row, const void *plain, const void *at)
{
	switch (row->kind) {
	case ROW_BOOL: return *(const bool *)at;
	case ROW_I64:
	case ROW_U64: return *(const uint64_t *)at != 0;
	case ROW_U32:
	case ROW_ENUM:
	case ROW_SET: return *(const uint32_t *)at != 0;
	case ROW_STRING: return *(const char *const *)at != NULL && **(const char *const *)at != 0;
	case ROW_BYTES: return ((const struct pp_bytes *)at)->len != 0;
	case ROW_UUID: return !uuid_is_zero(at);
	case ROW_MESSAGES:
	case ROW_U64S: return codec_row_count(row, plain) != 0;
	case ROW_MESSAGE:
	case ROW_BODY: break;
	}
	ASSERT(false); /* these have a presence of their own */
	return false;
}

bool codec_row_is_set(const struct codec_row *row, const void *plain)
{
	const void *at = (const uint8_t *)plain + row->offset;
	const void *beside = (const uint8_t *)plain + row->beside;

	switch (row->presence) {
	case ROW_BY_FLAG: return *(const bool *)beside;
	case ROW_BY_KIND: return *(const enum pp_kind *)beside == row->tag;
	case ROW_BY_POINTER: return *(const void *const *)at != NULL;
	case ROW_BY_VALUE: break;
	}
	return value_is_set(row, plain, at);
}

const char *codec_enum_name(const ProtobufCEnumDescriptor *descriptor, int value)
{
	/* Value 0 is X_UNSPECIFIED in every enum, which tells the prefix of the others. */
	const ProtobufCEnumValue *zero = protobuf_c_enum_descriptor_get_value(descriptor, 0);
	const ProtobufCEnumValue *found = protobuf_c_enum_descriptor_get_value(descriptor, value);

	if (zero == NULL || found == NULL)
		return NULL;
	return found->name + strlen(zero->name) - strlen("UNSPECIFIED");
}

/* ---- The walk ---- */

void codec_walk_init(struct codec_walk *walk, const struct codec_table *table, const void *plain)
{
	*walk = (struct codec_walk) { .depth = 1 };
	walk->frames[0] = (struct walk_frame) { .table = table, .plain = plain };
}

static enum walk_event walk_begin(struct codec_walk *walk, const void *plain, bool in_list)
{
	ASSERT(walk->depth < CODEC_DEPTH_MAX && plain != NULL);
	walk->frames[walk->depth] = (struct walk_frame) { walk->row->nested, plain, 0, 0 };
	walk->depth++;
	walk->at = plain;
	walk->in_list = in_list;
	return WALK_BEGIN;
}

/* A list of messages: its begin, then each element, then its end. */
static enum walk_event walk_list(struct codec_walk *walk, struct walk_frame *frame)
{
	size_t item = frame->item++;

	if (item == 0)
		return WALK_LIST_BEGIN;
	if (item <= codec_row_count(walk->row, frame->plain)) {
		const void *const *const *list = walk->at;
		return walk_begin(walk, (*list)[item - 1], true);
	}
	frame->item = 0;
	frame->row++;
	return WALK_LIST_END;
}

/* The frame is through: back to the field that led into it. */
static enum walk_event walk_end(struct codec_walk *walk)
{
	walk->depth--;
	if (walk->depth == 0)
		return WALK_DONE;
	const struct walk_frame *frame = &walk->frames[walk->depth - 1];
	walk->in_list = frame->item > 0;
	walk->table = frame->table;
	walk->row = &frame->table->rows[walk->in_list ? frame->row : frame->row - 1];
	walk->at = (const uint8_t *)frame->plain + walk->row->offset;
	return WALK_END;
}

static bool walk_visits(
	const struct codec_walk *walk, const struct codec_row *row, const void *plain)
{
	bool number = row->kind <= ROW_U32;

	if (walk->with_zeros && number && row->presence == ROW_BY_VALUE)
		return true;
	return codec_row_is_set(row, plain);
}

/* The next row at or after the frame's that is to be visited, or n_rows. */
static size_t walk_find(const struct codec_walk *walk, const struct walk_frame *frame)
{
	const struct codec_table *table = frame->table;
	size_t row = frame->row;

	while (row < table->n_rows && !walk_visits(walk, &table->rows[row], frame->plain)) {
		if (table->rows[row].kind == ROW_BODY) {
			const void *kind = frame->plain + table->rows[row].beside;
			return codec_row_skip(table, row, *(const uint32_t *)kind);
		}
		row++;
	}
	return row;
}

enum walk_event codec_walk_next(struct codec_walk *walk)
{
	ASSERT(walk->depth > 0);
	struct walk_frame *frame = &walk->frames[walk->depth - 1];
	const struct codec_table *table = frame->table;

	frame->row = walk_find(walk, frame);
	if (frame->row == table->n_rows)
		return walk_end(walk);
	walk->table = table;
	walk->row = &table->rows[frame->row];
	walk->at = (const uint8_t *)frame->plain + walk->row->offset;
	walk->in_list = false;
	if (walk->row->kind == ROW_MESSAGES)
		return walk_list(walk, frame);
	frame->row++;
	if (walk->row->kind == ROW_MESSAGE)
		return walk_begin(walk, *(const void *const *)walk->at, false);
	if (walk->row->kind == ROW_BODY)
		return walk_begin(walk, walk->at, false);
	return WALK_VALUE;
}

/* ---- Problems ---- */

static void path_append(char *buf, size_t size, const char *name)
{
	size_t len = strlen(buf);

	if (name != NULL)
		snprintf(buf + len, size - len, "%s%s", len > 0 ? "." : "", name);
}

void codec_problem_note(struct codec_problem *problem, struct arena *arena,
	const struct codec_path *path, const char *leaf, enum pp_reason reason, const char *format,
	...)
{
	char field[160] = "";
	char text[240];
	va_list args;

	if (problem->reason != PP_REASON_NONE)
		return;
	for (size_t i = 0; i < path->depth; i++)
		path_append(field, sizeof(field), path->names[i]);
	path_append(field, sizeof(field), leaf);
	va_start(args, format);
	vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	problem->reason = reason;
	problem->field = arena_copy(arena, field, strlen(field));
	problem->message = arena_printf(arena, "%s %s", field, text);
	problem->no_memory = problem->field == NULL || problem->message == NULL;
}

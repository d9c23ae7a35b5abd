/* Between protobuf-c's structs and ours: one row at a time, whatever the message. */
#include "proto/codec_tables.h"

#include <string.h>

enum { SET_VALUES_MAX = 32 }; /* a pp_set holds the values 0 to 31 */

/* ---- From protobuf-c's structs ---- */

struct copy_frame {
	const struct codec_table *table;
	const ProtobufCMessage *message;
	uint8_t *plain;
	size_t row;
	size_t item; /* the next element of the list at `row` */
};

struct copier {
	struct copy_frame frames[CODEC_DEPTH_MAX];
	size_t depth;
	struct codec_path path; /* one name less than frames: the envelope has none */
	struct arena *arena;
	bool strict;
	struct codec_problem *problem;
};

/* One row of one message while it is copied. */
struct copy_cell {
	const struct codec_row *row;
	const ProtobufCFieldDescriptor *field;
	const void *from;
	size_t count; /* of a repeated field */
	uint8_t *plain;
	void *to;
};

static struct copy_cell cell_of(const struct copy_frame *frame)
{
	const struct codec_row *row = &frame->table->rows[frame->row];
	const ProtobufCFieldDescriptor *field = codec_row_field(frame->table, row);
	const uint8_t *message = (const uint8_t *)frame->message;
	const void *quantifier = message + field->quantifier_offset;
	struct copy_cell cell = {
		.row = row,
		.field = field,
		.from = message + field->offset,
		.plain = frame->plain,
		.to = frame->plain + row->offset,
	};

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		cell.count = *(const size_t *)quantifier;
	return cell;
}

/* Whether a member of a oneof is the one that is set; true for anything else. */
static bool oneof_is_set(const struct copy_frame *frame, const ProtobufCFieldDescriptor *field)
{
	const void *which = (const uint8_t *)frame->message + field->quantifier_offset;

	if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) == 0)
		return true;
	return *(const uint32_t *)which == field->id;
}

static int invalid(struct copier *copier, const struct copy_cell *cell, const char *text)
{
	codec_problem_note(copier->problem, copier->arena, &copier->path, cell->row->name,
		PP_REASON_FIELD_INVALID, "%s", text);
	return PP_ERR_INVALID;
}

static int too_long(
	struct copier *copier, const struct copy_cell *cell, size_t n, const char *units)
{
	if (!copier->strict || cell->row->max == 0 || n <= cell->row->max)
		return 0;
	codec_problem_note(copier->problem, copier->arena, &copier->path, cell->row->name,
		PP_REASON_FIELD_INVALID, "has %zu %s: send at most %zu", n, units, cell->row->max);
	return PP_ERR_INVALID;
}

static int check_enum(struct copier *copier, const struct copy_cell *cell, int value)
{
	if (!copier->strict || codec_enum_name(cell->field->descriptor, value) != NULL)
		return 0;
	codec_problem_note(copier->problem, copier->arena, &copier->path, cell->row->name,
		PP_REASON_UNKNOWN_ENUM_VALUE,
		"has the value %d, which this server does not know: send one of the schema's",
		value);
	return PP_ERR_INVALID;
}

static int copy_u32(struct copier *copier, const struct copy_cell *cell)
{
	uint32_t value = *(const uint32_t *)cell->from;

	if (copier->strict && cell->row->max > 0 && value > cell->row->max) {
		codec_problem_note(copier->problem, copier->arena, &copier->path, cell->row->name,
			PP_REASON_FIELD_INVALID, "is too large: send at most %zu", cell->row->max);
		return PP_ERR_INVALID;
	}
	*(uint32_t *)cell->to = value;
	return 0;
}

static int copy_enum(struct copier *copier, const struct copy_cell *cell)
{
	int value = *(const int *)cell->from;

	*(int *)cell->to = value;
	return check_enum(copier, cell, value);
}

static int copy_set(struct copier *copier, const struct copy_cell *cell)
{
	const int *values = *(const int *const *)cell->from;
	pp_set set = 0;

	for (size_t i = 0; i < cell->count; i++) {
		int err = check_enum(copier, cell, values[i]);
		if (err != 0)
			return err;
		/* Of a newer server: what a set cannot hold is left out. */
		if (values[i] < 0 || values[i] >= SET_VALUES_MAX)
			continue;
		if (copier->strict && values[i] == 0)
			return invalid(copier, cell, "names UNSPECIFIED: leave it out");
		if (copier->strict && (set & PP_SET_OF(values[i])) != 0)
			return invalid(copier, cell, "names a value twice: name each once");
		set |= PP_SET_OF(values[i]);
	}
	*(pp_set *)cell->to = set;
	return 0;
}

static int copy_string(struct copier *copier, const struct copy_cell *cell)
{
	const char *text = *(const char *const *)cell->from;

	if (text == NULL || (text[0] == 0 && cell->row->presence == ROW_BY_VALUE))
		return 0;
	*(const char **)cell->to = text;
	return too_long(copier, cell, strlen(text), "bytes");
}

static int copy_bytes(struct copier *copier, const struct copy_cell *cell)
{
	const ProtobufCBinaryData *data = cell->from;

	*(struct pp_bytes *)cell->to = (struct pp_bytes) { .data = data->data, .len = data->len };
	return too_long(copier, cell, data->len, "bytes");
}

static int copy_uuid(struct copier *copier, const struct copy_cell *cell)
{
	const ProtobufCBinaryData *data = cell->from;

	if (data->len == 0)
		return 0;
	if (data->len != sizeof(struct pp_uuid))
		return invalid(copier, cell, "is not 16 bytes long: send a UUID of 16 bytes");
	memcpy(cell->to, data->data, sizeof(struct pp_uuid));
	if (cell->row->presence == ROW_BY_FLAG)
		*(bool *)(cell->plain + cell->row->beside) = true;
	return 0;
}

static int copy_u64s(struct copier *copier, const struct copy_cell *cell)
{
	void *count = cell->plain + cell->row->beside;

	*(uint64_t **)cell->to = *(uint64_t *const *)cell->from;
	*(size_t *)count = cell->count;
	return too_long(copier, cell, cell->count, "elements");
}

/* A row that is not made of messages. */
static int copy_value(struct copier *copier, const struct copy_cell *cell)
{
	switch (cell->row->kind) {
	case ROW_BOOL: *(bool *)cell->to = *(const protobuf_c_boolean *)cell->from != 0; return 0;
	case ROW_I64:
	case ROW_U64: memcpy(cell->to, cell->from, sizeof(uint64_t)); return 0;
	case ROW_U32: return copy_u32(copier, cell);
	case ROW_ENUM: return copy_enum(copier, cell);
	case ROW_SET: return copy_set(copier, cell);
	case ROW_STRING: return copy_string(copier, cell);
	case ROW_BYTES: return copy_bytes(copier, cell);
	case ROW_UUID: return copy_uuid(copier, cell);
	case ROW_U64S: return copy_u64s(copier, cell);
	case ROW_MESSAGE:
	case ROW_MESSAGES:
	case ROW_BODY: break;
	}
	ASSERT(false); /* those are frames of their own */
	return PP_ERR_INVALID;
}

static void copy_push(struct copier *copier, const struct copy_cell *cell,
	const ProtobufCMessage *message, void *plain)
{
	ASSERT(copier->depth < CODEC_DEPTH_MAX);
	copier->path.names[copier->path.depth++] =
		cell->row->kind == ROW_BODY ? NULL : cell->row->name;
	copier->frames[copier->depth++] = (struct copy_frame) {
		.table = cell->row->nested,
		.message = message,
		.plain = plain,
	};
}

static int copy_message(struct copier *copier, const struct copy_cell *cell)
{
	const ProtobufCMessage *message = *(const ProtobufCMessage *const *)cell->from;

	if (message == NULL)
		return 0;
	void *plain = arena_zalloc(copier->arena, cell->row->nested->size);
	if (plain == NULL)
		return PP_ERR_NO_MEMORY;
	*(void **)cell->to = plain;
	copy_push(copier, cell, message, plain);
	return 0;
}

/* The next element of a list; the first makes the array. */
static int copy_element(struct copier *copier, const struct copy_cell *cell, size_t item)
{
	const ProtobufCMessage *const *messages =
		*(const ProtobufCMessage *const *const *)cell->from;
	void *count = cell->plain + cell->row->beside;

	if (item == 0) {
		void *list = arena_alloc(copier->arena, cell->count * sizeof(void *));
		if (list == NULL)
			return PP_ERR_NO_MEMORY;
		*(void **)cell->to = list;
	}
	void *plain = arena_zalloc(copier->arena, cell->row->nested->size);
	if (plain == NULL)
		return PP_ERR_NO_MEMORY;
	(*(void ***)cell->to)[item] = plain;
	*(size_t *)count = item + 1;
	copy_push(copier, cell, messages[item], plain);
	return 0;
}

static int copy_body(struct copier *copier, const struct copy_cell *cell)
{
	void *kind = cell->plain + cell->row->beside;

	*(enum pp_kind *)kind = (enum pp_kind)cell->row->tag;
	copy_push(copier, cell, *(const ProtobufCMessage *const *)cell->from, cell->to);
	return 0;
}

/* Past the bodies of an envelope that are not there. */
static size_t skip_bodies(const struct copy_frame *frame)
{
	const struct codec_row *row = &frame->table->rows[frame->row];
	const ProtobufCFieldDescriptor *field = codec_row_field(frame->table, row);
	const void *which = (const uint8_t *)frame->message + field->quantifier_offset;

	if (row->kind != ROW_BODY)
		return frame->row;
	return codec_row_skip(frame->table, frame->row, *(const uint32_t *)which);
}

/* One step: a value, or the way into a nested message. */
static int copy_row(struct copier *copier)
{
	struct copy_frame *frame = &copier->frames[copier->depth - 1];

	frame->row = skip_bodies(frame);
	if (frame->row == frame->table->n_rows)
		return 0;
	struct copy_cell cell = cell_of(frame);
	if (cell.row->kind == ROW_MESSAGES && frame->item < cell.count)
		return copy_element(copier, &cell, frame->item++);
	frame->row++;
	frame->item = 0;
	if (cell.row->kind == ROW_MESSAGES || !oneof_is_set(frame, cell.field))
		return 0;
	if (cell.row->kind == ROW_BODY)
		return copy_body(copier, &cell);
	if (cell.row->kind == ROW_MESSAGE)
		return copy_message(copier, &cell);
	if (cell.row->presence == ROW_BY_FLAG && cell.row->kind != ROW_UUID)
		*(bool *)(cell.plain + cell.row->beside) = true;
	return copy_value(copier, &cell);
}

int codec_copy_in(const struct codec_table *table, const ProtobufCMessage *message, bool strict,
	struct arena *arena, void *plain, struct codec_problem *problem)
{
	struct copier copier = { .depth = 1, .arena = arena, .strict = strict, .problem = problem };
	int err = 0;

	copier.frames[0] =
		(struct copy_frame) { .table = table, .message = message, .plain = plain };
	while (err == 0 && copier.depth > 0) {
		const struct copy_frame *frame = &copier.frames[copier.depth - 1];
		if (frame->row < frame->table->n_rows) {
			err = copy_row(&copier);
			continue;
		}
		copier.depth--;
		if (copier.path.depth > 0)
			copier.path.depth--;
	}
	return problem->no_memory ? PP_ERR_NO_MEMORY : err;
}

/* ---- To protobuf-c's structs ---- */

static ProtobufCMessage *message_new(struct arena *arena, const struct codec_table *table)
{
	ProtobufCMessage *message = arena_alloc(arena, table->descriptor->sizeof_message);

	if (message != NULL)
		protobuf_c_message_init(table->descriptor, message);
	return message;
}

static void set_quantifier(
	ProtobufCMessage *message, const ProtobufCFieldDescriptor *field, size_t count)
{
	void *quantifier = (uint8_t *)message + field->quantifier_offset;

	if (field->label == PROTOBUF_C_LABEL_REPEATED)
		*(size_t *)quantifier = count;
	else if ((field->flags & PROTOBUF_C_FIELD_FLAG_ONEOF) != 0)
		*(uint32_t *)quantifier = field->id;
}

static int put_set(pp_set set, struct arena *arena, void *to, size_t *count)
{
	size_t n = (size_t)__builtin_popcount(set);
	int *values = arena_alloc(arena, n * sizeof(*values));

	if (values == NULL)
		return PP_ERR_NO_MEMORY;
	*(int **)to = values;
	*count = n;
	for (int value = 0; value < SET_VALUES_MAX; value++) {
		if ((set & PP_SET_OF(value)) != 0)
			*values++ = value;
	}
	return 0;
}

static void put_bytes(const void *data, size_t len, void *to)
{
	/* Packing only reads. */
	*(ProtobufCBinaryData *)to = (ProtobufCBinaryData) { .len = len, .data = (uint8_t *)data };
}

static int put_value(const struct codec_walk *walk, struct arena *arena, ProtobufCMessage *message)
{
	const struct codec_row *row = walk->row;
	const ProtobufCFieldDescriptor *field = codec_row_field(walk->table, row);
	const uint8_t *plain = (const uint8_t *)walk->at - row->offset;
	void *to = (uint8_t *)message + field->offset;
	const struct pp_bytes *bytes = walk->at;
	size_t count = 0;
	int err = 0;

	switch (row->kind) {
	case ROW_BOOL: *(protobuf_c_boolean *)to = *(const bool *)walk->at; break;
	case ROW_I64:
	case ROW_U64: memcpy(to, walk->at, sizeof(uint64_t)); break;
	case ROW_U32:
	case ROW_ENUM: memcpy(to, walk->at, sizeof(uint32_t)); break;
	case ROW_SET: err = put_set(*(const pp_set *)walk->at, arena, to, &count); break;
	case ROW_STRING: memcpy(to, walk->at, sizeof(char *)); break;
	case ROW_BYTES: put_bytes(bytes->data, bytes->len, to); break;
	case ROW_UUID: put_bytes(walk->at, sizeof(struct pp_uuid), to); break;
	case ROW_U64S:
		memcpy(to, walk->at, sizeof(uint64_t *));
		count = codec_row_count(row, plain);
		break;
	case ROW_MESSAGE:
	case ROW_MESSAGES:
	case ROW_BODY: ASSERT(false); /* the walk tells these as BEGIN */
	}
	set_quantifier(message, field, count);
	return err;
}

/* The array of a list of messages, still without them: its count grows as they are put in. */
static int put_list(const struct codec_walk *walk, struct arena *arena, ProtobufCMessage *message)
{
	const ProtobufCFieldDescriptor *field = codec_row_field(walk->table, walk->row);
	const uint8_t *plain = (const uint8_t *)walk->at - walk->row->offset;
	void *list = arena_alloc(arena, codec_row_count(walk->row, plain) * sizeof(void *));

	if (list == NULL)
		return PP_ERR_NO_MEMORY;
	*(void **)((uint8_t *)message + field->offset) = list;
	set_quantifier(message, field, 0);
	return 0;
}

/* `nested` NULL: there was no memory for it. */
static int put_message(
	const struct codec_walk *walk, ProtobufCMessage *message, ProtobufCMessage *nested)
{
	const ProtobufCFieldDescriptor *field = codec_row_field(walk->table, walk->row);
	void *to = (uint8_t *)message + field->offset;

	if (nested == NULL)
		return PP_ERR_NO_MEMORY;
	if (walk->in_list) {
		size_t *count = (size_t *)(void *)((uint8_t *)message + field->quantifier_offset);
		(*(ProtobufCMessage ***)to)[(*count)++] = nested;
	} else {
		*(ProtobufCMessage **)to = nested;
		set_quantifier(message, field, 0);
	}
	return 0;
}

int codec_copy_out(const struct codec_table *table, const void *plain, struct arena *arena,
	ProtobufCMessage **out)
{
	ProtobufCMessage *stack[CODEC_DEPTH_MAX] = { message_new(arena, table) };
	struct codec_walk walk;
	size_t depth = 0;
	int err = 0;

	if (stack[0] == NULL)
		return PP_ERR_NO_MEMORY;
	codec_walk_init(&walk, table, plain);
	for (enum walk_event event = codec_walk_next(&walk); event != WALK_DONE && err == 0;
		event = codec_walk_next(&walk)) {
		ProtobufCMessage *message = stack[depth];
		ASSERT(message != NULL);
		switch (event) {
		case WALK_VALUE: err = put_value(&walk, arena, message); break;
		case WALK_LIST_BEGIN: err = put_list(&walk, arena, message); break;
		case WALK_BEGIN:
			stack[++depth] = message_new(arena, walk.row->nested);
			err = put_message(&walk, message, stack[depth]);
			break;
		case WALK_END: depth--; break;
		case WALK_LIST_END:
		case WALK_DONE: break;
		}
	}
	if (err == 0)
		*out = stack[0];
	return err;
}

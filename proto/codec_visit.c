/* Any message, field by field, for those who print. */
#include "proto/codec_tables.h"

struct visitor {
	codec_visit_fn visit;
	void *context;
};

static const char *name_of(const struct codec_walk *walk)
{
	return walk->in_list ? NULL : walk->row->name;
}

static void visit_mark(const struct visitor *visitor, enum codec_value_type type, const char *name)
{
	struct codec_value value = { .type = type, .name = name };

	visitor->visit(visitor->context, &value);
}

static void visit_enum(const struct visitor *visitor, const ProtobufCFieldDescriptor *field,
	const char *name, int number)
{
	struct codec_value value = {
		.type = CODEC_ENUM,
		.name = name,
		.integer = number,
		.text = codec_enum_name(field->descriptor, number),
	};

	visitor->visit(visitor->context, &value);
}

static void visit_set(const struct visitor *visitor, const struct codec_walk *walk)
{
	const ProtobufCFieldDescriptor *field = codec_row_field(walk->table, walk->row);
	pp_set set = *(const pp_set *)walk->at;

	visit_mark(visitor, CODEC_LIST_BEGIN, field->name);
	for (int number = 0; number < 32; number++) {
		if ((set & PP_SET_OF(number)) != 0)
			visit_enum(visitor, field, NULL, number);
	}
	visit_mark(visitor, CODEC_LIST_END, field->name);
}

static void visit_numbers(const struct visitor *visitor, const struct codec_walk *walk)
{
	const uint8_t *plain = (const uint8_t *)walk->at - walk->row->offset;
	const uint64_t *numbers = *(const uint64_t *const *)walk->at;
	size_t n = codec_row_count(walk->row, plain);

	visit_mark(visitor, CODEC_LIST_BEGIN, name_of(walk));
	for (size_t i = 0; i < n; i++) {
		struct codec_value value = { .type = CODEC_UINT, .natural = numbers[i] };
		visitor->visit(visitor->context, &value);
	}
	visit_mark(visitor, CODEC_LIST_END, name_of(walk));
}

static void visit_bytes(const struct visitor *visitor, const char *name, struct pp_bytes bytes)
{
	struct codec_value value = { .type = CODEC_BYTES, .name = name, .bytes = bytes };

	visitor->visit(visitor->context, &value);
}

/* BOOL, INT, UINT and STRING: what a value has in one member. */
static void visit_scalar(const struct visitor *visitor, const struct codec_walk *walk)
{
	struct codec_value value = { .name = name_of(walk) };

	switch (walk->row->kind) {
	case ROW_BOOL:
		value.type = CODEC_BOOL;
		value.integer = *(const bool *)walk->at;
		break;
	case ROW_I64:
		value.type = CODEC_INT;
		value.integer = *(const int64_t *)walk->at;
		break;
	case ROW_U64:
		value.type = CODEC_UINT;
		value.natural = *(const uint64_t *)walk->at;
		break;
	case ROW_U32:
		value.type = CODEC_UINT;
		value.natural = *(const uint32_t *)walk->at;
		break;
	case ROW_STRING:
		value.type = CODEC_STRING;
		value.text = *(const char *const *)walk->at;
		break;
	default: ASSERT(false);
	}
	visitor->visit(visitor->context, &value);
}

static void visit_value(const struct visitor *visitor, const struct codec_walk *walk)
{
	const ProtobufCFieldDescriptor *field = codec_row_field(walk->table, walk->row);
	struct pp_bytes uuid = { walk->at, sizeof(struct pp_uuid) };

	switch (walk->row->kind) {
	case ROW_ENUM: visit_enum(visitor, field, field->name, *(const int *)walk->at); break;
	case ROW_SET: visit_set(visitor, walk); break;
	case ROW_BYTES:
		visit_bytes(visitor, field->name, *(const struct pp_bytes *)walk->at);
		break;
	case ROW_UUID: visit_bytes(visitor, field->name, uuid); break;
	case ROW_U64S: visit_numbers(visitor, walk); break;
	default: visit_scalar(visitor, walk); break;
	}
}

static void visit_all(const struct visitor *visitor, struct codec_walk *walk)
{
	enum walk_event event;

	while ((event = codec_walk_next(walk)) != WALK_DONE) {
		switch (event) {
		case WALK_VALUE: visit_value(visitor, walk); break;
		case WALK_BEGIN: visit_mark(visitor, CODEC_BEGIN, name_of(walk)); break;
		case WALK_END: visit_mark(visitor, CODEC_END, name_of(walk)); break;
		case WALK_LIST_BEGIN: visit_mark(visitor, CODEC_LIST_BEGIN, name_of(walk)); break;
		case WALK_LIST_END: visit_mark(visitor, CODEC_LIST_END, name_of(walk)); break;
		case WALK_DONE: break;
		}
	}
}

void codec_visit_request(const struct pp_request *request, codec_visit_fn visit, void *context)
{
	const struct codec_row *body = codec_row_find(&codec_request_table, request->kind);
	struct visitor visitor = { visit, context };
	struct codec_walk walk;

	ASSERT(body != NULL && body->kind == ROW_BODY);
	codec_walk_init(&walk, body->nested, (const uint8_t *)request + body->offset);
	visit_all(&visitor, &walk);
}

void codec_visit_response(const struct pp_response *response, codec_visit_fn visit, void *context)
{
	struct visitor visitor = { visit, context };
	struct codec_walk walk;

	codec_walk_init(&walk, &codec_response_table, response);
	walk.with_zeros = true;
	visit_all(&visitor, &walk);
}

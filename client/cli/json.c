#include <string.h>
#include <unistd.h>

#include "client/cli/json.h"
#include "client/cli/value.h"
#include "proto/codec.h"

#include <peakpeeps/client.h>

enum { JSON_DEPTH_MAX = 16 };

/* The objects and lists that are open while a response is walked. */
struct builder {
	json_t *open[JSON_DEPTH_MAX]; /* borrowed from the one before; the first is owned */
	size_t depth;
	bool failed;
};

/* Takes over `value`, which may be NULL. */
static void add(struct builder *builder, const char *name, json_t *value)
{
	json_t *into = builder->open[builder->depth - 1];
	int err;

	if (json_is_array(into))
		err = json_array_append_new(into, value);
	else
		err = json_object_set_new(into, name, value);
	if (err != 0)
		builder->failed = true;
}

static void begin(struct builder *builder, const char *name, json_t *container)
{
	ASSERT(builder->depth < JSON_DEPTH_MAX);
	add(builder, name, container);
	builder->open[builder->depth++] = container;
}

static json_t *of_natural(uint64_t natural)
{
	if (natural > (uint64_t)PP_COINS_MAX)
		return json_sprintf("%llu", (unsigned long long)natural);
	return json_integer((json_int_t)natural);
}

static json_t *of_bytes(struct pp_bytes bytes)
{
	static const char digits[] = "0123456789abcdef";
	struct pp_uuid uuid;
	char text[2 * 256 + 1];
	size_t i;

	if (bytes.len == sizeof(uuid.bytes)) {
		memcpy(uuid.bytes, bytes.data, sizeof(uuid.bytes));
		pp_uuid_format(&uuid, text);
		return json_string(text);
	}
	for (i = 0; i < bytes.len && i < sizeof(text) / 2; i++) {
		text[2 * i] = digits[bytes.data[i] >> 4];
		text[2 * i + 1] = digits[bytes.data[i] & 15];
	}
	text[2 * i] = '\0';
	return json_string(text);
}

static void visit(void *context, const struct codec_value *value)
{
	struct builder *builder = context;

	if (builder->failed)
		return;
	switch (value->type) {
	case CODEC_BOOL: add(builder, value->name, json_boolean(value->integer)); break;
	case CODEC_INT: add(builder, value->name, json_integer(value->integer)); break;
	case CODEC_UINT: add(builder, value->name, of_natural(value->natural)); break;
	case CODEC_ENUM:
		add(builder, value->name,
			value->text != NULL ? json_string(value->text)
					    : json_integer(value->integer));
		break;
	case CODEC_STRING: add(builder, value->name, json_string(value->text)); break;
	case CODEC_BYTES: add(builder, value->name, of_bytes(value->bytes)); break;
	case CODEC_BEGIN: begin(builder, value->name, json_object()); break;
	case CODEC_LIST_BEGIN: begin(builder, value->name, json_array()); break;
	case CODEC_END:
	case CODEC_LIST_END:
		ASSERT(builder->depth > 1);
		builder->depth--;
		break;
	}
}

json_t *json_of_response(const struct pp_response *response)
{
	struct builder builder = { .depth = 1 };

	builder.open[0] = json_object();
	if (builder.open[0] == NULL)
		return NULL;
	codec_visit_response(response, visit, &builder);
	if (builder.failed) {
		json_decref(builder.open[0]);
		return NULL;
	}
	return builder.open[0];
}

static json_t *step_into(json_t *value, const char *name, size_t len)
{
	char word[64];
	int64_t place;

	if (len >= sizeof(word))
		return NULL;
	memcpy(word, name, len);
	word[len] = '\0';
	if (json_is_array(value) && value_parse_number(word, 0, UINT32_MAX, &place))
		return json_array_get(value, (size_t)place);
	return json_object_get(value, word);
}

static json_t *walk(json_t *value, const char *path)
{
	while (value != NULL && *path != '\0') {
		size_t len = strcspn(path, ".");

		value = step_into(value, path, len);
		path += len + (path[len] == '.');
	}
	return value;
}

json_t *json_at(json_t *document, const char *path)
{
	const char *key;
	json_t *value;
	json_t *found;

	/* The body is the one object in the answer that is not its status. */
	json_object_foreach(document, key, value)
	{
		if (!json_is_object(value) || strcmp(key, "status") == 0)
			continue;
		found = walk(value, path);
		if (found != NULL)
			return found;
	}
	return walk(document, path);
}

bool json_find(json_t *document, const char *name, char *path, size_t size)
{
	const char *body_key;
	const char *key;
	json_t *body;
	json_t *value;

	json_object_foreach(document, body_key, body)
	{
		json_object_foreach(body, key, value)
		{
			if (json_object_get(value, name) == NULL)
				continue;
			int len = snprintf(path, size, "%s.%s", key, name);
			return len > 0 && (size_t)len < size;
		}
	}
	return false;
}

bool json_print_value(const json_t *value, FILE *out)
{
	if (json_is_string(value))
		(void)fputs(json_string_value(value), out);
	else if (json_dumpf(value, out, JSON_ENCODE_ANY | JSON_COMPACT) != 0)
		return false;
	(void)fputc('\n', out);
	return ferror(out) == 0;
}

bool json_print(const json_t *document, FILE *out)
{
	size_t flags = isatty(fileno(out)) ? JSON_INDENT(2) : JSON_COMPACT;

	if (json_dumpf(document, out, flags) != 0)
		return false;
	(void)fputc('\n', out);
	return ferror(out) == 0;
}

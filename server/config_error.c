/* Errors of settings: a line that says what is wrong, and the file's line with a caret under it. */
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "server/config.h"

enum {
	EXCERPT_CHARACTERS = 76, /* of a longer line, what is around the place */
	EXCERPT_BEFORE = 48,
	EXCERPT_BYTES = 4 * EXCERPT_CHARACTERS + 16,
};

static void append(struct config_errors *errors, const char *bytes, size_t len)
{
	char *text = realloc(errors->text, errors->len + len + 1);

	if (text == NULL)
		return; /* the count still tells that there was an error */
	memcpy(text + errors->len, bytes, len);
	errors->text = text;
	errors->len += len;
	text[errors->len] = '\0';
}

void config_error(struct config_errors *errors, const char *format, ...)
{
	char line[1024];
	va_list args;

	if (errors->n++ >= CONFIG_ERRORS_MAX) {
		static const char more[] = "and more errors\n";
		if (errors->n == CONFIG_ERRORS_MAX + 1)
			append(errors, more, sizeof(more) - 1);
		return;
	}
	va_start(args, format);
	int len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	ASSERT(len >= 0);
	size_t n_bytes = strlen(line);
	line[n_bytes++] = '\n';
	append(errors, line, n_bytes);
}

void config_errors_free(struct config_errors *errors)
{
	free(errors->text);
	*errors = (struct config_errors) { 0 };
}

/* The smallest character of so many bytes: a longer form of it is no UTF-8. */
static const uint32_t smallest_of[] = { 0, 0, 0x80, 0x800, 0x10000 };

size_t config_character(const char *text, size_t len)
{
	const unsigned char *bytes = (const unsigned char *)text;
	size_t n = 1;

	if (len == 0)
		return 0;
	uint32_t value = bytes[0];
	if (value >= 0xf8 || (value >= 0x80 && value < 0xc0))
		return 0;
	if (value >= 0xc0) {
		n = value >= 0xf0 ? 4 : value >= 0xe0 ? 3 : 2;
		value &= 0x7fU >> n;
	}
	if (n > len)
		return 0;
	for (size_t i = 1; i < n; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0;
		value = value << 6 | (bytes[i] & 0x3f);
	}
	bool surrogate = value >= 0xd800 && value <= 0xdfff;
	return value < smallest_of[n] || value > 0x10ffff || surrogate ? 0 : n;
}

/* The bytes of a line, without its end. */
static struct span find_line(const struct config *config, int line)
{
	const char *at = config->text;
	const char *end = config->text + config->text_len;

	for (; line > 1; line--) {
		const char *newline = memchr(at, '\n', (size_t)(end - at));
		if (newline == NULL)
			return (struct span) { 0 };
		at = newline + 1;
	}
	const char *newline = memchr(at, '\n', (size_t)(end - at));
	size_t len = (size_t)((newline == NULL ? end : newline) - at);
	if (len > 0 && at[len - 1] == '\r')
		len--;
	return (struct span) { .data = (const uint8_t *)at, .len = len };
}

/* What an excerpt and the line under it are made of; both buffers are long enough. */
struct excerpt {
	char line[EXCERPT_BYTES];
	size_t len;
	char under[EXCERPT_BYTES];
	size_t under_len;
};

/* One character, made harmless, and what stands under it. A tab keeps its width. */
static void add_character(struct excerpt *excerpt, const char *at, size_t len, char under)
{
	unsigned char first = (unsigned char)*at;
	bool shown = len > 0 && (first == '\t' || (first >= ' ' && first != 0x7f));

	excerpt->under[excerpt->under_len++] = (char)(under == ' ' && first == '\t' ? '\t' : under);
	if (!shown || (first == 0xc2 && (unsigned char)at[1] < 0xa0)) {
		excerpt->line[excerpt->len++] = '?';
		return;
	}
	memcpy(excerpt->line + excerpt->len, at, len);
	excerpt->len += len;
}

static void make_excerpt(struct span line, struct config_place place, struct excerpt *out)
{
	int first = place.column > EXCERPT_CHARACTERS ? place.column - EXCERPT_BEFORE : 1;
	size_t i = 0;
	int column = 1;

	out->len = 0;
	out->under_len = 0;
	for (; i < line.len && column < first + EXCERPT_CHARACTERS; column++) {
		const char *at = (const char *)line.data + i;
		size_t len = config_character(at, line.len - i);
		char under = ' ';
		if (column == place.column)
			under = '^';
		else if (column > place.column && column < place.column + place.width)
			under = '~';
		if (column >= first)
			add_character(out, at, len, under);
		i += len > 0 ? len : 1;
	}
	if (column <= place.column) {
		/* Behind the last character: something is missing there. */
		out->under[out->under_len++] = '^';
	}
	while (out->under_len > 0 &&
		(out->under[out->under_len - 1] == ' ' || out->under[out->under_len - 1] == '\t'))
		out->under_len--;
}

void config_error_at(struct config_errors *errors, const struct config *config,
	struct config_place place, const char *message)
{
	struct excerpt excerpt;
	char line[2 * EXCERPT_BYTES + 64];

	config_error(errors, "%s:%d:%d: %s", config->file, place.line, place.column, message);
	if (errors->n > CONFIG_ERRORS_MAX || config->text == NULL)
		return;
	make_excerpt(find_line(config, place.line), place, &excerpt);
	int len = snprintf(line, sizeof(line), "%5d | %.*s\n      | %.*s\n", place.line,
		(int)excerpt.len, excerpt.line, (int)excerpt.under_len, excerpt.under);
	ASSERT(len > 0 && (size_t)len < sizeof(line));
	append(errors, line, (size_t)len);
}

#include "server/config_text.h"

#include <stdarg.h>
#include <string.h>

/* ---- Problems ---- */

void config_text_problem(
	struct config_text *text, struct config_place place, const char *format, ...)
{
	va_list args;

	if (text->n == ARRAY_LEN(text->problems))
		return;
	struct config_problem *problem = &text->problems[text->n++];
	problem->place = place;
	va_start(args, format);
	vsnprintf(problem->text, sizeof(problem->text), format, args);
	va_end(args);
}

void config_text_tell(
	struct config_text *text, const struct config *config, struct config_errors *errors)
{
	struct config_problem *problems = text->problems;

	for (size_t i = 0; i < text->n; i++) {
		size_t first = i;
		for (size_t j = i + 1; j < text->n; j++) {
			const struct config_place *a = &problems[j].place;
			const struct config_place *b = &problems[first].place;
			if (a->line < b->line || (a->line == b->line && a->column < b->column))
				first = j;
		}
		struct config_problem next = problems[first];
		memmove(&problems[i + 1], &problems[i], (first - i) * sizeof(next));
		problems[i] = next;
		config_error_at(errors, config, next.place, next.text);
	}
}

/* ---- Lines ---- */

struct line {
	int number; /* from 1; 0: before the first */
	size_t start;
	size_t end; /* where its newline is, or the end of the text */
};

static bool next_line(const struct config_text *text, struct line *line)
{
	size_t start = line->number == 0 ? 0 : line->end + 1;

	if (start > text->len)
		return false;
	const char *newline = memchr(text->bytes + start, '\n', text->len - start);
	line->number++;
	line->start = start;
	line->end = newline == NULL ? text->len : (size_t)(newline - text->bytes);
	return true;
}

static size_t indentation(const struct config_text *text, const struct line *line)
{
	size_t i = line->start;

	while (i < line->end && (text->bytes[i] == ' ' || text->bytes[i] == '\t'))
		i++;
	return i - line->start;
}

static bool is_blank(const struct config_text *text, const struct line *line)
{
	size_t i = line->start + indentation(text, line);

	return i == line->end || text->bytes[i] == '\r' || text->bytes[i] == '#';
}

/* Whether a line begins with three such characters, as a document does and ends. */
static bool is_marker(const struct config_text *text, const struct line *line, const char *marker)
{
	return line->end - line->start >= 3 && memcmp(text->bytes + line->start, marker, 3) == 0;
}

bool config_text_blank(struct config_text *text, int number)
{
	struct line line = { 0 };

	while (line.number < number && next_line(text, &line))
		continue;
	size_t depth = indentation(text, &line);
	if (line.number != number || is_blank(text, &line))
		return false;
	do {
		memset(text->bytes + line.start, ' ', line.end - line.start);
	} while (next_line(text, &line) &&
		 (is_blank(text, &line) || indentation(text, &line) > depth));
	return true;
}

struct config_place config_text_place(const struct config_text *text, int number, int column)
{
	struct config_place place = { .line = number, .column = column, .width = 1 };
	struct line line = { 0 };
	struct line last = { 0 }; /* that is not blank */

	while (line.number < number && next_line(text, &line)) {
		if (!is_blank(text, &line))
			last = line;
	}
	if (last.number == number || last.number == 0)
		return place;
	place.line = last.number;
	place.column = 1;
	for (size_t i = last.start; i < last.end && text->bytes[i] != '\r'; place.column++)
		i += config_character(text->bytes + i, last.end - i);
	return place;
}

bool config_text_is_empty(const struct config_text *text)
{
	struct line line = { 0 };

	while (next_line(text, &line)) {
		bool marker = is_marker(text, &line, "---") || is_marker(text, &line, "...");
		line.start += marker ? 3 : 0;
		if (!is_blank(text, &line))
			return false;
	}
	return true;
}

/* ---- Checks ---- */

bool config_text_check_encoding(struct config_text *text)
{
	struct config_place place = { .line = 1, .column = 1, .width = 1 };

	for (size_t i = 0; i < text->len;) {
		unsigned char byte = (unsigned char)text->bytes[i];
		size_t n = config_character(text->bytes + i, text->len - i);
		bool space = byte == '\t' || byte == '\n' || byte == '\r';
		if (n == 0 || (byte < ' ' && !space) || byte == 0x7f) {
			config_text_problem(
				text, place, "expected text in UTF-8, found the byte 0x%02x", byte);
			return false;
		}
		i += n;
		place.column++;
		if (byte == '\n')
			place = (struct config_place) { place.line + 1, 1, 1 };
	}
	return true;
}

/* What is wrong with a line that is not blank, whatever the others say; NULL: nothing. */
static const char *check_line(
	const struct config_text *text, const struct line *line, struct config_place *place)
{
	const char *at = text->bytes + line->start;
	const char *tab = memchr(at, '\t', indentation(text, line));

	if (*at == '%')
		return "directives are not supported";
	if (tab == NULL)
		return NULL;
	place->column = (int)(tab - at) + 1;
	return "a tab in the indentation: YAML takes only spaces";
}

void config_text_check_lines(struct config_text *text)
{
	struct line line = { 0 };
	bool started = false;
	bool ended = false;

	while (next_line(text, &line)) {
		struct config_place place = { .line = line.number, .column = 1, .width = 1 };
		if (is_blank(text, &line))
			continue;
		if (ended || (started && is_marker(text, &line, "---"))) {
			config_text_problem(text, place, "expected one document, found another");
			text->len = line.start;
			return;
		}
		started = started || text->bytes[line.start] != '%';
		ended = is_marker(text, &line, "...");
		const char *wrong = check_line(text, &line, &place);
		if (wrong != NULL) {
			config_text_problem(text, place, "%s", wrong);
			config_text_blank(text, line.number);
		}
	}
}

void config_text_forget(struct config_text *text, size_t from, size_t to, int line)
{
	size_t n = from;

	for (size_t i = from; i < text->n; i++) {
		if (i >= to || text->problems[i].place.line <= line)
			text->problems[n++] = text->problems[i];
	}
	text->n = n;
}

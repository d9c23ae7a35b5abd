#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>
#include <wchar.h>

#include "client/cli/fold.h"

enum { COLUMNS_MIN = 40 };

size_t fold_columns(FILE *out)
{
	struct winsize size = { 0 };

	if (!isatty(fileno(out)) || ioctl(fileno(out), TIOCGWINSZ, &size) != 0)
		return 0;
	return size.ws_col < COLUMNS_MIN ? 0 : size.ws_col;
}

size_t fold_width(const char *text, size_t len)
{
	mbstate_t state = { 0 };
	size_t columns = 0;

	while (len > 0) {
		wchar_t c = 0;
		size_t n = mbrtowc(&c, text, len, &state);
		bool broken = n == 0 || n > len;

		if (broken) {
			n = 1;
			memset(&state, 0, sizeof(state));
		}
		int width = broken ? 1 : wcwidth(c);
		columns += width < 0 ? 1 : (size_t)width;
		text += n;
		len -= n;
	}
	return columns;
}

/* The columns of the widest of the pieces between any of these characters. */
static size_t widest_between(const char *text, const char *ends)
{
	size_t widest = 0;

	for (;;) {
		size_t len = strcspn(text, ends);
		size_t width = fold_width(text, len);

		if (width > widest)
			widest = width;
		if (text[len] == '\0')
			return widest;
		text += len + 1;
	}
}

size_t fold_widest_word(const char *text)
{
	return widest_between(text, " \n");
}

size_t fold_widest_line(const char *text)
{
	return widest_between(text, "\n");
}

size_t fold_line(const char *text, size_t columns)
{
	size_t line = strcspn(text, "\n");
	size_t fits = 0;
	size_t at = 0;

	if (columns == 0 || fold_width(text, line) <= columns)
		return line;
	while (at < line) {
		size_t end = at + strcspn(text + at, " \n");

		/* The first word is taken whatever its width. */
		if (fits > 0 && fold_width(text, end) > columns)
			break;
		fits = end;
		at = end + 1;
	}
	return fits;
}

void fold_print(const char *text, size_t indent, size_t columns, FILE *out)
{
	size_t room = columns == 0 ? 0 : columns > indent ? columns - indent : 1;

	for (;;) {
		size_t len = fold_line(text, room);

		(void)fprintf(out, "%.*s\n", (int)len, text);
		text += len;
		if (*text == '\0')
			return;
		text++; /* the blank or the line end */
		(void)fprintf(out, "%*s", (int)indent, "");
	}
}

char *fold_copy(const char *text, size_t columns)
{
	char *copy = strdup(text);
	char *at = copy;

	while (at != NULL && *at != '\0') {
		at += fold_line(at, columns);
		if (*at != '\0')
			*at++ = '\n';
	}
	return copy;
}

/* The text of a settings file, of which lines can be blanked, and what is wrong with it. */
#ifndef SERVER_CONFIG_TEXT_H
#define SERVER_CONFIG_TEXT_H

#include "server/config.h"

struct config_problem {
	struct config_place place;
	char text[CONFIG_MESSAGE_BYTES];
};

/* All zero but for the bytes, which are borrowed, and their number. */
struct config_text {
	char *bytes;
	size_t len;
	size_t n; /* problems; beyond the last one that has room they are dropped */
	struct config_problem problems[CONFIG_ERRORS_MAX + 1];
};

void config_text_problem(struct config_text *text, struct config_place place, const char *format,
	...) PRINTF_LIKE(3, 4);
/* Adds the problems to *errors in the order of the file, which `config` keeps as it was. */
void config_text_tell(
	struct config_text *text, const struct config *config, struct config_errors *errors);
/*
 * Forgets those problems, of numbers `from` to below `to`, that stand below a line where one was
 * found after them: what is not closed there, a bracket or a quote, had made them.
 */
void config_text_forget(struct config_text *text, size_t from, size_t to, int line);

/* Whether all of it is UTF-8 text; if not, a problem is added. */
bool config_text_check_encoding(struct config_text *text) MUST_CHECK;
/*
 * Adds what a YAML parser would pass over in silence, and with it every setting of the file
 * (directives, what stands behind a first document), and tabs; blanks it.
 */
void config_text_check_lines(struct config_text *text);
/* Blanks a line and those that are indented deeper below it. False: it was blank. */
bool config_text_blank(struct config_text *text, int line);
/* Nothing but blanks, comments and the marks of a document. */
bool config_text_is_empty(const struct config_text *text);
/* A parser's place, but the end of the text before it when nothing stands there. */
struct config_place config_text_place(const struct config_text *text, int line, int column);

#endif

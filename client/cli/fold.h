/* Text folded at blanks, to what fits beside the rest on a terminal's line. */
#ifndef CLIENT_CLI_FOLD_H
#define CLIENT_CLI_FOLD_H

#include <stdio.h>

#include "base/base.h"

/* How wide a line of `out` may be; 0: as wide as it likes, nobody looks at it on a terminal. */
size_t fold_columns(FILE *out);
/* The columns that so many bytes of UTF-8 take. */
size_t fold_width(const char *text, size_t len);
/* The columns of the widest word, and of the widest line. */
size_t fold_widest_word(const char *text);
size_t fold_widest_line(const char *text);
/*
 * How many bytes of the first line of `text` fit into so many columns, up to a blank; the whole of
 * a word that does not fit. 0 columns: the whole line.
 */
size_t fold_line(const char *text, size_t columns);
/* Prints the text and a line end. Lines after the first begin at column `indent`. 0 columns: not
 * folded. */
void fold_print(const char *text, size_t indent, size_t columns, FILE *out);
/* The text with line ends in place of blanks, owned by the caller. NULL: out of memory. */
char *fold_copy(const char *text, size_t columns) MUST_CHECK;

#endif

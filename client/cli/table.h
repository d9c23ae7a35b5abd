/* Tables of text: aligned for people, tab-separated for pipes. */
#ifndef CLIENT_CLI_TABLE_H
#define CLIENT_CLI_TABLE_H

#include <stdio.h>

#include "base/base.h"

enum table_format {
	TABLE_ALIGNED, /* columns, with a heading */
	TABLE_PLAIN,   /* a line per row, tabs between cells, no heading */
};

/* WRAP: may be folded at blanks so that the table fits the terminal. */
enum { TABLE_RIGHT = 1, TABLE_WRAP = 2 };

struct table_column {
	const char *heading; /* NULL in the first column: a table without headings */
	int flags;
};

/* One thread's. A failed allocation is remembered, and said by table_print. */
struct table;

enum { TABLE_COLUMNS_MAX = 12 };

/* `columns` ends after n_columns, and is borrowed until table_free. NULL: out of memory. */
struct table *table_new(const struct table_column *columns, size_t n_columns) MUST_CHECK;
/* A table of names and values, a row each. */
struct table *table_new_record(void) MUST_CHECK;
void table_free(struct table *table);

/* Begins a row. NULL tables are allowed from here on, so that only table_print need be checked. */
void table_row(struct table *table);
/* The next cell of the row begun last. */
void table_cell(struct table *table, const char *format, ...) PRINTF_LIKE(2, 3);
/* A row of a record. */
void table_field(struct table *table, const char *name, const char *format, ...) PRINTF_LIKE(3, 4);

/* False when something could not be allocated or written. Nothing is printed without rows. */
bool table_print(const struct table *table, enum table_format format, FILE *out) MUST_CHECK;

#endif

#include <libsmartcols.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/table.h"

struct table {
	const struct table_column *columns;
	size_t n_columns;
	char **cells; /* n_columns for each row; NULL: empty */
	size_t n_rows;
	size_t rows_max;
	size_t n_in_row;
	bool failed;
};

static const struct table_column record_columns[] = { { NULL, 0 }, { NULL, TABLE_WRAP } };

struct table *table_new(const struct table_column *columns, size_t n_columns)
{
	struct table *table = calloc(1, sizeof(*table));

	ASSERT(n_columns > 0 && n_columns <= TABLE_COLUMNS_MAX);
	if (table == NULL)
		return NULL;
	table->columns = columns;
	table->n_columns = n_columns;
	return table;
}

struct table *table_new_record(void)
{
	return table_new(record_columns, ARRAY_LEN(record_columns));
}

void table_free(struct table *table)
{
	size_t i;

	if (table == NULL)
		return;
	for (i = 0; i < table->n_rows * table->n_columns; i++)
		free(table->cells[i]);
	free(table->cells);
	free(table);
}

void table_row(struct table *table)
{
	if (table == NULL || table->failed)
		return;
	if (table->n_rows == table->rows_max) {
		size_t rows = table->rows_max == 0 ? 16 : table->rows_max * 2;
		char **cells = realloc(table->cells, rows * table->n_columns * sizeof(*cells));

		if (cells == NULL) {
			table->failed = true;
			return;
		}
		table->cells = cells;
		table->rows_max = rows;
	}
	memset(table->cells + table->n_rows * table->n_columns, 0,
		table->n_columns * sizeof(*table->cells));
	table->n_rows++;
	table->n_in_row = 0;
}

static void add_cell(struct table *table, const char *format, va_list list)
{
	char **cell;

	if (table == NULL || table->failed)
		return;
	ASSERT(table->n_rows > 0 && table->n_in_row < table->n_columns);
	cell = &table->cells[(table->n_rows - 1) * table->n_columns + table->n_in_row++];
	if (vasprintf(cell, format, list) < 0) {
		*cell = NULL;
		table->failed = true;
	}
}

void table_cell(struct table *table, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	add_cell(table, format, list);
	va_end(list);
}

void table_field(struct table *table, const char *name, const char *format, ...)
{
	va_list list;

	table_row(table);
	table_cell(table, "%s", name);
	va_start(list, format);
	add_cell(table, format, list);
	va_end(list);
}

/* Tabs and line ends would look like cells and rows; a terminal obeys the other controls. */
static void print_plain_cell(const char *cell, FILE *out)
{
	for (; *cell != '\0'; cell++) {
		unsigned char c = (unsigned char)*cell;

		if (c == '\t')
			(void)fputs("\\t", out);
		else if (c == '\n')
			(void)fputs("\\n", out);
		else if (c == '\\')
			(void)fputs("\\\\", out);
		else if (c < 0x20 || c == 0x7f)
			(void)fprintf(out, "\\x%02x", c);
		else
			(void)fputc(c, out);
	}
}

static void print_plain(const struct table *table, FILE *out)
{
	size_t n_cells = table->n_rows * table->n_columns;
	size_t i;

	for (i = 0; i < n_cells; i++) {
		if (table->cells[i] != NULL)
			print_plain_cell(table->cells[i], out);
		(void)fputc((i + 1) % table->n_columns == 0 ? '\n' : '\t', out);
	}
}

static int add_columns(const struct table *table, struct libscols_table *columns)
{
	size_t i;

	for (i = 0; i < table->n_columns; i++) {
		const struct table_column *column = &table->columns[i];
		int flags = 0;

		if (column->flags & TABLE_RIGHT)
			flags |= SCOLS_FL_RIGHT;
		if (column->flags & TABLE_WRAP)
			flags |= SCOLS_FL_WRAP;
		if (scols_table_new_column(columns, column->heading == NULL ? "" : column->heading,
			    0, flags) == NULL)
			return PP_ERR_NO_MEMORY;
	}
	return 0;
}

static int add_rows(const struct table *table, struct libscols_table *columns)
{
	size_t row;
	size_t i;

	for (row = 0; row < table->n_rows; row++) {
		struct libscols_line *line = scols_table_new_line(columns, NULL);

		if (line == NULL)
			return PP_ERR_NO_MEMORY;
		for (i = 0; i < table->n_columns; i++) {
			const char *cell = table->cells[row * table->n_columns + i];

			if (scols_line_set_data(line, i, cell == NULL ? "" : cell) != 0)
				return PP_ERR_NO_MEMORY;
		}
	}
	return 0;
}

static bool print_aligned(const struct table *table, FILE *out)
{
	struct libscols_table *columns = scols_new_table();
	bool printed = false;

	if (columns == NULL)
		return false;
	scols_table_set_stream(columns, out);
	scols_table_enable_noheadings(columns, table->columns[0].heading == NULL);
	scols_table_set_column_separator(columns, "  ");
	if (add_columns(table, columns) == 0 && add_rows(table, columns) == 0)
		printed = scols_print_table(columns) == 0;
	scols_unref_table(columns);
	return printed;
}

bool table_print(const struct table *table, enum table_format format, FILE *out)
{
	if (table == NULL || table->failed)
		return false;
	if (table->n_rows == 0)
		return true;
	if (format == TABLE_ALIGNED && !print_aligned(table, out))
		return false;
	if (format == TABLE_PLAIN)
		print_plain(table, out);
	return ferror(out) == 0;
}

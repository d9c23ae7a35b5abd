#include <libsmartcols.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/fold.h"
#include "client/cli/table.h"

enum { SEPARATOR_COLUMNS = 2, COLUMNS_ENOUGH = 100 * 1000 };

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

/* What a column is wide at most, and how far it can be folded. */
struct width {
	size_t now;
	size_t min;
};

static void measure(const struct table *table, size_t column, struct width *out)
{
	const char *heading = table->columns[column].heading;

	out->now = heading == NULL ? 0 : fold_widest_line(heading);
	out->min = out->now;
	for (size_t row = 0; row < table->n_rows; row++) {
		const char *cell = table->cells[row * table->n_columns + column];
		size_t line = cell == NULL ? 0 : fold_widest_line(cell);
		size_t word = cell == NULL ? 0 : fold_widest_word(cell);

		out->now = line > out->now ? line : out->now;
		out->min = word > out->min ? word : out->min;
	}
	if ((table->columns[column].flags & TABLE_WRAP) == 0)
		out->min = out->now;
}

/*
 * Folds the widest columns that can be folded, until the table fits into the line. One that never
 * fits is left as it is: the terminal breaks its lines no worse.
 */
static void fit(const struct table *table, size_t columns, struct width *widths)
{
	size_t least = (table->n_columns - 1) * SEPARATOR_COLUMNS;
	size_t total = least;

	for (size_t i = 0; i < table->n_columns; i++) {
		measure(table, i, &widths[i]);
		least += widths[i].min;
		total += widths[i].now;
	}
	if (columns == 0 || least > columns)
		return;
	for (; total > columns; total--) {
		struct width *widest = NULL;

		for (size_t i = 0; i < table->n_columns; i++) {
			if (widths[i].now > widths[i].min &&
				(widest == NULL || widths[i].now > widest->now))
				widest = &widths[i];
		}
		ASSERT(widest != NULL);
		widest->now--;
	}
}

static int add_columns(const struct table *table, struct libscols_table *columns)
{
	for (size_t i = 0; i < table->n_columns; i++) {
		const struct table_column *column = &table->columns[i];
		int flags = (column->flags & TABLE_RIGHT) ? SCOLS_FL_RIGHT : 0;
		struct libscols_column *added;

		if (column->flags & TABLE_WRAP)
			flags |= SCOLS_FL_WRAP;
		added = scols_table_new_column(
			columns, column->heading == NULL ? "" : column->heading, 0, flags);
		if (added == NULL)
			return PP_ERR_NO_MEMORY;
		/* Only at the line ends that are in the cell. */
		if ((column->flags & TABLE_WRAP) &&
			(scols_column_set_safechars(added, "\n") != 0 ||
				scols_column_set_wrapfunc(added, scols_wrapnl_chunksize,
					scols_wrapnl_nextchunk, NULL) != 0))
			return PP_ERR_NO_MEMORY;
	}
	return 0;
}

static int add_cell_of(const struct table *table, struct libscols_line *line, size_t column,
	const char *cell, size_t columns)
{
	char *folded;

	if (cell == NULL || (table->columns[column].flags & TABLE_WRAP) == 0)
		return scols_line_set_data(line, column, cell == NULL ? "" : cell);
	folded = fold_copy(cell, columns);
	if (folded == NULL)
		return PP_ERR_NO_MEMORY;
	return scols_line_refer_data(line, column, folded);
}

static int add_rows(
	const struct table *table, struct libscols_table *columns, const struct width *widths)
{
	for (size_t row = 0; row < table->n_rows; row++) {
		struct libscols_line *line = scols_table_new_line(columns, NULL);

		if (line == NULL)
			return PP_ERR_NO_MEMORY;
		for (size_t i = 0; i < table->n_columns; i++) {
			const char *cell = table->cells[row * table->n_columns + i];

			if (add_cell_of(table, line, i, cell, widths[i].now) != 0)
				return PP_ERR_NO_MEMORY;
		}
	}
	return 0;
}

static bool print_aligned(const struct table *table, FILE *out)
{
	struct libscols_table *columns = scols_new_table();
	struct width widths[TABLE_COLUMNS_MAX];
	bool printed = false;

	if (columns == NULL)
		return false;
	fit(table, fold_columns(out), widths);
	scols_table_set_stream(columns, out);
	scols_table_enable_noheadings(columns, table->columns[0].heading == NULL);
	/* What fits was decided above: nothing is cut. */
	(void)scols_table_set_termforce(columns, SCOLS_TERMFORCE_ALWAYS);
	(void)scols_table_set_termwidth(columns, COLUMNS_ENOUGH);
	scols_table_set_column_separator(columns, "  ");
	if (add_columns(table, columns) == 0 && add_rows(table, columns, widths) == 0)
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

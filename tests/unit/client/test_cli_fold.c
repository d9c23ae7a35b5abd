/* Text of peakpeeps folded to a terminal, and tables that are. */
#include <criterion/criterion.h>
#include <criterion/new/assert.h>
#include <locale.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/fold.h"
#include "client/cli/table.h"

Test(cli_fold, folds_at_blanks_and_never_within_a_word)
{
	static const struct {
		const char *text;
		size_t columns;
		const char *folded;
	} rows[] = {
		{ "", 5, "" },
		{ "half off a burger", 0, "half off a burger" },
		{ "half off a burger", 17, "half off a burger" },
		{ "half off a burger", 16, "half off a\nburger" },
		{ "half off a burger", 8, "half off\na burger" },
		{ "half off a burger", 1, "half\noff\na\nburger" },
		{ "unbreakable", 4, "unbreakable" },
		{ "a\nb c", 2, "a\nb\nc" },
		{ "\u00e9\u00e9\u00e9 \u00e9\u00e9\u00e9", 7,
			"\u00e9\u00e9\u00e9 \u00e9\u00e9\u00e9" },
		{ "\u8336\u8336 \u8336", 5, "\u8336\u8336\n\u8336" },
		{ "\xff\xfe \xff", 3, "\xff\xfe\n\xff" },
	};

	setlocale(LC_CTYPE, "C.UTF-8");
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char *folded = fold_copy(rows[i].text, rows[i].columns);

		cr_assert(eq(str, folded, (char *)rows[i].folded), "row %zu", i);
		free(folded);
	}
}

Test(cli_fold, measures_columns_not_bytes)
{
	setlocale(LC_CTYPE, "C.UTF-8");
	cr_assert(eq(sz, fold_widest_line("ab\ncaf\u00e9"), 4));
	cr_assert(eq(sz, fold_widest_word("a caf\u00e9 b"), 4));
	cr_assert(eq(sz, fold_width("\u8336", 3), 2));
}

Test(cli_fold, prints_what_fits_no_terminal_without_cutting_it)
{
	static const struct table_column columns[] = { { "NAME", TABLE_WRAP },
		{ "COINS", TABLE_RIGHT } };
	struct table *table = table_new(columns, ARRAY_LEN(columns));
	char name[300];
	char *text = NULL;
	size_t len = 0;
	FILE *out = open_memstream(&text, &len);

	memset(name, 'x', sizeof(name) - 1);
	name[sizeof(name) - 1] = '\0';
	table_row(table);
	table_cell(table, "%s", name);
	table_cell(table, "7");
	cr_assert(table_print(table, TABLE_ALIGNED, out));
	cr_assert(zero(int, fclose(out)));
	cr_assert(not(zero(ptr, strstr(text, name))));
	table_free(table);
	free(text);
}

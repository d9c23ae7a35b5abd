/* Names as docs/protocol.md describes them, for the few code points that the test sends. */
#include <string.h>

#include "base/base.h"
#include "tests/model/model.h"

struct replacement {
	const char *from;
	const char *to;
};

/* NFC, for what generate_names.c sends beside ASCII and what is composed already. */
static const struct replacement compositions[] = {
	{ "e\xcc\x81", "\xc3\xa9" },                    /* e, acute: U+00E9 */
	{ "E\xcc\x81", "\xc3\x89" },                    /* E, acute: U+00C9 */
	{ "A\xcc\x8a", "\xc3\x85" },                    /* A, ring: U+00C5 */
	{ "j\xcc\x8c", "\xc7\xb0" },                    /* j, caron: U+01F0 */
	{ "\xe2\x84\xab", "\xc3\x85" },                 /* ANGSTROM SIGN: U+00C5 */
	{ "\xe0\xa5\x98", "\xe0\xa4\x95\xe0\xa4\xbc" }, /* DEVANAGARI QA is not composed */
};

/* Case folding of the same. */
static const struct replacement foldings[] = {
	{ "\xc3\x89", "\xc3\xa9" },  /* E acute */
	{ "\xc3\x85", "\xc3\xa5" },  /* A ring */
	{ "\xc3\x9f", "ss" },        /* sharp s */
	{ "\xe1\xba\x9e", "ss" },    /* capital sharp s */
	{ "\xce\xa3", "\xcf\x83" },  /* SIGMA */
	{ "\xcf\x82", "\xcf\x83" },  /* final sigma */
	{ "\xef\xac\x81", "fi" },    /* ligature fi */
	{ "\xc7\xb0", "j\xcc\x8c" }, /* j caron: folds apart, NFC brings it together */
	{ "j\xcc\x8c", "j\xcc\x8c" },
};

static const char *const spaces[] = { " ", "\t", "\n", "\xc2\xa0", "\xe3\x80\x80", "\xe2\x80\x83" };

static const char *const forbidden[] = {
	"\x01", "\t", "\n", "\x7f", "\xc2\x85", /* control */
	"\xe2\x80\xa8", "\xe2\x80\xa9",         /* separators of lines and paragraphs */
	"\xe2\x80\xae", "\xe2\x81\xa6",         /* bidirectional controls */
	"\xe2\x80\x8b", "\xef\xb8\x8f",         /* default-ignorable */
	"\xcd\xb8",                             /* U+0378 is unassigned */
};

static bool starts(const char *text, const char *with)
{
	return strncmp(text, with, strlen(with)) == 0;
}

/* Each place that begins with `from` becomes `to`. */
static const char *replace(
	struct arena *arena, const char *text, const struct replacement *table, size_t n)
{
	char *out = take(arena, strlen(text) * 3 + 1);
	size_t len = 0;

	while (*text != '\0') {
		size_t i = 0;
		while (i < n && !starts(text, table[i].from))
			i++;
		if (i == n) {
			out[len++] = *text++;
			continue;
		}
		memcpy(out + len, table[i].to, strlen(table[i].to));
		len += strlen(table[i].to);
		text += strlen(table[i].from);
	}
	out[len] = '\0';
	return out;
}

static size_t leading_space(const char *text)
{
	for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
		if (starts(text, spaces[i]))
			return strlen(spaces[i]);
	}
	return 0;
}

static size_t trailing_space(const char *text, size_t len)
{
	for (size_t i = 0; i < ARRAY_LEN(spaces); i++) {
		size_t n = strlen(spaces[i]);
		if (n <= len && memcmp(text + len - n, spaces[i], n) == 0)
			return n;
	}
	return 0;
}

const char *name_stored(struct arena *arena, const char *name)
{
	size_t n;

	while ((n = leading_space(name)) > 0)
		name += n;
	size_t len = strlen(name);
	while ((n = trailing_space(name, len)) > 0)
		len -= n;
	char *trimmed = take(arena, len + 1);
	memcpy(trimmed, name, len);
	trimmed[len] = '\0';
	for (size_t i = 0; i < ARRAY_LEN(forbidden); i++) {
		if (strstr(trimmed, forbidden[i]) != NULL)
			return NULL;
	}
	const char *stored = replace(arena, trimmed, compositions, ARRAY_LEN(compositions));
	return stored[0] != '\0' && strlen(stored) <= PP_NAME_BYTES_MAX ? stored : NULL;
}

const char *name_folded(struct arena *arena, const char *name)
{
	char *lower = take(arena, strlen(name) + 1);

	for (size_t i = 0; i <= strlen(name); i++)
		lower[i] = name[i] >= 'A' && name[i] <= 'Z' ? (char)(name[i] - 'A' + 'a') : name[i];
	return replace(arena, lower, foldings, ARRAY_LEN(foldings));
}

#include <criterion/criterion.h>
#include <string.h>

#include "domain/rules/name.h"

#define TEN "0123456789"
#define HUNDRED TEN TEN TEN TEN TEN TEN TEN TEN TEN TEN

static const struct {
	const char *what;
	const char *text;
	enum name_fault fault;
	const char *stored;
} rows[] = {
	{ "plain", "Fried and Loaded", NAME_OK, "Fried and Loaded" },
	{ "white space around it", " \t\n Fried \xc2\xa0\xe3\x80\x80\r\n", NAME_OK, "Fried" },
	{ "white space inside stays", "a  b", NAME_OK, "a  b" },
	{ "empty", "", NAME_EMPTY, NULL },
	{ "white space only", " \t \xe2\x80\xa8", NAME_EMPTY, NULL },
	{ "120 bytes", HUNDRED TEN TEN, NAME_OK, HUNDRED TEN TEN },
	{ "121 bytes", HUNDRED TEN TEN "x", NAME_TOO_LONG, NULL },
	{ "120 bytes once trimmed", "   " HUNDRED TEN TEN "   ", NAME_OK, HUNDRED TEN TEN },
	{ "121 bytes that compose to 120", HUNDRED "01234567890123456e\xcc\x81", NAME_OK,
		HUNDRED "01234567890123456\xc3\xa9" },
	{ "composing lengthens it to 123", HUNDRED "01234567890123456\xe0\xa5\x98", NAME_TOO_LONG,
		NULL },
	{ "very long", HUNDRED HUNDRED HUNDRED HUNDRED HUNDRED, NAME_TOO_LONG, NULL },
	{ "decomposed is stored composed", "Cafe\xcc\x81", NAME_OK, "Caf\xc3\xa9" },
	{ "emoji", "Taco \xf0\x9f\x8c\xae", NAME_OK, "Taco \xf0\x9f\x8c\xae" },
	{ "bad UTF-8", "a\xff", NAME_NOT_UTF8, NULL },
	{ "cut UTF-8", "a\xe2\x82", NAME_NOT_UTF8, NULL },
	{ "overlong NUL", "a\xc0\x80", NAME_NOT_UTF8, NULL },
	{ "surrogate", "a\xed\xa0\x80", NAME_NOT_UTF8, NULL },
	{ "beyond Unicode", "a\xf4\x90\x80\x80", NAME_NOT_UTF8, NULL },
	{ "tab inside", "a\tb", NAME_CONTROL, NULL },
	{ "escape", "\x1b[31mred", NAME_CONTROL, NULL },
	{ "delete", "a\x7f", NAME_CONTROL, NULL },
	{ "C1 control", "a\xc2\x9b", NAME_CONTROL, NULL },
	{ "line separator inside",
		"a\xe2\x80\xa8"
		"b",
		NAME_CONTROL, NULL },
	{ "right-to-left override",
		"a\xe2\x80\xae"
		"b",
		NAME_BIDI_CONTROL, NULL },
	{ "left-to-right mark", "a\xe2\x80\x8e", NAME_BIDI_CONTROL, NULL },
	{ "Arabic letter mark", "a\xd8\x9c", NAME_BIDI_CONTROL, NULL },
	{ "first strong isolate",
		"a\xe2\x81\xa8"
		"b",
		NAME_BIDI_CONTROL, NULL },
	{ "zero width joiner",
		"a\xe2\x80\x8d"
		"b",
		NAME_INVISIBLE, NULL },
	{ "zero width space",
		"a\xe2\x80\x8b"
		"b",
		NAME_INVISIBLE, NULL },
	{ "soft hyphen",
		"a\xc2\xad"
		"b",
		NAME_INVISIBLE, NULL },
	{ "variation selector", "a\xef\xb8\x8f", NAME_INVISIBLE, NULL },
	{ "Hangul filler", "a\xe3\x85\xa4", NAME_INVISIBLE, NULL },
	{ "byte order mark",
		"\xef\xbb\xbf"
		"a",
		NAME_INVISIBLE, NULL },
	{ "noncharacter", "a\xef\xbf\xbe", NAME_UNASSIGNED, NULL },
	{ "unassigned", "a\xcd\xb8", NAME_UNASSIGNED, NULL },
	{ "Hebrew needs no control", "\xd7\xa4\xd7\x9c\xd7\x90\xd7\xa4\xd7\x9c", NAME_OK,
		"\xd7\xa4\xd7\x9c\xd7\x90\xd7\xa4\xd7\x9c" },
};

Test(name, is_trimmed_composed_and_checked)
{
	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct name name;
		uint32_t code_point = 0;
		enum name_fault fault = name_parse(rows[i].text, &name, &code_point);
		cr_expect_eq(fault, rows[i].fault, "%s: %s", rows[i].what, name_fault_text(fault));
		if (fault == NAME_OK && rows[i].stored != NULL)
			cr_expect_str_eq(name.text, rows[i].stored, "%s", rows[i].what);
		cr_expect(name_fault_text(fault) != NULL);
	}
}

static const struct {
	const char *a;
	const char *b;
	bool same;
} pairs[] = {
	{ "Burger", "bURGER", true },
	{ "Caf\xc3\xa9", "CAFE\xcc\x81", true }, /* composed and decomposed */
	{ "\xef\xac\x81sh", "FISH", true },      /* the ligature fi */
	{ "stra\xc3\x9f"
	  "e",
		"STRASSE", true }, /* sharp s */
	{ "stra\xe1\xba\x9e"
	  "e",
		"strasse", true }, /* capital sharp s */
	{ "\xce\xa3\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x82",
		"\xcf\x83\xce\xaf\xcf\x83\xcf\x85\xcf\x86\xce\xbf\xcf\x83",
		true }, /* final sigma */
	{ "\xe2\x84\xaa"
	  "elvin",
		"kelvin", true },         /* the sign */
	{ "d\xc4\xb1sh", "dish", false }, /* dotless i is another letter */
	{ "d\xc4\xb1sh", "DISH", false },
	{ "\xc4\xb0stanbul", "istanbul", false }, /* I with dot folds to i + dot */
	{ "\xc4\xb0stanbul", "i\xcc\x87stanbul", true },
	{ "resume", "r\xc3\xa9sum\xc3\xa9", false }, /* accents count */
	{ "\xef\xbc\xa1", "A", false },              /* full width counts */
	{ " Burger ", "burger", true },
	{ "a b", "a  b", false },
};

Test(name, is_the_same_ignoring_case_and_composition)
{
	for (size_t i = 0; i < ARRAY_LEN(pairs); i++) {
		struct name a;
		struct name b;
		uint32_t code_point;
		cr_assert_eq(name_parse(pairs[i].a, &a, &code_point), NAME_OK, "%s", pairs[i].a);
		cr_assert_eq(name_parse(pairs[i].b, &b, &code_point), NAME_OK, "%s", pairs[i].b);
		bool same = memcmp(&a.hash, &b.hash, sizeof(a.hash)) == 0;
		cr_expect_eq(same, pairs[i].same, "%s / %s", pairs[i].a, pairs[i].b);
	}
}

Test(name, that_is_stored_hashes_as_it_did)
{
	struct name name;
	struct name_hash hash;
	uint32_t code_point;

	cr_assert_eq(name_parse(" Stra\xc3\x9f"
				"e ",
			     &name, &code_point),
		NAME_OK);
	cr_assert(name_hash(name.text, &hash));
	cr_assert_eq(memcmp(&hash, &name.hash, sizeof(hash)), 0);
	cr_expect(!name_hash(" untrimmed", &hash));
	cr_expect(!name_hash("Cafe\xcc\x81", &hash), "not composed");
	cr_expect(!name_hash("", &hash));
}

/* Whatever the bytes, parsing ends, and what it stores parses to itself. */
Test(name, parses_any_bytes)
{
	uint32_t state = 12345;
	char text[400];

	for (int round = 0; round < 20000; round++) {
		size_t len = 1 + round % 60;
		for (size_t i = 0; i < len; i++) {
			state = state * 1664525 + 1013904223;
			uint8_t byte = (uint8_t)(state >> 24);
			text[i] = (char)(byte == 0 ? 1 : byte);
		}
		text[len] = '\0';
		struct name name;
		struct name_hash hash;
		uint32_t code_point;
		if (name_parse(text, &name, &code_point) == NAME_OK)
			cr_assert(name_hash(name.text, &hash));
	}
}

/* Every code point of two at once: composed and folded forms stay within the buffers. */
Test(name, parses_every_code_point)
{
	for (uint32_t c = 0x80; c < 0x110000; c++) {
		char text[9] = { 0 };
		size_t n = 0;
		if (c >= 0xd800 && c < 0xe000)
			continue;
		for (int twice = 0; twice < 2; twice++) {
			if (c < 0x800) {
				text[n++] = (char)(0xc0 | c >> 6);
			} else if (c < 0x10000) {
				text[n++] = (char)(0xe0 | c >> 12);
				text[n++] = (char)(0x80 | (c >> 6 & 63));
			} else {
				text[n++] = (char)(0xf0 | c >> 18);
				text[n++] = (char)(0x80 | (c >> 12 & 63));
				text[n++] = (char)(0x80 | (c >> 6 & 63));
			}
			text[n++] = (char)(0x80 | (c & 63));
		}
		struct name name;
		struct name_hash hash;
		uint32_t code_point;
		if (name_parse(text, &name, &code_point) == NAME_OK)
			cr_assert(name_hash(name.text, &hash), "U+%04X", c);
	}
}

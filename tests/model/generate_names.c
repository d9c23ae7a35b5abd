/* Names in several spellings that are the same name, and some that are none. */
#include <string.h>

#include "base/base.h"
#include "tests/model/generate.h"

/* Each row is one name. */
static const char *const stems[][4] = {
	{ "Alex", "ALEX", "alex", "aLeX" },
	{ "Robin", "ROBIN", "robin", "Robin" },
	{ "Half off", "HALF OFF", "half off", "Half Off" },
	{ "Caf\xc3\xa9", "CAF\xc3\x89", "Cafe\xcc\x81", "cafE\xcc\x81" },
	{ "Stra\xc3\x9f"
	  "e",
		"STRASSE", "strasse",
		"STRA\xe1\xba\x9e"
		"E" },
	{ "\xce\xa3\xcf\x83\xcf\x82", "\xce\xa3\xce\xa3\xce\xa3", "\xcf\x83\xcf\x83\xcf\x83",
		"\xcf\x82\xcf\x82\xcf\x82" },
	{ "\xef\xac\x81ne", "fine", "FINE", "Fine" },
	{ "\xc3\x85ngs", "\xe2\x84\xabngs", "A\xcc\x8angs", "\xc3\xa5NGS" },
	{ "\xc7\xb0"
	  "am",
		"j\xcc\x8c"
		"am",
		"J\xcc\x8c"
		"AM",
		"j\xcc\x8c"
		"AM" },
};

static const char *const around[] = { "", " ", "\t", "\xc2\xa0", "\xe3\x80\x80", "  \xe2\x80\x83" };

static const char *const bad[] = { "", "   ",
	"\x01"
	"a",
	"a\xe2\x80\x8b"
	"b",
	"a\xe2\x80\xae"
	"b",
	"a\xcd\xb8", "a\nb", "a\tb", "\xe2\x81\xa6x", "a\xef\xb8\x8f", "a\x7f", "a\xe2\x80\xa8z" };

/* Many of one code point: 120 bytes, 121, and 120 that NFC makes longer. */
static const char *long_name(struct generator *g)
{
	char *name = take(arena_of(g), 128);

	switch (draw(g, 3)) {
	case 0: memset(name, 'y', 120); break;
	case 1: memset(name, 'x', 121); break;
	default:
		for (size_t i = 0; i < 40; i++)
			memcpy(name + 3 * i, "\xe0\xa5\x98", 3);
	}
	return name;
}

const char *pick_name(struct generator *g, unsigned n)
{
	if (chance(g, 1))
		return long_name(g);
	if (chance(g, 1))
		return bad[draw(g, ARRAY_LEN(bad))];
	unsigned number = (unsigned)draw(g, n);
	const char *const *stem = stems[number % ARRAY_LEN(stems)];
	size_t spelling = chance(g, 60) ? 0 : draw(g, 4);
	bool wrapped = chance(g, 4);
	char *name = arena_printf(arena_of(g), "%s%s %u%s",
		wrapped ? around[draw(g, ARRAY_LEN(around))] : "", stem[spelling], number,
		wrapped ? around[draw(g, ARRAY_LEN(around))] : "");

	return name;
}

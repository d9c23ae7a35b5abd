/* Request ids: made, written and read. */
#include <criterion/criterion.h>

#include <string.h>

#include "peakpeeps/core.h"

Test(uuid, carries_time_version_and_variant)
{
	const uint8_t ones[10] = { 255, 255, 255, 255, 255, 255, 255, 255, 255, 255 };
	const uint8_t zeros[10] = { 0 };
	struct pp_uuid uuid;
	char text[37];

	pp_uuid_make(0x0123456789ab, zeros, &uuid);
	pp_uuid_format(&uuid, text);
	cr_expect_str_eq(text, "01234567-89ab-7000-8000-000000000000");
	pp_uuid_make(0x0123456789ab, ones, &uuid);
	pp_uuid_format(&uuid, text);
	cr_expect_str_eq(text, "01234567-89ab-7fff-bfff-ffffffffffff");
}

Test(uuid, sorts_by_time)
{
	const uint8_t random[10] = { 9, 8, 7 };
	struct pp_uuid earlier, later;

	pp_uuid_make(INT64_C(1764000000000), random, &earlier);
	pp_uuid_make(INT64_C(1764000000001), (const uint8_t[10]) { 0 }, &later);
	cr_expect_lt(memcmp(&earlier, &later, sizeof(earlier)), 0);
}

Test(uuid, reads_what_it_wrote_and_nothing_else)
{
	static const char *const wrong[] = {
		"",
		"0",
		"01234567-89ab-7000-8000-00000000000",
		"01234567-89ab-7000-8000-0000000000000",
		"0123456789ab70008000000000000000",
		"01234567-89ab-7000-8000-00000000000g",
		"01234567089ab-7000-8000-000000000000",
		"{1234567-89ab-7000-8000-000000000000}",
		" 1234567-89ab-7000-8000-000000000000",
		"01234567-89ab-7000-8000-000000000000 ",
	};
	struct pp_uuid uuid = { { 42 } };
	char text[37];

	for (size_t i = 0; i < sizeof(wrong) / sizeof(wrong[0]); i++)
		cr_expect_not(pp_uuid_parse(wrong[i], &uuid), "took \"%s\"", wrong[i]);
	cr_expect_eq(uuid.bytes[0], 42, "an unreadable id must not change the result");
	cr_assert(pp_uuid_parse("0197C0DE-89ab-7abc-BDEF-0123456789ab", &uuid));
	pp_uuid_format(&uuid, text);
	cr_expect_str_eq(text, "0197c0de-89ab-7abc-bdef-0123456789ab");
}

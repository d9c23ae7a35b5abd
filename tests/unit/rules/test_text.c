#include <criterion/criterion.h>

#include "domain/rules/text.h"

#define SECRET_MAX ((UINT64_C(1) << 60) - 1)

Test(text, of_times_and_ids)
{
	static const struct {
		int64_t time_ms;
		const char *text;
	} rows[] = { { 0, "1970-01-01T00:00:00.000Z" },
		{ 951782400123, "2000-02-29T00:00:00.123Z" },
		{ 1795503600000, "2026-11-24T07:00:00.000Z" },
		{ 4107542399999, "2100-02-28T23:59:59.999Z" },
		{ 4107542400000, "2100-03-01T00:00:00.000Z" },
		{ 253402300799999, "9999-12-31T23:59:59.999Z" },
		{ 253402300800000, "253402300800000" }, { INT64_MAX, "9223372036854775807" },
		{ -1, "-1" } };
	const struct pp_uuid uuid = { { 0x01, 0x92, 0xe4, 0xa0, 0x5b, 0x3c, 0x7d, 0xef, 0x81, 0x23,
		0x45, 0x67, 0x89, 0xab, 0xcd, 0xef } };

	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_expect_str_eq(TIME_TEXT(rows[i].time_ms), rows[i].text);
	cr_expect_str_eq(UUID_TEXT(&uuid), "0192e4a0-5b3c-7def-8123-456789abcdef");
}

static const struct {
	uint64_t id;
	uint64_t secret;
	const char *text;
} codes[] = {
	{ 0, 0, "0-0000-0000-0000" },
	{ 1, SECRET_MAX, "1-ZZZZ-ZZZZ-ZZZZ" },
	{ 31, 18, "Z-0000-0000-000J" },
	{ 32, UINT64_C(1) << 55, "10-1000-0000-0000" },
	{ 1540, UINT64_C(0x4766d48effa0b96), "1G4-8XKD-93QZ-M2WP" },
	{ UINT64_C(1) << 60, 0, "1000000000000-0000-0000-0000" },
	{ UINT64_MAX, SECRET_MAX, "FZZZZZZZZZZZZ-ZZZZ-ZZZZ-ZZZZ" },
};

Test(text, of_codes_and_back)
{
	for (size_t i = 0; i < ARRAY_LEN(codes); i++) {
		uint64_t id = 77;
		uint64_t secret = 77;
		struct text text = text_of_code(codes[i].id, codes[i].secret);
		cr_expect_str_eq(text.text, codes[i].text);
		cr_assert(text_parse_code(text.text, &id, &secret), "%s", text.text);
		cr_expect(id == codes[i].id && secret == codes[i].secret, "%s", text.text);
	}
}

Test(text, reads_codes_as_people_type_them)
{
	static const char *const same[] = { "1G-8XKD-93QZ-M201", "1g-8xkd-93qz-m201",
		"1G8XKD93QZM201", " 1 g 8 x k d 9 3 q z m 2 0 1 ", "--IG-8XKD-93QZ-M2OL--",
		"lg 8xkd 93qz m2oi", "001G8XKD93QZM201" };
	static const char *const none[] = { "", " ", "-", "8XKD-93QZ-M2WP", "1-8XKD-93QZ-M2W",
		"1-8XKD-93QZ-M2WU", "1-8XKD-93QZ-M2Wu", "1-8XKD_93QZ_M2WP", "1-8XKD\t93QZ-M2WP",
		"1-8XKD-93QZ-M2W\xc3\x98", "1-8XKD-93QZ-M2W\n", "?",
		"G000000000000-0000-0000-0000",  /* an id over 64 bits */
		"01000000000000-0000-0000-0000", /* more digits than an id has */
		"ZZZZZZZZZZZZZ-ZZZZ-ZZZZ-ZZZZ" };
	uint64_t first_id = 0;
	uint64_t first_secret = 0;

	cr_assert(text_parse_code(same[0], &first_id, &first_secret));
	cr_expect_eq(first_id, 32 + 16);
	for (size_t i = 0; i < ARRAY_LEN(same); i++) {
		uint64_t id = 0;
		uint64_t secret = 0;
		cr_assert(text_parse_code(same[i], &id, &secret), "%s", same[i]);
		cr_expect(id == first_id && secret == first_secret, "%s", same[i]);
	}
	for (size_t i = 0; i < ARRAY_LEN(none); i++) {
		uint64_t id = 5;
		uint64_t secret = 6;
		cr_expect(!text_parse_code(none[i], &id, &secret), "%s", none[i]);
		cr_expect(id == 5 && secret == 6);
	}
}

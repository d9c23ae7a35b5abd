#include "storage/seal.h"

#include <criterion/criterion.h>
#include <string.h>

static const struct key key = { .len = 3, .bytes = { 'k', 'e', 'y' } };

Test(seal, opens_what_it_closed)
{
	uint8_t value[300];
	uint8_t sealed[300 + SEAL_BYTES];

	memset(value, 0x5a, sizeof(value));
	for (size_t len = 0; len <= sizeof(value); len++) {
		struct span opened;
		uint64_t checksum;
		uint64_t written = seal_write(&key, (struct span) { value, len }, sealed);
		struct span whole = { sealed, len + SEAL_BYTES };
		cr_assert_eq(seal_open(&key, whole, &opened, &checksum), 0);
		cr_assert_eq(checksum, written);
		cr_assert(opened.data == sealed && opened.len == len);
	}
}

Test(seal, every_flipped_bit_and_every_other_length_is_found)
{
	uint8_t sealed[40 + SEAL_BYTES];
	uint8_t value[40] = "a value";
	struct span opened;
	uint64_t checksum;

	seal_write(&key, (struct span) { value, sizeof(value) }, sealed);
	for (size_t bit = 0; bit < 8 * sizeof(sealed); bit++) {
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
		cr_assert_eq(seal_open(&key, (struct span) { sealed, sizeof(sealed) }, &opened,
				     &checksum),
			PP_ERR_CORRUPT, "bit %zu", bit);
		sealed[bit / 8] ^= (uint8_t)(1 << bit % 8);
	}
	for (size_t len = 0; len < sizeof(sealed); len++)
		cr_assert_eq(seal_open(&key, (struct span) { sealed, len }, &opened, &checksum),
			PP_ERR_CORRUPT, "length %zu", len);
}

Test(seal, another_key_is_found)
{
	static const struct key others[] = {
		{ .len = 3, .bytes = { 'k', 'e', 'z' } },
		{ .len = 2, .bytes = { 'k', 'e' } },
		{ .len = 4, .bytes = { 'k', 'e', 'y', 0 } },
	};
	uint8_t sealed[5 + SEAL_BYTES];
	struct span opened;
	uint64_t checksum;

	seal_write(&key, (struct span) { (const uint8_t *)"value", 5 }, sealed);
	for (size_t i = 0; i < ARRAY_LEN(others); i++)
		cr_assert_eq(seal_open(&others[i], (struct span) { sealed, sizeof(sealed) },
				     &opened, &checksum),
			PP_ERR_CORRUPT);
}

/* Part of the format of stores on disk: it must not change. */
Test(seal, checksum_is_what_it_always_was)
{
	struct span value = { (const uint8_t *)"value", 5 };
	uint8_t longer[1000];
	uint64_t mix = 0;

	cr_assert_eq(store_record_checksum(&key, value), UINT64_C(0x848fd68ee0337d37));
	/* All the ways that XXH3 takes for different lengths. */
	for (size_t len = 0; len < sizeof(longer); len++) {
		longer[len] = (uint8_t)len;
		mix = mix * 31 + store_record_checksum(&key, (struct span) { longer, len });
	}
	cr_assert_eq(mix, UINT64_C(0xf17215dec8988146));
}

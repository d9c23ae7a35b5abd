#include "storage/overlay.h"

#include <criterion/criterion.h>
#include <string.h>

#include "storage/engine.h"
#include "storage/seal.h"

static struct key key_of(const char *text)
{
	struct key key = { .len = (uint8_t)strlen(text) };

	memcpy(key.bytes, text, key.len);
	return key;
}

static struct span text(const char *bytes)
{
	return (struct span) { (const uint8_t *)bytes, strlen(bytes) };
}

static void put(struct overlay *overlay, const char *name, const char *value)
{
	struct key key = key_of(name);
	struct overlay_entry *entry = overlay_find(overlay, &key);

	if (entry == NULL)
		entry = overlay_add(overlay, &key);
	overlay_set(overlay, entry, text(value));
}

static void check(const struct overlay *overlay, const char *name, const char *value)
{
	struct key key = key_of(name);
	const struct overlay_entry *entry = overlay_find(overlay, &key);

	cr_assert_eq(entry != NULL, value != NULL, "%s", name);
	if (entry == NULL || value == NULL)
		return;
	struct span held = overlay_value(entry);
	cr_assert_eq(held.len, strlen(value), "%s", name);
	cr_assert(held.len == 0 || memcmp(held.data, value, held.len) == 0, "%s", name);
	cr_assert_eq(entry->checksum, store_record_checksum(&key, held));
}

Test(overlay, newest_value_wins)
{
	struct overlay overlay;

	cr_assert_eq(overlay_init(&overlay, 8, 1024, 1), 0);
	put(&overlay, "a", "one");
	put(&overlay, "b", "");
	check(&overlay, "a", "one");
	check(&overlay, "b", "");
	check(&overlay, "c", NULL);
	check(&overlay, "aa", NULL); /* keys that are beginnings of others */
	put(&overlay, "a", "a longer value than before");
	put(&overlay, "a", "short");
	check(&overlay, "a", "short");
	cr_assert_eq(overlay.n_entries, 2);
	overlay_free(&overlay);
}

Test(overlay, value_that_fits_takes_no_new_room)
{
	struct overlay overlay;

	cr_assert_eq(overlay_init(&overlay, 8, 1024, 1), 0);
	put(&overlay, "a", "12345678");
	size_t used = overlay.n_bytes;
	for (int i = 0; i < 1000; i++)
		put(&overlay, "a", i % 2 == 0 ? "8 bytes!" : "less");
	cr_assert_eq(overlay.n_bytes, used);
	overlay_free(&overlay);
}

Test(overlay, sorts_by_bytes_and_beginnings_first)
{
	static const char *const expected[] = { "A", "AB", "ABC", "B", "a", "b", "\xff" };
	static const char *const given[] = { "b", "AB", "\xff", "A", "a", "ABC", "B" };
	struct overlay overlay;

	cr_assert_eq(overlay_init(&overlay, 8, 1024, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(given); i++)
		put(&overlay, given[i], given[i]);
	struct overlay_entry *const *sorted = overlay_sort(&overlay);
	for (size_t i = 0; i < ARRAY_LEN(expected); i++) {
		struct key key = key_of(expected[i]);
		cr_assert_eq(key_compare(&sorted[i]->key, &key), 0, "%zu", i);
	}
	overlay_free(&overlay);
}

Test(overlay, clear_forgets_all_whatever_the_probes_were)
{
	struct overlay overlay;
	char name[2] = { 0 };

	/* Full and with several seeds: chains of collisions occur. */
	for (uint64_t seed = 0; seed < 50; seed++) {
		cr_assert_eq(overlay_init(&overlay, 64, 64 * 24, seed), 0);
		for (int round = 0; round < 3; round++) {
			for (int i = 0; i < 64; i++) {
				name[0] = (char)(i + 1 + round);
				check(&overlay, name, NULL);
				put(&overlay, name, name);
			}
			for (int i = 0; i < 64; i++) {
				name[0] = (char)(i + 1 + round);
				check(&overlay, name, name);
			}
			cr_assert_eq(overlay.n_entries, 64);
			overlay_clear(&overlay);
			cr_assert_eq(overlay.n_entries, 0);
			cr_assert_eq(overlay.n_bytes, 0);
		}
		overlay_free(&overlay);
	}
}

Test(overlay, promised_room_is_there)
{
	static const struct {
		uint32_t n_values;
		size_t n_bytes;
		bool room;
	} rows[] = {
		{ 0, 0, true },
		{ 8, 0, true },
		{ 9, 0, false },
		{ 1, 1024 - 16, true },
		{ 1, 1024 - 15, false },
		{ 8, 1024 - 8 * 16, true },
		{ 8, 1024 - 8 * 16 + 1, false },
		{ 0, 1025, false },
	};
	struct overlay overlay;
	char value[897];

	cr_assert_eq(overlay_init(&overlay, 8, 1024, 1), 0);
	for (size_t i = 0; i < ARRAY_LEN(rows); i++)
		cr_assert_eq(overlay_has_room(&overlay, rows[i].n_values, rows[i].n_bytes),
			rows[i].room, "row %zu", i);
	/* The worst split of the bytes: seven values of length 1 mod 8. */
	memset(value, 'v', sizeof(value));
	value[896 - 7] = '\0';
	for (int i = 0; i < 7; i++) {
		char name[2] = { (char)('a' + i), '\0' };
		put(&overlay, name, "1");
	}
	put(&overlay, "z", value);
	cr_assert_leq(overlay.n_bytes, 1024);
	cr_assert_not(overlay_has_room(&overlay, 1, 0));
	overlay_free(&overlay);
}

#include "little_log.h"

#include <criterion/criterion.h>
#include <signal.h>
#include <string.h>
#include <xxhash.h>

Test(wal, records_come_back_as_they_were_written)
{
	static const size_t lens[] = { 0, 1, 255, 256, 70000 };
	static uint8_t block[256 * 1024];
	static uint8_t bytes[70000];
	uint8_t *at = block;
	size_t n_bytes = 0;
	uint32_t n = 0;

	memset(bytes, 0xa5, sizeof(bytes));
	for (uint8_t key_len = 0; key_len <= KEY_BYTES_MAX; key_len += 20) {
		struct key key = { .len = key_len };
		memset(key.bytes, key_len, key_len);
		for (size_t i = 0; i < ARRAY_LEN(lens); i++, n++) {
			uint8_t *value = wal_record_value(at, &key);
			struct engine_put put = { &key, { bytes, lens[i] }, i % 2 == 0 };
			at = wal_record_write(at, &put);
			cr_assert_eq(value + lens[i], at);
			n_bytes += key_len + lens[i];
		}
	}
	size_t len = wal_block_bytes(n, n_bytes);
	cr_assert_eq(len % WAL_ALIGNMENT, 0);
	cr_assert(len >= WAL_HEADER_BYTES + (size_t)(at - block));
	cr_assert(len - WAL_ALIGNMENT < WAL_HEADER_BYTES + (size_t)(at - block));

	struct span records = { block, (size_t)(at - block) };
	struct key key;
	struct engine_put put;
	size_t place = 0;
	for (uint8_t key_len = 0; key_len <= KEY_BYTES_MAX; key_len += 20) {
		for (size_t i = 0; i < ARRAY_LEN(lens); i++) {
			cr_assert(wal_record_next(records, &place, &key, &put));
			cr_assert(key.len == key_len && put.value.len == lens[i]);
			cr_assert(put.key == &key && put.fresh == (i % 2 == 0));
			cr_assert_eq(memcmp(put.value.data, bytes, put.value.len), 0);
		}
	}
	cr_assert_not(wal_record_next(records, &place, &key, &put));
}

Test(wal, a_record_longer_than_its_batch_is_a_programmer_s_error, .signal = SIGABRT)
{
	static const uint8_t bytes[] = { 1, 0, 0, 0, 9, 'k', 'v' };
	struct key key;
	struct engine_put put;
	size_t at = 0;

	wal_record_next((struct span) { bytes, sizeof(bytes) }, &at, &key, &put);
}

/* Numbers that look drawn but are the same each time. */
static size_t draw(uint32_t *state, size_t n)
{
	*state = *state * 1664525 + 1013904223;
	return (*state >> 8) % n;
}

/* Starts, appends, checkpoints that lag behind, and crashes; each time everything is there. */
Test(wal, reads_back_what_was_appended_however_often_segments_are_used_again)
{
	struct little_log log;
	struct wal_found found;
	uint32_t state = 1;

	little_log_make(&log);
	for (int life = 0; life < 12; life++) {
		little_log_begin(&log);
		size_t n = draw(&state, 40);
		for (size_t i = 0; i < n; i++) {
			little_log_append(&log, 1 + draw(&state, draw(&state, 4) > 0 ? 600 : 3300));
			if (log.last > log.after + 4)
				log.after = log.last - draw(&state, 4);
			wal_release(log.wal, log.after);
			if (draw(&state, 3) == 0)
				cr_assert_eq(wal_prepare(log.wal), 0);
		}
		little_log_close(&log);
		for (int twice = 0; twice < 2; twice++) {
			cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s",
				log.message);
			cr_assert_eq(found.last, log.last, "life %d", life);
			cr_assert(found.n_lost == 0 && !found.loss && found.torn_bytes == 0);
		}
	}
	little_log_free(&log);
}

Test(wal, every_length_up_to_a_whole_segment_fits)
{
	struct little_log log;
	struct wal_found found;

	little_log_make(&log);
	little_log_begin(&log);
	for (size_t n_bytes = 1; n_bytes <= LITTLE_BLOCK_BYTES_MAX - WAL_HEADER_BYTES - 20;
		n_bytes += 61) {
		little_log_append(&log, n_bytes);
		log.after = log.last - 1;
		wal_release(log.wal, log.after);
	}
	little_log_append(&log, LITTLE_BLOCK_BYTES_MAX - WAL_HEADER_BYTES - 20);
	little_log_close(&log);
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	cr_assert_eq(found.n_batches, 2);
	little_log_free(&log);
}

Test(wal, recovery_changes_nothing)
{
	struct little_log log;
	struct little_image before;
	struct little_image after;
	struct wal_found found;

	little_log_make(&log);
	little_log_begin(&log);
	for (int i = 0; i < 9; i++)
		little_log_append(&log, 900);
	little_log_close(&log);
	little_file_write(&log, "log.new", (const uint8_t *)"cut short", 9);
	little_image_take(&log, &before);
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	cr_assert_eq(found.n_batches, 9);
	little_image_take(&log, &after);
	cr_assert_eq(before.n, after.n);
	for (size_t i = 0; i < before.n; i++) {
		cr_assert_str_eq(before.files[i].name, after.files[i].name);
		cr_assert_eq(before.files[i].len, after.files[i].len);
		cr_assert_eq(
			memcmp(before.files[i].bytes, after.files[i].bytes, before.files[i].len),
			0);
	}
	little_image_free(&before);
	little_image_free(&after);
	little_log_free(&log);
}

Test(wal, a_log_that_is_not_there_is_missed_unless_the_base_was_closed)
{
	struct little_log log;
	struct wal_found found;

	little_log_make(&log);
	cr_assert_eq(little_log_recover(&log, true, false, &found), 0);
	cr_assert(found.n_batches == 0 && found.last == 0 && !found.loss);
	cr_assert_eq(little_log_recover(&log, false, false, &found), PP_ERR_CORRUPT);
	cr_assert_not_null(strstr(log.message, "its log is gone"), "%s", log.message);
	little_log_begin(&log);
	little_log_close(&log);
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "nothing appended yet");
	cr_assert(found.n_batches == 0 && found.last == 0 && !found.loss);
	little_log_free(&log);
}

static int refuse_third(void *context, uint64_t batch, struct span records)
{
	(void)records;
	++*(int *)context;
	return batch == 3 ? PP_ERR_STORAGE_FULL : 0;
}

Test(wal, an_error_of_the_caller_ends_recovery)
{
	struct little_log log;
	struct wal_found found;
	int n = 0;

	little_log_make(&log);
	little_log_begin(&log);
	for (int i = 0; i < 5; i++)
		little_log_append(&log, 900);
	little_log_close(&log);
	little_log_open(&log);
	for (int twice = 1; twice <= 2; twice++) {
		cr_assert_eq(wal_recover(log.wal, log.epoch, 0, false, false, refuse_third, &n,
				     &found, log.message),
			PP_ERR_STORAGE_FULL);
		cr_assert_eq(n, 3 * twice);
	}
	little_log_free(&log);
}

static struct span kept[8];
static size_t n_kept;

static int keep(void *context, uint64_t batch, struct span records)
{
	(void)context;
	(void)batch;
	kept[n_kept++] = records;
	return 0;
}

Test(wal, what_was_read_stays_until_the_log_begins)
{
	struct little_log log;
	struct wal_found found;
	struct key key;
	struct engine_put put;

	little_log_make(&log);
	little_log_begin(&log);
	for (int i = 0; i < 8; i++)
		little_log_append(&log, 1200);
	little_log_close(&log);
	little_log_open(&log);
	cr_assert_eq(
		wal_recover(log.wal, log.epoch, 0, false, false, keep, NULL, &found, log.message),
		0);
	cr_assert_eq(n_kept, 8);
	for (size_t i = 0; i < n_kept; i++) {
		size_t at = 0;
		cr_assert(wal_record_next(kept[i], &at, &key, &put));
		cr_assert(key.bytes[8] == i + 1 && put.value.len == 1200);
	}
	little_log_free(&log);
}

/* ---- Whose it is ---- */

Test(wal, refuses_the_log_of_another_store_or_format)
{
	struct little_log log;
	struct little_image image;
	struct wal_found found;

	little_log_make(&log);
	little_log_begin(&log);
	little_log_append(&log, 3000);
	little_log_append(&log, 3000);
	little_log_close(&log);
	log.options.store_id.bytes[3]++;
	cr_assert_eq(little_log_try_open(&log), PP_ERR_CORRUPT);
	cr_assert_not_null(strstr(log.message, "/log.00000"), "%s", log.message);
	cr_assert_not_null(strstr(log.message, "another store"), "%s", log.message);
	log.options.store_id.bytes[3]--;

	static const uint8_t other_secret[32] = "not the secret";
	const uint8_t *secret = log.options.secret;
	log.options.secret = other_secret;
	cr_assert_eq(little_log_try_open(&log), PP_ERR_CORRUPT);
	log.options.secret = secret;

	little_image_take(&log, &image);
	uint8_t *bytes = image.files[1].bytes;
	XXH128_canonical_t sum;
	bytes[19]++;
	XXH128_canonicalFromHash(&sum, XXH3_128bits(bytes, WAL_SEGMENT_HEADER_BYTES - 16));
	memcpy(bytes + WAL_SEGMENT_HEADER_BYTES - 16, &sum, 16);
	little_image_put(&log, &image);
	cr_assert_eq(little_log_try_open(&log), PP_ERR_FORMAT);
	cr_assert_not_null(strstr(log.message, "log.000002"), "%s", log.message);
	bytes[19]--;
	XXH128_canonicalFromHash(&sum, XXH3_128bits(bytes, WAL_SEGMENT_HEADER_BYTES - 16));
	memcpy(bytes + WAL_SEGMENT_HEADER_BYTES - 16, &sum, 16);
	little_image_put(&log, &image);
	little_image_free(&image);
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	little_log_free(&log);
}

/* Batches are not encrypted, so a client can know what its own look like; not their mark. */
Test(wal, a_batch_within_a_record_is_not_one)
{
	static _Alignas(512) uint8_t block[LITTLE_BLOCK_BYTES_MAX];
	struct little_log log;
	struct little_image image;
	struct wal_found found;
	struct key key = { .len = 1, .bytes = { 'k' } };

	/* A copy of a real one, moved to where a sector begins, in another store. */
	little_log_make(&log);
	static const uint8_t other_secret[32] = "not the secret";
	const uint8_t *secret = log.options.secret;
	log.options.secret = other_secret;
	little_log_begin(&log);
	little_log_append(&log, 400);
	little_log_append(&log, 400);
	little_log_close(&log);
	little_image_take(&log, &image);
	static const struct little_image nothing;
	little_image_put(&log, &nothing);
	log.options.secret = secret;
	log.epoch = 1;
	log.last = 0;
	little_log_begin(&log);
	size_t at = 512 - WAL_HEADER_BYTES - WAL_RECORD_BYTES - 1;
	uint8_t value[1024] = { 0 };
	memcpy(value + at, image.files[0].bytes + 1024, 512);
	struct engine_put put = { .key = &key, .value = { value, sizeof(value) } };
	uint8_t *end = wal_record_write(block + WAL_HEADER_BYTES, &put);
	size_t len = wal_block_bytes(1, 1 + sizeof(value));
	cr_assert_eq(wal_reserve(log.wal, len), 0);
	cr_assert_eq(wal_append(log.wal, block, len, (size_t)(end - block), 1), 0);
	cr_assert_eq(memcmp(block + 512, image.files[0].bytes + 1024, 512), 0);
	little_log_close(&log);
	little_image_free(&image);
	little_image_take(&log, &image);
	image.files[0].bytes[600] ^= 1; /* so that what it holds is looked at */
	little_image_put(&log, &image);
	little_image_free(&image);
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	cr_assert(found.n_batches == 0 && found.torn_bytes == len);
	little_log_free(&log);
}

/* Part of the format of stores on disk: it must not change without WAL_FORMAT. */
Test(wal, lies_on_disk_as_it_always_did)
{
	struct little_log log;
	struct little_image image;
	uint64_t mix = 0;

	little_log_make(&log);
	little_log_begin(&log);
	for (int i = 0; i < 6; i++)
		little_log_append(&log, 1000);
	little_log_close(&log);
	little_image_take(&log, &image);
	cr_assert_eq(image.n, 3);
	for (size_t i = 0; i < image.n; i++)
		mix = mix * 31 + XXH3_64bits(image.files[i].bytes, image.files[i].len);
	cr_assert_eq(mix, UINT64_C(0xa752d4e0c9660c0d), "0x%llx", (unsigned long long)mix);
	little_image_free(&image);
	little_log_free(&log);
}

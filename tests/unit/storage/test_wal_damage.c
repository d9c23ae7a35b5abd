#include "little_log.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

enum { SECTOR = 512 };

/* Seven batches of one epoch, of which the base holds two, over three segments, two of them used
 * before; whole batches of that time lie behind them. */
static void make_log(struct little_log *log, struct little_image *image)
{
	static const size_t sizes[] = { 100, 900, 2400, 400, 1500, 1400, 1000 };

	little_log_make(log);
	little_log_begin(log);
	for (int i = 0; i < 7; i++) {
		little_log_append(log, 400);
		wal_release(log->wal, log->last);
	}
	little_log_close(log);
	little_log_begin(log);
	for (size_t i = 0; i < ARRAY_LEN(sizes); i++) {
		cr_assert_eq(wal_prepare(log->wal), 0);
		little_log_append(log, sizes[i]);
	}
	cr_assert_eq(wal_prepare(log->wal), 0);
	little_log_close(log);
	log->after += 2;
	little_image_take(log, image);
}

/* Damage may be refused; or it is of no account; or it is the last append, cut short. */
static bool check_damaged(struct little_log *log, const char *what, size_t a, size_t b)
{
	struct wal_found found = { .last = 0 };
	int err = little_log_recover(log, false, false, &found);

	cr_assert(err == 0 || err == PP_ERR_CORRUPT, "%s %zu %zu: %d", what, a, b, err);
	if (err == 0)
		cr_assert(found.last == log->last || found.last == log->last - 1,
			"%s %zu %zu: ends with %lu", what, a, b, (unsigned long)found.last);
	return err != 0;
}

static void with_log(void (*body)(struct little_log *log, struct little_image *image))
{
	struct little_log log;
	struct little_image image;
	struct wal_found found;

	make_log(&log, &image);
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	cr_assert_eq(found.last, log.last);
	cr_assert_eq(found.torn_bytes, 0);
	body(&log, &image);
	little_image_put(&log, &image);
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	cr_assert_eq(found.last, log.last);
	little_image_free(&image);
	little_log_free(&log);
}

static void flip_each_byte(struct little_log *log, struct little_image *image)
{
	size_t n_refused = 0;
	size_t n = 0;

	cr_assert(image->n >= 3);
	for (size_t i = 0; i < image->n; i++) {
		struct little_file *file = &image->files[i];
		for (size_t at = 0; at < file->len; at++, n++) {
			file->bytes[at] ^= (uint8_t)(1 << at % 8);
			little_file_write(log, file->name, file->bytes, file->len);
			n_refused += check_damaged(log, file->name, at, 0);
			file->bytes[at] ^= (uint8_t)(1 << at % 8);
		}
		little_file_write(log, file->name, file->bytes, file->len);
	}
	/* Four of the five batches that are needed, which fill half of it. */
	cr_assert(n_refused > 4000 && n_refused < n, "%zu of %zu", n_refused, n);
}

Test(wal_damage, no_flipped_byte_is_taken_for_content_or_for_the_end)
{
	with_log(flip_each_byte);
}

static void cut_each_file(struct little_log *log, struct little_image *image)
{
	for (size_t i = 0; i < image->n; i++) {
		struct little_file *file = &image->files[i];
		for (size_t len = 0; len < file->len; len += SECTOR) {
			little_file_write(log, file->name, file->bytes, len);
			cr_assert(check_damaged(log, file->name, len, 0), "%s cut at %zu",
				file->name, len);
		}
		little_file_write(log, file->name, file->bytes, file->len);
	}
}

Test(wal_damage, refuses_a_file_that_was_cut)
{
	with_log(cut_each_file);
}

static void zero_sectors(struct little_log *log, struct little_image *image)
{
	uint8_t bytes[LITTLE_SEGMENT_BYTES];
	size_t n_refused = 0;

	for (size_t i = 0; i < image->n; i++) {
		struct little_file *file = &image->files[i];
		for (size_t at = 0; at < file->len; at += SECTOR) {
			memcpy(bytes, file->bytes, file->len);
			memset(bytes + at, 0, SECTOR);
			little_file_write(log, file->name, bytes, file->len);
			n_refused += check_damaged(log, file->name, at, 0);
		}
		little_file_write(log, file->name, file->bytes, file->len);
	}
	cr_assert(n_refused > 8);
}

Test(wal_damage, no_zeroed_sector_ends_the_log_before_its_end)
{
	with_log(zero_sectors);
}

static void swap_sectors(struct little_log *log, struct little_image *image)
{
	uint8_t sector[SECTOR];
	size_t n_sectors = image->n * (LITTLE_SEGMENT_BYTES / SECTOR);

	for (size_t a = 0; a < n_sectors; a++) {
		for (size_t b = a + 1; b < n_sectors; b++) {
			struct little_file *first =
				&image->files[a * SECTOR / LITTLE_SEGMENT_BYTES];
			struct little_file *second =
				&image->files[b * SECTOR / LITTLE_SEGMENT_BYTES];
			uint8_t *one = first->bytes + a * SECTOR % LITTLE_SEGMENT_BYTES;
			uint8_t *other = second->bytes + b * SECTOR % LITTLE_SEGMENT_BYTES;
			for (int i = 0; i < 2; i++) {
				memcpy(sector, one, SECTOR);
				memcpy(one, other, SECTOR);
				memcpy(other, sector, SECTOR);
				little_file_write(log, first->name, first->bytes, first->len);
				little_file_write(log, second->name, second->bytes, second->len);
				if (i == 0)
					check_damaged(log, "swapped", a, b);
			}
		}
	}
}

Test(wal_damage, no_misplaced_sector_is_taken_for_content)
{
	with_log(swap_sectors);
}

static void lose_files(struct little_log *log, struct little_image *image)
{
	/* The last one was never used. */
	for (size_t i = 0; i + 1 < image->n; i++) {
		struct little_file *file = &image->files[i];
		little_file_remove(log, file->name);
		cr_assert(check_damaged(log, file->name, i, 0), "%s removed", file->name);
		cr_assert_not_null(strstr(log->message, "--accept-loss"), "%s", log->message);
		little_file_write(log, file->name, file->bytes, file->len);
	}
	static const struct little_image nothing;
	struct wal_found found;
	little_image_put(log, &nothing);
	cr_assert_eq(little_log_recover(log, false, false, &found), PP_ERR_CORRUPT);
	cr_assert_eq(little_log_recover(log, false, true, &found), 0);
	cr_assert(found.loss && found.n_batches == 0 && found.last == log->after);
	cr_assert_eq(little_log_recover(log, true, false, &found), 0);
	cr_assert_not(found.loss);
}

Test(wal_damage, refuses_a_log_of_which_a_file_is_missing)
{
	with_log(lose_files);
}

static void copy_files(struct little_log *log, struct little_image *image)
{
	struct wal_found found;

	for (size_t i = 0; i < image->n; i++) {
		little_file_write(log, "log.000006", image->files[i].bytes, image->files[i].len);
		cr_assert_eq(little_log_recover(log, false, false, &found), 0, "%s", log->message);
		cr_assert_eq(found.last, log->last);
	}
}

/* Once the ring is full its headers say how many files there are, so the last is missed too. */
Test(wal_damage, misses_any_file_of_a_full_ring)
{
	struct little_log log;
	struct little_image image;
	struct wal_found found;

	little_log_make(&log);
	little_log_begin(&log);
	for (int i = 0; i < 3 * LITTLE_SEGMENTS; i++) {
		cr_assert_eq(wal_prepare(log.wal), 0);
		little_log_append(&log, 3000);
		if (i >= LITTLE_SEGMENTS - 1)
			wal_release(log.wal, log.last - (LITTLE_SEGMENTS - 1));
	}
	little_log_close(&log);
	log.after = log.last; /* nothing of it is needed: that is not known before it was read */
	little_image_take(&log, &image);
	cr_assert_eq(image.n, LITTLE_SEGMENTS);
	for (size_t i = 0; i < image.n; i++) {
		little_file_remove(&log, image.files[i].name);
		cr_assert_eq(little_log_recover(&log, false, false, &found), PP_ERR_CORRUPT);
		cr_assert_not_null(strstr(log.message, image.files[i].name), "%s", log.message);
		cr_assert_not_null(strstr(log.message, "missing"), "%s", log.message);
		little_image_put(&log, &image);
	}
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0);
	little_image_free(&image);
	little_log_free(&log);
}

Test(wal_damage, a_copy_of_a_file_beside_it_changes_nothing)
{
	with_log(copy_files);
}

static void older_base(struct little_log *log, struct little_image *image)
{
	struct wal_found found;
	uint64_t after = log->after;

	(void)image;
	log->epoch--;
	cr_assert_eq(little_log_recover(log, false, false, &found), PP_ERR_CORRUPT);
	cr_assert_not_null(strstr(log->message, "older than its log"), "%s", log->message);
	cr_assert_not_null(strstr(log->message, "--accept-loss"), "%s", log->message);
	cr_assert_eq(little_log_recover(log, true, false, &found), PP_ERR_CORRUPT);
	log->after = 1;
	cr_assert_eq(little_log_recover(log, false, true, &found), 0);
	cr_assert(found.loss && found.n_lost >= 7);
	log->epoch++;
	/* Of the same epoch, but from before the log begins. */
	log->after = after - 3;
	cr_assert_eq(little_log_recover(log, false, false, &found), PP_ERR_CORRUPT);
	cr_assert_not_null(strstr(log->message, "does not reach back"), "%s", log->message);
	log->after = after;
}

Test(wal_damage, refuses_a_base_older_than_its_log)
{
	with_log(older_base);
}

Test(wal_damage, refuses_a_log_older_than_its_base)
{
	struct little_log log;
	struct little_image early;
	struct wal_found found;

	little_log_make(&log);
	little_log_begin(&log);
	little_log_append(&log, 100);
	little_log_append(&log, 100);
	little_image_take(&log, &early);
	little_log_append(&log, 100);
	little_log_append(&log, 100);
	little_log_close(&log);
	little_image_put(&log, &early);
	log.after = 2;
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "it ends just there");
	log.after = 3;
	cr_assert_eq(little_log_recover(&log, false, false, &found), PP_ERR_CORRUPT);
	cr_assert_not_null(strstr(log.message, "older copy"), "%s", log.message);
	cr_assert_eq(little_log_recover(&log, false, true, &found), 0);
	cr_assert(found.loss && found.last == 3 && found.n_lost == 0);
	little_image_free(&early);
	little_log_free(&log);
}

/* A later segment tells that the last batch before it was durable, even if its own are gone. */
Test(wal_damage, a_segment_s_header_promises_the_batch_before_it)
{
	struct little_log log;
	struct little_image image;
	struct wal_found found;
	uint8_t *second;

	little_log_make(&log);
	little_log_begin(&log);
	little_log_append(&log, 2500);
	little_log_append(&log, 2500);
	little_log_close(&log);
	little_image_take(&log, &image);
	second = image.files[1].bytes;
	memset(second + SECTOR, 0, image.files[1].len - SECTOR);
	little_image_put(&log, &image);
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	cr_assert_eq(found.last, 1);
	image.files[0].bytes[1000] ^= 1;
	little_image_put(&log, &image);
	cr_assert_eq(little_log_recover(&log, false, false, &found), PP_ERR_CORRUPT);
	cr_assert_not_null(strstr(log.message, "was begun after batch 1"), "%s", log.message);
	little_image_free(&image);
	little_log_free(&log);
}

Test(wal_damage, names_file_offset_and_batch_of_the_damage)
{
	struct little_log log;
	struct little_image image;
	struct wal_found found;

	make_log(&log, &image);
	log.after -= 2;
	image.files[0].bytes[SECTOR + 100] ^= 1;
	little_image_put(&log, &image);
	log.after++;
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0,
		"what the base holds already need not be whole: %s", log.message);
	log.after--;
	cr_assert_eq(little_log_recover(&log, false, false, &found), PP_ERR_CORRUPT);
	cr_assert_not_null(strstr(log.message, "batch 9 in"), "%s", log.message);
	cr_assert_not_null(strstr(log.message, "log.000001 at byte 1024"), "%s", log.message);
	image.files[0].bytes[SECTOR + 100] ^= 1;
	image.files[0].bytes[2 * SECTOR + 100] ^= 1;
	little_image_put(&log, &image);
	cr_assert_eq(little_log_recover(&log, false, false, &found), PP_ERR_CORRUPT);
	cr_assert_not_null(strstr(log.message, "batch 9, which belongs"), "%s", log.message);
	cr_assert_not_null(strstr(log.message, "log.000001 at byte 1024"), "%s", log.message);
	cr_assert_not_null(strstr(log.message, "batch 10 in"), "%s", log.message);
	little_image_free(&image);
	little_log_free(&log);
}

/* What was given up stays so, and what comes after does not mix with it. */
Test(wal_damage, goes_on_behind_an_accepted_loss)
{
	struct little_log log;
	struct little_image image;
	struct wal_found found;

	make_log(&log, &image);
	image.files[1].bytes[SECTOR + 100] ^= 1; /* the third of seven */
	little_image_put(&log, &image);
	cr_assert_eq(little_log_recover(&log, false, false, &found), PP_ERR_CORRUPT);
	cr_assert_eq(little_log_recover(&log, false, true, &found), 0);
	cr_assert(found.loss && found.n_batches == 0 && found.n_lost == 4);
	log.last = found.last;
	log.salt = 1;
	little_log_begin(&log);
	for (int i = 0; i < 5; i++) {
		little_log_close(&log);
		cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
		cr_assert_eq(found.last, log.last);
		log.after = log.last;
		little_log_begin(&log);
		little_log_append(&log, 700);
		little_log_append(&log, 1700);
	}
	little_image_free(&image);
	little_log_free(&log);
}

/* The base is put back, and begins an epoch of the same number as one that was given up. */
Test(wal_damage, an_epoch_given_up_does_not_mix_with_one_of_its_number)
{
	struct little_log log;
	struct wal_found found;

	little_log_make(&log);
	little_log_begin(&log);
	little_log_append(&log, 100);
	little_log_close(&log);
	little_log_begin(&log);
	for (int i = 0; i < 9; i++)
		little_log_append(&log, 500);
	little_log_close(&log);
	log.epoch = 2;
	log.after = 1;
	log.last = 1;
	cr_assert_eq(little_log_recover(&log, false, false, &found), PP_ERR_CORRUPT);
	cr_assert_eq(little_log_recover(&log, false, true, &found), 0);
	cr_assert(found.loss && found.n_lost == 9 && found.last == 1);
	/* The same within one opening, as a start does it. */
	char message[STORE_MESSAGE_BYTES];
	little_log_open(&log);
	cr_assert_eq(wal_recover(log.wal, 2, 1, false, true, NULL, NULL, &found, message), 0);
	log.salt = 1;
	little_log_begin(&log);
	little_log_append(&log, 500);
	little_log_close(&log);
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	cr_assert(found.last == 2 && found.n_batches == 1);
	little_log_free(&log);
}

#include "little_log.h"

#include <criterion/criterion.h>
#include <string.h>

enum { SECTOR = 512 };

/* Every set of the sectors that an append writes may have reached the disk, or none. */
static void tear_last_append(
	struct little_log *log, const struct little_image *before, const struct little_image *after)
{
	struct {
		uint8_t *to;
		const uint8_t *new;
		uint8_t old[SECTOR];
	} changed[12];
	struct little_image torn;
	struct wal_found found;
	size_t n = 0;
	size_t n_torn_seen = 0;

	little_image_put(log, after);
	little_image_take(log, &torn);
	cr_assert_eq(before->n, after->n);
	for (size_t i = 0; i < after->n; i++)
		for (size_t at = 0; at < after->files[i].len; at += SECTOR) {
			if (memcmp(before->files[i].bytes + at, after->files[i].bytes + at,
				    SECTOR) == 0)
				continue;
			cr_assert(n < ARRAY_LEN(changed));
			changed[n].to = torn.files[i].bytes + at;
			changed[n].new = after->files[i].bytes + at;
			memcpy(changed[n++].old, before->files[i].bytes + at, SECTOR);
		}
	cr_assert(n >= 4);
	for (uint32_t set = 0; set < 1U << n; set++) {
		for (size_t i = 0; i < n; i++)
			memcpy(changed[i].to, set >> i & 1 ? changed[i].new : changed[i].old,
				SECTOR);
		little_image_put(log, &torn);
		cr_assert_eq(little_log_recover(log, false, false, &found), 0, "set %x: %s", set,
			log->message);
		cr_assert(found.last == log->last || found.last == log->last - 1);
		cr_assert(set + 1 < 1U << n || found.last == log->last);
		cr_assert(found.torn_bytes == 0 || found.last == log->last - 1);
		n_torn_seen += found.torn_bytes > 0;
		/* As when the sector itself is half written. */
		for (size_t i = 0; i < n; i++) {
			if ((set >> i & 1) != 0)
				continue;
			memcpy(changed[i].to, changed[i].new, SECTOR / 2);
			break;
		}
		little_image_put(log, &torn);
		cr_assert_eq(little_log_recover(log, false, false, &found), 0, "set %x: %s", set,
			log->message);
		cr_assert(found.last == log->last || found.last == log->last - 1);
	}
	cr_assert(n_torn_seen > 0);
	little_image_free(&torn);
}

Test(wal_torn, any_part_of_the_last_append_is_its_end_or_whole)
{
	/* Within a segment, at the start of a new one, and of one that was used before. */
	static const int n_before[] = { 0, 1, 2, 5, 14 };

	for (size_t row = 0; row < ARRAY_LEN(n_before); row++) {
		struct little_log log;
		struct little_image before;
		struct little_image after;
		little_log_make(&log);
		little_log_begin(&log);
		for (int i = 0; i < n_before[row]; i++) {
			little_log_append(&log, 1500);
			if (i > 0)
				wal_release(log.wal, log.last - 1);
			log.after = log.last - (i > 0);
		}
		cr_assert_eq(wal_prepare(log.wal), 0);
		little_image_take(&log, &before);
		little_log_append(&log, 1700);
		little_log_close(&log);
		little_image_take(&log, &after);
		tear_last_append(&log, &before, &after);
		little_image_free(&before);
		little_image_free(&after);
		little_log_free(&log);
	}
}

/* A start that was cut short leaves the header of an epoch that the base does not know. */
Test(wal_torn, an_empty_segment_of_a_later_epoch_says_nothing)
{
	struct little_log log;
	struct wal_found found;

	little_log_make(&log);
	little_log_begin(&log);
	little_log_append(&log, 300);
	little_log_append(&log, 300);
	for (int i = 0; i < 2 * LITTLE_SEGMENTS; i++) {
		little_log_close(&log);
		log.after = 2; /* as recovery brought it up to date */
		little_log_open(&log);
		cr_assert_eq(wal_begin(log.wal, log.epoch + 1, 2), 0);
		little_log_close(&log);
		cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
		cr_assert(found.last == 2 && !found.loss);
	}
	log.after = 1;
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	cr_assert_eq(found.n_batches, 1);
	little_log_free(&log);
}

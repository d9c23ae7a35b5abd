#include "little_log.h"

#include <criterion/criterion.h>
#include <pthread.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>

static int reserve(struct little_log *log, size_t n_bytes)
{
	return wal_reserve(log->wal, wal_block_bytes(2, n_bytes + 10));
}

Test(wal_ring, a_full_ring_is_busy_until_something_is_released)
{
	struct little_log log;
	struct little_image image;
	uint64_t used;
	uint64_t allocated;
	uint64_t max;

	little_log_make(&log);
	little_log_begin(&log);
	wal_usage(log.wal, &used, &allocated, &max);
	cr_assert(used == LITTLE_SEGMENT_BYTES && allocated == LITTLE_SEGMENT_BYTES);
	cr_assert_eq(max, LITTLE_SEGMENTS * LITTLE_SEGMENT_BYTES);
	for (int i = 0; i < LITTLE_SEGMENTS; i++)
		little_log_append(&log, 2900);
	for (int twice = 0; twice < 2; twice++)
		cr_assert_eq(reserve(&log, 2900), PP_ERR_BUSY);
	cr_assert_eq(wal_prepare(log.wal), 0, "there is nothing to be done, which is no error");
	cr_assert_eq(reserve(&log, 100), 0, "the last segment has room for that");
	wal_usage(log.wal, &used, &allocated, &max);
	cr_assert(used == max && allocated == max);

	wal_release(log.wal, 0);
	cr_assert_eq(reserve(&log, 2900), PP_ERR_BUSY);
	wal_release(log.wal, 2);
	wal_release(log.wal, 1); /* late, and of no effect */
	wal_usage(log.wal, &used, &allocated, &max);
	cr_assert(used == max - 2 * LITTLE_SEGMENT_BYTES && allocated == max);
	little_log_append(&log, 2900);
	little_log_append(&log, 2900);
	cr_assert_eq(reserve(&log, 2900), PP_ERR_BUSY);
	wal_release(log.wal, log.last);
	wal_usage(log.wal, &used, &allocated, &max);
	cr_assert_eq(used, LITTLE_SEGMENT_BYTES, "that of the writer");
	little_log_append(&log, 2900);
	little_image_take(&log, &image);
	cr_assert_eq(image.n, LITTLE_SEGMENTS);
	little_image_free(&image);
	little_log_free(&log);
}

Test(wal_ring, segments_are_made_whole_and_of_their_mode)
{
	struct little_log log;
	struct little_image image;
	struct stat info;
	char path[128];
	uint64_t used;
	uint64_t allocated;
	uint64_t max;

	little_log_make(&log);
	little_file_write(&log, "log.new", (const uint8_t *)"cut short", 9);
	little_log_open(&log);
	cr_assert_not(wal_exists(log.wal), "a half-made one is none");
	little_log_begin(&log);
	for (int twice = 0; twice < 2; twice++)
		cr_assert_eq(wal_prepare(log.wal), 0);
	wal_usage(log.wal, &used, &allocated, &max);
	cr_assert(used == LITTLE_SEGMENT_BYTES && allocated == 2 * LITTLE_SEGMENT_BYTES);
	little_image_take(&log, &image);
	cr_assert_eq(image.n, 2);
	cr_assert_str_eq(image.files[0].name, "log.000001");
	cr_assert_str_eq(image.files[1].name, "log.000002");
	for (size_t i = 0; i < image.n; i++) {
		snprintf(path, sizeof(path), "%s/%s", log.folder, image.files[i].name);
		cr_assert_eq(stat(path, &info), 0);
		cr_assert_eq(info.st_mode & 07777, 0600);
		cr_assert_eq(info.st_size, LITTLE_SEGMENT_BYTES);
		cr_assert(info.st_blocks * 512 >= LITTLE_SEGMENT_BYTES, "really written");
	}
	little_image_free(&image);
	little_log_free(&log);
}

Test(wal_ring, a_disk_without_room_for_a_segment_is_told_and_nothing_is_left)
{
	struct little_log log;
	struct little_image image;
	struct wal_found found;
	struct rlimit before;

	little_log_make(&log);
	little_log_begin(&log);
	little_log_append(&log, 2900);
	signal(SIGXFSZ, SIG_IGN);
	cr_assert_eq(getrlimit(RLIMIT_FSIZE, &before), 0);
	struct rlimit tight = { .rlim_cur = LITTLE_SEGMENT_BYTES - 1, .rlim_max = before.rlim_max };
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &tight), 0);
	int reserved = reserve(&log, 2900);
	int prepared = wal_prepare(log.wal);
	int small = reserve(&log, 100);
	cr_assert_eq(setrlimit(RLIMIT_FSIZE, &before), 0);
	cr_assert_eq(reserved, PP_ERR_STORAGE_FULL);
	cr_assert_eq(prepared, PP_ERR_STORAGE_FULL);
	cr_assert_eq(small, 0);
	little_image_take(&log, &image);
	cr_assert_eq(image.n, 1);
	little_image_free(&image);
	little_log_append(&log, 2900);
	little_log_close(&log);
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	cr_assert_eq(found.n_batches, 2);
	little_log_free(&log);
}

Test(wal_ring, another_size_or_number_of_segments_is_taken_up_at_the_next_start)
{
	static const struct {
		size_t segment_bytes;
		uint64_t n_bytes_max;
	} rows[] = {
		{ 8192, 8 * 8192 },
		{ 4096, 3 * 4096 },
		{ 8192, 2 * 8192 },
		{ 4096, 6 * 4096 },
	};
	struct little_log log;
	struct little_image image;
	struct wal_found found;

	little_log_make(&log);
	for (size_t row = 0; row < ARRAY_LEN(rows); row++) {
		log.options.segment_bytes = rows[row].segment_bytes;
		log.options.n_bytes_max = rows[row].n_bytes_max;
		cr_assert_eq(
			little_log_recover(&log, row == 0, false, &found), 0, "%s", log.message);
		cr_assert_eq(found.last, log.last);
		little_log_begin(&log);
		little_image_take(&log, &image);
		cr_assert(image.n <= rows[row].n_bytes_max / rows[row].segment_bytes);
		for (size_t i = 0; i < image.n; i++)
			cr_assert_eq(image.files[i].len, rows[row].segment_bytes);
		little_image_free(&image);
		for (int i = 0; i < 20; i++) {
			log.after = i == 0 ? log.last : log.last - 1;
			wal_release(log.wal, log.after);
			cr_assert_eq(wal_prepare(log.wal), 0);
			little_log_append(&log, 3000);
		}
		for (; reserve(&log, 3000) == 0;)
			little_log_append(&log, 3000);
		little_log_close(&log);
	}
	little_log_free(&log);
}

/* So no file keeps what is long past, and each tells of all the others. */
Test(wal_ring, segments_take_turns)
{
	struct little_log log;
	struct little_image before;
	struct little_image after;

	little_log_make(&log);
	little_log_begin(&log);
	for (int i = 0; i < LITTLE_SEGMENTS; i++)
		little_log_append(&log, 3000);
	little_image_take(&log, &before);
	for (int i = 0; i < LITTLE_SEGMENTS; i++) {
		wal_release(log.wal, log.last);
		little_log_append(&log, 3000);
	}
	little_image_take(&log, &after);
	cr_assert(before.n == LITTLE_SEGMENTS && after.n == LITTLE_SEGMENTS);
	for (size_t i = 0; i < after.n; i++)
		cr_assert_neq(
			memcmp(before.files[i].bytes, after.files[i].bytes, LITTLE_SEGMENT_BYTES),
			0, "%s", after.files[i].name);
	little_image_free(&before);
	little_image_free(&after);
	little_log_free(&log);
}

Test(wal_ring, remove_leaves_nothing)
{
	struct little_log log;
	struct little_image image;

	little_log_make(&log);
	little_log_begin(&log);
	for (int i = 0; i < 3; i++)
		little_log_append(&log, 3000);
	little_log_close(&log);
	little_file_write(&log, "log.new", (const uint8_t *)"cut short", 9);
	little_log_open(&log);
	cr_assert(wal_exists(log.wal));
	cr_assert_eq(wal_remove(log.wal), 0);
	cr_assert_not(wal_exists(log.wal));
	little_image_take(&log, &image);
	cr_assert_eq(image.n, 0);
	little_log_begin(&log);
	little_log_append(&log, 100);
	little_log_free(&log);
}

/* ---- Two threads ---- */

struct lag {
	struct wal *wal;
	pthread_mutex_t lock;
	uint64_t last;
	bool over;
	bool failed;
};

static void *release_behind(void *argument)
{
	struct lag *lag = argument;
	uint64_t used;
	uint64_t allocated;
	uint64_t max;

	for (bool over = false; !over;) {
		pthread_mutex_lock(&lag->lock);
		uint64_t last = lag->last;
		over = lag->over;
		pthread_mutex_unlock(&lag->lock);
		wal_release(lag->wal, last == 0 ? 0 : last - 1);
		if (wal_prepare(lag->wal) != 0)
			lag->failed = true;
		wal_usage(lag->wal, &used, &allocated, &max);
		if (used > allocated || allocated > max)
			lag->failed = true;
	}
	return NULL;
}

Test(wal_ring, a_checkpointer_releases_and_prepares_while_the_writer_appends)
{
	struct little_log log;
	struct wal_found found;
	struct lag lag = { .lock = PTHREAD_MUTEX_INITIALIZER };
	pthread_t thread;

	little_log_make(&log);
	log.options.sync = false; /* the tests' disk is not what is tested */
	little_log_begin(&log);
	lag.wal = log.wal;
	cr_assert_eq(pthread_create(&thread, NULL, release_behind, &lag), 0);
	for (int i = 0; i < 2000; i++) {
		while (reserve(&log, 1500) == PP_ERR_BUSY)
			sched_yield();
		little_log_append(&log, 1500);
		pthread_mutex_lock(&lag.lock);
		lag.last = log.last;
		pthread_mutex_unlock(&lag.lock);
	}
	pthread_mutex_lock(&lag.lock);
	lag.over = true;
	pthread_mutex_unlock(&lag.lock);
	cr_assert_eq(pthread_join(thread, NULL), 0);
	cr_assert_not(lag.failed);
	little_log_close(&log);
	log.after = log.last - 2;
	cr_assert_eq(little_log_recover(&log, false, false, &found), 0, "%s", log.message);
	cr_assert_eq(found.n_batches, 2);
	little_log_free(&log);
}

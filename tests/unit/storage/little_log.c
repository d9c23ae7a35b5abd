#include "little_log.h"

#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static const uint8_t secret[32] = "little secret of the little log";

/* One record that tells the batch, and others, among them an empty one. */
static size_t fill(uint64_t batch, uint8_t salt, size_t n_bytes, uint8_t *out)
{
	struct key key = { .len = 9, .bytes = { salt } };
	uint8_t value[LITTLE_BLOCK_BYTES_MAX];
	uint8_t *at = out;

	for (int i = 0; i < 8; i++)
		key.bytes[1 + i] = (uint8_t)(batch >> (56 - 8 * i));
	for (size_t i = 0; i < sizeof(value); i++)
		value[i] = (uint8_t)(batch * 31 + i * 7 + salt);
	at = wal_record_write(at,
		&(struct engine_put) { .key = &key, .value = { value, n_bytes }, .fresh = true });
	key.len = 1;
	at = wal_record_write(at, &(struct engine_put) { .key = &key });
	return (size_t)(at - out);
}

void little_log_make(struct little_log *log)
{
	*log = (struct little_log) { .folder = "/tmp/peakpeeps-log-XXXXXX", .epoch = 1 };
	cr_assert_not_null(mkdtemp(log->folder));
	log->options = (struct wal_options) {
		.path = log->folder,
		.store_id = { .bytes = "the little store" },
		.secret = secret,
		.segment_bytes = LITTLE_SEGMENT_BYTES,
		.n_bytes_max = LITTLE_SEGMENTS * LITTLE_SEGMENT_BYTES,
		.sync = true,
	};
}

void little_log_free(struct little_log *log)
{
	static const struct little_image nothing;

	little_log_close(log);
	little_image_put(log, &nothing);
	cr_assert_eq(rmdir(log->folder), 0);
}

int little_log_try_open(struct little_log *log)
{
	cr_assert_null(log->wal);
	log->message[0] = '\0';
	int err = wal_open(&log->options, &log->wal, log->message);
	cr_assert((err == 0) == (log->message[0] == '\0'));
	return err;
}

void little_log_open(struct little_log *log)
{
	cr_assert_eq(little_log_try_open(log), 0, "%s", log->message);
}

void little_log_close(struct little_log *log)
{
	if (log->wal != NULL)
		wal_close(log->wal);
	log->wal = NULL;
}

void little_log_begin(struct little_log *log)
{
	if (log->wal == NULL)
		little_log_open(log);
	cr_assert_eq(wal_begin(log->wal, log->epoch + 1, log->last), 0);
	log->epoch++;
	log->after = log->last;
}

void little_log_append(struct little_log *log, size_t n_bytes)
{
	static _Alignas(4096) uint8_t block[LITTLE_BLOCK_BYTES_MAX];
	size_t n_used = WAL_HEADER_BYTES;

	memset(block, 0, sizeof(block));
	n_used += fill(log->last + 1, log->salt, n_bytes, block + WAL_HEADER_BYTES);
	size_t len = wal_block_bytes(2, n_bytes + 10);
	cr_assert(len <= sizeof(block) && n_used <= len);
	cr_assert_eq(wal_reserve(log->wal, len), 0);
	cr_assert_eq(wal_append(log->wal, block, len, n_used, log->last + 1), 0);
	log->last++;
}

struct check {
	const struct little_log *log;
	uint64_t next;
};

static int check_batch(void *context, uint64_t batch, struct span records)
{
	struct check *check = context;
	uint8_t expected[2 * LITTLE_BLOCK_BYTES_MAX];
	struct engine_put put;
	struct key key;
	size_t at = 0;

	cr_assert_eq(batch, check->next, "batch %lu instead of %lu", (unsigned long)batch,
		(unsigned long)check->next);
	check->next++;
	cr_assert(wal_record_next(records, &at, &key, &put) && put.fresh);
	size_t len = fill(batch, check->log->salt, put.value.len, expected);
	cr_assert(records.len == len && memcmp(records.data, expected, len) == 0, "batch %lu",
		(unsigned long)batch);
	cr_assert(wal_record_next(records, &at, &key, &put) && !put.fresh);
	cr_assert(put.value.len == 0 && key.len == 1);
	cr_assert_not(wal_record_next(records, &at, &key, &put));
	return 0;
}

int little_log_recover(
	struct little_log *log, bool clean, bool accept_loss, struct wal_found *found)
{
	struct check check = { .log = log, .next = log->after + 1 };
	int err = little_log_try_open(log);

	if (err != 0)
		return err;
	*found = (struct wal_found) { .last = UINT64_MAX };
	err = wal_recover(log->wal, log->epoch, log->after, clean, accept_loss, check_batch, &check,
		found, log->message);
	if (err == 0) {
		cr_assert_eq(found->last, check.next - 1);
		cr_assert_eq(found->n_batches, check.next - 1 - log->after);
	} else {
		cr_assert(log->message[0] != '\0');
		cr_assert_eq(check.next, log->after + 1, "batches passed on before it was refused");
	}
	little_log_close(log);
	return err;
}

static void path_of(const struct little_log *log, const char *name, char out[128])
{
	snprintf(out, 128, "%s/%s", log->folder, name);
}

void little_file_write(
	const struct little_log *log, const char *name, const uint8_t *bytes, size_t len)
{
	char path[128];

	path_of(log, name, path);
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
	cr_assert(fd >= 0);
	/* Not emptied first: some file systems then write it to the disk at once. */
	cr_assert_eq(pwrite(fd, bytes, len, 0), (ssize_t)len);
	cr_assert_eq(ftruncate(fd, (off_t)len), 0);
	close(fd);
}

void little_file_remove(const struct little_log *log, const char *name)
{
	char path[128];

	path_of(log, name, path);
	cr_assert_eq(unlink(path), 0);
}

static int by_name(const void *a, const void *b)
{
	return strcmp(((const struct little_file *)a)->name, ((const struct little_file *)b)->name);
}

void little_image_take(const struct little_log *log, struct little_image *out)
{
	const struct dirent *entry;
	struct stat info;
	char path[128];
	DIR *folder = opendir(log->folder);

	cr_assert_not_null(folder);
	*out = (struct little_image) { 0 };
	while ((entry = readdir(folder)) != NULL) {
		struct little_file *file = &out->files[out->n];
		if (entry->d_name[0] == '.')
			continue;
		cr_assert(out->n++ < LITTLE_FILES_MAX);
		snprintf(file->name, sizeof(file->name), "%.31s", entry->d_name);
		path_of(log, file->name, path);
		int fd = open(path, O_RDONLY | O_CLOEXEC);
		cr_assert(fd >= 0 && fstat(fd, &info) == 0);
		file->len = (size_t)info.st_size;
		file->bytes = malloc(file->len + 1);
		cr_assert(file->bytes != NULL &&
			  read(fd, file->bytes, file->len) == (ssize_t)file->len);
		close(fd);
	}
	closedir(folder);
	qsort(out->files, out->n, sizeof(out->files[0]), by_name);
}

void little_image_put(const struct little_log *log, const struct little_image *image)
{
	struct little_image there;

	little_image_take(log, &there);
	for (size_t i = 0; i < there.n; i++)
		little_file_remove(log, there.files[i].name);
	little_image_free(&there);
	for (size_t i = 0; i < image->n; i++)
		little_file_write(
			log, image->files[i].name, image->files[i].bytes, image->files[i].len);
}

void little_image_free(struct little_image *image)
{
	for (size_t i = 0; i < image->n; i++)
		free(image->files[i].bytes);
	image->n = 0;
}

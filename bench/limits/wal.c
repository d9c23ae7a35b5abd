/* The store's log alone: append a block of one record, synced, again. */
#include "storage/wal.h"

#include <dirent.h>
#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/histogram.h"
#include "bench/limits/probe.h"

enum {
	WAL_KEY_BYTES = 14,
	WAL_SEGMENT_BYTES = 16 * 1024 * 1024,
	WAL_SEGMENTS = 3,
	WAL_UNRELEASED = 4, /* batches that no checkpoint has taken yet */
};

struct wal_bench {
	struct wal *wal;
	uint8_t *block;
	size_t len;
	size_t n_used;
	uint64_t batch;
	struct histogram_ns durations;
	double seconds;
};

/* One record that fills the block. */
static void fill_block(struct wal_bench *bench)
{
	struct key key = { .len = WAL_KEY_BYTES, .bytes = { 'P' } };
	size_t len = bench->len - WAL_HEADER_BYTES - WAL_RECORD_BYTES - WAL_KEY_BYTES;
	struct span value = { bench->block + bench->len, len };

	struct engine_put put = { .key = &key, .value = value };
	uint8_t *end = wal_record_write(bench->block + WAL_HEADER_BYTES, &put);
	bench->n_used = (size_t)(end - bench->block);
}

static int append(struct wal_bench *bench)
{
	int err = wal_reserve(bench->wal, bench->len);

	/* The header is new each time, and with it the sum. */
	if (err == 0)
		err = wal_append(
			bench->wal, bench->block, bench->len, bench->n_used, ++bench->batch);
	if (err == 0 && bench->batch > WAL_UNRELEASED)
		wal_release(bench->wal, bench->batch - WAL_UNRELEASED);
	return err;
}

static int append_until(struct wal_bench *bench, const struct limits_options *options)
{
	int64_t now_ns = limits_now_ns();
	int64_t from_ns = now_ns + options->warmup_ms * 1000000;
	int64_t until_ns = from_ns + options->duration_ms * 1000000;

	while (now_ns < until_ns) {
		int64_t before_ns = now_ns;
		int err = append(bench);
		if (err != 0)
			return err;
		now_ns = limits_now_ns();
		if (now_ns >= from_ns)
			histogram_add(&bench->durations.h, now_ns - before_ns);
	}
	bench->seconds = (double)(now_ns - from_ns) / 1e9;
	return 0;
}

static int open_wal(struct wal_bench *bench, const char *folder, char *message)
{
	static const uint8_t secret[32] = { 1 };
	struct wal_options wal_options = {
		.path = folder,
		.store_id = { .bytes = { 1 } },
		.secret = secret,
		.segment_bytes = WAL_SEGMENT_BYTES,
		.n_bytes_max = (uint64_t)WAL_SEGMENTS * WAL_SEGMENT_BYTES,
		.sync = true,
	};
	int err = wal_open(&wal_options, &bench->wal, message);

	if (err == 0)
		err = wal_begin(bench->wal, 1, 0);
	/* So that none has to be made while it is measured. */
	for (int i = 0; i < WAL_SEGMENTS && err == 0; i++)
		err = wal_prepare(bench->wal);
	return err;
}

static void remove_folder(const char *folder)
{
	DIR *entries = opendir(folder);
	struct dirent *entry;

	while (entries != NULL && (entry = readdir(entries)) != NULL) {
		if (entry->d_name[0] != '.')
			unlinkat(dirfd(entries), entry->d_name, 0);
	}
	if (entries != NULL)
		closedir(entries);
	rmdir(folder);
}

static int run(struct wal_bench *bench, const struct limits_options *options, char *message)
{
	char folder[PATH_MAX];

	snprintf(folder, sizeof(folder), "%s/peakpeeps-limits.XXXXXX", options->path);
	if (mkdtemp(folder) == NULL) {
		snprintf(
			message, STORE_MESSAGE_BYTES, "no folder can be made: %s", strerror(errno));
		return PP_ERR_IO;
	}
	int err = open_wal(bench, folder, message);
	if (err == 0)
		err = append_until(bench, options);
	wal_close(bench->wal);
	remove_folder(folder);
	return err;
}

int limits_wal(const struct limits_options *options)
{
	char message[STORE_MESSAGE_BYTES] = "appending or syncing failed";
	struct wal_bench *bench = calloc(1, sizeof(*bench));
	size_t len = (options->bytes + WAL_ALIGNMENT - 1) / WAL_ALIGNMENT * WAL_ALIGNMENT;
	int status = 1;

	if (bench == NULL)
		return limits_complain("out of memory", "the machine has too little", "free some");
	histogram_ns_init(&bench->durations);
	bench->len = len;
	/* Behind the block lies what its record is filled with. */
	bench->block = aligned_alloc(4096, (2 * len + 4095) / 4096 * 4096);
	if (bench->block == NULL) {
		limits_complain("out of memory", "the machine has too little", "free some");
		goto out;
	}
	memset(bench->block, 0x5a, 2 * len);
	fill_block(bench);
	if (run(bench, options, message) != 0) {
		limits_complain(message, "see the line above", "look at the disk");
		goto out;
	}
	printf("what=wal bytes=%zu appends=%llu per_second=%.0f p50_us=%.0f p99_us=%.0f\n", len,
		(unsigned long long)bench->durations.h.n,
		(double)bench->durations.h.n / bench->seconds,
		(double)histogram_percentile(&bench->durations.h, 0.5) / 1e3,
		(double)histogram_percentile(&bench->durations.h, 0.99) / 1e3);
	status = 0;
out:
	free(bench->block);
	free(bench);
	return status;
}

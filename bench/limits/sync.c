/* The disk alone: append, fdatasync, again; into a growing file, or into space filled before. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/histogram.h"
#include "bench/limits/probe.h"

enum { FILLED_BYTES = 64 * 1024 * 1024 };

/* Zeros that are really written: an append then changes nothing but the file's bytes. */
static int fill(int fd, const struct limits_options *options, const uint8_t *zeros)
{
	for (size_t at = 0; at + options->bytes <= FILLED_BYTES; at += options->bytes) {
		if (write(fd, zeros, options->bytes) != (ssize_t)options->bytes)
			return -1;
	}
	return fsync(fd);
}

/* Where the next append goes: round and round in a filled file. */
static off_t place_after(const struct limits_options *options, off_t at)
{
	at += (off_t)options->bytes;
	if (options->filled && at + (off_t)options->bytes > FILLED_BYTES)
		return 0;
	return at;
}

static int append_until(int fd, const struct limits_options *options, uint8_t *bytes,
	struct histogram *durations, double *seconds)
{
	int64_t begun_ns = limits_now_ns();
	int64_t from_ns = begun_ns + options->warmup_ms * 1000000;
	int64_t until_ns = from_ns + options->duration_ms * 1000000;
	int64_t now_ns = begun_ns;
	int64_t due_ns = begun_ns;
	off_t at = 0;

	memset(bytes, 0x5a, options->bytes);
	for (; now_ns < until_ns; at = place_after(options, at)) {
		int64_t before_ns = now_ns;
		if (options->every_us > 0)
			before_ns = limits_wait_until(due_ns);
		due_ns = before_ns + options->every_us * 1000;
		if (pwrite(fd, bytes, options->bytes, at) != (ssize_t)options->bytes)
			return -1;
		if (fdatasync(fd) != 0)
			return -1;
		now_ns = limits_now_ns();
		if (now_ns >= from_ns)
			histogram_add(durations, now_ns - before_ns);
	}
	*seconds = (double)(now_ns - from_ns) / 1e9;
	return 0;
}

int limits_sync(const struct limits_options *options)
{
	char path[PATH_MAX];
	double seconds;
	int status = 1;

	snprintf(path, sizeof(path), "%s/peakpeeps-limits.XXXXXX", options->path);
	int fd = mkstemp(path);
	if (fd < 0)
		return limits_complain("a file cannot be made in the folder", strerror(errno),
			"name a folder on the disk that is meant: --path FOLDER");
	uint8_t *bytes = calloc(1, options->bytes);
	struct histogram_ns *durations = calloc(1, sizeof(*durations));
	if (bytes == NULL || durations == NULL) {
		limits_complain("out of memory", "the machine has too little", "free some");
		goto out;
	}
	histogram_ns_init(durations);
	if (options->filled && fill(fd, options, bytes) != 0) {
		limits_complain("a file cannot be filled", strerror(errno), "free disk space");
		goto out;
	}
	if (append_until(fd, options, bytes, &durations->h, &seconds) != 0) {
		limits_complain("appending or syncing failed", strerror(errno), "look at the disk");
		goto out;
	}
	printf("what=sync bytes=%u filled=%d syncs=%llu per_second=%.0f p50_us=%.0f p99_us=%.0f\n",
		options->bytes, options->filled, (unsigned long long)durations->h.n,
		(double)durations->h.n / seconds,
		(double)histogram_percentile(&durations->h, 0.5) / 1e3,
		(double)histogram_percentile(&durations->h, 0.99) / 1e3);
	status = 0;
out:
	free(durations);
	free(bytes);
	close(fd);
	unlink(path);
	return status;
}

/* The disk alone: append, fdatasync, again. */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "bench/histogram.h"
#include "bench/limits/probe.h"

static int append_until(int fd, const struct limits_options *options, uint8_t *bytes,
	struct histogram *durations, double *seconds)
{
	int64_t begun_ns = limits_now_ns();
	int64_t from_ns = begun_ns + options->warmup_ms * 1000000;
	int64_t until_ns = from_ns + options->duration_ms * 1000000;
	int64_t now_ns = begun_ns;

	while (now_ns < until_ns) {
		int64_t before_ns = now_ns;
		if (write(fd, bytes, options->bytes) != (ssize_t)options->bytes)
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
	struct histogram *durations = calloc(1, sizeof(*durations));
	if (bytes == NULL || durations == NULL) {
		limits_complain("out of memory", "the machine has too little", "free some");
		goto out;
	}
	if (append_until(fd, options, bytes, durations, &seconds) != 0) {
		limits_complain("appending or syncing failed", strerror(errno), "look at the disk");
		goto out;
	}
	printf("what=sync bytes=%u syncs=%llu per_second=%.0f p50_us=%.0f p99_us=%.0f\n",
		options->bytes, (unsigned long long)durations->n, (double)durations->n / seconds,
		(double)histogram_percentile(durations, 0.5) / 1e3,
		(double)histogram_percentile(durations, 0.99) / 1e3);
	status = 0;
out:
	free(durations);
	free(bytes);
	close(fd);
	unlink(path);
	return status;
}

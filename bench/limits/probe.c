/* peakpeeps-limits: what disk, loop, LMDB and each part of the server can do on this machine. */
#include "bench/limits/probe.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "bench/value.h"

static const char usage[] =
	"usage: peakpeeps-limits COMMAND [OPTION..]\n"
	"\n"
	"  sync         appends --bytes N (4096) to a file in --path FOLDER and calls fdatasync,\n"
	"               again and again; with --filled into space that was filled before\n"
	"  wal          the same through the store's log, with its headers and sums\n"
	"  lmdb         commits the records of --batch N purchases at a time, of the keys and\n"
	"               sizes found in --path STORE, a copy of a store with purchases in it,\n"
	"               which is spoilt\n"
	"  commits      how many write transactions a store has had; it may be in use\n"
	"  lmdb-get     gets of --keys N (33000), and taking a view; in --path FOLDER\n"
	"  memtable     puts, gets and a sort of --keys N\n"
	"  rules        purchases decided --batch N at a time over a memtable: no disk, no wire\n"
	"  codec        a purchase and its receipt: protobuf-c, and the codec\n"
	"  echo-server  sends every frame back: one libuv loop, or --epoll; --port N\n"
	"               With --epoll and --path FOLDER it appends --bytes N for each frame\n"
	"               and syncs them before it answers\n"
	"  echo-load    a closed loop over it: --port N, --connections N (64), --depth N (1)\n"
	"\n"
	"each of them: --duration SECONDS (5), --warmup SECONDS (0.5), --seed N (1)\n"
	"sync and lmdb: --every MICROSECONDS, from the start of one to that of the next\n";

enum {
	OPTION_PATH = 256,
	OPTION_BATCH,
	OPTION_BYTES,
	OPTION_KEYS,
	OPTION_FILLED,
	OPTION_EPOLL,
	OPTION_EVERY,
	OPTION_CONNECTIONS,
	OPTION_DEPTH,
	OPTION_PORT,
	OPTION_DURATION,
	OPTION_WARMUP,
	OPTION_SEED,
	OPTION_HELP,
};

static const struct option long_options[] = {
	{ "path", required_argument, NULL, OPTION_PATH },
	{ "batch", required_argument, NULL, OPTION_BATCH },
	{ "bytes", required_argument, NULL, OPTION_BYTES },
	{ "keys", required_argument, NULL, OPTION_KEYS },
	{ "filled", no_argument, NULL, OPTION_FILLED },
	{ "epoll", no_argument, NULL, OPTION_EPOLL },
	{ "every", required_argument, NULL, OPTION_EVERY },
	{ "connections", required_argument, NULL, OPTION_CONNECTIONS },
	{ "depth", required_argument, NULL, OPTION_DEPTH },
	{ "port", required_argument, NULL, OPTION_PORT },
	{ "duration", required_argument, NULL, OPTION_DURATION },
	{ "warmup", required_argument, NULL, OPTION_WARMUP },
	{ "seed", required_argument, NULL, OPTION_SEED },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ NULL, 0, NULL, 0 },
};

static const struct command {
	const char *name;
	int (*run)(const struct limits_options *options);
	bool needs_path;
} commands[] = {
	{ "codec", limits_codec, false },
	{ "lmdb", limits_lmdb, true },
	{ "lmdb-get", limits_lmdb_get, true },
	{ "memtable", limits_memtable, false },
	{ "rules", limits_rules, false },
	{ "wal", limits_wal, true },
	{ "commits", limits_commits, true },
	{ "sync", limits_sync, true },
	{ "echo-server", limits_echo_server, false },
	{ "echo-load", limits_echo_load, false },
};

int64_t limits_now_ns(void)
{
	struct timespec now;
	int err = clock_gettime(CLOCK_MONOTONIC, &now);

	ASSERT(err == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t limits_cpu_ns(void)
{
	struct timespec now;
	int err = clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now);

	ASSERT(err == 0);
	return (int64_t)now.tv_sec * 1000000000 + now.tv_nsec;
}

int64_t limits_wait_until(int64_t ns)
{
	const struct timespec at = { .tv_sec = ns / 1000000000, .tv_nsec = ns % 1000000000 };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &at, NULL) == EINTR) {
	}
	return limits_now_ns();
}

int64_t limits_wall_ms(void)
{
	struct timespec now;
	int err = clock_gettime(CLOCK_REALTIME, &now);

	ASSERT(err == 0);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

int limits_complain(const char *what, const char *reason, const char *next)
{
	fprintf(stderr, "peakpeeps-limits: %s\n  reason: %s\n  next:   %s\n", what, reason, next);
	return 1;
}

static bool take(int option, const char *text, struct limits_options *out)
{
	uint64_t value = 0;
	bool fine;

	switch (option) {
	case OPTION_PATH: out->path = text; return true;
	case OPTION_DURATION: return value_seconds(text, &out->duration_ms);
	case OPTION_WARMUP: return value_seconds(text, &out->warmup_ms);
	case OPTION_SEED: return value_number(text, 0, UINT64_MAX, &out->seed);
	case OPTION_FILLED: out->filled = true; return true;
	case OPTION_EPOLL: out->plain_epoll = true; return true;
	case OPTION_EVERY:
		fine = value_number(text, 0, 3600000000, &value);
		out->every_us = (int64_t)value;
		return fine;
	case OPTION_KEYS:
		fine = value_number(text, 1, 100000000, &value);
		out->keys = (uint32_t)value;
		return fine;
	case OPTION_BATCH:
		fine = value_number(text, 1, LIMITS_BATCH_MAX, &value);
		out->batch = (uint32_t)value;
		return fine;
	case OPTION_BYTES:
		fine = value_number(text, 1, 16 * 1024 * 1024, &value);
		out->bytes = (uint32_t)value;
		return fine;
	case OPTION_CONNECTIONS:
		fine = value_number(text, 1, 10000, &value);
		out->n_connections = (uint32_t)value;
		return fine;
	case OPTION_DEPTH:
		fine = value_number(text, 1, 1024, &value);
		out->depth = (uint32_t)value;
		return fine;
	case OPTION_PORT:
		fine = value_number(text, 0, 65535, &value);
		out->port = (uint16_t)value;
		return fine;
	default: return false;
	}
}

/* -1: everything is set; else what to exit with. */
static int parse(int argc, char **argv, struct limits_options *out)
{
	for (;;) {
		int option = getopt_long(argc, argv, "", long_options, NULL);
		if (option == -1)
			return -1;
		if (option == OPTION_HELP) {
			fputs(usage, stdout);
			return 0;
		}
		if (!take(option, optarg, out)) {
			if (option != '?')
				limits_complain("an option cannot be used", argv[optind - 1],
					"peakpeeps-limits --help");
			return 2;
		}
	}
}

int main(int argc, char **argv)
{
	struct limits_options options = {
		.batch = 64,
		.bytes = 4096,
		.keys = 33000,
		.n_connections = 64,
		.depth = 1,
		.duration_ms = 5000,
		.warmup_ms = 500,
		.seed = 1,
	};
	int status = parse(argc, argv, &options);

	if (status >= 0)
		return status;
	for (size_t i = 0; optind == argc - 1 && i < ARRAY_LEN(commands); i++) {
		if (strcmp(argv[optind], commands[i].name) != 0)
			continue;
		if (commands[i].needs_path && options.path == NULL)
			break;
		return commands[i].run(&options);
	}
	fputs(usage, stderr);
	return 2;
}

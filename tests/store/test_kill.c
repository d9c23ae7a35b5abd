/* kill -9 at any moment: what was answered is there afterwards, and nothing is there by half. */
#include <criterion/criterion.h>
#include <signal.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "harness.h"

enum { ROUNDS = 20, PER_BATCH = 10 };

static const struct span one = { NULL, 1 };

/* Commits batches for ever, and tells each answered one through the pipe. */
static void commit_until_killed(const struct store_options *options, int fd)
{
	struct store *store = test_open(options);
	struct store_info info;

	store_info(store, &info);
	for (uint64_t batch = info.revision / PER_BATCH;; batch++) {
		static struct test_request requests[PER_BATCH];
		static struct test_reply replies[PER_BATCH];
		for (size_t i = 0; i < PER_BATCH; i++) {
			requests[i] = (struct test_request) { 0 };
			add_item(&requests[i], ITEM_ADD, key_of('C', 0), one);
			add_item(&requests[i], ITEM_ADD, key_of('D', batch % 1000), one);
			add_item(&requests[i], ITEM_PUT_FRESH, key_of('J', batch * PER_BATCH + i),
				span_of_text("journal"));
		}
		test_execute(store, requests, replies, PER_BATCH, (int64_t)batch);
		if (write(fd, &batch, sizeof(batch)) != sizeof(batch))
			_exit(1);
	}
}

/* The number of answered batches when the child was killed after some milliseconds. */
static uint64_t run_and_kill(const struct store_options *options, uint64_t answered, long after_ms)
{
	int told[2];
	uint64_t batch;

	cr_assert_eq(pipe(told), 0);
	pid_t child = fork();
	cr_assert_geq(child, 0);
	if (child == 0) {
		close(told[0]);
		commit_until_killed(options, told[1]);
	}
	close(told[1]);
	/* Not before it works, or slow machines would test opening only. */
	cr_assert_eq(read(told[0], &batch, sizeof(batch)), sizeof(batch));
	struct timespec pause = { .tv_nsec = after_ms * 1000000 };
	nanosleep(&pause, NULL);
	cr_assert_eq(kill(child, SIGKILL), 0);
	cr_assert_eq(waitpid(child, NULL, 0), child);
	do {
		cr_assert_geq(batch + 1, answered);
		answered = batch + 1;
	} while (read(told[0], &batch, sizeof(batch)) == sizeof(batch));
	close(told[0]);
	return answered;
}

static uint64_t check_after_kill(const struct store_options *options, uint64_t answered)
{
	struct store *store = test_open(options);
	struct store_info info;
	uint64_t n_records;
	uint64_t n_journal;
	uint64_t xor ;
	struct store_snapshot *snapshot;

	store_info(store, &info);
	cr_assert_geq(info.revision, answered * PER_BATCH);
	cr_assert_eq(info.revision % PER_BATCH, 0);
	cr_assert_leq(info.revision, (answered + 1) * PER_BATCH);
	cr_assert_eq(test_read_number(store, key_of('C', 0)), info.revision);
	test_walk(store, &n_records);
	cr_assert_eq(store_snapshot_open(store, &snapshot), 0);
	store_snapshot_table(snapshot, 'J', &n_journal, &xor);
	store_snapshot_close(snapshot);
	cr_assert_eq(n_journal, info.revision);
	store_close(store);
	return info.revision / PER_BATCH;
}

static void kill_again_and_again(enum store_engine engine)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(engine, dir);
	uint64_t answered = 0;

	for (long round = 0; round < ROUNDS; round++) {
		uint64_t n = run_and_kill(&options, answered, round * 7 % 40);
		cr_assert_gt(n, answered);
		answered = check_after_kill(&options, n);
	}
	test_remove(dir);
}

Test(kill, loses_no_answered_batch_of_lmdb, .timeout = 100)
{
	kill_again_and_again(STORE_LMDB);
}

Test(kill, loses_no_answered_batch_of_a_log, .timeout = 100)
{
	kill_again_and_again(STORE_LOG);
}

/* Killed in the first milliseconds of making a store, it is made by the next or is whole. */
Test(kill, making_a_store_is_all_or_nothing, .timeout = 100)
{
	for (long round = 0; round < ROUNDS; round++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(test_disk_engines[round % 2], dir);
		pid_t child = fork();
		cr_assert_geq(child, 0);
		if (child == 0) {
			char message[STORE_MESSAGE_BYTES];
			struct store *store;
			_exit(store_open(&options, &store, message) != 0);
		}
		struct timespec pause = { .tv_nsec = round * 300000 };
		nanosleep(&pause, NULL);
		kill(child, SIGKILL);
		cr_assert_eq(waitpid(child, NULL, 0), child);
		struct store *store = test_open(&options);
		test_put(store, key_of('A', 1), "x", 1);
		store_close(store);
		test_remove(dir);
	}
}

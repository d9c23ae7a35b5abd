/* Copies of a store: opened as they are, and begun anew as restored ones. */
#include <criterion/criterion.h>
#include <lmdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static void check_same_but_incarnation(
	const struct store_info *info, const struct store_info *before)
{
	cr_assert_arr_eq(info->store_id.bytes, before->store_id.bytes, 16);
	cr_assert_arr_eq(info->secret, before->secret, 32);
	cr_assert_eq(info->created_at_ms, before->created_at_ms);
	cr_assert_eq(info->revision, before->revision);
	cr_assert_eq(info->last_commit_ms, before->last_commit_ms);
}

/* By another process: one that closed a lock file of an open store would lose the store's locks. */
static void copy_files(const char *from, const char *to, const char *const *names)
{
	for (; *names != NULL; names++) {
		char source[DIR_BYTES + 32];
		int status = 0;
		snprintf(source, sizeof(source), "%s/%s", from, *names);
		pid_t pid = fork();
		cr_assert_geq(pid, 0);
		if (pid == 0) {
			execlp("cp", "cp", "-p", source, to, (char *)NULL);
			_exit(127);
		}
		cr_assert_eq(waitpid(pid, &status, 0), pid);
		cr_assert_eq(status, 0, "cp %s", source);
	}
}

/* Opens and closes it; what it says, and the digest of what is in it. */
static uint64_t look(const struct store_options *options, struct store_info *info)
{
	struct store *store = test_open(options);
	uint64_t n_records;
	uint64_t digest = test_walk(store, &n_records);

	store_info(store, info);
	store_close(store);
	return digest;
}

Test(restored, store_has_a_new_incarnation_and_all_else_as_it_was)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	struct store_info before;
	struct store_info info;
	struct store *store = test_open(&options);

	test_put(store, key_of('A', 1), "x", 1000);
	store_close(store);
	uint64_t digest = look(&options, &before);
	cr_assert_eq(before.previous_incarnation, 0);
	for (int round = 0; round < 3; round++) {
		options.restored = true;
		cr_assert_eq(look(&options, &info), digest);
		check_same_but_incarnation(&info, &before);
		cr_assert_gt(info.incarnation, before.incarnation);
		cr_assert_eq(info.previous_incarnation, before.incarnation);
		before = info;
		/* It is on disk, and stays. */
		options.restored = false;
		cr_assert_eq(look(&options, &info), digest);
		check_same_but_incarnation(&info, &before);
		cr_assert_eq(info.incarnation, before.incarnation);
		cr_assert_eq(info.previous_incarnation, 0);
	}
	store = test_open(&options);
	test_put(store, key_of('A', 2), "y", 2000);
	store_info(store, &info);
	cr_assert_eq(info.revision, before.revision + 1);
	store_close(store);
	test_remove(dir);
}

Test(restored, store_must_be_there)
{
	char dir[DIR_BYTES];
	char message[STORE_MESSAGE_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	struct store *store = NULL;

	options.create = true;
	options.restored = true;
	cr_assert_eq(store_open(&options, &store, message), PP_ERR_NOT_FOUND);
	cr_assert_not_null(strstr(message, "data.mdb"), "%s", message);
	cr_assert_eq(rmdir(dir), 0, "something was left in %s", dir);
	cr_assert_eq(store_open(&options, &store, message), PP_ERR_NOT_FOUND);
	cr_assert_not_null(strstr(message, "data.mdb"), "%s", message);
	cr_assert_neq(access(dir, F_OK), 0);
	options = test_options(STORE_MEMORY, dir);
	options.restored = true;
	cr_assert_eq(store_open(&options, &store, message), PP_ERR_NOT_FOUND);
}

Test(restored, copies_open_with_the_lock_files_and_without)
{
	static const char *const sets[][4] = {
		{ "data.mdb", NULL },
		{ "data.mdb", "lock.mdb", NULL },
		{ "data.mdb", "store.lock", NULL },
		{ "data.mdb", "lock.mdb", "store.lock", NULL },
	};
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	struct store_reader *reader = NULL;
	struct store_info before;
	uint64_t n_records;
	struct store *store = test_open(&options);

	test_put(store, key_of('A', 1), "x", 1000);
	/* Nothing is written meanwhile, so that a plain copy is whole; but all locks are held. */
	uint64_t digest = test_walk(store, &n_records);
	store_info(store, &before);
	cr_assert_eq(store_reader_open(store, &reader), 0);
	cr_assert_eq(store_reader_begin(reader), 0);
	for (size_t i = 0; i < ARRAY_LEN(sets); i++) {
		char copy[DIR_BYTES];
		struct store_options copied = test_options(STORE_LMDB, copy);
		struct store_info info;
		copied.create = false;
		/* Another number of readers, in a lock file of another size. */
		copied.readers_max = i % 2 == 0 ? 0 : 500;
		copy_files(dir, copy, sets[i]);
		cr_assert_eq(look(&copied, &info), digest, "set %zu", i);
		check_same_but_incarnation(&info, &before);
		cr_assert_eq(info.incarnation, before.incarnation);
		copied.restored = true;
		cr_assert_eq(look(&copied, &info), digest, "set %zu", i);
		cr_assert_gt(info.incarnation, before.incarnation);
		test_remove(copy);
	}
	/* The copies took no lock from it. */
	store_reader_end(reader);
	store_reader_close(reader);
	test_put(store, key_of('A', 2), "y", 2000);
	store_close(store);
	test_remove(dir);
}

/* In a process of its own: reads as mdb_copy does, and is killed in the midst of it. */
static _Noreturn void read_until_killed(const char *dir, int go, int reading)
{
	MDB_env *env;
	MDB_txn *txn;
	char byte;

	if (read(go, &byte, 1) != 1 || mdb_env_create(&env) != 0 ||
		mdb_env_open(env, dir, MDB_RDONLY, 0600) != 0 ||
		mdb_txn_begin(env, NULL, MDB_RDONLY, &txn) != 0 || write(reading, "r", 1) != 1)
		_exit(1);
	for (;;)
		pause();
}

Test(restored, killed_copy_does_not_make_the_store_grow)
{
	enum { COMMITS = 300, GROWTH_MAX = 64 * 4096 };
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	uint64_t bytes_before;
	uint64_t bytes;
	uint64_t free_bytes;
	int go[2];
	int reading[2];
	char byte;

	cr_assert_eq(pipe(go), 0);
	cr_assert_eq(pipe(reading), 0);
	/* Before the store is open: LMDB's environments are not for children. */
	pid_t pid = fork();
	cr_assert_geq(pid, 0);
	if (pid == 0)
		read_until_killed(dir, go[0], reading[1]);
	struct store *store = test_open(&options);
	test_put(store, key_of('A', 1), "x", 1);
	cr_assert_eq(write(go[1], "g", 1), 1);
	close(reading[1]);
	cr_assert_eq(read(reading[0], &byte, 1), 1, "the reader failed");
	kill(pid, SIGKILL);
	cr_assert_eq(waitpid(pid, NULL, 0), pid);
	store_usage(store, &bytes_before, &free_bytes);
	for (int64_t i = 0; i < COMMITS; i++)
		test_put(store, key_of('A', 1), "y", 2 + i);
	store_usage(store, &bytes, &free_bytes);
	cr_assert_leq(bytes, bytes_before + GROWTH_MAX, "it grew by %llu bytes",
		(unsigned long long)(bytes - bytes_before));
	store_close(store);
	test_remove(dir);
}

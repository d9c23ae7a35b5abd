/* LMDB's directory: made, kept over restarts, locked, and refused when it is not one of ours. */
#include <criterion/criterion.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "harness.h"

static const struct span one = { NULL, 1 };

static void path_in(const char *dir, const char *name, char path[DIR_BYTES + 32])
{
	snprintf(path, DIR_BYTES + 32, "%s/%s", dir, name);
}

static void write_file(const char *dir, const char *name, const void *data, size_t len)
{
	char path[DIR_BYTES + 32];

	path_in(dir, name, path);
	FILE *file = fopen(path, "w");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(data, 1, len, file), len);
	cr_assert_eq(fclose(file), 0);
}

static int open_error(const struct store_options *options, char *message)
{
	struct store *store = NULL;
	int err;

	memset(message, 0, STORE_MESSAGE_BYTES);
	err = store_open(options, &store, message);
	if (err == 0)
		store_close(store);
	else
		cr_assert_gt(strlen(message), 10);
	return err;
}

static void check_same(const struct store_info *info, const struct store_info *before)
{
	cr_assert_arr_eq(info->store_id.bytes, before->store_id.bytes, 16);
	cr_assert_arr_eq(info->secret, before->secret, 32);
	cr_assert_eq(info->incarnation, before->incarnation);
	cr_assert_eq(info->created_at_ms, before->created_at_ms);
	cr_assert_eq(info->revision, before->revision);
	cr_assert_eq(info->last_commit_ms, before->last_commit_ms);
}

Test(files, restart_keeps_everything)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	struct store_info before = { 0 };
	uint64_t digest = 0;
	uint64_t n_records = 0;

	for (uint64_t round = 1; round <= 5; round++) {
		struct store *store = test_open(&options);
		struct store_info info;
		uint64_t n;
		store_info(store, &info);
		cr_assert_eq(test_walk(store, &n), digest);
		cr_assert_eq(n, n_records);
		if (round > 1)
			check_same(&info, &before);
		cr_assert_eq(info.format, 2);
		cr_assert_gt(info.created_at_ms, INT64_C(1600000000000));
		cr_assert_gt(info.incarnation, 0);
		struct test_request request = { 0 };
		struct test_reply reply;
		add_item(&request, ITEM_ADD, key_of('A', 1), one);
		add_item(&request, ITEM_PUT_FRESH, key_of('J', round), span_of_text("j"));
		test_execute(store, &request, &reply, 1, (int64_t)(1000 * round));
		cr_assert_eq(test_read_number(store, key_of('A', 1)), round);
		digest = test_walk(store, &n_records);
		store_info(store, &before);
		cr_assert_eq(before.last_commit_ms, (int64_t)(1000 * round));
		cr_assert_eq(before.revision, round);
		store_close(store);
		options.create = false;
	}
	test_remove(dir);
}

Test(files, each_store_has_an_identity_of_its_own)
{
	struct store_info infos[2];

	for (size_t i = 0; i < 2; i++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(STORE_LMDB, dir);
		struct store *store = test_open(&options);
		store_info(store, &infos[i]);
		store_close(store);
		test_remove(dir);
	}
	cr_assert_arr_neq(infos[0].store_id.bytes, infos[1].store_id.bytes, 16);
	cr_assert_arr_neq(infos[0].secret, infos[1].secret, 32);
}

Test(files, are_for_their_owner_only)
{
	static const char *const names[] = { "data.mdb", "store.lock", "lock.mdb", "." };
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);

	rmdir(dir); /* the store makes its directory itself */
	struct store *store = test_open(&options);
	for (size_t i = 0; i < ARRAY_LEN(names); i++) {
		char path[DIR_BYTES + 32];
		struct stat info;
		path_in(dir, names[i], path);
		cr_assert_eq(stat(path, &info), 0, "%s", path);
		cr_assert_eq(info.st_mode & 077, 0, "%s", path);
	}
	store_close(store);
	test_remove(dir);
}

Test(files, nothing_is_made_unless_asked)
{
	char dir[DIR_BYTES];
	char message[STORE_MESSAGE_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);

	options.create = false;
	cr_assert_eq(open_error(&options, message), PP_ERR_NOT_FOUND);
	cr_assert_eq(rmdir(dir), 0, "something was left in %s", dir);
	cr_assert_eq(open_error(&options, message), PP_ERR_NOT_FOUND);
	char deep[DIR_BYTES + 32];
	path_in(dir, "a", deep);
	options.create = true;
	options.path = deep; /* only the last directory is made */
	cr_assert_eq(open_error(&options, message), PP_ERR_NOT_FOUND);
}

Test(files, store_half_made_by_a_crash_is_made_anew)
{
	char dir[DIR_BYTES];
	char path[DIR_BYTES + 32];
	struct store_options options = test_options(STORE_LMDB, dir);
	uint8_t garbage[10000];

	memset(garbage, 0xa5, sizeof(garbage));
	write_file(dir, "new.mdb", garbage, sizeof(garbage));
	write_file(dir, "store.lock", "1\n", 2);
	struct store *store = test_open(&options);
	test_put(store, key_of('A', 1), "x", 1);
	store_close(store);
	path_in(dir, "new.mdb", path);
	cr_assert_neq(access(path, F_OK), 0);
	test_remove(dir);
}

Test(files, store_that_lost_its_data_is_not_begun_anew)
{
	char dir[DIR_BYTES];
	char path[DIR_BYTES + 32];
	char message[STORE_MESSAGE_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);

	store_close(test_open(&options));
	path_in(dir, "data.mdb", path);
	unlink(path);
	for (int create = 0; create < 2; create++) {
		options.create = create;
		cr_assert_eq(open_error(&options, message), PP_ERR_CORRUPT);
		cr_assert_not_null(strstr(message, "lock.mdb"));
	}
	test_remove(dir);
}

Test(files, second_open_is_refused_also_in_this_process)
{
	char dir[DIR_BYTES];
	char message[STORE_MESSAGE_BYTES];
	char pid[32];
	struct store_options options = test_options(STORE_LMDB, dir);
	struct store *store = test_open(&options);

	snprintf(pid, sizeof(pid), "process %ld.", (long)getpid());
	cr_assert_eq(open_error(&options, message), PP_ERR_LOCKED);
	cr_assert_not_null(strstr(message, pid), "%s", message);
	/* LMDB's locks survived it: a second env in the process would have dropped them. */
	test_put(store, key_of('A', 1), "x", 1);
	store_close(store);
	store_close(test_open(&options));
	test_remove(dir);
}

Test(files, second_open_is_refused_from_another_process)
{
	char dir[DIR_BYTES];
	char message[STORE_MESSAGE_BYTES];
	char pid[32];
	struct store_options options = test_options(STORE_LMDB, dir);
	int ready[2];
	char byte;

	cr_assert_eq(pipe(ready), 0);
	pid_t child = fork();
	if (child == 0) {
		struct store *store;
		char opened = store_open(&options, &store, message) == 0 ? 'y' : 'n';
		if (write(ready[1], &opened, 1) == 1)
			pause();
		_exit(1);
	}
	cr_assert_eq(read(ready[0], &byte, 1), 1);
	cr_assert_eq(byte, 'y');
	snprintf(pid, sizeof(pid), "process %ld.", (long)child);
	cr_assert_eq(open_error(&options, message), PP_ERR_LOCKED);
	cr_assert_not_null(strstr(message, pid), "%s", message);
	kill(child, SIGKILL);
	waitpid(child, NULL, 0);
	cr_assert_eq(open_error(&options, message), 0, "%s", message);
	test_remove(dir);
}

Test(files, what_is_no_store_is_refused)
{
	static const char text[] = "Dear diary, today I was not a database. ";
	uint8_t page[8192] = { 0 };
	const struct {
		const void *data;
		size_t len;
	} rows[] = {
		{ "", 0 },
		{ text, sizeof(text) },
		{ page, 4096 },
		{ page, sizeof(page) },
	};
	char message[STORE_MESSAGE_BYTES];

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char dir[DIR_BYTES];
		struct store_options options = test_options(STORE_LMDB, dir);
		write_file(dir, "data.mdb", rows[i].data, rows[i].len);
		for (int create = 0; create < 2; create++) {
			char path[DIR_BYTES + 32];
			struct stat info;
			options.create = create;
			cr_assert_eq(open_error(&options, message), PP_ERR_FORMAT, "row %zu", i);
			path_in(dir, "data.mdb", path);
			cr_assert_eq(stat(path, &info), 0);
			cr_assert_eq((size_t)info.st_size, rows[i].len);
		}
		test_remove(dir);
	}
	/* A directory in its place, and a file in place of the directory. */
	char dir[DIR_BYTES];
	char path[DIR_BYTES + 32];
	struct store_options options = test_options(STORE_LMDB, dir);
	path_in(dir, "data.mdb", path);
	cr_assert_eq(mkdir(path, 0700), 0);
	cr_assert_eq(open_error(&options, message), PP_ERR_FORMAT);
	rmdir(path);
	write_file(dir, "file", "x", 1);
	path_in(dir, "file", path);
	options.path = path;
	cr_assert_eq(open_error(&options, message), PP_ERR_NOT_FOUND);
	test_remove(dir);
}

Test(files, another_unicode_version_is_refused)
{
	char dir[DIR_BYTES];
	char message[STORE_MESSAGE_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);

	store_close(test_open(&options));
	options.unicode_version = "16.0.0";
	cr_assert_eq(open_error(&options, message), PP_ERR_FORMAT);
	cr_assert(strstr(message, "15.0.0") != NULL && strstr(message, "16.0.0") != NULL);
	options.unicode_version = NULL; /* does not care */
	cr_assert_eq(open_error(&options, message), 0);
	options.unicode_version = "a version that is longer than versions are";
	cr_assert_eq(open_error(&options, message), PP_ERR_INVALID);
	test_remove(dir);
}

Test(files, read_only_directory_is_refused)
{
	char dir[DIR_BYTES];
	char message[STORE_MESSAGE_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	uid_t user = geteuid() == 0 ? 65534 : geteuid();

	cr_assert_eq(chown(dir, user, (gid_t)-1), 0);
	cr_assert_eq(chmod(dir, 0500), 0);
	cr_assert_eq(seteuid(user), 0);
	cr_assert_eq(open_error(&options, message), PP_ERR_PERMISSION, "%s", message);
	char inner[DIR_BYTES + 32];
	path_in(dir, "inner", inner);
	options.path = inner;
	cr_assert_eq(open_error(&options, message), PP_ERR_PERMISSION, "%s", message);
	cr_assert_eq(seteuid(getuid()), 0);
	test_remove(dir);
}

/* A file system of our own that a test can fill: only root can make one. */
static bool mount_small_disk(const char *dir)
{
	if (unshare(CLONE_NEWNS) != 0)
		return false;
	return mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", dir, "tmpfs", 0, "size=2m") == 0;
}

/* Writes until the disk refuses; the number of batches written. */
static uint64_t fill_disk(struct store *store)
{
	struct span fill = { (const uint8_t *)"f", 9000 };
	struct test_reply reply;
	uint64_t n = 0;

	for (int result = 0; result == 0; n++) {
		struct test_request request = { 0 };
		cr_assert_lt(n, 10000);
		add_item(&request, ITEM_FILL, key_of('F', n), fill);
		result = test_execute_one(store, &request, &reply, 1);
		cr_assert(result == 0 || result == PP_ERR_STORAGE_FULL);
	}
	return n - 1;
}

Test(files, full_disk_refuses_and_recovers)
{
	char dir[DIR_BYTES];
	struct store_options options = test_options(STORE_LMDB, dir);
	char ballast[DIR_BYTES + 32];
	uint8_t half[700000] = { 0 };
	uint64_t n_records;
	struct store_info info;

	if (!mount_small_disk(dir)) {
		rmdir(dir);
		cr_skip("only root can mount a small disk to fill");
	}
	write_file(dir, "ballast", half, sizeof(half));
	struct store *store = test_open(&options);
	uint64_t n = fill_disk(store);
	cr_assert_gt(n, 10);
	store_info(store, &info);
	cr_assert_eq(info.revision, n);
	test_walk(store, &n_records);
	cr_assert_eq(n_records, n);
	path_in(dir, "ballast", ballast);
	cr_assert_eq(unlink(ballast), 0);
	test_put(store, key_of('A', 1), "there is room again", 2);
	store_close(store);
	options.create = false;
	store = test_open(&options);
	test_walk(store, &n_records);
	cr_assert_eq(n_records, n + 1);
	store_close(store);
	cr_assert_eq(umount2(dir, MNT_DETACH), 0);
	rmdir(dir);
}

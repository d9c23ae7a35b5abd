/* The commit modes: one store under both in turn, its log lost or kept, and how safe it is said. */
#include <criterion/criterion.h>
#include <dirent.h>
#include <fcntl.h>
#include <pthread.h>
#include <sched.h>
#include <string.h>
#include <sys/mount.h>
#include <unistd.h>

#include "base/base.h"
#include "tests/integration/actors.h"
#include "tests/integration/pipe.h"
#include "tests/integration/require.h"
#include "tests/integration/sanitized.h"
#include "tests/integration/wire.h"

#define IN_LOG "store.commit=log "
#define IN_LMDB "store.commit=lmdb "
/* So that what was written is in the log alone, until the server stops. */
#define NO_CHECKPOINT "store.checkpoint_interval=1h "

struct scene {
	struct process process;
	struct pp_client *client;
	uint64_t josh;
	int64_t coins;             /* that josh should have */
	struct pp_request request; /* the last write that was answered, */
	uint64_t revision;         /* and its revision */
};

static void credit(struct scene *scene)
{
	scene->request = ask_credit(scene->josh, 7);
	scene->request.has_request_id = true;
	pp_client_new_request_id(scene->client, &scene->request.request_id);
	scene->revision = call_ok(scene->client, &scene->request)->revision;
	scene->coins += 7;
}

static void scene_open(struct scene *scene, const char *settings)
{
	struct process_options options = { .settings = settings };

	*scene = (struct scene) { .coins = 100 };
	process_new(&scene->process, &options);
	scene->client = client_at(&scene->process, 0);
	scene->josh = make_user(scene->client, "Josh", scene->coins);
	credit(scene);
}

static void scene_start(struct scene *scene, const char *settings)
{
	process_configure(&scene->process, settings);
	cr_assert_eq(truncate(scene->process.log_path, 0), 0);
	process_start(&scene->process);
	scene->client = client_at(&scene->process, 0);
}

static void scene_end(struct scene *scene, bool kill)
{
	pp_client_close(scene->client);
	if (kill)
		process_kill(&scene->process);
	else
		process_stop(&scene->process);
}

static void scene_close(struct scene *scene)
{
	pp_client_close(scene->client);
	process_free(&scene->process);
}

static struct pp_server_info_response info_of(struct scene *scene)
{
	struct pp_request request = ask_server_info();

	return call_ok(scene->client, &request)->u.server_info;
}

/* Nothing that was answered is missing, and the same request is not carried out again. */
static void check(struct scene *scene, const char *commit)
{
	cr_assert_str_eq(info_of(scene).commit_mode, commit);
	cr_assert_eq(revision_of(scene->client), scene->revision);
	cr_assert_eq(balance_of(scene->client, PP_ACCOUNT_KIND_USER, scene->josh), scene->coins);
	cr_assert(call_ok(scene->client, &scene->request)->replayed);
	verify_clean(scene->client);
}

/* Counts the files of the log, and removes them if asked to. */
static size_t count_log_files(const struct scene *scene, bool and_remove)
{
	DIR *folder = opendir(scene->process.store_path);
	const struct dirent *entry;
	size_t n = 0;

	cr_assert_not_null(folder);
	while ((entry = readdir(folder)) != NULL) {
		if (strncmp(entry->d_name, "log.", 4) != 0)
			continue;
		n++;
		if (and_remove)
			cr_assert_eq(unlinkat(dirfd(folder), entry->d_name, 0), 0);
	}
	closedir(folder);
	return n;
}

Test(commit, changes_between_starts_and_keeps_everything)
{
	struct scene scene;

	scene_open(&scene, IN_LMDB);
	cr_assert_eq(count_log_files(&scene, false), 0);
	for (int kill = 0; kill < 2; kill++) {
		scene_end(&scene, kill);
		scene_start(&scene, IN_LOG NO_CHECKPOINT);
		check(&scene, "log");
		cr_assert_gt(count_log_files(&scene, false), 0);
		credit(&scene);
		scene_end(&scene, kill);
		scene_start(&scene, IN_LMDB);
		/* The log was not needed any more: its place is free. */
		cr_assert_eq(count_log_files(&scene, false), 0);
		cr_assert_eq(process_logged(&scene.process, "read back from the log"), kill);
		check(&scene, "lmdb");
		credit(&scene);
	}
	scene_close(&scene);
}

Test(commit, reads_back_what_no_checkpoint_had)
{
	struct scene scene;

	scene_open(&scene, IN_LOG NO_CHECKPOINT);
	for (int round = 0; round < 3; round++) {
		for (int i = 0; i < 5; i++)
			credit(&scene);
		scene_end(&scene, true);
		scene_start(&scene, IN_LOG NO_CHECKPOINT);
		cr_assert(process_logged(&scene.process, "read back from the log"));
		check(&scene, "log");
	}
	scene_end(&scene, false);
	scene_start(&scene, IN_LOG NO_CHECKPOINT);
	cr_assert_not(process_logged(&scene.process, "read back"), "it had stopped cleanly");
	check(&scene, "log");
	scene_close(&scene);
}

Test(commit, without_its_log_starts_only_when_the_loss_is_accepted)
{
	struct scene scene;

	scene_open(&scene, IN_LOG NO_CHECKPOINT);
	scene_end(&scene, false);
	scene_start(&scene, IN_LOG NO_CHECKPOINT);
	struct scene kept = scene;
	uint64_t incarnation = info_of(&scene).incarnation;
	credit(&scene);
	scene_end(&scene, true);
	cr_assert_gt(count_log_files(&scene, true), 0);
	/* In either mode it says what is wrong, and the flag that helps. */
	for (int in_lmdb = 0; in_lmdb < 2; in_lmdb++) {
		process_configure(&scene.process, in_lmdb ? IN_LMDB : IN_LOG NO_CHECKPOINT);
		cr_assert_eq(truncate(scene.process.log_path, 0), 0);
		cr_assert_eq(process_start_refused(&scene.process), 1);
		cr_assert(process_logged(&scene.process, "--accept-loss"));
	}
	scene_start(&scene, IN_LOG NO_CHECKPOINT "--accept-loss");
	cr_assert(process_logged(&scene.process, "level=warn msg=\"--accept-loss"));
	kept.client = scene.client;
	check(&kept, "log");
	uint64_t next = info_of(&scene).incarnation;
	cr_assert_gt(next, incarnation);
	/* The flag is for one start; and harmless in another. */
	kept.process = scene.process;
	scene_end(&kept, true);
	scene_start(&kept, IN_LOG NO_CHECKPOINT "--accept-loss");
	cr_assert(process_logged(&kept.process, "not needed"));
	cr_assert_eq(info_of(&kept).incarnation, next);
	check(&kept, "log");
	scene_close(&kept);
}

Test(commit, a_clean_stop_leaves_a_store_that_needs_no_log)
{
	struct scene scene;

	scene_open(&scene, IN_LOG NO_CHECKPOINT);
	scene_end(&scene, false);
	(void)count_log_files(&scene, true);
	scene_start(&scene, IN_LOG NO_CHECKPOINT);
	check(&scene, "log");
	scene_close(&scene);
}

/* ---- Under load ---- */

struct load {
	struct scene *scene;
	size_t n;
	atomic_size_t n_accepted;
	size_t n_refused;
	atomic_bool ended;
	struct pp_client *ids;
};

static void make_credit(void *context, size_t i, struct pp_request *out)
{
	struct load *load = context;

	(void)i;
	*out = ask_credit(load->scene->josh, 1);
	out->has_request_id = true;
	pp_client_new_request_id(load->ids, &out->request_id);
}

static void take_credit(void *context, size_t i, const struct pp_response *response)
{
	struct load *load = context;

	(void)i;
	if (response->status == NULL)
		atomic_fetch_add(&load->n_accepted, 1);
	else
		load->n_refused++;
	REQUIRE(response->status == NULL || response->status->reason == PP_REASON_STORAGE_FULL,
		"%s", response->status->message);
}

static void *run_load(void *context)
{
	struct load *load = context;
	struct pipe_work work = {
		.n = load->n, .depth = 64, .context = load, .make = make_credit, .done = take_credit
	};

	load->ids = client_at(&load->scene->process, 0);
	REQUIRE(pipe_run(&load->scene->process, &work), "the connection broke");
	pp_client_close(load->ids);
	atomic_store(&load->ended, true);
	return NULL;
}

Test(commit, verifies_while_writes_go_on)
{
	struct scene scene;
	struct load load = { .scene = &scene, .n = 20000 };
	pthread_t thread;
	size_t n_runs = 0;
	size_t n_before = 0;

	scene_open(&scene, IN_LOG "store.checkpoint_interval=10ms store.memtable_size=1MiB");
	cr_assert_eq(pthread_create(&thread, NULL, run_load, &load), 0);
	for (; !atomic_load(&load.ended); n_runs++) {
		uint64_t revision = revision_of(scene.client);
		n_before = atomic_load(&load.n_accepted);
		const struct pp_verify_response *run = verify_run(scene.client);
		cr_assert_eq(run->state, PP_VERIFY_STATE_CLEAN);
		/* What was answered before it began is in it. */
		cr_assert_geq(run->snapshot_revision, revision);
	}
	pthread_join(thread, NULL);
	cr_assert(n_runs > 1 && n_before > 0, "%zu runs", n_runs);
	scene.coins += (int64_t)load.n;
	cr_assert_eq(balance_of(scene.client, PP_ACCOUNT_KIND_USER, scene.josh), scene.coins);
	verify_clean(scene.client);
	scene_close(&scene);
}

/* ---- Disks ---- */

/* A disk of our own: only root can make one. */
static bool mount_small_disk(const char *dir)
{
	return unshare(CLONE_NEWNS) == 0 &&
	       mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
	       mount("none", dir, "tmpfs", 0, "size=40m") == 0;
}

static void fill(const char *path, size_t n_bytes)
{
	static const char block[1 << 16];
	int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);

	cr_assert_geq(fd, 0);
	for (size_t at = 0; at < n_bytes; at += sizeof(block))
		if (write(fd, block, sizeof(block)) != (ssize_t)sizeof(block))
			break;
	close(fd);
}

Test(commit, a_full_disk_refuses_writes_and_loses_none)
{
	char dir[] = "/tmp/peakpeeps-disk-XXXXXX";
	char ballast[64];
	struct scene scene;

	cr_assert_not_null(mkdtemp(dir));
	if (!mount_small_disk(dir)) {
		rmdir(dir);
		cr_skip_test("no disk of our own");
	}
	snprintf(ballast, sizeof(ballast), "%s/ballast", dir);
	setenv("TMPDIR", dir, 1);
	scene_open(&scene, IN_LOG
		"store.free_min=1MiB store.checkpoint_interval=10ms store.memtable_size=1MiB");
	for (int round = 0; round < 2; round++) {
		struct load load = { .scene = &scene, .n = 5000 };
		fill(ballast, SIZE_MAX / 2);
		run_load(&load);
		scene.coins += (int64_t)atomic_load(&load.n_accepted);
		cr_assert_gt(load.n_refused, 0, "the disk was not full");
		cr_assert_eq(
			balance_of(scene.client, PP_ACCOUNT_KIND_USER, scene.josh), scene.coins);
		/* With space there again it goes on by itself. */
		cr_assert_eq(unlink(ballast), 0);
		credit(&scene);
		check(&scene, "log");
		scene_end(&scene, round == 0);
		scene_start(&scene, IN_LOG "store.free_min=1MiB");
		check(&scene, "log");
	}
	scene_close(&scene);
	umount(dir);
	rmdir(dir);
}

/* ---- Disks that fail ---- */

/* From now on syncs of this file fail. NULL: no more. */
static void fail_syncs(const char *trigger, const char *of)
{
	FILE *file = of != NULL ? fopen(trigger, "we") : NULL;

	if (file != NULL) {
		fputs(of, file);
		cr_assert_eq(fclose(file), 0);
	} else {
		cr_assert_eq(unlink(trigger), 0);
	}
}

/* Sends a request to a server that does not answer it but ends. */
static void ask_for_the_end(struct scene *scene, struct pp_request *request, bool answered)
{
	struct wire *wire = calloc(1, sizeof(*wire));
	struct bytes *bytes = calloc(1, sizeof(*bytes));

	REQUIRE(wire != NULL && bytes != NULL, "out of memory");
	wire_open(wire, &scene->process);
	wire_hello(wire);
	request->seq = 10;
	put_request(bytes, request);
	REQUIRE(wire_send(wire, bytes->data, bytes->len), "closed");
	cr_assert_eq(process_wait(&scene->process), 70);
	cr_assert(answered || wire_receive(wire) == NULL, "it was answered");
	wire_close(wire);
	free(wire);
	free(bytes);
	pp_client_close(scene->client);
}

Test(commit, a_failed_sync_ends_the_server_and_loses_nothing)
{
	static const struct {
		const char *settings;
		const char *commit;
		const char *file; /* whose syncs fail */
		bool verify;      /* ask for a checkpoint, not for a write */
		const char *said;
	} rows[] = {
		{ IN_LMDB, "lmdb", "data.mdb", false, "level=fatal msg=\"the store failed" },
		{ IN_LOG NO_CHECKPOINT, "log", "log.0", false,
			"level=fatal msg=\"the store failed" },
		{ IN_LOG NO_CHECKPOINT, "log", "data.mdb", true,
			"level=fatal msg=\"a checkpoint failed" },
	};
	char trigger[] = "/tmp/peakpeeps-failing-XXXXXX";
	int fd = mkstemp(trigger);

	cr_assert(fd >= 0 && close(fd) == 0 && unlink(trigger) == 0);
	setenv("FAILING_SYNC", trigger, 1);
	setenv("LD_PRELOAD", SANITIZED ? "" : FAILING_SYNC_PATH, 1);
	/* A sanitizer wants to be the first that is loaded. */
	for (size_t i = 0; i < ARRAY_LEN(rows) && !SANITIZED; i++) {
		struct scene scene;
		struct pp_request request = ask_verify(0);
		scene_open(&scene, rows[i].settings);
		credit(&scene);
		if (!rows[i].verify) {
			request = ask_credit(scene.josh, 1000);
			request.has_request_id = true;
			pp_client_new_request_id(scene.client, &request.request_id);
		}
		fail_syncs(trigger, rows[i].file);
		ask_for_the_end(&scene, &request, rows[i].verify);
		cr_assert(process_logged(&scene.process, rows[i].said), "row %zu", i);
		fail_syncs(trigger, NULL);
		scene_start(&scene, rows[i].settings);
		if (!rows[i].verify) {
			/* Carried out or not, nobody knew; sent again it is, once. */
			scene.revision = call_ok(scene.client, &request)->revision;
			scene.coins += 1000;
		}
		check(&scene, rows[i].commit);
		scene_close(&scene);
	}
}

/* ---- What is said about it ---- */

static size_t count_logged(const struct process *process, const char *text)
{
	char line[2048];
	size_t n = 0;
	FILE *file = fopen(process->log_path, "re");

	cr_assert_not_null(file);
	while (fgets(line, sizeof(line), file) != NULL)
		n += strstr(line, text) != NULL;
	fclose(file);
	return n;
}

static void await_logged(const struct process *process, const char *text, size_t n)
{
	int64_t until = test_now_ms() + 30000;

	while (count_logged(process, text) < n) {
		REQUIRE(test_now_ms() < until, "\"%s\" was not logged %zu times", text, n);
		test_pause_ms(10);
	}
}

Test(commit, an_unsafe_durability_is_said_at_the_start_and_every_hour)
{
	static const char text[] = "level=warn msg=\"durability is unsafe";
	static const char *const modes[] = { IN_LOG "store.durability=unsafe_no_sync",
		IN_LMDB "store.durability=unsafe_no_sync" };

	for (size_t i = 0; i < ARRAY_LEN(modes); i++) {
		struct process_options options = { .settings = modes[i], .own_clock = true };
		struct process process;
		process_new(&process, &options);
		cr_assert_eq(count_logged(&process, text), 1);
		process_advance(&process, 3600 * 1000);
		await_logged(&process, text, 2);
		process_advance(&process, 3600 * 1000);
		await_logged(&process, text, 3);
		process_configure(&process, i == 0 ? IN_LOG : IN_LMDB);
		process_stop(&process);
		cr_assert_eq(truncate(process.log_path, 0), 0);
		process_start(&process);
		cr_assert_eq(count_logged(&process, "durability"), 0);
		process_free(&process);
	}
}

#include "tests/integration/process.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <ftw.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/base.h"
#include "tests/integration/require.h"
#include "tests/integration/sanitized.h"

enum { START_MS_MAX = 60000, STOP_MS_MAX = 60000, DESCRIPTORS_MAX = 4096 };

int64_t test_now_ms(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
}

void test_pause_ms(int64_t ms)
{
	struct timespec pause = { .tv_sec = ms / 1000, .tv_nsec = ms % 1000 * 1000000 };

	while (nanosleep(&pause, &pause) != 0 && errno == EINTR)
		continue;
}

static void make_clock(struct process *process)
{
	struct timespec now;
	int fd = open(process->clock_path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);

	REQUIRE(fd >= 0 && ftruncate(fd, sizeof(struct test_clock)) == 0, "%s: %s",
		process->clock_path, strerror(errno));
	process->clock =
		mmap(NULL, sizeof(struct test_clock), PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	REQUIRE(process->clock != MAP_FAILED, "mmap: %s", strerror(errno));
	close(fd);
	clock_gettime(CLOCK_REALTIME, &now);
	atomic_store(&process->clock->wall_ms, (int64_t)now.tv_sec * 1000);
	atomic_store(&process->clock->boottime_ms, 1000000);
}

void process_configure(struct process *process, const char *settings)
{
	FILE *file = fopen(process->config_path, "we");
	const char *commit = getenv("PEAKPEEPS_TEST_COMMIT");

	REQUIRE(file != NULL, "%s: %s", process->config_path, strerror(errno));
	fprintf(file, "store:\n  path: %s\nlisten:\n  address: 127.0.0.1:0\n", process->store_path);
	REQUIRE(fclose(file) == 0, "%s: %s", process->config_path, strerror(errno));
	/* The map of the default would not always fit in beside a sanitizer's. */
	int len = snprintf(process->settings, sizeof(process->settings), "%s%s%s%s%s",
		SANITIZED ? "store.map_size=8GiB " : "", commit != NULL ? "store.commit=" : "",
		commit != NULL ? commit : "", commit != NULL ? " " : "",
		settings != NULL ? settings : "");
	REQUIRE(len < (int)sizeof(process->settings), "too many settings");
}

void process_new(struct process *process, const struct process_options *options)
{
	const char *tmp = getenv("TMPDIR");
	struct rlimit limit;

	*process = (struct process) { 0 };
	snprintf(process->folder, sizeof(process->folder), "%.90s/peakpeeps-XXXXXX",
		tmp != NULL ? tmp : "/tmp");
	REQUIRE(mkdtemp(process->folder) != NULL, "%s: %s", process->folder, strerror(errno));
	snprintf(process->store_path, sizeof(process->store_path), "%s/store", process->folder);
	snprintf(process->config_path, sizeof(process->config_path), "%s/config.yaml",
		process->folder);
	snprintf(process->clock_path, sizeof(process->clock_path), "%s/clock", process->folder);
	snprintf(process->log_path, sizeof(process->log_path), "%s/server.log", process->folder);
	if (options != NULL && options->log_path != NULL)
		snprintf(process->log_path, sizeof(process->log_path), "%s", options->log_path);
	if (options != NULL && options->own_clock)
		make_clock(process);
	process_configure(process, options != NULL ? options->settings : NULL);
	if (getrlimit(RLIMIT_NOFILE, &limit) == 0 && limit.rlim_cur < DESCRIPTORS_MAX &&
		limit.rlim_max >= DESCRIPTORS_MAX) {
		limit.rlim_cur = DESCRIPTORS_MAX;
		setrlimit(RLIMIT_NOFILE, &limit);
	}
	process_start(process);
}

/* In the child: the server dies with its test, and says its port on standard output. */
static _Noreturn void become_server(const struct process *process, int out, pid_t parent)
{
	const char *path = TEST_SERVER_PATH;
	const char *clock = process->clock != NULL ? process->clock_path : "-";
	int log = open(process->log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);

	prctl(PR_SET_PDEATHSIG, SIGKILL);
	if (getppid() != parent || log < 0)
		_exit(126);
	dup2(out, STDOUT_FILENO);
	dup2(log, STDERR_FILENO);
	close(log);
	close(out);
	execl(path, path, process->config_path, clock, process->settings, (char *)NULL);
	_exit(127);
}

/* Starts it; the end of its standard output from which its port is read. */
static int spawn(struct process *process)
{
	pid_t parent = getpid();
	int ends[2];

	REQUIRE(process->pid == 0, "it runs already");
	REQUIRE(pipe2(ends, O_CLOEXEC) == 0, "pipe: %s", strerror(errno));
	process->pid = fork();
	REQUIRE(process->pid >= 0, "fork: %s", strerror(errno));
	if (process->pid == 0)
		become_server(process, ends[1], parent);
	close(ends[1]);
	return ends[0];
}

/* The port that it says, or 0 when it ended instead. */
static uint16_t read_port(int fd)
{
	char text[32] = "";
	size_t len = 0;
	int64_t until = test_now_ms() + START_MS_MAX;

	while (len < sizeof(text) - 1 && strchr(text, '\n') == NULL) {
		struct pollfd wait = { .fd = fd, .events = POLLIN };
		int64_t left = until - test_now_ms();
		REQUIRE(left > 0, "the server did not say its port within %d ms", START_MS_MAX);
		if (poll(&wait, 1, (int)left) <= 0)
			continue;
		ssize_t n = read(fd, text + len, sizeof(text) - 1 - len);
		if (n <= 0)
			return 0;
		len += (size_t)n;
		text[len] = '\0';
	}
	return (uint16_t)strtoul(text, NULL, 10);
}

static void print_log(const struct process *process)
{
	char line[1024];
	FILE *file = fopen(process->log_path, "re");

	while (file != NULL && fgets(line, sizeof(line), file) != NULL)
		fprintf(stderr, "  server: %s", line);
	if (file != NULL)
		fclose(file);
}

void process_start(struct process *process)
{
	int fd = spawn(process);

	process->port = read_port(fd);
	close(fd);
	if (process->port == 0)
		print_log(process);
	REQUIRE(process->port != 0, "the server did not start: status %d", process_wait(process));
	snprintf(process->address, sizeof(process->address), "127.0.0.1:%u", process->port);
}

int process_start_refused(struct process *process)
{
	int fd = spawn(process);
	uint16_t port = read_port(fd);

	close(fd);
	if (port != 0)
		process_kill(process);
	REQUIRE(port == 0, "the server started, which it should have refused");
	return process_wait(process);
}

void process_start_and_kill(struct process *process, int64_t ms)
{
	int fd = spawn(process);

	test_pause_ms(ms);
	process_kill(process);
	close(fd);
}

int process_wait(struct process *process)
{
	int64_t until = test_now_ms() + STOP_MS_MAX;
	int status = 0;
	pid_t pid = 0;

	REQUIRE(process->pid > 0, "it does not run");
	while (pid == 0) {
		pid = waitpid(process->pid, &status, WNOHANG);
		if (pid == 0 && test_now_ms() > until) {
			print_log(process);
			kill(process->pid, SIGABRT);
			REQUIRE(false, "the server did not end within %d ms", STOP_MS_MAX);
		}
		if (pid == 0)
			test_pause_ms(2);
	}
	REQUIRE(pid == process->pid, "waitpid: %s", strerror(errno));
	process->pid = 0;
	return WIFEXITED(status) ? WEXITSTATUS(status) : -WTERMSIG(status);
}

void process_stop(struct process *process)
{
	int status;

	kill(process->pid, SIGTERM);
	status = process_wait(process);
	if (status != 0)
		print_log(process);
	REQUIRE(status == 0, "the server ended with %d", status);
}

void process_kill(struct process *process)
{
	kill(process->pid, SIGKILL);
	(void)process_wait(process);
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *walk)
{
	(void)info;
	(void)type;
	(void)walk;
	return remove(path);
}

void process_free(struct process *process)
{
	if (process->pid > 0)
		process_stop(process);
	if (process->clock != NULL)
		munmap(process->clock, sizeof(*process->clock));
	nftw(process->folder, remove_entry, 16, FTW_DEPTH | FTW_PHYS);
}

void process_advance(struct process *process, int64_t ms)
{
	REQUIRE(process->clock != NULL, "the server runs on the system's clock");
	atomic_fetch_add(&process->clock->wall_ms, ms);
	atomic_fetch_add(&process->clock->boottime_ms, ms);
}

uint64_t process_resident_bytes(const struct process *process)
{
	char path[64];
	unsigned long size = 0;
	unsigned long resident = 0;

	snprintf(path, sizeof(path), "/proc/%d/statm", (int)process->pid);
	FILE *file = fopen(path, "re");
	REQUIRE(file != NULL, "%s: %s", path, strerror(errno));
	REQUIRE(fscanf(file, "%lu %lu", &size, &resident) == 2, "%s", path); // NOLINT(cert-err34-c)
	fclose(file);
	return (uint64_t)resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

int process_descriptors(const struct process *process)
{
	char path[64];
	int n = 0;

	snprintf(path, sizeof(path), "/proc/%d/fd", (int)process->pid);
	DIR *folder = opendir(path);
	REQUIRE(folder != NULL, "%s: %s", path, strerror(errno));
	while (readdir(folder) != NULL)
		n++;
	closedir(folder);
	return n - 2;
}

bool process_logged(const struct process *process, const char *text)
{
	char line[2048];
	bool found = false;
	FILE *file = fopen(process->log_path, "re");

	while (file != NULL && !found && fgets(line, sizeof(line), file) != NULL)
		found = strstr(line, text) != NULL;
	if (file != NULL)
		fclose(file);
	return found;
}

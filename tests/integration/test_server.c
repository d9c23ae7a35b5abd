/*
 * peakpeepsd with a clock of the test's: test_server CONFIG CLOCK-FILE SETTINGS, where "-" is the
 * system's clock and settings are as in "limits.batch=1 log.level=debug --restored". Prints its
 * port.
 */
#include <fcntl.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "server/server.h"
#include "tests/integration/process.h"

static int64_t read_wall_ms(void *context)
{
	struct test_clock *clock = context;

	return atomic_load(&clock->wall_ms);
}

static int64_t read_boottime_ms(void *context)
{
	struct test_clock *clock = context;

	return atomic_load(&clock->boottime_ms);
}

static struct test_clock *map_clock(const char *path)
{
	int fd = open(path, O_RDWR | O_CLOEXEC);
	void *map;

	if (fd < 0)
		return NULL;
	map = mmap(NULL, sizeof(struct test_clock), PROT_READ, MAP_SHARED, fd, 0);
	close(fd);
	return map != MAP_FAILED ? map : NULL;
}

/* What is on the command line alone. */
static bool apply_flag(struct config *config, const char *flag)
{
	if (strcmp(flag, "--restored") == 0)
		config->restored = true;
	else if (strcmp(flag, "--accept-loss") == 0)
		config->accept_loss = true;
	else
		return false;
	return true;
}

/* Sets each name=value and flag of `settings`, which is cut up. */
static int apply(struct config *config, char *settings, struct config_errors *errors)
{
	char *rest = NULL;

	for (char *one = strtok_r(settings, " ", &rest); one != NULL;
		one = strtok_r(NULL, " ", &rest)) {
		if (apply_flag(config, one))
			continue;
		char *value = strchr(one, '=');
		if (value == NULL)
			return PP_ERR_INVALID;
		*value++ = '\0';
		int err = config_set(config, one, value, NULL, errors);
		if (err != 0)
			return err;
	}
	return 0;
}

static int configure(struct config *config, char *argv[])
{
	struct config_errors errors = { 0 };
	int err = config_default(config);

	if (err == 0)
		err = config_load(config, argv[1], &errors);
	if (err == 0)
		err = apply(config, argv[3], &errors);
	if (err == 0)
		err = config_check(config, &errors);
	if (errors.text != NULL)
		fputs(errors.text, stderr);
	config_errors_free(&errors);
	return err;
}

/* SIGTERM is blocked everywhere and waited for here. */
static void *wait_for_signal(void *context)
{
	struct server *server = context;
	sigset_t stop;
	int signum;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	if (sigwait(&stop, &signum) == 0)
		server_stop(server);
	return NULL;
}

static int run(const struct config *config, const struct clock_source *source)
{
	struct server *server = NULL;
	pthread_t waiter;
	sigset_t stop;

	sigemptyset(&stop);
	sigaddset(&stop, SIGTERM);
	pthread_sigmask(SIG_BLOCK, &stop, NULL);
	int err = server_start(config, source, &server);
	if (err != 0)
		return err;
	if (pthread_create(&waiter, NULL, wait_for_signal, server) != 0)
		abort();
	printf("%u\n", server_port(server));
	fflush(stdout);
	err = server_run(server);
	/* Still waiting if the server stopped for a reason of its own. */
	pthread_cancel(waiter);
	pthread_join(waiter, NULL);
	return err;
}

int main(int argc, char *argv[])
{
	struct clock_source source = { read_wall_ms, read_boottime_ms, NULL };
	struct config config = { 0 };
	int err = PP_ERR_INVALID;

	if (argc != 4)
		return 2;
	signal(SIGPIPE, SIG_IGN);
	if (strcmp(argv[2], "-") != 0) {
		source.context = map_clock(argv[2]);
		if (source.context == NULL)
			return 2;
	}
	err = configure(&config, argv);
	if (err == 0)
		err = run(&config, source.context != NULL ? &source : NULL);
	config_free(&config);
	return err != 0 ? 1 : 0;
}

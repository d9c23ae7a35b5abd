/* peakpeepsd: settings, signals and exit codes around the server. */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <uv.h>

#include "base/log.h"
#include "server/options.h"
#include "server/server.h"

enum {
	EXIT_OK = 0,
	EXIT_START = 1,
	EXIT_USAGE = 2,
	DESCRIPTORS_BESIDE = 64, /* those that are not connections: store, loops, sockets, log */
};

/* The main thread waits for signals; another one runs the server. */
struct daemon {
	struct server *server;
	uv_loop_t loop;
	uv_signal_t signals[3];
	uv_async_t ended;
	pthread_t runner;
	int result; /* of server_run; read after the join */
	bool stopping;
};

static void on_signal(uv_signal_t *handle, int signum)
{
	struct daemon *daemon = handle->data;

	if (signum == SIGUSR1) {
		if (!daemon->stopping)
			server_accept_clock(daemon->server);
		return;
	}
	if (daemon->stopping) {
		log_warn("second signal; exiting at once", log_int("signal", signum));
		_exit(128 + signum);
	}
	daemon->stopping = true;
	log_info("signal", log_int("signal", signum));
	server_stop(daemon->server);
}

static void on_ended(uv_async_t *async)
{
	struct daemon *daemon = async->data;

	for (size_t i = 0; i < ARRAY_LEN(daemon->signals); i++)
		uv_close((uv_handle_t *)&daemon->signals[i], NULL);
	uv_close((uv_handle_t *)async, NULL);
}

static void *run_server(void *argument)
{
	struct daemon *daemon = argument;

	daemon->result = server_run(daemon->server);
	uv_async_send(&daemon->ended);
	return NULL;
}

static int start_signal(struct daemon *daemon, uv_signal_t *handle, int signum)
{
	if (uv_signal_init(&daemon->loop, handle) != 0)
		return PP_ERR_IO;
	handle->data = daemon;
	return uv_signal_start(handle, on_signal, signum) == 0 ? 0 : PP_ERR_IO;
}

/* Before the server starts: who reads that it listens may send a signal. */
static int prepare(struct daemon *daemon)
{
	static const int signums[] = { SIGTERM, SIGINT, SIGUSR1 };
	int err = 0;

	if (uv_loop_init(&daemon->loop) != 0 ||
		uv_async_init(&daemon->loop, &daemon->ended, on_ended) != 0)
		return PP_ERR_IO;
	daemon->ended.data = daemon;
	for (size_t i = 0; i < ARRAY_LEN(signums) && err == 0; i++)
		err = start_signal(daemon, &daemon->signals[i], signums[i]);
	return err;
}

/* Waits for signals until on_ended has closed all handles. */
static void finish(struct daemon *daemon)
{
	uv_run(&daemon->loop, UV_RUN_DEFAULT);
	int rc = uv_loop_close(&daemon->loop);
	ASSERT(rc == 0);
}

/* Runs until the server has stopped. */
static int run(struct daemon *daemon)
{
	if (pthread_create(&daemon->runner, NULL, run_server, daemon) != 0) {
		server_stop(daemon->server);
		run_server(daemon);
		finish(daemon);
		return PP_ERR_NO_MEMORY;
	}
	finish(daemon);
	pthread_join(daemon->runner, NULL);
	return daemon->result;
}

/* Makes room for the connections, or makes do with fewer. */
static void fit_descriptors(struct config *config)
{
	struct rlimit limit;
	rlim_t wanted = (rlim_t)config->connections_max + DESCRIPTORS_BESIDE;

	if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur >= wanted)
		return;
	struct rlimit raised = { .rlim_cur = wanted, .rlim_max = limit.rlim_max };
	if (raised.rlim_cur > raised.rlim_max)
		raised.rlim_cur = raised.rlim_max;
	if (setrlimit(RLIMIT_NOFILE, &raised) == 0)
		limit = raised;
	if (limit.rlim_cur >= wanted)
		return;
	int64_t n = (int64_t)limit.rlim_cur - DESCRIPTORS_BESIDE;
	log_warn("the limit of open files allows fewer connections than limits.connections",
		log_int("wanted", config->connections_max), log_int("connections", n > 0 ? n : 1));
	config->connections_max = n > 0 ? n : 1;
}

static int serve(struct config *config)
{
	struct daemon daemon = { 0 };

	log_set_level((enum log_level)config->log_level);
	fit_descriptors(config);
	int err = prepare(&daemon);
	if (err != 0) {
		log_error("cannot wait for signals", log_err(err));
		return EXIT_START;
	}
	err = server_start(config, NULL, &daemon.server);
	if (err != 0) {
		on_ended(&daemon.ended);
		finish(&daemon);
		return EXIT_START;
	}
	err = run(&daemon);
	if (err != 0) {
		log_error("the server failed", log_err(err));
		return EXIT_START;
	}
	return EXIT_OK;
}

/* Everything but running. */
static int inform(enum options_action action, const struct config *config)
{
	switch (action) {
	case OPTIONS_HELP: options_print_help(stdout); break;
	case OPTIONS_VERSION: puts("peakpeepsd " PEAKPEEPS_VERSION); break;
	case OPTIONS_PRINT_CONFIG: config_print(config, stdout); break;
	case OPTIONS_PRINT_PAGE: config_print_page(stdout); break;
	case OPTIONS_CHECK_CONFIG: puts("ok"); break;
	case OPTIONS_RUN: break;
	}
	return fflush(stdout) == 0 ? EXIT_OK : EXIT_START;
}

int main(int argc, char *argv[])
{
	struct config config;
	struct config_errors errors = { 0 };
	enum options_action action = OPTIONS_RUN;
	int status = EXIT_USAGE;

	if (config_default(&config) != 0) {
		fputs("peakpeepsd: out of memory\n", stderr);
		return EXIT_START;
	}
	int err = options_parse(argc, argv, &config, &action, &errors);
	if (err != 0 && action != OPTIONS_HELP && action != OPTIONS_VERSION)
		fputs(errors.text == NULL ? "peakpeepsd: out of memory\n" : errors.text, stderr);
	else if (action == OPTIONS_RUN)
		status = serve(&config);
	else
		status = inform(action, &config);
	config_errors_free(&errors);
	config_free(&config);
	return status;
}

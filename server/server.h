/* The server as a library: what main runs, and what tests run with a clock of their own. */
#ifndef SERVER_SERVER_H
#define SERVER_SERVER_H

#include "base/base.h"
#include "base/clock.h"
#include "server/config.h"

struct server;

/*
 * Opens the store, starts writer, maintenance and loops, listens. 0, or an error that was logged in
 * full. `config` is borrowed until server_run returns. `source` is copied; NULL: the system's
 * clock. Ignores SIGPIPE for the whole process.
 */
int server_start(const struct config *config, const struct clock_source *source,
	struct server **out) MUST_CHECK;
/* The TCP port it listens on (useful with port 0); 0 when there is none. */
uint16_t server_port(const struct server *server);
/* Begins a graceful stop; safe from any thread and from a signal handler of its own loop. */
void server_stop(struct server *server);
/* An administrator accepts a jump of the wall clock: server time follows it. Any thread. */
void server_accept_clock(struct server *server);
/* Runs until stopped and drained, then frees everything. 0, or the error that stopped it. */
int server_run(struct server *server) MUST_CHECK;

#endif

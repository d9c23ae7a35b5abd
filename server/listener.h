/* Listening sockets: accepts on loop 0 and hands each connection to the loop with fewest. */
#ifndef SERVER_LISTENER_H
#define SERVER_LISTENER_H

#include <sys/stat.h>
#include <uv.h>

#include "base/log.h"
#include "server/config.h"
#include "server/mailbox.h"

struct loop;

enum {
	LISTENER_SOCKETS = 2,
	LISTENER_ACCEPT_MAX = 64, /* in one go; then the loop serves others */
	LISTENER_PAUSE_MS = 100,  /* when no descriptors are left */
	LISTENER_REFUSAL_BYTES = 256,
};

/* What travels to another loop. Owned by the mail's holder. */
struct accepted {
	struct mail mail;
	int fd;
	bool is_unix;
};

/*
 * accept4 on a polled descriptor: libuv's own uv_accept stops for ever after a failed accept, and
 * spins when no descriptors are left.
 */
struct listener {
	struct loop *loop;
	struct listener_socket {
		struct listener *listener;
		uv_poll_t poll;
		int fd;
		bool is_unix;
	} sockets[LISTENER_SOCKETS];
	uint32_t n_sockets;
	uint32_t n_polled;
	uv_timer_t retry;
	bool running;
	int spare_fd;       /* closed for a moment to tell a client that no descriptors are left */
	uint32_t next_loop; /* of those with equally few connections */
	char host[CONFIG_VALUE_BYTES];
	uint16_t port;
	char unix_path[108];
	struct stat unix_stat; /* of the socket that is ours to remove */
	struct log_limit limit;
	size_t refusal_len;
	uint8_t refusal[LISTENER_REFUSAL_BYTES]; /* told to a connection too many */
};

/* Binds what the settings name. Errors were logged in full. */
int listener_open(struct listener *listener, const struct config *config) MUST_CHECK;
/* Starts to accept on the loop; before its thread runs. */
int listener_start(struct listener *listener, struct loop *loop) MUST_CHECK;
/* One line for each socket, as in `msg=listening address=127.0.0.1 port=7337`. */
void listener_log(const struct listener *listener);
/* Ends accepting and closes all; on the loop's thread. Harmless when it is not open. */
void listener_close(struct listener *listener);

#endif

/*
 * The echo server without a library: epoll, one read and one write for each ready connection. With
 * a log it appends so many bytes for each frame and syncs them, once for all that are ready, before
 * it answers: what a server that decides nothing and keeps nothing can reach.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <limits.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "bench/limits/probe.h"

enum {
	LINE_BYTES = 64 * 1024,
	EVENTS_MAX = 256,
	LOG_BYTES = 64 * 1024 * 1024, /* filled with zeros, then written round and round */
	LOG_WRITE_BYTES = 1024 * 1024,
	LOG_ALIGNMENT = 512,
};

/* A connection. Half a frame waits at the start of `bytes`. */
struct echo_peer {
	int fd;
	size_t len;
	size_t whole;           /* bytes of whole frames, that wait for their sync */
	struct echo_peer *next; /* of those that wait */
	uint8_t bytes[LINE_BYTES];
};

struct echo_log {
	int fd; /* -1: there is none */
	size_t bytes_each;
	off_t at;
	struct echo_peer *waiting;
	uint8_t bytes[LOG_WRITE_BYTES];
};

static void drop(struct echo_peer *peer)
{
	close(peer->fd);
	free(peer);
}

/* Its peer reads as much as it sends, so this waits for room hardly ever. */
static bool send_all(int fd, const uint8_t *bytes, size_t len)
{
	while (len > 0) {
		ssize_t n = send(fd, bytes, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EINTR)
			return false;
		bytes += n > 0 ? n : 0;
		len -= n > 0 ? (size_t)n : 0;
	}
	return true;
}

/* Each header is looked at, as any server must. 0 bytes and false: not a frame of ours. */
static bool whole_frames(const struct echo_peer *peer, size_t *out)
{
	size_t whole = 0;

	while (peer->len - whole >= ECHO_FRAME_BYTES) {
		const uint8_t *at = peer->bytes + whole;
		uint32_t len = (uint32_t)at[0] << 24 | (uint32_t)at[1] << 16 |
			       (uint32_t)at[2] << 8 | at[3];
		if (len != ECHO_FRAME_BYTES - 4)
			return false;
		whole += ECHO_FRAME_BYTES;
	}
	*out = whole;
	return true;
}

/* Appends for `n_frames` and syncs. What a batch takes is in whole alignments. */
static int append(struct echo_log *log, size_t n_frames)
{
	size_t left = n_frames * log->bytes_each + LOG_ALIGNMENT - 1;

	left -= left % LOG_ALIGNMENT;
	while (left > 0) {
		size_t len = left < LOG_WRITE_BYTES ? left : LOG_WRITE_BYTES;
		if (log->at + (off_t)len > LOG_BYTES)
			log->at = 0;
		if (pwrite(log->fd, log->bytes, len, log->at) != (ssize_t)len)
			return -1;
		log->at += (off_t)len;
		left -= len;
	}
	return fdatasync(log->fd);
}

static void answer(struct echo_peer *peer)
{
	size_t whole = peer->whole;

	peer->whole = 0;
	if (!send_all(peer->fd, peer->bytes, whole)) {
		drop(peer);
		return;
	}
	memmove(peer->bytes, peer->bytes + whole, peer->len - whole);
	peer->len -= whole;
}

/* One sync for all that wait, then their answers. */
static int answer_all(struct echo_log *log)
{
	size_t n_frames = 0;

	for (const struct echo_peer *peer = log->waiting; peer != NULL; peer = peer->next)
		n_frames += peer->whole / ECHO_FRAME_BYTES;
	if (n_frames > 0 && log->fd >= 0 && append(log, n_frames) != 0)
		return -1;
	while (log->waiting != NULL) {
		struct echo_peer *peer = log->waiting;
		log->waiting = peer->next;
		answer(peer);
	}
	return 0;
}

/* Without a log it is answered at once. */
static void turn(struct echo_log *log, struct echo_peer *peer)
{
	size_t whole = 0;
	ssize_t n = recv(
		peer->fd, peer->bytes + peer->len, sizeof(peer->bytes) - peer->len, MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return;
	if (n <= 0) {
		drop(peer);
		return;
	}
	peer->len += (size_t)n;
	if (!whole_frames(peer, &whole)) {
		drop(peer);
		return;
	}
	peer->whole = whole;
	if (log->fd < 0) {
		answer(peer);
		return;
	}
	peer->next = log->waiting;
	log->waiting = peer;
}

static void take_connection(int epoll_fd, int listener)
{
	const int on = 1;
	int fd = accept4(listener, NULL, NULL, SOCK_CLOEXEC);
	struct echo_peer *peer = fd < 0 ? NULL : calloc(1, sizeof(*peer));

	if (peer == NULL) {
		if (fd >= 0)
			close(fd);
		return;
	}
	peer->fd = fd;
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = peer };
	if (setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0 ||
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, fd, &event) != 0)
		drop(peer);
} /* NOLINT(clang-analyzer-unix.Malloc): epoll holds the peer */

static int listen_on(uint16_t port, int *out)
{
	const int on = 1;
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	socklen_t len = sizeof(address);
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		bind(fd, (struct sockaddr *)&address, sizeof(address)) != 0 ||
		listen(fd, 1024) != 0 || getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return -1;
	printf("what=echo-server port=%u\n", ntohs(address.sin_port));
	fflush(stdout);
	*out = fd;
	return 0;
}

/* A file that is gone when the server is. */
static int open_log(const struct limits_options *options, struct echo_log *log)
{
	char path[PATH_MAX];

	log->fd = -1;
	log->bytes_each = options->bytes;
	if (options->path == NULL)
		return 0;
	snprintf(path, sizeof(path), "%s/peakpeeps-limits.XXXXXX", options->path);
	log->fd = mkstemp(path);
	if (log->fd < 0)
		return -1;
	unlink(path);
	for (off_t at = 0; at < LOG_BYTES; at += LOG_WRITE_BYTES) {
		if (pwrite(log->fd, log->bytes, LOG_WRITE_BYTES, at) != LOG_WRITE_BYTES)
			return -1;
	}
	memset(log->bytes, 0x5a, sizeof(log->bytes));
	return fsync(log->fd);
}

int limits_echo_epoll(const struct limits_options *options)
{
	struct epoll_event events[EVENTS_MAX];
	struct epoll_event first = { .events = EPOLLIN, .data.ptr = NULL };
	int listener;
	int epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	struct echo_log *log = calloc(1, sizeof(*log));

	if (log == NULL || open_log(options, log) != 0) {
		limits_complain("the log cannot be made", strerror(errno),
			"name a folder that can be written: --path FOLDER");
		goto err_after_calloc;
	}
	if (epoll_fd < 0 || listen_on(options->port, &listener) != 0 ||
		epoll_ctl(epoll_fd, EPOLL_CTL_ADD, listener, &first) != 0) {
		limits_complain(
			"the echo server cannot listen", strerror(errno), "choose another --port");
		goto err_after_calloc;
	}
	/* SIGTERM ends the process: there is nothing to keep. */
	for (;;) {
		int n = epoll_wait(epoll_fd, events, EVENTS_MAX, -1);
		for (int i = 0; i < n; i++) {
			if (events[i].data.ptr == NULL)
				take_connection(epoll_fd, listener);
			else
				turn(log, events[i].data.ptr);
		}
		if (answer_all(log) != 0) {
			limits_complain(
				"appending or syncing failed", strerror(errno), "look at the disk");
			goto err_after_calloc;
		}
	}

err_after_calloc:
	free(log);
	return 1;
}

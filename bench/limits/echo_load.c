/* A closed loop over the echo server, over epoll as the bench's. */
#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/histogram.h"
#include "bench/limits/probe.h"

enum { EVENTS_MAX = 64, DEPTH_MAX = 1024 };

struct echo_line {
	int fd;
	size_t n_partial;            /* bytes of an unfinished frame that have arrived */
	int64_t begun_ns[DEPTH_MAX]; /* of the frames in flight: they come back in order */
	uint32_t oldest;
};

struct echo_load {
	const struct limits_options *options;
	int epoll_fd;
	struct echo_line *lines;
	int64_t from_ns;
	int64_t until_ns;
	struct histogram_ns durations;
	uint8_t frames[DEPTH_MAX * ECHO_FRAME_BYTES];
	uint8_t in[DEPTH_MAX * ECHO_FRAME_BYTES];
};

/* A closed loop never has more under way than the socket's buffers hold: it may wait for room. */
static int send_frames(struct echo_load *load, struct echo_line *line, uint32_t n)
{
	size_t len = (size_t)n * ECHO_FRAME_BYTES;
	size_t sent = 0;

	while (sent < len) {
		ssize_t k = send(line->fd, load->frames + sent, len - sent, MSG_NOSIGNAL);
		if (k < 0 && errno != EINTR)
			return -1;
		sent += k > 0 ? (size_t)k : 0;
	}
	return 0;
}

static int open_line(struct echo_load *load, struct echo_line *line)
{
	const int on = 1;
	struct sockaddr_in to = {
		.sin_family = AF_INET,
		.sin_port = htons(load->options->port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	struct epoll_event event = { .events = EPOLLIN, .data.ptr = line };

	line->fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (line->fd < 0 || connect(line->fd, (struct sockaddr *)&to, sizeof(to)) != 0)
		return -1;
	if (setsockopt(line->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on)) != 0)
		return -1;
	return epoll_ctl(load->epoll_fd, EPOLL_CTL_ADD, line->fd, &event);
}

/* Takes what came back and sends as many frames again. */
static int turn(struct echo_load *load, struct echo_line *line)
{
	ssize_t n = recv(line->fd, load->in, sizeof(load->in), MSG_DONTWAIT);

	if (n < 0 && (errno == EAGAIN || errno == EINTR))
		return 0;
	if (n <= 0)
		return -1;
	size_t len = line->n_partial + (size_t)n;
	uint32_t n_frames = (uint32_t)(len / ECHO_FRAME_BYTES);
	int64_t now_ns = limits_now_ns();
	line->n_partial = len % ECHO_FRAME_BYTES;
	for (uint32_t i = 0; i < n_frames; i++) {
		if (now_ns >= load->from_ns && now_ns < load->until_ns)
			histogram_add(&load->durations.h, now_ns - line->begun_ns[line->oldest]);
		line->begun_ns[line->oldest] = now_ns;
		line->oldest = (line->oldest + 1) % load->options->depth;
	}
	return n_frames > 0 ? send_frames(load, line, n_frames) : 0;
}

static int run_load(struct echo_load *load)
{
	struct epoll_event events[EVENTS_MAX];
	int64_t now_ns = limits_now_ns();

	load->from_ns = now_ns + load->options->warmup_ms * 1000000;
	load->until_ns = load->from_ns + load->options->duration_ms * 1000000;
	for (uint32_t i = 0; i < load->options->n_connections; i++) {
		struct echo_line *line = &load->lines[i];
		for (uint32_t k = 0; k < load->options->depth; k++)
			line->begun_ns[k] = now_ns;
		if (send_frames(load, line, load->options->depth) != 0)
			return -1;
	}
	while (limits_now_ns() < load->until_ns) {
		int n = epoll_wait(load->epoll_fd, events, EVENTS_MAX, 100);
		for (int i = 0; i < n; i++) {
			if (turn(load, events[i].data.ptr) != 0)
				return -1;
		}
	}
	return 0;
}

static int open_lines(struct echo_load *load)
{
	load->epoll_fd = epoll_create1(EPOLL_CLOEXEC);
	if (load->epoll_fd < 0)
		return -1;
	for (uint32_t i = 0; i < load->options->n_connections; i++) {
		if (open_line(load, &load->lines[i]) != 0)
			return -1;
	}
	for (size_t i = 0; i < DEPTH_MAX; i++)
		load->frames[i * ECHO_FRAME_BYTES + 3] = ECHO_FRAME_BYTES - 4;
	return 0;
}

int limits_echo_load(const struct limits_options *options)
{
	struct echo_load *load = calloc(1, sizeof(*load));
	struct echo_line *lines = calloc(options->n_connections, sizeof(*lines));
	int status = 1;

	if (load == NULL || lines == NULL) {
		limits_complain("out of memory", "the machine has too little", "free some");
		goto out;
	}
	histogram_ns_init(&load->durations);
	load->options = options;
	load->lines = lines;
	if (open_lines(load) != 0 || run_load(load) != 0) {
		limits_complain("the echo server cannot be reached", strerror(errno),
			"start it: peakpeeps-limits echo-server; and give its --port");
		goto out;
	}
	printf("what=echo connections=%u depth=%u frames_per_second=%.0f p50_us=%.1f p99_us=%.1f\n",
		options->n_connections, options->depth,
		(double)load->durations.h.n / ((double)options->duration_ms / 1e3),
		(double)histogram_percentile(&load->durations.h, 0.5) / 1e3,
		(double)histogram_percentile(&load->durations.h, 0.99) / 1e3);
	status = 0;
out:
	/* Descriptors end with the process. */
	free(lines);
	free(load);
	return status;
}

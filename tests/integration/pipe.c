#include "tests/integration/pipe.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/base.h"
#include "tests/integration/require.h"

enum { DEPTH_MAX = 1024, QUIET_MS_MAX = 60000, READ_BYTES = 64 * 1024 };

struct flight {
	uint64_t seq;
	size_t i;
};

struct pipe {
	const struct pipe_work *work;
	struct pp_core *core;
	int fd;
	size_t n_made;
	size_t n_done;
	size_t n_flights;
	struct flight flights[DEPTH_MAX];
	uint8_t buf[READ_BYTES];
};

static int connect_to(uint16_t port)
{
	struct sockaddr_in address = {
		.sin_family = AF_INET,
		.sin_port = htons(port),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	};
	int on = 1;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);

	if (fd < 0 || connect(fd, (struct sockaddr *)&address, sizeof(address)) != 0) {
		if (fd >= 0)
			close(fd);
		return -1;
	}
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	fcntl(fd, F_SETFL, O_NONBLOCK);
	return fd;
}

static void submit_all(struct pipe *pipe)
{
	const struct pipe_work *work = pipe->work;
	size_t depth = work->depth < DEPTH_MAX ? work->depth : DEPTH_MAX;

	if (pp_core_server(pipe->core) == NULL)
		return;
	while (pipe->n_made < work->n && pipe->n_flights < depth) {
		struct pp_request request = { 0 };
		work->make(work->context, pipe->n_made, &request);
		struct flight *flight = &pipe->flights[pipe->n_flights];
		int err = pp_core_submit(pipe->core, &request, &flight->seq);
		if (err == PP_ERR_BUSY)
			break;
		REQUIRE(err == 0, "submit: %s", pp_strerror(err));
		flight->i = pipe->n_made++;
		pipe->n_flights++;
	}
}

static void take_response(struct pipe *pipe, const struct pp_response *response)
{
	size_t n = 0;

	while (n < pipe->n_flights && pipe->flights[n].seq != response->seq)
		n++;
	REQUIRE(n < pipe->n_flights, "an answer to nothing: seq %llu",
		(unsigned long long)response->seq);
	size_t i = pipe->flights[n].i;
	pipe->flights[n] = pipe->flights[--pipe->n_flights];
	pipe->n_done++;
	pipe->work->done(pipe->work->context, i, response);
}

/* Both directions once. False: the link broke. */
static bool turn(struct pipe *pipe)
{
	size_t len;
	const uint8_t *out = pp_core_output(pipe->core, &len);
	struct pollfd wait = { .fd = pipe->fd, .events = POLLIN };
	const struct pp_response *response;

	if (len > 0)
		wait.events |= POLLOUT;
	int ready = poll(&wait, 1, QUIET_MS_MAX);
	REQUIRE(ready > 0, "the server is silent: %zu of %zu answered, %zu in flight", pipe->n_done,
		pipe->work->n, pipe->n_flights);
	if (wait.revents & POLLOUT) {
		ssize_t n = send(pipe->fd, out, len, MSG_NOSIGNAL);
		if (n < 0 && errno != EAGAIN)
			return false;
		if (n > 0)
			pp_core_sent(pipe->core, (size_t)n);
	}
	if (wait.revents & (POLLIN | POLLHUP | POLLERR)) {
		ssize_t n = recv(pipe->fd, pipe->buf, sizeof(pipe->buf), 0);
		if (n == 0 || (n < 0 && errno != EAGAIN))
			return false;
		if (n > 0 && pp_core_feed(pipe->core, pipe->buf, (size_t)n) != 0)
			return false;
	}
	while (pp_core_next(pipe->core, &response) == 0)
		take_response(pipe, response);
	return pp_core_fatal(pipe->core) == NULL;
}

bool pipe_run(const struct process *process, const struct pipe_work *work)
{
	struct pipe *pipe = calloc(1, sizeof(*pipe));
	bool linked = true;

	REQUIRE(pipe != NULL, "out of memory");
	pipe->work = work;
	pipe->core = pp_core_new("test pipe", NULL);
	REQUIRE(pipe->core != NULL, "out of memory");
	pipe->fd = connect_to(process->port);
	linked = pipe->fd >= 0;
	while (linked && pipe->n_done < work->n) {
		submit_all(pipe);
		linked = turn(pipe);
	}
	if (pipe->fd >= 0)
		close(pipe->fd);
	pp_core_free(pipe->core);
	free(pipe);
	return linked;
}

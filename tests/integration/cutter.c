#include "tests/integration/cutter.h"

#include <arpa/inet.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "tests/integration/require.h"

/* Passes on what has come from one side, at most *left bytes of it; false: the link has ended. */
static bool pass(struct cutter *cutter, int from, int to, long *left)
{
	char bytes[16 * 1024];

	ssize_t n = recv(from, bytes, sizeof(bytes), 0);
	if (n <= 0)
		return false;
	bool cut = *left >= 0 && n >= *left;
	if (cut)
		n = *left;
	for (ssize_t at = 0; at < n;) {
		ssize_t sent = send(to, bytes + at, (size_t)(n - at), MSG_NOSIGNAL);
		if (sent <= 0)
			return false;
		at += sent;
	}
	if (*left >= 0)
		*left -= n;
	if (cut)
		atomic_store(&cutter->has_cut, true);
	return !cut;
}

static void serve(struct cutter *cutter, int client)
{
	struct sockaddr_in to = { .sin_family = AF_INET };
	long answers = atomic_exchange(&cutter->answer_bytes, -1);
	long requests = atomic_exchange(&cutter->request_bytes, -1);
	bool open = true;

	to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	to.sin_port = htons((uint16_t)atomic_load(&cutter->server_port));
	int server = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	REQUIRE(server >= 0, "socket");
	if (connect(server, (struct sockaddr *)&to, sizeof(to)) != 0)
		open = false;
	while (open) {
		struct pollfd ends[] = { { client, POLLIN, 0 }, { server, POLLIN, 0 } };
		REQUIRE(poll(ends, 2, -1) >= 1, "poll");
		if (ends[0].revents != 0)
			open = pass(cutter, client, server, &requests);
		if (open && ends[1].revents != 0)
			open = pass(cutter, server, client, &answers);
	}
	close(server);
}

static void *run(void *context)
{
	struct cutter *cutter = context;

	for (;;) {
		int client = accept(cutter->listener, NULL, NULL);
		if (client < 0)
			break;
		atomic_fetch_add(&cutter->n_links, 1);
		serve(cutter, client);
		close(client);
	}
	return NULL;
}

void cutter_start(struct cutter *cutter, uint16_t server_port)
{
	struct sockaddr_in at = { .sin_family = AF_INET };
	socklen_t len = sizeof(at);

	*cutter = (struct cutter) { .server_port = server_port };
	atomic_store(&cutter->answer_bytes, -1);
	atomic_store(&cutter->request_bytes, -1);
	at.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
	cutter->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	REQUIRE(cutter->listener >= 0 && bind(cutter->listener, (struct sockaddr *)&at, len) == 0 &&
			listen(cutter->listener, 16) == 0 &&
			getsockname(cutter->listener, (struct sockaddr *)&at, &len) == 0,
		"listen");
	snprintf(cutter->address, sizeof(cutter->address), "127.0.0.1:%u", ntohs(at.sin_port));
	REQUIRE(pthread_create(&cutter->thread, NULL, run, cutter) == 0, "thread");
}

void cutter_stop(struct cutter *cutter)
{
	shutdown(cutter->listener, SHUT_RDWR);
	pthread_join(cutter->thread, NULL);
	close(cutter->listener);
}

#include "fake_server.h"

#include <arpa/inet.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

static void send_all(int fd, const void *data, size_t len)
{
	const uint8_t *at = data;

	while (len > 0) {
		ssize_t n = send(fd, at, len, MSG_NOSIGNAL);
		if (n <= 0)
			break;
		at += n;
		len -= (size_t)n;
	}
}

/* Answers one request; false: the link is to be closed. */
static bool answer(struct fake_server *fake, int fd, const struct pp_request *request)
{
	struct fake_action action = { .silent = false };
	struct peer_bytes *bytes = calloc(1, sizeof(*bytes));

	if (request->kind == PP_KIND_HELLO) {
		action.response = fake->hello_refusal != NULL
					  ? peer_refusal(0, fake->hello_refusal)
					  : peer_hello(0, fake->store, fake->time_ms, 100);
		action.close = fake->hello_refusal != NULL;
	} else {
		pthread_mutex_lock(&fake->lock);
		size_t n = fake->n_seen++;
		ASSERT(n < FAKE_SEEN_MAX);
		fake->seen[n] = *request;
		pthread_mutex_unlock(&fake->lock);
		fake->act(fake, n, request, &action);
	}
	action.response.seq = request->seq;
	if (!action.silent) {
		peer_put(bytes, &action.response);
		bool cut = action.cut && action.cut_at < bytes->len;
		send_all(fd, bytes->bytes, cut ? action.cut_at : bytes->len);
		action.close = action.close || cut;
	}
	free(bytes);
	return !action.close;
}

static void serve(struct fake_server *fake, int fd)
{
	static __thread uint8_t in[PEER_BYTES_MAX];
	size_t len = 0;
	struct arena arena;
	bool open = true;

	arena_init(&arena, 1024 * 1024, NULL);
	while (open) {
		struct pp_request request;
		size_t consumed = peer_take((struct span) { in, len }, &arena, &request);
		if (consumed > 0) {
			memmove(in, in + consumed, len - consumed);
			len -= consumed;
			open = answer(fake, fd, &request);
			arena_reset(&arena);
			continue;
		}
		ssize_t n = recv(fd, in + len, sizeof(in) - len, 0);
		if (n <= 0)
			break;
		len += (size_t)n;
	}
	arena_free(&arena);
}

static void *run(void *context)
{
	struct fake_server *fake = context;

	for (;;) {
		int fd = accept(fake->listen_fd, NULL, NULL);
		if (fd < 0)
			break;
		pthread_mutex_lock(&fake->lock);
		fake->n_connections++;
		pthread_mutex_unlock(&fake->lock);
		if (fake->raw_greeting != NULL)
			send_all(fd, fake->raw_greeting, strlen(fake->raw_greeting));
		else
			serve(fake, fd);
		close(fd);
	}
	return NULL;
}

void fake_server_start(struct fake_server *fake, const char *path)
{
	struct sockaddr_in tcp = { .sin_family = AF_INET };
	struct sockaddr_un local = { .sun_family = AF_UNIX };
	socklen_t len = sizeof(tcp);
	int err;

	fake->listen_fd = socket(path != NULL ? AF_UNIX : AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	ASSERT(fake->listen_fd >= 0);
	if (path != NULL) {
		snprintf(local.sun_path, sizeof(local.sun_path), "%s", path);
		err = bind(fake->listen_fd, (struct sockaddr *)&local, sizeof(local));
		ASSERT(err == 0);
		snprintf(fake->address, sizeof(fake->address), "unix:%s", path);
	} else {
		tcp.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
		err = bind(fake->listen_fd, (struct sockaddr *)&tcp, sizeof(tcp));
		ASSERT(err == 0);
		err = getsockname(fake->listen_fd, (struct sockaddr *)&tcp, &len);
		ASSERT(err == 0);
		snprintf(fake->address, sizeof(fake->address), "127.0.0.1:%u", ntohs(tcp.sin_port));
	}
	err = listen(fake->listen_fd, 16);
	ASSERT(err == 0);
	err = pthread_mutex_init(&fake->lock, NULL);
	ASSERT(err == 0);
	err = pthread_create(&fake->thread, NULL, run, fake);
	ASSERT(err == 0);
}

/* The client must have been closed before: the thread leaves a link only at its end. */
void fake_server_stop(struct fake_server *fake)
{
	shutdown(fake->listen_fd, SHUT_RDWR);
	pthread_join(fake->thread, NULL);
	close(fake->listen_fd);
	pthread_mutex_destroy(&fake->lock);
}

size_t fake_server_n_seen(struct fake_server *fake)
{
	pthread_mutex_lock(&fake->lock);
	size_t n = fake->n_seen;
	pthread_mutex_unlock(&fake->lock);
	return n;
}

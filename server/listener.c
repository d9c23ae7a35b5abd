#include "server/listener.h"

#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/arena.h"
#include "proto/codec.h"
#include "server/loop.h"

/* ---- Binding ---- */

static int fail(const char *what, const char *where, int error)
{
	log_error(what, log_text("address", where), log_text("error", strerror(error)),
		log_text("try", error == EADDRINUSE ? "another port, or --listen 127.0.0.1:0"
						    : "see docs/operations.md"));
	return error == EACCES || error == EPERM ? PP_ERR_PERMISSION : PP_ERR_IO;
}

static void add_socket(struct listener *listener, int fd, bool is_unix)
{
	ASSERT(listener->n_sockets < LISTENER_SOCKETS);
	listener->sockets[listener->n_sockets++] =
		(struct listener_socket) { .listener = listener, .fd = fd, .is_unix = is_unix };
}

/*
 * Fixes the kernel's buffers of every connection, which inherits them. Left to grow by themselves
 * they take up to ten megabytes each: thousands of peers that never read would take the memory of
 * TCP from everybody. A failure only leaves them as they are.
 */
static void bound_buffers(int fd, const struct config *config)
{
	int size = (int)config->socket_buffer_bytes;

	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &size, sizeof(size));
	setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size, sizeof(size));
}

static socklen_t tcp_address(const char *host, uint16_t port, struct sockaddr_storage *out)
{
	struct sockaddr_in ip4 = { .sin_family = AF_INET, .sin_port = htons(port) };
	struct sockaddr_in6 ip6 = { .sin6_family = AF_INET6, .sin6_port = htons(port) };

	memset(out, 0, sizeof(*out));
	if (inet_pton(AF_INET, host, &ip4.sin_addr) == 1) {
		memcpy(out, &ip4, sizeof(ip4));
		return sizeof(ip4);
	}
	int rc = inet_pton(AF_INET6, host, &ip6.sin6_addr);
	ASSERT(rc == 1);
	memcpy(out, &ip6, sizeof(ip6));
	return sizeof(ip6);
}

static uint16_t bound_port(int fd)
{
	struct sockaddr_storage address;
	struct sockaddr_in ip4;
	socklen_t len = sizeof(address);

	/* The port lies at the same place in both families. */
	if (getsockname(fd, (struct sockaddr *)&address, &len) != 0)
		return 0;
	memcpy(&ip4, &address, sizeof(ip4));
	return ntohs(ip4.sin_port);
}

static int listen_tcp(struct listener *listener, const struct config *config)
{
	const char *text = config->listen_address;
	char host[CONFIG_VALUE_BYTES];
	char message[CONFIG_MESSAGE_BYTES];
	uint16_t port = 0;
	struct sockaddr_storage address;
	int on = 1;

	if (!config_parse_address(text, host, &port, message)) {
		log_error("cannot listen", log_text("address", text), log_text("error", message));
		return PP_ERR_INVALID;
	}
	socklen_t len = tcp_address(host, port, &address);
	int fd = socket(address.ss_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail("cannot listen", text, errno);
	bound_buffers(fd, config);
	if (setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on)) != 0 ||
		bind(fd, (const struct sockaddr *)&address, len) != 0 ||
		listen(fd, (int)config->backlog) != 0) {
		int error = errno;
		close(fd);
		return fail("cannot listen", text, error);
	}
	listener->port = bound_port(fd);
	memcpy(listener->host, host, sizeof(listener->host));
	add_socket(listener, fd, false);
	return 0;
}

/* Removes a socket that nobody answers. Anything else that has the name is left alone. */
static int remove_stale(const char *path, const struct sockaddr_un *address)
{
	struct stat stat;

	if (lstat(path, &stat) != 0)
		return errno == ENOENT ? 0 : fail("cannot listen", path, errno);
	if (!S_ISSOCK(stat.st_mode)) {
		log_error("cannot listen", log_text("address", path),
			log_text("error", "the file is there and is not a socket"));
		return PP_ERR_IO;
	}
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail("cannot listen", path, errno);
	int rc = connect(fd, (const struct sockaddr *)address, sizeof(*address));
	int error = errno;
	close(fd);
	if (rc == 0 || error == EAGAIN) {
		log_error("cannot listen", log_text("address", path),
			log_text("error", "another server answers there"));
		return PP_ERR_LOCKED;
	}
	if (error != ECONNREFUSED)
		return fail("cannot listen", path, error);
	return unlink(path) == 0 ? 0 : fail("cannot listen", path, errno);
}

static int listen_unix(struct listener *listener, const struct config *config)
{
	const char *path = config->unix_path;
	struct sockaddr_un address = { .sun_family = AF_UNIX };

	if (strlen(path) >= sizeof(address.sun_path)) {
		log_error("cannot listen", log_text("address", path),
			log_text("error", "the path is too long for a Unix socket"));
		return PP_ERR_INVALID;
	}
	memcpy(address.sun_path, path, strlen(path) + 1);
	int err = remove_stale(path, &address);
	if (err != 0)
		return err;
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return fail("cannot listen", path, errno);
	bound_buffers(fd, config);
	/* Nobody can connect before listen, so nobody sees it with another mode. */
	if (bind(fd, (const struct sockaddr *)&address, sizeof(address)) != 0)
		goto err_after_socket;
	if (chmod(path, S_IRUSR | S_IWUSR) != 0 || listen(fd, (int)config->backlog) != 0 ||
		lstat(path, &listener->unix_stat) != 0)
		goto err_after_bind;
	memcpy(listener->unix_path, path, strlen(path) + 1);
	add_socket(listener, fd, true);
	return 0;
err_after_bind:
	err = errno;
	unlink(path);
	errno = err;
err_after_socket:
	err = fail("cannot listen", path, errno);
	close(fd);
	return err;
}

/* What a connection too many is told: encoded once, as then there is nothing to encode it with. */
static int prepare_refusal(struct listener *listener)
{
	struct arena scratch;
	struct byte_writer out;
	size_t needed = 0;
	struct pp_status status = {
		.code = pp_reason_code(PP_REASON_OVERLOADED),
		.reason = PP_REASON_OVERLOADED,
		.message = "Too many connections; try again.",
		.retry_after_ms = RETRY_OVERLOADED_MS,
		.not_executed = true,
	};
	struct pp_response response = { .status = &status };

	arena_init(&scratch, OP_ARENA_BYTES_MAX, NULL);
	byte_writer_init(&out, listener->refusal, sizeof(listener->refusal));
	int err = codec_encode_response(&response, &scratch, &out, &needed);
	arena_free(&scratch);
	if (err == 0)
		listener->refusal_len = byte_writer_span(&out).len;
	return err;
}

static void close_files(struct listener *listener)
{
	struct stat stat;

	if (listener->unix_path[0] != '\0' && lstat(listener->unix_path, &stat) == 0 &&
		stat.st_ino == listener->unix_stat.st_ino &&
		stat.st_dev == listener->unix_stat.st_dev)
		unlink(listener->unix_path);
	listener->unix_path[0] = '\0';
	for (uint32_t i = 0; i < listener->n_sockets; i++)
		close(listener->sockets[i].fd);
	listener->n_sockets = 0;
	if (listener->spare_fd >= 0)
		close(listener->spare_fd);
	listener->spare_fd = -1;
}

int listener_open(struct listener *listener, const struct config *config)
{
	*listener = (struct listener) { .spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC) };

	int err = prepare_refusal(listener);
	if (err == 0 && config->listen_address[0] != '\0')
		err = listen_tcp(listener, config);
	if (err == 0 && config->unix_path[0] != '\0')
		err = listen_unix(listener, config);
	if (err != 0)
		close_files(listener);
	return err;
}

/* ---- Accepting ---- */

static bool may_log(struct listener *listener, uint64_t *n_lost)
{
	return log_limit_take(&listener->limit, (int64_t)uv_now(&listener->loop->uv), n_lost);
}

/* Says so and closes. What the peer sent is taken first: unread it would make the end a reset. */
static void turn_away(struct listener *listener, int fd, const char *why)
{
	uint8_t unread[4096];
	uint64_t n_lost = 0;

	/* It is told if it can be: neither failure changes what is done. */
	if (recv(fd, unread, sizeof(unread), MSG_DONTWAIT) >= 0 || errno == EAGAIN)
		(void)!send(
			fd, listener->refusal, listener->refusal_len, MSG_DONTWAIT | MSG_NOSIGNAL);
	shutdown(fd, SHUT_WR);
	close(fd);
	if (may_log(listener, &n_lost))
		log_warn("turned a connection away", log_text("why", why),
			log_uint("n_not_logged", n_lost));
}

/* The loop with the fewest connections; of several, the next in turn. */
static struct loop *choose_loop(struct listener *listener)
{
	struct service *service = listener->loop->service;
	struct loop *chosen = NULL;
	uint32_t fewest = UINT32_MAX;

	for (uint32_t i = 0; i < service->n_loops; i++) {
		struct loop *loop = &service->loops[(listener->next_loop + i) % service->n_loops];
		uint32_t n_assigned = atomic_load(&loop->n_assigned);
		if (n_assigned < fewest) {
			chosen = loop;
			fewest = n_assigned;
		}
	}
	/* All together are below the limit, so it has room: see init_pool in loop.c. */
	ASSERT(chosen != NULL &&
		(int64_t)fewest * service->n_loops < service->config->connections_max);
	listener->next_loop = (chosen->index + 1) % service->n_loops;
	return chosen;
}

static void hand_out(struct listener *listener, int fd, bool is_unix)
{
	struct service *service = listener->loop->service;

	if (atomic_load(&service->n_connections) >= (uint32_t)service->config->connections_max) {
		turn_away(listener, fd, "limits.connections");
		return;
	}
	struct loop *loop = choose_loop(listener);
	struct accepted *accepted = loop == listener->loop ? NULL : malloc(sizeof(*accepted));
	if (accepted == NULL && loop != listener->loop) {
		turn_away(listener, fd, "out of memory");
		return;
	}
	atomic_fetch_add(&loop->n_assigned, 1);
	atomic_fetch_add(&service->n_connections, 1);
	if (accepted == NULL) {
		loop_adopt(loop, fd, is_unix);
		return;
	}
	*accepted = (struct accepted) { .mail.kind = MAIL_SOCKET, .fd = fd, .is_unix = is_unix };
	mailbox_post_one(&loop->mailbox, &accepted->mail);
}

static void poll_all(struct listener *listener);

static void on_retry(uv_timer_t *timer)
{
	poll_all(timer->data);
}

/*
 * No descriptors or memory are left. The waiting connection is told with the help of the spare one;
 * then nothing is accepted for a moment, as the poll would report the next one at once.
 */
static void pause_accepting(struct listener *listener, int socket_fd, int error)
{
	uint64_t n_lost = 0;

	if (may_log(listener, &n_lost))
		log_warn("accepting pauses", log_text("error", strerror(error)),
			log_uint("n_not_logged", n_lost));
	if ((error == EMFILE || error == ENFILE) && listener->spare_fd >= 0) {
		close(listener->spare_fd);
		int fd = accept4(socket_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0)
			turn_away(listener, fd, "no file descriptors left");
		listener->spare_fd = open("/dev/null", O_RDONLY | O_CLOEXEC);
	}
	for (uint32_t i = 0; i < listener->n_sockets; i++)
		uv_poll_stop(&listener->sockets[i].poll);
	uv_timer_start(&listener->retry, on_retry, LISTENER_PAUSE_MS, 0);
}

static bool is_shortage(int error)
{
	return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

static void on_connection(uv_poll_t *poll, int status, int events)
{
	struct listener_socket *socket = poll->data;
	struct listener *listener = socket->listener;

	(void)status; /* accept4 tells what is the matter */
	(void)events;
	for (int i = 0; i < LISTENER_ACCEPT_MAX; i++) {
		int fd = accept4(socket->fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
		if (fd >= 0) {
			hand_out(listener, fd, socket->is_unix);
			continue;
		}
		if (errno == EAGAIN)
			return;
		if (is_shortage(errno)) {
			pause_accepting(listener, socket->fd, errno);
			return;
		}
		/* The peer is gone already, or the like: the next one may be well. */
	}
}

static void poll_all(struct listener *listener)
{
	for (uint32_t i = 0; i < listener->n_sockets; i++) {
		int rc = uv_poll_start(&listener->sockets[i].poll, UV_READABLE, on_connection);
		ASSERT(rc == 0);
	}
}

int listener_start(struct listener *listener, struct loop *loop)
{
	listener->loop = loop;
	uv_timer_init(&loop->uv, &listener->retry);
	listener->retry.data = listener;
	listener->running = true;
	for (uint32_t i = 0; i < listener->n_sockets; i++) {
		struct listener_socket *socket = &listener->sockets[i];
		if (uv_poll_init(&loop->uv, &socket->poll, socket->fd) != 0)
			return PP_ERR_IO;
		socket->poll.data = socket;
		listener->n_polled++;
	}
	poll_all(listener);
	return 0;
}

void listener_close(struct listener *listener)
{
	if (listener->n_sockets == 0)
		return;
	for (uint32_t i = 0; i < listener->n_polled; i++)
		uv_close((uv_handle_t *)&listener->sockets[i].poll, NULL);
	if (listener->running)
		uv_close((uv_handle_t *)&listener->retry, NULL);
	/* A poll handle lets go of its descriptor in uv_close, before its callback. */
	close_files(listener);
}

void listener_log(const struct listener *listener)
{
	for (uint32_t i = 0; i < listener->n_sockets; i++) {
		if (listener->sockets[i].is_unix)
			log_info("listening", log_text("unix", listener->unix_path));
		else
			log_info("listening", log_text("address", listener->host),
				log_uint("port", listener->port));
	}
}

#include "client/address.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "peakpeeps/types.h"

static const char unix_prefix[] = "unix:";

static int parse_unix(const char *path, struct address *out, const char **why)
{
	size_t len = strlen(path);

	if (len == 0) {
		*why = "a path must follow unix:";
		return PP_ERR_INVALID;
	}
	if (len >= sizeof(out->path)) {
		*why = "the path of a Unix socket has at most 107 bytes";
		return PP_ERR_INVALID;
	}
	out->local = true;
	memcpy(out->path, path, len + 1);
	snprintf(out->text, sizeof(out->text), "unix:%s", path);
	return 0;
}

static int parse_port(const char *text, struct address *out, const char **why)
{
	unsigned port = 0;
	size_t n_digits = strspn(text, "0123456789");

	if (n_digits >= 1 && n_digits <= 5 && text[n_digits] == '\0')
		for (size_t i = 0; i < n_digits; i++)
			port = port * 10 + (unsigned)(text[i] - '0');
	if (port < 1 || port > 65535) {
		*why = "a port is a number from 1 to 65535";
		return PP_ERR_INVALID;
	}
	snprintf(out->port, sizeof(out->port), "%u", port);
	return 0;
}

static int parse_host(const char *text, size_t len, struct address *out, const char **why)
{
	if (len == 0) {
		*why = "the host is missing";
		return PP_ERR_INVALID;
	}
	if (len >= sizeof(out->host)) {
		*why = "a host name has at most 253 bytes";
		return PP_ERR_INVALID;
	}
	if (memchr(text, '/', len) != NULL) {
		*why = "a host name has no \"/\" in it: leave out what stands before and behind it";
		return PP_ERR_INVALID;
	}
	memcpy(out->host, text, len);
	out->host[len] = '\0';
	return 0;
}

/* Where the host ends and the port begins: *host_len, and *port, NULL when there is none. */
static int split(
	const char *text, const char **host, size_t *host_len, const char **port, const char **why)
{
	const char *colon = strchr(text, ':');

	*host = text;
	*host_len = strlen(text);
	*port = NULL;
	if (text[0] == '[') {
		const char *bracket = strchr(text, ']');
		if (bracket == NULL || (bracket[1] != '\0' && bracket[1] != ':')) {
			*why = "a bracketed address is [address] or [address]:port";
			return PP_ERR_INVALID;
		}
		*host = text + 1;
		*host_len = (size_t)(bracket - text - 1);
		*port = bracket[1] == ':' ? bracket + 2 : NULL;
	} else if (colon != NULL && strchr(colon + 1, ':') == NULL) {
		*host_len = (size_t)(colon - text);
		*port = colon + 1;
	}
	return 0;
}

int address_parse(const char *text, struct address *out, const char **why)
{
	struct address address = { .local = false };
	const char *host;
	const char *port;
	size_t host_len;

	if (text == NULL)
		text = "127.0.0.1";
	snprintf(address.port, sizeof(address.port), "%d", PP_PORT_DEFAULT);
	if (strncmp(text, unix_prefix, sizeof(unix_prefix) - 1) == 0) {
		int err = parse_unix(text + sizeof(unix_prefix) - 1, &address, why);
		if (err == 0)
			*out = address;
		return err;
	}
	int err = split(text, &host, &host_len, &port, why);
	if (err == 0)
		err = parse_host(host, host_len, &address, why);
	if (err == 0 && port != NULL)
		err = parse_port(port, &address, why);
	if (err != 0)
		return err;
	bool bracketed = strchr(address.host, ':') != NULL;
	snprintf(address.text, sizeof(address.text), "%s%s%s:%s", bracketed ? "[" : "",
		address.host, bracketed ? "]" : "", address.port);
	*out = address;
	return 0;
}

static void explain(char *why, int error)
{
	/* The GNU strerror_r: thread-safe, and may return static text. */
	char buf[ADDRESS_WHY_BYTES];

	snprintf(why, ADDRESS_WHY_BYTES, "%s", strerror_r(error, buf, sizeof(buf)));
}

/* Waits for a connect that was begun. */
static int finish_connect(int fd, struct deadline deadline, char *why)
{
	short ready;
	int error = 0;
	socklen_t len = sizeof(error);

	int err = deadline_poll(deadline, fd, POLLOUT, &ready);
	if (err != 0) {
		explain(why, err == PP_ERR_TIMEOUT ? ETIMEDOUT : EIO);
		return err == PP_ERR_TIMEOUT ? err : PP_ERR_CONNECT;
	}
	if (getsockopt(fd, SOL_SOCKET, SO_ERROR, &error, &len) != 0)
		error = errno;
	if (error == 0)
		return 0;
	explain(why, error);
	return PP_ERR_CONNECT;
}

static int connect_to(
	const struct sockaddr *to, socklen_t len, struct deadline deadline, int *out, char *why)
{
	const int on = 1;
	int err = PP_ERR_CONNECT;

	int fd = socket(to->sa_family, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0) {
		explain(why, errno);
		return PP_ERR_CONNECT;
	}
	/* An interrupted connect goes on by itself, as one in progress does. */
	if (connect(fd, to, len) != 0 && errno != EINPROGRESS && errno != EINTR) {
		/* A Unix socket whose backlog is full. */
		explain(why, errno == EAGAIN ? ECONNREFUSED : errno);
		goto err_after_socket;
	}
	err = finish_connect(fd, deadline, why);
	if (err != 0)
		goto err_after_socket;
	if (to->sa_family != AF_UNIX) {
		/* Neither is needed to work: without them it is slower, and later to notice. */
		(void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
		(void)setsockopt(fd, SOL_SOCKET, SO_KEEPALIVE, &on, sizeof(on));
	}
	*out = fd;
	return 0;

err_after_socket:
	close(fd);
	return err;
}

static int connect_local(
	const struct address *address, struct deadline deadline, int *fd, char *why)
{
	struct sockaddr_un to = { .sun_family = AF_UNIX };

	memcpy(to.sun_path, address->path, sizeof(to.sun_path));
	return connect_to((const struct sockaddr *)&to, sizeof(to), deadline, fd, why);
}

int address_connect(const struct address *address, struct deadline deadline, int *fd, char *why)
{
	const struct addrinfo hints = {
		.ai_family = AF_UNSPEC,
		.ai_socktype = SOCK_STREAM,
		.ai_flags = AI_NUMERICSERV,
	};
	struct addrinfo *found = NULL;
	int n_left = 0;
	int err = PP_ERR_CONNECT;

	if (address->local)
		return connect_local(address, deadline, fd, why);
	int lookup = getaddrinfo(address->host, address->port, &hints, &found);
	if (lookup != 0) {
		if (lookup == EAI_SYSTEM)
			explain(why, errno);
		else
			snprintf(why, ADDRESS_WHY_BYTES, "%s", gai_strerror(lookup));
		return PP_ERR_CONNECT;
	}
	for (const struct addrinfo *at = found; at != NULL; at = at->ai_next)
		n_left++;
	/* Each address gets its share of the time that is left, so that a dead one hides none. */
	for (const struct addrinfo *at = found; at != NULL; at = at->ai_next, n_left--) {
		struct deadline share = deadline_in(deadline_left_ms(deadline) / n_left);
		err = connect_to(
			at->ai_addr, at->ai_addrlen, deadline_earlier(share, deadline), fd, why);
		if (err == 0)
			break;
	}
	freeaddrinfo(found);
	return err;
}

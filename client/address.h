/* Where a server is: the text of an address taken apart, and a socket connected to it. */
#ifndef CLIENT_ADDRESS_H
#define CLIENT_ADDRESS_H

#include <sys/un.h>

#include "base/base.h"
#include "client/deadline.h"

enum {
	ADDRESS_HOST_BYTES = 256, /* a DNS name has at most 253 */
	ADDRESS_PATH_BYTES = sizeof(((struct sockaddr_un *)0)->sun_path),
	ADDRESS_TEXT_BYTES = ADDRESS_HOST_BYTES + 10,
};

struct address {
	bool local; /* a Unix socket */
	char path[ADDRESS_PATH_BYTES];
	char host[ADDRESS_HOST_BYTES];
	char port[6];
	char text[ADDRESS_TEXT_BYTES]; /* whole, for people: as in "[::1]:7337" or "unix:/run/x" */
};

/*
 * Takes "host", "host:port", "[ipv6]", "[ipv6]:port", a bare IPv6 address or "unix:/path" apart;
 * NULL is 127.0.0.1. PP_ERR_INVALID: *why, static text, says what is wrong.
 */
int address_parse(const char *text, struct address *out, const char **why) MUST_CHECK;

/*
 * A connected non-blocking socket, the caller's to close. Tries each address of the name in turn.
 * Looking up a name is up to the resolver and not bounded by the deadline. PP_ERR_TIMEOUT, or
 * PP_ERR_CONNECT; `why`, of ADDRESS_WHY_BYTES, then holds the reason, as in "Connection refused".
 */
enum { ADDRESS_WHY_BYTES = 128 };
int address_connect(
	const struct address *address, struct deadline deadline, int *fd, char *why) MUST_CHECK;

#endif

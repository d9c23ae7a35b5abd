/* memcached over its meta protocol, the shortest it speaks as text. */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/peers/peer.h"

static size_t write_get(const struct peer_ask *ask, const char *script, char *out)
{
	char kind = ask->balance ? 'u' : 'c';
	uint64_t id = ask->balance ? ask->user_id : ask->coupon_id;

	(void)script;
	return (size_t)snprintf(out, PEER_REQUEST_MAX, "mg %c:%" PRIu64 " v\r\n", kind, id);
}

/* "VA <bytes>\r\n<data>\r\n". Everything asked for was stored, so a miss is an error. */
static enum peer_answer read_value(const char *data, size_t len, size_t *used)
{
	const char *end = memchr(data, '\n', len);

	if (end == NULL)
		return PEER_PARTIAL;
	if (len < 4 || memcmp(data, "VA ", 3) != 0)
		return PEER_BROKEN;
	/* It stops at the line's end, which is there. */
	unsigned long n = strtoul(data + 3, NULL, 10);
	*used = (size_t)(end - data) + 1 + n + 2;
	return *used <= len ? PEER_OK : PEER_PARTIAL;
}

const struct peer peer_memcached = {
	.name = "memcached",
	.works = { [PEER_READ] = true },
	.write = write_get,
	.read = read_value,
};

/* Redis over RESP 2: scripts by their SHA-1, and plain reads. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "bench/peers/peer.h"

/* A request being written: an array of bulk strings. */
struct command {
	char *at;
	char *end;
};

static void put(struct command *command, const char *data, size_t len)
{
	ASSERT(len <= (size_t)(command->end - command->at));
	memcpy(command->at, data, len);
	command->at += len;
}

static void put_bytes(struct command *command, const char *data, size_t len)
{
	char head[16];

	put(command, head, (size_t)snprintf(head, sizeof(head), "$%zu\r\n", len));
	put(command, data, len);
	put(command, "\r\n", 2);
}

static void put_text(struct command *command, const char *text)
{
	put_bytes(command, text, strlen(text));
}

__attribute__((format(printf, 2, 3))) static void put_format(
	struct command *command, const char *format, ...)
{
	char text[64];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(text, sizeof(text), format, args);
	va_end(args);
	put_bytes(command, text, (size_t)len);
}

static void put_purchase(struct command *command, const struct peer_ask *ask, const char *script)
{
	char key[2 + PEER_ID_BYTES] = "r:";

	memcpy(key + 2, ask->request_id, PEER_ID_BYTES);
	put(command, "*11\r\n", 5);
	put_text(command, "EVALSHA");
	put_text(command, script);
	put_text(command, "5");
	put_bytes(command, key, sizeof(key));
	put_format(command, "u:%" PRIu64, ask->user_id);
	put_format(command, "c:%" PRIu64, ask->coupon_id);
	put_format(command, "b:%" PRIu64, ask->business_id);
	put_format(command, "n:%" PRIu64, ask->user_id);
	put_format(command, "%" PRIu64, ask->user_id);
	put_format(command, "%" PRIu64, ask->coupon_id);
	put_text(command, "1"); /* the version seen */
}

static void put_read(struct command *command, const struct peer_ask *ask)
{
	static const char *const of_coupon[] = { "business", "version", "name", "description",
		"price", "state", "starts_at", "ends_at", "stock", "sold", "per_user_limit" };

	if (ask->balance) {
		put(command, "*4\r\n", 4);
		put_text(command, "HMGET");
		put_format(command, "u:%" PRIu64, ask->user_id);
		put_text(command, "balance");
		put_text(command, "name");
		return;
	}
	put(command, "*13\r\n", 5);
	put_text(command, "HMGET");
	put_format(command, "c:%" PRIu64, ask->coupon_id);
	for (size_t i = 0; i < ARRAY_LEN(of_coupon); i++)
		put_text(command, of_coupon[i]);
}

static void put_list(struct command *command, const struct peer_ask *ask, const char *script)
{
	put(command, "*4\r\n", 4);
	put_text(command, "EVALSHA");
	put_text(command, script);
	put_text(command, "1");
	put_format(command, "l:%" PRIu64, ask->business_id);
}

static size_t write_command(const struct peer_ask *ask, const char *script, char *out)
{
	struct command command = { out, out + PEER_REQUEST_MAX };

	switch (ask->work) {
	case PEER_PURCHASE: put_purchase(&command, ask, script); break;
	case PEER_READ: put_read(&command, ask); break;
	case PEER_LIST: put_list(&command, ask, script); break;
	}
	return (size_t)(command.at - out);
}

/*
 * Arrays announce how many values follow, so that counting what is still to come takes the place
 * of recursion. A purchase is answered by one string, which begins with OK or NO. Everything asked
 * for was stored, so a nil is an error.
 */
static enum peer_answer read_reply(const char *data, size_t len, size_t *used)
{
	enum peer_answer answer = PEER_OK;
	long n_left = 1;
	size_t at = 0;

	while (n_left > 0) {
		const char *end = memchr(data + at, '\n', len - at);
		if (end == NULL)
			return PEER_PARTIAL;
		char type = data[at];
		long n = strtol(data + at + 1, NULL, 10);
		at = (size_t)(end - data) + 1;
		n_left--;
		if (type == '*' && n >= 0) {
			n_left += n;
		} else if (type == '$' && n >= 0) {
			if (len - at < (size_t)n + 2)
				return PEER_PARTIAL;
			if (n_left == 0 && n >= 3 && memcmp(data + at, "NO ", 3) == 0)
				answer = PEER_REFUSED;
			at += (size_t)n + 2;
		} else if (type != ':' && type != '+') {
			return PEER_BROKEN;
		}
	}
	*used = at;
	return answer;
}

const struct peer peer_redis = {
	.name = "redis",
	.works = { [PEER_PURCHASE] = true, [PEER_READ] = true, [PEER_LIST] = true },
	.write = write_command,
	.read = read_reply,
};

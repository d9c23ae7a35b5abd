/* Values of settings: numbers with their units, and addresses. */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "server/config.h"

struct suffix {
	const char *text;
	int64_t factor;
};

static const struct suffix byte_suffixes[] = {
	{ "TiB", INT64_C(1) << 40 },
	{ "GiB", 1 << 30 },
	{ "MiB", 1 << 20 },
	{ "KiB", 1 << 10 },
	{ "B", 1 },
	{ NULL, 0 },
};

static const struct suffix duration_suffixes[] = {
	{ "d", 24 * 3600 * 1000 },
	{ "h", 3600 * 1000 },
	{ "min", 60 * 1000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ NULL, 0 },
};

static const struct suffix plain_suffixes[] = { { "", 1 }, { NULL, 0 } };

static const struct suffix *suffixes_of(enum config_unit unit)
{
	switch (unit) {
	case CONFIG_BYTES: return byte_suffixes;
	case CONFIG_DURATION: return duration_suffixes;
	default: return plain_suffixes;
	}
}

static const char *unit_example(enum config_unit unit)
{
	switch (unit) {
	case CONFIG_BYTES: return "a size with its unit, as in 64MiB (B, KiB, MiB, GiB, TiB)";
	case CONFIG_DURATION: return "a duration with its unit, as in 10s (ms, s, min, h, d)";
	case CONFIG_COINS: return "a whole number of coins";
	default: return "a whole number";
	}
}

static const struct suffix *find_suffix(enum config_unit unit, const char *text)
{
	for (const struct suffix *suffix = suffixes_of(unit); suffix->text != NULL; suffix++) {
		if (strcmp(text, suffix->text) == 0)
			return suffix;
	}
	return NULL;
}

void config_format_number(
	const struct config_setting *setting, int64_t value, char out[CONFIG_VALUE_BYTES])
{
	if (setting->unit == CONFIG_LEVEL) {
		snprintf(out, CONFIG_VALUE_BYTES, "%s", log_level_name((enum log_level)value));
		return;
	}
	const struct suffix *suffix = suffixes_of(setting->unit);
	while (value != 0 && value % suffix->factor != 0)
		suffix++;
	/* Zero has no unit of its own. */
	snprintf(out, CONFIG_VALUE_BYTES, "%lld%s", (long long)(value / suffix->factor),
		value == 0 ? "" : suffix->text);
}

static bool parse_level(const char *text, int64_t *out, char message[CONFIG_MESSAGE_BYTES])
{
	for (int level = LOG_LEVEL_DEBUG; level <= LOG_LEVEL_ERROR; level++) {
		if (strcmp(text, log_level_name((enum log_level)level)) == 0) {
			*out = level;
			return true;
		}
	}
	snprintf(message, CONFIG_MESSAGE_BYTES,
		"expected debug, info, warn or error, found \"%.60s\"", text);
	return false;
}

bool config_parse_number(const struct config_setting *setting, const char *text, int64_t *out,
	char message[CONFIG_MESSAGE_BYTES])
{
	char *end = NULL;
	int64_t value = 0;

	if (setting->unit == CONFIG_LEVEL)
		return parse_level(text, out, message);
	errno = 0;
	long long number = strtoll(text, &end, 10);
	bool digits = text[0] >= '0' && text[0] <= '9';
	const struct suffix *suffix = find_suffix(setting->unit, end);
	if (digits && number == 0 && *end == '\0')
		suffix = plain_suffixes;
	if (!digits || suffix == NULL) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "expected %s, found \"%.60s\"",
			unit_example(setting->unit), text);
		return false;
	}
	if (errno != 0 || !checked_mul(number, suffix->factor, &value) || value < setting->min ||
		value > setting->max) {
		char low[CONFIG_VALUE_BYTES];
		char high[CONFIG_VALUE_BYTES];
		config_format_number(setting, setting->min, low);
		config_format_number(setting, setting->max, high);
		snprintf(message, CONFIG_MESSAGE_BYTES, "%.60s is out of range, %s to %s", text,
			low, high);
		return false;
	}
	*out = value;
	return true;
}

static bool parse_port(const char *text, uint16_t *out)
{
	char *end = NULL;

	if (text[0] < '0' || text[0] > '9' || strlen(text) > 5)
		return false;
	unsigned long port = strtoul(text, &end, 10);
	if (*end != '\0' || port > UINT16_MAX)
		return false;
	*out = (uint16_t)port;
	return true;
}

/* The host before the last colon, without the brackets of an IPv6 address. */
static bool split_host(const char *text, const char *colon, char host[CONFIG_VALUE_BYTES])
{
	size_t len = (size_t)(colon - text);

	if (len >= 2 && text[0] == '[' && text[len - 1] == ']') {
		text++;
		len -= 2;
	} else if (memchr(text, ':', len) != NULL) {
		return false;
	}
	if (len == 0 || len >= CONFIG_VALUE_BYTES)
		return false;
	memcpy(host, text, len);
	host[len] = '\0';
	return true;
}

static bool is_loopback(const char *host, bool *is_address)
{
	struct in_addr ip4;
	struct in6_addr ip6;

	*is_address = true;
	if (inet_pton(AF_INET, host, &ip4) == 1)
		return ntohl(ip4.s_addr) >> 24 == 127;
	if (inet_pton(AF_INET6, host, &ip6) == 1)
		return IN6_IS_ADDR_LOOPBACK(&ip6);
	*is_address = false;
	return false;
}

bool config_parse_address(const char *text, char host[CONFIG_VALUE_BYTES], uint16_t *port,
	char message[CONFIG_MESSAGE_BYTES])
{
	char found[CONFIG_VALUE_BYTES];
	uint16_t found_port = 0;
	bool is_address = false;
	const char *colon = strrchr(text, ':');

	if (colon == NULL || !split_host(text, colon, found) ||
		!parse_port(colon + 1, &found_port)) {
		snprintf(message, CONFIG_MESSAGE_BYTES,
			"expected host:port, as in 127.0.0.1:7337 or [::1]:7337, found \"%.60s\"",
			text);
		return false;
	}
	if (strcmp(found, "localhost") == 0)
		snprintf(found, sizeof(found), "127.0.0.1");
	if (!is_loopback(found, &is_address)) {
		snprintf(message, CONFIG_MESSAGE_BYTES,
			is_address
				? "%s is not a loopback address: this version has neither TLS nor "
				  "access keys yet, so it listens on 127.0.0.1, [::1] or a Unix "
				  "socket only"
				: "%s is not an IP address (nor localhost)",
			found);
		return false;
	}
	memcpy(host, found, CONFIG_VALUE_BYTES);
	*port = found_port;
	return true;
}

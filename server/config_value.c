/* Values of settings: numbers with their units, and addresses. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "base/duration.h"
#include "base/log.h"
#include "server/config.h"
#include "storage/store.h"

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

/* What durations are printed in; duration_parse reads them. */
static const struct suffix duration_suffixes[] = {
	{ "d", 24 * 3600 * 1000 },
	{ "h", 3600 * 1000 },
	{ "min", 60 * 1000 },
	{ "s", 1000 },
	{ "ms", 1 },
	{ NULL, 0 },
};

static const char *const levels[] = {
	[LOG_LEVEL_DEBUG] = "debug",
	[LOG_LEVEL_INFO] = "info",
	[LOG_LEVEL_WARN] = "warn",
	[LOG_LEVEL_ERROR] = "error",
	NULL,
};
static const char *const commit_modes[] = { [STORE_LOG] = "log", [STORE_LMDB] = "lmdb", NULL };
static const char *const durabilities[] = {
	[CONFIG_SYNC] = "sync",
	[CONFIG_UNSAFE_NO_SYNC] = "unsafe_no_sync",
	NULL,
};

static const struct suffix percent_suffixes[] = { { "%", 1 }, { NULL, 0 } };
static const struct suffix plain_suffixes[] = { { "", 1 }, { NULL, 0 } };

static const struct suffix *suffixes_of(enum config_unit unit)
{
	switch (unit) {
	case CONFIG_BYTES: return byte_suffixes;
	case CONFIG_DURATION: return duration_suffixes;
	case CONFIG_PERCENT: return percent_suffixes;
	default: return plain_suffixes;
	}
}

static const char *unit_noun(enum config_unit unit)
{
	switch (unit) {
	case CONFIG_BYTES: return "a size";
	case CONFIG_DURATION: return "a duration";
	case CONFIG_PERCENT: return "a percentage";
	case CONFIG_COINS: return "a whole number of coins";
	default: return "a whole number";
	}
}

static const char *unit_names(enum config_unit unit)
{
	switch (unit) {
	case CONFIG_BYTES: return " (units: B, KiB, MiB, GiB, TiB)";
	case CONFIG_DURATION: return " (units: " DURATION_UNITS ")";
	default: return "";
	}
}

const char *const *config_words(enum config_unit unit)
{
	switch (unit) {
	case CONFIG_LEVEL: return levels;
	case CONFIG_COMMIT: return commit_modes;
	case CONFIG_DURABILITY: return durabilities;
	default: return NULL;
	}
}

void config_list_words(const char *const words[], const char *last, char out[CONFIG_VALUE_BYTES])
{
	int len = 0;

	for (size_t i = 0; words[i] != NULL; i++)
		len += snprintf(out + len, CONFIG_VALUE_BYTES - (size_t)len, "%s%s",
			i == 0                 ? ""
			: words[i + 1] == NULL ? last
					       : ", ",
			words[i]);
	ASSERT(len < CONFIG_VALUE_BYTES);
}

void config_format_number(enum config_unit unit, int64_t value, char out[CONFIG_VALUE_BYTES])
{
	const char *const *words = config_words(unit);

	if (words != NULL) {
		snprintf(out, CONFIG_VALUE_BYTES, "%s", words[value]);
		return;
	}
	const struct suffix *suffix = suffixes_of(unit);
	while (value != 0 && value % suffix->factor != 0)
		suffix++;
	/* Zero has no unit of its own. */
	snprintf(out, CONFIG_VALUE_BYTES, "%lld%s", (long long)(value / suffix->factor),
		value == 0 ? "" : suffix->text);
}

static bool parse_word(const char *const words[], const char *text, int64_t *out,
	char message[CONFIG_MESSAGE_BYTES])
{
	char all[CONFIG_VALUE_BYTES];

	for (int64_t i = 0; words[i] != NULL; i++) {
		if (strcmp(text, words[i]) == 0) {
			*out = i;
			return true;
		}
	}
	const char *meant = config_suggest_word(text, words);
	config_list_words(words, " or ", all);
	snprintf(message, CONFIG_MESSAGE_BYTES, "expected %s, found \"%.60s\"%s%s%s", all, text,
		meant == NULL ? "" : "; did you mean \"", meant == NULL ? "" : meant,
		meant == NULL ? "" : "\"?");
	return false;
}

/* Digits and one of the suffixes; only 0 does without. Beyond int64 INT64_MAX. */
static bool parse_suffixed(const struct suffix *suffix, const char *text, int64_t *out)
{
	int64_t value = 0;
	const char *at = text;

	for (; *at >= '0' && *at <= '9'; at++) {
		if (!checked_mul(value, 10, &value) || !checked_add(value, *at - '0', &value))
			value = INT64_MAX;
	}
	if (at == text)
		return false;
	if (value == 0 && *at == '\0')
		suffix = plain_suffixes;
	while (suffix->text != NULL && strcmp(at, suffix->text) != 0)
		suffix++;
	if (suffix->text == NULL)
		return false;
	if (!checked_mul(value, suffix->factor, out))
		*out = INT64_MAX;
	return true;
}

bool config_parse_number(const struct config_setting *setting, const char *text, int64_t *out,
	char message[CONFIG_MESSAGE_BYTES])
{
	enum config_unit unit = setting->unit;
	char low[CONFIG_VALUE_BYTES];
	char high[CONFIG_VALUE_BYTES];
	int64_t value = 0;

	if (config_words(unit) != NULL)
		return parse_word(config_words(unit), text, out, message);
	bool parsed = unit == CONFIG_DURATION ? duration_parse(text, &value)
					      : parse_suffixed(suffixes_of(unit), text, &value);
	if (parsed && value >= setting->min && value <= setting->max) {
		*out = value;
		return true;
	}
	config_format_number(unit, setting->min, low);
	config_format_number(unit, setting->max, high);
	if (parsed)
		snprintf(message, CONFIG_MESSAGE_BYTES,
			"%.60s is out of range: expected %s from %s to %s", text, unit_noun(unit),
			low, high);
	else
		snprintf(message, CONFIG_MESSAGE_BYTES,
			"expected %s from %s to %s, as in %s%s, found \"%.60s\"", unit_noun(unit),
			low, high, setting->initial, unit_names(unit), text);
	return false;
}

bool config_check_text(
	const struct config_setting *setting, const char *text, char message[CONFIG_MESSAGE_BYTES])
{
	char host[CONFIG_VALUE_BYTES];
	uint16_t port;
	size_t len = strlen(text);

	for (size_t i = 0; i < len;) {
		size_t n = config_character(text + i, len - i);
		if (n == 0) {
			snprintf(message, CONFIG_MESSAGE_BYTES, "expected text in UTF-8");
			return false;
		}
		i += n;
	}
	if (setting->unit == CONFIG_ADDRESS)
		return config_parse_address(text, host, &port, message);
	if (len == 0) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "expected a path%s, found nothing",
			setting->unit == CONFIG_OPTIONAL_PATH ? " or none" : "");
		return false;
	}
	if (len <= (size_t)setting->max)
		return true;
	snprintf(message, CONFIG_MESSAGE_BYTES,
		"expected a path of at most %d bytes, found one of %zu", (int)setting->max, len);
	return false;
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

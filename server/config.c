/* The table of settings, and what is done with all of it. */
#include "server/config.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "peakpeeps/types.h"
#include "proto/limits.h"
#include "storage/store.h"

#define KIB INT64_C(1024)
#define MIB (1024 * KIB)
#define GIB (1024 * MIB)
#define TIB (1024 * GIB)
#define SECOND_MS INT64_C(1000)
#define HOUR_MS (3600 * SECOND_MS)
#define DAY_MS (24 * HOUR_MS)
#define AT(member) offsetof(struct config, member)

enum { OP_BYTES_USUAL = 8192 }; /* of a request in flight: its record and an arena of one chunk */

const struct config_setting config_settings[CONFIG_SETTINGS] = {
	{ "store.path", CONFIG_PATH, AT(store_path), 0, 0, "./var/store",
		"Directory of the store; made when it is not there." },
	{ "store.map_size", CONFIG_BYTES, AT(map_bytes), 16 * MIB, 16 * TIB, "1TiB",
		"Address space for the store, not disk: the most it can ever grow to." },
	{ "store.free_min", CONFIG_BYTES, AT(free_bytes_min), MIB, TIB, "64MiB",
		"Writes are refused (STORAGE_FULL) while the disk has less than this left." },

	{ "listen.address", CONFIG_ADDRESS, AT(listen_address), 0, 0, "127.0.0.1:7337",
		"Loopback address and port; port 0: the kernel's choice; none: no TCP." },
	{ "listen.unix", CONFIG_OPTIONAL_PATH, AT(unix_path), 0, 0, "none",
		"Path of a Unix socket, made with mode 0600; none: no Unix socket." },

	{ "server.loops", CONFIG_COUNT, AT(n_loops), 0, 64, "0",
		"Threads that serve connections; 0: half the processors, at least one." },
	{ "server.drain_timeout", CONFIG_DURATION, AT(drain_timeout_ms), 0, HOUR_MS, "10s",
		"A graceful stop waits at most this long for clients to take their answers." },

	{ "limits.connections", CONFIG_COUNT, AT(connections_max), 1, 1000000, "10000",
		"Connections at a time; the next one is told OVERLOADED and closed." },
	{ "limits.in_flight", CONFIG_COUNT, AT(in_flight_max), 1, IN_FLIGHT_MAX, "1024",
		"Unanswered requests of one connection; further ones wait in its socket." },
	{ "limits.hello_timeout", CONFIG_DURATION, AT(hello_timeout_ms), 100, HOUR_MS, "10s",
		"A connection that has not said Hello by then is closed." },
	{ "limits.idle_timeout", CONFIG_DURATION, AT(idle_timeout_ms), 100, DAY_MS, "5min",
		"A connection on which nothing moved for so long is closed." },
	{ "limits.partial_frame_timeout", CONFIG_DURATION, AT(partial_frame_timeout_ms), 100,
		HOUR_MS, "10s", "The rest of a frame must arrive within this." },
	{ "limits.close_timeout", CONFIG_DURATION, AT(close_timeout_ms), 100, HOUR_MS, "2s",
		"A connection being closed has this long to take its last answers." },
	{ "limits.output_high", CONFIG_BYTES, AT(output_high_bytes), KIB, GIB, "256KiB",
		"Answers that wait for one connection; above it its requests are not read." },
	{ "limits.output_low", CONFIG_BYTES, AT(output_low_bytes), 0, GIB, "64KiB",
		"Below it they are read again." },
	{ "limits.output_max", CONFIG_BYTES, AT(output_max_bytes), KIB, GIB, "1MiB",
		"Over it for output_max_timeout a connection is closed." },
	{ "limits.output_max_timeout", CONFIG_DURATION, AT(output_max_timeout_ms), 100, HOUR_MS,
		"10s", "See output_max." },
	{ "limits.buffer_memory", CONFIG_BYTES, AT(buffer_bytes_max), MIB, TIB, "256MiB",
		"Buffers of all connections together; when it is short, the largest wait." },
	{ "limits.op_memory", CONFIG_BYTES, AT(op_bytes_max), 16 * MIB, TIB, "256MiB",
		"Requests in flight of all connections together, at 8 KiB and more each." },
	{ "limits.writer_queue", CONFIG_COUNT, AT(writer_queue_max), 1, 1000000, "16384",
		"Writes that wait for the writer; further ones are refused (OVERLOADED)." },
	{ "limits.batch", CONFIG_COUNT, AT(batch_max), 1, STORE_BATCH_MAX, "4096",
		"Writes that are made durable together." },
	{ "limits.verify_timeout", CONFIG_DURATION, AT(verify_timeout_ms), 100, DAY_MS, "10min",
		"A Verify run that takes longer is given up, so that the store does not grow." },

	{ "requests.id_retention", CONFIG_DURATION, AT(request_id_retention_ms), HOUR_MS / 60,
		365 * DAY_MS, "7d", "How long a spent request id is remembered." },

	{ "credits.route_added", CONFIG_COINS, AT(credit_route_added_coins), 1, PP_COINS_MAX, "10",
		"Coins for ROUTE_ADDED." },
	{ "credits.route_completed", CONFIG_COINS, AT(credit_route_completed_coins), 1,
		PP_COINS_MAX, "15", "Coins for ROUTE_COMPLETED." },
	{ "credits.review_posted", CONFIG_COINS, AT(credit_review_posted_coins), 1, PP_COINS_MAX,
		"5", "Coins for REVIEW_POSTED." },

	{ "log.level", CONFIG_LEVEL, AT(log_level), 0, 0, "info",
		"Least level that is logged: debug, info, warn or error." },
};

static char **text_at(const struct config *config, const struct config_setting *setting)
{
	return (char **)(void *)((char *)config + setting->offset);
}

static int64_t *number_at(const struct config *config, const struct config_setting *setting)
{
	return (int64_t *)(void *)((char *)config + setting->offset);
}

static bool is_text(const struct config_setting *setting)
{
	return setting->unit == CONFIG_PATH || setting->unit == CONFIG_OPTIONAL_PATH ||
	       setting->unit == CONFIG_ADDRESS;
}

const struct config_setting *config_find(const char *name)
{
	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		if (strcmp(config_settings[i].name, name) == 0)
			return &config_settings[i];
	}
	return NULL;
}

void config_error(struct config_errors *errors, const char *format, ...)
{
	char line[1024];
	va_list args;

	va_start(args, format);
	int len = vsnprintf(line, sizeof(line) - 1, format, args);
	va_end(args);
	ASSERT(len >= 0);
	size_t n_bytes = strlen(line);
	line[n_bytes++] = '\n';
	errors->n++;
	char *text = realloc(errors->text, errors->len + n_bytes + 1);
	if (text == NULL)
		return;
	memcpy(text + errors->len, line, n_bytes);
	errors->text = text;
	errors->len += n_bytes;
	text[errors->len] = '\0';
}

void config_errors_free(struct config_errors *errors)
{
	free(errors->text);
	*errors = (struct config_errors) { 0 };
}

static bool check_text(
	const struct config_setting *setting, const char *text, char message[CONFIG_MESSAGE_BYTES])
{
	char host[CONFIG_VALUE_BYTES];
	uint16_t port;

	if (setting->unit == CONFIG_ADDRESS && text[0] != '\0')
		return config_parse_address(text, host, &port, message);
	if (setting->unit == CONFIG_PATH && text[0] == '\0') {
		snprintf(message, CONFIG_MESSAGE_BYTES, "expected a path, found nothing");
		return false;
	}
	if (setting->unit == CONFIG_OPTIONAL_PATH && strlen(text) > 107) {
		snprintf(message, CONFIG_MESSAGE_BYTES,
			"the path of a Unix socket has at most 107 bytes");
		return false;
	}
	return true;
}

bool config_assign(struct config *config, const struct config_setting *setting, const char *text,
	char message[CONFIG_MESSAGE_BYTES])
{
	if (!is_text(setting)) {
		int64_t value = 0;
		if (!config_parse_number(setting, text, &value, message))
			return false;
		*number_at(config, setting) = value;
		return true;
	}
	if (setting->unit != CONFIG_PATH && strcmp(text, "none") == 0)
		text = "";
	else if (setting->unit == CONFIG_ADDRESS && text[0] == '\0')
		text = "nothing";
	if (!check_text(setting, text, message))
		return false;
	char *copy = strdup(text);
	if (copy == NULL) {
		snprintf(message, CONFIG_MESSAGE_BYTES, "out of memory");
		return false;
	}
	free(*text_at(config, setting));
	*text_at(config, setting) = copy;
	return true;
}

int config_default(struct config *out)
{
	char message[CONFIG_MESSAGE_BYTES];

	*out = (struct config) { .file = strdup("") };
	bool ok = out->file != NULL;
	for (size_t i = 0; i < CONFIG_SETTINGS && ok; i++)
		ok = config_assign(out, &config_settings[i], config_settings[i].initial, message);
	if (ok)
		return 0;
	config_free(out);
	return PP_ERR_NO_MEMORY;
}

void config_free(struct config *config)
{
	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		if (is_text(&config_settings[i]))
			free(*text_at(config, &config_settings[i]));
	}
	free(config->file);
	*config = (struct config) { 0 };
}

int config_set(struct config *config, const char *name, const char *value, const char *where,
	struct config_errors *errors)
{
	const struct config_setting *setting = config_find(name);
	char message[CONFIG_MESSAGE_BYTES];

	if (where == NULL)
		where = "command line";
	if (setting == NULL) {
		const char *meant = config_suggest(name, false);
		config_error(errors, "%s: unknown setting \"%.80s\"%s%s%s", where, name,
			meant == NULL ? "" : "; did you mean \"", meant == NULL ? "" : meant,
			meant == NULL ? "" : "\"?");
		return PP_ERR_INVALID;
	}
	if (!config_assign(config, setting, value, message)) {
		config_error(errors, "%s: %s: %s", where, name, message);
		return PP_ERR_INVALID;
	}
	config->origins[setting - config_settings] =
		(struct config_origin) { .command_line = true };
	return 0;
}

int64_t config_ops_max(const struct config *config)
{
	return config->op_bytes_max / OP_BYTES_USUAL;
}

/* Adds an error about the setting whose member lies at `offset`, at the place it was set. */
static void check_failed(
	const struct config *config, size_t offset, const char *text, struct config_errors *errors)
{
	size_t i = 0;

	while (config_settings[i].offset != offset)
		i++;
	const struct config_origin *origin = &config->origins[i];
	if (origin->line > 0)
		config_error(errors, "%s:%d:%d: %s: %s", config->file, origin->line, origin->column,
			config_settings[i].name, text);
	else
		config_error(errors, "%s: %s: %s",
			origin->command_line ? "command line" : "default", config_settings[i].name,
			text);
}

int config_check(const struct config *config, struct config_errors *errors)
{
	uint32_t n_before = errors->n;

	if (config->listen_address[0] == '\0' && config->unix_path[0] == '\0')
		check_failed(config, AT(listen_address),
			"there is neither an address nor a Unix socket to listen on", errors);
	if (config->output_low_bytes >= config->output_high_bytes)
		check_failed(
			config, AT(output_low_bytes), "must be below limits.output_high", errors);
	if (config->output_max_bytes < config->output_high_bytes)
		check_failed(config, AT(output_max_bytes), "must not be below limits.output_high",
			errors);
	if (config->connections_max > config_ops_max(config))
		check_failed(config, AT(connections_max),
			"every connection needs 8KiB of limits.op_memory", errors);
	return errors->n == n_before ? 0 : PP_ERR_INVALID;
}

static void print_range(const struct config_setting *setting, FILE *out)
{
	char low[CONFIG_VALUE_BYTES];
	char high[CONFIG_VALUE_BYTES];

	if (!is_text(setting) && setting->unit != CONFIG_LEVEL) {
		config_format_number(setting, setting->min, low);
		config_format_number(setting, setting->max, high);
		fprintf(out, " %s to %s;", low, high);
	}
	fprintf(out, " default %s\n", setting->initial);
}

static void print_value(
	const struct config *config, const struct config_setting *setting, FILE *out)
{
	char value[CONFIG_VALUE_BYTES];

	if (!is_text(setting)) {
		config_format_number(setting, *number_at(config, setting), value);
		fprintf(out, "%s\n", value);
		return;
	}
	const char *text = *text_at(config, setting);
	fputc('"', out);
	for (const char *at = text[0] == '\0' ? "none" : text; *at != '\0'; at++) {
		if (*at == '"' || *at == '\\')
			fputc('\\', out);
		fputc(*at, out);
	}
	fputs("\"\n", out);
}

void config_print(const struct config *config, FILE *out)
{
	size_t section_len = 0;

	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		const struct config_setting *setting = &config_settings[i];
		const char *key = strchr(setting->name, '.') + 1;
		size_t len = (size_t)(key - setting->name) - 1;
		if (i == 0 || len != section_len ||
			strncmp(setting->name, config_settings[i - 1].name, len + 1) != 0)
			fprintf(out, "%s%.*s:\n", i == 0 ? "" : "\n", (int)len, setting->name);
		section_len = len;
		fprintf(out, "  # %s\n  #", setting->help);
		print_range(setting, out);
		fprintf(out, "  %s: ", key);
		print_value(config, setting, out);
	}
}

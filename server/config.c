/* What is done with all settings: defaults, setting one by its name, and whether they fit. */
#include "server/config.h"

#include <stddef.h>
#include <stdlib.h>
#include <string.h>

enum {
	OP_BYTES_USUAL = 8192, /* of a request in flight: its record and an arena of one chunk */
	LOG_MEMTABLES = 8, /* the log holds the active one, the frozen one, one that is old... */
};

static char **text_at(struct config *config, const struct config_setting *setting)
{
	return (char **)(void *)((char *)config + setting->offset);
}

const char *config_text(const struct config *config, const struct config_setting *setting)
{
	return *(char *const *)(const void *)((const char *)config + setting->offset);
}

int64_t config_number(const struct config *config, const struct config_setting *setting)
{
	return *(const int64_t *)(const void *)((const char *)config + setting->offset);
}

bool config_is_text(const struct config_setting *setting)
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

bool config_assign(struct config *config, const struct config_setting *setting, const char *text,
	char message[CONFIG_MESSAGE_BYTES])
{
	if (!config_is_text(setting)) {
		int64_t value = 0;
		if (!config_parse_number(setting, text, &value, message))
			return false;
		*(int64_t *)(void *)((char *)config + setting->offset) = value;
		return true;
	}
	if (setting->unit != CONFIG_PATH && strcmp(text, "none") == 0)
		text = "";
	else if (!config_check_text(setting, text, message))
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
		if (config_is_text(&config_settings[i]))
			free(*text_at(config, &config_settings[i]));
	}
	free(config->file);
	free(config->text);
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
		const char *meant = config_suggest(name);
		config_error(errors, "%s: unknown setting \"%.80s\"%s%s%s", where, name,
			meant == NULL ? "" : "; did you mean \"", meant == NULL ? "" : meant,
			meant == NULL ? "" : "\"?");
		return PP_ERR_INVALID;
	}
	struct config_origin *origin = &config->origins[setting - config_settings];
	bool ok = config_assign(config, setting, value, message);
	if (!ok)
		config_error(errors, "%s: %s: %s", where, name, message);
	*origin = (struct config_origin) { .command_line = true, .wrong = !ok };
	return ok ? 0 : PP_ERR_INVALID;
}

int64_t config_ops_max(const struct config *config)
{
	return config->op_bytes_max / OP_BYTES_USUAL;
}

/* ---- Whether they fit together ---- */

static const struct config_setting *setting_at(size_t offset)
{
	size_t i = 0;

	while (config_settings[i].offset != offset)
		i++;
	return &config_settings[i];
}

static const struct config_origin *origin_of(
	const struct config *config, const struct config_setting *setting)
{
	return &config->origins[setting - config_settings];
}

/* The later a value was set, the more likely it is the one that is to be changed. */
static int rank_of(const struct config_origin *origin)
{
	return origin->command_line ? INT32_MAX : origin->place.line;
}

/* Adds an error about a setting, at the place where it was set. */
static void tell(const struct config *config, const struct config_setting *setting,
	const char *text, struct config_errors *errors)
{
	const struct config_origin *origin = origin_of(config, setting);
	char message[2 * CONFIG_MESSAGE_BYTES]; /* the name before it */

	snprintf(message, sizeof(message), "%s: %s", setting->name, text);
	if (origin->place.line > 0)
		config_error_at(errors, config, origin->place, message);
	else
		config_error(errors, "%s: %s", origin->command_line ? "command line" : "default",
			message);
}

static void describe_origin(const struct config_origin *origin, char out[CONFIG_VALUE_BYTES])
{
	if (origin->place.line > 0)
		snprintf(out, CONFIG_VALUE_BYTES, "line %d", origin->place.line);
	else
		snprintf(out, CONFIG_VALUE_BYTES, "%s",
			origin->command_line ? "the command line" : "the default");
}

/* The setting at `small` must not be above `most`, which follows from the one at `large`. */
static void check_order(const struct config *config, size_t small, size_t large, int64_t most,
	const char *must, const char *or_else, struct config_errors *errors)
{
	const struct config_setting *low = setting_at(small);
	const struct config_setting *high = setting_at(large);
	const struct config_origin *low_origin = origin_of(config, low);
	const struct config_origin *high_origin = origin_of(config, high);
	char text[CONFIG_MESSAGE_BYTES];
	char value[CONFIG_VALUE_BYTES];
	char other[CONFIG_VALUE_BYTES];
	char origin[CONFIG_VALUE_BYTES];

	if (low_origin->wrong || high_origin->wrong || config_number(config, low) <= most)
		return;
	bool blame_high = rank_of(high_origin) > rank_of(low_origin);
	const struct config_setting *blamed = blame_high ? high : low;
	const struct config_setting *against = blame_high ? low : high;
	config_format_number(blamed->unit, config_number(config, blamed), value);
	config_format_number(against->unit, config_number(config, against), other);
	describe_origin(origin_of(config, against), origin);
	snprintf(text, sizeof(text), "%s %s %s, which is %s (%s)", value,
		blame_high ? or_else : must, against->name, other, origin);
	tell(config, blamed, text, errors);
}

int config_check(const struct config *config, struct config_errors *errors)
{
	const struct config_setting *address = setting_at(CONFIG_AT(listen_address));
	const struct config_setting *unix_path = setting_at(CONFIG_AT(unix_path));
	uint32_t n_before = errors->n;

	if (config->incomplete)
		return PP_ERR_INVALID;
	if (config->listen_address[0] == '\0' && config->unix_path[0] == '\0' &&
		!origin_of(config, address)->wrong && !origin_of(config, unix_path)->wrong)
		tell(config, address, "there is neither an address nor a Unix socket to listen on",
			errors);
	check_order(config, CONFIG_AT(output_low_bytes), CONFIG_AT(output_high_bytes),
		config->output_high_bytes - 1, "must be below", "must be above", errors);
	check_order(config, CONFIG_AT(output_high_bytes), CONFIG_AT(output_max_bytes),
		config->output_max_bytes, "must not be above", "must not be below", errors);
	check_order(config, CONFIG_AT(memtable_bytes), CONFIG_AT(log_bytes_max),
		config->log_bytes_max / LOG_MEMTABLES, "is more than an eighth of",
		"is less than eight times", errors);
	check_order(config, CONFIG_AT(connections_max), CONFIG_AT(op_bytes_max),
		config_ops_max(config), "is more than one for every 8KiB of",
		"is less than 8KiB for each of", errors);
	return errors->n == n_before ? 0 : PP_ERR_INVALID;
}

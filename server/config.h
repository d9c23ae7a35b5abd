/* Settings of the server: one table that parses, checks, prints and documents them. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdio.h>

#include "base/base.h"

enum { CONFIG_SETTINGS = 27 };

/* Where a setting's value came from, for errors that only show when all are known. */
struct config_origin {
	int line; /* from 1, of the file; 0: default or command line */
	int column;
	bool command_line;
};

/* All settings. Owned: config_default makes it, config_free ends it. Strings are never NULL. */
struct config {
	char *store_path;
	int64_t map_bytes;
	int64_t free_bytes_min;

	char *listen_address; /* "127.0.0.1:7337"; empty: no TCP */
	char *unix_path;      /* empty: no Unix socket */

	int64_t n_loops; /* 0: half the processors */
	int64_t drain_timeout_ms;

	int64_t connections_max;
	int64_t in_flight_max; /* requests of one connection */
	int64_t hello_timeout_ms;
	int64_t idle_timeout_ms;
	int64_t partial_frame_timeout_ms;
	int64_t close_timeout_ms;
	int64_t output_high_bytes; /* of one connection: above it, its requests wait */
	int64_t output_low_bytes;
	int64_t output_max_bytes; /* over it for longer than the next: it is closed */
	int64_t output_max_timeout_ms;
	int64_t buffer_bytes_max; /* of all connections together */
	int64_t op_bytes_max;     /* of all requests in flight together */
	int64_t writer_queue_max;
	int64_t batch_max;
	int64_t verify_timeout_ms;

	int64_t request_id_retention_ms;
	int64_t credit_route_added_coins;
	int64_t credit_route_completed_coins;
	int64_t credit_review_posted_coins;

	int64_t log_level; /* enum log_level */

	bool force_clock; /* only on the command line */

	char *file; /* empty: none was read */
	struct config_origin origins[CONFIG_SETTINGS];
};

/* Errors, one per line as in "file:line:column: what is wrong". Owned text; NULL when none. */
struct config_errors {
	char *text;
	size_t len;
	uint32_t n;
};

/* Every setting at its default. PP_ERR_NO_MEMORY. */
int config_default(struct config *out) MUST_CHECK;
void config_free(struct config *config);

/*
 * Reads a YAML file over what is set. Everything wrong in it is added to *errors: PP_ERR_INVALID.
 * PP_ERR_NOT_FOUND, PP_ERR_IO, PP_ERR_TOO_BIG: the file itself, also told in *errors.
 */
int config_load(struct config *config, const char *path, struct config_errors *errors) MUST_CHECK;
/*
 * Sets one setting by its dotted name, as in "limits.connections". PP_ERR_INVALID, told in *errors
 * with `where` before it; NULL: the command line.
 */
int config_set(struct config *config, const char *name, const char *value, const char *where,
	struct config_errors *errors) MUST_CHECK;
/* Whether the settings fit together. PP_ERR_INVALID, told in *errors. */
int config_check(const struct config *config, struct config_errors *errors) MUST_CHECK;
/* Every setting with its help, unit, range and value, as a YAML file that config_load takes. */
void config_print(const struct config *config, FILE *out);

void config_errors_free(struct config_errors *errors);

/* Requests in flight that `op_bytes_max` stands for. */
int64_t config_ops_max(const struct config *config);

/* ---- What the parts of this module share ---- */

enum config_unit {
	CONFIG_COUNT,
	CONFIG_BYTES,
	CONFIG_DURATION,
	CONFIG_COINS,
	CONFIG_LEVEL,
	CONFIG_PATH,
	CONFIG_OPTIONAL_PATH,
	CONFIG_ADDRESS,
};

struct config_setting {
	const char *name; /* section.key */
	enum config_unit unit;
	size_t offset; /* in struct config: char * or int64_t */
	int64_t min;
	int64_t max;
	const char *initial; /* default, as written in a file */
	const char *help;
};

extern const struct config_setting config_settings[CONFIG_SETTINGS];

enum { CONFIG_VALUE_BYTES = 64, CONFIG_MESSAGE_BYTES = 400 };

/* The setting of that name, or NULL. */
const struct config_setting *config_find(const char *name);
/* The name that `name` was probably meant to be: a setting, or a section; NULL when nothing is
 * near. */
const char *config_suggest(const char *name, bool section);
void config_error(struct config_errors *errors, const char *format, ...) PRINTF_LIKE(2, 3);
/* Parses and stores. False, with a reason in `message`, when the text is not such a value. */
bool config_assign(struct config *config, const struct config_setting *setting, const char *text,
	char message[CONFIG_MESSAGE_BYTES]) MUST_CHECK;

/* A number in the unit of the setting, as in "10s" or "64MiB". False and a reason in `message`. */
bool config_parse_number(const struct config_setting *setting, const char *text, int64_t *out,
	char message[CONFIG_MESSAGE_BYTES]) MUST_CHECK;
/* The shortest exact text of a number in the unit of the setting. */
void config_format_number(
	const struct config_setting *setting, int64_t value, char out[CONFIG_VALUE_BYTES]);
/*
 * Splits "127.0.0.1:7337", "[::1]:0" or "localhost:7337". False and a reason when it is something
 * else, or an address that is not loopback.
 */
bool config_parse_address(const char *text, char host[CONFIG_VALUE_BYTES], uint16_t *port,
	char message[CONFIG_MESSAGE_BYTES]) MUST_CHECK;

#endif

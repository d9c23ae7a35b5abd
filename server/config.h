/* Settings of the server: one table that parses, checks, prints and documents them. */
#ifndef SERVER_CONFIG_H
#define SERVER_CONFIG_H

#include <stdio.h>

#include "base/base.h"

enum { CONFIG_SETTINGS = 38 };

/* When a write is answered. Whatever is weaker than the first is named unsafe_. */
enum config_durability {
	CONFIG_SYNC,           /* when the disk has it */
	CONFIG_UNSAFE_NO_SYNC, /* when the kernel has it */
};

/* A place in the settings file: from 1, in characters. Line 0: none. */
struct config_place {
	int line;
	int column;
	int width; /* characters that are meant, at least 1 */
};

/* Where a setting's value came from, for errors that only show when all are known. */
struct config_origin {
	struct config_place place;
	bool command_line;
	bool wrong; /* something else was meant, and told: the value says nothing */
};

/* All settings. Owned: config_default makes it, config_free ends it. Strings are never NULL. */
struct config {
	char *store_path;
	int64_t map_bytes;
	int64_t free_bytes_min;
	int64_t readers_max;
	int64_t commit;     /* enum store_engine */
	int64_t durability; /* enum config_durability */
	int64_t log_bytes_max;
	int64_t memtable_bytes;
	int64_t checkpoint_interval_ms;
	int64_t checkpoint_wait_ms;

	char *listen_address; /* "127.0.0.1:7337"; empty: no TCP */
	char *unix_path;      /* empty: no Unix socket */
	int64_t backlog;
	int64_t socket_buffer_bytes; /* of the kernel's, each way */

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
	int64_t verify_growth_percent;

	int64_t request_id_retention_ms;
	int64_t credit_route_added_coins;
	int64_t credit_route_completed_coins;
	int64_t credit_review_posted_coins;

	int64_t log_level; /* enum log_level */
	int64_t slow_batch_ms;

	bool force_clock; /* these three only on the command line */
	bool restored;
	bool accept_loss;

	char *file; /* empty: none was read */
	char *text; /* its bytes, for errors that show a line of it; NULL: none */
	size_t text_len;
	bool incomplete; /* a part of the file could not be read, and that was told */
	struct config_origin origins[CONFIG_SETTINGS];
};

/*
 * Errors, each as in "file:line:column: what is wrong"; of those with a place in the file, the line
 * and a caret under the place follow. Owned text; NULL when none.
 */
struct config_errors {
	char *text;
	size_t len;
	uint32_t n;
};

/* Every setting at its default. PP_ERR_NO_MEMORY. */
int config_default(struct config *out) MUST_CHECK;
void config_free(struct config *config);

/*
 * Reads a YAML file over what is set. Everything wrong in it is added to *errors, by line:
 * PP_ERR_INVALID. PP_ERR_NOT_FOUND, PP_ERR_IO, PP_ERR_TOO_BIG: the file itself, also told in
 * *errors.
 */
int config_load(struct config *config, const char *path, struct config_errors *errors) MUST_CHECK;
/*
 * Sets one setting by its dotted name, as in "limits.connections". PP_ERR_INVALID, told in *errors
 * with `where` before it; NULL: the command line.
 */
int config_set(struct config *config, const char *name, const char *value, const char *where,
	struct config_errors *errors) MUST_CHECK;
/*
 * Whether the settings fit together; what was told to be wrong before is left out. PP_ERR_INVALID,
 * told in *errors.
 */
int config_check(const struct config *config, struct config_errors *errors) MUST_CHECK;
/* Every setting with its help, unit, range and value, as a YAML file that config_load takes. */
void config_print(const struct config *config, FILE *out);
/* The page that documents every setting and every fixed limit: docs/configuration.md. */
void config_print_page(FILE *out);

void config_errors_free(struct config_errors *errors);

/* Requests in flight that `op_bytes_max` stands for. */
int64_t config_ops_max(const struct config *config);

/* ---- What the parts of this module share ---- */

enum config_unit {
	CONFIG_COUNT,
	CONFIG_BYTES,
	CONFIG_DURATION,
	CONFIG_COINS,
	CONFIG_PERCENT,
	CONFIG_LEVEL, /* from here to CONFIG_DURABILITY: one of some words, by its number */
	CONFIG_COMMIT,
	CONFIG_DURABILITY,
	CONFIG_PATH,
	CONFIG_OPTIONAL_PATH,
	CONFIG_ADDRESS,
};

struct config_setting {
	const char *name; /* section.key */
	enum config_unit unit;
	size_t offset; /* in struct config: char * or int64_t */
	int64_t min;   /* of a text: bytes */
	int64_t max;
	const char *initial; /* default, as written in a file */
	const char *help;
};

extern const struct config_setting config_settings[CONFIG_SETTINGS];

/* What can not be set; on the page beside the settings. */
struct config_fixed {
	const char *group; /* that it begins; NULL: as the one before */
	const char *name;
	enum config_unit unit;
	int64_t value;
	const char *help;
};

enum { CONFIG_FIXED = 46 };
extern const struct config_fixed config_fixed[CONFIG_FIXED];

enum {
	CONFIG_FILE_BYTES_MAX = 256 * 1024,
	CONFIG_ERRORS_MAX = 50, /* that are told; more are only counted */
	CONFIG_VALUE_BYTES = 64,
	CONFIG_MESSAGE_BYTES = 400,
};

#define CONFIG_AT(member) offsetof(struct config, member)

/* The setting of that name, or NULL. */
const struct config_setting *config_find(const char *name);
/*
 * The setting that an unknown name was probably meant to be, or NULL: at most two slips away (a
 * letter too many, missing, wrong, or two swapped; another section), which are fewer than half of
 * its letters.
 */
const char *config_suggest(const char *name);
/* The same among some words, of which the last one is followed by NULL. */
const char *config_suggest_word(const char *word, const char *const words[]);
/* The same for a section, which may also be a setting that lacks its section. False: none. */
bool config_suggest_section(const char *name, char out[CONFIG_VALUE_BYTES]);
bool config_is_text(const struct config_setting *setting);
/* The words that a setting of the unit may be, in the order of their numbers, and NULL; or NULL. */
const char *const *config_words(enum config_unit unit);
/* All of them, as in "debug, info, warn or error", where `last` is " or ". */
void config_list_words(const char *const words[], const char *last, char out[CONFIG_VALUE_BYTES]);
const char *config_text(const struct config *config, const struct config_setting *setting);
int64_t config_number(const struct config *config, const struct config_setting *setting);

/* Adds a line. From CONFIG_ERRORS_MAX on they are only counted. */
void config_error(struct config_errors *errors, const char *format, ...) PRINTF_LIKE(2, 3);
/* Adds an error at a place of the file, with the line that it is about. */
void config_error_at(struct config_errors *errors, const struct config *config,
	struct config_place place, const char *message);
/* Bytes of the UTF-8 character that `text` begins with; 0: it is none. */
size_t config_character(const char *text, size_t len);

/* Parses and stores. False, with a reason in `message`, when the text is not such a value. */
bool config_assign(struct config *config, const struct config_setting *setting, const char *text,
	char message[CONFIG_MESSAGE_BYTES]) MUST_CHECK;
/* A number in the unit of the setting, as in "10s" or "64MiB". False and a reason in `message`. */
bool config_parse_number(const struct config_setting *setting, const char *text, int64_t *out,
	char message[CONFIG_MESSAGE_BYTES]) MUST_CHECK;
/* What a text of the setting must be. False and a reason in `message`. */
bool config_check_text(const struct config_setting *setting, const char *text,
	char message[CONFIG_MESSAGE_BYTES]) MUST_CHECK;
/* The shortest exact text of a number in a unit. */
void config_format_number(enum config_unit unit, int64_t value, char out[CONFIG_VALUE_BYTES]);
/*
 * Splits "127.0.0.1:7337", "[::1]:0" or "localhost:7337". False and a reason when it is something
 * else, or an address that is not loopback.
 */
bool config_parse_address(const char *text, char host[CONFIG_VALUE_BYTES], uint16_t *port,
	char message[CONFIG_MESSAGE_BYTES]) MUST_CHECK;

#endif

/* The log: one logfmt line per event on standard error, written by a single write(2). */
#ifndef BASE_LOG_H
#define BASE_LOG_H

#include "base/base.h"

/* Most lines are information; a fatal one is the last before the process ends. */
enum log_level {
	LOG_LEVEL_DEBUG,
	LOG_LEVEL_INFO,
	LOG_LEVEL_WARN,
	LOG_LEVEL_ERROR,
	LOG_LEVEL_FATAL,
};

enum { LOG_LINE_BYTES_MAX = 4096 }; /* with its newline; a longer line is cut and ends in "..." */

/*
 * One key and value of a line. Values are borrowed until the call returns. Keys are ours: lower
 * case, no quotes. Values may come from anywhere: what would break the line is quoted or escaped.
 */
struct log_field {
	const char *key;
	enum log_field_type {
		LOG_FIELD_TEXT,
		LOG_FIELD_INT,
		LOG_FIELD_UINT,
	} type;
	const char *text;
	size_t len;
	int64_t integer;
	uint64_t natural;
};

struct log_field log_text(const char *key, const char *value); /* NULL: empty */
struct log_field log_bytes(const char *key, const void *data, size_t len);
struct log_field log_int(const char *key, int64_t value);
struct log_field log_uint(const char *key, uint64_t value);
struct log_field log_err(int err); /* error="disk or map full", of an enum pp_err */

/*
 * Writes `ts=2026-11-24T07:09:15.123Z level=info msg="..." key=value ...`, when `level` is at least
 * the process's level. Any thread. Never fails: a line that standard error does not take is lost.
 */
void log_write(
	enum log_level level, const char *msg, const struct log_field *fields, size_t n_fields);

#define LOG_FIELDS(...) \
	(const struct log_field[]) \
	{ \
		__VA_ARGS__ \
	}
#define LOG_N_FIELDS(...) (sizeof(LOG_FIELDS(__VA_ARGS__)) / sizeof(struct log_field))
/* log_info("listening", log_text("address", host), log_uint("port", port)) */
#define log_debug(msg, ...) \
	log_write(LOG_LEVEL_DEBUG, msg, LOG_FIELDS(__VA_ARGS__), LOG_N_FIELDS(__VA_ARGS__))
#define log_info(msg, ...) \
	log_write(LOG_LEVEL_INFO, msg, LOG_FIELDS(__VA_ARGS__), LOG_N_FIELDS(__VA_ARGS__))
#define log_warn(msg, ...) \
	log_write(LOG_LEVEL_WARN, msg, LOG_FIELDS(__VA_ARGS__), LOG_N_FIELDS(__VA_ARGS__))
#define log_error(msg, ...) \
	log_write(LOG_LEVEL_ERROR, msg, LOG_FIELDS(__VA_ARGS__), LOG_N_FIELDS(__VA_ARGS__))
#define log_fatal(msg, ...) \
	log_write(LOG_LEVEL_FATAL, msg, LOG_FIELDS(__VA_ARGS__), LOG_N_FIELDS(__VA_ARGS__))
/* A line without fields. */
#define log_plain(level, msg) log_write(level, msg, NULL, 0)

/*
 * Lines below this are not written; INFO until it is set. The process has one standard error, so
 * this is the one thing about the log that is the process's: an atomic.
 */
void log_set_level(enum log_level level);
enum log_level log_get_level(void);
/* As in "warn". */
const char *log_level_name(enum log_level level);

/*
 * Writes the line for a given time into `out` of `size` bytes, newline and no NUL, and returns its
 * length. What log_write uses, without the writing.
 */
size_t log_format(char *out, size_t size, int64_t at_ms, enum log_level level, const char *msg,
	const struct log_field *fields, size_t n_fields);

/* Lines that clients can cause are limited to so many in a window. Belongs to one thread. */
struct log_limit {
	int64_t window_at_ms;
	uint32_t n;      /* lines of this window */
	uint64_t n_lost; /* since the last line that was written */
};

enum { LOG_LIMIT_WINDOW_MS = 10 * 1000, LOG_LIMIT_LINES = 20 };

/* Whether one more line may be written now. *n_lost: how many were not, since the last one. */
bool log_limit_take(struct log_limit *limit, int64_t now_ms, uint64_t *n_lost);

#endif

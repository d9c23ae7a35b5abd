#include "base/log.h"

#include <errno.h>
#include <stdatomic.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

static atomic_int process_level = LOG_LEVEL_INFO;

void log_set_level(enum log_level level)
{
	atomic_store(&process_level, (int)level);
}

enum log_level log_get_level(void)
{
	return (enum log_level)atomic_load(&process_level);
}

const char *log_level_name(enum log_level level)
{
	switch (level) {
	case LOG_LEVEL_DEBUG: return "debug";
	case LOG_LEVEL_INFO: return "info";
	case LOG_LEVEL_WARN: return "warn";
	case LOG_LEVEL_ERROR: return "error";
	case LOG_LEVEL_FATAL: return "fatal";
	}
	return "unknown";
}

struct log_field log_text(const char *key, const char *value)
{
	return log_bytes(key, value, value == NULL ? 0 : strlen(value));
}

struct log_field log_bytes(const char *key, const void *data, size_t len)
{
	return (struct log_field) { .key = key, .type = LOG_FIELD_TEXT, .text = data, .len = len };
}

struct log_field log_int(const char *key, int64_t value)
{
	return (struct log_field) { .key = key, .type = LOG_FIELD_INT, .integer = value };
}

struct log_field log_uint(const char *key, uint64_t value)
{
	return (struct log_field) { .key = key, .type = LOG_FIELD_UINT, .natural = value };
}

struct log_field log_err(int err)
{
	return log_text("error", pp_strerror(err));
}

/* A line in the making. Room for the cut mark and the newline is kept free until the end. */
struct line {
	char *at;
	char *end;
	bool cut;
};

static void line_put(struct line *line, const char *text, size_t len)
{
	if (line->cut || (size_t)(line->end - line->at) < len) {
		line->cut = true;
		return;
	}
	if (len == 0)
		return;
	memcpy(line->at, text, len);
	line->at += len;
}

static void line_put_text(struct line *line, const char *text)
{
	line_put(line, text, strlen(text));
}

static void line_put_uint(struct line *line, uint64_t value, int n_digits_min)
{
	char digits[20];
	size_t at = sizeof(digits);

	do {
		digits[--at] = (char)('0' + value % 10);
		value /= 10;
		n_digits_min--;
	} while (value > 0 || n_digits_min > 0);
	line_put(line, digits + at, sizeof(digits) - at);
}

static void line_put_int(struct line *line, int64_t value)
{
	if (value < 0)
		line_put(line, "-", 1);
	line_put_uint(line, value < 0 ? -(uint64_t)value : (uint64_t)value, 1);
}

static bool is_plain(uint8_t byte)
{
	return byte > ' ' && byte < 0x7f && byte != '"' && byte != '=' && byte != '\\';
}

static void line_put_escaped(struct line *line, uint8_t byte)
{
	static const char hex[] = "0123456789abcdef";

	if (byte == '"' || byte == '\\') {
		line_put(line, (const char[]) { '\\', (char)byte }, 2);
	} else if (byte == '\n') {
		line_put(line, "\\n", 2);
	} else if (byte == '\t') {
		line_put(line, "\\t", 2);
	} else if (byte < ' ' || byte == 0x7f) {
		line_put(line, (const char[]) { '\\', 'x', hex[byte >> 4], hex[byte & 15] }, 4);
	} else {
		line_put(line, (const char *)&byte, 1);
	}
}

static void line_put_value(struct line *line, const char *text, size_t len)
{
	bool quoted = len == 0;

	for (size_t i = 0; i < len && !quoted; i++)
		quoted = !is_plain((uint8_t)text[i]);
	if (!quoted) {
		line_put(line, text, len);
		return;
	}
	line_put(line, "\"", 1);
	for (size_t i = 0; i < len; i++)
		line_put_escaped(line, (uint8_t)text[i]);
	line_put(line, "\"", 1);
}

static void line_put_time(struct line *line, int64_t at_ms)
{
	time_t seconds = (time_t)(at_ms / 1000);
	struct tm tm = { 0 };
	char text[32];

	gmtime_r(&seconds, &tm);
	line_put(line, text, strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S.", &tm));
	line_put_uint(line, (uint64_t)(at_ms % 1000), 3);
	line_put(line, "Z", 1);
}

static void line_put_field(struct line *line, const struct log_field *field)
{
	line_put(line, " ", 1);
	line_put_text(line, field->key);
	line_put(line, "=", 1);
	switch (field->type) {
	case LOG_FIELD_TEXT: line_put_value(line, field->text, field->len); break;
	case LOG_FIELD_INT: line_put_int(line, field->integer); break;
	case LOG_FIELD_UINT: line_put_uint(line, field->natural, 1); break;
	}
}

size_t log_format(char *out, size_t size, int64_t at_ms, enum log_level level, const char *msg,
	const struct log_field *fields, size_t n_fields)
{
	static const char mark[] = "...\n";
	ASSERT(size >= 128 && at_ms >= 0);
	struct line line = { .at = out, .end = out + size - (sizeof(mark) - 1) };

	line_put_text(&line, "ts=");
	line_put_time(&line, at_ms);
	line_put_text(&line, " level=");
	line_put_text(&line, log_level_name(level));
	line_put_text(&line, " msg=");
	line_put_value(&line, msg, strlen(msg));
	for (size_t i = 0; i < n_fields; i++)
		line_put_field(&line, &fields[i]);
	const char *tail = line.cut ? mark : mark + 3;
	size_t len = strlen(tail);
	memcpy(line.at, tail, len);
	return (size_t)(line.at - out) + len;
}

void log_write(
	enum log_level level, const char *msg, const struct log_field *fields, size_t n_fields)
{
	char line[LOG_LINE_BYTES_MAX];
	struct timespec now;

	if ((int)level < atomic_load(&process_level))
		return;
	clock_gettime(CLOCK_REALTIME, &now);
	int64_t at_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	size_t len =
		log_format(line, sizeof(line), at_ms < 0 ? 0 : at_ms, level, msg, fields, n_fields);
	int saved_errno = errno;
	ssize_t n;
	do {
		n = write(STDERR_FILENO, line, len);
	} while (n < 0 && errno == EINTR);
	errno = saved_errno;
}

bool log_limit_take(struct log_limit *limit, int64_t now_ms, uint64_t *n_lost)
{
	if (now_ms - limit->window_at_ms >= LOG_LIMIT_WINDOW_MS || now_ms < limit->window_at_ms) {
		limit->window_at_ms = now_ms;
		limit->n = 0;
	}
	if (limit->n >= LOG_LIMIT_LINES) {
		limit->n_lost++;
		return false;
	}
	limit->n++;
	*n_lost = limit->n_lost;
	limit->n_lost = 0;
	return true;
}

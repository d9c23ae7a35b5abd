/* Lines of the log: their form, and what foreign text cannot do to them. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <string.h>

#include "base/log.h"

static const int64_t AT = INT64_C(1795504155123);

static void expect(const char *text, enum log_level level, const char *msg,
	const struct log_field *fields, size_t n)
{
	char line[LOG_LINE_BYTES_MAX];
	size_t len = log_format(line, sizeof(line), AT, level, msg, fields, n);

	cr_assert_eq(line[len - 1], '\n');
	line[len - 1] = '\0';
	cr_assert_str_eq(line, text);
}

Test(log, writes_logfmt_with_utc_milliseconds)
{
	expect("ts=2026-11-24T07:09:15.123Z level=info msg=listening address=127.0.0.1 port=7337 "
	       "offset=-5",
		LOG_LEVEL_INFO, "listening",
		LOG_FIELDS(log_text("address", "127.0.0.1"), log_uint("port", 7337),
			log_int("offset", -5)),
		3);
	expect("ts=2026-11-24T07:09:15.123Z level=fatal msg=\"it is over\" "
	       "error=\"disk or map full\"",
		LOG_LEVEL_FATAL, "it is over", LOG_FIELDS(log_err(PP_ERR_STORAGE_FULL)), 1);
}

Test(log, quotes_and_escapes_what_would_break_a_line)
{
	const struct {
		const char *value;
		size_t len;
		const char *written;
	} rows[] = {
		{ "plain", 5, "plain" },
		{ "", 0, "\"\"" },
		{ NULL, 0, "\"\"" },
		{ "two words", 9, "\"two words\"" },
		{ "a=b", 3, "\"a=b\"" },
		{ "say \"x\"", 7, "\"say \\\"x\\\"\"" },
		{ "back\\slash", 10, "\"back\\\\slash\"" },
		{ "new\nline", 8, "\"new\\nline\"" },
		{ "level=fatal\n", 12, "\"level=fatal\\n\"" },
		{ "\x1b[31m", 5, "\"\\x1b[31m\"" },
		{ "nul\0byte", 8, "\"nul\\x00byte\"" },
		{ "caf\xc3\xa9", 5, "\"caf\xc3\xa9\"" },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		char text[200];
		snprintf(text, sizeof(text), "ts=2026-11-24T07:09:15.123Z level=warn msg=m k=%s",
			rows[i].written);
		expect(text, LOG_LEVEL_WARN, "m",
			LOG_FIELDS(log_bytes("k", rows[i].value, rows[i].len)), 1);
	}
}

Test(log, cuts_a_line_that_is_too_long)
{
	char value[2 * LOG_LINE_BYTES_MAX];
	char line[LOG_LINE_BYTES_MAX];

	memset(value, 'x', sizeof(value));
	size_t len = log_format(line, sizeof(line), AT, LOG_LEVEL_INFO, "m",
		LOG_FIELDS(log_text("before", "it"), log_bytes("k", value, sizeof(value)),
			log_text("after", "it")),
		3);
	cr_assert_leq(len, sizeof(line));
	cr_assert_eq(memcmp(line + len - 4, "...\n", 4), 0);
	cr_assert_null(memmem(line, len, "after", 5));
	cr_assert_not_null(memmem(line, len, "before=it", 9));
}

Test(log, limits_lines_and_tells_how_many_were_lost)
{
	struct log_limit limit = { 0 };
	uint64_t n_lost = 0;

	for (int i = 0; i < LOG_LIMIT_LINES; i++)
		cr_assert(log_limit_take(&limit, 1000000 + i, &n_lost));
	for (int i = 0; i < 7; i++)
		cr_assert_not(log_limit_take(&limit, 1000100, &n_lost));
	cr_assert_eq(n_lost, 0);
	cr_assert(log_limit_take(&limit, 1000000 + LOG_LIMIT_WINDOW_MS, &n_lost));
	cr_assert_eq(n_lost, 7);
	cr_assert(log_limit_take(&limit, 1000001 + LOG_LIMIT_WINDOW_MS, &n_lost));
	cr_assert_eq(n_lost, 0);
}

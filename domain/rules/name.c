#include "domain/rules/name.h"

#include <sodium.h>
#include <string.h>
#include <utf8proc.h>

enum {
	/* Composing shrinks a text at most to a third of its bytes (three jamo to one syllable). */
	RAW_BYTES_MAX = 3 * PP_NAME_BYTES_MAX,
	/* No code point has more than four in its decomposition or three in its folded form. */
	CODE_POINTS_MAX = 4 * RAW_BYTES_MAX,
};

static bool is_white_space(int32_t code_point)
{
	if ((code_point >= 0x09 && code_point <= 0x0d) || code_point == 0x85)
		return true;
	switch (utf8proc_category(code_point)) {
	case UTF8PROC_CATEGORY_ZS:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return true;
	default: return false;
	}
}

static bool is_bidi_control(int32_t code_point)
{
	return code_point == 0x061c || code_point == 0x200e || code_point == 0x200f ||
	       (code_point >= 0x202a && code_point <= 0x202e) ||
	       (code_point >= 0x2066 && code_point <= 0x2069);
}

static enum name_fault code_point_fault(int32_t code_point)
{
	const utf8proc_property_t *property = utf8proc_get_property(code_point);

	if (is_bidi_control(code_point))
		return NAME_BIDI_CONTROL;
	if (property->ignorable)
		return NAME_INVISIBLE;
	switch (property->category) {
	case UTF8PROC_CATEGORY_CC:
	case UTF8PROC_CATEGORY_ZL:
	case UTF8PROC_CATEGORY_ZP: return NAME_CONTROL;
	case UTF8PROC_CATEGORY_CS:
	case UTF8PROC_CATEGORY_CN: return NAME_UNASSIGNED;
	default: return NAME_OK;
	}
}

/* The text without white space around it. False when it is not UTF-8. */
static bool trim(const char *text, struct span *out)
{
	const uint8_t *bytes = (const uint8_t *)text;
	size_t len = strlen(text);
	size_t start = len; /* of the first that is not white space */
	size_t end = len;   /* after the last */
	bool begun = false;

	for (size_t at = 0; at < len;) {
		utf8proc_int32_t code_point;
		utf8proc_ssize_t n =
			utf8proc_iterate(bytes + at, (utf8proc_ssize_t)(len - at), &code_point);
		if (n <= 0)
			return false;
		if (!is_white_space(code_point)) {
			if (!begun)
				start = at;
			begun = true;
			end = at + (size_t)n;
		}
		at += (size_t)n;
	}
	*out = (struct span) { .data = bytes + start, .len = end - start };
	return true;
}

/* Normalised (and folded) UTF-8, in place; its length, or 0 when it did not fit. */
static size_t normalise(
	struct span text, utf8proc_option_t options, int32_t buffer[CODE_POINTS_MAX + 1])
{
	options |= UTF8PROC_STABLE | UTF8PROC_COMPOSE;
	utf8proc_ssize_t n = utf8proc_decompose(
		text.data, (utf8proc_ssize_t)text.len, buffer, CODE_POINTS_MAX, options);
	if (n <= 0 || n > CODE_POINTS_MAX)
		return 0;
	n = utf8proc_reencode(buffer, n, options);
	return n <= 0 ? 0 : (size_t)n;
}

static enum name_fault check(const char *text, size_t len, uint32_t *code_point)
{
	for (size_t at = 0; at < len;) {
		utf8proc_int32_t found;
		utf8proc_ssize_t n = utf8proc_iterate(
			(const uint8_t *)text + at, (utf8proc_ssize_t)(len - at), &found);
		ASSERT(n > 0);
		enum name_fault fault = code_point_fault(found);
		if (fault != NAME_OK) {
			*code_point = (uint32_t)found;
			return fault;
		}
		at += (size_t)n;
	}
	return NAME_OK;
}

enum name_fault name_parse(const char *text, struct name *out, uint32_t *code_point)
{
	int32_t buffer[CODE_POINTS_MAX + 1];
	struct span trimmed;
	struct name name;

	*code_point = 0;
	if (!trim(text, &trimmed))
		return NAME_NOT_UTF8;
	if (trimmed.len == 0)
		return NAME_EMPTY;
	if (trimmed.len > RAW_BYTES_MAX)
		return NAME_TOO_LONG;
	enum name_fault fault = check((const char *)trimmed.data, trimmed.len, code_point);
	if (fault != NAME_OK)
		return fault;
	size_t len = normalise(trimmed, 0, buffer);
	if (len == 0 || len > PP_NAME_BYTES_MAX)
		return NAME_TOO_LONG;
	memcpy(name.text, buffer, len);
	name.text[len] = '\0';
	struct span composed = { .data = (const uint8_t *)name.text, .len = len };
	size_t folded_len = normalise(composed, UTF8PROC_CASEFOLD, buffer);
	ASSERT(folded_len > 0);
	name_hash_bytes(buffer, folded_len, &name.hash);
	*out = name;
	return NAME_OK;
}

bool name_hash(const char *stored, struct name_hash *out)
{
	struct name name;
	uint32_t code_point;

	if (name_parse(stored, &name, &code_point) != NAME_OK || strcmp(name.text, stored) != 0)
		return false;
	*out = name.hash;
	return true;
}

const char *name_fault_text(enum name_fault fault)
{
	switch (fault) {
	case NAME_EMPTY: return "it is empty; a name has 1 to 120 bytes";
	case NAME_TOO_LONG: return "it is longer than 120 bytes";
	case NAME_NOT_UTF8: return "it is not valid UTF-8";
	case NAME_CONTROL: return "it holds a control character or a line break";
	case NAME_BIDI_CONTROL: return "it holds a character that changes the writing direction";
	case NAME_INVISIBLE: return "it holds an invisible character";
	case NAME_UNASSIGNED: return "it holds a code point that is no character";
	default: return "it is allowed";
	}
}

void name_hash_bytes(const void *bytes, size_t len, struct name_hash *out)
{
	int failed = crypto_generichash(
		out->bytes, sizeof(out->bytes), bytes, (unsigned long long)len, NULL, 0);

	ASSERT(failed == 0);
}

const char *name_unicode_version(void)
{
	return utf8proc_unicode_version();
}

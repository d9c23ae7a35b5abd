/* What a typed value means, and how a command is written down again. */
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/args.h"

#include <peakpeeps/client.h>

/* The place of `text` in "a|b|c", from 1; 0 when it is none of them. */
static int64_t place_of(const char *words, const char *text)
{
	size_t len = strlen(text);
	int64_t place = 1;

	for (;; place++) {
		size_t word = strcspn(words, "|");

		if (word == len && strncmp(words, text, len) == 0)
			return place;
		if (words[word] == '\0')
			return 0;
		words += word + 1;
	}
}

static bool parse_time(const struct arg_spec *spec, const char *text, struct arg_value *out)
{
	struct value_time time = { 0 };

	if ((spec->words == NULL || strcmp(text, spec->words) != 0) &&
		!value_parse_time(text, &time))
		return false;
	out->number = time.ms;
	out->relative = time.relative;
	return true;
}

static bool parse_duration(const struct arg_spec *spec, const char *text, struct arg_value *out)
{
	if (spec->words == NULL || strcmp(text, spec->words) != 0)
		return value_parse_duration(text, &out->number);
	out->number = 0;
	return true;
}

/* An id, or BUSINESS/NAME. */
static bool parse_coupon(const char *text, struct arg_value *out)
{
	const char *slash = strchr(text, '/');
	char business[24];

	if (slash == NULL)
		return value_parse_number(text, 1, PP_COINS_MAX, &out->number);
	if (slash[1] == '\0' || (size_t)(slash - text) >= sizeof(business))
		return false;
	memcpy(business, text, (size_t)(slash - text));
	business[slash - text] = '\0';
	out->coupon_name = slash + 1;
	return value_parse_number(business, 1, PP_COINS_MAX, &out->number);
}

static bool parse_text(const struct arg_spec *spec, const char *text, struct arg_value *out)
{
	switch (spec->type) {
	case ARG_FLAG:
	case ARG_ANY_TEXT: return true;
	case ARG_TEXT: return text[0] != '\0';
	case ARG_ID: return value_parse_number(text, 1, PP_COINS_MAX, &out->number);
	case ARG_ID_OR_0:
	case ARG_COINS: return value_parse_number(text, 0, PP_COINS_MAX, &out->number);
	case ARG_COUNT: return value_parse_number(text, 0, UINT32_MAX, &out->number);
	case ARG_DURATION: return parse_duration(spec, text, out);
	case ARG_TIME: return parse_time(spec, text, out);
	case ARG_PERCENT: return value_parse_percent(text, &out->number);
	case ARG_UUID: return pp_uuid_parse(text, &out->uuid);
	case ARG_COUPON: return parse_coupon(text, out);
	case ARG_CHOICE: out->number = place_of(spec->words, text); return out->number != 0;
	}
	return false;
}

/* What a value of this type looks like. */
static void describe(const struct arg_spec *spec, struct problem *problem)
{
	static const char *const looks[] = {
		[ARG_FLAG] = "it takes no value",
		[ARG_TEXT] = "it must not be empty",
		[ARG_ANY_TEXT] = "",
		[ARG_ID] = "it is a number from 1 to 9007199254740991",
		[ARG_ID_OR_0] = "it is a user's id, or 0 for the operator",
		[ARG_COUNT] = "it is a whole number from 0 to 4294967295",
		[ARG_COINS] = "it is a whole number from 0 to 9007199254740991",
		[ARG_DURATION] = "it is a number with a unit, as in 90s, 10m, 24h, 30d or 1h30m",
		[ARG_TIME] = "it is like 2026-12-01T09:00:00Z, 2026-12-01, +2d or now",
		[ARG_PERCENT] = "it is like 2.5% or 250bp, with at most two decimals, up to 100%",
		[ARG_UUID] = "it is a UUID of 36 characters, as an earlier answer or error showed",
		[ARG_COUPON] =
			"it is a coupon's id, or BUSINESS/NAME with a business's id before the /",
		[ARG_CHOICE] = "",
	};

	if (spec->type == ARG_CHOICE)
		PROBLEM_LIKELY(problem, "it is one of %s", spec->words);
	else if (spec->words != NULL)
		PROBLEM_LIKELY(problem, "%s, or the word %s", looks[spec->type], spec->words);
	else
		PROBLEM_LIKELY(problem, "%s%s", looks[spec->type],
			spec->type == ARG_ID && spec->value == NULL
				? "; names are not looked up here"
				: "");
}

int args_parse_value(const struct arg_spec *spec, const char *text, struct arg_value *out,
	struct problem *problem)
{
	memset(out, 0, sizeof(*out));
	out->spec = spec;
	out->text = text;
	if (parse_text(spec, text, out))
		return 0;
	PROBLEM_WHAT(problem, "\"%s\" cannot be %s%s", text, spec->value == NULL ? "" : "--",
		spec->name);
	describe(spec, problem);
	return PP_ERR_INVALID;
}

int args_settle(struct args *args, int64_t now_ms)
{
	size_t i;

	for (i = 0; i < args->n_values; i++) {
		struct arg_value *value = &args->values[i];
		char text[VALUE_TEXT_BYTES];

		if (!value->relative)
			continue;
		if (!checked_add(value->number, now_ms, &value->number))
			return PP_ERR_TOO_BIG;
		value->relative = false;
		value_format_time(value->number, text);
		free(value->meaning);
		value->meaning = strdup(text);
		if (value->meaning == NULL)
			return PP_ERR_NO_MEMORY;
	}
	return 0;
}

int args_replace(struct args *args, const char *name, const char *text)
{
	size_t i;

	for (i = 0; i < args->n_values; i++) {
		char *copy;

		if (strcmp(args->values[i].spec->name, name) != 0)
			continue;
		copy = strdup(text);
		if (copy == NULL)
			return PP_ERR_NO_MEMORY;
		free(args->values[i].meaning);
		args->values[i].meaning = copy;
	}
	return 0;
}

/* A word for a POSIX shell. */
static void print_word(const char *word, FILE *out)
{
	static const char plain[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
				    "0123456789@%+=:,./_-";

	if (word[0] != '\0' && strspn(word, plain) == strlen(word)) {
		(void)fputs(word, out);
		return;
	}
	(void)fputc('\'', out);
	for (; *word != '\0'; word++) {
		if (*word == '\'')
			(void)fputs("'\\''", out);
		else
			(void)fputc(*word, out);
	}
	(void)fputc('\'', out);
}

static void print_option(const char *name, const char *text, FILE *out)
{
	(void)fprintf(out, " --%s", name);
	if (text == NULL || text[0] == '\0')
		return;
	/* A value that looks like an option stays a value. */
	(void)fputc(strncmp(text, "--", 2) == 0 ? '=' : ' ', out);
	print_word(text, out);
}

static const struct arg_change *find_change(
	const struct arg_change *changes, size_t n_changes, const char *name)
{
	size_t i;

	for (i = 0; i < n_changes; i++) {
		if (strcmp(changes[i].name, name) == 0)
			return &changes[i];
	}
	return NULL;
}

static bool is_argument(const struct args *args, const struct arg_spec *spec)
{
	return spec >= args->command->arguments &&
	       spec < args->command->arguments + ARRAY_LEN(args->command->arguments);
}

enum place {
	BEFORE_COMMAND, /* hidden options */
	ARGUMENTS,
	OPTIONS,
};

static enum place place_on_line(const struct args *args, const struct arg_value *value)
{
	if (args_is_hidden(args, value))
		return BEFORE_COMMAND;
	return is_argument(args, value->spec) ? ARGUMENTS : OPTIONS;
}

/* What stands in one place, as it was given, with the changes. */
static void print_values(const struct args *args, enum place place,
	const struct arg_change *changes, size_t n_changes, FILE *out)
{
	size_t i;

	for (i = 0; i < args->n_values; i++) {
		const struct arg_value *value = &args->values[i];
		const struct arg_change *change =
			find_change(changes, n_changes, value->spec->name);
		const char *text = value->meaning != NULL ? value->meaning : value->text;

		if (place_on_line(args, value) != place || value->from_environment)
			continue;
		if (change != NULL && change->text == NULL)
			continue;
		if (change != NULL)
			text = change->text;
		if (place == ARGUMENTS) {
			(void)fputc(' ', out);
			print_word(text, out);
		} else {
			print_option(value->spec->name, text, out);
		}
	}
}

void args_print_command(
	const struct args *args, const struct arg_change *changes, size_t n_changes, FILE *out)
{
	const struct command *command = args->command;
	size_t i;

	(void)fputs("peakpeeps", out);
	print_values(args, BEFORE_COMMAND, NULL, 0, out);
	(void)fprintf(out, " %s", command->noun);
	if (command->verb != NULL)
		(void)fprintf(out, " %s", command->verb);
	print_values(args, ARGUMENTS, changes, n_changes, out);
	print_values(args, OPTIONS, changes, n_changes, out);
	for (i = 0; i < n_changes; i++) {
		if (changes[i].text != NULL && args_find(args, changes[i].name) == NULL)
			print_option(changes[i].name, changes[i].text, out);
	}
}

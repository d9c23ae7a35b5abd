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

/* An id of at least `min`, or a name of `len` bytes; "name:" before it makes it one. */
static bool parse_named(const char *text, size_t len, int64_t min, struct arg_value *out)
{
	static const char prefix[] = "name:";
	bool is_name = len > strlen(prefix) && strncmp(text, prefix, strlen(prefix)) == 0;
	char *copy;

	if (is_name) {
		text += strlen(prefix);
		len -= strlen(prefix);
	}
	if (len == 0)
		return false;
	copy = strndup(text, len);
	if (copy == NULL)
		return false;
	if (!is_name && strspn(copy, "0123456789") == len) {
		bool parsed = value_parse_number(copy, min, PP_COINS_MAX, &out->number);
		free(copy);
		return parsed;
	}
	out->name = copy;
	return true;
}

/* An id, or BUSINESS/NAME. */
static bool parse_coupon(const char *text, struct arg_value *out)
{
	const char *slash = strchr(text, '/');

	if (slash == NULL)
		return value_parse_number(text, 1, PP_COINS_MAX, &out->number);
	if (slash[1] == '\0')
		return false;
	out->coupon_name = slash + 1;
	return parse_named(text, (size_t)(slash - text), 1, out);
}

/* Of COUNT and COINS. */
static int64_t max_of(const struct arg_spec *spec)
{
	if (spec->max != 0)
		return spec->max;
	return spec->type == ARG_COUNT ? UINT32_MAX : PP_COINS_MAX;
}

static bool parse_text(const struct arg_spec *spec, const char *text, struct arg_value *out)
{
	switch (spec->type) {
	case ARG_FLAG:
	case ARG_ANY_TEXT: return true;
	case ARG_TEXT: return text[0] != '\0';
	case ARG_ID: return value_parse_number(text, 1, PP_COINS_MAX, &out->number);
	case ARG_USER:
	case ARG_BUSINESS: return parse_named(text, strlen(text), 1, out);
	case ARG_USER_OR_0: return parse_named(text, strlen(text), 0, out);
	case ARG_COINS:
	case ARG_COUNT: return value_parse_number(text, spec->min, max_of(spec), &out->number);
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
		[ARG_USER] = "it is a user's id or name; name:42 for a name of digits only",
		[ARG_USER_OR_0] = "it is a user's id or name, or 0 for the operator",
		[ARG_BUSINESS] = "it is a business's id or name; name:42 for a name of digits only",
		[ARG_COUNT] = "",
		[ARG_COINS] = "",
		[ARG_DURATION] = "it is a number with a unit, as in 90s, 10m, 24h, 30d or 1h30m",
		[ARG_TIME] = "it is like 2026-12-01T09:00:00Z, 2026-12-01, +2d or now",
		[ARG_PERCENT] = "it is like 2.5% or 250bp, with at most two decimals, up to 100%",
		[ARG_UUID] = "it is a UUID of 36 characters, as an earlier answer or error showed",
		[ARG_COUPON] =
			"it is a coupon's id, or BUSINESS/NAME with the business's id or name",
		[ARG_CHOICE] = "",
	};

	if (spec->type == ARG_CHOICE)
		PROBLEM_LIKELY(problem, "it is one of %s", spec->words);
	else if (spec->type == ARG_COUNT || spec->type == ARG_COINS)
		PROBLEM_LIKELY(problem, "it is a whole number from %" PRId64 " to %" PRId64,
			spec->min, max_of(spec));
	else if (spec->words != NULL)
		PROBLEM_LIKELY(problem, "%s, or the word %s", looks[spec->type], spec->words);
	else
		PROBLEM_LIKELY(problem, "%s", looks[spec->type]);
}

int args_parse_value(const struct arg_spec *spec, const char *text, struct arg_value *out,
	struct problem *problem)
{
	memset(out, 0, sizeof(*out));
	out->spec = spec;
	out->text = text;
	if (parse_text(spec, text, out))
		return 0;
	args_free_value(out);
	PROBLEM_WHAT(problem, "\"%s\" cannot be %s%s", text, spec->value == NULL ? "" : "--",
		spec->name);
	describe(spec, problem);
	return PP_ERR_INVALID;
}

int args_set_meaning(struct arg_value *value, const char *text)
{
	char *copy = strdup(text);

	if (copy == NULL)
		return PP_ERR_NO_MEMORY;
	free(value->meaning);
	value->meaning = copy;
	return 0;
}

void args_free_value(struct arg_value *value)
{
	free(value->meaning);
	free(value->name);
	value->meaning = NULL;
	value->name = NULL;
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
		int err = args_set_meaning(value, text);
		if (err != 0)
			return err;
	}
	return 0;
}

void args_print_word(const char *word, FILE *out)
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

/* A flag has no text. */
static void print_option(const char *name, const char *text, FILE *out)
{
	(void)fprintf(out, " --%s", name);
	if (text == NULL)
		return;
	/* A value that looks like an option stays a value. */
	(void)fputc(strncmp(text, "--", 2) == 0 ? '=' : ' ', out);
	args_print_word(text, out);
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
			args_print_word(text, out);
		} else {
			print_option(value->spec->name, value->spec->type == ARG_FLAG ? NULL : text,
				out);
		}
	}
}

/* Whether an argument would be taken for an option. */
static bool needs_dashes(const struct args *args)
{
	for (size_t i = 0; i < args->n_values; i++) {
		const struct arg_value *value = &args->values[i];
		const char *text = value->meaning != NULL ? value->meaning : value->text;

		if (is_argument(args, value->spec) && text[0] == '-' && text[1] != '\0')
			return true;
	}
	return false;
}

/* What came from the environment is not on the line yet. */
static bool was_typed(const struct args *args, const char *name)
{
	const struct arg_value *value = args_find(args, name);

	return value != NULL && !value->from_environment;
}

void args_print_command(
	const struct args *args, const struct arg_change *changes, size_t n_changes, FILE *out)
{
	const struct command *command = args->command;
	bool dashes = needs_dashes(args);
	size_t i;

	(void)fputs("peakpeeps", out);
	print_values(args, BEFORE_COMMAND, NULL, 0, out);
	(void)fprintf(out, " %s", command->noun);
	if (command->verb != NULL)
		(void)fprintf(out, " %s", command->verb);
	if (!dashes)
		print_values(args, ARGUMENTS, changes, n_changes, out);
	print_values(args, OPTIONS, changes, n_changes, out);
	for (i = 0; i < n_changes; i++) {
		const char *text = changes[i].text;

		if (text != NULL && !was_typed(args, changes[i].name))
			print_option(changes[i].name, text[0] == '\0' ? NULL : text, out);
	}
	if (dashes) {
		(void)fputs(" --", out);
		print_values(args, ARGUMENTS, changes, n_changes, out);
	}
}

FILE *problem_open(struct problem *problem)
{
	return fmemopen(problem->next, sizeof(problem->next), "w");
}

void problem_close(FILE *stream, struct problem *problem)
{
	bool failed = fflush(stream) != 0 || ferror(stream) != 0;

	(void)fclose(stream);
	if (failed)
		problem->next[0] = '\0';
}

void problem_command(struct problem *problem, const struct args *args,
	const struct arg_change *changes, size_t n_changes)
{
	FILE *stream = problem_open(problem);

	if (stream == NULL)
		return;
	args_print_command(args, changes, n_changes, stream);
	problem_close(stream, problem);
}

#include <inttypes.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include "client/cli/args.h"
#include "client/cli/suggest.h"

#include <peakpeeps/client.h>

void problem_set(char *part, size_t size, const char *format, ...)
{
	va_list list;

	va_start(list, format);
	(void)vsnprintf(part, size, format, list);
	va_end(list);
}

struct parser {
	const struct command *commands;
	const struct arg_spec *globals;
	struct args *args;
	struct problem *problem;
	size_t n_words; /* words seen after the command: its arguments */
	bool no_more_options;
};

static const struct arg_spec *find_spec(const struct arg_spec *specs, const char *name, size_t len)
{
	for (; specs != NULL && specs->name != NULL; specs++) {
		if (strncmp(specs->name, name, len) == 0 && specs->name[len] == '\0')
			return specs;
	}
	return NULL;
}

static const struct arg_spec *own_option(const struct args *args, const char *name, size_t len)
{
	return args->command == NULL ? NULL : find_spec(args->command->options, name, len);
}

static bool was_given(const struct args *args, const struct arg_spec *spec)
{
	size_t i;

	for (i = 0; i < args->n_values; i++) {
		if (args->values[i].spec == spec)
			return true;
	}
	return false;
}

static int add_value(struct parser *parser, const struct arg_spec *spec, const char *text)
{
	struct args *args = parser->args;
	struct problem *problem = parser->problem;
	struct arg_value *value = &args->values[args->n_values];
	int err;

	if (!spec->many && was_given(args, spec)) {
		PROBLEM_WHAT(problem, "--%s was given twice", spec->name);
		PROBLEM_LIKELY(problem, "only one of the two can be meant");
		return PP_ERR_INVALID;
	}
	if (args->n_values == ARGS_MAX) {
		PROBLEM_WHAT(problem, "more than %d arguments and options", ARGS_MAX);
		return PP_ERR_INVALID;
	}
	args->n_values++;
	err = args_parse_value(spec, text, value, problem);
	value->global = find_spec(parser->globals, spec->name, strlen(spec->name)) == spec;
	return err;
}

/* "--name", "--name=value", or "--name" with the value in *argument, which is taken then. */
static int take_option(struct parser *parser, const char *text, char *const **rest)
{
	const char *name = text + 2;
	size_t len = strcspn(name, "=");
	const char *value = name[len] == '=' ? name + len + 1 : NULL;
	const struct arg_spec *spec = own_option(parser->args, name, len);
	struct problem *problem = parser->problem;

	if (spec == NULL)
		spec = find_spec(parser->globals, name, len);
	if (spec == NULL) {
		suggest_option(parser->args, parser->globals, name, len, problem);
		return PP_ERR_INVALID;
	}
	if (spec->type == ARG_FLAG && value != NULL) {
		PROBLEM_WHAT(problem, "--%s takes no value", spec->name);
		PROBLEM_LIKELY(problem, "it is given, or left out");
		return PP_ERR_INVALID;
	}
	if (spec->type != ARG_FLAG && value == NULL) {
		value = **rest;
		if (value == NULL || strncmp(value, "--", 2) == 0) {
			PROBLEM_WHAT(problem, "--%s needs a value: --%s %s", spec->name, spec->name,
				spec->value);
			PROBLEM_LIKELY(problem, "%s", spec->help);
			return PP_ERR_INVALID;
		}
		(*rest)++;
	}
	return add_value(parser, spec, value);
}

static bool noun_exists(const struct command *commands, const char *noun)
{
	for (; commands->noun != NULL; commands++) {
		if (strcmp(commands->noun, noun) == 0)
			return true;
	}
	return false;
}

static const struct command *find_command(
	const struct command *commands, const char *noun, const char *verb)
{
	for (; commands->noun != NULL; commands++) {
		if (strcmp(commands->noun, noun) != 0)
			continue;
		if (commands->verb == NULL || (verb != NULL && strcmp(commands->verb, verb) == 0))
			return commands;
	}
	return NULL;
}

/* A word before the command is known: its noun, its verb, or "help". */
static int take_command_word(struct parser *parser, const char *word)
{
	const struct arg_spec *help = find_spec(parser->globals, "help", strlen("help"));
	struct args *args = parser->args;

	if (args->noun == NULL && strcmp(word, "help") == 0 && help != NULL)
		return was_given(args, help) ? 0 : add_value(parser, help, NULL);
	if (args->noun == NULL) {
		if (!noun_exists(parser->commands, word)) {
			suggest_noun(parser->commands, word, parser->problem);
			return PP_ERR_INVALID;
		}
		args->noun = word;
		args->command = find_command(parser->commands, word, NULL);
		return 0;
	}
	args->command = find_command(parser->commands, args->noun, word);
	if (args->command == NULL) {
		suggest_verb(parser->commands, args->noun, word, parser->problem);
		return PP_ERR_INVALID;
	}
	return 0;
}

static int take_word(struct parser *parser, const char *word)
{
	const struct command *command = parser->args->command;
	const struct arg_spec *spec;

	if (command == NULL)
		return take_command_word(parser, word);
	spec = &command->arguments[parser->n_words];
	if (spec->name == NULL) {
		PROBLEM_WHAT(parser->problem, "\"%s\" is one argument too many", word);
		PROBLEM_LIKELY(parser->problem, "a name of several words needs quotes around it");
		return PP_ERR_INVALID;
	}
	parser->n_words++;
	return add_value(parser, spec, word);
}

static int take_one(struct parser *parser, const char *text, char *const **rest)
{
	const struct arg_spec *help = find_spec(parser->globals, "help", strlen("help"));

	if (parser->no_more_options || text[0] != '-' || text[1] == '\0')
		return take_word(parser, text);
	if (strcmp(text, "--") == 0) {
		parser->no_more_options = true;
		return 0;
	}
	if (strcmp(text, "-h") == 0 && help != NULL)
		return add_value(parser, help, NULL);
	if (text[1] == '-')
		return take_option(parser, text, rest);
	PROBLEM_WHAT(parser->problem, "unknown option \"%s\"", text);
	PROBLEM_LIKELY(parser->problem, "options are whole words here, as in --as 7 or --json");
	return PP_ERR_INVALID;
}

/* The same words, without what was typed, for the third part of a problem. */
void args_point_to_help(const struct args *args, struct problem *problem)
{
	const struct command *command = args->command;

	if (problem->next[0] != '\0')
		return;
	if (command != NULL && command->verb != NULL)
		PROBLEM_NEXT(problem, "peakpeeps %s %s --help", command->noun, command->verb);
	else if (args->noun != NULL)
		PROBLEM_NEXT(problem, "peakpeeps %s --help", args->noun);
	else
		PROBLEM_NEXT(problem, "peakpeeps --help");
}

int args_parse(const struct command *commands, const struct arg_spec *globals, int argc,
	char *const *argv, struct args *out, struct problem *problem)
{
	struct parser parser = { commands, globals, out, problem, 0, false };
	char *const *rest = argv + (argc > 0);
	int err = 0;

	memset(out, 0, sizeof(*out));
	memset(problem, 0, sizeof(*problem));
	while (err == 0 && *rest != NULL) {
		const char *text = *rest++;

		err = take_one(&parser, text, &rest);
	}
	if (err != 0)
		args_point_to_help(out, problem);
	return err;
}

static int require(const struct args *args, const struct arg_spec *spec, bool is_argument,
	struct problem *problem)
{
	bool needed = is_argument ? !spec->optional : spec->required;

	if (!needed || args_find(args, spec->name) != NULL)
		return 0;
	if (is_argument)
		PROBLEM_WHAT(problem, "%s is missing", spec->name);
	else
		PROBLEM_WHAT(problem, "--%s %s is missing", spec->name, spec->value);
	PROBLEM_LIKELY(problem, "it is required: %s", spec->help);
	return PP_ERR_INVALID;
}

static int require_all(const struct args *args, struct problem *problem)
{
	const struct arg_spec *spec;
	int err;

	for (spec = args->command->arguments; spec->name != NULL; spec++) {
		err = require(args, spec, true, problem);
		if (err != 0)
			return err;
	}
	for (spec = args->command->options; spec != NULL && spec->name != NULL; spec++) {
		err = require(args, spec, false, problem);
		if (err != 0)
			return err;
	}
	return 0;
}

int args_check(const struct args *args, struct problem *problem)
{
	int err = require_all(args, problem);

	if (err == 0 && args->command->check != NULL)
		err = args->command->check(args, problem);
	if (err != 0)
		args_point_to_help(args, problem);
	return err;
}

void args_free(struct args *args)
{
	size_t i;

	for (i = 0; i < args->n_values; i++)
		args_free_value(&args->values[i]);
	args->n_values = 0;
}

bool args_is_hidden(const struct args *args, const struct arg_value *value)
{
	const char *name = value->spec->name;

	return value->global && own_option(args, name, strlen(name)) != NULL;
}

const struct arg_value *args_find_global(const struct args *args, const char *name)
{
	size_t i;

	for (i = 0; i < args->n_values; i++) {
		if (args->values[i].global && strcmp(args->values[i].spec->name, name) == 0)
			return &args->values[i];
	}
	return NULL;
}

const struct arg_value *args_next(
	const struct args *args, const char *name, const struct arg_value *previous)
{
	size_t i = previous == NULL ? 0 : (size_t)(previous - args->values) + 1;

	for (; i < args->n_values; i++) {
		const struct arg_value *value = &args->values[i];

		if (strcmp(value->spec->name, name) == 0 && !args_is_hidden(args, value))
			return value;
	}
	return NULL;
}

const struct arg_value *args_find(const struct args *args, const char *name)
{
	return args_next(args, name, NULL);
}

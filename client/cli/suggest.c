#include <string.h>

#include "client/cli/suggest.h"

/* The word nearest to one that was typed, as long as it is near enough to have been meant. */
struct nearest {
	const char *word;
	const char *found;
	size_t distance;
};

static void nearest_init(struct nearest *nearest, const char *word)
{
	size_t len = strlen(word);

	nearest->word = word;
	nearest->found = NULL;
	nearest->distance = 1 + (len < 4 ? 1 : len < 8 ? 2 : 3);
}

static void nearest_try(struct nearest *nearest, const char *candidate)
{
	size_t distance = value_distance(nearest->word, candidate);
	size_t len = strlen(nearest->word);

	/* The beginning of a longer word is as good as one slip. */
	if (len >= 2 && strncmp(nearest->word, candidate, len) == 0)
		distance = 1;
	if (distance < nearest->distance) {
		nearest->distance = distance;
		nearest->found = candidate;
	}
}

/* People type the verb first, as in "create user", or forget the noun. */
static const struct command *command_with_verb(const struct command *commands, const char *verb)
{
	for (; commands->noun != NULL; commands++) {
		if (commands->verb != NULL && strcmp(commands->verb, verb) == 0)
			return commands;
	}
	return NULL;
}

void suggest_noun(const struct command *commands, const char *word, struct problem *problem)
{
	const struct command *verb = command_with_verb(commands, word);
	const struct command *command;
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (command = commands; command->noun != NULL; command++)
		nearest_try(&nearest, command->noun);
	PROBLEM_WHAT(problem, "there is no command \"%s\"", word);
	if (verb != NULL) {
		PROBLEM_LIKELY(problem, "the thing comes first, then what to do with it: \"%s %s\"",
			verb->noun, verb->verb);
		PROBLEM_NEXT(problem, "peakpeeps %s %s --help", verb->noun, verb->verb);
	} else if (nearest.found != NULL) {
		PROBLEM_LIKELY(problem, "did you mean \"%s\"?", nearest.found);
		PROBLEM_NEXT(problem, "peakpeeps %s --help", nearest.found);
	} else {
		PROBLEM_LIKELY(problem, "a command is a thing and what to do with it, as in "
					"\"coupon buy\"");
		PROBLEM_NEXT(problem, "peakpeeps --help");
	}
}

void suggest_verb(
	const struct command *commands, const char *noun, const char *word, struct problem *problem)
{
	const struct command *command;
	struct nearest nearest;

	nearest_init(&nearest, word);
	for (command = commands; command->noun != NULL; command++) {
		if (strcmp(command->noun, noun) == 0 && command->verb != NULL)
			nearest_try(&nearest, command->verb);
	}
	PROBLEM_WHAT(problem, "there is no command \"%s %s\"", noun, word);
	if (nearest.found != NULL) {
		PROBLEM_LIKELY(problem, "did you mean \"%s %s\"?", noun, nearest.found);
		PROBLEM_NEXT(problem, "peakpeeps %s %s --help", noun, nearest.found);
	} else {
		PROBLEM_LIKELY(problem, "see what can be done with a %s", noun);
		PROBLEM_NEXT(problem, "peakpeeps %s --help", noun);
	}
}

void suggest_option(const struct args *args, const struct arg_spec *globals, const char *name,
	size_t len, struct problem *problem)
{
	const struct command *command = args->command;
	const struct arg_spec *spec;
	struct nearest nearest;
	char word[VALUE_WORD_BYTES + 1] = "";

	if (len <= VALUE_WORD_BYTES)
		memcpy(word, name, len);
	word[len <= VALUE_WORD_BYTES ? len : 0] = '\0';
	nearest_init(&nearest, word);
	for (spec = command == NULL ? NULL : command->options; spec != NULL && spec->name != NULL;
		spec++)
		nearest_try(&nearest, spec->name);
	for (spec = globals; spec->name != NULL; spec++)
		nearest_try(&nearest, spec->name);
	PROBLEM_WHAT(problem, "unknown option \"--%.*s\"", (int)len, name);
	if (nearest.found != NULL)
		PROBLEM_LIKELY(problem, "did you mean --%s?", nearest.found);
	else if (command == NULL)
		PROBLEM_LIKELY(problem, "an option of a command comes after the command");
	else
		PROBLEM_LIKELY(problem, "it is misspelled, or belongs to another command");
}

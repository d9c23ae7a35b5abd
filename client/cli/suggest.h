/* What was probably meant, when a word on the command line is none that is known. */
#ifndef CLIENT_CLI_SUGGEST_H
#define CLIENT_CLI_SUGGEST_H

#include "client/cli/args.h"

/* Each fills all three parts of *problem for a word that is not there. */
void suggest_noun(const struct command *commands, const char *word, struct problem *problem);
void suggest_verb(const struct command *commands, const char *noun, const char *word,
	struct problem *problem);
/* `len` bytes of `name`, without its dashes. The command may not be known yet. */
void suggest_option(const struct args *args, const struct arg_spec *globals, const char *name,
	size_t len, struct problem *problem);

#endif

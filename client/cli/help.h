/* Help that teaches, made from the table of commands. */
#ifndef CLIENT_CLI_HELP_H
#define CLIENT_CLI_HELP_H

#include "client/cli/args.h"

/* Of the command, else of the noun, else of the whole program. An exit code. */
int help_print(const struct args *args, FILE *out);
int help_print_version(FILE *out);

#endif

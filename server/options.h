/* The command line of peakpeepsd. */
#ifndef SERVER_OPTIONS_H
#define SERVER_OPTIONS_H

#include "server/config.h"

enum options_action {
	OPTIONS_RUN,
	OPTIONS_CHECK_CONFIG,
	OPTIONS_PRINT_CONFIG,
	OPTIONS_PRINT_PAGE,
	OPTIONS_HELP,
	OPTIONS_VERSION,
};

/*
 * Fills `config`, which holds the defaults: first the file named by --config, then the options in
 * their order. Everything wrong is told in *errors, all of it at once: PP_ERR_INVALID.
 */
int options_parse(int argc, char *const argv[], struct config *config, enum options_action *action,
	struct config_errors *errors) MUST_CHECK;
void options_print_help(FILE *out);

#endif

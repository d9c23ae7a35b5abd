/* Commands of peakpeeps as a shell runs them on a server, and what they print. */
#ifndef TESTS_SHELL_H
#define TESTS_SHELL_H

#include "tests/integration/process.h"

/* What a command line printed. Overwritten by the next run. */
struct shell {
	struct process server;
	int code; /* the exit code; 128 and up: a signal */
	char *out;
	char *err;
};

/* Starts a server, and makes `peakpeeps` be found and talk to it. */
void shell_new(struct shell *shell);
void shell_free(struct shell *shell);
/* Runs a line under sh, with a '@' replaced by `round`. The exit code. */
int shell_run(struct shell *shell, const char *line, int round);
/*
 * The command after "next:" on stderr, with what follows on its own lines left out. Owned by the
 * caller; NULL: there is none.
 */
char *shell_next(const struct shell *shell);

#endif

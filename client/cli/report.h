/* Errors in three parts on stderr: what failed, the likely reason, the command to run next. */
#ifndef CLIENT_CLI_REPORT_H
#define CLIENT_CLI_REPORT_H

#include "client/cli/cli.h"

void report_problem(const struct problem *problem);
/* The next command after a write whose answer is lost here: the same, under the same id. */
void report_what_was_done(const struct cli *cli, struct problem *problem);

/* Each says what there is to say and returns the exit code that goes with it. */

/* No connection could be made. */
int report_no_connection(const struct cli *cli, int err);
/* A call ended without an answer. */
int report_no_answer(
	const struct cli *cli, const struct pp_request *request, int err, enum pp_outcome outcome);
/* The server said no. */
int report_refusal(const struct cli *cli, const struct pp_request *request,
	const struct pp_response *response);
/* An answer without the thing asked for: CLI_NO_CONNECTION. */
int report_empty(void);
/* Our own trouble: no memory, a full disk, a closed pipe. */
int report_not_printed(const char *what);

#endif

/* A version conflict for the person who has to decide: base, theirs and yours, field by field. */
#ifndef CLIENT_CLI_CONFLICT_H
#define CLIENT_CLI_CONFLICT_H

#include "client/cli/cli.h"

/* The likely reason, and the next command: on top of the current version, or merged into it. */
void conflict_explain(
	const struct cli *cli, const struct pp_version_conflict *conflict, struct problem *problem);
/* The table. False when it could not be printed. */
bool conflict_print(const struct pp_version_conflict *conflict, FILE *out) MUST_CHECK;

#endif

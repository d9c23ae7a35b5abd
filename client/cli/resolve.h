/* Names in place of ids: looked up at the server before a command is run. */
#ifndef CLIENT_CLI_RESOLVE_H
#define CLIENT_CLI_RESOLVE_H

#include "client/cli/cli.h"

/*
 * Every argument and option that names a user, a business or a coupon gets the id that the server
 * tells, which is printed, and stands in any command printed from then on. Names are looked up by
 * the operator: the acting user may be one of them. An exit code.
 */
int resolve_names(struct cli *cli) MUST_CHECK;

#endif

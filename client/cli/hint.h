/* What a refusal probably means, and which command to run next. */
#ifndef CLIENT_CLI_HINT_H
#define CLIENT_CLI_HINT_H

#include "client/cli/cli.h"

/* Fills the likely reason and the next command for a refusal; nothing for a reason unknown here. */
void hint_explain(const struct cli *cli, const struct pp_request *request,
	const struct pp_response *response, struct problem *problem);

/*
 * Fills problem->next from a template: {peakpeeps} is the program's name, {again} this command
 * without its request id, {same} with the id of this request, {or-abandon} how to give that id up,
 * {current} this purchase at the version and price on offer now; {user}, {coupon}, {business} and
 * {credited} are numbers of the request. `status` may be NULL.
 */
void hint_next(const char *template, const struct cli *cli, const struct pp_request *request,
	const struct pp_status *status, struct problem *problem);

/* Fills problem->next with this command and changes to it. */
void hint_command(const struct cli *cli, const struct arg_change *changes, size_t n_changes,
	struct problem *problem);

#endif

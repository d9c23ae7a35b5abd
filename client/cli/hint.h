/* What a refusal probably means, and which command to run next. */
#ifndef CLIENT_CLI_HINT_H
#define CLIENT_CLI_HINT_H

#include "client/cli/cli.h"

/* Fills the likely reason and the next command for a refusal; nothing for a reason unknown here. */
void hint_explain(const struct cli *cli, const struct pp_request *request,
	const struct pp_response *response, struct problem *problem);

/*
 * Fills problem->next from a template. Words in braces are commands, as {again}, this one without
 * its request id, {same}, with the id of this request, and {or-abandon}, how to give that id up; or
 * numbers of the request, as {coupon}. hint.c has them all. `status` may be NULL.
 */
void hint_next(const char *template, const struct cli *cli, const struct pp_request *request,
	const struct pp_status *status, struct problem *problem);

#endif

/* What every command of the CLI shares: its exit codes, its state, its one way to call a server. */
#ifndef CLIENT_CLI_CLI_H
#define CLIENT_CLI_CLI_H

#include <jansson.h>

#include "client/cli/args.h"
#include "client/cli/table.h"

#include <peakpeeps/client.h>

/* Documented in --help: scripts depend on them. */
enum cli_exit {
	CLI_ACCEPTED = 0,
	CLI_REFUSED = 1,
	CLI_USAGE = 2,
	CLI_NO_CONNECTION = 3,
	CLI_OUTCOME_UNKNOWN = 4,
	CLI_NOT_ALLOWED = 5,
	CLI_NOT_PRINTED = 6, /* done, but the answer could not be printed or saved */
};

/* One run of the program, on one thread. */
struct cli {
	struct args args;
	struct pp_client *client;
	enum table_format format;
	bool json;        /* instead of a table */
	bool quiet;       /* nothing but errors */
	const char *get;  /* only this field; NULL: all */
	const char *save; /* a file for the answer as JSON; NULL: none */
	/* The request of the last call of cli_call, when it was a write; NULL: none. */
	const struct pp_request *written;
	/* What the request points to. */
	struct pp_terms terms;
	struct pp_account account;
	struct pp_business_profile profile;
	uint64_t owners[PP_OWNERS_MAX];
};

/* The table of commands, and the options that all of them take. */
extern const struct command cli_commands[];
extern const struct arg_spec cli_globals[];

/* Everything: what main returns. */
int cli_main(int argc, char *const *argv);

/*
 * Sets up the envelope, calls, and reports whatever is not an acceptance. CLI_ACCEPTED with
 * *response, borrowed until the next call; or an exit code when all has been said.
 */
int cli_call(struct cli *cli, struct pp_request *request,
	const struct pp_response **response) MUST_CHECK;
/* A look at the server beside the command's own request: as cli_call, without the envelope. */
int cli_look_up(struct cli *cli, struct pp_request *request,
	const struct pp_response **response) MUST_CHECK;
/* Whether an accepted answer lacks the thing that was asked for: no server should send that. */
bool cli_is_empty(const struct pp_response *response);
/* Prints an accepted answer in the form asked for. An exit code. */
int cli_show(struct cli *cli, const struct pp_response *response) MUST_CHECK;

/* Whether the answer is wanted for people, and whether for programs; it may be both. */
bool cli_wants_table(const struct cli *cli);
bool cli_wants_document(const struct cli *cli);
/* Saves and prints what cli_wants_document asks for. NULL: out of memory. An exit code. */
int cli_show_document(const struct cli *cli, json_t *document, bool accepted) MUST_CHECK;

/* The number of an argument or option, or `absent` when it was not given. */
uint64_t cli_number(const struct cli *cli, const char *name, uint64_t absent);
const char *cli_text(const struct cli *cli, const char *name);
bool cli_has(const struct cli *cli, const char *name);
/* The user on whose behalf; 0: the operator. */
uint64_t cli_acting_user(const struct cli *cli);

/* " --address X", quoted, for a command to be run next, if it was typed for this one; else "". */
enum { CLI_ADDRESS_BYTES = 600 };
const char *cli_address_option(const struct cli *cli, char buf[CLI_ADDRESS_BYTES]);

/* A line on stderr that must not be missed in a pipe: only --quiet drops it. */
void cli_notice(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);
/* A line on stderr beside a table for people. */
void cli_note(const struct cli *cli, const char *format, ...) PRINTF_LIKE(2, 3);

/* The table was filled: prints it to stdout, if tables are wanted, and frees it. An exit code. */
int cli_print_table(const struct cli *cli, struct table *table);

#endif

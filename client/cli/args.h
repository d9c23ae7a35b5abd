/* The command line: what a command takes is a table, and everything typed is checked against it. */
#ifndef CLIENT_CLI_ARGS_H
#define CLIENT_CLI_ARGS_H

#include <stdio.h>

#include "base/base.h"
#include "client/cli/value.h"

#include <peakpeeps/types.h>

enum arg_type {
	ARG_FLAG,     /* takes no value */
	ARG_TEXT,     /* any text that is not empty */
	ARG_ANY_TEXT, /* any text */
	ARG_ID,       /* 1 and up; a version, a revision too */
	ARG_USER,     /* an id, or a name */
	ARG_USER_OR_0,
	ARG_BUSINESS, /* an id, or a name */
	ARG_COUNT,    /* 0 to 2^32 - 1 */
	ARG_COINS,    /* 0 to 2^53 - 1 */
	ARG_DURATION,
	ARG_TIME,
	ARG_PERCENT,
	ARG_UUID,
	ARG_COUPON, /* an id, or BUSINESS/NAME with the business's id or name */
	ARG_CHOICE, /* one of `words`; the number is its place, from 1 */
};

/* An option, or with a name in capitals an argument told by its place. Constant. */
struct arg_spec {
	const char *name;
	const char *value; /* as help shows it; NULL for a flag or an argument */
	const char *help;
	const char *words; /* of CHOICE: "a|b|c"; of TIME and DURATION: the word for 0 */
	enum arg_type type;
	int64_t min;   /* of COUNT and COINS, when it is not 0 */
	int64_t max;   /* of COUNT and COINS; 0: that of the type */
	bool required; /* of an option */
	bool optional; /* of an argument */
	bool many;     /* may be given again */
};

/* Rows of tables of them. */
#define ARG_OPTION(arg_name, arg_type, arg_value, arg_help) \
	{ \
		.name = arg_name, .type = arg_type, .value = arg_value, .help = arg_help \
	}
#define ARG_RANGE(arg_name, arg_type, arg_value, arg_min, arg_max, arg_help) \
	{ \
		.name = arg_name, .type = arg_type, .value = arg_value, .help = arg_help, \
		.min = arg_min, .max = arg_max \
	}
#define ARG_ON_OFF(arg_name, arg_help) \
	{ \
		.name = arg_name, .type = ARG_FLAG, .help = arg_help \
	}

struct args;
struct cli;
struct pp_request;
struct pp_response;
struct problem;

enum { COMMAND_ARGUMENTS_MAX = 2 };

/* One command. The table of them ends with a row whose noun is NULL. */
struct command {
	const char *noun;
	const char *verb; /* NULL: the noun alone */
	const char *summary;
	const char *about;    /* paragraphs for its help; NULL: none */
	const char *examples; /* lines, each a command or a comment */
	struct arg_spec arguments[COMMAND_ARGUMENTS_MAX + 1];
	const struct arg_spec *options; /* ends with name NULL; NULL: none */
	enum pp_kind kind;
	/* What no single argument can tell, before anything is sent; NULL: nothing. */
	int (*check)(const struct args *args, struct problem *problem);
	/* Makes the body of the request out of the arguments. 0, or an exit code (it said why). */
	int (*fill)(struct cli *cli, struct pp_request *request);
	/* Prints an accepted answer for people. An exit code. */
	int (*show)(struct cli *cli, const struct pp_response *response);
	/* Does it all, for commands that are more than one call; NULL: call once and show. */
	int (*run)(struct cli *cli, struct pp_request *request);
};

/* Something typed, and what it means. */
struct arg_value {
	const struct arg_spec *spec;
	const char *text; /* borrowed from argv; NULL for a flag */
	int64_t number;   /* ID, COUNT, COINS, PERCENT (basis points), CHOICE; ms of the others */
	bool relative;    /* TIME: counted from now, until args_settle */
	bool global;      /* one of the options that all commands take */
	bool from_environment; /* not printed with the command */
	struct pp_uuid uuid;
	const char *coupon_name; /* COUPON as BUSINESS/NAME; the business is `name` or `number` */
	char *name; /* owned: of a user or a business, to be looked up; NULL: `number` is the id */
	char *meaning; /* owned: what replaces the text in a command to be run later */
};

enum { ARGS_MAX = 64 };

/* Owned by the caller, to be given to args_free. Borrows argv and the tables. */
struct args {
	const struct command *command; /* NULL: none was given */
	const char *noun;              /* the noun of a command whose verb was not given, or NULL */
	struct arg_value values[ARGS_MAX];
	size_t n_values;
};

/* An error in three parts; empty parts are not shown. */
struct problem {
	char what[1024];
	char likely[512];
	char next[20 * 1024]; /* commands are whole or not there */
};

void problem_set(char *part, size_t size, const char *format, ...) PRINTF_LIKE(3, 4);
#define PROBLEM_WHAT(problem, ...) \
	problem_set((problem)->what, sizeof((problem)->what), __VA_ARGS__)
#define PROBLEM_LIKELY(problem, ...) \
	problem_set((problem)->likely, sizeof((problem)->likely), __VA_ARGS__)
#define PROBLEM_NEXT(problem, ...) \
	problem_set((problem)->next, sizeof((problem)->next), __VA_ARGS__)

/*
 * Reads argv[1] and on. Options may stand anywhere after the word they belong to, "--" ends them;
 * after a command its own option hides a global one of the same name. "help" before a command is
 * as good as --help. PP_ERR_INVALID and *problem when something does not fit, with what was
 * probably meant.
 */
int args_parse(const struct command *commands, const struct arg_spec *globals, int argc,
	char *const *argv, struct args *out, struct problem *problem) MUST_CHECK;
/* What is required but missing, or does not fit together, once the command is known. */
int args_check(const struct args *args, struct problem *problem) MUST_CHECK;
/* Fills problem->next with the help nearest to what was typed, if it is empty. */
void args_point_to_help(const struct args *args, struct problem *problem);
/* Also after a failed args_parse. */
void args_free(struct args *args);

/* Reads one value as its type; of a flag too. */
int args_parse_value(const struct arg_spec *spec, const char *text, struct arg_value *out,
	struct problem *problem) MUST_CHECK;

/* Frees what a value owns; of one that was not parsed too. */
void args_free_value(struct arg_value *value);

/* The value of an option or argument, or NULL. A command's own option hides a global one. */
const struct arg_value *args_find(const struct args *args, const char *name);
/* The value of a global option, hidden or not. */
const struct arg_value *args_find_global(const struct args *args, const char *name);
/* Whether it is a global option whose name means another one after this command. */
bool args_is_hidden(const struct args *args, const struct arg_value *value);
/* The next one of the same name after `previous`; NULL begins. */
const struct arg_value *args_next(
	const struct args *args, const char *name, const struct arg_value *previous);

/* Relative times become moments, counted from now_ms: what was typed then means one thing only. */
int args_settle(struct args *args, int64_t now_ms) MUST_CHECK;
/* `text` stands for what was typed from here on. Copied. */
int args_set_meaning(struct arg_value *value, const char *text) MUST_CHECK;

/* A word as a POSIX shell reads it, in quotes where it needs them. */
void args_print_word(const char *word, FILE *out);

/* A change to a command line: text NULL drops the option; of one to be added, "" makes a flag. */
struct arg_change {
	const char *name;
	const char *text;
};

/* Fills problem->next with the command and changes to it, whole or not at all. */
void problem_command(struct problem *problem, const struct args *args,
	const struct arg_change *changes, size_t n_changes);
/* A stream that writes problem->next; problem_close ends it. NULL: out of memory. */
FILE *problem_open(struct problem *problem);
/* Half a command would be worse than none: what did not fit is dropped as a whole. */
void problem_close(FILE *stream, struct problem *problem);

/*
 * Prints the command as it can be pasted into a shell, with the changes made. What was given is
 * replaced, what was not is added.
 */
void args_print_command(
	const struct args *args, const struct arg_change *changes, size_t n_changes, FILE *out);

#endif

#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/fold.h"
#include "client/cli/help.h"

enum { HELP_NAME_COLUMNS = 26, HELP_COLUMNS = 80 };

static const char overview[] = "peakpeeps - coupons for PeepCoins, from the command line\n"
			       "\n"
			       "usage: peakpeeps THING ACTION [ARGUMENTS] [--OPTION VALUE ...]\n";

static const char exit_codes[] = "Exit codes\n"
				 "  0  accepted\n"
				 "  1  refused: the server said why, and nothing was changed\n"
				 "  2  the command line cannot be understood\n"
				 "  3  no connection; this try executed nothing\n"
				 "  4  outcome unknown: the command that settles it is printed\n"
				 "  5  not allowed\n"
				 "  6  done, but the answer could not be printed or saved\n";

static const char values[] =
	"Values\n"
	"  USER       an id, or a name, ignoring case; name:42 for one of digits only\n"
	"  BUSINESS   likewise; its id is told when a name was given\n"
	"  COUPON     an id, or BUSINESS/NAME, as in \"SQL Tea/Free refill\"\n"
	"  DURATION   a number with a unit: 90s, 10m, 24h, 30d, 1h30m\n"
	"  TIME       2026-12-01, 2026-12-01T09:00:00Z (UTC), now, or from now: +2d\n"
	"  COINS      whole PeepCoins, 0 to 9007199254740991\n"
	"  -- ends the options: what follows may begin with a dash\n";

/* Each of these works on a server that knows none of the names, in this order: a test runs them. */
static const char overview_walk[] =
	"A first walk\n"
	"  peakpeeps user create Alex\n"
	"  peakpeeps business create \"Smash Burger Truck\" --owner Alex --commission 2.5%\n"
	"  peakpeeps coupon create \"Smash Burger Truck\" \"Half off\" --price 50 --as Alex\n"
	"  peakpeeps user create Josh\n"
	"  peakpeeps user credit Josh --amount 100\n"
	"  peakpeeps coupon list \"Smash Burger Truck\" --valid\n"
	"  peakpeeps coupon buy \"Smash Burger Truck/Half off\" --version 1 --as Josh\n"
	"  code=$(peakpeeps user purchases Josh --get purchases.0.code)\n"
	"  peakpeeps purchase redeem \"Smash Burger Truck\" \"$code\" --as Alex\n"
	"  peakpeeps user statement Josh\n"
	"  peakpeeps verify --wait\n"
	"\n"
	"In scripts\n"
	"  id=$(peakpeeps user create Sam --get user_id)\n"
	"  peakpeeps coupon list \"Smash Burger Truck\" --get coupons.0.coupon_id\n"
	"  peakpeeps business list | cut -f1,2        # in a pipe: tabs, no heading\n";

static void print_named(const char *name, const char *text, FILE *out)
{
	(void)fprintf(out, "  %-*s ", HELP_NAME_COLUMNS, name);
	fold_print(text, HELP_NAME_COLUMNS + 3, HELP_COLUMNS, out);
}

/* "--price COINS" or "COUPON", and what it is for. */
static void print_spec(const struct arg_spec *spec, bool option, FILE *out)
{
	char name[64];
	char text[256];

	(void)snprintf(name, sizeof(name), "%s%s%s%s", option ? "--" : "", spec->name,
		spec->value == NULL ? "" : " ", spec->value == NULL ? "" : spec->value);
	(void)snprintf(text, sizeof(text), "%s%s%s", spec->help,
		option && spec->required ? " (required)" : "",
		spec->many ? " (can be repeated)" : "");
	print_named(name, text, out);
}

static void print_specs(const char *title, const struct arg_spec *specs, bool option, FILE *out)
{
	if (specs == NULL || specs->name == NULL)
		return;
	(void)fprintf(out, "\n%s\n", title);
	for (; specs->name != NULL; specs++)
		print_spec(specs, option, out);
}

static void print_usage(const struct command *command, FILE *out)
{
	const struct arg_spec *spec;

	(void)fprintf(out, "usage: peakpeeps %s", command->noun);
	if (command->verb != NULL)
		(void)fprintf(out, " %s", command->verb);
	for (spec = command->arguments; spec->name != NULL; spec++)
		(void)fprintf(out, spec->optional ? " [%s]" : " %s", spec->name);
	for (spec = command->options; spec != NULL && spec->name != NULL; spec++) {
		if (spec->required)
			(void)fprintf(out, " --%s %s", spec->name, spec->value);
	}
	if (command->options != NULL)
		(void)fputs(" [options]", out);
	(void)fputc('\n', out);
}

/* Each line of a text, indented. */
static void print_lines(const char *text, FILE *out)
{
	while (*text != '\0') {
		size_t len = strcspn(text, "\n");

		(void)fprintf(out, "  %.*s\n", (int)len, text);
		text += len + (text[len] == '\n');
	}
}

static void print_command(const struct command *command, FILE *out)
{
	print_usage(command, out);
	(void)fprintf(out, "\n%s.\n", command->summary);
	if (command->about != NULL)
		(void)fprintf(out, "\n%s\n", command->about);
	print_specs("Arguments", command->arguments, false, out);
	print_specs("Options", command->options, true, out);
	(void)fputs("\nExamples\n", out);
	print_lines(command->examples, out);
	(void)fputs("\nOptions of every command, and the exit codes: peakpeeps --help\n", out);
}

/* The commands of one noun, or of all. */
static void print_commands(const char *noun, FILE *out)
{
	const struct command *command;
	const char *previous = "";

	for (command = cli_commands; command->noun != NULL; command++) {
		char name[64];

		if (noun != NULL && strcmp(command->noun, noun) != 0)
			continue;
		if (strcmp(previous, command->noun) != 0)
			(void)fputc('\n', out);
		previous = command->noun;
		(void)snprintf(name, sizeof(name), "%s%s%s", command->noun,
			command->verb == NULL ? "" : " ",
			command->verb == NULL ? "" : command->verb);
		print_named(name, command->summary, out);
	}
}

static void print_noun(const char *noun, FILE *out)
{
	(void)fprintf(out, "usage: peakpeeps %s ACTION [ARGUMENTS] [--OPTION VALUE ...]\n", noun);
	print_commands(noun, out);
	(void)fprintf(out, "\nMore about each: peakpeeps %s ACTION --help\n", noun);
}

static void print_overview(FILE *out)
{
	(void)fputs(overview, out);
	print_commands(NULL, out);
	print_specs("Options of every command", cli_globals, true, out);
	(void)fprintf(out, "\n%s\n%s\n%s", values, exit_codes, overview_walk);
	(void)fputs("\nMore about a command, with examples: peakpeeps THING ACTION --help\n", out);
}

int help_print(const struct args *args, FILE *out)
{
	if (args->command != NULL)
		print_command(args->command, out);
	else if (args->noun != NULL)
		print_noun(args->noun, out);
	else
		print_overview(out);
	return fflush(out) == 0 ? CLI_ACCEPTED : CLI_NOT_PRINTED;
}

int help_print_version(FILE *out)
{
	(void)fprintf(out, "peakpeeps %s\n", CLI_VERSION);
	return fflush(out) == 0 ? CLI_ACCEPTED : CLI_NOT_PRINTED;
}

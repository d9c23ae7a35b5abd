#include <string.h>

#include "client/cli/cli.h"
#include "client/cli/help.h"

enum { HELP_NAME_COLUMNS = 28 };

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
	"  DURATION   a number with a unit: 90s, 10m, 24h, 30d, 1h30m\n"
	"  TIME       2026-12-01, 2026-12-01T09:00:00Z (UTC), now, or from now: +2d\n"
	"  COINS      whole PeepCoins, 0 to 9007199254740991\n"
	"  -- ends the options: what follows may begin with a dash\n";

static const char overview_examples[] =
	"A first walk\n"
	"  peakpeeps user create Alex\n"
	"  peakpeeps business create \"Smash Burger Truck\" --owner 1 --commission 2.5%\n"
	"  peakpeeps coupon create 1 \"Half off a burger and shake\" --price 50 --as 1\n"
	"  peakpeeps user create Josh\n"
	"  peakpeeps user credit 2 --amount 100\n"
	"  peakpeeps coupon list 1 --valid\n"
	"  peakpeeps coupon buy 1000001 --version 1 --as 2\n"
	"\n"
	"In scripts\n"
	"  id=$(peakpeeps user create Sam --get user_id)\n"
	"  peakpeeps coupon list 1 --json | jq '.list_coupons.coupons[].coupon_id'\n"
	"  peakpeeps coupon list 1 | cut -f1          # in a pipe: tabs, no heading\n";

/* "--price COINS" or "COUPON", and what it is for. */
static void print_spec(const struct arg_spec *spec, bool option, FILE *out)
{
	char name[64];

	(void)snprintf(name, sizeof(name), "%s%s%s%s", option ? "--" : "", spec->name,
		spec->value == NULL ? "" : " ", spec->value == NULL ? "" : spec->value);
	(void)fprintf(out, "  %-*s %s", HELP_NAME_COLUMNS, name, spec->help);
	if (option && spec->required)
		(void)fputs(" (required)", out);
	if (spec->many)
		(void)fputs(" (can be repeated)", out);
	(void)fputc('\n', out);
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
		(void)fprintf(out, "  %-*s %s\n", HELP_NAME_COLUMNS, name, command->summary);
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
	(void)fprintf(out, "\n%s\n%s\n%s", values, exit_codes, overview_examples);
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

/* See the header. */
#include "server/options.h"

#include <getopt.h>
#include <stdio.h>
#include <string.h>

enum option_code {
	OPTION_CONFIG = 'c',
	OPTION_HELP = 'h',
	OPTION_STORE = 's',
	OPTION_LISTEN = 'l',
	OPTION_UNIX = 'u',
	OPTION_VERSION = 'V',
	OPTION_SET = 256,
	OPTION_CHECK_CONFIG,
	OPTION_PRINT_CONFIG,
	OPTION_FORCE_CLOCK,
	OPTION_RESTORED,
	OPTION_ACCEPT_LOSS,
};

static const struct option long_options[] = {
	{ "config", required_argument, NULL, OPTION_CONFIG },
	{ "store", required_argument, NULL, OPTION_STORE },
	{ "listen", required_argument, NULL, OPTION_LISTEN },
	{ "unix", required_argument, NULL, OPTION_UNIX },
	{ "set", required_argument, NULL, OPTION_SET },
	{ "force-clock", no_argument, NULL, OPTION_FORCE_CLOCK },
	{ "restored", no_argument, NULL, OPTION_RESTORED },
	{ "accept-loss", no_argument, NULL, OPTION_ACCEPT_LOSS },
	{ "check-config", no_argument, NULL, OPTION_CHECK_CONFIG },
	{ "print-config", optional_argument, NULL, OPTION_PRINT_CONFIG },
	{ "help", no_argument, NULL, OPTION_HELP },
	{ "version", no_argument, NULL, OPTION_VERSION },
	{ 0 },
};

/* `+`: in their order, so that going through them twice finds the same. */
static const char short_options[] = "+:c:s:l:u:hV";

void options_print_help(FILE *out)
{
	fputs("Usage: peakpeepsd [options]\n"
	      "The PeakPeeps server, in the foreground; SIGTERM or SIGINT stop it gracefully.\n"
	      "\n"
	      "  -c, --config FILE      read settings from a YAML file\n"
	      "  -s, --store DIR        the store's directory (store.path)\n"
	      "  -l, --listen HOST:PORT loopback address; none: no TCP (listen.address)\n"
	      "  -u, --unix PATH        Unix socket; none: no Unix socket (listen.unix)\n"
	      "      --set NAME=VALUE   any setting, as in limits.connections=500\n"
	      "      --force-clock      start although the clock is behind the last commit\n"
	      "      --restored         this store was restored from a copy: begin a new\n"
	      "                         incarnation\n"
	      "      --accept-loss      the log is damaged or gone: give up what only it held,\n"
	      "                         and begin a new incarnation\n"
	      "      --check-config     check all settings, print ok or what is wrong, and exit\n"
	      "      --print-config[=yaml|markdown]\n"
	      "                         print all settings with their help, as a file that\n"
	      "                         --config takes or as a page, and exit\n"
	      "  -h, --help             this text\n"
	      "  -V, --version          the version\n"
	      "\n"
	      "Options win over the file. Exit status: 0 stopped as asked, 1 could not start,\n"
	      "2 wrong options or settings, 70 stopped by a failure of the disk or the store.\n",
		out);
}

static void set_pair(struct config *config, const char *pair, struct config_errors *errors)
{
	char name[128];
	const char *equals = strchr(pair, '=');

	if (equals == NULL || (size_t)(equals - pair) >= sizeof(name)) {
		config_error(
			errors, "command line: --set expects NAME=VALUE, found \"%.80s\"", pair);
		return;
	}
	memcpy(name, pair, (size_t)(equals - pair));
	name[equals - pair] = '\0';
	int err = config_set(config, name, equals + 1, NULL, errors);
	(void)err; /* told in *errors */
}

static void choose_print(
	const char *form, enum options_action *action, struct config_errors *errors)
{
	*action = OPTIONS_PRINT_CONFIG;
	if (form == NULL || strcmp(form, "yaml") == 0)
		return;
	*action = OPTIONS_PRINT_PAGE;
	if (strcmp(form, "markdown") != 0)
		config_error(errors,
			"command line: --print-config expects yaml or markdown, found \"%.80s\"",
			form);
}

static void apply(struct config *config, int code, const char *value, enum options_action *action,
	struct config_errors *errors)
{
	int err = 0;

	switch (code) {
	case OPTION_STORE: err = config_set(config, "store.path", value, NULL, errors); break;
	case OPTION_LISTEN: err = config_set(config, "listen.address", value, NULL, errors); break;
	case OPTION_UNIX: err = config_set(config, "listen.unix", value, NULL, errors); break;
	case OPTION_SET: set_pair(config, value, errors); break;
	case OPTION_FORCE_CLOCK: config->force_clock = true; break;
	case OPTION_RESTORED: config->restored = true; break;
	case OPTION_ACCEPT_LOSS: config->accept_loss = true; break;
	case OPTION_CHECK_CONFIG: *action = OPTIONS_CHECK_CONFIG; break;
	case OPTION_PRINT_CONFIG: choose_print(value, action, errors); break;
	case OPTION_HELP: *action = OPTIONS_HELP; break;
	case OPTION_VERSION: *action = OPTIONS_VERSION; break;
	default: break;
	}
	(void)err; /* told in *errors */
}

/* The file comes before every option, wherever --config stands. */
static void load_file(
	int argc, char *const argv[], struct config *config, struct config_errors *errors)
{
	int code;
	bool loaded = false;

	optind = 0;
	opterr = 0;
	while ((code = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (code != OPTION_CONFIG)
			continue;
		if (loaded) {
			config_error(errors, "command line: --config names one file, once");
			continue;
		}
		int err = config_load(config, optarg, errors);
		(void)err; /* told in *errors */
		loaded = true;
	}
}

int options_parse(int argc, char *const argv[], struct config *config, enum options_action *action,
	struct config_errors *errors)
{
	uint32_t n_before = errors->n;
	int code;

	*action = OPTIONS_RUN;
	load_file(argc, argv, config, errors);
	optind = 0;
	while ((code = getopt_long(argc, argv, short_options, long_options, NULL)) != -1) {
		if (code == '?')
			config_error(errors, "command line: unknown option \"%s\"; see --help",
				argv[optind - 1]);
		else if (code == ':')
			config_error(errors, "command line: option \"%s\" needs a value",
				argv[optind - 1]);
		else
			apply(config, code, optarg, action, errors);
	}
	for (; optind < argc; optind++)
		config_error(
			errors, "command line: unexpected \"%.80s\"; see --help", argv[optind]);
	int err = config_check(config, errors);
	(void)err; /* told in *errors */
	return errors->n == n_before ? 0 : PP_ERR_INVALID;
}

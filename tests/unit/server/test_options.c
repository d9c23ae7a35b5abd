/* The command line of peakpeepsd. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "server/options.h"

enum { ARGUMENTS_MAX = 12 };

static int parse(const char *const *arguments, struct config *config, enum options_action *action,
	struct config_errors *errors)
{
	static char program[] = "peakpeepsd";
	char *argv[ARGUMENTS_MAX + 2] = { program };
	int argc = 1;

	for (; arguments[argc - 1] != NULL; argc++)
		argv[argc] = (char *)arguments[argc - 1];
	*errors = (struct config_errors) { 0 };
	cr_assert_eq(config_default(config), 0);
	return options_parse(argc, argv, config, action, errors);
}

Test(options, win_over_the_file_wherever_they_stand)
{
	char path[] = "/tmp/peakpeeps-options-XXXXXX";
	static const char text[] = "store: {path: from-file}\nlimits: {batch: 3, in_flight: 4}\n";
	struct config config;
	enum options_action action;
	struct config_errors errors;
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, sizeof(text) - 1), (ssize_t)(sizeof(text) - 1));
	close(fd);
	const char *const arguments[] = { "--store", "/s", "--set", "limits.batch=9", "--config",
		path, "-l", "127.0.0.1:0", "--unix=/u.sock", "--force-clock", "--restored",
		"--accept-loss", NULL };
	cr_assert_eq(parse(arguments, &config, &action, &errors), 0, "%s", errors.text);
	unlink(path);
	cr_assert_eq(action, OPTIONS_RUN);
	cr_assert_str_eq(config.store_path, "/s");
	cr_assert_eq(config.batch_max, 9);
	cr_assert_eq(config.in_flight_max, 4);
	cr_assert_str_eq(config.listen_address, "127.0.0.1:0");
	cr_assert_str_eq(config.unix_path, "/u.sock");
	cr_assert(config.force_clock);
	cr_assert(config.restored);
	cr_assert(config.accept_loss);
	config_free(&config);
}

Test(options, name_the_action)
{
	const struct {
		const char *argument;
		enum options_action action;
	} rows[] = {
		{ "--check-config", OPTIONS_CHECK_CONFIG },
		{ "--print-config", OPTIONS_PRINT_CONFIG },
		{ "--print-config=yaml", OPTIONS_PRINT_CONFIG },
		{ "--print-config=markdown", OPTIONS_PRINT_PAGE },
		{ "--help", OPTIONS_HELP },
		{ "-h", OPTIONS_HELP },
		{ "--version", OPTIONS_VERSION },
		{ "-V", OPTIONS_VERSION },
	};

	for (size_t i = 0; i < ARRAY_LEN(rows); i++) {
		struct config config;
		enum options_action action;
		struct config_errors errors;
		const char *const arguments[] = { rows[i].argument, NULL };
		cr_assert_eq(parse(arguments, &config, &action, &errors), 0);
		cr_assert_eq(action, rows[i].action, "row %zu", i);
		config_free(&config);
	}
}

Test(options, tell_all_that_is_wrong_at_once)
{
	struct config config;
	enum options_action action;
	struct config_errors errors;
	const char *const arguments[] = { "--foo", "--set", "x", "--set=limits.btach=1", "--listen",
		"10.0.0.1:1", "--print-config=html", "--unix", NULL };

	cr_assert_eq(parse(arguments, &config, &action, &errors), PP_ERR_INVALID);
	cr_assert_str_eq(errors.text,
		"command line: unknown option \"--foo\"; see --help\n"
		"command line: --set expects NAME=VALUE, found \"x\"\n"
		"command line: unknown setting \"limits.btach\"; "
		"did you mean \"limits.batch\"?\n"
		"command line: listen.address: 10.0.0.1 is not a loopback address: this "
		"version has "
		"neither TLS nor access keys yet, so it listens on 127.0.0.1, [::1] or a Unix "
		"socket only\n"
		"command line: --print-config expects yaml or markdown, found \"html\"\n"
		"command line: option \"--unix\" needs a value\n");
	config_errors_free(&errors);
	config_free(&config);
}

Test(options, name_one_file_and_show_its_lines)
{
	char path[] = "/tmp/peakpeeps-options-XXXXXX";
	static const char text[] = "limits: {output_low: 1MiB}\n";
	char wanted[512];
	struct config config;
	enum options_action action;
	struct config_errors errors;
	int fd = mkstemp(path);

	cr_assert_geq(fd, 0);
	cr_assert_eq(write(fd, text, sizeof(text) - 1), (ssize_t)(sizeof(text) - 1));
	close(fd);
	const char *const twice[] = { "-c", path, "-c", path, NULL };
	cr_assert_eq(parse(twice, &config, &action, &errors), PP_ERR_INVALID);
	snprintf(wanted, sizeof(wanted),
		"command line: --config names one file, once\n"
		"%s:1:22: limits.output_low: 1MiB must be below limits.output_high, which is "
		"256KiB (the default)\n"
		"    1 | limits: {output_low: 1MiB}\n"
		"      |                      ^~~~\n",
		path);
	cr_assert_str_eq(errors.text, wanted);
	config_errors_free(&errors);
	config_free(&config);
	/* The command line came later: it is to be changed. */
	const char *const blamed[] = { "-c", path, "--set=limits.output_high=512KiB", NULL };
	cr_assert_eq(parse(blamed, &config, &action, &errors), PP_ERR_INVALID);
	cr_assert_str_eq(errors.text,
		"command line: limits.output_high: 512KiB must be above limits.output_low, which "
		"is 1MiB (line 1)\n");
	unlink(path);
	config_errors_free(&errors);
	config_free(&config);
}

Test(options, refuse_what_does_not_fit_together_and_stray_words)
{
	struct config config;
	enum options_action action;
	struct config_errors errors;
	const char *const nowhere[] = { "--listen", "none", NULL };
	const char *const stray[] = { "--store", "x", "start", NULL };
	const char *const order[] = { "start", "--unix", NULL };

	cr_assert_eq(parse(nowhere, &config, &action, &errors), PP_ERR_INVALID);
	cr_assert_str_eq(errors.text,
		"command line: listen.address: there is neither an address nor a Unix socket to "
		"listen on\n");
	config_errors_free(&errors);
	config_free(&config);
	cr_assert_eq(parse(stray, &config, &action, &errors), PP_ERR_INVALID);
	cr_assert_str_eq(errors.text, "command line: unexpected \"start\"; see --help\n");
	config_errors_free(&errors);
	config_free(&config);
	/* The stray word must not become the path. */
	cr_assert_eq(parse(order, &config, &action, &errors), PP_ERR_INVALID);
	cr_assert_str_eq(errors.text, "command line: unexpected \"start\"; see --help\n"
				      "command line: unexpected \"--unix\"; see --help\n");
	config_errors_free(&errors);
	config_free(&config);
}

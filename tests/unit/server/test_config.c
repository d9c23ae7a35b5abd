/* Settings: every error of a file at its line and column, units, ranges, and what fits together. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/log.h"
#include "server/config.h"

/* Loads `text` as a file that its errors call "f"; the errors are owned by the caller. */
static int load_text(struct config *config, const char *text, size_t len, char **errors_out)
{
	char folder[] = "/tmp/peakpeeps-config-XXXXXX";
	struct config_errors errors = { 0 };

	cr_assert_not_null(mkdtemp(folder));
	cr_assert_eq(chdir(folder), 0);
	FILE *file = fopen("f", "w");
	cr_assert_not_null(file);
	cr_assert_eq(fwrite(text, 1, len, file), len);
	fclose(file);
	cr_assert_eq(config_default(config), 0);
	int err = config_load(config, "f", &errors);
	if (err == 0)
		err = config_check(config, &errors);
	unlink("f");
	cr_assert_eq(chdir("/"), 0);
	rmdir(folder);
	*errors_out = errors.text == NULL ? strdup("") : errors.text;
	return err;
}

#define NO_TLS \
	"this version has neither TLS nor access keys yet, so it listens on 127.0.0.1, [::1] or " \
	"a Unix socket only\n"

static const struct {
	const char *text;
	const char *errors;
} bad_files[] = {
	{ "store:\n  map_size: 64\n",
		"f:2:13: store.map_size: expected a size with its unit, as in 64MiB "
		"(B, KiB, MiB, GiB, TiB), found \"64\"\n" },
	{ "store:\n  map_size: 64 MiB\n",
		"f:2:13: store.map_size: expected a size with its unit, as in 64MiB "
		"(B, KiB, MiB, GiB, TiB), found \"64 MiB\"\n" },
	{ "store:\n  map_size: 1MiB\n",
		"f:2:13: store.map_size: 1MiB is out of range, 16MiB to 16TiB\n" },
	{ "store:\n  map_size: 99999999TiB\n",
		"f:2:13: store.map_size: 99999999TiB is out of range, 16MiB to 16TiB\n" },
	{ "limits:\n  idle_timeout: 10\n",
		"f:2:17: limits.idle_timeout: expected a duration with its unit, as in 10s "
		"(ms, s, min, h, d), found \"10\"\n" },
	{ "limits:\n  idle_timeout: 0\n",
		"f:2:17: limits.idle_timeout: 0 is out of range, 100ms to 1d\n" },
	{ "limits:\n  connections: -5\n",
		"f:2:16: limits.connections: expected a whole number, found \"-5\"\n" },
	{ "limits:\n  connections: 1e3\n",
		"f:2:16: limits.connections: expected a whole number, found \"1e3\"\n" },
	{ "limits:\n  connections:\n",
		"f:2:3: limits.connections: expected a whole number, found \"\"\n" },
	{ "limits:\n  batch: 4097\n", "f:2:10: limits.batch: 4097 is out of range, 1 to 4096\n" },
	{ "limits:\n  conections: 5\n",
		"f:2:3: unknown setting \"limits.conections\"; did you mean "
		"\"limits.connections\"?\n" },
	{ "server:\n  connections: 5\n",
		"f:2:3: unknown setting \"server.connections\"; did you mean "
		"\"limits.connections\"?\n" },
	{ "limits:\n  warp_drive: on\n", "f:2:3: unknown setting \"limits.warp_drive\"\n" },
	{ "stoer:\n  path: x\n", "f:1:1: unknown section \"stoer\"; did you mean \"store\"?\n" },
	{ "log:\n  level: loud\n",
		"f:2:10: log.level: expected debug, info, warn or error, found \"loud\"\n" },
	{ "listen:\n  address: 0.0.0.0:7337\n",
		"f:2:12: listen.address: 0.0.0.0 is not a loopback address: " NO_TLS },
	{ "listen:\n  address: \"[::]:7337\"\n",
		"f:2:13: listen.address: :: is not a loopback address: " NO_TLS },
	{ "listen:\n  address: example.com:7337\n",
		"f:2:12: listen.address: example.com is not an IP address (nor localhost)\n" },
	{ "listen:\n  address: 127.0.0.1\n",
		"f:2:12: listen.address: expected host:port, as in 127.0.0.1:7337 or [::1]:7337, "
		"found \"127.0.0.1\"\n" },
	{ "listen:\n  address: 127.0.0.1:65536\n",
		"f:2:12: listen.address: expected host:port, as in 127.0.0.1:7337 or [::1]:7337, "
		"found \"127.0.0.1:65536\"\n" },
	{ "listen:\n  address: none\n",
		"f:2:12: listen.address: there is neither an address nor a Unix socket to listen "
		"on\n" },
	{ "limits:\n  output_low: 1MiB\n",
		"f:2:15: limits.output_low: must be below limits.output_high\n" },
	{ "limits:\n  output_low: 256KiB\n",
		"f:2:15: limits.output_low: must be below limits.output_high\n" },
	{ "limits:\n  output_high: 2MiB\n",
		"default: limits.output_max: must not be below limits.output_high\n" },
	{ "limits:\n  connections: 100000\n",
		"f:2:16: limits.connections: every connection needs 8KiB of limits.op_memory\n" },
	{ "store:\n  path: [a, b]\n", "f:2:3: store.path: expected a single value\n" },
	{ "store:\n  path: \"\"\n", "f:2:10: store.path: expected a path, found nothing\n" },
	{ "store:\n  path: \"a\\0b\"\n", "f:2:10: store.path: the value has a NUL byte in it\n" },
	{ "store:\n  path: &a x\nlisten:\n  unix: *a\n",
		"f:4:10: listen.unix: expected a single value\n" },
	{ "store: 5\n", "f:1:8: store: expected settings, indented, one per line\n" },
	{ "- store\n", "f:1:1: expected sections, as in \"store:\"\n" },
	{ "store\n", "f:1:1: expected sections, as in \"store:\"\n" },
	{ "? [a]\n: b\n", "f:1:1: expected the name of a setting\n" },
	/* Not YAML at all: the parser's own words, one error. */
	{ "store: [1\n", "f:2:1: flow sequence without a closing bracket\n" },
	{ "store:\n\tpath: x\n", "f:2:1: tab character may not be used as indentation\n" },
	{ "store:\n  path: a\n  path: b\n", "f:3:3: duplicate key\n" },
	{ "a: b: c\n", "f:1:5: invalid nested block mapping on the same line\n" },
	/* All at once. */
	{ "store:\n  map_size: 1\nlimits:\n  x: 1\n  batch: 0\nlgo:\n  level: info\n",
		"f:2:13: store.map_size: expected a size with its unit, as in 64MiB "
		"(B, KiB, MiB, GiB, TiB), found \"1\"\n"
		"f:4:3: unknown setting \"limits.x\"\n"
		"f:5:10: limits.batch: 0 is out of range, 1 to 4096\n"
		"f:6:1: unknown section \"lgo\"; did you mean \"log\"?\n" },
};

Test(config, tells_every_error_at_its_line_and_column)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_files); i++) {
		struct config config;
		char *errors = NULL;
		int err = load_text(&config, bad_files[i].text, strlen(bad_files[i].text), &errors);
		cr_expect_eq(err, PP_ERR_INVALID, "row %zu", i);
		cr_expect_str_eq(errors, bad_files[i].errors, "row %zu: %s", i, bad_files[i].text);
		free(errors);
		config_free(&config);
	}
}

Test(config, takes_units_and_both_ways_of_nesting)
{
	static const char text[] = "# a comment\n"
				   "store:\n"
				   "  path: \"/srv/pp store\"\n"
				   "  map_size: 64GiB\n"
				   "limits.idle_timeout: 1500ms\n"
				   "limits:\n"
				   "  hello_timeout: 2min\n"
				   "  output_low: 0\n"
				   "requests:\n"
				   "  id_retention: 2d\n"
				   "listen:\n"
				   "  address: \"[::1]:0\"\n"
				   "  unix: /run/pp.sock\n"
				   "log: { level: debug }\n"
				   "server:\n";
	struct config config;
	char *errors = NULL;

	cr_assert_eq(load_text(&config, text, sizeof(text) - 1, &errors), 0, "%s", errors);
	cr_assert_str_eq(config.store_path, "/srv/pp store");
	cr_assert_eq(config.map_bytes, INT64_C(64) << 30);
	cr_assert_eq(config.idle_timeout_ms, 1500);
	cr_assert_eq(config.hello_timeout_ms, 120000);
	cr_assert_eq(config.output_low_bytes, 0);
	cr_assert_eq(config.request_id_retention_ms, 2 * 24 * 3600 * 1000);
	cr_assert_str_eq(config.listen_address, "[::1]:0");
	cr_assert_str_eq(config.unix_path, "/run/pp.sock");
	cr_assert_eq(config.log_level, LOG_LEVEL_DEBUG);
	cr_assert_eq(config.connections_max, 10000, "not its default");
	free(errors);
	config_free(&config);
}

Test(config, takes_an_empty_file)
{
	static const char *const texts[] = { "", "\n", "# nothing\n", "---\n" };

	for (size_t i = 0; i < ARRAY_LEN(texts); i++) {
		struct config config;
		char *errors = NULL;
		cr_assert_eq(load_text(&config, texts[i], strlen(texts[i]), &errors), 0,
			"row %zu: %s", i, errors);
		free(errors);
		config_free(&config);
	}
}

Test(config, takes_back_what_it_prints)
{
	struct config config;
	struct config_errors set_errors = { 0 };
	char *text = NULL;
	size_t len = 0;
	char *again = NULL;
	size_t len_again = 0;
	char *errors = NULL;

	cr_assert_eq(config_default(&config), 0);
	cr_assert_eq(config_set(&config, "store.path", "/a \"b\"\\c", NULL, &set_errors), 0);
	cr_assert_eq(config_set(&config, "limits.batch", "17", NULL, &set_errors), 0);
	FILE *out = open_memstream(&text, &len);
	config_print(&config, out);
	fclose(out);
	config_free(&config);
	cr_assert_eq(load_text(&config, text, len, &errors), 0, "%s", errors);
	out = open_memstream(&again, &len_again);
	config_print(&config, out);
	fclose(out);
	cr_assert_str_eq(again, text);
	config_free(&config);
	free(text);
	free(again);
	free(errors);
}

Test(config, has_defaults_within_their_own_ranges)
{
	struct config config;
	struct config_errors errors = { 0 };
	char message[CONFIG_MESSAGE_BYTES];

	cr_assert_eq(config_default(&config), 0);
	cr_assert_eq(config_check(&config, &errors), 0, "%s", errors.text);
	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		cr_assert_not_null(config_settings[i].name, "fewer settings than CONFIG_SETTINGS");
		cr_assert(config_assign(&config, &config_settings[i], config_settings[i].initial,
				  message),
			"%s: %s", config_settings[i].name, message);
		cr_assert_eq(config_find(config_settings[i].name), &config_settings[i],
			"%s is there twice", config_settings[i].name);
	}
	config_free(&config);
}

Test(config, tells_of_a_file_that_is_not_there_or_too_large)
{
	struct config config;
	struct config_errors errors = { 0 };

	cr_assert_eq(config_default(&config), 0);
	cr_assert_eq(config_load(&config, "/nonexistent.yaml", &errors), PP_ERR_NOT_FOUND);
	cr_assert_eq(config_load(&config, "/dev/zero", &errors), PP_ERR_TOO_BIG);
	cr_assert_eq(config_load(&config, "/tmp", &errors), PP_ERR_IO);
	cr_assert_str_eq(errors.text, "/nonexistent.yaml: not found\n"
				      "/dev/zero: over a size limit\n"
				      "/tmp: Is a directory\n");
	config_errors_free(&errors);
	config_free(&config);
}

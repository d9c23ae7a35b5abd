/* Settings: units, ranges, defaults, and files that are right. */
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/log.h"
#include "storage/store.h"
#include "tests/unit/server/config_file.h"

Test(config, takes_units_and_both_ways_of_nesting)
{
	static const char text[] = "# a comment\n"
				   "store:\n"
				   "  path: \"/srv/pp store\"\n"
				   "  map_size: 64GiB\n"
				   "  commit: log\n"
				   "  durability: unsafe_no_sync\n"
				   "  log_size: 1GiB\n"
				   "  memtable_size: 128MiB\n"
				   "  checkpoint_interval: 250ms\n"
				   "  checkpoint_wait: 10s\n"
				   "limits.idle_timeout: 1500ms\n"
				   "limits:\n"
				   "  hello_timeout: 2min\n"
				   "  partial_frame_timeout: 2m\n"
				   "  output_max_timeout: 1m30s\n"
				   "  verify_growth: 50%\n"
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
	cr_assert_eq(config.commit, STORE_LOG);
	cr_assert_eq(config.durability, CONFIG_UNSAFE_NO_SYNC);
	cr_assert_eq(config.log_bytes_max, INT64_C(1) << 30);
	cr_assert_eq(config.memtable_bytes, INT64_C(128) << 20);
	cr_assert_eq(config.checkpoint_interval_ms, 250);
	cr_assert_eq(config.checkpoint_wait_ms, 10000);
	cr_assert_eq(config.idle_timeout_ms, 1500);
	cr_assert_eq(config.hello_timeout_ms, 120000);
	cr_assert_eq(config.partial_frame_timeout_ms, 120000);
	cr_assert_eq(config.output_max_timeout_ms, 90000);
	cr_assert_eq(config.verify_growth_percent, 50);
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
	static const char *const texts[] = { "", "\n", "# nothing\n", "---\n", "---\n...\n",
		"\xef\xbb\xbf", "\t\n", "store:\n", "null\n" };

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
	cr_assert_eq(
		config_set(&config, "store.path", "/a \"b\"\\c\n\x01d\xc3\xb6", NULL, &set_errors),
		0);
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
	for (size_t i = 0; i < CONFIG_FIXED; i++)
		cr_assert_not_null(config_fixed[i].name, "fewer limits than CONFIG_FIXED");
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

/* Every error of a settings file: its place, its line with a caret, the range and the unit. */
#include <criterion/criterion.h>
#include <stdlib.h>
#include <string.h>

#include "tests/unit/server/config_file.h"

#define BYTES(text) text, sizeof(text) - 1

static const struct {
	const char *text;
	size_t len;
	const char *errors;
} bad_files[] = {
	/* Units and ranges. */
	{ BYTES("store:\n"
		"  map_size: 64\n"),
		"f:2:13: store.map_size: expected a size from 16MiB to 16TiB, as in 1TiB (u"
		"nits: B, KiB, MiB, GiB, TiB), found \"64\"\n"
		"    2 |   map_size: 64\n"
		"      |             ^~\n" },
	{ BYTES("store:\n"
		"  map_size: 64 MiB\n"),
		"f:2:13: store.map_size: expected a size from 16MiB to 16TiB, as in 1TiB (u"
		"nits: B, KiB, MiB, GiB, TiB), found \"64 MiB\"\n"
		"    2 |   map_size: 64 MiB\n"
		"      |             ^~~~~~\n" },
	{ BYTES("store:\n"
		"  map_size: 1MiB\n"),
		"f:2:13: store.map_size: 1MiB is out of range: expected a size from 16MiB t"
		"o 16TiB\n"
		"    2 |   map_size: 1MiB\n"
		"      |             ^~~~\n" },
	{ BYTES("store:\n"
		"  map_size: 99999999999999999999MiB\n"),
		"f:2:13: store.map_size: 99999999999999999999MiB is out of range: expected "
		"a size from 16MiB to 16TiB\n"
		"    2 |   map_size: 99999999999999999999MiB\n"
		"      |             ^~~~~~~~~~~~~~~~~~~~~~~\n" },
	{ BYTES("limits:\n"
		"  idle_timeout: 10\n"),
		"f:2:17: limits.idle_timeout: expected a duration from 100ms to 1d, as in 5"
		"min (units: ms, s, min or m, h, d, w), found \"10\"\n"
		"    2 |   idle_timeout: 10\n"
		"      |                 ^~\n" },
	{ BYTES("limits:\n"
		"  connections: -5\n"),
		"f:2:16: limits.connections: expected a whole number from 1 to 1000000, as "
		"in 10000, found \"-5\"\n"
		"    2 |   connections: -5\n"
		"      |                ^~\n" },
	{ BYTES("limits:\n"
		"  connections:\n"),
		"f:2:3: limits.connections: expected a whole number from 1 to 1000000, as i"
		"n 10000, found \"\"\n"
		"    2 |   connections:\n"
		"      |   ^~~~~~~~~~~\n" },
	{ BYTES("limits:\n"
		"  batch: 4097\n"),
		"f:2:10: limits.batch: 4097 is out of range: expected a whole number from 1"
		" to 4096\n"
		"    2 |   batch: 4097\n"
		"      |          ^~~~\n" },
	{ BYTES("limits:\n"
		"  verify_growth: 25\n"),
		"f:2:18: limits.verify_growth: expected a percentage from 1% to 100%, as in"
		" 25%, found \"25\"\n"
		"    2 |   verify_growth: 25\n"
		"      |                  ^~\n" },
	{ BYTES("limits:\n"
		"  verify_growth: 101%\n"),
		"f:2:18: limits.verify_growth: 101% is out of range: expected a percentage "
		"from 1% to 100%\n"
		"    2 |   verify_growth: 101%\n"
		"      |                  ^~~~\n" },
	{ BYTES("log:\n"
		"  level: loud\n"),
		"f:2:10: log.level: expected debug, info, warn or error, found \"loud\"\n"
		"    2 |   level: loud\n"
		"      |          ^~~~\n" },
	{ BYTES("store:\n"
		"  commit: lmbd\n"
		"  durability: unsafe_nosync\n"
		"  log_size: 255MiB\n"),
		"f:2:11: store.commit: expected log or lmdb, found \"lmbd\"; did you mean "
		"\"lmdb\"?\n"
		"    2 |   commit: lmbd\n"
		"      |           ^~~~\n"
		"f:3:15: store.durability: expected sync or unsafe_no_sync, found "
		"\"unsafe_nosync\"; did you mean \"unsafe_no_sync\"?\n"
		"    3 |   durability: unsafe_nosync\n"
		"      |               ^~~~~~~~~~~~~\n"
		"f:4:13: store.log_size: 255MiB is less than eight times "
		"store.memtable_size, which is 32MiB (the default)\n"
		"    4 |   log_size: 255MiB\n"
		"      |             ^~~~~~\n" },
	/* Names. */
	{ BYTES("limits:\n"
		"  conections: 5\n"),
		"f:2:3: unknown setting \"limits.conections\"; did you mean \"limits.connec"
		"tions\"?\n"
		"    2 |   conections: 5\n"
		"      |   ^~~~~~~~~~\n" },
	{ BYTES("server:\n"
		"  connections: 5\n"),
		"f:2:3: unknown setting \"server.connections\"; did you mean \"limits.conne"
		"ctions\"?\n"
		"    2 |   connections: 5\n"
		"      |   ^~~~~~~~~~~\n" },
	{ BYTES("connections: 5\n"),
		"f:1:1: unknown section \"connections\"; did you mean \"limits.connections"
		"\"?\n"
		"    1 | connections: 5\n"
		"      | ^~~~~~~~~~~\n" },
	{ BYTES("limits:\n"
		"  bacth: 5\n"),
		"f:2:3: unknown setting \"limits.bacth\"; did you mean \"limits.batch\"?\n"
		"    2 |   bacth: 5\n"
		"      |   ^~~~~\n" },
	{ BYTES("limits:\n"
		"  warp_drive: on\n"),
		"f:2:3: unknown setting \"limits.warp_drive\"\n"
		"    2 |   warp_drive: on\n"
		"      |   ^~~~~~~~~~\n" },
	{ BYTES("limits:\n"
		"  back: 5\n"),
		"f:2:3: unknown setting \"limits.back\"\n"
		"    2 |   back: 5\n"
		"      |   ^~~~\n" },
	{ BYTES("limits:\n"
		"  x: 5\n"),
		"f:2:3: unknown setting \"limits.x\"\n"
		"    2 |   x: 5\n"
		"      |   ^\n" },
	{ BYTES("stoer:\n"
		"  path: x\n"),
		"f:1:1: unknown section \"stoer\"; did you mean \"store\"?\n"
		"    1 | stoer:\n"
		"      | ^~~~~\n" },
	{ BYTES("path:\n"
		"  store: x\n"),
		"f:1:1: unknown section \"path\"; did you mean \"store.path\"?\n"
		"    1 | path:\n"
		"      | ^~~~\n" },
	{ BYTES("nothing: 1\n"), "f:1:1: unknown section \"nothing\"\n"
				 "    1 | nothing: 1\n"
				 "      | ^~~~~~~\n" },
	/* Addresses and paths. */
	{ BYTES("listen:\n"
		"  address: 0.0.0.0:7337\n"),
		"f:2:12: listen.address: 0.0.0.0 is not a loopback address: this version ha"
		"s neither TLS nor access keys yet, so it listens on 127.0.0.1, [::1] or a "
		"Unix socket only\n"
		"    2 |   address: 0.0.0.0:7337\n"
		"      |            ^~~~~~~~~~~~\n" },
	{ BYTES("listen:\n"
		"  address: \"[::]:7337\"\n"),
		"f:2:12: listen.address: :: is not a loopback address: this version has nei"
		"ther TLS nor access keys yet, so it listens on 127.0.0.1, [::1] or a Unix "
		"socket only\n"
		"    2 |   address: \"[::]:7337\"\n"
		"      |            ^~~~~~~~~~~\n" },
	{ BYTES("listen:\n"
		"  address: example.com:7337\n"),
		"f:2:12: listen.address: example.com is not an IP address (nor localhost)\n"
		"    2 |   address: example.com:7337\n"
		"      |            ^~~~~~~~~~~~~~~~\n" },
	{ BYTES("listen:\n"
		"  address: 127.0.0.1:65536\n"),
		"f:2:12: listen.address: expected host:port, as in 127.0.0.1:7337 or [::1]:"
		"7337, found \"127.0.0.1:65536\"\n"
		"    2 |   address: 127.0.0.1:65536\n"
		"      |            ^~~~~~~~~~~~~~~\n" },
	{ BYTES("listen:\n"
		"  address:\n"),
		"f:2:3: listen.address: expected host:port, as in 127.0.0.1:7337 or [::1]:7"
		"337, found \"\"\n"
		"    2 |   address:\n"
		"      |   ^~~~~~~\n" },
	{ BYTES("listen:\n"
		"  unix: ''\n"),
		"f:2:9: listen.unix: expected a path or none, found nothing\n"
		"    2 |   unix: ''\n"
		"      |         ^~\n" },
	{ BYTES("listen:\n"
		"  unix: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa\n"),
		"f:2:9: listen.unix: expected a path of at most 107 bytes, found one of 108\n"
		"    2 |   unix: /aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"
		"aaaaaaaaaa\n"
		"      |         ^~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~~"
		"~~~~~~~~~~\n" },
	{ BYTES("store:\n"
		"  path: \"\"\n"),
		"f:2:9: store.path: expected a path, found nothing\n"
		"    2 |   path: \"\"\n"
		"      |         ^~\n" },
	{ BYTES("store:\n"
		"  path: ~\n"),
		"f:2:9: store.path: expected a path, found nothing\n"
		"    2 |   path: ~\n"
		"      |         ^\n" },
	{ BYTES("store:\n"
		"  path: \"a\\0b\"\n"),
		"f:2:9: store.path: the value has a NUL byte in it\n"
		"    2 |   path: \"a\\0b\"\n"
		"      |         ^~~~~~\n" },
	/* Types. */
	{ BYTES("store:\n"
		"  path: [a, b]\n"),
		"f:2:3: store.path: expected a single value, found a list\n"
		"    2 |   path: [a, b]\n"
		"      |   ^~~~\n" },
	{ BYTES("store:\n"
		"  path: |\n"
		"    a\n"),
		"f:3:1: store.path: expected a single value, found a block of lines\n"
		"    3 |     a\n"
		"      | ^\n" },
	{ BYTES("store:\n"
		"  path: !!str a\n"),
		"f:2:15: store.path: expected a single value, found a tag\n"
		"    2 |   path: !!str a\n"
		"      |               ^\n" },
	{ BYTES("store:\n"
		"  path: &a x\n"
		"listen:\n"
		"  unix: *a\n"),
		"f:4:10: listen.unix: expected a single value, found an alias\n"
		"    4 |   unix: *a\n"
		"      |          ^\n" },
	{ BYTES("store: 5\n"), "f:1:8: store: expected settings, indented, one per line\n"
			       "    1 | store: 5\n"
			       "      |        ^\n" },
	{ BYTES("- store\n"), "f:1:1: expected sections, as in \"store:\"\n"
			      "    1 | - store\n"
			      "      | ^\n" },
	{ BYTES("store\n"), "f:1:1: expected sections, as in \"store:\"\n"
			    "    1 | store\n"
			    "      | ^~~~~\n" },
	{ BYTES("? [a]\n"
		": b\n"),
		"f:1:1: expected the name of a setting\n"
		"    1 | ? [a]\n"
		"      | ^\n" },
	/* What is there twice. */
	{ BYTES("store:\n"
		"  path: a\n"
		"  path: b\n"),
		"f:3:3: store.path: set already, in line 2\n"
		"    3 |   path: b\n"
		"      |   ^~~~\n" },
	{ BYTES("limits:\n"
		"  batch: 1\n"
		"limits.batch: 2\n"),
		"f:3:1: limits.batch: set already, in line 2\n"
		"    3 | limits.batch: 2\n"
		"      | ^~~~~~~~~~~~\n" },
	{ BYTES("log:\n"
		"  level: info\n"
		"log:\n"
		"  slow_batch: 2s\n"),
		"f:3:1: log: begun already, in line 1\n"
		"    3 | log:\n"
		"      | ^~~\n" },
	/* What does not fit together, where it was set last. */
	{ BYTES("listen:\n"
		"  address: none\n"),
		"f:2:12: listen.address: there is neither an address nor a Unix socket to l"
		"isten on\n"
		"    2 |   address: none\n"
		"      |            ^~~~\n" },
	{ BYTES("limits:\n"
		"  output_low: 1MiB\n"),
		"f:2:15: limits.output_low: 1MiB must be below limits.output_high, which is"
		" 256KiB (the default)\n"
		"    2 |   output_low: 1MiB\n"
		"      |               ^~~~\n" },
	{ BYTES("limits:\n"
		"  output_low: 256KiB\n"),
		"f:2:15: limits.output_low: 256KiB must be below limits.output_high, which "
		"is 256KiB (the default)\n"
		"    2 |   output_low: 256KiB\n"
		"      |               ^~~~~~\n" },
	{ BYTES("limits:\n"
		"  output_high: 32KiB\n"),
		"f:2:16: limits.output_high: 32KiB must be above limits.output_low, which i"
		"s 64KiB (the default)\n"
		"    2 |   output_high: 32KiB\n"
		"      |                ^~~~~\n" },
	{ BYTES("limits:\n"
		"  output_high: 2MiB\n"),
		"f:2:16: limits.output_high: 2MiB must not be above limits.output_max, whic"
		"h is 1MiB (the default)\n"
		"    2 |   output_high: 2MiB\n"
		"      |                ^~~~\n" },
	{ BYTES("limits:\n"
		"  output_max: 100KiB\n"),
		"f:2:15: limits.output_max: 100KiB must not be below limits.output_high, wh"
		"ich is 256KiB (the default)\n"
		"    2 |   output_max: 100KiB\n"
		"      |               ^~~~~~\n" },
	{ BYTES("limits:\n"
		"  output_max: 2MiB\n"
		"  output_high: 3MiB\n"),
		"f:3:16: limits.output_high: 3MiB must not be above limits.output_max, whic"
		"h is 2MiB (line 2)\n"
		"    3 |   output_high: 3MiB\n"
		"      |                ^~~~\n" },
	{ BYTES("limits:\n"
		"  connections: 100000\n"),
		"f:2:16: limits.connections: 100000 is more than one for every 8KiB of limi"
		"ts.op_memory, which is 256MiB (the default)\n"
		"    2 |   connections: 100000\n"
		"      |                ^~~~~~\n" },
	{ BYTES("limits:\n"
		"  op_memory: 16MiB\n"),
		"f:2:14: limits.op_memory: 16MiB is less than 8KiB for each of limits.conne"
		"ctions, which is 10000 (the default)\n"
		"    2 |   op_memory: 16MiB\n"
		"      |              ^~~~~\n" },
	/* Not YAML, or more of it than one document of text. */
	{ BYTES("store: [1\n"), "f:1:10: flow sequence without a closing bracket\n"
				"    1 | store: [1\n"
				"      |          ^\n" },
	{ BYTES("store: {path: x\n"
		"limits:\n"
		"  batch: 0\n"),
		"f:1:16: missing comma in flow mapping\n"
		"    1 | store: {path: x\n"
		"      |                ^\n" },
	{ BYTES("store:\n"
		"\tpath: x\n"),
		"f:2:1: a tab in the indentation: YAML takes only spaces\n"
		"    2 | \tpath: x\n"
		"      | ^\n" },
	{ BYTES("a: b: c\n"), "f:1:5: invalid nested block mapping on the same line\n"
			      "    1 | a: b: c\n"
			      "      |     ^\n" },
	{ BYTES("store:\n"
		"  path: \"x\n"
		"limits:\n"
		"  batch: 0\n"),
		"f:2:9: wrongly indented double-quoted scalar\n"
		"    2 |   path: \"x\n"
		"      |         ^\n"
		"f:4:10: limits.batch: 0 is out of range: expected a whole number from 1 to"
		" 4096\n"
		"    4 |   batch: 0\n"
		"      |          ^\n" },
	{ BYTES("store:\n"
		"  path: a\n"
		" map_size: 1GiB\n"),
		"f:3:2: invalid indentation in mapping\n"
		"    3 |  map_size: 1GiB\n"
		"      |  ^\n" },
	{ BYTES("%YAML 1.2\n"
		"---\n"
		"limits: 5\n"),
		"f:1:1: directives are not supported\n"
		"    1 | %YAML 1.2\n"
		"      | ^\n"
		"f:3:9: limits: expected settings, indented, one per line\n"
		"    3 | limits: 5\n"
		"      |         ^\n" },
	{ BYTES("log:\n"
		"  level: info\n"
		"---\n"
		"limits: 5\n"),
		"f:3:1: expected one document, found another\n"
		"    3 | ---\n"
		"      | ^\n" },
	{ BYTES("log:\n"
		"  level: info\n"
		"...\n"
		"limits: 5\n"),
		"f:4:1: expected one document, found another\n"
		"    4 | limits: 5\n"
		"      | ^\n" },
	{ BYTES("\377\376s\000"), "f:1:1: expected text in UTF-8, found the byte 0xff\n"
				  "    1 | ?\?s?\n"
				  "      | ^\n" },
	{ BYTES("store:\n"
		"  path: \"\303\274 \351\"\n"),
		"f:2:12: expected text in UTF-8, found the byte 0xe9\n"
		"    2 |   path: \"\303\274 ?\"\n"
		"      |            ^\n" },
	{ BYTES("store:\n"
		"  path: a\033[2J\n"),
		"f:2:10: expected text in UTF-8, found the byte 0x1b\n"
		"    2 |   path: a?[2J\n"
		"      |          ^\n" },
	/* The caret: past a tab, another script, a byte order mark, the end of a long line. */
	{ BYTES("store:\n"
		"  map_size:\t1\n"),
		"f:2:13: store.map_size: expected a size from 16MiB to 16TiB, as in 1TiB (u"
		"nits: B, KiB, MiB, GiB, TiB), found \"1\"\n"
		"    2 |   map_size:\t1\n"
		"      |            \t^\n" },
	{ BYTES("store: {path: \"d\303\266ner\", map_size: 1}\n"),
		"f:1:34: store.map_size: expected a size from 16MiB to 16TiB, as in 1TiB (u"
		"nits: B, KiB, MiB, GiB, TiB), found \"1\"\n"
		"    1 | store: {path: \"d\303\266ner\", map_size: 1}\n"
		"      |                                  ^\n" },
	{ BYTES("\357\273\277limits.batch: 0\n"),
		"f:1:15: limits.batch: 0 is out of range: expected a whole number from 1 to"
		" 4096\n"
		"    1 | limits.batch: 0\n"
		"      |               ^\n" },
	{ BYTES("limits: {batch: 1, in_flight: 2, connections: 3, hello_timeout: 1s, idle_t"
		"imeout: 1s, close_timeout: 1s, writer_queue: 0, output_low: 1KiB}\n"),
		"f:1:120: limits.writer_queue: 0 is out of range: expected a whole number f"
		"rom 1 to 1000000\n"
		"    1 | e_timeout: 1s, close_timeout: 1s, writer_queue: 0, output_low: 1Ki"
		"B}\n"
		"      |                                                 ^\n" },
	{ BYTES("limits:\r\n"
		"  batch: 0\r\n"),
		"f:2:10: limits.batch: 0 is out of range: expected a whole number from 1 to"
		" 4096\n"
		"    2 |   batch: 0\n"
		"      |          ^\n" },
	/* All at once, in the order of the file. */
	{ BYTES("store:\n"
		"  map_size: 1\n"
		"limits:\n"
		"  x: 1\n"
		"\tbatch: 0\n"
		"lgo:\n"
		"  level: info\n"
		"limits.output_low: 1GiB\n"
		"limits.batch: none\n"),
		"f:2:13: store.map_size: expected a size from 16MiB to 16TiB, as in 1TiB (u"
		"nits: B, KiB, MiB, GiB, TiB), found \"1\"\n"
		"    2 |   map_size: 1\n"
		"      |             ^\n"
		"f:4:3: unknown setting \"limits.x\"\n"
		"    4 |   x: 1\n"
		"      |   ^\n"
		"f:5:1: a tab in the indentation: YAML takes only spaces\n"
		"    5 | \tbatch: 0\n"
		"      | ^\n"
		"f:6:1: unknown section \"lgo\"; did you mean \"log\"?\n"
		"    6 | lgo:\n"
		"      | ^~~\n"
		"f:9:15: limits.batch: expected a whole number from 1 to 4096, as in 4096, "
		"found \"none\"\n"
		"    9 | limits.batch: none\n"
		"      |               ^~~~\n" },
	{ BYTES("limits:\n"
		"  output_low: 1MiB\n"
		"  batch: 0\n"),
		"f:3:10: limits.batch: 0 is out of range: expected a whole number from 1 to"
		" 4096\n"
		"    3 |   batch: 0\n"
		"      |          ^\n"
		"f:2:15: limits.output_low: 1MiB must be below limits.output_high, which is"
		" 256KiB (the default)\n"
		"    2 |   output_low: 1MiB\n"
		"      |               ^~~~\n" },
	{ BYTES("limits:\n"
		"  output_low: 1MiB\n"
		"  output_high: 5\n"),
		"f:3:16: limits.output_high: expected a size from 1KiB to 1GiB, as in 256Ki"
		"B (units: B, KiB, MiB, GiB, TiB), found \"5\"\n"
		"    3 |   output_high: 5\n"
		"      |                ^\n" },
};

Test(config_errors, stand_at_their_place_with_a_caret)
{
	for (size_t i = 0; i < ARRAY_LEN(bad_files); i++) {
		struct config config;
		char *errors = NULL;
		int err = load_text(&config, bad_files[i].text, bad_files[i].len, &errors);
		cr_expect_eq(err, PP_ERR_INVALID, "row %zu", i);
		cr_expect_str_eq(errors, bad_files[i].errors, "row %zu: %s", i, bad_files[i].text);
		free(errors);
		config_free(&config);
	}
}

Test(config_errors, end_when_nobody_would_read_on)
{
	struct config config;
	char *errors = NULL;
	char text[1000 * 8 + 1] = "";
	size_t n_lines = 0;

	for (size_t i = 0; i < 1000; i++)
		snprintf(text + i * 8, 9, "a%05zu:\n", i);
	cr_assert_eq(load_text(&config, text, strlen(text), &errors), PP_ERR_INVALID);
	for (const char *at = errors; (at = strchr(at, '\n')) != NULL; at++)
		n_lines++;
	cr_expect_eq(n_lines, CONFIG_ERRORS_MAX * 3 + 1, "%zu lines", n_lines);
	cr_expect_not_null(strstr(errors, "and more errors\n"));
	free(errors);
	config_free(&config);
}

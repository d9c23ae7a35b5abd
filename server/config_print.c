/* Settings as a file that loads again, and as the page that documents them. */
#include <string.h>

#include "server/config.h"

/* The key of a setting; *section_len is the length of what stands before its dot. */
static const char *key_of(const struct config_setting *setting, size_t *section_len)
{
	const char *dot = strchr(setting->name, '.');

	*section_len = (size_t)(dot - setting->name);
	return dot + 1;
}

/* Whether the i-th setting is the first of its section. */
static bool begins_section(size_t i, size_t section_len)
{
	return i == 0 ||
	       strncmp(config_settings[i].name, config_settings[i - 1].name, section_len + 1) != 0;
}

static bool has_range(const struct config_setting *setting)
{
	return !config_is_text(setting) && config_words(setting->unit) == NULL;
}

/* Between double quotes, as YAML has it. */
static void print_quoted(const char *text, FILE *out)
{
	fputc('"', out);
	for (const char *at = text; *at != '\0'; at++) {
		unsigned char byte = (unsigned char)*at;
		if (byte < ' ' || byte == 0x7f)
			fprintf(out, "\\x%02x", byte);
		else
			fprintf(out, "%s%c", byte == '"' || byte == '\\' ? "\\" : "", byte);
	}
	fputs("\"\n", out);
}

static void print_value(
	const struct config *config, const struct config_setting *setting, FILE *out)
{
	char value[CONFIG_VALUE_BYTES];

	if (config_is_text(setting)) {
		const char *text = config_text(config, setting);
		print_quoted(text[0] == '\0' ? "none" : text, out);
		return;
	}
	config_format_number(setting->unit, config_number(config, setting), value);
	fprintf(out, "%s\n", value);
}

static void format_range(
	const struct config_setting *setting, const char *between, char out[2 * CONFIG_VALUE_BYTES])
{
	char low[CONFIG_VALUE_BYTES];
	char high[CONFIG_VALUE_BYTES];

	config_format_number(setting->unit, setting->min, low);
	config_format_number(setting->unit, setting->max, high);
	snprintf(out, 2 * (size_t)CONFIG_VALUE_BYTES, "%.60s%s%.60s", low, between, high);
}

void config_print(const struct config *config, FILE *out)
{
	char range[2 * CONFIG_VALUE_BYTES];

	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		const struct config_setting *setting = &config_settings[i];
		size_t section_len = 0;
		const char *key = key_of(setting, &section_len);
		if (begins_section(i, section_len))
			fprintf(out, "%s%.*s:\n", i == 0 ? "" : "\n", (int)section_len,
				setting->name);
		fprintf(out, "  # %s\n  # ", setting->help);
		if (has_range(setting)) {
			format_range(setting, " to ", range);
			fprintf(out, "%s; ", range);
		}
		fprintf(out, "default %s\n  %s: ", setting->initial, key);
		print_value(config, setting, out);
	}
}

/* ---- The page ---- */

static const char page_head[] =
	"# Settings\n"
	"\n"
	"<!-- Written by `peakpeepsd --print-config=markdown`; change the table in\n"
	"     server/config_table.c, then write this page again. -->\n"
	"\n"
	"Every setting, with its unit, range and default, and every limit that is fixed. How they\n"
	"work together is in [operations.md](operations.md#limits).\n"
	"\n"
	"A setting comes from its default, from the YAML file named by `--config`, or from the\n"
	"command line (`--set limits.batch=9`, `--store`, `--listen`, `--unix`); the later wins.\n"
	"In the file it stands under its section, or with its whole name:\n"
	"\n"
	"```yaml\n"
	"limits:\n"
	"  connections: 500\n"
	"  idle_timeout: 1h30min\n"
	"limits.output_max: 2MiB\n"
	"```\n"
	"\n"
	"| unit | how it is written |\n"
	"| --- | --- |\n"
	"| size | a whole number and B, KiB, MiB, GiB or TiB: `64MiB` |\n"
	"| duration | whole numbers and ms, s, min or m, h, d, w, largest first: `10s`, `1h30m` |\n"
	"| percentage | a whole number and %: `25%` |\n"
	"| number, coins | a whole number |\n"
	"| path | UTF-8 text, relative to where the server was started |\n"
	"\n"
	"Only 0 does without its unit. `peakpeepsd --check-config` says `ok` (exit status 0) or\n"
	"all that is wrong (exit status 2); it does not touch the store. `peakpeepsd\n"
	"--print-config` prints what is in effect as a file that `--config` takes.\n";

static const char *unit_word(enum config_unit unit)
{
	switch (unit) {
	case CONFIG_COUNT: return "number";
	case CONFIG_BYTES: return "size";
	case CONFIG_DURATION: return "duration";
	case CONFIG_COINS: return "coins";
	case CONFIG_PERCENT: return "percentage";
	case CONFIG_LEVEL:
	case CONFIG_COMMIT:
	case CONFIG_DURABILITY: return "word";
	case CONFIG_PATH: return "path";
	case CONFIG_OPTIONAL_PATH: return "path";
	case CONFIG_ADDRESS: return "address";
	}
	return "";
}

/* What a setting may be, for people. */
static void print_range(const struct config_setting *setting, FILE *out)
{
	char range[2 * CONFIG_VALUE_BYTES];

	switch (setting->unit) {
	case CONFIG_LEVEL:
	case CONFIG_COMMIT:
	case CONFIG_DURABILITY:
		config_list_words(config_words(setting->unit), ", ", range);
		fputs(range, out);
		return;
	case CONFIG_ADDRESS: fputs("host:port, loopback; none", out); return;
	case CONFIG_PATH:
	case CONFIG_OPTIONAL_PATH:
		fprintf(out, "%d to %d bytes%s", (int)setting->min, (int)setting->max,
			setting->unit == CONFIG_OPTIONAL_PATH ? "; none" : "");
		return;
	default: format_range(setting, " to ", range); fputs(range, out);
	}
}

static void print_sections(FILE *out)
{
	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		const struct config_setting *setting = &config_settings[i];
		size_t section_len = 0;
		const char *key = key_of(setting, &section_len);
		if (begins_section(i, section_len))
			fprintf(out,
				"\n## %.*s\n\n"
				"| setting | unit | range | default | what it is |\n"
				"| --- | --- | --- | --- | --- |\n",
				(int)section_len, setting->name);
		fprintf(out, "| `%s` | %s | ", key, unit_word(setting->unit));
		print_range(setting, out);
		fprintf(out, " | `%s` | %s |\n", setting->initial, setting->help);
	}
}

static void print_fixed(FILE *out)
{
	char value[CONFIG_VALUE_BYTES];

	for (size_t i = 0; i < CONFIG_FIXED; i++) {
		const struct config_fixed *fixed = &config_fixed[i];
		config_format_number(fixed->unit, fixed->value, value);
		if (fixed->group != NULL)
			fprintf(out,
				"\n### %s\n\n"
				"| limit | value | what it is |\n"
				"| --- | --- | --- |\n",
				fixed->group);
		fprintf(out, "| %s | %s | %s |\n", fixed->name, value, fixed->help);
	}
}

void config_print_page(FILE *out)
{
	fputs(page_head, out);
	print_sections(out);
	fputs("\n## Fixed limits\n"
	      "\n"
	      "These are part of the protocol or of how the server works, and can not be set.\n",
		out);
	print_fixed(out);
}

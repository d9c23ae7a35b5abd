/* Reading settings from YAML: every error of a file, each at its place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

#include "server/config_text.h"

enum { NAME_BYTES = 160 }; /* section.key; a longer one is cut, and unknown */

/*
 * A file being read. The parser stops at its first error. So the line of an error is blanked, with
 * what is nested in it, and the rest is parsed again, until all that is wrong was told.
 */
struct load {
	struct config *config;
	struct config_text text;           /* a copy of the file, with lines blanked */
	int set_line[CONFIG_SETTINGS];     /* where it was set before; 0: it was not */
	int section_line[CONFIG_SETTINGS]; /* by the first setting of the section */
};

/* ---- The document ---- */

static struct config_place place_of(struct fy_node *node, struct config_place otherwise)
{
	struct fy_token *token = node == NULL ? NULL : fy_node_get_scalar_token(node);
	const struct fy_mark *start = token == NULL ? NULL : fy_token_start_mark(token);
	const struct fy_mark *end = token == NULL ? NULL : fy_token_end_mark(token);

	if (start == NULL || end == NULL)
		return otherwise;
	enum fy_node_style style = fy_node_get_style(node);
	int quote = style == FYNS_SINGLE_QUOTED || style == FYNS_DOUBLE_QUOTED;
	return (struct config_place) {
		.line = start->line + 1,
		.column = start->column + 1 - quote,
		.width = end->line > start->line ? 1 : end->column - start->column + 2 * quote,
	};
}

static void unknown(struct load *load, struct config_place place, const char *name,
	const char *what, const char *meant)
{
	config_text_problem(&load->text, place, "unknown %s \"%.80s\"%s%s%s", what, name,
		meant == NULL ? "" : "; did you mean \"", meant == NULL ? "" : meant,
		meant == NULL ? "" : "\"?");
}

/* What a value is instead of a word on one line; NULL: it is one. */
static const char *other_kind(struct fy_node *value)
{
	if (value == NULL)
		return NULL;
	if (fy_node_is_sequence(value))
		return "a list";
	if (fy_node_is_mapping(value))
		return "a mapping";
	if (fy_node_is_alias(value))
		return "an alias";
	if (fy_node_get_tag(value, NULL) != NULL)
		return "a tag";
	enum fy_node_style style = fy_node_get_style(value);
	if (style == FYNS_LITERAL || style == FYNS_FOLDED)
		return "a block of lines";
	return NULL;
}

/* The text of a value; empty: there is none, which YAML also writes as null. NULL: it has a NUL. */
static const char *value_text(struct fy_node *value)
{
	size_t len = 0;

	if (value == NULL)
		return "";
	const char *text = fy_node_get_scalar0(value);
	fy_node_get_scalar(value, &len);
	if (text == NULL || strlen(text) != len)
		return NULL;
	bool plain = fy_node_get_style(value) == FYNS_PLAIN;
	return plain && (strcmp(text, "~") == 0 || strcmp(text, "null") == 0) ? "" : text;
}

static void load_setting(
	struct load *load, const char *name, struct config_place key_place, struct fy_node *value)
{
	const struct config_setting *setting = config_find(name);
	struct config_place place = place_of(value, key_place);
	char message[CONFIG_MESSAGE_BYTES];

	if (setting == NULL) {
		unknown(load, key_place, name, "setting", config_suggest(name));
		return;
	}
	size_t i = (size_t)(setting - config_settings);
	struct config_origin *origin = &load->config->origins[i];
	if (load->set_line[i] > 0) {
		config_text_problem(&load->text, key_place, "%s: set already, in line %d", name,
			load->set_line[i]);
		origin->wrong = true;
		return;
	}
	load->set_line[i] = key_place.line;
	*origin = (struct config_origin) { .place = place, .wrong = true };
	const char *kind = other_kind(value);
	const char *text = kind == NULL ? value_text(value) : NULL;
	if (kind != NULL)
		config_text_problem(
			&load->text, place, "%s: expected a single value, found %s", name, kind);
	else if (text == NULL)
		config_text_problem(&load->text, place, "%s: the value has a NUL byte in it", name);
	else if (!config_assign(load->config, setting, text, message))
		config_text_problem(&load->text, place, "%s: %s", name, message);
	else
		origin->wrong = false;
}

/* The text of a mapping's key; NULL, and told, when it is not plain text. */
static const char *key_text(struct load *load, struct fy_node *key, struct config_place place)
{
	const char *text = NULL;

	if (key != NULL && fy_node_is_scalar(key) && !fy_node_is_alias(key))
		text = fy_node_get_scalar0(key);
	if (text == NULL || text[0] == '\0') {
		config_text_problem(&load->text, place, "expected the name of a setting");
		return NULL;
	}
	return text;
}

static bool is_empty(struct fy_node *node)
{
	const char *text;

	if (node == NULL)
		return true;
	if (!fy_node_is_scalar(node) || fy_node_is_alias(node))
		return false;
	text = value_text(node);
	return text != NULL && text[0] == '\0';
}

static void load_section(
	struct load *load, const char *section, struct config_place place, struct fy_node *mapping)
{
	struct fy_node_pair *pair;
	void *cursor = NULL;
	char name[NAME_BYTES];

	if (is_empty(mapping))
		return; /* a section whose settings are all commented out */
	if (!fy_node_is_mapping(mapping)) {
		config_text_problem(&load->text, place_of(mapping, place),
			"%s: expected settings, indented, one per line", section);
		return;
	}
	while ((pair = fy_node_mapping_iterate(mapping, &cursor)) != NULL) {
		struct fy_node *key = fy_node_pair_key(pair);
		struct config_place key_place = place_of(key, place);
		const char *text = key_text(load, key, key_place);
		if (text == NULL)
			continue;
		snprintf(name, sizeof(name), "%.60s.%.80s", section, text);
		load_setting(load, name, key_place, fy_node_pair_value(pair));
	}
}

/* The first setting of a section; CONFIG_SETTINGS: there is no such section. */
static size_t find_section(const char *text)
{
	size_t len = strlen(text);
	size_t i = 0;

	while (i < CONFIG_SETTINGS && (strncmp(config_settings[i].name, text, len) != 0 ||
					      config_settings[i].name[len] != '.'))
		i++;
	return i;
}

static void load_pair(
	struct load *load, const char *text, struct config_place place, struct fy_node *value)
{
	char meant[CONFIG_VALUE_BYTES];
	size_t section = find_section(text);

	if (strchr(text, '.') != NULL) {
		load_setting(load, text, place, value);
	} else if (section == CONFIG_SETTINGS) {
		unknown(load, place, text, "section",
			config_suggest_section(text, meant) ? meant : NULL);
	} else {
		if (load->section_line[section] > 0)
			config_text_problem(&load->text, place, "%s: begun already, in line %d",
				text, load->section_line[section]);
		else
			load->section_line[section] = place.line;
		load_section(load, text, place, value);
	}
}

static void load_root(struct load *load, struct fy_node *root)
{
	struct fy_node_pair *pair;
	void *cursor = NULL;
	struct config_place start = { .line = 1, .column = 1, .width = 1 };

	if (is_empty(root))
		return;
	if (!fy_node_is_mapping(root)) {
		config_text_problem(
			&load->text, place_of(root, start), "expected sections, as in \"store:\"");
		return;
	}
	while ((pair = fy_node_mapping_iterate(root, &cursor)) != NULL) {
		struct fy_node *key = fy_node_pair_key(pair);
		struct config_place place = place_of(key, start);
		const char *text = key_text(load, key, place);
		if (text != NULL)
			load_pair(load, text, place, fy_node_pair_value(pair));
	}
}

/* One try. NULL, and told, when there is an error; *wrong is its place. */
static struct fy_document *parse(struct load *load, struct config_place *wrong)
{
	struct fy_diag_cfg diag_config;
	struct fy_diag_error *error;
	void *cursor = NULL;
	size_t n_before = load->text.n;

	fy_diag_cfg_default(&diag_config);
	diag_config.fp = NULL;
	struct fy_diag *diag = fy_diag_create(&diag_config);
	if (diag == NULL) {
		config_text_problem(&load->text, *wrong, "%s", pp_strerror(PP_ERR_NO_MEMORY));
		return NULL;
	}
	fy_diag_set_collect_errors(diag, true);
	struct fy_parse_cfg config = {
		.flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG | FYPCF_ALLOW_DUPLICATE_KEYS,
		.diag = diag,
	};
	struct fy_document *document =
		fy_document_build_from_string(&config, load->text.bytes, load->text.len);
	while (document == NULL && (error = fy_diag_errors_iterate(diag, &cursor)) != NULL) {
		*wrong = config_text_place(&load->text, error->line, error->column);
		config_text_problem(&load->text, *wrong, "%s", error->msg);
	}
	fy_diag_destroy(diag);
	if (document == NULL && load->text.n == n_before && !config_text_is_empty(&load->text))
		config_text_problem(&load->text, *wrong, "%s", pp_strerror(PP_ERR_NO_MEMORY));
	return document;
}

static void load_text(struct load *load)
{
	struct fy_document *document = NULL;
	bool again = true;

	if (!config_text_check_encoding(&load->text)) {
		load->config->incomplete = true;
		return;
	}
	config_text_check_lines(&load->text);
	load->config->incomplete = load->text.n > 0;
	size_t n_first = load->text.n;
	while (again) {
		struct config_place wrong = { .line = 1, .column = 1, .width = 1 };
		size_t n_before = load->text.n;
		document = parse(load, &wrong);
		/* No document and no error is an empty file, which is fine. */
		again = document == NULL && load->text.n > n_before;
		if (again) {
			load->config->incomplete = true;
			config_text_forget(&load->text, n_first, n_before, wrong.line);
			again = config_text_blank(&load->text, wrong.line);
		}
	}
	if (document == NULL)
		return;
	load_root(load, fy_document_root(document));
	fy_document_destroy(document);
}

/* ---- The file ---- */

/* Reads a whole file. *text is owned by the caller. */
static int read_file(const char *path, char **text, size_t *len)
{
	int err = 0;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return errno == ENOENT ? PP_ERR_NOT_FOUND : PP_ERR_IO;
	char *buf = malloc(CONFIG_FILE_BYTES_MAX + 1);
	if (buf == NULL) {
		err = PP_ERR_NO_MEMORY;
		goto err_after_open;
	}
	size_t n = fread(buf, 1, CONFIG_FILE_BYTES_MAX + 1, file);
	if (ferror(file))
		err = PP_ERR_IO;
	else if (n > CONFIG_FILE_BYTES_MAX)
		err = PP_ERR_TOO_BIG;
	if (err != 0) {
		free(buf);
		goto err_after_open;
	}
	*text = buf;
	*len = n;
err_after_open:
	fclose(file);
	return err;
}

/* The config keeps the text, from which errors show lines. A byte order mark is no part of it. */
static int keep_text(struct config *config, const char *path, char *text, size_t len)
{
	static const char mark[] = "\xef\xbb\xbf";
	char *copy = strdup(path);

	if (copy == NULL) {
		free(text);
		return PP_ERR_NO_MEMORY;
	}
	if (len >= sizeof(mark) - 1 && memcmp(text, mark, sizeof(mark) - 1) == 0) {
		len -= sizeof(mark) - 1;
		memmove(text, text + sizeof(mark) - 1, len);
	}
	free(config->file);
	free(config->text);
	config->file = copy;
	config->text = text;
	config->text_len = len;
	return 0;
}

static int load_kept(struct config *config, struct config_errors *errors)
{
	struct load *load = calloc(1, sizeof(*load));
	char *text = malloc(config->text_len + 1);
	int err = PP_ERR_NO_MEMORY;

	if (load == NULL || text == NULL)
		goto err_after_alloc;
	memcpy(text, config->text, config->text_len);
	load->config = config;
	load->text.bytes = text;
	load->text.len = config->text_len;
	load_text(load);
	config_text_tell(&load->text, config, errors);
	err = load->text.n > 0 ? PP_ERR_INVALID : 0;
err_after_alloc:
	free(text);
	free(load);
	return err;
}

int config_load(struct config *config, const char *path, struct config_errors *errors)
{
	char *text = NULL;
	size_t len = 0;

	errno = 0;
	int err = read_file(path, &text, &len);
	if (err != 0) {
		config_error(errors, "%s: %s", path,
			err == PP_ERR_IO && errno != 0 ? strerror(errno) : pp_strerror(err));
		config->incomplete = true;
		return err;
	}
	err = keep_text(config, path, text, len);
	if (err == 0)
		err = load_kept(config, errors);
	if (err == PP_ERR_NO_MEMORY)
		config_error(errors, "%s: %s", path, pp_strerror(err));
	return err;
}

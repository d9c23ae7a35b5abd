/* Reading settings from YAML: every error of a file with its line and column. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include <libfyaml.h>

#include "server/config.h"

enum {
	FILE_BYTES_MAX = 256 * 1024,
	NAME_BYTES = 160, /* section.key; a longer one is cut, and unknown */
	DISTANCE_MAX = 3, /* edits between a wrong name and the one that is suggested */
};

/* What a load carries along. */
struct load {
	struct config *config;
	const char *path;
	struct config_errors *errors;
};

struct place {
	int line;
	int column;
};

/* ---- Suggestions ---- */

/* Levenshtein's distance, by one row of the matrix; names longer than the row are far away. */
static size_t edit_distance(const char *a, const char *b)
{
	size_t row[64];
	size_t len = strlen(b);

	if (len >= ARRAY_LEN(row) || strlen(a) >= ARRAY_LEN(row))
		return SIZE_MAX;
	for (size_t j = 0; j <= len; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1] != '\0'; i++) {
		size_t diagonal = row[0];
		row[0] = i;
		for (size_t j = 1; j <= len; j++) {
			size_t best = diagonal + (a[i - 1] != b[j - 1]);
			if (row[j] + 1 < best)
				best = row[j] + 1;
			if (row[j - 1] + 1 < best)
				best = row[j - 1] + 1;
			diagonal = row[j];
			row[j] = best;
		}
	}
	return row[len];
}

const char *config_suggest(const char *name, bool section)
{
	static const char *const sections[] = { "store", "listen", "server", "limits", "requests",
		"credits", "log" };
	const char *best = NULL;
	size_t best_distance = DISTANCE_MAX + 1;
	size_t n = section ? ARRAY_LEN(sections) : CONFIG_SETTINGS;

	for (size_t i = 0; i < n; i++) {
		const char *candidate = section ? sections[i] : config_settings[i].name;
		size_t distance = edit_distance(name, candidate);
		/* The right key in the wrong section, or without one, is near too. */
		if (!section) {
			const char *key = strchr(name, '.');
			key = key == NULL ? name : key + 1;
			if (strcmp(key, strchr(candidate, '.') + 1) == 0)
				distance = 1;
		}
		if (distance < best_distance) {
			best = candidate;
			best_distance = distance;
		}
	}
	return best;
}

/* ---- The document ---- */

static struct place place_of(struct fy_node *node, struct place otherwise)
{
	struct fy_token *token = node == NULL ? NULL : fy_node_get_scalar_token(node);
	const struct fy_mark *mark = token == NULL ? NULL : fy_token_start_mark(token);

	if (mark == NULL)
		return otherwise;
	return (struct place) { .line = mark->line + 1, .column = mark->column + 1 };
}

static void load_error(struct load *load, struct place place, const char *name, const char *text)
{
	config_error(load->errors, "%s:%d:%d: %s%s%s", load->path, place.line, place.column, name,
		name[0] == '\0' ? "" : ": ", text);
}

static void unknown(struct load *load, struct place place, const char *name, bool section)
{
	const char *meant = config_suggest(name, section);

	config_error(load->errors, "%s:%d:%d: unknown %s \"%.80s\"%s%s%s", load->path, place.line,
		place.column, section ? "section" : "setting", name,
		meant == NULL ? "" : "; did you mean \"", meant == NULL ? "" : meant,
		meant == NULL ? "" : "\"?");
}

static void load_setting(
	struct load *load, const char *name, struct place key_place, struct fy_node *value)
{
	const struct config_setting *setting = config_find(name);
	struct place place = place_of(value, key_place);
	char message[CONFIG_MESSAGE_BYTES];

	if (setting == NULL) {
		unknown(load, key_place, name, false);
		return;
	}
	if (value != NULL && (!fy_node_is_scalar(value) || fy_node_is_alias(value))) {
		load_error(load, place, name, "expected a single value");
		return;
	}
	size_t len = 0;
	const char *text = value == NULL ? "" : fy_node_get_scalar0(value);
	if (value != NULL)
		fy_node_get_scalar(value, &len);
	if (text == NULL || strlen(text) != len) {
		load_error(load, place, name, "the value has a NUL byte in it");
		return;
	}
	if (!config_assign(load->config, setting, text, message)) {
		load_error(load, place, name, message);
		return;
	}
	load->config->origins[setting - config_settings] =
		(struct config_origin) { .line = place.line, .column = place.column };
}

/* The text of a mapping's key; NULL, and told, when it is not plain text. */
static const char *key_text(struct load *load, struct fy_node *key, struct place place)
{
	const char *text = NULL;

	if (key != NULL && fy_node_is_scalar(key) && !fy_node_is_alias(key))
		text = fy_node_get_scalar0(key);
	if (text == NULL || text[0] == '\0') {
		load_error(load, place, "", "expected the name of a setting");
		return NULL;
	}
	return text;
}

static void load_section(
	struct load *load, const char *section, struct place place, struct fy_node *mapping)
{
	struct fy_node_pair *pair;
	void *cursor = NULL;
	char name[NAME_BYTES];

	if (mapping == NULL ||
		(fy_node_is_scalar(mapping) && fy_node_get_scalar0(mapping)[0] == '\0'))
		return; /* a section whose settings are all commented out */
	if (!fy_node_is_mapping(mapping)) {
		load_error(load, place_of(mapping, place), section,
			"expected settings, indented, one per line");
		return;
	}
	while ((pair = fy_node_mapping_iterate(mapping, &cursor)) != NULL) {
		struct fy_node *key = fy_node_pair_key(pair);
		struct place key_place = place_of(key, place);
		const char *text = key_text(load, key, key_place);
		if (text == NULL)
			continue;
		snprintf(name, sizeof(name), "%.60s.%.80s", section, text);
		load_setting(load, name, key_place, fy_node_pair_value(pair));
	}
}

static bool is_section(const char *text)
{
	size_t len = strlen(text);

	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		if (strncmp(config_settings[i].name, text, len) == 0 &&
			config_settings[i].name[len] == '.')
			return true;
	}
	return false;
}

static void load_root(struct load *load, struct fy_node *root)
{
	struct fy_node_pair *pair;
	void *cursor = NULL;
	struct place start = { .line = 1, .column = 1 };

	if (root == NULL || (fy_node_is_scalar(root) && fy_node_get_scalar0(root)[0] == '\0'))
		return;
	if (!fy_node_is_mapping(root)) {
		load_error(load, place_of(root, start), "", "expected sections, as in \"store:\"");
		return;
	}
	while ((pair = fy_node_mapping_iterate(root, &cursor)) != NULL) {
		struct fy_node *key = fy_node_pair_key(pair);
		struct place place = place_of(key, start);
		const char *text = key_text(load, key, place);
		if (text == NULL)
			continue;
		if (strchr(text, '.') != NULL)
			load_setting(load, text, place, fy_node_pair_value(pair));
		else if (is_section(text))
			load_section(load, text, place, fy_node_pair_value(pair));
		else
			unknown(load, place, text, true);
	}
}

/* No document and no error is an empty file, which is fine. */
static void add_syntax_errors(struct load *load, struct fy_diag *diag)
{
	struct fy_diag_error *error;
	void *cursor = NULL;

	while ((error = fy_diag_errors_iterate(diag, &cursor)) != NULL) {
		struct place place = { .line = error->line, .column = error->column };
		load_error(load, place, "", error->msg);
	}
}

/*
 * What the parser would pass over in silence, and with it every setting of the file: another
 * encoding, control characters, directives, and what stands behind a first document.
 */
static bool check_text(struct load *load, const char *text, size_t len)
{
	struct place place = { .line = 1 };
	uint32_t n_before = load->errors->n;
	bool started = false;

	for (size_t i = 0; i < len && load->errors->n == n_before; i++) {
		unsigned char byte = (unsigned char)text[i];
		bool line_start = i == 0 || text[i - 1] == '\n';
		bool marker = line_start && len - i >= 3 && memcmp(text + i, "---", 3) == 0;
		place.line += i > 0 && line_start;
		place.column = line_start ? 1 : place.column + 1;
		if ((byte < ' ' && byte != '\t' && byte != '\n' && byte != '\r') || byte == 0x7f ||
			byte >= 0xf5)
			load_error(load, place, "", "expected UTF-8 text, found something else");
		else if (line_start && byte == '%')
			load_error(load, place, "", "directives are not supported");
		else if (marker && started)
			load_error(load, place, "", "expected one document, found another");
		started = started || marker || (byte > ' ' && byte != '#' && line_start);
	}
	return load->errors->n == n_before;
}

static int load_text(struct load *load, const char *text, size_t len)
{
	if (!check_text(load, text, len))
		return 0;
	struct fy_diag_cfg diag_config;

	fy_diag_cfg_default(&diag_config);
	diag_config.fp = NULL;
	struct fy_diag *diag = fy_diag_create(&diag_config);
	if (diag == NULL)
		return PP_ERR_NO_MEMORY;
	fy_diag_set_collect_errors(diag, true);
	struct fy_parse_cfg parse = { .flags = FYPCF_QUIET | FYPCF_COLLECT_DIAG, .diag = diag };
	struct fy_document *document = fy_document_build_from_string(&parse, text, len);
	if (document != NULL)
		load_root(load, fy_document_root(document));
	else
		add_syntax_errors(load, diag);
	fy_document_destroy(document);
	fy_diag_destroy(diag);
	return 0;
}

/* Reads a whole file. *text is owned by the caller. */
static int read_file(const char *path, char **text, size_t *len)
{
	int err = 0;
	FILE *file = fopen(path, "re");

	if (file == NULL)
		return errno == ENOENT ? PP_ERR_NOT_FOUND : PP_ERR_IO;
	char *buf = malloc(FILE_BYTES_MAX + 1);
	if (buf == NULL) {
		err = PP_ERR_NO_MEMORY;
		goto err_after_open;
	}
	size_t n = fread(buf, 1, FILE_BYTES_MAX + 1, file);
	if (ferror(file))
		err = PP_ERR_IO;
	else if (n > FILE_BYTES_MAX)
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

int config_load(struct config *config, const char *path, struct config_errors *errors)
{
	struct load load = { .config = config, .path = path, .errors = errors };
	uint32_t n_before = errors->n;
	char *text = NULL;
	size_t len = 0;

	errno = 0;
	int err = read_file(path, &text, &len);
	if (err != 0) {
		config_error(errors, "%s: %s", path,
			err == PP_ERR_IO && errno != 0 ? strerror(errno) : pp_strerror(err));
		return err;
	}
	char *copy = strdup(path);
	if (copy == NULL) {
		err = PP_ERR_NO_MEMORY;
		goto err_after_read;
	}
	free(config->file);
	config->file = copy;
	err = load_text(&load, text, len);
	if (err == 0 && errors->n != n_before)
		err = PP_ERR_INVALID;
err_after_read:
	free(text);
	return err;
}

#include "bench/mix.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct named_mix {
	const char *name;
	enum scenario scenario;
	const char *weights;
} named_mixes[] = {
	{ "purchase", SCENARIO_MIX, "purchase=1" },
	{ "read", SCENARIO_MIX, "read=1" },
	{ "edit", SCENARIO_MIX, "edit=1" },
	{ "retail", SCENARIO_MIX, "coupon=50,list=15,balance=13,check=10,purchase=10,edit=2" },
	{ "flash-sale", SCENARIO_FLASH_SALE, "purchase=1" },
	{ "edit-war", SCENARIO_EDIT_WAR, "coupon=1,edit=1" },
};

/* Where a text is: within a line of the command, or of a file. */
struct place {
	const char *path; /* NULL: the command line */
	unsigned line;
	const char *line_begins;
};

static int refuse(const struct place *place, const char *at, const char *what, char *why)
{
	unsigned column = 1 + (unsigned)(at - place->line_begins);

	if (place->path == NULL)
		snprintf(why, MIX_WHY_BYTES, "at character %u: %s", column, what);
	else
		snprintf(
			why, MIX_WHY_BYTES, "%s:%u:%u: %s", place->path, place->line, column, what);
	return PP_ERR_INVALID;
}

static const char *skip_blanks(const char *at)
{
	return at + strspn(at, " \t\r");
}

static bool add_weight(const char *kind, size_t len, uint32_t weight, struct mix *mix)
{
	if (len == 4 && memcmp(kind, "read", 4) == 0) {
		/* Weights are kept doubled, so that half of one is whole. */
		mix->weights[SHOT_COUPON] += weight;
		mix->weights[SHOT_BALANCE] += weight;
		return true;
	}
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		const char *name = shot_kind_name((enum shot_kind)i);
		if (strlen(name) == len && memcmp(kind, name, len) == 0) {
			mix->weights[i] += 2 * weight;
			return true;
		}
	}
	return false;
}

/* Takes one kind = weight; *at is moved behind it and the blanks after it. */
static int take_weight(const struct place *place, const char **at, struct mix *mix, char *why)
{
	const char *kind = *at;
	size_t len = strcspn(kind, "=, \t\r#\n");
	const char *sign = skip_blanks(kind + len);
	char *end;

	if (*sign != '=')
		return refuse(place, sign, "a kind is followed by =, as in purchase=1", why);
	const char *number = skip_blanks(sign + 1);
	errno = 0;
	unsigned long weight = strtoul(number, &end, 10);
	if (*number < '0' || *number > '9' || errno != 0 || weight > MIX_WEIGHT_MAX)
		return refuse(place, number, "a weight is a whole number up to 1000000", why);
	if (!add_weight(kind, len, (uint32_t)weight, mix))
		return refuse(place, kind,
			"there is no such kind; there are purchase, coupon, balance, check, list, "
			"edit and read",
			why);
	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		if (mix->weights[i] > 4 * MIX_WEIGHT_MAX)
			return refuse(
				place, kind, "all weights of a kind are more than 2000000", why);
	}
	*at = skip_blanks(end);
	return 0;
}

static int end_weights(const struct place *place, struct mix *mix, char *why)
{
	uint64_t sum = 0;
	bool odd = false;

	for (int i = 0; i < SHOT_LOAD_KINDS; i++) {
		sum += mix->weights[i];
		odd = odd || mix->weights[i] % 2 != 0;
	}
	if (sum == 0)
		return refuse(place, place->line_begins, "all its weights are 0", why);
	for (int i = 0; i < SHOT_LOAD_KINDS && !odd; i++)
		mix->weights[i] /= 2;
	return 0;
}

static int parse_line(const char *text, struct mix *mix, char *why)
{
	struct place place = { .line_begins = text };
	const char *at = text;

	for (;;) {
		int err = take_weight(&place, &at, mix, why);
		if (err != 0)
			return err;
		if (*at == '\0')
			break;
		if (*at != ',')
			return refuse(&place, at, "kinds are separated by commas", why);
		at = skip_blanks(at + 1);
	}
	return end_weights(&place, mix, why);
}

int mix_parse(const char *text, struct mix *out, char *why)
{
	if (text[0] == '@')
		return mix_parse_file(text + 1, out, why);
	struct mix mix = { .scenario = SCENARIO_MIX };
	snprintf(mix.name, sizeof(mix.name), "%s", text);
	for (size_t i = 0; i < ARRAY_LEN(named_mixes); i++) {
		const struct named_mix *named = &named_mixes[i];
		if (strcmp(text, named->name) == 0) {
			mix.scenario = named->scenario;
			text = named->weights;
			break;
		}
	}
	if (strchr(text, '=') == NULL) {
		snprintf(why, MIX_WHY_BYTES,
			"it is no mix that there is: purchase, read, retail, edit, flash-sale, "
			"edit-war, kind=weight,.. or @FILE");
		return PP_ERR_INVALID;
	}
	int err = parse_line(text, &mix, why);
	if (err == 0)
		*out = mix;
	return err;
}

static int take_file_line(struct place *place, const char *line, struct mix *mix, char *why)
{
	const char *at = skip_blanks(line);

	place->line++;
	place->line_begins = line;
	if (*at == '\0' || *at == '#' || *at == '\n')
		return 0;
	int err = take_weight(place, &at, mix, why);
	if (err == 0 && *at != '\0' && *at != '#' && *at != '\n')
		err = refuse(place, at, "one kind = weight on each line", why);
	return err;
}

int mix_parse_file(const char *path, struct mix *out, char *why)
{
	struct mix mix = { .scenario = SCENARIO_MIX };
	struct place place = { .path = path };
	char *line = NULL;
	size_t size = 0;
	int err = 0;

	FILE *file = fopen(path, "re");
	if (file == NULL) {
		snprintf(why, MIX_WHY_BYTES, "%s: %s", path, strerror(errno));
		return PP_ERR_IO;
	}
	snprintf(mix.name, sizeof(mix.name), "@%s", path);
	while (err == 0 && getline(&line, &size, file) >= 0)
		err = take_file_line(&place, line, &mix, why);
	if (err == 0 && ferror(file)) {
		snprintf(why, MIX_WHY_BYTES, "%s: it cannot be read", path);
		err = PP_ERR_IO;
	}
	if (err == 0) {
		place.line += place.line == 0 ? 1 : 0;
		place.line_begins = "";
		err = end_weights(&place, &mix, why);
	}
	if (err == 0)
		*out = mix;
	free(line);
	fclose(file);
	return err;
}

/* The name that was probably meant by an unknown one. */
#include <string.h>

#include "server/config.h"

enum { SLIPS_MAX = 2, WORD_MAX = 40 };

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/* The optimal string alignment distance: letters added, dropped, changed, or swapped. */
static size_t slips_between(const char *a, size_t len_a, const char *b, size_t len_b)
{
	size_t rows[3][WORD_MAX + 1];

	if (len_a > WORD_MAX || len_b > WORD_MAX)
		return SIZE_MAX;
	for (size_t j = 0; j <= len_b; j++)
		rows[0][j] = j;
	for (size_t i = 1; i <= len_a; i++) {
		size_t *row = rows[i % 3];
		const size_t *above = rows[(i + 2) % 3];
		const size_t *above2 = rows[(i + 1) % 3];
		row[0] = i;
		for (size_t j = 1; j <= len_b; j++) {
			size_t best = above[j - 1] + (a[i - 1] != b[j - 1]);
			best = least(best, above[j] + 1);
			best = least(best, row[j - 1] + 1);
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
				best = least(best, above2[j - 2] + 1);
			row[j] = best;
		}
	}
	return rows[len_a % 3][len_b];
}

/* Far enough below half the letters that it is not just any other word. */
static bool is_near(size_t slips, size_t len)
{
	return slips <= SLIPS_MAX && slips * 2 < len;
}

const char *config_suggest(const char *name)
{
	const char *dot = strchr(name, '.');
	const char *key = dot == NULL ? name : dot + 1;
	size_t section_len = dot == NULL ? 0 : (size_t)(dot - name);
	const char *best = NULL;
	size_t best_slips = SLIPS_MAX + 1;

	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		const char *candidate = config_settings[i].name;
		const char *candidate_key = strchr(candidate, '.') + 1;
		size_t candidate_len = (size_t)(candidate_key - candidate) - 1;
		bool same_section =
			section_len == candidate_len && memcmp(name, candidate, section_len) == 0;
		size_t slips =
			slips_between(key, strlen(key), candidate_key, strlen(candidate_key));
		if (!is_near(slips, strlen(key)))
			continue;
		slips += !same_section;
		if (slips < best_slips) {
			best = candidate;
			best_slips = slips;
		}
	}
	return best;
}

const char *config_suggest_word(const char *word, const char *const words[])
{
	const char *best = NULL;
	size_t best_slips = SLIPS_MAX + 1;

	for (size_t i = 0; words[i] != NULL; i++) {
		size_t slips = slips_between(word, strlen(word), words[i], strlen(words[i]));
		if (!is_near(slips, strlen(word)) || slips >= best_slips)
			continue;
		best = words[i];
		best_slips = slips;
	}
	return best;
}

/* The section that the i-th setting begins; NULL: it goes on with the one before. */
static const char *section_at(size_t i, char out[WORD_MAX])
{
	const char *name = config_settings[i].name;
	size_t len = (size_t)(strchr(name, '.') - name);

	if (i > 0 && strncmp(name, config_settings[i - 1].name, len + 1) == 0)
		return NULL;
	snprintf(out, WORD_MAX, "%.*s", (int)len, name);
	return out;
}

bool config_suggest_section(const char *name, char out[CONFIG_VALUE_BYTES])
{
	size_t best_slips = SLIPS_MAX + 1;
	char section[WORD_MAX];

	for (size_t i = 0; i < CONFIG_SETTINGS; i++) {
		if (section_at(i, section) == NULL)
			continue;
		size_t slips = slips_between(name, strlen(name), section, strlen(section));
		if (!is_near(slips, strlen(name)) || slips >= best_slips)
			continue;
		snprintf(out, CONFIG_VALUE_BYTES, "%s", section);
		best_slips = slips;
	}
	const char *setting = best_slips > SLIPS_MAX ? config_suggest(name) : NULL;
	if (setting != NULL)
		snprintf(out, CONFIG_VALUE_BYTES, "%s", setting);
	return best_slips <= SLIPS_MAX || setting != NULL;
}

/* Whether runs can be compared at all, and what else is not the same about them. */
#include <stdlib.h>
#include <string.h>

#include "bench/compare.h"

struct fact {
	const char *section;
	const char *key;
	const char *name; /* for people */
};

static const struct fact asked[] = {
	{ "config", "loop", "loop" },
	{ "config", "rate", "rate" },
	{ "config", "arrivals", "arrivals" },
	{ "config", "mix", "mix" },
	{ "config", "weights", "weights of the mix" },
	{ "config", "connections", "connections" },
	{ "config", "depth", "depth" },
	{ "config", "threads", "threads of the generator" },
	{ "config", "users", "users" },
	{ "config", "businesses", "businesses" },
	{ "config", "coupons", "coupons" },
	{ "config", "retry_overloaded", "retrying of what is overloaded" },
	{ "server", "durability", "durability" },
};

static const struct fact found[] = {
	{ "server", "version", "server" },
	{ "server", "commit_mode", "commit mode" },
	{ "config", "duration_s", "duration in seconds" },
	{ "config", "requests", "number of requests" },
	{ "config", "warmup_s", "warm-up in seconds" },
	{ "config", "seed", "seed" },
	{ "client", "version", "load tool" },
	{ "client", "build", "build of the load tool" },
	{ "machine", "cpu_model", "processor" },
	{ "machine", "cores", "cores" },
	{ "machine", "memory_bytes", "bytes of memory" },
	{ "machine", "kernel", "kernel" },
};

static const json_t *fact_of(const json_t *run, const struct fact *fact)
{
	return json_object_get(json_object_get(run, fact->section), fact->key);
}

/* 64 and 64.0 are the same. */
static bool same(const json_t *a, const json_t *b)
{
	if (a == NULL || b == NULL)
		return a == b;
	if (json_is_number(a) && json_is_number(b))
		return json_number_value(a) == json_number_value(b);
	return json_equal(a, b) != 0;
}

/* As JSON, but texts without their quotes. Owned by the caller. */
static char *text_of(const json_t *value)
{
	if (value == NULL)
		return strdup("not told");
	if (json_is_string(value))
		return strdup(json_string_value(value));
	if (json_is_number(value)) {
		char text[32];
		snprintf(text, sizeof(text), "%.15g", json_number_value(value));
		return strdup(text);
	}
	return json_dumps(value, JSON_ENCODE_ANY | JSON_PRESERVE_ORDER | JSON_REAL_PRECISION(9));
}

static bool append(json_t *list, json_t *text)
{
	return json_array_append_new(list, text) == 0;
}

static bool tell(
	json_t *list, const char *name, const json_t *a, const char *b_name, const json_t *b)
{
	char *a_text = text_of(a);
	char *b_text = text_of(b);
	bool told =
		a_text != NULL && b_text != NULL &&
		append(list, json_sprintf("%s: %s, but %s in %s", name, a_text, b_text, b_name));

	free(a_text);
	free(b_text);
	return told;
}

/* Compares each run with the first of all; each fact is told once for each side. */
static bool tell_facts(const struct compare_side *base, const struct compare_side *newer,
	const struct fact *facts, size_t n, json_t *list)
{
	const struct compare_side *sides[] = { base, newer };

	for (size_t i = 0; i < n * ARRAY_LEN(sides); i++) {
		const struct fact *fact = &facts[i / 2];
		const struct compare_side *side = sides[i % 2];
		const json_t *first = fact_of(base->runs[0], fact);
		size_t j = 0;
		while (j < side->n && same(first, fact_of(side->runs[j], fact)))
			j++;
		if (j < side->n && !tell(list, fact->name, first, side->names[j],
					   fact_of(side->runs[j], fact)))
			return false;
	}
	return true;
}

static bool wrong(const json_t *run, const char *section)
{
	return json_is_false(json_object_get(json_object_get(run, section), "right"));
}

static bool saturated(const json_t *run)
{
	const char *verdict =
		json_string_value(json_object_get(json_object_get(run, "verdict"), "verdict"));

	return verdict != NULL && strcmp(verdict, "GENERATOR_SATURATED") == 0;
}

/* Numbers that are not about a server that did its work compare to nothing. */
static bool tell_unfit(const struct compare_side *side, bool is_base, json_t *list)
{
	for (size_t i = 0; i < side->n; i++) {
		const json_t *run = side->runs[i];
		const char *name = side->names[i];
		if (saturated(run) &&
			!append(list, json_sprintf("%s: its generator was saturated", name)))
			return false;
		/* If those of the new ones are wrong, that is a regression. */
		if (is_base &&
			(wrong(run, "books") || wrong(run, "flash_sale") ||
				wrong(run, "edit_war")) &&
			!append(list, json_sprintf("%s: its books are not right", name)))
			return false;
	}
	return true;
}

bool compare_asked(
	const struct compare_side *base, const struct compare_side *newer, json_t *differences)
{
	return tell_facts(base, newer, asked, ARRAY_LEN(asked), differences) &&
	       tell_unfit(base, true, differences) && tell_unfit(newer, false, differences);
}

bool compare_notes(const struct compare_side *base, const struct compare_side *newer, json_t *notes)
{
	return tell_facts(base, newer, found, ARRAY_LEN(found), notes);
}

#include "domain/rules/step.h"

#include <string.h>

void decision_begin(struct decision *decision, const struct decide_context *context,
	const void *request, void *reply, struct arena *arena)
{
	decision->context = *context;
	decision->request = request;
	decision->reply = reply;
	decision->arena = arena;
	decision->fetch = NULL;
	decision->fetch_context = NULL;
	decision->error = 0;
	decision->n_slots = 0;
	decision_rewind(decision);
}

void decision_fetch_with(struct decision *decision, fetch_fn fetch, void *context)
{
	ASSERT(fetch != NULL && decision->n_slots == 0);
	decision->fetch = fetch;
	decision->fetch_context = context;
}

void decision_rewind(struct decision *decision)
{
	decision->cursor = 0;
	decision->n_writes = 0;
	decision->n_bytes = 0;
	decision->accepted = false;
}

static bool key_equal(const struct key *a, const struct key *b)
{
	return a->len == b->len && memcmp(a->bytes, b->bytes, a->len) == 0;
}

/* The next question is a new one. */
static void add_slot(struct decision *decision, const struct key *key)
{
	struct slot *slot = &decision->slots[decision->n_slots++];

	slot->key = *key;
	slot->value = (struct span) { 0 };
	slot->loaded = false;
	slot->present = false;
	if (decision->fetch == NULL || decision->error != 0)
		return;
	decision->error = decision->fetch(decision->fetch_context, slot);
	ASSERT(decision->error <= 0);
	slot->loaded = decision->error == 0;
}

enum loaded decision_load(struct decision *decision, const struct key *key, struct span *out)
{
	ASSERT(key->len > 0 && key->len <= KEY_BYTES_MAX);
	if (decision->cursor == DECISION_SLOTS_MAX)
		return LOADED_TOO_MANY;
	if (decision->cursor == decision->n_slots)
		add_slot(decision, key);
	const struct slot *slot = &decision->slots[decision->cursor];
	/* A rule that asks otherwise in its second run is not a function of its records. */
	ASSERT(key_equal(&slot->key, key));
	decision->cursor++;
	if (!slot->loaded)
		return LOADED_PENDING;
	if (!slot->present)
		return LOADED_ABSENT;
	*out = slot->value;
	return LOADED_PRESENT;
}

bool decision_pending(const struct decision *decision)
{
	/* Those that are loaded come first. */
	return decision->cursor > 0 && !decision->slots[decision->cursor - 1].loaded;
}

uint8_t *decision_reserve(struct decision *decision, size_t size)
{
	if (size > sizeof(decision->bytes) - decision->n_bytes)
		return NULL;
	uint8_t *bytes = decision->bytes + decision->n_bytes;
	decision->n_bytes += size;
	return bytes;
}

void decision_put(struct decision *decision, const struct key *key, struct span value, bool fresh)
{
	ASSERT(key->len > 0 && key->len <= KEY_BYTES_MAX);
	ASSERT(decision->n_writes < DECISION_WRITES_MAX);
	ASSERT(value.data >= decision->bytes &&
		value.data + value.len <= decision->bytes + decision->n_bytes);
	for (uint32_t i = 0; i < decision->n_writes; i++)
		ASSERT(!key_equal(&decision->writes[i].key, key));
	decision->writes[decision->n_writes++] =
		(struct record_write) { .key = *key, .value = value, .fresh = fresh };
}

#include "tests/unit/rules/little_store.h"

#include <stdlib.h>
#include <string.h>

/* FNV-1a, continued from `sum`. */
static uint64_t add_bytes(uint64_t sum, const uint8_t *bytes, size_t len)
{
	for (size_t i = 0; i < len; i++)
		sum = (sum ^ bytes[i]) * UINT64_C(0x100000001b3);
	return sum;
}

static uint64_t checksum(const struct key *key, struct span value)
{
	uint64_t sum = add_bytes(UINT64_C(0xcbf29ce484222325), key->bytes, key->len);

	return add_bytes(sum, value.data, value.len);
}

static int compare(const struct key *a, const struct key *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->bytes, b->bytes, len);

	return order != 0 ? order : (int)a->len - (int)b->len;
}

void little_store_init(struct little_store *store)
{
	memset(store, 0, sizeof(*store));
	store->now_ms = INT64_C(1790000000000);
	rule_settings_default(&store->settings);
	store->decision = calloc(1, sizeof(*store->decision));
	ASSERT(store->decision);
}

void little_store_free(struct little_store *store)
{
	for (size_t i = 0; i < store->n; i++)
		free((void *)(uintptr_t)store->rows[i].value.data);
	free(store->rows);
	free(store->decision);
}

/* Index of the first row that is not before the key. */
static size_t place(const struct little_store *store, const struct key *key)
{
	size_t low = 0;
	size_t high = store->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (compare(&store->rows[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

struct row *little_store_find(struct little_store *store, const struct key *key)
{
	size_t i = place(store, key);

	return i < store->n && compare(&store->rows[i].key, key) == 0 ? &store->rows[i] : NULL;
}

static void count(struct little_store *store, const struct row *row, bool add)
{
	uint8_t table = row->key.bytes[0];

	store->n_records[table] += add ? 1 : UINT64_MAX;
	store->checksum_xor[table] ^= row->checksum;
}

void little_store_lose(struct little_store *store, struct row *row)
{
	size_t i = (size_t)(row - store->rows);

	free((void *)(uintptr_t)row->value.data);
	store->n--;
	memmove(row, row + 1, (store->n - i) * sizeof(*row));
}

void little_store_remove(struct little_store *store, struct row *row)
{
	count(store, row, false);
	little_store_lose(store, row);
}

void little_store_put(struct little_store *store, const struct key *key, struct span value)
{
	uint8_t *bytes = malloc(value.len + 1);
	struct row *row;
	size_t i;

	ASSERT(bytes);
	memcpy(bytes, value.data, value.len);
	row = little_store_find(store, key);
	if (row)
		little_store_remove(store, row);
	if (store->n == store->capacity) {
		store->capacity = 2 * store->capacity + 64;
		store->rows = realloc(store->rows, store->capacity * sizeof(*store->rows));
		ASSERT(store->rows);
	}
	i = place(store, key);
	memmove(&store->rows[i + 1], &store->rows[i], (store->n - i) * sizeof(*store->rows));
	store->n++;
	store->rows[i] = (struct row) { .key = *key, .value = { bytes, value.len } };
	store->rows[i].checksum = checksum(key, store->rows[i].value);
	count(store, &store->rows[i], true);
}

/* ---- Deciding ---- */

static void load_slots(struct little_store *store)
{
	struct decision *decision = store->decision;

	for (uint32_t i = 0; i < decision->n_slots; i++) {
		struct slot *slot = &decision->slots[i];
		const struct row *row = little_store_find(store, &slot->key);

		slot->loaded = true;
		slot->present = row != NULL;
		if (row)
			slot->value = row->value;
	}
}

void little_store_make_request_id(struct little_store *store, struct pp_uuid *out)
{
	store->n_requests++;
	for (int i = 0; i < 6; i++)
		out->bytes[i] = (uint8_t)(store->now_ms >> (40 - 8 * i));
	out->bytes[6] = 0x70;
	out->bytes[8] = 0x80;
	out->bytes[14] = (uint8_t)(store->n_requests >> 8);
	out->bytes[15] = (uint8_t)store->n_requests;
}

void little_store_execute(struct little_store *store, struct pp_request *request,
	struct pp_response *reply, struct arena *arena)
{
	struct decision *decision = store->decision;
	struct decide_request input = { .request = request };
	struct decide_context context = { .settings = &store->settings };
	enum step step;

	/* Two requests at a time, as if in a batch. */
	store->now_ms += store->n_requests % 2;
	context.now_ms = store->now_ms;
	context.revision = store->revision;
	if (pp_kind_flags(request->kind) == PP_WRITE && request->kind != PP_KIND_ABANDON_REQUEST &&
		!request->has_request_id) {
		request->has_request_id = true;
		little_store_make_request_id(store, &request->request_id);
	}
	memcpy(input.hash, &request->request_id, sizeof(input.hash));
	memset(input.random, 0x5a, sizeof(input.random));
	memset(reply, 0, sizeof(*reply));
	decision_begin(decision, &context, &input, reply, arena);
	step = decide(decision);
	while (step == STEP_READ) {
		load_slots(store);
		decision_rewind(decision);
		step = decide(decision);
	}
	ASSERT(step == STEP_DONE);
	for (uint32_t i = 0; i < decision->n_writes; i++)
		little_store_put(store, &decision->writes[i].key, decision->writes[i].value);
	if (decision->accepted)
		store->revision++;
}

/* ---- A snapshot ---- */

static bool fails(struct little_store *store)
{
	return store->fail_after > 0 && --store->fail_after == 0;
}

static int source_get(void *context, const struct key *key, bool *present, struct span *out)
{
	static const uint8_t others[512] = { 0 };
	struct little_store *store = context;
	const struct row *row = little_store_find(store, key);

	if (fails(store))
		return PP_ERR_IO;
	*present = row != NULL && row->look != LOOK_NOTHING;
	if (!*present)
		return 0;
	if (row->look == LOOK_DAMAGED || checksum(&row->key, row->value) != row->checksum)
		return PP_ERR_CORRUPT;
	*out = row->value;
	if (row->look == LOOK_SHORTER)
		out->len--;
	if (row->look == LOOK_OTHER)
		out->data = others;
	ASSERT(out->len <= sizeof(others));
	return 0;
}

static int source_next(
	void *context, const struct key *key, bool after, struct key *found, struct span *value)
{
	struct little_store *store = context;
	size_t i = place(store, key);

	if (fails(store))
		return PP_ERR_IO;
	if (after && i < store->n && compare(&store->rows[i].key, key) == 0)
		i++;
	if (i == store->n && !store->looped)
		return PP_ERR_NOT_FOUND;
	if (i == store->n)
		i = 0;
	*found = store->rows[i].key;
	*value = store->rows[i].value;
	if (checksum(&store->rows[i].key, store->rows[i].value) != store->rows[i].checksum)
		return PP_ERR_CORRUPT;
	return 0;
}

static void source_table(void *context, uint8_t table, uint64_t *n_records, uint64_t *checksum_xor)
{
	const struct little_store *store = context;

	*n_records = store->n_records[table];
	*checksum_xor = store->checksum_xor[table];
}

struct verify_source little_store_source(struct little_store *store)
{
	return (struct verify_source) {
		.context = store,
		.get = source_get,
		.next = source_next,
		.table = source_table,
		.checksum = checksum,
		.revision = store->revision,
		.time_ms = store->now_ms,
	};
}

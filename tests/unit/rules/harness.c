#include "harness.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>

enum { ARENA_BYTES = 256 * 1024 }; /* what the server gives a request */

struct harness *harness_new(void)
{
	struct harness *harness = calloc(1, sizeof(*harness));

	cr_assert(harness != NULL && sodium_init() >= 0);
	harness->decision = malloc(sizeof(*harness->decision));
	harness->at_once = malloc(sizeof(*harness->at_once));
	cr_assert(harness->decision != NULL && harness->at_once != NULL);
	harness->now_ms = HARNESS_START_MS;
	harness->arena_bytes = ARENA_BYTES;
	rule_settings_default(&harness->settings);
	memset(harness->settings.token_key, 0x5a, sizeof(harness->settings.token_key));
	return harness;
}

void harness_free(struct harness *harness)
{
	for (size_t i = 0; i < harness->n_records; i++)
		free(harness->records[i].bytes);
	for (size_t i = 0; i < harness->n_replies; i++) {
		arena_free(harness->arenas[i]);
		free(harness->arenas[i]);
	}
	free(harness->records);
	free(harness->decision);
	free(harness->at_once);
	free(harness);
}

/* ---- The array ---- */

static int compare(const struct key *a, const struct key *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->bytes, b->bytes, len);

	return order != 0 ? order : (int)a->len - (int)b->len;
}

/* Where the key is, or belongs. */
static size_t place(const struct harness *harness, const struct key *key)
{
	size_t low = 0;
	size_t high = harness->n_records;

	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (compare(&harness->records[middle].key, key) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

const struct harness_record *harness_find(const struct harness *harness, const struct key *key)
{
	size_t at = place(harness, key);

	if (at == harness->n_records || compare(&harness->records[at].key, key) != 0)
		return NULL;
	return &harness->records[at];
}

void harness_store(struct harness *harness, const struct key *key, struct span value)
{
	size_t at = place(harness, key);

	if (harness_find(harness, key) == NULL) {
		if (harness->n_records == harness->capacity) {
			harness->capacity = harness->capacity * 2 + 64;
			harness->records = realloc(
				harness->records, harness->capacity * sizeof(*harness->records));
			cr_assert(harness->records != NULL);
		}
		memmove(&harness->records[at + 1], &harness->records[at],
			(harness->n_records - at) * sizeof(*harness->records));
		harness->records[at] = (struct harness_record) { .key = *key };
		harness->n_records++;
	}
	struct harness_record *record = &harness->records[at];
	free(record->bytes);
	record->bytes = malloc(value.len);
	cr_assert(record->bytes != NULL && value.len > 0);
	memcpy(record->bytes, value.data, value.len);
	record->len = value.len;
}

void harness_remove(struct harness *harness, const struct key *key)
{
	size_t at = place(harness, key);

	cr_assert(harness_find(harness, key) != NULL);
	free(harness->records[at].bytes);
	memmove(&harness->records[at], &harness->records[at + 1],
		(harness->n_records - at - 1) * sizeof(*harness->records));
	harness->n_records--;
}

/* ---- The driver ---- */

/* Values are copies that are freed with the decision: a reply that borrows one shows under ASan. */
static void load(struct harness *harness)
{
	struct decision *decision = harness->decision;
	uint32_t n_loaded = 0;

	for (uint32_t i = 0; i < decision->n_slots; i++) {
		struct slot *slot = &decision->slots[i];
		if (slot->loaded)
			continue;
		const struct harness_record *record = harness_find(harness, &slot->key);
		slot->loaded = true;
		slot->present = record != NULL;
		n_loaded++;
		if (record == NULL)
			continue;
		uint8_t *copy = malloc(record->len);
		memcpy(copy, record->bytes, record->len);
		slot->value = (struct span) { .data = copy, .len = record->len };
	}
	cr_assert(n_loaded > 0, "asked to load, but for nothing");
	harness->n_rounds++;
}

static void unload(struct decision *decision)
{
	for (uint32_t i = 0; i < decision->n_slots; i++)
		free((void *)decision->slots[i].value.data);
	decision->n_slots = 0;
}

static enum step run(struct harness *harness)
{
	enum step step;

	for (;;) {
		decision_rewind(harness->decision);
		step = decide(harness->decision);
		if (step != STEP_READ)
			return step;
		load(harness);
	}
}

static void check_writes(const struct harness *harness, const struct pp_response *reply)
{
	const struct decision *decision = harness->decision;
	uint32_t n_journal = 0;

	for (uint32_t i = 0; i < decision->n_writes; i++) {
		const struct record_write *write = &decision->writes[i];
		if (write->fresh)
			cr_assert(harness_find(harness, &write->key) == NULL, "key is not fresh");
		if (write->key.bytes[0] != TABLE_JOURNAL)
			continue;
		struct key expected;
		key_of_journal(harness->revision + 1, &expected);
		cr_assert(compare(&expected, &write->key) == 0 && write->fresh);
		n_journal++;
	}
	cr_assert_eq(n_journal, decision->accepted ? 1 : 0);
	if (!decision->accepted)
		cr_assert(decision->n_writes <= 1);
	if (!decision->accepted && decision->n_writes == 1)
		cr_assert_eq(decision->writes[0].key.bytes[0], TABLE_REQUEST);
	if (reply->status != NULL) {
		cr_assert(!decision->accepted);
		cr_assert_eq(reply->kind, PP_KIND_NONE);
		cr_assert_eq(reply->status->code, pp_reason_code(reply->status->reason));
		cr_assert(reply->status->message != NULL && reply->status->message[0] != '\0');
		if (reply->status->not_executed)
			cr_assert_eq(decision->n_writes, 0);
	}
}

static int fetch(void *context, struct slot *slot)
{
	const struct harness_record *record = harness_find(context, &slot->key);

	slot->present = record != NULL;
	if (record != NULL)
		slot->value = (struct span) { .data = record->bytes, .len = record->len };
	return 0;
}

static void check_same(const struct decision *rounds, const struct decision *at_once)
{
	/* What was asked in vain, before its answer made the rule turn off, is not asked at all. */
	cr_assert_eq(at_once->n_slots, rounds->cursor);
	for (uint32_t i = 0; i < at_once->n_slots; i++) {
		const struct slot *a = &rounds->slots[i];
		const struct slot *b = &at_once->slots[i];
		cr_assert(compare(&a->key, &b->key) == 0 && b->loaded && a->present == b->present);
	}
	cr_assert_eq(at_once->accepted, rounds->accepted);
	cr_assert_eq(at_once->n_writes, rounds->n_writes);
	for (uint32_t i = 0; i < at_once->n_writes; i++) {
		const struct record_write *a = &rounds->writes[i];
		const struct record_write *b = &at_once->writes[i];
		cr_assert(compare(&a->key, &b->key) == 0 && a->fresh == b->fresh);
		cr_assert(a->value.len == b->value.len &&
			  memcmp(a->value.data, b->value.data, a->value.len) == 0);
	}
}

/*
 * The rule is a function: once more, with every question answered as it is asked, gives the same
 * reply, the same questions and the same writes.
 */
static void check_at_once(struct harness *harness, const struct pp_response *reply)
{
	const struct decision *rounds = harness->decision;
	struct decision *at_once = harness->at_once;
	struct arena arena;
	struct pp_response again = { .seq = 77 };

	arena_init(&arena, harness->arena_bytes, NULL);
	decision_begin(at_once, &rounds->context, rounds->request, &again, &arena);
	decision_fetch_with(at_once, fetch, harness);
	enum step step = decide(at_once);
	/* Each round takes from the arena; one that got by with less may have had enough. */
	if (harness->step != STEP_TOO_BIG)
		cr_assert_eq(step, harness->step);
	if (harness->step == STEP_DONE) {
		char *first = strdup(harness_text(reply));
		cr_assert_str_eq(harness_text(&again), first);
		free(first);
		check_same(rounds, at_once);
	}
	arena_free(&arena);
}

static const struct pp_response *ask(
	struct harness *harness, struct pp_request *request, bool snapshot)
{
	struct decision *decision = harness->decision;
	struct arena *arena = malloc(sizeof(*arena));
	struct decide_request input = { .request = request };
	struct decide_context context = { .now_ms = harness->now_ms,
		.revision = harness->revision,
		.snapshot = snapshot,
		.settings = &harness->settings,
		.kept_from = harness->kept_from };

	cr_assert(harness->n_replies < HARNESS_REPLIES_MAX);
	arena_init(arena, harness->arena_bytes, NULL);
	harness->arenas[harness->n_replies++] = arena;
	struct pp_response *reply = arena_zalloc(arena, sizeof(*reply));
	reply->seq = 77;
	input.hash[0] = harness->content;
	for (size_t i = 0; i < sizeof(input.random); i++)
		input.random[i] = (uint8_t)(17 * (i + harness->n_replies));
	decision_begin(decision, &context, &input, reply, arena);
	harness->n_rounds = 0;
	harness->step = run(harness);
	check_at_once(harness, reply);
	if (harness->step == STEP_DONE) {
		cr_assert_eq(reply->seq, 77);
		check_writes(harness, reply);
	} else {
		decision->n_writes = 0;
		decision->accepted = false;
	}
	cr_assert(!snapshot || decision->n_writes == 0);
	harness->n_writes = decision->n_writes;
	for (uint32_t i = 0; i < decision->n_writes; i++)
		harness_store(harness, &decision->writes[i].key, decision->writes[i].value);
	if (decision->accepted)
		harness->revision++;
	unload(decision);
	return reply;
}

const struct pp_response *harness_ask(struct harness *harness, struct pp_request *request)
{
	if (pp_kind_flags(request->kind) == PP_WRITE && request->kind != PP_KIND_ABANDON_REQUEST &&
		!request->has_request_id) {
		request->has_request_id = true;
		request->request_id = harness_uuid(harness, harness->now_ms);
	}
	return ask(harness, request, false);
}

const struct pp_response *harness_look(struct harness *harness, struct pp_request *request)
{
	return ask(harness, request, true);
}

/* ---- Requests ---- */

struct pp_uuid harness_uuid(struct harness *harness, int64_t time_ms)
{
	struct pp_uuid uuid = { { 0 } };
	uint64_t n = ++harness->n_ids;

	for (int i = 0; i < 6; i++)
		uuid.bytes[i] = (uint8_t)((uint64_t)time_ms >> (40 - 8 * i));
	uuid.bytes[6] = 0x70;
	uuid.bytes[8] = 0x80;
	for (int i = 0; i < 7; i++)
		uuid.bytes[15 - i] = (uint8_t)(n >> (8 * i));
	return uuid;
}

struct pp_request harness_request(enum pp_kind kind, uint64_t acting_user)
{
	return (struct pp_request) { .kind = kind, .acting_user = acting_user };
}

bool is_ok(const struct pp_response *reply)
{
	return reply->status == NULL && reply->kind != PP_KIND_NONE;
}

enum pp_reason reason_of(const struct pp_response *reply)
{
	return reply->status == NULL ? PP_REASON_NONE : reply->status->reason;
}

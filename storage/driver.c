#include "storage/driver.h"

#include <sodium.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "storage/seal.h"

/* Beyond this looking into the engine is as quick. */
enum { SLOTS_SEARCHED_MAX = 64 };

int driver_init(struct driver *driver, struct engine *engine, const struct store_options *options,
	const struct meta_state *state)
{
	uint64_t hash_seed;
	uint32_t n_entries_max;
	size_t n_bytes_max;

	*driver = (struct driver) {
		.engine = engine,
		.rule = options->rule,
		.rule_settings = options->rule_settings,
		.oldest_kept = options->oldest_kept,
		.free_bytes_min =
			options->free_bytes_min == 0 ? FREE_BYTES_MIN : options->free_bytes_min,
		.revision = state->revision,
		.last_commit_ms = state->last_commit_ms,
		.state = *state,
	};
	randombytes_buf(&hash_seed, sizeof(hash_seed));
	engine->ops->limits(engine, &n_entries_max, &n_bytes_max);
	int err = overlay_init(&driver->overlay, n_entries_max, n_bytes_max, hash_seed);
	if (err != 0)
		return err;
	driver->decision = calloc(1, sizeof(*driver->decision));
	driver->puts = malloc(((size_t)n_entries_max + 1) * sizeof(*driver->puts));
	driver->removals = malloc(PRUNE_MAX * sizeof(*driver->removals));
	if (driver->decision != NULL && driver->puts != NULL && driver->removals != NULL)
		return 0;
	driver_free(driver);
	return PP_ERR_NO_MEMORY;
}

void driver_free(struct driver *driver)
{
	overlay_free(&driver->overlay);
	free(driver->decision);
	free(driver->puts);
	free(driver->removals);
	driver->decision = NULL;
	driver->puts = NULL;
	driver->removals = NULL;
}

/* The record under a key as the store holds it, without the batch's own writes. */
static int batch_load(struct driver *driver, const struct key *key, bool *present,
	struct span *value, uint64_t *checksum)
{
	struct span sealed;
	int err = driver->engine->ops->batch_get(driver->engine, key, &sealed);

	*present = err == 0;
	if (err == PP_ERR_NOT_FOUND)
		return 0;
	return err != 0 ? err : seal_open(key, sealed, value, checksum);
}

/*
 * Answers a rule out of a batch: what those before it wrote, else what is committed. Both stay
 * where they are: the overlay is written between decisions, the engine when the batch ends.
 */
static int fetch_from_batch(void *context, struct slot *slot)
{
	struct driver *driver = context;
	const struct overlay_entry *entry = overlay_find(&driver->overlay, &slot->key);
	uint64_t checksum;

	if (entry == NULL)
		return batch_load(driver, &slot->key, &slot->present, &slot->value, &checksum);
	slot->present = true;
	slot->value = overlay_value(entry);
	return 0;
}

/* Answers a rule out of a view, which keeps what it has shown until it ends. */
static int fetch_from_view(void *context, struct slot *slot)
{
	struct engine_view *view = context;
	struct span sealed;
	uint64_t checksum;
	int err = view->engine->ops->view_get(view, &slot->key, &sealed);

	slot->present = err == 0;
	if (err == PP_ERR_NOT_FOUND)
		return 0;
	return err != 0 ? err : seal_open(&slot->key, sealed, &slot->value, &checksum);
}

/*
 * One run of the rule, every question answered as it is asked. What came of it: 0, PP_ERR_TOO_BIG,
 * PP_ERR_CORRUPT, or a load's error.
 */
static int run_rule(rule_fn rule, struct decision *decision, fetch_fn fetch, void *context)
{
	decision_fetch_with(decision, fetch, context);
	enum step step = rule(decision);
	if (decision->error != 0)
		return decision->error;
	switch (step) {
	case STEP_DONE: return 0;
	case STEP_CORRUPT: return PP_ERR_CORRUPT;
	case STEP_TOO_BIG: return PP_ERR_TOO_BIG;
	case STEP_READ: break;
	}
	ASSERT(false); /* it waits for an answer that it has */
}

/* The slot of a key, if the rule loaded it; NULL also when there are too many to look through. */
static const struct slot *find_slot(const struct decision *decision, const struct key *key)
{
	for (uint32_t i = 0; i < decision->n_slots && i < SLOTS_SEARCHED_MAX; i++) {
		const struct slot *slot = &decision->slots[i];
		if (slot->loaded && slot->key.len == key->len &&
			memcmp(slot->key.bytes, key->bytes, key->len) == 0)
			return slot;
	}
	return NULL;
}

/*
 * A new entry for a key, with what the store holds under it: mostly the rule has just read it. One
 * that is said to be fresh is looked for by the engine's commit, which is there anyway.
 */
static int add_entry(struct driver *driver, const struct decision *decision,
	const struct record_write *write, struct overlay_entry **out)
{
	const struct key *key = &write->key;
	struct overlay_entry *entry = overlay_add(&driver->overlay, key);
	const struct slot *slot = find_slot(decision, key);
	struct span old;

	*out = entry;
	if (slot == NULL && write->fresh) {
		entry->fresh = true;
		return 0;
	}
	if (slot == NULL)
		return batch_load(driver, key, &entry->existed, &old, &entry->old_checksum);
	/* It came from the engine, with its seal: the overlay had no such key. */
	entry->existed = slot->present;
	if (slot->present)
		entry->old_checksum = seal_checksum(slot->value);
	return 0;
}

/* Puts a complete decision into the overlay. There is room: see room_for_another. */
static int apply_writes(struct driver *driver, const struct decision *decision)
{
	for (uint32_t i = 0; i < decision->n_writes; i++) {
		const struct record_write *write = &decision->writes[i];
		ASSERT(write->key.len > 0 && write->key.bytes[0] != META_TABLE);
		struct overlay_entry *entry = overlay_find(&driver->overlay, &write->key);
		ASSERT(entry == NULL || !write->fresh);
		if (entry == NULL) {
			int err = add_entry(driver, decision, write, &entry);
			if (err != 0)
				return err;
			ASSERT(!entry->existed || !write->fresh);
		}
		overlay_set(&driver->overlay, entry, write->value);
	}
	return 0;
}

static int execute_one(struct driver *driver, struct store_op *op, int64_t now_ms)
{
	struct decision *decision = driver->decision;
	struct decide_context context = {
		.now_ms = now_ms,
		.revision = driver->next_state.revision,
		.settings = driver->rule_settings,
		.kept_from = driver->state.kept_from,
	};

	decision_begin(decision, &context, op->request, op->reply, op->arena);
	int err = run_rule(driver->rule, decision, fetch_from_batch, driver);
	op->result = 0;
	if (err == PP_ERR_TOO_BIG && decision->error == 0) {
		op->result = err;
		return 0;
	}
	if (err == 0)
		err = apply_writes(driver, decision);
	if (err == 0 && decision->accepted)
		driver->next_state.revision++;
	return err;
}

/* Whether the largest decision there can be would still fit into this batch. */
static bool room_for_another(const struct driver *driver)
{
	return overlay_has_room(&driver->overlay, DECISION_WRITES_MAX, DECISION_BYTES_MAX);
}

/* Without the bytes behind its end, which nobody set. */
static void copy_key(const struct key *key, struct key *out)
{
	*out = (struct key) { .len = key->len };
	memcpy(out->bytes, key->bytes, key->len);
}

/* It never goes back, whatever the settings say later: what is gone stays gone. */
static void advance_kept_from(struct driver *driver, const struct key *oldest)
{
	ASSERT(oldest->len > 0 && oldest->len <= KEY_BYTES_MAX && oldest->bytes[0] != META_TABLE);
	if (key_compare(oldest, &driver->next_state.kept_from) > 0)
		copy_key(oldest, &driver->next_state.kept_from);
}

/*
 * Collects expired records in key order, and takes them out of the totals. An engine with a log
 * deletes what lies below kept_from itself, at its checkpoints.
 */
static int collect_expired(struct driver *driver, int64_t now_ms)
{
	size_t n_max = 2 * (size_t)driver->overlay.n_entries;
	struct key oldest;

	driver->n_removals = 0;
	if (driver->oldest_kept == NULL)
		return 0;
	driver->oldest_kept(now_ms, driver->rule_settings, &oldest);
	advance_kept_from(driver, &oldest);
	if (driver->engine->ops->logged)
		return 0;
	struct meta_table *total = &driver->next_state.tables[oldest.bytes[0]];
	n_max = n_max < PRUNE_MIN ? PRUNE_MIN : n_max > PRUNE_MAX ? PRUNE_MAX : n_max;
	struct key found = { .len = 1, .bytes = { oldest.bytes[0] } };
	bool after = false;
	while (driver->n_removals < n_max && total->n_records > 0) {
		struct key at = found;
		struct span sealed;
		struct span value;
		uint64_t checksum;
		int err = driver->engine->ops->batch_next(
			driver->engine, &at, after, &found, &sealed);
		if (err == PP_ERR_NOT_FOUND || (err == 0 && key_compare(&found, &oldest) >= 0))
			break;
		if (err == 0)
			err = seal_open(&found, sealed, &value, &checksum);
		if (err != 0)
			return err;
		after = true;
		if (overlay_find(&driver->overlay, &found) != NULL)
			continue; /* written just now; a later commit takes it */
		driver->removals[driver->n_removals++] = found;
		total->n_records--;
		total->checksum_xor ^= checksum;
	}
	return 0;
}

/*
 * Turns the overlay into puts, after the state, and adds them to the totals: in key order, unless
 * they go to a log first.
 */
static void prepare_puts(struct driver *driver, const struct key *key_of_state)
{
	bool logged = driver->engine->ops->logged;
	struct overlay_entry *const *sorted = logged ? NULL : overlay_sort(&driver->overlay);
	uint8_t state[META_STATE_BYTES_MAX];

	for (uint32_t i = 0; i < driver->overlay.n_entries; i++) {
		const struct overlay_entry *entry =
			logged ? &driver->overlay.entries[i] : sorted[i];
		struct meta_table *total = &driver->next_state.tables[entry->key.bytes[0]];
		total->n_records += entry->existed ? 0 : 1;
		total->checksum_xor ^= entry->checksum ^ (entry->existed ? entry->old_checksum : 0);
		driver->puts[i + 1] = (struct engine_put) {
			.key = &entry->key,
			.value = { .data = entry->sealed, .len = entry->len },
			.fresh = entry->fresh,
		};
	}
	struct span encoded = meta_state_encode(&driver->next_state, state);
	seal_write(key_of_state, encoded, driver->sealed_state);
	driver->puts[0] = (struct engine_put) {
		.key = key_of_state, /* of table 0: first in key order */
		.value = { .data = driver->sealed_state, .len = encoded.len + SEAL_BYTES },
	};
}

/* Ends the engine's batch in any case. */
static int commit_batch(struct driver *driver, int64_t now_ms)
{
	struct key key_of_state;

	if (driver->overlay.n_entries == 0 &&
		driver->next_state.revision == driver->state.revision) {
		driver->engine->ops->batch_abort(driver->engine);
		return 0;
	}
	meta_key_of_state(&key_of_state);
	driver->next_state.last_commit_ms = now_ms;
	int err = collect_expired(driver, now_ms);
	if (err != 0) {
		driver->engine->ops->batch_abort(driver->engine);
		return err;
	}
	prepare_puts(driver, &key_of_state);
	struct engine_changes changes = {
		.puts = driver->puts,
		.n_puts = driver->overlay.n_entries + 1,
		.removals = driver->removals,
		.n_removals = driver->n_removals,
	};
	err = driver->engine->ops->batch_commit(driver->engine, &changes);
	if (err != 0)
		return err;
	driver->state = driver->next_state;
	atomic_store(&driver->last_commit_ms, driver->state.last_commit_ms);
	atomic_store(&driver->revision, driver->state.revision);
	return 0;
}

/* Nothing of it is executed. */
static int refuse_all(struct store_op *const ops[], size_t n, int err)
{
	for (size_t i = 0; i < n; i++)
		ops[i]->result = err;
	return 0;
}

static bool is_passing(int err)
{
	return err == PP_ERR_STORAGE_FULL || err == PP_ERR_BUSY;
}

static uint64_t monotonic_ns(void)
{
	struct timespec now;

	clock_gettime(CLOCK_MONOTONIC, &now);
	return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

/* Decides as many as fit, in an engine's batch that has begun and that this ends. */
static int run_batch(struct driver *driver, struct store_op *const ops[], size_t n, int64_t now_ms,
	size_t *n_taken)
{
	uint64_t began_ns = monotonic_ns();
	int err = 0;

	overlay_clear(&driver->overlay);
	driver->next_state = driver->state;
	while (err == 0 && *n_taken < n && room_for_another(driver)) {
		err = execute_one(driver, ops[*n_taken], now_ms);
		++*n_taken;
	}
	uint64_t decided_ns = monotonic_ns();
	driver->timing.decide_ns = decided_ns - began_ns;
	if (err != 0) {
		driver->engine->ops->batch_abort(driver->engine);
		return err;
	}
	err = commit_batch(driver, now_ms);
	driver->timing.commit_ns = monotonic_ns() - decided_ns;
	return err;
}

int driver_execute(struct driver *driver, struct store_op *const ops[], size_t n, int64_t now_ms,
	size_t *n_taken)
{
	uint64_t file_bytes;
	uint64_t free_bytes;

	ASSERT(n > 0 && n <= STORE_BATCH_MAX);
	ASSERT(now_ms >= driver->state.last_commit_ms);
	driver->timing = (struct store_timing) { 0 };
	*n_taken = 0;
	if (driver->failed != 0)
		return driver->failed;
	int err = driver->engine->ops->usage(driver->engine, &file_bytes, &free_bytes);
	if (err == 0 && free_bytes < driver->free_bytes_min)
		err = PP_ERR_STORAGE_FULL;
	if (err == 0)
		err = driver->engine->ops->batch_begin(driver->engine);
	if (is_passing(err)) {
		*n_taken = n;
		return refuse_all(ops, n, err);
	}
	if (err == 0)
		err = run_batch(driver, ops, n, now_ms, n_taken);
	if (err == PP_ERR_STORAGE_FULL)
		return refuse_all(ops, *n_taken, err);
	driver->failed = err;
	return err;
}

void driver_read(rule_fn rule, struct decision *decision, struct engine_view *view,
	const struct decide_context *context, struct store_op *op)
{
	decision_begin(decision, context, op->request, op->reply, op->arena);
	op->result = run_rule(rule, decision, fetch_from_view, view);
}

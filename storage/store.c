#include "storage/store.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "storage/driver.h"
#include "storage/logged.h"
#include "storage/seal.h"

struct store {
	struct engine *engine;
	struct meta_identity identity; /* these two are constant while open */
	uint64_t previous_incarnation;
	struct recovery recovery;
	struct driver driver;
};

struct store_reader {
	struct store *store;
	struct engine_view *view;
	struct decide_context context; /* of the view; now_ms is the time of its last commit */
	bool begun;
	struct decision decision;
};

struct store_snapshot {
	struct store *store;
	struct engine_view *view;
	struct meta_state state;
};

void message_set(char *message, const char *format, ...)
{
	va_list args;

	va_start(args, format);
	vsnprintf(message, STORE_MESSAGE_BYTES, format, args);
	va_end(args);
}

static const struct engine_ops *engine_ops_of(enum store_engine engine)
{
	switch (engine) {
	case STORE_LOG: return &engine_log;
	case STORE_LMDB: return &engine_lmdb;
	case STORE_MEMORY: break;
	}
	return &engine_memory;
}

/* Opens the engine, ready to make a store with an identity of its own. */
static int open_engine(const struct store_options *options, struct engine **out,
	struct recovery *recovery, char *message)
{
	const struct engine_ops *ops = engine_ops_of(options->engine);
	struct meta_identity identity;
	uint8_t identity_bytes[META_IDENTITY_BYTES_MAX];
	uint8_t state_bytes[META_STATE_BYTES_MAX];
	uint8_t sealed_identity[META_IDENTITY_BYTES_MAX + SEAL_BYTES];
	uint8_t sealed_state[META_STATE_BYTES_MAX + SEAL_BYTES];
	static const struct meta_state empty;
	struct key keys[2];

	int err = meta_identity_make(options->unicode_version, &identity);
	if (err != 0) {
		message_set(
			message, "cannot draw the identity of a new store: %s", pp_strerror(err));
		return err;
	}
	meta_key_of_identity(&keys[0]);
	meta_key_of_state(&keys[1]);
	struct span first = meta_identity_encode(&identity, identity_bytes);
	struct span second = meta_state_encode(&empty, state_bytes);
	seal_write(&keys[0], first, sealed_identity);
	seal_write(&keys[1], second, sealed_state);
	struct engine_put puts[2] = {
		{ .key = &keys[0], .value = { sealed_identity, first.len + SEAL_BYTES } },
		{ .key = &keys[1], .value = { sealed_state, second.len + SEAL_BYTES } },
	};
	struct engine_changes changes = { .puts = puts, .n_puts = ARRAY_LEN(puts) };
	int opened = ops->open(options, &changes, out, message);
	if (opened != 0)
		return opened;
	if (options->engine == STORE_LOG)
		*recovery = *logged_recovery(*out);
	/* It may have been used with a log before. */
	if (options->engine == STORE_LMDB)
		err = logged_absorb(*out, options, recovery, message);
	if (err != 0)
		ops->close(*out);
	return err;
}

/* Reads who the store is and how far it has come; checks both. */
static int load_meta(struct engine_view *view, const struct store_options *options,
	struct meta_identity *identity, struct meta_state *state, char *message)
{
	struct span bytes;
	struct key key;

	*identity = (struct meta_identity) { .format = 0 };
	meta_key_of_identity(&key);
	int err = meta_get(view, &key, &bytes);
	if (err == 0)
		err = meta_identity_decode(bytes, identity);
	err = meta_identity_check(identity, err, options, message);
	if (err != 0)
		return err;
	meta_key_of_state(&key);
	err = meta_get(view, &key, &bytes);
	if (err == 0)
		err = meta_state_decode(bytes, state);
	if (err != 0)
		message_set(message,
			"the state record of the store is damaged (%s): restore a backup",
			pp_strerror(err));
	return err;
}

static int open_meta(struct engine *engine, const struct store_options *options,
	struct meta_identity *identity, struct meta_state *state, char *message)
{
	struct engine_view *view;
	int err = engine->ops->view_open(engine, &view);

	if (err != 0)
		goto err_before_view;
	err = engine->ops->view_begin(view);
	if (err != 0)
		goto err_after_view;
	err = load_meta(view, options, identity, state, message);
	engine->ops->view_end(view);
	engine->ops->view_close(view);
	return err;

err_after_view:
	engine->ops->view_close(view);
err_before_view:
	message_set(message, "the store cannot be read: %s", pp_strerror(err));
	return err;
}

/* Writes the identity, and it alone, in a batch of its own. */
static int write_identity(struct engine *engine, const struct meta_identity *identity)
{
	uint8_t bytes[META_IDENTITY_BYTES_MAX];
	uint8_t sealed[META_IDENTITY_BYTES_MAX + SEAL_BYTES];
	struct span value = meta_identity_encode(identity, bytes);
	struct key key;

	meta_key_of_identity(&key);
	seal_write(&key, value, sealed);
	struct engine_put put = { .key = &key, .value = { sealed, value.len + SEAL_BYTES } };
	struct engine_changes changes = { .puts = &put, .n_puts = 1 };
	int err = engine->ops->batch_begin(engine);
	return err != 0 ? err : engine->ops->batch_commit(engine, &changes);
}

/* What a copy that was put back must not share with the store it was copied from. */
static int begin_incarnation(struct store *store, char *message)
{
	struct meta_identity next = store->identity;
	int err = meta_identity_restore(&next);

	if (err == 0)
		err = write_identity(store->engine, &next);
	if (err != 0) {
		message_set(message, "cannot write the new incarnation of the store: %s",
			pp_strerror(err));
		return err;
	}
	store->previous_incarnation = store->identity.incarnation;
	store->identity = next;
	return 0;
}

int store_open(const struct store_options *options, struct store **out, char *message)
{
	struct meta_state state;
	struct store *store = calloc(1, sizeof(*store));
	int err = PP_ERR_NO_MEMORY;

	ASSERT(options->rule != NULL);
	message_set(message, "%s", pp_strerror(err));
	if (store == NULL)
		return err;
	if (options->restored && options->engine == STORE_MEMORY) {
		message_set(message, "a store in memory can not have been restored");
		err = PP_ERR_NOT_FOUND;
		goto err_after_calloc;
	}
	err = open_engine(options, &store->engine, &store->recovery, message);
	if (err != 0)
		goto err_after_calloc;
	err = open_meta(store->engine, options, &store->identity, &state, message);
	store->previous_incarnation = store->recovery.previous_incarnation;
	if (err == 0 && options->restored)
		err = begin_incarnation(store, message);
	if (err != 0)
		goto err_after_engine;
	err = driver_init(&store->driver, store->engine, options, &state);
	if (err != 0) {
		message_set(message, "%s", pp_strerror(err));
		goto err_after_engine;
	}
	message[0] = '\0';
	*out = store;
	return 0;

err_after_engine:
	store->engine->ops->close(store->engine);
err_after_calloc:
	free(store);
	return err;
}

int store_close(struct store *store)
{
	driver_free(&store->driver);
	int err = store->engine->ops->close(store->engine);
	free(store);
	return err;
}

void store_info(const struct store *store, struct store_info *out)
{
	struct store_stats stats;

	store_stats(store, &stats);
	*out = (struct store_info) {
		.store_id = store->identity.store_id,
		.incarnation = store->identity.incarnation,
		.previous_incarnation = store->previous_incarnation,
		.format = store->identity.format,
		.revision = atomic_load(&store->driver.revision),
		.last_commit_ms = atomic_load(&store->driver.last_commit_ms),
		.created_at_ms = store->identity.created_at_ms,
		.commit_mode = store->engine->ops->commit_mode,
		.unsafe_no_sync = stats.unsafe_no_sync,
		.n_recovered = store->recovery.n_batches,
		.n_lost = store->recovery.n_lost,
	};
	memcpy(out->secret, store->identity.secret, sizeof(out->secret));
}

void store_last_timing(const struct store *store, struct store_timing *out)
{
	*out = store->driver.timing;
}

int store_health(const struct store *store)
{
	return store->engine->ops->health(store->engine);
}

void store_stats(const struct store *store, struct store_stats *out)
{
	*out = (struct store_stats) { 0 };
	store->engine->ops->stats(store->engine, out);
}

void store_set_settings(struct store *store, const void *rule_settings)
{
	store->driver.rule_settings = rule_settings;
}

int store_execute(struct store *store, struct store_op *const ops[], size_t n, int64_t now_ms,
	size_t *n_taken)
{
	return driver_execute(&store->driver, ops, n, now_ms, n_taken);
}

int store_reader_open(struct store *store, struct store_reader **out)
{
	struct store_reader *reader = calloc(1, sizeof(*reader));

	if (reader == NULL)
		return PP_ERR_NO_MEMORY;
	reader->store = store;
	int err = store->engine->ops->view_open(store->engine, &reader->view);
	if (err != 0) {
		free(reader);
		return err;
	}
	*out = reader;
	return 0;
}

void store_reader_close(struct store_reader *reader)
{
	store_reader_end(reader);
	reader->store->engine->ops->view_close(reader->view);
	free(reader);
}

int store_reader_begin(struct store_reader *reader)
{
	const struct engine_ops *ops = reader->store->engine->ops;
	struct span bytes;
	struct key key;

	ASSERT(!reader->begun);
	int err = ops->view_begin(reader->view);
	if (err != 0)
		return err;
	reader->context = (struct decide_context) {
		.snapshot = true,
		.settings = reader->store->driver.rule_settings,
	};
	meta_key_of_state(&key);
	err = meta_get(reader->view, &key, &bytes);
	if (err == 0)
		err = meta_state_decode_head(bytes, &reader->context.revision,
			&reader->context.now_ms, &reader->context.kept_from);
	if (err != 0) {
		ops->view_end(reader->view);
		return err == PP_ERR_NOT_FOUND ? PP_ERR_CORRUPT : err;
	}
	reader->begun = true;
	return 0;
}

void store_reader_end(struct store_reader *reader)
{
	if (!reader->begun)
		return;
	reader->store->engine->ops->view_end(reader->view);
	reader->begun = false;
}

void store_read(struct store_reader *reader, struct store_op *op, int64_t now_ms)
{
	struct decide_context context = reader->context;

	ASSERT(reader->begun);
	if (context.now_ms < now_ms)
		context.now_ms = now_ms;
	driver_read(reader->store->driver.rule, &reader->decision, reader->view, &context, op);
}

/* What checkpoints deleted is counted in the state still. */
static int subtract_removed(struct store_snapshot *snapshot)
{
	struct meta_log log;
	int err = meta_log_get(snapshot->view, &log);

	if (err != 0)
		return err;
	for (uint32_t table = 0; table < META_TABLES; table++) {
		struct meta_table *total = &snapshot->state.tables[table];
		total->n_records -= log.removed[table].n_records;
		total->checksum_xor ^= log.removed[table].checksum_xor;
	}
	return 0;
}

int store_snapshot_open(struct store *store, struct store_snapshot **out)
{
	const struct engine_ops *ops = store->engine->ops;
	struct store_snapshot *snapshot = calloc(1, sizeof(*snapshot));
	struct span bytes;
	struct key key;

	if (snapshot == NULL)
		return PP_ERR_NO_MEMORY;
	snapshot->store = store;
	int err = ops->view_open(store->engine, &snapshot->view);
	if (err != 0)
		goto err_after_calloc;
	err = ops->snapshot_begin(snapshot->view);
	if (err != 0)
		goto err_after_view;
	meta_key_of_state(&key);
	err = meta_get(snapshot->view, &key, &bytes);
	if (err == 0)
		err = meta_state_decode(bytes, &snapshot->state);
	if (err == 0)
		err = subtract_removed(snapshot);
	if (err != 0)
		goto err_after_begin;
	*out = snapshot;
	return 0;

err_after_begin:
	ops->view_end(snapshot->view);
err_after_view:
	ops->view_close(snapshot->view);
err_after_calloc:
	free(snapshot);
	return err == PP_ERR_NOT_FOUND ? PP_ERR_CORRUPT : err;
}

void store_snapshot_close(struct store_snapshot *snapshot)
{
	snapshot->store->engine->ops->view_end(snapshot->view);
	snapshot->store->engine->ops->view_close(snapshot->view);
	free(snapshot);
}

uint64_t store_snapshot_revision(const struct store_snapshot *snapshot)
{
	return snapshot->state.revision;
}

int64_t store_snapshot_time_ms(const struct store_snapshot *snapshot)
{
	return snapshot->state.last_commit_ms;
}

uint64_t store_snapshot_n_records(const struct store_snapshot *snapshot)
{
	uint64_t n_records = 0;

	for (uint32_t table = 0; table < META_TABLES; table++)
		n_records += snapshot->state.tables[table].n_records;
	return n_records;
}

int store_snapshot_get(
	struct store_snapshot *snapshot, const struct key *key, bool *present, struct span *out)
{
	struct span sealed;
	uint64_t checksum;
	int err = snapshot->store->engine->ops->view_get(snapshot->view, key, &sealed);

	*present = err == 0;
	if (err == PP_ERR_NOT_FOUND)
		return 0;
	return err != 0 ? err : seal_open(key, sealed, out, &checksum);
}

int store_snapshot_next(struct store_snapshot *snapshot, const struct key *key, bool after,
	struct key *found, struct span *value)
{
	static const struct key first = { .len = 1, .bytes = { META_TABLE + 1 } };
	struct span sealed;
	uint64_t checksum;

	if (key_compare(key, &first) < 0) {
		key = &first;
		after = false;
	}
	int err =
		snapshot->store->engine->ops->view_next(snapshot->view, key, after, found, &sealed);
	if (err != 0)
		return err == PP_ERR_NOT_FOUND ? err : PP_ERR_IO;
	return seal_open(found, sealed, value, &checksum);
}

void store_snapshot_table(const struct store_snapshot *snapshot, uint8_t table, uint64_t *n_records,
	uint64_t *checksum_xor)
{
	*n_records = snapshot->state.tables[table].n_records;
	*checksum_xor = snapshot->state.tables[table].checksum_xor;
}

void store_usage(const struct store *store, uint64_t *file_bytes, uint64_t *free_bytes)
{
	int err = store->engine->ops->usage(store->engine, file_bytes, free_bytes);

	if (err != 0)
		*file_bytes = 0;
	if (err != 0 || *free_bytes == UINT64_MAX)
		*free_bytes = 0;
}

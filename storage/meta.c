#include "storage/meta.h"

#include <sodium.h>
#include <string.h>
#include <time.h>

#include "storage/seal.h"

static const char magic[16] = "PeakPeeps store";

void meta_key_of_identity(struct key *out)
{
	*out = (struct key) { .len = 2, .bytes = { META_TABLE, 'I' } };
}

void meta_key_of_log(struct key *out)
{
	*out = (struct key) { .len = 2, .bytes = { META_TABLE, 'L' } };
}

void meta_key_of_state(struct key *out)
{
	*out = (struct key) { .len = 2, .bytes = { META_TABLE, 'S' } };
}

static int read_wall(int64_t *out_ms)
{
	struct timespec now;

	if (clock_gettime(CLOCK_REALTIME, &now) != 0)
		return PP_ERR_IO;
	*out_ms = (int64_t)now.tv_sec * 1000 + now.tv_nsec / 1000000;
	return 0;
}

int meta_identity_make(const char *unicode_version, struct meta_identity *out)
{
	*out = (struct meta_identity) { .format = META_FORMAT };
	if (unicode_version == NULL)
		unicode_version = "";
	size_t len = strlen(unicode_version);
	if (len >= sizeof(out->unicode_version))
		return PP_ERR_INVALID;
	memcpy(out->unicode_version, unicode_version, len);
	if (sodium_init() < 0 || read_wall(&out->created_at_ms) != 0)
		return PP_ERR_IO;
	out->incarnation = (uint64_t)out->created_at_ms;
	randombytes_buf(out->secret, sizeof(out->secret));
	randombytes_buf(out->store_id.bytes, sizeof(out->store_id.bytes));
	/* A UUIDv4, so that it looks like what it is wherever it is shown. */
	out->store_id.bytes[6] = (uint8_t)((out->store_id.bytes[6] & 0x0f) | 0x40);
	out->store_id.bytes[8] = (uint8_t)((out->store_id.bytes[8] & 0x3f) | 0x80);
	return 0;
}

int meta_identity_restore(struct meta_identity *identity)
{
	int64_t now_ms = 0;
	int err = read_wall(&now_ms);

	if (err != 0)
		return err;
	uint64_t now = now_ms > 0 ? (uint64_t)now_ms : 0;
	uint64_t next = identity->incarnation + 1;
	identity->incarnation = now > next ? now : next;
	return 0;
}

struct span meta_identity_encode(
	const struct meta_identity *identity, uint8_t buf[META_IDENTITY_BYTES_MAX])
{
	struct byte_writer writer;

	byte_writer_init(&writer, buf, META_IDENTITY_BYTES_MAX);
	write_bytes(&writer, magic, sizeof(magic));
	write_u32(&writer, identity->format);
	write_bytes(&writer, identity->store_id.bytes, sizeof(identity->store_id.bytes));
	write_u64(&writer, identity->incarnation);
	write_i64(&writer, identity->created_at_ms);
	write_bytes(&writer, identity->secret, sizeof(identity->secret));
	write_block(&writer, (struct span) { .data = (const uint8_t *)identity->unicode_version,
				     .len = strlen(identity->unicode_version) });
	ASSERT(!writer.failed);
	return byte_writer_span(&writer);
}

int meta_identity_decode(struct span bytes, struct meta_identity *out)
{
	struct byte_reader reader;

	*out = (struct meta_identity) { .format = 0 };
	byte_reader_init(&reader, bytes);
	const uint8_t *start = read_bytes(&reader, sizeof(magic));
	out->format = read_u32(&reader);
	if (reader.failed || memcmp(start, magic, sizeof(magic)) != 0)
		return PP_ERR_CORRUPT;
	if (out->format != META_FORMAT)
		return PP_ERR_FORMAT;
	const uint8_t *store_id = read_bytes(&reader, sizeof(out->store_id.bytes));
	out->incarnation = read_u64(&reader);
	out->created_at_ms = read_i64(&reader);
	const uint8_t *secret = read_bytes(&reader, sizeof(out->secret));
	struct span unicode_version = read_block(&reader);
	if (!byte_reader_done(&reader) || unicode_version.len >= sizeof(out->unicode_version))
		return PP_ERR_CORRUPT;
	memcpy(out->store_id.bytes, store_id, sizeof(out->store_id.bytes));
	memcpy(out->secret, secret, sizeof(out->secret));
	memcpy(out->unicode_version, unicode_version.data, unicode_version.len);
	return 0;
}

int meta_identity_check(const struct meta_identity *identity, int err,
	const struct store_options *options, char *message)
{
	if (err == PP_ERR_FORMAT) {
		message_set(message,
			"%s is a store of format %u; this build reads format %d. Use the build "
			"that made it, or dump it there and load it here",
			options->path, (unsigned)identity->format, META_FORMAT);
	} else if (err != 0) {
		message_set(message,
			"%s does not say that it is a PeakPeeps store (%s). Another program's "
			"file, or a damaged one: name another directory, or restore a backup",
			options->path, pp_strerror(err));
		err = err == PP_ERR_NOT_FOUND ? PP_ERR_FORMAT : err;
	} else if (options->unicode_version != NULL &&
		   strcmp(options->unicode_version, identity->unicode_version) != 0) {
		message_set(message,
			"the names in this store follow Unicode %s; this build follows %s, and "
			"would not find all of them. Use a build with Unicode %s",
			identity->unicode_version, options->unicode_version,
			identity->unicode_version);
		err = PP_ERR_FORMAT;
	}
	return err;
}

static void write_tables(struct byte_writer *writer, const struct meta_table tables[META_TABLES])
{
	for (uint32_t table = META_TABLE + 1; table < META_TABLES; table++) {
		const struct meta_table *total = &tables[table];
		if (total->n_records == 0)
			continue; /* the XOR over no record is 0 */
		write_u8(writer, (uint8_t)table);
		write_u64(writer, total->n_records);
		write_u64(writer, total->checksum_xor);
	}
}

static void read_tables(struct byte_reader *reader, struct meta_table tables[META_TABLES])
{
	while (!reader->failed && !byte_reader_done(reader)) {
		struct meta_table *total = &tables[read_u8(reader)];
		total->n_records = read_u64(reader);
		total->checksum_xor = read_u64(reader);
	}
}

struct span meta_state_encode(const struct meta_state *state, uint8_t buf[META_STATE_BYTES_MAX])
{
	struct byte_writer writer;

	byte_writer_init(&writer, buf, META_STATE_BYTES_MAX);
	write_u64(&writer, state->revision);
	write_i64(&writer, state->last_commit_ms);
	if (state->kept_from.len > 0) {
		write_u8(&writer, META_TABLE); /* not one of the tables that follow */
		write_u8(&writer, state->kept_from.len);
		write_bytes(&writer, state->kept_from.bytes, state->kept_from.len);
	}
	write_tables(&writer, state->tables);
	ASSERT(!writer.failed);
	return byte_writer_span(&writer);
}

static void read_kept_from(struct byte_reader *reader, struct key *out)
{
	*out = (struct key) { .len = 0 };
	if (reader->failed || reader->at == reader->end || *reader->at != META_TABLE)
		return;
	read_u8(reader);
	uint8_t len = read_u8(reader);
	const uint8_t *bytes = read_bytes(reader, len);
	if (bytes == NULL || len == 0 || len > KEY_BYTES_MAX) {
		reader->failed = true;
		return;
	}
	out->len = len;
	memcpy(out->bytes, bytes, len);
}

static void read_head(struct byte_reader *reader, uint64_t *revision, int64_t *last_commit_ms,
	struct key *kept_from)
{
	*revision = read_u64(reader);
	*last_commit_ms = read_i64(reader);
	read_kept_from(reader, kept_from);
}

int meta_state_decode_head(
	struct span bytes, uint64_t *revision, int64_t *last_commit_ms, struct key *kept_from)
{
	struct byte_reader reader;

	byte_reader_init(&reader, bytes);
	read_head(&reader, revision, last_commit_ms, kept_from);
	return reader.failed ? PP_ERR_CORRUPT : 0;
}

int meta_state_decode(struct span bytes, struct meta_state *out)
{
	struct byte_reader reader;

	memset(out, 0, sizeof(*out));
	byte_reader_init(&reader, bytes);
	read_head(&reader, &out->revision, &out->last_commit_ms, &out->kept_from);
	read_tables(&reader, out->tables);
	return byte_reader_done(&reader) ? 0 : PP_ERR_CORRUPT;
}

struct span meta_log_encode(const struct meta_log *log, uint8_t buf[META_LOG_BYTES_MAX])
{
	struct byte_writer writer;

	byte_writer_init(&writer, buf, META_LOG_BYTES_MAX);
	write_u64(&writer, log->epoch);
	write_u64(&writer, log->batch);
	write_u8(&writer, log->clean);
	write_tables(&writer, log->removed);
	ASSERT(!writer.failed);
	return byte_writer_span(&writer);
}

int meta_log_decode(struct span bytes, struct meta_log *out)
{
	struct byte_reader reader;

	memset(out, 0, sizeof(*out));
	byte_reader_init(&reader, bytes);
	out->epoch = read_u64(&reader);
	out->batch = read_u64(&reader);
	uint8_t clean = read_u8(&reader);
	out->clean = clean == 1;
	read_tables(&reader, out->removed);
	return byte_reader_done(&reader) && clean <= 1 ? 0 : PP_ERR_CORRUPT;
}

int meta_log_get(struct engine_view *view, struct meta_log *out)
{
	struct span bytes;
	struct key key;

	memset(out, 0, sizeof(*out));
	out->clean = true;
	meta_key_of_log(&key);
	int err = meta_get(view, &key, &bytes);
	if (err == PP_ERR_NOT_FOUND)
		return 0;
	return err != 0 ? err : meta_log_decode(bytes, out);
}

int meta_get(struct engine_view *view, const struct key *key, struct span *out)
{
	struct span sealed;
	uint64_t checksum;
	int err = view->engine->ops->view_get(view, key, &sealed);

	return err != 0 ? err : seal_open(key, sealed, out, &checksum);
}

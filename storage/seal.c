#include "storage/seal.h"

#include <string.h>
#define XXH_INLINE_ALL /* of short keys the call would cost as much as the hash */
#include <xxhash.h>

#include "storage/engine.h"

/* "PeakPeep": a record sealed by another program, or a run of zeros, is not one of ours. */
static const uint64_t seal_seed = UINT64_C(0x5065616b50656570);

uint64_t store_record_checksum(const struct key *key, struct span value)
{
	/* The key's hash is the seed of the value's: no bytes move from one to the other. */
	uint64_t seed = XXH3_64bits_withSeed(key->bytes, key->len, seal_seed);

	return XXH3_64bits_withSeed(value.data, value.len, seed);
}

uint64_t seal_write(const struct key *key, struct span value, uint8_t *out)
{
	uint64_t checksum = store_record_checksum(key, value);
	struct byte_writer writer;

	byte_writer_init(&writer, out, value.len + SEAL_BYTES);
	write_bytes(&writer, value.data, value.len);
	write_u64(&writer, checksum);
	ASSERT(!writer.failed);
	return checksum;
}

int seal_open(const struct key *key, struct span sealed, struct span *value, uint64_t *checksum)
{
	size_t len = sealed.len < SEAL_BYTES ? 0 : sealed.len - SEAL_BYTES;
	struct byte_reader reader;

	*value = (struct span) { .data = sealed.data, .len = len };
	*checksum = store_record_checksum(key, *value);
	byte_reader_init(
		&reader, (struct span) { .data = sealed.data + len, .len = sealed.len - len });
	uint64_t stored = read_u64(&reader);
	return byte_reader_done(&reader) && stored == *checksum ? 0 : PP_ERR_CORRUPT;
}

uint64_t seal_checksum(struct span value)
{
	struct byte_reader reader;

	byte_reader_init(&reader, (struct span) { value.data + value.len, SEAL_BYTES });
	return read_u64(&reader);
}

int key_compare(const struct key *a, const struct key *b)
{
	int order = memcmp(a->bytes, b->bytes, a->len < b->len ? a->len : b->len);

	return order != 0 ? order : (int)a->len - (int)b->len;
}

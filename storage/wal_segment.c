#include "storage/wal_segment.h"

#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>
#include <xxhash.h>

#include "storage/directory.h"

enum { ZEROS_BYTES = 1024 * 1024 };

static const char magic[16] = "PeakPeeps log";

/* ---- Sums ---- */

void wal_key_derive(const uint8_t secret[32], struct wal_key *out)
{
	/* Not XXH3_generateSecret: that may give something else in another version of the library,
	 * and the log could not be read back after an upgrade. */
	enum { PART_BYTES = 64 };
	uint8_t mark[crypto_kdf_BYTES_MIN];
	struct byte_reader reader;

	_Static_assert(WAL_KEY_BYTES % PART_BYTES == 0, "whole parts");
	_Static_assert(crypto_kdf_KEYBYTES == 32, "the store's secret is a key");
	for (uint64_t i = 0; i < WAL_KEY_BYTES / PART_BYTES; i++)
		crypto_kdf_derive_from_key(
			out->secret + i * PART_BYTES, PART_BYTES, 1 + i, "pp-log-1", secret);
	crypto_kdf_derive_from_key(mark, sizeof(mark), 0, "pp-log-1", secret);
	byte_reader_init(&reader, (struct span) { mark, sizeof(uint64_t) });
	out->mark = read_u64(&reader);
}

static void sum_of(const struct wal_key *key, struct span bytes, uint8_t out[WAL_SUM_BYTES])
{
	XXH128_canonical_t canonical;

	if (key != NULL)
		XXH128_canonicalFromHash(&canonical, XXH3_128bits_withSecret(bytes.data, bytes.len,
							     key->secret, sizeof(key->secret)));
	else
		XXH128_canonicalFromHash(&canonical, XXH3_128bits(bytes.data, bytes.len));
	_Static_assert(sizeof(canonical.digest) == WAL_SUM_BYTES, "128 bits");
	memcpy(out, canonical.digest, WAL_SUM_BYTES);
}

static struct span summed_of_segment(const uint8_t *bytes)
{
	return (struct span) { bytes, WAL_SEGMENT_HEADER_BYTES - WAL_SUM_BYTES };
}

static struct span summed_of_batch(const struct wal_batch_header *header, const uint8_t *block)
{
	return (struct span) { block + WAL_SUM_BYTES, header->n_used - WAL_SUM_BYTES };
}

/* ---- Headers ---- */

/*
 * The sum of a segment's header has no key, so that a whole one of another store can be told from a
 * broken one of ours; nobody chooses its bytes. The mark tells whose it is.
 */
void wal_segment_header_write(
	const struct wal_segment_header *header, uint8_t out[WAL_SEGMENT_HEADER_BYTES])
{
	struct byte_writer writer;

	memset(out, 0, WAL_SEGMENT_HEADER_BYTES);
	byte_writer_init(&writer, out, WAL_SEGMENT_HEADER_BYTES - WAL_SUM_BYTES);
	write_bytes(&writer, magic, sizeof(magic));
	write_u32(&writer, WAL_FORMAT);
	write_u32(&writer, header->n_slots);
	write_bytes(&writer, header->store_id.bytes, sizeof(header->store_id.bytes));
	write_u64(&writer, header->mark);
	write_u64(&writer, header->epoch);
	write_u64(&writer, header->number);
	write_u64(&writer, header->n_bytes);
	write_u64(&writer, header->after);
	write_bytes(&writer, header->previous, sizeof(header->previous));
	ASSERT(!writer.failed);
	sum_of(NULL, summed_of_segment(out), out + WAL_SEGMENT_HEADER_BYTES - WAL_SUM_BYTES);
}

int wal_segment_header_read(
	const uint8_t bytes[WAL_SEGMENT_HEADER_BYTES], struct wal_segment_header *out)
{
	uint8_t sum[WAL_SUM_BYTES];
	struct byte_reader reader;

	sum_of(NULL, summed_of_segment(bytes), sum);
	if (memcmp(bytes, magic, sizeof(magic)) != 0 ||
		memcmp(bytes + WAL_SEGMENT_HEADER_BYTES - WAL_SUM_BYTES, sum, sizeof(sum)) != 0)
		return PP_ERR_CORRUPT;
	byte_reader_init(&reader, summed_of_segment(bytes));
	read_bytes(&reader, sizeof(magic));
	if (read_u32(&reader) != WAL_FORMAT)
		return PP_ERR_FORMAT;
	out->n_slots = read_u32(&reader);
	memcpy(out->store_id.bytes, read_bytes(&reader, sizeof(out->store_id.bytes)),
		sizeof(out->store_id.bytes));
	out->mark = read_u64(&reader);
	out->epoch = read_u64(&reader);
	out->number = read_u64(&reader);
	out->n_bytes = read_u64(&reader);
	out->after = read_u64(&reader);
	memcpy(out->previous, read_bytes(&reader, WAL_SUM_BYTES), WAL_SUM_BYTES);
	return 0;
}

void wal_batch_header_write(
	const struct wal_key *key, struct wal_batch_header *header, uint8_t *block)
{
	struct byte_writer writer;

	byte_writer_init(&writer, block + WAL_SUM_BYTES, WAL_HEADER_BYTES - WAL_SUM_BYTES);
	write_u64(&writer, header->mark);
	write_u64(&writer, header->epoch);
	write_u64(&writer, header->segment);
	write_u64(&writer, header->batch);
	write_u64(&writer, header->offset);
	write_u32(&writer, header->len);
	write_u32(&writer, header->n_used);
	write_bytes(&writer, header->previous, sizeof(header->previous));
	ASSERT(!writer.failed && writer.at == writer.end);
	sum_of(key, summed_of_batch(header, block), header->sum);
	memcpy(block, header->sum, WAL_SUM_BYTES);
}

bool wal_batch_header_read(const struct wal_key *key, const uint8_t bytes[WAL_HEADER_BYTES],
	uint64_t offset, uint64_t n_bytes, struct wal_batch_header *out)
{
	struct byte_reader reader;

	byte_reader_init(&reader, (struct span) { bytes, WAL_HEADER_BYTES });
	memcpy(out->sum, read_bytes(&reader, WAL_SUM_BYTES), WAL_SUM_BYTES);
	out->mark = read_u64(&reader);
	if (out->mark != key->mark)
		return false;
	out->epoch = read_u64(&reader);
	out->segment = read_u64(&reader);
	out->batch = read_u64(&reader);
	out->offset = read_u64(&reader);
	out->len = read_u32(&reader);
	out->n_used = read_u32(&reader);
	memcpy(out->previous, read_bytes(&reader, WAL_SUM_BYTES), WAL_SUM_BYTES);
	return out->offset == offset && out->len % WAL_ALIGNMENT == 0 &&
	       out->len <= n_bytes - offset && out->n_used >= WAL_HEADER_BYTES &&
	       out->n_used <= out->len;
}

bool wal_batch_whole(
	const struct wal_key *key, const struct wal_batch_header *header, const uint8_t *block)
{
	uint8_t sum[WAL_SUM_BYTES];

	sum_of(key, summed_of_batch(header, block), sum);
	return memcmp(sum, header->sum, sizeof(sum)) == 0;
}

/* ---- Files ---- */

void wal_slot_name(uint32_t slot, char out[WAL_NAME_BYTES])
{
	snprintf(out, WAL_NAME_BYTES, "log.%06u", (unsigned)slot + 1);
}

bool wal_slot_of_name(const char *name, uint32_t *out)
{
	static const char prefix[] = "log.";
	const char *digits = name + strlen(prefix);
	char again[WAL_NAME_BYTES];

	if (strncmp(name, prefix, strlen(prefix)) != 0 || digits[strspn(digits, "0123456789")] != 0)
		return false;
	unsigned long number = strtoul(digits, NULL, 10);
	if (number < 1 || number > WAL_SLOTS_MAX)
		return false;
	wal_slot_name((uint32_t)number - 1, again);
	*out = (uint32_t)number - 1;
	return strcmp(name, again) == 0;
}

int wal_error(int error)
{
	/* A limit on the size of files is one more way for there to be no room. */
	return error == EFBIG ? PP_ERR_STORAGE_FULL : directory_error(error);
}

int wal_read(int fd, void *out, size_t len, uint64_t offset)
{
	size_t done = 0;

	while (done < len) {
		ssize_t n = pread(fd, (uint8_t *)out + done, len - done, (off_t)(offset + done));
		if (n < 0 && errno == EINTR)
			continue;
		if (n <= 0)
			return PP_ERR_IO; /* its end: somebody has just cut it */
		done += (size_t)n;
	}
	return 0;
}

int wal_write(int fd, struct iovec *parts, int n_parts, uint64_t offset)
{
	while (n_parts > 0) {
		ssize_t n = pwritev(fd, parts, n_parts, (off_t)offset);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return wal_error(errno);
		if (n == 0)
			return PP_ERR_IO;
		offset += (uint64_t)n;
		while (n_parts > 0 && (size_t)n >= parts->iov_len) {
			n -= (ssize_t)parts->iov_len;
			parts++;
			n_parts--;
		}
		if (n_parts > 0) {
			parts->iov_base = (uint8_t *)parts->iov_base + n;
			parts->iov_len -= (size_t)n;
		}
	}
	return 0;
}

static int check_header(
	const struct wal *wal, const char *name, struct wal_slot *slot, char *message)
{
	uint8_t bytes[WAL_SEGMENT_HEADER_BYTES];

	if (slot->n_bytes < sizeof(bytes))
		return 0; /* wal_recover decides what that means */
	int err = wal_read(slot->fd, bytes, sizeof(bytes), 0);
	if (err != 0) {
		message_set(message, "cannot read %s/%s", wal->path, name);
		return err;
	}
	err = wal_segment_header_read(bytes, &slot->header);
	if (err == PP_ERR_FORMAT) {
		message_set(message,
			"%s/%s is a log of a format that this build does not know. Use the build "
			"that wrote it",
			wal->path, name);
		return err;
	}
	if (err != 0)
		return 0; /* broken: its batches speak for themselves */
	if (memcmp(slot->header.store_id.bytes, wal->options.store_id.bytes,
		    sizeof(slot->header.store_id.bytes)) != 0 ||
		slot->header.mark != wal->key.mark) {
		message_set(message,
			"%s/%s is the log of another store. Put the log of this store back, or the "
			"data.mdb that belongs to this log",
			wal->path, name);
		return PP_ERR_CORRUPT;
	}
	slot->whole = true;
	return 0;
}

int wal_slot_open(struct wal *wal, uint32_t index, char *message)
{
	struct wal_slot *slot = &wal->slots[index];
	char name[WAL_NAME_BYTES];
	struct stat info;

	wal_slot_name(index, name);
	int fd = openat(wal->directory_fd, name, O_RDWR | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
	if (fd < 0 || fstat(fd, &info) != 0) {
		int err = directory_error(errno);
		message_set(message, "cannot open %s/%s: %s", wal->path, name, strerror(errno));
		if (fd >= 0)
			close(fd);
		return err;
	}
	slot->fd = fd; /* wal_close closes it, whatever follows */
	if (!S_ISREG(info.st_mode)) {
		message_set(message, "%s/%s is not a file", wal->path, name);
		return PP_ERR_CORRUPT;
	}
	slot->n_bytes = (uint64_t)info.st_size;
	return check_header(wal, name, slot, message);
}

static int fill(struct wal *wal, int fd, const struct wal_segment_header *header)
{
	uint8_t first[WAL_SEGMENT_HEADER_BYTES];
	uint64_t at = sizeof(first);
	int err = 0;

	wal_segment_header_write(header, first);
	struct iovec part = { .iov_base = first, .iov_len = sizeof(first) };
	err = wal_write(fd, &part, 1, 0);
	while (err == 0 && at < header->n_bytes) {
		uint64_t rest = header->n_bytes - at;
		part.iov_base = wal->zeros;
		part.iov_len = rest < ZEROS_BYTES ? (size_t)rest : ZEROS_BYTES;
		uint64_t next = at + part.iov_len;
		err = wal_write(fd, &part, 1, at);
		at = next;
	}
	if (err == 0 && fdatasync(fd) != 0)
		err = wal_error(errno);
	return err;
}

int wal_slot_make(struct wal *wal, uint32_t index)
{
	struct wal_slot *slot = &wal->slots[index];
	struct wal_slot made = { .whole = true, .n_bytes = wal->options.segment_bytes };
	char name[WAL_NAME_BYTES];
	int err;

	if (wal->zeros == NULL)
		wal->zeros = calloc(1, ZEROS_BYTES);
	if (wal->zeros == NULL)
		return PP_ERR_NO_MEMORY;
	made.header = (struct wal_segment_header) {
		.store_id = wal->options.store_id,
		.mark = wal->key.mark,
		.n_bytes = wal->options.segment_bytes,
	};
	made.fd = openat(wal->directory_fd, WAL_TEMPORARY_NAME,
		O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
	if (made.fd < 0)
		return wal_error(errno);
	err = fill(wal, made.fd, &made.header);
	if (err != 0)
		goto err_after_open;
	wal_slot_name(index, name);
	if (renameat(wal->directory_fd, WAL_TEMPORARY_NAME, wal->directory_fd, name) != 0) {
		err = wal_error(errno);
		goto err_after_open;
	}
	if (fsync(wal->directory_fd) != 0) {
		err = PP_ERR_IO; /* it is there or not: final, as nobody knows */
		close(made.fd);
		return err;
	}
	pthread_mutex_lock(&wal->lock);
	if (slot->fd >= 0) {
		close(slot->fd);
		wal->n_bytes_allocated -= slot->n_bytes;
	}
	*slot = made;
	wal->n_bytes_allocated += made.n_bytes;
	if (wal->n_slots <= index)
		wal->n_slots = index + 1;
	pthread_mutex_unlock(&wal->lock);
	return 0;

err_after_open:
	close(made.fd);
	unlinkat(wal->directory_fd, WAL_TEMPORARY_NAME, 0);
	return err;
}

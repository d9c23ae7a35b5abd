#include "storage/wal.h"

#include <dirent.h>
#include <endian.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "storage/directory.h"
#include "storage/wal_segment.h"

/* ---- Records ---- */

size_t wal_block_bytes(uint32_t n_records, size_t n_bytes)
{
	size_t len = WAL_HEADER_BYTES + (size_t)n_records * WAL_RECORD_BYTES + n_bytes;

	return (len + WAL_ALIGNMENT - 1) / WAL_ALIGNMENT * WAL_ALIGNMENT;
}

enum { RECORD_FRESH = 0x80 }; /* beside the length of a key, which is at most KEY_BYTES_MAX */

uint8_t *wal_record_value(uint8_t *at, const struct key *key)
{
	return at + WAL_RECORD_BYTES + key->len;
}

uint8_t *wal_record_write(uint8_t *at, const struct engine_put *put)
{
	const struct key *key = put->key;
	struct span value = put->value;
	uint32_t len = htobe32((uint32_t)value.len);

	ASSERT(value.len <= UINT32_MAX);
	at[0] = (uint8_t)(key->len | (put->fresh ? RECORD_FRESH : 0));
	memcpy(at + 1, &len, sizeof(len));
	memcpy(at + WAL_RECORD_BYTES, key->bytes, key->len);
	if (value.len > 0)
		memcpy(wal_record_value(at, key), value.data, value.len);
	return wal_record_value(at, key) + value.len;
}

bool wal_record_next(struct span records, size_t *at, struct key *key, struct engine_put *put)
{
	uint32_t len;

	if (*at == records.len)
		return false;
	ASSERT(records.len - *at >= WAL_RECORD_BYTES);
	const uint8_t *record = records.data + *at;
	size_t rest = records.len - *at - WAL_RECORD_BYTES;
	memcpy(&len, record + 1, sizeof(len));
	len = be32toh(len);
	key->len = record[0] & (uint8_t)~RECORD_FRESH;
	ASSERT(key->len <= KEY_BYTES_MAX && key->len <= rest && len <= rest - key->len);
	memcpy(key->bytes, record + WAL_RECORD_BYTES, key->len);
	*put = (struct engine_put) {
		.key = key,
		.value = { record + WAL_RECORD_BYTES + key->len, len },
		.fresh = (record[0] & RECORD_FRESH) != 0,
	};
	*at += WAL_RECORD_BYTES + key->len + (size_t)len;
	return true;
}

/* ---- Opening and closing ---- */

static struct wal *make(const struct wal_options *options)
{
	struct wal *wal = calloc(1, sizeof(*wal));

	if (wal == NULL)
		return NULL;
	wal->options = *options;
	wal->directory_fd = -1;
	pthread_mutex_init(&wal->making, NULL);
	pthread_mutex_init(&wal->lock, NULL);
	for (uint32_t i = 0; i < WAL_SLOTS_MAX; i++)
		wal->slots[i].fd = -1;
	uint64_t n_slots_max = options->n_bytes_max / options->segment_bytes;
	wal->n_slots_max = n_slots_max < WAL_SLOTS_MAX ? (uint32_t)n_slots_max : WAL_SLOTS_MAX;
	if (wal->n_slots_max == 0)
		wal->n_slots_max = 1;
	wal_key_derive(options->secret, &wal->key);
	wal->path = strdup(options->path);
	if (wal->path != NULL)
		return wal;
	wal_close(wal);
	return NULL;
}

static int open_slot(struct wal *wal, uint32_t index, char *message)
{
	struct wal_slot *slot = &wal->slots[index];
	int err = wal_slot_open(wal, index, message);

	if (err != 0)
		return err;
	if (wal->n_slots <= index)
		wal->n_slots = index + 1;
	wal->n_bytes_allocated += slot->n_bytes;
	if (slot->whole && slot->header.number > wal->number) {
		wal->number = slot->header.number;
		wal->n_slots_expected = slot->header.n_slots;
	}
	return 0;
}

static int open_slots(struct wal *wal, char *message)
{
	DIR *directory = opendir(wal->path);
	const struct dirent *entry;
	uint32_t index;
	int err = 0;

	if (directory == NULL) {
		err = directory_error(errno);
		message_set(message, "cannot list %s: %s", wal->path, strerror(errno));
		return err;
	}
	errno = 0;
	while (err == 0 && (entry = readdir(directory)) != NULL) {
		if (wal_slot_of_name(entry->d_name, &index))
			err = open_slot(wal, index, message);
		errno = 0;
	}
	if (err == 0 && errno != 0) {
		err = directory_error(errno);
		message_set(message, "cannot list %s: %s", wal->path, strerror(errno));
	}
	closedir(directory);
	return err;
}

int wal_open(const struct wal_options *options, struct wal **out, char *message)
{
	int err;

	ASSERT(options->segment_bytes % WAL_ALIGNMENT == 0 &&
		options->segment_bytes > WAL_SEGMENT_HEADER_BYTES &&
		options->segment_bytes <= UINT32_MAX);
	struct wal *wal = make(options);
	if (wal == NULL) {
		message_set(message, "no memory to open the log in %s", options->path);
		return PP_ERR_NO_MEMORY;
	}
	wal->directory_fd = open(wal->path, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
	if (wal->directory_fd < 0) {
		err = directory_error(errno);
		message_set(message, "cannot open %s: %s", wal->path, strerror(errno));
		goto err_after_make;
	}
	err = open_slots(wal, message);
	if (err != 0)
		goto err_after_make;
	*out = wal;
	return 0;

err_after_make:
	wal_close(wal);
	return err;
}

static void forget_recovered(struct wal *wal)
{
	for (uint32_t i = 0; i < wal->n_slots; i++) {
		free(wal->slots[i].bytes);
		wal->slots[i].bytes = NULL;
	}
}

void wal_close(struct wal *wal)
{
	forget_recovered(wal);
	for (uint32_t i = 0; i < WAL_SLOTS_MAX; i++)
		if (wal->slots[i].fd >= 0)
			close(wal->slots[i].fd);
	if (wal->directory_fd >= 0)
		close(wal->directory_fd);
	pthread_mutex_destroy(&wal->lock);
	pthread_mutex_destroy(&wal->making);
	free(wal->zeros);
	free(wal->path);
	free(wal);
}

bool wal_exists(const struct wal *wal)
{
	return wal->n_slots > 0;
}

/* From the last one down, each for good: a stop half-way leaves no gap, which would be damage. */
static int remove_slots(struct wal *wal, uint32_t n_left)
{
	char name[WAL_NAME_BYTES];

	for (uint32_t n = wal->n_slots; n > n_left; n--) {
		struct wal_slot *slot = &wal->slots[n - 1];
		wal_slot_name(n - 1, name);
		if (unlinkat(wal->directory_fd, name, 0) != 0 && errno != ENOENT)
			return directory_error(errno);
		if (slot->fd >= 0) {
			if (fsync(wal->directory_fd) != 0)
				return PP_ERR_IO;
			close(slot->fd);
			wal->n_bytes_allocated -= slot->n_bytes;
		}
		free(slot->bytes);
		*slot = (struct wal_slot) { .fd = -1 };
		wal->n_slots = n - 1;
	}
	return 0;
}

int wal_remove(struct wal *wal)
{
	if (unlinkat(wal->directory_fd, WAL_TEMPORARY_NAME, 0) != 0 && errno != ENOENT)
		return directory_error(errno);
	wal->current = NULL;
	atomic_store(&wal->n_bytes_used, 0);
	return remove_slots(wal, 0);
}

/* ---- The ring ---- */

/* Under the lock: the free one that was used longest ago, so that they take turns. */
static struct wal_slot *find_free(struct wal *wal)
{
	struct wal_slot *found = NULL;

	for (uint32_t i = 0; i < wal->n_slots && i < wal->n_slots_max; i++) {
		struct wal_slot *slot = &wal->slots[i];
		if (slot->in_use)
			continue;
		if (found == NULL || slot->header.number < found->header.number)
			found = slot;
	}
	return found;
}

static bool has_free(struct wal *wal)
{
	pthread_mutex_lock(&wal->lock);
	bool found = find_free(wal) != NULL;
	pthread_mutex_unlock(&wal->lock);
	return found;
}

/* PP_ERR_BUSY: there may be no more. */
static int make_if_none(struct wal *wal)
{
	int err = 0;

	/* Who waits here for the other thread's segment finds it free behind the lock. */
	pthread_mutex_lock(&wal->making);
	if (!has_free(wal))
		err = wal->n_slots < wal->n_slots_max ? wal_slot_make(wal, wal->n_slots)
						      : PP_ERR_BUSY;
	pthread_mutex_unlock(&wal->making);
	return err;
}

/* The writer leaves its segment for a free one, which there must be. */
static void move_on(struct wal *wal)
{
	pthread_mutex_lock(&wal->lock);
	struct wal_slot *next = find_free(wal);
	struct wal_slot *left = wal->current;
	ASSERT(next != NULL);
	if (left != NULL) {
		left->last = wal->last;
		left->in_use = left->last > wal->released;
		if (!left->in_use)
			wal->n_bytes_used -= left->n_bytes;
	}
	next->in_use = true;
	next->whole = true;
	next->header = (struct wal_segment_header) {
		.store_id = wal->options.store_id,
		.mark = wal->key.mark,
		.epoch = wal->epoch,
		.number = ++wal->number,
		.n_bytes = next->n_bytes,
		.n_slots = wal->n_slots < wal->n_slots_max ? wal->n_slots : wal->n_slots_max,
		.after = wal->last,
	};
	memcpy(next->header.previous, wal->previous, sizeof(wal->previous));
	wal->current = next;
	wal->n_bytes_used += next->n_bytes;
	pthread_mutex_unlock(&wal->lock);
	wal->at = WAL_SEGMENT_HEADER_BYTES;
	wal->header_pending = true;
}

void wal_release(struct wal *wal, uint64_t batch)
{
	pthread_mutex_lock(&wal->lock);
	if (batch > wal->released)
		wal->released = batch;
	for (uint32_t i = 0; i < wal->n_slots; i++) {
		struct wal_slot *slot = &wal->slots[i];
		if (!slot->in_use || slot == wal->current || slot->last > wal->released)
			continue;
		slot->in_use = false;
		wal->n_bytes_used -= slot->n_bytes;
	}
	pthread_mutex_unlock(&wal->lock);
}

int wal_prepare(struct wal *wal)
{
	int err = make_if_none(wal);

	return err == PP_ERR_BUSY ? 0 : err;
}

void wal_usage(const struct wal *wal, uint64_t *used, uint64_t *allocated, uint64_t *max)
{
	*used = atomic_load(&wal->n_bytes_used);
	*allocated = atomic_load(&wal->n_bytes_allocated);
	*max = (uint64_t)wal->n_slots_max * wal->options.segment_bytes;
}

/* ---- Appending ---- */

static int sync_current(struct wal *wal)
{
	if (!wal->options.sync)
		return 0;
	return fdatasync(wal->current->fd) == 0 ? 0 : PP_ERR_IO;
}

/* Files that are missing or of another size are made anew. */
static int repair_ring(struct wal *wal)
{
	int err = 0;

	for (uint32_t i = 0; err == 0 && i < wal->n_slots && i < wal->n_slots_max; i++)
		if (wal->slots[i].fd < 0 || wal->slots[i].n_bytes != wal->options.segment_bytes)
			err = wal_slot_make(wal, i);
	return err;
}

/* A header alone tells that there is a log of this epoch, and from where on it must be whole. */
static int write_first_header(struct wal *wal)
{
	uint8_t bytes[WAL_SEGMENT_HEADER_BYTES];
	struct iovec part = { .iov_base = bytes, .iov_len = sizeof(bytes) };

	wal_segment_header_write(&wal->current->header, bytes);
	int err = wal_write(wal->current->fd, &part, 1, 0);
	if (err == 0)
		err = sync_current(wal);
	wal->header_pending = false;
	return err;
}

int wal_begin(struct wal *wal, uint64_t epoch, uint64_t last)
{
	int err = 0;

	ASSERT(epoch > 0 && wal->current == NULL);
	forget_recovered(wal);
	/* Given up, or they would not be there; they must not mix with those to come. */
	if (epoch <= wal->epoch_max)
		err = remove_slots(wal, 0);
	if (err == 0 && unlinkat(wal->directory_fd, WAL_TEMPORARY_NAME, 0) != 0 && errno != ENOENT)
		err = directory_error(errno);
	if (err == 0)
		err = repair_ring(wal);
	if (err == 0)
		err = make_if_none(wal);
	if (err != 0)
		return err;
	wal->epoch = epoch;
	wal->last = last;
	wal->released = last;
	memset(wal->previous, 0, sizeof(wal->previous));
	move_on(wal);
	err = write_first_header(wal);
	/* Only now that a header says that they are not expected any more. */
	if (err == 0 && wal->n_slots > wal->n_slots_max)
		err = remove_slots(wal, wal->n_slots_max);
	return err;
}

static bool fits(const struct wal *wal, size_t len)
{
	return len <= wal->current->n_bytes - wal->at;
}

int wal_reserve(struct wal *wal, size_t len)
{
	ASSERT(len <= wal->options.segment_bytes - WAL_SEGMENT_HEADER_BYTES);
	return fits(wal, len) || has_free(wal) ? 0 : make_if_none(wal);
}

static int write_all(struct wal *wal, uint8_t *block, size_t len)
{
	uint8_t header[WAL_SEGMENT_HEADER_BYTES];
	struct iovec parts[2] = {
		{ .iov_base = header, .iov_len = sizeof(header) },
		{ .iov_base = block, .iov_len = len },
	};

	if (!wal->header_pending)
		return wal_write(wal->current->fd, &parts[1], 1, wal->at);
	wal_segment_header_write(&wal->current->header, header);
	wal->header_pending = false;
	return wal_write(wal->current->fd, parts, 2, 0);
}

int wal_append(struct wal *wal, uint8_t *block, size_t len, size_t n_used, uint64_t batch)
{
	ASSERT(batch == wal->last + 1 && len % WAL_ALIGNMENT == 0 && n_used <= len &&
		n_used >= WAL_HEADER_BYTES);
	if (!fits(wal, len))
		move_on(wal);
	ASSERT(fits(wal, len));
	struct wal_batch_header header = {
		.mark = wal->key.mark,
		.epoch = wal->epoch,
		.segment = wal->current->header.number,
		.batch = batch,
		.offset = wal->at,
		.len = (uint32_t)len,
		.n_used = (uint32_t)n_used,
	};
	memcpy(header.previous, wal->previous, sizeof(wal->previous));
	wal_batch_header_write(&wal->key, &header, block);
	int err = write_all(wal, block, len);
	if (err == 0)
		err = sync_current(wal);
	if (err != 0)
		return PP_ERR_IO;
	memcpy(wal->previous, header.sum, sizeof(wal->previous));
	wal->at += len;
	wal->last = batch;
	return 0;
}

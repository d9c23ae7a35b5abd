/*
 * Reads the log back: see wal.h. A batch carries its epoch, its number and its place, under a keyed
 * sum, so it speaks for itself wherever it lies, and the headers of segments are believed in two
 * things only: that the batch before the segment's first was durable, and how many files there are.
 * So every sector of every segment is looked at; what is whole and new is put in order; and the log
 * is what follows `after` without a gap. Whatever then is left over, or was promised and is not
 * there, means damage.
 */
#include <stdlib.h>
#include <string.h>

#include "storage/wal_segment.h"

/* Where a whole batch lies. */
struct place {
	uint64_t batch;
	uint64_t offset;
	uint32_t slot;
};

struct recovery {
	struct wal *wal;
	uint64_t epoch;
	uint64_t after;
	bool clean;
	bool accept_loss;
	bool loss;
	char *message;
	uint8_t *spare; /* a buffer of n_spare bytes for the next segment */
	uint64_t n_spare;

	struct place *places; /* of the epoch and after `after`; in order once sorted */
	size_t n_places;
	size_t n_places_max;
	size_t n_chain;      /* of the places: those that are the log, with copies of them */
	struct place newest; /* of the epoch, also before `after`; batch 0: none */
	struct wal_batch_header newest_header;
	uint64_t n_later; /* whole batches of later epochs */
	struct place later;
	uint64_t later_epoch;
	uint64_t promised; /* the highest that a header says to be durable; 0: none does */
	uint32_t promised_slot;
};

static const char advice[] =
	"Put the data.mdb and the log.* files that belong together back, from a backup; or start "
	"with --accept-loss, which gives up what is missing";

#define PLACE_FORMAT "batch %llu in %s/%s at byte %llu"

/* PP_ERR_CORRUPT with a message, unless it is accepted. */
#define COMPLAIN(recovery, ...) \
	((recovery)->accept_loss \
			? ((recovery)->loss = true, 0) \
			: (message_set((recovery)->message, __VA_ARGS__), PP_ERR_CORRUPT))

static int no_memory(const struct recovery *recovery)
{
	message_set(recovery->message, "no memory to read the log in %s", recovery->wal->path);
	return PP_ERR_NO_MEMORY;
}

/* ---- What there is ---- */

static int add_place(struct recovery *recovery, const struct place *place)
{
	if (recovery->n_places == recovery->n_places_max) {
		size_t n = recovery->n_places_max == 0 ? 1024 : 2 * recovery->n_places_max;
		struct place *grown = realloc(recovery->places, n * sizeof(*grown));
		if (grown == NULL)
			return no_memory(recovery);
		recovery->places = grown;
		recovery->n_places_max = n;
	}
	recovery->places[recovery->n_places++] = *place;
	return 0;
}

/* Takes note of a whole batch. *keep: its bytes are needed later. */
static int note_batch(
	struct recovery *recovery, uint32_t slot, const struct wal_batch_header *header, bool *keep)
{
	struct wal *wal = recovery->wal;
	struct place place = { .batch = header->batch, .offset = header->offset, .slot = slot };

	if (header->epoch > wal->epoch_max)
		wal->epoch_max = header->epoch;
	if (header->segment > wal->number)
		wal->number = header->segment;
	if (header->epoch > recovery->epoch) {
		if (recovery->n_later++ == 0) {
			recovery->later = place;
			recovery->later_epoch = header->epoch;
		}
		return 0;
	}
	if (header->epoch < recovery->epoch)
		return 0;
	if (header->batch > recovery->newest.batch) {
		recovery->newest = place;
		recovery->newest_header = *header;
	}
	if (header->batch <= recovery->after)
		return 0;
	*keep = true;
	return add_place(recovery, &place);
}

static int look_through(struct recovery *recovery, uint32_t index, const uint8_t *bytes, bool *keep)
{
	const struct wal *wal = recovery->wal;
	uint64_t n_bytes = wal->slots[index].n_bytes;
	uint64_t at = WAL_SEGMENT_HEADER_BYTES;
	struct wal_batch_header header;
	int err = 0;

	while (err == 0 && n_bytes >= WAL_ALIGNMENT && at <= n_bytes - WAL_ALIGNMENT) {
		if (wal_batch_header_read(&wal->key, bytes + at, at, n_bytes, &header) &&
			wal_batch_whole(&wal->key, &header, bytes + at)) {
			err = note_batch(recovery, index, &header, keep);
			at += header.len;
		} else {
			at += WAL_ALIGNMENT;
		}
	}
	return err;
}

static int read_slot(struct recovery *recovery, uint32_t index)
{
	struct wal_slot *slot = &recovery->wal->slots[index];
	char name[WAL_NAME_BYTES];
	bool keep = false;

	if (recovery->spare == NULL || recovery->n_spare < slot->n_bytes) {
		free(recovery->spare);
		recovery->n_spare = slot->n_bytes;
		recovery->spare = malloc((size_t)slot->n_bytes + 1);
	}
	if (recovery->spare == NULL)
		return no_memory(recovery);
	int err = wal_read(slot->fd, recovery->spare, (size_t)slot->n_bytes, 0);
	if (err != 0) {
		wal_slot_name(index, name);
		message_set(recovery->message, "cannot read %s/%s", recovery->wal->path, name);
		return err;
	}
	err = look_through(recovery, index, recovery->spare, &keep);
	if (keep) {
		slot->bytes = recovery->spare;
		recovery->spare = NULL;
	}
	return err;
}

static int complain_of_file(struct recovery *recovery, uint32_t index, const char *what)
{
	char name[WAL_NAME_BYTES];

	wal_slot_name(index, name);
	return COMPLAIN(recovery, "the log is damaged: %s/%s is %s. %s", recovery->wal->path, name,
		what, advice);
}

static int look_at_slot(struct recovery *recovery, uint32_t index)
{
	struct wal_slot *slot = &recovery->wal->slots[index];
	const struct wal_segment_header *header = slot->whole ? &slot->header : NULL;
	int err = 0;

	/* What the base does not need may be missing. */
	if (slot->fd < 0)
		return recovery->clean ? 0 : complain_of_file(recovery, index, "missing");
	if (!recovery->clean && (header != NULL ? header->n_bytes != slot->n_bytes
						: slot->n_bytes <= WAL_SEGMENT_HEADER_BYTES ||
							  slot->n_bytes % WAL_ALIGNMENT != 0))
		err = complain_of_file(recovery, index, "not of its size");
	if (err != 0)
		return err;
	if (header != NULL && header->number > 0 && header->epoch >= recovery->epoch &&
		header->after >= recovery->promised) {
		recovery->promised = header->after;
		recovery->promised_slot = index;
	}
	if (recovery->clean && header != NULL && header->epoch <= recovery->epoch)
		return 0;
	return read_slot(recovery, index);
}

/* ---- Which of it is the log ---- */

static int compare_places(const void *a, const void *b)
{
	const struct place *first = a;
	const struct place *second = b;

	if (first->batch != second->batch)
		return first->batch < second->batch ? -1 : 1;
	return first->slot < second->slot ? -1 : first->slot > second->slot;
}

static const uint8_t *header_at(
	const struct recovery *recovery, const struct place *place, struct wal_batch_header *out)
{
	const struct wal *wal = recovery->wal;
	const struct wal_slot *slot = &wal->slots[place->slot];
	const uint8_t *block = slot->bytes + place->offset;

	ASSERT(wal_batch_header_read(&wal->key, block, place->offset, slot->n_bytes, out));
	return block;
}

/* As many of the places as follow on `after` and on one another. */
static void find_chain(struct recovery *recovery, uint64_t *last)
{
	struct wal_batch_header before = { .batch = recovery->after };
	struct wal_batch_header header;

	for (size_t i = 0; i < recovery->n_places; i++) {
		header_at(recovery, &recovery->places[i], &header);
		bool follows =
			header.batch == before.batch + 1 &&
			(i == 0 || memcmp(header.previous, before.sum, sizeof(before.sum)) == 0);
		/* The same once more: somebody copied a file. */
		bool again = i > 0 && memcmp(header.sum, before.sum, sizeof(before.sum)) == 0;
		if (!follows && !again)
			break;
		before = header;
		recovery->n_chain = i + 1;
	}
	*last = before.batch;
}

static int complain_of_rest(struct recovery *recovery, uint64_t last)
{
	const struct place *place = &recovery->places[recovery->n_chain];
	const char *path = recovery->wal->path;
	unsigned long long offset = place->offset;
	struct wal_batch_header end;
	char name[WAL_NAME_BYTES];
	char broken[WAL_NAME_BYTES];

	wal_slot_name(place->slot, name);
	if (recovery->n_chain == 0)
		return COMPLAIN(recovery,
			"the log does not reach back to data.mdb, which holds everything up to "
			"batch %llu: it begins with " PLACE_FORMAT
			". Part of the log is lost or damaged, or data.mdb is an older copy. %s",
			(unsigned long long)last, (unsigned long long)place->batch, path, name,
			offset, advice);
	const struct place *before = &recovery->places[recovery->n_chain - 1];
	header_at(recovery, before, &end);
	wal_slot_name(before->slot, broken);
	return COMPLAIN(recovery,
		"the log is damaged: batch %llu, which belongs into %s/%s at byte %llu or into the "
		"segment after, is broken or missing, but " PLACE_FORMAT " is whole. %s",
		(unsigned long long)last + 1, path, broken,
		(unsigned long long)(end.offset + end.len), (unsigned long long)place->batch, path,
		name, offset, advice);
}

static int complain_of_end(struct recovery *recovery, uint64_t last)
{
	const char *path = recovery->wal->path;
	uint64_t newest = recovery->newest.batch;
	char name[WAL_NAME_BYTES];

	if (last < recovery->promised) {
		wal_slot_name(recovery->promised_slot, name);
		return COMPLAIN(recovery,
			"the log is damaged, or data.mdb is an older copy: batch %llu is broken or "
			"missing, but %s/%s was begun after batch %llu. %s",
			(unsigned long long)last + 1, path, name,
			(unsigned long long)recovery->promised, advice);
	}
	if (recovery->clean || (newest > 0 && newest >= recovery->after))
		return 0;
	if (recovery->promised_slot != UINT32_MAX && recovery->promised == recovery->after)
		return 0;
	if (newest == 0)
		return COMPLAIN(recovery,
			"data.mdb in %s is that of a running server, without its log: what was "
			"answered after batch %llu is not there. If it is a copy that was put "
			"back, start with --restored. If its log is gone: %s",
			path, (unsigned long long)recovery->after, advice);
	wal_slot_name(recovery->newest.slot, name);
	return COMPLAIN(recovery,
		"the log ends with " PLACE_FORMAT
		", but data.mdb holds everything up to batch %llu: part of the log is lost or "
		"damaged, or it is an older copy. %s",
		(unsigned long long)newest, path, name, (unsigned long long)recovery->newest.offset,
		(unsigned long long)recovery->after, advice);
}

static int complain(struct recovery *recovery, uint64_t last)
{
	char name[WAL_NAME_BYTES];
	int err = 0;

	if (recovery->n_later > 0) {
		wal_slot_name(recovery->later.slot, name);
		err = COMPLAIN(recovery,
			"data.mdb is older than its log: it is of epoch %llu, but " PLACE_FORMAT
			" is of epoch %llu. %s",
			(unsigned long long)recovery->epoch,
			(unsigned long long)recovery->later.batch, recovery->wal->path, name,
			(unsigned long long)recovery->later.offset,
			(unsigned long long)recovery->later_epoch, advice);
	}
	if (err == 0 && recovery->n_chain < recovery->n_places)
		err = complain_of_rest(recovery, last);
	if (err == 0)
		err = complain_of_end(recovery, last);
	return err;
}

/* ---- What was cut short ---- */

static uint64_t torn_at(
	const struct recovery *recovery, uint32_t slot, uint64_t offset, uint64_t last)
{
	const struct wal *wal = recovery->wal;
	uint8_t bytes[WAL_HEADER_BYTES];
	struct wal_batch_header header;

	if (wal->slots[slot].fd < 0 || offset + WAL_ALIGNMENT > wal->slots[slot].n_bytes ||
		wal_read(wal->slots[slot].fd, bytes, sizeof(bytes), offset) != 0 ||
		!wal_batch_header_read(&wal->key, bytes, offset, wal->slots[slot].n_bytes, &header))
		return 0;
	return header.epoch == recovery->epoch && header.batch == last + 1 ? header.len : 0;
}

/* Its header can be seen behind the last batch, or at the start of another segment. */
static uint64_t find_torn(const struct recovery *recovery, uint64_t last)
{
	uint64_t torn = 0;

	if (recovery->newest.batch == last && last > 0)
		torn = torn_at(recovery, recovery->newest.slot,
			recovery->newest.offset + recovery->newest_header.len, last);
	for (uint32_t i = 0; torn == 0 && i < recovery->wal->n_slots; i++)
		torn = torn_at(recovery, i, WAL_SEGMENT_HEADER_BYTES, last);
	return torn;
}

static int pass_on(
	struct recovery *recovery, wal_batch_fn each, void *context, struct wal_found *found)
{
	struct wal_batch_header header;
	int err = 0;

	for (size_t i = 0; err == 0 && i < recovery->n_chain; i++) {
		const uint8_t *block = header_at(recovery, &recovery->places[i], &header);
		if (header.batch == found->last)
			continue; /* a copy */
		struct span records = {
			.data = block + WAL_HEADER_BYTES,
			.len = header.n_used - WAL_HEADER_BYTES,
		};
		err = each(context, header.batch, records);
		found->last = header.batch;
		found->n_batches++;
	}
	return err;
}

static int recover(
	struct recovery *recovery, wal_batch_fn each, void *context, struct wal_found *out)
{
	struct wal *wal = recovery->wal;
	struct wal_found found = { .last = recovery->after };
	uint64_t last;

	for (uint32_t i = 0; i < wal->n_slots || i < wal->n_slots_expected; i++) {
		int err = look_at_slot(recovery, i);
		if (err != 0)
			return err;
	}
	if (recovery->n_places > 0)
		qsort(recovery->places, recovery->n_places, sizeof(*recovery->places),
			compare_places);
	find_chain(recovery, &last);
	int err = complain(recovery, last);
	if (err != 0)
		return err;
	err = pass_on(recovery, each, context, &found);
	if (err != 0)
		return err;
	found.n_lost = recovery->n_places - recovery->n_chain + recovery->n_later;
	found.loss = recovery->loss;
	if (!found.loss)
		found.torn_bytes = find_torn(recovery, found.last);
	*out = found;
	return 0;
}

int wal_recover(struct wal *wal, uint64_t epoch, uint64_t after, bool clean, bool accept_loss,
	wal_batch_fn each, void *context, struct wal_found *out, char *message)
{
	struct recovery recovery = {
		.wal = wal,
		.epoch = epoch,
		.after = after,
		.clean = clean,
		.accept_loss = accept_loss,
		.message = message,
		.promised_slot = UINT32_MAX,
	};

	ASSERT(wal->current == NULL);
	for (uint32_t i = 0; i < wal->n_slots; i++) {
		free(wal->slots[i].bytes);
		wal->slots[i].bytes = NULL;
	}
	int err = recover(&recovery, each, context, out);
	free(recovery.spare);
	free(recovery.places);
	return err;
}

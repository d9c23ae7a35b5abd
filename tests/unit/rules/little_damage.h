/* Ways to damage the little store, and tables of what Verify must say of each. For tests. */
#ifndef TESTS_UNIT_RULES_LITTLE_DAMAGE_H
#define TESTS_UNIT_RULES_LITTLE_DAMAGE_H

#include <string.h>

#include "tests/unit/rules/little_story.h"

enum { DAMAGE_BYTES_MAX = 8192, DAMAGE_FINDINGS_MAX = 12 };

struct damage_case {
	const char *name;
	void (*damage)(struct little_store *store);
	/* Check and subject, or how they begin, in the order in which Verify says so. */
	const char *findings[DAMAGE_FINDINGS_MAX];
};

#define CASE(damage, ...) \
	{ \
#damage, damage, \
		{ \
			__VA_ARGS__ \
		} \
	}

/*
 * Damages a sound little store in each of these ways and expects the findings, no more, no less; in
 * one step, and in steps of one record.
 */
void damage_expect(const struct damage_case *cases, size_t n);

/* The record under a key, which must be there. */
struct row *little_row_at(struct little_store *store, const struct key *key);

/* ---- Keys ---- */

void key_of_named(enum name_kind kind, uint64_t scope, const char *text, struct key *out);
void key_of_referenced(
	uint64_t user_id, enum pp_credit_reason reason, const char *text, struct key *out);
/* Of the spent id and, for a purchase, of the index of the request that made a revision. */
void keys_of_change(
	struct little_store *store, uint64_t revision, struct key *request, struct key *index);
/* Of the one request that was refused. */
void key_of_refused(const struct little_store *store, struct key *out);

/* ---- Damage ---- */

/* Defines damage NAME: the record of NOUN under a key, changed by a statement, is written back. */
#define CHANGE(name, noun, make_key, change) \
	static void name(struct little_store *store) \
	{ \
		struct noun##_record record; \
		struct byte_writer writer; \
		struct key key; \
		uint8_t bytes[DAMAGE_BYTES_MAX]; \
\
		make_key; \
		ASSERT(record_##noun##_decode(little_row_at(store, &key)->value, NULL, &record)); \
		change; \
		byte_writer_init(&writer, bytes, sizeof(bytes)); \
		record_##noun##_encode(&record, &writer); \
		ASSERT(!writer.failed); \
		little_store_put(store, &key, byte_writer_span(&writer)); \
	}

/* Defines damage NAME: what lies under a key is gone. */
#define REMOVE(name, make_key) \
	static void name(struct little_store *store) \
	{ \
		struct key key; \
\
		make_key; \
		little_store_remove(store, little_row_at(store, &key)); \
	}

/* Defines damage NAME: what lies under one key lies under another one too. */
#define COPY(name, make_key, make_other) \
	static void name(struct little_store *store) \
	{ \
		uint8_t bytes[DAMAGE_BYTES_MAX]; \
		struct key key; \
		struct span value; \
\
		make_key; \
		value = little_row_at(store, &key)->value; \
		ASSERT(value.len <= sizeof(bytes)); \
		memcpy(bytes, value.data, value.len); \
		make_other; \
		little_store_put(store, &key, (struct span) { bytes, value.len }); \
	}

#endif

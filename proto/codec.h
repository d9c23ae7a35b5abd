/* Messages to plain structs and back. The only module that sees protobuf-c's generated code. */
#ifndef PROTO_CODEC_H
#define PROTO_CODEC_H

#include "base/arena.h"
#include "peakpeeps/types.h"
#include "proto/limits.h"

/*
 * Any thread. Everything that a function returns lies in the arena it was given; nothing else is
 * allocated. Text is checked to be UTF-8 without NUL, enums to be known (in a request), ids and
 * hashes to have their length, sets to have no value twice.
 */

/*
 * Decodes a request. 0; or, when it is refused, PP_ERR_INVALID and *refusal (not_executed set), for
 * the first of:
 *   - a body that is absent or unknown: UNKNOWN_REQUEST, field = its number;
 *   - in a write, an unknown field: UNKNOWN_FIELD, field = its path with its number, "terms.99";
 *   - in the order of the wire, what does not fit the schema: another wire type, text that is not
 *     UTF-8 or holds a NUL, a number too large for its type, a message or body given twice;
 *   - in the order of field numbers, what this server does not take: an unknown enum value, a
 *     length over its limit, an id that is not 16 bytes, a set that names a value twice.
 * Paths start within the body. out->seq, and out->kind when it is known, are right whenever the
 * message could be parsed at all. PP_ERR_MALFORMED: not a protobuf message (groups are none), or
 * one that needs more than the arena; the connection is to be closed.
 */
int codec_decode_request(struct arena *arena, struct span message, struct pp_request *out,
	struct pp_status *refusal) MUST_CHECK;

/*
 * Appends frame header and message to *out. PP_ERR_TOO_BIG when the message is over
 * FRAME_BYTES_MAX, PP_ERR_NO_MEMORY when the arena (scratch, used only when there is little room;
 * it may be reset afterwards) gives out, PP_ERR_BUSY when `out` has no room, PP_ERR_INVALID for a
 * kind that is not in PP_REQUESTS (a response may have none) or a message without a single field.
 * *needed tells how many bytes the frame takes, on success and with BUSY. *out is touched on
 * success alone; the bytes behind it may be.
 */
int codec_encode_request(const struct pp_request *request, struct arena *arena,
	struct byte_writer *out, size_t *needed) MUST_CHECK;
int codec_encode_response(const struct pp_response *response, struct arena *arena,
	struct byte_writer *out, size_t *needed) MUST_CHECK;

/*
 * As codec_encode_request, of a request in two parts: `message` was encoded before, from fields and
 * body; what is set in `envelope`, which has no kind, is put before it. No field may be in both.
 */
int codec_encode_parts(const struct pp_request *envelope, struct span message, struct arena *arena,
	struct byte_writer *out, size_t *needed) MUST_CHECK;

/*
 * As codec_decode_request, for the client: unknown fields and enum values pass, and nothing is
 * checked against limits. 0 or PP_ERR_MALFORMED.
 */
int codec_decode_response(
	struct arena *arena, struct span message, struct pp_response *out) MUST_CHECK;

/*
 * The content of a request for idempotency: BLAKE2b-128 over kind and the set fields of its body,
 * in order of their numbers. Never over wire bytes. Fields added later do not change old hashes.
 * Envelope fields are not part of it.
 */
void codec_request_hash(const struct pp_request *request, uint8_t out[16]);

/* ---- The schema, for tests and for tools that print any message ---- */

/*
 * A visitor is called once for each field, depth first, in the order of field numbers. A message is
 * BEGIN, its fields, END; a list LIST_BEGIN, its elements, LIST_END. The outermost message has no
 * BEGIN and END.
 */
enum codec_value_type {
	CODEC_BOOL,
	CODEC_INT,
	CODEC_UINT,
	CODEC_ENUM,
	CODEC_STRING,
	CODEC_BYTES,
	CODEC_BEGIN,
	CODEC_END,
	CODEC_LIST_BEGIN,
	CODEC_LIST_END
};

struct codec_value {
	enum codec_value_type type;
	const char *name;      /* of the field; NULL inside a list */
	int64_t integer;       /* BOOL, INT, ENUM */
	uint64_t natural;      /* UINT */
	const char *text;      /* STRING; ENUM: its short name as in "ACTIVE", NULL when unknown */
	struct pp_bytes bytes; /* BYTES, ids among them */
};

typedef void (*codec_visit_fn)(void *context, const struct codec_value *value);

/* The present fields of the body. */
void codec_visit_request(const struct pp_request *request, codec_visit_fn visit, void *context);
/*
 * The whole response: seq, "status", revision, replayed, time_ms, and the body under its name in
 * the envelope. Numbers and bools without presence are visited also when 0, so that a reader finds
 * "balance_coins": 0; all other fields only when present.
 */
void codec_visit_response(const struct pp_response *response, codec_visit_fn visit, void *context);

/*
 * Checks the tables against protobuf-c's descriptors: every field has a row of its own type, no
 * message contains itself, requests, responses and every enum of types.h have the schema's names
 * and numbers. NULL when they agree, else the name of the message, request or enum that does not
 * (static storage).
 */
const char *codec_schema_mismatch(void);

#endif

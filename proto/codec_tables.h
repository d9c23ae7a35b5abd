/* Private to proto/codec*.c and its tests: the tables that tie the schema to our plain structs. */
#ifndef PROTO_CODEC_TABLES_H
#define PROTO_CODEC_TABLES_H

#include <protobuf-c/protobuf-c.h>

#include "proto/codec.h"

/*
 * One table per message, one row per field, both in the order of the descriptor's fields, so that
 * row i belongs to field i. All code is generic over them: a new field is a new row, a new request
 * a line in PP_REQUESTS and two tables. codec_schema_mismatch checks them.
 */

/* How a field lies in its plain struct. The numbers go into request hashes: never change one. */
enum row_kind {
	ROW_BOOL = 1,      /* bool */
	ROW_I64 = 2,       /* int64_t */
	ROW_U64 = 3,       /* uint64_t */
	ROW_U32 = 4,       /* uint32_t; `max` is its largest value, 0: any */
	ROW_ENUM = 5,      /* an enum */
	ROW_SET = 6,       /* pp_set: a repeated enum on the wire */
	ROW_STRING = 7,    /* const char *; `max` in bytes */
	ROW_BYTES = 8,     /* struct pp_bytes; `max` in bytes */
	ROW_UUID = 9,      /* struct pp_uuid: 16 bytes on the wire */
	ROW_MESSAGE = 10,  /* pointer to a struct */
	ROW_MESSAGES = 11, /* array of pointers to structs, size_t count at `beside` */
	ROW_U64S = 12,     /* array of uint64_t, size_t count at `beside`; `max` of them */
	ROW_BODY = 13,     /* the struct itself, in the union of an envelope */
};

/* What makes a field absent. */
enum row_presence {
	ROW_BY_VALUE, /* 0, empty, all zero */
	ROW_BY_FLAG,  /* false in the bool at `beside`; a one-member oneof on the wire, or a uuid */
	ROW_BY_POINTER, /* NULL; an optional string (a one-member oneof), or a message */
	ROW_BY_KIND,    /* another kind than `tag` in the enum pp_kind at `beside` */
};

struct codec_row {
	uint32_t tag;
	const char *name; /* of the schema's field; mostly the member's too */
	enum row_kind kind;
	enum row_presence presence;
	size_t offset;
	size_t beside;
	size_t max; /* in a request; 0: no limit of its own */
	const struct codec_table *nested;
};

struct codec_table {
	const ProtobufCMessageDescriptor *descriptor;
	size_t size; /* of the plain struct */
	const struct codec_row *rows;
	size_t n_rows;
};

enum {
	CODEC_DEPTH_MAX = 8, /* of messages within messages, the envelope included */
	CODEC_ROWS_MAX = 64, /* of one table */
	CODEC_SEQ_TAG = 1,   /* the same in both envelopes */
	CODEC_BODY_TAG_MIN = 16,
};

extern const struct codec_table codec_request_table;  /* of struct pp_request */
extern const struct codec_table codec_response_table; /* of struct pp_response */

/* The row of a field number; NULL: none. */
const struct codec_row *codec_row_find(const struct codec_table *table, uint32_t tag);
/*
 * In an envelope, where bodies come last and at most one of them is there: the first row at or
 * after `row` that is not the row of another body than `tag`; n_rows when there is none.
 */
size_t codec_row_skip(const struct codec_table *table, size_t row, uint32_t tag);
/* The descriptor's entry for a row of this table. */
const ProtobufCFieldDescriptor *codec_row_field(
	const struct codec_table *table, const struct codec_row *row);
/* Whether the field is present in a plain struct of the row's table. */
bool codec_row_is_set(const struct codec_row *row, const void *plain);
/* How many elements a ROW_MESSAGES or ROW_U64S has. */
size_t codec_row_count(const struct codec_row *row, const void *plain);
/* An enum's value without its prefix, as in "ACTIVE"; NULL when unknown. */
const char *codec_enum_name(const ProtobufCEnumDescriptor *descriptor, int value);

/* ---- Walking a plain struct: a pull parser over every present field ---- */

enum walk_event {
	WALK_VALUE,      /* a field that is not made of messages; `at` points to it */
	WALK_BEGIN,      /* a nested struct, which `at` points to */
	WALK_END,        /* of that */
	WALK_LIST_BEGIN, /* a list of messages */
	WALK_LIST_END,
	WALK_DONE,
};

struct walk_frame {
	const struct codec_table *table;
	const uint8_t *plain;
	size_t row;
	size_t item; /* in a list of messages: 0 before it, else 1 + the elements begun */
};

struct codec_walk {
	struct walk_frame frames[CODEC_DEPTH_MAX];
	size_t depth;
	/* Of the event: the field, its value, and whether it is an element of a list. */
	const struct codec_table *table;
	const struct codec_row *row;
	const void *at;
	bool in_list;
	/* Set by the caller after init: numbers without presence are given also when 0. */
	bool with_zeros;
};

/* Borrows `plain` until the walk is over. */
void codec_walk_init(struct codec_walk *walk, const struct codec_table *table, const void *plain);
/* The next event, depth first, in the order of field numbers. */
enum walk_event codec_walk_next(struct codec_walk *walk);

/* ---- What is wrong with a message ---- */

/* Where a walk over a message is: field names from the body inwards; NULL ones are left out. */
struct codec_path {
	const char *names[CODEC_DEPTH_MAX];
	size_t depth;
};

/* The first thing that is wrong; reason NONE: nothing so far. Strings lie in the arena. */
struct codec_problem {
	enum pp_reason reason;
	const char *field;
	const char *message;
	bool no_memory; /* the arena gave out while writing them */
};

/* Fills in the problem, unless it tells of an earlier one. `format` comes after the path. */
void codec_problem_note(struct codec_problem *problem, struct arena *arena,
	const struct codec_path *path, const char *leaf, enum pp_reason reason, const char *format,
	...) PRINTF_LIKE(6, 7);

/* ---- The wire before protobuf-c sees it ---- */

struct codec_scan {
	uint64_t seq;
	const struct codec_row *body;  /* the envelope's row of the body; NULL: no known one */
	uint32_t unknown_body_tag;     /* 0, or a field that may be the body of a newer request */
	struct codec_problem unknown;  /* the first unknown field */
	struct codec_problem mismatch; /* the first field of a wrong form */
};

/*
 * Goes over the whole message without decoding it, for what cannot be seen afterwards: text that is
 * not UTF-8 or holds a NUL, numbers too large for their field, over-long varints, wrong wire types,
 * groups, a singular message given twice (protobuf-c 1.4.1 does not merge these as it should: it
 * forgets plain scalars of the first), and unknown fields. 0, or PP_ERR_MALFORMED when it is not a
 * protobuf message.
 */
int codec_scan(const struct codec_table *table, struct span message, struct arena *arena,
	struct codec_scan *out) MUST_CHECK;

/* ---- To the wire ---- */

/*
 * Writes the message of a plain struct as protobuf-c would pack it, byte for byte. False: it does
 * not surely fit (it may up to 19 bytes before the end), and what was written is of no use.
 */
bool codec_encode_plain(const struct codec_table *table, const void *plain, uint8_t *to,
	size_t size, size_t *len) MUST_CHECK;

/* ---- Between protobuf-c's structs and ours ---- */

/*
 * Fills the plain struct (which is zero) from a message that protobuf-c unpacked into the arena;
 * strings and bytes are shared, not copied. PP_ERR_NO_MEMORY, or PP_ERR_INVALID and *problem. With
 * `strict`, enums must be known, sets without repetition and everything within the rows' limits.
 */
int codec_copy_in(const struct codec_table *table, const ProtobufCMessage *message, bool strict,
	struct arena *arena, void *plain, struct codec_problem *problem) MUST_CHECK;
/* The other way: a message in the arena that borrows from `plain`. PP_ERR_NO_MEMORY. */
int codec_copy_out(const struct codec_table *table, const void *plain, struct arena *arena,
	ProtobufCMessage **out) MUST_CHECK;

#endif

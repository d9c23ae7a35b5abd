/* How the fields of records are written and read: with their ranges, strings NUL-terminated. */
#ifndef DOMAIN_RULES_RECORD_IO_H
#define DOMAIN_RULES_RECORD_IO_H

#include "domain/rules/record.h"

enum {
	LAYOUT = 1,            /* of every record so far */
	TEXT_BYTES_MAX = 1024, /* of a refusal's message or a field's path */
};

#define TIME_MS_MAX PP_COINS_MAX /* so that JSON clients survive times too */

/*
 * Reads fields; the first one that is not there or out of its range sets bytes.failed, for ever,
 * and reads as the lowest allowed value. Strings are copied into the arena, or without one borrowed
 * from the record's bytes, in which a NUL follows each.
 */
struct field_reader {
	struct byte_reader bytes;
	struct arena *arena; /* NULL: borrow */
};

/* Starts a record: reads and checks its layout number. */
void field_reader_init(struct field_reader *reader, struct span bytes, struct arena *arena);
/* Whether every field was sound and nothing is left. */
bool field_reader_done(const struct field_reader *reader);
bool field_flag(struct field_reader *reader);
uint8_t field_u8(struct field_reader *reader, uint8_t min, uint8_t max);
uint16_t field_u16(struct field_reader *reader, uint16_t min, uint16_t max);
uint32_t field_u32(struct field_reader *reader, uint32_t min, uint32_t max);
uint64_t field_u64(struct field_reader *reader, uint64_t min, uint64_t max);
int64_t field_i64(struct field_reader *reader, int64_t min, int64_t max);
/* 0 to PP_COINS_MAX. */
int64_t field_coins(struct field_reader *reader);
int64_t field_time_ms(struct field_reader *reader);
void field_raw(struct field_reader *reader, void *out, size_t len);
/* min_len to max_len bytes without NUL. */
const char *field_text(struct field_reader *reader, size_t min_len, size_t max_len);
/* NULL when absent. */
const char *field_optional_text(struct field_reader *reader, size_t max_len);
/* The number of a request, or 0 where `or_none`. */
enum pp_kind field_kind(struct field_reader *reader, bool or_none);
struct account field_account(struct field_reader *reader);
struct entry_ref field_entry_ref(struct field_reader *reader);

void write_layout(struct byte_writer *writer);
void write_flag(struct byte_writer *writer, bool value);
/* The writer fails when the text is longer than a record may hold. */
void write_text(struct byte_writer *writer, const char *text, size_t max_len);
void write_optional_text(struct byte_writer *writer, const char *text, size_t max_len);
void write_account(struct byte_writer *writer, const struct account *account);
void write_entry_ref(struct byte_writer *writer, struct entry_ref ref);

#endif

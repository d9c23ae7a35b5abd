/* What libc lacks: must-check, ASSERT that stays on, spans, byte cursors and checked int64. */
#ifndef BASE_BASE_H
#define BASE_BASE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "peakpeeps/err.h"

#define MUST_CHECK __attribute__((warn_unused_result))
#define PRINTF_LIKE(text, first) __attribute__((format(printf, text, first)))

#define ARRAY_LEN(array) (sizeof(array) / sizeof((array)[0]))

/* A broken invariant of our own: says where and aborts, in every build. Never for untrusted bytes.
 */
#define ASSERT(condition) ((condition) ? (void)0 : assert_failed(#condition, __FILE__, __LINE__))

_Noreturn void assert_failed(const char *condition, const char *file, int line);

/* Bytes owned by somebody else. `data` may be NULL only when `len` is 0. */
struct span {
	const uint8_t *data;
	size_t len;
};

/* Reads big-endian fields from a span. The first read past the end sets `failed`, for ever. */
struct byte_reader {
	const uint8_t *at;
	const uint8_t *end;
	bool failed;
};

void byte_reader_init(struct byte_reader *reader, struct span span);
uint8_t read_u8(struct byte_reader *reader);
uint16_t read_u16(struct byte_reader *reader);
uint32_t read_u32(struct byte_reader *reader);
uint64_t read_u64(struct byte_reader *reader);
int64_t read_i64(struct byte_reader *reader);
/* `len` bytes of the reader's span, borrowed; NULL when they are not there. */
const uint8_t *read_bytes(struct byte_reader *reader, size_t len);
/* A u16 length and as many bytes, borrowed. */
struct span read_block(struct byte_reader *reader);
/* Whether every read succeeded and nothing is left. */
bool byte_reader_done(const struct byte_reader *reader);

/* Writes big-endian fields into a fixed buffer. The first write past the end sets `failed`. */
struct byte_writer {
	uint8_t *start;
	uint8_t *at;
	uint8_t *end;
	bool failed;
};

void byte_writer_init(struct byte_writer *writer, void *buf, size_t size);
void write_u8(struct byte_writer *writer, uint8_t value);
void write_u16(struct byte_writer *writer, uint16_t value);
void write_u32(struct byte_writer *writer, uint32_t value);
void write_u64(struct byte_writer *writer, uint64_t value);
void write_i64(struct byte_writer *writer, int64_t value);
void write_bytes(struct byte_writer *writer, const void *data, size_t len);
/* A u16 length and the bytes; more than 65 535 sets `failed`. */
void write_block(struct byte_writer *writer, struct span span);
/* What was written; empty after a failure. */
struct span byte_writer_span(const struct byte_writer *writer);

/* Sum of a and b. False, and *out untouched, when it leaves int64. */
bool checked_add(int64_t a, int64_t b, int64_t *out) MUST_CHECK;
bool checked_mul(int64_t a, int64_t b, int64_t *out) MUST_CHECK;

#endif

#include "base/base.h"

#include <string.h>

const char *pp_strerror(int err)
{
	switch (err) {
	case PP_OK: return "success";
	case PP_ERR_NO_MEMORY: return "out of memory";
	case PP_ERR_TOO_BIG: return "over a size limit";
	case PP_ERR_MALFORMED: return "malformed bytes";
	case PP_ERR_INVALID: return "invalid argument";
	case PP_ERR_IO: return "input/output error";
	case PP_ERR_STORAGE_FULL: return "disk or map full";
	case PP_ERR_CORRUPT: return "damaged data";
	case PP_ERR_LOCKED: return "the store is in use by another process";
	case PP_ERR_FORMAT: return "a store of another format";
	case PP_ERR_CLOCK: return "the wall clock is behind the last commit";
	case PP_ERR_NOT_FOUND: return "not found";
	case PP_ERR_CONNECT: return "cannot connect";
	case PP_ERR_DISCONNECTED: return "the connection was lost";
	case PP_ERR_TIMEOUT: return "the deadline passed";
	case PP_ERR_BUSY: return "busy";
	case PP_ERR_CLOSED: return "closed";
	case PP_ERR_TOO_OLD: return "the snapshot grew too old";
	case PP_ERR_PERMISSION: return "permission denied";
	default: return "unknown error";
	}
}

void byte_reader_init(struct byte_reader *reader, struct span span)
{
	reader->at = span.data;
	reader->end = span.len > 0 ? span.data + span.len : span.data;
	reader->failed = false;
}

const uint8_t *read_bytes(struct byte_reader *reader, size_t len)
{
	if (reader->failed || (size_t)(reader->end - reader->at) < len) {
		reader->failed = true;
		return NULL;
	}
	const uint8_t *bytes = reader->at;
	if (len > 0)
		reader->at += len;
	return bytes;
}

static uint64_t read_big_endian(struct byte_reader *reader, size_t len)
{
	const uint8_t *bytes = read_bytes(reader, len);
	uint64_t value = 0;

	if (bytes == NULL)
		return 0;
	for (size_t i = 0; i < len; i++)
		value = value << 8 | bytes[i];
	return value;
}

uint8_t read_u8(struct byte_reader *reader)
{
	return (uint8_t)read_big_endian(reader, 1);
}

uint16_t read_u16(struct byte_reader *reader)
{
	return (uint16_t)read_big_endian(reader, 2);
}

uint32_t read_u32(struct byte_reader *reader)
{
	return (uint32_t)read_big_endian(reader, 4);
}

uint64_t read_u64(struct byte_reader *reader)
{
	return read_big_endian(reader, 8);
}

int64_t read_i64(struct byte_reader *reader)
{
	return (int64_t)read_big_endian(reader, 8);
}

struct span read_block(struct byte_reader *reader)
{
	size_t len = read_u16(reader);
	const uint8_t *data = read_bytes(reader, len);

	return (struct span) { .data = data, .len = data == NULL ? 0 : len };
}

bool byte_reader_done(const struct byte_reader *reader)
{
	return !reader->failed && reader->at == reader->end;
}

void byte_writer_init(struct byte_writer *writer, void *buf, size_t size)
{
	writer->start = buf;
	writer->at = buf;
	writer->end = size > 0 ? writer->start + size : writer->start;
	writer->failed = false;
}

void write_bytes(struct byte_writer *writer, const void *data, size_t len)
{
	if (writer->failed || (size_t)(writer->end - writer->at) < len) {
		writer->failed = true;
		return;
	}
	if (len == 0)
		return;
	memcpy(writer->at, data, len);
	writer->at += len;
}

static void write_big_endian(struct byte_writer *writer, uint64_t value, size_t len)
{
	uint8_t bytes[8];

	for (size_t i = 0; i < len; i++)
		bytes[i] = (uint8_t)(value >> (8 * (len - 1 - i)));
	write_bytes(writer, bytes, len);
}

void write_u8(struct byte_writer *writer, uint8_t value)
{
	write_big_endian(writer, value, 1);
}

void write_u16(struct byte_writer *writer, uint16_t value)
{
	write_big_endian(writer, value, 2);
}

void write_u32(struct byte_writer *writer, uint32_t value)
{
	write_big_endian(writer, value, 4);
}

void write_u64(struct byte_writer *writer, uint64_t value)
{
	write_big_endian(writer, value, 8);
}

void write_i64(struct byte_writer *writer, int64_t value)
{
	write_big_endian(writer, (uint64_t)value, 8);
}

void write_block(struct byte_writer *writer, struct span span)
{
	if (span.len > UINT16_MAX) {
		writer->failed = true;
		return;
	}
	write_u16(writer, (uint16_t)span.len);
	write_bytes(writer, span.data, span.len);
}

struct span byte_writer_span(const struct byte_writer *writer)
{
	if (writer->failed)
		return (struct span) { 0 };
	return (struct span) { .data = writer->start, .len = (size_t)(writer->at - writer->start) };
}

bool checked_add(int64_t a, int64_t b, int64_t *out)
{
	int64_t sum;

	if (__builtin_add_overflow(a, b, &sum))
		return false;
	*out = sum;
	return true;
}

bool checked_mul(int64_t a, int64_t b, int64_t *out)
{
	int64_t product;

	if (__builtin_mul_overflow(a, b, &product))
		return false;
	*out = product;
	return true;
}

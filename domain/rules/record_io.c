#include "domain/rules/record_io.h"

#include <string.h>

void field_reader_init(struct field_reader *reader, struct span bytes, struct arena *arena)
{
	byte_reader_init(&reader->bytes, bytes);
	reader->arena = arena;
	field_u8(reader, LAYOUT, LAYOUT);
}

bool field_reader_done(const struct field_reader *reader)
{
	return byte_reader_done(&reader->bytes);
}

bool field_flag(struct field_reader *reader)
{
	return field_u8(reader, 0, 1) != 0;
}

uint64_t field_u64(struct field_reader *reader, uint64_t min, uint64_t max)
{
	uint64_t value = read_u64(&reader->bytes);

	if (!reader->bytes.failed && value >= min && value <= max)
		return value;
	reader->bytes.failed = true;
	return min;
}

int64_t field_i64(struct field_reader *reader, int64_t min, int64_t max)
{
	int64_t value = read_i64(&reader->bytes);

	if (!reader->bytes.failed && value >= min && value <= max)
		return value;
	reader->bytes.failed = true;
	return min;
}

uint32_t field_u32(struct field_reader *reader, uint32_t min, uint32_t max)
{
	uint32_t value = read_u32(&reader->bytes);

	if (!reader->bytes.failed && value >= min && value <= max)
		return value;
	reader->bytes.failed = true;
	return min;
}

uint16_t field_u16(struct field_reader *reader, uint16_t min, uint16_t max)
{
	uint16_t value = read_u16(&reader->bytes);

	if (!reader->bytes.failed && value >= min && value <= max)
		return value;
	reader->bytes.failed = true;
	return min;
}

uint8_t field_u8(struct field_reader *reader, uint8_t min, uint8_t max)
{
	uint8_t value = read_u8(&reader->bytes);

	if (!reader->bytes.failed && value >= min && value <= max)
		return value;
	reader->bytes.failed = true;
	return min;
}

int64_t field_coins(struct field_reader *reader)
{
	return field_i64(reader, 0, PP_COINS_MAX);
}

int64_t field_time_ms(struct field_reader *reader)
{
	return field_i64(reader, 0, TIME_MS_MAX);
}

void field_raw(struct field_reader *reader, void *out, size_t len)
{
	const uint8_t *bytes = read_bytes(&reader->bytes, len);

	if (bytes == NULL)
		memset(out, 0, len);
	else
		memcpy(out, bytes, len);
}

const char *field_text(struct field_reader *reader, size_t min_len, size_t max_len)
{
	struct span text = read_block(&reader->bytes);
	const char *copy = (const char *)text.data;

	field_u8(reader, 0, 0);
	if (reader->bytes.failed || text.len < min_len || text.len > max_len ||
		memchr(text.data, 0, text.len) != NULL) {
		reader->bytes.failed = true;
		return "";
	}
	if (reader->arena != NULL)
		copy = arena_copy(reader->arena, text.data, text.len);
	if (copy == NULL) {
		reader->bytes.failed = true;
		return "";
	}
	return copy;
}

const char *field_optional_text(struct field_reader *reader, size_t max_len)
{
	return field_flag(reader) ? field_text(reader, 0, max_len) : NULL;
}

enum pp_kind field_kind(struct field_reader *reader, bool or_none)
{
	enum pp_kind kind = (enum pp_kind)field_u16(reader, 0, UINT16_MAX);

	if (pp_kind_title(kind) == NULL && !(or_none && kind == PP_KIND_NONE))
		reader->bytes.failed = true;
	return kind;
}

struct entry_ref field_entry_ref(struct field_reader *reader)
{
	struct entry_ref ref = { 0 };

	ref.revision = field_u64(reader, 0, UINT64_MAX);
	ref.index = field_u16(reader, 0, JOURNAL_POSTINGS_MAX - 1);
	return ref;
}

struct account field_account(struct field_reader *reader)
{
	struct account account = { 0 };

	account.balance_coins = field_i64(reader, -PP_COINS_MAX, PP_COINS_MAX);
	account.n_entries = field_u64(reader, 0, UINT64_MAX);
	account.last_entry = field_entry_ref(reader);
	return account;
}

void write_layout(struct byte_writer *writer)
{
	write_u8(writer, LAYOUT);
}

void write_flag(struct byte_writer *writer, bool value)
{
	write_u8(writer, value ? 1 : 0);
}

void write_text(struct byte_writer *writer, const char *text, size_t max_len)
{
	size_t len = strlen(text);

	if (len > max_len) {
		writer->failed = true;
		return;
	}
	write_block(writer, (struct span) { .data = (const uint8_t *)text, .len = len });
	write_u8(writer, 0);
}

void write_optional_text(struct byte_writer *writer, const char *text, size_t max_len)
{
	write_flag(writer, text != NULL);
	if (text != NULL)
		write_text(writer, text, max_len);
}

void write_entry_ref(struct byte_writer *writer, struct entry_ref ref)
{
	write_u64(writer, ref.revision);
	write_u16(writer, ref.index);
}

void write_account(struct byte_writer *writer, const struct account *account)
{
	write_i64(writer, account->balance_coins);
	write_u64(writer, account->n_entries);
	write_entry_ref(writer, account->last_entry);
}

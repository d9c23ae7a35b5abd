#include "domain/rules/token.h"

#include <sodium.h>
#include <string.h>

enum {
	TOKEN_LAYOUT = 1,
	TOKEN_MAC_BYTES = 16,
	TOKEN_BODY_BYTES = TOKEN_BYTES - TOKEN_MAC_BYTES,
	QUERY_BYTES = 2 + 8 + 4,
};

/* Over the query too: a token of another business or another filter does not verify. */
static void mac(const struct rule_settings *settings, const struct token_query *query,
	const uint8_t *body, uint8_t out[TOKEN_MAC_BYTES])
{
	uint8_t bytes[QUERY_BYTES + TOKEN_BODY_BYTES];
	struct byte_writer writer;

	byte_writer_init(&writer, bytes, sizeof(bytes));
	write_u16(&writer, (uint16_t)query->kind);
	write_u64(&writer, query->id);
	write_u32(&writer, query->filter);
	write_bytes(&writer, body, TOKEN_BODY_BYTES);
	ASSERT(!writer.failed);
	int failed = crypto_generichash(out, TOKEN_MAC_BYTES, bytes, sizeof(bytes),
		settings->token_key, sizeof(settings->token_key));
	ASSERT(failed == 0);
}

void token_encode(const struct rule_settings *settings, const struct token_query *query,
	const struct token *token, uint8_t out[TOKEN_BYTES])
{
	struct byte_writer writer;

	ASSERT(token->next != 0);
	byte_writer_init(&writer, out, TOKEN_BODY_BYTES);
	write_u8(&writer, TOKEN_LAYOUT);
	write_u64(&writer, token->as_of_revision);
	write_i64(&writer, token->as_of_ms);
	write_u64(&writer, token->next);
	write_u64(&writer, token->next_part);
	write_i64(&writer, token->balance_coins);
	ASSERT(byte_writer_span(&writer).len == TOKEN_BODY_BYTES);
	mac(settings, query, out, out + TOKEN_BODY_BYTES);
}

bool token_decode(const struct rule_settings *settings, const struct token_query *query,
	struct pp_bytes bytes, struct token *out)
{
	uint8_t expected[TOKEN_MAC_BYTES];
	struct byte_reader reader;
	struct token token;

	if (bytes.len != TOKEN_BYTES)
		return false;
	mac(settings, query, bytes.data, expected);
	if (sodium_memcmp(expected, bytes.data + TOKEN_BODY_BYTES, TOKEN_MAC_BYTES) != 0)
		return false;
	byte_reader_init(&reader, (struct span) { .data = bytes.data, .len = TOKEN_BODY_BYTES });
	uint8_t layout = read_u8(&reader);
	token.as_of_revision = read_u64(&reader);
	token.as_of_ms = read_i64(&reader);
	token.next = read_u64(&reader);
	token.next_part = read_u64(&reader);
	token.balance_coins = read_i64(&reader);
	if (!byte_reader_done(&reader) || layout != TOKEN_LAYOUT || token.next == 0)
		return false;
	*out = token;
	return true;
}

/* Page tokens: where a list goes on, MACed and bound to its query. */
#ifndef DOMAIN_RULES_TOKEN_H
#define DOMAIN_RULES_TOKEN_H

#include "domain/rules/decide.h"

enum { TOKEN_BYTES = 1 + 5 * 8 + 16 };

/* What is listed. A token of one query is none of another. */
struct token_query {
	enum pp_kind kind;
	uint64_t id;     /* of the business, coupon, user or account; 0: none */
	uint32_t filter; /* which of them: a flag, or the kind of the account */
};

struct token {
	uint64_t as_of_revision; /* of the first page */
	int64_t as_of_ms;
	uint64_t next; /* the item to look at next: a number, id, version or revision; never 0 */
	uint64_t next_part;    /* within it: a coupon of a business, a posting of a revision */
	int64_t balance_coins; /* ListLedgerEntries: after that entry */
};

void token_encode(const struct rule_settings *settings, const struct token_query *query,
	const struct token *token, uint8_t out[TOKEN_BYTES]);
/* False when the bytes were not made by token_encode for such a query. */
bool token_decode(const struct rule_settings *settings, const struct token_query *query,
	struct pp_bytes bytes, struct token *out) MUST_CHECK;

#endif

/* Page tokens of ListCoupons: where a list goes on, MACed and bound to its query. */
#ifndef DOMAIN_RULES_TOKEN_H
#define DOMAIN_RULES_TOKEN_H

#include "domain/rules/decide.h"

enum { TOKEN_BYTES = 1 + 8 + 8 + 4 + 16 };

struct token {
	uint64_t as_of_revision;
	int64_t as_of_ms;
	uint32_t next; /* number of the next coupon within the business */
};

void token_encode(const struct rule_settings *settings, const struct pp_list_coupons_request *query,
	const struct token *token, uint8_t out[TOKEN_BYTES]);
/* False when the bytes were not made by token_encode for such a query. */
bool token_decode(const struct rule_settings *settings, const struct pp_list_coupons_request *query,
	struct token *out) MUST_CHECK;

#endif

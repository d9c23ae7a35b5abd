/* The rules: one pure function that answers every request. */
#ifndef DOMAIN_RULES_DECIDE_H
#define DOMAIN_RULES_DECIDE_H

#include "domain/rules/step.h"
#include "peakpeeps/types.h"

/* What decides a request, beside the request: drawn or computed when it was dispatched. */
struct decide_request {
	const struct pp_request *request;
	uint8_t hash[16];   /* of its content; see codec_request_hash */
	uint8_t random[16]; /* for redeem codes: rules draw nothing themselves */
};

/* decide_context.settings: borrowed, constant while the store is open. */
struct rule_settings {
	int64_t request_id_retention_ms; /* 7 days */
	int64_t credit_coins[4];         /* by enum pp_credit_reason; AMOUNT is not used */
	uint8_t token_key[32];           /* MACs page tokens; kept secret, from the store */
};

void rule_settings_default(struct rule_settings *out);

/*
 * A rule_fn: decision->request is a struct decide_request, decision->reply a struct pp_response. A
 * kind flagged PP_SERVER is a programmer error. On STEP_DONE the reply's status, revision,
 * replayed, time_ms, kind and body are set; seq is the server's.
 */
enum step decide(struct decision *decision);

/* Whether the refusals that need no record apply (missing or invalid fields). NULL: none does. */
const struct pp_status *decide_precheck(const struct pp_request *request, struct arena *arena);

#endif

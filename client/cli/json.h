/* Any answer as one JSON object: the schema's own field names, 64-bit integers kept whole. */
#ifndef CLIENT_CLI_JSON_H
#define CLIENT_CLI_JSON_H

#include <jansson.h>
#include <stdio.h>

#include "base/base.h"

#include <peakpeeps/types.h>

/* The whole response, envelope and status too; to be released with json_decref. NULL: out of
 * memory. A natural number above 2^53 - 1 becomes a string, bytes of 16 a UUID, others hex. */
json_t *json_of_response(const struct pp_response *response) MUST_CHECK;

/* The value at a path like "purchase.price_coins" or "coupons.0.coupon_id", looked for in the
 * answer's body first and then in the whole of it. Borrowed; NULL: not there. */
json_t *json_at(json_t *document, const char *path);

/* Where a field of this name is, if it is not at the top of the answer's body but in an object of
 * it. False: nowhere, or `path` is too short for it. */
enum { JSON_PATH_BYTES = 128 };
bool json_find(json_t *document, const char *name, char *path, size_t size) MUST_CHECK;

/* Text as it is, anything else as JSON, and a line end. False when it could not be written. */
bool json_print_value(const json_t *value, FILE *out) MUST_CHECK;
/* Indented for a terminal, else on one line. False when it could not be written. */
bool json_print(const json_t *document, FILE *out) MUST_CHECK;

#endif

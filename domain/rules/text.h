/* Times, ids and codes as people read them, for messages. */
#ifndef DOMAIN_RULES_TEXT_H
#define DOMAIN_RULES_TEXT_H

#include "base/base.h"
#include "peakpeeps/types.h"

struct text {
	char text[40];
};

/* As in 2026-11-24T07:05:00.000Z; a time outside the years 1 to 9999 as a plain number. */
struct text text_of_time(int64_t time_ms);
/* As in 0192e4a0-5b3c-7def-8123-456789abcdef. */
struct text text_of_uuid(const struct pp_uuid *uuid);
/*
 * A redeem code, as in 1G4-8XKD-93QZ-M2WP: the purchase's id, so that the code leads to it, then 60
 * secret bits, in Crockford's base 32, which has no I, L, O and U.
 */
struct text text_of_code(uint64_t purchase_id, uint64_t secret);
/* And back, as people type it: in any case, with O for 0, I and L for 1, with spaces and hyphens
 * anywhere or nowhere. False when it is not such a code. */
bool text_parse_code(const char *text, uint64_t *purchase_id, uint64_t *secret) MUST_CHECK;

/* Strings that live until the end of the full expression they stand in. */
#define TIME_TEXT(time_ms) (text_of_time(time_ms).text)
#define UUID_TEXT(uuid) (text_of_uuid(uuid).text)

#endif

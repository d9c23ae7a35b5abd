/* Times, ids and codes as people read them, for messages. */
#ifndef DOMAIN_RULES_TEXT_H
#define DOMAIN_RULES_TEXT_H

#include "peakpeeps/types.h"

struct text {
	char text[40];
};

/* As in 2026-11-24T07:05:00.000Z; a time outside the years 1 to 9999 as a plain number. */
struct text text_of_time(int64_t time_ms);
/* As in 0192e4a0-5b3c-7def-8123-456789abcdef. */
struct text text_of_uuid(const struct pp_uuid *uuid);
/* 60 bits as XXXX-XXXX-XXXX in Crockford's base 32, which has no I, L, O and U. */
struct text text_of_code(uint64_t code);

/* Strings that live until the end of the full expression they stand in. */
#define TIME_TEXT(time_ms) (text_of_time(time_ms).text)
#define UUID_TEXT(uuid) (text_of_uuid(uuid).text)

#endif

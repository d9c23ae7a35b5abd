/* Request ids: their form and time, and what was decided under them. */
#ifndef DOMAIN_RULES_REQUEST_H
#define DOMAIN_RULES_REQUEST_H

#include "domain/rules/run.h"

/* How far the time inside a request id may be ahead of the server's. */
enum { REQUEST_ID_AHEAD_MS_MAX = 5 * 60 * 1000 };

/* Version 7, variant 10. */
bool request_id_is_uuid7(const struct pp_uuid *id);
/* The milliseconds since 1970 inside a UUIDv7. */
int64_t request_id_time_ms(const struct pp_uuid *id);
/* Refuses an id that is too old or too far ahead. */
void request_check_time(struct run *run, const struct pp_uuid *id);
/* Writes what was decided: the journal record of an accepted change, the record of its id. */
void request_remember(struct run *run);

#endif

/* Seals: every stored value ends with a checksum over its key and itself. */
#ifndef STORAGE_SEAL_H
#define STORAGE_SEAL_H

#include "storage/store.h"

enum { SEAL_BYTES = 8 };

/* Writes `value` and its seal to `out`, which has room for SEAL_BYTES more; the checksum. */
uint64_t seal_write(const struct key *key, struct span value, uint8_t *out);
/*
 * The value within a sealed record, and its checksum. PP_ERR_CORRUPT when the seal is broken: then
 * *value is what stands there, not to be trusted.
 */
int seal_open(const struct key *key, struct span sealed, struct span *value,
	uint64_t *checksum) MUST_CHECK;
/* The checksum behind a value that seal_open has opened. */
uint64_t seal_checksum(struct span value);

#endif

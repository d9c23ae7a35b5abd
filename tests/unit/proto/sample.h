/* Messages made from the tables, so that a new field or request is tested without a new line. */
#ifndef TESTS_UNIT_PROTO_SAMPLE_H
#define TESTS_UNIT_PROTO_SAMPLE_H

#include "proto/codec_tables.h"

enum sample_values {
	SAMPLE_FULL,  /* every field has a value of its own */
	SAMPLE_OTHER, /* every field has another value than in FULL */
	SAMPLE_ZERO,  /* fields with presence are there and 0 or empty, the others are absent */
};

/*
 * Fills a plain struct of this table. Of a oneof of messages the member number `which` is set. Of a
 * body only the one named by `kind` (ignored for other tables). All else is allocated from the
 * arena, which must be large enough.
 */
void sample_fill(const struct codec_table *table, enum pp_kind kind, enum sample_values values,
	size_t which, struct arena *arena, void *plain);
/* NULL when both have the same fields and values, else the name of the first field that differs. */
const char *sample_difference(const struct codec_table *table, const void *one, const void *other);

#endif

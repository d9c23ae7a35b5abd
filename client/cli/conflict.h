/* A version conflict for the person who has to decide: base, theirs and yours, field by field. */
#ifndef CLIENT_CLI_CONFLICT_H
#define CLIENT_CLI_CONFLICT_H

#include "client/cli/cli.h"

/* What a conflict of a coupon or of a business is, seen alike. Borrows from the status. */
struct conflict {
	uint64_t base_version;
	uint64_t current_version;
	uint64_t changed_by;
	int64_t changed_at_ms;
	pp_set fields;
	pp_set overlapping;
	const void *sides[3]; /* base, theirs, yours: terms or profiles */
	int n_fields;         /* fields are 1 to n_fields - 1 */
	const char *(*name)(int field);
	/* The value of a side's field for people, in CONFLICT_TEXT_BYTES. False: not set. */
	bool (*format)(const void *side, int field, char *out);
	bool mergeable; /* the server would apply the edit on top of what others changed */
};

enum { CONFLICT_TEXT_BYTES = PP_DESCRIPTION_BYTES_MAX + 1 };

/* False when the status has no conflict. */
bool conflict_of_status(const struct pp_status *status, struct conflict *out) MUST_CHECK;
/* The likely reason, and the next command: on top of the current version, or merged into it. */
void conflict_explain(
	const struct cli *cli, const struct conflict *conflict, struct problem *problem);
/* The table. False when it could not be printed. */
bool conflict_print(const struct conflict *conflict, FILE *out) MUST_CHECK;

#endif

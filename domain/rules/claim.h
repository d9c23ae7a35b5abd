/* Who bears a name: claiming one, and letting go of it. */
#ifndef DOMAIN_RULES_CLAIM_H
#define DOMAIN_RULES_CLAIM_H

#include "domain/rules/name.h"
#include "domain/rules/run.h"

/* A name and its record, in one scope. */
struct claim {
	enum name_kind kind;
	uint64_t scope;
	struct name name;
	enum loaded loaded;
	struct name_record record;
};

/* Parses a name that the precheck allowed, and loads its record. */
void claim_load(
	struct run *run, enum name_kind kind, uint64_t scope, const char *text, struct claim *out);
/* Refuses with NAME_TAKEN unless `id` (0: something new) may bear the name. */
void claim_check(struct run *run, const struct claim *claim, uint64_t id, const char *field);
/* The name is borne by `id` from now on. */
void claim_put(struct run *run, const struct claim *claim, uint64_t id);
/* `id` lets go of the name; others may use it from `free_at_ms` on. */
void claim_release(struct run *run, const struct claim *claim, uint64_t id, int64_t free_at_ms);

#endif

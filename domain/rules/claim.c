#include "domain/rules/claim.h"

#include <inttypes.h>

#include "domain/rules/text.h"

void claim_load(
	struct run *run, enum name_kind kind, uint64_t scope, const char *text, struct claim *out)
{
	uint32_t code_point;

	out->kind = kind;
	out->scope = scope;
	out->loaded = LOADED_PENDING;
	/* The precheck allowed names of requests; stored ones were allowed once. */
	if (name_parse(text, &out->name, &code_point) != NAME_OK) {
		run_corrupt(run);
		return;
	}
	out->loaded = run_load_name(run, kind, scope, &out->name.hash, &out->record);
}

static const char *noun(enum name_kind kind)
{
	switch (kind) {
	case NAME_OF_USER: return "user";
	case NAME_OF_BUSINESS: return "business";
	default: return "coupon";
	}
}

void claim_check(struct run *run, const struct claim *claim, uint64_t id, const char *field)
{
	const struct name_record *record = &claim->record;

	if (claim->loaded == LOADED_ABSENT || record->id == id)
		return;
	if (record->borne)
		run_refuse(run, PP_REASON_NAME_TAKEN, field,
			"The name %s is taken by %s %" PRIu64
			"; names are unique ignoring case. Choose another.",
			claim->name.text, noun(claim->kind), record->id);
	else if (record->free_at_ms > run->now_ms)
		run_refuse(run, PP_REASON_NAME_TAKEN, field,
			"The name %s was borne by %s %" PRIu64
			" and is kept for it while its versions are honoured, until %s.",
			claim->name.text, noun(claim->kind), record->id,
			TIME_TEXT(record->free_at_ms));
}

void claim_put(struct run *run, const struct claim *claim, uint64_t id)
{
	const struct name_record record = { .id = id, .borne = true };

	run_put_name(run, claim->kind, claim->scope, &claim->name.hash, &record);
}

void claim_release(struct run *run, const struct claim *claim, uint64_t id, int64_t free_at_ms)
{
	const struct name_record record = { .id = id, .free_at_ms = free_at_ms };

	run_put_name(run, claim->kind, claim->scope, &claim->name.hash, &record);
}

/* The audit of references: what a user was credited for, against the journal, and back. */
#include <inttypes.h>
#include <string.h>

#include "domain/rules/name.h"
#include "domain/rules/verify_internal.h"

/* The key that remembers what a change credited; false: it credited no reference. */
static bool key_of_credited(const struct journal_record *change, struct key *out)
{
	struct name_hash hash;

	if (change->kind != PP_KIND_CREDIT_COINS || !change->reference)
		return false;
	name_hash_bytes(change->reference, strlen(change->reference), &hash);
	key_of_reference(change->subject_id, change->credit_reason, &hash, out);
	return true;
}

/* Whether a change of the journal credited what lies under this key. */
static bool credited(const struct journal_record *change, const struct key *key)
{
	struct key own;

	return key_of_credited(change, &own) && verify_key_compare(key, &own) == 0;
}

void verify_journal_reference(struct verify *verify, const struct journal_record *change)
{
	struct reference_record reference;
	struct journal_record other;
	struct key journal_key;
	struct key key;

	if (!key_of_credited(change, &key))
		return;
	switch (VERIFY_LOAD(reference, verify, &key, &reference)) {
	case VERIFY_ABSENT:
		verify_report(verify, "reference", SUBJECT("revision %" PRIu64, change->revision),
			"its reference is not remembered: it could be credited again");
		return;
	case VERIFY_UNREADABLE: return;
	case VERIFY_FOUND: break;
	}
	if (reference.revision == change->revision)
		return;
	/* If that one did not credit it, the walk over the references says so. */
	key_of_journal(reference.revision, &journal_key);
	if (VERIFY_LOAD(journal, verify, &journal_key, &other) == VERIFY_FOUND &&
		credited(&other, &key))
		verify_report(verify, "reference", SUBJECT("revision %" PRIu64, change->revision),
			"its reference was credited by revision %" PRIu64 " too",
			reference.revision);
}

void verify_walk_reference(struct verify *verify, const struct key *key, const struct span *value)
{
	struct reference_record reference;
	struct journal_record change;
	struct key journal_key;
	const char *fault = NULL;

	if (!VERIFY_DECODE(reference, verify, key, value, &reference))
		return;
	key_of_journal(reference.revision, &journal_key);
	switch (VERIFY_LOAD(journal, verify, &journal_key, &change)) {
	case VERIFY_ABSENT: fault = "is not there"; break;
	case VERIFY_UNREADABLE: break;
	case VERIFY_FOUND:
		if (!credited(&change, key))
			fault = "did not credit that user for it";
		break;
	}
	if (fault)
		verify_report(verify, "reference", subject_of_key(key).text,
			"its revision %" PRIu64 " %s", reference.revision, fault);
}

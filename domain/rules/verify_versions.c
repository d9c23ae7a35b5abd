/* The audit of the versions of coupons: dense, in order, each made by a change of the journal. */
#include <inttypes.h>

#include "domain/rules/verify_internal.h"

static void report_version(struct verify *verify, uint32_t version, const char *fault)
{
	verify_report(verify, "version", SUBJECT("coupon %" PRIu64, verify->versions.coupon_id),
		"version %" PRIu32 " %s", version, fault);
}

/* What the coupon's record says of the window, when all its versions were seen. */
static void check_window(struct verify *verify)
{
	const struct verify_versions *versions = &verify->versions;
	uint32_t floor = versions->hard > 0 ? versions->hard : 1;

	if (versions->record.honour_floor != floor)
		verify_report(verify, "version", SUBJECT("coupon %" PRIu64, versions->coupon_id),
			"its honour floor is %" PRIu32 ", its versions make it %" PRIu32,
			versions->record.honour_floor, floor);
	if (versions->record.window_until_ms != versions->window_until_ms)
		verify_report(verify, "version", SUBJECT("coupon %" PRIu64, versions->coupon_id),
			"its window ends at %" PRId64 ", its versions make it %" PRId64,
			versions->record.window_until_ms, versions->window_until_ms);
}

/* After the last version of a coupon. */
static void end_versions(struct verify *verify)
{
	const struct verify_versions *versions = &verify->versions;

	if (!versions->known)
		return;
	if (versions->last != versions->record.version)
		verify_report(verify, "version", SUBJECT("coupon %" PRIu64, versions->coupon_id),
			"is at version %" PRIu32 ", the last one that is there is %" PRIu32,
			versions->record.version, versions->last);
	else if (!versions->incomplete)
		check_window(verify);
}

static void begin_versions(struct verify *verify, uint64_t coupon_id)
{
	struct key key;

	end_versions(verify);
	verify->versions = (struct verify_versions) { .coupon_id = coupon_id };
	key_of_coupon(coupon_id, &key);
	switch (VERIFY_LOAD(coupon, verify, &key, &verify->versions.record)) {
	case VERIFY_FOUND: verify->versions.known = true; break;
	case VERIFY_UNREADABLE: break;
	case VERIFY_ABSENT:
		verify_report(verify, "version", SUBJECT("coupon %" PRIu64, coupon_id),
			"has versions but is not there");
		break;
	}
}

static const char *terms_fault(const struct pp_terms *terms)
{
	if (terms->ends_at_ms != 0 && terms->ends_at_ms <= terms->starts_at_ms)
		return "ends before it starts";
	return NULL;
}

/* What is wrong with a version beside those before it. */
static const char *order_fault(
	const struct verify_versions *versions, const struct version_record *record)
{
	if (versions->known && record->version > versions->record.version)
		return "is beyond the current one";
	if (record->version != versions->last + 1)
		return "does not follow the one before: there is a gap";
	if (record->valid_from_ms < versions->valid_from_ms)
		return "begins before the one before it";
	if (record->valid_from_revision <= versions->valid_from_revision)
		return "was not made after the one before it";
	if (versions->ended)
		return "follows one that ended the coupon";
	if (record->version > 1 && record->changed_fields == 0 &&
		record->supersede != PP_SUPERSEDE_HARD)
		return "changes nothing";
	if (record->supersede == PP_SUPERSEDE_HARD && !record->reason)
		return "is HARD without a reason";
	return NULL;
}

static const char *change_fault(
	const struct journal_record *change, const struct version_record *record)
{
	if (change->kind != (record->version == 1 ? PP_KIND_CREATE_COUPON : PP_KIND_EDIT_COUPON))
		return "names a revision that makes no such version";
	if (change->subject_id != record->coupon_id || change->outcome.version != record->version)
		return "names a revision that made another version";
	if (change->at_ms != record->valid_from_ms)
		return "does not begin when it was made";
	if (change->actor != record->edited_by)
		return "was made by another user than it says";
	return NULL;
}

static void check_version(struct verify *verify, const struct version_record *record)
{
	const char *fault = order_fault(&verify->versions, record);
	struct journal_record change;
	struct key key;

	if (!fault)
		fault = terms_fault(&record->terms);
	if (!fault) {
		key_of_journal(record->valid_from_revision, &key);
		switch (VERIFY_LOAD(journal, verify, &key, &change)) {
		case VERIFY_ABSENT: fault = "names a revision that is not there"; break;
		case VERIFY_UNREADABLE: break;
		case VERIFY_FOUND: fault = change_fault(&change, record); break;
		}
	}
	if (fault)
		report_version(verify, record->version, fault);
}

/* What a version leaves behind for those after it. */
static void pass_version(struct verify_versions *versions, const struct version_record *record)
{
	int64_t until_ms = record->valid_from_ms + versions->honour_ms;

	if (record->supersede == PP_SUPERSEDE_HARD) {
		versions->hard = record->version;
		versions->window_until_ms = 0;
	} else if (versions->honour_ms > 0 && until_ms > versions->window_until_ms) {
		versions->window_until_ms = until_ms;
	}
	versions->honour_ms = record->terms.honour_ms;
	versions->valid_from_ms = record->valid_from_ms;
	versions->valid_from_revision = record->valid_from_revision;
	versions->ended = record->terms.state == PP_COUPON_STATE_ENDED;
}

void verify_walk_version(struct verify *verify, const struct key *key, const struct span *value)
{
	uint64_t coupon_id = verify_key_number(key, 1, 8);
	uint32_t version = (uint32_t)verify_key_number(key, 9, 8);
	struct verify_versions *versions = &verify->versions;
	struct version_record record;
	struct key own;
	bool known;

	if (coupon_id != versions->coupon_id)
		begin_versions(verify, coupon_id);
	known = VERIFY_DECODE(version, verify, key, value, &record);
	if (known) {
		key_of_version(record.coupon_id, record.version, &own);
		known = verify_key_is(verify, key, &own);
	}
	if (known) {
		check_version(verify, &record);
		pass_version(versions, &record);
	}
	if (!known || version != versions->last + 1)
		versions->incomplete = true;
	if (!versions->known || version <= versions->record.version)
		versions->last = version;
}

void verify_end_version(struct verify *verify)
{
	end_versions(verify);
}

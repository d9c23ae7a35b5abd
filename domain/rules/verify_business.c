/* The audit of businesses: their owners, their versions, the numbers of their coupons. */
#include <inttypes.h>

#include "domain/rules/profile.h"
#include "domain/rules/verify_internal.h"

/* ---- Versions ---- */

static void report_version(struct verify *verify, uint32_t version, const char *fault)
{
	verify_report(verify, "version", SUBJECT("business %" PRIu64, verify->last_id),
		"version %" PRIu32 " %s", version, fault);
}

/* What is wrong with a first version. */
static const char *first_fault(
	const struct verify_business *business, const struct business_version_record *record)
{
	if (record->changed_fields != 0)
		return "is the first, yet says that it changed something";
	if (business->known && record->valid_from_ms != business->record.created_at_ms)
		return "does not begin when the business was made";
	return NULL;
}

/* What is wrong with a version beside those before it. */
static const char *order_fault(
	const struct verify_business *business, const struct business_version_record *record)
{
	if (business->known && record->version > business->record.version)
		return "is beyond the current one";
	if (record->version != business->last_version + 1)
		return "does not follow the one before: there is a gap";
	if (record->version == 1)
		return first_fault(business, record);
	if (record->valid_from_ms < business->valid_from_ms)
		return "begins before the one before it";
	if (record->valid_from_revision <= business->valid_from_revision)
		return "was not made after the one before it";
	if (record->changed_fields == 0)
		return "changes nothing";
	if (business->profile_known &&
		record->changed_fields != profile_difference(&business->profile, &record->profile))
		return "changes other fields than it says";
	return NULL;
}

static const char *change_fault(
	const struct journal_record *change, const struct business_version_record *record)
{
	bool first = record->version == 1;

	if (change->kind != (first ? PP_KIND_CREATE_BUSINESS : PP_KIND_EDIT_BUSINESS))
		return "names a revision that makes no such version";
	if (change->subject_id != record->business_id || change->outcome.version != record->version)
		return "names a revision that made another version";
	if (change->at_ms != record->valid_from_ms)
		return "does not begin when it was made";
	if (change->actor != record->edited_by)
		return "was made by another user than it says";
	return NULL;
}

static void check_version(struct verify *verify, const struct business_version_record *record)
{
	const char *fault = order_fault(&verify->business, record);
	struct journal_record change;
	struct key key;

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

/* Versions of a business that is not there: said once, however many they are. */
static void report_stray(struct verify *verify, uint64_t business_id)
{
	if (verify->business.stray_id == business_id)
		return;
	verify->business.stray_id = business_id;
	verify_report(verify, "version", SUBJECT("business %" PRIu64, business_id),
		"has versions but is not there");
}

static void walk_version(struct verify *verify, const struct key *key, const struct span *value)
{
	uint32_t version = (uint32_t)verify_key_number(key, 10, 4);
	struct verify_business *business = &verify->business;
	struct business_version_record record;
	struct key own;

	if (verify_key_number(key, 1, 8) != verify->last_id) {
		report_stray(verify, verify_key_number(key, 1, 8));
		return;
	}
	bool known = VERIFY_DECODE(business_version, verify, key, value, &record);
	if (known) {
		key_of_business_version(record.business_id, record.version, &own);
		known = verify_key_is(verify, key, &own);
	}
	if (known)
		check_version(verify, &record);
	if (business->known && version > business->record.version)
		return;
	business->last_version = version;
	business->profile_known = known;
	if (known) {
		business->profile = record.profile;
		business->valid_from_ms = record.valid_from_ms;
		business->valid_from_revision = record.valid_from_revision;
	}
}

static void end_versions(struct verify *verify)
{
	const struct verify_business *business = &verify->business;
	const struct pp_business_profile profile = {
		.name = business->record.name,
		.address = business->record.address,
		.has_commission_bp = true,
		.commission_bp = business->record.commission_bp,
	};

	if (business->last_version != business->record.version)
		verify_report(verify, "version", SUBJECT("business %" PRIu64, verify->last_id),
			"is at version %" PRIu32 ", the last one that is there is %" PRIu32,
			business->record.version, business->last_version);
	else if (business->profile_known && profile_difference(&profile, &business->profile) != 0)
		verify_report(verify, "version", SUBJECT("business %" PRIu64, verify->last_id),
			"its name, address or commission is not that of its version");
}

/* ---- Businesses ---- */

/* After the last record of a business. */
static void end_business(struct verify *verify)
{
	const struct verify_business *business = &verify->business;

	if (business->known && business->last_number != business->record.n_coupons)
		verify_report(verify, "counter", SUBJECT("business %" PRIu64, verify->last_id),
			"says %" PRIu32 " coupons, its last one has number %" PRIu64,
			business->record.n_coupons, business->last_number);
	if (business->known)
		end_versions(verify);
	verify->n_coupons += business->known ? business->record.n_coupons : business->last_number;
	verify->business = (struct verify_business) { 0 };
}

static void check_owners(struct verify *verify, const struct business_record *business)
{
	for (uint32_t i = 0; i < business->n_owners; i++) {
		struct key key;

		key_of_user(business->owners[i], &key);
		if (verify_get(verify, &key) == VERIFY_ABSENT)
			verify_report(verify, "owner",
				SUBJECT("business %" PRIu64, business->business_id),
				"its owner %" PRIu64 " is not a user", business->owners[i]);
		for (uint32_t j = 0; j < i; j++) {
			if (business->owners[j] == business->owners[i])
				verify_report(verify, "owner",
					SUBJECT("business %" PRIu64, business->business_id),
					"its owner %" PRIu64 " is named twice",
					business->owners[i]);
		}
	}
}

static void walk_self(struct verify *verify, const struct key *key, const struct span *value)
{
	struct business_record business;
	struct key own;

	end_business(verify);
	verify_dense(verify, "counter", "business", verify_key_number(key, 1, 8));
	if (!VERIFY_DECODE(business, verify, key, value, &business)) {
		verify->n_accounts_unknown++;
		return;
	}
	key_of_business(business.business_id, &own);
	if (!verify_key_is(verify, key, &own)) {
		verify->n_accounts_unknown++;
		return;
	}
	verify->business.known = true;
	verify->business.record = business;
	check_owners(verify, &business);
	verify_bears_name(verify, NAME_OF_BUSINESS, 0, business.business_id, business.name);
	verify_account_begin(
		verify, PP_ACCOUNT_KIND_BUSINESS, business.business_id, &business.account);
}

void verify_walk_business(struct verify *verify, const struct key *key, const struct span *value)
{
	switch (verify_key_number(key, 9, 1)) {
	case PART_SELF: walk_self(verify, key, value); break;
	case PART_COUPON: verify_walk_coupon(verify, key, value); break;
	case PART_VERSION: walk_version(verify, key, value); break;
	default:
		verify_report(verify, "checksum", subject_of_key(key).text,
			"is of no kind that a business has");
	}
}

void verify_end_business(struct verify *verify)
{
	const struct counters_record *counters = &verify->counters;

	end_business(verify);
	if (!verify->has_counters)
		return;
	if (counters->n_businesses != verify->last_id)
		verify_report(verify, "counter", "counters",
			"say %" PRIu64 " businesses, the last one is %" PRIu64,
			counters->n_businesses, verify->last_id);
	if (counters->n_coupons != verify->n_coupons)
		verify_report(verify, "counter", "counters",
			"say %" PRIu64 " coupons, the businesses have %" PRIu64,
			counters->n_coupons, verify->n_coupons);
}

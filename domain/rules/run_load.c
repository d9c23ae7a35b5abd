/* The loads of struct run: from a key to a record that was checked. */
#include "domain/rules/run.h"

static enum loaded load(struct run *run, const struct key *key, struct span *bytes)
{
	enum loaded loaded = decision_load(run->decision, key, bytes);

	if (loaded == LOADED_TOO_MANY) {
		run_too_big(run);
		return LOADED_PENDING;
	}
	if (loaded == LOADED_PENDING)
		run->waiting = true;
	return loaded;
}

/* What a load answers: PRESENT only if the record is sound. */
static enum loaded checked(struct run *run, enum loaded loaded, bool sound)
{
	if (loaded != LOADED_PRESENT || sound)
		return loaded;
	run_corrupt(run);
	return LOADED_PENDING;
}

enum loaded run_load_user(struct run *run, uint64_t id, struct user_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	key_of_user(id, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_user_decode(bytes, NULL, out) &&
		     out->user_id == id && out->account.balance_coins >= 0;
	return checked(run, loaded, sound);
}

enum loaded run_load_business(struct run *run, uint64_t id, struct business_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	key_of_business(id, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_business_decode(bytes, NULL, out) &&
		     out->business_id == id && out->account.balance_coins >= 0;
	return checked(run, loaded, sound);
}

enum loaded run_load_business_version(struct run *run, uint64_t business_id, uint64_t version,
	struct business_version_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	/* A request may name any number; beyond these there is not even a key. */
	if (version > PP_VERSIONS_MAX)
		return LOADED_ABSENT;
	key_of_business_version(business_id, version, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_business_version_decode(bytes, NULL, out) &&
		     out->business_id == business_id && out->version == version;
	return checked(run, loaded, sound);
}

enum loaded run_load_coupon(struct run *run, uint64_t id, struct coupon_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	key_of_coupon(id, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_coupon_decode(bytes, NULL, out) &&
		     out->coupon_id == id && out->business_id == id / COUPON_ID_UNIT &&
		     out->honour_floor <= out->version &&
		     (!out->has_stock || out->sold <= out->stock);
	return checked(run, loaded, sound);
}

enum loaded run_load_version_bytes(struct run *run, uint64_t coupon_id, uint64_t version,
	struct version_record *out, struct span *bytes)
{
	struct key key;

	*bytes = (struct span) { 0 };
	key_of_version(coupon_id, version, &key);
	enum loaded loaded = load(run, &key, bytes);
	bool sound = loaded == LOADED_PRESENT && record_version_decode(*bytes, NULL, out) &&
		     out->coupon_id == coupon_id && out->version == version;
	return checked(run, loaded, sound);
}

enum loaded run_load_version(
	struct run *run, uint64_t coupon_id, uint64_t version, struct version_record *out)
{
	struct span bytes;

	return run_load_version_bytes(run, coupon_id, version, out, &bytes);
}

void run_load_counters(struct run *run, struct counters_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	*out = (struct counters_record) { 0 };
	key_of_counters(&key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_counters_decode(bytes, NULL, out) &&
		     out->issuance.balance_coins <= 0 && out->commission.balance_coins >= 0;
	(void)checked(run, loaded, sound);
}

void run_load_count(struct run *run, uint64_t user_id, uint64_t coupon_id, struct count_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	*out = (struct count_record) { 0 };
	key_of_count(user_id, coupon_id, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_count_decode(bytes, NULL, out);
	(void)checked(run, loaded, sound);
}

enum loaded run_load_reference(struct run *run, uint64_t user_id, enum pp_credit_reason reason,
	const struct name_hash *hash, struct reference_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	key_of_reference(user_id, reason, hash, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_reference_decode(bytes, NULL, out);
	return checked(run, loaded, sound);
}

enum loaded run_load_name(struct run *run, enum name_kind kind, uint64_t scope,
	const struct name_hash *hash, struct name_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	key_of_name(kind, scope, hash, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_name_decode(bytes, NULL, out);
	return checked(run, loaded, sound);
}

enum loaded run_load_purchase(struct run *run, uint64_t id, struct purchase_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	key_of_purchase(id, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_purchase_decode(bytes, NULL, out) &&
		     out->purchase_id == id;
	return checked(run, loaded, sound);
}

enum loaded run_load_purchase_of_request(struct run *run, const struct pp_uuid *request_id,
	uint64_t user_id, struct purchase_of_request_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	key_of_purchase_of_request(request_id, user_id, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound =
		loaded == LOADED_PRESENT && record_purchase_of_request_decode(bytes, NULL, out);
	return checked(run, loaded, sound);
}

enum loaded run_load_request(struct run *run, const struct pp_uuid *request_id, uint64_t principal,
	struct request_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	key_of_request(request_id, principal, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_request_decode(bytes, NULL, out) &&
		     out->revision <= run->revision;
	return checked(run, loaded, sound);
}

enum loaded run_load_journal(struct run *run, uint64_t revision, struct journal_record *out)
{
	struct span bytes = { 0 };
	struct key key;

	key_of_journal(revision, &key);
	enum loaded loaded = load(run, &key, &bytes);
	bool sound = loaded == LOADED_PRESENT && record_journal_decode(bytes, NULL, out) &&
		     out->revision == revision;
	return checked(run, loaded, sound);
}

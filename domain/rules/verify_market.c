/* The audit of what is on offer: coupons; and of every name. */
#include <inttypes.h>

#include "domain/rules/name.h"
#include "domain/rules/verify_internal.h"

/* ---- Names ---- */

void verify_bears_name(
	struct verify *verify, enum name_kind kind, uint64_t scope, uint64_t id, const char *name)
{
	struct name_record record;
	struct name_hash hash;
	struct key key;
	enum verify_found found;

	if (!name_hash(name, &hash)) {
		verify_report(verify, "name", subject_of_bearer(kind, id).text,
			"bears a name that is not allowed");
		return;
	}
	key_of_name(kind, scope, &hash, &key);
	found = VERIFY_LOAD(name, verify, &key, &record);
	if (found == VERIFY_ABSENT)
		verify_report(verify, "name", subject_of_bearer(kind, id).text,
			"its name \"%s\" has no record", name);
	else if (found == VERIFY_FOUND && record.id != id)
		verify_report(verify, "name", subject_of_bearer(kind, id).text,
			"the record of its name \"%s\" points to %s", name,
			subject_of_bearer(kind, record.id).text);
	else if (found == VERIFY_FOUND && !record.borne)
		verify_report(verify, "name", subject_of_bearer(kind, id).text,
			"the record of its name \"%s\" says that nobody bears it", name);
}

/* The name that a coupon bears now; NULL: none, as it ended. */
static enum verify_found load_coupon_name(struct verify *verify, uint64_t id, const char **out)
{
	struct coupon_record coupon;
	struct version_record version;
	enum verify_found found;
	struct key key;

	key_of_coupon(id, &key);
	found = VERIFY_LOAD(coupon, verify, &key, &coupon);
	if (found != VERIFY_FOUND)
		return found;
	key_of_version(id, coupon.version, &key);
	found = VERIFY_LOAD(version, verify, &key, &version);
	if (found != VERIFY_FOUND)
		return VERIFY_UNREADABLE; /* the walk over the versions will say so */
	*out = version.terms.state == PP_COUPON_STATE_ENDED ? NULL : version.terms.name;
	return VERIFY_FOUND;
}

static enum verify_found load_name(
	struct verify *verify, enum name_kind kind, uint64_t id, const char **out)
{
	struct user_record user = { 0 };
	struct business_record business = { 0 };
	enum verify_found found;
	struct key key;

	switch (kind) {
	case NAME_OF_USER:
		key_of_user(id, &key);
		found = VERIFY_LOAD(user, verify, &key, &user);
		*out = user.name;
		return found;
	case NAME_OF_BUSINESS:
		key_of_business(id, &key);
		found = VERIFY_LOAD(business, verify, &key, &business);
		*out = business.name;
		return found;
	case NAME_OF_COUPON: return load_coupon_name(verify, id, out);
	}
	return VERIFY_ABSENT;
}

void verify_walk_name(struct verify *verify, const struct key *key, const struct span *value)
{
	enum name_kind kind = (enum name_kind)verify_key_number(key, 1, 1);
	uint64_t scope = verify_key_number(key, 2, 8);
	const char *name = NULL;
	struct name_record record;
	struct name_hash hash;
	struct key own;
	enum verify_found found;

	if (!VERIFY_DECODE(name, verify, key, value, &record))
		return;
	if (scope != (kind == NAME_OF_COUPON ? record.id / COUPON_ID_UNIT : 0)) {
		verify_report(verify, "name", subject_of_key(key).text,
			"points to %s, which is of another scope",
			subject_of_bearer(kind, record.id).text);
		return;
	}
	found = load_name(verify, kind, record.id, &name);
	if (found == VERIFY_ABSENT)
		verify_report(verify, "name", subject_of_key(key).text,
			"points to %s, which is not there",
			subject_of_bearer(kind, record.id).text);
	if (found != VERIFY_FOUND || !record.borne)
		return;
	if (name && name_hash(name, &hash)) {
		key_of_name(kind, scope, &hash, &own);
		if (verify_key_compare(key, &own) == 0)
			return;
	}
	verify_report(verify, "name", subject_of_key(key).text,
		"is said to be borne by %s, which does not bear it",
		subject_of_bearer(kind, record.id).text);
}

/* ---- Coupons ---- */

static void check_number(struct verify *verify, uint64_t business_id, uint64_t number)
{
	uint64_t *last_number = &verify->business.last_number;
	uint64_t first_id = business_id * COUPON_ID_UNIT;

	if (business_id != verify->last_id)
		verify_report(verify, "counter", SUBJECT("coupon %" PRIu64, first_id + number),
			"its business is not there");
	else if (number > *last_number + 1)
		verify_report(verify, "counter",
			SUBJECT("coupon %" PRIu64, first_id + *last_number + 1), "is missing");
	if (business_id == verify->last_id)
		*last_number = number;
}

static void check_coupon(struct verify *verify, const struct coupon_record *coupon)
{
	struct version_record version;
	struct key key;
	struct key found_key;
	struct span value;
	bool damaged;

	if (coupon->has_stock && coupon->sold > coupon->stock)
		verify_report(verify, "stock", SUBJECT("coupon %" PRIu64, coupon->coupon_id),
			"sold %" PRId64 " of %" PRId64 " pieces", coupon->sold, coupon->stock);
	key_of_version(coupon->coupon_id, coupon->version, &key);
	switch (VERIFY_LOAD(version, verify, &key, &version)) {
	case VERIFY_FOUND:
		if (version.terms.state != PP_COUPON_STATE_ENDED)
			verify_bears_name(verify, NAME_OF_COUPON,
				coupon->coupon_id / COUPON_ID_UNIT, coupon->coupon_id,
				version.terms.name);
		break;
	case VERIFY_ABSENT:
		/* If it has any version, the walk over them will say which are missing. */
		key_of_version(coupon->coupon_id, 0, &key);
		if (!verify_next(verify, &key, &found_key, &value, &damaged) ||
			found_key.bytes[0] != TABLE_VERSION ||
			verify_key_number(&found_key, 1, 8) != coupon->coupon_id)
			verify_report(verify, "version",
				SUBJECT("coupon %" PRIu64, coupon->coupon_id),
				"not one of its versions is there");
		break;
	case VERIFY_UNREADABLE: break;
	}
}

void verify_walk_coupon(struct verify *verify, const struct key *key, const struct span *value)
{
	struct coupon_record coupon;
	struct key own;

	check_number(verify, verify_key_number(key, 1, 8), verify_key_number(key, 10, 4));
	if (!VERIFY_DECODE(coupon, verify, key, value, &coupon))
		return;
	key_of_coupon(coupon.coupon_id, &own);
	if (!verify_key_is(verify, key, &own))
		return;
	if (coupon.business_id != coupon.coupon_id / COUPON_ID_UNIT)
		verify_report(verify, "counter", SUBJECT("coupon %" PRIu64, coupon.coupon_id),
			"says that business %" PRIu64 " offers it", coupon.business_id);
	check_coupon(verify, &coupon);
}

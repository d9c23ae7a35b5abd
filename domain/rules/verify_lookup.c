/* The audit's findings and look-ups: how records are fetched, and how things are called. */
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include "domain/rules/verify_internal.h"

/* ---- Findings ---- */

void verify_report(
	struct verify *verify, const char *check, const char *subject, const char *format, ...)
{
	struct verify_result *result = &verify->result;
	struct verify_finding *finding;
	va_list args;

	if (verify->err)
		return;
	result->n_findings++;
	if (result->n_shown == PP_FINDINGS_MAX)
		return;
	finding = &result->findings[result->n_shown++];
	finding->check = check;
	snprintf(finding->subject, sizeof(finding->subject), "%s", subject);
	va_start(args, format);
	vsnprintf(finding->message, sizeof(finding->message), format, args);
	va_end(args);
}

struct subject subject_of(const char *format, ...)
{
	struct subject subject;
	va_list args;

	va_start(args, format);
	vsnprintf(subject.text, sizeof(subject.text), format, args);
	va_end(args);
	return subject;
}

struct subject subject_of_account(const struct pp_account *account)
{
	switch (account->kind) {
	case PP_ACCOUNT_KIND_USER: return subject_of("user %" PRIu64, account->id);
	case PP_ACCOUNT_KIND_BUSINESS: return subject_of("business %" PRIu64, account->id);
	case PP_ACCOUNT_KIND_ISSUANCE: return subject_of("issuance");
	case PP_ACCOUNT_KIND_COMMISSION: return subject_of("commission");
	case PP_ACCOUNT_KIND_NONE: break;
	}
	return subject_of("account of kind %d", (int)account->kind);
}

struct subject subject_of_bearer(enum name_kind kind, uint64_t id)
{
	switch (kind) {
	case NAME_OF_USER: return subject_of("user %" PRIu64, id);
	case NAME_OF_BUSINESS: return subject_of("business %" PRIu64, id);
	case NAME_OF_COUPON: return subject_of("coupon %" PRIu64, id);
	}
	return subject_of("bearer %" PRIu64 " of kind %d", id, (int)kind);
}

static struct subject subject_of_hex(const struct key *key)
{
	struct subject subject = subject_of("key ");

	for (size_t i = 0; i < key->len && i < 32; i++)
		snprintf(subject.text + 4 + 2 * i, 3, "%02x", key->bytes[i]);
	return subject;
}

static struct subject subject_of_request(const struct key *key)
{
	char hex[33] = "";

	for (size_t i = 0; i < 16; i++)
		snprintf(hex + 2 * i, 3, "%02x", key->bytes[1 + i]);
	return subject_of("request %s of user %" PRIu64, hex, verify_key_number(key, 17, 8));
}

static struct subject subject_of_name(const struct key *key)
{
	static const struct {
		uint64_t kind;
		const char *noun;
	} nouns[] = { { NAME_OF_USER, "user" }, { NAME_OF_BUSINESS, "business" },
		{ NAME_OF_COUPON, "coupon" } };
	const char *noun = "thing";

	for (size_t i = 0; i < ARRAY_LEN(nouns); i++) {
		if (nouns[i].kind == verify_key_number(key, 1, 1))
			noun = nouns[i].noun;
	}
	return subject_of(
		"name of a %s, hash %016" PRIx64 "...", noun, verify_key_number(key, 10, 8));
}

/* A record of a user beside the user's own. */
static struct subject subject_of_user_part(const struct key *key)
{
	uint64_t user_id = verify_key_number(key, 1, 8);

	switch (verify_key_number(key, 9, 1)) {
	case PART_COUNT:
		return subject_of(
			"user %" PRIu64 " coupon %" PRIu64, user_id, verify_key_number(key, 10, 8));
	case PART_REFERENCE: return subject_of("reference of user %" PRIu64, user_id);
	default: return subject_of("user %" PRIu64, user_id);
	}
}

struct subject subject_of_key(const struct key *key)
{
	uint64_t id = verify_key_number(key, 1, 8);

	if (key->len == 1 && key->bytes[0] == TABLE_COUNTERS)
		return subject_of("counters");
	if (key->len < 9)
		return subject_of_hex(key);
	switch (key->bytes[0]) {
	case TABLE_BUSINESS:
		if (verify_key_number(key, 9, 1) == PART_COUPON)
			return subject_of("coupon %" PRIu64,
				id * COUPON_ID_UNIT + verify_key_number(key, 10, 8));
		if (verify_key_number(key, 9, 1) == PART_VERSION)
			return subject_of("business %" PRIu64 " version %" PRIu64, id,
				verify_key_number(key, 10, 8));
		return subject_of("business %" PRIu64, id);
	case TABLE_JOURNAL: return subject_of("revision %" PRIu64, id);
	case TABLE_NAME: return subject_of_name(key);
	case TABLE_PURCHASE: return subject_of("purchase %" PRIu64, id);
	case TABLE_PURCHASE_OF_REQUEST: return subject_of_request(key);
	case TABLE_REQUEST: return subject_of_request(key);
	case TABLE_USER: return subject_of_user_part(key);
	case TABLE_VERSION:
		return subject_of(
			"coupon %" PRIu64 " version %" PRIu64, id, verify_key_number(key, 9, 8));
	default: return subject_of_hex(key);
	}
}

/* ---- Keys ---- */

int verify_key_compare(const struct key *a, const struct key *b)
{
	size_t len = a->len < b->len ? a->len : b->len;
	int order = memcmp(a->bytes, b->bytes, len);

	return order != 0 ? order : (int)a->len - (int)b->len;
}

uint64_t verify_key_number(const struct key *key, size_t at, size_t len)
{
	uint64_t number = 0;

	for (size_t i = at; i < key->len && i < at + len; i++)
		number = number << 8 | key->bytes[i];
	return number;
}

bool verify_key_is(struct verify *verify, const struct key *key, const struct key *expected)
{
	if (verify_key_compare(key, expected) == 0)
		return true;
	verify_report(verify, "checksum", subject_of_key(key).text,
		"lies under this key but says that it is %s", subject_of_key(expected).text);
	return false;
}

/* ---- Look-ups ---- */

static void spend(struct verify *verify)
{
	if (verify->n_left > 0)
		verify->n_left--;
}

enum verify_found verify_get(struct verify *verify, const struct key *key)
{
	bool present = false;
	int err = verify->source->get(verify->source->context, key, &present, &verify->got);

	spend(verify);
	verify->found = VERIFY_UNREADABLE;
	if (err && err != PP_ERR_CORRUPT)
		verify->err = err;
	else if (!err)
		verify->found = present ? VERIFY_FOUND : VERIFY_ABSENT;
	return verify->found;
}

bool verify_decoded(struct verify *verify, const struct key *key, const char *noun, bool decoded)
{
	if (!decoded)
		verify_report(verify, "checksum", subject_of_key(key).text,
			"does not decode as a %s record", noun);
	return decoded;
}

bool verify_next(struct verify *verify, const struct key *key, struct key *found,
	struct span *value, bool *damaged)
{
	int err = verify->source->next(verify->source->context, key, true, found, value);

	spend(verify);
	*damaged = err == PP_ERR_CORRUPT;
	if (err && err != PP_ERR_CORRUPT) {
		if (err != PP_ERR_NOT_FOUND)
			verify->err = err;
		return false;
	}
	/* A damaged inner page could lead back: the walk would never end. */
	if (found->len == 0 || verify_key_compare(found, key) <= 0) {
		verify_report(verify, "checksum", subject_of_key(found).text,
			"stands in the wrong order: the run ends here");
		verify->done = true;
		return false;
	}
	return true;
}

uint64_t verify_dense(struct verify *verify, const char *check, const char *noun, uint64_t id)
{
	uint64_t n_missing = id > verify->last_id ? id - verify->last_id - 1 : 0;

	if (id == 0)
		verify_report(verify, check, SUBJECT("%s 0", noun), "numbers count from 1");
	else if (n_missing == 1)
		verify_report(verify, check, SUBJECT("%s %" PRIu64, noun, verify->last_id + 1),
			"is missing");
	else if (n_missing > 1)
		verify_report(verify, check, SUBJECT("%s %" PRIu64, noun, verify->last_id + 1),
			"is missing, and so are all up to %" PRIu64, id - 1);
	verify->last_id = id;
	return n_missing;
}

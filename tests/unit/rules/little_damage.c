#include "tests/unit/rules/little_damage.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>

#include "domain/rules/name.h"

struct row *little_row_at(struct little_store *store, const struct key *key)
{
	struct row *row = little_store_find(store, key);

	ASSERT(row);
	return row;
}

/* ---- Keys ---- */

void key_of_named(enum name_kind kind, uint64_t scope, const char *text, struct key *out)
{
	struct name name;
	uint32_t code_point;

	ASSERT(name_parse(text, &name, &code_point) == NAME_OK);
	key_of_name(kind, scope, &name.hash, out);
}

void key_of_referenced(
	uint64_t user_id, enum pp_credit_reason reason, const char *text, struct key *out)
{
	struct name_hash hash;

	name_hash_bytes(text, strlen(text), &hash);
	key_of_reference(user_id, reason, &hash, out);
}

void keys_of_change(
	struct little_store *store, uint64_t revision, struct key *request, struct key *index)
{
	struct journal_record journal;
	struct key key;

	key_of_journal(revision, &key);
	ASSERT(record_journal_decode(little_row_at(store, &key)->value, NULL, &journal));
	if (request)
		key_of_request(&journal.request_id, journal.actor, request);
	if (index)
		key_of_purchase_of_request(&journal.request_id, journal.actor, index);
}

void key_of_refused(const struct little_store *store, struct key *out)
{
	for (size_t i = 0; i < store->n; i++) {
		struct request_record record;

		if (store->rows[i].key.bytes[0] == TABLE_REQUEST &&
			record_request_decode(store->rows[i].value, NULL, &record) &&
			record.outcome.reason != PP_REASON_NONE)
			*out = store->rows[i].key;
	}
}

/* ---- Cases ---- */

static bool is_named(const struct verify_finding *finding, const char *expected)
{
	char got[VERIFY_SUBJECT_BYTES + 32];

	snprintf(got, sizeof(got), "%s %s", finding->check, finding->subject);
	return strncmp(got, expected, strlen(expected)) == 0;
}

static size_t n_expected(const char *const findings[DAMAGE_FINDINGS_MAX])
{
	size_t n = 0;

	while (n < DAMAGE_FINDINGS_MAX && findings[n])
		n++;
	return n;
}

static bool as_expected(const struct verify_result *result, const char *const expected[])
{
	size_t n = n_expected(expected);

	if (result->n_findings != n)
		return false;
	for (size_t i = 0; i < n; i++)
		if (!is_named(&result->findings[i], expected[i]))
			return false;
	return true;
}

static void print_findings(const char *name, const struct verify_result *result)
{
	for (uint32_t i = 0; i < result->n_shown; i++)
		fprintf(stderr, "%s: \"%s %s\": %s\n", name, result->findings[i].check,
			result->findings[i].subject, result->findings[i].message);
}

/* Whether Verify, in steps of `budget`, finds what a case expects. */
static bool finds_expected(
	struct little_store *store, const struct damage_case *damage, uint64_t budget)
{
	struct verify *verify = malloc(sizeof(*verify));
	uint64_t scratch[VERIFY_SCRATCH_BYTES_MIN / sizeof(uint64_t)];
	struct verify_source source = little_store_source(store);
	int state = VERIFY_RUNNING;
	bool right;

	ASSERT(verify);
	verify_begin(verify, &source, scratch, sizeof(scratch));
	while (state == VERIFY_RUNNING)
		state = verify_step(verify, budget);
	right = state == VERIFY_DONE && as_expected(&verify->result, damage->findings);
	if (!right)
		print_findings(damage->name, &verify->result);
	free(verify);
	return right;
}

void damage_expect(const struct damage_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct little_store store;

		little_store_init(&store);
		little_story_tell(&store);
		cases[i].damage(&store);
		cr_expect(finds_expected(&store, &cases[i], UINT64_MAX), "%s", cases[i].name);
		cr_expect(finds_expected(&store, &cases[i], 1), "%s in small steps", cases[i].name);
		little_store_free(&store);
	}
}

#include "domain/rules/verify.h"

#include <inttypes.h>
#include <string.h>

#include "domain/rules/verify_internal.h"

/* In key order. The walkers of one table may rely on what those before it left behind. */
static const struct walker {
	uint8_t table;
	void (*walk)(struct verify *verify, const struct key *key, const struct span *value);
	void (*end)(struct verify *verify); /* NULL: nothing is to be done */
} walkers[VERIFY_TABLES] = {
	{ TABLE_BUSINESS, verify_walk_business, verify_end_business },
	{ TABLE_COUNTERS, verify_walk_counters, NULL },
	{ TABLE_JOURNAL, verify_walk_journal, verify_end_journal },
	{ TABLE_NAME, verify_walk_name, NULL },
	{ TABLE_PURCHASE, verify_walk_purchase, verify_end_purchase },
	{ TABLE_PURCHASE_OF_REQUEST, verify_walk_purchase_of_request, NULL },
	{ TABLE_REQUEST, verify_walk_request, NULL },
	{ TABLE_USER, verify_walk_user, verify_end_user },
	{ TABLE_VERSION, verify_walk_version, verify_end_version },
};

void verify_begin(struct verify *verify, const struct verify_source *source, void *scratch,
	size_t scratch_bytes)
{
	memset(verify, 0, sizeof(*verify));
	verify->source = source;
	verify->at = (struct key) { .len = 1 };
	verify_tally_init(&verify->tally, scratch, scratch_bytes);
}

/* ---- Totals of a table ---- */

static void compare_totals(struct verify *verify)
{
	uint8_t table = walkers[verify->table].table;
	uint64_t n_records = 0;
	uint64_t checksum_xor = 0;

	verify->source->table(verify->source->context, table, &n_records, &checksum_xor);
	if (n_records != verify->n_records)
		verify_report(verify, "checksum", SUBJECT("table %c", table),
			"should hold %" PRIu64 " records, %" PRIu64 " were found", n_records,
			verify->n_records);
	else if (checksum_xor != verify->checksum_xor && verify->n_unreadable == 0)
		verify_report(verify, "checksum", SUBJECT("table %c", table),
			"its records are sound, but their sum says that others were written");
}

static void end_table(struct verify *verify)
{
	const struct walker *walker = &walkers[verify->table];

	compare_totals(verify);
	if (walker->end)
		walker->end(verify);
	verify->table++;
	verify->n_records = 0;
	verify->checksum_xor = 0;
	verify->n_unreadable = 0;
	verify->last_id = 0;
	verify->last_ms = 0;
}

/* ---- The walk ---- */

/* A flipped bit in an inner page can hide a record from look-ups that a walk still meets. */
static void compare_with_get(struct verify *verify, const struct key *key, struct span value)
{
	struct span got = { 0 };
	bool present = false;
	int err = verify->source->get(verify->source->context, key, &present, &got);

	if (err && err != PP_ERR_CORRUPT)
		verify->err = err;
	else if (err)
		verify_report(verify, "checksum", subject_of_key(key).text,
			"is whole in the walk but damaged when looked up");
	else if (!present)
		verify_report(verify, "checksum", subject_of_key(key).text,
			"is in the store but hidden from look-ups");
	else if (got.len != value.len || memcmp(got.data, value.data, got.len) != 0)
		verify_report(verify, "checksum", subject_of_key(key).text,
			"is another record when looked up");
}

static void walk_record(
	struct verify *verify, const struct key *key, struct span value, bool damaged)
{
	verify->n_records++;
	verify->result.n_checked++;
	if (damaged) {
		verify->n_unreadable++;
		verify_report(verify, "checksum", subject_of_key(key).text,
			"is damaged: its checksum does not match");
	} else {
		verify->checksum_xor ^= verify->source->checksum(key, value);
		compare_with_get(verify, key, value);
	}
	walkers[verify->table].walk(verify, key, damaged ? NULL : &value);
}

static bool has_work(const struct verify *verify)
{
	return verify->n_accounts > 0 || verify->user_step != VERIFY_USER_NONE ||
	       verify->sales_step != VERIFY_SALES_NONE;
}

/* Ends all tables before `table`; stops early when one of them leaves work to be done first. */
static void end_tables_before(struct verify *verify, unsigned table)
{
	while (verify->table < VERIFY_TABLES && walkers[verify->table].table < table &&
		!has_work(verify))
		end_table(verify);
}

static void walk_step(struct verify *verify)
{
	struct key key = { 0 };
	struct span value = { 0 };
	bool damaged = false;

	if (!verify_next(verify, &verify->at, &key, &value, &damaged)) {
		if (!verify->err && !verify->done) {
			end_tables_before(verify, UINT8_MAX + 1);
			verify->done = !has_work(verify);
		}
		return;
	}
	end_tables_before(verify, key.bytes[0]);
	if (has_work(verify))
		return; /* the record is met again afterwards */
	if (verify->table == VERIFY_TABLES || walkers[verify->table].table != key.bytes[0]) {
		verify->result.n_checked++;
		verify_report(verify, "checksum", subject_of_key(&key).text,
			"belongs to no table of this format");
	} else {
		walk_record(verify, &key, value, damaged);
	}
	verify->at = key;
}

/* The counters come after the businesses in key order, but are needed before. */
static void start(struct verify *verify)
{
	struct key key;

	key_of_counters(&key);
	/* A store in which nothing was ever done has none: they are all 0. */
	verify->has_counters =
		VERIFY_LOAD(counters, verify, &key, &verify->counters) != VERIFY_UNREADABLE;
	verify->started = true;
}

int verify_step(struct verify *verify, uint64_t budget_records)
{
	verify->n_left = budget_records;
	while (!verify->done && !verify->err && verify->n_left > 0) {
		if (!verify->started)
			start(verify);
		else if (verify->n_accounts > 0)
			verify_account_step(verify);
		else if (verify->user_step != VERIFY_USER_NONE)
			verify_user_step(verify);
		else if (verify->sales_step != VERIFY_SALES_NONE)
			verify_sales_step(verify);
		else
			walk_step(verify);
	}
	if (verify->err)
		return verify->err;
	return verify->done ? VERIFY_DONE : VERIFY_RUNNING;
}

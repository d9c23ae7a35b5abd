/*
 * The audit of coins: postings, accounts and their chains of entries; and of the journal and the
 * request ids that point at it.
 */
#include <inttypes.h>

#include "domain/rules/verify_internal.h"

static bool same_account(const struct pp_account *a, const struct pp_account *b)
{
	return a->kind == b->kind && a->id == b->id;
}

static bool ref_before(const struct entry_ref *a, const struct entry_ref *b)
{
	return a->revision < b->revision || (a->revision == b->revision && a->index < b->index);
}

/* ---- Accounts ---- */

void verify_account_begin(struct verify *verify, enum pp_account_kind kind, uint64_t id,
	const struct account *account)
{
	struct pp_account owner = { kind, id };
	int64_t balance = account->balance_coins;

	if (kind != PP_ACCOUNT_KIND_ISSUANCE && balance < 0)
		verify_report(verify, "balance", subject_of_account(&owner).text,
			"is negative: %" PRId64, balance);
	if (kind == PP_ACCOUNT_KIND_ISSUANCE && balance > 0)
		verify_report(verify, "balance", subject_of_account(&owner).text,
			"is %" PRId64 ": coins came back that were never minted", balance);
	ASSERT(verify->n_accounts < ARRAY_LEN(verify->accounts));
	/* Modulo 2^64, which hides nothing: each balance is also compared with its own entries. */
	verify->balance_sum += (uint64_t)balance;
	verify->accounts[verify->n_accounts++] = (struct verify_account) {
		.owner = owner, .account = *account, .at = account->last_entry
	};
}

static void account_end(struct verify *verify, const struct verify_account *at_work)
{
	int64_t sum = (int64_t)at_work->sum;

	verify->n_accounts--;
	verify->n_links += at_work->n;
	if (at_work->n != at_work->account.n_entries) {
		verify->n_chains_unknown++;
		verify_report(verify, "chain", subject_of_account(&at_work->owner).text,
			"says %" PRIu64 " entries, its chain holds %" PRIu64,
			at_work->account.n_entries, at_work->n);
	} else if (sum != at_work->account.balance_coins) {
		verify_report(verify, "balance", subject_of_account(&at_work->owner).text,
			"is %" PRId64 ", its %" PRIu64 " entries make %" PRId64,
			at_work->account.balance_coins, at_work->n, sum);
	}
}

/* Takes one entry into the sum and goes to the one before. False: the chain is broken. */
static bool follow_entry(struct verify *verify, struct verify_account *at_work,
	enum verify_found found, const struct journal_record *record)
{
	struct entry_ref at = at_work->at;
	const char *subject = NULL;
	const struct posting *posting;
	bool debit;

	if (found == VERIFY_UNREADABLE)
		return false;
	if (found == VERIFY_ABSENT || at.index >= record->n_postings) {
		verify_report(verify, "chain", subject_of_account(&at_work->owner).text,
			"its entry (%" PRIu64 ", %u) is not there", at.revision,
			(unsigned)at.index);
		return false;
	}
	posting = &record->postings[at.index];
	debit = same_account(&posting->debit, &at_work->owner);
	if (!debit && !same_account(&posting->credit, &at_work->owner))
		subject = "does not name it";
	else
		at_work->at = debit ? posting->debit_previous : posting->credit_previous;
	if (!subject && !ref_before(&at_work->at, &at))
		subject = "does not lead back";
	if (subject) {
		verify_report(verify, "chain", subject_of_account(&at_work->owner).text,
			"its entry (%" PRIu64 ", %u) %s", at.revision, (unsigned)at.index, subject);
		return false;
	}
	at_work->sum += debit ? -(uint64_t)posting->amount_coins : (uint64_t)posting->amount_coins;
	at_work->n++;
	return true;
}

void verify_account_step(struct verify *verify)
{
	struct verify_account *at_work = &verify->accounts[verify->n_accounts - 1];
	struct journal_record record = { 0 };
	enum verify_found found;
	struct key key;

	if (at_work->at.revision == 0) {
		account_end(verify, at_work);
		return;
	}
	key_of_journal(at_work->at.revision, &key);
	found = VERIFY_LOAD(journal, verify, &key, &record);
	if (!follow_entry(verify, at_work, found, &record)) {
		verify->n_chains_unknown++;
		verify->n_accounts--;
	}
}

void verify_walk_counters(struct verify *verify, const struct key *key, const struct span *value)
{
	struct counters_record record;

	if (!VERIFY_DECODE(counters, verify, key, value, &record)) {
		verify->n_accounts_unknown += 2;
		return;
	}
	verify_account_begin(verify, PP_ACCOUNT_KIND_ISSUANCE, 0, &record.issuance);
	verify_account_begin(verify, PP_ACCOUNT_KIND_COMMISSION, 0, &record.commission);
}

/* ---- Journal ---- */

/* What is wrong with a posting by itself; NULL: nothing. */
static const char *posting_fault(const struct posting *posting, const struct entry_ref *ref)
{
	static const struct {
		enum pp_account_kind debit, or_debit, credit;
	} sides[] = {
		[POSTING_EARN] = { PP_ACCOUNT_KIND_ISSUANCE, PP_ACCOUNT_KIND_ISSUANCE,
			PP_ACCOUNT_KIND_USER },
		[POSTING_SPEND] = { PP_ACCOUNT_KIND_USER, PP_ACCOUNT_KIND_USER,
			PP_ACCOUNT_KIND_BUSINESS },
		[POSTING_COMMISSION] = { PP_ACCOUNT_KIND_BUSINESS, PP_ACCOUNT_KIND_BUSINESS,
			PP_ACCOUNT_KIND_COMMISSION },
		[POSTING_REFUND] = { PP_ACCOUNT_KIND_BUSINESS, PP_ACCOUNT_KIND_COMMISSION,
			PP_ACCOUNT_KIND_USER },
	};

	if ((unsigned)posting->kind >= ARRAY_LEN(sides))
		return "is of a kind that no change makes";
	if ((posting->debit.kind != sides[posting->kind].debit &&
		    posting->debit.kind != sides[posting->kind].or_debit) ||
		posting->credit.kind != sides[posting->kind].credit)
		return "moves coins between accounts that its kind does not allow";
	if (!ref_before(&posting->debit_previous, ref) ||
		!ref_before(&posting->credit_previous, ref))
		return "names a previous entry that is not before it";
	return NULL;
}

/* What is wrong with the postings of a change as a whole. Of purchases: see their receipts. */
static const char *postings_fault(const struct journal_record *record)
{
	if (record->kind == PP_KIND_PURCHASE_COUPON || record->kind == PP_KIND_REFUND_PURCHASE)
		return NULL;
	if (record->kind != PP_KIND_CREDIT_COINS)
		return record->n_postings > 0 ? "moves coins" : NULL;
	if (record->n_postings != 1 || record->postings[0].kind != POSTING_EARN)
		return "is a credit without its one posting";
	if (record->postings[0].credit.id != record->subject_id)
		return "credits another user than its subject";
	if (record->postings[0].amount_coins != record->outcome.amount)
		return "moves another amount than it answered";
	return NULL;
}

static void check_postings(struct verify *verify, const struct journal_record *record)
{
	const char *fault = postings_fault(record);

	if (fault)
		verify_report(verify, "posting", SUBJECT("revision %" PRIu64, record->revision),
			"%s", fault);
	for (uint32_t i = 0; i < record->n_postings; i++) {
		struct entry_ref ref = { record->revision, (uint16_t)i };

		fault = posting_fault(&record->postings[i], &ref);
		if (fault)
			verify_report(verify, "posting",
				SUBJECT("revision %" PRIu64, record->revision),
				"posting %" PRIu32 " %s", i, fault);
	}
	verify->n_postings += record->n_postings;
}

void verify_walk_journal(struct verify *verify, const struct key *key, const struct span *value)
{
	struct journal_record record;
	struct key own;

	verify->n_journal_unknown +=
		verify_dense(verify, "journal", "revision", verify_key_number(key, 1, 8));
	if (!VERIFY_DECODE(journal, verify, key, value, &record)) {
		verify->n_chains_unknown++;
		verify->n_journal_unknown++;
		return;
	}
	key_of_journal(record.revision, &own);
	if (!verify_key_is(verify, key, &own)) {
		verify->n_chains_unknown++;
		verify->n_journal_unknown++;
		return;
	}
	if (record.at_ms < verify->last_ms)
		verify_report(verify, "journal", SUBJECT("revision %" PRIu64, record.revision),
			"its time is before that of the revision before");
	else
		verify->last_ms = record.at_ms;
	if (record.at_ms > verify->source->time_ms)
		verify_report(verify, "journal", SUBJECT("revision %" PRIu64, record.revision),
			"its time is after the store's last commit");
	if (pp_kind_flags(record.kind) != PP_WRITE || record.kind == PP_KIND_ABANDON_REQUEST)
		verify_report(verify, "journal", SUBJECT("revision %" PRIu64, record.revision),
			"is not a change: its kind is %d", (int)record.kind);
	if (record.outcome.reason != PP_REASON_NONE)
		verify_report(verify, "journal", SUBJECT("revision %" PRIu64, record.revision),
			"is a refusal, which makes no revision");
	check_postings(verify, &record);
	verify_journal_reference(verify, &record);
	verify_journal_fate(verify, &record);
}

void verify_end_journal(struct verify *verify)
{
	if (verify->last_id < verify->source->revision)
		verify->n_journal_unknown++;
	if (verify->last_id != verify->source->revision)
		verify_report(verify, "journal", "store",
			"is at revision %" PRIu64 ", its journal ends at %" PRIu64,
			verify->source->revision, verify->last_id);
}

/* ---- Request ids ---- */

static const char *request_fault(const struct request_record *request,
	const struct journal_record *change, const struct key *key)
{
	struct key own;

	key_of_request(&change->request_id, change->actor, &own);
	if (verify_key_compare(key, &own) != 0)
		return "was made by another request";
	if (change->kind != request->kind)
		return "is a change of another kind";
	if (change->at_ms != request->decided_at_ms)
		return "was made at another time";
	return NULL;
}

void verify_walk_request(struct verify *verify, const struct key *key, const struct span *value)
{
	struct request_record request;
	struct journal_record change;
	const char *fault = NULL;
	struct key journal_key;

	if (!VERIFY_DECODE(request, verify, key, value, &request))
		return;
	if (!request.journaled) {
		if (request.revision > verify->source->revision)
			verify_report(verify, "request", subject_of_key(key).text,
				"was refused at revision %" PRIu64 ", which is not there yet",
				request.revision);
		return;
	}
	key_of_journal(request.revision, &journal_key);
	switch (VERIFY_LOAD(journal, verify, &journal_key, &change)) {
	case VERIFY_ABSENT: fault = "is not there"; break;
	case VERIFY_UNREADABLE: break;
	case VERIFY_FOUND: fault = request_fault(&request, &change, key); break;
	}
	if (fault)
		verify_report(verify, "request", subject_of_key(key).text,
			"its revision %" PRIu64 " %s", request.revision, fault);
}

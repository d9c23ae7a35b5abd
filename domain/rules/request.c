#include "domain/rules/request.h"

#include <inttypes.h>
#include <string.h>

#include "domain/rules/text.h"

bool request_id_is_uuid7(const struct pp_uuid *id)
{
	return id->bytes[6] >> 4 == 7 && id->bytes[8] >> 6 == 2;
}

int64_t request_id_time_ms(const struct pp_uuid *id)
{
	int64_t time_ms = 0;

	for (int i = 0; i < 6; i++)
		time_ms = time_ms << 8 | id->bytes[i];
	return time_ms;
}

/* Whether its record may be gone though it is younger than the retention of now: it was shorter. */
static bool may_be_gone(const struct run *run, const struct pp_uuid *id)
{
	const struct key *kept_from = &run->decision->context.kept_from;
	struct key key;

	key_of_request(id, run->request->acting_user, &key);
	return memcmp(key.bytes, kept_from->bytes, kept_from->len) < 0;
}

void request_check_time(struct run *run, const struct pp_uuid *id)
{
	int64_t made_ms = request_id_time_ms(id); /* 48 bits: sums do not overflow */
	int64_t now_ms = run->now_ms;

	if (made_ms <= now_ms - run->settings->request_id_retention_ms || may_be_gone(run, id))
		run_refuse(run, PP_REASON_REQUEST_ID_EXPIRED, "request_id",
			"The request id was made at %s, and ids of that time are no longer kept: "
			"whether it was executed is not known. Server time is %s (%" PRId64 "). "
			"Read the state, then use a new id.",
			TIME_TEXT(made_ms), TIME_TEXT(now_ms), now_ms);
	else if (made_ms > now_ms + REQUEST_ID_AHEAD_MS_MAX)
		run_refuse(run, PP_REASON_REQUEST_ID_IN_FUTURE, "request_id",
			"The request id was made at %s, more than 5 minutes ahead. Server time is "
			"%s (%" PRId64 "). Make ids by the server's clock.",
			TIME_TEXT(made_ms), TIME_TEXT(now_ms), now_ms);
}

void run_load_spent(struct run *run)
{
	const struct pp_request *request = run->request;

	run->spent_loaded =
		run_load_request(run, &request->request_id, request->acting_user, &run->spent);
}

static bool same_content(const struct run *run)
{
	return run->spent.kind == run->request->kind &&
	       memcmp(run->spent.hash, run->input->hash, sizeof(run->spent.hash)) == 0;
}

/* The outcome of the request that was decided under this id. */
static void load_outcome(struct run *run)
{
	struct journal_record journal;

	run->replayed = true;
	if (!run->spent.journaled) {
		run->journal.outcome = run->spent.outcome;
		return;
	}
	enum loaded loaded = run_load_journal(run, run->spent.revision, &journal);
	run_expect(run, loaded);
	if (loaded == LOADED_PRESENT)
		run->journal.outcome = journal.outcome;
}

bool run_begin(struct run *run)
{
	if (run->waiting)
		return false;
	if (run->spent_loaded == LOADED_ABSENT) {
		run->remember = true;
		return true;
	}
	if (run->spent.kind == PP_KIND_NONE) {
		run_refuse(run, PP_REASON_REQUEST_ABANDONED, "request_id",
			"The request was abandoned at %s: nothing was and nothing will be executed "
			"under its id. Use a new id.",
			TIME_TEXT(run->spent.decided_at_ms));
		return false;
	}
	if (!same_content(run)) {
		run_refuse(run, PP_REASON_REQUEST_ID_REUSED, "request_id",
			"The request id was spent at %s by %s with other content. Use a new id for "
			"a new request.",
			TIME_TEXT(run->spent.decided_at_ms), pp_kind_title(run->spent.kind));
		return false;
	}
	load_outcome(run);
	return !run->waiting;
}

void request_remember(struct run *run)
{
	const struct pp_request *request = run->request;
	struct request_record record = { .kind = request->kind,
		.decided_at_ms = run->now_ms,
		.revision = run->accepted ? run_new_revision(run) : run->revision,
		.journaled = run->accepted };

	memcpy(record.hash, run->input->hash, sizeof(record.hash));
	if (run->accepted) {
		struct journal_record *journal = &run->journal;
		journal->revision = run_new_revision(run);
		journal->at_ms = run->now_ms;
		journal->kind = request->kind;
		journal->actor = request->acting_user;
		journal->request_id = request->request_id;
		run_put_journal(run, journal);
	} else {
		record.outcome = run->journal.outcome;
	}
	run_put_request(run, &request->request_id, request->acting_user, &record);
}

#include "bench/check.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "client/deadline.h"

enum { VERIFY_TIMEOUT_MS = 600 * 1000, VERIFY_POLL_MS = 50 };

bool books_right(const struct books *books)
{
	return !books->checked ||
	       (books->count_right && books->n_replayed_wrong == 0 &&
		       books->verify_state == PP_VERIFY_STATE_CLEAN && books->n_findings == 0);
}

static void note(struct books *books, const char *format, ...) PRINTF_LIKE(2, 3);

static void note(struct books *books, const char *format, ...)
{
	va_list args;

	if (books->n_texts == CHECK_TEXTS)
		return;
	va_start(args, format);
	vsnprintf(books->texts[books->n_texts++], CHECK_TEXT_BYTES, format, args);
	va_end(args);
}

int check_ask(
	struct pp_client *client, struct pp_request *request, const struct pp_response **response)
{
	enum pp_outcome outcome;

	int err = pp_call(client, request, &outcome, response);
	if (err == 0 && (*response)->status != NULL)
		err = PP_ERR_INVALID;
	return err;
}

int check_counts(struct pp_client *client, struct pp_server_info_response *out)
{
	struct pp_request request = { .kind = PP_KIND_SERVER_INFO };
	const struct pp_response *response;

	int err = check_ask(client, &request, &response);
	if (err != 0)
		return err;
	*out = response->u.server_info;
	/* Texts die with the response. */
	out->server_version = NULL;
	out->commit_mode = NULL;
	out->unicode_version = NULL;
	out->durability = NULL;
	return 0;
}

int check_purchases(
	struct pp_client *client, uint64_t n_before, const struct tally *tally, struct books *books)
{
	struct pp_server_info_response info;

	int err = check_counts(client, &info);
	if (err != 0)
		return err;
	books->n_purchases_made = info.n_purchases - n_before;
	books->n_accepted = tally->kinds[SHOT_PURCHASE].n_accepted_in_all;
	books->n_unanswered = tally->kinds[SHOT_PURCHASE].n_unanswered_in_all;
	books->count_right = books->n_purchases_made >= books->n_accepted &&
			     books->n_purchases_made <= books->n_accepted + books->n_unanswered;
	if (!books->count_right)
		note(books, "%llu purchases were acknowledged, the server made %llu",
			(unsigned long long)books->n_accepted,
			(unsigned long long)books->n_purchases_made);
	return 0;
}

static int replay(struct pp_client *client, const struct sample_entry *entry, struct books *books)
{
	struct shot_body body;
	struct pp_request request;
	const struct pp_response *response;
	enum pp_outcome outcome;
	char id[37];
	size_t len;

	shot_request(&entry->shot, &body, &request);
	int err = pp_call(client, &request, &outcome, &response);
	if (err != 0)
		return err;
	uint8_t *frame = sample_frame(response, &len);
	if (frame == NULL)
		return PP_ERR_NO_MEMORY;
	books->n_replayed++;
	bool same = len == entry->len && memcmp(frame, entry->frame, len) == 0;
	free(frame);
	if (same && response->replayed)
		return 0;
	books->n_replayed_wrong++;
	pp_uuid_format(&request.request_id, id);
	note(books, "%s %s: %s", pp_kind_title(request.kind), id,
		response->replayed ? "another answer than the first"
				   : "it was executed again: the first answer was lost");
	return 0;
}

int check_replays(struct pp_client *client, const struct sample *sample, struct books *books)
{
	int err = 0;

	for (size_t i = 0; i < sample->n && err == 0; i++)
		err = replay(client, &sample->entries[i], books);
	return err;
}

static void take_verify(const struct pp_verify_response *verify, struct books *books)
{
	books->verify_state = verify->state;
	books->n_records = verify->n_records;
	books->n_findings = verify->n_findings;
	books->snapshot_revision = verify->snapshot_revision;
	books->verify_ms = verify->elapsed_ms;
	for (size_t i = 0; i < verify->n_findings_shown; i++) {
		const struct pp_finding *finding = verify->findings[i];
		note(books, "%s of %s: %s", finding->check, finding->subject, finding->message);
	}
	if (verify->state == PP_VERIFY_STATE_ABORTED)
		note(books, "Verify gave up: %s",
			verify->message != NULL ? verify->message : "no reason given");
}

int check_verify(struct pp_client *client, struct books *books)
{
	struct deadline deadline = deadline_in(VERIFY_TIMEOUT_MS);
	struct pp_request request = { .kind = PP_KIND_VERIFY };
	const struct pp_response *response;

	for (;;) {
		enum pp_outcome outcome;
		int err = pp_call(client, &request, &outcome, &response);
		if (err != 0)
			return err;
		const struct pp_status *status = response->status;
		bool busy = status != NULL && status->reason == PP_REASON_VERIFY_BUSY;
		if (status != NULL && !busy)
			return PP_ERR_INVALID;
		if (!busy && response->u.verify.state != PP_VERIFY_STATE_RUNNING)
			break;
		if (!busy)
			request.u.verify.verify_id = response->u.verify.verify_id;
		if (deadline_left_ms(deadline) == 0)
			return PP_ERR_TIMEOUT;
		deadline_sleep(deadline, VERIFY_POLL_MS);
	}
	take_verify(&response->u.verify, books);
	return 0;
}

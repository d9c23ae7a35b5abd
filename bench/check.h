/* After a load: are the books right, and does every acknowledged write still answer the same? */
#ifndef BENCH_CHECK_H
#define BENCH_CHECK_H

#include "bench/sample.h"
#include "bench/tally.h"
#include "peakpeeps/client.h"

enum { CHECK_TEXT_BYTES = 256, CHECK_TEXTS = 8 };

struct books {
	bool checked; /* false: not asked for, or not possible */
	/* The server's count of purchases against what was acknowledged to us. */
	uint64_t n_purchases_made; /* its growth */
	uint64_t n_accepted;
	uint64_t n_unanswered; /* may have been made or not */
	bool count_right;
	/* Sampled writes that were sent again. */
	uint64_t n_replayed;
	uint64_t n_replayed_wrong;
	/* Verify. */
	enum pp_verify_state verify_state;
	uint64_t n_records;
	uint64_t n_findings;
	uint64_t snapshot_revision;
	uint32_t verify_ms;
	/* The first few things that are wrong, in words. */
	unsigned n_texts;
	char texts[CHECK_TEXTS][CHECK_TEXT_BYTES];
};

/* Whether nothing is wrong. */
bool books_right(const struct books *books);

/* As pp_call, where a refusal is an error as well: PP_ERR_INVALID. */
int check_ask(struct pp_client *client, struct pp_request *request,
	const struct pp_response **response) MUST_CHECK;
/* The server's number of users, businesses, coupons and purchases. As pp_call. */
int check_counts(struct pp_client *client, struct pp_server_info_response *out) MUST_CHECK;
/* Compares the growth of the number of purchases since `n_before` with the tally. */
int check_purchases(struct pp_client *client, uint64_t n_before, const struct tally *tally,
	struct books *books) MUST_CHECK;
/* Sends each write of a sample again, under its own id: the answer must be the same. */
int check_replays(
	struct pp_client *client, const struct sample *sample, struct books *books) MUST_CHECK;
/* Runs Verify to its end. */
int check_verify(struct pp_client *client, struct books *books) MUST_CHECK;

#endif

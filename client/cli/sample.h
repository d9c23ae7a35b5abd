/* `peakpeeps sample`: fills a server through the protocol with the plan's things. */
#ifndef CLIENT_CLI_SAMPLE_H
#define CLIENT_CLI_SAMPLE_H

#include "client/cli/cli.h"
#include "client/cli/sample_plan.h"
#include "client/cli/stream.h"

/* What is known of a user on the server when the sample goes on after an interruption. */
enum {
	SAMPLE_CREDITED = 1, /* of all its routes and reviews */
	SAMPLE_BOUGHT = 2,
};

/* A fill under way. Owned by sample_init, to be given to sample_free. */
struct sample {
	uint64_t scale;
	bool resumes; /* something of it may be there: look before making */
	enum sample_phase phase;
	uint64_t n_begun; /* items of this phase */
	uint64_t n_ended;
	uint64_t n_made[SAMPLE_PHASE_COUNT];
	uint64_t n_found[SAMPLE_PHASE_COUNT]; /* there before */
	int64_t took_ms[SAMPLE_PHASE_COUNT];
	/* Ids on the server, by number in the plan; index 0 is not used. */
	uint64_t *users;
	uint64_t *businesses;
	uint64_t *coupons;
	uint32_t *versions; /* of coupons: which one is bought */
	uint8_t *states;    /* of users */
	/* The answer that ended it; code 0: none did. */
	enum pp_reason reason;
	char trouble[600];

	/* What the request being filled points to. */
	char name[SAMPLE_NAME_BYTES];
	char other[SAMPLE_NAME_BYTES];
	uint64_t owners[SAMPLE_OWNERS_MAX];
	struct pp_terms terms;
	struct pp_account account;

	/* Progress. */
	bool shows;
	int64_t began_ms; /* this phase */
	int64_t drawn_ms;
};

/* PP_ERR_NO_MEMORY. About 33 bytes per user of the plan, and as much per coupon. */
int sample_init(struct sample *sample, uint64_t scale) MUST_CHECK;
void sample_free(struct sample *sample);

/* ---- sample_item.c: one item after the other, as a stream_source ---- */

bool sample_next(void *context, struct stream_item *item);
void sample_fill(void *context, const struct stream_item *item, struct pp_request *request);
enum stream_verdict sample_take(
	void *context, struct stream_item *item, const struct pp_response *response);

#endif

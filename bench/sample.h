/* A fair sample of decided writes with their answers, to be sent again afterwards. */
#ifndef BENCH_SAMPLE_H
#define BENCH_SAMPLE_H

#include "bench/draw.h"
#include "bench/shot.h"

/* A write and what was answered: the frame, as it would have come without seq and `replayed`. */
struct sample_entry {
	struct shot shot;
	uint8_t *frame; /* owned */
	size_t len;
};

/* Reservoir sampling, algorithm R of Vitter 1985: each write is equally likely to be in it. */
struct sample {
	size_t size; /* at most so many are kept */
	size_t n;    /* are kept */
	uint64_t n_seen;
	struct draw draw;
	struct sample_entry *entries;
};

int sample_init(struct sample *sample, size_t size, uint64_t seed) MUST_CHECK;
void sample_free(struct sample *sample);
/* Offers an answer; PP_ERR_NO_MEMORY. */
int sample_offer(struct sample *sample, const struct shot *shot,
	const struct pp_response *response) MUST_CHECK;
/*
 * The frame of a response, without what may differ between an answer and its replay. Owned by the
 * caller; NULL: out of memory.
 */
uint8_t *sample_frame(const struct pp_response *response, size_t *len) MUST_CHECK;

#endif

/* Sees to it that the store holds the data set of a load. */
#ifndef BENCH_DATASET_H
#define BENCH_DATASET_H

#include "bench/shot.h"
#include "client/address.h"

enum dataset_state {
	DATASET_READY,
	DATASET_OTHER,  /* there is another one */
	DATASET_ABSENT, /* the store is empty, and it was not to be prepared */
	DATASET_FAILED, /* it could not be asked for or made: `why` tells */
};

enum { DATASET_TEXT_BYTES = 200 };

/*
 * Looks whether the store holds it, and makes it if `prepare` is set and the store is empty. More
 * coupons than the data set's, as flash sales leave them, do no harm. `what`, of
 * DATASET_TEXT_BYTES, tells what there is instead; `why` is of LOAD_WHY_BYTES.
 */
enum dataset_state dataset_provide(struct pp_client *client, const struct dataset *wanted,
	bool prepare, const struct address *address, char *what, char *why);

#endif

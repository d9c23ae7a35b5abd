/* Makes the data set of a load on an empty store, through the protocol. */
#ifndef BENCH_PREPARE_H
#define BENCH_PREPARE_H

#include "bench/load.h"

/*
 * Users with plenty of coins, businesses, coupons without limits; progress goes to standard error.
 * As load_run; PP_ERR_INVALID: the server refused a part of it, `why` says which.
 */
int prepare_dataset(
	const struct dataset *dataset, const struct address *address, char *why) MUST_CHECK;

#endif

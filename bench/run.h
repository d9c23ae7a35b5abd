/* What the threads of one run share. */
#ifndef BENCH_RUN_H
#define BENCH_RUN_H

#include <stdatomic.h>

#include "bench/draw.h"
#include "bench/options.h"
#include "bench/scenario.h"
#include "bench/series.h"
#include "client/address.h"

/* Constant while they run, but for the atomics; the series has a lock of its own. */
struct run {
	const struct bench_options *options;
	const struct address *address;
	struct zipf coupons; /* their popularity */
	struct zipf users;
	atomic_uint *versions;         /* of each coupon, the newest that anyone has heard of */
	const struct flash_sale *sale; /* of such a mix */
	const struct edit_war *war;
	struct series *series;
	int64_t begins_ns;
	int64_t measured_from_ns;
	int64_t ends_at_ns; /* INT64_MAX: by the number of requests */
	atomic_uint_fast64_t n_drawn;
	atomic_uint n_working; /* threads that are not done */
};

#endif

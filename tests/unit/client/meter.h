/* An allocator that counts, and fails when it is told to: for tests. */
#ifndef TESTS_UNIT_CLIENT_METER_H
#define TESTS_UNIT_CLIENT_METER_H

#include <stdatomic.h>
#include <stddef.h>

#include "peakpeeps/alloc.h"

/* Thread-safe, but for its making. All zero counts and never fails. */
struct meter {
	atomic_size_t n_asked; /* allocations and growths, failed ones among them */
	atomic_size_t n_held;  /* blocks that were not released */
	size_t fail_at;        /* the n-th asked for fails, from 1; 0: none */
};

struct pp_allocator meter_allocator(struct meter *meter);

#endif

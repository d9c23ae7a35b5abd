/* Many threads that start at the same moment, and seeded chance: for the race programs. */
#ifndef TESTS_CROWD_H
#define TESTS_CROWD_H

#include <stddef.h>
#include <stdint.h>

#include "tests/integration/process.h"

/* Several loops however few processors there are, and many checkpoints: threads are to meet. */
extern const struct process_options crowd_server;

/*
 * Runs act(member) on a thread for each of n members of `size` bytes each; returns when all ended.
 */
void crowd_run(size_t n, void *members, size_t size, void (*act)(void *member));

/* The next number of a seeded sequence (xorshift64*, of S. Vigna). *state must not be 0. */
uint64_t chance(uint64_t *state);
/* The seed: PEAKPEEPS_SEED, or the clock; it is printed. */
uint64_t chance_seed(const char *program);

#endif

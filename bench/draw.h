/* Random numbers of a load: fast, seeded, the same on every machine. Not for secrets. */
#ifndef BENCH_DRAW_H
#define BENCH_DRAW_H

#include "base/base.h"

/* xoshiro256++ by David Blackman and Sebastiano Vigna (prng.di.unimi.it, public domain). */
struct draw {
	uint64_t state[4];
};

/* Any seed will do; different seeds give unrelated streams. */
void draw_init(struct draw *draw, uint64_t seed);
uint64_t draw_u64(struct draw *draw);
/* Uniform in 0 .. n - 1, but for a bias of less than n / 2^32; 0 < n < 2^32. */
uint64_t draw_below(struct draw *draw, uint64_t n);
/* Uniform, 0 <= result < 1. */
double draw_unit(struct draw *draw);
/* Of an exponential distribution with this mean: gaps between events that know of no other. */
double draw_exponential(struct draw *draw, double mean);

/*
 * Zipfian ranks: item k of n with a weight of 1 / (k + 1)^theta. After Gray et al., "Quickly
 * Generating Billion-Record Synthetic Databases", SIGMOD 1994.
 */
struct zipf {
	uint64_t n;
	double theta; /* 0: uniform; below 1 */
	double alpha, zeta_n, eta, half_pow;
	uint64_t stride; /* spreads the popular ones over all items */
};

/* 0 < n < 2^32. Sums n terms. */
void zipf_init(struct zipf *zipf, uint64_t n, double theta);
/* An item, 0 .. n - 1. */
uint64_t zipf_draw(const struct zipf *zipf, struct draw *draw);

#endif

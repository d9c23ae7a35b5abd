#include "bench/draw.h"

#include <math.h>

/* splitmix64, of the same authors: fills a state from one number. */
static uint64_t split_mix(uint64_t *state)
{
	uint64_t mixed = (*state += 0x9e3779b97f4a7c15);

	mixed = (mixed ^ (mixed >> 30)) * 0xbf58476d1ce4e5b9;
	mixed = (mixed ^ (mixed >> 27)) * 0x94d049bb133111eb;
	return mixed ^ (mixed >> 31);
}

void draw_init(struct draw *draw, uint64_t seed)
{
	for (int i = 0; i < 4; i++)
		draw->state[i] = split_mix(&seed);
}

static uint64_t rotate(uint64_t value, int bits)
{
	return value << bits | value >> (64 - bits);
}

uint64_t draw_u64(struct draw *draw)
{
	uint64_t *s = draw->state;
	uint64_t result = rotate(s[0] + s[3], 23) + s[0];
	uint64_t shifted = s[1] << 17;

	s[2] ^= s[0];
	s[3] ^= s[1];
	s[1] ^= s[2];
	s[0] ^= s[3];
	s[2] ^= shifted;
	s[3] = rotate(s[3], 45);
	return result;
}

uint64_t draw_below(struct draw *draw, uint64_t n)
{
	ASSERT(n > 0 && n <= UINT32_MAX);
	return ((draw_u64(draw) >> 32) * n) >> 32;
}

double draw_unit(struct draw *draw)
{
	return (double)(draw_u64(draw) >> 11) * 0x1p-53;
}

double draw_exponential(struct draw *draw, double mean)
{
	/* 1 - u is never 0. */
	return -mean * log(1 - draw_unit(draw));
}

static double zeta(uint64_t n, double theta)
{
	double sum = 0;

	for (uint64_t i = 1; i <= n; i++)
		sum += 1 / pow((double)i, theta);
	return sum;
}

static uint64_t common_divisor(uint64_t a, uint64_t b)
{
	while (b != 0) {
		uint64_t rest = a % b;
		a = b;
		b = rest;
	}
	return a;
}

void zipf_init(struct zipf *zipf, uint64_t n, double theta)
{
	ASSERT(n > 0 && n <= UINT32_MAX);
	*zipf = (struct zipf) { .n = n, .theta = theta };
	/* Near n / golden ratio, and coprime with n: a permutation that scatters neighbours. */
	zipf->stride = (uint64_t)((double)n * 0.6180339887) | 1;
	while (common_divisor(zipf->stride, n) != 1)
		zipf->stride++;
	if (theta == 0)
		return;
	zipf->zeta_n = zeta(n, theta);
	zipf->alpha = 1 / (1 - theta);
	zipf->half_pow = 1 + pow(0.5, theta);
	zipf->eta = (1 - pow(2.0 / (double)n, 1 - theta)) / (1 - zeta(2, theta) / zipf->zeta_n);
}

uint64_t zipf_draw(const struct zipf *zipf, struct draw *draw)
{
	if (zipf->theta == 0 || zipf->n < 3)
		return draw_below(draw, zipf->n);
	double u = draw_unit(draw);
	double uz = u * zipf->zeta_n;
	uint64_t rank;
	if (uz < 1)
		rank = 0;
	else if (uz < zipf->half_pow)
		rank = 1;
	else
		rank = (uint64_t)((double)zipf->n *
				  pow(zipf->eta * u - zipf->eta + 1, zipf->alpha));
	if (rank >= zipf->n)
		rank = zipf->n - 1;
	return rank * zipf->stride % zipf->n;
}

/* SPDX-License-Identifier: MIT
 *
 * Numbers by chance that are the same on every machine: a 64-bit counter
 * through a mixing function (SplitMix64, by Steele, Lea and Flood, OOPSLA 2014).
 * Integers only, for a floating-point result could differ between machines.
 * Not for secrets.
 */
#ifndef MDL_BASE_RANDOM_H
#define MDL_BASE_RANDOM_H

#include <stdint.h>

struct mdl_random {
	uint64_t s;
};

static inline uint64_t mdl_random_mix(uint64_t z)
{
	z = (z ^ (z >> 30)) * UINT64_C(0xbf58476d1ce4e5b9);
	z = (z ^ (z >> 27)) * UINT64_C(0x94d049bb133111eb);
	return z ^ (z >> 31);
}

/* STREAM separates the uses of one seed, so that one more draw in one of them changes no other. */
static inline void mdl_random_seed(struct mdl_random *r, uint64_t seed, uint64_t stream)
{
	r->s = mdl_random_mix(mdl_random_mix(seed + UINT64_C(0x9e3779b97f4a7c15)) + stream);
}

static inline uint64_t mdl_random_next(struct mdl_random *r)
{
	r->s += UINT64_C(0x9e3779b97f4a7c15);
	return mdl_random_mix(r->s);
}

/* 0 <= result < N. The bias of the multiplication is below N / 2^32. */
static inline uint32_t mdl_random_below(struct mdl_random *r, uint32_t n)
{
	return (uint32_t)(((mdl_random_next(r) >> 32) * n) >> 32);
}

#endif

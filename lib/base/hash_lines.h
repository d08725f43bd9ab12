/* SPDX-License-Identifier: MIT
 *
 * Part of hash_avx2.c and hash_avx512.c: XXH3 of 128 bits of many lines, with the instructions for which they are
 * compiled. Lines of 241 to 1024 bytes, which most records are, go through the library's steps without its general
 * form: they are one block of stripes, and neither is scrambled nor asks for memory ahead.
 *
 */
#ifndef MDL_BASE_HASH_LINES_H
#define MDL_BASE_HASH_LINES_H

#ifndef XXH_INLINE_ALL
#define XXH_INLINE_ALL
#endif
#include <stdint.h>
#include <string.h>
#include <xxhash.h>

#include "base/hash.h"

enum { HASH_STRIPE = 64, HASH_STRIPES = 16, HASH_FROM = 241, HASH_TO = HASH_STRIPE * HASH_STRIPES };

/* Where in the secret, in the words of XXH3_hashLong_128b_internal. */
enum {
	HASH_LAST = XXH_SECRET_DEFAULT_SIZE - HASH_STRIPE - 7,
	HASH_LOW = 11,
	HASH_HIGH = XXH_SECRET_DEFAULT_SIZE - HASH_STRIPE - 11,
};

static const uint64_t hash_acc[8] = {XXH_PRIME32_3, XXH_PRIME64_1, XXH_PRIME64_2, XXH_PRIME64_3,
				     XXH_PRIME64_4, XXH_PRIME32_2, XXH_PRIME64_5, XXH_PRIME32_1};

/* XXH3_mergeAccs of accumulators that the secret was laid over, but for its start and XXH3_avalanche. */
static inline __attribute__((always_inline)) uint64_t hash_merged(const uint64_t v[8])
{
	uint64_t sum = 0;
#pragma GCC unroll 4
	for (size_t i = 0; i < 8; i += 2) {
		unsigned __int128 m = (unsigned __int128)v[i] * v[i + 1];
		sum += (uint64_t)m ^ (uint64_t)(m >> 64);
	}
	return sum;
}

static inline __attribute__((always_inline)) uint64_t hash_mixed(uint64_t x)
{
	x ^= x >> 37;
	x *= UINT64_C(0x165667919E3779F9);
	return x ^ x >> 32;
}

/* LOW and HIGH: the merged accumulators of a line of N bytes, laid over by the secret at HASH_LOW and HASH_HIGH. */
static inline __attribute__((always_inline)) struct mdl_hash128 hash_ended(uint64_t low, uint64_t high,
									   size_t n)
{
	return (struct mdl_hash128){hash_mixed(low + (uint64_t)n * XXH_PRIME64_1),
				    hash_mixed(high + ~((uint64_t)n * XXH_PRIME64_2))};
}

static inline __attribute__((always_inline)) struct mdl_hash128 hash_any(const void *p, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(p, n);
	return (struct mdl_hash128){h.low64, h.high64};
}

#endif

/* SPDX-License-Identifier: MIT
 *
 * The fast engine for x86-64 with AVX2.
 */
#ifdef __x86_64__
#include <immintrin.h>

#include "json/scan_batch.h"
#include "json/scan_utf8.h"

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt"))), apply_to = function)
#else
#pragma GCC target("avx2,bmi,bmi2,popcnt,lzcnt")
#endif

#include "json/scan_vec32.h"

static inline vec equal(vec a, vec b)
{
	return _mm256_cmpeq_epi8(a, b);
}

/* Bytes at most LIMIT, unsigned. */
static inline vec at_most(vec v, vec limit)
{
	return equal(_mm256_min_epu8(v, limit), v);
}

/* The top bits of 64 bytes. */
static inline uint64_t bits(const vec *v)
{
	return (uint32_t)_mm256_movemask_epi8(v[0]) | (uint64_t)(uint32_t)_mm256_movemask_epi8(v[1]) << 32;
}

static inline uint32_t bits32(const vec *v)
{
	return (uint32_t)_mm256_movemask_epi8(v[0]);
}

#define ENGINE mdl_scan_avx2
#define ENGINE_UTF8 mdl_scan_avx2_utf8
#define ENGINE_SPLIT mdl_scan_avx2_split
#include "json/scan_vec.h"

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

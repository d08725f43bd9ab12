/* SPDX-License-Identifier: MIT
 *
 * The fast engine for x86-64 with SSE4.2: as with AVX2 (scan_avx2.c), 16 bytes at a time.
 */
#ifdef __x86_64__
#include <immintrin.h>

#include "json/scan_batch.h"
#include "json/scan_utf8.h"

#ifdef __clang__
#pragma clang attribute push(__attribute__((target("sse4.2,popcnt"))), apply_to = function)
#else
#pragma GCC target("sse4.2,popcnt")
#endif

typedef __m128i vec;

static inline vec load(const char *p)
{
	return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline vec load_table(const uint8_t *t)
{
	return load((const char *)t);
}

static inline vec fill_with(char c)
{
	return _mm_set1_epi8(c);
}

static inline vec equal(vec a, vec b)
{
	return _mm_cmpeq_epi8(a, b);
}

static inline vec either(vec a, vec b)
{
	return _mm_or_si128(a, b);
}

static inline vec both(vec a, vec b)
{
	return _mm_and_si128(a, b);
}

static inline vec differ(vec a, vec b)
{
	return _mm_xor_si128(a, b);
}

static inline vec high_nibble(vec v)
{
	return both(_mm_srli_epi16(v, 4), fill_with(15));
}

static inline vec low_nibble(vec v)
{
	return both(v, fill_with(15));
}

static inline vec look_up(vec table, vec nibble)
{
	return _mm_shuffle_epi8(table, nibble);
}

static inline vec less_or_zero(vec a, vec b)
{
	return _mm_subs_epu8(a, b);
}

/* Bytes at most LIMIT, unsigned. */
static inline vec at_most(vec v, vec limit)
{
	return equal(_mm_min_epu8(v, limit), v);
}

static inline vec minus(vec a, vec b)
{
	return _mm_sub_epi8(a, b);
}

static inline bool all_zero(vec v)
{
	return _mm_testz_si128(v, v);
}

static inline uint32_t bits32(const vec *v)
{
	return (uint32_t)_mm_movemask_epi8(v[0]) | (uint32_t)_mm_movemask_epi8(v[1]) << 16;
}

/* The top bits of 64 bytes. */
static inline uint64_t bits(const vec *v)
{
	return bits32(v) | (uint64_t)bits32(v + 2) << 32;
}

#define ENGINE mdl_scan_sse4
#define ENGINE_UTF8 mdl_scan_sse4_utf8
#define ENGINE_SPLIT mdl_scan_sse4_split
#include "json/scan_vec.h"

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

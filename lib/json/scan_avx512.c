/* SPDX-License-Identifier: MIT
 *
 * The fast engine for x86-64 with AVX-512 (BW, VL, VBMI2, and GFNI: Ice Lake, Zen 4 and newer).
 * Compares give masks at once, and a mask turns into a list by one instruction.
 */
#ifdef __x86_64__
#include <immintrin.h>

#include "json/scan_batch.h"
#include "json/scan_utf8.h"

#ifdef __clang__
#pragma clang attribute push(                                                                             \
	__attribute__((target("avx2,bmi,bmi2,popcnt,lzcnt,avx512f,avx512bw,avx512vl,avx512vbmi2,gfni"))), \
	apply_to = function)
#else
#pragma GCC target("avx2,bmi,bmi2,popcnt,lzcnt,avx512f,avx512bw,avx512vl,avx512vbmi2,gfni")
#endif

#include "json/scan_vec32.h"

#define OWN_MASKS
static inline uint64_t backslashes(const char *p)
{
	return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p), _mm512_set1_epi8('\\'));
}

static inline __attribute__((always_inline)) void block_masks(const char *p, struct mdl_scan_masks *m,
							      struct mdl_scan_carry *c, bool spaced)
{
	/* a matrix of bits: x ^ (x & 1 ? ',' ^ '{' : 0), so that the two become the same */
	const __m512i as_comma = _mm512_set1_epi64(0x0003050811204180);
	__m512i v = _mm512_loadu_si512(p);
	uint64_t quote = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('"')), anchor;
	m->quote = quote;
	m->backslash = backslashes(p) != 0;
	m->not_ascii = _mm512_movepi8_mask(v) != 0;
	if (spaced) {
		uint64_t sep = _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(',')) |
			       _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8('{'));
		anchor = quote &
			 mdl_scan_behind(sep, _mm512_cmpeq_epi8_mask(v, _mm512_set1_epi8(' ')), c, true);
	} else {
		__m512i before = _mm512_maskz_loadu_epi8(c->inside, p - 1);
		before = _mm512_gf2p8affine_epi64_epi8(before, as_comma, ',');
		anchor = _mm512_mask_testn_epi8_mask(quote, before, before);
		c->inside = ~(uint64_t)0;
	}
	m->entry = anchor | _mm512_cmplt_epu8_mask(v, _mm512_set1_epi8(' '));
}

static inline uint64_t line_feeds(const char *p)
{
	return _mm512_cmpeq_epi8_mask(_mm512_loadu_si512(p), _mm512_set1_epi8('\n'));
}

static inline uint32_t digit_mask(const char *p)
{
	return _mm256_cmplt_epu8_mask(minus(load(p), fill_with('0')), fill_with(10));
}

static inline void number_masks(const char *p, uint32_t *digit, uint32_t *dot)
{
	*digit = digit_mask(p);
	*dot = _mm256_cmpeq_epi8_mask(load(p), fill_with('.'));
}

/* Append the places of BITS, sixteen at a time; some more may be written. */
#define FLATTEN
static inline __attribute__((always_inline)) uint32_t *flatten(uint32_t *out, uint64_t set, uint32_t at)
{
	static const uint8_t upward[64] = {
		0,  1,  2,  3,  4,  5,  6,  7,  8,  9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21,
		22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43,
		44, 45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62, 63,
	};
	__m512i places = _mm512_maskz_compress_epi8(set, _mm512_loadu_si512(upward));
	const __m512i from = _mm512_set1_epi32((int)at);
	uint32_t n = (uint32_t)__builtin_popcountll(set);
	_mm512_storeu_si512(out,
			    _mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_castsi512_si128(places))));
	if (__builtin_expect(n > 16, 0)) {
		_mm512_storeu_si512(
			out + 16,
			_mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(places, 1))));
		_mm512_storeu_si512(
			out + 32,
			_mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(places, 2))));
		_mm512_storeu_si512(
			out + 48,
			_mm512_add_epi32(from, _mm512_cvtepu8_epi32(_mm512_extracti32x4_epi32(places, 3))));
	}
	return out + n;
}

#define ENGINE_LANES
#define ENGINE mdl_scan_avx512
#define ENGINE_UTF8 mdl_scan_avx512_utf8
#define ENGINE_SPLIT mdl_scan_avx512_split
#include "json/scan_vec.h"

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

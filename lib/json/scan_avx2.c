/* SPDX-License-Identifier: MIT
 *
 * The fast engine for x86-64 with AVX2.
 *
 * The UTF-8 check is that of Keiser and Lemire, "Validating UTF-8 in less than one
 * instruction per byte" (2021): three tables by nibble name the faults that a pair
 * of bytes can have.
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

struct block_masks {
	uint64_t quote, backslash, control, sep, space, not_ascii;
};

static inline __m256i load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline uint64_t bits(__m256i a, __m256i b)
{
	return (uint32_t)_mm256_movemask_epi8(a) | (uint64_t)(uint32_t)_mm256_movemask_epi8(b) << 32;
}

static inline __attribute__((always_inline)) void block_masks(const char *p, struct block_masks *m,
							      bool spaced)
{
	__m256i a = load(p), b = load(p + 32);
	const __m256i quote = _mm256_set1_epi8('"'), backslash = _mm256_set1_epi8('\\'),
		      comma = _mm256_set1_epi8(','), brace = _mm256_set1_epi8('{'),
		      space = _mm256_set1_epi8(' ');
	m->quote = bits(_mm256_cmpeq_epi8(a, quote), _mm256_cmpeq_epi8(b, quote));
	m->backslash = bits(_mm256_cmpeq_epi8(a, backslash), _mm256_cmpeq_epi8(b, backslash));
	m->sep = bits(_mm256_or_si256(_mm256_cmpeq_epi8(a, comma), _mm256_cmpeq_epi8(a, brace)),
		      _mm256_or_si256(_mm256_cmpeq_epi8(b, comma), _mm256_cmpeq_epi8(b, brace)));
	m->not_ascii = bits(a, b);
	/* signed: what is not ASCII is below the space, too */
	m->control = bits(_mm256_cmpgt_epi8(space, a), _mm256_cmpgt_epi8(space, b)) & ~m->not_ascii;
	m->space = spaced ? bits(_mm256_cmpeq_epi8(a, space), _mm256_cmpeq_epi8(b, space)) : 0;
}

static inline __m256i table(const uint8_t *t)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)t));
}

static inline __m256i utf8_faults(const char *p)
{
	const __m256i nibble = _mm256_set1_epi8(15);
	__m256i v = load(p), v1 = load(p - 1), v2 = load(p - 2), v3 = load(p - 3);
	__m256i pair = _mm256_and_si256(
		_mm256_and_si256(
			_mm256_shuffle_epi8(table(mdl_utf8_first_high),
					    _mm256_and_si256(_mm256_srli_epi16(v1, 4), nibble)),
			_mm256_shuffle_epi8(table(mdl_utf8_first_low), _mm256_and_si256(v1, nibble))),
		_mm256_shuffle_epi8(table(mdl_utf8_second_high),
				    _mm256_and_si256(_mm256_srli_epi16(v, 4), nibble)));
	/* the third byte of three or more, the fourth of four: they must follow a continuation */
	__m256i third = _mm256_subs_epu8(v2, _mm256_set1_epi8(0xe0 - 0x80));
	__m256i fourth = _mm256_subs_epu8(v3, _mm256_set1_epi8(0xf0 - 0x80));
	__m256i must = _mm256_and_si256(_mm256_or_si256(third, fourth), _mm256_set1_epi8((char)0x80));
	return _mm256_xor_si256(must, pair);
}

static inline bool block_is_utf8(const char *p)
{
	__m256i f = _mm256_or_si256(utf8_faults(p), utf8_faults(p + 32));
	return _mm256_testz_si256(f, f);
}

typedef __m256i text_acc;

static inline text_acc text_begin(void)
{
	return _mm256_setzero_si256();
}

static inline text_acc text_check(text_acc acc, const char *p, const uint8_t *text, const uint8_t *mask)
{
	__m256i differ = _mm256_xor_si256(load(p), load((const char *)text));
	return _mm256_or_si256(acc, _mm256_and_si256(differ, load((const char *)mask)));
}

static inline bool text_same(text_acc acc)
{
	return _mm256_testz_si256(acc, acc);
}

static inline void number_masks(const char *p, uint32_t *digit, uint32_t *dot)
{
	__m256i v = load(p), d = _mm256_sub_epi8(v, _mm256_set1_epi8('0'));
	*digit =
		(uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(d, _mm256_set1_epi8(9)), d));
	*dot = (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(v, _mm256_set1_epi8('.')));
}

static inline uint32_t digit_mask(const char *p)
{
	__m256i d = _mm256_sub_epi8(load(p), _mm256_set1_epi8('0'));
	return (uint32_t)_mm256_movemask_epi8(_mm256_cmpeq_epi8(_mm256_min_epu8(d, _mm256_set1_epi8(9)), d));
}

#define ENGINE mdl_scan_avx2
#define ENGINE_UTF8 mdl_scan_avx2_utf8
#include "json/scan_fast.h"

#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

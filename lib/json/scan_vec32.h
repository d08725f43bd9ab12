/* SPDX-License-Identifier: MIT
 *
 * Vectors of 32 bytes on x86-64, to be included by the engines that have AVX2, which
 * name their target before.
 */
#ifndef MDL_JSON_SCAN_VEC32_H
#define MDL_JSON_SCAN_VEC32_H

typedef __m256i vec;

static inline vec load(const char *p)
{
	return _mm256_loadu_si256((const __m256i *)(const void *)p);
}

static inline vec load_table(const uint8_t *t)
{
	return _mm256_broadcastsi128_si256(_mm_loadu_si128((const __m128i *)(const void *)t));
}

static inline vec fill_with(char c)
{
	return _mm256_set1_epi8(c);
}

static inline vec either(vec a, vec b)
{
	return _mm256_or_si256(a, b);
}

static inline vec both(vec a, vec b)
{
	return _mm256_and_si256(a, b);
}

static inline vec differ(vec a, vec b)
{
	return _mm256_xor_si256(a, b);
}

static inline vec low_nibble(vec v)
{
	return both(v, fill_with(15));
}

static inline vec high_nibble(vec v)
{
	return low_nibble(_mm256_srli_epi16(v, 4));
}

static inline vec look_up(vec table, vec nibble)
{
	return _mm256_shuffle_epi8(table, nibble);
}

static inline vec less_or_zero(vec a, vec b)
{
	return _mm256_subs_epu8(a, b);
}

static inline vec minus(vec a, vec b)
{
	return _mm256_sub_epi8(a, b);
}

static inline bool all_zero(vec v)
{
	return _mm256_testz_si256(v, v);
}

#endif

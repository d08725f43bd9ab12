/* SPDX-License-Identifier: MIT
 *
 * Columns of numbers with AVX-512: see json_number.h. Four at a time, each at the
 * end of 16 bytes, of which its own alone are read, however long it is.
 */
#ifdef __x86_64__
#include <immintrin.h>
#ifdef __clang__
#pragma clang attribute push(                                                             \
	__attribute__((target("avx2,bmi2,avx512f,avx512bw,avx512cd,avx512dq,avx512vl"))), \
	apply_to = function)
#else
#pragma GCC target("avx2,bmi2,avx512f,avx512bw,avx512cd,avx512dq,avx512vl")
#endif
#include <stdbool.h>
#include <string.h>

#include "sql/json_number.h"

enum { WIDTH = 16 };

_Static_assert(sizeof(struct mdl_json_value) == 16 && offsetof(struct mdl_json_value, p) == 0 &&
		       offsetof(struct mdl_json_value, n) == 8 && offsetof(struct mdl_json_value, kind) == 12,
	       "four cells are read as one vector");

/* The token whose end and mask are in the low words. */
static inline __attribute__((always_inline)) __m128i token(__m128i end, __m128i mask)
{
	uintptr_t at = (uintptr_t)_mm_cvtsi128_si64(end) - WIDTH;
	return _mm_maskz_loadu_epi8((__mmask16)_mm_cvtsi128_si32(mask), (const void *)at);
}

/* Four cells: a lane of 16 bytes each has the token's, with zeros before them. */
struct lanes {
	__m512i text;
	__m512i n; /* in both halves of a lane */
};

/* False when one is not of KIND, or longer than a lane. */
static inline __attribute__((always_inline)) bool load(const struct mdl_json_value *cells,
						       enum mdl_json_kind kind, struct lanes *l)
{
	const __m512i c = _mm512_loadu_si512(cells);
	/* in the even words addresses, in the odd ones lengths and kinds */
	const __m512i meta = _mm512_shuffle_epi32(c, _MM_PERM_DCDC);
	const __m512i k = _mm512_and_si512(_mm512_srli_epi64(meta, 32), _mm512_set1_epi64(0xff));
	l->n = _mm512_and_si512(meta, _mm512_set1_epi64(0xffffffff));
	if (_mm512_cmpneq_epi64_mask(k, _mm512_set1_epi64(kind)) |
	    _mm512_cmpgt_epu64_mask(l->n, _mm512_set1_epi64(WIDTH)))
		return false;
	const __m512i end = _mm512_add_epi64(c, l->n);
	const __m512i mask = _mm512_srlv_epi64(_mm512_set1_epi64(0xffff0000), l->n);
	__m512i d = _mm512_castsi128_si512(token(_mm512_castsi512_si128(end), _mm512_castsi512_si128(mask)));
#define TOKEN(i) \
	_mm512_inserti32x4(d, token(_mm512_extracti32x4_epi32(end, i), _mm512_extracti32x4_epi32(mask, i)), i)
	d = TOKEN(1);
	d = TOKEN(2);
	d = TOKEN(3);
#undef TOKEN
	l->text = d;
	return true;
}

/* What is before a token is 0, what is in it never. */
static inline __attribute__((always_inline)) __m512i digits_of(__m512i text)
{
	return _mm512_maskz_sub_epi8(_mm512_test_epi8_mask(text, text), text, _mm512_set1_epi8('0'));
}

/* The first half of each lane. */
static inline __attribute__((always_inline)) __m256i firsts(__m512i d)
{
	return _mm512_castsi512_si256(_mm512_maskz_compress_epi64(0x55, d));
}

/* The values of lanes of digits. */
static inline __attribute__((always_inline)) __m256i values(__m512i d)
{
	d = _mm512_maddubs_epi16(d, _mm512_set1_epi16(1 << 8 | 10));
	d = _mm512_madd_epi16(d, _mm512_set1_epi32(1 << 16 | 100));
	d = _mm512_packus_epi32(d, d);
	d = _mm512_madd_epi16(d, _mm512_set1_epi32(1 << 16 | 10000));
	return firsts(_mm512_add_epi64(_mm512_mul_epu32(d, _mm512_set1_epi64(100000000)),
				       _mm512_srli_epi64(d, 32)));
}

/* Four cells: V gets them; true when all are numbers that are read here. */
static inline __attribute__((always_inline)) bool four_whole(const struct mdl_json_value *cells, int64_t *v)
{
	struct lanes l;
	if (!load(cells, MDL_JSON_INT, &l))
		return false;
	__m512i d = digits_of(l.text);
	if (_mm512_cmpgt_epu8_mask(d, _mm512_set1_epi8(9))) /* a sign */
		return false;
	_mm256_storeu_si256((void *)v, values(d));
	return true;
}

static inline __attribute__((always_inline)) bool four_doubles(const struct mdl_json_value *cells, double *v)
{
	/* dividing one exact number by another rounds once; by the digits behind the dot, of which 8 stand first */
	const __m512d power = _mm512_setr_pd(1e8, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7);
	struct lanes l;
	if (!load(cells, MDL_JSON_REAL, &l))
		return false;
	__m512i d = digits_of(l.text);
	uint64_t dots = _mm512_cmpeq_epi8_mask(l.text, _mm512_set1_epi8('.'));
	if (_mm512_cmpgt_epu8_mask(d, _mm512_set1_epi8(9)) != dots) /* a sign or an exponent */
		return false;
	/* so there is one dot in each lane; what is before it moves to its place */
	uint64_t before = dots | (dots - UINT64_C(0x0001000100010001));
	d = _mm512_mask_mov_epi8(d, before, _mm512_bslli_epi128(d, 1));
	__m256i dot = _mm256_cvtepu16_epi64(_mm_cvtsi64_si128((long long)dots));
	__m256i after = _mm256_sub_epi64(_mm256_lzcnt_epi64(dot), _mm256_set1_epi64x(64 - WIDTH));
	__m256i whole = _mm256_sub_epi64(firsts(l.n), after); /* with the dot */
	if (_mm256_cmpgt_epu64_mask(_mm256_sub_epi64(after, _mm256_set1_epi64x(1)), _mm256_set1_epi64x(7)) |
	    _mm256_cmpgt_epu64_mask(_mm256_sub_epi64(whole, _mm256_set1_epi64x(2)), _mm256_set1_epi64x(6)))
		return false;
	__m512d p = _mm512_permutexvar_pd(_mm512_castsi256_si512(after), power);
	_mm256_storeu_pd(v, _mm256_div_pd(_mm256_cvtepi64_pd(values(d)), _mm512_castpd512_pd256(p)));
	return true;
}

/* Rows that are not four in a row, at most so many. */
static inline size_t some_rows(const uint32_t *sel, size_t i, size_t n, uint32_t rows[4])
{
	for (size_t k = 0; k < n; k++)
		rows[k] = sel ? sel[i + k] : (uint32_t)(i + k);
	return n;
}

#define COLUMN(four, others)                                                                              \
	static const uint8_t yes[4] = {1, 1, 1, 1};                                                       \
	uint32_t rows[4];                                                                                 \
	size_t nrest = 0, i = 0;                                                                          \
	for (; i + 4 <= n; i += 4) {                                                                      \
		size_t row = sel ? sel[i] : i;                                                            \
		if ((!sel || sel[i + 3] == row + 3) && four(cells + row, v + row))                        \
			memcpy(valid + row, yes, 4);                                                      \
		else                                                                                      \
			nrest += others(cells, rows, some_rows(sel, i, 4, rows), v, valid, rest + nrest); \
	}                                                                                                 \
	return nrest + others(cells, rows, some_rows(sel, i, n - i, rows), v, valid, rest + nrest);

size_t mdl_json_number_whole_avx512(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
				    int64_t *v, uint8_t *valid,
				    uint32_t *rest){COLUMN(four_whole, mdl_json_number_whole_portable)}

size_t mdl_json_number_double_avx512(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
				     double *v, uint8_t *valid, uint32_t *rest)
{
	COLUMN(four_doubles, mdl_json_number_double_portable)
}
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

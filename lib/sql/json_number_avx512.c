/* SPDX-License-Identifier: MIT
 *
 * Columns of whole numbers with AVX-512: see json_number.h. Four at a time, each at the
 * end of 16 bytes, of which its own alone are read, however long it is.
 */
#ifdef __x86_64__
#include <immintrin.h>
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi2,avx512f,avx512bw,avx512vl"))), \
			     apply_to = function)
#else
#pragma GCC target("avx2,bmi2,avx512f,avx512bw,avx512vl")
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

/* The four CELLS: V gets them; true when all are such numbers. */
static inline __attribute__((always_inline)) bool four(const struct mdl_json_value *cells, int64_t *v)
{
	const __m512i c = _mm512_loadu_si512(cells);
	/* in the even words addresses, in the odd ones lengths and kinds */
	const __m512i meta = _mm512_shuffle_epi32(c, _MM_PERM_DCDC);
	const __m512i n = _mm512_and_si512(meta, _mm512_set1_epi64(0xffffffff));
	const __m512i kind = _mm512_and_si512(_mm512_srli_epi64(meta, 32), _mm512_set1_epi64(0xff));
	if (_mm512_cmpneq_epi64_mask(kind, _mm512_set1_epi64(MDL_JSON_INT)) |
	    _mm512_cmpgt_epu64_mask(n, _mm512_set1_epi64(WIDTH)))
		return false;
	const __m512i end = _mm512_add_epi64(c, n);
	const __m512i mask = _mm512_srlv_epi64(_mm512_set1_epi64(0xffff0000), n);
	__m512i d = _mm512_castsi128_si512(token(_mm512_castsi512_si128(end), _mm512_castsi512_si128(mask)));
#define TOKEN(k) \
	_mm512_inserti32x4(d, token(_mm512_extracti32x4_epi32(end, k), _mm512_extracti32x4_epi32(mask, k)), k)
	d = TOKEN(1);
	d = TOKEN(2);
	d = TOKEN(3);
#undef TOKEN
	/* what is before a number is 0, what is in it never */
	d = _mm512_maskz_sub_epi8(_mm512_test_epi8_mask(d, d), d, _mm512_set1_epi8('0'));
	if (_mm512_cmpgt_epu8_mask(d, _mm512_set1_epi8(9))) /* a sign */
		return false;
	d = _mm512_maddubs_epi16(d, _mm512_set1_epi16(1 << 8 | 10));
	d = _mm512_madd_epi16(d, _mm512_set1_epi32(1 << 16 | 100));
	d = _mm512_packus_epi32(d, d);
	d = _mm512_madd_epi16(d, _mm512_set1_epi32(1 << 16 | 10000));
	d = _mm512_add_epi64(_mm512_mul_epu32(d, _mm512_set1_epi64(100000000)), _mm512_srli_epi64(d, 32));
	_mm256_storeu_si256((void *)v, _mm512_castsi512_si256(_mm512_maskz_compress_epi64(0x55, d)));
	return true;
}

/* At most four rows, from the I-th on. */
static size_t few(const struct mdl_json_value *cells, const uint32_t *sel, size_t i, size_t n, int64_t *v,
		  uint8_t *valid, uint32_t *rest)
{
	uint32_t rows[4];
	for (size_t k = 0; k < n; k++)
		rows[k] = sel ? sel[i + k] : (uint32_t)(i + k);
	return mdl_json_number_whole_portable(cells, rows, n, v, valid, rest);
}

size_t mdl_json_number_whole_avx512(const struct mdl_json_value *cells, const uint32_t *sel, size_t n,
				    int64_t *v, uint8_t *valid, uint32_t *rest)
{
	static const uint8_t yes[4] = {1, 1, 1, 1};
	size_t nrest = 0, i = 0;
	for (; i + 4 <= n; i += 4) {
		size_t row = sel ? sel[i] : i;
		if ((!sel || sel[i + 3] == row + 3) && four(cells + row, v + row)) {
			memcpy(valid + row, yes, 4);
			continue;
		}
		nrest += few(cells, sel, i, 4, v, valid, rest + nrest);
	}
	return nrest + few(cells, sel, i, n - i, v, valid, rest + nrest);
}
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

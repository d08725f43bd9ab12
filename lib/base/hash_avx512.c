/* SPDX-License-Identifier: MIT
 *
 * XXH3 of 128 bits with AVX-512: see hash.h. A stripe is one register, and so is each part
 * of the secret, which is loaded once for many lines.
 */
#ifdef __x86_64__
#include <immintrin.h>
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi2,avx512f,avx512bw,avx512vl"))), \
			     apply_to = function)
#else
#pragma GCC target("avx2,bmi2,avx512f,avx512bw,avx512vl")
#endif
#define XXH_VECTOR 3 /* XXH_AVX512, not defined yet */
#include "base/hash_lines.h"

static inline __attribute__((always_inline)) __m512i secret(size_t at)
{
	return _mm512_loadu_si512(XXH3_kSecret + at);
}

/* The two sums of XXH3's accumulators, kept apart: the data changes places within each half only at the end. */
struct sums {
	__m512i products, data;
};

static inline __attribute__((always_inline)) struct sums add_stripe(struct sums t, const char *p, __m512i s)
{
	__m512i data = _mm512_loadu_si512(p), key = _mm512_xor_si512(data, s);
	t.data = _mm512_add_epi64(t.data, data);
	t.products = _mm512_add_epi64(t.products, _mm512_mul_epu32(key, _mm512_srli_epi64(key, 32)));
	return t;
}

/* In each lane the upper half of A * B, exclusive or the lower. */
static inline __attribute__((always_inline)) __m512i mul_folded(__m512i a, __m512i b)
{
	const __m512i half = _mm512_set1_epi64(0xffffffff);
	__m512i a1 = _mm512_srli_epi64(a, 32), b1 = _mm512_srli_epi64(b, 32);
	__m512i p00 = _mm512_mul_epu32(a, b), p01 = _mm512_mul_epu32(a, b1);
	__m512i p10 = _mm512_mul_epu32(a1, b), p11 = _mm512_mul_epu32(a1, b1);
	/* no carry is lost: three numbers that are at most 2^32 - 1, 2^32 - 1 and (2^32 - 1)^2 */
	__m512i middle = _mm512_add_epi64(
		_mm512_add_epi64(_mm512_srli_epi64(p00, 32), _mm512_and_si512(p01, half)), p10);
	__m512i upper = _mm512_add_epi64(_mm512_add_epi64(p11, _mm512_srli_epi64(p01, 32)),
					 _mm512_srli_epi64(middle, 32));
	__m512i lower = _mm512_ternarylogic_epi64(p00, half, upper, 0x6a); /* (p00 & half) ^ upper */
	return _mm512_xor_si512(lower, _mm512_slli_epi64(middle, 32));
}

/* As hash_merged over both: LOW's sum in the lower half and HIGH's in the upper, before hash_mixed. */
static inline __attribute__((always_inline)) __m128i merged(__m512i low, __m512i high)
{
	__m512i m = mul_folded(_mm512_unpacklo_epi64(low, high), _mm512_unpackhi_epi64(low, high));
	__m256i h = _mm256_add_epi64(_mm512_castsi512_si256(m), _mm512_extracti64x4_epi64(m, 1));
	return _mm_add_epi64(_mm256_castsi256_si128(h), _mm256_extracti128_si256(h, 1));
}

void mdl_hash128_lines_avx512(const struct mdl_slice *lines, size_t n, struct mdl_hash128 *out)
{
	__m512i s[HASH_STRIPES], last = secret(HASH_LAST), over_low = secret(HASH_LOW),
				 over_high = secret(HASH_HIGH);
#pragma GCC unroll 16
	for (size_t k = 0; k < HASH_STRIPES; k++)
		s[k] = secret(8 * k);
	for (size_t i = 0; i < n; i++) {
		const char *p = lines[i].p;
		size_t len = lines[i].n, stripes = (len - 1) / HASH_STRIPE;
		if (len < HASH_FROM || len > HASH_TO) {
			out[i] = hash_any(p, len);
			continue;
		}
		struct sums t = {_mm512_loadu_si512(hash_acc), _mm512_setzero_si512()};
#pragma GCC unroll 16
		for (size_t k = 0; k < HASH_STRIPES; k++) {
			if (k >= stripes)
				break;
			t = add_stripe(t, p + k * HASH_STRIPE, s[k]);
		}
		t = add_stripe(t, p + len - HASH_STRIPE, last);
		__m512i a = _mm512_add_epi64(
			t.products, _mm512_shuffle_epi32(t.data, (_MM_PERM_ENUM)_MM_SHUFFLE(1, 0, 3, 2)));
		__m128i m = merged(_mm512_xor_si512(a, over_low), _mm512_xor_si512(a, over_high));
		out[i] = hash_ended((uint64_t)_mm_cvtsi128_si64(m), (uint64_t)_mm_extract_epi64(m, 1), len);
	}
}
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

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

static inline __attribute__((always_inline)) __m512i add_stripe(__m512i acc, const char *p, __m512i s)
{
	__m512i data = _mm512_loadu_si512(p), key = _mm512_xor_si512(data, s);
	__m512i product = _mm512_mul_epu32(key, _mm512_srli_epi64(key, 32));
	__m512i swapped = _mm512_shuffle_epi32(data, (_MM_PERM_ENUM)_MM_SHUFFLE(1, 0, 3, 2));
	return _mm512_add_epi64(acc, _mm512_add_epi64(swapped, product));
}

void mdl_hash128_lines_avx512(const struct mdl_slice *lines, size_t n, struct mdl_hash128 *out)
{
	uint64_t low[8] __attribute__((aligned(64))), high[8] __attribute__((aligned(64)));
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
		__m512i a = _mm512_loadu_si512(hash_acc);
#pragma GCC unroll 16
		for (size_t k = 0; k < HASH_STRIPES; k++) {
			if (k >= stripes)
				break;
			a = add_stripe(a, p + k * HASH_STRIPE, s[k]);
		}
		a = add_stripe(a, p + len - HASH_STRIPE, last);
		_mm512_store_si512(low, _mm512_xor_si512(a, over_low));
		_mm512_store_si512(high, _mm512_xor_si512(a, over_high));
		out[i] = hash_ended(low, high, len);
	}
}
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

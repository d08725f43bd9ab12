/* SPDX-License-Identifier: MIT
 *
 * XXH3 of 128 bits with AVX2: see hash.h. The library's own text, compiled for it.
 */
#ifdef __x86_64__
#include <immintrin.h> /* which xxhash.h leaves out with clang */
#ifdef __clang__
#pragma clang attribute push(__attribute__((target("avx2,bmi2"))), apply_to = function)
#else
#pragma GCC target("avx2,bmi2")
#endif
#define XXH_VECTOR 2 /* XXH_AVX2, not defined yet */
#include "base/hash_lines.h"

static inline __attribute__((always_inline)) __m256i load(const void *p)
{
	return _mm256_loadu_si256(p);
}

static inline __attribute__((always_inline)) __m256i add_half(__m256i acc, const char *p, const void *secret)
{
	__m256i data = load(p), key = _mm256_xor_si256(data, load(secret));
	__m256i product = _mm256_mul_epu32(key, _mm256_srli_epi64(key, 32));
	__m256i swapped = _mm256_shuffle_epi32(data, _MM_SHUFFLE(1, 0, 3, 2));
	return _mm256_add_epi64(acc, _mm256_add_epi64(swapped, product));
}

static inline __attribute__((always_inline)) struct mdl_hash128 hash_one(const char *p, size_t n)
{
	if (n < HASH_FROM || n > HASH_TO)
		return hash_any(p, n);
	uint64_t low[8] __attribute__((aligned(32))), high[8] __attribute__((aligned(32)));
	__m256i a = load(hash_acc), b = load(hash_acc + 4);
	const char *last = p + n - HASH_STRIPE, *end = p + (n - 1) / HASH_STRIPE * HASH_STRIPE;
	const unsigned char *secret = XXH3_kSecret;
	for (; p < end; p += HASH_STRIPE, secret += 8) {
		a = add_half(a, p, secret);
		b = add_half(b, p + 32, secret + 32);
	}
	a = add_half(a, last, XXH3_kSecret + HASH_LAST);
	b = add_half(b, last + 32, XXH3_kSecret + HASH_LAST + 32);
	_mm256_store_si256((void *)low, _mm256_xor_si256(a, load(XXH3_kSecret + HASH_LOW)));
	_mm256_store_si256((void *)(low + 4), _mm256_xor_si256(b, load(XXH3_kSecret + HASH_LOW + 32)));
	_mm256_store_si256((void *)high, _mm256_xor_si256(a, load(XXH3_kSecret + HASH_HIGH)));
	_mm256_store_si256((void *)(high + 4), _mm256_xor_si256(b, load(XXH3_kSecret + HASH_HIGH + 32)));
	return hash_ended(hash_merged(low), hash_merged(high), n);
}

struct mdl_hash128 mdl_hash128_avx2(const void *p, size_t n)
{
	return hash_one(p, n);
}

void mdl_hash128_lines_avx2(const struct mdl_slice *lines, size_t n, struct mdl_hash128 *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = hash_one(lines[i].p, lines[i].n);
}
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

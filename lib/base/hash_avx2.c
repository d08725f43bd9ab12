/* SPDX-License-Identifier: MIT
 *
 * XXH3 of 128 bits with AVX2: see hash.h. The library's own text, compiled for it.
 */
#ifdef __x86_64__
#ifdef __clang__
#include <immintrin.h> /* which xxhash.h leaves out, for clang says nothing of the target */
#pragma clang attribute push(__attribute__((target("avx2"))), apply_to = function)
#else
#pragma GCC target("avx2")
#endif
#define XXH_VECTOR 2 /* XXH_AVX2, which is not defined yet */
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/hash.h"

struct mdl_hash128 mdl_hash128_avx2(const void *p, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(p, n);
	return (struct mdl_hash128){h.low64, h.high64};
}
#ifdef __clang__
#pragma clang attribute pop
#endif
#endif

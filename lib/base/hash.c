/* SPDX-License-Identifier: MIT
 *
 * XXH3 of 128 bits: see hash.h.
 */
#include "base/hash.h"

#include <xxhash.h>

struct mdl_hash128 mdl_hash128_portable(const void *p, size_t n)
{
	XXH128_hash_t h = XXH3_128bits(p, n);
	return (struct mdl_hash128){h.low64, h.high64};
}

struct mdl_hash128 mdl_hash128(const void *p, size_t n)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx2"))
		return mdl_hash128_avx2(p, n);
#endif
	return mdl_hash128_portable(p, n);
}

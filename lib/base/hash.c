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
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2"))
		return mdl_hash128_avx2(p, n);
#endif
	return mdl_hash128_portable(p, n);
}

void mdl_hash128_lines_portable(const struct mdl_slice *lines, size_t n, struct mdl_hash128 *out)
{
	for (size_t i = 0; i < n; i++)
		out[i] = mdl_hash128_portable(lines[i].p, lines[i].n);
}

void mdl_hash128_lines(const struct mdl_slice *lines, size_t n, struct mdl_hash128 *out)
{
#ifdef __x86_64__
	if (__builtin_cpu_supports("avx512f") && __builtin_cpu_supports("avx512bw") &&
	    __builtin_cpu_supports("avx512vl")) {
		mdl_hash128_lines_avx512(lines, n, out);
		return;
	}
	if (__builtin_cpu_supports("avx2") && __builtin_cpu_supports("bmi2")) {
		mdl_hash128_lines_avx2(lines, n, out);
		return;
	}
#endif
	mdl_hash128_lines_portable(lines, n, out);
}

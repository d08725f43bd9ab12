/* SPDX-License-Identifier: MIT
 *
 * XXH3 of 128 bits, with AVX2 or AVX-512 where the processor has it: distributions build
 * their libxxhash for any x86-64, which is three times slower on a line of 480 bytes.
 */
#ifndef MDL_BASE_HASH_H
#define MDL_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#include "base/slice.h"

struct mdl_hash128 {
	uint64_t lo, hi;
};

/* XXH3_128bits with seed 0. */
struct mdl_hash128 mdl_hash128(const void *p, size_t n);
/* Of each of N lines. */
void mdl_hash128_lines(const struct mdl_slice *lines, size_t n, struct mdl_hash128 *out);
/* The same on a processor that has AVX2, or AVX-512 (F, BW, VL); the one that any processor can do. */
struct mdl_hash128 mdl_hash128_avx2(const void *p, size_t n);
struct mdl_hash128 mdl_hash128_portable(const void *p, size_t n);
void mdl_hash128_lines_avx2(const struct mdl_slice *lines, size_t n, struct mdl_hash128 *out);
void mdl_hash128_lines_avx512(const struct mdl_slice *lines, size_t n, struct mdl_hash128 *out);
void mdl_hash128_lines_portable(const struct mdl_slice *lines, size_t n, struct mdl_hash128 *out);

#endif

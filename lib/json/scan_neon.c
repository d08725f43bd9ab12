/* SPDX-License-Identifier: MIT
 *
 * The fast engine for 64-bit ARM: as with AVX2 (scan_avx2.c), 16 bytes at a time.
 */
#ifdef __aarch64__
#include <arm_neon.h>

#include "json/scan_batch.h"
#include "json/scan_utf8.h"

typedef uint8x16_t vec;

static inline vec load(const char *p)
{
	return vld1q_u8((const uint8_t *)p);
}

static inline vec load_table(const uint8_t *t)
{
	return vld1q_u8(t);
}

static inline vec fill_with(char c)
{
	return vdupq_n_u8((uint8_t)c);
}

static inline vec equal(vec a, vec b)
{
	return vceqq_u8(a, b);
}

static inline vec either(vec a, vec b)
{
	return vorrq_u8(a, b);
}

static inline vec both(vec a, vec b)
{
	return vandq_u8(a, b);
}

static inline vec differ(vec a, vec b)
{
	return veorq_u8(a, b);
}

static inline vec high_nibble(vec v)
{
	return vshrq_n_u8(v, 4);
}

static inline vec low_nibble(vec v)
{
	return both(v, fill_with(15));
}

static inline vec look_up(vec table, vec nibble)
{
	return vqtbl1q_u8(table, nibble);
}

static inline vec less_or_zero(vec a, vec b)
{
	return vqsubq_u8(a, b);
}

/* Bytes at most LIMIT, unsigned. */
static inline vec at_most(vec v, vec limit)
{
	return vcleq_u8(v, limit);
}

static inline vec minus(vec a, vec b)
{
	return vsubq_u8(a, b);
}

static inline bool all_zero(vec v)
{
	return vmaxvq_u8(v) == 0;
}

/* The top bit of each byte at its place within eight; three pairwise sums gather them. */
static inline vec weigh(vec v)
{
	static const uint8_t weight[16] = {1, 2, 4, 8, 16, 32, 64, 128, 1, 2, 4, 8, 16, 32, 64, 128};
	vec top = vreinterpretq_u8_s8(vshrq_n_s8(vreinterpretq_s8_u8(v), 7));
	return vandq_u8(top, vld1q_u8(weight));
}

/* The top bits of 64 bytes. */
static inline uint64_t bits(const vec *v)
{
	vec low = vpaddq_u8(weigh(v[0]), weigh(v[1])), high = vpaddq_u8(weigh(v[2]), weigh(v[3]));
	vec sum = vpaddq_u8(low, high);
	return vgetq_lane_u64(vreinterpretq_u64_u8(vpaddq_u8(sum, sum)), 0);
}

static inline uint32_t bits32(const vec *v)
{
	vec sum = vpaddq_u8(weigh(v[0]), weigh(v[1]));
	sum = vpaddq_u8(sum, sum);
	return vgetq_lane_u32(vreinterpretq_u32_u8(vpaddq_u8(sum, sum)), 0);
}

#define ENGINE mdl_scan_neon
#define ENGINE_UTF8 mdl_scan_neon_utf8
#define ENGINE_SPLIT mdl_scan_neon_split
#include "json/scan_vec.h"
#endif

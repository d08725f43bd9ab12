/* SPDX-License-Identifier: MIT
 *
 * Numbers and their text. Integers are exact: an overflow is told, never wrapped.
 * Doubles are read to the nearest value and written with the fewest digits that read
 * back to the same value, in the form of Java's Double.toString (JDK 19 and later):
 * "1.0", "1.0E10", "0.001", "1.0E-4", "NaN", "Infinity". No locale takes part.
 */
#ifndef MDL_BASE_NUM_H
#define MDL_BASE_NUM_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include "base/buf.h"
#include "base/slice.h"

enum mdl_num_result {
	MDL_NUM_OK = 0,
	MDL_NUM_SYNTAX, /* not a number in its whole length */
	MDL_NUM_RANGE,  /* a number that does not fit */
};

/* [+-]digits, the whole of S. *V is written on OK only. */
enum mdl_num_result mdl_num_parse_int64(struct mdl_slice s, int64_t *v);
/* [+-](digits[.digits]|.digits)[e[+-]digits], the whole of S; too great gives an infinity, too small a zero, as
 * in Java, so RANGE never comes. No NaN, no Infinity, no hexadecimal. */
enum mdl_num_result mdl_num_parse_double(struct mdl_slice s, double *v);
/* The same rounded once, to a float's nearest. */
enum mdl_num_result mdl_num_parse_float(struct mdl_slice s, double *v);

/* Write the text to P, which has room for MDL_NUM_MAX bytes; return its length (no NUL). */
enum { MDL_NUM_MAX = 32 };
size_t mdl_num_put_int64(char *p, int64_t v);
size_t mdl_num_put_uint64(char *p, uint64_t v);
size_t mdl_num_put_double(char *p, double v);
size_t mdl_num_put_float(char *p, float v);

/* The shortest digits of a finite V > 0: V = digits * 10^exp10, digits without trailing zeros (17 at most). */
uint64_t mdl_num_shortest(double v, int *exp10);

static inline void mdl_num_write_int64(struct mdl_buf *out, int64_t v)
{
	if (mdl_buf_reserve(out, MDL_NUM_MAX))
		out->n += mdl_num_put_int64(out->p + out->n, v);
}

static inline void mdl_num_write_double(struct mdl_buf *out, double v)
{
	if (mdl_buf_reserve(out, MDL_NUM_MAX))
		out->n += mdl_num_put_double(out->p + out->n, v);
}

static inline void mdl_num_write_float(struct mdl_buf *out, float v)
{
	if (mdl_buf_reserve(out, MDL_NUM_MAX))
		out->n += mdl_num_put_float(out->p + out->n, v);
}

/* 10^k for k in [MDL_POW10_MIN, MDL_POW10_MAX] as 128 significant bits: 10^k = hi:lo * 2^(floor(log2 10^k) - 127).
 * Exact for 0 <= k <= 55, above rounded down, below rounded up. In num_pow10.c. */
enum { MDL_POW10_MIN = -342, MDL_POW10_MAX = 324 };
struct mdl_pow10 {
	uint64_t hi, lo;
};
extern const struct mdl_pow10 mdl_num_pow10[MDL_POW10_MAX - MDL_POW10_MIN + 1];

/* Eight digits, the first in the lowest byte (digits or zero bytes): pairs, then fours, then all. */
static inline uint64_t mdl_num_eight_digits(uint64_t x)
{
	x = (x & UINT64_C(0x0f0f0f0f0f0f0f0f)) * 2561 >> 8;
	x = (x & UINT64_C(0x00ff00ff00ff00ff)) * 6553601 >> 16;
	return (x & UINT64_C(0x0000ffff0000ffff)) * UINT64_C(42949672960001) >> 32;
}

static inline uint64_t mdl_num_eight_bytes(const char *p)
{
	uint64_t x;
	memcpy(&x, p, sizeof(x));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
	x = __builtin_bswap64(x);
#endif
	return x;
}

/* N bytes, at most 8, as the highest of a word, the first lowest, with zeros below: no loop, and so no wrong guess about
 * its end; no other byte is read. */
static inline uint64_t mdl_num_few_bytes(const char *p, size_t n)
{
	uint64_t x = 0;
	if (n >= 4) {
		uint32_t first, last;
		memcpy(&first, p, sizeof(first));
		memcpy(&last, p + n - 4, sizeof(last));
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
		first = __builtin_bswap32(first);
		last = __builtin_bswap32(last);
#endif
		x = (uint64_t)last << 32 | (uint32_t)((uint64_t)first << (64 - 8 * n));
	} else if (n) {
		x = (uint64_t)(unsigned char)p[n - 1] << 56 | (uint64_t)(unsigned char)p[(n - 1) / 2] << 48 |
		    (uint64_t)(unsigned char)p[0] << 40;
		x &= ~UINT64_C(0) << (64 - 8 * n);
	}
	return x;
}

/* The value of N digits, at most 8. */
static inline uint64_t mdl_num_few_digits(const char *p, size_t n)
{
	return mdl_num_eight_digits(mdl_num_few_bytes(p, n));
}

/* The value of N digits, at most 18, that are known to be digits. */
static inline __attribute__((always_inline)) uint64_t mdl_num_digits(const char *p, size_t n)
{
	uint64_t head = mdl_num_few_digits(p, n <= 8 ? n : n <= 16 ? n - 8 : n - 16);
	if (n <= 8)
		return head;
	if (n > 16)
		head = head * 100000000 + mdl_num_eight_digits(mdl_num_eight_bytes(p + n - 16));
	return head * 100000000 + mdl_num_eight_digits(mdl_num_eight_bytes(p + n - 8));
}

/* The number of JSON [P, P + N) as a double if it is short: up to seven digits, a dot and up to eight digits, as prices,
 * durations and coordinates have them. False, and nothing is said, if it is not. Reads no other bytes. */
static inline bool mdl_num_short_double(const char *p, size_t n, double *v)
{
	/* dividing one exact number by another rounds once */
	static const double power[9] = {1, 1e1, 1e2, 1e3, 1e4, 1e5, 1e6, 1e7, 1e8};
	static const uint32_t scale[9] = {1, 10, 100, 1000, 10000, 100000, 1000000, 10000000, 100000000};
	const uint64_t ones = UINT64_C(0x0101010101010101);
	size_t minus = n && *p == '-';
	p += minus;
	n -= minus;
	if (n < 3 || n > 16)
		return false;
	uint64_t tail = n < 8 ? mdl_num_few_bytes(p, n) : mdl_num_eight_bytes(p + n - 8);
	uint64_t head = n < 8 ? tail >> (64 - 8 * n) : mdl_num_eight_bytes(p);
	uint64_t dots = head ^ ones * '.', zero = (dots - ones) & ~dots & ones << 7;
	size_t whole = zero ? (size_t)__builtin_ctzll(zero) / 8 : 8, after = n - whole - 1;
	if (whole - 1 > 6 || after - 1 > 7)
		return false;
	uint64_t fraction = tail & ~UINT64_C(0) << (64 - 8 * after);
	/* an exponent would be here */
	if (((fraction ^ ones * '0') & (ones * 0xf0) & ~UINT64_C(0) << (64 - 8 * after)) != 0)
		return false;
	uint64_t w = mdl_num_eight_digits(head << (64 - 8 * whole)) * scale[after] +
		     mdl_num_eight_digits(fraction);
	double d = (double)(int64_t)w / power[after];
	*v = minus ? -d : d;
	return true;
}

#endif

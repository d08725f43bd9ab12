/* SPDX-License-Identifier: MIT
 *
 * Numbers and their text: see num.h. Doubles are written by Raffaello Giulietti's
 * Schubfach (the algorithm of JDK 19), read by Clinger's fast path, then by Eisel and
 * Lemire's 128-bit product, and in the few cases that neither decides by strtod.
 */
#include "base/num.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"

__extension__ typedef unsigned __int128 u128;

static const char digit_pairs[] =
	"00010203040506070809101112131415161718192021222324252627282930313233343536373839"
	"40414243444546474849505152535455565758596061626364656667686970717273747576777879"
	"8081828384858687888990919293949596979899";

static inline bool is_digit(char c)
{
	return (unsigned char)(c - '0') < 10;
}

/* ---- integers ---- */

enum mdl_num_result mdl_num_parse_int64(struct mdl_slice s, int64_t *v)
{
	const char *p = s.p, *end = s.p + s.n;
	bool neg = p < end && *p == '-';
	if (p < end && (*p == '-' || *p == '+'))
		p++;
	if (p == end)
		return MDL_NUM_SYNTAX;
	uint64_t x = 0;
	bool over = false;
	for (; p < end && is_digit(*p); p++)
		over |= __builtin_mul_overflow(x, (uint64_t)10, &x) ||
			__builtin_add_overflow(x, (uint64_t)(*p - '0'), &x);
	if (p < end)
		return MDL_NUM_SYNTAX;
	if (over || x > (uint64_t)INT64_MAX + neg)
		return MDL_NUM_RANGE;
	*v = neg ? (int64_t)(0 - x) : (int64_t)x;
	return MDL_NUM_OK;
}

size_t mdl_num_put_uint64(char *p, uint64_t v)
{
	char tmp[20];
	size_t at = sizeof(tmp);
	while (v >= 100) {
		at -= 2;
		memcpy(tmp + at, digit_pairs + 2 * (v % 100), 2);
		v /= 100;
	}
	if (v >= 10) {
		at -= 2;
		memcpy(tmp + at, digit_pairs + 2 * v, 2);
	} else {
		tmp[--at] = (char)('0' + v);
	}
	memcpy(p, tmp + at, sizeof(tmp) - at);
	return sizeof(tmp) - at;
}

size_t mdl_num_put_int64(char *p, int64_t v)
{
	if (v >= 0)
		return mdl_num_put_uint64(p, (uint64_t)v);
	*p = '-';
	return 1 + mdl_num_put_uint64(p + 1, 0 - (uint64_t)v);
}

/* ---- reading doubles ---- */

/* What the text says: w * 10^exp10; when more than 19 digits came, w holds the first 19 and CUT is set. */
struct decimal_text {
	uint64_t w;
	int64_t exp10;
	bool neg, cut;
};

static bool read_decimal(struct mdl_slice s, struct decimal_text *d)
{
	const char *p = s.p, *end = s.p + s.n;
	*d = (struct decimal_text){0, 0, false, false};
	if (p < end && (*p == '-' || *p == '+'))
		d->neg = *p++ == '-';
	bool any = false, point = false;
	int digits = 0;
	for (; p < end; p++) {
		if (*p == '.') {
			if (point)
				return false;
			point = true;
			continue;
		}
		if (!is_digit(*p))
			break;
		any = true;
		if (digits < 19) {
			d->w = d->w * 10 + (uint64_t)(*p - '0');
			digits += d->w != 0;
			d->exp10 -= point;
		} else {
			d->cut |= *p != '0';
			d->exp10 += !point;
		}
	}
	if (!any)
		return false;
	if (p < end && (*p == 'e' || *p == 'E')) {
		p++;
		bool neg = p < end && *p == '-';
		if (p < end && (*p == '-' || *p == '+'))
			p++;
		if (p == end)
			return false;
		int64_t e = 0;
		for (; p < end && is_digit(*p); p++)
			if (e < 1000000000)
				e = e * 10 + (*p - '0');
		d->exp10 += neg ? -e : e;
	}
	return p == end;
}

static double from_bits(uint64_t bits)
{
	double v;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

/* Eisel and Lemire: the nearest double to w * 10^q, or false when 128 bits do not decide. w is not 0. */
static bool eisel_lemire(uint64_t w, int64_t q, double *out)
{
	if (q < MDL_POW10_MIN) {
		*out = 0;
		return true;
	}
	if (q > 308) {
		*out = INFINITY;
		return true;
	}
	const struct mdl_pow10 *g = &mdl_num_pow10[q - MDL_POW10_MIN];
	int lz = __builtin_clzll(w);
	w <<= lz;
	u128 first = (u128)w * g->hi;
	uint64_t hi = (uint64_t)(first >> 64), lo = (uint64_t)first;
	if ((hi & 0x1ff) == 0x1ff) {
		uint64_t second = (uint64_t)(((u128)w * g->lo) >> 64);
		lo += second;
		if (second > lo)
			hi++;
	}
	if (lo == UINT64_MAX && (q < -27 || q > 55))
		return false;
	int upper = (int)(hi >> 63);
	int shift = upper + 64 - 52 - 3;
	uint64_t m = hi >> shift;
	int power2 = (int)((217706 * q) >> 16) + 63 + upper - lz + 1023;
	if (power2 <= 0) {
		if (1 - power2 >= 64) {
			*out = 0;
			return true;
		}
		m >>= 1 - power2;
		m += m & 1;
		m >>= 1;
		*out = from_bits(m); /* a carry into the exponent is the least normal number */
		return true;
	}
	/* Exactly halfway: to even, not up. */
	if (lo <= 1 && q >= -4 && q <= 23 && (m & 3) == 1 && m << shift == hi)
		m &= ~(uint64_t)1;
	m += m & 1;
	m >>= 1;
	if (m >= (uint64_t)2 << 52) {
		m = (uint64_t)1 << 52;
		power2++;
	}
	if (power2 >= 0x7ff)
		*out = INFINITY;
	else
		*out = from_bits((m & (((uint64_t)1 << 52) - 1)) | (uint64_t)power2 << 52);
	return true;
}

static double by_strtod(struct mdl_slice s, bool to_float)
{
	char small[512];
	char *t = s.n < sizeof(small) ? small : mdl_alloc(s.n + 1);
	memcpy(t, s.p, s.n);
	t[s.n] = '\0';
	/* No program of ours calls setlocale, so the point is a point. */
	double v = to_float ? (double)strtof(t, NULL) : strtod(t, NULL);
	if (t != small)
		free(t);
	return v;
}

enum mdl_num_result mdl_num_parse_double(struct mdl_slice s, double *v)
{
	static const double small[] = {1e0,  1e1,  1e2,  1e3,  1e4,  1e5,  1e6,  1e7,  1e8,  1e9,  1e10, 1e11,
				       1e12, 1e13, 1e14, 1e15, 1e16, 1e17, 1e18, 1e19, 1e20, 1e21, 1e22};
	struct decimal_text d;
	if (!read_decimal(s, &d))
		return MDL_NUM_SYNTAX;
	double x, y;
	if (d.w == 0) {
		x = 0;
	} else if (!d.cut && d.w <= (uint64_t)1 << 53 && d.exp10 >= -22 && d.exp10 <= 22) {
		x = d.exp10 < 0 ? (double)d.w / small[-d.exp10] : (double)d.w * small[d.exp10];
	} else if (!eisel_lemire(d.w, d.exp10, &x) ||
		   (d.cut && (!eisel_lemire(d.w + 1, d.exp10, &y) || memcmp(&x, &y, sizeof(x)) != 0))) {
		*v = by_strtod(s, false);
		return MDL_NUM_OK;
	}
	*v = d.neg ? -x : x;
	return MDL_NUM_OK;
}

enum mdl_num_result mdl_num_parse_float(struct mdl_slice s, double *v)
{
	struct decimal_text d;
	if (!read_decimal(s, &d))
		return MDL_NUM_SYNTAX;
	*v = by_strtod(s, true);
	return MDL_NUM_OK;
}

/* ---- writing doubles ---- */

static int floor_log10_pow2(int e, bool three_quarters)
{
	return (e * 1262611 - (three_quarters ? 524031 : 0)) >> 22;
}

static int floor_log2_pow10(int e)
{
	return (e * 1741647) >> 19;
}

/* The factor of Schubfach, never below the power. */
static struct mdl_pow10 factor(int k)
{
	struct mdl_pow10 g = mdl_num_pow10[k - MDL_POW10_MIN];
	if (k > 55 && ++g.lo == 0)
		g.hi++;
	return g;
}

/* g * cp / 2^128, rounded to odd. */
static uint64_t round_to_odd64(struct mdl_pow10 g, uint64_t cp)
{
	u128 y = (u128)g.hi * cp + (uint64_t)(((u128)g.lo * cp) >> 64);
	return (uint64_t)(y >> 64) | ((uint64_t)y > 1);
}

static uint64_t round_to_odd32(uint64_t g, uint64_t cp)
{
	uint64_t y = (uint64_t)(((u128)g * cp) >> 32);
	return (y >> 32) | ((uint32_t)y > 1);
}

/* The shortest decimal in the interval that rounds to c * 2^q: digits returned, exponent in *k10. The interval's
 * ends belong to it when c is even; LOWER_CLOSER: the neighbour below is half as far away. */
static uint64_t schubfach(uint64_t c, int q, bool lower_closer, bool single, int *k10)
{
	bool odd = c & 1;
	int k = floor_log10_pow2(q, lower_closer);
	int h = q + floor_log2_pow10(-k) + 1;
	struct mdl_pow10 g = factor(-k);
	uint64_t left = (4 * c - 2 + lower_closer) << h, mid = (4 * c) << h, right = (4 * c + 2) << h;
	uint64_t vbl, vb, vbr;
	if (single) {
		uint64_t g64 = g.hi + (g.lo != 0);
		vbl = round_to_odd32(g64, left);
		vb = round_to_odd32(g64, mid);
		vbr = round_to_odd32(g64, right);
	} else {
		vbl = round_to_odd64(g, left);
		vb = round_to_odd64(g, mid);
		vbr = round_to_odd64(g, right);
	}
	uint64_t lower = vbl + odd, upper = vbr - odd, s = vb / 4;
	/* One digit is never better than two for Java: hence 100 and not 10. */
	if (s >= 100) {
		uint64_t t = s / 10;
		bool under = lower <= 40 * t, over = 40 * t + 40 <= upper;
		if (under != over) {
			*k10 = k + 1;
			return t + over;
		}
	}
	*k10 = k;
	bool under = lower <= 4 * s, over = 4 * s + 4 <= upper;
	if (under != over)
		return s + over;
	uint64_t half = 4 * s + 2;
	return s + (vb > half || (vb == half && (s & 1)));
}

static uint64_t trim_zeros(uint64_t d, int *k10)
{
	while (d % 10 == 0) {
		d /= 10;
		++*k10;
	}
	return d;
}

uint64_t mdl_num_shortest(double v, int *exp10)
{
	uint64_t bits, frac = ((uint64_t)1 << 52) - 1;
	memcpy(&bits, &v, sizeof(bits));
	uint64_t m = bits & frac;
	int e = (int)(bits >> 52) & 0x7ff;
	if (e) {
		uint64_t c = m | (frac + 1);
		int q = e - 1075;
		if (q <= 0 && q > -53 && (c & (((uint64_t)1 << -q) - 1)) == 0) { /* a small integer */
			*exp10 = 0;
			return trim_zeros(c >> -q, exp10);
		}
		return trim_zeros(schubfach(c, q, m == 0 && e > 1, false, exp10), exp10);
	}
	if (m < 3) { /* the two least doubles are known by one digit, but Java writes the nearest two */
		*exp10 = -325;
		return m == 1 ? 49 : 99;
	}
	return trim_zeros(schubfach(m, -1074, false, false, exp10), exp10);
}

/* Java's layout of DIGITS (no trailing zeros) * 10^k. */
static size_t put_java(char *p, bool neg, uint64_t digits, int k)
{
	char d[20], *start = p;
	int n = (int)mdl_num_put_uint64(d, digits);
	int e = n + k - 1; /* of the first digit */
	if (neg)
		*p++ = '-';
	if (e >= -3 && e < 7) {
		if (e < 0) {
			*p++ = '0';
			*p++ = '.';
			for (int i = -1; i > e; i--)
				*p++ = '0';
			memcpy(p, d, (size_t)n);
			p += n;
		} else {
			for (int i = 0; i <= e; i++)
				*p++ = i < n ? d[i] : '0';
			*p++ = '.';
			if (n <= e + 1)
				*p++ = '0';
			for (int i = e + 1; i < n; i++)
				*p++ = d[i];
		}
		return (size_t)(p - start);
	}
	*p++ = d[0];
	*p++ = '.';
	if (n == 1)
		*p++ = '0';
	memcpy(p, d + 1, (size_t)n - 1);
	p += n - 1;
	*p++ = 'E';
	p += mdl_num_put_int64(p, e);
	return (size_t)(p - start);
}

static size_t put_special(char *p, double v)
{
	const char *t = isnan(v) ? "NaN" : v == 0 ? "0.0" : "Infinity";
	size_t neg = !isnan(v) && signbit(v), n = strlen(t);
	*p = '-';
	memcpy(p + neg, t, n);
	return n + neg;
}

size_t mdl_num_put_double(char *p, double v)
{
	if (!isfinite(v) || v == 0)
		return put_special(p, v);
	int k;
	uint64_t d = mdl_num_shortest(fabs(v), &k);
	return put_java(p, v < 0, d, k);
}

size_t mdl_num_put_float(char *p, float v)
{
	if (!isfinite(v) || v == 0)
		return put_special(p, (double)v);
	uint32_t bits;
	memcpy(&bits, &v, sizeof(bits));
	uint32_t m = bits & 0x7fffff;
	int e = (int)(bits >> 23) & 0xff, k = 0;
	uint64_t d;
	if (e == 0 && m < 8) { /* as the least doubles above */
		static const uint8_t least[] = {0, 14, 28, 42, 56, 70, 84, 98};
		d = least[m];
		k = -46;
	} else if (e == 0) {
		d = schubfach(m, -149, false, true, &k);
	} else {
		uint32_t c = m | 0x800000;
		int q = e - 150;
		if (q <= 0 && q > -24 && (c & (((uint32_t)1 << -q) - 1)) == 0)
			d = c >> -q;
		else
			d = schubfach(c, q, m == 0 && e > 1, true, &k);
	}
	d = trim_zeros(d, &k);
	return put_java(p, bits >> 31, d, k);
}

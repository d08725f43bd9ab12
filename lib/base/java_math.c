/* SPDX-License-Identifier: MIT
 *
 * Elementary functions to Java's last bit: see java_math.h.
 *
 * Coefficients, thresholds and the order of operations are those of fdlibm:
 * Copyright (C) 1993 by Sun Microsystems, Inc. All rights reserved. Developed at SunPro,
 * a Sun Microsystems, Inc. business. Permission to use, copy, modify, and distribute
 * this software is freely granted, provided that this notice is preserved.
 *
 * Thresholds are compared in the high word of a double, as there: 0x3fd62e42 is half of
 * ln 2. No expression may be contracted to a fused multiplication: this file is compiled
 * with -ffp-contract=off.
 */
#include "base/java_math.h"

#include <math.h>
#include <stdbool.h>
#include <stdint.h>
#include <string.h>

static uint64_t bits_of(double x)
{
	uint64_t u;
	memcpy(&u, &x, sizeof(u));
	return u;
}

static double of_words(int32_t high, uint32_t low)
{
	uint64_t u = (uint64_t)(uint32_t)high << 32 | low;
	double x;
	memcpy(&x, &u, sizeof(x));
	return x;
}

static int32_t high_of(double x)
{
	return (int32_t)(uint32_t)(bits_of(x) >> 32);
}

static uint32_t low_of(double x)
{
	return (uint32_t)bits_of(x);
}

static double with_high(double x, int32_t high)
{
	return of_words(high, low_of(x));
}

/* The upper half of the digits. */
static double cut(double x)
{
	return of_words(high_of(x), 0);
}

/* X * 2^K by its exponent alone. */
static double shift(double x, int32_t k)
{
	return with_high(x, (int32_t)((uint32_t)high_of(x) + ((uint32_t)k << 20)));
}

static const double ln2_hi = 6.93147180369123816490e-01, ln2_lo = 1.90821492927058770002e-10,
		    inv_ln2 = 1.44269504088896338700e+00, exp_most = 7.09782712893383973096e+02,
		    two54 = 0x1p54;

/* ---- exponentials ---- */

static double exp_poly(double t)
{
	return t * (1.66666666666666019037e-01 +
		    t * (-2.77777777770155933842e-03 +
			 t * (6.61375632143793436117e-05 +
			      t * (-1.65339022054652515390e-06 + t * 4.13813679705723846039e-08))));
}

/* X, whose high word is HX without the sign, is K * ln 2 + HI - LO; returns K. */
static int32_t nearest_power(double x, int32_t hx, double *hi, double *lo)
{
	bool minus = signbit(x);
	if (hx < 0x3ff0a2b2) {
		*hi = minus ? x + ln2_hi : x - ln2_hi;
		*lo = minus ? -ln2_lo : ln2_lo;
		return minus ? -1 : 1;
	}
	int32_t k = (int32_t)(inv_ln2 * x + (minus ? -0.5 : 0.5));
	*hi = x - k * ln2_hi;
	*lo = k * ln2_lo;
	return k;
}

double mdl_java_math_exp(double x)
{
	double hi = 0, lo = 0;
	int32_t k = 0, hx = high_of(x) & 0x7fffffff;
	if (hx >= 0x40862e42) {
		if (isnan(x))
			return x + x;
		if (x > exp_most)
			return INFINITY;
		if (x < -7.45133219101941108420e+02)
			return 0;
	}
	if (hx > 0x3fd62e42) {
		k = nearest_power(x, hx, &hi, &lo);
		x = hi - lo;
	} else if (hx < 0x3e300000) {
		return 1 + x;
	}
	double c = x - exp_poly(x * x);
	if (k == 0)
		return 1 - ((x * c) / (c - 2.0) - x);
	double y = 1 - ((lo - (x * c) / (2.0 - c)) - hi);
	return k >= -1021 ? shift(y, k) : shift(y, k + 1000) * 0x1p-1000;
}

double mdl_java_math_expm1(double x)
{
	int32_t k = 0, hx = high_of(x) & 0x7fffffff;
	bool minus = signbit(x);
	double c = 0, y;
	if (hx >= 0x4043687a) {
		if (isnan(x))
			return x + x;
		if (x > exp_most)
			return INFINITY;
		if (minus)
			return -1;
	}
	if (hx > 0x3fd62e42) {
		double hi, lo;
		k = nearest_power(x, hx, &hi, &lo);
		x = hi - lo;
		c = (hi - x) - lo;
	} else if (hx < 0x3c900000) {
		return x;
	}
	double half = 0.5 * x, s = x * half;
	double r = 1 + s * (-3.33333333333331316428e-02 +
			    s * (1.58730158725481460165e-03 +
				 s * (-7.93650757867487942473e-05 +
				      s * (4.00821782732936239552e-06 + s * -2.01099218183624371326e-07))));
	double t = 3.0 - r * half, e = s * ((r - t) / (6.0 - x * t));
	if (k == 0)
		return x - (x * e - s);
	e = (x * (e - c) - c);
	e -= s;
	if (k == -1)
		return 0.5 * (x - e) - 0.5;
	if (k == 1)
		return x < -0.25 ? -2.0 * (e - (x + 0.5)) : 1 + 2.0 * (x - e);
	if (k <= -2 || k > 56)
		return shift(1 - (e - x), k) - 1;
	if (k < 20) {
		y = of_words(0x3ff00000 - (0x200000 >> k), 0) - (e - x);
	} else {
		y = x - (e + of_words((0x3ff - k) << 20, 0));
		y += 1;
	}
	return shift(y, k);
}

double mdl_java_math_sinh(double x)
{
	int32_t ix = high_of(x) & 0x7fffffff;
	double h = signbit(x) ? -0.5 : 0.5, a = fabs(x);
	if (ix >= 0x7ff00000)
		return x + x;
	if (ix < 0x40360000) {
		if (ix < 0x3e300000)
			return x;
		double t = mdl_java_math_expm1(a);
		return ix < 0x3ff00000 ? h * (2.0 * t - t * t / (t + 1)) : h * (t + t / (t + 1));
	}
	if (ix < 0x40862e42)
		return h * mdl_java_math_exp(a);
	if (bits_of(a) <= UINT64_C(0x408633ce8fb9f87d)) {
		double w = mdl_java_math_exp(0.5 * a), t = h * w;
		return t * w;
	}
	return x * 1e307;
}

double mdl_java_math_cosh(double x)
{
	int32_t ix = high_of(x) & 0x7fffffff;
	double a = fabs(x);
	if (ix >= 0x7ff00000)
		return x * x;
	if (ix < 0x3fd62e43) {
		double t = mdl_java_math_expm1(a), w = 1 + t;
		return ix < 0x3c800000 ? w : 1 + (t * t) / (w + w);
	}
	if (ix < 0x40360000) {
		double t = mdl_java_math_exp(a);
		return 0.5 * t + 0.5 / t;
	}
	if (ix < 0x40862e42)
		return 0.5 * mdl_java_math_exp(a);
	if (bits_of(a) <= UINT64_C(0x408633ce8fb9f87d)) {
		double w = mdl_java_math_exp(0.5 * a), t = 0.5 * w;
		return t * w;
	}
	return INFINITY;
}

double mdl_java_math_tanh(double x)
{
	int32_t ix = high_of(x) & 0x7fffffff;
	double t, z = 1, a = fabs(x);
	if (isnan(x))
		return x + x;
	if (ix < 0x3c800000)
		return x * (1 + x);
	if (ix < 0x40360000 && ix >= 0x3ff00000) {
		t = mdl_java_math_expm1(2 * a);
		z = 1 - 2 / (t + 2);
	} else if (ix < 0x40360000) {
		t = mdl_java_math_expm1(-2 * a);
		z = -t / (t + 2);
	}
	return signbit(x) ? -z : z;
}

/* ---- logarithms ---- */

enum { LOG_TERMS = 7 };
static const double lg[LOG_TERMS] = {6.666666666666735130e-01, 3.999999999940941908e-01,
				     2.857142874366239149e-01, 2.222219843214978396e-01,
				     1.818357216161805012e-01, 1.531383769920937332e-01,
				     1.479819860511658591e-01};

/* Zero, negative and what is no number: true with the result. Subnormal X becomes normal, K its exponent so far. */
static bool log_special(double *x, int32_t *k, double *result)
{
	*k = 0;
	if (*x == 0)
		*result = -INFINITY;
	else if (*x < 0)
		*result = NAN;
	else if (!isfinite(*x))
		*result = *x + *x;
	else {
		if (high_of(*x) < 0x00100000) {
			*k = -54;
			*x *= two54;
		}
		return false;
	}
	return true;
}

double mdl_java_math_log(double x)
{
	int32_t k, hx, i;
	double result;
	if (log_special(&x, &k, &result))
		return result;
	hx = high_of(x);
	k += (hx >> 20) - 1023;
	hx &= 0xfffff;
	i = (hx + 0x95f64) & 0x100000;
	x = with_high(x, hx | (i ^ 0x3ff00000));
	k += i >> 20;
	double f = x - 1, dk = k;
	if ((0xfffff & (2 + hx)) < 3) {
		if (f == 0)
			return k == 0 ? 0 : dk * ln2_hi + dk * ln2_lo;
		double r = f * f * (0.5 - 0.33333333333333333 * f);
		return k == 0 ? f - r : dk * ln2_hi - ((r - dk * ln2_lo) - f);
	}
	double s = f / (2.0 + f), z = s * s, w = z * z;
	double t1 = w * (lg[1] + w * (lg[3] + w * lg[5]));
	double t2 = z * (lg[0] + w * (lg[2] + w * (lg[4] + w * lg[6])));
	double r = t2 + t1;
	if (((hx - 0x6147a) | (0x6b851 - hx)) > 0) {
		double half = 0.5 * f * f;
		return k == 0 ? f - (half - s * (half + r))
			      : dk * ln2_hi - ((half - (s * (half + r) + dk * ln2_lo)) - f);
	}
	return k == 0 ? f - s * (f - r) : dk * ln2_hi - ((s * (f - r) - dk * ln2_lo) - f);
}

double mdl_java_math_log10(double x)
{
	int32_t k, hx, i;
	double result;
	if (log_special(&x, &k, &result))
		return result;
	hx = high_of(x);
	k += (hx >> 20) - 1023;
	i = k < 0;
	x = with_high(x, (hx & 0xfffff) | ((0x3ff - i) << 20));
	double y = k + i;
	double z = y * 3.69423907715893078616e-13 + 4.34294481903251816668e-01 * mdl_java_math_log(x);
	return z + y * 3.01029995663611771306e-01;
}

double mdl_java_math_log1p(double x)
{
	int32_t k = 1, hx = high_of(x), hu = 0, ax = hx & 0x7fffffff;
	double f = 0, c = 0, r;
	if (hx < 0x3fda827a) {
		if (ax >= 0x3ff00000)
			return x == -1 ? -(double)INFINITY : (double)NAN;
		if (ax < 0x3e200000)
			return ax < 0x3c900000 ? x : x - x * x * 0.5;
		if (hx > 0 || hx <= (int32_t)0xbfd2bec3) {
			k = 0;
			f = x;
			hu = 1;
		}
	}
	if (hx >= 0x7ff00000)
		return x + x;
	if (k != 0) {
		double u = hx < 0x43400000 ? 1 + x : x;
		hu = high_of(u);
		k = (hu >> 20) - 1023;
		if (hx < 0x43400000) {
			c = k > 0 ? 1 - (u - x) : x - (u - 1);
			c /= u;
		}
		hu &= 0xfffff;
		if (hu < 0x6a09e) {
			u = with_high(u, hu | 0x3ff00000);
		} else {
			k++;
			u = with_high(u, hu | 0x3fe00000);
			hu = (0x00100000 - hu) >> 2;
		}
		f = u - 1;
	}
	double half = 0.5 * f * f, dk = k;
	if (hu == 0) {
		if (f == 0) {
			if (k == 0)
				return 0;
			c += dk * ln2_lo;
			return dk * ln2_hi + c;
		}
		r = half * (1.0 - 0.66666666666666666 * f);
		return k == 0 ? f - r : dk * ln2_hi - ((r - (dk * ln2_lo + c)) - f);
	}
	double s = f / (2.0 + f), z = s * s;
	r = z * (lg[0] + z * (lg[1] + z * (lg[2] + z * (lg[3] + z * (lg[4] + z * (lg[5] + z * lg[6]))))));
	return k == 0 ? f - (half - s * (half + r))
		      : dk * ln2_hi - ((half - (s * (half + r) + (dk * ln2_lo + c))) - f);
}

/* ---- power ---- */

/* 0: Y is no whole number, 1: an odd one, 2: an even one. */
static int whole(double y)
{
	if (!isfinite(y) || y != trunc(y))
		return 0;
	return fabs(y) < 0x1p53 && fmod(y, 2) != 0 ? 1 : 2;
}

/* log2 of A as a sum: T1 has the upper half of its digits. */
static void log2_split(double a, double *t1, double *t2)
{
	static const double bp[] = {1.0, 1.5}, dp_h[] = {0, 5.84962487220764160156e-01},
			    dp_l[] = {0, 1.35003920212974897128e-08};
	const double cp = 9.61796693925975554329e-01, cp_h = 9.61796700954437255859e-01,
		     cp_l = -7.02846165095275826516e-09;
	int32_t n = 0, ix = high_of(a), k = 0;
	if (ix < 0x00100000) {
		a *= 0x1p53;
		n = -53;
		ix = high_of(a);
	}
	n += (ix >> 20) - 0x3ff;
	int32_t j = ix & 0xfffff;
	ix = j | 0x3ff00000;
	if (j > 0x3988e && j < 0xbb67a) {
		k = 1;
	} else if (j >= 0xbb67a) {
		n++;
		ix -= 0x00100000;
	}
	a = with_high(a, ix);
	double u = a - bp[k], v = 1 / (a + bp[k]), ss = u * v, s_h = cut(ss);
	double t_h = of_words(((ix >> 1) | 0x20000000) + 0x00080000 + (k << 18), 0);
	double t_l = a - (t_h - bp[k]);
	double s_l = v * ((u - s_h * t_h) - s_h * t_l);
	double s2 = ss * ss;
	double r = s2 * s2 *
		   (5.99999999999994648725e-01 +
		    s2 * (4.28571428578550184252e-01 +
			  s2 * (3.33333329818377432918e-01 +
				s2 * (2.72728123808534006489e-01 +
				      s2 * (2.30660745775561754067e-01 + s2 * 2.06975017800338417784e-01)))));
	r += s_l * (s_h + ss);
	s2 = s_h * s_h;
	t_h = cut(3.0 + s2 + r);
	t_l = r - ((t_h - 3.0) - s2);
	u = s_h * t_h;
	v = s_l * t_h + t_l * ss;
	double p_h = cut(u + v), p_l = v - (p_h - u);
	double z_h = cp_h * p_h, z_l = cp_l * p_h + p_l * cp + dp_l[k], t = n;
	*t1 = cut(((z_h + z_l) + dp_h[k]) + t);
	*t2 = z_l - (((*t1 - t) - dp_h[k]) - z_h);
}

/* SIGN * 2^(P_H + P_L). */
static double exp2_split(double p_h, double p_l, double sign)
{
	const double lg2 = 6.93147180559945286227e-01, lg2_h = 6.93147182464599609375e-01,
		     lg2_l = -1.90465429995776804525e-09;
	double z = p_l + p_h;
	int32_t j = high_of(z), n = 0;
	if (j >= 0x40900000) {
		if (z != 1024 || p_l + 8.0085662595372944372e-17 > z - p_h)
			return sign * INFINITY;
	} else if ((j & 0x7fffffff) >= 0x4090cc00) {
		if (z != -1075 || p_l <= z - p_h)
			return sign * 0.0;
	}
	int32_t i = j & 0x7fffffff, k = (i >> 20) - 0x3ff;
	if (i > 0x3fe00000) {
		n = j + (0x00100000 >> (k + 1));
		k = ((n & 0x7fffffff) >> 20) - 0x3ff;
		p_h -= of_words(n & ~(0x000fffff >> k), 0);
		n = ((n & 0x000fffff) | 0x00100000) >> (20 - k);
		if (j < 0)
			n = -n;
	}
	double t = cut(p_l + p_h), u = t * lg2_h, v = (p_l - (t - p_h)) * lg2 + t * lg2_l;
	z = u + v;
	double w = v - (z - u);
	t = z - exp_poly(z * z);
	double r = (z * t) / (t - 2) - (w + z * w);
	z = 1 - (r - z);
	j = (int32_t)((uint32_t)high_of(z) + ((uint32_t)n << 20));
	return sign * (j >> 20 <= 0 ? scalbn(z, n) : shift(z, n));
}

double mdl_java_math_pow(double x, double y)
{
	double a = fabs(x), t1, t2, sign = 1;
	int32_t ix = high_of(a), iy = high_of(y) & 0x7fffffff;
	if (y == 0)
		return 1;
	if (isnan(x) || isnan(y))
		return x + y;
	int odd = whole(y);
	if (isinf(y)) {
		if (a == 1)
			return NAN;
		return (a > 1) == (y > 0) ? (double)INFINITY : 0;
	}
	if (fabs(y) == 1)
		return y > 0 ? x : 1 / x;
	if (y == 2)
		return x * x;
	if (y == 0.5 && x >= -0x1.fffffffffffffp1023)
		return sqrt(x + 0.0);
	if (isinf(x) || x == 0 || a == 1) {
		double z = y < 0 ? 1 / a : a;
		if (signbit(x) && a == 1 && !odd)
			return NAN;
		return signbit(x) && odd == 1 ? -z : z;
	}
	if (x < 0 && !odd)
		return NAN;
	if (x < 0 && odd == 1)
		sign = -1;
	if (iy > 0x41e00000) {
		if (ix < 0x3fefffff || (iy > 0x43f00000 && ix <= 0x3fefffff))
			return y < 0 ? sign * INFINITY : sign * 0.0;
		if (ix > 0x3ff00000 || iy > 0x43f00000)
			return y > 0 ? sign * INFINITY : sign * 0.0;
		/* |1 - a| is tiny */
		double t = a - 1, w = (t * t) * (0.5 - t * (0.3333333333333333333333 - t * 0.25));
		double u = 1.44269502162933349609e+00 * t, v = t * 1.92596299112661746887e-08 - w * inv_ln2;
		t1 = cut(u + v);
		t2 = v - (t1 - u);
	} else {
		log2_split(a, &t1, &t2);
	}
	double y1 = cut(y);
	return exp2_split(y1 * t1, (y - y1) * t1 + y * t2, sign);
}

/* ---- arcs ---- */

static const double half_pi_hi = 1.57079632679489655800e+00, half_pi_lo = 6.12323399573676603587e-17;

/* (asin(x) - x) / x for t = x * x up to a quarter. */
static double arc_ratio(double t)
{
	double p = t * (1.66666666666666657415e-01 +
			t * (-3.25565818622400915405e-01 +
			     t * (2.01212532134862925881e-01 +
				  t * (-4.00555345006794114027e-02 +
				       t * (7.91534994289814532176e-04 + t * 3.47933107596021167570e-05)))));
	double q = 1 + t * (-2.40339491173441421878e+00 +
			    t * (2.02094576023350569471e+00 +
				 t * (-6.88283971605453293030e-01 + t * 7.70381505559019352791e-02)));
	return p / q;
}

double mdl_java_math_asin(double x)
{
	const double quarter_pi = 7.85398163397448278999e-01;
	int32_t ix = high_of(x) & 0x7fffffff;
	if (fabs(x) == 1)
		return x * half_pi_hi + x * half_pi_lo;
	if (ix >= 0x3ff00000)
		return NAN;
	if (ix < 0x3e400000)
		return x;
	if (ix < 0x3fe00000)
		return x + x * arc_ratio(x * x);
	double t = (1 - fabs(x)) * 0.5, r = arc_ratio(t), s = sqrt(t);
	if (ix >= 0x3fef3333) {
		t = half_pi_hi - (2.0 * (s + s * r) - half_pi_lo);
	} else {
		double w = cut(s), c = (t - w * w) / (s + w);
		double p = 2.0 * s * r - (half_pi_lo - 2.0 * c), q = quarter_pi - 2.0 * w;
		t = quarter_pi - (p - q);
	}
	return x > 0 ? t : -t;
}

double mdl_java_math_acos(double x)
{
	const double pi = 3.14159265358979311600e+00;
	int32_t ix = high_of(x) & 0x7fffffff;
	if (fabs(x) == 1)
		return x > 0 ? 0 : pi + 2.0 * half_pi_lo;
	if (ix >= 0x3ff00000)
		return NAN;
	if (ix < 0x3fe00000) {
		if (ix <= 0x3c600000)
			return half_pi_hi + half_pi_lo;
		return half_pi_hi - (x - (half_pi_lo - x * arc_ratio(x * x)));
	}
	double z = x < 0 ? (1 + x) * 0.5 : (1 - x) * 0.5, s = sqrt(z), r = arc_ratio(z);
	if (x < 0)
		return pi - 2.0 * (s + (r * s - half_pi_lo));
	double df = cut(s), c = (z - df * df) / (s + df);
	return 2.0 * (df + (r * s + c));
}

double mdl_java_math_atan(double x)
{
	static const double hi[] = {4.63647609000806093515e-01, 7.85398163397448278999e-01,
				    9.82793723247329054082e-01, 1.57079632679489655800e+00},
			    lo[] = {2.26987774529616870924e-17, 3.06161699786838301793e-17,
				    1.39033110312309984516e-17, 6.12323399573676603587e-17},
			    t[] = {3.33333333333329318027e-01, -1.99999999998764832476e-01,
				   1.42857142725034663711e-01, -1.11111104054623557880e-01,
				   9.09088713343650656196e-02, -7.69187620504482999495e-02,
				   6.66107313738753120669e-02, -5.83357013379057348645e-02,
				   4.97687799461593236017e-02, -3.65315727442169155270e-02,
				   1.62858201153657823623e-02};
	int32_t ix = high_of(x) & 0x7fffffff;
	bool minus = signbit(x);
	int id = -1;
	if (ix >= 0x44100000)
		return isnan(x) ? x + x : minus ? -hi[3] - lo[3] : hi[3] + lo[3];
	if (ix < 0x3e200000)
		return x;
	if (ix >= 0x3fdc0000) {
		x = fabs(x);
		if (ix < 0x3fe60000)
			id = 0, x = (2.0 * x - 1) / (2.0 + x);
		else if (ix < 0x3ff30000)
			id = 1, x = (x - 1) / (x + 1);
		else if (ix < 0x40038000)
			id = 2, x = (x - 1.5) / (1 + 1.5 * x);
		else
			id = 3, x = -1.0 / x;
	}
	double z = x * x, w = z * z;
	double s1 = z * (t[0] + w * (t[2] + w * (t[4] + w * (t[6] + w * (t[8] + w * t[10])))));
	double s2 = w * (t[1] + w * (t[3] + w * (t[5] + w * (t[7] + w * t[9]))));
	if (id < 0)
		return x - x * (s1 + s2);
	z = hi[id] - ((x * (s1 + s2) - lo[id]) - x);
	return minus ? -z : z;
}

double mdl_java_math_atan2(double y, double x)
{
	const double quarter = 7.8539816339744827900e-01, half = 1.5707963267948965580e+00,
		     pi = 3.1415926535897931160e+00, pi_lo = 1.2246467991473531772e-16;
	double z;
	if (isnan(x) || isnan(y))
		return x + y;
	if (x == 1)
		return mdl_java_math_atan(y);
	bool left = signbit(x);
	if (y == 0)
		return left ? copysign(pi, y) : y;
	if (x == 0)
		return copysign(half, y);
	if (isinf(x))
		return copysign(isinf(y) ? (left ? 3.0 * quarter : quarter) : left ? pi : 0.0, y);
	if (isinf(y))
		return copysign(half, y);
	int32_t k = ((high_of(y) & 0x7fffffff) - (high_of(x) & 0x7fffffff)) >> 20;
	if (k > 60)
		z = half + 0.5 * pi_lo;
	else if (left && k < -60)
		z = 0;
	else
		z = mdl_java_math_atan(fabs(y / x));
	if (left)
		return signbit(y) ? (z - pi_lo) - pi : pi - (z - pi_lo);
	return signbit(y) ? -z : z;
}

/* ---- roots ---- */

double mdl_java_math_cbrt(double x)
{
	double a = fabs(x), t, r, s, w;
	int32_t hx = high_of(a);
	if (hx >= 0x7ff00000)
		return x + x;
	if (x == 0)
		return x;
	if (hx < 0x00100000) {
		t = two54 * a;
		t = with_high(t, high_of(t) / 3 + 696219795);
	} else {
		t = of_words(hx / 3 + 715094163, 0);
	}
	r = t * t / a;
	s = 5.42857142857142815906e-01 + r * t;
	t *= 3.57142857142857150787e-01 +
	     1.60714285714285720630e+00 / (s + 1.41428571428571436819e+00 + -7.05306122448979611050e-01 / s);
	t = of_words(high_of(t) + 1, 0);
	s = t * t;
	r = a / s;
	w = t + t;
	r = (r - t) / (w + r);
	return copysign(t + t * r, x);
}

double mdl_java_math_hypot(double x, double y)
{
	double a = fabs(x), b = fabs(y), t1, t2, y1, w;
	int32_t k = 0;
	if (isinf(x) || isinf(y))
		return INFINITY;
	if (isnan(x) || isnan(y))
		return x + y;
	if (high_of(b) > high_of(a)) {
		w = a;
		a = b;
		b = w;
	}
	if (high_of(a) - high_of(b) > 0x3c00000)
		return a + b;
	if (high_of(a) > 0x5f300000) {
		k = 600;
		a = shift(a, -600);
		b = shift(b, -600);
	}
	if (high_of(b) < 0x20b00000) {
		if (high_of(b) < 0x00100000) {
			if (b == 0)
				return a;
			k -= 1022;
			a *= 0x1p1022;
			b *= 0x1p1022;
		} else {
			k -= 600;
			a = shift(a, 600);
			b = shift(b, 600);
		}
	}
	w = a - b;
	if (w > b) {
		t1 = cut(a);
		t2 = a - t1;
		w = sqrt(t1 * t1 - (b * (-b) - t2 * (a + t1)));
	} else {
		a = a + a;
		y1 = cut(b);
		t1 = cut(a);
		t2 = a - t1;
		w = sqrt(t1 * y1 - (w * (-w) - (t1 * (b - y1) + t2 * b)));
	}
	return k ? shift(1.0, k) * w : w;
}

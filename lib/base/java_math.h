/* SPDX-License-Identifier: MIT
 *
 * The elementary functions as Java's StrictMath computes them, to the last bit: the
 * methods and coefficients of fdlibm 5.3 (see java_math.c), which the specification of
 * StrictMath demands. The C library's are as exact, but round some results otherwise.
 *
 * Spark computes exp, expm1, log, log10, log1p and pow with StrictMath; its asin, acos,
 * atan, atan2, sinh, cosh, tanh, cbrt and hypot are Math's, which are the same in Java.
 * sin, cos and tan are not here: Math's are the machine's own.
 *
 * NaN, infinities, signed zeros and results out of range are those of StrictMath.
 */
#ifndef MDL_BASE_JAVA_MATH_H
#define MDL_BASE_JAVA_MATH_H

/* e^x; infinity above 709.78, 0 below -745.13. */
double mdl_java_math_exp(double x);
/* e^x - 1, exact near 0. */
double mdl_java_math_expm1(double x);

/* To the base e, to the base 10, and of 1 + x; -infinity for 0, NaN for what is negative. */
double mdl_java_math_log(double x);
double mdl_java_math_log10(double x);
double mdl_java_math_log1p(double x);

/* x^y; unlike C's, NaN for 1^NaN and (+-1)^(+-infinity). */
double mdl_java_math_pow(double x, double y);

/* Hyperbolic functions, any x. */
double mdl_java_math_sinh(double x);
double mdl_java_math_cosh(double x);
double mdl_java_math_tanh(double x);

/* Angles in radians; of asin and acos NaN for |x| > 1. atan2 is the angle of the point (x, y). */
double mdl_java_math_asin(double x);
double mdl_java_math_acos(double x);
double mdl_java_math_atan(double x);
double mdl_java_math_atan2(double y, double x);

/* The cube root, with x's sign. */
double mdl_java_math_cbrt(double x);
/* sqrt(x^2 + y^2) without overflow between; infinity where one is, though the other is NaN. */
double mdl_java_math_hypot(double x, double y);

#endif

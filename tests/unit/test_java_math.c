/* SPDX-License-Identifier: MIT
 *
 * exp, log, pow and their kin: each bit as Java's StrictMath gives it (java_math_golden.py), and the ends of their
 * ranges as its documentation has them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <math.h>
#include <string.h>

#include "base/java_math.h"

enum { FUNCTIONS = 16 };

static const uint64_t golden[][2 + FUNCTIONS] = {
#include "java_math_golden.inc"
};

static double of_bits(uint64_t u)
{
	double x;
	memcpy(&x, &u, sizeof(x));
	return x;
}

/* One NaN is as good as another. */
static void same(double got, double want)
{
	if (isnan(want))
		assert_true(isnan(got));
	else
		assert_memory_equal(&got, &want, sizeof(got));
}

static void bits(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof(golden) / sizeof(*golden); i++) {
		double x = of_bits(golden[i][0]), y = of_bits(golden[i][1]);
		const double got[FUNCTIONS] = {
			mdl_java_math_exp(x),          mdl_java_math_expm1(x),    mdl_java_math_log(x),
			mdl_java_math_log10(x),        mdl_java_math_log1p(x),    mdl_java_math_pow(x, y),
			mdl_java_math_pow(fabs(x), y), mdl_java_math_sinh(x),     mdl_java_math_cosh(x),
			mdl_java_math_tanh(x),         mdl_java_math_asin(x),     mdl_java_math_acos(x),
			mdl_java_math_atan(x),         mdl_java_math_atan2(x, y), mdl_java_math_cbrt(x),
			mdl_java_math_hypot(x, y)};
		for (size_t k = 0; k < FUNCTIONS; k++)
			same(got[k], of_bits(golden[i][2 + k]));
	}
}

/* java.lang.StrictMath, "Special cases". */
static void ends(void **state)
{
	(void)state;
	const double inf = INFINITY, nan = NAN, one = 1;
	same(mdl_java_math_exp(1), 0x1.5bf0a8b14576ap1);
	same(mdl_java_math_exp(710), inf);
	same(mdl_java_math_exp(-746), 0);
	same(mdl_java_math_exp(-745), 0x1p-1074);
	same(mdl_java_math_expm1(-inf), -1);
	same(mdl_java_math_log(0), -inf);
	same(mdl_java_math_log(-one), nan);
	same(mdl_java_math_log(0x1p-1074), -0x1.74385446d71c3p9);
	same(mdl_java_math_log10(1000), 3);
	same(mdl_java_math_log1p(-one), -inf);
	same(mdl_java_math_pow(nan, 0), 1);
	same(mdl_java_math_pow(1, nan), nan);
	same(mdl_java_math_pow(-1, inf), nan);
	same(mdl_java_math_pow(0.5, -inf), inf);
	same(mdl_java_math_pow(-0.0, -3), -inf);
	same(mdl_java_math_pow(-inf, 3), -inf);
	same(mdl_java_math_pow(-8, 1.0 / 3), nan);
	same(mdl_java_math_pow(-2, 0x1p53), inf);
	same(mdl_java_math_sinh(-inf), -inf);
	same(mdl_java_math_cosh(-inf), inf);
	same(mdl_java_math_tanh(-40), -1);
	same(mdl_java_math_asin(1 + 0x1p-52), nan);
	same(mdl_java_math_acos(1), 0);
	same(mdl_java_math_atan(-inf), -M_PI_2);
	same(mdl_java_math_atan2(0, -0.0), M_PI);
	same(mdl_java_math_atan2(-0.0, -1), -M_PI);
	same(mdl_java_math_atan2(inf, -inf), 3 * M_PI_4);
	same(mdl_java_math_cbrt(27), 3);
	same(mdl_java_math_cbrt(-0.0), -0.0);
	same(mdl_java_math_hypot(nan, -inf), inf);
	same(mdl_java_math_hypot(3, -4), 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(bits), cmocka_unit_test(ends)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

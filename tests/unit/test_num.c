/* SPDX-License-Identifier: MIT
 *
 * Numbers and their text: against Python's digits (num_golden.py), against strtod,
 * and that what is written reads back.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gmp.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/num.h"
#include "num_golden.inc"

static uint64_t next_random(uint64_t *x)
{
	*x += 0x9e3779b97f4a7c15;
	uint64_t z = *x;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static double of_bits(uint64_t bits)
{
	double v;
	memcpy(&v, &bits, sizeof(v));
	return v;
}

static void integers_are_exact(void **state)
{
	(void)state;
	int64_t v = 77;
	assert_int_equal(mdl_num_parse_int64(MDL_SLICE("9223372036854775807"), &v), MDL_NUM_OK);
	assert_true(v == INT64_MAX);
	assert_int_equal(mdl_num_parse_int64(MDL_SLICE("-9223372036854775808"), &v), MDL_NUM_OK);
	assert_true(v == INT64_MIN);
	assert_int_equal(mdl_num_parse_int64(MDL_SLICE("+0007"), &v), MDL_NUM_OK);
	assert_int_equal(v, 7);
	assert_int_equal(mdl_num_parse_int64(MDL_SLICE("9223372036854775808"), &v), MDL_NUM_RANGE);
	assert_int_equal(mdl_num_parse_int64(MDL_SLICE("-9223372036854775809"), &v), MDL_NUM_RANGE);
	assert_int_equal(mdl_num_parse_int64(MDL_SLICE("99999999999999999999999"), &v), MDL_NUM_RANGE);
	assert_int_equal(mdl_num_parse_int64(MDL_SLICE("18446744073709551616"), &v), MDL_NUM_RANGE);
	static const char *const bad[] = {"",   "-",  "+",   "1.",  "1e3",
					  " 1", "1 ", "0x1", "--1", "99999999999999999999x"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(mdl_num_parse_int64(mdl_slice_of(bad[i]), &v), MDL_NUM_SYNTAX);
	assert_int_equal(v, 7);
	char a[MDL_NUM_MAX], b[MDL_NUM_MAX];
	uint64_t x = 1;
	for (int i = 0; i < 100000; i++) {
		int64_t r = (int64_t)next_random(&x) >> (i % 64);
		a[mdl_num_put_int64(a, r)] = '\0';
		snprintf(b, sizeof(b), "%lld", (long long)r);
		assert_string_equal(a, b);
	}
	a[mdl_num_put_int64(a, INT64_MIN)] = '\0';
	assert_string_equal(a, "-9223372036854775808");
}

static void doubles_have_shortest_digits(void **state)
{
	(void)state;
	char a[MDL_NUM_MAX];
	for (size_t i = 0; i < sizeof(doubles) / sizeof(*doubles); i++) {
		a[mdl_num_put_double(a, of_bits(doubles[i].bits))] = '\0';
		assert_string_equal(a, doubles[i].text);
	}
	for (size_t i = 0; i < sizeof(floats) / sizeof(*floats); i++) {
		float f;
		memcpy(&f, &floats[i].bits, sizeof(f));
		a[mdl_num_put_float(a, f)] = '\0';
		assert_string_equal(a, floats[i].text);
	}
}

static void java_writes_specials_its_way(void **state)
{
	(void)state;
	/* From the examples in the documentation of Double.toString and Float.toString, JDK 19. */
	static const struct {
		double v;
		const char *text;
	} t[] = {{0.0, "0.0"},
		 {-0.0, "-0.0"},
		 {(double)NAN, "NaN"},
		 {(double)INFINITY, "Infinity"},
		 {-(double)INFINITY, "-Infinity"},
		 {4.9e-324, "4.9E-324"},
		 {9.9e-324, "9.9E-324"},
		 {2.0e-323, "2.0E-323"},
		 {2e23, "2.0E23"},
		 {1e10, "1.0E10"},
		 {1e-4, "1.0E-4"},
		 {100, "100.0"},
		 {12345678, "1.2345678E7"},
		 {-1.5, "-1.5"},
		 {8.41e21, "8.41E21"},
		 {2.0e-3, "0.002"}};
	char a[MDL_NUM_MAX];
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		a[mdl_num_put_double(a, t[i].v)] = '\0';
		assert_string_equal(a, t[i].text);
	}
	static const struct {
		float v;
		const char *text;
	} f[] = {{1.4e-45f, "1.4E-45"}, {9.8e-45f, "9.8E-45"},        {3.4028235e38f, "3.4028235E38"},
		 {0.1f, "0.1"},         {16777216.0f, "1.6777216E7"}, {1.0f, "1.0"},
		 {-0.0f, "-0.0"},       {7e-45f, "7.0E-45"}};
	for (size_t i = 0; i < sizeof(f) / sizeof(*f); i++) {
		a[mdl_num_put_float(a, f[i].v)] = '\0';
		assert_string_equal(a, f[i].text);
	}
}

static void what_is_written_reads_back(void **state)
{
	(void)state;
	uint64_t x = 42;
	char a[MDL_NUM_MAX];
	for (int i = 0; i < 1000000; i++) {
		double v = of_bits(next_random(&x)), w = 0;
		if (!isfinite(v))
			continue;
		size_t n = mdl_num_put_double(a, v);
		assert_int_equal(mdl_num_parse_double((struct mdl_slice){a, n}, &w), MDL_NUM_OK);
		assert_memory_equal(&v, &w, sizeof(v));
	}
}

static void reading_agrees_with_strtod(void **state)
{
	(void)state;
	uint64_t x = 7;
	char a[128];
	for (int i = 0; i < 200000; i++) {
		int digits = 1 + (int)(next_random(&x) % 24), n = 0;
		if (next_random(&x) & 1)
			a[n++] = '-';
		int point = (int)(next_random(&x) % 25);
		for (int k = 0; k < digits; k++) {
			if (k == point)
				a[n++] = '.';
			a[n++] = (char)('0' + next_random(&x) % 10);
		}
		n += snprintf(a + n, sizeof(a) - (size_t)n, "e%d", (int)(next_random(&x) % 700) - 350);
		double v = 0, w = strtod(a, NULL);
		assert_int_equal(mdl_num_parse_double((struct mdl_slice){a, (size_t)n}, &v), MDL_NUM_OK);
		assert_memory_equal(&v, &w, sizeof(v));
	}
	static const char *const hard[] = {"2.2250738585072011e-308",
					   "2.2250738585072012e-308",
					   "4.9e-324",
					   "2.4703282292062327e-324",
					   "2.4703282292062328e-324",
					   "1.7976931348623159e308",
					   "1e400",
					   "-1e-400",
					   "9007199254740993",
					   "9007199254740992.99999999999999999999",
					   "9007199254740993.00000000000000000001",
					   "0e999999999999",
					   "1e-99999999999999",
					   "1e23",
					   "8.5e22",
					   "123456789012345678901234567890",
					   ".5",
					   "5.",
					   "0",
					   "-0.0",
					   "7.2057594037927933e16",
					   "1.00000000000000011102230246251565404236316680908203125"};
	for (size_t i = 0; i < sizeof(hard) / sizeof(*hard); i++) {
		double v = 0, w = strtod(hard[i], NULL);
		assert_int_equal(mdl_num_parse_double(mdl_slice_of(hard[i]), &v), MDL_NUM_OK);
		assert_memory_equal(&v, &w, sizeof(v));
	}
	static const char *const bad[] = {"",    ".",    "-",  "e5", "1e", "1e+", "1.2.3",
					  "NaN", "0x10", "1 ", " 1", "1f", "inf"};
	double v;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_int_equal(mdl_num_parse_double(mdl_slice_of(bad[i]), &v), MDL_NUM_SYNTAX);
}

static void floats_are_rounded_once(void **state)
{
	(void)state;
	double v = 0;
	/* Rounded to double first, this would be a tie and give 1.0. */
	assert_int_equal(mdl_num_parse_float(MDL_SLICE("1.000000059604644775390626"), &v), MDL_NUM_OK);
	assert_true(v == (double)1.00000012f);
}

static void table_of_powers_is_exact(void **state)
{
	(void)state;
	mpz_t p, v;
	mpz_inits(p, v, NULL);
	for (int k = MDL_POW10_MIN; k <= MDL_POW10_MAX; k++) {
		mpz_ui_pow_ui(p, 10, (unsigned long)abs(k));
		if (k >= 0) {
			long bits = (long)mpz_sizeinbase(p, 2);
			if (bits <= 128)
				mpz_mul_2exp(v, p, (mp_bitcnt_t)(128 - bits));
			else
				mpz_fdiv_q_2exp(v, p, (mp_bitcnt_t)(bits - 128));
		} else {
			mpz_set_ui(v, 1);
			mpz_mul_2exp(v, v, mpz_sizeinbase(p, 2) + 127);
			mpz_cdiv_q(v, v, p);
		}
		char want[64], got[64];
		const struct mdl_pow10 *g = &mdl_num_pow10[k - MDL_POW10_MIN];
		gmp_snprintf(want, sizeof(want), "%Zx", v);
		snprintf(got, sizeof(got), "%016llx%016llx", (unsigned long long)g->hi,
			 (unsigned long long)g->lo);
		assert_string_equal(got, want);
	}
	mpz_clears(p, v, NULL);
}

static void digits_eight_at_a_time(void **state)
{
	(void)state;
	char text[40] = "";
	uint64_t x = 9;
	for (size_t n = 0; n <= 18; n++) {
		for (int k = 0; k < 1000; k++) {
			for (size_t i = 0; i < n; i++) {
				x = x * 6364136223846793005u + 1442695040888963407u;
				text[i] = k == 0 ? '9' : k == 1 ? '0' : (char)('0' + (x >> 33) % 10);
			}
			text[n] = '\0';
			uint64_t want = strtoull(n ? text : "0", NULL, 10);
			assert_int_equal(mdl_num_digits(text, n), want);
			memmove(text + 12, text, n + 1); /* other bytes before and behind */
			assert_int_equal(mdl_num_digits(text + 12, n), want);
		}
	}
}

/* Each text in a block of its own, so that a sanitizer sees a byte too many. */
static void short_doubles_are_the_same(void **state)
{
	(void)state;
	static const char *const no[] = {
		"1",     "12",     "-1",         "1e5",         "1.5e3",       "1.25e-7",         "12.5E+10",
		"0.1e1", "-0.5E3", "12345678.5", "1.123456789", "123456789.1", "1234567890.12345"};
	static const char *const yes[] = {"0.0",
					  "-0.0",
					  "1.5",
					  "-1.5",
					  "295.49646",
					  "-118.167134",
					  "1234567.12345678",
					  "-0.00000001",
					  "0.1",
					  "10.25",
					  "9999999.99999999"};
	uint64_t seed = 7;
	size_t served = 0;
	for (size_t i = 0; i < sizeof(no) / sizeof(*no) + sizeof(yes) / sizeof(*yes) + 20000; i++) {
		const size_t nno = sizeof(no) / sizeof(*no), nall = nno + sizeof(yes) / sizeof(*yes);
		char text[64];
		if (i < nall) {
			snprintf(text, sizeof(text), "%s", i < nno ? no[i] : yes[i - nno]);
		} else {
			static const uint64_t power[] = {10,     100,     1000,     10000,
							 100000, 1000000, 10000000, 100000000};
			uint64_t r = next_random(&seed), whole = next_random(&seed) % power[r >> 8 & 7];
			int digits = 1 + (int)(r >> 4 & 7);
			snprintf(text, sizeof(text), "%s%llu.%0*llu", r & 1 ? "-" : "",
				 (unsigned long long)whole, digits,
				 (unsigned long long)(next_random(&seed) % power[digits - 1]));
		}
		size_t n = strlen(text);
		char *p = malloc(n);
		memcpy(p, text, n);
		double want, got;
		bool quick = mdl_num_short_double(p, n, &got);
		assert_int_equal(mdl_num_parse_double((struct mdl_slice){p, n}, &want), MDL_NUM_OK);
		if (quick && memcmp(&want, &got, sizeof(got)) != 0)
			fail_msg("%s is %.17g, not %.17g", text, want, got);
		if (i < nall)
			assert_int_equal(quick, i >= nno);
		served += quick;
		free(p);
	}
	assert_true(served > 10000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(integers_are_exact),
		cmocka_unit_test(doubles_have_shortest_digits),
		cmocka_unit_test(java_writes_specials_its_way),
		cmocka_unit_test(what_is_written_reads_back),
		cmocka_unit_test(reading_agrees_with_strtod),
		cmocka_unit_test(floats_are_rounded_once),
		cmocka_unit_test(table_of_powers_is_exact),
		cmocka_unit_test(digits_eight_at_a_time),
		cmocka_unit_test(short_doubles_are_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

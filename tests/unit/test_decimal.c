/* SPDX-License-Identifier: MIT
 *
 * Decimals: random operations against GMP's rationals, the types and texts of Spark.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <gmp.h>
#include <string.h>

#include "sql/decimal.h"

static uint64_t seed = 1;

static uint64_t next_random(void)
{
	seed += 0x9e3779b97f4a7c15;
	uint64_t z = seed;
	z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
	z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
	return z ^ (z >> 31);
}

static mdl_i128 random_decimal(unsigned digits)
{
	mdl_i128 v = 0;
	for (unsigned i = 0; i < digits; i++)
		v = v * 10 + (mdl_i128)(next_random() % 10);
	return next_random() & 1 ? v : -v;
}

static void rational(mpq_t q, mdl_i128 v, unsigned scale)
{
	char t[MDL_DECIMAL_MAX + 1];
	t[mdl_decimal_put_plain(t, v, 0)] = '\0';
	mpz_set_str(mpq_numref(q), t, 10);
	mpz_ui_pow_ui(mpq_denref(q), 10, scale);
	mpq_canonicalize(q);
}

/* HALF_UP of Q to R as text; false: too long. */
static bool expected(const mpq_t q, struct mdl_dec r, char *text, size_t size)
{
	mpz_t n, d;
	mpz_inits(n, d, NULL);
	mpz_ui_pow_ui(n, 10, r.s);
	mpz_mul(n, n, mpq_numref(q));
	int sign = mpz_sgn(n);
	mpz_abs(n, n);
	mpz_mul_ui(n, n, 2);
	mpz_add(n, n, mpq_denref(q));
	mpz_mul_ui(d, mpq_denref(q), 2);
	mpz_fdiv_q(n, n, d);
	mpz_ui_pow_ui(d, 10, r.p);
	bool ok = mpz_cmp(n, d) < 0;
	if (sign < 0)
		mpz_neg(n, n);
	gmp_snprintf(text, size, "%Zd", n);
	mpz_clears(n, d, NULL);
	return ok;
}

static void operations_agree_with_rationals(void **state)
{
	(void)state;
	mpq_t x, y, z;
	mpq_inits(x, y, z, NULL);
	for (int i = 0; i < 40000; i++) {
		struct mdl_dec a = {1 + (unsigned)(next_random() % 38), 0},
			       b = {1 + (unsigned)(next_random() % 38), 0};
		a.s = (unsigned)(next_random() % (a.p + 1));
		b.s = (unsigned)(next_random() % (b.p + 1));
		mdl_i128 u = random_decimal(a.p), v = random_decimal(b.p), got = 0;
		rational(x, u, a.s);
		rational(y, v, b.s);
		struct mdl_dec r;
		bool ok;
		int op = i % 4;
		if (op == 0) {
			r = mdl_decimal_type_add(a, b);
			ok = mdl_decimal_add(u, a.s, v, b.s, r, &got);
			mpq_add(z, x, y);
		} else if (op == 1) {
			r = mdl_decimal_type_add(a, b);
			ok = mdl_decimal_sub(u, a.s, v, b.s, r, &got);
			mpq_sub(z, x, y);
		} else if (op == 2) {
			r = mdl_decimal_type_mul(a, b);
			ok = mdl_decimal_mul(u, a.s, v, b.s, r, &got);
			mpq_mul(z, x, y);
		} else {
			if (v == 0)
				continue;
			r = mdl_decimal_type_div(a, b);
			ok = mdl_decimal_div(u, a.s, v, b.s, r, &got);
			mpq_div(z, x, y);
		}
		char want[256], text[MDL_DECIMAL_MAX + 1];
		bool fits = expected(z, r, want, sizeof(want));
		assert_int_equal(ok, fits);
		if (!ok)
			continue;
		text[mdl_decimal_put_plain(text, got, 0)] = '\0';
		assert_string_equal(text, want);
		assert_int_equal(mdl_decimal_cmp(u, a.s, v, b.s), mpq_cmp(x, y) > 0   ? 1
								  : mpq_cmp(x, y) < 0 ? -1
										      : 0);
	}
	mpq_clears(x, y, z, NULL);
}

static void types_are_those_of_spark(void **state)
{
	(void)state;
	/* typeof(CAST(1 AS DECIMAL(p1,s1)) op CAST(1 AS DECIMAL(p2,s2))) in Spark 4.1 */
	static const struct {
		struct mdl_dec a, b;
		char op;
		struct mdl_dec r;
	} t[] = {
		{{10, 2}, {10, 2}, '+', {11, 2}},   {{38, 10}, {38, 10}, '+', {38, 9}},
		{{38, 18}, {38, 18}, '*', {38, 6}}, {{10, 2}, {10, 2}, '*', {21, 4}},
		{{10, 2}, {10, 2}, '/', {23, 13}},  {{38, 18}, {38, 18}, '/', {38, 6}},
		{{5, 2}, {3, 1}, '%', {4, 2}},      {{38, 0}, {38, 38}, '+', {38, 6}},
	};
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct mdl_dec r = t[i].op == '+'   ? mdl_decimal_type_add(t[i].a, t[i].b)
				   : t[i].op == '*' ? mdl_decimal_type_mul(t[i].a, t[i].b)
				   : t[i].op == '/' ? mdl_decimal_type_div(t[i].a, t[i].b)
						    : mdl_decimal_type_rem(t[i].a, t[i].b);
		if (r.p != t[i].r.p || r.s != t[i].r.s)
			fail_msg("%zu: %u,%u", i, r.p, r.s);
	}
}

static void text_is_read_and_written(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		struct mdl_dec r;
		enum mdl_num_result result;
		const char *plain, *java;
	} t[] = {
		{"1.255", {10, 2}, MDL_NUM_OK, "1.26", "1.26"},
		{"-1.255", {10, 2}, MDL_NUM_OK, "-1.26", "-1.26"},
		{"0.004", {10, 2}, MDL_NUM_OK, "0.00", "0.00"},
		{"0.0005", {10, 2}, MDL_NUM_OK, "0.00", "0.00"},
		{"0.005", {10, 2}, MDL_NUM_OK, "0.01", "0.01"},
		{"1e3", {10, 2}, MDL_NUM_OK, "1000.00", "1000.00"},
		{"1e-10", {38, 10}, MDL_NUM_OK, "0.0000000001", "1E-10"},
		{"0", {38, 10}, MDL_NUM_OK, "0.0000000000", "0E-10"},
		{"123e-12", {38, 12}, MDL_NUM_OK, "0.000000000123", "1.23E-10"},
		{"99999999999999999999999999999999999999",
		 {38, 0},
		 MDL_NUM_OK,
		 "99999999999999999999999999999999999999",
		 "99999999999999999999999999999999999999"},
		{"100000000000000000000000000000000000000", {38, 0}, MDL_NUM_RANGE, "", ""},
		{"99.995", {4, 2}, MDL_NUM_RANGE, "", ""},
		{"99.994", {4, 2}, MDL_NUM_OK, "99.99", "99.99"},
		{".5", {4, 2}, MDL_NUM_OK, "0.50", "0.50"},
		{"5.", {4, 2}, MDL_NUM_OK, "5.00", "5.00"},
		{"1e400", {38, 0}, MDL_NUM_RANGE, "", ""},
		{"1e-400", {38, 6}, MDL_NUM_OK, "0.000000", "0.000000"},
		{"", {38, 0}, MDL_NUM_SYNTAX, "", ""},
		{"1.2.3", {38, 0}, MDL_NUM_SYNTAX, "", ""},
		{"1e", {38, 0}, MDL_NUM_SYNTAX, "", ""},
		{"NaN", {38, 0}, MDL_NUM_SYNTAX, "", ""},
	};
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		mdl_i128 v = 0;
		if (mdl_decimal_parse(mdl_slice_of(t[i].text), t[i].r, &v) != t[i].result)
			fail_msg("%s", t[i].text);
		if (t[i].result != MDL_NUM_OK)
			continue;
		char a[MDL_DECIMAL_MAX + 1];
		a[mdl_decimal_put_plain(a, v, t[i].r.s)] = '\0';
		assert_string_equal(a, t[i].plain);
		a[mdl_decimal_put_java(a, v, t[i].r.s)] = '\0';
		assert_string_equal(a, t[i].java);
	}
}

static void rounding_has_its_modes(void **state)
{
	(void)state;
	/* python: decimal.quantize with ROUND_HALF_UP, HALF_EVEN, CEILING, FLOOR, DOWN */
	static const struct {
		int64_t v;
		unsigned from;
		int scale;
		char mode;
		struct mdl_dec to;
		int64_t want;
	} t[] = {{125, 2, 1, 'u', {10, 1}, 13},     {125, 2, 1, 'e', {10, 1}, 12},
		 {-125, 2, 1, 'u', {10, 1}, -13},   {-121, 2, 1, 'c', {10, 1}, -12},
		 {121, 2, 1, 'c', {10, 1}, 13},     {-121, 2, 1, 'f', {10, 1}, -13},
		 {12345, 2, -2, 'u', {10, 0}, 100}, {-199, 2, 0, 't', {10, 0}, -1},
		 {50, 0, -2, 'u', {10, 0}, 100},    {5, 0, -60, 'u', {10, 0}, 0}};
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		mdl_i128 v = 77;
		assert_true(mdl_decimal_round(t[i].v, t[i].from, t[i].scale, t[i].mode, t[i].to, &v));
		assert_int_equal((int64_t)v, t[i].want);
	}
}

static void other_numbers_convert(void **state)
{
	(void)state;
	mdl_i128 v;
	struct mdl_dec r = {10, 2};
	assert_true(mdl_decimal_from_double(0.145, r, &v)); /* Spark: 0.15, by the digits and not the value */
	assert_int_equal((int64_t)v, 15);
	assert_false(mdl_decimal_from_double(1e8, r, &v));
	assert_false(mdl_decimal_from_double(0.0 / 0.0, r, &v));
	assert_true(mdl_decimal_to_double(123456789012345678, 5) == 1234567890123.45678);
	int64_t i;
	assert_true(mdl_decimal_to_int64(-199, 2, &i));
	assert_int_equal(i, -1);
	assert_true(mdl_decimal_quot(750, 2, -2, 0, &i)); /* 7.50 DIV -2 */
	assert_int_equal(i, -3);
	assert_true(mdl_decimal_rem(-750, 2, 2, 0, r, &v));
	assert_int_equal((int64_t)v, -150);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(operations_agree_with_rationals), cmocka_unit_test(types_are_those_of_spark),
		cmocka_unit_test(text_is_read_and_written),        cmocka_unit_test(rounding_has_its_modes),
		cmocka_unit_test(other_numbers_convert),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

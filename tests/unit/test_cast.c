/* SPDX-License-Identifier: MIT
 *
 * The scalar cores of casts from strings, and which casts there are. Whole casts stand
 * in tests/spark/func_cast.golden, as Spark 4.1 answered.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <math.h>

#include "sql/cast.h"
#include "sql/cast_string.h"

static void booleans_have_ten_words(void **state)
{
	(void)state;
	static const char *const yes[] = {"true", "T", " yes ", "Y", "1\n"}, *const no[] = {"FALSE", "f",
											    "no", "n", "0"};
	static const char *const bad[] = {"", "tr", "2", "on", "truee"};
	bool v = false;
	for (size_t i = 0; i < 5; i++) {
		assert_true(mdl_cast_string_bool(mdl_slice_of(yes[i]), &v));
		assert_true(v);
		assert_true(mdl_cast_string_bool(mdl_slice_of(no[i]), &v));
		assert_false(v);
		assert_false(mdl_cast_string_bool(mdl_slice_of(bad[i]), &v));
	}
}

static void integers_take_a_fraction_without_ansi_only(void **state)
{
	(void)state;
	int64_t v = 0;
	assert_int_equal(mdl_cast_string_int64(MDL_SLICE("  -12 "), false, &v), MDL_NUM_OK);
	assert_int_equal(v, -12);
	assert_int_equal(mdl_cast_string_int64(MDL_SLICE("1.9"), false, &v), MDL_NUM_SYNTAX);
	assert_int_equal(mdl_cast_string_int64(MDL_SLICE("1.9"), true, &v), MDL_NUM_OK);
	assert_int_equal(v, 1);
	assert_int_equal(mdl_cast_string_int64(MDL_SLICE("1.9x"), true, &v), MDL_NUM_SYNTAX);
	assert_int_equal(mdl_cast_string_int64(MDL_SLICE("1e3"), true, &v), MDL_NUM_SYNTAX);
	assert_int_equal(mdl_cast_string_int64(MDL_SLICE("."), true, &v), MDL_NUM_SYNTAX);
	assert_int_equal(mdl_cast_string_int64(MDL_SLICE("9223372036854775808"), true, &v), MDL_NUM_RANGE);
}

static void doubles_are_those_of_java(void **state)
{
	(void)state;
	double v = 0;
	assert_true(mdl_cast_string_double(MDL_SLICE(" 1.5d\t"), false, &v) && v == 1.5);
	assert_true(mdl_cast_string_double(MDL_SLICE("-INF"), false, &v) && isinf(v) && v < 0);
	assert_true(mdl_cast_string_double(MDL_SLICE("+infinity"), false, &v) && isinf(v) && v > 0);
	assert_true(mdl_cast_string_double(MDL_SLICE("nan"), false, &v) && isnan(v));
	assert_true(mdl_cast_string_double(MDL_SLICE("0.1"), true, &v) && v == (double)0.1f);
	static const char *const bad[] = {"", "d", "1.5x", "in", "1,5", "- 1"};
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++)
		assert_false(mdl_cast_string_double(mdl_slice_of(bad[i]), false, &v));
}

static void some_casts_do_not_exist(void **state)
{
	(void)state;
	assert_true(mdl_cast_allowed(&mdl_type_string, &mdl_type_timestamp, true));
	assert_true(mdl_cast_allowed(&mdl_type_timestamp, &mdl_type_bigint, true));
	assert_false(mdl_cast_allowed(&mdl_type_date, &mdl_type_int, true));
	assert_false(mdl_cast_allowed(&mdl_type_boolean, &mdl_type_timestamp, true));
	assert_true(mdl_cast_allowed(&mdl_type_boolean, &mdl_type_timestamp, false));
	assert_false(mdl_cast_allowed(&mdl_type_int, &mdl_type_binary, true));
	assert_true(mdl_cast_allowed(&mdl_type_int, &mdl_type_binary, false));
	assert_false(mdl_cast_allowed(&mdl_type_int, &mdl_type_date, true));
	assert_false(mdl_cast_can_fail(&mdl_type_int, &mdl_type_bigint));
	assert_true(mdl_cast_can_fail(&mdl_type_bigint, &mdl_type_int));
	assert_true(mdl_cast_can_fail(&mdl_type_string, &mdl_type_int));
	assert_false(mdl_cast_can_fail(&mdl_type_int, &mdl_type_string));
	assert_false(mdl_cast_can_fail(&mdl_type_int, mdl_type_decimal(12, 2)));
	assert_true(mdl_cast_can_fail(&mdl_type_int, mdl_type_decimal(11, 2)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(booleans_have_ten_words),
		cmocka_unit_test(integers_take_a_fraction_without_ansi_only),
		cmocka_unit_test(doubles_are_those_of_java),
		cmocka_unit_test(some_casts_do_not_exist),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * base/version: which words are versions; a newer one is told apart from damage until the next error.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/version.h"

static uint64_t version(const char *text)
{
	return mdl_version_of(mdl_slice_of(text));
}

static void versions_are_told_from_other_words(void **state)
{
	(void)state;
	assert_int_equal(version("v1"), 1);
	assert_int_equal(version("v12\n{}"), 12);
	assert_int_equal(version("v3 00112233 17"), 3);
	assert_int_equal(version("v999999999"), 999999999);
	static const char *const none[] = {"",    "v",   "v0",      "v01", "1",          "V1",
					   "v1x", "v2_", "version", "v-1", "v9999999999"};
	for (size_t i = 0; i < sizeof(none) / sizeof(*none); i++)
		assert_int_equal(version(none[i]), 0);
	assert_int_equal(mdl_version_of((struct mdl_slice){"v12", 2}), 1);
	assert_int_equal(mdl_version_of((struct mdl_slice){"v12", 1}), 0);
}

static void newer_holds_until_the_next_error(void **state)
{
	(void)state;
	struct mdl_err err = MDL_ERR_INIT;
	assert_int_equal(mdl_version_newer(&err, "a/b", "medal", 7, 2), -1);
	assert_true(err.newer);
	assert_int_equal(err.status, MDL_TROUBLE);
	assert_string_equal(
		err.msg,
		"a/b was written by a newer medal: it is of format version 7, and medal " MEDAL_VERSION
		" knows none above 2; upgrade medal");
	mdl_err_wrap(&err, "reading");
	assert_true(err.newer);
	mdl_err_set(&err, MDL_TROUBLE, "other");
	assert_false(err.newer);
	mdl_version_newer(&err, "a/b", "medal", 7, 2);
	mdl_err_clear(&err);
	assert_false(err.newer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(versions_are_told_from_other_words),
		cmocka_unit_test(newer_holds_until_the_next_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * base/near: distances counted by hand.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/near.h"

static unsigned distance(const char *a, const char *b)
{
	assert_int_equal(mdl_near_distance(mdl_slice_of(a), mdl_slice_of(b)),
			 mdl_near_distance(mdl_slice_of(b), mdl_slice_of(a)));
	return mdl_near_distance(mdl_slice_of(a), mdl_slice_of(b));
}

static void edits_are_counted_without_case(void **state)
{
	(void)state;
	assert_int_equal(distance("", ""), 0);
	assert_int_equal(distance("", "abc"), 3);
	assert_int_equal(distance("kitten", "sitting"), 3);
	assert_int_equal(distance("userId", "USERID"), 0);
	assert_int_equal(distance("format", "fromat"), 2);
	assert_int_equal(distance("checkpoint", "checkpoints"), 1);
}

static void long_names_are_like_no_other(void **state)
{
	(void)state;
	const char *at = "0123456789012345678901234567890123456789012345678901234567890123";
	const char *over = "01234567890123456789012345678901234567890123456789012345678901234";
	assert_int_equal(distance(at, at), 0);
	assert_int_equal(distance(over, over), 1000);
	assert_int_equal(distance(over, "a"), 1000);
}

static const char *meant(const char *name)
{
	static const char *const known[] = {"commit", "show", "fsck", "restore", "compact", "rescore"};
	struct mdl_near near;
	mdl_near_init(&near, mdl_slice_of(name));
	for (size_t i = 0; i < sizeof(known) / sizeof(*known); i++)
		mdl_near_try(&near, known[i]);
	return near.best ? near.best : "nothing";
}

static void first_of_the_nearest_is_meant_if_it_is_a_slip_away(void **state)
{
	(void)state;
	assert_string_equal(meant("comit"), "commit");
	assert_string_equal(meant("COMPACT"), "compact");
	assert_string_equal(meant("reslore"), "restore");
	assert_string_equal(meant("rescorr"), "rescore");
	assert_string_equal(meant("shwo"), "nothing"); /* two letters of four */
	assert_string_equal(meant("sow"), "show");
	assert_string_equal(meant("so"), "nothing");
	assert_string_equal(meant(""), "nothing");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(edits_are_counted_without_case),
		cmocka_unit_test(long_names_are_like_no_other),
		cmocka_unit_test(first_of_the_nearest_is_meant_if_it_is_a_slip_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * The numbers by chance: SplitMix64's published sequence, and that one seed's
 * streams are apart.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/random.h"

static void the_sequence_is_that_of_splitmix64(void **state)
{
	(void)state;
	/* the reference implementation's output for the seed 1234567 */
	static const uint64_t want[] = {UINT64_C(6457827717110365317), UINT64_C(3203168211198807973),
					UINT64_C(9817491932198370423), UINT64_C(4593380528125082431),
					UINT64_C(16408922859458223821)};
	struct mdl_random r = {1234567};
	for (size_t i = 0; i < sizeof(want) / sizeof(want[0]); i++)
		assert_true(mdl_random_next(&r) == want[i]);
}

static void below_stays_below_and_reaches_all(void **state)
{
	(void)state;
	struct mdl_random r;
	unsigned seen[7] = {0};
	mdl_random_seed(&r, 1, 1);
	for (int i = 0; i < 7000; i++) {
		uint32_t v = mdl_random_below(&r, 7);
		assert_in_range(v, 0, 6);
		seen[v]++;
	}
	for (int i = 0; i < 7; i++)
		assert_in_range(seen[i], 800, 1200);
	assert_int_equal(mdl_random_below(&r, 1), 0);
}

static void seeds_and_streams_differ(void **state)
{
	(void)state;
	struct mdl_random a, b, c;
	mdl_random_seed(&a, 1, 1);
	mdl_random_seed(&b, 1, 2);
	mdl_random_seed(&c, 2, 1);
	uint64_t x = mdl_random_next(&a), y = mdl_random_next(&b), z = mdl_random_next(&c);
	assert_true(x != y && x != z && y != z);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_sequence_is_that_of_splitmix64),
		cmocka_unit_test(below_stays_below_and_reaches_all),
		cmocka_unit_test(seeds_and_streams_differ),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * Distinct whole numbers against a plain list, and how much room they take.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/agg_whole.h"

static uint64_t seed = 88172645463325252u;

static uint64_t rnd(void)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return seed;
}

static void as_a_list(void **state)
{
	(void)state;
	static const int64_t odd[] = {0, 1, -1, INT64_MAX, INT64_MIN, INT64_C(1) << 32, INT64_C(-1) << 32};
	for (int round = 0; round < 200; round++) {
		struct mdl_agg_whole *w = mdl_agg_whole_new(7);
		int64_t list[1000];
		size_t n = 0;
		uint64_t range = UINT64_C(2) << rnd() % 63;
		for (size_t i = 0, rows = rnd() % 1000; i < rows; i++) {
			int64_t v = rnd() % 16 || round % 2 ? (int64_t)(rnd() % range - range / 2)
							    : odd[rnd() % 7];
			size_t at = 0;
			while (at < n && list[at] != v)
				at++;
			assert_int_equal(mdl_agg_whole_seen(w, v), at < n);
			if (at == n)
				list[n++] = v;
			assert_int_equal(mdl_agg_whole_count(w), n);
		}
		for (size_t i = 0; i < mdl_agg_whole_slots(w); i++) {
			size_t at = 0;
			while (at < n && list[at] != mdl_agg_whole_at(w, i))
				at++;
			assert_true(at < n || !mdl_agg_whole_at(w, i));
		}
		for (size_t i = 0; i < n; i++)
			assert_true(mdl_agg_whole_seen(w, list[i]));
		assert_int_equal(mdl_agg_whole_count(w), n);
		assert_int_equal(w->kind, 7);
		mdl_agg_whole_free(w);
	}
}

/* Numbers in step, as times are, lie apart from each other. */
static void room_and_steps(void **state)
{
	(void)state;
	for (unsigned bits = 0; bits < 32; bits++) {
		struct mdl_agg_whole *w = mdl_agg_whole_new(7);
		size_t steps = 0, n = 10000;
		for (size_t i = 1; i <= n; i++)
			mdl_agg_whole_seen(w, (int64_t)((uint64_t)i << bits));
		assert_true(mdl_agg_whole_memory(w) <= n * 26);
		for (size_t i = 0; i < mdl_agg_whole_slots(w); i++)
			if (mdl_agg_whole_at(w, i) &&
			    mdl_agg_whole_at(w, i ? i - 1 : mdl_agg_whole_slots(w) - 1))
				steps++;
		assert_true(steps < n * 3 / 4);
		mdl_agg_whole_free(w);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(as_a_list),
		cmocka_unit_test(room_and_steps),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

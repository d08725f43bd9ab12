/* SPDX-License-Identifier: MIT
 *
 * The keys that dedupe has seen, against Spark's example (FORMATS D4) and against a
 * plain list with random keys and watermarks.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "op/key_set.h"

#define MINUTE INT64_C(60000000)

static bool row(struct mdl_key_set *s, char key, int64_t minutes_x100)
{
	mdl_key_set_reserve(s, 1);
	struct mdl_key k = {(uint64_t)key, 0};
	return mdl_key_set_seen(s, k, minutes_x100 * MINUTE / 100 + 10 * MINUTE);
}

/* Delay ten minutes. Times are hundredths of minutes; 00:10:01 is 1002 (a little later than 00:10). */
static void worked_example_of_dedupe(void **state)
{
	(void)state;
	struct mdl_key_set s;
	mdl_key_set_init_small(&s);
	assert_false(row(&s, 'a', 0)); /* b0 */
	assert_true(row(&s, 'a', 50));
	assert_false(row(&s, 'b', 300));
	s.evicted_us = 0;
	assert_true(row(&s, 'a', 900)); /* b1 */
	assert_true(row(&s, 'a', 0));
	assert_false(row(&s, 'z', 2000));
	assert_true(row(&s, 'a', 1000)); /* b2 */
	assert_true(row(&s, 'b', 1298));
	s.evicted_us = 10 * MINUTE;       /* a's expiry is 00:10 */
	assert_false(row(&s, 'a', 1002)); /* b3 */
	assert_true(row(&s, 'b', 1300));
	s.evicted_us = 13 * MINUTE;
	assert_false(row(&s, 'b', 1300));
	mdl_key_set_free(&s);
}

static void list_says_the_same(void **state)
{
	(void)state;
	enum { KEYS = 600 };
	static int64_t expiry[KEYS];
	static bool there[KEYS];
	struct mdl_key_set s;
	uint64_t x = 88172645463325252u;
	mdl_key_set_init_small(&s);
	int64_t evicted = INT64_MIN;
	for (int i = 0; i < 200000; i++) {
		x ^= x << 13, x ^= x >> 7, x ^= x << 17;
		unsigned k = (unsigned)(x % KEYS);
		int64_t e = (int64_t)(x >> 20) % 1000 + i / 100;
		if (i % 1000 == 999) {
			evicted = i / 100;
			s.evicted_us = evicted;
		}
		/* few low bits differ, so that places collide */
		struct mdl_key key = {(uint64_t)k << 7, k % 3};
		if (!key.lo && !key.hi)
			key.lo = 1;
		bool want = there[k] && expiry[k] > evicted;
		if (!want) {
			there[k] = true;
			expiry[k] = e;
		}
		mdl_key_set_reserve(&s, 1);
		if (mdl_key_set_seen(&s, key, e) != want)
			fail_msg("row %d, key %u", i, k);
	}
	size_t at = 0, live = 0, n = 0;
	struct mdl_key key;
	int64_t e;
	for (int k = 0; k < KEYS; k++)
		live += there[k] && expiry[k] > evicted;
	while (mdl_key_set_next(&s, &at, &key, &e))
		n++;
	assert_int_equal(n, live);
	assert_in_range(s.cap, 1, 4096); /* forgotten keys make room */
	mdl_key_set_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_example_of_dedupe),
		cmocka_unit_test(list_says_the_same),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

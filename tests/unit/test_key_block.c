/* SPDX-License-Identifier: MIT
 *
 * Keys as entries of the state store: they come back with their expiries to the
 * millisecond, as medal 0.1 wrote them, too; what is cut off is told.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "op/key_block.h"

static struct mdl_key key_of(uint64_t i)
{
	return (struct mdl_key){i * UINT64_C(0x9e3779b97f4a7c15), ~i};
}

/* Put TIMES[0..N) and get them back as WANT. */
static void there_and_back(const int64_t *times, const int64_t *want, uint32_t n)
{
	struct mdl_key_block b;
	struct mdl_key_block_reader r;
	struct mdl_key key;
	int64_t us;
	uint32_t i = 0;
	mdl_key_block_init(&b);
	/* what was there before is gone */
	mdl_key_block_add(&b, key_of(77), 77);
	mdl_key_block_entry(&b);
	mdl_key_block_clear(&b);
	for (; i < n; i++)
		mdl_key_block_add(&b, key_of(i), times[i]);
	struct mdl_slice e = mdl_key_block_entry(&b);
	assert_true(!n || e.n % 24 != 0);
	assert_true(mdl_key_block_read(&r, e));
	assert_int_equal(r.n, n);
	for (i = 0; mdl_key_block_next(&r, &key, &us); i++) {
		assert_true(key.lo == key_of(i).lo && key.hi == key_of(i).hi);
		assert_true(us == want[i]);
	}
	assert_int_equal(i, n);
	assert_false(r.bad);
	mdl_key_block_free(&b);
}

static void keys_come_back(void **state)
{
	(void)state;
	static const int64_t times[] = {INT64_MAX,
					0,
					1,
					1000,
					999,
					-1,
					-1000,
					-1001,
					INT64_MIN,
					1700000000123456,
					1700000000123999,
					1699999999000000,
					INT64_MAX - 1};
	/* up to the next millisecond, as key_set has it; what is beyond the last one is for ever */
	static const int64_t want[] = {INT64_MAX,
				       0,
				       1000,
				       1000,
				       1000,
				       0,
				       -1000,
				       -1000,
				       INT64_MIN / 1000 * 1000,
				       1700000000124000,
				       1700000000124000,
				       1699999999000000,
				       INT64_MAX};
	enum { N = sizeof(times) / sizeof(*times) };
	for (uint32_t n = 0; n <= N; n++)
		there_and_back(times, want, n);
	int64_t ever[3000];
	for (size_t i = 0; i < 3000; i++)
		ever[i] = INT64_MAX;
	for (uint32_t n = 1; n <= 3000; n += n < 60 ? 1 : 97)
		there_and_back(ever, ever, n);
}

static void room_is_sixteen_bytes_and_the_times(void **state)
{
	(void)state;
	struct mdl_key_block b;
	mdl_key_block_init(&b);
	for (uint64_t i = 0; i < 1000; i++)
		mdl_key_block_add(&b, key_of(i), INT64_MAX);
	assert_in_range(mdl_key_block_entry(&b).n, 16000, 16009);
	mdl_key_block_clear(&b);
	for (uint64_t i = 0; i < 1000; i++) /* an event every 20 ms */
		mdl_key_block_add(&b, key_of(i), 1700000000000000 + (int64_t)i * 20000);
	assert_in_range(mdl_key_block_entry(&b).n, 17000, 17030);
	mdl_key_block_free(&b);
}

static void entries_of_0_1_are_read(void **state)
{
	(void)state;
	int64_t v[3][3] = {{1, 2, 3001}, {4, 5, INT64_MAX}, {-6, 7, -8000}};
	struct mdl_key_block_reader r;
	struct mdl_key key;
	int64_t us;
	assert_true(mdl_key_block_read(&r, (struct mdl_slice){(const char *)v, sizeof(v)}));
	assert_true(mdl_key_block_next(&r, &key, &us));
	assert_true(key.lo == 1 && key.hi == 2 && us == 4000);
	assert_true(mdl_key_block_next(&r, &key, &us));
	assert_true(key.lo == 4 && key.hi == 5 && us == INT64_MAX);
	assert_true(mdl_key_block_next(&r, &key, &us));
	assert_true(key.lo == (uint64_t)-6 && us == -8000);
	assert_false(mdl_key_block_next(&r, &key, &us));
	assert_false(r.bad);
}

/* In memory of its own length, so that a sanitizer sees what is read behind it. */
static void what_is_cut_off_is_told(void **state)
{
	(void)state;
	struct mdl_key_block b;
	mdl_key_block_init(&b);
	for (uint64_t i = 0; i < 20; i++)
		mdl_key_block_add(&b, key_of(i), (int64_t)i * 1000000000);
	struct mdl_slice e = mdl_key_block_entry(&b);
	for (size_t n = 1; n < e.n; n++) {
		struct mdl_key_block_reader r;
		struct mdl_key key;
		int64_t us;
		char *p = mdl_strndup(e.p, n);
		memcpy(p, e.p, n);
		bool known = n % 24 && mdl_key_block_read(&r, (struct mdl_slice){p, n});
		while (known && mdl_key_block_next(&r, &key, &us))
			;
		assert_true(!known || r.bad);
		free(p);
	}
	mdl_key_block_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(keys_come_back),
		cmocka_unit_test(room_is_sixteen_bytes_and_the_times),
		cmocka_unit_test(entries_of_0_1_are_read),
		cmocka_unit_test(what_is_cut_off_is_told),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * Keys that were seen, in memory and on disk: against Spark's example (FORMATS D4), and
 * against a plain array with keys, times and watermarks by chance.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "op/key_set.h"
#include "op/key_sort.h"

#define MINUTE INT64_C(60000000)

static int row(struct mdl_key_set *s, char key, int64_t minutes_x100)
{
	struct mdl_key k = {(uint64_t)key, 0};
	return mdl_key_set_enter(s, k, minutes_x100 * MINUTE / 100 + 10 * MINUTE, NULL);
}

/* Delay ten minutes. Times are hundredths of minutes; 00:10:01 is 1002 (a little later than 00:10). */
static void worked_example_of_dedupe(void **state)
{
	(void)state;
	struct mdl_key_set s;
	mdl_key_set_init(&s, true);
	assert_int_equal(row(&s, 'a', 0), 0); /* b0 */
	assert_int_equal(row(&s, 'a', 50), 1);
	assert_int_equal(row(&s, 'b', 300), 0);
	mdl_key_set_evict(&s, 0);
	assert_int_equal(row(&s, 'a', 900), 1); /* b1 */
	assert_int_equal(row(&s, 'a', 0), 1);
	assert_int_equal(row(&s, 'z', 2000), 0);
	assert_int_equal(row(&s, 'a', 1000), 1); /* b2 */
	assert_int_equal(row(&s, 'b', 1298), 1);
	mdl_key_set_evict(&s, 10 * MINUTE);      /* a's expiry is 00:10 */
	assert_int_equal(row(&s, 'a', 1002), 0); /* b3 */
	assert_int_equal(row(&s, 'b', 1300), 1);
	mdl_key_set_evict(&s, 13 * MINUTE);
	assert_int_equal(row(&s, 'b', 1300), 0);
	mdl_key_set_free(&s);
}

static uint64_t chance = 88172645463325252u;

static uint64_t next(void)
{
	chance ^= chance << 13;
	chance ^= chance >> 7;
	chance ^= chance << 17;
	return chance;
}

/* Few bits differ, and in the low byte none: the set must spread keys by itself. */
static struct mdl_key key_of(size_t k)
{
	return (struct mdl_key){(uint64_t)k << 9, k % 3};
}

static size_t index_of(struct mdl_key key)
{
	return (size_t)(key.lo >> 9);
}

struct list {
	int64_t *expiry_us; /* INT64_MIN: never entered */
	size_t n;
	int64_t evicted_us;
	size_t seen;
};

static int each(void *ctx, struct mdl_key key, int64_t expiry_us, struct mdl_err *err)
{
	struct list *l = ctx;
	size_t k = index_of(key);
	(void)err;
	assert_true(k < l->n);
	assert_int_equal(l->expiry_us[k], expiry_us);
	assert_true(expiry_us > l->evicted_us);
	l->seen++;
	return 0;
}

static void same_as(struct list *l, struct mdl_key_set *s)
{
	struct mdl_err err = MDL_ERR_INIT;
	size_t alive = 0;
	for (size_t k = 0; k < l->n; k++)
		alive += l->expiry_us[k] > l->evicted_us;
	l->seen = 0;
	assert_int_equal(mdl_key_set_each(s, each, l, &err), 0);
	assert_int_equal(l->seen, alive);
}

/* ROWS rows of KEYS keys, STEP_MS apart. SPAN_MS is how far their times lie apart beside that; the watermark follows
 * DELAY_MS behind. */
static void compare_steps(struct mdl_key_set *s, size_t keys, size_t rows, int64_t step_ms, int64_t span_ms,
			  int64_t delay_ms)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct list l = {.expiry_us = malloc(keys * sizeof(int64_t)), .n = keys, .evicted_us = INT64_MIN};
	for (size_t k = 0; k < keys; k++)
		l.expiry_us[k] = INT64_MIN;
	for (size_t i = 0; i < rows; i++) {
		size_t k = (size_t)(next() % keys);
		int64_t e = INT64_MAX;
		if (span_ms) {
			e = (int64_t)i * step_ms * 1000 + (int64_t)(next() % (uint64_t)span_ms) * 1000;
			if (i % 4096 == 4095 && delay_ms) {
				l.evicted_us = ((int64_t)i * step_ms - delay_ms) * 1000;
				mdl_key_set_evict(s, l.evicted_us);
			}
		}
		bool want = l.expiry_us[k] > l.evicted_us;
		mdl_key_set_prefetch(s, key_of(k));
		if (i % 7 == 0)
			assert_int_equal(mdl_key_set_has(s, key_of(k), &err), want);
		if (mdl_key_set_enter(s, key_of(k), e, &err) != want)
			fail_msg("row %zu, key %zu: expected %d", i, k, want);
		if (!want)
			l.expiry_us[k] = e;
	}
	same_as(&l, s);
	free(l.expiry_us);
}

static void compare(struct mdl_key_set *s, size_t keys, size_t rows, int64_t span_ms, int64_t delay_ms)
{
	compare_steps(s, keys, rows, 1, span_ms, delay_ms);
}

static void list_says_the_same(void **state)
{
	(void)state;
	static const size_t sizes[] = {1, 2, 3, 9, 15, 16, 17, 100, 1000, 30000, 300000};
	for (size_t i = 0; i < sizeof(sizes) / sizeof(sizes[0]); i++) {
		for (int timed = 0; timed < 2; timed++) {
			struct mdl_key_set s;
			mdl_key_set_init(&s, timed);
			compare(&s, sizes[i], sizes[i] * 2 + 100, timed ? 5000 : 0, 2000);
			mdl_key_set_free(&s);
		}
	}
}

/* 50 days of milliseconds do not fit 32 bits, 40 years not 40. */
static void times_far_apart(void **state)
{
	(void)state;
	static const int64_t spans_ms[] = {INT64_C(3600) * 24 * 60 * 1000,
					   INT64_C(3600) * 24 * 366 * 40 * 1000, INT64_C(9000000000000000)};
	for (size_t i = 0; i < 3; i++) {
		struct mdl_key_set s;
		mdl_key_set_init(&s, true);
		compare(&s, 5000, 15000, spans_ms[i], 0);
		mdl_key_set_free(&s);
		mdl_key_set_init(&s, true);
		mdl_key_set_limit(&s, MDL_KEY_SET_MIN_BYTES, "/tmp");
		compare(&s, 70000, 100000, spans_ms[i], 0);
		mdl_key_set_free(&s);
	}
}

/* Half a year goes by, and the watermark with it: 32 bits of milliseconds stay enough. */
static void times_go_on(void **state)
{
	(void)state;
	struct mdl_key_set s;
	mdl_key_set_init(&s, true);
	compare_steps(&s, 20000, 200000, 80000, 80000000, 80000000);
	assert_int_equal(s.table.time_bytes, 4);
	mdl_key_set_free(&s);
}

static void forgotten_keys_make_room(void **state)
{
	(void)state;
	struct mdl_key_set s;
	mdl_key_set_init(&s, true);
	compare(&s, 400000, 400000, 1000, 1000);
	assert_true(mdl_key_set_stats(&s).keys < 20000);
	assert_true(mdl_key_set_stats(&s).memory_bytes < 20000 * 30);
	mdl_key_set_free(&s);
}

/* 16 bytes of fingerprint, 4 more with a time, and at most half of that beside it, whatever the number of keys. */
static void memory_per_key(void **state)
{
	(void)state;
	struct mdl_key_set s;
	for (int timed = 0; timed < 2; timed++) {
		double sum = 0, worst = 0;
		mdl_key_set_init(&s, timed);
		for (size_t i = 0; i < 2000000; i++) {
			mdl_key_set_enter(&s, key_of(i), timed ? (int64_t)i : INT64_MAX, NULL);
			if (i < 1000000 || i % 1000)
				continue;
			struct mdl_key_set_stats st = mdl_key_set_stats(&s);
			double bytes = (double)st.memory_bytes / (double)st.keys;
			worst = bytes > worst ? bytes : worst;
			sum += bytes / 1000;
		}
		if (sum > (timed ? 28 : 22) || worst > (timed ? 30 : 24))
			fail_msg("%.1f bytes, at most %.1f", sum, worst);
		mdl_key_set_free(&s);
	}
}

/* The key of PLACE, which undoes what mdl_key_place does to it. */
static struct mdl_key key_at_place(uint64_t place)
{
	uint64_t inverse = 1, factor = UINT64_C(0xd6e8feb86659fd93);
	for (int i = 0; i < 6; i++)
		inverse *= 2 - factor * inverse;
	uint64_t x = (place ^ place >> 32) * inverse;
	return (struct mdl_key){x ^ x >> 32, 0};
}

/* Places that agree in twelve bits: one half of each split stays empty. */
static void keys_of_one_corner(void **state)
{
	(void)state;
	enum { N = 150000 };
	struct mdl_key_set s;
	struct mdl_err err = MDL_ERR_INIT;
	mdl_key_set_init(&s, false);
	for (int again = 0; again < 2; again++) {
		for (uint64_t i = 0; i < N; i++) {
			struct mdl_key key = key_at_place(UINT64_C(0xabc) << 52 | (i + 1) << 33 |
							  (uint32_t)(i * 2654435761U));
			key.lo |= 1; /* as good as another key, and no other's */
			mdl_key_set_prefetch(&s, key);
			assert_int_equal(mdl_key_set_enter(&s, key, INT64_MAX, &err), again);
		}
	}
	assert_true(s.table.depth >= 6);
	mdl_key_set_free(&s);
}

/* The limit holds, on disk too, and the answers are the same; forgotten keys leave the disk. */
static void limit_holds(void **state)
{
	(void)state;
	for (int timed = 0; timed < 2; timed++) {
		struct mdl_key_set s;
		mdl_key_set_init(&s, timed);
		mdl_key_set_limit(&s, MDL_KEY_SET_MIN_BYTES, "/tmp");
		compare(&s, 600000, 1000000, timed ? 1000000 : 0, 300000);
		struct mdl_key_set_stats st = mdl_key_set_stats(&s);
		assert_true(st.disk_keys > 300000);
		assert_true(st.memory_bytes <= MDL_KEY_SET_MIN_BYTES);
		mdl_key_set_clear(&s);
		assert_int_equal(mdl_key_set_stats(&s).keys, 0);
		compare(&s, 1000, 2000, 0, 0);
		mdl_key_set_free(&s);
	}
	struct mdl_key_set s;
	mdl_key_set_init(&s, true);
	mdl_key_set_limit(&s, MDL_KEY_SET_MIN_BYTES, "/tmp");
	compare(&s, 500000, 1000000, 1000, 100000);
	assert_true(mdl_key_set_stats(&s).keys < 400000);
	mdl_key_set_free(&s);
}

static int by_place(const void *a, const void *b)
{
	return mdl_key_cmp(a, b);
}

/* Places spread evenly, few values of them, all in one corner with one far away, at both ends. */
static void sort_is_that_of_qsort(void **state)
{
	(void)state;
	enum { N = 5000 };
	static struct mdl_key_entry src[N], want[N], got[N];
	for (int kind = 0; kind < 5; kind++) {
		for (size_t n = 0; n <= N; n = n < 20 ? n + 1 : n * 3) {
			for (size_t i = 0; i < n; i++) {
				uint64_t x = next();
				src[i].place = kind == 0   ? x
					       : kind == 1 ? x % 3
					       : kind == 2 ? (i ? x % 1000 : x)
					       : kind == 3 ? (i % 2 ? UINT64_MAX : 0)
							   : UINT64_C(7) << 50 | x >> 14;
				src[i].key = (struct mdl_key){next() % 4, next() % 4};
				src[i].expiry_ms = (int64_t)(src[i].key.lo * 4 + src[i].key.hi);
				want[i] = src[i];
			}
			qsort(want, n, sizeof(*want), by_place);
			mdl_key_sort(got, src, n);
			assert_memory_equal(got, want, n * sizeof(*want));
		}
	}
}

static void missing_folder_is_an_error(void **state)
{
	(void)state;
	struct mdl_key_set s;
	struct mdl_err err = MDL_ERR_INIT;
	mdl_key_set_init(&s, false);
	mdl_key_set_limit(&s, MDL_KEY_SET_MIN_BYTES, "/nowhere");
	int r = 0;
	for (size_t i = 0; i < 200000 && !r; i++)
		r = mdl_key_set_enter(&s, key_of(i), INT64_MAX, &err);
	assert_int_equal(r, -1);
	assert_non_null(strstr(err.msg, "/nowhere"));
	mdl_key_set_free(&s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_example_of_dedupe), cmocka_unit_test(list_says_the_same),
		cmocka_unit_test(times_far_apart),          cmocka_unit_test(times_go_on),
		cmocka_unit_test(forgotten_keys_make_room), cmocka_unit_test(memory_per_key),
		cmocka_unit_test(keys_of_one_corner),       cmocka_unit_test(limit_holds),
		cmocka_unit_test(sort_is_that_of_qsort),    cmocka_unit_test(missing_folder_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

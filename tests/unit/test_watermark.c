/* SPDX-License-Identifier: MIT
 *
 * The watermark, against Spark's own numbers: the worked examples of FORMATS D2 and D4
 * batch by batch, cutting to milliseconds, and the rule of one watermark a pipeline.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "stream/watermark.h"

#define MINUTE INT64_C(60000000)

/* One epoch: rows at the given times, under the watermarks that the source sends. Returns the next one in ms. */
static int64_t epoch(struct mdl_watermark *wm, int64_t late_ms, int64_t wm_ms, const int64_t *rows, size_t n)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_begin b = {.late_watermark_ms = late_ms};
	struct mdl_barrier bar = {.watermark_ms = wm_ms};
	assert_int_equal(mdl_watermark_begin(wm, &b, &err), 0);
	assert_int_equal(wm->late_us, late_ms * 1000);
	assert_string_equal(b.watermark, wm->text);
	for (size_t i = 0; i < n; i++)
		mdl_watermark_see(wm, rows[i]);
	mdl_watermark_barrier(wm, &bar);
	assert_int_equal(wm->evict_us, wm_ms * 1000);
	assert_true(bar.has_next_watermark);
	mdl_begin_free(&b);
	return bar.next_watermark_ms;
}

/* D2: delay ten minutes; W_N of each batch as Spark logged it. Times are minutes after midnight. */
static void worked_example_of_windows(void **state)
{
	(void)state;
	struct mdl_watermark wm;
	const int64_t day = INT64_C(1704153600000000); /* 2024-01-02 */
	const int64_t b0[] = {day, day + 5 * MINUTE - 1, day + 5 * MINUTE};
	const int64_t b1[] = {day + 21 * MINUTE};
	const int64_t b2[] = {day + MINUTE, day + 11 * MINUTE - 1000000, day + 11 * MINUTE,
			      day + 10 * MINUTE};
	mdl_watermark_init(&wm, "ts 10 minutes", 10 * MINUTE);
	int64_t w0 = 0, w1 = epoch(&wm, 0, w0, b0, 3);
	assert_int_equal(w1, day / 1000 - 5 * 60000); /* 23:55 */
	int64_t w2 = epoch(&wm, w0, w1, b1, 1);
	assert_int_equal(w2, day / 1000 + 11 * 60000); /* 00:11 */
	int64_t w3 = epoch(&wm, w1, w2, b2, 4);
	assert_int_equal(w3, w2); /* never falls */
	assert_int_equal(epoch(&wm, w2, w3, NULL, 0), w3);
}

/* D1: the greatest time is cut to milliseconds before the delay is taken. */
static void cut_down_to_milliseconds(void **state)
{
	(void)state;
	struct mdl_watermark wm;
	const int64_t t = 10 * MINUTE + 999, before = -1, far = INT64_MIN;
	mdl_watermark_init(&wm, "ts 10 minutes", 10 * MINUTE);
	assert_int_equal(epoch(&wm, 0, 0, &t, 1), 0);
	/* below zero it is floor, too, and never below what was */
	mdl_watermark_init(&wm, "ts 0 seconds", 0);
	assert_int_equal(epoch(&wm, 0, -5, &before, 1), -1);
	assert_int_equal(epoch(&wm, 0, -5, &far, 1), -5);
	mdl_watermark_init(&wm, "ts 1 second", 1000000);
	const int64_t most = INT64_MAX;
	assert_int_equal(epoch(&wm, 0, 0, &most, 1), INT64_MAX / 1000 - 1000);
}

/* Without a checkpoint it moves with each row, from 1970. */
static void plain_input_moves_it_row_by_row(void **state)
{
	(void)state;
	struct mdl_watermark wm;
	mdl_watermark_init(&wm, "ts 10 minutes", 10 * MINUTE);
	assert_int_equal(wm.late_us, 0);
	assert_false(mdl_watermark_advance(&wm));
	mdl_watermark_see(&wm, 5 * MINUTE);
	assert_false(mdl_watermark_advance(&wm)); /* it would be before 1970 */
	mdl_watermark_see(&wm, 21 * MINUTE);
	assert_true(mdl_watermark_advance(&wm));
	assert_int_equal(wm.late_us, 11 * MINUTE);
	assert_int_equal(wm.evict_us, 11 * MINUTE);
	mdl_watermark_see(&wm, 20 * MINUTE);
	assert_false(mdl_watermark_advance(&wm));
}

static void a_pipeline_has_one(void **state)
{
	(void)state;
	struct mdl_watermark first, second, other;
	struct mdl_begin b = {0};
	struct mdl_err err = MDL_ERR_INIT;
	mdl_watermark_init(&first, "ts 1 hour", 60 * MINUTE);
	mdl_watermark_init(&second, "ts 1 hour", 60 * MINUTE);
	mdl_watermark_init(&other, "ts 2 hours", 120 * MINUTE);
	assert_int_equal(mdl_watermark_begin(&first, &b, &err), 0);
	assert_int_equal(mdl_watermark_begin(&second, &b, &err), 0);
	struct mdl_barrier bar = {.watermark_ms = 7};
	mdl_watermark_see(&second, 100 * MINUTE);
	mdl_watermark_barrier(&second, &bar);
	assert_false(bar.has_next_watermark); /* the first one moves it */
	assert_int_equal(second.evict_us, 7000);
	assert_int_equal(mdl_watermark_begin(&other, &b, &err), -1);
	assert_int_equal(err.status, MDL_TROUBLE);
	mdl_begin_free(&b);
	/* the last barrier of --final closes and moves nothing */
	struct mdl_barrier last = {.watermark_ms = MDL_WATERMARK_FINAL, .final = true};
	mdl_watermark_barrier(&first, &last);
	assert_false(last.has_next_watermark);
	assert_true(first.evict_us > INT64_MAX - 1000);
}

static void milliseconds_saturate(void **state)
{
	(void)state;
	assert_int_equal(mdl_watermark_us(1704153600000), INT64_C(1704153600000000));
	assert_int_equal(mdl_watermark_us(-1), -1000);
	assert_true(mdl_watermark_us(INT64_MAX) == INT64_MAX);
	assert_true(mdl_watermark_us(INT64_MIN) == INT64_MIN);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(worked_example_of_windows),       cmocka_unit_test(cut_down_to_milliseconds),
		cmocka_unit_test(plain_input_moves_it_row_by_row), cmocka_unit_test(a_pipeline_has_one),
		cmocka_unit_test(milliseconds_saturate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

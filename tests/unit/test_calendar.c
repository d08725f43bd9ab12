/* SPDX-License-Identifier: MIT
 *
 * Intervals of months, days and time in one: their text, as Spark writes it, and what keeps them.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/any_codec.h"
#include "sql/calendar.h"

/* Texts of Spark 4.1 (make_interval). */
static const struct {
	struct mdl_interval v;
	const char *text;
} cases[] = {
	{{0, 0, 0}, "0 seconds"},
	{{1, 1, 100000001}, "1 months 1 days 1 minutes 40.000001 seconds"},
	{{1211, 8, INT64_C(45001001001)}, "100 years 11 months 8 days 12 hours 30 minutes 1.001001 seconds"},
	{{14, 25, INT64_C(18352500000)}, "1 years 2 months 25 days 5 hours 5 minutes 52.5 seconds"},
	{{-1, -1, INT64_C(-7020500000)}, "-1 months -1 days -1 hours -57 minutes -0.5 seconds"},
	{{INT32_MIN, 0, 0}, "-178956970 years -8 months"},
	{{0, 0, INT64_MAX}, "2562047788 hours 54.775807 seconds"},
	{{0, 1, INT64_C(-86400000000)}, "1 days -24 hours"},
};

static void text(void **state)
{
	(void)state;
	struct mdl_buf b = MDL_BUF_INIT(1 << 10);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		mdl_buf_clear(&b);
		mdl_calendar_put(&b, cases[i].v);
		assert_string_equal(mdl_buf_cstr(&b), cases[i].text);
	}
	mdl_buf_free(&b);
}

static void same(struct mdl_interval a, struct mdl_interval b)
{
	assert_int_equal(a.months, b.months);
	assert_int_equal(a.days, b.days);
	assert_int_equal(a.us, b.us);
}

/* What Spark writes is what is read; packed and in a state it is the same. */
static void round_trip(void **state)
{
	(void)state;
	struct mdl_arena a;
	mdl_arena_init(&a);
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct mdl_interval v;
		struct mdl_any back, x = {.type = &mdl_type_interval_all};
		struct mdl_buf b = MDL_BUF_INIT(1 << 10);
		assert_true(mdl_interval_parse(mdl_slice_of(cases[i].text), &v));
		same(v, cases[i].v);
		x.i128 = mdl_calendar_pack(v);
		same(mdl_calendar_unpack(x.i128), v);
		mdl_any_codec_put(&b, &x);
		const char *p = b.p;
		assert_true(mdl_any_codec_get(&p, b.p + b.n, &back, &a));
		assert_ptr_equal(p, b.p + b.n);
		assert_ptr_equal(back.type, &mdl_type_interval_all);
		same(mdl_calendar_unpack(back.i128), v);
		for (p = b.p; p == b.p && b.n > 1; b.n--) { /* cut off anywhere it is none */
			const char *q = b.p;
			assert_false(mdl_any_codec_get(&q, b.p + b.n - 1, &back, &a));
		}
		mdl_buf_free(&b);
	}
	mdl_arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(text), cmocka_unit_test(round_trip)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * Values as bytes: each comes back as it was, and the bytes compare as the values do,
 * against a comparison of this test's own; random values of each type, and edges.
 */
#include <float.h>
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "op/any_codec.h"

static uint64_t seed = 88172645463325252u;

static uint64_t rnd(void)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return seed;
}

static int sign(int c)
{
	return (c > 0) - (c < 0);
}

/* The order of two values of one type, written without the module under test. */
static int want_cmp(const struct mdl_any *a, const struct mdl_any *b)
{
	switch (a->type->kind) {
	case MDL_T_BOOLEAN:
		return a->b8 - b->b8;
	case MDL_T_DOUBLE:
	case MDL_T_FLOAT:
		if (isnan(a->f64) || isnan(b->f64)) /* NaN is the greatest and equal to itself */
			return !!isnan(a->f64) - !!isnan(b->f64);
		return a->f64 < b->f64 ? -1 : a->f64 > b->f64;
	case MDL_T_DECIMAL:
		return a->i128 < b->i128 ? -1 : a->i128 > b->i128;
	case MDL_T_STRING:
	case MDL_T_BINARY: {
		size_t n = a->str.n < b->str.n ? a->str.n : b->str.n;
		int c = n ? memcmp(a->str.p, b->str.p, n) : 0;
		return c ? sign(c) : a->str.n < b->str.n ? -1 : a->str.n > b->str.n;
	}
	default:
		return a->i64 < b->i64 ? -1 : a->i64 > b->i64;
	}
}

static const double doubles[] = {0.0,    -0.0,    1.0,     -1.0,     INFINITY, -INFINITY, NAN,
				 5e-324, -5e-324, DBL_MAX, -DBL_MAX, 0.1,      -0.1,      9007199254740993.0};
static const int64_t ints[] = {0, 1, -1, INT64_MAX, INT64_MIN, 255, 256, -256, 1704153600000000};

static struct mdl_any random_of(const struct mdl_type *t, struct mdl_arena *a)
{
	struct mdl_any x = {.type = t};
	uint64_t r = rnd();
	switch (t->kind) {
	case MDL_T_BOOLEAN:
		x.b8 = r & 1;
		break;
	case MDL_T_DOUBLE:
	case MDL_T_FLOAT:
		x.f64 = r % 3 == 0   ? doubles[(r >> 8) % (sizeof(doubles) / sizeof(*doubles))]
			: r % 3 == 1 ? (double)(int64_t)rnd() / 1e9
				     : (double)((int64_t)(r >> 8) % 100);
		if (t->kind == MDL_T_FLOAT)
			x.f64 = (double)(float)x.f64;
		break;
	case MDL_T_DECIMAL:
		x.i128 = r & 1 ? (mdl_i128)(int64_t)rnd() * (int64_t)(rnd() >> 8)
			       : (mdl_i128)((int64_t)rnd() % 1000);
		break;
	case MDL_T_STRING:
	case MDL_T_BINARY: {
		size_t n = r % 6;
		char *p = mdl_arena_alloc(a, n + 1);
		for (size_t i = 0; i < n; i++)
			p[i] = "\0\0\x01\xff\xfe"
			       "ab"[rnd() % 7];
		x.str = (struct mdl_slice){p, n};
		break;
	}
	default:
		x.i64 = r & 1 ? ints[(r >> 8) % (sizeof(ints) / sizeof(*ints))] : (int64_t)rnd();
	}
	return x;
}

static void check_pair(const struct mdl_any *x, const struct mdl_any *y, struct mdl_arena *a)
{
	struct mdl_buf bx = MDL_BUF_INIT(1 << 16), by = MDL_BUF_INIT(1 << 16), b2 = MDL_BUF_INIT(1 << 16);
	mdl_any_codec_put(&bx, x);
	mdl_any_codec_put(&by, y);
	int want = sign(want_cmp(x, y));
	assert_int_equal(sign(mdl_slice_cmp(mdl_buf_slice(&bx), mdl_buf_slice(&by))), want);
	assert_int_equal(sign(mdl_any_codec_cmp(x, y)), want);
	/* behind another value they compare as that does, and each is found where it ends */
	struct mdl_any back;
	mdl_any_codec_put(&bx, y);
	const char *p = bx.p, *end = bx.p + bx.n;
	assert_true(mdl_any_codec_get(&p, end, &back, a));
	assert_ptr_equal(back.type, x->type);
	assert_int_equal(want_cmp(&back, x), 0);
	mdl_any_codec_put(&b2, &back);
	assert_true(b2.n < bx.n && memcmp(b2.p, bx.p, b2.n) == 0);
	assert_true(mdl_any_codec_get(&p, end, &back, a));
	assert_int_equal(want_cmp(&back, y), 0);
	assert_ptr_equal(p, end);
	/* cut off, it is none (each length on a copy of its own, so that a sanitizer sees a read beyond it) */
	for (size_t n = 0; n < by.n; n++) {
		char *copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, by.p, n);
		p = copy;
		assert_false(mdl_any_codec_get(&p, copy + n, &back, a));
		free(copy);
	}
	mdl_buf_free(&bx);
	mdl_buf_free(&by);
	mdl_buf_free(&b2);
}

static void bytes_compare_as_values_do(void **state)
{
	(void)state;
	const struct mdl_type *const types[] = {
		&mdl_type_boolean,       &mdl_type_tinyint,       &mdl_type_smallint,
		&mdl_type_int,           &mdl_type_bigint,        &mdl_type_float,
		&mdl_type_double,        &mdl_type_string,        &mdl_type_binary,
		&mdl_type_date,          &mdl_type_timestamp,     &mdl_type_timestamp_ntz,
		mdl_type_decimal(38, 0), mdl_type_decimal(10, 2),
	};
	struct mdl_arena a;
	mdl_arena_init(&a);
	for (size_t t = 0; t < sizeof(types) / sizeof(*types); t++) {
		for (int k = 0; k < 3000; k++) {
			struct mdl_any x = random_of(types[t], &a), y = random_of(types[t], &a);
			check_pair(&x, &y, &a);
		}
		mdl_arena_reset(&a);
	}
	mdl_arena_free(&a);
}

static void null_is_first(void **state)
{
	(void)state;
	struct mdl_any null = {.type = &mdl_type_null}, least = {.type = &mdl_type_bigint, .i64 = INT64_MIN},
		       empty = {.type = &mdl_type_string}, back;
	struct mdl_buf n = MDL_BUF_INIT(64), b = MDL_BUF_INIT(64), e = MDL_BUF_INIT(64);
	struct mdl_arena a;
	mdl_arena_init(&a);
	mdl_any_codec_put(&n, &null);
	mdl_any_codec_put(&b, &least);
	mdl_any_codec_put(&e, &empty);
	assert_true(mdl_slice_cmp(mdl_buf_slice(&n), mdl_buf_slice(&b)) < 0);
	assert_true(mdl_slice_cmp(mdl_buf_slice(&n), mdl_buf_slice(&e)) < 0);
	assert_true(mdl_any_codec_cmp(&null, &least) < 0);
	assert_true(mdl_any_codec_cmp(&least, &null) > 0);
	assert_int_equal(mdl_any_codec_cmp(&null, &null), 0);
	const char *p = n.p;
	assert_true(mdl_any_codec_get(&p, n.p + n.n, &back, &a));
	assert_int_equal(back.type->kind, MDL_T_NULL);
	mdl_arena_free(&a);
	mdl_buf_free(&n);
	mdl_buf_free(&b);
	mdl_buf_free(&e);
}

/* -0.0 and 0.0 are one group, and so are all NaN, as in Spark. */
static void equal_doubles_have_equal_bytes(void **state)
{
	(void)state;
	union {
		uint64_t u;
		double d;
	} odd = {.u = UINT64_C(0xfff8000000000123)};
	double pairs[][2] = {{0.0, -0.0}, {NAN, -NAN}, {NAN, odd.d}};
	for (size_t i = 0; i < 3; i++) {
		struct mdl_any x = {.type = &mdl_type_double, .f64 = pairs[i][0]},
			       y = {.type = &mdl_type_double, .f64 = pairs[i][1]};
		struct mdl_buf a = MDL_BUF_INIT(64), b = MDL_BUF_INIT(64);
		mdl_any_codec_put(&a, &x);
		mdl_any_codec_put(&b, &y);
		assert_true(mdl_slice_eq(mdl_buf_slice(&a), mdl_buf_slice(&b)));
		mdl_buf_free(&a);
		mdl_buf_free(&b);
	}
}

static void numbers_of_any_type_compare(void **state)
{
	(void)state;
	struct mdl_any one = {.type = &mdl_type_bigint, .i64 = 1},
		       half = {.type = &mdl_type_double, .f64 = 0.5},
		       dec = {.type = mdl_type_decimal(3, 2), .i128 = 100}, /* 1.00 */
		big = {.type = mdl_type_decimal(38, 0), .i128 = (mdl_i128)INT64_MAX * 10};
	assert_true(mdl_any_codec_cmp(&one, &half) > 0);
	assert_int_equal(mdl_any_codec_cmp(&one, &dec), 0);
	assert_true(mdl_any_codec_cmp(&big, &one) > 0);
	assert_true(mdl_any_codec_cmp(&half, &dec) < 0);
}

static void raw_tokens_get_types(void **state)
{
	(void)state;
	static const struct {
		const char *token;
		enum mdl_json_kind json;
		enum mdl_kind kind;
	} all[] = {
		{"12", MDL_JSON_INT, MDL_T_BIGINT},
		{"-9223372036854775808", MDL_JSON_INT, MDL_T_BIGINT},
		{"9223372036854775808", MDL_JSON_INT, MDL_T_DECIMAL},
		{"99999999999999999999999999999999999999", MDL_JSON_INT, MDL_T_DECIMAL},
		{"999999999999999999999999999999999999999", MDL_JSON_INT, MDL_T_DOUBLE},
		{"1.5", MDL_JSON_REAL, MDL_T_DOUBLE},
		{"true", MDL_JSON_TRUE, MDL_T_BOOLEAN},
		{"null", MDL_JSON_NULL, MDL_T_NULL},
		{"", MDL_JSON_MISSING, MDL_T_NULL},
		{"text", MDL_JSON_STRING, MDL_T_STRING},
	};
	struct mdl_arena a;
	mdl_arena_init(&a);
	for (size_t i = 0; i < sizeof(all) / sizeof(*all); i++) {
		struct mdl_any raw = {.type = &mdl_type_any, .raw = true};
		raw.json = (struct mdl_json_value){
			.p = all[i].token, .n = (uint32_t)strlen(all[i].token), .kind = (uint8_t)all[i].json};
		struct mdl_any x = mdl_any_codec_decoded(&raw, &a);
		assert_int_equal(x.type->kind, all[i].kind);
	}
	mdl_arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_compare_as_values_do),
		cmocka_unit_test(null_is_first),
		cmocka_unit_test(equal_doubles_have_equal_bytes),
		cmocka_unit_test(numbers_of_any_type_compare),
		cmocka_unit_test(raw_tokens_get_types),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

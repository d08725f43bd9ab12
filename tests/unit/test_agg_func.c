/* SPDX-License-Identifier: MIT
 *
 * The aggregate functions: adding rows to two groups and merging them gives what adding
 * all to one gives; state saved and loaded goes on as before; overflow is Spark's error.
 */
#include <math.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>
#include <xxhash.h>

#include "base/alloc.h"
#include "op/agg_func.h"
#include "op/any_codec.h"

static uint64_t seed = 88172645463325252u;

static uint64_t rnd(void)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return seed;
}

static struct mdl_agg_call call_of(enum mdl_agg_kind kind, const struct mdl_type *arg,
				   const struct mdl_type *type)
{
	return (struct mdl_agg_call){.kind = kind, .name = "f", .nargs = 1, .arg_type = arg, .type = type};
}

static struct mdl_any integer(int64_t v)
{
	return (struct mdl_any){.type = &mdl_type_bigint, .i64 = v};
}

/* The result as JSON text. */
static char *result(const struct mdl_agg_call *c, const struct mdl_agg *g, struct mdl_arena *a)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 20);
	struct mdl_any x = mdl_agg_result(c, g, a);
	mdl_any_to_json(&b, &x);
	char *s = mdl_arena_strdup(a, mdl_buf_cstr(&b));
	mdl_buf_free(&b);
	return s;
}

/* Save and load, as at an epoch's end and a restart. */
static void restart(struct mdl_agg *g, struct mdl_arena *a)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 24);
	struct mdl_agg h;
	mdl_agg_save(&b, g);
	const char *p = b.p;
	assert_true(mdl_agg_load(&p, b.p + b.n, &h, a));
	assert_ptr_equal(p, b.p + b.n);
	mdl_agg_free(g);
	*g = h;
	for (size_t n = 0; n < b.n && n < 200; n++) { /* cut off, it is refused */
		char *copy = malloc(n ? n : 1);
		assert_non_null(copy);
		memcpy(copy, b.p, n);
		p = copy;
		assert_false(mdl_agg_load(&p, copy + n, &h, a));
		mdl_agg_free(&h);
		free(copy);
	}
	mdl_buf_free(&b);
}

static const enum mdl_agg_kind kinds[] = {
	MDL_AGG_COUNT,    MDL_AGG_SUM,          MDL_AGG_AVG,         MDL_AGG_MIN,    MDL_AGG_MAX,
	MDL_AGG_FIRST,    MDL_AGG_LAST,         MDL_AGG_MIN_BY,      MDL_AGG_MAX_BY, MDL_AGG_STDDEV_POP,
	MDL_AGG_VAR_SAMP, MDL_AGG_COLLECT_LIST, MDL_AGG_COLLECT_SET,
};

/* Rows (value, order) into one group, and into two that are merged; with restarts between. */
static void merge_is_add(void **state)
{
	(void)state;
	struct mdl_arena a;
	struct mdl_err err = MDL_ERR_INIT;
	mdl_arena_init(&a);
	for (size_t k = 0; k < sizeof(kinds) / sizeof(*kinds) + 1; k++) {
		bool distinct = k == sizeof(kinds) / sizeof(*kinds);
		enum mdl_agg_kind kind = distinct ? MDL_AGG_COUNT : kinds[k];
		bool moments = kind == MDL_AGG_STDDEV_POP || kind == MDL_AGG_VAR_SAMP;
		struct mdl_agg_call c =
			call_of(kind, &mdl_type_bigint,
				kind == MDL_AGG_AVG || moments ? &mdl_type_double : &mdl_type_bigint);
		c.distinct = distinct;
		c.nargs = kind == MDL_AGG_MIN_BY || kind == MDL_AGG_MAX_BY ? 2 : 1;
		for (int round = 0; round < 60; round++) {
			size_t n = rnd() % 20, cut = n ? rnd() % (n + 1) : 0;
			struct mdl_agg all = {0}, first = {0}, second = {0};
			double sum = 0, squares = 0;
			for (size_t i = 0; i < n; i++) {
				int64_t v = (int64_t)(rnd() % 7) - 3;
				/* distinct orders, so that min_by has one answer */
				struct mdl_any args[2] = {
					integer(v), integer((int64_t)((i * 7919 + (size_t)round) % 1009))};
				if (rnd() % 5 == 0 && !moments)
					args[0].type = &mdl_type_null;
				sum += (double)v;
				squares += (double)(v * v);
				assert_int_equal(mdl_agg_add(&c, &all, args, true, &err), 0);
				assert_int_equal(
					mdl_agg_add(&c, i < cut ? &first : &second, args, true, &err), 0);
			}
			if (round & 1)
				restart(&first, &a);
			if (round & 2)
				restart(&second, &a);
			if (round & 4)
				restart(&all, &a);
			assert_int_equal(mdl_agg_merge(&c, &first, &second, true, &err), 0);
			if (moments && n > 1) {
				double var = (squares - sum * sum / (double)n) / (double)n;
				double want = kind == MDL_AGG_STDDEV_POP ? sqrt(var)
									 : var * (double)n / (double)(n - 1);
				assert_true(fabs(mdl_agg_result(&c, &first, &a).f64 - want) < 1e-9);
				assert_true(fabs(mdl_agg_result(&c, &all, &a).f64 - want) < 1e-9);
			} else {
				assert_string_equal(result(&c, &first, &a), result(&c, &all, &a));
			}
			mdl_agg_free(&all);
			mdl_agg_free(&first);
			mdl_agg_free(&second);
		}
		mdl_arena_reset(&a);
	}
	mdl_arena_free(&a);
}

/* Numbers as they are, the fingerprints that a state file has, and values of other types are one set. */
static void distinct_values_of_all_kinds(void **state)
{
	(void)state;
	struct mdl_arena a;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_agg_call c = call_of(MDL_AGG_COUNT, &mdl_type_any, &mdl_type_bigint);
	c.distinct = true;
	mdl_arena_init(&a);
	for (int round = 0; round < 64; round++) {
		static bool there[3][3000];
		struct mdl_agg g[2] = {{0}, {0}};
		int64_t want = 0;
		memset(there, 0, sizeof(there));
		for (size_t i = 0, n = rnd() % 4000; i < n; i++) {
			size_t kind = rnd() % 8 ? (size_t)(round & 1) : rnd() % 3, v = rnd() % 3000;
			char *text = mdl_arena_printf(&a, "%zu", v);
			struct mdl_any x = kind == 0   ? integer((int64_t)v - 1500)
					   : kind == 1 ? (struct mdl_any){.type = &mdl_type_date,
									  .i64 = (int64_t)v - 1500}
						       : (struct mdl_any){.type = &mdl_type_string,
									  .str = mdl_slice_of(text)};
			assert_int_equal(mdl_agg_add(&c, &g[rnd() % 2], &x, true, &err), 0);
			want += !there[kind][v];
			there[kind][v] = true;
			if (rnd() % 1000 == 0)
				restart(&g[rnd() % 2], &a);
		}
		if (round & 2)
			restart(&g[0], &a);
		if (round & 4)
			restart(&g[1], &a);
		assert_int_equal(mdl_agg_merge(&c, &g[0], &g[1], true, &err), 0);
		assert_int_equal(g[0].n, want);
		mdl_agg_free(&g[0]);
		mdl_arena_reset(&a);
	}
	mdl_arena_free(&a);
}

/* A number's fingerprint in a state file is what it always was. */
static void distinct_numbers_in_state(void **state)
{
	(void)state;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_agg g = {0};
	struct mdl_agg_call c = call_of(MDL_AGG_COUNT, &mdl_type_bigint, &mdl_type_bigint);
	struct mdl_buf b = MDL_BUF_INIT(1 << 10);
	int64_t number[2] = {MDL_T_BIGINT, 42};
	struct mdl_any x = integer(number[1]);
	XXH128_hash_t want = XXH3_128bits(number, sizeof(number));
	c.distinct = true;
	assert_int_equal(mdl_agg_add(&c, &g, &x, true, &err), 0);
	mdl_agg_save(&b, &g);
	assert_int_equal(b.n, 3 + 8 + 16 + 8 + 8 + 16);
	assert_memory_equal(b.p + b.n - 24, "\1\0\0\0\0\0\0\0", 8);
	assert_memory_equal(b.p + b.n - 16, &want.low64, 8);
	assert_memory_equal(b.p + b.n - 8, &want.high64, 8);
	mdl_buf_free(&b);
	mdl_agg_free(&g);
}

/* Expected values by hand. */
static void results_of_few_rows(void **state)
{
	(void)state;
	static const struct {
		enum mdl_agg_kind kind;
		const char *none, *some; /* of no rows; of 3, NULL, 1, 3 */
	} all[] = {
		{MDL_AGG_COUNT, "0", "3"},
		{MDL_AGG_SUM, "null", "7"},
		{MDL_AGG_MIN, "null", "1"},
		{MDL_AGG_MAX, "null", "3"},
		{MDL_AGG_FIRST, "null", "3"},
		{MDL_AGG_LAST, "null", "3"},
		{MDL_AGG_COLLECT_LIST, "[]", "[3,1,3]"},
		{MDL_AGG_COLLECT_SET, "[]", "[3,1]"},
	};
	struct mdl_arena a;
	struct mdl_err err = MDL_ERR_INIT;
	mdl_arena_init(&a);
	for (size_t k = 0; k < sizeof(all) / sizeof(*all); k++) {
		struct mdl_agg g = {0};
		struct mdl_agg_call c = call_of(all[k].kind, &mdl_type_bigint, &mdl_type_bigint);
		struct mdl_any rows[] = {integer(3), {.type = &mdl_type_null}, integer(1), integer(3)};
		assert_string_equal(result(&c, &g, &a), all[k].none);
		for (size_t i = 0; i < 4; i++)
			assert_int_equal(mdl_agg_add(&c, &g, &rows[i], true, &err), 0);
		assert_string_equal(result(&c, &g, &a), all[k].some);
		restart(&g, &a);
		assert_string_equal(result(&c, &g, &a), all[k].some);
		mdl_agg_free(&g);
	}
	mdl_arena_free(&a);
}

static void overflow_is_an_error_in_ansi_mode(void **state)
{
	(void)state;
	struct mdl_agg_call c = call_of(MDL_AGG_SUM, &mdl_type_bigint, &mdl_type_bigint);
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_agg g = {0}, h = {0};
	struct mdl_arena a;
	mdl_arena_init(&a);
	struct mdl_any most = integer(INT64_MAX), one = integer(1);
	assert_int_equal(mdl_agg_add(&c, &g, &most, true, &err), 0);
	assert_int_equal(mdl_agg_add(&c, &g, &one, true, &err), -1);
	assert_non_null(strstr(err.msg, "ARITHMETIC_OVERFLOW"));
	mdl_agg_free(&g);
	assert_int_equal(mdl_agg_add(&c, &h, &most, false, &err), 0);
	assert_int_equal(mdl_agg_add(&c, &h, &one, false, &err), 0);
	assert_string_equal(result(&c, &h, &a), "-9223372036854775808"); /* wraps, as in Spark without ANSI */
	mdl_agg_free(&h);
	mdl_arena_free(&a);
}

/* Undeclared numbers: the widest type that the group saw, whatever the order. */
static void undeclared_numbers_widen(void **state)
{
	(void)state;
	struct mdl_agg_call c = call_of(MDL_AGG_SUM, &mdl_type_any, &mdl_type_any);
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_arena a;
	mdl_arena_init(&a);
	struct mdl_any whole = integer(2), real = {.type = &mdl_type_double, .f64 = 0.5},
		       dec = {.type = mdl_type_decimal(20, 0), .i128 = (mdl_i128)INT64_MAX + 1};
	struct mdl_any rows[][3] = {{whole, real, whole}, {real, whole, whole}, {whole, whole, real}};
	for (size_t k = 0; k < 3; k++) {
		struct mdl_agg g = {0};
		for (size_t i = 0; i < 3; i++)
			assert_int_equal(mdl_agg_add(&c, &g, &rows[k][i], true, &err), 0);
		assert_string_equal(result(&c, &g, &a), "4.5");
		mdl_agg_free(&g);
	}
	struct mdl_agg g = {0}, h = {0};
	assert_int_equal(mdl_agg_add(&c, &g, &whole, true, &err), 0);
	assert_int_equal(mdl_agg_add(&c, &h, &dec, true, &err), 0);
	assert_int_equal(mdl_agg_merge(&c, &g, &h, true, &err), 0);
	assert_string_equal(result(&c, &g, &a), "9223372036854775810");
	mdl_agg_free(&g);
	mdl_arena_free(&a);
}

/* A number with a fraction that is a DECIMAL must keep it in an undeclared sum. */
static void undeclared_decimals_keep_their_fraction(void **state)
{
	(void)state;
	struct mdl_agg_call c = call_of(MDL_AGG_SUM, &mdl_type_any, &mdl_type_any);
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_arena a;
	mdl_arena_init(&a);
	struct mdl_any half = {.type = mdl_type_decimal(2, 1), .i128 = 5}, one = integer(1);
	struct mdl_agg g = {0};
	for (int i = 0; i < 3; i++)
		assert_int_equal(mdl_agg_add(&c, &g, &half, true, &err), 0);
	assert_int_equal(mdl_agg_add(&c, &g, &one, true, &err), 0);
	assert_string_equal(result(&c, &g, &a), "2.5");
	mdl_agg_free(&g);
	mdl_arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(merge_is_add),
		cmocka_unit_test(distinct_values_of_all_kinds),
		cmocka_unit_test(distinct_numbers_in_state),
		cmocka_unit_test(results_of_few_rows),
		cmocka_unit_test(overflow_is_an_error_in_ansi_mode),
		cmocka_unit_test(undeclared_numbers_widen),
		cmocka_unit_test(undeclared_decimals_keep_their_fraction),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

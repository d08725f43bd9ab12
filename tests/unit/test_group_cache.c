/* SPDX-License-Identifier: MIT
 *
 * A group that is found is that of a row with the same values; the row before is found.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "op/group_cache.h"

enum { ROWS = 2000, KEYS = 4 };

static uint64_t seed = 88172645463325252u;

static uint64_t rnd(void)
{
	seed ^= seed << 13, seed ^= seed >> 7, seed ^= seed << 17;
	return seed;
}

/* Texts that differ in one byte or in their length. */
static struct mdl_slice text(struct mdl_arena *a)
{
	size_t n = rnd() % 20;
	char *p = mdl_arena_alloc(a, n + 1);
	memset(p, 'a', n);
	if (n && rnd() % 2)
		p[rnd() % n] = (char)('a' + rnd() % 2);
	return (struct mdl_slice){p, n};
}

static struct mdl_vec *column(struct mdl_arena *a)
{
	static const struct mdl_type *const types[] = {&mdl_type_bigint, &mdl_type_string, &mdl_type_boolean,
						       &mdl_type_any, &mdl_type_double};
	const struct mdl_type *t = types[rnd() % 5];
	struct mdl_vec *v = mdl_vec_new(a, t, ROWS);
	struct mdl_json_value *cells = mdl_arena_zalloc(a, ROWS * sizeof(*cells));
	for (size_t i = 0; i < ROWS; i++) {
		struct mdl_slice s = text(a);
		v->valid[i] = rnd() % 8 > 0;
		if (!v->valid[i]) /* what is there is nobody's business */
			continue;
		cells[i] = (struct mdl_json_value){s.p, (uint32_t)s.n,
						   rnd() % 2 ? MDL_JSON_STRING : MDL_JSON_INT, false};
		if (t->kind == MDL_T_STRING)
			v->str[i] = s;
		else if (t->kind == MDL_T_BOOLEAN)
			v->b8[i] = rnd() & 1;
		else if (t->kind == MDL_T_DOUBLE)
			v->f64[i] = (double)(rnd() % 5) - 2;
		else if (t->kind == MDL_T_BIGINT)
			v->i64[i] = (int64_t)(rnd() % 5) - 2;
	}
	if (t->kind == MDL_T_ANY)
		v->json = cells;
	return v;
}

static bool same(const struct mdl_vec *v, size_t a, size_t b)
{
	if (!v->valid[a] || !v->valid[b])
		return v->valid[a] == v->valid[b];
	if (v->json)
		return v->json[a].kind == v->json[b].kind && v->json[a].n == v->json[b].n &&
		       !memcmp(v->json[a].p, v->json[b].p, v->json[a].n);
	if (v->type->kind == MDL_T_STRING)
		return mdl_slice_eq(v->str[a], v->str[b]);
	return v->type->kind == MDL_T_BOOLEAN ? v->b8[a] == v->b8[b] : v->i64[a] == v->i64[b];
}

static void only_rows_that_are_equal(void **state)
{
	(void)state;
	static struct mdl_group_cache c;
	static struct mdl_group group[ROWS];
	struct mdl_arena a;
	mdl_arena_init(&a);
	size_t found = 0;
	for (int round = 0; round < 100; round++) {
		struct mdl_vec *out[KEYS];
		int keys[KEYS];
		size_t n = rnd() % (KEYS + 1);
		for (size_t k = 0; k < n; k++) {
			out[k] = column(&a);
			keys[k] = (int)k;
		}
		mdl_group_cache_begin(&c, out, keys, n, &a);
		for (size_t i = 0; i < ROWS; i++) {
			int64_t start = (int64_t)(rnd() % 2);
			group[i].start = start;
			struct mdl_group *x = mdl_group_cache_find(&c, i, start);
			size_t at = (size_t)(x - group);
			if (x) {
				assert_true(at < i);
				assert_int_equal(x->start, start);
				for (size_t k = 0; k < n; k++)
					assert_true(same(out[k], i, at));
				found++;
			}
			mdl_group_cache_put(&c, i, start, &group[i]);
			assert_ptr_equal(mdl_group_cache_find(&c, i, start), &group[i]);
			assert_null(mdl_group_cache_find(&c, i, 2));
			if (rnd() % 100 == 0) {
				mdl_group_cache_forget(&c);
				assert_null(mdl_group_cache_find(&c, i, start));
			}
		}
		mdl_arena_reset(&a);
	}
	assert_true(found > ROWS * 10);
	mdl_arena_free(&a);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_rows_that_are_equal),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * Rows of a table by their keys: each probe against a comparison with every row, for keys
 * with NULLs, for keys that occur often, and for as many as make the index grow.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "op/join_index.h"
#include "sql/parse.h"

enum { ROWS = 5000, KEYS = 700 };

static int64_t key_of(size_t row) /* -1: NULL */
{
	size_t k = (row * 7919) % KEYS;
	return k % 50 == 0 ? -1 : (int64_t)(k * k);
}

static int version(const char *path, char **v, struct mdl_err *err)
{
	(void)path;
	(void)err;
	*v = mdl_strdup("1");
	return 0;
}

static int read_rows(const char *path, const char *v, struct mdl_schema *schema,
		     int (*lines)(void *ctx, struct mdl_slice block, struct mdl_err *err), void *ctx,
		     char **got, bool *ordered, struct mdl_err *err)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	(void)v;
	(void)schema;
	for (size_t i = 0; i < ROWS; i++) {
		if (i % 100 == 0)
			mdl_buf_puts(&b, " \n"); /* blank lines are no rows */
		if (key_of(i) < 0)
			mdl_buf_printf(&b, "{\"id\":null,\"n\":%zu}\n", i);
		else
			mdl_buf_printf(&b, "{\"id\":%lld,\"n\":%zu}\n", (long long)key_of(i), i);
	}
	*got = mdl_strdup("1");
	*ordered = false;
	int rc = strcmp(path, "bad") ? 0 : (mdl_buf_puts(&b, "{\"id\":\n"), 0);
	rc = rc ? rc : lines(ctx, mdl_buf_slice(&b), err);
	mdl_buf_free(&b);
	return rc;
}

static const struct mdl_join_source source = {version, read_rows};

static void check(const char *condition, bool null_safe)
{
	static const struct mdl_session session = {.ansi = true, .timezone = "UTC"};
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_arena a;
	struct mdl_join_table table;
	struct mdl_select *sel;
	char text[200];
	snprintf(text, sizeof(text), "SELECT 1 FROM x JOIN t ON %s", condition);
	struct mdl_source src = {"q", mdl_slice_of(text)};
	mdl_arena_init(&a);
	mdl_join_table_init(&table, "t", "rows", NULL, &source);
	if (mdl_join_table_load(&table, NULL, &err) < 0 || mdl_parse_select(&a, &src, &sel, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(table.nrows, ROWS);
	struct mdl_bind_table bind = {MDL_SLICE("t"), mdl_join_table_columns(&table)};
	struct mdl_select_plan *plan = mdl_select_plan_new(sel, NULL, &bind, 1, &session, &err);
	static const char *const paths[] = {"id", "n"};
	if (!plan || mdl_join_table_prepare(&table, paths, 2, &err) < 0)
		fail_msg("%s", err.msg);
	struct mdl_join_index *x = mdl_join_index_new(&plan->parts[0], &table, &session);
	for (int types = 0; types < 2; types++) {
		/* Probe with all keys and some that are not there, as BIGINT and as text. */
		struct mdl_vec *v = mdl_vec_new(&a, types ? &mdl_type_string : &mdl_type_bigint, ROWS);
		uint32_t *sel_rows = mdl_arena_alloc(&a, ROWS * sizeof(*sel_rows));
		struct mdl_join_hit *hits = mdl_arena_alloc(&a, ROWS * sizeof(*hits));
		struct mdl_fails fails = {.nrows = ROWS};
		for (uint32_t i = 0; i < ROWS; i++) {
			int64_t k = i % 3 ? key_of(i) : (int64_t)i;
			sel_rows[i] = i;
			v->valid[i] = k >= 0;
			if (types)
				v->str[i] = mdl_slice_of(mdl_arena_printf(&a, "%lld", (long long)k));
			else
				v->i64[i] = k;
		}
		mdl_join_index_probe(x, &v, sel_rows, ROWS, ROWS, &a, &fails, hits);
		assert_int_equal(fails.n, 0);
		for (uint32_t i = 0; i < ROWS; i += 7) {
			int64_t k = i % 3 ? key_of(i) : (int64_t)i;
			uint32_t at = hits[i].first;
			for (uint32_t r = 0; r < ROWS; r++) {
				bool equal = k < 0 || key_of(r) < 0 ? null_safe && k < 0 && key_of(r) < 0
								    : k == key_of(r);
				if (!equal)
					continue;
				assert_int_equal(at, r);
				at = hits[i].next[at];
			}
			assert_int_equal(at, MDL_JOIN_NO_ROW);
		}
	}
	mdl_join_index_free(x);
	mdl_select_plan_free(plan);
	mdl_join_table_free(&table);
	mdl_arena_free(&a);
}

static void equal_keys_are_found(void **state)
{
	(void)state;
	check("x.k = t.id", false);
}

static void null_equals_null_where_it_is_asked(void **state)
{
	(void)state;
	check("x.k <=> t.id", true);
}

static void bad_rows_are_an_error(void **state)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_join_table table;
	(void)state;
	mdl_join_table_init(&table, "t", "bad", NULL, &source);
	assert_int_equal(mdl_join_table_load(&table, NULL, &err), -1);
	assert_non_null(strstr(err.msg, "row 5001 of bad is not a JSON object"));
	mdl_join_table_free(&table);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(equal_keys_are_found),
		cmocka_unit_test(null_equals_null_where_it_is_asked),
		cmocka_unit_test(bad_rows_are_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

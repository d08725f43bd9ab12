/* SPDX-License-Identifier: MIT
 *
 * Programs over batches: rows of different token types side by side, guards, errors of
 * single rows, passing on, and the plan of an aggregate.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "sql/aggregate_plan.h"
#include "sql/compile.h"
#include "sql/parse.h"

static const struct mdl_session session = {.ansi = true, .timezone = "UTC", .now_us = 1700000000000000};
static struct mdl_arena arena;
static struct mdl_err err;

static int setup(void **state)
{
	(void)state;
	mdl_arena_init(&arena);
	mdl_err_clear(&err);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	mdl_arena_free(&arena);
	return 0;
}

static struct mdl_expr *expr(const char *text)
{
	struct mdl_source *s = mdl_arena_alloc(&arena, sizeof(*s));
	struct mdl_expr *e;
	*s = (struct mdl_source){"expr", mdl_slice_of(text)};
	if (mdl_parse_expr(&arena, s, &e, &err) < 0)
		fail_msg("%s", err.msg);
	return e;
}

static int add(struct mdl_program *p, const char *text, int guard, unsigned flags)
{
	int k = mdl_program_add(p, expr(text), guard, flags, NULL, &err);
	if (k < 0)
		fail_msg("%s", err.msg);
	return k;
}

/* Finish P and run it over the rows. */
static struct mdl_result run(struct mdl_program *p, const char *const *rows, size_t n)
{
	struct mdl_result res;
	size_t np;
	if (mdl_program_finish(p, &err) < 0)
		fail_msg("%s", err.msg);
	const char *const *paths = mdl_program_paths(p, &np);
	struct mdl_scan *scan = mdl_scan_new(paths, np, &err);
	struct mdl_json_value **cols = mdl_arena_zalloc(&arena, (np + 1) * sizeof(*cols)), one[64];
	for (size_t i = 0; i < np; i++)
		cols[i] = mdl_arena_zalloc(&arena, n * sizeof(**cols));
	for (size_t r = 0; r < n; r++) {
		assert_int_equal(mdl_scan_line(scan, mdl_slice_of(rows[r]), one, NULL, NULL), MDL_SCAN_OK);
		for (size_t i = 0; i < np; i++)
			cols[i][r] = one[i];
	}
	mdl_scan_free(scan);
	assert_int_equal(mdl_program_run(p, (const struct mdl_json_value *const *)cols, NULL, NULL, n, n,
					 &arena, &res, &err),
			 0);
	return res;
}

static void assert_value(const struct mdl_result *res, int k, size_t row, const char *want)
{
	struct mdl_buf b = MDL_BUF_INIT(1 << 20);
	const struct mdl_row_fail *f = mdl_fails_row(&res->fails, row);
	if (f)
		mdl_buf_printf(&b, "!%s", f->class);
	else
		mdl_vec_to_json(&b, res->out[k], row);
	assert_string_equal(mdl_buf_cstr(&b), want);
	mdl_buf_free(&b);
}

static void each_row_has_its_tokens_types(void **state)
{
	(void)state;
	static const char *const rows[] = {"{\"a\":1}",
					   "{\"a\":\"2\"}",
					   "{\"a\":2.5}",
					   "{\"a\":null}",
					   "{}",
					   "{\"a\":true}",
					   "{\"a\":12345678901234567890}",
					   "{\"a\":9223372036854775807}",
					   "{\"a\":1}"};
	struct mdl_program *p = mdl_program_new(NULL, &session);
	int sum = add(p, "a + 1", MDL_NO_OUTPUT, 0), pass = add(p, "a", MDL_NO_OUTPUT, MDL_OUT_PASS);
	int text = add(p, "CAST(a AS STRING)", MDL_NO_OUTPUT, 0);
	struct mdl_result res = run(p, rows, 9);
	static const char *const want[] = {"2",
					   "3",
					   "3.5",
					   "null",
					   "null",
					   "!DATATYPE_MISMATCH.BINARY_OP_DIFF_TYPES",
					   "12345678901234567891",
					   "!ARITHMETIC_OVERFLOW",
					   "2"};
	for (size_t i = 0; i < 9; i++)
		assert_value(&res, sum, i, want[i]);
	assert_value(&res, pass, 1, "\"2\"");
	assert_value(&res, pass, 2, "2.5");
	assert_value(&res, text, 6, "\"12345678901234567890\"");
	assert_int_equal(mdl_program_type(p, sum)->kind, MDL_T_ANY);
	assert_int_equal(mdl_program_type(p, text)->kind, MDL_T_STRING);
	assert_int_equal(res.fails.n, 2);
	mdl_program_free(p);
}

static void a_guard_keeps_rows_from_failing(void **state)
{
	(void)state;
	static const char *const rows[] = {"{\"a\":1}", "{\"a\":0}", "{\"a\":null}", "{\"a\":\"x\"}"};
	struct mdl_program *p = mdl_program_new(NULL, &session);
	int where = add(p, "CAST(a AS STRING) = '1'", MDL_NO_OUTPUT, MDL_OUT_BOOLEAN);
	int quotient = add(p, "10 / a", where, 0);
	uint32_t kept[4];
	struct mdl_result res = run(p, rows, 4);
	assert_int_equal(res.fails.n, 0);
	assert_int_equal(mdl_program_select(res.out[where], &res.fails, NULL, 4, kept), 1);
	assert_int_equal(kept[0], 0);
	assert_value(&res, quotient, 0, "10.0");
	mdl_program_free(p);
}

static void branches_not_taken_do_not_fail(void **state)
{
	(void)state;
	static const char *const rows[] = {"{\"a\":0}", "{\"a\":2}", "{\"a\":null}"};
	struct mdl_program *p = mdl_program_new(NULL, &session);
	int a = add(p, "CASE WHEN a = 0 THEN -1 ELSE 10 / a END", MDL_NO_OUTPUT, 0);
	int b = add(p, "a <> 0 AND 10 / a > 1", MDL_NO_OUTPUT, 0);
	int c = add(p, "coalesce(nullif(a, 0), 7)", MDL_NO_OUTPUT, 0);
	struct mdl_result res = run(p, rows, 3);
	static const char *const want[3][3] = {
		{"-1.0", "false", "7"}, {"5.0", "true", "2"}, {"null", "null", "7"}};
	for (size_t i = 0; i < 3; i++) {
		assert_value(&res, a, i, want[i][0]);
		assert_value(&res, b, i, want[i][1]);
		assert_value(&res, c, i, want[i][2]);
	}
	mdl_program_free(p);
}

static void declared_columns_convert_as_the_reader_does(void **state)
{
	(void)state;
	static const char *const rows[] = {"{\"Id\":5}", "{\"Id\":\"5\"}", "{\"id\":6}", "{\"Id\":null}"};
	struct mdl_schema *s = mdl_schema_option("Id INT", &err);
	struct mdl_program *p = mdl_program_new(s, &session);
	int k = add(p, "ID", MDL_NO_OUTPUT, 0);
	struct mdl_result res = run(p, rows, 4);
	assert_value(&res, k, 0, "5");
	assert_value(&res, k, 1, "null"); /* BIGINT from "5": corrupt, not cast */
	assert_value(&res, k, 2, "null"); /* JSON names are case-sensitive */
	assert_int_equal(res.bad[k][0], 0);
	assert_int_equal(res.bad[k][1], 1);
	assert_int_equal(res.bad[k][3], 0);
	mdl_program_free(p);
	p = mdl_program_new(s, &session);
	assert_int_equal(mdl_program_add(p, expr("Ids + 1"), MDL_NO_OUTPUT, 0, NULL, &err), -1);
	assert_non_null(strstr(err.msg, "[UNRESOLVED_COLUMN.WITH_SUGGESTION]"));
	assert_non_null(strstr(err.msg, "[`Id`]"));
	mdl_program_free(p);
	mdl_schema_free(s);
}

static struct mdl_agg_plan *plan(const char *text, const struct mdl_schema *s, const char *watermark)
{
	struct mdl_source *src = mdl_arena_alloc(&arena, sizeof(*src));
	struct mdl_select *sel;
	*src = (struct mdl_source){"SELECT", mdl_slice_of(text)};
	if (mdl_parse_select(&arena, src, &sel, &err) < 0)
		fail_msg("%s", err.msg);
	return mdl_agg_plan_new(sel, s, NULL, 0, &session, watermark, &err);
}

static void an_aggregate_is_split_in_three(void **state)
{
	(void)state;
	struct mdl_schema *s =
		mdl_schema_option("ts BIGINT, level STRING, n INT, d DECIMAL(10,2), x DOUBLE", &err);
	struct mdl_agg_plan *p = plan(
		"SELECT window.start AS w, level, count(*), sum(n), sum(n) + 1 AS m, avg(d) AS ad, sum(d) sd, avg(n), "
		"max(x) FILTER (WHERE n > 1) FROM t WHERE n IS NOT NULL "
		"GROUP BY window(timestamp_millis(ts), '10 minutes', '5 minutes', '-1 minute'), level HAVING count(*) > 1",
		s, "timestamp_millis(ts) 30 seconds");
	if (!p)
		fail_msg("%s", err.msg);
	assert_int_equal(p->window.kind, MDL_WINDOW_TIME);
	assert_int_equal(p->window.duration_us, 600000000);
	assert_int_equal(p->window.slide_us, 300000000);
	assert_int_equal(p->window.start_us, -60000000);
	assert_int_equal(p->watermark_delay_us, 30000000);
	assert_int_equal(p->nkeys, 1);
	assert_int_equal(p->ncalls, 6); /* the second sum(n) and count(*) are the first */
	assert_true(p->where >= 0 && p->having >= 0);
	struct mdl_buf b = MDL_BUF_INIT(1 << 16);
	mdl_agg_plan_ddl(&b, p);
	/* The types are those of PySpark 4.1. */
	assert_string_equal(
		mdl_buf_cstr(&b),
		"w TIMESTAMP, level STRING, `count(1)` BIGINT, `sum(n)` BIGINT, m BIGINT, ad DECIMAL(14,6), "
		"sd DECIMAL(20,2), `avg(n)` DOUBLE, `max(x) FILTER (WHERE (n > 1))` DOUBLE");
	mdl_buf_free(&b);
	mdl_agg_plan_free(p);
	assert_null(plan("SELECT level, n GROUP BY level", s, NULL));
	assert_non_null(strstr(err.msg, "[MISSING_AGGREGATION]"));
	assert_null(plan("SELECT count(*) GROUP BY window(timestamp_millis(ts), '1 month')", s, NULL));
	assert_null(plan("SELECT count(*) GROUP BY window(timestamp_millis(ts), '5 minutes', '10 minutes')",
			 s, NULL));
	mdl_schema_free(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(each_row_has_its_tokens_types, setup, teardown),
		cmocka_unit_test_setup_teardown(a_guard_keeps_rows_from_failing, setup, teardown),
		cmocka_unit_test_setup_teardown(branches_not_taken_do_not_fail, setup, teardown),
		cmocka_unit_test_setup_teardown(declared_columns_convert_as_the_reader_does, setup, teardown),
		cmocka_unit_test_setup_teardown(an_aggregate_is_split_in_three, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * The parser: statements of pipelines in all their spellings, places of errors,
 * refusals by name, and the short forms of options.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sql/parse.h"
#include "sql/schema.h"

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

static struct mdl_source *source(const char *text)
{
	struct mdl_source *s = mdl_arena_alloc(&arena, sizeof(*s));
	*s = (struct mdl_source){"q.sql", mdl_slice_of(text)};
	return s;
}

static struct mdl_statement *statements(const char *text, size_t n)
{
	struct mdl_statement *st;
	size_t found;
	if (mdl_parse_statements(&arena, source(text), &st, &found, &err) < 0)
		fail_msg("%s", err.msg);
	assert_int_equal(found, n);
	return st;
}

static const char *refused(const char *text)
{
	struct mdl_statement *st;
	size_t n;
	assert_int_equal(mdl_parse_statements(&arena, source(text), &st, &n, &err), -1);
	assert_int_equal(err.status, MDL_TROUBLE);
	return err.msg;
}

static void assert_slice(struct mdl_slice s, const char *want)
{
	assert_int_equal(s.n, strlen(want));
	assert_memory_equal(s.p, want, s.n);
}

static void a_streaming_table_with_everything(void **state)
{
	(void)state;
	struct mdl_statement *st = statements(
		"-- the silver table\n"
		"CREATE OR REFRESH STREAMING TABLE silver.listen_events (\n"
		"  ts BIGINT NOT NULL COMMENT 'epoch ms', `odd name` STRING DEFAULT 'x', price DECIMAL(10, 2),\n"
		"  tags ARRAY<STRUCT<k: STRING, v: MAP<STRING, INT>>>,\n"
		"  day DATE GENERATED ALWAYS AS (CAST(timestamp_millis(ts) AS DATE)),\n"
		"  CONSTRAINT has_ts EXPECT (ts IS NOT NULL) ON VIOLATION DROP ROW,\n"
		"  CONSTRAINT sane EXPECT (ts > 0) ON VIOLATION FAIL UPDATE,\n"
		"  CONSTRAINT warns EXPECT (price >= 0))\n"
		"PARTITIONED BY (day) CLUSTER BY (ts, price) COMMENT 'events' /* a /* nested */ comment */\n"
		"TBLPROPERTIES ('quality' = 'silver', pipelines.reset = true)\n"
		"AS SELECT * EXCEPT (junk) FROM STREAM(raw.listen_events) WATERMARK timestamp_millis(ts) DELAY OF INTERVAL 10 MINUTES\n"
		"WHERE ts > 5;\n",
		1);
	assert_int_equal(st->kind, MDL_ST_STREAMING_TABLE);
	assert_slice(st->name, "silver.listen_events");
	assert_int_equal(st->ncolumns, 5);
	assert_true(st->columns[0].not_null);
	assert_slice(st->columns[0].comment, "epoch ms");
	assert_slice(st->columns[1].name, "odd name");
	assert_non_null(st->columns[1].default_expr);
	assert_true(mdl_type_eq(st->columns[2].type, mdl_type_decimal(10, 2)));
	assert_string_equal(mdl_type_name(&arena, st->columns[3].type),
			    "ARRAY<STRUCT<k: STRING, v: MAP<STRING, INT>>>");
	assert_non_null(st->columns[4].generated_expr);
	assert_int_equal(st->nconstraints, 3);
	assert_int_equal(st->constraints[0].on_violation, MDL_ON_DROP);
	assert_int_equal(st->constraints[1].on_violation, MDL_ON_FAIL);
	assert_int_equal(st->constraints[2].on_violation, MDL_ON_WARN);
	assert_int_equal(st->npartition_by, 1);
	assert_int_equal(st->ncluster_by, 2);
	assert_int_equal(st->nproperties, 2);
	assert_non_null(st->watermark);
	assert_int_equal(st->watermark_delay_us, 600000000);
	assert_true(st->select->from.stream);
	assert_slice(st->select->from.name, "raw.listen_events");
	assert_int_equal(st->select->items[0].expr->nexcept, 1);
	assert_non_null(st->select->where);
}

static void older_spellings(void **state)
{
	(void)state;
	struct mdl_statement *st = statements(
		"CREATE STREAMING LIVE TABLE a AS SELECT * FROM STREAM(LIVE.b);"
		"CREATE OR REFRESH LIVE TABLE c AS SELECT 1 x FROM LIVE.a; ;"
		"CREATE TEMPORARY LIVE VIEW v (CONSTRAINT k EXPECT (x > 0)) AS SELECT * FROM STREAM b;"
		"CREATE MATERIALIZED VIEW m AS SELECT x, count(*) FROM t GROUP BY 1;"
		"CREATE STREAMING TABLE f AS SELECT * FROM STREAM read_files('/x', format => 'json')",
		5);
	assert_int_equal(st[0].kind, MDL_ST_STREAMING_TABLE);
	assert_int_equal(st[1].kind, MDL_ST_MATERIALIZED_VIEW);
	assert_int_equal(st[2].kind, MDL_ST_VIEW);
	assert_int_equal(st[2].nconstraints, 1);
	assert_int_equal(st[3].select->ngroup, 1);
	assert_true(st[4].select->from.stream);
}

static void errors_show_the_place(void **state)
{
	(void)state;
	assert_string_equal(refused("CREATE STREAMING TABLE t (\n\ta INT,\n\tb INTT\n) AS SELECT 1"),
			    "q.sql:3:4: [UNSUPPORTED_DATATYPE] Unsupported data type \"INTT\"\n"
			    "  \tb INTT\n"
			    "  \t  ^");
	assert_string_equal(refused("SELECT a FORM t x"),
			    "q.sql:1:15: [PARSE_SYNTAX_ERROR] Syntax error at or near 't'\n"
			    "  SELECT a FORM t x\n"
			    "                ^");
	assert_non_null(strstr(refused("SELECT 'abc"), "q.sql:1:8: [PARSE_SYNTAX_ERROR]"));
	assert_non_null(strstr(refused("SELECT /* a"), "[UNCLOSED_BRACKETED_COMMENT]"));
	assert_non_null(strstr(refused("SELECT a +"), "end of input"));
	assert_non_null(strstr(refused("SELECT \xff"), "not UTF-8"));
}

static void what_is_not_carried_out_is_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *name;
	} cases[] = {
		{"INSERT INTO t VALUES (1)", "INSERT"},
		{"SELECT a FROM t ORDER BY a", "ORDER BY"},
		{"SELECT a FROM t LIMIT 5", "LIMIT"},
		{"SELECT a FROM t UNION SELECT b FROM u", "UNION"},
		{"SELECT sum(a) OVER (PARTITION BY b) FROM t", "OVER"},
		{"SELECT (SELECT 1)", "subqueries"},
		{"SELECT a FROM t, u", "several relations"},
		{"WITH RECURSIVE x AS (SELECT 1) SELECT * FROM x", "RECURSIVE"},
		{"SELECT a FROM t GROUP BY CUBE (a)", "CUBE"},
		{"CREATE STREAMING TABLE t (a INT MASK f) AS SELECT 1", "MASK"},
		{"CREATE STREAMING TABLE t (id BIGINT GENERATED ALWAYS AS IDENTITY) AS SELECT 1", "IDENTITY"},
		{"CREATE FLOW f AS AUTO CDC INTO t FROM s KEYS (a) SEQUENCE BY b", "CREATE"},
		{"DROP TABLE t", "DROP"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		const char *msg = refused(cases[i].text);
		if (!strstr(msg, "[UNSUPPORTED_FEATURE]") || !strstr(msg, cases[i].name))
			fail_msg("%s: %s", cases[i].text, msg);
	}
}

static void names_as_spark_generates_them(void **state)
{
	(void)state;
	/* The right sides are df.columns of PySpark 4.1. */
	static const char *const cases[][2] = {
		{"a + 1", "(a + 1)"},
		{"a = 1 AND NOT b", "((a = 1) AND (NOT b))"},
		{"a <> 1", "(NOT (a = 1))"},
		{"upper(s)", "upper(s)"},
		{"CAST(a AS STRING)", "CAST(a AS STRING)"},
		{"a IN (1, 2)", "(a IN (1, 2))"},
		{"a IS NOT NULL", "(a IS NOT NULL)"},
		{"x.y", "y"},
		{"s || 'x'", "concat(s, x)"},
		{"CASE WHEN a > 1 THEN 'b' ELSE 'c' END", "CASE WHEN (a > 1) THEN b ELSE c END"},
		{"count(*)", "count(1)"},
		{"-a", "(- a)"},
		{"s LIKE 'x%'", "s LIKE x%"},
	};
	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		struct mdl_expr *e;
		struct mdl_buf b = MDL_BUF_INIT(1 << 16);
		assert_int_equal(mdl_parse_expr(&arena, source(cases[i][0]), &e, &err), 0);
		mdl_expr_print(&b, e);
		assert_string_equal(mdl_buf_cstr(&b), cases[i][1]);
		mdl_buf_free(&b);
	}
}

static void watermarks_and_keys(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		int64_t us;
	} good[] = {{"timestamp_millis(ts) 10 minutes", 600000000},
		    {"ts INTERVAL 1 HOUR", 3600000000},
		    {"ts '1 hour 30 minutes'", 5400000000},
		    {"ts INTERVAL '10' MINUTE", 600000000},
		    {"ts 1.5 seconds", 1500000},
		    {"ts 0 seconds", 0},
		    {"ts DELAY OF INTERVAL 2 DAYS", 172800000000}};
	struct mdl_expr *e, **keys;
	int64_t us;
	size_t n;
	for (size_t i = 0; i < sizeof(good) / sizeof(*good); i++) {
		if (mdl_parse_watermark(&arena, source(good[i].text), &e, &us, &err) < 0)
			fail_msg("%s", err.msg);
		assert_int_equal(us, good[i].us);
	}
	assert_int_equal(mdl_parse_watermark(&arena, source("ts"), &e, &us, &err), -1);
	assert_int_equal(mdl_parse_watermark(&arena, source("ts 1 month"), &e, &us, &err), -1);
	assert_int_equal(mdl_parse_watermark(&arena, source("ts -5 minutes"), &e, &us, &err), -1);
	assert_int_equal(
		mdl_parse_keys(&arena, source("userId, device.id,`odd name`, a[0].b"), &keys, &n, &err), 0);
	assert_int_equal(n, 4);
	assert_int_equal(keys[1]->nparts, 2);
	assert_slice(keys[2]->parts[0], "odd name");
	assert_int_equal(mdl_parse_keys(&arena, source("upper(a)"), &keys, &n, &err), -1);
}

static void expectations_of_options(void **state)
{
	(void)state;
	struct mdl_schema *s = mdl_schema_new();
	assert_int_equal(mdl_schema_expect(s, "has_user EXPECT (userId IS NOT NULL) ON VIOLATION DROP ROW",
					   "--expect", &err),
			 0);
	assert_int_equal(mdl_schema_expect(s, "CONSTRAINT b EXPECT (x)", "--expect", &err), 0);
	assert_int_equal(s->st->nconstraints, 2);
	assert_int_equal(mdl_schema_expect(s, "b EXPECT (y)", "--expect", &err), -1);
	assert_non_null(strstr(err.msg, "b is there already"));
	assert_int_equal(mdl_schema_expect(s, "c EXPECT y", "--expect", &err), -1);
	assert_non_null(strstr(err.msg, "--expect:1:10:"));
	mdl_schema_free(s);
	s = mdl_schema_option("a INT NOT NULL, B STRING, CONSTRAINT k EXPECT (a > 0)", &err);
	assert_non_null(s);
	assert_int_equal(mdl_schema_find(s, MDL_SLICE("A")), 0);
	assert_int_equal(mdl_schema_find(s, MDL_SLICE("b")), 1);
	assert_int_equal(mdl_schema_find(s, MDL_SLICE("c")), -1);
	mdl_schema_free(s);
	assert_null(mdl_schema_option("a INT, a INT", &err));
}

static void depth_is_an_error_and_not_a_crash(void **state)
{
	(void)state;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_puts(&b, "SELECT ");
	for (int i = 0; i < 100000; i++)
		mdl_buf_putc(&b, '(');
	refused(mdl_buf_cstr(&b));
	mdl_buf_clear(&b);
	mdl_buf_puts(&b, "SELECT 1");
	for (int i = 0; i < 100000; i++)
		mdl_buf_puts(&b, "+1");
	assert_non_null(strstr(refused(mdl_buf_cstr(&b)), "nested"));
	mdl_buf_clear(&b);
	mdl_buf_puts(&b, "SELECT ");
	for (int i = 0; i < 100000; i++)
		mdl_buf_puts(&b, "NOT ");
	refused(mdl_buf_cstr(&b));
	mdl_buf_free(&b);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(a_streaming_table_with_everything, setup, teardown),
		cmocka_unit_test_setup_teardown(older_spellings, setup, teardown),
		cmocka_unit_test_setup_teardown(errors_show_the_place, setup, teardown),
		cmocka_unit_test_setup_teardown(what_is_not_carried_out_is_named, setup, teardown),
		cmocka_unit_test_setup_teardown(names_as_spark_generates_them, setup, teardown),
		cmocka_unit_test_setup_teardown(watermarks_and_keys, setup, teardown),
		cmocka_unit_test_setup_teardown(expectations_of_options, setup, teardown),
		cmocka_unit_test_setup_teardown(depth_is_an_error_and_not_a_crash, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

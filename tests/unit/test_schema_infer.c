/* SPDX-License-Identifier: MIT
 *
 * Columns that records tell, and how they grow. Types of values are compared with Spark in spark/infer_columns; here is what
 * Auto Loader's documentation says of growing and of hints.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "sql/schema_infer.h"

struct fixture {
	struct mdl_arena a;
	struct mdl_schema_infer infer;
	struct mdl_buf text;
};

static void begin(struct fixture *x)
{
	mdl_arena_init(&x->a);
	mdl_schema_infer_init(&x->infer);
	mdl_buf_init(&x->text, MDL_BUF_NO_LIMIT);
}

static void end(struct fixture *x)
{
	mdl_schema_infer_free(&x->infer);
	mdl_buf_free(&x->text);
	mdl_arena_free(&x->a);
}

static void see(struct fixture *x, const char *line)
{
	mdl_schema_infer_see(&x->infer, mdl_slice_of(line), &x->a);
}

static const char *grown(struct fixture *x, const char *columns, const char *hints)
{
	struct mdl_err err = MDL_ERR_INIT;
	const struct mdl_type *t = NULL;
	struct mdl_schema_hint *h = NULL;
	struct mdl_source src = {"hints", mdl_slice_of(hints ? hints : "")};
	size_t n = 0;
	if (columns)
		assert_int_equal(mdl_type_parse(&x->a, mdl_slice_of(columns), &t, &err), 0);
	if (hints)
		assert_int_equal(mdl_parse_hints(&x->a, &src, &h, &n, &err), 0);
	mdl_buf_clear(&x->text);
	mdl_type_ddl(&x->text, mdl_schema_infer_grow(&x->a, t, &x->infer, h, n));
	return mdl_buf_cstr(&x->text);
}

static void old_columns_keep_place_and_type(void **state)
{
	struct fixture x;
	(void)state;
	begin(&x);
	see(&x,
	    " { \"z\" : 1, \"a\": \"now a text\", \"s\": {\"q\": 1, \"b\": 2}, \"l\": [{\"n\": true}], \"_metadata\": {\"f\": 1} } ");
	see(&x, "{\"A\":5,\"e\":{},\"E2\":[{}]}");
	assert_string_equal(
		grown(&x, "STRUCT<m: DATE, a: BIGINT, s: STRUCT<b: STRING>, l: ARRAY<STRUCT<k: INT>>>", NULL),
		"STRUCT<m: DATE, a: BIGINT, s: STRUCT<b: STRING, q: BIGINT>, l: ARRAY<STRUCT<k: INT, n: BOOLEAN>>, "
		"E2: ARRAY<STRING>, z: BIGINT>");
	end(&x);
}

static void hints_win(void **state)
{
	struct fixture x;
	(void)state;
	begin(&x);
	see(&x, "{\"a\":1,\"s\":{\"d\":\"x\"},\"l\":[1,2]}");
	assert_string_equal(
		grown(&x, NULL,
		      "A DECIMAL(5,2), s.d DATE, l.element TINYINT, m MAP<STRING, INT>, m.value DOUBLE, `x y`.z INT"),
		"STRUCT<a: DECIMAL(5,2), l: ARRAY<TINYINT>, s: STRUCT<d: DATE>, m: MAP<STRING, DOUBLE>, `x y`: STRUCT<z: INT>>");
	end(&x);
}

static void a_new_member_is_one_that_would_grow(void **state)
{
	static const struct {
		const char *line;
		bool is_new;
	} t[] = {
		{"{}", false},
		{"{\"a\":1,\"A\":2,\"_rescued_data\":\"x\"}", false},
		{"{\"b\":null}", true},
		{"{\"b\":{}}", false},
		{"{\"b\":{\"c\":{}}}", false},
		{"{\"b\":[{}]}", true},
		{"{\"s\":{\"d\":1}}", true},
		{"{\"s\":{\"\\u0063\":1}}", false},
		{"{\"s\":5}", false},
		{"{\"l\":[{\"k\":1},{\"K\":1}]}", false},
		{"{\"l\":[null,{\"k\":1,\"n\":0}]}", true},
	};
	struct mdl_err err = MDL_ERR_INIT;
	const struct mdl_type *columns;
	struct mdl_buf name = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	(void)state;
	for (size_t i = 0; i < sizeof(t) / sizeof(*t); i++) {
		struct fixture x;
		begin(&x);
		static const char ddl[] = "STRUCT<a: BIGINT, s: STRUCT<c: INT>, l: ARRAY<STRUCT<k: INT>>>";
		assert_int_equal(mdl_type_parse(&x.a, mdl_slice_of(ddl), &columns, &err), 0);
		assert_int_equal(mdl_schema_infer_is_new(columns, mdl_slice_of(t[i].line), &name),
				 t[i].is_new);
		see(&x, t[i].line);
		assert_int_equal(strcmp(grown(&x, ddl, NULL), ddl) != 0, t[i].is_new);
		end(&x);
	}
	mdl_buf_free(&name);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(old_columns_keep_place_and_type),
		cmocka_unit_test(hints_win),
		cmocka_unit_test(a_new_member_is_one_that_would_grow),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

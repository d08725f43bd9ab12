/* SPDX-License-Identifier: MIT
 *
 * Rows with values that do not fit. What is expected of PERMISSIVE is what Spark 4.1
 * gives (tests/data/spark-json-reader.ndjson), of _rescued_data what Databricks'
 * documentation shows.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "op/misfit.h"

struct fixture {
	struct mdl_schema *schema;
	struct mdl_scan *scan;
	struct mdl_arena arena;
	struct mdl_misfit_fixer fixer;
	struct mdl_buf out;
};

static void begin(struct fixture *x, const char *ddl)
{
	struct mdl_err err = MDL_ERR_INIT;
	const char *paths[] = {"a", "_metadata.file_path"};
	x->schema = mdl_schema_option(ddl, &err);
	assert_non_null(x->schema);
	x->scan = mdl_scan_new(paths, 2, &err);
	mdl_arena_init(&x->arena);
	mdl_misfit_init(&x->fixer, x->schema, "UTC");
	x->fixer.arena = &x->arena;
	mdl_buf_init(&x->out, MDL_BUF_NO_LIMIT);
}

static void end(struct fixture *x)
{
	mdl_buf_free(&x->out);
	mdl_misfit_free(&x->fixer);
	mdl_arena_free(&x->arena);
	mdl_scan_free(x->scan);
	mdl_schema_free(x->schema);
}

/* LINE, in which the value of column a does not fit. */
static const char *permissive(struct fixture *x, const char *line)
{
	struct mdl_json_value cells[2];
	assert_int_equal(mdl_scan_line(x->scan, mdl_slice_of(line), cells, NULL, NULL), MDL_SCAN_OK);
	struct mdl_misfit bad = {x->schema->st->columns[0].type, cells[0]};
	mdl_buf_clear(&x->out);
	assert_true(mdl_misfit_permissive(&x->fixer, &x->out, mdl_slice_of(line), &bad, 1));
	return mdl_buf_cstr(&x->out);
}

static const char *rescue(struct fixture *x, const char *line, bool misfit)
{
	struct mdl_json_value cells[2];
	assert_int_equal(mdl_scan_line(x->scan, mdl_slice_of(line), cells, NULL, NULL), MDL_SCAN_OK);
	struct mdl_misfit bad = {x->schema->st->columns[0].type, cells[0]};
	mdl_buf_clear(&x->out);
	assert_true(mdl_misfit_rescue(&x->fixer, &x->out, mdl_slice_of(line), &bad, misfit, &cells[1]));
	return mdl_buf_cstr(&x->out);
}

static void only_the_misfit_becomes_null(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, "a INT, b STRING");
	assert_string_equal(
		permissive(&x, "{\"b\": 1.50,\"a\":\"one\"}"),
		"{\"b\": 1.50,\"a\":null,\"_corrupt_record\":\"{\\\"b\\\": 1.50,\\\"a\\\":\\\"one\\\"}\"}");
	/* the last of two counts; the earlier one stays */
	assert_string_equal(permissive(&x, "{\"a\":1,\"a\":{}}"),
			    "{\"a\":1,\"a\":null,\"_corrupt_record\":\"{\\\"a\\\":1,\\\"a\\\":{}}\"}");
	end(&x);
}

static void nested_values_become_null_in_part(void **state)
{
	(void)state;
	static const struct {
		const char *ddl, *line, *start;
	} t[] = {
		{"a STRUCT<x: INT, y: STRING>", "{\"a\":{\"x\":\"1\",\"y\":[1, 2],\"z\":0}}",
		 "{\"a\":{\"x\":null,\"y\":[1, 2],\"z\":0},\"_corrupt_record\":"},
		{"a STRUCT<t: STRUCT<x: INT>, u: INT>", "{\"a\":{\"t\":{\"x\":1.5},\"u\": 3}}",
		 "{\"a\":{\"t\":{\"x\":null},\"u\":3},\"_corrupt_record\":"},
		{"a ARRAY<STRUCT<x: INT>>", "{\"a\":[{\"x\":\"1\"}, {\"x\":2},null]}",
		 "{\"a\":[{\"x\":null},{\"x\":2},null],\"_corrupt_record\":"},
		{"a ARRAY<INT>", "{\"a\":[1,\"x\"]}", "{\"a\":null,\"_corrupt_record\":"},
		{"a MAP<STRING, STRUCT<x: INT>>", "{\"a\":{\"k\":{\"x\":true}}}",
		 "{\"a\":{\"k\":{\"x\":null}},\"_corrupt_record\":"},
		{"a MAP<STRING, INT>", "{\"a\":{\"k\":1,\"l\":\"x\"}}", "{\"a\":null,\"_corrupt_record\":"},
		{"a STRUCT<x: ARRAY<INT>, y: INT>", "{\"a\":{\"x\":[1,\"2\"],\"y\":1}}",
		 "{\"a\":{\"x\":null,\"y\":1},\"_corrupt_record\":"},
	};
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct fixture x;
		begin(&x, t[i].ddl);
		const char *got = permissive(&x, t[i].line);
		if (!mdl_slice_starts(mdl_slice_of(got), mdl_slice_of(t[i].start)))
			assert_string_equal(got, t[i].start);
		end(&x);
	}
}

static void what_the_table_does_not_have_is_rescued(void **state)
{
	(void)state;
	struct fixture x;
	begin(&x, "a INT, b STRING");
	assert_string_equal(
		rescue(&x, "{\"a\":\"$100.00\",\"b\":\"x\",\"_metadata\":{\"file_path\":\"dbfs:/lab.csv\"}}",
		       true),
		"{\"a\":null,\"b\":\"x\",\"_metadata\":{\"file_path\":\"dbfs:/lab.csv\"},\"_rescued_data\":"
		"\"{\\\"a\\\":\\\"$100.00\\\",\\\"_file_path\\\":\\\"dbfs:/lab.csv\\\"}\"}");
	assert_string_equal(rescue(&x, "{\"A\":1, \"a\": 2, \"n\" : [ 1.50 , 1e3 ]}", false),
			    "{\"a\": 2,\"_rescued_data\":\"{\\\"A\\\":1,\\\"n\\\":[1.50,1e3]}\"}");
	end(&x);
}

static void unknown_members_are_found(void **state)
{
	(void)state;
	static const struct {
		const char *line, *name;
	} t[] = {
		{"{\"a\":1,\"b\":2}", NULL},
		{"{\"b\":1,\"a\":2,\"a\":3}", NULL},
		{"{\"\\u0061\":1,\"_metadata\":{},\"_corrupt_record\":null,\"_rescued_data\":null,\"_error\":0}",
		 NULL},
		{"{\"a\":1,\"B\":2}", "B"},
		{"{\"a\":{\"c\":1},\"c\\n\":1}", "c\\n"},
		{"{\"\":1}", ""},
	};
	struct fixture x;
	begin(&x, "a INT, b STRING");
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		struct mdl_slice name;
		assert_int_equal(mdl_misfit_unknown(&x.fixer, mdl_slice_of(t[i].line), &name),
				 t[i].name != NULL);
		if (t[i].name)
			assert_true(mdl_slice_is(name, t[i].name));
	}
	end(&x);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(only_the_misfit_becomes_null),
		cmocka_unit_test(nested_values_become_null_in_part),
		cmocka_unit_test(what_the_table_does_not_have_is_rescued),
		cmocka_unit_test(unknown_members_are_found),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

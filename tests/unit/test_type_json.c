/* SPDX-License-Identifier: MIT
 *
 * Types as Spark's JSON. What is expected is what PySpark 4.1 prints for
 * StructType.fromDDL(ddl).json(), without the order of its keys.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "sql/type_json.h"

static const char ddl[] =
	"STRUCT<a: BOOLEAN, b: TINYINT, c: SMALLINT, d: INT, e: BIGINT, f: FLOAT, g: DOUBLE, "
	"h: DECIMAL(38,3), i: STRING, j: BINARY, k: DATE, l: TIMESTAMP, m: TIMESTAMP_NTZ, "
	"n: INTERVAL DAY TO SECOND, o: INTERVAL YEAR, p: ARRAY<STRUCT<`x y`: INT>>, "
	"q: MAP<STRING, ARRAY<INT>>, r: VOID>";

/* Columns of a plain type; the nested ones follow. */
static const char *const plain[] = {
	"boolean",       "byte",
	"short",         "integer",
	"long",          "float",
	"double",        "decimal(38,3)",
	"string",        "binary",
	"date",          "timestamp",
	"timestamp_ntz", "interval day to second",
	"interval year",
};

static void expected(struct mdl_buf *b)
{
	mdl_buf_puts(b, "{\"type\":\"struct\",\"fields\":[");
	for (size_t i = 0; i < sizeof(plain) / sizeof(*plain); i++)
		mdl_buf_printf(b, "{\"name\":\"%c\",\"type\":\"%s\",\"nullable\":true,\"metadata\":{}},",
			       (int)('a' + i), plain[i]);
	mdl_buf_puts(
		b,
		"{\"name\":\"p\",\"type\":{\"type\":\"array\",\"elementType\":{\"type\":\"struct\",\"fields\":["
		"{\"name\":\"x y\",\"type\":\"integer\",\"nullable\":true,\"metadata\":{}}]},\"containsNull\":true},"
		"\"nullable\":true,\"metadata\":{}},");
	mdl_buf_puts(
		b,
		"{\"name\":\"q\",\"type\":{\"type\":\"map\",\"keyType\":\"string\",\"valueType\":{\"type\":\"array\","
		"\"elementType\":\"integer\",\"containsNull\":true},\"valueContainsNull\":true},"
		"\"nullable\":true,\"metadata\":{}},");
	mdl_buf_puts(b, "{\"name\":\"r\",\"type\":\"void\",\"nullable\":true,\"metadata\":{}}]}");
}

static void both_ways(void **state)
{
	struct mdl_arena a;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), want = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	const struct mdl_type *t, *back;
	(void)state;
	mdl_arena_init(&a);
	assert_int_equal(mdl_type_parse(&a, mdl_slice_of(ddl), &t, &err), 0);
	mdl_type_json(&b, t);
	expected(&want);
	assert_string_equal(mdl_buf_cstr(&b), mdl_buf_cstr(&want));
	assert_int_equal(mdl_type_json_parse(&a, mdl_buf_slice(&want), "here", &back, &err), 0);
	assert_true(mdl_type_eq(t, back));
	mdl_buf_free(&want);
	mdl_buf_free(&b);
	mdl_arena_free(&a);
}

static void what_is_no_type_is_refused(void **state)
{
	static const char *const bad[] = {"",
					  "1",
					  "\"int64\"",
					  "\"decimal(40,2)\"",
					  "{\"type\":\"struct\",\"fields\":[{\"type\":\"long\"}]}",
					  "{\"type\":\"array\"}",
					  "{\"type\":\"udt\"}",
					  "{}"};
	(void)state;
	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		struct mdl_arena a;
		struct mdl_err err = MDL_ERR_INIT;
		const struct mdl_type *t;
		mdl_arena_init(&a);
		assert_int_equal(mdl_type_json_parse(&a, mdl_slice_of(bad[i]), "here", &t, &err), -1);
		assert_int_equal(err.status, MDL_TROUBLE);
		mdl_arena_free(&a);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_ways),
		cmocka_unit_test(what_is_no_type_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

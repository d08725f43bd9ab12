/* SPDX-License-Identifier: MIT
 *
 * The log of columns: the newest counts, none is written twice, and what is damaged is refused.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/file.h"
#include "state/schema_log.h"

static char dir[] = "/tmp/medal-schema-log-XXXXXX";
static struct mdl_arena arena;

static const struct mdl_type *type_of(const char *ddl)
{
	struct mdl_err err = MDL_ERR_INIT;
	const struct mdl_type *t = NULL;
	assert_int_equal(mdl_type_parse(&arena, mdl_slice_of(ddl), &t, &err), 0);
	return t;
}

static void put(const char *name, const char *text)
{
	struct mdl_err err = MDL_ERR_INIT;
	char *folder = mdl_path_join(dir, "_schemas");
	assert_int_equal(mdl_file_replace(folder, name, mdl_slice_of(text), &err), 0);
	free(folder);
}

static void the_newest_counts(void **state)
{
	struct mdl_err err = MDL_ERR_INIT;
	const struct mdl_type *t;
	int64_t n;
	(void)state;
	assert_int_equal(mdl_schema_log_read(dir, &arena, &t, &n, &err), 0);
	assert_null(t);
	assert_int_equal(n, -1);
	for (int64_t k = 0; k < 11; k++)
		assert_int_equal(mdl_schema_log_add(dir, k,
						    type_of(k < 10 ? "STRUCT<a: INT>"
								   : "STRUCT<a: INT, b: ARRAY<DATE>>"),
						    &err),
				 0);
	assert_int_equal(mdl_schema_log_read(dir, &arena, &t, &n, &err), 0);
	assert_int_equal(n, 10);
	assert_true(mdl_type_eq(t, type_of("STRUCT<a: INT, b: ARRAY<DATE>>")));
}

static void nothing_is_written_twice(void **state)
{
	struct mdl_err err = MDL_ERR_INIT;
	(void)state;
	assert_int_equal(mdl_schema_log_add(dir, 10, type_of("STRUCT<c: INT>"), &err), -1);
	assert_int_equal(err.status, MDL_RETRY);
}

static void what_is_damaged_is_refused(void **state)
{
	static const char *const texts[] = {"",
					    "v2\n{}",
					    "v1\n{",
					    "v1\n{}",
					    "v1\n{\"dataSchemaJson\":\"x\"}",
					    "v1\n{\"dataSchemaJson\":\"\\\"long\\\"\"}"};
	(void)state;
	for (size_t i = 0; i < sizeof(texts) / sizeof(*texts); i++) {
		struct mdl_err err = MDL_ERR_INIT;
		const struct mdl_type *t;
		int64_t n;
		put("11", texts[i]);
		assert_int_equal(mdl_schema_log_read(dir, &arena, &t, &n, &err), -1);
		assert_int_equal(err.status, MDL_TROUBLE);
		assert_non_null(strstr(err.msg, "_schemas/11"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_newest_counts),
		cmocka_unit_test(nothing_is_written_twice),
		cmocka_unit_test(what_is_damaged_is_refused),
	};
	if (!mkdtemp(dir))
		return 1;
	mdl_arena_init(&arena);
	int r = cmocka_run_group_tests(tests, NULL, NULL);
	mdl_arena_free(&arena);
	char command[80];
	snprintf(command, sizeof(command), "rm -r %s", dir);
	return system(command) ? 1 : r;
}

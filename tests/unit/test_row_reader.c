/* SPDX-License-Identifier: MIT
 *
 * Which lines are good records, and why the others are none.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "op/row_reader.h"

static const char text[] = "{\"a\":1}\n"
			   "{\"a\":1\n"
			   "\n"
			   "{\"a\":{\"_corrupt_record\":\"x\"},\"_corrupt_record\":null}\n"
			   "{\"_corrupt_record\":\"x\",\"a\":2}\n"
			   "{\"_med\\u0061l\":\"end\"}\n"
			   "{\"b c\":3,\"a\":4,\"a\":5}\n";

enum { LINES = 7 };

static void good_records_are_selected(void **state)
{
	(void)state;
	char *block = mdl_zalloc(sizeof(text) + MDL_SCAN_PADDING);
	memcpy(block, text, sizeof(text) - 1);
	struct mdl_slice lines[LINES];
	char *p = block;
	for (size_t i = 0; i < LINES; i++) {
		char *end = strchr(p, '\n');
		lines[i] = (struct mdl_slice){p, (size_t)(end - p)};
		p = end + 1;
	}
	struct mdl_arena arena;
	mdl_arena_init(&arena);
	struct mdl_batch b = {.lines = lines, .n = LINES, .first_line = 1, .arena = &arena};
	struct mdl_row_reader r;
	struct mdl_err err = MDL_ERR_INIT;
	const char *paths[] = {"a"};
	char *extra = mdl_row_reader_path(MDL_SLICE("b c"));
	const char *extras[] = {extra};
	assert_int_equal(mdl_row_reader_init(&r, paths, 1, extras, 1, &err), 0);
	mdl_row_reader_read(&r, &b);
	static const uint8_t want[LINES] = {MDL_SCAN_OK,    MDL_SCAN_CORRUPT,  MDL_SCAN_BLANK, MDL_SCAN_OK,
					    MDL_ROW_MARKED, MDL_SCAN_RESERVED, MDL_SCAN_OK};
	assert_memory_equal(r.verdicts, want, LINES);
	static const uint32_t good[] = {0, 3, 6};
	assert_int_equal(r.n, 3);
	assert_memory_equal(r.sel, good, sizeof(good));
	assert_int_equal(r.cols[0][6].kind, MDL_JSON_INT);
	assert_memory_equal(r.cols[0][6].p, "5", 1);
	assert_int_equal(r.cols[1][0].kind, MDL_JSON_MISSING);
	assert_memory_equal(r.cols[1][6].p, "3", 1);
	assert_non_null(strstr(mdl_row_reader_why(&r, &b, 1), " at byte 6"));
	assert_string_equal(mdl_row_reader_why(&r, &b, 4), "its _corrupt_record is a string");
	assert_string_equal(mdl_row_reader_why(&r, &b, 5), "its first member is the reserved _medal");
	mdl_row_reader_free(&r);
	mdl_arena_free(&arena);
	free(extra);
	free(block);
}

static void names_are_quoted_as_paths(void **state)
{
	(void)state;
	static const struct {
		const char *name, *want;
	} t[] = {{"a", "a"},    {"1", "`1`"},     {"", "``"}, {"a.b[0]", "`a.b[0]`"},
		 {"`", "````"}, {"x`y", "`x``y`"}};
	for (size_t i = 0; i < sizeof(t) / sizeof(t[0]); i++) {
		char *path = mdl_row_reader_path(mdl_slice_of(t[i].name));
		assert_string_equal(path, t[i].want);
		free(path);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_records_are_selected),
		cmocka_unit_test(names_are_quoted_as_paths),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

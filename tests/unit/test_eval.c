/* SPDX-License-Identifier: MIT
 *
 * Replays tests/spark/expressions.golden: what Spark says of each expression over one
 * row, with ANSI mode and without. What differs on purpose is listed with its reason.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/alloc.h"
#include "base/file.h"
#include "sql/compile.h"
#include "sql/parse.h"

static const char schema_text[] =
	"a INT, b BIGINT, c DOUBLE, s STRING, d DECIMAL(10,2), t BOOLEAN, n INT, dt DATE, ts TIMESTAMP, "
	"u STRING, nan DOUBLE";
static const char row[] =
	"{\"a\":5,\"b\":7,\"c\":2.5,\"s\":\"hello\",\"d\":12.34,\"t\":true,\"n\":null,\"dt\":\"2024-02-29\","
	"\"ts\":\"2024-02-29 12:34:56.789\",\"u\":\"\xc3\xa9tali\",\"nan\":\"NaN\"}";

/* The error class of a message "file:1:2: [CLASS] ...". */
static void put_class(struct mdl_buf *out, const char *msg)
{
	const char *p = strchr(msg, '['), *end = p ? strchr(p, ']') : NULL;
	mdl_buf_putc(out, '!');
	if (end)
		mdl_buf_put(out, p + 1, (size_t)(end - p - 1));
	else
		mdl_buf_puts(out, msg);
}

static void evaluate(const struct mdl_schema *schema, struct mdl_slice text, bool ansi, struct mdl_buf *out)
{
	struct mdl_arena a;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_source src = {"expression", text};
	struct mdl_session session = {.ansi = ansi, .timezone = "UTC", .now_us = 1700000000000000};
	struct mdl_expr *e;
	mdl_arena_init(&a);
	struct mdl_program *p = mdl_program_new(schema, &session);
	int k;
	mdl_buf_clear(out);
	if (mdl_parse_expr(&a, &src, &e, &err) < 0 ||
	    (k = mdl_program_add(p, e, MDL_NO_OUTPUT, 0, NULL, &err)) < 0 ||
	    mdl_program_finish(p, &err) < 0) {
		put_class(out, err.msg);
	} else {
		size_t n;
		const char *const *paths = mdl_program_paths(p, &n);
		struct mdl_scan *scan = mdl_scan_new(paths, n, &err);
		struct mdl_json_value *cells = mdl_arena_zalloc(&a, (n + 1) * sizeof(*cells));
		const struct mdl_json_value **cols = mdl_arena_zalloc(&a, (n + 1) * sizeof(*cols));
		struct mdl_result res;
		for (size_t i = 0; i < n; i++)
			cols[i] = &cells[i];
		assert_int_equal(mdl_scan_line(scan, mdl_slice_of(row), cells, NULL, NULL), MDL_SCAN_OK);
		assert_int_equal(mdl_program_run(p, cols, NULL, NULL, 1, 1, &a, &res, &err), 0);
		if (res.fails.n)
			mdl_buf_printf(out, "!%s", res.fails.row[0]->class);
		else
			mdl_vec_to_json(out, res.out[k], 0);
		mdl_scan_free(scan);
	}
	mdl_program_free(p);
	mdl_arena_free(&a);
}

/* Spark names more sub-classes than medal does: what medal names must be the beginning. */
static bool agrees(struct mdl_slice want, struct mdl_slice got)
{
	if (mdl_slice_eq(want, got))
		return true;
	if (!want.n || want.p[0] != '!' || !got.n || got.p[0] != '!')
		return false;
	const char *dot = memchr(want.p, '.', want.n), *dot2 = memchr(got.p, '.', got.n);
	size_t n = dot ? (size_t)(dot - want.p) : want.n, m = dot2 ? (size_t)(dot2 - got.p) : got.n;
	return n == m && memcmp(want.p, got.p, n) == 0;
}

/* Expressions where medal differs, each with its reason. */
static const struct {
	const char *expression, *why;
} known_differences[] = {
	{"s RLIKE '['", "Spark shows Java's PatternSyntaxException, without an error class"},
	{"extract(SECOND FROM ts)", "seconds with their fraction are refused; second() has the whole ones"},
};

static bool known(struct mdl_slice expression)
{
	for (size_t i = 0; i < sizeof(known_differences) / sizeof(*known_differences); i++)
		if (mdl_slice_is(expression, known_differences[i].expression))
			return true;
	return false;
}

static size_t check_line(const struct mdl_schema *schema, struct mdl_slice line, struct mdl_buf *got)
{
	const char *tab = memchr(line.p, '\t', line.n);
	struct mdl_slice e = {line.p, (size_t)(tab - line.p)}, want[2];
	const char *tab2 = memchr(tab + 1, '\t', line.n - e.n - 1);
	size_t bad = 0;
	want[0] = (struct mdl_slice){tab + 1, (size_t)(tab2 - tab - 1)};
	want[1] = (struct mdl_slice){tab2 + 1, line.n - (size_t)(tab2 + 1 - line.p)};
	for (size_t i = 0; i < 2; i++) {
		evaluate(schema, e, i == 0, got);
		if (agrees(want[i], mdl_buf_slice(got)))
			continue;
		if (!known(e)) {
			bad++;
			print_error("%.*s (ansi %s): Spark %.*s, medal %s\n", (int)e.n, e.p, i ? "off" : "on",
				    (int)want[i].n, want[i].p, mdl_buf_cstr(got));
		}
	}
	return bad;
}

static void as_spark_says(void **state)
{
	(void)state;
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_buf golden = MDL_BUF_INIT(16 << 20), got = MDL_BUF_INIT(1 << 20);
	const char *dir = getenv("MEDAL_TESTS");
	char path[4096];
	size_t bad = 0, lines = 0;
	snprintf(path, sizeof(path), "%s/spark/expressions.golden", dir ? dir : "tests");
	assert_int_equal(mdl_file_read(path, &golden, &err), 0);
	struct mdl_schema *schema = mdl_schema_option(schema_text, &err);
	assert_non_null(schema);
	for (const char *p = golden.p, *end = p + golden.n, *nl;
	     p < end && (nl = memchr(p, '\n', (size_t)(end - p))); p = nl + 1)
		if (*p != '#') {
			lines++;
			bad += check_line(schema, (struct mdl_slice){p, (size_t)(nl - p)}, &got);
		}
	mdl_schema_free(schema);
	mdl_buf_free(&golden);
	mdl_buf_free(&got);
	assert_true(lines > 300);
	assert_int_equal(bad, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(as_spark_says)};
	return cmocka_run_group_tests(tests, NULL, NULL);
}

/* SPDX-License-Identifier: MIT
 *
 * An expression and rows through the whole engine: the first line is the expression, the
 * others are records, with a few declared columns and without. What compiles
 * must run, and each value must be a JSON text that the scanner takes.
 */
#include <stdint.h>
#include <string.h>

#include "sql/compile.h"
#include "sql/parse.h"
#include "json/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { MAX_ROWS = 16 };

static size_t scan_rows(struct mdl_scan *scan, const char *p, size_t n, struct mdl_arena *a,
			struct mdl_json_value **cols, size_t ncols)
{
	struct mdl_json_value *one = mdl_arena_zalloc(a, (ncols + 1) * sizeof(*one));
	size_t rows = 0;
	while (n && rows < MAX_ROWS) {
		const char *nl = memchr(p, '\n', n);
		size_t len = nl ? (size_t)(nl - p) : n;
		if (mdl_scan_line(scan, (struct mdl_slice){p, len}, one, NULL, NULL) == MDL_SCAN_OK) {
			for (size_t i = 0; i < ncols; i++)
				cols[i][rows] = one[i];
			rows++;
		}
		p += len + (nl != NULL);
		n -= len + (nl != NULL);
	}
	return rows;
}

/* The value is JSON. */
static void check_value(const struct mdl_vec *v, size_t row, struct mdl_scan *scan)
{
	struct mdl_buf b = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_buf_puts(&b, "{\"v\":");
	mdl_vec_to_json(&b, v, row);
	mdl_buf_putc(&b, '}');
	if (mdl_scan_line(scan, mdl_buf_slice(&b), NULL, NULL, NULL) != MDL_SCAN_OK)
		mdl_bug("not JSON: %s", mdl_buf_cstr(&b));
	mdl_buf_free(&b);
}

static void run(const struct mdl_schema *schema, bool ansi, const char *text, size_t n, const char *rows,
		size_t nrows_text)
{
	struct mdl_session session = {.ansi = ansi, .timezone = "UTC", .now_us = 1700000000000000};
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_source src = {"fuzz", {text, n}};
	struct mdl_arena a;
	struct mdl_expr *e;
	size_t np;
	mdl_arena_init(&a);
	struct mdl_program *p = mdl_program_new(schema, &session);
	struct mdl_scan *scan = NULL, *none = mdl_scan_new(NULL, 0, &err);
	int k = -1;
	if (mdl_parse_expr(&a, &src, &e, &err) == 0 &&
	    (k = mdl_program_add(p, e, MDL_NO_OUTPUT, 0, NULL, &err)) >= 0 &&
	    mdl_program_finish(p, &err) == 0) {
		const char *const *paths = mdl_program_paths(p, &np);
		scan = mdl_scan_new(paths, np, &err);
	} else if (!err.msg[0]) {
		mdl_bug("refused without a message");
	}
	if (scan) {
		struct mdl_json_value **cols = mdl_arena_zalloc(&a, (np + 1) * sizeof(*cols));
		struct mdl_result res;
		for (size_t i = 0; i < np; i++)
			cols[i] = mdl_arena_zalloc(&a, MAX_ROWS * sizeof(**cols));
		size_t nr = scan_rows(scan, rows, nrows_text, &a, cols, np);
		if (mdl_program_run(p, (const struct mdl_json_value *const *)cols, NULL, NULL, nr, nr, &a,
				    &res, &err) == 0)
			for (size_t i = 0; i < nr; i++)
				if (!mdl_fails_row(&res.fails, i))
					check_value(res.out[k], i, none);
		mdl_scan_free(scan);
	}
	mdl_scan_free(none);
	mdl_program_free(p);
	mdl_arena_free(&a);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static struct mdl_schema *schema;
	struct mdl_err err = MDL_ERR_INIT;
	const char *p = size ? (const char *)data : "", *nl = size ? memchr(p, '\n', size) : NULL;
	size_t n = nl ? (size_t)(nl - p) : size;
	const char *rows = nl ? nl + 1 : p + n;
	size_t nrows = size - (size_t)(rows - p);
	if (!schema)
		schema = mdl_schema_option(
			"a INT, b BIGINT, c DOUBLE, d DECIMAL(10,2), s STRING, t BOOLEAN, dt DATE, ts TIMESTAMP, "
			"l ARRAY<STRING>, m MAP<STRING, INT>, r STRUCT<x: INT, y: ARRAY<INT>>",
			&err);
	run(schema, true, p, n, rows, nrows);
	run(NULL, true, p, n, rows, nrows);
	run(NULL, false, p, n, rows, nrows);
	return 0;
}

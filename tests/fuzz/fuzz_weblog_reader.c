/* SPDX-License-Identifier: MIT
 *
 * Logs of foreign bytes: the first byte of the input chooses the kind (web-server logs
 * or plain text), the rest is the file. Every row is a record, and every line is a row,
 * a bad row or blank.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "source/text_reader.h"
#include "source/weblog_reader.h"
#include "json/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLACK = 32 };

static void check_records(const struct mdl_rows *rows)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_scan *s = mdl_scan_new(NULL, 0, &err);
	size_t at = 0, n = 0;
	for (; at < rows->text.n; n++) {
		const char *nl = memchr(rows->text.p + at, '\n', rows->text.n - at);
		struct mdl_slice line = {rows->text.p + at, (size_t)(nl - rows->text.p) - at};
		if (mdl_scan_line(s, line, NULL, NULL, NULL) != MDL_SCAN_OK)
			mdl_bug("no record: %.*s", (int)line.n, line.p);
		at += line.n + 1;
	}
	if (n != rows->n)
		mdl_bug("%zu rows in %zu lines", rows->n, n);
	mdl_scan_free(s);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!size)
		return 0;
	size_t n = size - 1, at = 0, used, total = 0;
	struct mdl_weblog_reader w = {(enum mdl_weblog_kind)(data[0] % 4)};
	bool text = data[0] % 5 == 4;
	struct mdl_rows rows;
	char *p = mdl_alloc(n + SLACK);
	if (n)
		memcpy(p, data + 1, n);
	memset(p + n, '"', SLACK);
	mdl_rows_init(&rows);
	while (at < n) {
		mdl_rows_clear(&rows);
		rows.base = p;
		if (text)
			mdl_text_reader_run(p + at, n - at, MDL_ROWS_FINAL, &rows, &used);
		else
			mdl_weblog_reader_run(&w, p + at, n - at, MDL_ROWS_FINAL, &rows, &used);
		if (!used || used > n - at)
			mdl_bug("took %zu of %zu bytes", used, n - at);
		at += used;
		total += rows.n;
		check_records(&rows);
	}
	if (total + rows.blank != rows.line_no - 1)
		mdl_bug("lines are missing");
	mdl_rows_free(&rows);
	free(p);
	return 0;
}

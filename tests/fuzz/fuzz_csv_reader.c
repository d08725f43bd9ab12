/* SPDX-License-Identifier: MIT
 *
 * CSV of foreign bytes: the first byte of the input chooses the options, the rest is the
 * file. Every row is a record, rows and their numbers agree, and a file that is read in
 * pieces gives what it gives as a whole.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "source/csv_reader.h"
#include "json/scan.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { SLACK = 32 };

/* All rows into OUT; the window over the file grows by STEP bytes. */
static int convert(const struct mdl_csv_opts *opts, const char *p, size_t n, size_t step, struct mdl_buf *out,
		   uint64_t *lines)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_csv_reader *c = mdl_csv_reader_new(opts, "fuzz.csv", &err);
	struct mdl_rows rows;
	size_t at = 0, end = 0, used;
	int r = 0;
	if (!c)
		mdl_bug("options are refused: %s", err.msg);
	mdl_rows_init(&rows);
	while (!r) {
		end = n - end < step ? n : end + step;
		char *window = mdl_alloc(end - at + SLACK);
		if (end > at)
			memcpy(window, p + at, end - at);
		memset(window + (end - at), '"', SLACK);
		mdl_rows_clear(&rows);
		rows.base = window;
		r = mdl_csv_reader_run(c, window, end - at, end < n ? MDL_ROWS_MORE : MDL_ROWS_FINAL, &rows,
				       &used, &err);
		if (r && !err.msg[0])
			mdl_bug("an error without a message");
		if (!r && used > end - at)
			mdl_bug("more was taken than was given");
		if (!r && end == n && at < n && !used)
			mdl_bug("the end of the file is not converted");
		size_t found = 0;
		for (size_t i = 0; i < rows.text.n; i++)
			found += rows.text.p[i] == '\n';
		if (found != rows.n)
			mdl_bug("%zu rows in %zu lines", rows.n, found);
		for (size_t i = 0; i < rows.nbad; i++)
			if (rows.bad[i].row >= rows.n || rows.bad[i].raw.p < window ||
			    rows.bad[i].raw.p + rows.bad[i].raw.n > window + (end - at))
				mdl_bug("a bad row lies outside");
		mdl_buf_puts_slice(out, mdl_buf_slice(&rows.text));
		free(window);
		if (!r)
			at += used;
		if (end == n && at == n)
			break;
	}
	*lines = rows.line_no;
	mdl_rows_free(&rows);
	mdl_csv_reader_free(c);
	return r;
}

static void check_records(const struct mdl_buf *b)
{
	struct mdl_err err = MDL_ERR_INIT;
	struct mdl_scan *s = mdl_scan_new(NULL, 0, &err);
	for (size_t at = 0; at < b->n;) {
		const char *nl = memchr(b->p + at, '\n', b->n - at);
		struct mdl_slice line = {b->p + at, (size_t)(nl - b->p) - at};
		if (mdl_scan_line(s, line, NULL, NULL, NULL) != MDL_SCAN_OK)
			mdl_bug("no record: %.*s", (int)line.n, line.p);
		at += line.n + 1;
	}
	mdl_scan_free(s);
}

static enum mdl_csv_kind kind_of(void *ctx, struct mdl_slice column)
{
	(void)ctx;
	return (enum mdl_csv_kind)(column.n % 3);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	static const char *const names[] = {"a", "b \"c\""};
	if (!size)
		return 0;
	unsigned o = data[0];
	struct mdl_csv_opts opts = {
		.delimiter = o & 1 ? '\t' : 0,
		.quote = o & 2 ? '\'' : 0,
		.no_header = (o & 4) != 0,
		.keep_empty = (o & 8) != 0,
		.backslash = (o & 16) != 0,
		.comment = o & 32 ? '#' : 0,
		.columns = names,
		.ncolumns = o & 64 ? 2 : 0,
		.kind = o & 128 ? kind_of : NULL,
	};
	struct mdl_buf whole = MDL_BUF_INIT(MDL_BUF_NO_LIMIT), parts = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	uint64_t lines, lines2;
	const char *p = (const char *)data + 1;
	int r = convert(&opts, p, size - 1, size, &whole, &lines);
	int r2 = convert(&opts, p, size - 1, 1 + size / 7, &parts, &lines2);
	if (r != r2 ||
	    (!r && (lines != lines2 || !mdl_slice_eq(mdl_buf_slice(&whole), mdl_buf_slice(&parts)))))
		mdl_bug("in pieces it is another file");
	check_records(&whole);
	mdl_buf_free(&whole);
	mdl_buf_free(&parts);
	return 0;
}

/* SPDX-License-Identifier: MIT
 *
 * The rows of medal-ingest: see ingest_rows.h.
 */
#include "source/ingest_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf16.h"
#include "stream/lines.h"
#include "json/text.h"

int mdl_ingest_rows_init(struct mdl_ingest_rows *r, int out_fd, const char *stage, struct mdl_err *err)
{
	static const char *const paths[] = {"_corrupt_record"};
	memset(r, 0, sizeof(*r));
	mdl_out_init(&r->out, out_fd);
	mdl_lend_init(&r->lend, out_fd);
	r->f.out = &r->out;
	r->f.stage = stage;
	r->f.sums = r->sums;
	r->f.lines = r->lines;
	r->f.run_fd = -1;
	mdl_books_init(&r->f.books, stage, true);
	mdl_buf_init(&r->f.scratch, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&r->members, MDL_BUF_NO_LIMIT);
	r->corrupt = mdl_array(MDL_BATCH_ROWS, sizeof(*r->corrupt));
	r->verdicts = mdl_alloc(MDL_BATCH_ROWS);
	r->scan = mdl_scan_new(paths, 1, err);
	return r->scan ? 0 : -1;
}

void mdl_ingest_rows_free(struct mdl_ingest_rows *r)
{
	mdl_out_free(&r->out);
	mdl_lend_end(&r->lend);
	mdl_books_free(&r->f.books);
	mdl_buf_free(&r->f.scratch);
	mdl_buf_free(&r->members);
	mdl_scan_free(r->scan);
	free(r->corrupt);
	free(r->verdicts);
}

/* LINE, a record, with the members that wait in r->members before its closing brace. */
static void put_with_members(struct mdl_ingest_rows *r, struct mdl_slice line)
{
	struct mdl_buf *b = mdl_filter_row(&r->f);
	const char *brace = memrchr(line.p, '}', line.n);
	size_t at = (size_t)(brace - line.p), k = at;
	while (k > 0 && strchr(" \t\r\n", line.p[k - 1]))
		k--;
	mdl_buf_put(b, line.p, at);
	if (line.p[k - 1] != '{')
		mdl_buf_putc(b, ',');
	mdl_buf_puts_slice(b, mdl_buf_slice(&r->members));
	mdl_buf_put(b, line.p + at, line.n - at);
	mdl_filter_row_end(&r->f);
}

/* Row ROW of B. RECORD: it is an object that calls itself corrupt. */
static int corrupt_line(struct mdl_ingest_rows *r, const struct mdl_ingest_block *b, size_t row,
			struct mdl_slice line, bool record, const char *why, struct mdl_err *err)
{
	struct mdl_slice raw = line;
	const char *known = NULL;
	if (!record && b->raw)
		raw = b->raw(b->ctx, row, line, &known);
	if (r->f.quarantine) {
		struct mdl_row_error e = {.reason = "CORRUPT_RECORD", .message = known ? known : why};
		b->place(b->ctx, row, line.p, &e);
		return mdl_filter_quarantine(&r->f, raw, record, &e, err);
	}
	if (record) { /* it says itself that it is corrupt */
		mdl_buf_clear(&r->members);
		if (b->members)
			b->members(b->ctx, row, &r->members);
		if (r->members.n)
			put_with_members(r, line);
		else
			mdl_filter_pass(&r->f, line);
		return 0;
	}
	struct mdl_buf *out = mdl_filter_row(&r->f);
	mdl_buf_puts(out, "{\"_corrupt_record\":");
	mdl_json_quote(out, raw);
	mdl_buf_clear(&r->members);
	if (b->corrupt_members)
		b->corrupt_members(b->ctx, row, &r->members);
	if (r->members.n)
		mdl_buf_putc(out, ',');
	mdl_buf_puts_slice(out, mdl_buf_slice(&r->members));
	mdl_buf_putc(out, '}');
	mdl_filter_row_end(&r->f);
	return 0;
}

static int odd_line(struct mdl_ingest_rows *r, const struct mdl_ingest_block *b, size_t row, size_t i,
		    struct mdl_err *err)
{
	const char *why = NULL;
	struct mdl_json_value value;
	struct mdl_slice line = r->lines[i];
	size_t where;
	switch ((enum mdl_scan_verdict)r->verdicts[i]) {
	case MDL_SCAN_BLANK:
		mdl_filter_bucket(&r->f, "blank", 1);
		return 0;
	case MDL_SCAN_OK:
		if (b->raw)
			b->raw(b->ctx, row, line, &why);
		if (why) /* the reader made the line of bytes that it could not convert */
			return corrupt_line(r, b, row, line, false, why, err);
		return corrupt_line(r, b, row, line, true,
				    "_corrupt_record is a string: the line was corrupt at its source", err);
	case MDL_SCAN_RESERVED:
		return corrupt_line(r, b, row, line, false, "the first member is _medal, which is reserved",
				    err);
	default:
		mdl_scan_line(r->scan, line, &value, &why, &where);
		if (mdl_utf16_name(line))
			why = MDL_UTF16_REASON;
		return corrupt_line(r, b, row, line, false, why ? why : "not a JSON object", err);
	}
}

int mdl_ingest_rows_too_long(struct mdl_ingest_rows *r, struct mdl_slice part, const struct mdl_row_error *at,
			     uint32_t number, bool last, uint64_t limit, struct mdl_err *err)
{
	if (number == 1)
		r->f.books.in++;
	if (!r->f.quarantine && at->topic)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s [%" PRId32 "] at offset %" PRIu64 " is longer than %" PRIu64
			" bytes; raise --max-record, or name a --quarantine DIR to keep it there and go on",
			at->topic, at->partition, at->offset, limit);
	if (!r->f.quarantine)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s, line %" PRIu64 " is longer than %" PRIu64
			" bytes; raise --max-record, or name a --quarantine DIR to keep it there and go on",
			at->file, at->line, limit);
	struct mdl_row_error e = *at;
	e.reason = "RECORD_TOO_LONG";
	e.message = "the line is longer than --max-record";
	e.part = number;
	e.part_last = last;
	return mdl_filter_quarantine(&r->f, part, false, &e, err);
}

/* Rows [from, to) of r->lines pass as they are. */
static void pass_range(struct mdl_ingest_rows *r, const struct mdl_batch *batch, size_t from, size_t to)
{
	if (r->f.checkpointed && from < to)
		mdl_sum_lines(r->lines + from, to - from, r->sums + from);
	mdl_filter_pass_range(&r->f, batch, from, to);
}

/* A row that gets members: true when it was written here. */
static bool give_members(struct mdl_ingest_rows *r, const struct mdl_ingest_block *b, size_t row, size_t i)
{
	mdl_buf_clear(&r->members);
	b->members(b->ctx, row, &r->members);
	if (r->members.n)
		put_with_members(r, r->lines[i]);
	return r->members.n > 0;
}

/* The N rows of r->lines, the first of which is row FIRST of B. */
static int do_batch(struct mdl_ingest_rows *r, const struct mdl_ingest_block *b, size_t first, size_t n,
		    struct mdl_err *err)
{
	struct mdl_json_value *cols[1] = {r->corrupt};
	struct mdl_batch batch = {.lines = r->lines, .n = n};
	size_t from = 0;
	mdl_scan_batch(r->scan, r->lines, n, r->verdicts, cols);
	r->f.nlines = n;
	r->f.at = 0;
	r->f.books.in += n;
	for (size_t i = 0; i < n; i++) {
		bool bad = r->verdicts[i] != MDL_SCAN_OK || r->corrupt[i].kind == MDL_JSON_STRING;
		bool too_long = r->lines[i].n > b->max_record;
		if (!bad && !too_long && !b->members)
			continue;
		/* what stands before it goes first */
		pass_range(r, &batch, from, i);
		from = i + 1;
		int rc = 0;
		if (too_long) {
			struct mdl_row_error at = {0};
			b->place(b->ctx, first + i, r->lines[i].p, &at);
			r->f.books.in--;
			rc = mdl_ingest_rows_too_long(r, r->lines[i], &at, 1, true, b->max_record, err);
		} else if (bad) {
			if (r->f.checkpointed) /* it may pass as it is */
				r->sums[i] = mdl_sum_line(r->lines[i]);
			rc = odd_line(r, b, first + i, i, err);
		} else if (!give_members(r, b, first + i, i)) {
			from = i;
		}
		if (rc)
			return -1;
	}
	pass_range(r, &batch, from, n);
	return 0;
}

int mdl_ingest_rows_block(struct mdl_ingest_rows *r, const struct mdl_ingest_block *b, uint64_t *rows,
			  struct mdl_err *err)
{
	struct mdl_slice rest = b->text;
	*rows = 0;
	r->out.lend = b->lend ? &r->lend : NULL;
	while (rest.n) {
		size_t n = mdl_lines_split(&rest, r->lines, MDL_BATCH_ROWS);
		if (do_batch(r, b, *rows, n, err) || mdl_filter_flush_if_full(&r->f, err))
			return -1;
		*rows += n;
	}
	int rc = mdl_out_flush(&r->out, err);
	r->out.lend = NULL;
	return rc;
}

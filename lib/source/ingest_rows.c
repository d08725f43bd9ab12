/* SPDX-License-Identifier: MIT
 *
 * The rows of medal-ingest: see ingest_rows.h.
 */
#include "source/ingest_rows.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "base/alloc.h"
#include "stream/lines.h"
#include "stream/quarantine.h"
#include "json/text.h"

int mdl_ingest_rows_init(struct mdl_ingest_rows *r, int out_fd, const char *stage, struct mdl_err *err)
{
	static const char *const paths[] = {"_corrupt_record"};
	memset(r, 0, sizeof(*r));
	mdl_out_init(&r->out, out_fd);
	r->f.out = &r->out;
	r->f.stage = stage;
	r->f.sums = r->sums;
	r->f.lines = r->lines;
	r->f.run_fd = -1;
	mdl_books_init(&r->f.books, stage, true);
	mdl_buf_init(&r->f.scratch, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&r->text, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&r->part, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&r->metadata_text, MDL_BUF_NO_LIMIT);
	r->corrupt = mdl_array(MDL_BATCH_ROWS, sizeof(*r->corrupt));
	r->verdicts = mdl_alloc(MDL_BATCH_ROWS);
	r->scan = mdl_scan_new(paths, 1, err);
	return r->scan ? 0 : -1;
}

void mdl_ingest_rows_free(struct mdl_ingest_rows *r)
{
	mdl_out_free(&r->out);
	mdl_books_free(&r->f.books);
	mdl_buf_free(&r->f.scratch);
	mdl_buf_free(&r->text);
	mdl_buf_free(&r->part);
	mdl_buf_free(&r->metadata_text);
	mdl_scan_free(r->scan);
	free(r->corrupt);
	free(r->verdicts);
}

/* Everything of _metadata but the line number, once a file. */
static void prepare_metadata(struct mdl_ingest_rows *r)
{
	const struct mdl_file_range *f = r->file;
	const char *slash = strrchr(f->path, '/');
	char text[64] = "";
	time_t seconds = (time_t)(f->mtime_ms / 1000);
	struct tm tm;
	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	mdl_buf_clear(&r->metadata_text);
	mdl_buf_puts(&r->metadata_text, "\"_metadata\":{\"file_path\":");
	mdl_json_quote(&r->metadata_text, mdl_slice_of(f->uri));
	mdl_buf_puts(&r->metadata_text, ",\"file_name\":");
	mdl_json_quote(&r->metadata_text, mdl_slice_of(slash ? slash + 1 : f->path));
	mdl_buf_printf(&r->metadata_text,
		       ",\"file_size\":%" PRIu64 ",\"file_modification_time\":\"%s.%03dZ\",\"line\":",
		       f->size, text, (int)(f->mtime_ms % 1000));
}

static void put_with_metadata(struct mdl_ingest_rows *r, struct mdl_slice line, uint64_t line_no)
{
	struct mdl_buf *b = mdl_filter_row(&r->f);
	const char *brace = memrchr(line.p, '}', line.n);
	size_t at = (size_t)(brace - line.p), k = at;
	while (k > 0 && strchr(" \t\r\n", line.p[k - 1]))
		k--;
	mdl_buf_put(b, line.p, at);
	if (line.p[k - 1] != '{')
		mdl_buf_putc(b, ',');
	mdl_buf_puts_slice(b, mdl_buf_slice(&r->metadata_text));
	mdl_buf_printf(b, "%" PRIu64 "}", line_no);
	mdl_buf_put(b, line.p + at, line.n - at);
	mdl_filter_row_end(&r->f);
}

/* Where a line stands, for the quarantine. */
struct place {
	uint64_t line, offset;
};

static int corrupt_line(struct mdl_ingest_rows *r, struct mdl_slice line, bool record, const char *why,
			struct place at, struct mdl_err *err)
{
	if (r->f.quarantine) {
		struct mdl_row_error e = {.reason = "CORRUPT_RECORD",
					  .message = why,
					  .line = at.line,
					  .file = r->file->path,
					  .offset = at.offset};
		return mdl_filter_quarantine(&r->f, line, record, &e, err);
	}
	if (record) { /* it says itself that it is corrupt */
		mdl_filter_pass(&r->f, line);
		return 0;
	}
	struct mdl_buf *b = mdl_filter_row(&r->f);
	mdl_buf_puts(b, "{\"_corrupt_record\":");
	mdl_json_quote(b, line);
	if (r->metadata) {
		mdl_buf_putc(b, ',');
		mdl_buf_puts_slice(b, mdl_buf_slice(&r->metadata_text));
		mdl_buf_printf(b, "%" PRIu64 "}", at.line);
	}
	mdl_buf_putc(b, '}');
	mdl_filter_row_end(&r->f);
	return 0;
}

static int odd_line(struct mdl_ingest_rows *r, struct mdl_slice line, size_t i, struct place at,
		    struct mdl_err *err)
{
	const char *why = NULL;
	struct mdl_json_value value;
	size_t where;
	switch ((enum mdl_scan_verdict)r->verdicts[i]) {
	case MDL_SCAN_BLANK:
		mdl_filter_bucket(&r->f, "blank", 1);
		return 0;
	case MDL_SCAN_OK:
		return corrupt_line(r, line, true,
				    "_corrupt_record is a string: the line was corrupt at its source", at,
				    err);
	case MDL_SCAN_RESERVED:
		return corrupt_line(r, line, false, "the first member is _medal, which is reserved", at, err);
	default:
		mdl_scan_line(r->scan, line, &value, &why, &where);
		return corrupt_line(r, line, false, why ? why : "not a JSON object", at, err);
	}
}

/* The line was read over the limit of a record. */
static int too_long(struct mdl_ingest_rows *r, struct mdl_slice part, bool first, bool last, uint32_t number,
		    struct place at, struct mdl_err *err)
{
	if (first)
		r->f.books.in++;
	if (!r->f.quarantine)
		return mdl_err_set(
			err, MDL_TROUBLE,
			"%s, line %" PRIu64 " is longer than %" PRIu64
			" bytes; raise --max-record, or name a --quarantine DIR to keep it there and go on",
			r->file->path, at.line, r->max_record);
	struct mdl_row_error e = {.reason = "RECORD_TOO_LONG",
				  .message = "the line is longer than --max-record",
				  .line = at.line,
				  .file = r->file->path,
				  .offset = at.offset,
				  .part = number,
				  .part_last = last};
	return mdl_filter_quarantine(&r->f, part, false, &e, err);
}

/* What a converter (CSV, web-server log) could not read: row I of the block. */
static const struct mdl_row_bad *bad_row(const struct mdl_file_block *b, size_t row, size_t *next)
{
	while (*next < b->nbad && b->bad[*next].row < row)
		(*next)++;
	return *next < b->nbad && b->bad[*next].row == row ? &b->bad[*next] : NULL;
}

/* Rows [from, to) of r->lines pass as they are. */
static void pass_range(struct mdl_ingest_rows *r, const struct mdl_batch *batch, size_t from, size_t to)
{
	if (r->f.checkpointed)
		for (size_t i = from; i < to; i++)
			r->sums[i] = mdl_sum_line(r->lines[i]);
	mdl_filter_pass_range(&r->f, batch, from, to);
}

struct block_state {
	const struct mdl_file_block *block;
	size_t row, next_bad;
};

static int do_batch(struct mdl_ingest_rows *r, struct block_state *s, size_t n, struct mdl_err *err)
{
	struct mdl_json_value *cols[1] = {r->corrupt};
	struct mdl_batch batch = {.lines = r->lines, .n = n};
	const struct mdl_file_block *b = s->block;
	size_t from = 0;
	mdl_scan_batch(r->scan, r->lines, n, r->verdicts, cols);
	r->f.nlines = n;
	r->f.at = 0;
	r->f.books.in += n;
	for (size_t i = 0; i < n; i++, s->row++) {
		bool bad = r->verdicts[i] != MDL_SCAN_OK || r->corrupt[i].kind == MDL_JSON_STRING;
		if (!bad && !r->metadata && r->lines[i].n <= r->max_record)
			continue;
		pass_range(r, &batch, from, i);
		from = i + 1;
		struct place at = {b->lines ? b->lines[s->row] : b->first_line + s->row,
				   b->offset + (size_t)(r->lines[i].p - b->p)};
		const struct mdl_row_bad *conv = b->nbad ? bad_row(b, s->row, &s->next_bad) : NULL;
		int rc = 0;
		if (r->lines[i].n > r->max_record) {
			r->f.books.in--;
			rc = too_long(r, r->lines[i], true, true, 1, at, err);
		} else if (conv) {
			at.offset = conv->offset;
			rc = corrupt_line(r, conv->raw, false, conv->reason, at, err);
		} else if (bad) {
			rc = odd_line(r, r->lines[i], i, at, err);
		} else {
			put_with_metadata(r, r->lines[i], at.line);
		}
		if (rc)
			return -1;
	}
	pass_range(r, &batch, from, n);
	return 0;
}

/* The original lines of a block of quarantined rows, as a block. */
static void unwrap_block(struct mdl_ingest_rows *r, struct mdl_slice *block)
{
	struct mdl_slice rest = *block;
	mdl_buf_clear(&r->text);
	while (rest.n) {
		struct mdl_slice line;
		bool last;
		mdl_lines_split(&rest, &line, 1);
		bool record = mdl_scan_line(r->scan, line, r->corrupt, NULL, NULL) == MDL_SCAN_OK;
		switch (record ? mdl_quarantine_unwrap(&r->part, line, &last) : MDL_UNWRAP_NONE) {
		case MDL_UNWRAP_NONE:
			mdl_buf_puts_slice(&r->text, line);
			mdl_buf_putc(&r->text, '\n');
			break;
		case MDL_UNWRAP_PART:
			if (!last)
				break;
			/* fall through */
		case MDL_UNWRAP_LINE:
			mdl_buf_puts_slice(&r->text, mdl_buf_slice(&r->part));
			mdl_buf_putc(&r->text, '\n');
			mdl_buf_clear(&r->part);
			break;
		}
	}
	if (mdl_buf_reserve(&r->text, MDL_SCAN_PADDING) && r->text.p)
		memset(r->text.p + r->text.n, 0, MDL_SCAN_PADDING);
	*block = mdl_buf_slice(&r->text);
}

static int do_block(struct mdl_ingest_rows *r, const struct mdl_file_block *b, uint64_t *rows,
		    struct mdl_err *err)
{
	struct mdl_slice rest = {b->p, b->n};
	struct mdl_file_block unwrapped;
	struct block_state s = {.block = b};
	if (r->unwrap) {
		unwrap_block(r, &rest);
		unwrapped = *b;
		unwrapped.p = (char *)(uintptr_t)rest.p;
		unwrapped.lines = NULL;
		unwrapped.nbad = 0;
		s.block = &unwrapped;
	}
	while (rest.n) {
		size_t n = mdl_lines_split(&rest, r->lines, MDL_BATCH_ROWS);
		if (do_batch(r, &s, n, err) || mdl_filter_flush_if_full(&r->f, err))
			return -1;
	}
	*rows = s.row;
	return mdl_out_flush(&r->out, err);
}

int mdl_ingest_rows_file(struct mdl_ingest_rows *r, const struct mdl_file_range *range,
			 const struct mdl_file_opts *opts, uint64_t *end, uint64_t *line, struct mdl_err *err)
{
	struct mdl_file_reader *reader = mdl_file_reader_open(range->path, opts, err);
	if (!reader)
		return -1;
	struct mdl_file_block b;
	int got, rc = 0;
	uint32_t part = 0;
	r->file = range;
	r->max_record = opts->max_record_bytes ? opts->max_record_bytes : MDL_FILE_MAX_RECORD;
	if (r->metadata)
		prepare_metadata(r);
	while (!rc && (got = mdl_file_reader_next(reader, &b, err)) > 0) {
		if (b.kind == MDL_FILE_OVERLONG) {
			part = b.first_part ? 1 : part + 1;
			rc = too_long(r, (struct mdl_slice){b.p, b.n}, b.first_part, b.last_part, part,
				      (struct place){b.first_line, b.offset}, err);
			continue;
		}
		uint64_t rows = 0;
		rc = do_block(r, &b, &rows, err);
		if (!rc && !r->unwrap && opts->format == MDL_FILE_JSON)
			mdl_file_reader_tell_lines(reader, rows);
	}
	if (!rc && got < 0)
		rc = -1;
	struct mdl_file_counts c;
	mdl_file_reader_counts(reader, &c);
	*end = c.offset;
	*line = c.line;
	r->f.books.in += c.blank;
	mdl_filter_bucket(&r->f, "blank", c.blank);
	mdl_file_reader_close(reader);
	return rc;
}

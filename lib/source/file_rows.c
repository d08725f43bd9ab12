/* SPDX-License-Identifier: MIT
 *
 * The rows of one source file: see file_rows.h.
 */
#include "source/file_rows.h"

#include <inttypes.h>
#include <string.h>
#include <time.h>

#include "base/log.h"
#include "stream/lines.h"
#include "stream/quarantine.h"
#include "json/text.h"

void mdl_file_rows_init(struct mdl_file_rows *fr, struct mdl_ingest_rows *rows)
{
	memset(fr, 0, sizeof(*fr));
	fr->rows = rows;
	mdl_buf_init(&fr->text, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&fr->part, MDL_BUF_NO_LIMIT);
	mdl_buf_init(&fr->metadata_text, MDL_BUF_NO_LIMIT);
}

void mdl_file_rows_free(struct mdl_file_rows *fr)
{
	mdl_buf_free(&fr->text);
	mdl_buf_free(&fr->part);
	mdl_buf_free(&fr->metadata_text);
}

/* Everything of _metadata but the line number, once a file. */
static void prepare_metadata(struct mdl_file_rows *fr)
{
	const struct mdl_file_range *f = fr->file;
	const char *slash = strrchr(f->path, '/');
	char text[64] = "";
	time_t seconds = (time_t)(f->mtime_ms / 1000);
	struct tm tm;
	if (gmtime_r(&seconds, &tm))
		strftime(text, sizeof(text), "%Y-%m-%dT%H:%M:%S", &tm);
	mdl_buf_clear(&fr->metadata_text);
	mdl_buf_puts(&fr->metadata_text, "\"_metadata\":{\"file_path\":");
	mdl_json_quote(&fr->metadata_text, mdl_slice_of(f->uri));
	mdl_buf_puts(&fr->metadata_text, ",\"file_name\":");
	mdl_json_quote(&fr->metadata_text, mdl_slice_of(slash ? slash + 1 : f->path));
	mdl_buf_printf(&fr->metadata_text,
		       ",\"file_size\":%" PRIu64 ",\"file_modification_time\":\"%s.%03dZ\",\"line\":",
		       f->size, text, (int)(f->mtime_ms % 1000));
}

static uint64_t line_of(const struct mdl_file_rows *fr, size_t row)
{
	const struct mdl_file_block *b = fr->block;
	return b->lines && !fr->unwrapped ? b->lines[row] : b->first_line + row;
}

/* What a converter (CSV, web-server log) could not read: row ROW of the block. Rows are asked for in order. */
static const struct mdl_row_bad *bad_row(struct mdl_file_rows *fr, size_t row)
{
	const struct mdl_file_block *b = fr->block;
	if (fr->unwrapped)
		return NULL;
	while (fr->next_bad < b->nbad && b->bad[fr->next_bad].row < row)
		fr->next_bad++;
	return fr->next_bad < b->nbad && b->bad[fr->next_bad].row == row ? &b->bad[fr->next_bad] : NULL;
}

static void place(void *ctx, size_t row, const char *in_line, struct mdl_row_error *e)
{
	struct mdl_file_rows *fr = ctx;
	const struct mdl_row_bad *bad = bad_row(fr, row);
	e->file = fr->file->path;
	e->line = line_of(fr, row);
	e->offset = bad ? bad->offset
			: fr->block->offset + (size_t)(in_line - (fr->unwrapped ? fr->text.p : fr->block->p));
}

static void members(void *ctx, size_t row, struct mdl_buf *out)
{
	struct mdl_file_rows *fr = ctx;
	mdl_buf_puts_slice(out, mdl_buf_slice(&fr->metadata_text));
	mdl_buf_printf(out, "%" PRIu64 "}", line_of(fr, row));
}

static struct mdl_slice raw(void *ctx, size_t row, struct mdl_slice line, const char **why)
{
	const struct mdl_row_bad *bad = bad_row(ctx, row);
	if (!bad)
		return line;
	*why = bad->reason;
	return bad->raw;
}

/* The original lines of a block of quarantined rows, as a block. */
static struct mdl_slice unwrap_block(struct mdl_file_rows *fr, struct mdl_slice rest)
{
	struct mdl_ingest_rows *r = fr->rows;
	mdl_buf_clear(&fr->text);
	while (rest.n) {
		struct mdl_slice line;
		bool last;
		mdl_lines_split(&rest, &line, 1);
		bool record = mdl_scan_line(r->scan, line, r->corrupt, NULL, NULL) == MDL_SCAN_OK;
		switch (record ? mdl_quarantine_unwrap(&fr->part, line, &last) : MDL_UNWRAP_NONE) {
		case MDL_UNWRAP_NONE:
			mdl_buf_puts_slice(&fr->text, line);
			mdl_buf_putc(&fr->text, '\n');
			break;
		case MDL_UNWRAP_PART:
			if (!last)
				break;
			/* fall through */
		case MDL_UNWRAP_LINE:
			mdl_buf_puts_slice(&fr->text, mdl_buf_slice(&fr->part));
			mdl_buf_putc(&fr->text, '\n');
			mdl_buf_clear(&fr->part);
			break;
		}
	}
	if (mdl_buf_reserve(&fr->text, MDL_SCAN_PADDING) && fr->text.p)
		memset(fr->text.p + fr->text.n, 0, MDL_SCAN_PADDING);
	return mdl_buf_slice(&fr->text);
}

static int do_block(struct mdl_file_rows *fr, const struct mdl_file_block *b, uint64_t max_record,
		    uint64_t *rows, struct mdl_err *err)
{
	struct mdl_ingest_block block = {.text = {b->p, b->n},
					 .lend = !b->lines && !fr->unwrap,
					 .max_record = max_record,
					 .ctx = fr,
					 .place = place,
					 .members = fr->metadata ? members : NULL,
					 .raw = b->nbad ? raw : NULL,
					 .corrupt_members = fr->metadata ? members : NULL};
	fr->block = b;
	fr->next_bad = 0;
	fr->unwrapped = fr->unwrap;
	if (fr->unwrap) {
		block.text = unwrap_block(fr, block.text);
		block.raw = NULL;
	}
	return mdl_ingest_rows_block(fr->rows, &block, rows, err);
}

/* As CSV or text such a file is read, with NULs in its names and values, and a reader of JSON calls each line corrupt. */
static void tell_utf16(struct mdl_file_rows *fr, const char *path, const struct mdl_file_reader *reader)
{
	const char *name = mdl_file_reader_utf16(reader);
	if (!name || fr->told_utf16)
		return;
	mdl_warning(
		"%s seems to be UTF-16, where UTF-8 is read: convert it first, iconv -f %s -t UTF-8 (other "
		"such files are not told)",
		strcmp(path, "-") == 0 ? "standard input" : path, name);
	fr->told_utf16 = true;
}

int mdl_file_rows_emit(struct mdl_file_rows *fr, const struct mdl_file_range *range,
		       const struct mdl_file_opts *opts, uint64_t *end, uint64_t *line, struct mdl_err *err)
{
	struct mdl_file_opts with = *opts;
	with.lend = &fr->rows->lend;
	struct mdl_file_reader *reader = mdl_file_reader_open(range->path, &with, err);
	if (!reader)
		return -1;
	struct mdl_file_block b;
	int got, rc = 0;
	uint32_t part = 0;
	uint64_t max_record = opts->max_record_bytes ? opts->max_record_bytes : MDL_FILE_MAX_RECORD;
	fr->file = range;
	if (fr->metadata)
		prepare_metadata(fr);
	while (!rc && (got = mdl_file_reader_next(reader, &b, err)) > 0) {
		tell_utf16(fr, range->path, reader);
		if (b.kind == MDL_FILE_OVERLONG) {
			struct mdl_row_error at = {
				.file = range->path, .line = b.first_line, .offset = b.offset};
			part = b.first_part ? 1 : part + 1;
			rc = mdl_ingest_rows_too_long(fr->rows, (struct mdl_slice){b.p, b.n}, &at, part,
						      b.last_part, max_record, err);
			continue;
		}
		uint64_t rows = 0;
		rc = do_block(fr, &b, max_record, &rows, err);
		if (!rc && !fr->unwrap && opts->format == MDL_FILE_JSON)
			mdl_file_reader_tell_lines(reader, rows);
	}
	if (!rc && got < 0)
		rc = -1;
	struct mdl_file_counts c;
	mdl_file_reader_counts(reader, &c);
	*end = c.offset;
	*line = c.line;
	fr->rows->f.books.in += c.blank;
	mdl_filter_bucket(&fr->rows->f, "blank", c.blank);
	mdl_file_reader_close(reader);
	return rc;
}

/* SPDX-License-Identifier: MIT
 *
 * The scan that every filter begins with: see row_reader.h.
 */
#include "op/row_reader.h"

#include <stdlib.h>
#include <string.h>

#include "base/alloc.h"
#include "base/utf16.h"
#include "sql/type.h"

int mdl_row_reader_init(struct mdl_row_reader *r, const char *const *paths, size_t npaths,
			const char *const *extra, size_t nextra, struct mdl_err *err)
{
	memset(r, 0, sizeof(*r));
	r->npaths = npaths + nextra + 1;
	r->nfirst = npaths;
	const char **all = mdl_array(r->npaths, sizeof(*all));
	for (size_t i = 0; i < npaths; i++)
		all[i] = paths[i];
	for (size_t i = 0; i < nextra; i++)
		all[npaths + i] = extra[i];
	all[r->npaths - 1] = "_corrupt_record";
	r->scan = mdl_scan_new(all, r->npaths, err);
	if (r->scan) {
		r->paths = mdl_array(r->npaths, sizeof(*r->paths));
		for (size_t i = 0; i < r->npaths; i++)
			r->paths[i] = mdl_strdup(all[i]);
	}
	free(all);
	return r->scan ? 0 : -1;
}

void mdl_row_reader_free(struct mdl_row_reader *r)
{
	if (r->scan)
		mdl_scan_free(r->scan);
	r->scan = NULL;
	for (size_t i = 0; r->paths && i < r->npaths; i++)
		free(r->paths[i]);
	free(r->paths);
	r->paths = NULL;
}

static void scan(struct mdl_scan *scanner, size_t npaths, const struct mdl_batch *b, struct mdl_rows *r)
{
	struct mdl_arena *a = b->arena;
	r->cols = mdl_arena_alloc(a, npaths * sizeof(*r->cols));
	for (size_t k = 0; k < npaths; k++)
		r->cols[k] = mdl_arena_alloc(a, b->n * sizeof(**r->cols));
	r->verdicts = mdl_arena_alloc(a, b->n);
	r->sel = mdl_arena_alloc(a, b->n * sizeof(*r->sel));
	size_t bad = mdl_scan_batch(scanner, b->lines, b->n, r->verdicts, r->cols);

	r->seen = mdl_scan_seen(scanner);
	const struct mdl_json_value *marked = r->cols[npaths - 1];
	bool marks = r->seen[npaths - 1].kinds >> MDL_JSON_STRING & 1;
	if (!bad && !marks) {
		for (size_t i = 0; i < b->n; i++)
			r->sel[i] = (uint32_t)i;
		r->n = b->n;
		return;
	}
	size_t n = 0;
	for (size_t i = 0; i < b->n; i++) {
		if (marked[i].kind == MDL_JSON_STRING && r->verdicts[i] == MDL_SCAN_OK)
			r->verdicts[i] = MDL_ROW_MARKED;
		r->sel[n] = (uint32_t)i;
		n += r->verdicts[i] == MDL_SCAN_OK;
	}
	r->n = n;
}

void mdl_row_reader_read(struct mdl_row_reader *r, const struct mdl_batch *b)
{
	const struct mdl_rows *found = b->ahead;
	struct mdl_rows now;
	if (!found) {
		scan(r->scan, r->npaths, b, &now);
		found = &now;
	}
	r->cols = found->cols;
	r->verdicts = found->verdicts;
	r->seen = found->seen;
	r->sel = found->sel;
	r->n = found->n;
}

/* ---- Ahead of the batch's turn ---- */

/* One thread's; the first's scanner is the reader's own. */
struct mdl_row_helper {
	struct mdl_row_reader *reader; /* its paths; what it found is the first thread's */
	struct mdl_scan *scan;
};

struct mdl_row_helper *mdl_row_helper_open(struct mdl_row_reader *r, bool first)
{
	struct mdl_err ignored = MDL_ERR_INIT;
	struct mdl_row_helper *h = mdl_alloc(sizeof(*h));
	h->reader = r;
	h->scan = first ? r->scan : mdl_scan_new((const char *const *)r->paths, r->npaths, &ignored);
	if (!h->scan)
		mdl_bug("paths that were accepted once are refused");
	return h;
}

bool mdl_row_helper_read(struct mdl_row_helper *h, const struct mdl_batch *b, struct mdl_rows *rows)
{
	size_t npaths = h->reader->npaths;
	if (b->n > mdl_row_reader_rows(h->reader))
		return false;
	scan(h->scan, npaths, b, rows);
	struct mdl_scan_seen *seen = mdl_arena_alloc(b->arena, npaths * sizeof(*seen));
	memcpy(seen, rows->seen, npaths * sizeof(*seen));
	rows->seen = seen;
	return true;
}

void mdl_row_helper_close(struct mdl_row_helper *h)
{
	if (h->scan != h->reader->scan) {
		mdl_scan_count(h->reader->scan, h->scan);
		mdl_scan_free(h->scan);
	}
	free(h);
}

static void *ahead_open(void *ctx, bool first)
{
	return mdl_row_helper_open(ctx, first);
}

static const void *ahead_work(void *helper, const struct mdl_batch *b)
{
	struct mdl_rows *rows = mdl_arena_alloc(b->arena, sizeof(*rows));
	return mdl_row_helper_read(helper, b, rows) ? rows : NULL;
}

static void ahead_close(void *helper)
{
	mdl_row_helper_close(helper);
}

const struct mdl_ahead_work mdl_row_reader_ahead = {ahead_open, ahead_work, ahead_close};

size_t mdl_row_reader_rows(const struct mdl_row_reader *r)
{
	enum { MAX_CELLS = 1 << 17, MIN_ROWS = 64 }; /* 2 MiB of cells */
	size_t rows = MAX_CELLS / r->npaths;
	return rows < MIN_ROWS ? MIN_ROWS : rows;
}

const char *mdl_row_reader_why(struct mdl_row_reader *r, const struct mdl_batch *b, size_t row)
{
	const char *why = NULL;
	size_t at = 0;
	switch (r->verdicts[row]) {
	case MDL_ROW_MARKED:
		return "its _corrupt_record is a string";
	case MDL_SCAN_RESERVED:
		return "its first member is the reserved _medal";
	case MDL_SCAN_BLANK:
		return "blank line";
	default:
		break;
	}
	if (mdl_utf16_name(b->lines[row]))
		return MDL_UTF16_REASON;
	struct mdl_json_value *cells = mdl_arena_alloc(b->arena, r->npaths * sizeof(*cells));
	mdl_scan_line(r->scan, b->lines[row], cells, &why, &at);
	if (!why)
		return "malformed";
	return mdl_arena_printf(b->arena, "%s at byte %zu", why, at);
}

int mdl_row_reader_reject(struct mdl_row_reader *r, struct mdl_filter *f, const struct mdl_batch *b,
			  size_t row, struct mdl_err *err)
{
	/* a record that begins with _medal must not come out as one again, so it is kept as text */
	return mdl_filter_corrupt(f, b->lines[row], b->first_line + row, r->verdicts[row] == MDL_ROW_MARKED,
				  mdl_row_reader_why(r, b, row), err);
}

char *mdl_row_reader_path(struct mdl_slice name)
{
	struct mdl_buf path = MDL_BUF_INIT(MDL_BUF_NO_LIMIT);
	mdl_type_quote_name(&path, name);
	mdl_buf_putc(&path, '\0');
	return path.p;
}
